import { type DragEvent, useId, useState } from "react";

import type { ApprovalFile, ApprovalView } from "#ui/bindings/contract";
import { useAction } from "#ui/api/hooks";
import { usePersonalField } from "#ui/api/personal";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t } from "#ui/messages/t";
import shareStyles from "#ui/pages/payments/ShareViews.module.css";

import styles from "./Approvals.module.css";
import { Opened } from "./Opened";

/** A longer file is no request and no answer, which the Desk checks as well. */
const LONGEST = 12 * 1024 * 1024;
/** The longest text that is put into the field; that of a run of thousands is read without being shown. */
const LONGEST_SHOWN = 65_536;

interface OpenFileDialogProps {
  onClose: () => void;
}

/** Opens a request or an answer by its path, pasted or dropped, and shows what it says before anything is decided. */
export function OpenFileDialog({ onClose }: OpenFileDialogProps) {
  const [shown, setShown] = useState<Shown | null>(null);
  if (shown !== null) return <Opened file={shown.file} approval={shown.approval} onClose={onClose} />;
  return (
    <Dialog open title={t("approvals.openTitle")} about={t("approvals.openAbout")} onClose={onClose}>
      <OpenForm onShown={setShown} onClose={onClose} />
    </Dialog>
  );
}

interface Shown {
  file: ApprovalFile;
  approval: ApprovalView;
}

/** Inside the dialog, so that its keys are those of the dialog. */
function OpenForm({ onShown, onClose }: OpenFileDialogProps & { onShown: (shown: Shown) => void }) {
  const [path, setPath] = useState("");
  const [text, setText] = useState("");
  const [tooLong, setTooLong] = useState(false);
  const open = useAction("open_approval");
  const id = useId();
  const cover = usePersonalField(text);
  const given: ApprovalFile | null = text.trim() !== "" ? { from: "text", text } : path.trim() !== "" ? { from: "path", path: path.trim() } : null;
  const read = (file: ApprovalFile) => open.mutate({ file }, { onSuccess: (approval) => onShown({ file, approval }) });
  const send = () => {
    if (given !== null && !open.isPending) read(given);
  };
  const take = (file: File | undefined) => {
    if (file === undefined) return;
    setTooLong(file.size > LONGEST);
    if (file.size > LONGEST) return;
    void file.text().then((dropped) => {
      setText(dropped.length > LONGEST_SHOWN ? "" : dropped);
      read({ from: "text", text: dropped });
    });
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  };
  useHotkey("submit", send, given !== null && !open.isPending);
  return (
    // Dropping is for the mouse; the fields in it do the same by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); send(); }} onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <Field label={t("approvals.path")} hint={t("export.pathHint")} value={path} maxLength={1000} disabled={open.isPending} onChange={(event) => setPath(event.target.value)} />
      <div className={shareStyles.part}>
        <label htmlFor={`${id}-text`}>{t("approvals.paste")}</label>
        <textarea id={`${id}-text`} className={shareStyles.text} rows={4} {...cover.field} spellCheck={false} onChange={(event) => setText(event.target.value)} />
        <label className={shareStyles.file}>
          {t("approvals.choose")}
          <input type="file" accept=".json,.txt,application/json,text/plain" onChange={(event) => take(event.target.files?.[0])} />
        </label>
        {tooLong && <p role="alert">{t("approvals.tooLong")}</p>}
      </div>
      {open.error !== null && <ErrorNote error={open.error} />}
      <DialogFoot>
        <Button onClick={onClose}>{t("dialog.cancel")}</Button>
        <Button type="submit" look="main" hotkey="submit" disabled={given === null || open.isPending}>{t("approvals.read")}</Button>
      </DialogFoot>
    </form>
  );
}
