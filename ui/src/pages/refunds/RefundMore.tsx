import { Link } from "@tanstack/react-router";
import { useState } from "react";

import type { RefundView } from "#ui/bindings/contract";
import { copyText } from "#ui/api/copy";
import { useAction } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Id } from "#ui/components/Id";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { Words } from "#ui/components/Words";
import { visible } from "#ui/format/text";
import { useWriteAccess } from "#ui/frame/writeAccess";
import { codeWords } from "#ui/messages/errors";
import { type MessageKey, t, word } from "#ui/messages/t";
import { BeforeItLeft, LeavesIn } from "#ui/pages/payment/BeforeItLeft";
import { endingOf } from "#ui/pages/payment/refundForm";
import { Fact } from "#ui/pages/payment/Facts";

import styles from "./RefundMore.module.css";

interface RefundMoreProps {
  refund: RefundView;
  /** What was asked for is done, and the row may be gone from the list. */
  onGone: () => void;
}

/** What else is known of a refund, and what can be done about it. */
export function RefundMore({ refund, onGone }: RefundMoreProps) {
  const ending = endingOf(refund);
  const isOurs = refund.state !== null;
  return (
    <div className={styles.more}>
      <dl>
        {isOurs && <Fact name={t("refunds.meaning")}>{`${t(`ending.${ending}.money`)} ${t(`ending.${ending}.next`)}`.trim()}</Fact>}
        <Fact name={t("refunds.leaves")}>{refund.release_at !== null && <LeavesIn refund={refund} />}</Fact>
        <Fact name={t("refunds.stop")}>{word("stoppable", refund.stoppable)}</Fact>
        <Problem refund={refund} />
        <Fact name={t("column.payment")}>{refund.payment !== null && <Link to="/payments/$id" params={{ id: refund.payment }}><Untrusted text={refund.payment} as="exact" /></Link>}</Fact>
        <Fact name={t("column.refund")}>{refund.refund_id !== null && <Id id={refund.refund_id} />}</Fact>
        <Fact name={t("column.intent")}>{refund.intent_id !== null && <Id id={refund.intent_id} />}</Fact>
        <Fact name={t("refund.note")}>{refund.note !== null && <Untrusted personal text={refund.note} />}</Fact>
        <Fact name={t("approvals.approvedBy")}>{refund.approved_by !== null && <Untrusted text={refund.approved_by} />}</Fact>
        <Fact name={t("refunds.trace")}>{refund.trace_reference !== null && <Id id={refund.trace_reference} />}</Fact>
        <Fact name={t("refunds.updated")}><Time at={refund.updated} /></Fact>
        <Fact name={t("refunds.nextTryAt")}>{refund.next_try !== null && <Time at={refund.next_try} />}</Fact>
        <Fact name={t("column.account")}><Untrusted text={refund.account} /></Fact>
      </dl>
      <Actions refund={refund} onGone={onGone} />
    </div>
  );
}

function Problem({ refund }: { refund: RefundView }) {
  const words = refund.problem === null ? null : codeWords(refund.problem);
  const parts = [
    words?.what ?? "",
    refund.failure_reason === null ? "" : word("refundFailure", refund.failure_reason),
    refund.pending_reason === null ? "" : word("pendingReason", refund.pending_reason),
  ].filter((part) => part !== "");
  const said = refund.problem_detail;
  return (
    <Fact name={t("refunds.problem")}>
      {(parts.length > 0 || said !== null) && (
        <>
          {visible(parts.join(" "), "prose")} {said !== null && <Words of="error.vendorSays" with={{ detail: <Untrusted personal text={said} /> }} />}
        </>
      )}
    </Fact>
  );
}

/** Whether Paydesk may find out more about it now. */
export function isUnsettled(refund: RefundView): boolean {
  const open = refund.state === "unsettled" || refund.state === "needs_person" || refund.state === "sent" || refund.state === "prepared";
  return open && !(refund.state === "needs_person" && refund.can_withdraw);
}

type Asked = "close" | "cancel" | null;

function Actions({ refund, onGone }: RefundMoreProps) {
  const [asked, setAsked] = useState<Asked>(null);
  const settle = useAction("settle_refunds", "refunds.settleFailed");
  const { guarded } = useWriteAccess();
  const { intent_id: intentId, refund_id: refundId, vendor_url: vendorUrl } = refund;
  return (
    <div className={styles.actions}>
      <BeforeItLeft refund={refund} onChange={onGone} />
      {isUnsettled(refund) && intentId !== null && <Button disabled={settle.isPending} onClick={() => settle.mutate({ intent_id: intentId })}>{t(settle.isPending ? "refunds.settling" : "refunds.settleNow")}</Button>}
      {refund.can_close && intentId !== null && <Button onClick={() => setAsked("close")}>{t("refunds.close")}</Button>}
      {refund.refund_status === "requires_action" && refundId !== null && <Button onClick={() => guarded(() => setAsked("cancel"))}>{t("refunds.cancel")}</Button>}
      {vendorUrl !== null && refund.state !== "waiting" && <Button onClick={() => void copyText(vendorUrl)}>{t("payment.copyVendorUrl")}</Button>}
      {asked === "close" && intentId !== null && <CloseDialog intentId={intentId} onDone={() => { setAsked(null); onGone(); }} onClose={() => setAsked(null)} />}
      {asked === "cancel" && refundId !== null && <CancelRefundDialog refundId={refundId} onDone={() => { setAsked(null); onGone(); }} onClose={() => setAsked(null)} />}
    </div>
  );
}

interface AskProps {
  onDone: () => void;
  onClose: () => void;
}

function CloseDialog({ intentId, onDone, onClose }: AskProps & { intentId: string }) {
  const close = useAction("close_intent");
  return (
    <Ask words={["refunds.closeTitle", "refunds.closeAbout", "refunds.close"]} pending={close.isPending} error={close.error} onClose={onClose}
      onDo={() => close.mutate({ intent_id: intentId }, { onSuccess: onDone })} />
  );
}

function CancelRefundDialog({ refundId, onDone, onClose }: AskProps & { refundId: string }) {
  const cancel = useAction("cancel_refund");
  // Made when the dialog opens: the same wish asked again after a lost answer is one cancellation.
  const [requestId] = useState<string>(() => crypto.randomUUID());
  return (
    <Ask words={["refunds.cancelTitle", "refunds.cancelAbout", "refunds.cancel"]} pending={cancel.isPending} error={cancel.error} onClose={onClose}
      onDo={() => cancel.mutate({ request_id: requestId, refund: refundId }, { onSuccess: onDone })} />
  );
}

interface AskDialogProps {
  words: readonly [MessageKey, MessageKey, MessageKey];
  pending: boolean;
  error: ReturnType<typeof useAction>["error"];
  onDo: () => void;
  onClose: () => void;
}

function Ask({ words: [title, about, doIt], pending, error, onDo, onClose }: AskDialogProps) {
  return (
    <Dialog open title={t(title)} about={t(about)} busy={pending} onClose={onClose}>
      {error !== null && <ErrorNote error={error} />}
      <DialogFoot>
        <Button onClick={onClose} disabled={pending}>{t("dialog.cancel")}</Button>
        <Button look="danger" disabled={pending} onClick={onDo}>{t(doIt)}</Button>
      </DialogFoot>
    </Dialog>
  );
}
