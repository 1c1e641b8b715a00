import { type ComponentType, lazy, Suspense } from "react";

/**
 * A dialog whose code comes when it is first opened, so that the window need not read it to open. Nothing stands
 * in its place meanwhile: it is read off the disk, within a frame or two.
 */
export function later<Name extends string, Props extends object>(load: () => Promise<Record<Name, ComponentType<Props>>>, name: Name): ComponentType<Props> {
  const Loaded = lazy(async () => ({ default: (await load())[name] as ComponentType<object> }));
  return function Later(props: Props) {
    return <Suspense fallback={null}><Loaded {...props} /></Suspense>;
  };
}
