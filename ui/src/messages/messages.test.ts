import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import errors from "#ui/bindings/errors.en.json";

import en from "./en.json";
import { asErrorBody, codeWords, errorWords } from "./errors";
import { fill, pieces, t, tn, word } from "./t";

const messages: Record<string, string> = en;
const root = join(import.meta.dirname, "..");

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "bindings" ? [] : sources(path);
    return /\.tsx?$/.test(entry.name) && !entry.name.endsWith(".test.ts") ? [path] : [];
  });
}

const code = sources(root).map((path) => ({ path, text: readFileSync(path, "utf8") }));

describe("the message file", () => {
  it("has whole plurals", () => {
    for (const key of Object.keys(messages).filter((one) => one.endsWith(".one"))) {
      expect(messages, key).toHaveProperty([key.replace(/\.one$/, ".other")]);
    }
  });

  it("has no message that nothing uses", () => {
    const all = code.map((one) => one.text).join("\n");
    const groups = [...all.matchAll(/(?:word\(|group=)\{?"(\w+)"/g)].map((hit) => hit[1]);
    const templates = [...all.matchAll(/`(\w+(?:\.\w+)*)\.\$\{/g)].map((hit) => `${hit[1] ?? ""}.`);
    const indirect = ["decline", "reason", "disputeReason"];
    for (const key of Object.keys(messages)) {
      const stem = key.replace(/\.(one|other)$/, "");
      const used = all.includes(`"${stem}"`) || groups.includes(key.split(".")[0]) || templates.some((one) => key.startsWith(one)) || indirect.includes(key.split(".")[0] ?? "");
      expect(used, key).toBe(true);
    }
  });

  it("gets every placeholder that it has wherever it is used", () => {
    for (const { path, text } of code) {
      for (const [, key = ""] of text.matchAll(/\bt\("([\w.]+)"\)/g)) {
        expect(messages[key], `${key} in ${path} needs parameters`).not.toMatch(/\{/);
      }
    }
  });

  it("names no dash, no exclamation and no empty text", () => {
    for (const [key, message] of Object.entries(messages)) {
      expect(message.trim(), key).not.toBe("");
      expect(message, key).not.toMatch(/[—!]/);
    }
  });
});

describe("words", () => {
  it("are filled and counted", () => {
    expect(fill("{a} and {b}{c}", { a: 1, b: "two" })).toBe("1 and two");
    expect(t("unlock.open", { account: "shop", left: "9:05" })).toBe("shop: writing open 9:05");
    expect(tn("payments.total", 1)).toBe("1 payment");
    expect(tn("payments.total", 0)).toBe("0 payments");
    expect(pieces("As of {time}.")).toEqual(["As of ", "time", "."]);
  });
  it("show a newer code as it came, and are not fooled by names of objects", () => {
    expect(word("state", "settled")).toBe("Settled");
    expect(word("state", "brand_new")).toBe("brand new");
    expect(word("state", "__proto__")).toBe("  proto  ");
  });
});

describe("errors", () => {
  it("say what, money and next for every code", () => {
    for (const [name, message] of Object.entries(errors.errors)) {
      const words = errorWords({ code: name as keyof typeof errors.errors, money_moved: "unknown", params: {}, detail: "theirs" });
      expect(words.what, name).not.toBe("");
      expect(words.money).toBe(errors.money.unknown);
      expect(message.next, name).not.toBe("");
      expect(words.detail).toBe("theirs");
    }
  });
  it("are never a sentence with a hole in it", () => {
    expect(codeWords("over_refund")?.what).toBe("");
    expect(codeWords("needs_person")?.what).not.toBe("");
    expect(codeWords("toString")).toBeNull();
  });
  it("u14 take a lost answer as perhaps a yes", () => {
    expect(asErrorBody(new TypeError("Failed to fetch"))).toMatchObject({ code: "desk_gone", money_moved: "unknown" });
    expect(asErrorBody("odd")).toMatchObject({ code: "internal", money_moved: "unknown" });
    const body = { code: "bad_query", money_moved: "no", params: {}, detail: null } as const;
    expect(asErrorBody(body)).toBe(body);
  });
});
