import { useRef, useState } from "react";

import type { ApprovalView, ErrorBody, PaymentView, RefundView } from "#ui/bindings/contract";
import { useAction, useAnswerOnce } from "#ui/api/hooks";
import { Dialog } from "#ui/components/Dialog";
import { Failed, Loading } from "#ui/components/State";
import { t } from "#ui/messages/t";

import { AskedApproval } from "./AskedApproval";
import { RefundForm, type Wish } from "./RefundForm";
import { RefundResult } from "./RefundResult";
import { isNewWish } from "./refundForm";

interface RefundDialogProps {
  payment: PaymentView;
  onClose: () => void;
}

/** Gives money back: first what the vendor says now, then the form, then how it ended. */
export function RefundDialog({ payment, onClose }: RefundDialogProps) {
  const preflight = useAnswerOnce("preflight_refund", { payment: payment.own_id });
  const issue = useAction("issue_refund");
  const ask = useAction("ask_approval");
  // Made when the dialog opens. It stays the same until it is certain that nothing moved under it.
  const [requestId, setRequestId] = useState<string>(() => crypto.randomUUID());
  const [result, setResult] = useState<RefundView | null>(null);
  const [asked, setAsked] = useState<ApprovalView | null>(null);
  const [error, setError] = useState<ErrorBody | null>(null);
  // Two presses of Enter in one frame see the same render, so what is under way is not read from it.
  const underway = useRef(false);

  const send = (wish: Wish) => {
    if (underway.current) return;
    underway.current = true;
    setError(null);
    issue.mutate(
      { request_id: requestId, payment: payment.own_id, amount: { choice: "exactly", amount: wish.amount }, ...(wish.reason === "" ? {} : { reason: wish.reason }), ...(wish.note === "" ? {} : { note: wish.note }), ...(wish.ticket === "" ? {} : { ticket: wish.ticket }) },
      {
        onSuccess: setResult,
        onError: (failure) => {
          setError(failure);
          if (isNewWish(failure)) setRequestId(crypto.randomUUID());
        },
        onSettled: () => {
          underway.current = false;
        },
      },
    );
  };

  const askFor = (wish: Wish, to: string) => {
    if (underway.current) return;
    underway.current = true;
    setError(null);
    ask.mutate(
      { request_id: requestId, payment: payment.own_id, amount: { choice: "exactly", amount: wish.amount }, ...(to === "" ? {} : { to }), ...(wish.reason === "" ? {} : { reason: wish.reason }), ...(wish.note === "" ? {} : { note: wish.note }), ...(wish.ticket === "" ? {} : { ticket: wish.ticket }) },
      {
        onSuccess: setAsked,
        onError: setError,
        onSettled: () => {
          underway.current = false;
        },
      },
    );
  };
  const busy = issue.isPending || ask.isPending;

  return (
    <Dialog open wide busy={busy} title={t(asked !== null ? "refund.titleAsked" : result === null ? "refund.title" : "refund.titleAfter")} onClose={onClose}>
      {asked !== null ? (
        <AskedApproval approval={asked} onClose={onClose} />
      ) : result !== null ? (
        <RefundResult refund={result} vendor={payment.vendor} onChange={setResult} onClose={onClose} />
      ) : preflight.data !== undefined ? (
        <RefundForm preflight={preflight.data} sending={busy} error={error} onSend={send} onAsk={askFor} onClose={onClose} />
      ) : preflight.error !== null ? (
        <Failed error={preflight.error} again={() => void preflight.refetch()} />
      ) : (
        <div>
          <p className="quiet">{t("refund.asking")}</p>
          <Loading rows={4} />
        </div>
      )}
    </Dialog>
  );
}
