import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";

import type { PaymentView } from "#ui/bindings/contract";
import { useAnswer, useRows } from "#ui/api/hooks";
import { copyText } from "#ui/api/copy";
import { Button, IconButton } from "#ui/components/Button";
import { later } from "#ui/components/later";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Page, Stale } from "#ui/frame/Page";
import { AsOf } from "#ui/frame/StatusBar";
import { ColumnMenu } from "#ui/grid/ColumnMenu";
import { Grid, type GridHandle } from "#ui/grid/Grid";
import { useColumnChoice, useKeptSwitch } from "#ui/grid/useColumnChoice";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t } from "#ui/messages/t";

import { Beside } from "./Beside";
import { HIDDEN_AT_FIRST, PAYMENT_COLUMNS } from "./columns";
import { FindBox } from "./FindBox";
import { FoundCount } from "./FoundCount";
import { LookFurther } from "./LookFurther";
import styles from "./PaymentsPage.module.css";
import { Preview } from "./Preview";
import { SavedViews } from "./SavedViews";
import { SelectionBar } from "./SelectionBar";
import { endsInField, quoted, sortIn, withSort } from "./query";
import { ShareViews } from "./ShareViews";
import { StateChips } from "./StateChips";
import { useNotedLookUp } from "./useNotedLookUp";

/** How long a field word may be half typed before it is asked for. Everything else is asked for at once. */
const SETTLE_MS = 160;
const route = getRouteApi("/payments");

const QueryMistake = later(() => import("./QueryMistake"), "QueryMistake");
const ExportDialog = later(() => import("#ui/pages/export/ExportDialog"), "ExportDialog");

/** All payments of the window's environment, found by one box. The search is part of the address, so
 * that going back from a payment finds the list as it was. */
