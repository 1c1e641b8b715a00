import { type InputHTMLAttributes, type ReactNode, type Ref, useId } from "react";

import { usePersonalField } from "#ui/api/personal";

import styles from "./Field.module.css";

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "id" | "value" | "onFocus" | "onBlur"> {
  label: string;
  value?: string;
  hint?: ReactNode;
  /** What is wrong with what was typed. */
  wrong?: string | undefined;
  /** Whether what is typed tells of a payer: while that is hidden it is shown only to whoever writes it. */
  personal?: boolean;
  /** Something at the right end of the field, such as a button. */
  aside?: ReactNode;
  ref?: Ref<HTMLInputElement>;
}

/** A labelled text field with its hint and its complaint. */
export function Field({ label, hint, wrong, personal = false, aside, className, value, ...rest }: FieldProps) {
  const id = useId();
  const { field } = usePersonalField(value ?? "");
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      <div className={styles.line}>
        <input
          id={id}
          className={`${styles.input ?? ""} ${className ?? ""}`}
          aria-invalid={wrong !== undefined}
          aria-describedby={`${id}-hint`}
          autoComplete="off"
          spellCheck={false}
          {...rest}
          {...(personal ? field : { value })}
        />
        {aside}
      </div>
      <div id={`${id}-hint`} className={wrong === undefined ? styles.hint : styles.wrong} aria-live="polite">
        {wrong ?? hint}
      </div>
    </div>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly { value: string; label: string }[];
  hint?: ReactNode;
  disabled?: boolean;
  onChange: (value: string) => void;
}

/** A choice of one, by the system's own list, which every keyboard and reader knows. */
export function Choice({ label, value, options, hint, disabled, onChange }: ChoiceProps) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      <select id={id} className={styles.input} value={value} disabled={disabled} aria-describedby={`${id}-hint`} onChange={(event) => onChange(event.target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <div id={`${id}-hint`} className={styles.hint} aria-live="polite">
        {hint}
      </div>
    </div>
  );
}
