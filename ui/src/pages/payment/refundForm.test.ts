import { describe, expect, it } from "vitest";

import type { RefundView } from "#ui/bindings/contract";
import { asErrorBody } from "#ui/messages/errors";

import { endingOf, isAbove, isEnd, isNewWish, judge, limitOf, moneyOf } from "./refundForm";

const refund = (state: string | null, refund_status: string | null): RefundView => ({
  kind: "refund", payment: "ch_1", state, refund_status, refund_id: null, intent_id: "i", amount: { minor: "500", currency: "USD" },
  account: "shop", reason: null, note: null, created: "", updated: "", next_try: null, pending_reason: null,
  failure_reason: null, trace_reference: null, problem: null, problem_detail: null, release_at: null, can_withdraw: false, can_send: false, stoppable: "no", vendor_url: null, can_close: false, approved_by: null, approval: null, repeated: false,
});

describe("the amount of a refund", () => {
  it("is judged against what is left, to the last minor unit", () => {
    expect(judge("19.99", 2, "1999")).toEqual({ ok: true, minor: "1999", whole: true });
    expect(judge("19.98", 2, "1999")).toEqual({ ok: true, minor: "1998", whole: false });
    expect(judge("20.00", 2, "1999")).toEqual({ ok: false, wrong: "refund.wrong.over" });
  });
  it("m07 has no decimals in yen", () => {
    expect(judge("12.99", 0, "5000")).toEqual({ ok: false, wrong: "refund.wrong.decimals" });
    expect(judge("1299", 0, "5000")).toEqual({ ok: true, minor: "1299", whole: false });
  });
  it("is not wrong before anything is typed", () => {
    expect(judge("", 2, "1999")).toEqual({ ok: false, wrong: null });
  });
});

describe("the ending of a refund", () => {
  it.each([
    ["settled", "succeeded", "done"], ["settled", "pending", "pending"], ["settled", "requires_action", "action"],
    ["settled", "failed", "failed"], ["settled", "brand_new", "pending"], ["refused", null, "refused"],
    ["unsettled", null, "unsettled"], ["needs_person", null, "person"], ["sent", null, "underway"],
    ["canceled", null, "canceled"], ["waiting", null, "waiting"], ["settled", "requires_review", "review"],
  ])("%s and %s is %s", (state, status, ending) => {
    expect(endingOf(refund(state, status))).toBe(ending);
  });
  it("tells a refund that never left from one that nobody knows of", () => {
    const ranOut = { ...refund("needs_person", null), can_withdraw: true };
    expect([endingOf(ranOut), moneyOf(ranOut)]).toEqual(["ranOut", "none"]);
    expect(moneyOf(refund("needs_person", null))).toBe("unknown");
    expect(isEnd("ranOut") || isEnd("waiting")).toBe(false);
  });
  it("says of every ending whether money moved", () => {
    expect(moneyOf(refund("settled", "succeeded"))).toBe("moved");
    expect(moneyOf(refund("settled", "failed"))).toBe("none");
    expect(moneyOf(refund("settled", "requires_review"))).toBe("held");
    expect(moneyOf(refund("waiting", null))).toBe("none");
    expect(moneyOf(refund("sent", null))).toBe("unknown");
  });
  it("is no end while the vendor's answer is open", () => {
    expect(isEnd("unsettled")).toBe(false);
    expect(isEnd("underway")).toBe(false);
    expect(isEnd("person")).toBe(false);
    expect(isEnd("failed")).toBe(true);
    expect(isEnd("done")).toBe(true);
  });
});

describe("a second try", () => {
  it("keeps its request id when the answer was lost", () => {
    expect(isNewWish(asErrorBody(new TypeError("Failed to fetch")))).toBe(false);
    expect(isNewWish({ code: "unsettled", money_moved: "unknown", params: {}, detail: null })).toBe(false);
  });
  it("gets a new one when nothing moved for certain", () => {
    expect(isNewWish({ code: "over_refund", money_moved: "no", params: {}, detail: null })).toBe(true);
  });
});

describe("what one person alone may refund", () => {
  const alone = { limit: "per_day", most: { minor: "700", currency: "USD" }, left: { minor: "300", currency: "USD" } };
  it("is what is left of the nearest limit", () => {
    expect(isAbove(alone, "300")).toBe(false);
    expect(isAbove(alone, "301")).toBe(true);
    expect(isAbove({ ...alone, left: { minor: "9007199254740993", currency: "USD" } }, "9007199254740992")).toBe(false);
    expect(isAbove(null, "999999999")).toBe(false);
  });
  it("has a sentence for each limit, also one that is newer", () => {
    expect(limitOf(alone)).toBe("per_day");
    expect(limitOf({ ...alone, limit: "per_moon" })).toBe("per_refund");
    expect(limitOf(null)).toBe("per_refund");
  });
});
