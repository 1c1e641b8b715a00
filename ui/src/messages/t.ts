import { count as numberWords } from "#ui/format/locale";

import en from "./en.json";

/** Every message of the page. */
export type MessageKey = keyof typeof en;
/** What stands for the `{placeholders}` of a message. */
export type Params = Record<string, string | number>;

const messages: Record<string, string> = en;
const plural = new Intl.PluralRules("en");

/** Fills the placeholders of a template; one without a value is left out. */
export function fill(template: string, params: Params): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ""));
}

/** A message in words. */
export function t(key: MessageKey, params: Params = {}): string {
  return fill(en[key], params);
}

/** A message that counts: `key.one` or `key.other`, with `{count}` written for the reader. */
export function tn(key: PluralKey, count: number, params: Params = {}): string {
  const form = messages[`${key}.${plural.select(count)}`] ?? messages[`${key}.other`] ?? "";
  return fill(form, { ...params, count: numberWords.format(count) });
}

/** The keys of messages that count. */
export type PluralKey = MessageKey extends infer K ? (K extends `${infer Stem}.other` ? Stem : never) : never;

/**
 * The words for a code of the backend or of a vendor, such as `state.settled`. A code that is newer
 * than this page is shown as it came, with its underscores opened: hiding it would be worse.
 */
export function word(group: string, code: string): string {
  const known = Object.hasOwn(messages, `${group}.${code}`) ? messages[`${group}.${code}`] : undefined;
  return known ?? code.replaceAll("_", " ");
}

/** A template cut at its placeholders: words and names by turns, names at the odd places. */
export function pieces(template: string): string[] {
  return template.split(/\{(\w+)\}/);
}

/** The uncut template of a message, for those that hold elements. */
export function template(key: MessageKey): string {
  return en[key];
}
