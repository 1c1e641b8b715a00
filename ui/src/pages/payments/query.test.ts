import { describe, expect, it } from "vitest";

import { cutAt, stateIn, withState } from "./query";

describe("the search and its chips", () => {
  it("reads the state out of a search", () => {
    expect(stateIn("ann@x.io status:failed")).toBe("failed");
    expect(stateIn("status:succeeded")).toBe("succeeded");
    expect(stateIn("mystatus:failed")).toBeNull();
    expect(stateIn("status:nonsense")).toBeNull();
  });
  it("exchanges it and keeps the rest", () => {
    expect(withState("ann@x.io status:failed amount:5", "disputed")).toBe("status:disputed ann@x.io amount:5");
    expect(withState("status:failed", null)).toBe("");
    expect(withState("4242", "refunded")).toBe("status:refunded 4242");
  });
  it("points at the place of a mistake", () => {
    expect(cutAt("amount:x", "8")).toEqual({ before: "amount:", at: "x", after: "" });
    expect(cutAt("👩x", "2")).toEqual({ before: "👩", at: "x", after: "" });
    expect(cutAt("abc", "4")).toEqual({ before: "abc", at: " ", after: "" });
    expect(cutAt("abc", "9")).toBeNull();
    expect(cutAt("abc", undefined)).toBeNull();
  });
});
