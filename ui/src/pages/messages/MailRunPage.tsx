import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import type { MailRunRowView, MailRunView } from "#ui/bindings/contract";
import { copyText } from "#ui/api/copy";
import { useAnswer, useRows } from "#ui/api/hooks";
import { Chip } from "#ui/components/Chip";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { Words } from "#ui/components/Words";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { roughly } from "#ui/format/time";
import { Page, Stale } from "#ui/frame/Page";
import { makeColumns } from "#ui/grid/columns";
import { Grid } from "#ui/grid/Grid";
import { codeWords } from "#ui/messages/errors";
import { t, tn, word } from "#ui/messages/t";
import bulkStyles from "#ui/pages/bulk/Bulk.module.css";
import paymentStyles from "#ui/pages/payment/PaymentPage.module.css";
import paymentsStyles from "#ui/pages/payments/PaymentsPage.module.css";

import { MESSAGE_TONES, MessageReason } from "./columns";
import { MAIL_FILTERS, type MailFilter, recipientsOf, runTone } from "./mailRun";
import { MailRunActions } from "./MailRunActions";
import styles from "./Messages.module.css";
import { RenderedMail } from "./RenderedMail";

const route = getRouteApi("/messages/bulk/$id");

/** One run: what it says to whom, who is left out and why, and what became of each. */
export function MailRunPage() {
  const { id } = route.useParams();
  const run = useAnswer("show_mail_run", { id });
  const again = () => void run.refetch();
  if (run.data === undefined) {
    return <Page title={<Back />}>{run.error === null ? <Loading rows={8} /> : <Failed error={run.error} again={again} />}</Page>;
  }
  return (
    <Page title={<><Back /> <span className={paymentsStyles.total}><Untrusted text={run.data.source === "text" ? t("bulk.pasted") : run.data.name} /></span> <Chip group="bulkState" code={run.data.state} tone={runTone(run.data)} /></>} aside={<MailRunActions run={run.data} />}>
      <Stale error={run.error} again={again} />
      <Standing run={run.data} />
      {run.data.state === "ready" && <Samples id={run.data.id} />}
      <Recipients run={run.data} />
    </Page>
  );
}

function Back() {
  return <Link to="/messages/bulk" className={paymentStyles.back}>{t("mailRun.title")}</Link>;
}

function Standing({ run }: { run: MailRunView }) {
  return (
    <div className={bulkStyles.standing}>
      {run.same_as !== null && <p className={bulkStyles.warning} role="status"><Words of="mailRun.sameAs" with={{ run: <Link to="/messages/bulk/$id" params={{ id: run.same_as }}>{t("bulk.earlierRun")}</Link> }} /></p>}
      {!run.suppressions_read && <p className={bulkStyles.warning} role="status">{t("mailRun.suppressionsUnread")}</p>}
      {run.state === "paused" && <p className={bulkStyles.warning} role="status">{pausedBecause(run)}</p>}
      {run.in_doubt > 0 && run.state !== "running" && <p className={bulkStyles.warning} role="status">{tn("mailRun.doubtWords", run.in_doubt)}</p>}
      {run.send_at !== null && <p><Words of={run.schedule === "paused" ? "mailRun.isHeld" : run.schedule === "canceled" ? "mailRun.isCanceled" : "mailRun.goesAt"} with={{ time: <Time at={run.send_at} /> }} /></p>}
      {run.state === "running" && <Progress run={run} />}
    </div>
  );
}

function pausedBecause(run: MailRunView): string {
  const code = run.problem ?? "by_person";
  const words = codeWords(code);
  const why = words === null ? word("mailPaused", code) : `${words.what} ${words.next}`;
  const said = run.problem_detail === null ? "" : t("error.vendorSays", { detail: visible(run.problem_detail, "prose") });
  return [t("mailRun.paused"), why.trim(), said].filter((part) => part !== "").join(" ");
}

function Progress({ run }: { run: MailRunView }) {
  const whole = run.rows - recipientsOf(run, "suppressed") - recipientsOf(run, "duplicate") - recipientsOf(run, "invalid");
  const ended = Math.max(whole - run.to_send, 0);
  const parts = [t("bulk.progress", { ended: count.format(ended), total: count.format(whole) })];
  if (run.rows_per_second !== null) parts.push(t("sync.rate", { rate: count.format(run.rows_per_second) }));
  if (run.remaining_ms !== null) {
    const left = roughly(run.remaining_ms);
    parts.push(t("sync.left", { time: tn(left.key, left.count) }));
  }
  return (
    <div className={bulkStyles.progress} role="status">
      <progress aria-label={t("mailRun.progressOf")} max={Math.max(whole, 1)} value={ended} />
      <span>{parts.join(t("list.separator"))}</span>
    </div>
  );
}

