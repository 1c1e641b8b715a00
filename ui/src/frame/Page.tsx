import type { ReactNode } from "react";

import { Icon } from "#ui/components/Icon";
import { Time } from "#ui/components/Time";
import { Words } from "#ui/components/Words";
import type { ErrorBody } from "#ui/bindings/contract";
import { Button } from "#ui/components/Button";
import { errorWords } from "#ui/messages/errors";
import { t } from "#ui/messages/t";

import styles from "./Page.module.css";
import { syncFailureWords } from "./SyncStatus";
import { useSyncSummary } from "./useSync";

interface PageProps {
  title: ReactNode;
  /** What stands at the right of the title. */
  aside?: ReactNode;
  /** A page that scrolls as a whole, not one with a grid that scrolls for itself. */
  scrolls?: boolean;
  children: ReactNode;
}

/** A page with its title. */
export function Page({ title, aside, scrolls = false, children }: PageProps) {
  return (
    <div className={scrolls ? styles.scrolls : styles.page}>
      <header className={styles.head}>
        <h1 className={styles.title}>{title}</h1>
        {aside !== undefined && <div className={styles.aside}>{aside}</div>}
      </header>
      {children}
    </div>
  );
}

/** Says that what is shown may be old, and why. Shows nothing while all is well. */
export function Stale({ error, again }: { error: ErrorBody | null; again: () => void }) {
  const sync = useSyncSummary();
  const why = syncFailureWords(sync);
  if (error !== null) {
    const words = errorWords(error);
    return (
      <div className={styles.stale} role="status">
        <Icon name="warn" />
        <span>{t("stale.read", { what: words.what })}</span>
        <Button look="quiet" onClick={again}>{t("error.again")}</Button>
      </div>
    );
  }
  if (why === null) return null;
  return (
    <div className={styles.stale} role="status">
      <Icon name="warn" />
      <span>
        {sync.asOf === null ? t("stale.never") : <Words of="stale.sync" with={{ time: <Time at={sync.asOf} short /> }} />} {why}
      </span>
    </div>
  );
}
