import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { createElement, type ReactElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

// Without the host, of which these need nothing.
vi.mock("#ui/platform/index", () => ({ platform: {} }));

const kept = new Map<string, string>();

/** The page as a window loads it: with its own memory of the session and nothing else of before. */
async function load() {
  vi.resetModules();
  const personal = await import("./personal");
  const { Untrusted } = await import("#ui/components/Untrusted");
  const { Id } = await import("#ui/components/Id");
  const { CardText } = await import("#ui/pages/payments/columns");
  const { ErrorNote } = await import("#ui/components/ErrorNote");
  return { ...personal, Untrusted, Id, CardText, ErrorNote };
}

const drawn = (element: ReactElement) => renderToStaticMarkup(element);

beforeEach(() => {
  kept.clear();
  vi.stubGlobal("navigator", { userAgent: "" });
  vi.stubGlobal("sessionStorage", { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value), removeItem: (key: string) => kept.delete(key) });
});
afterEach(() => vi.unstubAllGlobals());

describe("U13: whoever shares their screen hides personal data", () => {
  it("leaves nothing of it in the page, and a bar of one width for all", async () => {
    const { hidePersonal, Untrusted, Id, CardText } = await load();
    const all = () => [
      createElement(Untrusted, { text: "ann@example.com", personal: true }), createElement(Untrusted, { text: "A", personal: true }),
      createElement(Id, { id: "ann@example.com", personal: true }), createElement(Id, { id: "ann@example.com", personal: true, bare: true }),
      createElement(CardText, { card: { brand: "visa", last4: "4242", exp_month: null, exp_year: null, funding: null, country: null }, method: "card" }),
    ].map(drawn);
    expect(all().join("")).toContain("ann@example.com");
    expect(all().join("")).toContain("4242");
    hidePersonal(true);
    expect(all().join("")).not.toMatch(/ann|example|4242|>A</);
    expect(all()[0]).toBe(all()[1]);
    hidePersonal(false);
    expect(all()[4]).toContain("4242");
  });

  it("leaves what is of nobody, such as the id of a payment", async () => {
    const { hidePersonal, Id, Untrusted } = await load();
    hidePersonal(true);
    expect(drawn(createElement(Id, { id: "ch_1" }))).toContain("ch_1");
    expect(drawn(createElement(Untrusted, { text: "", personal: true }))).not.toContain("data-personal");
  });

  it("hides the vendor's sentence of an error, and no words of ours", async () => {
    const { hidePersonal, ErrorNote } = await load();
    hidePersonal(true);
    const note = drawn(createElement(ErrorNote, { error: { code: "vendor_refused", money_moved: "no", params: {}, detail: "ann@example.com has no card" } }));
    expect(note).not.toContain("ann@");
    expect(note).toContain("No money moved.");
  });

  it("lasts over a reload of the window until it is switched off", async () => {
    (await load()).hidePersonal(true);
    expect((await load()).personalStore.snapshot()).toBe(true);
    (await load()).hidePersonal(false);
    expect((await load()).personalStore.snapshot()).toBe(false);
  });

  it("tells everybody who listens, and nobody who left", async () => {
    const { hidePersonal, personalStore } = await load();
    const heard = vi.fn();
    const leave = personalStore.subscribe(heard);
    hidePersonal(true);
    leave();
    hidePersonal(false);
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it("is meant by every place that shows what is of a payer", () => {
    const OF_PAYERS = /\.(email|given_email|phone|description|note|last4)\b|\b(payment|customer|row)\.name\b|metadata\[/;
    for (const [path, text] of pageSources(join(import.meta.dirname, "..", "pages"))) {
      for (const [use] of text.matchAll(/<(?:Untrusted|Id)\b[^>]*?\/>/g)) {
        if (OF_PAYERS.test(use)) expect(/ personal\b/.test(use), `${path}: ${use}`).toBe(true);
      }
      expect(/visible\([^)]*\.(email|given_email|phone|note|last4)\b/.test(text), path).toBe(false);
    }
  });
});

function pageSources(folder: string): [string, string][] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): [string, string][] => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return pageSources(path);
    return path.endsWith(".tsx") ? [[path, readFileSync(path, "utf8")]] : [];
  });
}
