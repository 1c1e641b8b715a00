import { createContext, useContext, useEffect, useRef } from "react";

import { hotkey, type HotkeyId } from "#ui/hotkeys";

import { match } from "./match";

/** How many dialogs lie over the page where a component stands; 0 is the page itself. */
export const LayerContext = createContext(0);

interface Registration {
  id: HotkeyId;
  layer: number;
  run: () => void;
}

const SEQUENCE_LIMIT_MS = 1_200;

const registrations: Registration[] = [];
let openLayers = 0;
let soFar = "";
let lastPressMs = 0;

/** Counts an open dialog: hotkeys of what lies under it rest meanwhile. */
export function useLayer(open: boolean): void {
  useEffect(() => {
    if (!open) return undefined;
    openLayers += 1;
    return () => {
      openLayers -= 1;
    };
  }, [open]);
}

/** Whether a dialog lies over the page. */
export function isDialogOpen(): boolean {
  return openLayers > 0;
}

function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select"))
  );
}

function ownsItsKeys({ target, key, ctrlKey, metaKey }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  // A menu takes letters and arrows for itself, and a button or link takes Enter, but not the chord that sends a dialog.
  if (target.closest("[role=menu],[role=listbox]") !== null) return true;
  return (key === "Enter" || key === " ") && !ctrlKey && !metaKey && target.closest("button,a[href],summary,input,[role=button]") !== null;
}

function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || ownsItsKeys(event)) return;
  if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  if (event.timeStamp - lastPressMs > SEQUENCE_LIMIT_MS) soFar = "";
  lastPressMs = event.timeStamp;
  const field = isField(event.target);
  const onTop = registrations.filter((one) => one.layer === openLayers || hotkey(one.id).everywhere === true);
  const found = match(soFar, event, (id) => onTop.some((one) => one.id === id) && (!field || hotkey(id).inFields === true));
  soFar = found.found === "prefix" ? found.so_far : "";
  if (found.found !== "hotkey" || event.repeat && found.id === "submit") return;
  event.preventDefault();
  onTop.findLast((one) => one.id === found.id)?.run();
}

/** Something of the page that a key would do now. */
export interface Runnable {
  id: HotkeyId;
  run: () => void;
}

/** What the keys of the page under all dialogs would do now, each once. */
export function runnableHotkeys(): Runnable[] {
  const last = new Map<HotkeyId, Runnable>();
  for (const { id, layer, run } of registrations) if (layer === 0) last.set(id, { id, run });
  return [...last.values()];
}

let listening = false;

/** Runs something while the component is shown and the hotkey is pressed. The last one shown wins. */
export function useHotkey(id: HotkeyId, run: () => void, enabled = true): void {
  const layer = useContext(LayerContext);
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    if (!enabled) return undefined;
    if (!listening) {
      listening = true;
      window.addEventListener("keydown", pressed);
    }
    const registration: Registration = { id, layer, run: () => latest.current() };
    registrations.push(registration);
    return () => {
      registrations.splice(registrations.indexOf(registration), 1);
    };
  }, [id, layer, enabled]);
}
