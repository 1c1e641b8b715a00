import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import type { BulkFile, BulkOrigin, BulkRunView } from "#ui/bindings/contract";
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
import paymentsStyles from "#ui/pages/payments/PaymentsPage.module.css";

import { Bring } from "./Bring";
import { toneOf } from "./bulk";
import styles from "./Bulk.module.css";
import { MappingForm } from "./MappingForm";

const COLUMNS = makeColumns<BulkRunView>([
  { id: "name", header: t("bulk.from"), track: "minmax(140px, 2fr)", cell: (run) => <Untrusted text={run.source === "text" ? t("bulk.pasted") : run.name} /> },
  { id: "state", header: t("column.state"), track: "minmax(96px, 1fr)", cell: (run) => <Chip group="bulkState" code={run.state} tone={toneOf(run)} /> },
  { id: "rows", header: t("bulk.rows"), track: "minmax(64px, 0.6fr)", number: true, cell: (run) => count.format(run.rows) },
  { id: "toSend", header: t("bulk.filter.ready"), track: "minmax(72px, 0.7fr)", number: true, cell: (run) => count.format(run.to_send) },
  { id: "ended", header: t("bulk.endedRows"), track: "minmax(64px, 0.6fr)", number: true, cell: (run) => count.format(run.ended_rows) },
  { id: "account", header: t("column.account"), track: "minmax(80px, 1fr)", cell: (run) => <Untrusted text={run.account} /> },
  { id: "created", header: t("bulk.made"), track: "minmax(128px, 1fr)", cell: (run) => <Time at={run.created} short /> },
]);

interface Brought {
  origin: BulkOrigin;
  file: BulkFile;
}

/** Refunds by the thousand: bring a file, or go on with one that was brought before. */
export function BulkPage() {
  const navigate = useNavigate();
  const runs = useRows("list_bulk_runs", {});
  const read = useAction("read_bulk");
  const [brought, setBrought] = useState<Brought | null>(null);
  const bring = (origin: BulkOrigin) => {
    if (read.isPending) return;
    read.mutate({ origin }, { onSuccess: (file) => setBrought({ origin, file }) });
  };
  const open = (id: string) => void navigate({ to: "/bulk/$id", params: { id } });
  return (
    <Page title={<>{t("nav.bulk")} {runs.total !== null && runs.total > 0 && <span className={paymentsStyles.total} aria-live="polite">{tn("bulk.runs", runs.total)}</span>}</>}>
      {brought === null ? (
        <>
          <Bring busy={read.isPending} onBring={bring} />
          {read.error !== null && <div className={styles.note}><ErrorNote error={read.error} reading /></div>}
          <Runs runs={runs} onOpen={open} />
        </>
      ) : (
        <MappingForm origin={brought.origin} file={brought.file} onFile={(file) => setBrought({ ...brought, file })} onDone={open} onBack={() => setBrought(null)} />
      )}
    </Page>
  );
}

function Runs({ runs, onOpen }: { runs: ReturnType<typeof useRows<"list_bulk_runs">>; onOpen: (id: string) => void }) {
  if (runs.error !== null && !runs.known) return <Failed error={runs.error} again={runs.again} />;
  if (runs.loading) return <Loading rows={4} />;
  return (
    <>
      <Stale error={runs.error} again={runs.again} />
      {runs.rows.length === 0 ? (
        <Empty title={t("bulk.none")} hint={t("bulk.noneHint")}><Link to="/payments">{t("bulk.noneViews")}</Link></Empty>
      ) : (
        <Grid name={t("bulk.runsBefore")} rows={runs.rows} columns={COLUMNS} rowId={(run) => run.id} total={runs.total ?? 0} onOpen={(run) => onOpen(run.id)} onNearEnd={runs.more} loadingMore={runs.loadingMore} remember="bulk" />
      )}
    </>
  );
}
