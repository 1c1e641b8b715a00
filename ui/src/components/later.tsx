import { type ComponentType, lazy, type ReactNode, Suspense, useState } from "react";

/** Everything that comes later, so that it can be read once the window stands. */
const loads: (() => Promise<unknown>)[] = [];

/** When the window has stood for a moment, in milliseconds after its page was read. */
const QUIET_AFTER_MS = 400;

/**
 * A page or dialog whose code comes after that of the window, so that the window need not read it to open. Nothing
 * stands in its place until it is read, off the disk, within a frame or two; once it is, it is there at once.
 */
export function later<Name extends string, Props extends object>(load: () => Promise<Record<Name, ComponentType<Props>>>, name: Name): (props: Props) => ReactNode {
  let known: ComponentType<object> | undefined;
  const read = async () => {
    known = (await load())[name] as ComponentType<object>;
    return { default: known };
  };
  loads.push(read);
  const Loaded = lazy(read);
  return function Later(props: Props) {
    // What it began with it stays: another one in its place would begin anew, without what was typed.
    const [Known] = useState(() => known);
    return Known === undefined ? <Suspense fallback={null}><Loaded {...props} /></Suspense> : <Known {...props} />;
  };
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
