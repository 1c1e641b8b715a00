import { Link } from "@tanstack/react-router";
import { useId, useRef, useState } from "react";

import type { ErrorBody, MessageContent, MessageView, PaymentDetail, PreviewMessage, SmsSizeView } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { usePersonalField } from "#ui/api/personal";
import { useSettled } from "#ui/api/useSettled";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Choice, Field } from "#ui/components/Field";
import { Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn, word } from "#ui/messages/t";
import refundStyles from "#ui/pages/payment/Refund.module.css";

import { MessageState, messageVendor } from "./columns";
import { Lines } from "./Lines";
import { ENDING_TONES, endingOf, keepsWish, type Reply } from "./messageForm";
import styles from "./Messages.module.css";
import { RenderedMail } from "./RenderedMail";

type Kind = "receipt" | "refund_notice" | "free_text" | "template";
/** By what a message can go. */
const CHANNELS = ["email", "sms"] as const;

/** What a form asks to have sent. */
type Wish = Omit<PreviewMessage, "check">;

interface ComposeDialogProps {
  /** The payment that it is about; without one a text goes to an address. */
  payment?: PaymentDetail;
  /** Whom it answers, and about what. */
  reply?: Reply;
  onClose: () => void;
}

/** Writes one email or SMS, shows it as it would leave, and sends it once. */
export function ComposeDialog({ payment, reply, onClose }: ComposeDialogProps) {
  // One id for one wish: an answer that is lost on the way never becomes a second message.
  const [requestId, setRequestId] = useState<string>(() => crypto.randomUUID());
  const [sent, setSent] = useState<MessageView | null>(null);
  const [error, setError] = useState<ErrorBody | null>(null);
  const send = useAction("send_message");
  const underway = useRef(false);
  const start = (wish: Wish) => {
    if (underway.current) return;
    underway.current = true;
    setError(null);
    send.mutate({ request_id: requestId, ...wish }, {
      onSuccess: setSent,
      onError: (failure) => {
        setError(failure);
        if (!keepsWish(failure)) setRequestId(crypto.randomUUID());
      },
      onSettled: () => { underway.current = false; },
    });
  };
  return (
    <Dialog open wide title={t("compose.title")} about={t(payment === undefined ? "compose.about" : "compose.aboutPayment")} busy={send.isPending} onClose={onClose}>
      {sent !== null ? <Sent message={sent} onClose={onClose} /> : <ComposeForm payment={payment} reply={reply} sending={send.isPending} error={error} onSend={start} onClose={onClose} />}
    </Dialog>
  );
}

interface ComposeFormProps {
  payment: PaymentDetail | undefined;
  reply: Reply | undefined;
  sending: boolean;
  error: ErrorBody | null;
  onSend: (wish: Wish) => void;
  onClose: () => void;
}

