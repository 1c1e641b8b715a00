import { useState } from "react";

import type { WhoView } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { Id } from "#ui/components/Id";
import { visible } from "#ui/format/text";
import { t, tn } from "#ui/messages/t";
import { platform } from "#ui/platform/index";

interface DialogProps {
  onClose: () => void;
}

/** Writes the book into a file, with its head at the end. */
export function ExportBookDialog({ onClose }: DialogProps) {
  const exports = useAnswer("list_exports", {});
  const write = useAction("export_book");
  const [typed, setTyped] = useState<string | null>(null);
  const to = typed ?? `${exports.data?.folder ?? "~/"}book-${platform.environment()}-${new Date().toISOString().slice(0, 10)}.jsonl`;
  const can = to.trim() !== "" && !write.isPending;
  return (
    <Dialog open title={t("book.exportTitle")} about={t("book.exportAbout")} busy={write.isPending} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); if (can) write.mutate({ to: to.trim() }); }}>
        <Field label={t("export.path")} hint={t("export.pathHint")} value={to} maxLength={1000} disabled={write.isPending || write.data !== undefined} onChange={(event) => setTyped(event.target.value)} />
        {write.error !== null && <ErrorNote error={write.error} />}
        {write.data !== undefined && <p role="status">{tn("book.exported", write.data.lines)} <Id id={write.data.path} /></p>}
        <DialogFoot>
          <Button onClick={onClose}>{t(write.data === undefined ? "dialog.cancel" : "dialog.done")}</Button>
          {write.data === undefined && <Button type="submit" look="main" disabled={!can}>{t("export.start")}</Button>}
        </DialogFoot>
      </form>
    </Dialog>
  );
}

/** Gives the person a name in the book, beside that of the operating system. */
export function NameDialog({ who, onClose }: DialogProps & { who: WhoView }) {
  const [name, setName] = useState(who.name);
  const set = useAction("set_my_name");
  return (
    <Dialog open title={t("book.nameTitle")} about={t("book.nameAbout", { user: visible(who.system_user, "exact") })} busy={set.isPending} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); if (!set.isPending) set.mutate({ name }, { onSuccess: onClose }); }}>
        <Field label={t("book.name")} value={name} maxLength={80} disabled={set.isPending} onChange={(event) => setName(event.target.value)} />
        {set.error !== null && <ErrorNote error={set.error} />}
        <DialogFoot>
          <Button onClick={onClose}>{t("dialog.cancel")}</Button>
          <Button type="submit" look="main" disabled={set.isPending}>{t("book.nameDo")}</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
