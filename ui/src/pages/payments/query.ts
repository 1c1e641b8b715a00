/** The states that a chip filters by; the words are those of the search itself. */
export const STATES = ["succeeded", "refunded", "partially_refunded", "disputed", "failed", "pending", "uncaptured", "canceled"] as const;

export type PaymentState = (typeof STATES)[number];

const STATUS_WORD = /(^|\s)status:(\S+)/;

/** The state that a search asks for by its word, where it asks for one of ours. */
export function stateIn(query: string): PaymentState | null {
  const word = STATUS_WORD.exec(query)?.[2];
  return STATES.find((state) => state === word) ?? null;
}

/** The same search with its state exchanged or taken out. What else was typed stays as it is. */
export function withState(query: string, state: PaymentState | null): string {
  const rest = query.replace(STATUS_WORD, "$1").replace(/\s+/g, " ").trim();
  return [state === null ? "" : `status:${state}`, rest].filter((part) => part !== "").join(" ");
}

/** A search cut at the column of its mistake, counted from 1, so that the place can be shown. */
export function cutAt(query: string, column: string | undefined): { before: string; at: string; after: string } | null {
  const place = Number(column);
  // The backend counts code points, not letters as people see them.
  const characters = Array.from(query);
  if (!Number.isInteger(place) || place < 1 || place > characters.length + 1) return null;
  return {
    before: characters.slice(0, place - 1).join(""),
    at: characters[place - 1] ?? " ",
    after: characters.slice(place).join(""),
  };
}

/** A search with an offer in the place of what was typed of it. Places count code points, as the backend does. */
export function accepted(query: string, span: { from: number; until: number }, text: string): { query: string; place: number } {
  const characters = Array.from(query);
  const [before, after] = [characters.slice(0, span.from), characters.slice(span.until)];
  // A field word goes on with its value; a value is done with.
  const written = text.endsWith(":") || after[0] === " " ? text : `${text} `;
  return { query: [...before, written, ...after].join(""), place: before.length + Array.from(written).length };
}

const SORT_WORD = /(^|\s)sort:(\S+)/;

/** The order that a search asks for by its word, such as `-amount`; newest first where it asks for none. */
export function sortIn(query: string): string {
  return SORT_WORD.exec(query)?.[2] ?? "-created";
}

/** The same search in another order. Amounts are only in order within a currency, so one is named where none is. */
export function withSort(query: string, sort: string, currency: string | undefined): string {
  const rest = query.replace(SORT_WORD, "$1").replace(/\s+/g, " ").trim();
  const named = !sort.endsWith("amount") || /(^|[\s(])currency:/.test(rest) || currency === undefined;
  return [rest, sort === "-created" ? "" : `sort:${sort}`, named ? "" : `currency:${currency.toLowerCase()}`].filter((part) => part !== "").join(" ");
}

/** The search with its wrong word exchanged; none where it does not stand where the mistake was found. */
export function mend(query: string, before: string, wrong: string, nearest: string): string | null {
  return query.startsWith(wrong, before.length) ? `${before}${nearest}${query.slice(before.length + wrong.length)}` : null;
}

/** Whether a word with a colon is being typed: half of its value is a mistake that nobody made. */
export function endsInField(query: string): boolean {
  return /(^|[\s(-])[\p{L}_.]+:[^\s]*$/u.test(query);
}

/**
 * A value of a search in quotes where it needs them, so that a label with blanks stays one value. No quote can be
 * written inside of quotes, of whichever kind: a blank stands in its place, and finds the words around it.
 */
export function quoted(value: string): string {
  if (/^[\p{L}\p{N}_.@+-]+$/u.test(value)) return value;
  return `"${value.replaceAll(/["\u201c\u201d\u201e\u00ab\u00bb]/g, " ")}"`;
}
