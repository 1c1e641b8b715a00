import { Link } from "@tanstack/react-router";

import type { TimelineEntry } from "#ui/bindings/contract";
import { Amount } from "#ui/components/Amount";
import { Id } from "#ui/components/Id";
import { Personal } from "#ui/components/Personal";
import { Time } from "#ui/components/Time";
import { t } from "#ui/messages/t";

import { EntryDeliveries, useSentOn } from "./EntryDeliveries";
import styles from "./PaymentPage.module.css";
import { timelineDetail, timelineWords } from "./timelineWords";

interface TimelineProps {
  /** Oldest first, as they come. */
  entries: readonly TimelineEntry[];
  vendor: string;
  /** The vendor's id of the payment. */
  payment: string;
}

/** Everything that happened to a payment, newest first, as one reads a ticket. */
export function Timeline({ entries, vendor, payment }: TimelineProps) {
  const sentOn = useSentOn(payment);
  return (
    <section className={styles.card} aria-label={t("payment.timeline")}>
      <h2>{t("payment.timeline")}</h2>
      <ol className={styles.timeline}>
        {entries.toReversed().map((entry, index) => {
          const detail = timelineDetail(entry);
          // The word more of what Paydesk did is the note that somebody wrote about the payer.
          const words = <bdi>{detail}</bdi>;
          return (
            <li key={`${entry.sort}-${entry.id}-${entry.what}-${index}`} className={styles.entry} data-sort={entry.sort} data-bad={/failed|refused|lost|needs_person|bounced|dropped|not_sent/.test(entry.what)}>
              <div className={styles.entryHead}>
                <span className={styles.entryWhat}>{entry.sort === "message" ? <Link to="/messages/$id" params={{ id: entry.id }}>{timelineWords(entry)}</Link> : entry.sort === "event" ? <Link to="/webhooks/events/$id" params={{ id: entry.id }}>{timelineWords(entry)}</Link> : timelineWords(entry)}</span>
                {entry.amount !== null && <Amount money={entry.amount} vendor={vendor} />}
              </div>
              <div className={styles.entryFoot}>
                <Time at={entry.at} />
                {detail !== null && (entry.sort === "intent" || entry.sort === "message" ? <Personal>{words}</Personal> : words)}
                {entry.sort !== "message" && <Id id={entry.id} />}
              </div>
              {entry.sort === "event" && sentOn.has(entry.id) && <EntryDeliveries event={entry.id} />}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
