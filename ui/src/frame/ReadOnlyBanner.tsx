import { Icon } from "#ui/components/Icon";
import { t } from "#ui/messages/t";

import styles from "./Page.module.css";
import { useReadOnly } from "./writeAccess";

/** Says that the disk takes no writes, until it does again, which nobody has to do anything for here. */
export function ReadOnlyBanner() {
  if (!useReadOnly()) return null;
  return (
    <div className={styles.stale} role="alert">
      <Icon name="warn" />
      <span>{t("frame.readOnly")}</span>
    </div>
  );
}
