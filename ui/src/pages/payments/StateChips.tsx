import { t, word } from "#ui/messages/t";

import styles from "./PaymentsPage.module.css";
import { type PaymentState, stateIn, STATES, withState } from "./query";

interface StateChipsProps {
  query: string;
  onChange: (query: string) => void;
}

/** The commonest filter at one click; it writes the search's own word, so both always agree. */
export function StateChips({ query, onChange }: StateChipsProps) {
  const chosen = stateIn(query);
  const chip = (state: PaymentState | null, label: string) => (
    <button key={label} type="button" className={styles.chip} aria-pressed={chosen === state} onClick={() => onChange(withState(query, state))}>
      {label}
    </button>
  );
  return (
    <div className={styles.chips} role="group" aria-label={t("payments.states")}>
      {chip(null, t("payments.all"))}
      {STATES.map((state) => chip(state, word("payment", state)))}
    </div>
  );
}
