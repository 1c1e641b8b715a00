import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";

import { Icon } from "./Icon";
import styles from "./Menu.module.css";

interface MenuProps {
  trigger: ReactNode;
  children: ReactNode;
  align?: "start" | "end";
}

/** A menu under a button. */
export function Menu({ trigger, children, align = "end" }: MenuProps) {
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={styles.menu} align={align} sideOffset={4} collisionPadding={8}>
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** The surface of a menu that opens by other means than its own button. `onDone` takes the focus when it closes. */
export function MenuSurface({ onDone, children }: { onDone: () => void; children: ReactNode }) {
  return (
    <DropdownMenu.Portal>
      <DropdownMenu.Content className={styles.menu} align="end" sideOffset={4} collisionPadding={8} onCloseAutoFocus={(event) => { event.preventDefault(); onDone(); }}>
        {children}
      </DropdownMenu.Content>
    </DropdownMenu.Portal>
  );
}

interface MenuItemProps {
  onSelect: () => void;
  danger?: boolean;
  children: ReactNode;
}

/** One thing to do. */
export function MenuItem({ onSelect, danger = false, children }: MenuItemProps) {
  return (
    <DropdownMenu.Item className={`${styles.item ?? ""} ${danger ? (styles.danger ?? "") : ""}`} onSelect={onSelect}>
      {children}
    </DropdownMenu.Item>
  );
}

interface MenuTickProps {
  ticked: boolean;
  onChange: (ticked: boolean) => void;
  children: ReactNode;
}

/** One thing to switch on or off; the menu stays open for the next. */
export function MenuTick({ ticked, onChange, children }: MenuTickProps) {
  return (
    <DropdownMenu.CheckboxItem className={styles.item} checked={ticked} onCheckedChange={onChange} onSelect={(event) => event.preventDefault()}>
      <span className={styles.tick}>
        <DropdownMenu.ItemIndicator>
          <Icon name="check" />
        </DropdownMenu.ItemIndicator>
      </span>
      {children}
    </DropdownMenu.CheckboxItem>
  );
}
