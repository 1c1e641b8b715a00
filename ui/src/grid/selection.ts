/** The rows of a list that are selected. */
export interface Selection {
  ids: ReadonlySet<string>;
  change: (ids: ReadonlySet<string>) => void;
}

/** The same selection with one row in or out of it. */
export function toggled(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const now = new Set(ids);
  if (!now.delete(id)) now.add(id);
  return now;
}

/** The selection with all rows from one to another in it, whichever comes first. */
export function withRange(ids: ReadonlySet<string>, rows: readonly string[], from: string, to: string): ReadonlySet<string> {
  const [one, other] = [rows.indexOf(from), rows.indexOf(to)];
  if (one < 0 || other < 0) return toggled(ids, to);
  return new Set([...ids, ...rows.slice(Math.min(one, other), Math.max(one, other) + 1)]);
}

/** All rows, or none where all are selected already. */
export function allOrNone(ids: ReadonlySet<string>, rows: readonly string[]): ReadonlySet<string> {
  return rows.every((id) => ids.has(id)) ? new Set() : new Set(rows);
}
