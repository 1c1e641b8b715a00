import type { ErrorBody, MessageView } from "#ui/bindings/contract";
import type { MessageKey } from "#ui/messages/t";

/** Whether what was asked for may have been written down or sent, so that it must be asked for again under the same id and unchanged. */
export function keepsWish(error: ErrorBody): boolean {
  return error.money_moved !== "no" || error.code === "message_in_doubt";
}

/** How sending a message ended, as far as the dialog must tell. */
export type Ending = "taken" | "checked" | "refused" | "lost" | "canceled" | "unsettled";

/** Reads a message as one ending. */
export function endingOf(message: Pick<MessageView, "state" | "sandbox_mode">): Ending {
  switch (message.state) {
    case "queued":
    case "sent":
    case "deferred":
    case "delivered":
      return message.sandbox_mode ? "checked" : "taken";
    case "refused":
    case "canceled":
      return message.state;
    case "bounced":
    case "dropped":
      return "lost";
    default:
      return "unsettled";
  }
}

/** The colour of each ending. */
export const ENDING_TONES: Record<Ending, "good" | "bad" | "warn"> = {
  taken: "good", checked: "warn", refused: "bad", lost: "bad", canceled: "warn", unsettled: "warn",
};

/** Why what a message said is not there. */
export function noBodyWords(why: string): MessageKey {
  switch (why) {
    case "erased":
      return "messages.bodyErased";
    case "elsewhere":
      return "messages.bodyElsewhere";
    case "template":
      return "messages.bodyTemplate";
    default:
      return "messages.bodyNotKept";
  }
}

/** What an answer to somebody begins with. */
export interface Reply {
  channel: string;
  to: string;
  subject: string;
  payment: string | null;
}

/** An answer to whoever a message went to or came from; none to somebody who was erased. */
export function replyTo(message: MessageView): Reply | null {
  if (message.no_body === "erased") return null;
  const to = message.direction === "inbound" ? message.from : message.to;
  if (to === null) return null;
  const subject = message.subject === null || /^re:/i.test(message.subject) ? message.subject ?? "" : `Re: ${message.subject}`;
  return { channel: message.channel, to, subject, payment: message.payment };
}
