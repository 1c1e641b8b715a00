import type { SyncView } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { useHotkey } from "#ui/keyboard/useHotkey";

/** All accounts' syncs as one. */
export interface SyncSummary {
  state: "never" | "running" | "complete" | "failed" | "canceled" | "paused";
  rows: number;
  rowsPerSecond: number | null;
  remainingMs: number | null;
  /** As of when everything is complete: the account that is furthest behind. */
  asOf: string | null;
  failed: SyncView | null;
  /** The kinds that are loading now. */
  kinds: string[];
}

/** Sums the accounts up. What is left of several is the longest of them, as they run side by side. */
export function summarize(syncs: readonly SyncView[]): SyncSummary {
  const running = syncs.filter((one) => one.running);
  const failed = syncs.find((one) => one.state === "failed") ?? null;
  const kinds = running.flatMap((one) => one.kinds.filter((kind) => kind.state === "loading"));
  const rates = kinds.flatMap((kind) => (kind.rows_per_second === null ? [] : [kind.rows_per_second]));
  const remaining = kinds.flatMap((kind) => (kind.remaining_ms === null ? [] : [kind.remaining_ms]));
  const times = syncs.map((one) => one.as_of);
  return {
    state: running.length > 0 ? "running" : failed !== null ? "failed" : stateAtRest(syncs),
    rows: running.reduce((sum, one) => sum + one.rows_this_run, 0),
    rowsPerSecond: rates.length === 0 ? null : rates.reduce((sum, rate) => sum + rate, 0),
    remainingMs: remaining.length === 0 ? null : Math.max(...remaining),
    asOf: times.length === 0 || times.includes(null) ? null : (times as string[]).reduce((a, b) => (a < b ? a : b)),
    failed,
    kinds: [...new Set(kinds.map((kind) => kind.kind))],
  };
}

function stateAtRest(syncs: readonly SyncView[]): "never" | "complete" | "canceled" | "paused" {
  if (syncs.some((one) => one.state === "paused")) return "paused";
  if (syncs.some((one) => one.state === "canceled")) return "canceled";
  if (syncs.length === 0 || syncs.some((one) => one.state === "never")) return "never";
  return "complete";
}

/** How far the mirror of this window is. */
export function useSyncSummary(): SyncSummary {
  const answer = useAnswer("show_sync", {});
  return summarize(answer.data?.items ?? []);
}

/** Starts a sync by key, unless one runs. */
export function useSyncHotkey(): void {
  const start = useAction("start_sync", "sync.failedToStart");
  const { state } = useSyncSummary();
  useHotkey("sync", () => {
    if (state !== "running" && !start.isPending) start.mutate({ wait: false });
  });
}
