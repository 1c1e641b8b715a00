import type { HistoryView } from "#ui/bindings/contract";
import { Chip, Label } from "#ui/components/Chip";
import { Id } from "#ui/components/Id";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { makeColumns } from "#ui/grid/columns";
import { t, word } from "#ui/messages/t";

/** How an event came, and why a request brought none. */
function Came({ row }: { row: HistoryView }) {
  return (
    <>
      <Chip group="came" code={row.came} />
      {row.reason !== null && <span className="quiet"> {visible(word("apart", row.reason), "prose")}</span>}
    </>
  );
}

/** How sending it on stands: the worst first, since that is what is looked for. */
function Sent({ row }: { row: HistoryView }) {
  if (row.deliveries === null) return null;
  const { waiting, delivered, failed } = row.deliveries;
  return (
    <>
      {failed > 0 && <Label tone="bad">{t("webhooks.sentFailed", { count: count.format(failed) })}</Label>}{" "}
      {waiting > 0 && <Label tone="info">{t("webhooks.sentWaiting", { count: count.format(waiting) })}</Label>}{" "}
      {delivered > 0 && <Label tone="good">{t("webhooks.sentDelivered", { count: count.format(delivered) })}</Label>}
    </>
  );
}

/** The columns of the history, in the order in which they stand. */
export const HISTORY_COLUMNS = makeColumns<HistoryView>([
  { id: "created", header: t("column.when"), track: "minmax(120px, 0.9fr)", cell: (row) => <Time at={row.created} short /> },
  { id: "type", header: t("column.type"), track: "minmax(170px, 1.7fr)", cell: (row) => <span className="mono"><Untrusted text={row.type ?? t("webhooks.noType")} as="exact" /></span> },
  { id: "object", header: t("column.about"), track: "minmax(120px, 1.4fr)", cell: (row) => row.object_id === null ? null : <Id id={row.object_id} bare /> },
  { id: "came", header: t("column.came"), track: "minmax(130px, 1.2fr)", cell: (row) => <Came row={row} /> },
  { id: "deliveries", header: t("webhooks.deliveries"), track: "minmax(90px, 0.9fr)", cell: (row) => <Sent row={row} /> },
  { id: "id", header: t("column.id"), track: "minmax(90px, 1.1fr)", cell: (row) => <Id id={row.id} bare /> },
  { id: "account", header: t("column.account"), track: "minmax(70px, 0.6fr)", cell: (row) => <Untrusted text={row.account} /> },
]);

/** One event may be known to two accounts. */
export function historyRowId(row: HistoryView): string {
  return `${row.account} ${row.id}`;
}
