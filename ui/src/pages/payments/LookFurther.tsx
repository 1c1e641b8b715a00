import { Button } from "#ui/components/Button";
import { localTime } from "#ui/format/time";
import { t } from "#ui/messages/t";

import styles from "./PaymentsPage.module.css";

interface LookFurtherProps {
  found: { lookedBackTo: string | null; loadingMore: boolean; further: () => void };
}

/** How far back a search looked, and the way on. */
export function LookFurther({ found }: LookFurtherProps) {
  if (found.lookedBackTo === null) return null;
  return (
    <div className={styles.further} role="status">
      <span>{t("payments.lookedBackTo", { time: localTime(found.lookedBackTo) })}</span>
      <Button disabled={found.loadingMore} onClick={found.further}>{t(found.loadingMore ? "payments.looking" : "payments.lookFurther")}</Button>
    </div>
  );
}
