/** The rows from one on, so that what came above it since does not push away what is read; and how many came. */
export function heldAt<Row>(rows: readonly Row[], anchor: string | null, idOf: (row: Row) => string): { rows: Row[]; fresh: number } {
  const at = anchor === null ? -1 : rows.findIndex((row) => idOf(row) === anchor);
  // Where the row is gone there is nothing to hold on to.
  return at <= 0 ? { rows: [...rows], fresh: 0 } : { rows: rows.slice(at), fresh: at };
}
