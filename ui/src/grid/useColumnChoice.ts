import { useState } from "react";

function kept(key: string, atFirst: readonly string[]): string[] {
  try {
    const read: unknown = JSON.parse(window.localStorage.getItem(key) ?? "null");
    if (Array.isArray(read)) return read.filter((one): one is string => typeof one === "string");
  } catch {
    // What cannot be read is as good as nothing chosen.
  }
  return [...atFirst];
}

export interface ColumnChoice {
  hidden: readonly string[];
  setHidden: (id: string, hide: boolean) => void;
}

/** Which columns of a list are hidden. The choice holds names of columns and nothing of anybody's payments. */
export function useColumnChoice(list: "payments" | "events", atFirst: readonly string[]): ColumnChoice {
  const key = `paydesk.${list}.hidden-columns`;
  const [hidden, change] = useState(() => kept(key, atFirst));
  return {
    hidden,
    setHidden(id, hide) {
      const now = hide ? [...hidden, id] : hidden.filter((one) => one !== id);
      change(now);
      try {
        window.localStorage.setItem(key, JSON.stringify(now));
      } catch {
        // Without storage the choice lasts as long as the window.
      }
    },
  };
}
