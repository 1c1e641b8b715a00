import { describe, expect, it } from "vitest";

import { heldAt } from "./tail";

const idOf = (row: string) => row;

describe("the live tail", () => {
  it("holds the rows from where somebody reads, and counts what came above", () => {
    expect(heldAt(["d", "c", "b", "a"], "b", idOf)).toEqual({ rows: ["b", "a"], fresh: 2 });
    expect(heldAt(["b", "a"], "b", idOf)).toEqual({ rows: ["b", "a"], fresh: 0 });
  });
  it("shows everything where nothing is held, or what was held is gone", () => {
    expect(heldAt(["b", "a"], null, idOf)).toEqual({ rows: ["b", "a"], fresh: 0 });
    expect(heldAt(["b", "a"], "x", idOf)).toEqual({ rows: ["b", "a"], fresh: 0 });
  });
});
