import { useEffect, useState } from "react";

/** How long typing rests before a vendor is asked about it. */
const SETTLE_MS = 500;

/** A value as it was once it rested. Two values of the same content are the same. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  const same = JSON.stringify(value) === JSON.stringify(settled);
  useEffect(() => {
    if (same) return undefined;
    const timer = window.setTimeout(() => setSettled(value), SETTLE_MS);
    return () => window.clearTimeout(timer);
  });
  return settled;
}
