import { useState } from "react";

import type { ProofCalendar, ProofRun } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Icon } from "#ui/components/Icon";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Words } from "#ui/components/Words";
import { LOCALE } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { Page, Stale } from "#ui/frame/Page";
import { codeWords } from "#ui/messages/errors";
import { t, tn, word } from "#ui/messages/t";
import paymentsStyles from "#ui/pages/payments/PaymentsPage.module.css";

import { Calendar } from "./Calendar";
import { DayDialog } from "./DayDialog";
import styles from "./ProofPage.module.css";

const number = new Intl.NumberFormat(LOCALE);

/** How complete the mirror is proven to be, day by day. */
export function ProofPage() {
  const [kind, setKind] = useState<string | null>(null);
  const [opened, setOpened] = useState<string | null>(null);
  const answer = useAnswer("show_proof", kind === null ? {} : { kind });
  // The kinds of the whole stay on screen while the days of one of them are asked for.
  const whole = useAnswer("show_proof", {});
  const run = useAction("run_proof", "proof.failedToRun");
  const cancel = useAction("cancel_proof", "proof.failedToCancel");
  const proof = answer.data;
  const runs = (whole.data?.accounts ?? []).flatMap((one) => (one.run === null ? [] : [one.run]));
  const running = runs.filter((one) => one.state === "running");
  const kinds = [...new Set((whole.data?.accounts ?? []).flatMap((one) => one.kinds.map((of) => of.kind)))];
  return (
    <Page
      scrolls
      title={t("nav.proof")}
      aside={
        <>
          {proof !== undefined && <ProvenSince at={proof.as_of} />}
          {running.length > 0 ? (
            <Button disabled={cancel.isPending} onClick={() => cancel.mutate({})}>{t("proof.cancel")}</Button>
          ) : (
            <Button icon="check" disabled={run.isPending} onClick={() => run.mutate({ wait: false })}>{t("proof.checkNow")}</Button>
          )}
        </>
      }
    >
      {proof === undefined ? (
        answer.error === null ? <Loading /> : <Failed error={answer.error} again={() => void answer.refetch()} />
      ) : (
        <>
          <Stale error={answer.error} again={() => void answer.refetch()} />
          <p className={styles.about}>{t("proof.about")}</p>
          <Standing proof={proof} />
          {runs.map((one) => <Run key={one.account} run={one} />)}
          <Budget proof={proof} />
          <div className={paymentsStyles.tools}>
            <div className={paymentsStyles.chips} role="group" aria-label={t("proof.kinds")}>
              <button type="button" className={paymentsStyles.chip} aria-pressed={kind === null} onClick={() => setKind(null)}>{t("proof.allKinds")}</button>
              {kinds.map((one) => (
                <button key={one} type="button" className={paymentsStyles.chip} aria-pressed={kind === one} onClick={() => setKind(one)}>{word("kind", one)}</button>
              ))}
            </div>
          </div>
          {proof.days.length === 0 ? (
            <Empty title={t("proof.none")} hint={t("proof.noneHint")} />
          ) : (
            <Calendar days={proof.days} onOpen={setOpened} />
          )}
        </>
      )}
      <DayDialog day={opened} onClose={() => setOpened(null)} />
    </Page>
  );
}

function ProvenSince({ at }: { at: string | null }) {
  if (at === null) return <span className="quiet">{t("proof.never")}</span>;
  return <span className="quiet"><Words of="proof.asOf" with={{ time: <Time at={at} short /> }} /></span>;
}

/** How many days stand how: a symbol and words, which the colour only repeats. */
function Standing({ proof }: { proof: ProofCalendar }) {
  const counts = [["green", proof.green], ["amber", proof.amber], ["red", proof.red]] as const;
  return (
    <dl className={styles.counts}>
      {counts.map(([state, count]) => (
        <div key={state} className={styles[state]}>
          <dt><span className={styles.symbol} aria-hidden="true">{t(`proof.symbol.${state}`)}</span> {t(`proof.state.${state}`)}</dt>
          <dd data-testid={`proof-${state}`}>{number.format(count)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The run that is under way, or how the last one ended. */
function Run({ run }: { run: ProofRun }) {
  const account = visible(run.account, "prose");
  if (run.state === "running") {
    return (
      <p className={styles.run} role="status">
        {t("proof.running", { account, compared: number.format(run.compared), planned: number.format(run.planned), requests: number.format(run.requests) })}
      </p>
    );
  }
  const why = run.problem === null ? null : codeWords(run.problem);
  return (
    <p className={styles.run} role="status" data-state={run.state}>
      {run.problem !== null && <Icon name="warn" />}
      <span>
        {word("proofRun", run.state)}{" "}
        {t("proof.ran", { account, compared: number.format(run.compared), requests: number.format(run.requests) })}{" "}
        {run.gaps > 0 && tn("proof.gaps", run.gaps, { healed: number.format(run.healed) })}
        {why !== null && ` ${why.what} ${why.next}`}
        {run.problem_detail !== null && ` ${visible(run.problem_detail, "prose")}`}
        {run.ended !== null && <span className="quiet"> <Words of="asOf.at" with={{ time: <Time at={run.ended} short /> }} /></span>}
      </span>
    </p>
  );
}

/** What the proof may ask of the vendor, where the vendor counts. */
function Budget({ proof }: { proof: ProofCalendar }) {
  return proof.accounts.map((one) => one.reads_allowed_today !== null && (
    <p key={one.account} className={styles.run}>
      {t("proof.budget", { account: visible(one.account, "prose"), made: number.format(one.reads_today), allowed: number.format(one.reads_allowed_today) })}
    </p>
  ));
}
