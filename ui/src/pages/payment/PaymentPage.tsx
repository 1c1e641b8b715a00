import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";

import type { PaymentDetail, PaymentIntentView } from "#ui/bindings/contract";
import { useAnswer } from "#ui/api/hooks";
import { copyText } from "#ui/api/copy";
import { useDenied } from "#ui/api/rights";
import { Amount } from "#ui/components/Amount";
import { Button } from "#ui/components/Button";
import { Chip, Label } from "#ui/components/Chip";
import { Id } from "#ui/components/Id";
import { later } from "#ui/components/later";
import { Failed, Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Page, Stale } from "#ui/frame/Page";
import { AsOf } from "#ui/frame/StatusBar";
import { useReadOnly, useWriteAccess } from "#ui/frame/writeAccess";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { hotkeyTitle } from "#ui/keyboard/title";
import { t } from "#ui/messages/t";
import { MessagesOf } from "#ui/pages/messages/MessagesOf";
import { CustomerBody } from "#ui/pages/customer/CustomerPage";

import { Fact, Facts } from "./Facts";
import { PaymentFacts } from "./PaymentFacts";
import styles from "./PaymentPage.module.css";
import { Timeline } from "./Timeline";

const route = getRouteApi("/payments/$id");

const RefundDialog = later(() => import("./RefundDialog"), "RefundDialog");
const AnswersDialog = later(() => import("./AnswersDialog"), "AnswersDialog");
const EvidenceDialog = later(() => import("./EvidenceDialog"), "EvidenceDialog");
const ComposeDialog = later(() => import("#ui/pages/messages/ComposeDialog"), "ComposeDialog");
const CaptureDialog = later(() => import("./WriteDialogs"), "CaptureDialog");
const CancelDialog = later(() => import("./WriteDialogs"), "CancelDialog");

/** Whatever the id in the address names. */
export function PaymentPage() {
  return <ShownRecord id={route.useParams().id} />;
}

/** Whatever an id names; mostly a payment. */
export function ShownRecord({ id }: { id: string }) {
  const shown = useAnswer("show", { id });
  const again = () => void shown.refetch();
  if (shown.data === undefined) {
    return (
      <Page title={<Back />}>{shown.error === null ? <Loading /> : <Failed error={shown.error} again={again} />}</Page>
    );
  }
  const stale = <Stale error={shown.error} again={again} />;
  switch (shown.data.object) {
    case "payment":
      return <PaymentBody payment={shown.data} stale={stale} />;
    case "payment_intent":
      return <IntentionBody intention={shown.data} stale={stale} />;
    case "customer":
      return <CustomerBody customer={shown.data} stale={stale} />;
  }
}

/** The way back to the list. */
export function Back() {
  return (
    <Link to="/payments" className={styles.back} title={hotkeyTitle("back")}>
      {t("nav.payments")}
    </Link>
  );
}

type Open = "email" | "refund" | "capture" | "cancel" | "evidence" | "answers" | null;

