import { describe, expect, it } from "vitest";

import { cutIntent, timelineDetail, timelineWords } from "./timelineWords";

const entry = (sort: string, what: string, detail: string | null = null) => ({ at: "2026-11-20T10:00:00Z", sort, what, id: "x", amount: null, detail });

describe("the timeline in words", () => {
  it("tells what an intent was for and how far it came", () => {
    expect(cutIntent("intent_refund_settled")).toEqual({ kind: "refund", state: "settled" });
    expect(cutIntent("intent_cancel_refund_unsettled")).toEqual({ kind: "cancel_refund", state: "unsettled" });
    expect(cutIntent("intent_capture_needs_person")).toEqual({ kind: "capture", state: "needs_person" });
    expect(cutIntent("payment_succeeded")).toBeNull();
    expect(timelineWords(entry("intent", "intent_refund_needs_person"))).toMatch(/refund/i);
  });
  it("keeps the vendor's word for an event and an unknown word for anything", () => {
    expect(timelineWords(entry("event", "charge.refund.updated"))).toBe("charge.refund.updated");
    expect(timelineWords(entry("payment", "payment_teleported"))).toBe("payment teleported");
  });
  it("translates a reason and leaves a note as it was typed", () => {
    expect(timelineDetail(entry("refund", "refund_succeeded", "requested_by_customer"))).toBe("Requested by customer");
    expect(timelineDetail(entry("intent", "intent_refund_settled", "duplicate"))).toBe("duplicate");
    expect(timelineDetail(entry("event", "x"))).toBeNull();
  });
  it("shows a direction override instead of obeying it", () => {
    expect(timelineDetail(entry("intent", "intent_refund_settled", "a\u202eb"))).toBe("a⟦RLO⟧b");
  });
});
