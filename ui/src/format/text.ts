/** Characters that turn the reading direction round, by code point, with their usual short names. */
const DIRECTION: Record<number, string> = {
  0x061c: "ALM", 0x200e: "LRM", 0x200f: "RLM", 0x202a: "LRE", 0x202b: "RLE", 0x202c: "PDF", 0x202d: "LRO",
  0x202e: "RLO", 0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI",
};

/** Characters without width, which make two different texts look alike. */
const WIDTHLESS: Record<number, string> = {
  0x00ad: "SHY", 0x034f: "CGJ", 0x115f: "HCF", 0x180e: "MVS", 0x200b: "ZWSP", 0x200c: "ZWNJ", 0x200d: "ZWJ",
  0x2060: "WJ", 0x3164: "HF", 0xfeff: "BOM",
};

/** How a text from outside is shown: `exact` for ids, emails and amounts, `prose` for names. */
export type Strictness = "exact" | "prose";

/** Makes characters visible that hide in a text or turn it round. A name keeps the joiners of emoji. */
export function visible(text: string, strictness: Strictness): string {
  let shown = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const direction = DIRECTION[code];
    const widthless = WIDTHLESS[code];
    if (code < 0x20) shown += String.fromCodePoint(0x2400 + code);
    else if (code === 0x7f) shown += "␡";
    else if (code >= 0x80 && code <= 0x9f) shown += `⟦${code.toString(16).toUpperCase()}⟧`;
    else if (direction !== undefined) shown += `⟦${direction}⟧`;
    else if (widthless !== undefined && strictness === "exact") shown += `⟦${widthless}⟧`;
    else shown += character;
  }
  return shown;
}

/** Whether a text mixes Latin letters with look-alikes of another script, as `pаypal` with a Cyrillic а. */
export function mixesScripts(text: string): boolean {
  return /\p{Script=Latin}/u.test(text) && /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u.test(text);
}
