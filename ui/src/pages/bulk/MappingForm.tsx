import { useState } from "react";

import type { BulkColumnName, BulkDecimals, BulkFile, BulkMapping, BulkOrigin } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { useImportProgress } from "#ui/api/notices";
import { Button } from "#ui/components/Button";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Choice, Field } from "#ui/components/Field";
import { Untrusted } from "#ui/components/Untrusted";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn, word } from "#ui/messages/t";

import { COLUMN_NAMES, leads, mapped } from "./bulk";
import styles from "./Bulk.module.css";

const REASONS = ["", "requested_by_customer", "duplicate", "fraudulent"] as const;
const DECIMALS = ["", "point", "comma"] as const;

interface MappingFormProps {
  origin: BulkOrigin;
  file: BulkFile;
  /** Another sheet of it was read. */
  onFile: (file: BulkFile) => void;
  onDone: (run: string) => void;
  onBack: () => void;
}

/** What the columns of a file are, as they seem to be or as a person says. */
export function MappingForm({ origin, file, onFile, onDone, onBack }: MappingFormProps) {
  const accounts = useAnswer("list_accounts", {});
  const read = useAction("read_bulk");
  const importing = useAction("import_bulk");
  // One file is one run, however often it is asked for.
  const [requestId, setRequestId] = useState<string>(() => crypto.randomUUID());
  const [mapping, setMapping] = useState<BulkMapping>(file.mapping);
  const [decimals, setDecimals] = useState<(typeof DECIMALS)[number]>("");
  const [reason, setReason] = useState("");
  const [note, setNote] = useState("");
  const labels = (accounts.data?.items ?? []).filter((one) => one.capability === "payments").map((one) => one.label);
  const [account, setAccount] = useState<string | null>(null);
  const chosen = account ?? labels[0] ?? "";
  const progress = useImportProgress(requestId);
  const ready = leads(mapping) && chosen !== "" && !importing.isPending && !read.isPending;
  const send = () => {
    if (!ready) return;
    const whole = { request_id: requestId, origin, mapping, account: chosen };
    const some = { ...(file.sheet === null ? {} : { sheet: file.sheet }), ...(decimals === "" ? {} : { decimals: decimals satisfies BulkDecimals }), ...(reason === "" ? {} : { reason }), ...(note.trim() === "" ? {} : { note: note.trim() }) };
    importing.mutate({ ...whole, ...some }, { onSuccess: (run) => onDone(run.id), onError: () => setRequestId(crypto.randomUUID()) });
  };
  useHotkey("submit", send);
  useHotkey("back", onBack, !importing.isPending);
  const another = (sheet: string) => read.mutate({ origin, sheet }, { onSuccess: (next) => { setMapping(next.mapping); onFile(next); } });
  const rows = file.rows - (mapping.has_names ? 1 : 0);
  return (
    <form className={styles.mapping} onSubmit={(event) => { event.preventDefault(); send(); }}>
      <p className={styles.file}>
        <strong><Untrusted text={origin.from === "text" ? t("bulk.pasted") : file.name} /></strong>{" "}
        <span className="quiet">{[tn("bulk.rowsIn", rows), file.encoding, file.delimiter === null ? null : word("bulkDelimiter", delimiterWord(file.delimiter))].filter((part) => part !== null).join(t("list.separator"))}</span>
      </p>
      {origin.from !== "view" && <Sample file={file} mapping={mapping} disabled={importing.isPending} onMapping={setMapping} />}
      {!leads(mapping) && <p className={styles.refused} role="alert">{t("bulk.leadsNowhere")}</p>}
      <div className={styles.options}>
        {file.sheets.length > 1 && <Choice label={t("bulk.sheet")} value={file.sheet ?? ""} disabled={read.isPending} onChange={another} options={file.sheets.map((one) => ({ value: one, label: visible(one, "prose") }))} />}
        {labels.length > 1 && <Choice label={t("column.account")} value={chosen} onChange={setAccount} options={labels.map((one) => ({ value: one, label: visible(one, "prose") }))} />}
        {origin.from !== "view" && <Choice label={t("bulk.decimals")} value={decimals} onChange={(value) => setDecimals(DECIMALS.find((one) => one === value) ?? "")} options={DECIMALS.map((value) => ({ value, label: value === "" ? t("bulk.decimalsFound") : word("bulkDecimals", value) }))} />}
        <Choice label={t("bulk.reason")} value={reason} onChange={setReason} options={REASONS.map((value) => ({ value, label: value === "" ? t("refund.noReason") : word("reason", value) }))} hint={reason === "fraudulent" ? t("refund.fraudulentWarning") : undefined} />
        <Field personal label={t("bulk.note")} value={note} maxLength={500} onChange={(event) => setNote(event.target.value)} />
      </div>
      {importing.error !== null && <ErrorNote error={importing.error} />}
      {read.error !== null && <ErrorNote error={read.error} reading />}
      {importing.isPending && (
        <div className={styles.progress} role="status">
          <progress aria-label={t("bulk.matching")} max={Math.max(rows, 1)} value={progress?.rows ?? 0} />
          <span>{t("bulk.matched", { rows: count.format(progress?.rows ?? 0), total: count.format(rows) })}</span>
        </div>
      )}
      <div className={styles.foot}>
        <Button hotkey="back" disabled={importing.isPending} onClick={onBack}>{t("bulk.otherFile")}</Button>
        <Button look="main" type="submit" hotkey="submit" disabled={!ready}>{t(importing.isPending ? "bulk.matching" : "bulk.match")}</Button>
      </div>
      <p className="quiet">{t("bulk.nothingSent")}</p>
    </form>
  );
}

