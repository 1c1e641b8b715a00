import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { flushSync } from "react-dom";

import { useSettled } from "#ui/api/useSettled";
import { usePersonalField } from "#ui/api/personal";
import { Dialog } from "#ui/components/Dialog";
import { Icon, type IconName } from "#ui/components/Icon";
import { t } from "#ui/messages/t";

import styles from "./Palette.module.css";
import { fitting, namesSomething, type Offer } from "./palette";
import { useCommands, useFoundPayments } from "./usePaletteOffers";

/** How long typing rests before the mirror is asked. */
const REST_MS = 120;
/** Offers that the list shows at most. */
const SHOWN = 40;

/** One line of the palette. */
export interface PaletteOffer extends Offer {
  icon: IconName;
  shown: ReactNode;
  aside?: ReactNode;
  run: () => void;
}

/** One box for all that the window can do and show: pages, what keys do here, saved views, payments. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const list = useId();
  const shown = useRef<HTMLDivElement>(null);
  const cover = usePersonalField(typed);
  const navigate = useNavigate();
  const commands = useCommands();
  const rested = useSettled(typed.trim(), REST_MS);
  const found = useFoundPayments(rested);
  const searches: PaletteOffer[] = typed.trim() === "" ? [] : (
    [["/payments", "palette.findPayments", "payments"], ["/messages", "palette.findMessages", "messages"], ["/webhooks", "palette.findEvents", "webhooks"]] as const
  ).map(([to, words, icon]) => ({ key: to, words: t(words), icon, shown: t(words), run: () => void navigate({ to, search: { q: typed.trim() } }) }));
  const payments = rested === typed.trim() ? found : [];
  const fits = fitting(commands, typed);
  const offers = (namesSomething(typed) ? [...payments, ...searches, ...fits] : [...fits, ...payments, ...searches]).slice(0, SHOWN);
  const at = Math.min(active, offers.length - 1);
  const take = (offer: PaletteOffer | undefined) => {
    if (offer === undefined) return;
    // The dialog gives the focus back first, or it would take it away from what the offer opens.
    flushSync(onClose);
    window.setTimeout(offer.run, 0);
  };
  useEffect(() => {
    shown.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setActive((at + step + offers.length) % Math.max(1, offers.length));
    else if (event.key === "Enter" && !event.nativeEvent.isComposing) take(offers[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog open wide title={t("palette.title")} onClose={onClose}>
      <input
        className={styles.box}
        type="text"
        role="combobox"
        aria-label={t("palette.label")}
        aria-autocomplete="list"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={at >= 0 ? `${list}-${at}` : undefined}
        placeholder={t("palette.hint")}
        {...cover.field}
        autoComplete="off"
        spellCheck={false}
        maxLength={500}
        onChange={(event) => { setTyped(event.target.value); setActive(0); }}
        onKeyDown={onKeyDown}
      />
      <div ref={shown} id={list} role="listbox" aria-label={t("palette.offers")} className={styles.list}>
        {offers.map((offer, index) => (
          // The keys of the list are those of the box, which keeps the focus.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
          <div key={offer.key} id={`${list}-${index}`} role="option" aria-selected={index === at} className={styles.offer} onMouseDown={(event) => event.preventDefault()} onMouseMove={() => setActive(index)} onClick={() => take(offer)}>
            <Icon name={offer.icon} />
            <span className={styles.words}>{offer.shown}</span>
            {offer.aside}
          </div>
        ))}
      </div>
      <p className="only-heard" role="status">{offers.length === 0 ? t("palette.none") : ""}</p>
    </Dialog>
  );
}
