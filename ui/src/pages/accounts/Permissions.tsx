import { t } from "#ui/messages/t";

import styles from "./AccountsPage.module.css";

/** What Stripe calls the permissions that each of two keys needs, exactly as its form has them. */
const WIDE = ["Charges and Refunds: Read", "PaymentIntents: Read", "Customers: Read", "Disputes: Read", "Balance: Read", "Payouts: Read", "Events: Read"] as const;
const NARROW = ["Charges and Refunds: Write", "PaymentIntents: Write"] as const;

/** The permissions to tick where keys are made, for one key that does all or for two. */
export function Permissions({ open = false, second = false }: { open?: boolean; second?: boolean }) {
  return (
    <details className={styles.rights} open={open}>
      <summary>{t("permissions.title")}</summary>
      <p className="quiet">{t(second ? "permissions.second" : "permissions.about")}</p>
      <List name={t("permissions.wide")} items={WIDE} />
      <List name={t("permissions.narrow")} items={NARROW} />
    </details>
  );
}

function List({ name, items }: { name: string; items: readonly string[] }) {
  return (
    <>
      <h3>{name}</h3>
      <ul aria-label={name}>
        {items.map((one) => <li key={one}><span className="mono">{one}</span></li>)}
      </ul>
    </>
  );
}
