import type { BulkRunState, CameBy, DeliveryState, EndpointState, ReplayState } from "#ui/bindings/contract";

import type { IconName } from "./Icon";

/** The colours that a state can have. A colour only repeats what the word and the icon say. */
export type Tone = "good" | "warn" | "bad" | "calm" | "info" | "violet";

/** How a state looks. */
export interface Look {
  tone: Tone;
  icon: IconName;
}

/**
 * The few meanings that a state can have for a person. Each has one colour and one icon of its own, so that
 * nobody has to tell two of them apart by colour alone.
 */
export const LOOKS = {
  /** It came to the end that was wanted. */
  done: { tone: "good", icon: "check" },
  /** It goes its way, and nobody has to do anything. */
  underway: { tone: "info", icon: "underway" },
  /** It has not begun, and will by itself. */
  waiting: { tone: "info", icon: "clock" },
  /** Part of it is done for good. */
  part: { tone: "info", icon: "part" },
  /** It went all the way back, or rests for good, as was wanted. */
  over: { tone: "calm", icon: "dash" },
  /** It was given back. */
  returned: { tone: "calm", icon: "refunds" },
  /** It stands still until somebody goes on with it. */
  held: { tone: "warn", icon: "pause" },
  /** Nobody knows yet how it is. */
  doubt: { tone: "warn", icon: "question" },
  /** Somebody has to do something, though not necessarily we. */
  asks: { tone: "warn", icon: "warn" },
  /** A person of ours has to look. */
  person: { tone: "bad", icon: "accounts" },
  /** It did not come to the end that was wanted. */
  failed: { tone: "bad", icon: "close" },
  /** The payer's bank asks for the money. */
  disputed: { tone: "violet", icon: "flag" },
} as const satisfies Record<string, Look>;

export type LookName = keyof typeof LOOKS;

/** The states of the contract's closed lists, so that a new one does not compile without a look. */
const CLOSED = {
  bulkState: { ready: "waiting", running: "underway", paused: "held", done: "done", canceled: "over" } satisfies Record<BulkRunState, LookName>,
  came: { feed: "underway", verified: "done", part: "part", refused: "failed", apart: "held" } satisfies Record<CameBy, LookName>,
  delivery: { waiting: "waiting", sending: "underway", delivered: "done", failed: "failed", canceled: "over" } satisfies Record<DeliveryState, LookName>,
  endpointState: { on: "done", paused: "held", stopped: "failed" } satisfies Record<EndpointState, LookName>,
  replayState: { preparing: "waiting", running: "underway", done: "done", canceled: "over" } satisfies Record<ReplayState, LookName>,
} as const;

/**
 * How each state looks, by the group of messages that names it and the code of the backend or vendor. Every
 * state that Paydesk shows stands here; `states.test.ts` holds it to the words and to the backend's own lists.
 */
export const STATE_LOOKS: Readonly<Record<string, Readonly<Record<string, LookName>>>> = {
  ...CLOSED,
  state: {
    waiting: "waiting", prepared: "waiting", sent: "underway", settled: "done", refused: "failed",
    unsettled: "doubt", needs_person: "person", canceled: "over",
  },
  payment: {
    succeeded: "done", pending: "underway", failed: "failed", uncaptured: "asks", canceled: "over", refunded: "returned",
    partially_refunded: "part", disputed: "disputed", requires_payment_method: "asks", requires_confirmation: "asks",
    requires_action: "asks", processing: "underway", requires_capture: "asks",
  },
  refundStatus: { succeeded: "done", pending: "underway", requires_action: "asks", requires_review: "asks", failed: "failed", canceled: "over" },
  dispute: {
    needs_response: "person", under_review: "waiting", won: "done", lost: "failed", warning_needs_response: "person",
    warning_under_review: "waiting", warning_closed: "over", prevented: "over",
  },
  moneyMoved: { moved: "done", coming: "underway", held: "held", none: "over", unknown: "doubt" },
  messageState: {
    prepared: "waiting", refused: "failed", canceled: "over", unsettled: "doubt", needs_person: "person", queued: "waiting",
    sent: "underway", deferred: "held", delivered: "done", dropped: "failed", bounced: "failed",
  },
  messageEvent: {
    queued: "waiting", processed: "underway", deferred: "held", delivered: "done", bounced: "failed", dropped: "failed",
    opened: "done", clicked: "done", complained: "failed", unsubscribed: "asks",
  },
  mailRow: { ready: "waiting", invalid: "failed", duplicate: "over", suppressed: "asks", held: "held", canceled: "over" },
  suppression: { bounce: "failed", block: "failed", spam_report: "failed", invalid: "failed", unsubscribed: "asks", group_unsubscribed: "asks" },
  bulkRow: {
    ready: "waiting", asks: "asks", left_out: "over", needs_approval: "asks", blocked: "failed", not_sent: "failed", waiting: "waiting",
    prepared: "waiting", sent: "underway", settled: "done", failed: "failed", refused: "failed", unsettled: "doubt",
    needs_person: "person", canceled: "over",
  },
  bulkHold: { asks: "asks", approval: "asks", blocked: "failed", refused: "failed" },
  approval: { asked: "waiting", to_decide: "asks", approved: "done", declined: "failed", used: "over", expired: "over", void: "failed" },
  mirrorState: {
    never: "over", loading: "underway", waiting: "waiting", complete: "done", canceled: "over", paused: "held", failed: "failed",
    not_offered: "over", not_allowed: "over",
  },
  proofState: { green: "done", amber: "doubt", red: "failed" },
  breaker: { closed: "done", open: "failed", half_open: "held" },
  verdict: { verified: "done", verified_in_part: "part", refused: "failed" },
  inboxState: { waiting: "waiting", applied: "done", known: "over", kept: "over", apart: "held" },
  listening: { yes: "done", no: "failed", none: "over" },
  right: { allowed: "done", denied: "failed", not_offered: "over", unknown_until_first_use: "doubt" },
  imported: { account_key: "done", kept_in_vault: "done", setting: "done", skipped: "over" },
  answerState: {
    failed: "failed", needs_payer: "asks", overdue: "asks", unknown: "doubt", in_review: "waiting", pending: "waiting",
    not_sent: "waiting", on_its_way: "underway", canceled: "over", disputed: "disputed", none: "over", nothing_taken: "over",
    only_one: "done", attempts_only: "done", one_refunded: "returned", all_refunded: "returned", different_orders: "done",
    possible_double: "asks",
  },
};

/** How a state looks; none for a word that is no state, or a state that is newer than this page. */
export function lookOfState(group: string, code: string): Look | null {
  const looks = Object.hasOwn(STATE_LOOKS, group) ? STATE_LOOKS[group] : undefined;
  const name = looks !== undefined && Object.hasOwn(looks, code) ? looks[code] : undefined;
  return name === undefined ? null : LOOKS[name];
}
