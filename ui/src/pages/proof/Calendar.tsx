import { useEffect, useMemo, useRef, useState } from "react";

import type { ProofDayMark } from "#ui/bindings/contract";
import { utcDayLong, utcMonth, weekdays } from "#ui/format/time";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { type MessageKey, t } from "#ui/messages/t";

import { dayPlus, monthsOf } from "./months";
import styles from "./ProofPage.module.css";

const SYMBOLS: Record<string, MessageKey> = { green: "proof.symbol.green", amber: "proof.symbol.amber", red: "proof.symbol.red" };
const STATES: Record<string, MessageKey> = { green: "proof.state.green", amber: "proof.state.amber", red: "proof.state.red" };

interface CalendarProps {
  days: readonly ProofDayMark[];
  onOpen: (day: string) => void;
}

/** Months of days, newest first. One day at a time takes the focus; the arrow keys move it. */
export function Calendar({ days, onOpen }: CalendarProps) {
  const months = useMemo(() => monthsOf(days), [days]);
  const known = useMemo(() => new Set(days.map((day) => day.day)), [days]);
  const newest = days.at(-1)?.day ?? "";
  const [chosen, setChosen] = useState(newest);
  const current = known.has(chosen) ? chosen : newest;
  const moved = useRef(false);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!moved.current) return;
    moved.current = false;
    list.current?.querySelector<HTMLElement>(`[data-day="${current}"]`)?.focus();
  }, [current]);
  const move = (by: number) => {
    const to = dayPlus(current, by);
    moved.current = true;
    // The first press only shows where one stands.
    if (document.activeElement?.getAttribute("data-day") !== current) list.current?.querySelector<HTMLElement>(`[data-day="${current}"]`)?.focus();
    else if (known.has(to)) setChosen(to);
  };
  useHotkey("nextDay", () => move(1));
  useHotkey("previousDay", () => move(-1));
  useHotkey("nextRow", () => move(7));
  useHotkey("previousRow", () => move(-7));
  return (
    <div className={styles.months} ref={list}>
      {months.map((month) => (
        <table key={month.month} className={styles.month}>
          <caption>{utcMonth(month.month)}</caption>
          <thead>
            <tr>{weekdays().map((name) => <th key={name.long} scope="col"><abbr title={name.long}>{name.short}</abbr></th>)}</tr>
          </thead>
          <tbody>
            {month.weeks.map((week) => (
              <tr key={week.find((day) => day !== null)?.day}>
                {week.map((day, place) => (
                  // Where a month has no day, only its place in the week tells the cells apart.
                  <td key={day?.day ?? place}>{day !== null && <DayCell day={day} isCurrent={day.day === current} onChoose={() => setChosen(day.day)} onOpen={() => onOpen(day.day)} />}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      ))}
    </div>
  );
}

function DayCell({ day, isCurrent, onChoose, onOpen }: { day: ProofDayMark; isCurrent: boolean; onChoose: () => void; onOpen: () => void }) {
  const state = STATES[day.state] ?? "proof.state.amber";
  const words = [utcDayLong(day.day), t(state), ...(day.healed ? [t("proof.healedOnce")] : [])].join(t("list.separator"));
  return (
    <button
      type="button" className={`${styles.day ?? ""} ${styles[day.state] ?? ""}`} data-day={day.day} data-state={day.state}
      tabIndex={isCurrent ? 0 : -1} aria-label={words} title={words} onFocus={onChoose} onClick={onOpen}
    >
      <span className={styles.dayNumber}>{Number(day.day.slice(8))}</span>
      <span className={styles.symbol} aria-hidden="true">{t(SYMBOLS[day.state] ?? "proof.symbol.amber")}{day.healed && t("proof.symbol.healed")}</span>
    </button>
  );
}
