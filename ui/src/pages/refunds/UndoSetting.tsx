import { useAction } from "#ui/api/hooks";
import { useHome } from "#ui/api/home";
import { Choice } from "#ui/components/Field";
import { t, tn } from "#ui/messages/t";
import styles from "#ui/pages/accounts/AccountsPage.module.css";

const SECONDS = [0, 5, 10, 20, 30, 60];

/** How long refunds of this home's windows wait before they leave. */
export function UndoSetting() {
  const chosen = useHome()?.undo_seconds;
  const set = useAction("set_undo_window", "undoWindow.failed");
  if (chosen === undefined) return null;
  // The file of settings may hold any whole number of seconds.
  const offered = SECONDS.includes(chosen) ? SECONDS : [...SECONDS, chosen].sort((one, other) => one - other);
  return (
    <section className={styles.mirror} aria-labelledby="undo-heading">
      <h2 id="undo-heading" className={styles.label}>{t("undoWindow.title")}</h2>
      <Choice
        label={t("undoWindow.label")}
        value={String(chosen)}
        disabled={set.isPending}
        onChange={(value) => set.mutate({ seconds: Number(value) })}
        options={offered.map((seconds) => ({ value: String(seconds), label: seconds === 0 ? t("undoWindow.none") : tn("duration.seconds", seconds) }))}
        hint={t("undoWindow.hint")}
      />
    </section>
  );
}
