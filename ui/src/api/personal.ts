import { useState, useSyncExternalStore } from "react";

import { t } from "#ui/messages/t";

/** Under which name the choice outlasts a reload. It belongs to one window and ends with it. */
const KEPT_AS = "paydesk.personal-hidden";

/** None where tests of logic run without a window. */
const storage = "sessionStorage" in globalThis ? globalThis.sessionStorage : null;

/** Whether personal data is hidden. A window cannot know that its screen is shared, so a person says it. */
let hidden = kept();
const hearers = new Set<() => void>();

function kept(): boolean {
  return storage?.getItem(KEPT_AS) === "yes";
}

/** Hides personal data in all of this window, or shows it again. */
export function hidePersonal(now: boolean): void {
  hidden = now;
  if (now) storage?.setItem(KEPT_AS, "yes");
  else storage?.removeItem(KEPT_AS);
  for (const hear of hearers) hear();
}

/** For `useSyncExternalStore`. */
export const personalStore = {
  subscribe: (hear: () => void): (() => void) => {
    hearers.add(hear);
    return () => hearers.delete(hear);
  },
  snapshot: (): boolean => hidden,
};

/** Whether personal data is hidden in this window. */
export function usePersonalHidden(): boolean {
  return useSyncExternalStore(personalStore.subscribe, personalStore.snapshot, personalStore.snapshot);
}

/** What a field takes that may hold personal data. */
interface PersonalField {
  /** Whether it shows nothing of its text. */
  covered: boolean;
  /** To be spread over the field, after its own hint. */
  field: { value: string; placeholder?: string; onFocus: () => void; onBlur: () => void };
}

/** A field that may hold personal data: empty to look at while that is hidden, unless somebody writes in it. */
export function usePersonalField(value: string): PersonalField {
  const [writing, setWriting] = useState(false);
  const covered = usePersonalHidden() && !writing && value !== "";
  const focus = { onFocus: () => setWriting(true), onBlur: () => setWriting(false) };
  return { covered, field: covered ? { ...focus, value: "", placeholder: t("personal.field") } : { ...focus, value } };
}
