import type { LookedTo } from "#ui/api/hooks";
import { useExponents } from "#ui/api/home";
import { Button } from "#ui/components/Button";
import { exponentOf, formatMoney } from "#ui/format/money";
import { localTime } from "#ui/format/time";
import { t } from "#ui/messages/t";

import styles from "./PaymentsPage.module.css";

interface LookFurtherProps {
  found: { lookedTo: LookedTo | null; loadingMore: boolean; further: () => void };
  sort: string;
}

/** How far a search looked, and the way on. */
export function LookFurther({ found, sort }: LookFurtherProps) {
  const exponents = useExponents();
  const to = found.lookedTo;
  if (to === null) return null;
  const words = "time" in to
    ? t("payments.lookedBackTo", { time: localTime(to.time) })
    : t(sort === "amount" ? "payments.lookedUpTo" : "payments.lookedDownTo", { amount: formatMoney(to.amount, exponentOf(exponents, to.amount.currency)) });
  return (
    <div className={styles.further} role="status">
      <span>{words}</span>
      <Button disabled={found.loadingMore} onClick={found.further}>{t(found.loadingMore ? "payments.looking" : "payments.lookFurther")}</Button>
    </div>
  );
}
