import { useState } from "react";

import type { BulkRunView } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { useReadOnly, useWriteAccess } from "#ui/frame/writeAccess";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn } from "#ui/messages/t";
import { platform } from "#ui/platform/index";

import { AskApproval } from "./AskApproval";
import { approvalOf, canAsk, canBegin, rowsOf, sameTotal, wasBegun } from "./bulk";
import styles from "./Bulk.module.css";

type Asked = "run" | "cancel" | "receipts" | "approval" | null;

/** What can be done with a run as it stands. */
export function RunActions({ run }: { run: BulkRunView }) {
  const [asked, setAsked] = useState<Asked>(null);
  const pause = useAction("pause_bulk", "bulk.pauseFailed");
  const { guarded } = useWriteAccess();
  const readOnly = useReadOnly();
  const begin = canBegin(run) && !readOnly;
  const ask = () => guarded(() => setAsked("run"));
  useHotkey("submit", ask, begin && asked === null);
  useHotkey("exportRows", () => setAsked("receipts"), asked === null);
  useHotkey("askApproval", () => setAsked("approval"), canAsk(run) && asked === null);
  const close = () => setAsked(null);
  return (
    <>
      <Button look="quiet" hotkey="exportRows" onClick={() => setAsked("receipts")}>{t("bulk.receipts")}</Button>
      {run.state === "running" && <Button disabled={pause.isPending} onClick={() => pause.mutate({ id: run.id })}>{t(pause.isPending ? "bulk.pausing" : "bulk.pause")}</Button>}
      {(run.state === "running" || run.state === "paused" || run.state === "ready") && <Button onClick={() => setAsked("cancel")}>{t("bulk.cancel")}</Button>}
      {canAsk(run) && <Button hotkey="askApproval" onClick={() => setAsked("approval")}>{t("bulk.askApproval")}</Button>}
      {run.state !== "running" && run.state !== "canceled" && <Button look="main" hotkey="submit" disabled={!begin} onClick={ask}>{t(wasBegun(run) ? "bulk.goOn" : "bulk.run")}</Button>}
      {asked === "run" && <RunDialog run={run} onClose={close} />}
      {asked === "cancel" && <CancelDialog run={run} onClose={close} />}
      {asked === "approval" && <AskApproval run={run} onClose={close} />}
      {asked === "receipts" && <ReceiptsDialog run={run} onClose={close} />}
    </>
  );
}

interface DialogProps {
  run: BulkRunView;
  onClose: () => void;
}

