import { useSyncExternalStore } from "react";

/** How the window looks, as far as a person may choose it. */
export interface Appearance {
  theme: "system" | "light" | "dark";
  contrast: "system" | "more";
  density: "comfortable" | "compact";
}

/** What can be chosen of each; the first is what counts while nobody chose. */
export const APPEARANCES = {
  theme: ["system", "light", "dark"],
  contrast: ["system", "more"],
  density: ["comfortable", "compact"],
} as const satisfies { [Name in keyof Appearance]: readonly Appearance[Name][] };

/** Heights of a row of a list, in pixels, as `--row` of tokens.css has them. */
export const ROW_PX = { comfortable: 34, compact: 27 } as const;

/** The store of the page lies in the home, so the choice is that of the home and all of its windows. */
const KEPT_AS = "paydesk.appearance";

/** None where tests of logic run without a window. */
const storage = "localStorage" in globalThis ? globalThis.localStorage : null;

/** Reads what was kept. What is not among the choices counts as not chosen. */
export function readAppearance(text: string | null): Appearance {
  let read: unknown = null;
  try {
    read = JSON.parse(text ?? "null");
  } catch {
    // What cannot be read is as good as nothing chosen.
  }
  const kept = typeof read === "object" && read !== null ? (read as Record<string, unknown>) : {};
  const of = <Name extends string>(offered: readonly [Name, ...Name[]], value: unknown): Name => offered.find((one) => one === value) ?? offered[0];
  return { theme: of(APPEARANCES.theme, kept["theme"]), contrast: of(APPEARANCES.contrast, kept["contrast"]), density: of(APPEARANCES.density, kept["density"]) };
}

let now = readAppearance(storage?.getItem(KEPT_AS) ?? null);
const hearers = new Set<() => void>();

/** What the choice and the system come to, as the attributes that tokens.css reads. */
export function resolved(chosen: Appearance, system: { dark: boolean; contrast: boolean }): { theme: "light" | "dark"; contrast: "normal" | "more"; density: Appearance["density"] } {
  return {
    theme: chosen.theme === "system" ? (system.dark ? "dark" : "light") : chosen.theme,
    contrast: chosen.contrast === "more" || system.contrast ? "more" : "normal",
    density: chosen.density,
  };
}

function apply(dark: MediaQueryList, contrast: MediaQueryList): void {
  Object.assign(document.documentElement.dataset, resolved(now, { dark: dark.matches, contrast: contrast.matches }));
}

/** Makes the page look as chosen, and keeps it so when the system or another window changes its mind. */
export function followAppearance(): void {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const contrast = window.matchMedia("(prefers-contrast: more)");
  const again = () => apply(dark, contrast);
  dark.addEventListener("change", again);
  contrast.addEventListener("change", again);
  window.addEventListener("storage", (event) => {
    if (event.key !== KEPT_AS) return;
    now = readAppearance(event.newValue);
    for (const hear of hearers) hear();
  });
  hearers.add(again);
  again();
}

/** Chooses anew. */
export function chooseAppearance(change: Partial<Appearance>): void {
  now = { ...now, ...change };
  try {
    storage?.setItem(KEPT_AS, JSON.stringify(now));
  } catch {
    // Without storage the choice lasts as long as the window.
  }
  for (const hear of hearers) hear();
}

const store = {
  subscribe: (hear: () => void): (() => void) => {
    hearers.add(hear);
    return () => hearers.delete(hear);
  },
  snapshot: (): Appearance => now,
};

/** How the window is to look. */
export function useAppearance(): Appearance {
  return useSyncExternalStore(store.subscribe, store.snapshot, store.snapshot);
}
