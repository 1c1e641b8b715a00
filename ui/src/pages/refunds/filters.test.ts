import { describe, expect, it } from "vitest";

import { filterOf, FILTERS } from "./filters";

describe("the filters of the journal", () => {
  it("take what is no filter as all", () => {
    expect(filterOf("open")).toBe("open");
    expect(filterOf("toString")).toBe("all");
    expect(filterOf(undefined)).toBe("all");
  });
  it("use the words of the intent machine and no others", () => {
    const words = ["waiting", "prepared", "sent", "settled", "refused", "unsettled", "needs_person", "canceled"];
    for (const states of Object.values(FILTERS)) for (const state of states) expect(words).toContain(state);
    expect([...FILTERS.open, ...FILTERS.settled, ...FILTERS.refused].sort()).toEqual([...words].sort());
  });
});
