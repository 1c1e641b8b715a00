import type { ExponentView, Money, PaymentView } from "#ui/bindings/contract";
import { exponentOf, formatMoney, plainAmount } from "#ui/format/money";
import { visible } from "#ui/format/text";
import { utcDayLong } from "#ui/format/time";
import { t, word } from "#ui/messages/t";

/** Ways to copy payments. */
export const COPY_FORMS = ["text", "csv", "reply"] as const;
export type CopyForm = (typeof COPY_FORMS)[number];

/** What copying depends on beside the rows. */
export interface CopySetting {
  exponents: readonly ExponentView[];
  /** Whether personal data is hidden: then nothing of it is copied either. */
  hidden: boolean;
}

/** What payments come to, currency by currency; vendors that count a currency in other steps stand by themselves. */
export function totalsOf(rows: readonly PaymentView[], exponents: readonly ExponentView[]): { money: Money; vendor: string }[] {
  const sums = new Map<string, { minor: bigint; currency: string; vendor: string }>();
  for (const { amount, vendor } of rows) {
    const key = `${amount.currency} ${exponentOf(exponents, amount.currency, vendor)}`;
    const sum = sums.get(key) ?? { minor: 0n, currency: amount.currency, vendor };
    sums.set(key, { ...sum, minor: sum.minor + BigInt(amount.minor) });
  }
  return [...sums.values()].map(({ minor, currency, vendor }) => ({ money: { minor: minor.toString(), currency }, vendor }));
}

/** With an apostrophe in front where a spreadsheet program would read a formula, as the exports of Paydesk write it. */
export function unarmed(text: string): string {
  const armed = /^[\t\r\n]/.test(text) || /^[\s\p{Cc}\p{Cf}]*[=+\-@|\uff1d\uff0b\uff0d\uff20\u2212]/u.test(text);
  return armed ? `'${text}` : text;
}

function cell(text: string): string {
  const safe = unarmed(text);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function asText(rows: readonly PaymentView[], { exponents, hidden }: CopySetting): string {
  const line = (row: PaymentView) => [
    formatMoney(row.amount, exponentOf(exponents, row.amount.currency, row.vendor)), word("payment", row.state), row.created,
    ...(hidden ? [] : [row.email ?? row.name ?? ""]), row.id,
  ];
  return rows.map((row) => line(row).map((one) => one.replaceAll(/[\t\r\n]+/g, " ")).join("\t")).join("\n");
}

function asCsv(rows: readonly PaymentView[], { exponents, hidden }: CopySetting): string {
  const head = ["id", "amount", "currency", "status", "created", ...(hidden ? [] : ["email", "name", "description"]), "account"];
  const lines = rows.map((row) => [
    row.id, plainAmount(row.amount.minor, exponentOf(exponents, row.amount.currency, row.vendor)), row.amount.currency.toUpperCase(), row.state, row.created,
    ...(hidden ? [] : [row.email ?? "", row.name ?? "", row.description ?? ""]), row.account,
  ].map((text, index) => (index === 1 ? text : cell(text))).join(","));
  return [head.join(","), ...lines].join("\r\n");
}

/** One plain sentence per payment, oldest first, as one answers a payer who asked about several. */
function asReply(rows: readonly PaymentView[], { exponents }: CopySetting): string {
  const inOrder = [...rows].sort((one, other) => (one.created < other.created ? -1 : 1));
  const sentence = (row: PaymentView) => {
    const amount = formatMoney(row.amount, exponentOf(exponents, row.amount.currency, row.vendor));
    const refunded = formatMoney(row.refunded, exponentOf(exponents, row.refunded.currency, row.vendor));
    const with_ = { day: utcDayLong(row.created.slice(0, 10)), amount, refunded };
    if (row.status === "failed" || row.status === "canceled") return t("copyReply.notTaken", with_);
    return row.refunded.minor === "0" ? t("copyReply.taken", with_) : t("copyReply.refunded", with_);
  };
  return inOrder.map(sentence).join("\n");
}

/** Payments as text for the clipboard. */
export function copied(rows: readonly PaymentView[], form: CopyForm, setting: CopySetting): string {
  if (form === "csv") return asCsv(rows, setting);
  return visibleLines(form === "text" ? asText(rows, setting) : asReply(rows, setting));
}

/** Line by line, since the ends of lines would be made visible as well. */
function visibleLines(text: string): string {
  return text.split("\n").map((line) => line.split("\t").map((one) => visible(one, "prose")).join("\t")).join("\n");
}
