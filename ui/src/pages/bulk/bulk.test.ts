import { describe, expect, it } from "vitest";

import type { BulkMapping, BulkRunView } from "#ui/bindings/contract";

import { approvalOf, approvalWords, canAsk, canBegin, contentOf, leads, mapped, rowsOf, sameTotal } from "./bulk";

const mapping: BulkMapping = { has_names: true, columns: ["payment", null, "amount"] };

function run(state: BulkRunView["state"], totals: [string, number][]): BulkRunView {
  const to_send = totals.filter(([one]) => one === "ready").reduce((sum, [, rows]) => sum + rows, 0);
  return {
    id: "1", account: "shop", environment: "sandbox", name: "x.csv", source: "file", state, problem: null, problem_detail: null, same_as: null, created: "2026-11-21T00:00:00Z",
    started: null, ended: null, rows: totals.reduce((sum, [, rows]) => sum + rows, 0), to_send, ended_rows: 0,
    totals: totals.map(([one, rows]) => ({ state: one, rows, amount: null })), problems: [], over_limits: [], askable: to_send, askable_total: "0", approval: null, total: "0", rows_per_second: null, remaining_ms: null,
  };
}

describe("a mapping", () => {
  it("has each name once", () => {
    expect(mapped(mapping, 1, "amount").columns).toEqual(["payment", "amount", null]);
    expect(mapped(mapping, 0, null).columns).toEqual([null, null, "amount"]);
  });

  it("leads to payments or not", () => {
    expect(leads(mapping)).toBe(true);
    expect(leads(mapped(mapping, 0, null))).toBe(false);
  });
});

describe("a run", () => {
  it("counts what a filter lets through", () => {
    const one = run("paused", [["ready", 2], ["unsettled", 3], ["sent", 1]]);
    expect([rowsOf(one, "all"), rowsOf(one, "open"), rowsOf(one, "asks")]).toEqual([6, 4, 0]);
  });

  it("can begin only while there is something to do", () => {
    expect(canBegin(run("ready", [["blocked", 2]]))).toBe(false);
    expect(canBegin(run("ready", [["ready", 2]]))).toBe(true);
    expect(canBegin(run("paused", [["unsettled", 2]]))).toBe(true);
    expect(canBegin(run("running", [["ready", 2]]))).toBe(false);
    expect(canBegin(run("canceled", [["ready", 2]]))).toBe(false);
  });

  it("begins under an approval of exactly its rows, and asks only where nobody was asked about them", () => {
    const over = [{ limit: "per_refund", most: { minor: "500", currency: "USD" }, left: { minor: "500", currency: "USD" }, wanted: { minor: "900", currency: "USD" }, rows: 2 }];
    const waits = { ...run("ready", [["needs_approval", 2]]), over_limits: over, askable: 2 };
    const asked = (state: string, fits: boolean) => ({ ...waits, approval: { id: "a", state, by: "Bob", expires: "2026-11-22T00:00:00Z", rows: 2, total: "18.00 USD", fits } });
    expect([canBegin(waits), canAsk(waits), approvalWords(waits)]).toEqual([false, true, null]);
    expect([canBegin(asked("asked", true)), canAsk(asked("asked", true))]).toEqual([false, false]);
    expect([canBegin(asked("approved", true)), canAsk(asked("approved", true)), approvalOf(asked("approved", true))?.id]).toEqual([true, false, "a"]);
    for (const no of [asked("approved", false), asked("declined", true), asked("expired", true), asked("used", false), asked("void", true)]) {
      expect([canBegin(no), canAsk(no), approvalOf(no)]).toEqual([false, true, null]);
    }
    expect(["approved", "declined", "expired", "used", "void", "later"].map((state) => approvalWords(asked(state, false)))).toEqual(["changed", "declined", "expired", "used", "void", "void"]);
    expect(canAsk({ ...waits, state: "running" })).toBe(false);
    expect(approvalOf({ ...asked("approved", true), state: "running" })).toBe(null);
  });

  it("is confirmed by its sum, whatever the spaces", () => {
    expect(sameTotal("12.50 eur+3 JPY", "12.50 EUR + 3 JPY")).toBe(true);
    expect(sameTotal("12.51 EUR", "12.50 EUR")).toBe(false);
    expect(sameTotal("", "12.50 EUR")).toBe(false);
  });
});

describe("a file", () => {
  it("goes as its bytes", async () => {
    class Reader {
      result: string | null = null;
      onload: (() => void) | null = null;
      readAsDataURL(file: File) {
        void file.arrayBuffer().then((bytes) => {
          this.result = `data:;base64,${btoa(String.fromCharCode(...new Uint8Array(bytes)))}`;
          this.onload?.();
        });
      }
    }
    Object.assign(globalThis, { FileReader: Reader });
    const file = new File([new Uint8Array([0xff, 0xfe, 0x31, 0])], "x.csv");
    expect(await contentOf(file)).toEqual({ from: "content", name: "x.csv", base64: "//4xAA==" });
  });
});
