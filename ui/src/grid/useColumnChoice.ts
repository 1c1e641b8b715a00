import { useState } from "react";

import { type ColumnLayout, readLayout } from "./layout";

function kept(key: string): string | null {
  try {
    return window.localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key: string, value: unknown): void {
  try {
    window.localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Without storage the choice lasts as long as the window.
  }
}

function keptNames(key: string, atFirst: readonly string[]): string[] {
  try {
    const read: unknown = JSON.parse(kept(key) ?? "null");
    if (Array.isArray(read)) return read.filter((one): one is string => typeof one === "string");
  } catch {
    // What cannot be read is as good as nothing chosen.
  }
  return [...atFirst];
}

export interface ColumnChoice {
  hidden: readonly string[];
  setHidden: (id: string, hide: boolean) => void;
  layout: ColumnLayout;
  setLayout: (layout: ColumnLayout) => void;
}

/** Which columns of a list are hidden, and how the others stand. It holds names of columns and nothing of anybody's payments. */
export function useColumnChoice(list: "payments" | "events" | "refunds" | "calls", atFirst: readonly string[]): ColumnChoice {
  const [hiddenKey, layoutKey] = [`paydesk.${list}.hidden-columns`, `paydesk.${list}.column-layout`];
  const [hidden, change] = useState(() => keptNames(hiddenKey, atFirst));
  const [layout, arrange] = useState(() => readLayout(kept(layoutKey)));
  return {
    hidden,
    setHidden(id, hide) {
      const now = hide ? [...hidden, id] : hidden.filter((one) => one !== id);
      change(now);
      keep(hiddenKey, now);
    },
    layout,
    setLayout(now) {
      arrange(now);
      keep(layoutKey, now);
    },
  };
}

/** A switch of the page that outlasts the window, such as whether a list stands beside what it opens. */
export function useKeptSwitch(name: "payments.split"): [boolean, (on: boolean) => void] {
  const key = `paydesk.${name}`;
  const [on, change] = useState(() => kept(key) === "true");
  return [on, (now) => { change(now); keep(key, now); }];
}
