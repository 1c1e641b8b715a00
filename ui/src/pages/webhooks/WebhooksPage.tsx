import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";

import { copyText } from "#ui/api/copy";
import { useAnswer, useRows } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Page, Stale } from "#ui/frame/Page";
import { AsOf } from "#ui/frame/StatusBar";
import { ColumnMenu } from "#ui/grid/ColumnMenu";
import { Grid, type GridHandle } from "#ui/grid/Grid";
import { useColumnChoice } from "#ui/grid/useColumnChoice";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn } from "#ui/messages/t";
import { FindBox } from "#ui/pages/payments/FindBox";
import { LookFurther } from "#ui/pages/payments/LookFurther";
import paymentsStyles from "#ui/pages/payments/PaymentsPage.module.css";
import { QueryMistake } from "#ui/pages/payments/QueryMistake";
import { endsInField, sortIn, withSort } from "#ui/pages/payments/query";
import { SavedViews } from "#ui/pages/payments/SavedViews";
import { ShareViews } from "#ui/pages/payments/ShareViews";

import { HISTORY_COLUMNS, historyRowId } from "./columns";
import { ExportEventsDialog } from "./ExportEventsDialog";
import { ListenerPanel } from "./ListenerPanel";
import { MissedBanner } from "./MissedBanner";
import { ReplayDialog } from "./ReplayDialog";
import { heldAt } from "./tail";
import styles from "./Webhooks.module.css";

/** How long a field word may be half typed before it is asked for. */
const SETTLE_MS = 160;
/** All columns stand until somebody hides one. */
const NOTHING_HIDDEN: readonly string[] = [];
const route = getRouteApi("/webhooks");

type Open = "export" | "replay" | "listener" | null;

