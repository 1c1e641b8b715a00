import { Link } from "@tanstack/react-router";
import { useState } from "react";

import type { DeliveryView } from "#ui/bindings/contract";
import { useAnswer } from "#ui/api/hooks";
import { Chip } from "#ui/components/Chip";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Personal } from "#ui/components/Personal";
import { Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { Words } from "#ui/components/Words";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { t, tn, word } from "#ui/messages/t";
import paymentStyles from "#ui/pages/payment/PaymentPage.module.css";

import styles from "./Webhooks.module.css";

/** Deliveries that a page of an event shows. */
const SHOWN = 50;

/** Where an event was sent on to, each with its tries. */
export function DeliveriesOf({ event }: { event: string }) {
  const deliveries = useAnswer("list_deliveries", { event, range: { limit: SHOWN } }, { keep: true });
  return (
    <section className={paymentStyles.card} aria-label={t("webhooks.deliveries")}>
      <h2>{t("webhooks.deliveries")}</h2>
      {deliveries.data === undefined ? (
        deliveries.error === null ? <Loading rows={2} /> : <ErrorNote error={deliveries.error} reading />
      ) : deliveries.data.items.length === 0 ? (
        <>
          <p className="quiet">{t("webhooks.noDeliveries")}</p>
          <Link to="/webhooks/endpoints">{t("webhooks.endpoints")}</Link>
        </>
      ) : (
        <ul className={styles.deliveries}>{deliveries.data.items.map((one) => <Delivery key={one.id} delivery={one} />)}</ul>
      )}
    </section>
  );
}

function Delivery({ delivery }: { delivery: DeliveryView }) {
  const [open, setOpen] = useState(false);
  return (
    <li>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <Chip group="delivery" code={delivery.state} />
          {delivery.status !== null && <span className="mono">{String(delivery.status)}</span>}
          <span className={styles.url}><Untrusted text={delivery.url} as="exact" /></span>
        </summary>
        <p className="quiet">
          {t(`delivery.cause.${delivery.cause}`)} {t(`delivery.body.${delivery.body}`)}{" "}
          {tn("delivery.attempts", delivery.attempts, { most: count.format(delivery.attempts_max) })}
          {delivery.problem !== null && <> {visible(word("deliveryProblem", delivery.problem), "prose")}</>}
          {delivery.next_try !== null && <> <Words of="delivery.nextTry" with={{ time: <Time at={delivery.next_try} short /> }} /></>}
        </p>
        {open && <Attempts id={delivery.id} />}
      </details>
    </li>
  );
}

/** The tries of a delivery, with what was answered. */
export function Attempts({ id }: { id: string }) {
  const detail = useAnswer("show_delivery", { id }, { keep: true });
  if (detail.data === undefined) return detail.error === null ? <Loading rows={1} /> : <ErrorNote error={detail.error} reading />;
  return (
    <ol className={styles.attempts}>
      {detail.data.attempts.map((one) => (
        <li key={one.number}>
          <span className={styles.attemptHead}>
            <strong>{t("delivery.attempt", { number: count.format(one.number) })}</strong>
            <Time at={one.started} />
            <span>{one.status === null ? visible(word("deliveryProblem", one.problem ?? "connect"), "prose") : String(one.status)}</span>
            <span className="quiet">{t("calls.ms", { ms: count.format(one.took_ms) })}</span>
          </span>
          {one.detail !== null && <p className="quiet"><Untrusted text={one.detail} /></p>}
          {one.answer !== "" && <Personal><pre className={styles.answer}>{visible(one.answer.slice(0, 4_000), "exact")}</pre></Personal>}
          {(one.answer_cut || one.answer.length > 4_000) && <p className="quiet">{t("delivery.answerCut")}</p>}
        </li>
      ))}
    </ol>
  );
}
