import { columnVisibilityFeature, type ColumnDef, createColumnHelper, tableFeatures } from "@tanstack/react-table";

/** What the tables of Paydesk can do; the types know of nothing else. Rows are filtered and paged in
 * SQL, so neither is among them. */
export const features = tableFeatures({ columnVisibilityFeature });

export type GridColumn<Row extends object> = ColumnDef<typeof features, Row>;

interface ColumnSpec<Row extends object> {
  id: string;
  header: string;
  /** The share of the width, as a track of a CSS grid. */
  track: string;
  number?: boolean;
  cell: (row: Row) => React.ReactNode;
}

export interface ColumnLook {
  track: string;
  number: boolean;
}

const looks = new WeakMap<object, Record<string, ColumnLook>>();

/** Makes the columns of a grid. */
export function makeColumns<Row extends object>(specs: readonly ColumnSpec<Row>[]): GridColumn<Row>[] {
  const helper = createColumnHelper<typeof features, Row>();
  const columns = specs.map((spec) =>
    helper.display({ id: spec.id, header: spec.header, cell: ({ row }) => spec.cell(row.original) }),
  );
  looks.set(columns, Object.fromEntries(specs.map((spec) => [spec.id, { track: spec.track, number: spec.number ?? false }])));
  return columns;
}

/** The name of a column. */
export function headerOf<Row extends object>(column: GridColumn<Row>): string {
  return typeof column.header === "string" ? column.header : (column.id ?? "");
}

/** How a column is laid out. */
export function lookOf(columns: object, id: string): ColumnLook {
  return looks.get(columns)?.[id] ?? { track: "1fr", number: false };
}
