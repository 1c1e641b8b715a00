import { useState } from "react";

import { useAction } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { Id } from "#ui/components/Id";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn } from "#ui/messages/t";

/** Writes what a search finds into a file of recorded requests. */
export function ExportEventsDialog({ query, onClose }: { query: string; onClose: () => void }) {
  return (
    <Dialog open title={t("webhooks.export")} about={t("webhooks.exportAbout")} onClose={onClose}>
      <ExportForm query={query} onClose={onClose} />
    </Dialog>
  );
}

function ExportForm({ query, onClose }: { query: string; onClose: () => void }) {
  const [path, setPath] = useState("~/events.jsonl");
  const write = useAction("export_events");
  const send = () => { if (!write.isPending && path.trim() !== "") write.mutate({ query, to: path }); };
  useHotkey("submit", send, write.data === undefined);
  if (write.data !== undefined) {
    const { requests, from_feed: fromFeed, left_out: leftOut } = write.data;
    return (
      <>
        <p role="status">{tn("webhooks.exported", requests)} {fromFeed > 0 && tn("webhooks.exportedFeed", fromFeed)} {leftOut > 0 && tn("webhooks.exportedLeftOut", leftOut)}</p>
        <Id id={write.data.path} />
        <DialogFoot><Button look="main" onClick={onClose}>{t("dialog.done")}</Button></DialogFoot>
      </>
    );
  }
  return (
    <form onSubmit={(event) => { event.preventDefault(); send(); }}>
      <Field label={t("webhooks.exportTo")} value={path} onChange={(event) => setPath(event.target.value)} hint={t("webhooks.exportHint")} />
      {write.error !== null && <ErrorNote error={write.error} reading />}
      <DialogFoot>
        <Button onClick={onClose}>{t("dialog.cancel")}</Button>
        <Button look="main" type="submit" hotkey="submit" disabled={write.isPending}>{t("webhooks.export")}</Button>
      </DialogFoot>
    </form>
  );
}
