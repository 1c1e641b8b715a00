import type { MessageView } from "#ui/bindings/contract";
import { Chip, Label, type Tone } from "#ui/components/Chip";
import { Id } from "#ui/components/Id";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { makeColumns } from "#ui/grid/columns";
import { pieces, t, template, word } from "#ui/messages/t";

/** The colour that repeats how a message stands. */
export const MESSAGE_TONES: Record<string, Tone> = {
  delivered: "good", queued: "info", sent: "info", prepared: "info", deferred: "warn", unsettled: "warn",
  needs_person: "bad", bounced: "bad", dropped: "bad", refused: "bad", canceled: "calm",
};

/** How a message stands, with what its reader did. */
export function MessageState({ message }: { message: MessageView }) {
  return (
    <>
      {message.direction === "inbound" ? <Label tone="info">{t("messages.received")}</Label> : <Chip group="messageState" code={message.state} tone={MESSAGE_TONES[message.state] ?? "calm"} />}
      {message.complained !== null ? <> <Label tone="bad">{t("messages.complained")}</Label></> : message.clicked !== null ? <> <Label tone="violet">{t("messages.clicked")}</Label></> : message.opened !== null && <> <Label tone="violet">{t("messages.opened")}</Label></>}
      {message.sandbox_mode && <> <Label tone="calm">{t("messages.onlyChecked")}</Label></>}
    </>
  );
}

/** Why a message stands as it does: a code of ours in words, with the vendor's number where it has one, or what the receiving side said. */
export function MessageReason({ reason }: { reason: string | null }) {
  if (reason === null) return null;
  const [, code, number] = /^([a-z_]+)( \(\d+\))?$/.exec(reason) ?? [];
  return code === undefined ? <Untrusted personal text={reason} /> : <>{word("messageReason", code)}{number}</>;
}

/** Whom a message went to; of what came in, who sent it. */
function Correspondent({ message }: { message: MessageView }) {
  if (message.direction !== "inbound" || message.from === null) return <Untrusted personal text={message.to} as="exact" />;
  const [before, , after] = pieces(template("messages.receivedFrom"));
  return <>{before}<Untrusted personal text={message.from} as="exact" />{after}</>;
}

/** What a message is for; what came in says so. */
export function purposeWords(message: MessageView): string {
  return message.direction === "inbound" ? t("messages.fromCustomer") : word("messagePurpose", message.purpose);
}

/** The vendor of a message, by name. */
export function messageVendor(message: MessageView): string {
  return word("vendor", message.vendor);
}

/** The columns of the list. */
export const MESSAGE_COLUMNS = makeColumns<MessageView>([
  { id: "to", header: t("column.to"), track: "minmax(150px, 1.6fr)", cell: (row) => <Correspondent message={row} /> },
  { id: "channel", header: t("messages.channel"), track: "minmax(56px, 0.4fr)", cell: (row) => word("channel", row.channel) },
  { id: "state", header: t("column.status"), track: "minmax(150px, 1.1fr)", cell: (row) => <MessageState message={row} /> },
  { id: "purpose", header: t("column.purpose"), track: "minmax(90px, 0.8fr)", cell: (row) => purposeWords(row) },
  { id: "subject", header: t("column.subject"), track: "minmax(100px, 1.6fr)", cell: (row) => (row.subject !== null ? <Untrusted personal text={row.subject} /> : row.template !== null && <Id id={row.template} bare />) },
  { id: "reason", header: t("column.reason"), track: "minmax(90px, 1.6fr)", cell: (row) => <MessageReason reason={row.reason} /> },
  { id: "payment", header: t("column.payment"), track: "minmax(90px, 1fr)", cell: (row) => row.payment !== null && <Id id={row.payment} bare /> },
  { id: "created", header: t("column.created"), track: "minmax(110px, 0.8fr)", cell: (row) => <Time at={row.created} short /> },
]);
