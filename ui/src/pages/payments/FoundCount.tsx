import type { CurrencyCount, PaymentCount } from "#ui/bindings/contract";
import { Amount } from "#ui/components/Amount";
import { useExponents } from "#ui/api/home";
import { exponentOf, formatMoney } from "#ui/format/money";
import { localTime } from "#ui/format/time";
import { t, tn } from "#ui/messages/t";

import styles from "./PaymentsPage.module.css";

/** Currencies that stand in the line; the others are named on hover. */
const SHOWN = 3;

/** How many payments a search finds and what they come to, currency by currency. */
export function FoundCount({ count, outdated }: { count: PaymentCount | undefined; outdated: boolean }) {
  const exponents = useExponents();
  if (count === undefined) return null;
  const { payments, totals, exact, looked_back_to: back } = count;
  const rest = totals.slice(SHOWN);
  const words = (one: CurrencyCount) => formatMoney(one.amount, exponentOf(exponents, one.amount.currency));
  const title = exact || back === null ? undefined : t("payments.countedTo", { time: localTime(back) });
  return (
    <span className={styles.total} aria-live="polite" aria-busy={outdated} title={title}>
      {tn(exact ? "payments.total" : "payments.atLeast", payments)}
      {totals.slice(0, SHOWN).map((one) => <span key={one.amount.currency} className={styles.part}><Amount money={one.amount} /></span>)}
      {rest.length > 0 && <span className={styles.part} title={rest.map(words).join(", ")}>{tn("payments.currencies", rest.length)}</span>}
    </span>
  );
}
