import { DropdownMenu } from "radix-ui";

import { Icon } from "#ui/components/Icon";
import { MenuItem, MenuSurface } from "#ui/components/Menu";
import { t } from "#ui/messages/t";

import styles from "./Grid.module.css";

/** One thing to do with a row. */
export interface RowAction {
  name: string;
  run: () => void;
}

interface RowMenuProps {
  actions: readonly RowAction[];
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Gives the focus back to the list. */
  onDone: () => void;
}

/** What can be done with the row that it stands in: only the chosen row and the one under the pointer have one. */
export function RowMenu({ actions, open, onOpenChange, onDone }: RowMenuProps) {
  return (
    <DropdownMenu.Root modal={false} open={open} onOpenChange={onOpenChange}>
      <DropdownMenu.Trigger asChild>
        <button type="button" tabIndex={-1} className={styles.rowMenu} aria-label={t("hotkey.rowMenu")} title={t("hotkey.rowMenu")}>
          <Icon name="more" />
        </button>
      </DropdownMenu.Trigger>
      <MenuSurface onDone={onDone}>
        {actions.map((action) => <MenuItem key={action.name} onSelect={action.run}>{action.name}</MenuItem>)}
      </MenuSurface>
    </DropdownMenu.Root>
  );
}
