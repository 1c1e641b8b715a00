import { useId, useState } from "react";

import type { ErrorBody, Preflight } from "#ui/bindings/contract";
import { useExponents, useHome } from "#ui/api/home";
import { useAnswer } from "#ui/api/hooks";
import { Amount } from "#ui/components/Amount";
import { Button } from "#ui/components/Button";
import { DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Choice, Field } from "#ui/components/Field";
import { exponentOf, formatMoney, plainAmount, subtractMinor } from "#ui/format/money";
import { Untrusted } from "#ui/components/Untrusted";
import { Words } from "#ui/components/Words";
import { useReadOnly } from "#ui/frame/writeAccess";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn, word } from "#ui/messages/t";

import { PreflightFacts } from "./PreflightFacts";
import styles from "./Refund.module.css";
import { isAbove, type Judged, judge, limitOf } from "./refundForm";

/** What a person wants. */
export interface Wish {
  /** In major units with a point, as the contract takes it. */
  amount: string;
  reason: string;
  note: string;
  ticket: string;
}

interface RefundFormProps {
  preflight: Preflight;
  sending: boolean;
  error: ErrorBody | null;
  onSend: (wish: Wish) => void;
  /** Asks a second person instead, with the file to write the request into. */
  onAsk: (wish: Wish, to: string) => void;
  onClose: () => void;
}

const REASONS = ["", "requested_by_customer", "duplicate", "fraudulent"] as const;

/** The form of a refund, under what must be seen before anything is typed. */
export function RefundForm({ preflight, sending, error, onSend, onAsk, onClose }: RefundFormProps) {
  const { payment, refundable } = preflight;
  const exponent = exponentOf(useExponents(), refundable.currency, payment.vendor);
  const [amount, setAmount] = useState("");
  const [reason, setReason] = useState("");
  const [note, setNote] = useState("");
  const [ticket, setTicket] = useState("");
  const form = useId();
  const blocked = preflight.blocked_by !== null;
  const readOnly = useReadOnly();
  const judged = judge(amount, exponent, refundable.minor);
  const ready = judged.ok && !blocked && !sending && !readOnly;
  // The Desk counts again when the refund is issued; somebody else may have refunded meanwhile.
  const above = error?.code === "over_limit" || (judged.ok && isAbove(preflight.alone, judged.minor));
  const folder = useAnswer("list_exports", {}).data?.folder ?? "~/";
  const [typed, setTyped] = useState<string | null>(null);
  const to = typed ?? `${folder}approval-request-${payment.id}-${new Date().toISOString().slice(0, 16).replaceAll(":", "")}.json`;
  const send = () => {
    if (!judged.ok || !ready) return;
    // The amount that was shown is the amount that is sent, even where that is all that is left.
    const wish = { amount: plainAmount(judged.minor, exponent), reason, note: note.trim(), ticket: ticket.trim() };
    if (above) onAsk(wish, to.trim());
    else onSend(wish);
  };
  const all = () => setAmount(plainAmount(refundable.minor, exponent));
  useHotkey("allThatIsLeft", all, !blocked && !sending);
  useHotkey("submit", send, ready);
  if (blocked) {
    return (
      <>
        <PreflightFacts preflight={preflight} />
        <DialogFoot><Button onClick={onClose}>{t("dialog.close")}</Button></DialogFoot>
      </>
    );
  }
  return (
    <form
      id={form}
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <PreflightFacts preflight={preflight} />
      <Field
        label={t("refund.amount", { currency: refundable.currency })}
        inputMode="decimal"
        value={amount}
        disabled={sending}
        // The remaining amount stands above it and is read out first as part of the dialog.
        // eslint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        maxLength={20}
        onChange={(event) => setAmount(event.target.value)}
        wrong={judged.ok || judged.wrong === null ? undefined : t(judged.wrong, { remaining: formatMoney(refundable, exponent) })}
        hint={t("refund.amountHint")}
        aside={<Button hotkey="allThatIsLeft" disabled={sending} onClick={all}>{t("refund.all")}</Button>}
      />
      <Choice
        label={t("refund.reason")}
        value={reason}
        disabled={sending}
        onChange={setReason}
        options={REASONS.map((value) => ({ value, label: value === "" ? t("refund.noReason") : word("reason", value) }))}
        hint={reason === "fraudulent" ? <span className={styles.warning}>{t("refund.fraudulentWarning")}</span> : undefined}
      />
      <Field personal label={t("refund.note")} hint={t(above ? "refund.inRequest" : "refund.noteHint")} value={note} maxLength={500} disabled={sending} onChange={(event) => setNote(event.target.value)} />
      <Field label={t("refund.ticket")} hint={t(above ? "refund.inRequest" : "refund.ticketHint")} value={ticket} maxLength={100} disabled={sending} onChange={(event) => setTicket(event.target.value)} />
      {above && (
        <>
          <p className={styles.warning} role="note" data-testid="above">
            <span><Words of={`refund.above.${limitOf(preflight.alone)}`} with={{ left: <Amount money={preflight.alone?.left ?? null} vendor={payment.vendor} />, most: <Amount money={preflight.alone?.most ?? null} vendor={payment.vendor} /> }} /></span>
          </p>
          <Field label={t("refund.requestFile")} hint={t("refund.requestHint")} value={to} maxLength={1000} disabled={sending} onChange={(event) => setTyped(event.target.value)} />
        </>
      )}
      {error !== null && <ErrorNote error={error} />}
      {readOnly && <p className={styles.warning} role="alert">{t("refund.blockedDisk")}</p>}
      {!above && <Summary preflight={preflight} judged={judged} exponent={exponent} />}
      <DialogFoot>
        <Button onClick={onClose} disabled={sending}>{t("dialog.cancel")}</Button>
        <Button type="submit" look={preflight.environment === "live" && !above ? "danger" : "main"} disabled={!ready} hotkey="submit">
          {above ? t(sending ? "refund.askingApproval" : "refund.ask") : sending ? t("refund.sending") : judged.ok ? t("refund.do", { amount: formatMoney({ minor: judged.minor, currency: refundable.currency }, exponent) }) : t("payment.refund")}
        </Button>
      </DialogFoot>
    </form>
  );
}

interface SummaryProps {
  preflight: Preflight;
  judged: Judged;
  exponent: number;
}

/** The one line that says what is about to happen, and with which money. */
function Summary({ preflight, judged, exponent }: SummaryProps) {
  const { payment, refundable, environment } = preflight;
  const undoSeconds = useHome()?.undo_seconds ?? 0;
  return (
    <p className={styles.summary} data-environment={environment} aria-live="polite">
      <strong>{t(`refund.with.${environment}`)}</strong>{" "}
      {judged.ok ? (
        <bdi>
          <Words
            of={judged.whole ? "refund.summaryAll" : "refund.summary"}
            with={{
              amount: formatMoney({ minor: judged.minor, currency: refundable.currency }, exponent),
              who: <Untrusted personal text={payment.email ?? payment.name ?? payment.customer ?? payment.id} as="exact" />,
              rest: formatMoney({ minor: subtractMinor(refundable.minor, judged.minor), currency: refundable.currency }, exponent),
            }}
          />
        </bdi>
      ) : (
        t("refund.summaryNone")
      )}
      {undoSeconds > 0 && judged.ok && <> {tn("refund.undoable", undoSeconds)}</>}
    </p>
  );
}

