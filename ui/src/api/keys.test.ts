import { describe, expect, it } from "vitest";

import { ENDPOINTS } from "#ui/bindings/contract";

import { ALL_TAGS, type EndpointName, invalidatedBy, keyOf, shows, tagsOf } from "./keys";

describe("what becomes stale", () => {
  it("drops the lists that a refund changes and nothing else", () => {
    const tags = invalidatedBy("issue_refund");
    expect(shows(keyOf("find_payments", { query: "", range: {} }), tags)).toBe(true);
    expect(shows(keyOf("list_refunds", { states: [], elsewhere: false, range: {} }), tags)).toBe(true);
    expect(shows(keyOf("show", { id: "ch_1" }), tags)).toBe(true);
    expect(shows(keyOf("list_calls", { writes_only: false, range: {} }), tags)).toBe(true);
    expect(shows(keyOf("list_accounts", {}), tags)).toBe(false);
    expect(shows(keyOf("show_home", { thorough: false }), tags)).toBe(false);
  });

  it("never invalidates what nothing shows", () => {
    for (const endpoint of Object.keys(ENDPOINTS) as EndpointName[]) {
      for (const tag of invalidatedBy(endpoint)) expect(ALL_TAGS, endpoint).toContain(tag);
    }
  });

  it("ignores keys of nobody", () => {
    expect(shows(["toString", {}], ALL_TAGS)).toBe(false);
    expect(shows([], ALL_TAGS)).toBe(false);
  });

  it("listens to its own environment only, and shows everything anew after a gap", () => {
    expect(tagsOf({ notice: "changed", environment: "live", tags: ["payments"] }, "sandbox")).toEqual([]);
    expect(tagsOf({ notice: "changed", environment: "sandbox", tags: ["payments"] }, "sandbox")).toEqual(["payments"]);
    expect(tagsOf({ notice: "missed" }, "sandbox")).toEqual(ALL_TAGS);
  });
});
