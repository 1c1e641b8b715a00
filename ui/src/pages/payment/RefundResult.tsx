import { useEffect, useEffectEvent, useRef } from "react";
import { useNavigate } from "@tanstack/react-router";

import type { RefundView } from "#ui/bindings/contract";
import { useAction } from "#ui/api/hooks";
import { Amount } from "#ui/components/Amount";
import { Button } from "#ui/components/Button";
import { DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Id } from "#ui/components/Id";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { Words } from "#ui/components/Words";
import { visible } from "#ui/format/text";
import { codeWords } from "#ui/messages/errors";
import { t, word } from "#ui/messages/t";

import { BeforeItLeft, LeavesIn } from "./BeforeItLeft";
import styles from "./Refund.module.css";
import { endingOf, isEnd } from "./refundForm";

interface RefundResultProps {
  refund: RefundView;
  vendor: string;
  /** Another look found something newer. */
  onChange: (refund: RefundView) => void;
  onClose: () => void;
}

const LONGEST_WINDOW_MS = 60_000;
/** How long the vendor's answer is waited for once it left. */
const SHOWN_AFTER_MS = 30_000;

const TONES = { done: "good", pending: "good", action: "warn", review: "warn", failed: "bad", refused: "bad", waiting: "info", ranOut: "warn", underway: "warn", unsettled: "warn", person: "warn", canceled: "info" } as const;

/** How a refund ended, in plain words: whether money moved, and what to do next. */
export function RefundResult({ refund, vendor, onChange, onClose }: RefundResultProps) {
  const ending = endingOf(refund);
  const navigate = useNavigate();
  const settle = useAction("settle_refunds");
  const intentId = refund.intent_id;
  useEnd(refund, onChange);
  useAcknowledged(isEnd(ending) ? intentId : null);
  const look = () => {
    if (intentId === null) return;
    settle.mutate({ intent_id: intentId }, {
      onSuccess: (page) => {
        const now = page.items.find((one) => one.intent_id === intentId);
        if (now !== undefined) onChange(now);
      },
    });
  };
  const words = refund.problem === null ? null : codeWords(refund.problem);
  return (
    <div className={styles.result} data-ending={ending}>
      <div className={styles.ending} data-tone={TONES[ending]} role="status">
        <strong><Words of={`ending.${ending}.what`} with={{ amount: <Amount money={refund.amount} vendor={vendor} />, left: <LeavesIn refund={refund} /> }} /></strong>
        <span>{t(`ending.${ending}.money`)}</span>
        {refund.repeated && <span data-testid="repeated"><Words of="refund.repeated" with={{ time: <Time at={refund.created} /> }} /></span>}
        {refund.problem_detail !== null && <span><Words of="error.vendorSays" with={{ detail: <Untrusted personal text={refund.problem_detail} /> }} /></span>}
        {ending !== "done" && <span>{words !== null && words.next !== "" && (ending === "refused" || ending === "failed") ? words.next : t(`ending.${ending}.next`)}</span>}
        {refund.failure_reason !== null && <span>{visible(word("refundFailure", refund.failure_reason), "prose")}</span>}
        {refund.pending_reason !== null && <span>{visible(word("pendingReason", refund.pending_reason), "prose")}</span>}
        {refund.next_try !== null && <span><Words of="refunds.nextTry" with={{ time: <Time at={refund.next_try} short /> }} /></span>}
      </div>
      {refund.refund_id !== null && <Id id={refund.refund_id} />}
      {settle.error !== null && <ErrorNote error={settle.error} />}
      <DialogFoot>
        <Button onClick={() => { onClose(); void navigate({ to: "/refunds" }); }}>{t("refund.showAll")}</Button>
        <BeforeItLeft refund={refund} onChange={onChange} />
        {(ending === "unsettled" || ending === "underway" || ending === "person") && <Button onClick={look} disabled={settle.isPending}>{t(settle.isPending ? "refunds.settling" : "refunds.settleNow")}</Button>}
        {/* The form that had the focus is gone; Enter now closes what was read. */}
        {/* eslint-disable-next-line jsx-a11y/no-autofocus */}
        <Button look="main" autoFocus onClick={onClose}>{t("dialog.done")}</Button>
      </DialogFoot>
    </div>
  );
}

/** Shows a refund that waits as it ends, whoever sends it or takes it back. */
function useEnd(refund: RefundView, onChange: (refund: RefundView) => void): void {
  const { mutate } = useAction("settle_refunds");
  const changed = useEffectEvent(onChange);
  const waits = refund.state === "waiting" ? refund.intent_id : null;
  useEffect(() => {
    if (waits === null) return;
    mutate({ intent_id: waits, wait_ms: LONGEST_WINDOW_MS + SHOWN_AFTER_MS }, {
      onSuccess: (page) => {
        const now = page.items.find((one) => one.intent_id === waits);
        if (now !== undefined) changed(now);
      },
    });
  }, [waits, mutate]);
}

/** Tells the Desk that the end was shown, so that the same wish again is not taken for a repeat. */
function useAcknowledged(intentId: string | null): void {
  const { mutate } = useAction("acknowledge_intent", "refund.acknowledgeFailed");
  const told = useRef<string | null>(null);
  useEffect(() => {
    if (intentId === null || told.current === intentId) return;
    told.current = intentId;
    mutate({ intent_id: intentId });
  }, [intentId, mutate]);
}
