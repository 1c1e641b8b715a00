import { useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, type Ref, useEffect, useId, useImperativeHandle, useRef, useState } from "react";

import { ROW_PX, useAppearance } from "#ui/api/appearance";
import { t } from "#ui/messages/t";
import type { HotkeyId } from "#ui/hotkeys";
import { useHotkey } from "#ui/keyboard/useHotkey";

import { features, type GridColumn, lookOf } from "./columns";
import styles from "./Grid.module.css";

const NEAR_END_ROWS = 20;

/** What others may ask of a grid. */
export interface GridHandle {
  /** Takes the focus and, where no row is chosen yet, chooses the first. */
  enter: () => void;
  /** Takes the focus and chooses the first row. */
  first: () => void;
}

/** The order by one column. */
export interface GridSort {
  now: "ascending" | "descending" | "none";
  change: () => void;
}

/** A key that does something with the chosen row. */
export interface RowKey<Row> {
  id: HotkeyId;
  fits: (row: Row) => boolean;
  run: (row: Row) => void;
}

interface GridProps<Row extends object> {
  name: string;
  rows: Row[];
  columns: GridColumn<Row>[];
  rowId: (row: Row) => string;
  /** How many rows the list has in all, loaded or not; none where nobody knows. */
  total: number | null;
  hidden?: Record<string, boolean>;
  /** Opens a row: to its page, or what `detail` shows of it. */
  onOpen?: (row: Row) => void;
  onCopy?: (row: Row) => void;
  /** Other keys for the chosen row, with the rows that they are for. */
  rowKeys?: readonly RowKey<Row>[];
  /** What stands under a row that is open. */
  detail?: (row: Row) => ReactNode;
  onNearEnd?: () => void;
  /** Hears whether the first row has left the sight, so that rows which come above it would push away what is read. */
  onAway?: (away: boolean) => void;
  loadingMore?: boolean;
  outdated?: boolean;
  /** Columns that the list can be ordered by, with how it is now. */
  sorts?: Record<string, GridSort>;
  /** Where the list was left is kept under this name while the window lives. */
  remember?: string;
  ref?: Ref<GridHandle>;
}

const remembered = new Map<string, string>();

