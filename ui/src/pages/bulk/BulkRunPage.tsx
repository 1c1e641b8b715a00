import { getRouteApi, Link } from "@tanstack/react-router";
import { useRef, useState } from "react";

import type { BulkRowView, BulkRunView } from "#ui/bindings/contract";
import { useAction, useAnswer, useRows } from "#ui/api/hooks";
import { copyText } from "#ui/api/copy";
import { Amount } from "#ui/components/Amount";
import { Button } from "#ui/components/Button";
import { Chip } from "#ui/components/Chip";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Untrusted } from "#ui/components/Untrusted";
import { Words } from "#ui/components/Words";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { roughly } from "#ui/format/time";
import { Page, Stale } from "#ui/frame/Page";
import { Grid, type GridHandle } from "#ui/grid/Grid";
import { codeWords } from "#ui/messages/errors";
import { t, tn, word } from "#ui/messages/t";
import paymentsStyles from "#ui/pages/payments/PaymentsPage.module.css";

import { bulkRowId, type Filter, FILTERS, rowsOf, toneOf } from "./bulk";
import styles from "./Bulk.module.css";
import { BULK_COLUMNS } from "./columns";
import { RowMore, problemWords } from "./RowMore";
import { RunActions } from "./RunActions";

const route = getRouteApi("/bulk/$id");

/** One run: what it comes to, what is wrong with its rows, and how far it is. */
export function BulkRunPage() {
  const { id } = route.useParams();
  const run = useAnswer("show_bulk_run", { id });
  if (run.data === undefined) {
    return <Page title={t("nav.bulk")}>{run.error === null ? <Loading rows={8} /> : <Failed error={run.error} again={() => void run.refetch()} />}</Page>;
  }
  return (
    <Page title={<><Link to="/bulk">{t("nav.bulk")}</Link> <span className={paymentsStyles.total}><Untrusted text={run.data.source === "text" ? t("bulk.pasted") : run.data.name} /></span> <Chip group="bulkState" code={run.data.state} tone={toneOf(run.data)} /></>} aside={<RunActions run={run.data} />}>
      <Stale error={run.error} again={() => void run.refetch()} />
      <Standing run={run.data} />
      <RunRows run={run.data} />
    </Page>
  );
}

