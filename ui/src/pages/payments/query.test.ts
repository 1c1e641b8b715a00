import { describe, expect, it, test } from "vitest";

import { cutAt, endsInField, quoted, stateIn, withState, accepted, mend, sortIn, withSort } from "./query";

describe("a value in a search", () => {
  it("stands in quotes where its letters would end it", () => {
    expect(quoted("sandbox")).toBe("sandbox");
    expect(quoted("ann+1@example.org")).toBe("ann+1@example.org");
    expect(quoted("Shop of Ann")).toBe('"Shop of Ann"');
    expect(quoted("a:b")).toBe('"a:b"');
    expect(quoted("a (b)")).toBe('"a (b)"');
    expect(quoted("")).toBe('""');
  });
  it("holds no quote that would end it early", () => {
    expect(quoted('Ann "the" \u201eshop\u201c')).toBe('"Ann  the   shop "');
    expect(quoted("Ann's")).toBe('"Ann\'s"');
  });
});

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

test("an offer takes the place of what was typed of it", () => {
  expect(accepted("é sta x", { from: 2, until: 5 }, "status:")).toEqual({ query: "é status: x", place: 9 });
  expect(accepted("status:fa", { from: 7, until: 9 }, "failed")).toEqual({ query: "status:failed ", place: 14 });
});

test("an order is written into the search and taken out of it", () => {
  expect(sortIn("jane sort:amount currency:usd")).toBe("amount");
  expect(sortIn("jane")).toBe("-created");
  expect(withSort("jane", "-amount", "USD")).toBe("jane sort:-amount currency:usd");
  expect(withSort("jane sort:-amount currency:usd", "amount", "EUR")).toBe("jane currency:usd sort:amount");
  expect(withSort("jane sort:created", "-created", undefined)).toBe("jane");
});

test("a wrong word is exchanged where it stands and nowhere else", () => {
  expect(mend("jane stauts:failed", "jane ", "stauts", "status")).toBe("jane status:failed");
  expect(mend("jane stauts:failed", "ja", "stauts", "status")).toBeNull();
});

test("words with a colon are told from others while they are typed", () => {
  for (const text of ["status:fa", "jane status:", "-amount:1", "(name:ja", "metadata.order_id:10"]) expect(endsInField(text), text).toBe(true);
  for (const text of ["jane@x.org", "status:failed ", "ch_123", "19.99", ""]) expect(endsInField(text), text).toBe(false);
});
