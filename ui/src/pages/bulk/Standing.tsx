import { Link } from "@tanstack/react-router";

import type { BulkRunView } from "#ui/bindings/contract";
import { Amount } from "#ui/components/Amount";
import { Chip } from "#ui/components/Chip";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { Words } from "#ui/components/Words";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { roughly } from "#ui/format/time";
import { codeWords } from "#ui/messages/errors";
import { t, tn, word } from "#ui/messages/t";

import { approvalWords, rowsOf } from "./bulk";
import styles from "./Bulk.module.css";

/** Where a run stands, why, what it comes to, and what it needs a second person for. */
export function Standing({ run }: { run: BulkRunView }) {
  return (
    <div className={styles.standing}>
      {run.same_as !== null && <p className={styles.warning} role="status"><Words of="bulk.sameAs" with={{ run: <Link to="/bulk/$id" params={{ id: run.same_as }}>{t("bulk.earlierRun")}</Link> }} /></p>}
      {run.state === "paused" && <p className={styles.warning} role="status">{pausedBecause(run)}</p>}
      <Beyond run={run} />
      <Approval run={run} />
      {run.state === "running" && <Progress run={run} />}
      <table className={styles.totals}>
        <caption className="only-heard">{t("bulk.totals")}</caption>
        <thead><tr><th scope="col">{t("column.state")}</th><th scope="col">{t("bulk.rows")}</th><th scope="col">{t("column.amount")}</th></tr></thead>
        <tbody>
          {run.totals.map((one) => (
            <tr key={`${one.state}-${one.amount?.currency ?? ""}`}>
              <th scope="row"><Chip group="bulkRow" code={one.state} /></th>
              <td>{count.format(one.rows)}</td>
              <td><Amount money={one.amount} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const BEYOND = { per_refund: "bulkOver.per_refund", per_day: "bulkOver.per_day", per_person: "bulkOver.per_person" } as const;

/** The limits that it would go beyond, as long as nobody agreed to its rows. */
function Beyond({ run }: { run: BulkRunView }) {
  if (run.over_limits.length === 0 || approvalWords(run) === "approved") return null;
  return (
    <div className={styles.warning} role="status" data-testid="beyond">
      <p>{t("bulk.beyond")}</p>
      <ul>
        {run.over_limits.map((one) => {
          const of = one.limit in BEYOND ? BEYOND[one.limit as keyof typeof BEYOND] : BEYOND.per_refund;
          return <li key={`${one.limit}-${one.most.currency}`}><Words of={of} with={{ rows: tn("bulk.rowsIn", one.rows), most: <Amount money={one.most} />, left: <Amount money={one.left} />, wanted: <Amount money={one.wanted} /> }} /></li>;
        })}
      </ul>
      <p>{t("bulk.beyondNext")}</p>
    </div>
  );
}

/** How it stands with the second person who was asked. */
function Approval({ run }: { run: BulkRunView }) {
  const words = approvalWords(run);
  if (run.approval === null || words === null) return null;
  const { by, rows, total, expires } = run.approval;
  const tone = words === "approved" || words === "used" ? styles.approved : words === "asked" ? styles.asked : styles.warning;
  return (
    <p className={tone} role="status" data-approval={words}>
      <Words of={`bulkApproval.${words}`} with={{ by: <strong><Untrusted text={by ?? ""} /></strong>, rows: tn("bulk.rowsIn", rows), total, time: <Time at={expires} /> }} />{" "}
      <Link to="/approvals">{t("bulk.showApproval")}</Link>
    </p>
  );
}

/** Reasons that are Paydesk's own, whose details are no sentence of the vendor's. */
const OWN_REASONS: readonly string[] = ["interrupted", "by_person", "live_locked", "over_limit", "approval_unknown_person", "approval_differs", "approval_void", "approval_other_device"];

function pausedBecause(run: BulkRunView): string {
  const code = run.problem ?? "by_person";
  const own = OWN_REASONS.includes(code);
  const words = own ? null : codeWords(code);
  const why = words === null ? word("bulkPaused", code) : `${words.what} ${words.next}`;
  const said = run.problem_detail === null ? "" : visible(run.problem_detail, "prose");
  const detail = said === "" ? "" : code === "over_limit" ? t("bulk.limitIs", { limit: said }) : own ? "" : t("error.vendorSays", { detail: said });
  return [t("bulk.paused"), why.trim(), detail].filter((part) => part !== "").join(" ");
}

function Progress({ run }: { run: BulkRunView }) {
  const whole = run.to_send + run.ended_rows + rowsOf(run, "open");
  const parts = [t("bulk.progress", { ended: count.format(run.ended_rows), total: count.format(whole) })];
  if (run.rows_per_second !== null) parts.push(t("sync.rate", { rate: count.format(run.rows_per_second) }));
  if (run.remaining_ms !== null) {
    const left = roughly(run.remaining_ms);
    parts.push(t("sync.left", { time: tn(left.key, left.count) }));
  }
  return (
    <div className={styles.progress} role="status">
      <progress aria-label={t("bulk.progressOf")} max={Math.max(whole, 1)} value={run.ended_rows} />
      <span>{parts.join(t("list.separator"))}</span>
    </div>
  );
}
