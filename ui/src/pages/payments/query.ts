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
