import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";

import type { RefundView } from "#ui/bindings/contract";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { ExportDialog } from "#ui/pages/export/ExportDialog";
import { useAction, useAnswer, useRows } from "#ui/api/hooks";
import { copyText } from "#ui/api/copy";
import { Button } from "#ui/components/Button";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Page, Stale } from "#ui/frame/Page";
import { MirrorAsOf } from "#ui/frame/StatusBar";
import { count } from "#ui/format/locale";
import { Grid, type GridHandle, type RowKey } from "#ui/grid/Grid";
import { t, tn } from "#ui/messages/t";
import paymentsStyles from "#ui/pages/payments/PaymentsPage.module.css";

import { REFUND_COLUMNS, refundRowId } from "./columns";
import { countOf, type Filter, filterBeside, filterOf, FILTERS } from "./filters";
import styles from "./RefundMore.module.css";
import { isUnsettled, RefundMore } from "./RefundMore";

const route = getRouteApi("/refunds");

/** The journal of refunds: every wish, how far it came, and on demand what was refunded elsewhere. */
export function RefundsPage() {
  const { state } = route.useSearch();
  const filter = filterOf(state);
  const navigate = useNavigate();
  const [elsewhere, setElsewhere] = useState(false);
  const [exporting, setExporting] = useState(false);
  useHotkey("exportRows", () => setExporting(true));
  const grid = useRef<GridHandle>(null);
  const settle = useAction("settle_refunds", "refunds.settleFailed");
  const undo = useAction("withdraw_intent", "refunds.undoFailed");
  const counts = useAnswer("count_refunds", {}, { keep: true }).data?.states;
  const found = useRows("list_refunds", { states: [...FILTERS[filter]], elsewhere: elsewhere && filter === "all" });
  const show = (next: Filter) => void navigate({ to: "/refunds", search: next === "all" ? {} : { state: next }, replace: true });
  useHotkey("nextState", () => show(filterBeside(filter, 1)));
  useHotkey("previousState", () => show(filterBeside(filter, -1)));
  const rowKeys: readonly RowKey<RefundView>[] = [
    { id: "undo", fits: (row) => row.state === "waiting" && !undo.isPending, run: (row) => { if (row.intent_id !== null) undo.mutate({ intent_id: row.intent_id }); } },
    { id: "settleRow", fits: (row) => isUnsettled(row) && !settle.isPending, run: (row) => { if (row.intent_id !== null) settle.mutate({ intent_id: row.intent_id }); } },
  ];
  return (
    <Page
      title={<>{t("nav.refunds")} {found.total !== null && <span className={paymentsStyles.total} aria-live="polite">{tn("refunds.total", found.total)}</span>}</>}
      aside={<><MirrorAsOf /><Button look="quiet" hotkey="exportRows" onClick={() => setExporting(true)}>{t("export.open")}</Button><Button icon="sync" disabled={settle.isPending} onClick={() => settle.mutate({})}>{t(settle.isPending ? "refunds.settling" : "refunds.settleAll")}</Button></>}
    >
      {exporting && <ExportDialog query="" kind="refunds" onClose={() => setExporting(false)} />}
      <div className={paymentsStyles.tools}>
        <div className={paymentsStyles.chips} role="group" aria-label={t("refunds.states")}>
          {(Object.keys(FILTERS) as Filter[]).map((one) => (
            <button key={one} type="button" className={paymentsStyles.chip} aria-pressed={one === filter} onClick={() => show(one)}>
              {t(`refunds.filter.${one}`)}
              {counts !== undefined && one !== "all" && countOf(one, counts) > 0 && <>{" "}<span className={styles.count} data-attention={one === "needs_person"}>{count.format(countOf(one, counts))}</span></>}
            </button>
          ))}
          <button type="button" className={paymentsStyles.chip} aria-pressed={elsewhere} disabled={filter !== "all"} title={t("refunds.elsewhereHint")} onClick={() => setElsewhere(!elsewhere)}>
            {t("refunds.alsoElsewhere")}
          </button>
        </div>
      </div>
      {found.error !== null && !found.known ? (
        <Failed error={found.error} again={found.again} />
      ) : found.loading ? (
        <Loading rows={8} />
      ) : (
        <>
          <Stale error={found.error} again={found.again} />
          {found.rows.length === 0 ? (
            <Empty title={t(filter === "all" ? "refunds.none" : "refunds.noneSuch")} hint={t(filter === "all" ? "refunds.noneHint" : "refunds.noneSuchHint")} />
          ) : (
            <Grid
              ref={grid}
              name={t("nav.refunds")}
              rows={found.rows}
              columns={REFUND_COLUMNS}
              rowId={refundRowId}
              total={found.total ?? 0}
              onCopy={(row) => void copyText(row.refund_id ?? row.intent_id ?? "")}
              rowKeys={rowKeys}
              detail={(row) => <RefundMore refund={row} onGone={() => grid.current?.enter()} />}
              onNearEnd={found.more}
              loadingMore={found.loadingMore}
              outdated={found.outdated}
              remember="refunds"
            />
          )}
        </>
      )}
    </Page>
  );
}
