import { useAction } from "#ui/api/hooks";
import { useEnvironment, useHome } from "#ui/api/home";
import { hidePersonal, usePersonalHidden } from "#ui/api/personal";
import { Icon } from "#ui/components/Icon";
import { Menu } from "#ui/components/Menu";
import { Time } from "#ui/components/Time";
import { visible } from "#ui/format/text";
import { countdown, leftMs } from "#ui/format/time";
import { ariaShortcuts } from "#ui/keyboard/match";
import { hotkeyTitle } from "#ui/keyboard/title";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn, word } from "#ui/messages/t";
import { Words } from "#ui/components/Words";
import { platform } from "#ui/platform/index";

import styles from "./StatusBar.module.css";
import { SyncStatus } from "./SyncStatus";
import { useNow } from "./useNow";
import { useSyncSummary } from "./useSync";
import { useWriteAccess } from "./writeAccess";

/** What must always be in sight: where keys are, whether the mirror is encrypted, how old it is. */
export function StatusBar({ onHelp }: { onHelp: () => void }) {
  return (
    <footer className={styles.bar} aria-label={t("status.label")}>
      <VaultStatus />
      <MirrorStatus />
      <Problems />
      <PersonalSwitch />
      <span className={styles.spring} />
      {platform.environment() === "live" && <LiveLock />}
      <SyncStatus />
      <button type="button" className={styles.help} aria-label={t("hotkey.help")} title={hotkeyTitle("help")} onClick={onHelp}>
        {t("status.helpMark")}
      </button>
    </footer>
  );
}

/** Hides personal data in all of the window, or shows it again, and says all the while that it is hidden. */
function PersonalSwitch() {
  const hidden = usePersonalHidden();
  useHotkey("hidePersonal", () => hidePersonal(!hidden));
  return (
    <>
      <button type="button" className={hidden ? styles.covered : styles.inline} aria-keyshortcuts={ariaShortcuts("hidePersonal")} title={hotkeyTitle("hidePersonal")} onClick={() => hidePersonal(!hidden)}>
        <Icon name={hidden ? "covered" : "eye"} />
        {t(hidden ? "personal.hidden" : "personal.hide")}
      </button>
      <span className="only-heard" role="status">{hidden && t("personal.hidden")}</span>
    </>
  );
}

function VaultStatus() {
  const home = useHome();
  if (home === undefined) return null;
  const { kind, available } = home.vault;
  const calm = kind === "keychain" && available;
  return (
    <span className={calm ? styles.item : styles.warn} title={t("status.vaultHint", { kind: word("vault", kind) })}>
      <Icon name={calm ? "lock" : "warn"} />
      {available ? word("vault", kind) : t("status.vaultGone", { kind: word("vault", kind) })}
    </span>
  );
}

function MirrorStatus() {
  const environment = useEnvironment();
  if (environment?.encrypted !== true && environment?.encrypted !== false) return null;
  return environment.encrypted ? (
    <span className={styles.item}>{t("status.encrypted")}</span>
  ) : (
    <span className={styles.warn} title={t("status.plainHint")}>
      <Icon name="warn" />
      {t("status.plain")}
    </span>
  );
}

function Problems() {
  const problems = useHome()?.problems ?? [];
  if (problems.length === 0) return null;
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className={styles.problems}>
          <Icon name="warn" />
          {tn("status.problems", problems.length)}
        </button>
      }
    >
      <ul className={styles.list}>
        {problems.map((problem) => (
          <li key={problem.code + problem.message}>{visible(problem.message, "prose")}</li>
        ))}
      </ul>
    </Menu>
  );
}

function LiveLock() {
  const state = useEnvironment()?.lock;
  const until = state?.unlocked_until ?? null;
  const { unlock } = useWriteAccess();
  const lock = useAction("lock_writes", "unlock.lockFailed");
  const now = useNow(until !== null);
  const left = until === null ? 0 : leftMs(until, now);
  if (left <= 0) {
    return (
      <button type="button" className={styles.locked} onClick={() => unlock()}>
        <Icon name="lock" />
        {t("unlock.readOnly")}
      </button>
    );
  }
  return (
    <span className={styles.unlocked}>
      <Icon name="unlock" />
      <span role="timer" aria-label={t("unlock.timer")}>{t("unlock.open", { account: visible(state?.account ?? "", "exact"), left: countdown(left) })}</span>
      {state?.actions_left != null && <span>{tn("unlock.actionsLeft", state.actions_left)}</span>}
      <button type="button" className={styles.inline} onClick={() => lock.mutate({ idle: false })}>
        {t("unlock.lockNow")}
      </button>
    </span>
  );
}

/** As of when the mirror is whole, for figures whose answer states no time of its own. */
export function MirrorAsOf() {
  return <AsOf at={useSyncSummary().asOf} />;
}

/** The time that everything on screen is as of, where it is known. */
export function AsOf({ at }: { at: string | null }) {
  if (at === null) return <span className="quiet">{t("asOf.never")}</span>;
  return (
    <span className="quiet">
      <Words of="asOf.at" with={{ time: <Time at={at} short /> }} />
    </span>
  );
}

