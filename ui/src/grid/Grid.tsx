import { useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type MouseEvent, type ReactNode, type Ref, useEffect, useId, useImperativeHandle, useRef, useState } from "react";

import { ROW_PX, useAppearance } from "#ui/api/appearance";
import { t } from "#ui/messages/t";
import type { HotkeyId } from "#ui/hotkeys";
import { useHotkey } from "#ui/keyboard/useHotkey";

import { features, type GridColumn, headerOf } from "./columns";
import styles from "./Grid.module.css";
import { cellClass, GridHead, stayingStyle } from "./GridHead";
import { NO_LAYOUT, place } from "./layout";
import { type RowAction, RowMenu } from "./RowMenu";
import { allOrNone, type Selection, toggled, withRange } from "./selection";
import type { ColumnChoice } from "./useColumnChoice";

const NEAR_END_ROWS = 20;
/** The column of the ticks, in pixels. */
const TICKS_PX = 30;

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
  /** Columns that this list does without. */
  hidden?: readonly string[];
  /** Which columns are shown, and how they stand. */
  choice?: ColumnChoice;
  /** Opens a row: to its page, or what `detail` shows of it. */
  onOpen?: (row: Row) => void;
  /** Whether a click only chooses, because the row is shown beside the list anyway. */
  clickChooses?: boolean;
  onCopy?: (row: Row) => void;
  /** Hears which row is chosen. */
  onChosen?: (row: Row | undefined) => void;
  /** Other keys for the chosen row, with the rows that they are for. */
  rowKeys?: readonly RowKey<Row>[];
  /** What can be done with a row, by its menu. */
  rowActions?: (row: Row) => readonly RowAction[];
  /** The rows that are selected, where they can be. */
  selection?: Selection;
  /** What stands under a row that is open. */
  detail?: (row: Row) => ReactNode;
  /** Whether a key of its own opens `detail`, because `onOpen` leads elsewhere. */
  detailIsPreview?: boolean;
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
export function Grid<Row extends object>({ name, rows, columns, rowId, total, hidden, choice, onOpen, clickChooses = false, onCopy, onChosen, rowKeys = [], rowActions, selection, detail, detailIsPreview = false, onNearEnd, onAway, loadingMore = false, outdated = false, sorts, remember, ref }: GridProps<Row>) {
  const id = useId();
  const rowPx = ROW_PX[useAppearance().density];
  const scroller = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<string | null>(() => (remember === undefined ? null : (remembered.get(remember) ?? null)));
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [menuOf, setMenuOf] = useState<string | null>(null);
  const [hovered, setHovered] = useState<string | null>(null);
  const table = useTable({
    features, columns, data: rows, getRowId: rowId,
    state: { columnVisibility: Object.fromEntries((hidden ?? choice?.hidden ?? []).map((one) => [one, false])) },
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
  useEffect(() => onChosen?.(current), [current, onChosen]);
  const choose = (index: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (row === undefined) return;
    setChosen(rowId(row));
    if (remember !== undefined) remembered.set(remember, rowId(row));
    virtual.scrollToIndex(rows.indexOf(row), { align: "auto" });
    scroller.current?.focus({ preventScroll: true });
  };
  // A preview is no branch of a tree: nothing in the list stands below it.
  const folds = detail !== undefined && !detailIsPreview;
  const unfold = (row: Row) => setOpened((before) => toggled(before, rowId(row)));
  const open = (row: Row) => {
    if (folds) unfold(row);
    onOpen?.(row);
  };
  const ids = () => rows.map(rowId);
  const tick = (row: Row, range: boolean) => {
    if (selection === undefined) return;
    selection.change(range && chosen !== null ? withRange(selection.ids, ids(), chosen, rowId(row)) : toggled(selection.ids, rowId(row)));
  };
  useImperativeHandle(ref, () => ({ enter: () => choose(Math.max(0, at)), first: () => choose(0) }));
  const usable = current !== undefined && !outdated;
  useHotkey("nextRow", () => choose(at + 1), rows.length > 0);
  useHotkey("previousRow", () => choose(at < 0 ? 0 : at - 1), rows.length > 0);
  // While the rows are those of the search before, Enter would open something nobody asked for.
  useHotkey("openRow", () => { if (current !== undefined) open(current); }, usable);
  useHotkey("preview", () => { if (current !== undefined) unfold(current); }, usable && detail !== undefined && detailIsPreview);
  useHotkey("rowMenu", () => setMenuOf(chosen), usable && rowActions !== undefined);
  useHotkey("tickRow", () => { if (current !== undefined) tick(current, false); }, usable && selection !== undefined);
  useHotkey("selectAll", () => selection?.change(allOrNone(selection.ids, ids())), selection !== undefined && !outdated && rows.length > 0);
  useHotkey("copyId", () => { if (current !== undefined) onCopy?.(current); }, current !== undefined && onCopy !== undefined);

  const shown = table.getVisibleLeafColumns().map((column) => column.id);
  const ticksPx = selection === undefined ? 0 : TICKS_PX;
  const { placed, leastPx } = place(columns, shown, choice?.layout ?? NO_LAYOUT, ticksPx);
  const rowStyle = { gridTemplateColumns: `${selection === undefined ? "" : `${TICKS_PX}px `}${placed.map((one) => one.track).join(" ")}`, minWidth: leastPx + 24 };
  const tableRows = table.getRowModel().rows;
  const clicked = (event: MouseEvent, index: number, row: Row) => {
    // A menu of the row lies elsewhere in the page, and its clicks come here all the same.
    if (!(event.target instanceof Element) || !event.currentTarget.contains(event.target) || event.target.closest("button,a,input") !== null) return;
    if (event.shiftKey && selection !== undefined) {
      event.preventDefault();
      window.getSelection()?.removeAllRanges();
      tick(row, true);
      return;
    }
    if (window.getSelection()?.toString()) return;
    choose(index);
    if (!clickChooses) open(row);
  };
  return (
    // Both roles are ones that take focus and keys; the rule only knows a role that is written out.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      ref={scroller}
      className={styles.scroller}
      role={folds ? "treegrid" : "grid"}
      aria-label={name}
      aria-rowcount={total === null ? -1 : total + 1}
      aria-colcount={placed.length + (selection === undefined ? 0 : 1)}
      aria-multiselectable={selection === undefined ? undefined : true}
      aria-busy={outdated}
      aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      {...(onAway === undefined ? {} : { onScroll: (event: React.UIEvent<HTMLDivElement>) => onAway(event.currentTarget.scrollTop > rowPx) })}
      onMouseLeave={() => setHovered(null)}
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
      {rowKeys.map((key) => <KeyOfRow key={key.id} id={key.id} run={() => { if (current !== undefined) key.run(current); }} enabled={usable && key.fits(current)} />)}
      <GridHead
        placed={placed} rowStyle={rowStyle} sorts={sorts} layout={choice?.layout} onLayout={choice?.setLayout}
        headers={Object.fromEntries(columns.map((column) => [column.id ?? "", headerOf(column)]))}
        ticks={selection !== undefined && (
          <div role="columnheader" className={styles.tick} style={{ left: 0 }}>
            <input type="checkbox" tabIndex={-1} aria-label={t("hotkey.selectAll")} checked={rows.length > 0 && ids().every((one) => selection.ids.has(one))} onChange={() => selection.change(allOrNone(selection.ids, ids()))} />
          </div>
        )}
      />
      <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize(), minWidth: leastPx + 24 }} data-outdated={outdated}>
        {items.map((item) => {
          const row = tableRows[item.index];
          if (row === undefined) return null;
          const isOpen = opened.has(row.id);
          const cells = new Map(row.getVisibleCells().map((cell) => [cell.column.id, cell]));
          const withMenu = rowActions !== undefined && (item.index === at || hovered === row.id || menuOf === row.id);
          return (
            <div key={item.key} ref={detail === undefined ? undefined : virtual.measureElement} data-index={item.index} role="presentation" className={styles.place} style={{ transform: `translateY(${item.start}px)` }}>
              {/* Keys reach rows through the grid, which has the focus; the click is for the mouse. */}
              {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus */}
              <div
                id={`${id}-${item.index}`}
                role="row"
                aria-rowindex={item.index + 2}
                aria-selected={selection === undefined ? item.index === at : selection.ids.has(row.id)}
                aria-expanded={folds ? isOpen : undefined}
                className={styles.row}
                style={rowStyle}
                data-chosen={item.index === at}
                data-selected={selection?.ids.has(row.id)}
                data-row={row.id}
                {...(rowActions === undefined ? {} : { onMouseEnter: () => setHovered(row.id) })}
                onClick={(event) => clicked(event, item.index, row.original)}
                {...(clickChooses ? { onDoubleClick: () => open(row.original) } : {})}
              >
                {selection !== undefined && (
                  <div role="gridcell" className={styles.tick} style={{ left: 0 }}>
                    <input type="checkbox" tabIndex={-1} aria-label={t("grid.select")} checked={selection.ids.has(row.id)} onChange={() => selection.change(toggled(selection.ids, row.id))} />
                  </div>
                )}
                {placed.map((column) => {
                  const cell = cells.get(column.id);
                  return (
                    <div key={column.id} role="gridcell" className={cellClass(column)} style={stayingStyle(column)}>
                      {cell !== undefined && <table.FlexRender cell={cell} />}
                    </div>
                  );
                })}
                {withMenu && (
                  <div role="gridcell" className={styles.menuPlace}>
                    <RowMenu actions={rowActions(row.original)} open={menuOf === row.id} onOpenChange={(now) => setMenuOf(now ? row.id : null)} onDone={() => choose(item.index)} />
                  </div>
                )}
              </div>
              {detail !== undefined && isOpen && (
                <div role="row" aria-rowindex={item.index + 2} className={styles.detail}>
                  <div role="gridcell" aria-colspan={placed.length}>{detail(row.original)}</div>
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
