import { useId, useState } from "react";

import type { ImportedViews } from "#ui/bindings/contract";
import { copyText } from "#ui/api/copy";
import { useAction, useAnswer } from "#ui/api/hooks";
import { usePersonalField, usePersonalHidden } from "#ui/api/personal";
import { Button, IconButton } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { visible } from "#ui/format/text";
import { t, tn } from "#ui/messages/t";

import styles from "./ShareViews.module.css";

/** The most that a file of views may hold, which the Desk checks as well. */
const LONGEST = 2_000_000;

/** Hands saved views on as text, and takes such text over. */
export function ShareViews() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <IconButton icon="copy" name={t("share.open")} onClick={() => setOpen(true)} />
      {open && <ShareDialog onClose={() => setOpen(false)} />}
    </>
  );
}

function ShareDialog({ onClose }: { onClose: () => void }) {
  const ours = useAnswer("export_views", {});
  const take = useAction("import_views");
  const [text, setText] = useState("");
  const [replace, setReplace] = useState(false);
  const [taken, setTaken] = useState<ImportedViews | null>(null);
  const [tooLong, setTooLong] = useState(false);
  const hidden = usePersonalHidden();
  const cover = usePersonalField(text);
  const id = useId();
  const views = ours.data?.views ?? 0;
  const send = () => {
    if (take.isPending || text.trim() === "") return;
    setTaken(null);
    take.mutate({ text, replace }, { onSuccess: (done) => { setTaken(done); setText(""); } });
  };
  const read = (file: File | undefined) => {
    if (file === undefined) return;
    setTooLong(file.size > LONGEST);
    if (file.size <= LONGEST) void file.text().then(setText);
  };
  return (
    <Dialog open title={t("share.title")} about={t("share.about")} busy={take.isPending} onClose={onClose}>
      {views > 0 && ours.data !== undefined && (
        <div className={styles.part}>
          <textarea className={styles.text} rows={6} readOnly spellCheck={false} aria-label={t("share.ours")} value={hidden ? "" : ours.data.text} placeholder={t("personal.bar")} />
          <Button onClick={() => void copyText(ours.data.text)}>{tn("share.copy", views)}</Button>
        </div>
      )}
      <form onSubmit={(event) => { event.preventDefault(); send(); }}>
        <div className={styles.part}>
          <label htmlFor={`${id}-text`}>{t("share.theirs")}</label>
          <textarea id={`${id}-text`} className={styles.text} rows={5} {...cover.field} spellCheck={false} onChange={(event) => setText(event.target.value)} />
          <label className={styles.file}>
            {t("share.file")}
            <input type="file" accept=".toml,.txt,text/plain" onChange={(event) => read(event.target.files?.[0])} />
          </label>
          {tooLong && <p role="alert">{t("share.tooLong")}</p>}
          <label className={styles.tick}>
            <input type="checkbox" checked={replace} onChange={(event) => setReplace(event.target.checked)} />
            {t("share.replace")}
          </label>
          {take.error !== null && <ErrorNote error={take.error} />}
          {taken !== null && (
            <p role="status" className={styles.taken}>
              {tn("share.saved", taken.saved.length)} {taken.kept.length > 0 && t("share.kept", { names: taken.kept.map((name) => visible(name, "prose")).join(", ") })}
            </p>
          )}
        </div>
        <DialogFoot>
          <Button onClick={onClose}>{t("dialog.close")}</Button>
          <Button look="main" type="submit" disabled={take.isPending || text.trim() === ""}>{t("share.take")}</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