/** The last look before money moves. Live money is confirmed by typing what it comes to. */
function RunDialog({ run, onClose }: DialogProps) {
  const environment = platform.environment();
  const live = environment === "live";
  const [typed, setTyped] = useState("");
  const [ticket, setTicket] = useState("");
  // What was looked at is what is confirmed, whatever the run comes to by then, and so is who agreed to it.
  const [approval] = useState(() => approvalOf(run));
  const [{ rows, total }] = useState(() => (approval === null ? { rows: run.to_send, total: run.total } : approval));
  const begin = useAction("run_bulk");
  const open = rowsOf(run, "open");
  const ready = !begin.isPending && (!live || sameTotal(typed, total));
  const send = () => {
    if (ready) begin.mutate({ id: run.id, total, resume: wasBegun(run), ...(approval === null ? {} : { approval: approval.id }), ...(ticket.trim() === "" ? {} : { ticket: ticket.trim() }) }, { onSuccess: onClose });
  };
  return (
    <Dialog open title={t(wasBegun(run) ? "bulk.goOnTitle" : "bulk.runTitle")} about={t("bulk.runAbout")} busy={begin.isPending} onClose={onClose}>
      <SubmitKey onSubmit={send} />
      <form onSubmit={(event) => { event.preventDefault(); send(); }}>
        <p className={styles.summary} data-environment={environment}>
          <strong>{t(`refund.with.${environment}`)}</strong>{" "}
          {tn("bulk.summary", rows, { total, account: visible(run.account, "prose") })}
        </p>
        {approval !== null && <p data-testid="approved">{t("bulk.approvedBy", { by: visible(approval.by ?? "", "prose") })}</p>}
        {approval === null && run.over_limits.length > 0 && <p className={styles.warning}>{t("bulk.limitsHold")}</p>}
        {open > 0 && <p>{tn("bulk.settleFirst", open)}</p>}
        {rowsOf(run, "asks") > 0 && <p>{tn("bulk.notTickedYet", rowsOf(run, "asks"))}</p>}
        {run.same_as !== null && <p className={styles.warning}>{t("bulk.sameAsShort")}</p>}
        <Field label={t("refund.ticket")} hint={t("refund.ticketHint")} value={ticket} maxLength={100} disabled={begin.isPending} onChange={(event) => setTicket(event.target.value)} />
        {live && <Field label={t("bulk.typeTotal", { total })} value={typed} onChange={(event) => setTyped(event.target.value)} />}
        {begin.error !== null && <ErrorNote error={begin.error} />}
        <DialogFoot>
          <Button disabled={begin.isPending} onClick={onClose}>{t("dialog.cancel")}</Button>
          <Button look={live ? "danger" : "main"} type="submit" hotkey="submit" disabled={!ready}>{t(begin.isPending ? "bulk.beginning" : "bulk.doRun", { rows: count.format(rows) })}</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

/** Inside the dialog, so that the key belongs to its layer and not to the page below. */
function SubmitKey({ onSubmit }: { onSubmit: () => void }) {
  useHotkey("submit", onSubmit);
  return null;
}

function CancelDialog({ run, onClose }: DialogProps) {
  const cancel = useAction("cancel_bulk");
  return (
    <Dialog open title={t("bulk.cancelTitle")} about={t("bulk.cancelAbout")} busy={cancel.isPending} onClose={onClose}>
      {cancel.error !== null && <ErrorNote error={cancel.error} />}
      <DialogFoot>
        <Button disabled={cancel.isPending} onClick={onClose}>{t("dialog.close")}</Button>
        <Button look="danger" disabled={cancel.isPending} onClick={() => cancel.mutate({ id: run.id }, { onSuccess: onClose })}>{t("bulk.cancel")}</Button>
      </DialogFoot>
    </Dialog>
  );
}

function ReceiptsDialog({ run, onClose }: DialogProps) {
  const exports = useAnswer("list_exports", {});
  const write = useAction("write_bulk_receipts");
  const [typed, setTyped] = useState<string | null>(null);
  const [overwrite, setOverwrite] = useState(false);
  const path = typed ?? `${exports.data?.folder ?? "~/"}receipts-${run.id.slice(0, 8)}.csv`;
  const send = () => { if (!write.isPending && path.trim() !== "") write.mutate({ id: run.id, path, overwrite }); };
  return (
    <Dialog open title={t("bulk.receiptsTitle")} about={t("bulk.receiptsAbout")} busy={write.isPending} onClose={onClose}>
      <SubmitKey onSubmit={write.data === undefined ? send : onClose} />
      {write.data !== undefined ? (
        <>
          <p role="status" className={styles.path}>{t("bulk.receiptsDone", { rows: count.format(write.data.rows), path: visible(write.data.path, "exact") })}</p>
          <DialogFoot><Button look="main" ref={(button) => button?.focus()} onClick={onClose}>{t("dialog.done")}</Button></DialogFoot>
        </>
      ) : (
        <form onSubmit={(event) => { event.preventDefault(); send(); }}>
          <Field label={t("export.path")} hint={t("export.pathHint")} value={path} disabled={write.isPending} onChange={(event) => setTyped(event.target.value)} />
          <label className={styles.tick}>
            <input type="checkbox" checked={overwrite} onChange={(event) => setOverwrite(event.target.checked)} />
            {t("export.overwrite")}
          </label>
          {write.error !== null && <ErrorNote error={write.error} />}
          <DialogFoot>
            <Button onClick={onClose}>{t("dialog.close")}</Button>
            <Button look="main" type="submit" hotkey="submit" disabled={write.isPending || path.trim() === ""}>{t("bulk.writeReceipts")}</Button>
          </DialogFoot>
        </form>
      )}
    </Dialog>
  );
}
