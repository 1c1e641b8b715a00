import type { ErrorBody } from "#ui/bindings/contract";
import type { MessageKey } from "#ui/messages/t";

/** Something to tell in a corner of the window. */
export interface Told {
  number: number;
  title: MessageKey;
  error: ErrorBody | null;
  /** Payments that a saved view gained, with its search to go there. */
  gained?: Gained;
  /** Names of saved views, where too many gained something for a note each. */
  gainedMany?: readonly string[];
}

/** What a saved view gained. */
export interface Gained {
  view: string;
  query: string;
  count: number;
  payment: string | null;
}

/** Views with a note each; more of them stand in one. */
const MOST_VIEWS = 3;

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

/** Tells what saved views gained. A note of the same view that is still there is taken into the new one. */
export function showGained(all: readonly Gained[]): void {
  if (all.length > MOST_VIEWS) {
    change([...told.slice(-3), { number: next++, title: "views.label", error: null, gainedMany: all.map((one) => one.view) }]);
    return;
  }
  for (const one of all) {
    const before = told.find((note) => note.gained?.view === one.view && note.gained.query === one.query);
    const gained = before?.gained === undefined ? one : { ...one, count: before.gained.count + one.count, payment: null };
    change([...told.filter((note) => note !== before).slice(-3), { number: next++, title: "views.label", error: null, gained }]);
  }
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
