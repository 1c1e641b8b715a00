import type { Preflight } from "#ui/bindings/contract";
import { Amount } from "#ui/components/Amount";
import { Chip, Label } from "#ui/components/Chip";
import { Icon } from "#ui/components/Icon";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { Words } from "#ui/components/Words";
import { visible } from "#ui/format/text";
import { codeWords } from "#ui/messages/errors";
import { t, word } from "#ui/messages/t";

import styles from "./Refund.module.css";

/** What must be seen before anything is typed: what is left, what went back, what stands against it. */
export function PreflightFacts({ preflight }: { preflight: Preflight }) {
  const { payment, refundable, earlier, open_disputes: disputes } = preflight;
  return (
    <div className={styles.preflight}>
      <div className={styles.left}>
        <span className="quiet">{t("refund.left")}</span>
        <span className={styles.leftAmount} data-testid="refundable"><Amount money={refundable} vendor={payment.vendor} /></span>
        <span className="quiet">
          <Words of="refund.of" with={{ amount: <Amount money={payment.captured} vendor={payment.vendor} />, who: <Untrusted personal text={payment.email ?? payment.name ?? payment.id} as="exact" /> }} />
        </span>
      </div>
      {earlier.length > 0 && (
        <ul className={styles.earlier} aria-label={t("refund.earlier")}>
          {earlier.map((refund) => (
            <li key={refund.intent_id ?? refund.refund_id}>
              <span>{t("refund.before")}</span>
              <Amount money={refund.amount} vendor={payment.vendor} />
              {refund.refund_status !== null ? <Chip group="refundStatus" code={refund.refund_status} /> : refund.state !== null ? <Chip group="state" code={refund.state} /> : <Label tone="calm">{t("refunds.elsewhere")}</Label>}
              <span className="quiet"><Time at={refund.created} short /></span>
            </li>
          ))}
        </ul>
      )}
      {disputes.map((dispute) => (
        <p key={dispute.id} className={styles.warning}>
          <Icon name="warn" />
          <span><Words of="refund.dispute" with={{ amount: <Amount money={dispute.amount} vendor={payment.vendor} />, status: visible(word("dispute", dispute.status), "prose") }} /></span>
        </p>
      ))}
      {preflight.warnings.map((code) => (
        <p key={code} className={code === "fee_not_returned" ? styles.remark : styles.warning}>
          {code !== "fee_not_returned" && <Icon name="warn" />}
          <span>{visible(word("refundWarning", code), "prose")}</span>
        </p>
      ))}
      {preflight.blocked_by !== null && <Blocked code={preflight.blocked_by} />}
    </div>
  );
}

function Blocked({ code }: { code: string }) {
  const words = codeWords(code);
  const fallback = visible(word("blocked", code), "prose");
  return (
    <div className={styles.blocked} role="alert" data-error={code}>
      <strong>{words === null || words.what === "" ? fallback : words.what}</strong>
      <span>{words?.next}</span>
    </div>
  );
}
