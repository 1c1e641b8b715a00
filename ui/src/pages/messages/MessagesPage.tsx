import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";

import { copyText } from "#ui/api/copy";
import { useRows } from "#ui/api/hooks";
import { usePersonalField } from "#ui/api/personal";
import { Button, IconButton } from "#ui/components/Button";
import { Icon } from "#ui/components/Icon";
import { Keys } from "#ui/components/Keys";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Page, Stale } from "#ui/frame/Page";
import { useReadOnly, useWriteAccess } from "#ui/frame/writeAccess";
import { Grid, type GridHandle } from "#ui/grid/Grid";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn } from "#ui/messages/t";
import paymentsStyles from "#ui/pages/payments/PaymentsPage.module.css";
import { QueryMistake } from "#ui/pages/payments/QueryMistake";

import { MESSAGE_COLUMNS } from "./columns";
import { ComposeDialog } from "./ComposeDialog";
import { SyncButton } from "./SyncButton";

/** How long typing rests before it is searched for. */
const SETTLE_MS = 200;
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
  useEffect(() => {
    if (typed === q) return undefined;
    const timer = window.setTimeout(() => search(typed), SETTLE_MS);
    return () => window.clearTimeout(timer);
  });
  const found = useRows("list_messages", { query: q });
  const choose = (query: string) => { setTyped(query); search(query); };
  const compose = () => guarded(() => setComposing(true));
  useHotkey("back", () => choose(""), q !== "");
  useHotkey("compose", compose, !readOnly);
  return (
    <Page
      title={<>{t("nav.messages")} {found.total !== null && <span className={paymentsStyles.total} aria-live="polite">{tn("messages.total", found.total)}</span>}</>}
      aside={<><SyncButton disabled={readOnly} /><Button look="main" hotkey="compose" disabled={readOnly} onClick={compose}>{t("messages.compose")}</Button></>}
    >
      <div className={paymentsStyles.tools}>
        <MessageBox value={typed} onChange={setTyped} onEnter={() => { search(typed); grid.current?.enter(); }} onClear={() => choose("")} />
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
          {found.rows.length === 0 ? (
            <Empty title={t(q === "" ? "messages.none" : "messages.notFound")} hint={t(q === "" ? "messages.noneHint" : "messages.notFoundHint")} />
          ) : (
            <Grid
              ref={grid} name={t("nav.messages")} rows={found.rows} columns={MESSAGE_COLUMNS} rowId={(row) => row.id} total={found.total}
              onOpen={(row) => void navigate({ to: "/messages/$id", params: { id: row.id } })}
              onCopy={(row) => void copyText(row.id)}
              onNearEnd={found.more} loadingMore={found.loadingMore} outdated={found.outdated} remember="messages"
            />
          )}
        </>
      )}
      {composing && <ComposeDialog onClose={() => setComposing(false)} />}
    </Page>
  );
}

interface MessageBoxProps {
  value: string;
  onChange: (query: string) => void;
  onEnter: () => void;
  onClear: () => void;
}

/** The box that finds messages. */
function MessageBox({ value, onChange, onEnter, onClear }: MessageBoxProps) {
  const field = useRef<HTMLInputElement>(null);
  // What is searched for is mostly an address; while personal data is hidden it shows only to whoever types.
  const cover = usePersonalField(value);
  useHotkey("find", () => { field.current?.focus(); field.current?.select(); });
  return (
    <div className={paymentsStyles.find} role="search">
      <Icon name="find" />
      <input
        ref={field} className={paymentsStyles.input} type="text" aria-label={t("messages.find")} aria-keyshortcuts="/" placeholder={t("messages.findHint")}
        {...cover.field} autoComplete="off" spellCheck={false} maxLength={2_000}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === "ArrowDown" || (event.key === "Escape" && value === "")) onEnter();
          else if (event.key === "Escape") onClear();
          else return;
          event.preventDefault();
        }}
      />
      {value === "" ? <Keys id="find" /> : <IconButton icon="close" name={t("payments.clear")} onClick={() => { onClear(); field.current?.focus(); }} />}
    </div>
  );
}
