import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";

import type { CurrencyOverview } from "#ui/bindings/contract";
import { Amount } from "#ui/components/Amount";
import { Button } from "#ui/components/Button";
import { count, LOCALE } from "#ui/format/locale";
import { utcDay } from "#ui/format/time";
import { t, tn } from "#ui/messages/t";

import { change, periodBefore } from "./compare";
import { DayChart } from "./DayChart";
import styles from "./OverviewPage.module.css";

const percent = new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: 1 });

interface CurrencyBlockProps {
  currency: CurrencyOverview;
  /** The same of twice as many days, for the comparison. */
  longer: readonly CurrencyOverview[] | undefined;
}

/** One currency by itself: amounts of two currencies are never added. */
export function CurrencyBlock({ currency, longer }: CurrencyBlockProps) {
  const [asTable, setAsTable] = useState(false);
  const before = periodBefore(currency, longer);
  const days = `currency:${currency.currency.toLowerCase()} created:${currency.days[0]?.day ?? ""}..${currency.days.at(-1)?.day ?? ""}`;
  return (
    <section className={styles.card} aria-label={currency.currency}>
      <div className={styles.cardHead}>
        <h2>{currency.currency}</h2>
        <Button look="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {t(asTable ? "overview.asChart" : "overview.asTable")}
        </Button>
      </div>
      <dl className={styles.figures}>
        <Figure name={t("overview.gross")} below={tn("overview.payments", currency.succeeded)} rows={`-status:failed,pending,uncaptured,canceled ${days}`} change={before && change(BigInt(currency.gross.minor), before.gross)}><Amount money={currency.gross} /></Figure>
        <Figure name={t("overview.refunded")} below={tn("overview.refunds", currency.refunds)} rows={`refund:any ${days}`} rowsName={t("overview.refundedRows")} change={before && change(BigInt(currency.refunded.minor), before.refunded)}><Amount money={currency.refunded} /></Figure>
        <Figure name={t("overview.net")} change={before && change(BigInt(currency.net.minor), before.gross - before.refunded)}><Amount money={currency.net} /></Figure>
        <Figure name={t("overview.refundRate")} below={t("overview.byAmount")}>{percent.format(currency.refund_rate_per_10_000 / 10_000)}</Figure>
        <Figure name={t("overview.successRate")} below={tn("overview.failed", currency.failed)} rows={`status:failed ${days}`} rowsName={t("overview.failedRows")}>{percent.format(currency.success_rate_per_10_000 / 10_000)}</Figure>
      </dl>
      {asTable ? <DayTable currency={currency} /> : <DayChart currency={currency} />}
    </section>
  );
}

interface FigureProps {
  name: string;
  below?: string;
  /** The search for the rows behind it. */
  rows?: string;
  /** What these rows are, where the name of the figure does not say it. */
  rowsName?: string;
  /** In per mille of the period before. */
  change?: number | null;
  children: ReactNode;
}

function Figure({ name, below, rows, rowsName, change, children }: FigureProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span className={styles.figure}>
          {rows === undefined ? children : <Link to="/payments" search={{ q: rows }} className={styles.rows} title={rowsName ?? t("overview.rows")}>{children}</Link>}
        </span>
        {below !== undefined && <span className={styles.below}>{below}</span>}
        {change !== undefined && <span className={styles.change}>{change !== null && changeWords(change)}</span>}
      </dd>
    </div>
  );
}

/** A change in words and a sign, so that nobody has to read it from a colour. */
function changeWords(perMille: number): string {
  if (perMille === 0) return t("overview.same");
  const share = percent.format(Math.abs(perMille) / 1000);
  return t(perMille > 0 ? "overview.more" : "overview.less", { percent: share });
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
