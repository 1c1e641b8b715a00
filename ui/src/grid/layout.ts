import { type ColumnLook, type GridColumn, lookOf } from "./columns";

/** How somebody arranged the columns of a list. */
export interface ColumnLayout {
  /** Names in the order wanted; those that are not among them follow in their own. */
  order: readonly string[];
  /** Widths in pixels of those that were given one. */
  widths: Readonly<Record<string, number>>;
  /** Those that stay in sight, before all others. */
  pinned: readonly string[];
}

export const NO_LAYOUT: ColumnLayout = { order: [], widths: {}, pinned: [] };

const LEAST_PX = 48;
const MOST_PX = 900;
/** A width of a column that states none in pixels. */
const USUAL_PX = 120;

/** A column as it stands in the list. */
export interface PlacedColumn extends ColumnLook {
  id: string;
  /** Pixels from the left where it stays in sight; none where it moves with the others. */
  stays: number | null;
}

/** Keeps a width where the column can be read and leaves room for others. */
export function fittingWidth(px: number): number {
  return Math.round(Math.min(MOST_PX, Math.max(LEAST_PX, px)));
}

function leastOf(track: string): number {
  return Number(/(\d+)px/.exec(track)?.[1] ?? USUAL_PX);
}

/** The names of columns in the order wanted, those that stay in sight first. */
export function ordered(ids: readonly string[], layout: ColumnLayout): string[] {
  const rank = (id: string) => { const at = layout.order.indexOf(id); return at < 0 ? layout.order.length + ids.indexOf(id) : at; };
  const inOrder = [...ids].sort((one, other) => rank(one) - rank(other));
  return [...inOrder.filter((id) => layout.pinned.includes(id)), ...inOrder.filter((id) => !layout.pinned.includes(id))];
}

/** Lays the shown columns out. `before` are pixels that something at the left takes, which stays in sight as well. */
export function place<Row extends object>(columns: readonly GridColumn<Row>[], shown: readonly string[], layout: ColumnLayout, before: number): { placed: PlacedColumn[]; leastPx: number } {
  let left = before;
  let leastPx = before;
  const placed = ordered(shown, layout).map((id): PlacedColumn => {
    const look = lookOf(columns, id);
    const width = layout.widths[id];
    const pinned = layout.pinned.includes(id);
    // What stays in sight needs a width in pixels, or nobody knows where the next one stays.
    const px = width ?? (pinned ? Math.max(USUAL_PX, leastOf(look.track)) : null);
    const stays = pinned ? left : null;
    if (pinned) left += px ?? 0;
    leastPx += px ?? leastOf(look.track);
    return { id, number: look.number, track: px === null ? look.track : `${px}px`, stays };
  });
  return { placed, leastPx };
}

/** The same layout with a column moved by one place among those that are shown. */
export function moved(layout: ColumnLayout, ids: readonly string[], id: string, step: 1 | -1): ColumnLayout {
  const now = ordered(ids, layout);
  const [from, to] = [now.indexOf(id), now.indexOf(id) + step];
  const other = now[to];
  if (from < 0 || other === undefined || layout.pinned.includes(other) !== layout.pinned.includes(id)) return layout;
  const order = now.with(from, other).with(to, id);
  return { ...layout, order };
}

/** Reads a layout that was kept; what is not of its shape counts as not there. */
export function readLayout(text: string | null): ColumnLayout {
  let read: unknown = null;
  try {
    read = JSON.parse(text ?? "null");
  } catch {
    // What cannot be read is as good as nothing arranged.
  }
  const kept = typeof read === "object" && read !== null ? (read as Record<string, unknown>) : {};
  const names = (value: unknown) => (Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : []);
  const widths = typeof kept["widths"] === "object" && kept["widths"] !== null ? Object.entries(kept["widths"]) : [];
  return {
    order: names(kept["order"]),
    widths: Object.fromEntries(widths.flatMap(([id, px]) => (typeof px === "number" && Number.isFinite(px) ? [[id, fittingWidth(px)]] : []))),
    pinned: names(kept["pinned"]),
  };
}