/** Every event that ever came, and every request that was refused, found by one box. */
export function WebhooksPage() {
  const q = route.useSearch().q ?? "";
  const navigate = useNavigate();
  const grid = useRef<GridHandle>(null);
  const [typed, setTyped] = useState(q);
  const [addressed, setAddressed] = useState(q);
  const [own, setOwn] = useState<readonly string[]>([]);
  const [open, setOpen] = useState<Open>(null);
  const choice = useColumnChoice("events", NOTHING_HIDDEN);
  const [live, setLive] = useState(true);
  const [anchor, setAnchor] = useState<string | null>(null);
  if (q !== addressed) {
    // As on the page of payments: the box follows the address only where that changed by itself.
    setAddressed(q);
    setAnchor(null);
    setOwn(own.slice(own.indexOf(q) + 1));
    if (!own.includes(q)) setTyped(q);
  }
  const search = (query: string) => {
    if (query === q) return;
    setOwn([...own.slice(-20), query]);
    void navigate({ to: "/webhooks", search: query === "" ? {} : { q: query }, replace: true });
  };
  const found = useRows("list_events", { query: q });
  const asking = found.outdated || found.loading;
  useEffect(() => {
    if (typed === q || asking) return undefined;
    const timer = window.setTimeout(() => search(typed), endsInField(typed) ? SETTLE_MS : 0);
    return () => window.clearTimeout(timer);
  });
  const counted = useAnswer("count_events", { query: q, exact: false }, { keep: true, enabled: found.error === null });
  const choose = (query: string) => { setTyped(query); search(query); };
  const clear = () => choose("");
  useHotkey("back", clear, q !== "");
  useHotkey("exportRows", () => setOpen("export"));
  useHotkey("replayEvents", () => setOpen("replay"));
  const first = found.rows[0];
  const hold = () => setAnchor(first === undefined ? null : historyRowId(first));
  const turn = () => {
    // Off holds the list as it stands; on lets it run again.
    if (live) hold();
    else setAnchor(null);
    setLive(!live);
  };
  useHotkey("liveTail", turn);
  const held = heldAt(found.rows, anchor, historyRowId);
  const sort = sortIn(q);
  return (
    <Page
      title={<>{t("nav.webhooks")} {counted.data !== undefined && <span className={paymentsStyles.total} aria-live="polite">{tn(counted.data.exact ? "webhooks.total" : "webhooks.atLeast", counted.data.events)}</span>}</>}
      aside={
        <>
          {found.known && <AsOf at={found.asOf} />}
          <Button look="quiet" onClick={() => setOpen("listener")}>{t("webhooks.listener")}</Button>
          <Link to="/webhooks/endpoints" className={styles.link}>{t("webhooks.endpoints")}</Link>
          <Link to="/webhooks/notifications" className={styles.link}>{t("channels.title")}</Link>
          <Button look="quiet" hotkey="exportRows" onClick={() => setOpen("export")}>{t("export.open")}</Button>
          <Button look="quiet" hotkey="replayEvents" onClick={() => setOpen("replay")}>{t("webhooks.replay")}</Button>
          <ShareViews />
          <ColumnMenu columns={HISTORY_COLUMNS} fixed="type" choice={choice} />
        </>
      }
    >
      <MissedBanner onShow={choose} />
      <div className={paymentsStyles.tools}>
        <FindBox of="events" value={typed} onChange={setTyped} onEnter={() => { search(typed); grid.current?.enter(); }} onClear={clear} />
        <button type="button" className={paymentsStyles.chip} aria-pressed={live} aria-keyshortcuts="n" title={t("hotkey.liveTail")} onClick={turn}>{t(live ? "webhooks.live" : "webhooks.held")}</button>
        <SavedViews of="events" query={typed} onChoose={choose} />
        {held.fresh > 0 && <Button onClick={() => { setAnchor(null); setLive(true); grid.current?.first(); }}>{tn("webhooks.fresh", held.fresh)}</Button>}
      </div>
      {found.error?.code === "bad_query" ? (
        <QueryMistake query={q} error={found.error} onChoose={choose} />
      ) : found.error !== null && !found.known ? (
        <Failed error={found.error} again={found.again} />
      ) : found.loading ? (
        <Loading rows={12} />
      ) : (
        <>
          <Stale error={found.error} again={found.again} />
          {found.rows.length === 0 && found.lookedTo !== null ? (
            <Empty title={t("webhooks.noneSoFar")} hint={t("payments.noneSoFarHint")}><LookFurther found={found} sort={sort} /></Empty>
          ) : found.rows.length === 0 ? (
            <Empty title={t(q === "" ? "webhooks.none" : "webhooks.notFound")} hint={t(q === "" ? "webhooks.noneHint" : "webhooks.notFoundHint")}>
              {q === "" ? <Button onClick={() => setOpen("listener")}>{t("webhooks.listener")}</Button> : <Button onClick={clear}>{t("payments.clear")}</Button>}
            </Empty>
          ) : (
            <Grid
              ref={grid}
              name={t("webhooks.history")}
              rows={held.rows}
              columns={HISTORY_COLUMNS}
              choice={choice}
              rowId={historyRowId}
              total={counted.data?.exact === true && !counted.isPlaceholderData ? counted.data.events : null}
              onOpen={(row) => void navigate({ to: "/webhooks/events/$id", params: { id: row.id } })}
              onCopy={(row) => void copyText(row.id)}
              onNearEnd={found.more}
              onAway={(away) => { if (away && anchor === null) hold(); else if (!away && live && held.fresh === 0) setAnchor(null); }}
              loadingMore={found.loadingMore}
              outdated={found.outdated}
              sorts={{ created: { now: sort === "created" ? "ascending" : "descending", change: () => choose(withSort(q, sort === "created" ? "-created" : "created", undefined)) } }}
              remember="webhooks"
            />
          )}
          {found.rows.length > 0 && found.lookedTo !== null && <LookFurther found={found} sort={sort} />}
        </>
      )}
      {open === "export" && <ExportEventsDialog query={q} onClose={() => setOpen(null)} />}
      {open === "replay" && <ReplayDialog source={{ replay: "query", query: q }} onClose={() => setOpen(null)} />}
      {open === "listener" && <ListenerPanel onClose={() => setOpen(null)} />}
    </Page>
  );
}
