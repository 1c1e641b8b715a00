import type { ReactNode } from "react";

import type { ErrorBody } from "#ui/bindings/contract";
import { t } from "#ui/messages/t";

import { ErrorNote } from "./ErrorNote";
import styles from "./State.module.css";

/** Rows that are not there yet. */
export function Loading({ rows = 6 }: { rows?: number }) {
  return (
    <div className={styles.loading} role="status">
      <span className="only-heard">{t("state.loading")}</span>
      {Array.from({ length: rows }, (_, index) => (
        <span key={index} className={styles.bar} aria-hidden="true" />
      ))}
    </div>
  );
}

interface EmptyProps {
  title: string;
  hint: ReactNode;
  children?: ReactNode;
}

/** Nothing to show, and what to do about it. */
export function Empty({ title, hint, children }: EmptyProps) {
  return (
    <div className={styles.empty} role="status">
      <p className={styles.title}>{title}</p>
      <p className="quiet">{hint}</p>
      {children}
    </div>
  );
}

interface FailedProps {
  error: ErrorBody;
  again: () => void;
}

/** A read that failed while there is nothing older to show. */
export function Failed({ error, again }: FailedProps) {
  return (
    <div className={styles.failed}>
      <ErrorNote error={error} again={again} reading />
    </div>
  );
}
