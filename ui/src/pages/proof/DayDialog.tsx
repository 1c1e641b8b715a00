import type { ProofDayDetail, ProofDayRow, ProofSide } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Amount } from "#ui/components/Amount";
import { Button } from "#ui/components/Button";
import { Chip } from "#ui/components/Chip";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { Failed, Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { Words } from "#ui/components/Words";
import { LOCALE } from "#ui/format/locale";
import { utcDayLong } from "#ui/format/time";
import { visible } from "#ui/format/text";
import { t, tn, word } from "#ui/messages/t";

import styles from "./ProofPage.module.css";

const number = new Intl.NumberFormat(LOCALE);
/** One day with both sides, kind by kind. */
export function DayDialog({ day, onClose }: { day: string | null; onClose: () => void }) {
  return (
    <Dialog open={day !== null} wide title={day === null ? "" : utcDayLong(day)} about={t("proof.dayAbout")} onClose={onClose}>
      {day !== null && <Day day={day} />}
    </Dialog>
  );
}

function Day({ day }: { day: string }) {
  const answer = useAnswer("show_proof_day", { day });
  const run = useAction("run_proof", "proof.failedToRun");
  const detail = answer.data;
  if (detail === undefined) return answer.error === null ? <Loading /> : <Failed error={answer.error} again={() => void answer.refetch()} />;
  return (
    <>
      <Sides detail={detail} />
      <DialogFoot>
        <span className="quiet"><Words of="proof.counted" with={{ time: <Time at={detail.counted} short /> }} /></span>
        <Button icon="check" disabled={run.isPending} onClick={() => run.mutate({ from: day, until: day, wait: true })}>
          {t(run.isPending ? "proof.checking" : "proof.checkDay")}
        </Button>
      </DialogFoot>
    </>
  );
}

function Sides({ detail }: { detail: ProofDayDetail }) {
  const several = new Set(detail.rows.map((row) => row.account)).size > 1;
  return (
    // A region that scrolls must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.sides} tabIndex={0} role="region" aria-label={t("proof.sides")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("proof.kind")}</th>
            <th scope="col">{t("column.status")}</th>
            <th scope="col" className="number">{t("proof.mirror")}</th>
            <th scope="col" className="number">{t("proof.vendor")}</th>
            <th scope="col">{t("proof.compared")}</th>
            <th scope="col">{t("proof.found")}</th>
          </tr>
        </thead>
        <tbody>
          {detail.rows.map((row) => (
            <tr key={`${row.account} ${row.kind}`}>
              <th scope="row">
                {visible(word("kind", row.kind), "prose")}
                {several && <span className={styles.below}><Untrusted text={row.account} /></span>}
              </th>
              <td>
                <Chip group="proofState" code={row.state} />
                {row.reason !== null && <span className={styles.below}>{visible(word("proofReason", row.reason), "prose")}</span>}
              </td>
              <td className="number"><Side side={row.mirror} other={row.vendor} /></td>
              <td className="number">{row.vendor === null ? <span className="quiet">{t("proof.notListed")}</span> : <Side side={row.vendor} other={row.mirror} />}</td>
              <td>{row.checked === null ? <span className="quiet">{t("proof.notCompared")}</span> : <Time at={row.checked} short />}</td>
              <td><Found row={row} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Count, sums and the first digits of the digest, which differ where anything does. */
function Side({ side, other }: { side: ProofSide; other: ProofSide | null }) {
  const differs = other !== null && other.digest !== side.digest;
  return (
    <span className={differs ? styles.differs : undefined}>
      {number.format(side.count)}
      {side.sums.map((sum) => (
        <span key={sum.currency} className={styles.below}><Amount money={{ minor: sum.minor, currency: sum.currency }} /></span>
      ))}
      {side.count > 0 && <span className={`${styles.below ?? ""} mono`} title={side.digest}>{side.digest.slice(0, 8)}</span>}
    </span>
  );
}

function Found({ row }: { row: ProofDayRow }) {
  if (row.found === null) return <span className="quiet">{t("proof.nothingFound")}</span>;
  const parts = [
    ...(row.missing > 0 ? [tn("proof.missing", row.missing)] : []),
    ...(row.altered > 0 ? [tn("proof.altered", row.altered)] : []),
    ...(row.unknown > 0 ? [tn("proof.unknown", row.unknown)] : []),
  ];
  return (
    <>
      {parts.length === 0 ? t("proof.somethingFound") : parts.join(t("list.separator"))}
      <span className={styles.below}>
        {row.healed === null ? <Words of="proof.foundAt" with={{ time: <Time at={row.found} short /> }} /> : <Words of="proof.healedAt" with={{ time: <Time at={row.healed} short /> }} />}
      </span>
    </>
  );
}
