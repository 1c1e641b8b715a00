import { useRef, useState } from "react";

import type { ErrorBody, PaymentDetail, WriteOutcome } from "#ui/bindings/contract";
import { useAction } from "#ui/api/hooks";
import { useExponents } from "#ui/api/home";
import { Button } from "#ui/components/Button";
import { Chip } from "#ui/components/Chip";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { exponentOf, formatMoney, plainAmount } from "#ui/format/money";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t } from "#ui/messages/t";
import { platform } from "#ui/platform/index";

import styles from "./Refund.module.css";
import { isNewWish, judge } from "./refundForm";

interface WriteProps {
  payment: PaymentDetail;
  onClose: () => void;
}

/** Sends a write once per wish: the id is made when the dialog opens and kept while an answer may be lost. */
function useWish<Request>(send: (request: Request, answered: { onSuccess: (outcome: WriteOutcome) => void; onError: (error: ErrorBody) => void; onSettled: () => void }) => void) {
  const [requestId, setRequestId] = useState<string>(() => crypto.randomUUID());
  const [outcome, setOutcome] = useState<WriteOutcome | null>(null);
  const [error, setError] = useState<ErrorBody | null>(null);
  const underway = useRef(false);
  const start = (request: Request) => {
    if (underway.current) return;
    underway.current = true;
    setError(null);
    send(request, {
      onSuccess: setOutcome,
      onError: (failure) => {
        setError(failure);
        if (isNewWish(failure)) setRequestId(crypto.randomUUID());
      },
      onSettled: () => {
        underway.current = false;
      },
    });
  };
  return { requestId, outcome, error, start };
}

/** Takes authorised money, whole or in part. */
export function CaptureDialog({ payment, onClose }: WriteProps) {
  const capture = useAction("capture_payment");
  const exponent = exponentOf(useExponents(), payment.amount.currency, payment.vendor);
  const capturable = payment.intention?.capturable ?? payment.amount;
  const [amount, setAmount] = useState(() => plainAmount(capturable.minor, exponent));
  const wish = useWish(capture.mutate);
  const judged = judge(amount, exponent, capturable.minor);
  const send = () => {
    if (judged.ok) wish.start({ request_id: wish.requestId, payment: payment.own_id, ...(judged.whole ? {} : { amount: plainAmount(judged.minor, exponent) }) });
  };
  return (
    <WriteDialog
      title={t("capture.title")} about={t("capture.about", { environment: t(`environment.${platform.environment()}`) })}
      doIt={judged.ok ? t("capture.do", { amount: formatMoney({ minor: judged.minor, currency: capturable.currency }, exponent) }) : t("payment.capture")}
      ready={judged.ok} sending={capture.isPending} error={wish.error} outcome={wish.outcome} onSend={send} onClose={onClose}
    >
      <Field
        label={t("refund.amount", { currency: capturable.currency })} inputMode="decimal" value={amount} maxLength={20} disabled={capture.isPending}
        wrong={judged.ok || judged.wrong === null ? undefined : t(judged.wrong, { remaining: formatMoney(capturable, exponent) })}
        hint={t("capture.hint")}
        onChange={(event) => setAmount(event.target.value)}
      />
    </WriteDialog>
  );
}

/** Lets authorised money go. */
export function CancelDialog({ payment, onClose }: WriteProps) {
  const cancel = useAction("cancel_payment");
  const wish = useWish(cancel.mutate);
  const exponent = exponentOf(useExponents(), payment.amount.currency, payment.vendor);
  return (
    <WriteDialog
      title={t("cancel.title")} about={t("cancel.about", { environment: t(`environment.${platform.environment()}`), amount: formatMoney(payment.amount, exponent) })}
      doIt={t("payment.cancel")} ready sending={cancel.isPending} error={wish.error} outcome={wish.outcome}
      onSend={() => wish.start({ request_id: wish.requestId, payment: payment.own_id })} onClose={onClose}
    />
  );
}

interface WriteDialogProps {
  title: string;
  about: string;
  doIt: string;
  ready: boolean;
  sending: boolean;
  error: ErrorBody | null;
  outcome: WriteOutcome | null;
  onSend: () => void;
  onClose: () => void;
  children?: React.ReactNode;
}

function WriteDialog({ title, about, doIt, ready, sending, error, outcome, onSend, onClose, children }: WriteDialogProps) {
  return (
    <Dialog open title={title} about={about} busy={sending} onClose={onClose}>
      {outcome !== null ? (
        <Outcome outcome={outcome} onClose={onClose} />
      ) : (
        <WriteForm doIt={doIt} ready={ready} sending={sending} error={error} onSend={onSend} onClose={onClose}>{children}</WriteForm>
      )}
    </Dialog>
  );
}

function WriteForm({ doIt, ready, sending, error, onSend, onClose, children }: Omit<WriteDialogProps, "title" | "about" | "outcome">) {
  useHotkey("submit", onSend, ready && !sending);
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); onSend(); }}>
      {children}
      {error !== null && <ErrorNote error={error} />}
      <DialogFoot>
        <Button onClick={onClose} disabled={sending}>{t("dialog.cancel")}</Button>
        <Button type="submit" look="main" hotkey="submit" disabled={!ready || sending}>{sending ? t("refund.sending") : doIt}</Button>
      </DialogFoot>
    </form>
  );
}

function Outcome({ outcome, onClose }: { outcome: WriteOutcome; onClose: () => void }) {
  const settled = outcome.state === "settled";
  return (
    <div className={styles.result}>
      <div className={styles.ending} data-tone={settled ? "good" : outcome.state === "refused" ? "bad" : "warn"} role="status">
        <strong>{t(settled ? "write.settled" : outcome.state === "refused" ? "write.refused" : "write.unsettled")}</strong>
        <span>
          <Chip group="state" code={outcome.state} /> {outcome.status !== null && <Chip group="payment" code={outcome.status} />}
        </span>
      </div>
      <DialogFoot>
        {/* eslint-disable-next-line jsx-a11y/no-autofocus -- The form that had the focus is gone. */}
        <Button look="main" autoFocus onClick={onClose}>{t("dialog.done")}</Button>
      </DialogFoot>
    </div>
  );
}
