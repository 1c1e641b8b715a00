import { useEffect } from "react";

import { call, callAndInvalidate } from "#ui/api/call";

/** The Desk locks by itself after so long without anybody; the page says so at once instead of when it asks next. */
const IDLE_MS = 5 * 60_000;
/** The Desk is told at most so often that somebody is here. */
const TELL_EVERY_MS = 20_000;

/** Tells the Desk that somebody is at the window, and locks when nobody is. A run that somebody began goes on. */
export function useIdleLock(open: boolean): void {
  useEffect(() => {
    if (!open) return undefined;
    let told = Date.now();
    let timer = 0;
    const lock = () => void callAndInvalidate("lock_writes", { idle: true }).catch(() => undefined);
    const seen = () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(lock, IDLE_MS);
      if (Date.now() - told < TELL_EVERY_MS) return;
      told = Date.now();
      void call("touch_unlock", {}).catch(() => undefined);
    };
    seen();
    const signs = ["pointermove", "pointerdown", "keydown", "wheel"] as const;
    for (const sign of signs) window.addEventListener(sign, seen, { passive: true });
    return () => {
      window.clearTimeout(timer);
      for (const sign of signs) window.removeEventListener(sign, seen);
    };
  }, [open]);
}
