import { useSettled } from "#ui/api/useSettled";
import { t } from "#ui/messages/t";
import { ShownRecord } from "#ui/pages/payment/PaymentPage";

import styles from "./PaymentsPage.module.css";

/** Whoever runs through the rows is shown only the one that they stop at: each that is shown gets a line in the book. */
const REST_MS = 200;

/** The chosen payment beside its list. */
export function Beside({ id }: { id: string | undefined }) {
  const rested = useSettled(id, REST_MS);
  return (
    <section className={styles.beside} aria-label={t("payments.beside")}>
      {rested === undefined ? <p className={styles.besideNone}>{t("payments.besideNone")}</p> : <ShownRecord key={rested} id={rested} />}
    </section>
  );
}
