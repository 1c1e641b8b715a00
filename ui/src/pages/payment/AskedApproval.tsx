import { useNavigate } from "@tanstack/react-router";

import type { ApprovalView } from "#ui/bindings/contract";
import { copyText } from "#ui/api/copy";
import { Button } from "#ui/components/Button";
import { DialogFoot } from "#ui/components/Dialog";
import { Id } from "#ui/components/Id";
import { Time } from "#ui/components/Time";
import { Words } from "#ui/components/Words";
import { t } from "#ui/messages/t";
import { Sum } from "#ui/pages/approvals/Sum";

import styles from "./Refund.module.css";

interface AskedApprovalProps {
  approval: ApprovalView;
  onClose: () => void;
}

/** What to do with a request that was just made: nothing was paid, and a file waits to be handed on. */
export function AskedApproval({ approval, onClose }: AskedApprovalProps) {
  const navigate = useNavigate();
  const file = approval.file;
  return (
    <div className={styles.result} data-ending="asked">
      <div className={styles.ending} data-tone="info" role="status">
        <strong><Words of="refund.asked" with={{ amount: <Sum approval={approval} /> }} /></strong>
        <span>{t("approvalMoney.asked")}</span>
        <span><Words of="refund.askedNext" with={{ time: <Time at={approval.expires} short /> }} /></span>
      </div>
      {approval.path !== null && <Id id={approval.path} />}
      <DialogFoot>
        <Button onClick={() => { onClose(); void navigate({ to: "/approvals" }); }}>{t("refund.showApprovals")}</Button>
        {file !== null && <Button icon="copy" onClick={() => void copyText(file)}>{t("approvals.copyRequest")}</Button>}
        {/* The form that had the focus is gone; Enter now closes what was read. */}
        {/* eslint-disable-next-line jsx-a11y/no-autofocus */}
        <Button look="main" autoFocus onClick={onClose}>{t("dialog.done")}</Button>
      </DialogFoot>
    </div>
  );
}
