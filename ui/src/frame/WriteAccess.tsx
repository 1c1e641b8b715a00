import { type ReactNode, useState } from "react";

import { useAction, useAnswer } from "#ui/api/hooks";
import { useEnvironment } from "#ui/api/home";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { visible } from "#ui/format/text";
import { leftMs } from "#ui/format/time";
import { t } from "#ui/messages/t";
import { platform } from "#ui/platform/index";

import { useNow } from "./useNow";
import { WriteAccessContext } from "./writeAccess";

/** Holds the one unlock dialog of the window. The lock itself is the Desk's; this only asks for it. */
export function WriteAccess({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<{ then: (() => void) | undefined } | null>(null);
  const live = platform.environment() === "live";
  const until = useEnvironment()?.unlocked_until ?? null;
  const now = useNow(live && until !== null);
  const locked = live && (until === null || leftMs(until, now) <= 0);
  const unlock = (then?: () => void) => setAsked({ then });
  const guarded = (run: () => void) => (locked ? unlock(run) : run());
  return (
    <WriteAccessContext value={{ locked, unlock, guarded }}>
      {children}
      {asked !== null && <UnlockDialog onClose={() => setAsked(null)} onUnlocked={() => { setAsked(null); asked.then?.(); }} />}
    </WriteAccessContext>
  );
}

interface UnlockDialogProps {
  onClose: () => void;
  onUnlocked: () => void;
}

function UnlockDialog({ onClose, onUnlocked }: UnlockDialogProps) {
  const [label, setLabel] = useState("");
  const accounts = useAnswer("list_accounts", {});
  const unlock = useAction("unlock_writes");
  const labels = (accounts.data?.items ?? []).map((one) => visible(one.label, "exact"));
  return (
    <Dialog open title={t("unlock.title")} about={t("unlock.about")} busy={unlock.isPending} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!unlock.isPending) unlock.mutate({ label }, { onSuccess: onUnlocked });
        }}
      >
        <Field label={t("unlock.label")} hint={t("unlock.hint", { labels: labels.join(", ") })} value={label} onChange={(event) => setLabel(event.target.value)} />
        {unlock.error !== null && <ErrorNote error={unlock.error} />}
        <DialogFoot>
          <Button onClick={onClose}>{t("dialog.cancel")}</Button>
          <Button type="submit" look="danger" disabled={label === "" || unlock.isPending}>{t("unlock.do")}</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
