import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import type { ApprovalFile, ApprovalView } from "#ui/bindings/contract";
import { copyText } from "#ui/api/copy";
import { useHome } from "#ui/api/home";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { Id } from "#ui/components/Id";
import { t } from "#ui/messages/t";

import { ApprovalFacts } from "./ApprovalFacts";
import { ApprovalRows } from "./ApprovalRows";
import styles from "./Approvals.module.css";

interface OpenedProps {
  file: ApprovalFile;
  approval: ApprovalView;
  onClose: () => void;
}

/** A file that was opened: somebody's request to decide, or the answer to one of ours to take. */
export function Opened({ file, approval, onClose }: OpenedProps) {
  const isAnswer = approval.mine && approval.decided_by !== null && approval.state === "asked";
  if (isAnswer) return <TakeDialog file={file} approval={approval} onClose={onClose} />;
  if (approval.can_decide) return <DecideDialog file={file} approval={approval} onClose={onClose} />;
  return (
    <Dialog open wide title={t("approvals.readTitle")} onClose={onClose}>
      <ApprovalFacts approval={approval} />
      {approval.run !== null && !approval.mine && <ApprovalRows of={{ file }} />}
      {approval.asked_by !== null && !approval.mine && !approval.asked_by.trusted && <p className={styles.money}>{t("approvals.trustFirst")}</p>}
      <DialogFoot><Button look="main" onClick={onClose}>{t("dialog.close")}</Button></DialogFoot>
    </Dialog>
  );
}

function DecideDialog({ file, approval, onClose }: OpenedProps) {
  const asks = useHome()?.unlock_by === "passphrase";
  const folder = useAnswer("list_exports", {}).data?.folder ?? "~/";
  const [typed, setTyped] = useState<string | null>(null);
  const [passphrase, setPassphrase] = useState("");
  const [done, setDone] = useState<ApprovalView | null>(null);
  const decide = useAction("decide_approval");
  const to = typed ?? `${folder}approval-answer-${approval.id.slice(-8)}.json`;
  const can = !decide.isPending && (!asks || passphrase !== "");
  const send = (approve: boolean) => {
    if (!can) return;
    decide.mutate(
      { file, approve, ...(to.trim() === "" ? {} : { to: to.trim() }), ...(asks ? { passphrase } : {}) },
      { onSuccess: setDone, onError: () => setPassphrase("") },
    );
  };
  if (done !== null) return <Decided approval={done} onClose={onClose} />;
  return (
    <Dialog open wide title={t("approvals.decideTitle")} busy={decide.isPending} onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => event.preventDefault()}>
        <ApprovalFacts approval={approval} />
        {approval.run !== null && <><p>{t("approvals.rowsNote")}</p><ApprovalRows of={{ file }} /></>}
        <Field label={t("approvals.answerFile")} hint={t("approvals.answerHint")} value={to} maxLength={1000} disabled={decide.isPending} onChange={(event) => setTyped(event.target.value)} />
        {asks && <Field type="password" label={t("unlock.passphrase")} hint={t("approvals.passphraseHint")} value={passphrase} maxLength={1000} disabled={decide.isPending} onChange={(event) => setPassphrase(event.target.value)} />}
        {decide.error !== null && <ErrorNote error={decide.error} />}
        <DialogFoot>
          <Button onClick={onClose} disabled={decide.isPending}>{t("dialog.cancel")}</Button>
          <Button disabled={!can} onClick={() => send(false)}>{t("approvals.decline")}</Button>
          <Button look={approval.environment === "live" ? "danger" : "main"} disabled={!can} onClick={() => send(true)}>{t(decide.isPending ? "unlock.checking" : "approvals.approve")}</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

function Decided({ approval, onClose }: { approval: ApprovalView; onClose: () => void }) {
  const file = approval.file;
  return (
    <Dialog open wide title={t(approval.state === "approved" ? "approvals.approvedTitle" : "approvals.declinedTitle")} onClose={onClose}>
      <div className={styles.form} role="status">
        <p>{t("approvals.sendBack")}</p>
        {approval.path !== null && <p><Id id={approval.path} /></p>}
        <DialogFoot>
          {file !== null && <Button icon="copy" onClick={() => void copyText(file)}>{t("approvals.copyAnswer")}</Button>}
          <Button look="main" onClick={onClose}>{t("dialog.done")}</Button>
        </DialogFoot>
      </div>
    </Dialog>
  );
}

function TakeDialog({ file, approval, onClose }: OpenedProps) {
  const take = useAction("take_approval");
  const navigate = useNavigate();
  const send = () => {
    if (!take.isPending) take.mutate({ file });
  };
  return (
    <Dialog open wide title={t(take.data === undefined ? "approvals.takeTitle" : "approvals.takenTitle")} busy={take.isPending} onClose={onClose}>
      <ApprovalFacts approval={take.data ?? approval} />
      {take.error !== null && <ErrorNote error={take.error} />}
      <DialogFoot>
        {take.data === undefined ? (
          <>
            <Button onClick={onClose} disabled={take.isPending}>{t("dialog.cancel")}</Button>
            {/* Enter goes on with what was read. */}
            {/* eslint-disable-next-line jsx-a11y/no-autofocus */}
            <Button look="main" autoFocus disabled={take.isPending} onClick={send}>{t("approvals.take")}</Button>
          </>
        ) : (
          <>
            {approval.run !== null && <Button onClick={() => { onClose(); void navigate({ to: "/bulk/$id", params: { id: approval.run?.id ?? "" } }); }}>{t("approvals.openRun")}</Button>}
            <Button look="main" onClick={onClose}>{t("dialog.done")}</Button>
          </>
        )}
      </DialogFoot>
    </Dialog>
  );
}
