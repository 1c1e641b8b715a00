import { mixesScripts, type Strictness, visible } from "#ui/format/text";
import { t } from "#ui/messages/t";

import { Personal } from "./Personal";
import styles from "./Untrusted.module.css";

interface UntrustedProps {
  text: string;
  /** `exact` for ids, emails and amounts; `prose` for names and descriptions. */
  as?: Strictness;
  /** Whether it tells of a payer, and is hidden with all that does. */
  personal?: boolean;
}

/** Text of a vendor or a customer: a text node, kept apart from the direction of what is around it. */
export function Untrusted({ text, as = "prose", personal = false }: UntrustedProps) {
  const mixed = as === "exact" && mixesScripts(text);
  const shown = (
    <bdi>
      {visible(text, as)}
      {mixed && (
        <span className={styles.mixed} role="img" aria-label={t("text.mixedScripts")} title={t("text.mixedScripts")}>
          {t("text.mixedMark")}
        </span>
      )}
    </bdi>
  );
  return personal && text !== "" ? <Personal>{shown}</Personal> : shown;
}
