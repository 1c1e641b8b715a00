import { useId, useLayoutEffect, useRef, useState } from "react";

import type { QuerySubject } from "#ui/bindings/contract";
import { useAnswer } from "#ui/api/hooks";
import { usePersonalField } from "#ui/api/personal";
import { IconButton } from "#ui/components/Button";
import { Icon } from "#ui/components/Icon";
import { Keys } from "#ui/components/Keys";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t } from "#ui/messages/t";

import { FindHelp, explanationOf } from "./FindHelp";
import styles from "./PaymentsPage.module.css";
import { accepted } from "./query";

/** What the box is called, and what it says while it is empty. */
const WORDS = {
  payments: { name: "hotkey.find", hint: "payments.findHint" },
  events: { name: "webhooks.find", hint: "webhooks.findHint" },
  messages: { name: "messages.find", hint: "messages.findHint" },
} as const;
/** Offers that the list shows at once. */
const SHOWN = 9;

interface FindBoxProps {
  /** What is searched for. */
  of?: QuerySubject;
  value: string;
  onChange: (query: string) => void;
  /** Goes on to the rows. */
  onEnter: () => void;
  onClear: () => void;
}

/** The one box that finds payments, events or messages. What can be typed next is offered in a list below it. */
export function FindBox({ of = "payments", value, onChange, onEnter, onClear }: FindBoxProps) {
  const field = useRef<HTMLInputElement>(null);
  /** Where the caret goes once a text is there. */
  const caret = useRef<{ query: string; at: number } | null>(null);
  const list = useId();
  const [place, setPlace] = useState<number | null>(null);
  const [active, setActive] = useState(-1);
  const [helping, setHelping] = useState(false);
  // What is searched for may be an email; while personal data is hidden it shows only to whoever types.
  const cover = usePersonalField(value);
  useHotkey("find", () => {
    field.current?.focus();
    field.current?.select();
  });
  // None before something is typed, so that the list never stands in the way of the rows unasked.
  const completion = useAnswer("complete_query", { query: value, place: place ?? 0, of }, { keep: true, enabled: place !== null });
  const known = place === null || completion.isPlaceholderData ? undefined : completion.data;
  const offers = known === undefined || known.until === known.from ? [] : known.offers.slice(0, SHOWN);
  const open = offers.length > 0;
  const shut = () => { setPlace(null); setActive(-1); };
  const accept = (index: number) => {
    const offer = offers[index];
    if (offer === undefined || known === undefined) return;
    const next = accepted(value, known, offer.text);
    onChange(next.query);
    setActive(-1);
    // A field word goes on with its values; after a value there is nothing to offer yet.
    setPlace(offer.text.endsWith(":") ? next.place : null);
    field.current?.focus();
    caret.current = { query: next.query, at: Array.from(next.query).slice(0, next.place).join("").length };
  };
  // With the text and not after it: whoever types on at once would find the letters in the wrong place.
  useLayoutEffect(() => {
    const wanted = caret.current;
    caret.current = null;
    if (wanted !== null && wanted.query === value) field.current?.setSelectionRange(wanted.at, wanted.at);
  }, [value]);
  return (
    <div className={styles.find} role="search">
      <Icon name="find" />
      <input
        ref={field}
        className={styles.input}
        type="text"
        role="combobox"
        aria-label={t(WORDS[of].name)}
        aria-keyshortcuts="/"
        aria-autocomplete="list"
        aria-expanded={open}
        aria-controls={open ? list : undefined}
        aria-activedescendant={open && active >= 0 ? `${list}-${active}` : undefined}
        placeholder={t(WORDS[of].hint)}
        {...cover.field}
        autoComplete="off"
        spellCheck={false}
        maxLength={2_000}
        onChange={(event) => {
          const caret = event.target.selectionStart ?? event.target.value.length;
          setPlace(Array.from(event.target.value.slice(0, caret)).length);
          setActive(-1);
          onChange(event.target.value);
        }}
        onBlur={() => { cover.field.onBlur(); shut(); }}
        onKeyDown={(event) => {
          const { key } = event;
          if (open && (key === "ArrowDown" || key === "ArrowUp")) {
            const step = key === "ArrowDown" ? 1 : -1;
            setActive(active < 0 ? (step > 0 ? 0 : offers.length - 1) : (active + step + offers.length) % offers.length);
          } else if (open && ((key === "Tab" && !event.shiftKey) || (key === "Enter" && active >= 0))) {
            accept(Math.max(0, active));
          } else if (open && key === "Escape") {
            shut();
          } else if (key === "Enter" || key === "ArrowDown") {
            shut();
            onEnter();
          } else if (key === "Escape") {
            if (value === "") onEnter();
            else onClear();
          } else return;
          event.preventDefault();
          if (open) event.stopPropagation();
        }}
      />
      {value === "" ? <Keys id="find" /> : <IconButton icon="close" name={t("payments.clear")} onClick={() => { onClear(); field.current?.focus(); }} />}
      <IconButton icon="help" name={t("payments.findHelp")} onClick={() => setHelping(true)} />
      {open && (
        <div id={list} role="listbox" aria-label={t("payments.offers")} className={styles.offers}>
          {offers.map((offer, index) => (
            // The keys of the list are those of the box, which keeps the focus.
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
            <div
              key={offer.text}
              id={`${list}-${index}`}
              role="option"
              aria-selected={index === active}
              className={styles.offer}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => accept(index)}
            >
              <span className="mono">{offer.text}</span>
              {offer.explanation !== null && <span className="quiet">{explanationOf(of, offer.explanation)}</span>}
            </div>
          ))}
        </div>
      )}
      {helping && <FindHelp of={of} onClose={() => { setHelping(false); field.current?.focus(); }} />}
    </div>
  );
}
