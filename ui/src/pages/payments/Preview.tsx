import { Link } from "@tanstack/react-router";

import type { PaymentView } from "#ui/bindings/contract";
import { Amount } from "#ui/components/Amount";
import { Id } from "#ui/components/Id";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { visible } from "#ui/format/text";
import { t, word } from "#ui/messages/t";
import { Fact } from "#ui/pages/payment/Facts";

import { CardText } from "./columns";
import styles from "./PaymentsPage.module.css";

/** What is known of a payment in place, without leaving the list and without asking anybody. */
export function Preview({ payment }: { payment: PaymentView }) {
  const failed = payment.decline_reason ?? payment.failure_code;
  return (
    <dl className={styles.preview}>
      <Fact name={t("payment.refunded")}>{payment.refunded.minor !== "0" && <Amount money={payment.refunded} vendor={payment.vendor} />}</Fact>
      <Fact name={t("column.reason")}>{failed !== null && visible(word("decline", failed), "prose")}</Fact>
      <Fact name={t("payment.email")}>{payment.email !== null && <Id personal id={payment.email} />}</Fact>
      <Fact name={t("column.name")}>{payment.name !== null && <Untrusted personal text={payment.name} />}</Fact>
      <Fact name={t("payment.customer")}>{payment.customer !== null && <Link to="/customers/$id" params={{ id: payment.customer }}>{t("payment.openCustomer")}</Link>}</Fact>
      <Fact name={t("column.method")}><CardText card={payment.card} method={payment.method} /></Fact>
      <Fact name={t("column.description")}>{payment.description !== null && <Untrusted personal text={payment.description} />}</Fact>
      <Fact name={t("payment.statement")}>{payment.statement_descriptor !== null && <Untrusted text={payment.statement_descriptor} as="exact" />}</Fact>
      <Fact name={t("column.created")}><Time at={payment.created} /></Fact>
      <Fact name={t("column.id")}><Id id={payment.id} /></Fact>
    </dl>
  );
}
