import { describe, expect, it } from "vitest";

import type { AccountView } from "#ui/bindings/contract";

import { deniedBy } from "./denied";

const account = (answer: string, permission = "Charges and Refunds: Write"): AccountView => ({
  id: "a", label: "shop", vendor: "stripe", capability: "payments", environment: "test", vendor_account_id: null, vendor_name: null, built_in: false, base_url: "https://api.stripe.com",
  key_location: "vault", write_key_location: null, reporting_zone: "UTC", limits: [], rights: [{ right: "write refunds", permission, answer }], created_at: "", as_of: null,
});

describe("what a key may not do", () => {
  it("is named by the vendor's own word for the permission", () => {
    expect(deniedBy([account("denied")], "shop", "write refunds")).toContain("Charges and Refunds: Write");
    expect(deniedBy([account("denied", "")], "shop", "write refunds")).toContain("write refunds");
  });
  it("is nothing where it may, where nobody knows, and for another account", () => {
    for (const answer of ["allowed", "unknown_until_first_use", "not_offered"]) expect(deniedBy([account(answer)], "shop", "write refunds")).toBeUndefined();
    expect(deniedBy([account("denied")], "other", "write refunds")).toBeUndefined();
    expect(deniedBy(undefined, "shop", "write refunds")).toBeUndefined();
  });
});
