import { describe, expect, it } from "vitest";

import type { CurrencyOverview } from "#ui/bindings/contract";

import { change, periodBefore } from "./compare";

const day = (name: string, gross: number) => ({ day: name, gross: { minor: String(gross), currency: "USD" }, refunded: { minor: "1", currency: "USD" }, succeeded: 1, failed: 2 });
const currency = (days: ReturnType<typeof day>[]) => ({ currency: "USD", days }) as CurrencyOverview;

describe("the period before", () => {
  const now = currency([day("2026-11-21", 5), day("2026-11-22", 6)]);
  it("is as many days as are shown, right before them", () => {
    const longer = currency([day("2026-11-18", 100), day("2026-11-19", 3), day("2026-11-20", 4), ...now.days]);
    expect(periodBefore(now, [longer])).toEqual({ gross: 7n, refunded: 2n, succeeded: 2, failed: 4 });
  });
  it("is none where days are missing, or the currency", () => {
    expect(periodBefore(now, [currency([day("2026-11-20", 4), ...now.days])])).toBeNull();
    expect(periodBefore(now, [])).toBeNull();
    expect(periodBefore(now, undefined)).toBeNull();
  });
  it("is compared exactly however large the figures are", () => {
    expect(change(15n, 10n)).toBe(500);
    expect(change(5n, 10n)).toBe(-500);
    expect(change(20n ** 30n, 10n ** 30n)).toBe(2 ** 30 * 1000 - 1000);
    expect(change(1n, 0n)).toBeNull();
  });
});
