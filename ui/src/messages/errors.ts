import errors from "#ui/bindings/errors.en.json";
import type { ErrorBody, ErrorCode } from "#ui/bindings/contract";

import { fill } from "./t";

/** An error in words: what happened, whether money moved, what to do next. */
export interface ErrorWords {
  what: string;
  money: string;
  next: string;
  /** Somebody else's sentence, such as the vendor's. */
  detail: string | null;
}

const table: Partial<Record<string, { what: string; next: string }>> = errors.errors;

/** The words of an error. */
export function errorWords(error: ErrorBody): ErrorWords {
  const words = table[error.code];
  return {
    what: words === undefined ? error.code : fill(words.what, error.params),
    money: errors.money[error.money_moved],
    next: words === undefined ? "" : fill(words.next, error.params),
    detail: error.detail,
  };
}

/** The words for a bare code, as rows of the journal carry it; none for a code that has none. */
export function codeWords(code: string): { what: string; next: string } | null {
  const words = Object.hasOwn(table, code) ? table[code] : undefined;
  if (words === undefined) return null;
  // The parameters were not kept with the code. A sentence with a hole in it says something wrong.
  const whole = (sentence: string) => (sentence.includes("{") ? "" : sentence);
  return { what: whole(words.what), next: whole(words.next) };
}

function isErrorBody(thrown: unknown): thrown is ErrorBody {
  return typeof thrown === "object" && thrown !== null && "code" in thrown && "money_moved" in thrown && "params" in thrown;
}

/** Whatever was thrown, as an error of the table. An answer that was lost may have been a yes. */
export function asErrorBody(thrown: unknown): ErrorBody {
  if (isErrorBody(thrown)) return thrown;
  const lost = thrown instanceof TypeError;
  const code: ErrorCode = lost ? "desk_gone" : "internal";
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return { code, money_moved: "unknown", params: lost ? {} : { why }, detail: null };
}
