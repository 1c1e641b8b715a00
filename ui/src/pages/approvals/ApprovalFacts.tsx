import { Link } from "@tanstack/react-router";

import type { ApprovalView, SignerView } from "#ui/bindings/contract";
import { Amount } from "#ui/components/Amount";
import { Chip, Label } from "#ui/components/Chip";
import { Icon } from "#ui/components/Icon";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { visible } from "#ui/format/text";
import { t, word } from "#ui/messages/t";
import { Fact } from "#ui/pages/payment/Facts";

import styles from "./Approvals.module.css";
import { nameOf } from "./columns";
import { Sum } from "./Sum";

/** What would be paid, for whom it is asked, and what this home knows of it. */
export function ApprovalFacts({ approval }: { approval: ApprovalView }) {
  const { payment_here: here, run } = approval;
  return (
    <div className={styles.facts}>
      <p className={styles.sum}>
        <span className={styles.amount}><Sum approval={approval} /></span>{" "}
        <Chip group="approval" code={approval.state} />{" "}
        <Label tone={approval.environment === "live" ? "bad" : "calm"}>{t(`environment.${approval.environment}`)}</Label>
      </p>
      <p className={styles.money} data-testid="money">{t(`approvalMoney.${known(approval.state)}`)}</p>
      {approval.warnings.map((code) => (
        <p key={code} className={styles.warning} role="note" data-warning={code}>
          <Icon name="warn" />
          <span>{visible(word("approvalWarning", code), "prose")}</span>
        </p>
      ))}
      <dl>
        <Fact name={t("column.payment")}>{approval.payment !== null && (here === null ? <Untrusted text={approval.payment} as="exact" /> : <Link to="/payments/$id" params={{ id: approval.payment }}><Untrusted text={approval.payment} as="exact" /></Link>)}</Fact>
        <Fact name={t("approvals.run")}>{run !== null && (approval.mine ? <Link to="/bulk/$id" params={{ id: run.id }}><Untrusted text={run.name ?? run.id} as="exact" /></Link> : <Untrusted text={run.id} as="exact" />)}</Fact>
        <Fact name={t("approvals.digest")}>{run !== null && <span className={`mono quiet ${styles.key ?? ""}`}>{run.digest}</span>}</Fact>
        <Fact name={t("column.account")}><Untrusted text={approval.account === null ? approval.account_id : t("approvals.accountHere", { label: approval.account, id: approval.account_id })} as="exact" /></Fact>
        {here !== null && (
          <Fact name={t("approvals.here")}>
            <Amount money={here.captured} vendor={here.vendor} />
            <span className="quiet"> {t("approvals.hereRefunded")} </span>
            <Amount money={here.refunded} vendor={here.vendor} />
            {here.email !== null && <span className="quiet"> <Untrusted personal text={here.email} as="exact" /></span>}
          </Fact>
        )}
        <Fact name={t("approvals.limit")}>{approval.limit !== null && word("approvalLimit", approval.limit)}</Fact>
        <Fact name={t("refund.reason")}>{approval.reason !== null && visible(word("reason", approval.reason), "prose")}</Fact>
        <Fact name={t("refund.note")}>{approval.note !== null && <Untrusted personal text={approval.note} />}</Fact>
        <Fact name={t("refund.ticket")}>{approval.ticket !== null && <Untrusted text={approval.ticket} as="exact" />}</Fact>
        <Fact name={t("approvals.askedBy")}>{approval.asked_by !== null && <Person signer={approval.asked_by} />}</Fact>
        <Fact name={t("column.created")}><Time at={approval.created} /></Fact>
        <Fact name={t("approvals.until")}><Time at={approval.expires} /></Fact>
        <Fact name={t("approvals.decidedBy")}>{approval.decided_by !== null && <Person signer={approval.decided_by} />}</Fact>
        <Fact name={t("approvals.decided")}>{approval.decided !== null && <Time at={approval.decided} />}</Fact>
        <Fact name={t("column.refund")}>{approval.intent_state !== null && <><Chip group="state" code={approval.intent_state} />{approval.refund_status !== null && <> <Chip group="refundStatus" code={approval.refund_status} /></>}</>}</Fact>
      </dl>
    </div>
  );
}

const STATES = ["asked", "to_decide", "approved", "declined", "used", "expired", "void"] as const;

function known(state: string): (typeof STATES)[number] {
  return STATES.find((one) => one === state) ?? "void";
}

/** A person by their name here and the fingerprint of their key. */
function Person({ signer }: { signer: SignerView }) {
  return (
    <>
      <Untrusted text={nameOf(signer)} /> <span className="mono quiet">{signer.fingerprint}</span>
      {!signer.me && !signer.trusted && <> <Label tone="warn">{t("approvals.notTrusted")}</Label></>}
    </>
  );
}