/** What the first three would get, before anything is sent. */
function Samples({ id }: { id: string }) {
  const shown = useAnswer("preview_mail_run", { id });
  if (shown.error !== null) return <ErrorNote error={shown.error} reading />;
  if (shown.data === undefined || shown.data.items.length === 0) return null;
  return (
    <details className={styles.samples}>
      <summary>{tn("mailRun.samples", shown.data.items.length)}</summary>
      <p className="quiet">{t("compose.from")} <Untrusted text={shown.data.from} /></p>
      <ol>
        {shown.data.items.map((one) => (
          <li key={one.line}>
            <p><strong><Untrusted personal text={one.to} as="exact" /></strong></p>
            <RenderedMail mail={one.rendered} />
            {one.sandbox_mode && <p role="note">{t("messages.onlyCheckedWords")}</p>}
          </li>
        ))}
      </ol>
    </details>
  );
}

const COLUMNS = makeColumns<MailRunRowView>([
  { id: "line", header: t("bulk.line"), track: "64px", number: true, cell: (row) => count.format(row.line) },
  { id: "to", header: t("column.to"), track: "minmax(150px, 1.6fr)", cell: (row) => <Untrusted personal text={row.to ?? row.given} as="exact" /> },
  { id: "state", header: t("column.status"), track: "minmax(110px, 0.9fr)", cell: (row) => (row.message === null ? <Chip group="mailRow" code={row.state} tone={ROW_TONES[row.state] ?? "warn"} /> : <Chip group="messageState" code={row.state} tone={MESSAGE_TONES[row.state] ?? "calm"} />) },
  { id: "reason", header: t("column.reason"), track: "minmax(140px, 2.2fr)", cell: (row) => <RowReason row={row} /> },
  { id: "payment", header: t("column.payment"), track: "minmax(90px, 1fr)", cell: (row) => row.payment },
  { id: "delivered", header: t("mailRun.delivered"), track: "minmax(110px, 0.8fr)", cell: (row) => row.delivered !== null && <Time at={row.delivered} short /> },
]);

const ROW_TONES: Record<string, "calm" | "info" | "warn" | "bad"> = { ready: "info", canceled: "calm", duplicate: "calm", invalid: "bad" };

function RowReason({ row }: { row: MailRunRowView }) {
  const why = row.message === null && row.reason !== null ? <>{word("mailProblem", row.reason)}</> : <MessageReason reason={row.reason} />;
  return <>{why}{row.detail !== null && <> <Untrusted personal text={row.detail} /></>}</>;
}

function Recipients({ run }: { run: MailRunView }) {
  const [wanted, setFilter] = useState<MailFilter>("all");
  const filter = recipientsOf(run, wanted) === 0 ? "all" : wanted;
  const navigate = useNavigate();
  const found = useRows("list_mail_run_rows", { id: run.id, states: [...MAIL_FILTERS[filter]] });
  const open = (row: MailRunRowView) => { if (row.message !== null) void navigate({ to: "/messages/$id", params: { id: row.message } }); };
  return (
    <>
      <div className={paymentsStyles.tools}>
        <div className={paymentsStyles.chips} role="group" aria-label={t("bulk.states")}>
          {(Object.keys(MAIL_FILTERS) as MailFilter[]).filter((one) => one === "all" || recipientsOf(run, one) > 0).map((one) => (
            <button key={one} type="button" className={paymentsStyles.chip} aria-pressed={one === filter} onClick={() => setFilter(one)}>
              {t(`mailRun.filter.${one}`)}<span className={paymentsStyles.badge}>{count.format(recipientsOf(run, one))}</span>
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
        <Grid name={t("mailRun.recipients")} rows={found.rows} columns={COLUMNS} rowId={(row) => String(row.line)} total={found.total ?? 0} onOpen={open} onCopy={(row) => void copyText(row.to ?? row.given)} onNearEnd={found.more} loadingMore={found.loadingMore} outdated={found.outdated} />
      )}
    </>
  );
}
