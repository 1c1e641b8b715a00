import type { RefundView } from "#ui/bindings/contract";
import { Amount } from "#ui/components/Amount";
import { Chip, Label } from "#ui/components/Chip";
import { Id } from "#ui/components/Id";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { makeColumns } from "#ui/grid/columns";
import { t, word } from "#ui/messages/t";
import { LeavesIn } from "#ui/pages/payment/BeforeItLeft";
import { moneyOf } from "#ui/pages/payment/refundForm";

/** A row's own name: its intent, or the refund where it was issued elsewhere. */
export function refundRowId(row: RefundView): string {
  return row.intent_id ?? row.refund_id ?? `${row.payment ?? ""}-${row.created}`;
}

export const REFUND_COLUMNS = makeColumns<RefundView>([
  { id: "amount", header: t("column.amount"), track: "minmax(96px, 0.8fr)", number: true, cell: (row) => <Amount money={row.amount} /> },
  { id: "state", header: t("column.intent"), track: "minmax(120px, 1.1fr)", cell: (row) => (row.state === null ? <Label tone="calm">{t("refunds.elsewhere")}</Label> : <>{row.kind !== "refund" && <span className="quiet">{word("intentKind", row.kind)} </span>}<Chip group="state" code={row.state} />{row.release_at !== null && <> <LeavesIn refund={row} /></>}</>) },
  { id: "money", header: t("column.money"), track: "minmax(116px, 1fr)", cell: (row) => row.kind === "refund" && <Chip group="moneyMoved" code={moneyOf(row)} /> },
  { id: "status", header: t("column.refundStatus"), track: "minmax(124px, 1fr)", cell: (row) => row.refund_status !== null && <Chip group="refundStatus" code={row.refund_status} /> },
  { id: "payment", header: t("column.payment"), track: "minmax(90px, 1.4fr)", cell: (row) => row.payment !== null && <Id id={row.payment} bare /> },
  { id: "refund", header: t("column.refund"), track: "minmax(90px, 1.4fr)", cell: (row) => row.refund_id !== null && <Id id={row.refund_id} bare /> },
  { id: "reason", header: t("column.reason"), track: "minmax(80px, 1fr)", cell: (row) => row.reason !== null && <Untrusted text={word("reason", row.reason)} /> },
  { id: "created", header: t("column.created"), track: "minmax(118px, 1fr)", cell: (row) => <Time at={row.created} short /> },
]);
