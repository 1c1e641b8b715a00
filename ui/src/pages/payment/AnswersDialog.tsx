import { useState } from "react";

import type { AnswerCard, AnswerEvidence, PaymentDetail } from "#ui/bindings/contract";
import { useAnswer } from "#ui/api/hooks";
import { copyText } from "#ui/api/copy";
import { Amount } from "#ui/components/Amount";
import { Button } from "#ui/components/Button";
import { Chip } from "#ui/components/Chip";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { Choice } from "#ui/components/Field";
import { Id } from "#ui/components/Id";
import { Failed, Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { utcDayLong } from "#ui/format/time";
import { type HotkeyId } from "#ui/hotkeys";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, word } from "#ui/messages/t";

import styles from "./Answers.module.css";

interface AnswersDialogProps {
  payment: PaymentDetail;
  onClose: () => void;
}

/** The key that copies the reply of each card, in the order of the cards. */
const COPY_KEYS: readonly HotkeyId[] = ["copyFirstReply", "copySecondReply", "copyThirdReply"];

/** What to answer a payer, with replies in their language. */
export function AnswersDialog({ payment, onClose }: AnswersDialogProps) {
  const [language, setLanguage] = useState<string | null>(null);
  const replies = useAnswer("prepare_replies", language === null ? { payment: payment.own_id } : { payment: payment.own_id, language }, { keep: true });
  const answered = replies.data;
  return (
    <Dialog open wide title={t("answers.title")} about={t("answers.about")} onClose={onClose}>
      {answered === undefined && (replies.error === null ? <Loading /> : <Failed error={replies.error} again={() => void replies.refetch()} />)}
      {answered !== undefined && (
        <>
          <Choice
            label={t("answers.language")}
            value={language ?? answered.language}
            onChange={setLanguage}
            options={answered.languages.map((code) => ({ value: code, label: word("language", code) }))}
            hint={word("languageFrom", answered.language_from)}
          />
          <div className={styles.cards}>
            {answered.cards.map((card, index) => (
              <Card key={card.question} card={card} vendor={payment.vendor} language={answered.language} copyKey={COPY_KEYS[index]} />
            ))}
          </div>
        </>
      )}
      <DialogFoot>
        <Button onClick={onClose}>{t("dialog.done")}</Button>
      </DialogFoot>
    </Dialog>
  );
}

interface CardProps {
  card: AnswerCard;
  vendor: string;
  language: string;
  copyKey: HotkeyId | undefined;
}

function Card({ card, vendor, language, copyKey }: CardProps) {
  const copy = () => void copyText(card.reply);
  useHotkey(copyKey ?? "copyFirstReply", copy, copyKey !== undefined);
  const title = word("question", card.question);
  return (
    <section className={styles.card} aria-label={title} data-question={card.question} data-state={card.state}>
      <div className={styles.head}>
        <h3>{title}</h3>
        {card.question === "why_was_i_charged" ? <Chip group="payment" code={card.state} /> : <Chip group="answerState" code={card.state} />}
        <Button className={styles.copy} onClick={copy} {...(copyKey === undefined ? {} : { hotkey: copyKey })}>{t("answers.copy")}</Button>
      </div>
      {card.expected !== null && <p>{t("answers.expected", { from: utcDayLong(card.expected.from), until: utcDayLong(card.expected.until) })}</p>}
      {card.trace_reference !== null && <p>{t("refunds.trace")} <Id id={card.trace_reference} /></p>}
      {card.evidence.length > 0 && (
        <ul className={styles.evidence}>
          {card.evidence.map((one) => <Evidence key={`${one.what} ${one.id}`} one={one} vendor={vendor} />)}
        </ul>
      )}
      <blockquote className={styles.reply} lang={language}>
        {card.reply.split("\n\n").map((paragraph, index) => <p key={index}><Untrusted personal text={paragraph} /></p>)}
      </blockquote>
    </section>
  );
}

/** Which words a state of the evidence is said in. */
const GROUPS: Record<string, string> = { payment: "payment", other_payment: "payment", refund: "refundStatus", dispute: "dispute" };

function Evidence({ one, vendor }: { one: AnswerEvidence; vendor: string }) {
  return (
    <li>
      <span>{word("answerEvidence", one.what)}</span>
      <Chip group={GROUPS[one.what] ?? "state"} code={one.status} />
      {one.amount !== null && <Amount money={one.amount} vendor={vendor} />}
      <span className="quiet"><Time at={one.at} /></span>
      <Id id={one.id} />
      {one.known_by !== null && <span className="quiet">{word("knownBy", one.known_by)}</span>}
    </li>
  );
}
