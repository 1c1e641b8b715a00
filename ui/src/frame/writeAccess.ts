import { createContext, useContext } from "react";

import { useEnvironment } from "#ui/api/home";

/** The way to writing in a live window. */
export interface WriteAccessValue {
  /** Whether writing needs an unlock first. */
  locked: boolean;
  /** Opens the unlock dialog; `then` runs once it is unlocked. */
  unlock: (then?: () => void) => void;
  /** Runs something that writes, after an unlock where one is needed. */
  guarded: (run: () => void) => void;
}

export const WriteAccessContext = createContext<WriteAccessValue>({
  locked: false,
  unlock: () => undefined,
  guarded: (run) => run(),
});

export function useWriteAccess(): WriteAccessValue {
  return useContext(WriteAccessContext);
}

/** Whether the disk takes no writes, so that nothing may be decided that could not be written down first. */
export function useReadOnly(): boolean {
  return useEnvironment()?.writable === false;
}
