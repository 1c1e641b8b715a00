import { Link } from "@tanstack/react-router";
import { useId, useRef, useState } from "react";

import type { ErrorBody, MessageContent, MessageView, PaymentDetail, SmsSizeView } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { usePersonalField } from "#ui/api/personal";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Choice, Field } from "#ui/components/Field";
import { Loading } from "#ui/components/State";
import { Untrusted } from "#ui/components/Untrusted";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { t, tn, word } from "#ui/messages/t";
import refundStyles from "#ui/pages/payment/Refund.module.css";
import { isNewWish } from "#ui/pages/payment/refundForm";

import { MessageState, messageVendor } from "./columns";
import { Lines } from "./Lines";
import styles from "./Messages.module.css";

type Kind = "receipt" | "refund_notice" | "free_text";
type Channel = "email" | "sms";

/** What a form asks to have sent. */
interface Draft {
  channel: Channel;
  to: string;
  content: MessageContent;
}

interface ComposeDialogProps {
  /** The payment that it is about; without one a text goes to an address. */
  payment?: PaymentDetail;
  onClose: () => void;
}

/** Writes one email or SMS, shows it as it would leave, and sends it once. */
export function ComposeDialog({ payment, onClose }: ComposeDialogProps) {
  // One id for one wish: an answer that is lost on the way never becomes a second message.
  const [requestId, setRequestId] = useState<string>(() => crypto.randomUUID());
  const [sent, setSent] = useState<MessageView | null>(null);
  const [error, setError] = useState<ErrorBody | null>(null);
  const send = useAction("send_message");
  const underway = useRef(false);
  const start = ({ channel, to, content }: Draft) => {
    if (underway.current) return;
    underway.current = true;
    setError(null);
    send.mutate({ request_id: requestId, channel, ...(to === "" ? {} : { to }), ...(payment === undefined ? {} : { payment: payment.own_id }), content }, {
      onSuccess: setSent,
      onError: (failure) => {
        setError(failure);
        if (isNewWish(failure)) setRequestId(crypto.randomUUID());
      },
      onSettled: () => { underway.current = false; },
    });
  };
  return (
    <Dialog open wide title={t("compose.title")} about={t(payment === undefined ? "compose.about" : "compose.aboutPayment")} busy={send.isPending} onClose={onClose}>
      {sent !== null ? <Sent message={sent} onClose={onClose} /> : <ComposeForm payment={payment} sending={send.isPending} error={error} onSend={start} onClose={onClose} />}
    </Dialog>
  );
}

interface ComposeFormProps {
  payment: PaymentDetail | undefined;
  sending: boolean;
  error: ErrorBody | null;
  onSend: (draft: Draft) => void;
  onClose: () => void;
}

