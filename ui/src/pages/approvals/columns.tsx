import type { ApprovalView, SignerView } from "#ui/bindings/contract";
import { Chip } from "#ui/components/Chip";
import { Id } from "#ui/components/Id";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { makeColumns } from "#ui/grid/columns";
import { t, tn } from "#ui/messages/t";

import { Sum } from "./Sum";

/** Who somebody is, in a word or two. */
export function nameOf(signer: SignerView): string {
  return signer.me ? t("approvals.you") : signer.name;
}

export const APPROVAL_COLUMNS = makeColumns<ApprovalView>([
  { id: "amount", header: t("column.amount"), track: "minmax(96px, 0.8fr)", number: true, cell: (row) => <Sum approval={row} bare /> },
  { id: "state", header: t("column.state"), track: "minmax(104px, 1fr)", cell: (row) => <Chip group="approval" code={row.state} /> },
  { id: "payment", header: t("approvals.what"), track: "minmax(110px, 1.4fr)", cell: (row) => (row.payment === null ? <span>{row.run !== null && <>{tn("approvals.runRows", row.run.rows)} <Untrusted text={row.run.name ?? ""} as="exact" /></>}</span> : <Id id={row.payment} bare />) },
  { id: "asked", header: t("approvals.askedBy"), track: "minmax(90px, 1fr)", cell: (row) => row.asked_by !== null && <Untrusted text={nameOf(row.asked_by)} /> },
  { id: "decided", header: t("approvals.decidedBy"), track: "minmax(90px, 1fr)", cell: (row) => row.decided_by !== null && <Untrusted text={nameOf(row.decided_by)} /> },
  { id: "account", header: t("column.account"), track: "minmax(80px, 0.8fr)", cell: (row) => <Untrusted text={row.account ?? row.account_id} as="exact" /> },
  { id: "expires", header: t("approvals.until"), track: "minmax(120px, 1fr)", cell: (row) => <Time at={row.expires} short /> },
  { id: "created", header: t("column.created"), track: "minmax(120px, 1fr)", cell: (row) => <Time at={row.created} short /> },
]);
