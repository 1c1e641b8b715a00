import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { useHome } from "#ui/api/home";
import { useAnswer } from "#ui/api/hooks";
import { usePersonalHidden } from "#ui/api/personal";
import { Amount } from "#ui/components/Amount";
import { Chip } from "#ui/components/Chip";
import { Keys } from "#ui/components/Keys";
import { Time } from "#ui/components/Time";
import { Untrusted } from "#ui/components/Untrusted";
import { visible } from "#ui/format/text";
import { hotkey, type HotkeyId } from "#ui/hotkeys";
import { runnableHotkeys } from "#ui/keyboard/useHotkey";
import { t, word } from "#ui/messages/t";
import { platform } from "#ui/platform/index";
import { useNotedLookUp } from "#ui/pages/payments/useNotedLookUp";

import { openEnvironment } from "./EnvironmentSwitcher";
import { PAGES, UNDER_PAGES } from "./pages";
import type { PaletteOffer } from "./Palette";

/** Keys that make no sense by name: they move about in what has the focus, or lead to pages that stand here already. */
const LEFT_OUT: ReadonlySet<HotkeyId> = new Set<HotkeyId>(["nextRow", "previousRow", "nextDay", "previousDay", "openRow", "preview", "palette", "goBack", "goForward", "submit"]);
/** Payments that are offered at most. */
const PAYMENTS = 5;
const LEAST_LETTERS = 3;

/** Pages, what keys would do on this page now, saved views, and the windows of other environments. */
export function useCommands(): PaletteOffer[] {
  const navigate = useNavigate();
  const hidden = usePersonalHidden();
  // As it was when the palette opened: the page below does not change under it.
  const [runnable] = useState(runnableHotkeys);
  const views = useAnswer("list_views", { exact: false }).data?.items ?? [];
  const home = useHome();
  const pages = [...PAGES, ...UNDER_PAGES].map((page): PaletteOffer => ({
    key: page.to, words: t(page.name), icon: page.icon, shown: t(page.name), aside: "hotkey" in page && <Keys id={page.hotkey} />, run: () => void navigate({ to: page.to }),
  }));
  const actions = runnable.filter((one) => !LEFT_OUT.has(one.id) && hotkey(one.id).group !== "go").map((one): PaletteOffer => ({
    key: one.id, words: t(hotkey(one.id).name), icon: "right", shown: t(hotkey(one.id).name), aside: <Keys id={one.id} />, run: one.run,
  }));
  const saved = views.map((view): PaletteOffer => {
    const to = ({ payments: "/payments", events: "/webhooks", messages: "/messages" } as const)[view.of];
    const words = t("palette.view", { name: visible(view.name, "prose") });
    return { key: `view ${view.name}`, words, icon: "find", shown: words, aside: !hidden && <span className={"quiet cut"}><Untrusted text={view.query} as="exact" /></span>, run: () => void navigate({ to, search: { q: view.query } }) };
  });
  const environments = (home?.environments ?? []).filter((one) => one.environment !== platform.environment()).map(({ environment }): PaletteOffer => {
    const words = t("environment.open", { environment: t(`environment.${environment}`) });
    return { key: `environment ${environment}`, words, icon: "accounts", shown: words, run: () => openEnvironment(environment) };
  });
  return [...actions, ...pages, ...saved, ...environments];
}

/** The first payments that a text finds. They are looked at like any other list, and the book says so. */
export function useFoundPayments(typed: string): PaletteOffer[] {
  const navigate = useNavigate();
  const enough = Array.from(typed).length >= LEAST_LETTERS;
  const answer = useAnswer("find_payments", { query: typed, range: { limit: PAYMENTS } }, { enabled: enough, fleeting: true });
  const rows = enough && answer.error === null ? (answer.data?.items ?? []) : [];
  useNotedLookUp(typed, rows.length);
  return rows.map((row) => ({
    key: row.own_id,
    words: row.id,
    icon: "payments",
    shown: <><Amount money={row.amount} vendor={row.vendor} /> <Untrusted personal text={row.email ?? row.name ?? row.id} as="exact" /> <span className="quiet"><Time at={row.created} short /></span></>,
    aside: <><span className="only-heard">{word("payment", row.state)}</span><Chip group="payment" code={row.state} /></>,
    run: () => void navigate({ to: "/payments/$id", params: { id: row.own_id } }),
  }));
}
