import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";

import { copyText } from "#ui/api/copy";
import { useAnswer, useRows } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Page, Stale } from "#ui/frame/Page";
import { useReadOnly, useWriteAccess } from "#ui/frame/writeAccess";
import { Grid, type GridHandle } from "#ui/grid/Grid";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn } from "#ui/messages/t";
import { FindBox } from "#ui/pages/payments/FindBox";
import { LookFurther } from "#ui/pages/payments/LookFurther";
import paymentsStyles from "#ui/pages/payments/PaymentsPage.module.css";
import { QueryMistake } from "#ui/pages/payments/QueryMistake";
import { endsInField, sortIn, withSort } from "#ui/pages/payments/query";

import { MESSAGE_COLUMNS } from "./columns";
import { ComposeDialog } from "./ComposeDialog";
import { ActivityButton } from "./ActivityButton";
import { SyncButton } from "./SyncButton";

/** How long a field word may be half typed before it is asked for. */
const SETTLE_MS = 160;
/** Searches that are asked for most. */
const CHIPS = ["status:bounced,dropped", "status:deferred", "status:unsettled,needs_person", "status:opened", "channel:sms", "direction:inbound"] as const;
const route = getRouteApi("/messages");

/** Everything that went to customers, and what became of it. */
export function MessagesPage() {
  const q = route.useSearch().q ?? "";
  const navigate = useNavigate();
  const grid = useRef<GridHandle>(null);
  const [typed, setTyped] = useState(q);
  const [addressed, setAddressed] = useState(q);
  const [own, setOwn] = useState<readonly string[]>([]);
  const [composing, setComposing] = useState(false);
  const { guarded } = useWriteAccess();
  const readOnly = useReadOnly();
  if (q !== addressed) {
    // The box follows the address only where that changed by itself.
    setAddressed(q);
    setOwn(own.slice(own.indexOf(q) + 1));
    if (!own.includes(q)) setTyped(q);
  }
  const search = (query: string) => {
    if (query === q) return;
    setOwn([...own.slice(-20), query]);
    void navigate({ to: "/messages", search: query === "" ? {} : { q: query }, replace: true });
  };
  const found = useRows("list_messages", { query: q });
  const asking = found.outdated || found.loading;
  useEffect(() => {
    if (typed === q || asking) return undefined;
    const timer = window.setTimeout(() => search(typed), endsInField(typed) ? SETTLE_MS : 0);
    return () => window.clearTimeout(timer);
  });
  const counted = useAnswer("count_messages", { query: q, exact: false }, { keep: true, enabled: found.error === null });
  const sort = sortIn(q);
  const choose = (query: string) => { setTyped(query); search(query); };
  const compose = () => guarded(() => setComposing(true));
  useHotkey("back", () => choose(""), q !== "");
  useHotkey("compose", compose, !readOnly);
  return (
    <Page
      title={<>{t("nav.messages")} {counted.data !== undefined && <span className={paymentsStyles.total} aria-live="polite">{tn(counted.data.exact ? "messages.total" : "messages.atLeast", counted.data.messages)}</span>}</>}
      aside={
        <>
          <Link to="/messages/bulk">{t("mailRun.title")}</Link>
          <Link to="/messages/templates">{t("templates.title")}</Link>
          <Link to="/messages/suppressions">{t("suppressions.title")}</Link>
          {q === "status:unsettled,needs_person" && <ActivityButton disabled={readOnly} />}
          <SyncButton disabled={readOnly} />
          <Button look="main" hotkey="compose" disabled={readOnly} onClick={compose}>{t("messages.compose")}</Button>
        </>
      }
    >
      <div className={paymentsStyles.tools}>
        <FindBox of="messages" value={typed} onChange={setTyped} onEnter={() => { search(typed); grid.current?.enter(); }} onClear={() => choose("")} />
        <div className={paymentsStyles.chips} role="group" aria-label={t("messages.which")}>
          {CHIPS.map((chip) => (
            <button key={chip} type="button" className={paymentsStyles.chip} aria-pressed={q === chip} onClick={() => choose(q === chip ? "" : chip)}>{t(`messages.chip.${chip}`)}</button>
          ))}
        </div>
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
            <Empty title={t("messages.noneSoFar")} hint={t("payments.noneSoFarHint")}><LookFurther found={found} sort={sort} /></Empty>
          ) : found.rows.length === 0 ? (
            <Empty title={t(q === "" ? "messages.none" : "messages.notFound")} hint={t(q === "" ? "messages.noneHint" : "messages.notFoundHint")} />
          ) : (
            <Grid
              ref={grid} name={t("nav.messages")} rows={found.rows} columns={MESSAGE_COLUMNS} rowId={(row) => row.id}
              total={counted.data?.exact === true && !counted.isPlaceholderData ? counted.data.messages : null}
              onOpen={(row) => void navigate({ to: "/messages/$id", params: { id: row.id } })}
              onCopy={(row) => void copyText(row.id)}
              onNearEnd={found.more} loadingMore={found.loadingMore} outdated={found.outdated} remember="messages"
              sorts={{ created: { now: sort === "created" ? "ascending" : "descending", change: () => choose(withSort(q, sort === "created" ? "-created" : "created", undefined)) } }}
            />
          )}
          {found.rows.length > 0 && found.lookedTo !== null && <LookFurther found={found} sort={sort} />}
        </>
      )}
      {composing && <ComposeDialog onClose={() => setComposing(false)} />}
    </Page>
  );
}
