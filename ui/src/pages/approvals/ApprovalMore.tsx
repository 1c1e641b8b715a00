import { Link } from "@tanstack/react-router";
import { useState } from "react";

import type { ApprovalView, RefundView } from "#ui/bindings/contract";
import { copyText } from "#ui/api/copy";
import { useExponents } from "#ui/api/home";
import { useAction } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { exponentOf, formatMoney, plainAmount } from "#ui/format/money";
import { useWriteAccess } from "#ui/frame/writeAccess";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t } from "#ui/messages/t";
import { RefundResult } from "#ui/pages/payment/RefundResult";
import { isNewWish } from "#ui/pages/payment/refundForm";

import { ApprovalFacts } from "./ApprovalFacts";
import styles from "./Approvals.module.css";

/** Everything that is known of a request, and what can be done with it. */
export function ApprovalMore({ approval, onIssue }: { approval: ApprovalView; onIssue: () => void }) {
  const { guarded } = useWriteAccess();
  const file = approval.file;
  return (
    <div className={styles.more}>
      <ApprovalFacts approval={approval} />
      <div className={styles.actions}>
        {approval.can_issue && approval.run === null && <Button look="main" onClick={() => guarded(onIssue)}>{t("approvals.issue")}</Button>}
        {approval.mine && approval.run !== null && <Link className={styles.toRun} to="/bulk/$id" params={{ id: approval.run.id }}>{t("approvals.openRun")}</Link>}
        {file === null && approval.run !== null && (approval.state === "asked" || !approval.mine) && <p className="quiet">{t("approvals.copyLong")}</p>}
        {file !== null && <Button icon="copy" onClick={() => void copyText(file)}>{t(approval.mine ? "approvals.copyRequest" : "approvals.copyAnswer")}</Button>}
      </div>
    </div>
  );
}

/** Issues what was approved, once and exactly so. It stands beside the grid, whose keys would be heard in it. */
export function IssueDialog({ approval, onClose }: { approval: ApprovalView; onClose: () => void }) {
  const issue = useAction("issue_refund");
  const [requestId, setRequestId] = useState<string>(() => crypto.randomUUID());
  const [result, setResult] = useState<RefundView | null>(null);
  const { payment, amount } = approval;
  const exponent = exponentOf(useExponents(), amount?.currency ?? "", approval.vendor);
  const send = () => {
    if (issue.isPending || payment === null || amount === null) return;
    issue.mutate(
      { request_id: requestId, payment, amount: { choice: "exactly", amount: plainAmount(amount.minor, exponent) }, approval: approval.id, ...(approval.reason === null ? {} : { reason: approval.reason }) },
      { onSuccess: setResult, onError: (failure) => { if (isNewWish(failure)) setRequestId(crypto.randomUUID()); } },
    );
  };
  return (
    <Dialog open wide busy={issue.isPending} title={t(result === null ? "approvals.issueTitle" : "refund.titleAfter")} onClose={onClose}>
      {result !== null ? (
        <RefundResult refund={result} vendor={approval.vendor} onChange={setResult} onClose={onClose} />
      ) : (
        <>
          <ApprovalFacts approval={approval} />
          {issue.error !== null && <ErrorNote error={issue.error} />}
          <IssueFoot approval={approval} amount={amount === null ? "" : formatMoney(amount, exponent)} sending={issue.isPending} onSend={send} onClose={onClose} />
        </>
      )}
    </Dialog>
  );
}

interface IssueFootProps {
  approval: ApprovalView;
  amount: string;
  sending: boolean;
  onSend: () => void;
  onClose: () => void;
}

/** Inside the dialog, so that its keys are those of the dialog. */
function IssueFoot({ approval, amount, sending, onSend, onClose }: IssueFootProps) {
  useHotkey("submit", onSend, !sending);
  return (
    <DialogFoot>
      <Button onClick={onClose} disabled={sending}>{t("dialog.cancel")}</Button>
      <Button look={approval.environment === "live" ? "danger" : "main"} disabled={sending} hotkey="submit" onClick={onSend}>
        {sending ? t("refund.sending") : t("refund.do", { amount })}
      </Button>
    </DialogFoot>
  );
}
