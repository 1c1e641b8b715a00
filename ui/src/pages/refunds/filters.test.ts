import { describe, expect, it } from "vitest";

import { countOf, filterBeside, filterOf, FILTERS } from "./filters";

describe("the filters of the journal", () => {
  it("take what is no filter as all", () => {
    expect(filterOf("waiting")).toBe("waiting");
    expect(filterOf("toString")).toBe("all");
    expect(filterOf(undefined)).toBe("all");
  });
  it("use the words of the intent machine, each once besides what is open", () => {
    const words = ["waiting", "prepared", "sent", "settled", "refused", "unsettled", "needs_person", "canceled"];
    const { open, ...others } = FILTERS;
    expect(Object.values(others).flat().sort()).toEqual(words.sort());
    for (const state of open) expect(words).toContain(state);
  });
  it("stand beside each other and end at both ends", () => {
    expect(filterBeside("all", 1)).toBe("open");
    expect(filterBeside("all", -1)).toBe("all");
    expect(filterBeside("canceled", 1)).toBe("canceled");
  });
  it("count the states that they show", () => {
    const counts = [{ state: "sent", count: 1 }, { state: "unsettled", count: 2 }, { state: "settled", count: 4 }];
    expect(countOf("underway", counts)).toBe(3);
    expect(countOf("open", counts)).toBe(3);
    expect(countOf("settled", counts)).toBe(4);
    expect(countOf("refused", counts)).toBe(0);
  });
});
