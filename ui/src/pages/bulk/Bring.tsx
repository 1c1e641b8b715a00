import { type DragEvent, useEffect, useRef, useState } from "react";

import type { BulkOrigin } from "#ui/bindings/contract";
import { useAnswer } from "#ui/api/hooks";
import { Button } from "#ui/components/Button";
import { Choice, Field } from "#ui/components/Field";
import { visible } from "#ui/format/text";
import { t } from "#ui/messages/t";

import { contentOf, MOST_BYTES } from "./bulk";
import styles from "./Bulk.module.css";

interface BringProps {
  busy: boolean;
  onBring: (origin: BulkOrigin) => void;
}

/** Every way that a file can come: dropped, pasted, chosen, by its path, or as a saved view. */
export function Bring({ busy, onBring }: BringProps) {
  const chooser = useRef<HTMLInputElement>(null);
  const [path, setPath] = useState("");
  const [over, setOver] = useState(false);
  const [refused, setRefused] = useState<"bulk.tooLarge" | "bulk.unreadable" | null>(null);
  const views = useAnswer("list_views", { exact: false, of: "payments" });
  const take = (file: File | undefined) => {
    if (file === undefined) return;
    setRefused(null);
    if (file.size > MOST_BYTES) setRefused("bulk.tooLarge");
    else contentOf(file).then(onBring, () => setRefused("bulk.unreadable"));
  };
  usePasted(onBring, take);
  const dragged = (event: DragEvent) => {
    event.preventDefault();
    setOver(event.type !== "dragleave" && event.type !== "drop");
    if (event.type === "drop") take(event.dataTransfer.files[0]);
  };
  return (
    // A place to drop a file on is nothing to press; all of it can be reached by the fields within.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div className={styles.bring} role="group" data-over={over} aria-label={t("bulk.bring")} onDragEnter={dragged} onDragOver={dragged} onDragLeave={dragged} onDrop={dragged}>
      <div className={styles.drop}>
        <p>{t("bulk.bringAbout")}</p>
        <p className="quiet">{t("bulk.bringHint")}</p>
        <input ref={chooser} type="file" accept=".csv,.tsv,.txt,.xlsx" hidden aria-label={t("bulk.choose")} onChange={(event) => { take(event.target.files?.[0]); event.target.value = ""; }} />
        <Button icon="plus" disabled={busy} onClick={() => chooser.current?.click()}>{t(busy ? "bulk.reading" : "bulk.choose")}</Button>
        {refused !== null && <p className={styles.refused} role="alert">{t(refused)}</p>}
      </div>
      <form className={styles.path} onSubmit={(event) => { event.preventDefault(); if (path.trim() !== "") onBring({ from: "file", path }); }}>
        <Field label={t("bulk.path")} hint={t("bulk.pathHint")} value={path} disabled={busy} onChange={(event) => setPath(event.target.value)} aside={<Button type="submit" disabled={busy || path.trim() === ""}>{t("bulk.open")}</Button>} />
        {views.data !== undefined && views.data.items.length > 0 && (
          <Choice label={t("bulk.view")} value="" disabled={busy} hint={t("bulk.viewHint")} onChange={(name) => { if (name !== "") onBring({ from: "view", name }); }}
            options={[{ value: "", label: t("bulk.chooseView") }, ...views.data.items.map((view) => ({ value: view.name, label: visible(view.name, "prose") }))]} />
        )}
      </form>
    </div>
  );
}

/** Takes what is pasted anywhere on the page but into a field: rows of text, or a file from the file manager. */
function usePasted(onBring: (origin: BulkOrigin) => void, take: (file: File | undefined) => void): void {
  const latest = useRef({ onBring, take });
  useEffect(() => { latest.current = { onBring, take }; });
  useEffect(() => {
    const pasted = (event: ClipboardEvent) => {
      if (event.target instanceof HTMLElement && event.target.closest("input, textarea, select, [role=dialog]") !== null) return;
      const file = event.clipboardData?.files[0];
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (file !== undefined) latest.current.take(file);
      else if (text.trim() !== "") latest.current.onBring({ from: "text", text });
    };
    document.addEventListener("paste", pasted);
    return () => document.removeEventListener("paste", pasted);
  }, []);
}
