import { useRef, useState } from "react";

import type { KeySource } from "#ui/bindings/contract";
import { Button } from "#ui/components/Button";
import { Field } from "#ui/components/Field";
import { t } from "#ui/messages/t";
import { platform } from "#ui/platform/index";

import styles from "./AccountsPage.module.css";

/** Where a key comes from, as far as it was given. */
export type KeyInput = { from: "text"; key: string } | { from: "dotenv"; path: string } | { from: "dotenv_text"; text: string; name: string };

export const NO_KEY: KeyInput = { from: "text", key: "" };

const DOTENV_LIMIT_BYTES = 64 * 1024;

/** What the contract takes, once there is something to take. */
export function keySource(input: KeyInput): KeySource | null {
  if (input.from === "text") return input.key === "" ? null : input;
  if (input.from === "dotenv") return input.path.trim() === "" ? null : { from: "dotenv", path: input.path.trim() };
  return { from: "dotenv_text", text: input.text };
}

interface KeyFieldProps {
  value: KeyInput;
  onChange: (value: KeyInput) => void;
}

/** Takes a key by one of two ways: as text, or out of a `.env` file. */
export function KeyField({ value, onChange }: KeyFieldProps) {
  const dotenv = value.from !== "text";
  return (
    <div className={styles.form}>
      <div className={styles.tabs} role="radiogroup" aria-label={t("connect.from")}>
        <Tab chosen={!dotenv} name={t("connect.fromKey")} onChoose={() => onChange(NO_KEY)} />
        <Tab chosen={dotenv} name={t("connect.fromDotenv")} onChoose={() => onChange({ from: "dotenv", path: "" })} />
      </div>
      {dotenv ? <DotenvField value={value} onChange={onChange} /> : <KeyText label={t("connect.key")} value={value.key} onChange={(key) => onChange({ from: "text", key })} />}
    </div>
  );
}

function Tab({ chosen, name, onChoose }: { chosen: boolean; name: string; onChoose: () => void }) {
  return (
    <button type="button" role="radio" aria-checked={chosen} className={styles.tab} onClick={onChoose}>
      {name}
    </button>
  );
}

interface KeyTextProps {
  label: string;
  value: string;
  onChange: (key: string) => void;
}

/** Takes a key as text. */
export function KeyText({ label, value, onChange }: KeyTextProps) {
  const [refused, setRefused] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const paste = async () => {
    const text = await platform.readClipboard();
    setRefused(text === null);
    if (text === null) field.current?.focus();
    // Copied keys often end with a line break; one inside is left for the Desk to refuse in words.
    else onChange(text.trim());
  };
  return (
    <Field
      ref={field}
      label={label}
      hint={refused ? t("connect.pasteRefused") : t("connect.keyHint")}
      type="password"
      autoComplete="new-password"
      value={value}
      maxLength={500}
      onChange={(event) => onChange(event.target.value)}
      onPaste={(event) => {
        // A field of one line drops line breaks silently and would join two lines into a wrong key.
        event.preventDefault();
        onChange(event.clipboardData.getData("text").trim());
      }}
      aside={<Button onClick={() => void paste()}>{t("connect.paste")}</Button>}
    />
  );
}

function DotenvField({ value, onChange }: { value: Exclude<KeyInput, { from: "text" }>; onChange: (value: KeyInput) => void }) {
  const [over, setOver] = useState(false);
  const [tooLarge, setTooLarge] = useState(false);
  const take = async (file: File | undefined) => {
    setOver(false);
    if (file === undefined) return;
    setTooLarge(file.size > DOTENV_LIMIT_BYTES);
    if (file.size <= DOTENV_LIMIT_BYTES) onChange({ from: "dotenv_text", text: await file.text(), name: file.name });
  };
  return (
    <>
      {value.from === "dotenv_text" ? (
        <div className={styles.drop}>
          <p>{t("connect.dropped", { name: value.name })}</p>
          <Button look="quiet" onClick={() => onChange({ from: "dotenv", path: "" })}>{t("connect.dropAnother")}</Button>
        </div>
      ) : (
        <>
          <Field label={t("connect.path")} hint={t("connect.pathHint")} value={value.path} maxLength={4_096} onChange={(event) => onChange({ from: "dotenv", path: event.target.value })} />
          {/* Dropping is for the mouse; the path above it does the same by keyboard. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
          <div
            className={styles.drop}
            data-over={over}
            role="group"
            aria-label={t("connect.drop")}
            onDragOver={(event) => { event.preventDefault(); setOver(true); }}
            onDragLeave={() => setOver(false)}
            onDrop={(event) => { event.preventDefault(); void take(event.dataTransfer.files[0]); }}
          >
            {t(tooLarge ? "connect.tooLarge" : "connect.drop")}
          </div>
        </>
      )}
    </>
  );
}
