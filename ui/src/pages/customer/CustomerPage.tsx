import { getRouteApi, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { CustomerDetail } from "#ui/bindings/contract";
import { useAnswer } from "#ui/api/hooks";
import { copyText } from "#ui/api/copy";
import { Button } from "#ui/components/Button";
import { Label } from "#ui/components/Chip";
import { Id } from "#ui/components/Id";
import { Failed, Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { Page, Stale } from "#ui/frame/Page";
import { MirrorAsOf } from "#ui/frame/StatusBar";
import { Grid } from "#ui/grid/Grid";
import { t, tn } from "#ui/messages/t";
import { Fact, Facts } from "#ui/pages/payment/Facts";
import { Metadata } from "#ui/pages/payment/PaymentFacts";
import { Back } from "#ui/pages/payment/PaymentPage";
import paymentStyles from "#ui/pages/payment/PaymentPage.module.css";
import { CardText, PAYMENT_COLUMNS } from "#ui/pages/payments/columns";
import { quoted } from "#ui/pages/payments/query";

import styles from "./CustomerPage.module.css";
import { PersonRights } from "./PersonRights";

const route = getRouteApi("/customers/$id");

/** A customer by the vendor's id. */
export function CustomerPage() {
  const { id } = route.useParams();
  const shown = useAnswer("show_customer", { id });
  const again = () => void shown.refetch();
  if (shown.data === undefined) {
    return <Page title={<Back />}>{shown.error === null ? <Loading /> : <Failed error={shown.error} again={again} />}</Page>;
  }
  return <CustomerBody customer={shown.data} stale={<Stale error={shown.error} again={again} />} />;
}

const HIDDEN = ["email", "name", "account"];

/** What is known of a customer, what they saved and what they paid. */
export function CustomerBody({ customer, stale }: { customer: CustomerDetail; stale: ReactNode }) {
  const navigate = useNavigate();
  const { payments } = customer;
  return (
    <Page scrolls aside={<><MirrorAsOf /><PersonRights customer={customer} /></>} title={<><Back /><Untrusted personal text={customer.name ?? customer.email ?? customer.id} />{customer.deleted && <Label tone="warn">{t("customer.deleted")}</Label>}</>}>
      {stale}
      <div className={styles.top}>
        <div className={paymentStyles.left}>
          <Facts title={t("customer.facts")}>
            <Fact name={t("payment.email")}>{customer.email !== null && <Id personal id={customer.email} />}</Fact>
            <Fact name={t("customer.phone")}>{customer.phone !== null && <Untrusted personal text={customer.phone} as="exact" />}</Fact>
            <Fact name={t("column.description")}>{customer.description !== null && <Untrusted personal text={customer.description} />}</Fact>
            <Fact name={t("customer.since")}><Time at={customer.created} /></Fact>
            <Fact name={t("column.id")}><Id id={customer.id} /></Fact>
            <Fact name={t("column.account")}><Untrusted text={customer.account} /></Fact>
          </Facts>
          <Metadata metadata={customer.metadata} />
        </div>
        <SavedMethods customer={customer} />
      </div>
      <section className={styles.payments} aria-label={t("nav.payments")}>
        <h2 className={styles.heading}>{t("nav.payments")} <span className="quiet">{tn("payments.total", payments.total)}</span>
          {payments.total > payments.items.length && (
            <Button look="quiet" onClick={() => void navigate({ to: "/payments", search: { q: `customer:${quoted(customer.id)}` } })}>{t("customer.allPayments")}</Button>
          )}
        </h2>
        {payments.items.length === 0 ? <p className="quiet">{t("customer.noPayments")}</p> : (
          <div className={styles.grid} style={{ height: Math.min(420, 32 + payments.items.length * 34) }}>
            <Grid
              name={t("nav.payments")} rows={payments.items} columns={PAYMENT_COLUMNS} hidden={HIDDEN} total={payments.total}
              rowId={(row) => row.own_id} remember={`customer-${customer.id}`}
              onOpen={(row) => void navigate({ to: "/payments/$id", params: { id: row.own_id } })}
              onCopy={(row) => void copyText(row.id)}
            />
          </div>
        )}
      </section>
    </Page>
  );
}

function SavedMethods({ customer }: { customer: CustomerDetail }) {
  const saved = customer.saved_payment_methods;
  return (
    <section className={paymentStyles.card} aria-label={t("customer.saved")}>
      <h2>{t("customer.saved")}</h2>
      {saved === null ? <p className="quiet">{t("customer.savedUnknown")}</p> : saved.length === 0 ? <p className="quiet">{t("customer.savedNone")}</p> : (
        <ul className={paymentStyles.list}>
          {saved.map((method) => (
            <li key={method.id} className={paymentStyles.line}>
              <CardText card={method.card} method={method.method} />
              {method.card?.exp_month != null && method.card.exp_year !== null && <span className="quiet">{t("card.expiry", { month: String(method.card.exp_month).padStart(2, "0"), year: String(method.card.exp_year) })}</span>}
              <span className={paymentStyles.lineEnd}><Id id={method.id} /></span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