function ComposeForm({ payment, reply, sending, error, onSend, onClose }: ComposeFormProps) {
  const all: Kind[] = payment === undefined ? ["free_text", "template"] : payment.refunds.length > 0 ? ["refund_notice", "receipt", "free_text", "template"] : ["receipt", "free_text", "template"];
  const [picked, setKind] = useState<Kind | null>(null);
  const [address, setAddress] = useState(payment?.email ?? (reply?.channel === "email" ? reply.to : ""));
  const [number, setNumber] = useState(reply?.channel === "sms" ? reply.to : "");
  const [subject, setSubject] = useState(reply?.subject ?? "");
  const [text, setText] = useState("");
  const [template, setTemplate] = useState("");
  const [data, setData] = useState("");
  const textId = useId();
  const cover = usePersonalField(text);
  const accounts = useAnswer("list_accounts", {});
  const items = accounts.data?.items ?? [];
  const channels = CHANNELS.filter((one) => items.some((account) => account.capability === one));
  const [wanted, setChannel] = useState<string>(reply?.channel ?? "email");
  const about = payment?.own_id ?? reply?.payment ?? undefined;
  const channel = channels.find((one) => one === wanted) ?? channels[0] ?? "email";
  const isSms = channel === "sms";
  const to = isSms ? number.trim() : address;
  const kinds = all;
  const kind = kinds.find((one) => one === picked) ?? kinds[0] ?? "free_text";
  const content: MessageContent = kind === "free_text" ? { kind, subject: isSms ? "" : subject, text } : kind === "template" ? { kind, id: template, data } : { kind };
  const says = kind === "free_text" ? (isSms || subject.trim() !== "") && text.trim() !== "" : kind !== "template" || template !== "";
  // Of an SMS about a payment the Desk may know the customer's number.
  const isAddressed = to.trim() !== "" || (isSms && payment !== undefined);
  const written = isAddressed && says;
  const senders = items.filter((one) => one.capability === channel).map((one) => one.label);
  const [chosen, setChosen] = useState<string | null>(null);
  const account = senders.length > 1 ? (senders.find((one) => one === chosen) ?? senders[0]) : undefined;
  const wish: Wish = { channel, content, ...(to === "" ? {} : { to }), ...(account === undefined ? {} : { account }), ...(about === undefined ? {} : { payment: about }) };
  const settled = useSettled(wish);
  const preview = useAnswer("preview_message", { ...settled, check: false }, { keep: true, fleeting: true, enabled: written && !accounts.isPending });
  // What is on screen is what leaves, to the letter.
  const isShown = !preview.isPlaceholderData && JSON.stringify(settled) === JSON.stringify(wish);
  const holes = preview.data?.rendered?.missing.length ?? 0;
  const ready = written && isShown && preview.error === null && preview.data !== undefined && holes === 0;
  // The vendor is asked whether it sends the address anything, and nobody waits for that.
  const checked = useAnswer("preview_message", { ...settled, check: true }, { fleeting: true, enabled: ready });
  // What may have been sent is asked for again as it was, or not at all.
  const locked = sending || (error !== null && keepsWish(error));
  useHotkey("submit", () => onSend(wish), ready && !sending);
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); if (ready && !sending) onSend(wish); }}>
      {channels.includes("sms") && <Choice label={t("compose.channel")} value={channel} disabled={locked} options={channels.map((one) => ({ value: one, label: word("channel", one) }))} onChange={(value) => { setChannel(value); setTemplate(""); }} />}
      {senders.length > 1 && account !== undefined && <Choice label={t("compose.account")} value={account} disabled={locked} options={senders.map((one) => ({ value: one, label: one }))} onChange={setChosen} />}
      <Choice label={t("compose.kind")} value={kind} disabled={locked} options={kinds.map((one) => ({ value: one, label: word("messagePurpose", one) }))} onChange={(value) => setKind(value as Kind)} />
      {isSms
        ? <Field label={t("column.to")} hint={t(payment === undefined ? "compose.toHint" : "compose.toPayerHint")} type="tel" personal value={number} maxLength={40} disabled={locked} onChange={(event) => setNumber(event.target.value)} />
        : <Field label={t("column.to")} personal value={address} maxLength={320} disabled={locked} onChange={(event) => setAddress(event.target.value)} />}
      {kind === "free_text" && (
        <>
          {!isSms && <Field label={t("column.subject")} personal value={subject} maxLength={998} disabled={locked} onChange={(event) => setSubject(event.target.value)} />}
          <div>
            <label htmlFor={textId} className={styles.label}>{t("compose.text")}</label>
            <textarea id={textId} className={styles.text} {...cover.field} disabled={locked} maxLength={100_000} onChange={(event) => setText(event.target.value)} />
          </div>
        </>
      )}
      {kind === "template" && <TemplateFields isSms={isSms} template={template} data={data} disabled={locked} onTemplate={setTemplate} onData={setData} />}
      {written && isShown && preview.error !== null && <ErrorNote error={preview.error} />}
      {written && preview.isPending && <Loading />}
      {written && preview.error === null && preview.data !== undefined && (
        <section aria-label={t("compose.preview")} aria-busy={!ready}>
          <p className="quiet">{t("compose.from")} <Untrusted text={preview.data.from} /></p>
          {checked.data?.suppressions?.map((one) => (
            <p key={one.kind} className={styles.warning} role="status">{t(one.drops ? "suppressions.wouldDrop" : "suppressions.wouldTry", { list: word("suppression", one.kind) })}{one.since !== null && <> <Time at={one.since} /></>}{one.reason !== null && <> <Untrusted personal text={one.reason} /></>}</p>
          ))}
          {preview.data.rendered !== null && <RenderedMail mail={preview.data.rendered} />}
          {preview.data.problem !== null && <p role="note">{t("templates.cannotShow")} <Untrusted text={preview.data.problem} /></p>}
          {isSms && <p className="quiet">{t("column.to")} <Untrusted personal text={preview.data.to} as="exact" /></p>}
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

/** How long an SMS is on the air, as the Desk counts it. */
function Size({ size }: { size: SmsSizeView }) {
  return (
    <>
      <p className="quiet" role="status">{tn("compose.size", size.segments, { characters: count.format(size.characters), left: count.format(size.left) })}</p>
      {size.forced_by !== null && size.forced_at !== null && <p role="note">{t("compose.forced", { letter: visible(size.forced_by, "exact"), place: count.format(size.forced_at) })}</p>}
    </>
  );
}

interface TemplateFieldsProps {
  isSms: boolean;
  template: string;
  data: string;
  disabled: boolean;
  onTemplate: (id: string) => void;
  onData: (data: string) => void;
}

/** A template of the vendor's, or of SMS one of ours, and what is filled in besides what the payment tells. */
function TemplateFields({ isSms, template, data, disabled, onTemplate, onData }: TemplateFieldsProps) {
  const ofMail = useAnswer("list_templates", { fresh: false }, { enabled: !isSms });
  const ofSms = useAnswer("list_text_templates", {}, { enabled: isSms });
  const error = isSms ? ofSms.error : ofMail.error;
  const offered = isSms ? (ofSms.data?.items ?? []).map((one) => ({ value: one.name, label: visible(one.name, "prose") })) : (ofMail.data?.items ?? []).map((one) => ({ value: one.id, label: visible(one.name, "prose") }));
  const dataId = useId();
  return (
    <>
      <Choice label={t("messages.template")} value={template} disabled={disabled} onChange={onTemplate} options={[{ value: "", label: t("mailRun.chooseTemplate") }, ...offered]} />
      {error !== null && <ErrorNote error={error} reading />}
      <div>
        <label htmlFor={dataId} className={styles.label}>{t("templates.data")}</label>
        <textarea id={dataId} className={styles.data} value={data} disabled={disabled} maxLength={100_000} spellCheck={false} placeholder={t("templates.dataHint")} onChange={(event) => onData(event.target.value)} />
      </div>
    </>
  );
}

function Sent({ message, onClose }: { message: MessageView; onClose: () => void }) {
  const ending = endingOf(message);
  return (
    <div className={refundStyles.result}>
      <div className={refundStyles.ending} data-tone={ENDING_TONES[ending]} role="status">
        <strong>{t(`compose.${ending}`, { vendor: messageVendor(message) })}</strong>
        {message.repeated && <span>{t("compose.repeated")}</span>}
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
