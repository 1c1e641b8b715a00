import type { ReactNode } from "react";

import { usePersonalHidden } from "#ui/api/personal";
import { t } from "#ui/messages/t";

import styles from "./Personal.module.css";

/**
 * What tells of a payer: email, name, last digits of a card, description, note. While personal data is hidden
 * a bar stands in its place, as wide for everybody, and nothing of it is in the page at all.
 */
export function Personal({ children }: { children: ReactNode }) {
  return usePersonalHidden() ? <Bar /> : children;
}

function Bar() {
  return <span className={styles.bar} role="img" aria-label={t("personal.bar")} title={t("personal.bar")} data-personal="hidden" />;
}
