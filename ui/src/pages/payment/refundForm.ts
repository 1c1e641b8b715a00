import type { AloneView, ErrorBody, RefundView } from "#ui/bindings/contract";
import { compareMinor, readAmount } from "#ui/format/money";
import type { MessageKey } from "#ui/messages/t";

/** What the amount field holds, judged against what is left. */
export type Judged =
  | { ok: true; minor: string; whole: boolean }
  | { ok: false; wrong: MessageKey | null };

/** Judges what was typed. The Desk judges again; this only saves a round. */
export function judge(text: string, exponent: number, refundable: string): Judged {
  const typed = readAmount(text, exponent);
  if (typed.kind === "empty") return { ok: false, wrong: null };
  if (typed.kind === "wrong") return { ok: false, wrong: `refund.wrong.${typed.why}` };
  const order = compareMinor(typed.minor, refundable);
  if (order > 0) return { ok: false, wrong: "refund.wrong.over" };
  return { ok: true, minor: typed.minor, whole: order === 0 };
}

/** Whether an amount is above what one person alone may still give back. */
export function isAbove(alone: AloneView | null, minor: string): boolean {
  return alone !== null && compareMinor(minor, alone.left.minor) > 0;
}

const LIMITS = ["per_refund", "per_day", "per_person"] as const;

/** The limit in the way, by the word of its sentence. */
export function limitOf(alone: AloneView | null): (typeof LIMITS)[number] {
  return LIMITS.find((one) => one === alone?.limit) ?? "per_refund";
}

/** How a refund ended, as far as the dialog must tell. */
export type Ending = "done" | "pending" | "action" | "review" | "failed" | "refused" | "waiting" | "ranOut" | "underway" | "unsettled" | "person" | "canceled";

/** Reads a refund's two states as one ending. */
export function endingOf(refund: RefundView): Ending {
  if (refund.state === "refused") return "refused";
  if (refund.state === "canceled") return "canceled";
  if (refund.state === "waiting") return "waiting";
  // What can be withdrawn never left, so there is nothing to find out about it.
  if (refund.state === "needs_person") return refund.can_withdraw ? "ranOut" : "person";
  if (refund.state === "unsettled") return "unsettled";
  if (refund.state === "prepared" || refund.state === "sent") return "underway";
  switch (refund.refund_status) {
    case "succeeded":
      return "done";
    case "pending":
    case null:
      return "pending";
    case "requires_action":
      return "action";
    case "requires_review":
      return "review";
    case "failed":
      return "failed";
    case "canceled":
      return "canceled";
    default:
      // A newer word of the vendor's: it has the refund, and how it ends is followed up.
      return "pending";
  }
}

/** Whether a person who saw this ending saw the end, so that the same wish again is a new one. */
export function isEnd(ending: Ending): boolean {
  return MONEY[ending] !== "unknown" && ending !== "waiting" && ending !== "ranOut";
}

/** Whether money moved, as a list tells it in a word. */
export type MoneyWord = "moved" | "coming" | "held" | "none" | "unknown";

const MONEY: Record<Ending, MoneyWord> = {
  done: "moved", pending: "coming", action: "held", review: "held", failed: "none", refused: "none", canceled: "none",
  waiting: "none", ranOut: "none", underway: "unknown", unsettled: "unknown", person: "unknown",
};

/** Whether money moved for a refund. */
export function moneyOf(refund: RefundView): MoneyWord {
  return MONEY[endingOf(refund)];
}

/**
 * Whether another try after this error is a new wish. Only where it is certain that nothing moved: a
 * lost answer is asked for again under the same request id, and the Desk answers with the same intent.
 */
export function isNewWish(error: ErrorBody): boolean {
  return error.money_moved === "no";
}
