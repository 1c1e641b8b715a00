import type { Connected } from "#ui/bindings/contract";
import { Button } from "#ui/components/Button";
import { Chip } from "#ui/components/Chip";
import { DialogFoot } from "#ui/components/Dialog";
import { openEnvironment } from "#ui/frame/EnvironmentSwitcher";
import { visible } from "#ui/format/text";
import { t, tn, word } from "#ui/messages/t";
import { platform } from "#ui/platform/index";

import styles from "./AccountsPage.module.css";

interface ConnectedNoteProps {
  connected: Connected;
  onClose: () => void;
}

/** What connecting did: where the account is, what was taken over, what was left and why. */
export function ConnectedNote({ connected, onClose }: ConnectedNoteProps) {
  const { account, imported } = connected;
  const here = account.environment === platform.environment();
  const denied = account.rights.filter((right) => right.answer === "denied");
  return (
    <div className={styles.form}>
      <p role="status">
        {t(here ? "connect.here" : "connect.elsewhere", { label: visible(account.label, "exact"), environment: t(`environment.${account.environment}`) })}
      </p>
      {denied.length > 0 && <p className={styles.advice}>{tn("connect.denied", denied.length, { rights: denied.map((right) => right.right).join(", ") })}</p>}
      {imported.length > 0 && (
        <>
          <ul className={styles.imported} aria-label={t("connect.imported")}>
            {imported.map((variable) => (
              <li key={variable.name}>
                <code>{visible(variable.name, "exact")}</code>
                <Chip group="imported" code={variable.outcome} />
                {variable.reason !== null && <span className="quiet">{visible(word("skipped", variable.reason), "prose")}</span>}
              </li>
            ))}
          </ul>
          <p className={styles.advice}>{t("connect.deleteFile")}</p>
        </>
      )}
      <DialogFoot>
        {!here && <Button look="main" onClick={() => openEnvironment(account.environment)}>{t("environment.open", { environment: t(`environment.${account.environment}`) })}</Button>}
        <Button look={here ? "main" : "plain"} onClick={onClose}>{t("dialog.done")}</Button>
      </DialogFoot>
    </div>
  );
}
