import { describe, expect, it } from "vitest";

import type { MailRunView } from "#ui/bindings/contract";

import { canSend, momentOf, recipientsOf, waitsAtVendor } from "./mailRun";

const run = {
  state: "paused", rows: 12, to_send: 3, started: "2026-03-01T08:00:00Z", send_at: "2026-03-01T09:00:00Z", schedule: "waiting",
  states: [{ state: "ready", rows: 3 }, { state: "delivered", rows: 5 }, { state: "queued", rows: 2 }, { state: "duplicate", rows: 2 }],
} as unknown as MailRunView;

describe("a run of email", () => {
  it("is counted by what became of its recipients", () => {
    expect([recipientsOf(run, "all"), recipientsOf(run, "taken"), recipientsOf(run, "doubt")]).toEqual([12, 7, 0]);
  });
  it("is sent only while somebody is left and it rests", () => {
    expect(canSend(run)).toBe(true);
    expect(canSend({ ...run, to_send: 0 })).toBe(false);
    expect(canSend({ ...run, state: "running" })).toBe(false);
  });
  it("waits at the vendor until its time, or while it is held", () => {
    const nine = Date.parse("2026-03-01T09:00:00Z");
    expect(waitsAtVendor(run, nine - 1)).toBe(true);
    expect(waitsAtVendor(run, nine)).toBe(false);
    expect(waitsAtVendor({ ...run, schedule: "paused" }, nine + 1)).toBe(true);
    expect(waitsAtVendor({ ...run, schedule: "canceled" }, nine - 1)).toBe(false);
    expect(waitsAtVendor({ ...run, send_at: null }, nine - 1)).toBe(false);
  });
  it("goes at a moment that is one", () => {
    expect(momentOf("")).toBeNull();
    expect(momentOf("soon")).toBeNull();
    expect(momentOf("2026-03-01T09:00")).toMatch(/^2026-0[23]-\d\dT\d\d:00:00\.000Z$/);
  });
});
