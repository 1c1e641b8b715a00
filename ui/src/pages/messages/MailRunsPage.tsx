import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import type { BulkOrigin, MailListFile, MailRunView } from "#ui/bindings/contract";
import { useAction, useRows } from "#ui/api/hooks";
import { Chip } from "#ui/components/Chip";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { count } from "#ui/format/locale";
import { Page, Stale } from "#ui/frame/Page";
import { makeColumns } from "#ui/grid/columns";
import { Grid } from "#ui/grid/Grid";
import { t, tn } from "#ui/messages/t";
import { Bring } from "#ui/pages/bulk/Bring";
import styles from "#ui/pages/bulk/Bulk.module.css";
import paymentStyles from "#ui/pages/payment/PaymentPage.module.css";
import paymentsStyles from "#ui/pages/payments/PaymentsPage.module.css";

import { BulkCompose } from "./BulkCompose";
import { runTone } from "./mailRun";

const COLUMNS = makeColumns<MailRunView>([
  { id: "name", header: t("bulk.from"), track: "minmax(140px, 2fr)", cell: (run) => <Untrusted text={run.source === "text" ? t("bulk.pasted") : run.name} /> },
  { id: "state", header: t("column.state"), track: "minmax(96px, 1fr)", cell: (run) => <Chip group="bulkState" code={run.state} tone={runTone(run)} /> },
  { id: "rows", header: t("mailRun.recipients"), track: "minmax(80px, 0.7fr)", number: true, cell: (run) => count.format(run.rows) },
  { id: "toSend", header: t("mailRun.toSend"), track: "minmax(72px, 0.7fr)", number: true, cell: (run) => count.format(run.to_send) },
  { id: "doubt", header: t("mailRun.inDoubt"), track: "minmax(72px, 0.7fr)", number: true, cell: (run) => count.format(run.in_doubt) },
  { id: "account", header: t("column.account"), track: "minmax(80px, 1fr)", cell: (run) => <Untrusted text={run.account} /> },
  { id: "created", header: t("bulk.made"), track: "minmax(128px, 1fr)", cell: (run) => <Time at={run.created} short /> },
]);

interface Brought {
  origin: BulkOrigin;
  file: MailListFile;
}

/** Email by the thousand: bring a list, or look at one that was brought before. */
export function MailRunsPage() {
  const navigate = useNavigate();
  const runs = useRows("list_mail_runs", {});
  const read = useAction("read_mail_list");
  const [brought, setBrought] = useState<Brought | null>(null);
  const bring = (origin: BulkOrigin) => {
    if (!read.isPending) read.mutate({ origin }, { onSuccess: (file) => setBrought({ origin, file }) });
  };
  const open = (id: string) => void navigate({ to: "/messages/bulk/$id", params: { id } });
  return (
    <Page title={<><Link to="/messages" className={paymentStyles.back}>{t("nav.messages")}</Link> <span>{t("mailRun.title")}</span> {runs.total !== null && runs.total > 0 && <span className={paymentsStyles.total} aria-live="polite">{tn("bulk.runs", runs.total)}</span>}</>}>
      {brought === null ? (
        <>
          <Bring busy={read.isPending} hint={t("mailRun.bringHint")} viewHint={t("mailRun.viewHint")} onBring={bring} />
          {read.error !== null && <div className={styles.note}><ErrorNote error={read.error} reading /></div>}
          <Runs runs={runs} onOpen={open} />
        </>
      ) : (
        <BulkCompose origin={brought.origin} file={brought.file} onDone={open} onBack={() => setBrought(null)} />
      )}
    </Page>
  );
}

function Runs({ runs, onOpen }: { runs: ReturnType<typeof useRows<"list_mail_runs">>; onOpen: (id: string) => void }) {
  if (runs.error !== null && !runs.known) return <Failed error={runs.error} again={runs.again} />;
  if (runs.loading) return <Loading rows={4} />;
  return (
    <>
      <Stale error={runs.error} again={runs.again} />
      {runs.rows.length === 0 ? (
        <Empty title={t("mailRun.none")} hint={t("mailRun.noneHint")} />
      ) : (
        <Grid name={t("mailRun.runsBefore")} rows={runs.rows} columns={COLUMNS} rowId={(run) => run.id} total={runs.total ?? 0} onOpen={(run) => onOpen(run.id)} onNearEnd={runs.more} loadingMore={runs.loadingMore} remember="mail-runs" />
      )}
    </>
  );
}
