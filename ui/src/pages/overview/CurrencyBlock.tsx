import { useState, type ReactNode } from "react";

import type { CurrencyOverview } from "#ui/bindings/contract";
import { Amount } from "#ui/components/Amount";
import { Button } from "#ui/components/Button";
import { count, LOCALE } from "#ui/format/locale";
import { utcDay } from "#ui/format/time";
import { t, tn } from "#ui/messages/t";

import { DayChart } from "./DayChart";
import styles from "./OverviewPage.module.css";

const percent = new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: 1 });

/** One currency by itself: amounts of two currencies are never added. */
export function CurrencyBlock({ currency }: { currency: CurrencyOverview }) {
  const [asTable, setAsTable] = useState(false);
  return (
    <section className={styles.card} aria-label={currency.currency}>
      <div className={styles.cardHead}>
        <h2>{currency.currency}</h2>
        <Button look="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {t(asTable ? "overview.asChart" : "overview.asTable")}
        </Button>
      </div>
      <dl className={styles.figures}>
        <Figure name={t("overview.gross")} below={tn("overview.payments", currency.succeeded)}><Amount money={currency.gross} /></Figure>
        <Figure name={t("overview.refunded")} below={tn("overview.refunds", currency.refunds)}><Amount money={currency.refunded} /></Figure>
        <Figure name={t("overview.net")}><Amount money={currency.net} /></Figure>
        <Figure name={t("overview.refundRate")} below={t("overview.byAmount")}>{percent.format(currency.refund_rate_per_10_000 / 10_000)}</Figure>
        <Figure name={t("overview.successRate")} below={tn("overview.failed", currency.failed)}>{percent.format(currency.success_rate_per_10_000 / 10_000)}</Figure>
      </dl>
      {asTable ? <DayTable currency={currency} /> : <DayChart currency={currency} />}
    </section>
  );
}

function Figure({ name, below, children }: { name: string; below?: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span className={styles.figure}>{children}</span>
        {below !== undefined && <span className={styles.below}>{below}</span>}
      </dd>
    </div>
  );
}

function DayTable({ currency }: { currency: CurrencyOverview }) {
  return (
    // A region that scrolls must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.dayTable} tabIndex={0} role="region" aria-label={t("overview.byDay", { currency: currency.currency })}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t("overview.day")}</th>
            <th scope="col" className="number">{t("overview.gross")}</th>
            <th scope="col" className="number">{t("overview.refunded")}</th>
            <th scope="col" className="number">{t("overview.succeededCount")}</th>
            <th scope="col" className="number">{t("overview.failedCount")}</th>
          </tr>
        </thead>
        <tbody>
          {currency.days.map((day) => (
            <tr key={day.day}>
              <th scope="row">{utcDay(day.day)}</th>
              <td className="number"><Amount money={day.gross} /></td>
              <td className="number"><Amount money={day.refunded} /></td>
              <td className="number">{count.format(day.succeeded)}</td>
              <td className="number">{count.format(day.failed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
