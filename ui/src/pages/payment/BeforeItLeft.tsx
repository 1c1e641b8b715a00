import type { RefundView } from "#ui/bindings/contract";
import { useAction } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { ErrorNote } from "#ui/components/ErrorNote";
import { leftMs } from "#ui/format/time";
import { useNow } from "#ui/frame/useNow";
import { useWriteAccess } from "#ui/frame/writeAccess";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t } from "#ui/messages/t";

/** How long a refund still waits. A reader does not call every second out. */
export function LeavesIn({ refund }: { refund: RefundView }) {
  const now = useNow(refund.release_at !== null);
  const seconds = refund.release_at === null ? 0 : Math.ceil(leftMs(refund.release_at, now) / 1000);
  return <span role="timer" className="number">{seconds > 0 ? t("refund.leavesIn", { seconds }) : t("refund.leavesNow")}</span>;
}

interface BeforeItLeftProps {
  refund: RefundView;
  onChange: (refund: RefundView) => void;
}

/** What can be done with a refund while nothing of it has left: taking it back, and sending it now. */
export function BeforeItLeft({ refund, onChange }: BeforeItLeftProps) {
  const withdraw = useAction("withdraw_intent");
  const release = useAction("release_intent");
  const { guarded } = useWriteAccess();
  const { intent_id: intentId, can_withdraw: canWithdraw, can_send: canSend } = refund;
  const busy = withdraw.isPending || release.isPending;
  const undo = () => {
    if (intentId !== null && !busy) withdraw.mutate({ intent_id: intentId }, { onSuccess: onChange });
  };
  const send = () => {
    if (intentId !== null && !busy) release.mutate({ intent_id: intentId }, { onSuccess: onChange });
  };
  useHotkey("undo", undo, canWithdraw && !busy);
  const error = withdraw.error ?? release.error;
  return (
    <>
      {error !== null && <ErrorNote error={error} />}
      {canSend && <Button disabled={busy} onClick={() => guarded(send)}>{t(release.isPending ? "refund.sending" : "refund.sendNow")}</Button>}
      {canWithdraw && <Button hotkey="undo" disabled={busy} onClick={undo}>{t(refund.state === "waiting" ? "refund.undo" : "refund.withdraw")}</Button>}
    </>
  );
}
