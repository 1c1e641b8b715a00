import type { BulkRowView } from "#ui/bindings/contract";
import { Amount } from "#ui/components/Amount";
import { Chip } from "#ui/components/Chip";
import { Id } from "#ui/components/Id";
import { Untrusted } from "#ui/components/Untrusted";
import { makeColumns } from "#ui/grid/columns";
import { t, word } from "#ui/messages/t";

import { RowProblem } from "./RowMore";

/** A mark that only repeats what the word beside it says. */
function Ticked({ row }: { row: BulkRowView }) {
  if (!row.can_tick) return null;
  return <span role="img" aria-label={t(row.ticked ? "bulk.ticked" : "bulk.notTicked")}>{row.ticked ? "☑" : "☐"}</span>;
}

export const BULK_COLUMNS = makeColumns<BulkRowView>([
  { id: "ticked", header: t("bulk.tickColumn"), track: "minmax(44px, 0.2fr)", cell: (row) => <Ticked row={row} /> },
  { id: "line", header: t("bulk.line"), track: "minmax(52px, 0.3fr)", number: true, cell: (row) => String(row.line) },
  { id: "amount", header: t("column.amount"), track: "minmax(92px, 0.7fr)", number: true, cell: (row) => <Amount money={row.amount} /> },
  { id: "state", header: t("column.state"), track: "minmax(124px, 0.8fr)", cell: (row) => <Chip group="bulkRow" code={row.state} /> },
  { id: "match", header: t("bulk.match.column"), track: "minmax(92px, 0.7fr)", cell: (row) => <span>{word("bulkMatch", row.matched)}{row.matched_by !== null && <span className="quiet"> {word("bulkBy", row.matched_by)}</span>}</span> },
  { id: "payment", header: t("column.payment"), track: "minmax(96px, 1.2fr)", cell: (row) => (row.payment === null ? <span className="quiet"><Untrusted personal text={row.given_payment ?? row.given_order ?? row.given_email ?? ""} as="exact" /></span> : <Id id={row.payment} bare />) },
  { id: "email", header: t("column.email"), track: "minmax(96px, 1.1fr)", cell: (row) => row.given_email !== null && <Untrusted personal text={row.given_email} as="exact" /> },
  { id: "problem", header: t("bulk.problem"), track: "minmax(140px, 2fr)", cell: (row) => row.problem !== null && <RowProblem code={row.problem} detail={row.problem_detail} /> },
]);
