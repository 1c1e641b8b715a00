import type { CatchUpView, SyncKindView, SyncView } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Chip } from "#ui/components/Chip";
import { Time } from "#ui/components/Time";
import { Words } from "#ui/components/Words";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { roughly } from "#ui/format/time";
import { t, tn, word } from "#ui/messages/t";
import { Fact } from "#ui/pages/payment/Facts";

import styles from "./AccountsPage.module.css";

/** How far the mirror of one account is, kind by kind, what was caught up, and what reads are left. */
export function MirrorFacts({ account }: { account: string }) {
  const answer = useAnswer("show_sync", {});
  const sync = answer.data?.items.find((one) => one.account === account);
  if (sync === undefined) return null;
  return (
    <details className={styles.rights} open={sync.running}>
      <summary>
        {t("mirror.title")} <Chip group="mirrorState" code={sync.state} />
      </summary>
      <Switches sync={sync} />
      <Kinds kinds={sync.kinds} />
      <dl>
        {sync.reads.counted && (
          <Fact name={t("mirror.reads")}>
            {t("mirror.readsOf", { month: count.format(sync.reads.this_month), allowance: count.format(sync.reads.allowance), today: count.format(sync.reads.today) })}
          </Fact>
        )}
        <Fact name={t("mirror.poll")}>{pollWords(sync)}</Fact>
        {sync.requests_this_run > 0 && (
          <Fact name={t("mirror.requests")}>{t("mirror.requestsOf", { requests: count.format(sync.requests_this_run), refused: count.format(sync.too_many_this_run) })}</Fact>
        )}
        {sync.caught_up.map((gap) => (
          <Fact key={gap.from} name={t("mirror.caughtUp")}><CaughtUp gap={gap} /></Fact>
        ))}
      </dl>
    </details>
  );
}

function pollWords(sync: SyncView): string {
  const { key, count: units } = roughly(sync.reads.poll_every_ms);
  return sync.state === "paused" ? t("mirror.paused") : t("mirror.every", { time: tn(key, units) });
}

/** Starting, pausing and stopping this account alone. */
function Switches({ sync }: { sync: SyncView }) {
  const start = useAction("start_sync", "sync.failedToStart");
  const cancel = useAction("cancel_sync", "sync.failedToCancel");
  const account = sync.account;
  return (
    <p className={styles.switches}>
      {!sync.running && <Button disabled={start.isPending} onClick={() => start.mutate({ account, wait: false })}>{t(sync.state === "paused" ? "mirror.goOn" : "sync.start")}</Button>}
      {sync.state !== "paused" && <Button disabled={cancel.isPending} onClick={() => cancel.mutate({ account, pause: true })}>{t("sync.pause")}</Button>}
      {sync.running && <Button disabled={cancel.isPending} onClick={() => cancel.mutate({ account, pause: false })}>{t(cancel.isPending ? "sync.canceling" : "sync.cancel")}</Button>}
    </p>
  );
}

function Kinds({ kinds }: { kinds: readonly SyncKindView[] }) {
  return (
    <table className={styles.kinds}>
      <thead>
        <tr>
          <th scope="col">{t("mirror.kind")}</th>
          <th scope="col">{t("mirror.state")}</th>
          <th scope="col" className="number">{t("mirror.rows")}</th>
          <th scope="col" className="number">{t("mirror.rate")}</th>
          <th scope="col" className="number">{t("mirror.left")}</th>
          <th scope="col">{t("mirror.asOf")}</th>
        </tr>
      </thead>
      <tbody>
        {kinds.map((kind) => (
          <tr key={kind.kind}>
            <td>{visible(word("kind", kind.kind), "prose")}</td>
            <td><Chip group="mirrorState" code={kind.state} /></td>
            <td className="number">{count.format(kind.rows)}</td>
            <td className="number">{kind.rows_per_second === null ? "" : t("sync.rate", { rate: count.format(kind.rows_per_second) })}</td>
            <td className="number">{leftWords(kind)}</td>
            <td>{kind.as_of !== null && <Time at={kind.as_of} short />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function leftWords(kind: SyncKindView): string {
  if (kind.state !== "loading") return "";
  if (kind.remaining_ms === null) return t("mirror.unknown");
  const { key, count: units } = roughly(kind.remaining_ms);
  return tn(key, units);
}

function CaughtUp({ gap }: { gap: CatchUpView }) {
  const how = t(gap.means === "lists" ? "mirror.byLists" : "mirror.byEvents", { records: tn("sync.rows", gap.records) });
  if (gap.until === null) return <Words of="mirror.gapOpen" with={{ from: <Time at={gap.from} />, how }} />;
  return <Words of="mirror.gap" with={{ from: <Time at={gap.from} />, until: <Time at={gap.until} />, how }} />;
}