function delimiterWord(delimiter: string): string {
  const words: Record<string, string> = { ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar" };
  return words[delimiter] ?? delimiter;
}

interface SampleProps {
  file: BulkFile;
  mapping: BulkMapping;
  disabled: boolean;
  onMapping: (mapping: BulkMapping) => void;
}

/** The first rows, each column under what it is taken for. */
function Sample({ file, mapping, disabled, onMapping }: SampleProps) {
  const names = mapping.has_names ? (file.sample[0] ?? []) : [];
  const rows = mapping.has_names ? file.sample.slice(1) : file.sample;
  const title = (place: number) => names[place] ?? t("bulk.columnNumber", { number: place + 1 });
  const pick = (place: number, value: string) => onMapping(mapped(mapping, place, COLUMN_NAMES.find((one): one is BulkColumnName => one === value) ?? null));
  return (
    <>
      {/* A wide file scrolls sideways, which the keyboard must be able to do too. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles.sample} tabIndex={0} role="region" aria-label={t("bulk.sample")}>
        <table>
          <thead>
            <tr>
              {mapping.columns.map((column, place) => (
                <th key={place} scope="col">
                  <span className={styles.heading}><Untrusted text={title(place)} /></span>
                  <select aria-label={t("bulk.columnIs", { column: visible(title(place), "prose") })} value={column ?? ""} disabled={disabled} data-mapped={column !== null} onChange={(event) => pick(place, event.target.value)}>
                    <option value="">{t("bulk.columnUnused")}</option>
                    {COLUMN_NAMES.map((name) => <option key={name} value={name}>{word("bulkColumn", name)}</option>)}
                  </select>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <tr key={at}>{mapping.columns.map((_, place) => <td key={place}><Untrusted personal text={row[place] ?? ""} /></td>)}</tr>
            ))}
          </tbody>
        </table>
      </div>
      <label className={styles.tick}>
        <input type="checkbox" checked={mapping.has_names} disabled={disabled} onChange={(event) => onMapping({ ...mapping, has_names: event.target.checked })} />
        {t("bulk.hasNames")}
      </label>
    </>
  );
}
