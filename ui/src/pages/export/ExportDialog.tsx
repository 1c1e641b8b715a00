import { useState } from "react";

import type { ExportFormat, ExportSource, ExportView } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { endedExport } from "#ui/api/notices";
import { usePersonalHidden } from "#ui/api/personal";
import { Button } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Choice, Field } from "#ui/components/Field";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { roughly } from "#ui/format/time";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn, word } from "#ui/messages/t";

import styles from "./Export.module.css";

const KINDS = ["payments", "refunds", "customers", "disputes", "payouts", "balance_entries", "payment_intents", "events"] as const;
const FORMATS = ["csv", "xlsx", "jsonl", "parquet"] as const satisfies readonly ExportFormat[];
const SEARCH = "search";

interface ExportDialogProps {
  /** The search that is on screen; empty where there is none. */
  query: string;
  kind: (typeof KINDS)[number];
  onClose: () => void;
}

/** Writes rows into a file. It goes on when the dialog is closed; the Desk does it, not the page. */
export function ExportDialog({ query, kind, onClose }: ExportDialogProps) {
  const exports = useAnswer("list_exports", {});
  const start = useAction("start_export");
  const cancel = useAction("cancel_export", "export.cancelFailed");
  const hidden = usePersonalHidden();
  const [rows, setRows] = useState<string>(query === "" ? kind : SEARCH);
  const [format, setFormat] = useState<ExportFormat>("csv");
  const [typed, setTyped] = useState<string | null>(null);
  const [overwrite, setOverwrite] = useState(false);
  const [id, setId] = useState<string | null>(null);
  const proposed = `${exports.data?.folder ?? "~/"}${rows === SEARCH ? "payments" : rows}-${new Date().toISOString().slice(0, 10)}.${format}`;
  const path = typed ?? proposed;
  const one = endedExport(id) ?? exports.data?.items.find((item) => item.id === id) ?? null;
  const running = one !== null && (one.state === "running" || one.state === "finishing");
  const source: ExportSource = rows === SEARCH ? { rows: "query", query } : { rows: "kind", kind: rows };
  const send = () => {
    if (running || start.isPending || path.trim() === "") return;
    start.mutate({ source, format, path, overwrite, wait: false }, { onSuccess: (made) => setId(made.id) });
  };
  return (
    <Dialog open title={t("export.title")} about={t("export.about")} busy={start.isPending} onClose={onClose}>
      <SubmitKey onSubmit={send} />
      {one !== null && one.state === "done" ? (
        <Done one={one} onClose={onClose} />
      ) : (
        <form onSubmit={(event) => { event.preventDefault(); send(); }}>
          <Choice
            label={t("export.rows")} value={rows} disabled={running} onChange={setRows}
            options={[...(query === "" ? [] : [{ value: SEARCH, label: hidden ? t("export.searchHidden") : t("export.search", { query: visible(query, "exact") }) }]), ...KINDS.map((value) => ({ value, label: t("export.all", { kind: word("kind", value) }) }))]}
          />
          <Choice label={t("export.format")} value={format} disabled={running} hint={word("exportHint", format)} onChange={(value) => setFormat(FORMATS.find((known) => known === value) ?? "csv")} options={FORMATS.map((value) => ({ value, label: word("exportFormat", value) }))} />
          <Field label={t("export.path")} hint={t("export.pathHint")} value={path} disabled={running} onChange={(event) => setTyped(event.target.value)} />
          <label className={styles.tick}>
            <input type="checkbox" checked={overwrite} disabled={running} onChange={(event) => setOverwrite(event.target.checked)} />
            {t("export.overwrite")}
          </label>
          {running && <Progress one={one} />}
          {!running && one?.problem != null && <ErrorNote error={one.problem} />}
          {start.error !== null && <ErrorNote error={start.error} />}
          <DialogFoot>
            <Button onClick={onClose}>{t("dialog.close")}</Button>
            {running ? (
              <Button look="danger" disabled={cancel.isPending} onClick={() => cancel.mutate({ id: one.id })}>{t("export.cancel")}</Button>
            ) : (
              <Button look="main" type="submit" hotkey="submit" disabled={start.isPending || path.trim() === ""}>{t("export.start")}</Button>
            )}
          </DialogFoot>
        </form>
      )}
    </Dialog>
  );
}

/** Inside the dialog, so that the key belongs to its layer and not to the page below. */
function SubmitKey({ onSubmit }: { onSubmit: () => void }) {
  useHotkey("submit", onSubmit);
  return null;
}

function Progress({ one }: { one: ExportView }) {
  const parts = [one.total === null ? tn("sync.rows", one.rows) : t("export.of", { rows: count.format(one.rows), total: count.format(one.total) })];
  if (one.state === "finishing") parts.push(t("export.finishing"));
  else {
    if (one.rows_per_second !== null) parts.push(t("sync.rate", { rate: count.format(one.rows_per_second) }));
    if (one.remaining_ms !== null) {
      const left = roughly(one.remaining_ms);
      parts.push(t("sync.left", { time: tn(left.key, left.count) }));
    }
  }
  return (
    <div className={styles.progress} role="status">
      <progress aria-label={t("export.progress")} max={Math.max(one.total ?? 0, 1)} value={one.rows} />
      <span>{parts.join(t("list.separator"))}</span>
    </div>
  );
}

function Done({ one, onClose }: { one: ExportView; onClose: () => void }) {
  return (
    <>
      <p className={styles.done} role="status">{t("export.done", { rows: count.format(one.rows), path: visible(one.path, "exact") })}</p>
      {one.shortened > 0 && <p className={styles.done}>{tn("export.shortened", one.shortened)}</p>}
      <DialogFoot>
        <Button look="main" ref={(button) => button?.focus()} onClick={onClose}>{t("dialog.done")}</Button>
      </DialogFoot>
    </>
  );
}
