import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

const sheets = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".css"))
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8").replaceAll(/\/\*[\s\S]*?\*\//g, "") }));

const tokens = sheets.find((one) => one.path.endsWith("tokens.css"))?.text ?? "";

/** The tokens of one block by name. */
function block(selector: string): Record<string, string> {
  const start = tokens.indexOf(`${selector} {`);
  expect(start, selector).toBeGreaterThanOrEqual(0);
  const body = tokens.slice(start, tokens.indexOf("\n}", start));
  return Object.fromEntries([...body.matchAll(/(--[\w-]+): ([^;]+);/g)].map((hit) => [hit[1] ?? "", hit[2] ?? ""]));
}

function luminance(hex: string): number {
  const channel = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const light = block(":root");
const dark = { ...light, ...block(':root[data-theme="dark"]') };
const THEMES = {
  light: { tokens: light, least: 4.5 },
  dark: { tokens: dark, least: 4.5 },
  "light with more contrast": { tokens: { ...light, ...block(':root[data-contrast="more"]') }, least: 7 },
  "dark with more contrast": { tokens: { ...dark, ...block(':root[data-contrast="more"]'), ...block(':root[data-theme="dark"][data-contrast="more"]') }, least: 7 },
};

/** Text on the surfaces that it stands on. */
const PAIRS = [
  ...["--page", "--surface", "--surface-sunken"].flatMap((surface) => [["--text", surface], ["--text-quiet", surface], ["--accent", surface]]),
  ...["good", "warn", "bad", "calm", "info", "violet"].map((tone) => [`--${tone}`, `--${tone}-surface`]),
  ["--on-accent", "--accent"], ["--on-bad", "--bad"], ["--on-live", "--live"],
];

describe("the tokens", () => {
  it("are the only place that names a colour or a size of letters", () => {
    expect(sheets.length).toBeGreaterThan(20);
    for (const { path, text } of sheets.filter((one) => !one.path.endsWith("tokens.css"))) {
      expect(text.match(/#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(/gi), path).toBeNull();
      expect(text.match(/font-size:\s*[\d.]+(px|rem|pt)/g), path).toBeNull();
    }
  });

  it("are all defined, and all used", () => {
    const used = new Set(sheets.flatMap(({ text }) => [...text.matchAll(/var\((--[\w-]+)/g)].map((hit) => hit[1] ?? "")));
    for (const name of used) if (!name.startsWith("--radix")) expect(Object.keys(light), name).toContain(name);
    for (const name of Object.keys(light)) expect([...used], name).toContain(name);
  });

  for (const [name, { tokens: theme, least }] of Object.entries(THEMES)) {
    it(`keep text readable: ${name}`, () => {
      for (const [text = "", surface = ""] of PAIRS) {
        expect(contrast(theme[text] ?? "", theme[surface] ?? ""), `${text} on ${surface}`).toBeGreaterThanOrEqual(least);
      }
    });
  }
});
