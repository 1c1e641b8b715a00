import type { ExponentView, Money } from "#ui/bindings/contract";

import { LOCALE } from "./locale";

/** Decimals that a vendor uses for a currency; two where it states no exception. */
export function exponentOf(exponents: readonly ExponentView[], currency: string, vendor = "stripe"): number {
  const ofVendor = exponents.find((one) => one.vendor === vendor) ?? exponents[0];
  const exception = ofVendor?.exceptions.find(([code]) => code.toUpperCase() === currency.toUpperCase());
  return exception?.[1] ?? 2;
}

/** An amount cut into sign, whole and decimal digits. */
export interface Digits {
  negative: boolean;
  whole: string;
  decimals: string;
}

/** Cuts minor units into digits, as text throughout: no amount ever becomes a number. */
export function digitsOf(minor: string, exponent: number): Digits | null {
  if (!/^-?\d{1,30}$/.test(minor)) return null;
  const negative = minor.startsWith("-");
  const padded = (negative ? minor.slice(1) : minor).padStart(exponent + 1, "0");
  const cut = padded.length - exponent;
  const whole = padded.slice(0, cut).replace(/^0+(?=\d)/, "");
  return { negative, whole, decimals: padded.slice(cut) };
}

const formats = new Map<string, Intl.NumberFormat>();

function formatFor(locale: string | undefined, currency: string, decimals: number): Intl.NumberFormat | null {
  const key = `${locale ?? ""}|${currency}|${decimals}`;
  const kept = formats.get(key);
  if (kept !== undefined) return kept;
  try {
    const made = new Intl.NumberFormat(locale ?? LOCALE, {
      style: "currency",
      currency,
      // Western digits everywhere: ours are put in place of those that Intl printed.
      numberingSystem: "latn",
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    formats.set(key, made);
    return made;
  } catch {
    return null;
  }
}

/** Decimals that people write the currency with, which a vendor's exponent may exceed. */
function customaryDecimals(currency: string): number {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** An amount for people, in the reader's locale. What cannot be read is shown as it came. */
export function formatMoney(money: Money, exponent: number, locale?: string): string {
  const digits = digitsOf(money.minor, exponent);
  if (digits === null) return `${money.minor} ${money.currency}`;
  const superfluous = digits.decimals.length > customaryDecimals(money.currency) && /^0+$/.test(digits.decimals);
  const decimals = superfluous ? "" : digits.decimals;
  const format = formatFor(locale, money.currency.toUpperCase(), decimals.length);
  if (format === null) return `${plainAmount(money.minor, exponent)} ${money.currency}`;
  const isZero = digits.whole === "0";
  // There is no negative zero among big integers, so -0.50 borrows the pattern of -1.
  const size = BigInt(isZero && digits.negative ? "1" : digits.whole);
  return format
    .formatToParts(digits.negative ? -size : size)
    .map((part) => {
      if (part.type === "fraction") return decimals;
      return part.type === "integer" && isZero ? "0" : part.value;
    })
    .join("");
}

/** An amount as it is typed and sent: digits and a point, such as `5.00`. */
export function plainAmount(minor: string, exponent: number): string {
  const digits = digitsOf(minor, exponent);
  if (digits === null) return minor;
  const decimals = digits.decimals === "" ? "" : `.${digits.decimals}`;
  return `${digits.negative ? "-" : ""}${digits.whole}${decimals}`;
}

/** What was typed as an amount. */
export type Typed =
  | { kind: "empty" }
  | { kind: "amount"; minor: string }
  | { kind: "wrong"; why: "shape" | "comma" | "decimals" | "zero" };

/** Reads what a person typed, strictly: a reading that guesses is a refund of the wrong amount. */
export function readAmount(text: string, exponent: number): Typed {
  const trimmed = text.trim();
  if (trimmed === "") return { kind: "empty" };
  if (/^\d+,\d*$/.test(trimmed)) return { kind: "wrong", why: "comma" };
  const parts = /^(\d{1,15})(?:\.(\d+))?$/.exec(trimmed);
  if (parts === null) return { kind: "wrong", why: "shape" };
  const decimals = parts[2] ?? "";
  if (decimals.length > exponent) return { kind: "wrong", why: "decimals" };
  const minor = BigInt(`${parts[1] ?? "0"}${decimals.padEnd(exponent, "0")}`);
  return minor === 0n ? { kind: "wrong", why: "zero" } : { kind: "amount", minor: minor.toString() };
}

/** Compares two amounts of one currency: negative, zero or positive. */
export function compareMinor(left: string, right: string): number {
  const difference = BigInt(left) - BigInt(right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** What is left of an amount. */
export function subtractMinor(from: string, what: string): string {
  return (BigInt(from) - BigInt(what)).toString();
}

/** How much of the largest an amount is, 0 to 1,000, for the height of a bar and nothing else. */
export function perMille(minor: string, largest: bigint): number {
  if (largest <= 0n) return 0;
  const share = (BigInt(minor) * 1000n) / largest;
  return Number(share < 0n ? 0n : share > 1000n ? 1000n : share);
}
