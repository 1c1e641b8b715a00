import type { ErrorBody } from "#ui/bindings/contract";
import type { MessageKey } from "#ui/messages/t";

/** Something to tell in a corner of the window. */
export interface Told {
  number: number;
  title: MessageKey;
  error: ErrorBody | null;
  /** Payments that a saved view gained, with its search to go there. */
  gained?: { view: string; query: string; count: number; payment: string | null };
}

type Hear = (told: readonly Told[]) => void;

let told: readonly Told[] = [];
let next = 1;
const hearers = new Set<Hear>();

function change(now: readonly Told[]): void {
  told = now;
  for (const hear of hearers) hear(told);
}

/** Tells of a failure. */
export function showFailure(title: MessageKey, error: ErrorBody): void {
  change([...told.slice(-3), { number: next++, title, error }]);
}

/** Tells of something done that leaves no other trace on screen, such as a copy. */
export function showDone(title: MessageKey): void {
  change([...told.slice(-3), { number: next++, title, error: null }]);
}

/** Tells what a saved view gained. */
export function showGained(gained: NonNullable<Told["gained"]>): void {
  change([...told.slice(-3), { number: next++, title: "views.label", error: null, gained }]);
}

/** Forgets one. */
export function dismiss(number: number): void {
  change(told.filter((one) => one.number !== number));
}

/** For `useSyncExternalStore`. */
export const toldStore = {
  subscribe: (hear: Hear): (() => void) => {
    hearers.add(hear);
    return () => hearers.delete(hear);
  },
  snapshot: (): readonly Told[] => told,
};
