import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";

import type { MessageDetail, MessageView } from "#ui/bindings/contract";
import { copyText } from "#ui/api/copy";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Chip } from "#ui/components/Chip";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Id } from "#ui/components/Id";
import { Failed, Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { count } from "#ui/format/locale";
import { Page, Stale } from "#ui/frame/Page";
import { useReadOnly, useWriteAccess } from "#ui/frame/writeAccess";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { hotkeyTitle } from "#ui/keyboard/title";
import { t, word } from "#ui/messages/t";
import { Fact, Facts } from "#ui/pages/payment/Facts";
import paymentStyles from "#ui/pages/payment/PaymentPage.module.css";

import { MessageReason, MessageState, messageVendor, purposeWords } from "./columns";
import { Lines } from "./Lines";
import { LinkDialog } from "./LinkDialog";
import { ComposeDialog } from "./ComposeDialog";
import { noBodyWords, replyTo } from "./messageForm";
import { Thread } from "./Thread";
import styles from "./Messages.module.css";

const route = getRouteApi("/messages/$id");

/** One message: what it said where that is kept, and what became of it. */
export function MessagePage() {
  const { id } = route.useParams();
  const shown = useAnswer("show_message", { id });
  const again = () => void shown.refetch();
  if (shown.data === undefined) return <Page title={<Back />}>{shown.error === null ? <Loading /> : <Failed error={shown.error} again={again} />}</Page>;
  return <MessageBody detail={shown.data} stale={<Stale error={shown.error} again={again} />} />;
}

function Back() {
  return <Link to="/messages" className={paymentStyles.back} title={hotkeyTitle("back")}>{t("nav.messages")}</Link>;
}

function MessageBody({ detail, stale }: { detail: MessageDetail; stale: React.ReactNode }) {
  const [closing, setClosing] = useState(false);
  const [linking, setLinking] = useState(false);
  const [replying, setReplying] = useState(false);
  const [takingBack, setTakingBack] = useState(false);
  const { guarded } = useWriteAccess();
  const readOnly = useReadOnly();
  const { message } = detail;
  const reply = replyTo(message);
  const answer = () => guarded(() => setReplying(true));
  useHotkey("compose", answer, reply !== null && !readOnly);
  useHotkey("copyId", () => void copyText(message.id));
  return (
    <Page
      scrolls
      title={<><Back /><span>{message.subject !== null ? <Untrusted personal text={message.subject} /> : purposeWords(message)}</span> <MessageState message={message} /></>}
      aside={
        <>
          {detail.can_close && message.channel === "email" && <AskButton message={message} />}
          {detail.can_close && <Button onClick={() => setClosing(true)}>{t("messages.close")}</Button>}
          {detail.can_take_back && <Button onClick={() => setTakingBack(true)}>{t("messages.takeBack")}</Button>}
          <Button onClick={() => setLinking(true)}>{t("messages.link")}</Button>
          {reply !== null && <Button look="main" hotkey="compose" disabled={readOnly} onClick={answer}>{t("messages.reply")}</Button>}
        </>
      }
    >
      {stale}
      {detail.can_close && <p className={paymentStyles.denied} role="note">{t("messages.inDoubt", { vendor: messageVendor(message) })}</p>}
      <div className={paymentStyles.columns}>
        <div className={paymentStyles.left}>
          <MessageFacts detail={detail} />
          <section className={paymentStyles.card} aria-label={t("messages.body")}>
            <h2>{t("messages.body")}</h2>
            {detail.body === null ? <p className="quiet">{t(noBodyWords(message.no_body ?? "not_kept"), { vendor: messageVendor(message) })}</p> : <Lines text={detail.body} />}
          </section>
          <Thread message={message} />
        </div>
        <Told detail={detail} />
      </div>
      {linking && <LinkDialog message={message} onClose={() => setLinking(false)} />}
      {replying && reply !== null && <ComposeDialog reply={reply} onClose={() => setReplying(false)} />}
      {takingBack && <TakeBackDialog id={message.id} onClose={() => setTakingBack(false)} />}
      {closing && <CloseDialog id={message.id} onClose={() => setClosing(false)} />}
    </Page>
  );
}

function MessageFacts({ detail }: { detail: MessageDetail }) {
  const { message } = detail;
  return (
    <Facts title={t("messages.facts")}>
      <Fact name={t("messages.channel")}>{word("channel", message.channel)}</Fact>
      {message.from !== null && <Fact name={t("messages.from")}><Untrusted personal={message.direction === "inbound"} text={message.from} as="exact" /></Fact>}
      <Fact name={t("column.to")}><Untrusted personal text={message.to} as="exact" /></Fact>
      <Fact name={t("column.purpose")}>{purposeWords(message)}</Fact>
      {message.reason !== null && <Fact name={t("column.reason")}><MessageReason reason={message.reason} /></Fact>}
      {message.payment !== null && (
        <Fact name={t("column.payment")}>
          <Link to="/payments/$id" params={{ id: message.payment }}>{message.payment}</Link> {message.link !== null && <Chip group="messageLink" code={message.link} tone={message.link === "likely" ? "warn" : "calm"} />}
        </Fact>
      )}
      <Fact name={t("column.account")}><Untrusted text={message.account} /></Fact>
      <Fact name={t("column.created")}><Time at={message.created} /></Fact>
      {message.send_at !== null && <Fact name={t("messages.goesAt")}><Time at={message.send_at} /></Fact>}
      {message.segments !== null && <Fact name={t("messages.segments")}>{count.format(message.segments)}</Fact>}
      {message.price !== null && message.price_currency !== null && <Fact name={t("messages.price")}>{t("messages.priceOf", { price: message.price, currency: message.price_currency })}</Fact>}
      {message.template !== null && <Fact name={t("messages.template")}><Id id={message.template} /></Fact>}
      {message.card_masked && <Fact name={t("messages.cardNumber")}>{t("messages.cardMasked")}</Fact>}
      {message.sandbox_mode && <Fact name={t("messages.onlyChecked")}>{t("messages.onlyCheckedWords")}</Fact>}
      <Fact name={t("column.id")}><Id id={message.id} /></Fact>
      {detail.vendor_id !== null && <Fact name={t("messages.vendorId", { vendor: messageVendor(message) })}><Id id={detail.vendor_id} /></Fact>}
      <Fact name={t("messages.handedOver")}>{count.format(detail.sends)}</Fact>
    </Facts>
  );
}

function Told({ detail }: { detail: MessageDetail }) {
  return (
    <section className={paymentStyles.card} aria-label={t("messages.told", { vendor: messageVendor(detail.message) })}>
      <h2>{t("messages.told", { vendor: messageVendor(detail.message) })}</h2>
      {detail.events.length === 0 ? (
        <p className="quiet">{t("messages.nothingTold")}</p>
      ) : (
        <ol className={styles.told}>
          {detail.events.map((event) => (
            <li key={event.id}>
              <span className="quiet"><Time at={event.at} /></span>
              <Chip group="messageEvent" code={event.kind} tone={EVENT_TONES[event.kind] ?? "info"} />
              {event.reason !== null && <span className={styles.reason}><MessageReason reason={event.reason} /></span>}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

const EVENT_TONES: Record<string, "good" | "bad" | "warn" | "violet"> = {
  delivered: "good", bounced: "bad", dropped: "bad", complained: "bad", deferred: "warn", opened: "violet", clicked: "violet", unsubscribed: "warn",
};

/** Asks the vendor's activity about this one message. */
function AskButton({ message }: { message: MessageView }) {
  const check = useAction("check_activity", "messages.activityFailed");
  return <Button title={t("messages.activityTitle")} disabled={check.isPending} onClick={() => check.mutate({ account: message.account, id: message.id })}>{t(check.isPending ? "messages.activityAsking" : "messages.activity")}</Button>;
}

function TakeBackDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const take = useAction("take_back_message");
  return (
    <Dialog open title={t("messages.takeBackTitle")} about={t("messages.takeBackAbout")} busy={take.isPending} onClose={onClose}>
      {take.error !== null && <ErrorNote error={take.error} />}
      <DialogFoot>
        <Button onClick={onClose}>{t("dialog.cancel")}</Button>
        <Button look="danger" disabled={take.isPending} onClick={() => take.mutate({ id }, { onSuccess: onClose })}>{t("messages.takeBack")}</Button>
      </DialogFoot>
    </Dialog>
  );
}

function CloseDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const close = useAction("close_message");
  return (
    <Dialog open title={t("messages.closeTitle")} about={t("messages.closeAbout")} busy={close.isPending} onClose={onClose}>
      {close.error !== null && <ErrorNote error={close.error} />}
      <DialogFoot>
        <Button onClick={onClose}>{t("dialog.cancel")}</Button>
        <Button look="danger" disabled={close.isPending} onClick={() => close.mutate({ id }, { onSuccess: onClose })}>{t("messages.close")}</Button>
      </DialogFoot>
    </Dialog>
  );
}
