// Waiting for conditions, never for time.

const PAUSE_MS = 50;
const LIMIT_MS = 30_000;

/** Asks until the answer is truthy, and answers with it. `what` says in a failure what never came. */
export async function until(what, ask, limitMs = LIMIT_MS) {
  const end = Date.now() + limitMs;
  let last;
  for (;;) {
    try {
      last = await ask();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      const found = last instanceof Error ? `; the last try failed: ${last.message}` : "";
      throw new Error(`waited ${limitMs / 1000} s for ${what}${found}`);
    }
    await new Promise((go) => setTimeout(go, PAUSE_MS));
  }
}
