import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";

import type { EventDetail } from "#ui/bindings/contract";
import { copyText } from "#ui/api/copy";
import { useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Chip } from "#ui/components/Chip";
import { Id } from "#ui/components/Id";
import { Personal } from "#ui/components/Personal";
import { Failed, Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { visible } from "#ui/format/text";
import { Page, Stale } from "#ui/frame/Page";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { hotkeyTitle } from "#ui/keyboard/title";
import { t } from "#ui/messages/t";
import { Fact, Facts } from "#ui/pages/payment/Facts";
import paymentStyles from "#ui/pages/payment/PaymentPage.module.css";
import paymentsStyles from "#ui/pages/payments/PaymentsPage.module.css";

import { DeliveriesOf } from "./Deliveries";
import { readJson } from "./payload";
import { PayloadTree } from "./PayloadTree";
import { ReceivedCard } from "./ReceivedCard";
import { ReplayDialog } from "./ReplayDialog";
import { Resend } from "./Resend";
import { Versions } from "./Versions";
import styles from "./Webhooks.module.css";

const route = getRouteApi("/webhooks/events/$id");

/** One event, or one request that brought none: what it carries, how it came, what it changed and where it went. */
export function EventPage() {
  const { id } = route.useParams();
  const shown = useAnswer("show_event", { id });
  const again = () => void shown.refetch();
  if (shown.data === undefined) return <Page title={<BackToHistory />}>{shown.error === null ? <Loading /> : <Failed error={shown.error} again={again} />}</Page>;
  return <EventBody key={id} id={id} detail={shown.data} stale={<Stale error={shown.error} again={again} />} />;
}

/** The way back to the list. */
export function BackToHistory() {
  return <Link to="/webhooks" className={paymentStyles.back} title={hotkeyTitle("back")}>{t("nav.webhooks")}</Link>;
}

function EventBody({ id, detail, stale }: { id: string; detail: EventDetail; stale: React.ReactNode }) {
  const [replaying, setReplaying] = useState(false);
  const { event, received } = detail;
  const type = event?.type ?? received[0]?.request.type ?? t("webhooks.noType");
  const canReplay = event !== null && (received.length === 0 || received.some((one) => one.request.replayable));
  useHotkey("copyId", () => void copyText(id));
  useHotkey("replayEvents", () => setReplaying(true), canReplay);
  return (
    <Page
      scrolls
      title={<><BackToHistory /><span className="mono"><Untrusted text={type} as="exact" /></span> {event !== null && <Chip group="came" code={event.came} />}</>}
      aside={<Button look="main" hotkey="replayEvents" disabled={!canReplay} title={canReplay ? undefined : t("webhooks.notReplayable")} onClick={() => setReplaying(true)}>{t("webhooks.replay")}</Button>}
    >
      {stale}
      <div className={paymentStyles.columns}>
        <div className={paymentStyles.left}>
          <Payload text={detail.document} />
          {event !== null && <Versions event={event} versions={detail.versions} />}
        </div>
        <div className={paymentStyles.left}>
          <EventFacts id={id} detail={detail} />
          {received.map((one) => <ReceivedCard key={one.request.received_id} received={one} />)}
          {event !== null && received.length === 0 && (
            <section className={paymentStyles.card} aria-label={t("webhooks.signature")}>
              <h2>{t("webhooks.signature")}</h2>
              <p className="quiet">{t("webhooks.byFeedWords")}</p>
            </section>
          )}
          {event !== null && <DeliveriesOf event={event.id} />}
          {event !== null && event.id.startsWith("evt_") && <Resend event={event.id} />}
        </div>
      </div>
      {replaying && <ReplayDialog source={{ replay: "events", ids: [id] }} onClose={() => setReplaying(false)} />}
    </Page>
  );
}

function EventFacts({ id, detail: { event, received } }: { id: string; detail: EventDetail }) {
  const created = event?.created ?? received[0]?.request.received;
  return (
    <Facts title={t("webhooks.event")}>
      <Fact name={t("column.id")}><Id id={id} /></Fact>
      <Fact name={t("column.when")}>{created !== undefined && <Time at={created} />}</Fact>
      <Fact name={t("column.account")}><Untrusted text={event?.account ?? received[0]?.request.account ?? ""} /></Fact>
      <Fact name={t("column.about")}>{event !== null && event.object_id !== null && <About object={event.object} id={event.object_id} />}</Fact>
      <Fact name={t("webhooks.payment")}>{event !== null && event.payment !== null && event.payment !== event.object_id && <Link to="/payments/$id" params={{ id: event.payment }} className="mono">{visible(event.payment, "exact")}</Link>}</Fact>
      <Fact name={t("column.requestId")}>{event !== null && event.request_id !== null && <Id id={event.request_id} />}</Fact>
      <Fact name={t("webhooks.version")}>{event !== null && event.api_version !== null && visible(event.api_version, "exact")}</Fact>
    </Facts>
  );
}

/** What an event is about, with the way to it where there is a page for it. */
function About({ object, id }: { object: string | null; id: string }) {
  const shown = <span className="mono">{visible(id, "exact")}</span>;
  if (object === "customer") return <Link to="/customers/$id" params={{ id }}>{shown}</Link>;
  if (["charge", "payment_intent", "refund", "dispute"].includes(object ?? "")) return <Link to="/payments/$id" params={{ id }}>{shown}</Link>;
  return <Id id={id} />;
}

function Payload({ text }: { text: string }) {
  const [raw, setRaw] = useState(false);
  const json = readJson(text);
  return (
    <section className={paymentStyles.card} aria-label={t("payload.title")}>
      <div className={styles.cardHead}>
        <h2>{t("payload.title")}</h2>
        {json !== null && (
          <span role="group" aria-label={t("payload.how")}>
            <button type="button" className={paymentsStyles.chip} aria-pressed={!raw} onClick={() => setRaw(false)}>{t("payload.asTree")}</button>
            <button type="button" className={paymentsStyles.chip} aria-pressed={raw} onClick={() => setRaw(true)}>{t("payload.raw")}</button>
          </span>
        )}
      </div>
      {raw || json === null ? (
        <>
          <Button look="quiet" icon="copy" onClick={() => void copyText(text)}>{t("payload.copyAll")}</Button>
          {/* What scrolls must take the focus, or the keys could not reach its end. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <Personal><pre className={styles.raw} tabIndex={0}>{text.split("\n").map((line) => visible(line, "exact")).join("\n")}</pre></Personal>
        </>
      ) : <PayloadTree json={json} />}
    </section>
  );
}
