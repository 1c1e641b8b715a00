import { describe, expect, it } from "vitest";

import type { ProofDayMark } from "#ui/bindings/contract";

import { dayPlus, monthsOf } from "./months";

function days(first: string, count: number): ProofDayMark[] {
  return Array.from({ length: count }, (_, place) => ({ day: dayPlus(first, place), state: "green", healed: false }));
}

describe("months", () => {
  it("come newest first, with every day on its weekday", () => {
    const months = monthsOf(days("2026-10-30", 4));
    expect(months.map((one) => one.month)).toEqual(["2026-11", "2026-10"]);
    // 1 November 2026 is a Sunday, 2 November a Monday.
    expect(months[0]?.weeks.map((week) => week.map((day) => day?.day.slice(8) ?? ""))).toEqual([
      ["", "", "", "", "", "", "01"],
      ["02", "", "", "", "", "", ""],
    ]);
    expect(months[1]?.weeks).toHaveLength(1);
  });
  it("lose no day over years and leap days", () => {
    const all = days("2023-06-15", 900);
    const shown = monthsOf(all).flatMap((month) => month.weeks.flat()).filter((day) => day !== null);
    expect(new Set(shown.map((day) => day.day)).size).toBe(900);
    expect(dayPlus("2024-02-28", 1)).toBe("2024-02-29");
    expect(dayPlus("2026-03-01", -1)).toBe("2026-02-28");
  });
  it("are none without days", () => {
    expect(monthsOf([])).toEqual([]);
  });
});