/** Where it stands, why, and what it comes to. */
function Standing({ run }: { run: BulkRunView }) {
  return (
    <div className={styles.standing}>
      {run.same_as !== null && <p className={styles.warning} role="status"><Words of="bulk.sameAs" with={{ run: <Link to="/bulk/$id" params={{ id: run.same_as }}>{t("bulk.earlierRun")}</Link> }} /></p>}
      {run.state === "paused" && <p className={styles.warning} role="status">{pausedBecause(run)}</p>}
      {run.state === "running" && <Progress run={run} />}
      <table className={styles.totals}>
        <caption className="only-heard">{t("bulk.totals")}</caption>
        <thead><tr><th scope="col">{t("column.state")}</th><th scope="col">{t("bulk.rows")}</th><th scope="col">{t("column.amount")}</th></tr></thead>
        <tbody>
          {run.totals.map((one) => (
            <tr key={`${one.state}-${one.amount?.currency ?? ""}`}>
              <th scope="row"><Chip group="bulkRow" code={one.state} /></th>
              <td>{count.format(one.rows)}</td>
              <td><Amount money={one.amount} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Reasons that are Paydesk's own, whose details are no sentence of the vendor's. */
const OWN_REASONS: readonly string[] = ["interrupted", "by_person", "live_locked", "over_limit"];

function pausedBecause(run: BulkRunView): string {
  const code = run.problem ?? "by_person";
  const own = OWN_REASONS.includes(code);
  const words = own ? null : codeWords(code);
  const why = words === null ? word("bulkPaused", code) : `${words.what} ${words.next}`;
  const said = run.problem_detail === null ? "" : visible(run.problem_detail, "prose");
  const detail = said === "" ? "" : own ? t("bulk.limitIs", { limit: said }) : t("error.vendorSays", { detail: said });
  return [t("bulk.paused"), why.trim(), detail].filter((part) => part !== "").join(" ");
}

function Progress({ run }: { run: BulkRunView }) {
  const whole = run.to_send + run.ended_rows + rowsOf(run, "open");
  const parts = [t("bulk.progress", { ended: count.format(run.ended_rows), total: count.format(whole) })];
  if (run.rows_per_second !== null) parts.push(t("sync.rate", { rate: count.format(run.rows_per_second) }));
  if (run.remaining_ms !== null) {
    const left = roughly(run.remaining_ms);
    parts.push(t("sync.left", { time: tn(left.key, left.count) }));
  }
  return (
    <div className={styles.progress} role="status">
      <progress aria-label={t("bulk.progressOf")} max={Math.max(whole, 1)} value={run.ended_rows} />
      <span>{parts.join(t("list.separator"))}</span>
    </div>
  );
}

/** The rows, those with one problem or in one state where that is asked for. */
function RunRows({ run }: { run: BulkRunView }) {
  const [wanted, setFilter] = useState<Filter>("all");
  const [problem, setProblem] = useState<string | null>(null);
  // Rows that were ticked leave those that need a tick; once none is left, all are shown with what became of them.
  const filter = rowsOf(run, wanted) === 0 ? "all" : wanted;
  const grid = useRef<GridHandle>(null);
  const tick = useAction("tick_bulk_rows", "bulk.tickFailed");
  const found = useRows("list_bulk_rows", { id: run.id, states: [...FILTERS[filter]], ...(problem === null ? {} : { problem }) });
  const stands = run.state === "ready" || run.state === "paused" || run.state === "done";
  const toggle = (row: BulkRowView) => {
    if (row.can_tick && !tick.isPending) tick.mutate({ id: run.id, which: { rows: "lines", lines: [row.line] }, ticked: !row.ticked });
  };
  const choose = (next: Filter, code: string | null) => { setFilter(next); setProblem(code); };
  return (
    <>
      {run.problems.length > 0 && (
        <ul className={styles.problems} aria-label={t("bulk.problems")}>
          {run.problems.map((one) => (
            <li key={`${one.hold}-${one.code}`}>
              <Chip group="bulkHold" code={one.hold} tone={one.hold === "asks" ? "warn" : "bad"} />
              <span className={styles.rows}>{tn("bulk.rowsIn", one.rows)}</span>
              <span>{problemWords(one.code, null)}</span>
              <span className={styles.deeds}>
                <Button look="quiet" aria-pressed={problem === one.code} onClick={() => choose("all", problem === one.code ? null : one.code)}>{t(problem === one.code ? "bulk.showAll" : "bulk.showThese")}</Button>
                {one.hold === "asks" && stands && (
                  <>
                    <Button look="quiet" disabled={tick.isPending} onClick={() => tick.mutate({ id: run.id, which: { rows: "problem", problem: one.code }, ticked: true })}>{t("bulk.tickAll")}</Button>
                    <Button look="quiet" disabled={tick.isPending} onClick={() => tick.mutate({ id: run.id, which: { rows: "problem", problem: one.code }, ticked: false })}>{t("bulk.untickAll")}</Button>
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
      <div className={paymentsStyles.tools}>
        <div className={paymentsStyles.chips} role="group" aria-label={t("bulk.states")}>
          {(Object.keys(FILTERS) as Filter[]).filter((one) => one === "all" || rowsOf(run, one) > 0).map((one) => (
            <button key={one} type="button" className={paymentsStyles.chip} aria-pressed={one === filter && problem === null} onClick={() => choose(one, null)}>
              {t(`bulk.filter.${one}`)}<span className={paymentsStyles.badge}>{count.format(rowsOf(run, one))}</span>
            </button>
          ))}
        </div>
      </div>
      {found.error !== null && !found.known ? (
        <Failed error={found.error} again={found.again} />
      ) : found.loading ? (
        <Loading rows={8} />
      ) : found.rows.length === 0 ? (
        <Empty title={t("bulk.noRows")} hint={t("bulk.noRowsHint")} />
      ) : (
        <Grid
          ref={grid}
          name={t("bulk.rowsOf")}
          rows={found.rows}
          columns={BULK_COLUMNS}
          rowId={bulkRowId}
          total={found.total ?? 0}
          onCopy={(row) => void copyText(row.refund_id ?? row.payment ?? "")}
          rowKeys={[{ id: "tickRow", fits: (row) => row.can_tick, run: toggle }]}
          detail={(row) => <RowMore row={row} onTick={() => toggle(row)} />}
          onNearEnd={found.more}
          loadingMore={found.loadingMore}
          outdated={found.outdated}
        />
      )}
    </>
  );
}
