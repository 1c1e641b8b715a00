import { type ReactNode, useState } from "react";

import { useEnvironment } from "#ui/api/home";
import { leftMs } from "#ui/format/time";
import { later } from "#ui/components/later";
import { platform } from "#ui/platform/index";

import { useIdleLock } from "./useIdleLock";
import { useNow } from "./useNow";
import { WriteAccessContext } from "./writeAccess";

const UnlockDialog = later(() => import("./UnlockDialog"), "UnlockDialog");

/** Holds the one unlock dialog of the window. The lock itself is the Desk's; this only asks for it. */
export function WriteAccess({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<{ then: (() => void) | undefined } | null>(null);
  const live = platform.environment() === "live";
  const until = useEnvironment()?.lock.unlocked_until ?? null;
  const now = useNow(live && until !== null);
  const locked = live && (until === null || leftMs(until, now) <= 0);
  const unlock = (then?: () => void) => setAsked({ then });
  useIdleLock(live && !locked);
  const guarded = (run: () => void) => (locked ? unlock(run) : run());
  return (
    <WriteAccessContext value={{ locked, unlock, guarded }}>
      {children}
      {asked !== null && <UnlockDialog onClose={() => setAsked(null)} onUnlocked={() => { setAsked(null); asked.then?.(); }} />}
    </WriteAccessContext>
  );
}
