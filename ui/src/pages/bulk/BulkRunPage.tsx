import { getRouteApi, Link } from "@tanstack/react-router";
import { useRef, useState } from "react";

import type { BulkRowView, BulkRunView } from "#ui/bindings/contract";
import { useAction, useAnswer, useRows } from "#ui/api/hooks";
import { copyText } from "#ui/api/copy";
import { Button } from "#ui/components/Button";
import { Chip } from "#ui/components/Chip";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Untrusted } from "#ui/components/Untrusted";
import { count } from "#ui/format/locale";
import { Page, Stale } from "#ui/frame/Page";
import { Grid, type GridHandle } from "#ui/grid/Grid";
import { t, tn } from "#ui/messages/t";
import paymentsStyles from "#ui/pages/payments/PaymentsPage.module.css";

import { bulkRowId, type Filter, FILTERS, rowsOf, toneOf } from "./bulk";
import styles from "./Bulk.module.css";
import { BULK_COLUMNS } from "./columns";
import { RowMore, problemWords } from "./RowMore";
import { RunActions } from "./RunActions";
import { Standing } from "./Standing";

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
              <Chip group="bulkHold" code={one.hold} />
              <span className={styles.rows}>{tn("bulk.rowsIn", one.rows)}</span>
              <span>{problemWords(one.code)}</span>
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
