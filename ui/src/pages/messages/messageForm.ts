import type { ErrorBody, MessageDetail, MessageView } from "#ui/bindings/contract";
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
export function noBodyOf({ message }: Pick<MessageDetail, "message">): MessageKey {
  if (message.to.startsWith("erased ")) return "messages.bodyErased";
  if (message.purpose === "elsewhere") return "messages.bodyElsewhere";
  return message.template === null ? "messages.bodyNotKept" : "messages.bodyTemplate";
}