export function PaymentsPage() {
  const q = route.useSearch().q ?? "";
  const navigate = useNavigate();
  const grid = useRef<GridHandle>(null);
  const [typed, setTyped] = useState(q);
  const [addressed, setAddressed] = useState(q);
  const [own, setOwn] = useState<readonly string[]>([]);
  if (q !== addressed) {
    // The address is told of a search a moment after the box. Where it changed by itself, by a link or
    // by going back, the box follows; otherwise what was typed meanwhile must not be overwritten.
    setAddressed(q);
    setOwn(own.slice(own.indexOf(q) + 1));
    if (!own.includes(q)) setTyped(q);
  }
  const search = (query: string) => {
    if (query === q) return;
    setOwn([...own.slice(-20), query]);
    void navigate({ to: "/payments", search: query === "" ? {} : { q: query }, replace: true });
  };
  const found = useRows("find_payments", { query: q });
  // One search at a time: whoever types faster than the mirror answers is asked for what stands there then.
  const asking = found.outdated || found.loading;
  useEffect(() => {
    if (typed === q || asking) return undefined;
    const timer = window.setTimeout(() => search(typed), endsInField(typed) ? SETTLE_MS : 0);
    return () => window.clearTimeout(timer);
  });
  // Counting is a question of its own, so that rows never wait for it.
  const counted = useAnswer("count_payments", { query: q, exact: false }, { keep: true, enabled: found.error === null });
  const choice = useColumnChoice("payments", HIDDEN_AT_FIRST);
  const [split, setSplit] = useKeptSwitch("payments.split");
  useHotkey("split", () => setSplit(!split));
  const [chosen, setChosen] = useState<PaymentView | undefined>(undefined);
  const [selectedIds, setSelected] = useState<ReadonlySet<string>>(new Set());
  // What is selected and no longer in the list counts no more: nobody sees it.
  const selected = useMemo(() => found.rows.filter((row) => selectedIds.has(row.own_id)), [found.rows, selectedIds]);
  const [entering, setEntering] = useState(false);
  const fresh = !found.outdated && !found.loading && typed === q;
  useEffect(() => {
    // The rows of the new search are there; only now may Enter choose among them.
    if (!entering || !fresh) return;
    grid.current?.first();
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setEntering(false);
  }, [entering, fresh]);
  const rested = fresh ? found.rows.length : 0;
  useNotedLookUp(q, rested);
  const clear = () => { setTyped(""); search(""); };
  useHotkey("back", () => {
    if (selected.length > 0) setSelected(new Set());
    else clear();
  }, q !== "" || selected.length > 0);
  const [exporting, setExporting] = useState(false);
  useHotkey("exportRows", () => setExporting(true));
  const choose = (query: string) => { setTyped(query); search(query); };
  const sort = sortIn(q);
  return (
    <Page
      title={<>{t("nav.payments")} <FoundCount count={counted.data} outdated={counted.isPlaceholderData} /></>}
      aside={<>{found.known && <AsOf at={found.asOf} />}<Button look="quiet" hotkey="exportRows" onClick={() => setExporting(true)}>{t("export.open")}</Button><ShareViews /><IconButton icon="split" name={t("hotkey.split")} aria-keyshortcuts="\\" aria-pressed={split} className={styles.splitSwitch} onClick={() => setSplit(!split)} /><ColumnMenu columns={PAYMENT_COLUMNS} fixed="amount" choice={choice} /></>}
    >
      <div className={styles.tools}>
        <FindBox value={typed} onChange={setTyped} onEnter={() => {
          if (fresh) grid.current?.enter();
          else {
            search(typed);
            setEntering(true);
          }
        }} onClear={clear} />
        <StateChips query={typed} onChange={choose} />
        <SavedViews query={typed} onChoose={choose} />
      </div>
      {exporting && <ExportDialog query={q} kind="payments" onClose={() => setExporting(false)} />}
      {found.error?.code === "bad_query" ? (
        <QueryMistake query={q} error={found.error} onChoose={choose} />
      ) : found.error !== null && !found.known ? (
        <Failed error={found.error} again={found.again} />
      ) : found.loading ? (
        <Loading rows={12} />
      ) : (
        <>
          <Stale error={found.error} again={found.again} />
          {found.relaxed && found.rows.length > 0 && <p className={styles.relaxed} role="status">{t("payments.relaxed")}</p>}
          {found.rows.length === 0 && found.lookedTo !== null ? (
            <Empty title={t("payments.noneSoFar")} hint={t("payments.noneSoFarHint")}><LookFurther found={found} sort={sort} /></Empty>
          ) : found.rows.length === 0 ? (
            <Empty title={t(q === "" ? "payments.none" : "payments.notFound")} hint={t(q === "" ? "payments.noneHint" : "payments.notFoundHint")}>
              {q !== "" && <Button onClick={clear}>{t("payments.clear")}</Button>}
            </Empty>
          ) : (
            <div className={styles.sides}>
            <div className={styles.side}>
            <Grid
              ref={grid}
              name={t("nav.payments")}
              rows={found.rows}
              columns={PAYMENT_COLUMNS}
              rowId={(row) => row.own_id}
              total={counted.data?.exact === true && !counted.isPlaceholderData ? counted.data.payments : null}
              choice={choice}
              onOpen={(row) => void navigate({ to: "/payments/$id", params: { id: row.own_id } })}
              onCopy={(row) => void copyText(row.id)}
              onChosen={setChosen}
              clickChooses={split}
              selection={{ ids: selectedIds, change: setSelected }}
              rowActions={(row) => [
                { name: t("payments.do.open"), run: () => void navigate({ to: "/payments/$id", params: { id: row.own_id } }) },
                { name: t("payments.do.copyId"), run: () => void copyText(row.id) },
                ...(row.email === null ? [] : [{ name: t("payments.do.sameEmail"), run: () => choose(`email:${quoted(row.email ?? "")}`) }]),
                ...(row.customer === null ? [] : [{ name: t("payment.openCustomer"), run: () => void navigate({ to: "/customers/$id", params: { id: row.customer ?? "" } }) }]),
              ]}
              detail={(row) => <Preview payment={row} />}
              detailIsPreview
              onNearEnd={found.more}
              loadingMore={found.loadingMore}
              outdated={found.outdated}
              sorts={{
                amount: { now: sort === "amount" ? "ascending" : sort === "-amount" ? "descending" : "none", change: () => choose(withSort(q, sort === "-amount" ? "amount" : sort === "amount" ? "-created" : "-amount", counted.data?.totals[0]?.amount.currency)) },
                created: { now: sort === "created" ? "ascending" : sort === "-created" ? "descending" : "none", change: () => choose(withSort(q, sort === "-created" ? "created" : "-created", undefined)) },
              }}
              remember="payments"
            />
            <SelectionBar rows={selected} onClear={() => { setSelected(new Set()); grid.current?.enter(); }} />
            </div>
            {split && <Beside id={chosen?.own_id} />}
            </div>
          )}
          {found.rows.length > 0 && found.lookedTo !== null && <LookFurther found={found} sort={sort} />}
        </>
      )}
    </Page>
  );
}
