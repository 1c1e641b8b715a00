import { describe, expect, it, vi } from "vitest";

import type { SyncKindView, SyncView } from "#ui/bindings/contract";

vi.mock("#ui/api/hooks", () => ({}));
const { summarize } = await import("./useSync");

const kind = (over: Partial<SyncKindView>): SyncKindView => ({
  kind: "payments", state: "loading", rows: 0, skipped: 0, left: null, rows_per_second: null, remaining_ms: null, as_of: null, ...over,
});
const sync = (over: Partial<SyncView>): SyncView => ({
  account: "shop", running: false, state: "complete", problem: null, problem_detail: null, as_of: "2026-11-20T10:00:00Z", rows_this_run: 0, requests_this_run: 0, too_many_this_run: 0, duration_ms: 0, kinds: [], caught_up: [],
  reads: { counted: true, today: 0, proof_today: 0, this_month: 0, allowance: 10_000, poll_every_ms: 480_000 }, ...over,
});

describe("all syncs as one", () => {
  it("adds rows and rates, and takes the longest remainder", () => {
    const summary = summarize([
      sync({ running: true, rows_this_run: 10, kinds: [kind({ rows_per_second: 5, remaining_ms: 1_000 }), kind({ kind: "refunds", rows_per_second: 2, remaining_ms: 9_000 })] }),
      sync({ account: "other", running: true, rows_this_run: 7 }),
    ]);
    expect(summary).toMatchObject({ state: "running", rows: 17, rowsPerSecond: 7, remainingMs: 9_000, kinds: ["payments", "refunds"] });
  });
  it("is as old as the account furthest behind, and of no time while one is incomplete", () => {
    expect(summarize([sync({}), sync({ account: "b", as_of: "2026-11-19T10:00:00Z" })]).asOf).toBe("2026-11-19T10:00:00Z");
    expect(summarize([sync({}), sync({ account: "b", as_of: null })]).asOf).toBeNull();
    expect(summarize([]).state).toBe("never");
  });
  it("shows a failure over completeness, and progress over a failure", () => {
    const failed = sync({ account: "b", state: "failed", problem: "vendor_unreachable" });
    expect(summarize([sync({}), failed])).toMatchObject({ state: "failed", failed });
    expect(summarize([sync({ running: true }), failed]).state).toBe("running");
    expect(summarize([sync({ state: "canceled" })]).state).toBe("canceled");
    expect(summarize([sync({ state: "canceled" }), sync({ state: "paused" })]).state).toBe("paused");
  });
});
