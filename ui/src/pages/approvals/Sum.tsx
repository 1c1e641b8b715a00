import { Fragment } from "react";

import type { ApprovalView } from "#ui/bindings/contract";
import { Amount } from "#ui/components/Amount";
import { tn } from "#ui/messages/t";

interface SumProps {
  approval: ApprovalView;
  /** Without how many rows it is of. */
  bare?: boolean;
}

/** What a request comes to: of one refund its amount, of a run the sum in each currency with its rows. */
export function Sum({ approval, bare = false }: SumProps) {
  const { run, amount, vendor } = approval;
  if (run === null) return <Amount money={amount} vendor={vendor} />;
  return (
    <>
      {run.totals.map((one, place) => (
        <Fragment key={one.currency}>{place > 0 && " + "}<Amount money={one} vendor={vendor} /></Fragment>
      ))}
      {!bare && ` (${tn("approvals.runRows", run.rows)})`}
    </>
  );
}
