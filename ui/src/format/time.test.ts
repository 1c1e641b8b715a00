import { describe, expect, it } from "vitest";

import { countdown, leftMs, localTime, roughly, shortTime, utcDay, utcTime } from "./time";

describe("times", () => {
  it("names UTC on the hover", () => {
    expect(utcTime("2026-11-20T23:15:00Z")).toMatch(/23:15|11:15/);
    expect(utcTime("2026-11-20T23:15:00Z")).toMatch(/UTC$/);
  });
  it("shows what is no time as it came", () => {
    expect(localTime("soon")).toBe("soon");
    expect(utcDay("never")).toBe("never");
  });
  it("keeps a UTC day the same day in every zone", () => {
    expect(utcDay("2026-11-01")).toMatch(/1/);
  });
  it("leaves out what goes without saying", () => {
    const now = new Date(2026, 10, 20, 12, 0);
    expect(shortTime(new Date(2026, 10, 20, 9, 30).toISOString(), now)).not.toMatch(/20/);
    expect(shortTime(new Date(2026, 10, 18, 9, 30).toISOString(), now)).toMatch(/18/);
    expect(shortTime(new Date(2026, 10, 18, 9, 30).toISOString(), now)).not.toMatch(/2026/);
    expect(shortTime(new Date(2025, 10, 18, 9, 30).toISOString(), now)).toMatch(/2025/);
  });
  it("counts down and stops at nothing", () => {
    const until = "2026-11-20T10:10:00.000Z";
    expect(leftMs(until, Date.parse("2026-11-20T10:00:55Z"))).toBe(545_000);
    expect(countdown(545_000)).toBe("9:05");
    expect(leftMs(until, Date.parse("2026-11-20T11:00:00Z"))).toBe(0);
    expect(leftMs("never", 0)).toBe(0);
  });
  it("rounds what is left to one unit", () => {
    expect(roughly(400)).toEqual({ key: "duration.seconds", count: 1 });
    expect(roughly(150_000)).toEqual({ key: "duration.minutes", count: 3 });
    expect(roughly(7_200_000)).toEqual({ key: "duration.hours", count: 2 });
  });
});
