// The words that are on screen, from the page's own message file, so that a change of wording breaks no journey.

import { readFileSync } from "node:fs";

const MESSAGES = JSON.parse(readFileSync(new URL("../../../ui/src/messages/en.json", import.meta.url), "utf8"));

/** A message in words. */
export function words(key, params = {}) {
  const template = MESSAGES[key];
  if (template === undefined) throw new Error(`the page has no message ${key}`);
  return template.replace(/\{(\w+)\}/g, (_, name) => String(params[name] ?? ""));
}