function PaymentBody({ payment, stale }: { payment: PaymentDetail; stale: React.ReactNode }) {
  const [open, setOpen] = useState<Open>(null);
  const { locked, guarded } = useWriteAccess();
  const readOnly = useReadOnly();
  const denied = useDenied(payment.account);
  const kept = (right: string) => {
    const why = readOnly ? t("refund.blockedDisk") : denied(right);
    return why === undefined ? {} : { disabled: true, title: why };
  };
  const refused = denied("write refunds");
  const start = (what: Open) => () => guarded(() => setOpen(what));
  const close = () => setOpen(null);
  useHotkey("refund", start("refund"), payment.actions.refund && !readOnly && refused === undefined);
  useHotkey("copyId", () => void copyText(payment.id));
  useHotkey("evidence", () => setOpen("evidence"));
  useHotkey("answers", () => setOpen("answers"));
  useHotkey("compose", start("email"), !readOnly);
  const vendorUrl = payment.vendor_url;
  return (
    <Page
      scrolls
      title={
        <>
          <Back />
          <span className={styles.amount}><Amount money={payment.amount} vendor={payment.vendor} /></span>
          <Chip group="payment" code={payment.state} />
        </>
      }
      aside={
        <>
          <AsOf at={payment.as_of} />
          {vendorUrl !== null && <Button look="quiet" onClick={() => void copyText(vendorUrl)}>{t("payment.copyVendorUrl")}</Button>}
          <Button look="quiet" hotkey="answers" onClick={() => setOpen("answers")}>{t("answers.open")}</Button>
          <Button look="quiet" hotkey="compose" disabled={readOnly} onClick={start("email")}>{t("messages.compose")}</Button>
          <Button look="quiet" hotkey="evidence" onClick={() => setOpen("evidence")}>{t("evidence.open")}</Button>
          {payment.actions.cancel && <Button {...kept("write payments")} onClick={start("cancel")}>{t("payment.cancel")}</Button>}
          {payment.actions.capture && <Button look="main" {...kept("write payments")} onClick={start("capture")}>{t("payment.capture")}</Button>}
          {payment.actions.refund && <Button look="main" hotkey="refund" {...kept("write refunds")} {...(locked ? { icon: "lock" as const } : {})} onClick={start("refund")}>{t("payment.refund")}</Button>}
        </>
      }
    >
      {stale}
      {payment.actions.refund && refused !== undefined && <p className={styles.denied} role="note">{refused}</p>}
      <div className={styles.columns}>
        <div className={styles.left}>
          <PaymentFacts payment={payment} />
          <Refunds payment={payment} />
          <Disputes payment={payment} />
          <MessagesOf payment={payment.id} />
        </div>
        <Timeline entries={payment.timeline} vendor={payment.vendor} payment={payment.id} />
      </div>
      {open === "refund" && <RefundDialog payment={payment} onClose={close} />}
      {open === "email" && <ComposeDialog payment={payment} onClose={close} />}
      {open === "answers" && <AnswersDialog payment={payment} onClose={close} />}
      {open === "evidence" && <EvidenceDialog payment={payment} onClose={close} />}
      {open === "capture" && <CaptureDialog payment={payment} onClose={close} />}
      {open === "cancel" && <CancelDialog payment={payment} onClose={close} />}
    </Page>
  );
}

function Refunds({ payment }: { payment: PaymentDetail }) {
  if (payment.refunds.length === 0) return null;
  return (
    <section className={styles.card} aria-label={t("nav.refunds")}>
      <h2>{t("nav.refunds")}</h2>
      <ul className={styles.list}>
        {payment.refunds.map((refund) => (
          <li key={refund.intent_id ?? refund.refund_id} className={styles.line}>
            <span className={styles.lineAmount}><Amount money={refund.amount} vendor={payment.vendor} /></span>
            {refund.state === null ? <Label tone="calm">{t("refunds.elsewhere")}</Label> : <Chip group="state" code={refund.state} />}
            {refund.refund_status !== null && <Chip group="refundStatus" code={refund.refund_status} />}
            <span className={styles.lineEnd}>
              {refund.refund_id !== null && <Id id={refund.refund_id} />}
              <span className="quiet"><Time at={refund.created} /></span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Disputes({ payment }: { payment: PaymentDetail }) {
  if (payment.disputes.length === 0) return null;
  return (
    <section className={styles.card} aria-label={t("payment.disputes")}>
      <h2>{t("payment.disputes")}</h2>
      <ul className={styles.list}>
        {payment.disputes.map((dispute) => (
          <li key={dispute.id} className={styles.line}>
            <span className={styles.lineAmount}><Amount money={dispute.amount} vendor={payment.vendor} /></span>
            <Chip group="dispute" code={dispute.status} />
            {dispute.reason !== null && <Chip group="disputeReason" code={dispute.reason} tone="calm" />}
            <span className={styles.lineEnd}>
              <Id id={dispute.id} />
              {dispute.open && dispute.evidence_due !== null && (
                <span className="quiet">{t("payment.evidenceDue")} <Time at={dispute.evidence_due} /></span>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function IntentionBody({ intention, stale }: { intention: PaymentIntentView; stale: React.ReactNode }) {
  return (
    <Page scrolls title={<><Back /><Amount money={intention.amount} /><Chip group="payment" code={intention.status} /></>}>
      {stale}
      <div className={styles.left}>
        <Facts title={t("payment.intention")}>
          <Fact name={t("column.id")}><Id id={intention.id} /></Fact>
          <Fact name={t("payment.received")}><Amount money={intention.received} /></Fact>
          <Fact name={t("payment.capturable")}><Amount money={intention.capturable} /></Fact>
          <Fact name={t("column.created")}><Time at={intention.created} /></Fact>
        </Facts>
      </div>
    </Page>
  );
}
