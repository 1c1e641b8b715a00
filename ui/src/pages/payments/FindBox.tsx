import { useRef } from "react";

import { Icon } from "#ui/components/Icon";
import { IconButton } from "#ui/components/Button";
import { Keys } from "#ui/components/Keys";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t } from "#ui/messages/t";

import styles from "./PaymentsPage.module.css";

interface FindBoxProps {
  value: string;
  onChange: (query: string) => void;
  /** Goes on to the rows. */
  onEnter: () => void;
  onClear: () => void;
}

/** The one box that finds payments. */
export function FindBox({ value, onChange, onEnter, onClear }: FindBoxProps) {
  const field = useRef<HTMLInputElement>(null);
  useHotkey("find", () => {
    field.current?.focus();
    field.current?.select();
  });
  return (
    <div className={styles.find} role="search">
      <Icon name="find" />
      <input
        ref={field}
        className={styles.input}
        type="text"
        value={value}
        aria-label={t("hotkey.find")}
        aria-keyshortcuts="/"
        placeholder={t("payments.findHint")}
        autoComplete="off"
        spellCheck={false}
        maxLength={2_000}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === "ArrowDown") {
            event.preventDefault();
            onEnter();
          } else if (event.key === "Escape") {
            event.preventDefault();
            if (value === "") onEnter();
            else onClear();
          }
        }}
      />
      {value === "" ? <Keys id="find" /> : <IconButton icon="close" name={t("payments.clear")} onClick={() => { onClear(); field.current?.focus(); }} />}
    </div>
  );
}
