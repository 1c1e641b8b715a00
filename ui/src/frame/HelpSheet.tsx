import { Dialog } from "#ui/components/Dialog";
import { caps } from "#ui/keyboard/match";
import { HOTKEYS, hotkey, type Hotkey, type HotkeyId } from "#ui/hotkeys";
import { t } from "#ui/messages/t";

import styles from "./HelpSheet.module.css";

const GROUPS: readonly Hotkey["group"][] = ["go", "list", "payment", "window"];
const IDS = Object.keys(HOTKEYS) as HotkeyId[];
const mac = /Mac/.test(navigator.userAgent);

/** Every hotkey, read off the table that the window itself uses. */
export function HelpSheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} title={t("help.title")} about={t("help.about")} wide onClose={onClose}>
      <div className={styles.groups}>
        {GROUPS.map((group) => (
          <section key={group}>
            <h2>{t(`help.group.${group}`)}</h2>
            <dl className={styles.keys}>
              {IDS.filter((id) => hotkey(id).group === group).map((id) => (
                <div key={id} className={styles.line}>
                  <dt>{t(hotkey(id).name)}</dt>
                  <dd>
                    {hotkey(id).keys.map((keys, index) => (
                      <span key={keys}>
                        {index > 0 && <span className="quiet">{t("help.or")}</span>}
                        {caps(keys, mac).map((cap, at) => <kbd key={at} className={styles.cap}>{cap}</kbd>)}
                      </span>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