function ComposeForm({ payment, sending, error, onSend, onClose }: ComposeFormProps) {
  const kinds: Kind[] = payment === undefined ? ["free_text"] : payment.refunds.length > 0 ? ["refund_notice", "receipt", "free_text"] : ["receipt", "free_text"];
  const channels = useChannels();
  const [chosen, setChannel] = useState<Channel>("email");
  const channel = channels.includes(chosen) ? chosen : (channels[0] ?? "email");
  const isSms = channel === "sms";
  const [kind, setKind] = useState<Kind>(kinds[0] ?? "free_text");
  const [address, setAddress] = useState(payment?.email ?? "");
  const [number, setNumber] = useState("");
  const to = (isSms ? number : address).trim();
  const [subject, setSubject] = useState("");
  const [text, setText] = useState("");
  const textId = useId();
  const cover = usePersonalField(text);
  const content: MessageContent = kind === "free_text" ? { kind, subject: isSms ? "" : subject, text } : { kind };
  // Of an SMS about a payment the Desk may know the customer's number.
  const addressed = to !== "" || (isSms && payment !== undefined);
  const written = addressed && (kind !== "free_text" || ((isSms || subject.trim() !== "") && text.trim() !== ""));
  const draft: Draft = { channel, to, content };
  const preview = useAnswer("preview_message", { channel, ...(to === "" ? {} : { to }), ...(payment === undefined ? {} : { payment: payment.own_id }), content }, { keep: true, enabled: written });
  const ready = written && preview.error === null && preview.data !== undefined;
  useHotkey("submit", () => onSend(draft), ready && !sending);
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); if (ready) onSend(draft); }}>
      <Choice label={t("compose.kind")} value={kind} disabled={sending} options={kinds.map((one) => ({ value: one, label: word("messagePurpose", one) }))} onChange={(value) => setKind(value as Kind)} />
      {channels.length > 1 && <Choice label={t("compose.channel")} value={channel} disabled={sending} options={channels.map((one) => ({ value: one, label: word("channel", one) }))} onChange={(value) => setChannel(value as Channel)} />}
      {isSms
        ? <Field label={t("column.to")} hint={t(payment === undefined ? "compose.toHint" : "compose.toPayerHint")} type="tel" personal value={number} maxLength={40} disabled={sending} onChange={(event) => setNumber(event.target.value)} />
        : <Field label={t("column.to")} personal value={address} maxLength={320} disabled={sending} onChange={(event) => setAddress(event.target.value)} />}
      {kind === "free_text" && (
        <>
          {!isSms && <Field label={t("column.subject")} personal value={subject} maxLength={998} disabled={sending} onChange={(event) => setSubject(event.target.value)} />}
          <div>
            <label htmlFor={textId} className={styles.label}>{t("compose.text")}</label>
            <textarea id={textId} className={styles.text} {...cover.field} disabled={sending} maxLength={100_000} onChange={(event) => setText(event.target.value)} />
          </div>
        </>
      )}
      {written && preview.error !== null && <ErrorNote error={preview.error} />}
      {written && preview.isPending && <Loading />}
      {ready && (
        <section aria-label={t("compose.preview")}>
          <p className="quiet">{t("compose.from")} <Untrusted text={preview.data.from} /></p>
          {preview.data.size !== null && <Size size={preview.data.size} />}
          {preview.data.subject !== null && <p><strong><Untrusted personal text={preview.data.subject} /></strong></p>}
          {preview.data.text !== null && <blockquote className={styles.preview}><Lines text={preview.data.text} /></blockquote>}
          {preview.data.sandbox_mode && <p role="note">{t("messages.onlyCheckedWords")}</p>}
          {preview.data.card_masked && <p role="note">{t("compose.cardMasked")}</p>}
        </section>
      )}
      {error !== null && <ErrorNote error={error} />}
      <DialogFoot>
        <Button onClick={onClose} disabled={sending}>{t("dialog.cancel")}</Button>
        <Button type="submit" look="main" hotkey="submit" disabled={!ready || sending}>{t(sending ? "compose.sending" : "compose.send")}</Button>
      </DialogFoot>
    </form>
  );
}

/** By what a message can go: what the accounts of this window send. */
function useChannels(): Channel[] {
  const accounts = useAnswer("list_accounts", {});
  const has = (capability: Channel) => accounts.data?.items.some((one) => one.capability === capability) === true;
  return (["email", "sms"] as const).filter(has);
}

/** How long an SMS is on the air, as the Desk counts it. */
function Size({ size }: { size: SmsSizeView }) {
  return (
    <>
      <p className="quiet" role="status">{tn("compose.size", size.segments, { characters: count.format(size.characters), left: count.format(size.left) })}</p>
      {size.forced_by !== null && size.forced_at !== null && <p role="note">{t("compose.forced", { letter: visible(size.forced_by, "exact"), place: count.format(size.forced_at) })}</p>}
    </>
  );
}

const GOOD = ["queued", "sent", "deferred", "delivered"];

function Sent({ message, onClose }: { message: MessageView; onClose: () => void }) {
  const good = GOOD.includes(message.state);
  return (
    <div className={refundStyles.result}>
      <div className={refundStyles.ending} data-tone={good ? "good" : message.state === "refused" ? "bad" : "warn"} role="status">
        <strong>{good ? t("compose.taken", { vendor: messageVendor(message) }) : t( message.state === "refused" ? "compose.refused" : "compose.unsettled")}</strong>
        <span><MessageState message={message} /></span>
      </div>
      <DialogFoot>
        <Link to="/messages/$id" params={{ id: message.id }}>{t("compose.open")}</Link>
        {/* eslint-disable-next-line jsx-a11y/no-autofocus -- The form that had the focus is gone. */}
        <Button look="main" autoFocus onClick={onClose}>{t("dialog.done")}</Button>
      </DialogFoot>
    </div>
  );
}
