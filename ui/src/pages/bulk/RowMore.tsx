import { Link } from "@tanstack/react-router";

import type { BulkRowView } from "#ui/bindings/contract";
import { Button } from "#ui/components/Button";
import { Id } from "#ui/components/Id";
import { Untrusted } from "#ui/components/Untrusted";
import { Words } from "#ui/components/Words";
import { visible } from "#ui/format/text";
import { codeWords } from "#ui/messages/errors";
import { t, word } from "#ui/messages/t";
import { Fact } from "#ui/pages/payment/Facts";

import styles from "./Bulk.module.css";

/** What is wrong with a row. Its detail is of the file or of the vendor, and may be of the payer. */
export function RowProblem({ code, detail }: { code: string; detail: string | null }) {
  const words = visible(problemWords(code), "prose");
  return detail === null || detail === "" ? <bdi>{words}</bdi> : <Words of="bulk.problemDetail" with={{ words, detail: <Untrusted personal text={detail} /> }} />;
}

/** What is wrong with a row, in words. Refusals of the moment of sending are those of single refunds. */
export function problemWords(code: string): string {
  const known = word("bulkProblem", code);
  const isOwn = known !== code.replaceAll("_", " ");
  // A sentence with a hole in it is left out, and then the bare word says more.
  const other = isOwn ? "" : (codeWords(code)?.what ?? "");
  return other === "" ? known : other;
}

interface RowMoreProps {
  row: BulkRowView;
  onTick: () => void;
}

/** What stood in the file, and what became of it. */
export function RowMore({ row, onTick }: RowMoreProps) {
  const given = [row.given_payment, row.given_email, row.given_order, row.given_amount, row.given_currency, row.given_date].filter((one) => one !== null);
  return (
    <div className={styles.more}>
      <dl>
        <Fact name={t("bulk.problem")}>{row.problem !== null && <RowProblem code={row.problem} detail={row.problem_detail} />}</Fact>
        <Fact name={t("bulk.given")}>{given.length > 0 && <Untrusted personal text={given.join(t("list.separator"))} as="exact" />}</Fact>
        <Fact name={t("column.payment")}>{row.payment !== null && <Link to="/payments/$id" params={{ id: row.payment }}><Untrusted text={row.payment} as="exact" /></Link>}</Fact>
        <Fact name={t("column.refund")}>{row.refund_id !== null && <Id id={row.refund_id} />}</Fact>
        <Fact name={t("column.refundStatus")}>{row.refund_status !== null && word("refundStatus", row.refund_status)}</Fact>
        <Fact name={t("column.intent")}>{row.intent_id !== null && <Id id={row.intent_id} />}</Fact>
        <Fact name={t("nav.approvals")}>{row.approval !== null && <Id id={row.approval} />}</Fact>
        <Fact name={t("column.reason")}>{row.reason !== null && <Untrusted text={word("reason", row.reason)} />}</Fact>
        <Fact name={t("refund.note")}>{row.note !== null && <Untrusted personal text={row.note} />}</Fact>
        <Fact name={t("refunds.trace")}>{row.trace_reference !== null && <Id id={row.trace_reference} />}</Fact>
      </dl>
      {row.can_tick && <Button hotkey="tickRow" onClick={onTick}>{t(row.ticked ? "bulk.untick" : "bulk.tick")}</Button>}
    </div>
  );
}
