import { HOTKEYS, hotkey, type HotkeyId } from "#ui/hotkeys";

/** What of a key press decides. */
export interface Press {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** How a press is written in the table, such as `Mod+Enter`, `Alt+a`, `?`. */
export function written(press: Press): string {
  const mod = press.ctrlKey || press.metaKey;
  // Alt changes what a letter key types on some layouts, so the letter is read off the key itself.
  const letter = /^Key([A-Z])$/.exec(press.code)?.[1]?.toLowerCase();
  const key = press.altKey && letter !== undefined ? letter : press.key;
  return `${mod ? "Mod+" : ""}${press.altKey ? "Alt+" : ""}${key}`;
}

/** What a press after the pressed keys so far leads to. */
export type Match = { found: "hotkey"; id: HotkeyId } | { found: "prefix"; so_far: string } | { found: "none" };

/** Looks a press up. `soFar` is the beginning of a sequence, or empty. */
export function match(soFar: string, press: Press, wanted: (id: HotkeyId) => boolean): Match {
  const now = soFar === "" ? written(press) : `${soFar} ${written(press)}`;
  const ids = (Object.keys(HOTKEYS) as HotkeyId[]).filter(wanted);
  const exact = ids.find((id) => hotkey(id).keys.includes(now));
  if (exact !== undefined) return { found: "hotkey", id: exact };
  if (ids.some((id) => hotkey(id).keys.some((keys) => keys.startsWith(`${now} `)))) {
    return { found: "prefix", so_far: now };
  }
  return soFar === "" ? { found: "none" } : match("", press, wanted);
}

/** The keys of a sequence; the space bar by itself is a key and parts none. */
function chordsOf(keys: string): string[] {
  return keys === " " ? [keys] : keys.split(" ");
}

const SHOWN: Record<string, string> = {
  ArrowDown: "↓",
  ArrowUp: "↑",
  ArrowLeft: "←",
  ArrowRight: "→",
  " ": "Space",
  Escape: "Esc",
  Enter: "Enter",
};

/** The caps to show for one way of pressing a hotkey. */
export function caps(keys: string, mac: boolean): string[] {
  return chordsOf(keys).flatMap((chord) =>
    chord.split("+").map((key) => {
      if (key === "Mod") return mac ? "⌘" : "Ctrl";
      if (key === "Alt") return mac ? "⌥" : "Alt";
      return SHOWN[key] ?? (key.length === 1 ? key.toUpperCase() : key);
    }),
  );
}

/** The value of `aria-keyshortcuts` for a hotkey; sequences have no notation there. */
export function ariaShortcuts(id: HotkeyId): string | undefined {
  const single = hotkey(id).keys.filter((keys) => chordsOf(keys).length === 1);
  if (single.length === 0) return undefined;
  return single.map((keys) => keys.replace("Mod", "Control").replace(/^ $/, "Space")).join(" ");
}
