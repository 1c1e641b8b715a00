import { useAction } from "#ui/api/hooks";
import { Icon } from "#ui/components/Icon";
import { Time } from "#ui/components/Time";
import { Words } from "#ui/components/Words";
import { count } from "#ui/format/locale";
import { roughly } from "#ui/format/time";
import { visible } from "#ui/format/text";
import { hotkeyTitle } from "#ui/keyboard/title";
import { codeWords } from "#ui/messages/errors";
import { t, tn, word } from "#ui/messages/t";

import styles from "./StatusBar.module.css";
import { type SyncSummary, useSyncSummary } from "./useSync";

/** How far the mirror is, and the switch for it. */
export function SyncStatus() {
  const sync = useSyncSummary();
  const start = useAction("start_sync", "sync.failedToStart");
  const cancel = useAction("cancel_sync", "sync.failedToCancel");
  if (sync.state === "running") {
    return (
      <span className={styles.sync} role="status" data-sync="running">
        <span className={styles.spinner} aria-hidden="true" />
        <span>{progress(sync)}</span>
        <button type="button" className={styles.inline} disabled={cancel.isPending} onClick={() => cancel.mutate({ pause: true })}>
          {t("sync.pause")}
        </button>
        <button type="button" className={styles.inline} disabled={cancel.isPending} onClick={() => cancel.mutate({ pause: false })}>
          {cancel.isPending ? t("sync.canceling") : t("sync.cancel")}
        </button>
      </span>
    );
  }
  return (
    <span className={styles.sync} role="status" data-sync={sync.state}>
      {sync.failed !== null && <SyncFailure sync={sync} />}
      {sync.asOf !== null ? <Words of="asOf.at" with={{ time: <Time at={sync.asOf} short /> }} /> : <span>{t(sync.state === "canceled" ? "sync.canceled" : "asOf.never")}</span>}
      {sync.state === "paused" && <span>{t("sync.paused")}</span>}
      <button type="button" className={styles.inline} disabled={start.isPending} title={hotkeyTitle("sync")} onClick={() => start.mutate({ wait: false })}>
        <Icon name="sync" />
        {t("sync.start")}
      </button>
    </span>
  );
}

function progress(sync: SyncSummary): string {
  const parts = [tn("sync.rows", sync.rows)];
  if (sync.kinds.length > 0) parts.unshift(sync.kinds.map((kind) => word("kind", kind)).join(", "));
  if (sync.rowsPerSecond !== null) parts.push(t("sync.rate", { rate: count.format(sync.rowsPerSecond) }));
  if (sync.remainingMs !== null) {
    const { key, count } = roughly(sync.remainingMs);
    parts.push(t("sync.left", { time: tn(key, count) }));
  }
  return parts.join(t("list.separator"));
}

/** Why the last sync failed, in words. */
export function syncFailureWords(sync: SyncSummary): string | null {
  const { failed } = sync;
  if (failed === null) return null;
  const words = failed.problem === null ? null : codeWords(failed.problem);
  const what = words?.what ?? "";
  return visible([what === "" ? t("sync.failedWithout") : what, failed.problem_detail ?? "", words?.next ?? ""].filter((one) => one !== "").join(" "), "prose");
}

function SyncFailure({ sync }: { sync: SyncSummary }) {
  const why = syncFailureWords(sync) ?? "";
  return (
    <span className={styles.failed} title={why}>
      <Icon name="warn" />
      {t("sync.failed", { account: visible(sync.failed?.account ?? "", "prose") })}
      <span className="only-heard">{why}</span>
    </span>
  );
}
