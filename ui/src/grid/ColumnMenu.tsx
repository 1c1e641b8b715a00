import { IconButton } from "#ui/components/Button";
import { Menu, MenuTick } from "#ui/components/Menu";
import { t } from "#ui/messages/t";

import type { GridColumn } from "./columns";
import type { ColumnChoice } from "./useColumnChoice";

interface ColumnMenuProps<Row extends object> extends ColumnChoice {
  columns: readonly GridColumn<Row>[];
  /** The column that a list cannot do without. */
  fixed: string;
}

/** Ticks the columns of a list that are shown. */
export function ColumnMenu<Row extends object>({ columns, fixed, hidden, setHidden }: ColumnMenuProps<Row>) {
  return (
    <Menu trigger={<IconButton icon="columns" name={t("payments.columns")} />}>
      {columns.map((column) => {
        const id = column.id ?? "";
        if (id === fixed) return null;
        return (
          <MenuTick key={id} ticked={!hidden.includes(id)} onChange={(ticked) => setHidden(id, !ticked)}>
            {typeof column.header === "string" ? column.header : id}
          </MenuTick>
        );
      })}
    </Menu>
  );
}
