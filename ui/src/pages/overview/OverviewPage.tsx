import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import type { Overview } from "#ui/bindings/contract";
import { useAnswer } from "#ui/api/hooks";
import { Amount } from "#ui/components/Amount";
import { Empty, Failed, Loading } from "#ui/components/State";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { count, LOCALE } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { utcDay } from "#ui/format/time";
import { Page, Stale } from "#ui/frame/Page";
import { AsOf } from "#ui/frame/StatusBar";
import { t, tn, word } from "#ui/messages/t";

import { quoted } from "#ui/pages/payments/query";

import { Attention } from "./Attention";
import { CurrencyBlock } from "./CurrencyBlock";
import styles from "./OverviewPage.module.css";

const RANGES = [7, 30, 90] as const;

/** What came in, what went back, what failed, and what waits for a person. */
export function OverviewPage() {
  const [days, setDays] = useState<number>(30);
  const answer = useAnswer("show_overview", { days });
  const overview = answer.data;
  const longer = useAnswer("show_overview", { days: days * 2 }).data;
  return (
    <Page
      scrolls
      title={t("nav.overview")}
      aside={
        <>
          {overview !== undefined && <AsOf at={overview.as_of} />}
          <div className={styles.ranges} role="group" aria-label={t("overview.range")}>
            {RANGES.map((one) => (
              <button key={one} type="button" className={styles.range} aria-pressed={one === days} onClick={() => setDays(one)}>
                {tn("overview.days", one)}
              </button>
            ))}
          </div>
        </>
      }
    >
      {overview === undefined ? (
        answer.error === null ? <Loading /> : <Failed error={answer.error} again={() => void answer.refetch()} />
      ) : (
        <>
          <Stale error={answer.error} again={() => void answer.refetch()} />
          <Attention overview={overview} />
          <p className={styles.between}>{between(overview)}</p>
          {overview.currencies.length === 0 ? (
            <Empty title={t("overview.none")} hint={t("overview.noneHint")} />
          ) : (
            <div className={styles.blocks}>
              {overview.currencies.map((currency) => <CurrencyBlock key={currency.currency} currency={currency} longer={longer?.currencies} />)}
            </div>
          )}
          <div className={styles.pair}>
            <FailureReasons overview={overview} />
            <RecentFailures overview={overview} />
            <MailRatesBlock overview={overview} />
          </div>
        </>
      )}
    </Page>
  );
}

/** Which days are shown, and of which time zone. */
function between(overview: Overview): string {
  const days = { first: utcDay(overview.first_day), last: utcDay(overview.last_day) };
  const zone = overview.reporting_zone;
  return zone === null ? t("overview.betweenOwn", days) : t("overview.between", { ...days, zone });
}

const percent = new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: 1 });

/** What became of email; each figure leads to its messages. */
function MailRatesBlock({ overview }: { overview: Overview }) {
  if (overview.mail.length === 0) return null;
  const days = `created:${overview.first_day}..${overview.last_day}`;
  return (
    <section className={styles.card}>
      <h2>{t("overview.mail")}</h2>
      <table className={styles.table}>
        <thead>
          <tr><th>{t("column.account")}</th><th className="number">{t("overview.mailTaken")}</th><th className="number">{t("overview.mailDelivered")}</th><th className="number">{t("overview.mailBounced")}</th><th className="number">{t("overview.mailOpened")}</th></tr>
        </thead>
        <tbody>
          {overview.mail.map((one) => {
            const to = (status: string, share: number) => (
              <td className="number"><Link to="/messages" search={{ q: `${status} account:${quoted(one.account)} ${days}` }}>{percent.format(share / 10_000)}</Link></td>
            );
            return (
              <tr key={one.account}>
                <th scope="row">{visible(one.account, "prose")}</th>
                <td className="number">{count.format(one.taken)}</td>
                {to("status:delivered", one.delivered_per_10_000)}
                {to("status:bounced", one.bounced_per_10_000)}
                {to("status:opened", one.opened_per_10_000)}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function FailureReasons({ overview }: { overview: Overview }) {
  const most = Math.max(1, ...overview.failures.map((one) => one.count));
  return (
    <section className={styles.card}>
      <h2>{t("overview.failures")}</h2>
      {overview.failures.length === 0 ? (
        <p className="quiet">{t("overview.noFailures")}</p>
      ) : (
        <table className={styles.table}>
          <tbody>
            {overview.failures.map((failure) => (
              <tr key={failure.reason}>
                <th scope="row">{visible(word("decline", failure.reason), "prose")}</th>
                <td className={styles.share}>
                  <span className={styles.shareBar} style={{ width: `${(failure.count * 100) / most}%` }} />
                </td>
                <td className="number">{count.format(failure.count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function RecentFailures({ overview }: { overview: Overview }) {
  const navigate = useNavigate();
  return (
    <section className={styles.card}>
      <h2>{t("overview.recentFailures")}</h2>
      {overview.recent_failures.length === 0 ? (
        <p className="quiet">{t("overview.noFailures")}</p>
      ) : (
        <table className={styles.table}>
          <thead className="only-heard">
            <tr><th>{t("column.email")}</th><th>{t("column.reason")}</th><th>{t("column.amount")}</th><th>{t("column.created")}</th></tr>
          </thead>
          <tbody>
            {overview.recent_failures.map((payment) => (
              <tr key={payment.own_id} className={styles.clickable} onClick={() => void navigate({ to: "/payments/$id", params: { id: payment.own_id } })}>
                <td className={styles.who}>
                  <Link to="/payments/$id" params={{ id: payment.own_id }}>
                    <Untrusted personal text={payment.email ?? payment.name ?? payment.id} as="exact" />
                  </Link>
                </td>
                <td className="quiet">{visible(word("decline", payment.decline_reason ?? payment.failure_code ?? "unknown"), "prose")}</td>
                <td className="number"><Amount money={payment.amount} vendor={payment.vendor} /></td>
                <td className="quiet number"><Time at={payment.created} short /></td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
