import type { QuerySubject } from "#ui/bindings/contract";
import ofEvents from "#ui/bindings/search-events.en.json";
import ofMessages from "#ui/bindings/search-messages.en.json";
import ofPayments from "#ui/bindings/search.en.json";
import { Dialog } from "#ui/components/Dialog";
import { t } from "#ui/messages/t";

import styles from "./PaymentsPage.module.css";

const WORDS: Record<QuerySubject, Record<string, string>> = { payments: ofPayments, events: ofEvents, messages: ofMessages };
const ABOUT = { payments: "payments.findHelpAbout", events: "webhooks.findHelpAbout", messages: "messages.findHelpAbout" } as const;

/** What a word of the search takes. */
export function explanationOf(of: QuerySubject, key: string): string {
  return Object.hasOwn(WORDS[of], key) ? (WORDS[of][key] ?? "") : "";
}

/** The words of the search on one sheet. */
export function FindHelp({ of, onClose }: { of: QuerySubject; onClose: () => void }) {
  return (
    <Dialog open title={t("payments.findHelp")} about={t(ABOUT[of])} onClose={onClose}>
      {/* A list that scrolls must take the focus, or the keys could not reach its end. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <dl className={styles.words} tabIndex={0}>
        {Object.entries(WORDS[of]).map(([word, takes]) => (
          <div key={word}>
            <dt className="mono">{/^[a-z0-9_]+$/.test(word) ? t("payments.fieldWord", { word }) : word}</dt>
            <dd>{takes}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
