import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";

import type { TemplateDetail, TemplateView } from "#ui/bindings/contract";
import { copyText } from "#ui/api/copy";
import { useAction, useAnswer } from "#ui/api/hooks";
import { useSettled } from "#ui/api/useSettled";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { Id } from "#ui/components/Id";
import { AsOf } from "#ui/frame/StatusBar";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Untrusted } from "#ui/components/Untrusted";
import { Page, Stale } from "#ui/frame/Page";
import { makeColumns } from "#ui/grid/columns";
import { Grid } from "#ui/grid/Grid";
import { t, tn } from "#ui/messages/t";
import paymentStyles from "#ui/pages/payment/PaymentPage.module.css";
import paymentsStyles from "#ui/pages/payments/PaymentsPage.module.css";

import styles from "./Messages.module.css";
import { RenderedMail } from "./RenderedMail";
import { TextTemplatesDialog } from "./TextTemplates";

const COLUMNS = makeColumns<TemplateView>([
  { id: "name", header: t("templates.name"), track: "minmax(140px, 1.2fr)", cell: (template) => <Untrusted text={template.name} /> },
  { id: "subject", header: t("column.subject"), track: "minmax(160px, 2fr)", cell: (row) => (row.subject === null ? <span className="quiet">{t("templates.noVersion")}</span> : <Untrusted text={row.subject} />) },
  { id: "id", header: t("column.id"), track: "minmax(160px, 1.2fr)", cell: (row) => <Id id={row.id} bare /> },
  { id: "updated", header: t("templates.updated"), track: "minmax(120px, 0.8fr)", cell: (row) => row.updated !== null && <Untrusted text={row.updated} /> },
]);

/** The vendor's templates, each with what it comes to. */
export function TemplatesPage() {
  const found = useAnswer("list_templates", { fresh: false });
  const refresh = useAction("list_templates", "templates.refreshFailed");
  const [open, setOpen] = useState<TemplateView | null>(null);
  const [ofSms, setOfSms] = useState(false);
  return (
    <Page
      title={<><Link to="/messages" className={paymentStyles.back}>{t("nav.messages")}</Link> <span>{t("templates.title")}</span> {found.data !== undefined && <span className={paymentsStyles.total}>{tn("templates.total", found.data.items.length)}</span>}</>}
      aside={<>{found.data !== undefined && <AsOf at={found.data.as_of} />}<Button onClick={() => setOfSms(true)}>{t("textTemplates.title")}</Button><Button disabled={refresh.isPending} onClick={() => refresh.mutate({ fresh: true }, { onSuccess: () => void found.refetch() })}>{t("templates.refresh")}</Button></>}
    >
      {found.data === undefined ? (
        found.error === null ? <Loading rows={6} /> : <Failed error={found.error} again={() => void found.refetch()} />
      ) : (
        <>
          <Stale error={found.error} again={() => void found.refetch()} />
          {found.data.items.length === 0 ? (
            <Empty title={t("templates.none")} hint={t("templates.noneHint")} />
          ) : (
            <Grid name={t("templates.title")} rows={found.data.items} columns={COLUMNS} rowId={(row) => row.id} total={found.data.items.length} onOpen={setOpen} onCopy={(row) => void copyText(row.id)} onNearEnd={nothingMore} loadingMore={false} remember="templates" />
          )}
        </>
      )}
      {ofSms && <TextTemplatesDialog onClose={() => setOfSms(false)} />}
      {open !== null && <TemplateDialog template={open} onClose={() => setOpen(null)} />}
    </Page>
  );
}

function nothingMore(): void {
  // All templates come in one answer.
}

/** One template with the data of a payment, and whatever else is typed. */
function TemplateDialog({ template, onClose }: { template: TemplateView; onClose: () => void }) {
  const [payment, setPayment] = useState("");
  const [data, setData] = useState("");
  const dataId = useId();
  const wanted = useSettled({ payment: payment.trim(), data: data.trim() });
  const shown = useAnswer("show_template", { id: template.id, fresh: false, ...(wanted.payment === "" ? {} : { payment: wanted.payment }), ...(wanted.data === "" ? {} : { data: wanted.data }) }, { keep: true });
  return (
    <Dialog open wide title={template.name} about={t("templates.about")} onClose={onClose}>
      <div className={styles.form}>
        <Field label={t("templates.payment")} hint={t("templates.paymentHint")} value={payment} maxLength={200} onChange={(event) => setPayment(event.target.value)} />
        <div>
          <label htmlFor={dataId} className={styles.label}>{t("templates.data")}</label>
          <textarea id={dataId} className={styles.data} value={data} maxLength={100_000} spellCheck={false} placeholder={t("templates.dataHint")} onChange={(event) => setData(event.target.value)} />
        </div>
        {shown.error !== null && <ErrorNote error={shown.error} />}
        {shown.data === undefined ? shown.error === null && <Loading /> : <Shown detail={shown.data} />}
      </div>
      <DialogFoot><Button look="main" onClick={onClose}>{t("dialog.close")}</Button></DialogFoot>
    </Dialog>
  );
}

function Shown({ detail }: { detail: TemplateDetail }) {
  if (detail.rendered === null) return <p role="note">{t("templates.cannotShow")} <Untrusted text={detail.problem ?? ""} /></p>;
  return <RenderedMail mail={detail.rendered} />;
}
