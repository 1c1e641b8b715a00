import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { readAppearance, resolved, ROW_PX } from "./appearance";

const untouched = { theme: "system", contrast: "system", density: "comfortable" } as const;

describe("the appearance", () => {
  it("is read strictly: what is no choice counts as none", () => {
    expect(readAppearance(null)).toEqual(untouched);
    expect(readAppearance("{")).toEqual(untouched);
    expect(readAppearance("7")).toEqual(untouched);
    expect(readAppearance('{"theme":"dark","contrast":"less","density":"compact"}')).toEqual({ theme: "dark", contrast: "system", density: "compact" });
  });
  it("follows the system unless somebody chose, and never takes away contrast that the system asks for", () => {
    expect(resolved(untouched, { dark: true, contrast: false })).toEqual({ theme: "dark", contrast: "normal", density: "comfortable" });
    expect(resolved({ ...untouched, theme: "light" }, { dark: true, contrast: true })).toEqual({ theme: "light", contrast: "more", density: "comfortable" });
  });
  it("counts on rows as high as the tokens make them", () => {
    const tokens = readFileSync(join(import.meta.dirname, "../styles/tokens.css"), "utf8");
    expect([...tokens.matchAll(/--row: (\d+)px/g)].map(([, px]) => Number(px))).toEqual([ROW_PX.comfortable, ROW_PX.compact]);
  });
});
