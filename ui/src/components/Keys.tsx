import { hotkey, type HotkeyId } from "#ui/hotkeys";
import { caps } from "#ui/keyboard/match";

import styles from "./Keys.module.css";

const mac = /Mac/.test(navigator.userAgent);

/** The caps of a hotkey. They are announced by `aria-keyshortcuts`, so here they are only seen. */
export function Keys({ id, heard = false }: { id: HotkeyId; heard?: boolean }) {
  const [first] = hotkey(id).keys;
  if (first === undefined) return null;
  return (
    <span className={styles.keys} aria-hidden={heard ? undefined : true}>
      {caps(first, mac).map((cap, index) => (
        <kbd key={index} className={styles.cap}>
          {cap}
        </kbd>
      ))}
    </span>
  );
}
