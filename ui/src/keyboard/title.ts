import { hotkey, type HotkeyId } from "#ui/hotkeys";
import { t } from "#ui/messages/t";

import { caps } from "./match";

/** A tooltip that names an action and its keys. */
export function hotkeyTitle(id: HotkeyId): string {
  const { keys, name } = hotkey(id);
  const shown = caps(keys[0] ?? "", /Mac/.test(navigator.userAgent)).join(" ");
  return t("hotkey.title", { name: t(name), keys: shown });
}
