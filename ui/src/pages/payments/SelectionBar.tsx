import type { PaymentView } from "#ui/bindings/contract";
import { copyText } from "#ui/api/copy";
import { useExponents } from "#ui/api/home";
import { usePersonalHidden } from "#ui/api/personal";
import { Amount } from "#ui/components/Amount";
import { Button } from "#ui/components/Button";
import { tn, t } from "#ui/messages/t";

import { COPY_FORMS, copied, totalsOf } from "./copyRows";
import styles from "./PaymentsPage.module.css";

/** What is selected comes to, and how it can be taken along. It stands below the list, so that no row moves. */
export function SelectionBar({ rows, onClear }: { rows: readonly PaymentView[]; onClear: () => void }) {
  const exponents = useExponents();
  const hidden = usePersonalHidden();
  if (rows.length === 0) return null;
  return (
    <div className={styles.selection} role="region" aria-label={t("selection.label")}>
      <span role="status" className={styles.selectionSum}>
        {tn("selection.count", rows.length)}
        {totalsOf(rows, exponents).map(({ money, vendor }) => <span key={`${money.currency} ${vendor}`} className={styles.part}><Amount money={money} vendor={vendor} /></span>)}
      </span>
      {COPY_FORMS.map((form) => <Button key={form} icon="copy" onClick={() => void copyText(copied(rows, form, { exponents, hidden }))}>{t(`selection.copy.${form}`)}</Button>)}
      <Button look="quiet" onClick={onClear}>{t("selection.clear")}</Button>
    </div>
  );
}
