import { Link } from "@tanstack/react-router";

import { useRows } from "#ui/api/hooks";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Time } from "#ui/components/Time";
import { t, word } from "#ui/messages/t";
import paymentStyles from "#ui/pages/payment/PaymentPage.module.css";

import { MessageState } from "./columns";

/** What the customer heard about a payment. */
export function MessagesOf({ payment }: { payment: string }) {
  const found = useRows("list_messages", { query: `payment:${payment}` });
  if (found.rows.length === 0 && found.error === null) return null;
  return (
    <section className={paymentStyles.card} aria-label={t("nav.messages")}>
      <h2>{t("nav.messages")}</h2>
      {found.error !== null && <ErrorNote error={found.error} />}
      <ul className={paymentStyles.list}>
        {found.rows.map((message) => (
          <li key={message.id} className={paymentStyles.line}>
            <Link to="/messages/$id" params={{ id: message.id }}>{word("messagePurpose", message.purpose)}</Link>
            <MessageState message={message} />
            <span className={paymentStyles.lineEnd}><span className="quiet"><Time at={message.created} /></span></span>
          </li>
        ))}
      </ul>
    </section>
  );
}
