import { useEffect } from "react";

import { callAndInvalidate } from "#ui/api/call";

/** Results that stay so long were looked at, and get a line in the book. */
const RESTS_MS = 500;

/** Tells the Desk that the answer to a search was looked at. It knows what it answered; this only tells it when. */
export function useNotedLookUp(query: string, rows: number): void {
  useEffect(() => {
    if (rows === 0) return undefined;
    const timer = window.setTimeout(() => void callAndInvalidate("note_look_up", { query }).catch(() => undefined), RESTS_MS);
    return () => window.clearTimeout(timer);
  }, [query, rows]);
}