/** A table that draws only the rows in sight. One row is the chosen one; keys move and open it. */
export function Grid<Row extends object>({ name, rows, columns, rowId, total, hidden, onOpen, onCopy, rowKeys = [], detail, onNearEnd, onAway, loadingMore = false, outdated = false, sorts, remember, ref }: GridProps<Row>) {
  const id = useId();
  const rowPx = ROW_PX[useAppearance().density];
  const scroller = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<string | null>(() => (remember === undefined ? null : (remembered.get(remember) ?? null)));
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const table = useTable({
    features, columns, data: rows, getRowId: rowId,
    state: { columnVisibility: hidden ?? {} },
  });
  // No compiler memoizes here, which is what the rule warns of; the rows are cheap to draw anew.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 12,
    getItemKey: (index) => { const row = rows[index]; return row === undefined ? index : rowId(row); },
  });
  useEffect(() => {
    // Rows became lower or higher, and their places were kept.
    virtual.measure();
  }, [virtual, rowPx]);
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && lastShown >= rows.length - NEAR_END_ROWS) onNearEnd?.();
  }, [lastShown, rows.length, onNearEnd]);

  const at = chosen === null ? -1 : rows.findIndex((row) => rowId(row) === chosen);
  const current = rows[at];
  const choose = (index: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (row === undefined) return;
    setChosen(rowId(row));
    if (remember !== undefined) remembered.set(remember, rowId(row));
    virtual.scrollToIndex(rows.indexOf(row), { align: "auto" });
    scroller.current?.focus({ preventScroll: true });
  };
  const open = (row: Row) => {
    if (detail !== undefined) setOpened((before) => toggled(before, rowId(row)));
    onOpen?.(row);
  };
  useImperativeHandle(ref, () => ({ enter: () => choose(Math.max(0, at)), first: () => choose(0) }));
  useHotkey("nextRow", () => choose(at + 1), rows.length > 0);
  useHotkey("previousRow", () => choose(at < 0 ? 0 : at - 1), rows.length > 0);
  // While the rows are those of the search before, Enter would open something nobody asked for.
  useHotkey("openRow", () => { if (current !== undefined) open(current); }, current !== undefined && !outdated);
  useHotkey("copyId", () => { if (current !== undefined) onCopy?.(current); }, current !== undefined && onCopy !== undefined);

  const shown = table.getVisibleLeafColumns();
  const tracks = shown.map((column) => lookOf(columns, column.id).track).join(" ");
  const tableRows = table.getRowModel().rows;
  return (
    // Both roles are ones that take focus and keys; the rule only knows a role that is written out.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      ref={scroller}
      className={styles.scroller}
      role={detail === undefined ? "grid" : "treegrid"}
      aria-label={name}
      aria-rowcount={total === null ? -1 : total + 1}
      aria-colcount={shown.length}
      aria-busy={outdated}
      aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      {...(onAway === undefined ? {} : { onScroll: (event: React.UIEvent<HTMLDivElement>) => onAway(event.currentTarget.scrollTop > rowPx) })}
      onKeyDown={(event) => {
        const step = { PageDown: 12, PageUp: -12, Home: -rows.length, End: rows.length }[event.key];
        if (step === undefined || event.target !== event.currentTarget) return;
        event.preventDefault();
        choose(at + step);
      }}
      onFocus={(event) => {
        if (event.target === event.currentTarget && at < 0 && event.currentTarget.matches(":focus-visible")) choose(0);
      }}
    >
      {rowKeys.map((key) => <KeyOfRow key={key.id} id={key.id} run={() => { if (current !== undefined) key.run(current); }} enabled={current !== undefined && !outdated && key.fits(current)} />)}
      <div role="rowgroup" className={styles.head}>
        <div role="row" aria-rowindex={1} className={styles.row} style={{ gridTemplateColumns: tracks }}>
          {table.getHeaderGroups().flatMap((group) =>
            group.headers.map((header) => {
              const sort = sorts?.[header.column.id];
              return (
                <div key={header.id} role="columnheader" aria-sort={sort?.now} className={`${styles.cell ?? ""} ${lookOf(columns, header.column.id).number ? (styles.number ?? "") : ""}`}>
                  {sort === undefined ? <table.FlexRender header={header} /> : (
                    <button type="button" className={styles.sort} data-now={sort.now} onClick={sort.change}><table.FlexRender header={header} /></button>
                  )}
                </div>
              );
            }),
          )}
        </div>
      </div>
      <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }} data-outdated={outdated}>
        {items.map((item) => {
          const row = tableRows[item.index];
          if (row === undefined) return null;
          const isOpen = opened.has(row.id);
          return (
            <div key={item.key} ref={detail === undefined ? undefined : virtual.measureElement} data-index={item.index} role="presentation" className={styles.place} style={{ transform: `translateY(${item.start}px)` }}>
              {/* Keys reach rows through the grid, which has the focus; the click is for the mouse. */}
              {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus */}
              <div
                id={`${id}-${item.index}`}
                role="row"
                aria-rowindex={item.index + 2}
                aria-selected={item.index === at}
                aria-expanded={detail === undefined ? undefined : isOpen}
                className={styles.row}
                style={{ gridTemplateColumns: tracks }}
                data-chosen={item.index === at}
                data-row={row.id}
                onClick={(event) => {
                  if (event.target instanceof Element && event.target.closest("button,a") !== null) return;
                  if (window.getSelection()?.toString()) return;
                  choose(item.index);
                  open(row.original);
                }}
              >
                {row.getVisibleCells().map((cell) => (
                  <div key={cell.id} role="gridcell" className={`${styles.cell ?? ""} ${lookOf(columns, cell.column.id).number ? (styles.number ?? "") : ""}`}>
                    <table.FlexRender cell={cell} />
                  </div>
                ))}
              </div>
              {detail !== undefined && isOpen && (
                <div role="row" aria-rowindex={item.index + 2} className={styles.detail}>
                  <div role="gridcell" aria-colspan={shown.length}>{detail(row.original)}</div>
                </div>
              )}
            </div>
          );
        })}
      </div>
      {loadingMore && <div className={styles.more} role="row"><div role="gridcell">{t("grid.loadingMore")}</div></div>}
    </div>
  );
}

/** Each key is a component of its own, since their number is the caller's. */
function KeyOfRow({ id, run, enabled }: { id: HotkeyId; run: () => void; enabled: boolean }) {
  useHotkey(id, run, enabled);
  return null;
}

function toggled(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const now = new Set(set);
  if (!now.delete(id)) now.add(id);
  return now;
}
