import { describe, expect, it } from "vitest";

import type { PaymentView } from "#ui/bindings/contract";

import { copied, totalsOf, unarmed } from "./copyRows";

const payment = (over: Partial<PaymentView>): PaymentView => ({
  id: "ch_1", own_id: "pay_1", account: "shop", vendor: "stripe", payment_intent: null, amount: { minor: "1050", currency: "USD" },
  captured: { minor: "1050", currency: "USD" }, refunded: { minor: "0", currency: "USD" }, presentment: null, status: "succeeded", state: "succeeded",
  disputed: false, created: "2026-11-20T10:00:00Z", customer: null, email: "ann@example.org", name: "Ann", description: null, statement_descriptor: null,
  receipt_number: null, method: null, card: null, failure_code: null, failure_message: null, decline_reason: null, risk_level: null, metadata: {}, ...over,
} as PaymentView);
const setting = { exponents: [{ vendor: "stripe", exceptions: [["JPY", 0]] }] as never, hidden: false };
const yen = { minor: "500", currency: "JPY" };

describe("selected payments", () => {
  it("are added up currency by currency, never across", () => {
    const rows = [payment({}), payment({ amount: yen }), payment({ amount: { minor: "9007199254740993", currency: "USD" } })];
    expect(totalsOf(rows, setting.exponents).map((one) => one.money)).toEqual([{ minor: "9007199254742043", currency: "USD" }, { minor: "500", currency: "JPY" }]);
  });
  it("are copied as CSV with exact amounts, and no cell is a formula", () => {
    const csv = copied([payment({ name: '=HYPERLINK("x")', description: "a,b" }), payment({ amount: yen, email: null })], "csv", setting);
    expect(csv.split("\r\n")).toEqual([
      "id,amount,currency,status,created,email,name,description,account",
      'ch_1,10.50,USD,succeeded,2026-11-20T10:00:00Z,ann@example.org,"\'=HYPERLINK(""x"")","a,b",shop',
      "ch_1,500,JPY,succeeded,2026-11-20T10:00:00Z,,Ann,,shop",
    ]);
  });
  it("leave personal data out while it is hidden", () => {
    for (const form of ["text", "csv", "reply"] as const) expect(copied([payment({})], form, { ...setting, hidden: true })).not.toMatch(/ann/i);
  });
  it("are copied as lines of text, and what hides in a name is shown", () => {
    expect(copied([payment({ email: null, name: "a\tb\u202e" })], "text", setting)).toBe("$10.50\tSucceeded\t2026-11-20T10:00:00Z\ta b⟦RLO⟧\tch_1");
  });
  it("are copied as sentences for the payer, oldest first", () => {
    const reply = copied([payment({ created: "2026-11-21T10:00:00Z", refunded: { minor: "50", currency: "USD" } }), payment({ status: "failed" })], "reply", setting);
    expect(reply.split("\n")).toEqual([
      "On Friday, November 20, 2026 we tried to take $10.50. It was not taken.",
      "On Saturday, November 21, 2026 we took $10.50, and gave $0.50 of it back.",
    ]);
  });
  it("unarm what the exports unarm", () => {
    for (const text of ["=1", "+1", "-1", "@a", "|a", "\t=1", " =1", "\u200b=1", "\uff1d1"]) expect(unarmed(text), text).toBe(`'${text}`);
    for (const text of ["", "a=1", "1-2"]) expect(unarmed(text)).toBe(text);
  });
});
