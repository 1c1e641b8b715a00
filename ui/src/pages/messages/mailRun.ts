import type { MailRunView } from "#ui/bindings/contract";

/** The states that a filter lets through; those of which a run has none are not offered. */
export const MAIL_FILTERS = {
  all: [],
  ready: ["ready"],
  taken: ["queued", "sent", "deferred", "delivered"],
  undelivered: ["bounced", "dropped", "refused"],
  doubt: ["prepared", "unsettled", "needs_person"],
  suppressed: ["suppressed"],
  duplicate: ["duplicate"],
  invalid: ["invalid", "held"],
  canceled: ["canceled"],
} as const satisfies Record<string, readonly string[]>;

export type MailFilter = keyof typeof MAIL_FILTERS;

/** How many recipients of a run a filter lets through. */
export function recipientsOf(run: MailRunView, filter: MailFilter): number {
  const states: readonly string[] = MAIL_FILTERS[filter];
  if (states.length === 0) return run.rows;
  return run.states.filter((one) => states.includes(one.state)).reduce((sum, one) => sum + one.rows, 0);
}

/** Whether anybody is left who could get a message. */
export function canSend(run: MailRunView): boolean {
  return run.to_send > 0 && (run.state === "ready" || run.state === "paused");
}

/** Whether anything of it waits at the vendor for its time, so that it can be held. */
export function waitsAtVendor(run: MailRunView, now: number): boolean {
  if (run.send_at === null || run.started === null || run.schedule === null || run.schedule === "canceled") return false;
  return run.schedule === "paused" || Date.parse(run.send_at) > now;
}

/** The colour that repeats how far a run is. */
export function runTone(run: MailRunView): "good" | "warn" | "info" | "calm" {
  return ({ ready: "calm", running: "info", paused: "warn", done: "good", canceled: "calm" } as const)[run.state];
}

/** A moment as a date field writes it, in the time of this machine, as the contract wants it; none where it is no moment. */
export function momentOf(local: string): string | null {
  const ms = local === "" ? Number.NaN : new Date(local).getTime();
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
