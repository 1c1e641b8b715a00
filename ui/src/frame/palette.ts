/** What decides where something stands in the palette. */
export interface Offer {
  key: string;
  words: string;
}

/** Letters without their accents, so that a name is found as it is typed. */
function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** How well words fit what was typed: the beginning of all, of a word, somewhere; none where they do not fit. */
export function fitOf(words: string, typed: string): number | null {
  const [all, wanted] = [plain(words), plain(typed).trim().split(/\s+/).filter((one) => one !== "")];
  if (wanted.length === 0) return 0;
  if (!wanted.every((one) => all.includes(one))) return null;
  const first = wanted[0] ?? "";
  return all.startsWith(first) ? 0 : new RegExp(`[\\s(]${first.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "u").test(all) ? 1 : 2;
}

/** What fits, the best first, and otherwise in the order in which it came. */
export function fitting<Kind extends Offer>(offers: readonly Kind[], typed: string): Kind[] {
  return offers
    .flatMap((offer) => { const fit = fitOf(offer.words, typed); return fit === null ? [] : [{ offer, fit }]; })
    .sort((one, other) => one.fit - other.fit)
    .map((one) => one.offer);
}

/** Whether a text looks like something that names a payment: an id, an email, or the digits of an order. */
export function namesSomething(typed: string): boolean {
  return /\S@\S+\.\S|\b[a-z]{2,8}_[A-Za-z0-9_]{6,}|\d{4,}/.test(typed);
}
