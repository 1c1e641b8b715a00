import type { BookBreak, BookVerified } from "#ui/bindings/contract";
import { Id } from "#ui/components/Id";
import { count } from "#ui/format/locale";
import { type MessageKey, t, tn } from "#ui/messages/t";

import styles from "./BookPage.module.css";

const FLAWS: Record<string, MessageKey> = {
  missing: "book.flaw.missing",
  changed: "book.flaw.changed",
  out_of_place: "book.flaw.outOfPlace",
  cut_off: "book.flaw.cutOff",
  rewritten: "book.flaw.rewritten",
};

function sentence(found: BookBreak): string {
  return t(FLAWS[found.flaw] ?? "book.flaw.unknown", { line: count.format(found.line) });
}

/** What following the book came to: whether it fits, and the first line that does not. */
export function Verified({ result }: { result: BookVerified }) {
  return (
    <div className={styles.verified} data-whole={result.whole} role={result.whole ? "status" : "alert"}>
      <p><strong>{result.whole ? tn("book.whole", result.lines) : t("book.broken")}</strong></p>
      {result.broken !== null && <p>{sentence(result.broken)} {t("book.brokenNext")}</p>}
      <p className="quiet">{result.kept === null ? t("book.notKept") : tn("book.kept", result.since_kept)}</p>
      {result.erased > 0 && <p className="quiet">{tn("book.erasedParts", result.erased)}</p>}
      <p className={styles.head}><span className="quiet">{t("book.head")}</span> <Id id={result.head} /></p>
    </div>
  );
}
