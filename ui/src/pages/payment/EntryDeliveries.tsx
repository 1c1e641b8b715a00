import { Link } from "@tanstack/react-router";

import { useAnswer } from "#ui/api/hooks";
import { Chip } from "#ui/components/Chip";
import { Untrusted } from "#ui/components/Untrusted";
import { tn } from "#ui/messages/t";
import { quoted } from "#ui/pages/payments/query";

import styles from "./PaymentPage.module.css";

/** Deliveries that one entry shows; the page of the event has all. */
const SHOWN = 3;
/** Events of a payment that are looked through. */
const MOST = 50;

/** The events of a payment that were sent on anywhere. */
export function useSentOn(vendorId: string): ReadonlySet<string> {
  const query = `payment:${quoted(vendorId)} delivery:waiting,delivered,failed,canceled`;
  const found = useAnswer("list_events", { query, range: { limit: MOST } }, { keep: true });
  return new Set(found.data?.items.map((one) => one.id));
}

/** Where an event of the timeline was sent on to, and how that stands. */
export function EntryDeliveries({ event }: { event: string }) {
  const deliveries = useAnswer("list_deliveries", { event, range: { limit: SHOWN } }, { keep: true });
  const { items, total } = deliveries.data ?? { items: [], total: 0 };
  if (items.length === 0) return null;
  return (
    <ul className={styles.entryDeliveries}>
      {items.map((one) => (
        <li key={one.id}>
          <Chip group="delivery" code={one.state} />
          <Link to="/webhooks/endpoints/$id" params={{ id: one.endpoint }}><Untrusted text={one.url} as="exact" /></Link>
        </li>
      ))}
      {total > items.length && <li><Link to="/webhooks/events/$id" params={{ id: event }}>{tn("payment.moreDeliveries", total - items.length)}</Link></li>}
    </ul>
  );
}
