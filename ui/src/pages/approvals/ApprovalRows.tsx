import type { ApprovalFile, ApprovalRowView } from "#ui/bindings/contract";
import { copyText } from "#ui/api/copy";
import { useRows } from "#ui/api/hooks";
import { Amount } from "#ui/components/Amount";
import { Id } from "#ui/components/Id";
import { Failed, Loading } from "#ui/components/State";
import { Untrusted } from "#ui/components/Untrusted";
import { visible } from "#ui/format/text";
import { makeColumns } from "#ui/grid/columns";
import { Grid } from "#ui/grid/Grid";
import { t, word } from "#ui/messages/t";

import styles from "./Approvals.module.css";

const COLUMNS = makeColumns<ApprovalRowView>([
  { id: "line", header: t("bulk.line"), track: "minmax(52px, 0.3fr)", number: true, cell: (row) => String(row.line) },
  { id: "amount", header: t("column.amount"), track: "minmax(92px, 0.7fr)", number: true, cell: (row) => <Amount money={row.amount} /> },
  { id: "payment", header: t("column.payment"), track: "minmax(120px, 1.4fr)", cell: (row) => <Id id={row.payment} bare /> },
  { id: "reason", header: t("column.reason"), track: "minmax(160px, 1.4fr)", cell: (row) => row.reason !== null && <Untrusted text={visible(word("reason", row.reason), "prose")} /> },
  { id: "mind", header: t("approvals.mind"), track: "minmax(90px, 1fr)", cell: (row) => row.warning !== null && <span className={styles.mind}>{word("approvalRow", row.warning)}</span> },
]);

/** Every row that would be sent, for whoever signs to read. */
export function ApprovalRows({ of }: { of: { file: ApprovalFile } | { id: string } }) {
  const found = useRows("list_approval_rows", of);
  return (
    <section className={styles.rows} aria-label={t("approvals.rows")}>
      {found.error !== null && !found.known ? (
        <Failed error={found.error} again={found.again} />
      ) : found.loading ? (
        <Loading rows={3} />
      ) : (
        <Grid name={t("approvals.rows")} rows={found.rows} columns={COLUMNS} rowId={(row) => String(row.line)} total={found.total ?? 0} onCopy={(row) => void copyText(row.payment)} onNearEnd={found.more} loadingMore={found.loadingMore} />
      )}
    </section>
  );
}
