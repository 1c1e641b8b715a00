import type { CurrencyOverview, DayOverview } from "#ui/bindings/contract";

/** What days come to. */
export interface Sum {
  gross: bigint;
  refunded: bigint;
  succeeded: number;
  failed: number;
}

/** Adds days up. */
export function sumOf(days: readonly DayOverview[]): Sum {
  return days.reduce<Sum>((sum, day) => ({
    gross: sum.gross + BigInt(day.gross.minor), refunded: sum.refunded + BigInt(day.refunded.minor),
    succeeded: sum.succeeded + day.succeeded, failed: sum.failed + day.failed,
  }), { gross: 0n, refunded: 0n, succeeded: 0, failed: 0 });
}

/** The days before those that are shown, out of an answer that reaches twice as far back. */
export function periodBefore(currency: CurrencyOverview, longer: readonly CurrencyOverview[] | undefined): Sum | null {
  const first = currency.days[0]?.day;
  const all = longer?.find((one) => one.currency === currency.currency)?.days;
  if (first === undefined || all === undefined) return null;
  const before = all.filter((day) => day.day < first);
  // A comparison with fewer days than are shown would say something wrong.
  return before.length >= currency.days.length ? sumOf(before.slice(-currency.days.length)) : null;
}

/** How much more a figure is than before, in per mille; none where there was nothing before. */
export function change(now: bigint, before: bigint): number | null {
  return before <= 0n ? null : Number(((now - before) * 1000n) / before);
}
