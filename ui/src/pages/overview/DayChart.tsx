import { useState } from "react";

import type { CurrencyOverview, DayOverview } from "#ui/bindings/contract";
import { Amount } from "#ui/components/Amount";
import { perMille } from "#ui/format/money";
import { utcDay } from "#ui/format/time";
import { t } from "#ui/messages/t";
import { Words } from "#ui/components/Words";

import styles from "./OverviewPage.module.css";

const HEIGHT = 1000;
const STEP = 100;

/** What was taken and given back, by day. The table beside it says the same to those who cannot see it. */
export function DayChart({ currency }: { currency: CurrencyOverview }) {
  const [pointed, setPointed] = useState<DayOverview | null>(null);
  const { days } = currency;
  const largest = days.reduce((most, day) => {
    const [gross, back] = [BigInt(day.gross.minor), BigInt(day.refunded.minor)];
    const more = gross > back ? gross : back;
    return more > most ? more : most;
  }, 0n);
  const last = days.at(-1);
  return (
    <figure className={styles.chart}>
      <svg
        viewBox={`0 0 ${Math.max(1, days.length) * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t("overview.chart", { currency: currency.currency })}
        onMouseLeave={() => setPointed(null)}
      >
        {days.map((day, index) => {
          const gross = perMille(day.gross.minor, largest);
          const back = perMille(day.refunded.minor, largest);
          return (
            <g key={day.day} onMouseEnter={() => setPointed(day)}>
              <rect x={index * STEP} y={0} width={STEP} height={HEIGHT} className={pointed === day ? styles.pointed : styles.clear} />
              <rect x={index * STEP + 14} y={HEIGHT - gross} width={STEP - 28} height={gross} className={styles.bar} />
              <rect x={index * STEP + 34} y={HEIGHT - back} width={STEP - 68} height={back} className={styles.back} />
            </g>
          );
        })}
      </svg>
      <figcaption className={styles.caption}>
        {pointed === null ? (
          <>
            <span>{utcDay(days[0]?.day ?? "")}</span>
            <span className={styles.legend}>
              <span><span className={styles.keyGross} />{t("overview.gross")}</span>
              <span><span className={styles.keyBack} />{t("overview.refunded")}</span>
            </span>
            <span>{utcDay(last?.day ?? "")}</span>
          </>
        ) : (
          <span>
            <Words of="overview.pointed" with={{ day: utcDay(pointed.day), gross: <Amount money={pointed.gross} />, refunded: <Amount money={pointed.refunded} /> }} />
          </span>
        )}
      </figcaption>
    </figure>
  );
}
