import type { CSSProperties, PointerEvent } from "react";

import { t } from "#ui/messages/t";

import styles from "./Grid.module.css";
import { type ColumnLayout, fittingWidth, type PlacedColumn } from "./layout";
import type { GridSort } from "./Grid";

interface GridHeadProps {
  placed: readonly PlacedColumn[];
  headers: Readonly<Record<string, string>>;
  rowStyle: CSSProperties;
  sorts: Record<string, GridSort> | undefined;
  layout: ColumnLayout | undefined;
  onLayout: ((layout: ColumnLayout) => void) | undefined;
  /** What stands over the ticks. */
  ticks: React.ReactNode;
}

/** Where a cell stays while the others move under it. */
export function stayingStyle(column: PlacedColumn): CSSProperties | undefined {
  return column.stays === null ? undefined : { left: column.stays };
}

/** The classes of a cell. */
export function cellClass(column: PlacedColumn): string {
  return [styles.cell, column.number ? styles.number : undefined, column.stays === null ? undefined : styles.stays].filter((one) => one !== undefined).join(" ");
}

/** The heads of the columns. */
export function GridHead({ placed, headers, rowStyle, sorts, layout, onLayout, ticks }: GridHeadProps) {
  const pull = (id: string) => (event: PointerEvent<HTMLSpanElement>) => {
    if (layout === undefined || onLayout === undefined) return;
    event.preventDefault();
    const handle = event.currentTarget;
    const from = { x: event.clientX, width: handle.parentElement?.getBoundingClientRect().width ?? 0 };
    handle.setPointerCapture(event.pointerId);
    const move = (now: globalThis.PointerEvent) => onLayout({ ...layout, widths: { ...layout.widths, [id]: fittingWidth(from.width + now.clientX - from.x) } });
    handle.addEventListener("pointermove", move);
    handle.addEventListener("lostpointercapture", () => handle.removeEventListener("pointermove", move), { once: true });
  };
  return (
    <div role="rowgroup" className={styles.head}>
      <div role="row" aria-rowindex={1} className={styles.row} style={rowStyle}>
        {ticks}
        {placed.map((column) => {
          const sort = sorts?.[column.id];
          const header = headers[column.id] ?? column.id;
          return (
            <div key={column.id} role="columnheader" aria-sort={sort?.now} className={cellClass(column)} style={stayingStyle(column)}>
              {sort === undefined ? header : <button type="button" className={styles.sort} data-now={sort.now} onClick={sort.change}>{header}</button>}
              {onLayout !== undefined && <span className={styles.handle} title={t("columns.pull")} aria-hidden="true" onPointerDown={pull(column.id)} />}
            </div>
          );
        })}
      </div>
    </div>
  );
}
