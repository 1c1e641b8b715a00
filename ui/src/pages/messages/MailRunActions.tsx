import { useState } from "react";

import type { MailRunView } from "#ui/bindings/contract";
import { useAction } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { useNow } from "#ui/frame/useNow";
import { useReadOnly, useWriteAccess } from "#ui/frame/writeAccess";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn } from "#ui/messages/t";
import bulkStyles from "#ui/pages/bulk/Bulk.module.css";
import { platform } from "#ui/platform/index";

import { canSend, waitsAtVendor } from "./mailRun";

interface DialogProps {
  run: MailRunView;
  onClose: () => void;
}

/** What can be done with a run as it stands. */
export function MailRunActions({ run }: { run: MailRunView }) {
  const [asked, setAsked] = useState<"run" | "cancel" | null>(null);
  const pause = useAction("pause_mail_run", "bulk.pauseFailed");
  const hold = useAction("hold_mail_run", "mailRun.holdFailed");
  const { guarded } = useWriteAccess();
  const readOnly = useReadOnly();
  const now = useNow(run.send_at !== null);
  const begin = canSend(run) && !readOnly;
  const ask = () => guarded(() => setAsked("run"));
  useHotkey("submit", ask, begin && asked === null);
  const waits = waitsAtVendor(run, now);
  const held = run.schedule === "paused";
  const close = () => setAsked(null);
  return (
    <>
      {run.state === "running" && <Button disabled={pause.isPending} onClick={() => pause.mutate({ id: run.id })}>{t(pause.isPending ? "bulk.pausing" : "bulk.pause")}</Button>}
      {waits && <Button disabled={hold.isPending} onClick={() => hold.mutate({ id: run.id, hold: !held })}>{t(held ? "mailRun.letGo" : "mailRun.hold")}</Button>}
      {(run.state === "running" || run.state === "paused" || run.state === "ready" || waits) && <Button onClick={() => setAsked("cancel")}>{t("mailRun.cancel")}</Button>}
      {canSend(run) && <Button look="main" hotkey="submit" disabled={!begin} onClick={ask}>{t(run.started === null ? "mailRun.send" : "bulk.goOn")}</Button>}
      {asked === "run" && <RunDialog run={run} onClose={close} />}
      {asked === "cancel" && <CancelDialog run={run} onClose={close} />}
    </>
  );
}

/** The last look before mail leaves. Live is confirmed by typing how many get it. */
function RunDialog({ run, onClose }: DialogProps) {
  const environment = platform.environment();
  const live = environment === "live";
  const [typed, setTyped] = useState("");
  // What was looked at is what is confirmed.
  const [recipients] = useState(run.to_send);
  const begin = useAction("run_mail");
  const ready = !begin.isPending && (!live || typed.replace(/\D/g, "") === String(recipients));
  const send = () => { if (ready) begin.mutate({ id: run.id, recipients, resume: run.started !== null }, { onSuccess: onClose }); };
  return (
    <Dialog open title={t("mailRun.runTitle")} about={t("mailRun.runAbout")} busy={begin.isPending} onClose={onClose}>
      <SubmitKey onSubmit={send} />
      <form onSubmit={(event) => { event.preventDefault(); send(); }}>
        <p className={bulkStyles.summary} data-environment={environment}>{tn("mailRun.summary", recipients, { account: visible(run.account, "prose") })}</p>
        {run.same_as !== null && <p className={bulkStyles.warning}>{t("mailRun.sameAsShort")}</p>}
        {!run.suppressions_read && <p className={bulkStyles.warning}>{t("mailRun.suppressionsUnread")}</p>}
        {live && <Field label={t("mailRun.typeCount", { count: count.format(recipients) })} value={typed} onChange={(event) => setTyped(event.target.value)} />}
        {begin.error !== null && <ErrorNote error={begin.error} />}
        <DialogFoot>
          <Button disabled={begin.isPending} onClick={onClose}>{t("dialog.cancel")}</Button>
          <Button look={live ? "danger" : "main"} type="submit" hotkey="submit" disabled={!ready}>{t(begin.isPending ? "bulk.beginning" : "mailRun.send")}</Button>
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
  const cancel = useAction("cancel_mail_run");
  return (
    <Dialog open title={t("mailRun.cancelTitle")} about={t("mailRun.cancelAbout")} busy={cancel.isPending} onClose={onClose}>
      {cancel.error !== null && <ErrorNote error={cancel.error} />}
      <DialogFoot>
        <Button disabled={cancel.isPending} onClick={onClose}>{t("dialog.close")}</Button>
        <Button look="danger" disabled={cancel.isPending} onClick={() => cancel.mutate({ id: run.id }, { onSuccess: onClose })}>{t("mailRun.cancel")}</Button>
      </DialogFoot>
    </Dialog>
  );
}
