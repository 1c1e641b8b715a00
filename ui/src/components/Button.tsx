import type { ButtonHTMLAttributes, Ref } from "react";

import { type HotkeyId } from "#ui/hotkeys";
import { ariaShortcuts } from "#ui/keyboard/match";

import styles from "./Button.module.css";
import { Icon, type IconName } from "./Icon";
import { Keys } from "./Keys";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: "plain" | "main" | "danger" | "quiet";
  icon?: IconName;
  /** The hotkey that does the same; shown beside the words and announced. */
  hotkey?: HotkeyId;
  ref?: Ref<HTMLButtonElement>;
}

/** A button. */
export function Button({ look = "plain", icon, hotkey, children, className, ...rest }: ButtonProps) {
  return (
    <button type="button" className={`${styles.button ?? ""} ${styles[look] ?? ""} ${className ?? ""}`} aria-keyshortcuts={hotkey && ariaShortcuts(hotkey)} {...rest}>
      {icon && <Icon name={icon} />}
      {children}
      {hotkey && <Keys id={hotkey} />}
    </button>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: IconName;
  name: string;
  ref?: Ref<HTMLButtonElement>;
}

/** A button with a drawing for a face; its name is heard and shown on hover. */
export function IconButton({ icon, name, className, ...rest }: IconButtonProps) {
  return (
    <button type="button" className={`${styles.face ?? ""} ${className ?? ""}`} aria-label={name} title={name} {...rest}>
      <Icon name={icon} />
    </button>
  );
}
