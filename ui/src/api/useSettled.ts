import { useEffect, useRef, useState } from "react";

/** How long typing rests before a vendor is asked about it. */
const SETTLE_MS = 500;

/**
 * A value as it was once it rested. Two values of the same content are the same: only a change of content starts
 * the wait anew, and not every drawing of whoever asks.
 */
export function useSettled<T>(value: T, restMs = SETTLE_MS): T {
  const [settled, setSettled] = useState(value);
  const content = JSON.stringify(value);
  const latest = useRef(value);
  useEffect(() => {
    latest.current = value;
  });
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled((before) => (JSON.stringify(before) === content ? before : latest.current)), restMs);
    return () => window.clearTimeout(timer);
  }, [content, restMs]);
  return settled;
}
