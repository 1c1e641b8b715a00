import { useRef, useState } from "react";

import type { ApprovalView, BulkRunView } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { visible } from "#ui/format/text";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn } from "#ui/messages/t";
import { AskedApproval } from "#ui/pages/payment/AskedApproval";

import { rowsOf } from "./bulk";
import styles from "./Bulk.module.css";

interface AskApprovalProps {
  run: BulkRunView;
  onClose: () => void;
}

/** Asks a second person about all that a run would send: one file, for exactly these rows. */
export function AskApproval({ run, onClose }: AskApprovalProps) {
  const [asked, setAsked] = useState<ApprovalView | null>(null);
  const ask = useAction("ask_run_approval");
  return (
    <Dialog open wide busy={ask.isPending} title={t(asked === null ? "bulk.askTitle" : "refund.titleAsked")} {...(asked === null ? { about: t("bulk.askAbout") } : {})} onClose={onClose}>
      {asked === null ? <AskForm run={run} ask={ask} onAsked={setAsked} onClose={onClose} /> : <AskedApproval approval={asked} onClose={onClose} />}
    </Dialog>
  );
}

interface AskFormProps extends AskApprovalProps {
  ask: ReturnType<typeof useAction<"ask_run_approval">>;
  onAsked: (approval: ApprovalView) => void;
}

function AskForm({ run, ask, onAsked, onClose }: AskFormProps) {
  const folder = useAnswer("list_exports", {}).data?.folder ?? "~/";
  const [requestId] = useState<string>(() => crypto.randomUUID());
  // What was looked at is what is asked about, whatever the run comes to by then.
  const [{ rows, total }] = useState({ rows: run.askable, total: run.askable_total });
  const [typed, setTyped] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const [ticket, setTicket] = useState("");
  // Two presses in one frame see the same render, so what is under way is not read from it.
  const underway = useRef(false);
  const to = typed ?? `${folder}approval-request-${requestId.slice(-8)}.json`;
  const send = () => {
    if (underway.current) return;
    underway.current = true;
    ask.mutate(
      { request_id: requestId, run: run.id, total, ...(note.trim() === "" ? {} : { note: note.trim() }), ...(ticket.trim() === "" ? {} : { ticket: ticket.trim() }), ...(to.trim() === "" ? {} : { to: to.trim() }) },
      { onSuccess: onAsked, onSettled: () => { underway.current = false; } },
    );
  };
  useHotkey("submit", send, !ask.isPending);
  return (
    <form className={styles.ask} onSubmit={(event) => { event.preventDefault(); send(); }}>
      <p className={styles.summary}>{tn("bulk.summary", rows, { total, account: visible(run.account, "prose") })}</p>
      {rowsOf(run, "asks") > 0 && <p>{tn("bulk.askNotTicked", rowsOf(run, "asks"))}</p>}
      <Field personal label={t("refund.note")} hint={t("refund.inRequest")} value={note} maxLength={1000} disabled={ask.isPending} onChange={(event) => setNote(event.target.value)} />
      <Field label={t("refund.ticket")} hint={t("refund.inRequest")} value={ticket} maxLength={100} disabled={ask.isPending} onChange={(event) => setTicket(event.target.value)} />
      <Field label={t("refund.requestFile")} hint={t("refund.requestHint")} value={to} maxLength={1000} disabled={ask.isPending} onChange={(event) => setTyped(event.target.value)} />
      {ask.error !== null && <ErrorNote error={ask.error} />}
      <DialogFoot>
        <Button disabled={ask.isPending} onClick={onClose}>{t("dialog.cancel")}</Button>
        <Button look="main" type="submit" hotkey="submit" disabled={ask.isPending}>{t(ask.isPending ? "refund.askingApproval" : "bulk.askApproval")}</Button>
      </DialogFoot>
    </form>
  );
}
