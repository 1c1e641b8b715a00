import { useState } from "react";

import { IconButton } from "#ui/components/Button";
import { Menu, MenuItem, MenuTick } from "#ui/components/Menu";
import { t } from "#ui/messages/t";

import { ArrangeColumns } from "./ArrangeColumns";
import { type GridColumn, headerOf } from "./columns";
import type { ColumnChoice } from "./useColumnChoice";

interface ColumnMenuProps<Row extends object> {
  choice: ColumnChoice;
  columns: readonly GridColumn<Row>[];
  /** The column that a list cannot do without. */
  fixed: string;
}

/** Ticks the columns of a list that are shown, and leads to how they stand. */
export function ColumnMenu<Row extends object>({ columns, fixed, choice }: ColumnMenuProps<Row>) {
  const [arranging, setArranging] = useState(false);
  const { hidden, setHidden } = choice;
  return (
    <>
      <Menu trigger={<IconButton icon="columns" name={t("payments.columns")} />}>
        {columns.map((column) => {
          const id = column.id ?? "";
          if (id === fixed) return null;
          return (
            <MenuTick key={id} ticked={!hidden.includes(id)} onChange={(ticked) => setHidden(id, !ticked)}>
              {headerOf(column)}
            </MenuTick>
          );
        })}
        <MenuItem onSelect={() => setArranging(true)}>{t("columns.arrange")}</MenuItem>
      </Menu>
      {arranging && <ArrangeColumns columns={columns} choice={choice} onClose={() => setArranging(false)} />}
    </>
  );
}
