import type { ProofDayMark } from "#ui/bindings/contract";

/** A month of days: whole weeks from Monday to Sunday, with nothing where the month or the range has no day. */
export interface Month {
  /** Such as `2026-11`. */
  month: string;
  weeks: (ProofDayMark | null)[][];
}

const DAY_MS = 86_400_000;

/** The day after or before, such as `2026-11-01` for 1 after `2026-10-31`. */
export function dayPlus(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Cuts days, oldest first, into months, newest first. */
export function monthsOf(days: readonly ProofDayMark[]): Month[] {
  const byMonth = new Map<string, ProofDayMark[]>();
  for (const day of days) {
    const month = day.day.slice(0, 7);
    byMonth.set(month, [...(byMonth.get(month) ?? []), day]);
  }
  return [...byMonth].reverse().map(([month, ofMonth]) => ({ month, weeks: weeksOf(ofMonth) }));
}

function weeksOf(days: readonly ProofDayMark[]): (ProofDayMark | null)[][] {
  const weeks: (ProofDayMark | null)[][] = [];
  let before: string | null = null;
  for (const day of days) {
    // Sunday is 0 there and the last day of the week here.
    const place = (new Date(`${day.day}T00:00:00Z`).getUTCDay() + 6) % 7;
    if (before === null || place === 0) weeks.push(Array.from({ length: 7 }, () => null));
    before = day.day;
    const week = weeks.at(-1);
    if (week !== undefined) week[place] = day;
  }
  return weeks;
}
