import { useState } from "react";

const KEY = "paydesk.payments.hidden-columns";

function kept(atFirst: readonly string[]): string[] {
  try {
    const read: unknown = JSON.parse(window.localStorage.getItem(KEY) ?? "null");
    if (Array.isArray(read)) return read.filter((one): one is string => typeof one === "string");
  } catch {
    // What cannot be read is as good as nothing chosen.
  }
  return [...atFirst];
}

/** Which columns are hidden. The choice holds names of columns and nothing of anybody's payments. */
export function useColumnChoice(atFirst: readonly string[]): { hidden: readonly string[]; setHidden: (id: string, hide: boolean) => void } {
  const [hidden, change] = useState(() => kept(atFirst));
  return {
    hidden,
    setHidden(id, hide) {
      const now = hide ? [...hidden, id] : hidden.filter((one) => one !== id);
      change(now);
      try {
        window.localStorage.setItem(KEY, JSON.stringify(now));
      } catch {
        // Without storage the choice lasts as long as the window.
      }
    },
  };
}
