import { copyText } from "#ui/api/copy";
import { usePersonalHidden } from "#ui/api/personal";
import { t } from "#ui/messages/t";

import { Icon } from "./Icon";
import styles from "./Id.module.css";
import { Untrusted } from "./Untrusted";

interface IdProps {
  id: string;
  /** A cell of a grid is no place for a button of its own: the row copies by its hotkey. */
  bare?: boolean;
  /** Whether it tells of a payer, as an email does. It can be copied while it is hidden. */
  personal?: boolean;
}

/** An id in one width, with a copy at one click. */
export function Id({ id, bare = false, personal = false }: IdProps) {
  const hidden = usePersonalHidden() && personal;
  if (bare) {
    return (
      <span className={styles.id}>
        <Untrusted text={id} as="exact" personal={personal} />
      </span>
    );
  }
  return (
    <span className={styles.whole}>
      <span className={styles.id}>
        <Untrusted text={id} as="exact" personal={personal} />
      </span>
      <button type="button" className={styles.copy} aria-label={hidden ? t("id.copyHidden") : t("id.copy", { id })} title={t("id.copyShort")} onClick={() => void copyText(id)}>
        <Icon name="copy" />
      </button>
    </span>
  );
}
