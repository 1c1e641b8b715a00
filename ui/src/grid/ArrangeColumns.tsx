import { Button, IconButton } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { t } from "#ui/messages/t";

import styles from "./ArrangeColumns.module.css";
import { type GridColumn, headerOf } from "./columns";
import { type ColumnLayout, fittingWidth, moved, NO_LAYOUT, ordered } from "./layout";
import type { ColumnChoice } from "./useColumnChoice";

const STEP_PX = 24;
/** What a column that was given no width begins from. */
const FROM_PX = 140;

interface ArrangeColumnsProps<Row extends object> {
  columns: readonly GridColumn<Row>[];
  choice: ColumnChoice;
  onClose: () => void;
}

/** Order, width and what stays in sight, by keyboard; the mouse can also pull at the head of a column. */
export function ArrangeColumns<Row extends object>({ columns, choice, onClose }: ArrangeColumnsProps<Row>) {
  const { layout, setLayout, hidden } = choice;
  const ids = columns.map((column) => column.id ?? "").filter((id) => !hidden.includes(id));
  const names = Object.fromEntries(columns.map((column) => [column.id ?? "", headerOf(column)]));
  const resize = (id: string, by: number): ColumnLayout => ({ ...layout, widths: { ...layout.widths, [id]: fittingWidth((layout.widths[id] ?? FROM_PX) + by) } });
  const pin = (id: string): ColumnLayout => ({ ...layout, pinned: layout.pinned.includes(id) ? layout.pinned.filter((one) => one !== id) : [...layout.pinned, id] });
  return (
    <Dialog open title={t("columns.title")} about={t("columns.about")} onClose={onClose}>
      <ul className={styles.list}>
        {ordered(ids, layout).map((id) => {
          const column = names[id] ?? id;
          return (
            <li key={id} className={styles.line}>
              <span className={styles.name}>{column}</span>
              <IconButton icon="up" name={t("columns.earlier", { column })} onClick={() => setLayout(moved(layout, ids, id, -1))} />
              <IconButton icon="down" name={t("columns.later", { column })} onClick={() => setLayout(moved(layout, ids, id, 1))} />
              <IconButton icon="dash" name={t("columns.narrower", { column })} onClick={() => setLayout(resize(id, -STEP_PX))} />
              <IconButton icon="plus" name={t("columns.wider", { column })} onClick={() => setLayout(resize(id, STEP_PX))} />
              <IconButton icon="pin" name={t("columns.pin", { column })} aria-pressed={layout.pinned.includes(id)} className={styles.pin} onClick={() => setLayout(pin(id))} />
            </li>
          );
        })}
      </ul>
      <DialogFoot>
        <Button onClick={() => setLayout(NO_LAYOUT)}>{t("columns.reset")}</Button>
        <Button look="main" onClick={onClose}>{t("dialog.done")}</Button>
      </DialogFoot>
    </Dialog>
  );
}
