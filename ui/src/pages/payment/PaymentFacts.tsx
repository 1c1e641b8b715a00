import { Link } from "@tanstack/react-router";

import type { PaymentDetail } from "#ui/bindings/contract";
import { Amount } from "#ui/components/Amount";
import { Id } from "#ui/components/Id";
import { Label } from "#ui/components/Chip";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { visible } from "#ui/format/text";
import { t, word } from "#ui/messages/t";
import { CardText } from "#ui/pages/payments/columns";

import { Fact, Facts } from "./Facts";
import styles from "./PaymentPage.module.css";

const zero = (minor: string) => BigInt(minor) === 0n;

/** What is known of a payment. */
export function PaymentFacts({ payment }: { payment: PaymentDetail }) {
  const { vendor } = payment;
  const failed = payment.failure_code ?? payment.decline_reason;
  return (
    <>
      {failed !== null && (
        <section className={styles.failure}>
          <h2>{t("payment.failedBecause", { reason: visible(word("decline", payment.decline_reason ?? failed), "prose") })}</h2>
          {payment.failure_message !== null && <p><Untrusted text={payment.failure_message} /></p>}
          <p className="quiet"><Untrusted as="exact" text={[payment.failure_code, payment.decline_reason].filter((one) => one !== null).join(t("list.separator"))} /></p>
        </section>
      )}
      <Facts title={t("payment.facts")}>
        <Fact name={t("column.amount")}><Amount money={payment.amount} vendor={vendor} /></Fact>
        {payment.presentment !== null && <Fact name={t("payment.presentment")}><Amount money={payment.presentment} vendor={vendor} /></Fact>}
        {payment.captured.minor !== payment.amount.minor && <Fact name={t("payment.captured")}><Amount money={payment.captured} vendor={vendor} /></Fact>}
        {!zero(payment.refunded.minor) && <Fact name={t("payment.refunded")}><Amount money={payment.refunded} vendor={vendor} /></Fact>}
        <Fact name={t("column.created")}><Time at={payment.created} /></Fact>
        <Fact name={t("column.description")}>{payment.description !== null && <Untrusted personal text={payment.description} />}</Fact>
        <Fact name={t("payment.statement")}>{payment.statement_descriptor !== null && <Untrusted text={payment.statement_descriptor} as="exact" />}</Fact>
        <Fact name={t("payment.receipt")}>{payment.receipt_number !== null && <Id id={payment.receipt_number} />}</Fact>
        <Fact name={t("column.id")}><Id id={payment.id} /></Fact>
        <Fact name={t("payment.intentionId")}>{payment.payment_intent !== null && <Id id={payment.payment_intent} />}</Fact>
        <Fact name={t("payment.ownId")}><Id id={payment.own_id} /></Fact>
        <Fact name={t("column.account")}><Untrusted text={payment.account} /></Fact>
      </Facts>
      <Facts title={t("payment.payer")}>
        <Fact name={t("payment.email")}>{payment.email !== null && <Id personal id={payment.email} />}</Fact>
        <Fact name={t("column.name")}>{payment.name !== null && <Untrusted personal text={payment.name} />}</Fact>
        <Fact name={t("payment.customer")}>
          {payment.customer !== null && (
            <span className={styles.customer}>
              <Link to="/customers/$id" params={{ id: payment.customer }}>{t("payment.openCustomer")}</Link>
              <Id id={payment.customer} />
            </span>
          )}
        </Fact>
        <Fact name={t("column.method")}><CardText card={payment.card} method={payment.method} /></Fact>
        <CardFacts payment={payment} />
        <Fact name={t("payment.risk")}>{payment.risk_level !== null && <Label tone={payment.risk_level === "normal" ? "calm" : "warn"}>{visible(word("risk", payment.risk_level), "prose")}</Label>}</Fact>
      </Facts>
      <Metadata metadata={payment.metadata} />
    </>
  );
}

function CardFacts({ payment }: { payment: PaymentDetail }) {
  const { card } = payment;
  if (card === null) return null;
  const expiry = card.exp_month === null || card.exp_year === null ? null : t("card.expiry", { month: String(card.exp_month).padStart(2, "0"), year: String(card.exp_year) });
  return (
    <>
      <Fact name={t("card.expires")}>{expiry}</Fact>
      <Fact name={t("card.kind")}><Untrusted text={[card.funding === null ? null : word("funding", card.funding), card.country].filter((one) => one !== null).join(t("list.separator"))} /></Fact>
    </>
  );
}

/** The seller's own words, sorted by name. What they say may well be of a payer. */
export function Metadata({ metadata }: { metadata: Record<string, string> }) {
  const names = Object.keys(metadata).sort();
  if (names.length === 0) return null;
  return (
    <Facts title={t("payment.metadata")}>
      {names.map((name) => (
        <div key={name} className={styles.fact}>
          <dt><Untrusted text={name} as="exact" /></dt>
          <dd><Untrusted personal text={metadata[name] ?? ""} as="exact" /></dd>
        </div>
      ))}
    </Facts>
  );
}
