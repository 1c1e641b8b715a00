import type { BulkColumnName, BulkMapping, BulkOrigin, BulkRowView, BulkRunApproval, BulkRunView } from "#ui/bindings/contract";

/** What a column can be, in the order of the list. */
export const COLUMN_NAMES = ["payment", "email", "amount", "currency", "date", "order", "reason", "note"] as const satisfies readonly BulkColumnName[];

/** Bytes of a file that can be handed to the Desk; a larger one is read by the Desk from its path. */
export const MOST_BYTES = 10 * 1024 * 1024;

/** Says that a column is something; whatever was that before no longer is. */
export function mapped(mapping: BulkMapping, place: number, name: BulkColumnName | null): BulkMapping {
  const columns = mapping.columns.map((one, at) => (at === place ? name : one === name && name !== null ? null : one));
  return { ...mapping, columns };
}

/** Whether a mapping leads to payments at all. */
export function leads(mapping: BulkMapping): boolean {
  return mapping.columns.some((one) => one === "payment" || one === "order" || one === "email");
}

/** A file as the Desk takes it: its bytes, since only the Desk finds out what they are. */
export async function contentOf(file: File): Promise<BulkOrigin> {
  const url = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    const fail = () => reject(new Error("the file could not be read"));
    reader.onload = () => (typeof reader.result === "string" ? resolve(reader.result) : fail());
    reader.onerror = fail;
    reader.readAsDataURL(file);
  });
  return { from: "content", name: file.name, base64: url.slice(url.indexOf(",") + 1) };
}

/** The states that a filter lets through; rows of a state that the run has none of are not offered. */
export const FILTERS = {
  all: [],
  ready: ["ready"],
  asks: ["asks"],
  left_out: ["left_out"],
  needs_approval: ["needs_approval"],
  blocked: ["blocked"],
  open: ["waiting", "prepared", "sent", "unsettled", "needs_person"],
  settled: ["settled"],
  declined: ["not_sent", "refused", "failed"],
  canceled: ["canceled"],
} as const satisfies Record<string, readonly string[]>;

export type Filter = keyof typeof FILTERS;

/** How many rows of a run a filter lets through. */
export function rowsOf(run: BulkRunView, filter: Filter): number {
  const states: readonly string[] = FILTERS[filter];
  if (states.length === 0) return run.rows;
  return run.totals.filter((one) => states.includes(one.state)).reduce((sum, one) => sum + one.rows, 0);
}

/** What is left to do with a run. */
export function canBegin(run: BulkRunView): boolean {
  if (approvalOf(run) !== null) return true;
  if (run.state === "ready" || run.state === "done") return run.to_send > 0;
  return run.state === "paused" && (run.to_send > 0 || rowsOf(run, "open") > 0);
}

/** The approval of a second person that it can begin under now, for exactly the rows that it would send. */
export function approvalOf(run: BulkRunView): BulkRunApproval | null {
  const rests = run.state === "ready" || run.state === "paused" || run.state === "done";
  return rests && run.approval?.state === "approved" && run.approval.fits ? run.approval : null;
}

/**
 * Whether a second person can be asked about it: it goes beyond a limit or has rows that wait, and nobody was asked
 * about just these rows.
 */
export function canAsk(run: BulkRunView): boolean {
  const rests = run.state === "ready" || run.state === "paused" || run.state === "done";
  const waits = run.approval !== null && run.approval.fits && (run.approval.state === "asked" || run.approval.state === "approved");
  return rests && run.askable > 0 && (run.over_limits.length > 0 || rowsOf(run, "needs_approval") > 0) && !waits;
}

/** What is said of the approval of a run. */
export function approvalWords(run: BulkRunView): "asked" | "approved" | "changed" | "declined" | "expired" | "used" | "void" | null {
  if (run.approval === null) return null;
  const { state, fits } = run.approval;
  if (state === "asked" || state === "approved") return fits ? state : "changed";
  return state === "declined" || state === "expired" || state === "used" ? state : "void";
}

/** Whether it was begun before, so that it is gone on with. */
export function wasBegun(run: BulkRunView): boolean {
  return run.started !== null;
}

/** A sum as typed, whatever the spaces in it. */
export function sameTotal(typed: string, total: string): boolean {
  const plain = (text: string) => text.replace(/\s/g, "").toUpperCase();
  return plain(typed) === plain(total);
}

/** The colour that repeats how far a run is. */
export function toneOf(run: BulkRunView): "good" | "warn" | "info" | "calm" {
  return ({ ready: "calm", running: "info", paused: "warn", done: "good", canceled: "calm" } as const)[run.state];
}

export function bulkRowId(row: BulkRowView): string {
  return String(row.line);
}
