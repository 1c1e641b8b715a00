import { describe, expect, it } from "vitest";

import { isLocal, newSecret, typesIn } from "./secret";

describe("what endpoints are made of", () => {
  it("has a new secret each time", () => {
    const secrets = Array.from({ length: 50 }, newSecret);
    expect(new Set(secrets).size).toBe(50);
    for (const secret of secrets) expect(secret).toMatch(/^whsec_[0-9a-f]{64}$/);
  });
  it("knows addresses of this machine", () => {
    for (const url of ["http://localhost:3000/hook", "http://127.0.0.1/", "https://127.1.2.3:1/x", "http://[::1]:3000"]) expect(isLocal(url), url).toBe(true);
    for (const url of ["https://example.com", "http://localhost.example.com", "http://10.0.0.1", "nonsense", ""]) expect(isLocal(url), url).toBe(false);
  });
  it("reads types with commas or spaces", () => {
    expect(typesIn(" charge.*, refund.updated\ncustomer.created ")).toEqual(["charge.*", "refund.updated", "customer.created"]);
    expect(typesIn("  ")).toEqual([]);
  });
});
