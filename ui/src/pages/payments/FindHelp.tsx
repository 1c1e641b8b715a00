import explanations from "#ui/bindings/search.en.json";
import { Dialog } from "#ui/components/Dialog";
import { t } from "#ui/messages/t";

import styles from "./PaymentsPage.module.css";

const WORDS: Record<string, string> = explanations;

/** What a word of the search takes. */
export function explanationOf(key: string): string {
  return Object.hasOwn(WORDS, key) ? (WORDS[key] ?? "") : "";
}

/** The words of the search on one sheet. */
export function FindHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open title={t("payments.findHelp")} about={t("payments.findHelpAbout")} onClose={onClose}>
      {/* A list that scrolls must take the focus, or the keys could not reach its end. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <dl className={styles.words} tabIndex={0}>
        {Object.entries(WORDS).map(([word, takes]) => (
          <div key={word}>
            <dt className="mono">{/^[a-z0-9_]+$/.test(word) ? t("payments.fieldWord", { word }) : word}</dt>
            <dd>{takes}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
