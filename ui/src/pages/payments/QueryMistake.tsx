import type { ErrorBody } from "#ui/bindings/contract";
import { ErrorNote } from "#ui/components/ErrorNote";
import { visible } from "#ui/format/text";

import styles from "./PaymentsPage.module.css";
import { cutAt } from "./query";

/** A search that cannot be read, with the place where reading stopped. */
export function QueryMistake({ query, error }: { query: string; error: ErrorBody }) {
  const cut = cutAt(query, error.params["column"]);
  return (
    <div className={styles.mistake}>
      {cut !== null && (
        <pre className={styles.cut} aria-hidden="true">
          {visible(cut.before, "exact")}
          <mark>{visible(cut.at, "exact")}</mark>
          {visible(cut.after, "exact")}
        </pre>
      )}
      <ErrorNote error={error} reading />
    </div>
  );
}
