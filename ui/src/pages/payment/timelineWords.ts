import { visible } from "#ui/format/text";
import { t, word } from "#ui/messages/t";
import type { TimelineEntry } from "#ui/bindings/contract";

const STATES = ["waiting", "prepared", "sent", "settled", "refused", "unsettled", "needs_person", "canceled"] as const;

/** Cuts the code of an intent's entry, such as `intent_cancel_refund_settled`, into kind and state. */
export function cutIntent(what: string): { kind: string; state: string } | null {
  const rest = /^intent_(.+)$/.exec(what)?.[1];
  const state = STATES.find((one) => rest?.endsWith(`_${one}`) === true);
  if (rest === undefined || state === undefined) return null;
  // `settled` ends `unsettled` too, so the longer one must have been tried; the underscore sees to it.
  return { kind: rest.slice(0, -state.length - 1), state };
}

/** An entry of the timeline in words. An event keeps the vendor's own word. */
export function timelineWords(entry: TimelineEntry): string {
  if (entry.sort === "event") return visible(entry.what, "exact");
  const intent = entry.sort === "intent" ? cutIntent(entry.what) : null;
  if (intent !== null) {
    return t("timeline.intent", { kind: visible(word("intentKind", intent.kind), "prose"), state: visible(word("state", intent.state), "prose") });
  }
  return visible(word("timeline", entry.what), "prose");
}

/** The word more of an entry. */
export function timelineDetail(entry: TimelineEntry): string | null {
  if (entry.detail === null || entry.detail === "") return null;
  const group = { payment: "decline", refund: "reason", dispute: "disputeReason", notice: "noticeReason" }[entry.sort];
  return visible(group === undefined ? entry.detail : word(group, entry.detail), "prose");
}
