import { type ComponentType, lazy, Suspense } from "react";

/** Everything that comes later, so that it can be read once the window stands. */
const loads: (() => Promise<unknown>)[] = [];

/** When the window has stood for a moment, in milliseconds after its page was read. */
const QUIET_AFTER_MS = 400;

/**
 * A dialog whose code comes after that of the window, so that the window need not read it to open. Nothing stands
 * in its place meanwhile: it is read off the disk, within a frame or two.
 */
export function later<Name extends string, Props extends object>(load: () => Promise<Record<Name, ComponentType<Props>>>, name: Name): ComponentType<Props> {
  loads.push(load);
  const Loaded = lazy(async () => ({ default: (await load())[name] as ComponentType<object> }));
  return function Later(props: Props) {
    return <Suspense fallback={null}><Loaded {...props} /></Suspense>;
  };
}

/** Counts something else that comes later, such as a page. */
export function comesLater(load: () => Promise<unknown>): void {
  loads.push(load);
}

/**
 * Reads all that comes later once the window stands, one after the other. Whoever types faster than a page is
 * read would type into the page before.
 */
export function readWhatComesLater(): void {
  window.setTimeout(() => {
    void loads.reduce<Promise<unknown>>((before, load) => before.then(load).catch(() => undefined), Promise.resolve());
  }, QUIET_AFTER_MS);
}
