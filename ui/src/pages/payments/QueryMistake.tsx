import type { ErrorBody } from "#ui/bindings/contract";
import { Button } from "#ui/components/Button";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Personal } from "#ui/components/Personal";
import { visible } from "#ui/format/text";
import { t } from "#ui/messages/t";

import styles from "./PaymentsPage.module.css";
import { cutAt, mend } from "./query";

/** A search that cannot be read, with the place where reading stopped. */
export function QueryMistake({ query, error, onChoose }: { query: string; error: ErrorBody; onChoose: (query: string) => void }) {
  const cut = cutAt(query, error.params["column"]);
  const { wrong, nearest } = error.params;
  const mended = cut === null || wrong === undefined || nearest === undefined ? null : mend(query, cut.before, wrong, nearest);
  return (
    <div className={styles.mistake}>
      {cut !== null && (
        <Personal>
          <pre className={styles.cut} aria-hidden="true">
            {visible(cut.before, "exact")}
            <mark>{visible(cut.at, "exact")}</mark>
            {visible(cut.after, "exact")}
          </pre>
        </Personal>
      )}
      <ErrorNote error={error} reading />
      {mended !== null && <div><Button onClick={() => onChoose(mended)}>{t("payments.useNearest", { word: nearest ?? "" })}</Button></div>}
    </div>
  );
}
