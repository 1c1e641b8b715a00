import { describe, expect, it } from "vitest";

import { allOrNone, toggled, withRange } from "./selection";

const rows = ["a", "b", "c", "d"];

describe("the selection", () => {
  it("takes a row in and out", () => {
    expect([...toggled(new Set(["a"]), "b")]).toEqual(["a", "b"]);
    expect([...toggled(new Set(["a"]), "a")]).toEqual([]);
  });
  it("takes a range in either direction, and one row where the beginning is gone", () => {
    expect([...withRange(new Set(), rows, "b", "d")]).toEqual(["b", "c", "d"]);
    expect([...withRange(new Set(["a"]), rows, "d", "c")]).toEqual(["a", "c", "d"]);
    expect([...withRange(new Set(), rows, "gone", "c")]).toEqual(["c"]);
  });
  it("takes all, then none", () => {
    const all = allOrNone(new Set(["b"]), rows);
    expect([...all]).toEqual(rows);
    expect([...allOrNone(all, rows)]).toEqual([]);
  });
});
