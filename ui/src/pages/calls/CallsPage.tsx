import { useState } from "react";

import type { AttemptView, CallView } from "#ui/bindings/contract";
import { useRows } from "#ui/api/hooks";
import { copyText } from "#ui/api/copy";
import { Label, type Tone } from "#ui/components/Chip";
import { Id } from "#ui/components/Id";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { Page } from "#ui/frame/Page";
import { Grid } from "#ui/grid/Grid";
import { makeColumns } from "#ui/grid/columns";
import { t, tn, word } from "#ui/messages/t";
import paymentsStyles from "#ui/pages/payments/PaymentsPage.module.css";

import styles from "./CallsPage.module.css";
import { QuotaPanel } from "./QuotaPanel";


function toneOf(attempt: AttemptView | undefined): Tone {
  const status = attempt?.status ?? null;
  if (status === null) return "bad";
  if (status < 300) return "good";
  return status === 429 || status === 409 ? "warn" : "bad";
}

function Status({ attempt }: { attempt: AttemptView | undefined }) {
  if (attempt === undefined) return null;
  const words = attempt.status === null ? visible(word("callError", attempt.error ?? "unknown"), "prose") : String(attempt.status);
  return <Label tone={toneOf(attempt)}>{words}</Label>;
}

const COLUMNS = makeColumns<CallView>([
  { id: "method", header: t("column.httpMethod"), track: "72px", cell: (row) => <span className="mono">{visible(row.method, "exact")}</span> },
  { id: "path", header: t("column.path"), track: "minmax(160px, 2.4fr)", cell: (row) => <span className="mono"><Untrusted text={row.path} as="exact" /></span> },
  { id: "status", header: t("column.status"), track: "minmax(84px, 0.7fr)", cell: (row) => <Status attempt={row.attempts.at(-1)} /> },
  { id: "attempts", header: t("column.attempts"), track: "72px", number: true, cell: (row) => count.format(row.attempts.length) },
  { id: "duration", header: t("column.duration"), track: "96px", number: true, cell: (row) => t("calls.ms", { ms: count.format(row.attempts.reduce((sum, one) => sum + one.duration_ms, 0)) }) },
  { id: "request", header: t("column.requestId"), track: "minmax(90px, 1.3fr)", cell: (row) => { const id = row.attempts.at(-1)?.request_id ?? null; return id !== null && <Id id={id} bare />; } },
  { id: "started", header: t("column.started"), track: "minmax(110px, 0.9fr)", cell: (row) => <Time at={row.started} short /> },
  { id: "account", header: t("column.account"), track: "minmax(70px, 0.7fr)", cell: (row) => <Untrusted text={row.account} /> },
]);

/** Every call that left this machine, with its tries, and what is left of the rate. */
export function CallsPage() {
  const [writesOnly, setWritesOnly] = useState(false);
  const found = useRows("list_calls", { writes_only: writesOnly });
  return (
    <Page title={<>{t("nav.calls")} {found.total !== null && <span className={paymentsStyles.total}>{tn("calls.total", found.total)}</span>}</>}>
      <QuotaPanel />
      <div className={paymentsStyles.tools}>
        <div className={paymentsStyles.chips} role="group" aria-label={t("calls.which")}>
          <button type="button" className={paymentsStyles.chip} aria-pressed={!writesOnly} onClick={() => setWritesOnly(false)}>{t("calls.all")}</button>
          <button type="button" className={paymentsStyles.chip} aria-pressed={writesOnly} onClick={() => setWritesOnly(true)}>{t("calls.writes")}</button>
        </div>
      </div>
      {found.error !== null && !found.known ? (
        <Failed error={found.error} again={found.again} />
      ) : found.loading ? (
        <Loading rows={8} />
      ) : found.rows.length === 0 ? (
        <Empty title={t("calls.none")} hint={t("calls.noneHint")} />
      ) : (
        <Grid
          name={t("nav.calls")} rows={found.rows} columns={COLUMNS} rowId={(row) => row.call_id} total={found.total ?? 0}
          onCopy={(row) => void copyText(row.attempts.at(-1)?.request_id ?? row.call_id)}
          detail={(row) => <Attempts call={row} />}
          onNearEnd={found.more} loadingMore={found.loadingMore} outdated={found.outdated} remember="calls"
        />
      )}
    </Page>
  );
}

function Attempts({ call }: { call: CallView }) {
  return (
    <table className={styles.attempts}>
      <thead>
        <tr>
          <th scope="col" className="number">{t("column.attempt")}</th>
          <th scope="col">{t("column.status")}</th>
          <th scope="col" className="number">{t("column.duration")}</th>
          <th scope="col">{t("column.decision")}</th>
          <th scope="col">{t("column.requestId")}</th>
          <th scope="col">{t("column.idempotencyKey")}</th>
        </tr>
      </thead>
      <tbody>
        {call.attempts.map((attempt) => (
          <tr key={attempt.attempt}>
            <td className="number">{count.format(attempt.attempt)}</td>
            <td><Status attempt={attempt} /></td>
            <td className="number">{t("calls.ms", { ms: count.format(attempt.duration_ms) })}</td>
            <td>
              {visible(word("decision", attempt.decision), "prose")}
              {attempt.wait_ms !== null && <span className="quiet"> {t("calls.after", { ms: count.format(attempt.wait_ms) })}</span>}
            </td>
            <td>{attempt.request_id !== null && <Id id={attempt.request_id} />}</td>
            <td>{attempt.idempotency_key !== null && <Id id={attempt.idempotency_key} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
