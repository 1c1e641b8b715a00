import { useMemo, useRef, useState } from "react";

import type { ErrorBody, SqlAnswer, SqlCell } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { copyText } from "#ui/api/copy";
import { usePersonalField } from "#ui/api/personal";
import { Button } from "#ui/components/Button";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Empty, Loading } from "#ui/components/State";
import { Untrusted } from "#ui/components/Untrusted";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { Page } from "#ui/frame/Page";
import { Grid } from "#ui/grid/Grid";
import { makeColumns } from "#ui/grid/columns";
import { hotkeyTitle } from "#ui/keyboard/title";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn } from "#ui/messages/t";

import { offsetOf } from "./place";
import styles from "./SqlPage.module.css";

const EXAMPLE = "select currency, status, count(*) as payments, sum(amount_minor) as minor_units\nfrom v_payments\ngroup by currency, status\norder by payments desc";

interface Row {
  number: number;
  cells: SqlCell[];
}

/** What was typed stays while the window lives; it may hold an email, so it goes nowhere else. */
let kept = EXAMPLE;

/** Questions in SQL over the documented views. */
export function SqlPage() {
  const [text, setText] = useState(kept);
  const editor = useRef<HTMLTextAreaElement>(null);
  // The example is of nobody; whatever else is asked may name somebody.
  const cover = usePersonalField(text === EXAMPLE ? "" : text);
  const asking = useAction("run_sql");
  const ask = () => {
    if (!asking.isPending && text.trim() !== "") asking.mutate({ text });
  };
  useHotkey("submit", ask);
  const insert = (name: string) => {
    const field = editor.current;
    if (field === null) return;
    // A field that shows nothing of its text has no place in it either: the name goes to the end.
    const [start, end] = cover.covered ? [text.length, text.length] : [field.selectionStart, field.selectionEnd];
    const next = `${text.slice(0, start)}${name}${text.slice(end)}`;
    const caret = start + name.length;
    kept = next;
    setText(next);
    window.requestAnimationFrame(() => { field.focus(); field.setSelectionRange(caret, caret); });
  };
  const answer = asking.data;
  return (
    <Page title={<>{t("nav.sql")} {answer !== undefined && <span className="quiet" aria-live="polite">{tn(answer.more ? "sql.moreRows" : "sql.rows", answer.rows.length)}</span>}</>}>
      <div className={styles.ask}>
        <textarea
          ref={editor}
          className={styles.editor}
          aria-label={t("sql.question")}
          aria-keyshortcuts="Control+Enter"
          aria-invalid={asking.error?.code === "bad_sql"}
          spellCheck={false}
          autoComplete="off"
          maxLength={20_000}
          rows={6}
          {...cover.field}
          {...(text === EXAMPLE ? { value: EXAMPLE } : {})}
          onChange={(event) => { kept = event.target.value; setText(kept); }}
        />
        <Views onChoose={insert} />
        <div className={styles.foot}>
          <Button look="main" title={hotkeyTitle("submit")} disabled={asking.isPending || text.trim() === ""} onClick={ask}>{t(asking.isPending ? "sql.asking" : "sql.ask")}</Button>
          <span className="quiet">{t("sql.readsOnly")}</span>
        </div>
      </div>
      {asking.error !== null ? (
        <Mistake error={asking.error} onPlace={(line, column) => {
          const at = offsetOf(text, line, column);
          editor.current?.focus();
          editor.current?.setSelectionRange(at, at + 1);
        }} />
      ) : asking.isPending ? (
        <Loading rows={8} />
      ) : answer === undefined ? (
        <Empty title={t("sql.none")} hint={t("sql.noneHint")} />
      ) : answer.rows.length === 0 ? (
        <Empty title={t("sql.noRows")} hint={answer.columns.map((column) => visible(column, "exact")).join(", ")} />
      ) : (
        <Rows answer={answer} />
      )}
    </Page>
  );
}

function Mistake({ error, onPlace }: { error: ErrorBody; onPlace: (line: number, column: number) => void }) {
  const [line, column] = [Number(error.params["line"]), Number(error.params["column"])];
  return (
    <div className={styles.mistake}>
      <ErrorNote error={error} reading />
      {Number.isInteger(line) && Number.isInteger(column) && <Button onClick={() => onPlace(line, column)}>{t("sql.showPlace")}</Button>}
    </div>
  );
}

/** The views with their columns; a click writes the name. */
function Views({ onChoose }: { onChoose: (name: string) => void }) {
  const views = useAnswer("list_sql_views", {});
  return (
    <div className={styles.views} role="group" aria-label={t("sql.views")}>
      {views.data?.items.map((view) => (
        <details key={view.name} name="sql-view">
          <summary>{view.name}</summary>
          <div className={styles.columns}>
            {[view.name, ...view.columns].map((name, place) => (
              <button key={place} type="button" className={styles.name} title={t("sql.write", { name })} onClick={() => onChoose(name)}>{name}</button>
            ))}
          </div>
        </details>
      ))}
    </div>
  );
}

function shown(cell: SqlCell | undefined) {
  if (cell === undefined || cell.type === "null") return <span className="quiet">{t("sql.null")}</span>;
  return cell.type === "text" ? <Untrusted personal text={cell.value} /> : <span className="number">{cell.value}</span>;
}

function Rows({ answer }: { answer: SqlAnswer }) {
  const rows = useMemo<Row[]>(() => answer.rows.map((cells, number) => ({ number, cells })), [answer]);
  const columns = useMemo(() => makeColumns<Row>(answer.columns.map((name, place) => ({
    // Two columns of an answer may have the same name.
    id: `${place}`,
    header: visible(name, "exact"),
    track: "minmax(120px, 1fr)",
    number: answer.rows.every((cells) => cells[place]?.type !== "text"),
    cell: (row) => shown(row.cells[place]),
  }))), [answer]);
  return (
    <Grid
      name={t("sql.answer", { count: count.format(rows.length) })} rows={rows} columns={columns} rowId={(row) => String(row.number)}
      total={answer.more ? null : rows.length}
      onCopy={(row) => void copyText(row.cells.map((cell) => (cell.type === "null" ? "" : cell.value)).join("\t"))}
    />
  );
}
