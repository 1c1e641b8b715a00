import { describe, expect, it } from "vitest";

import type { ErrorBody, MessageView } from "#ui/bindings/contract";
import { asErrorBody } from "#ui/messages/errors";

import { endingOf, keepsWish, noBodyWords, replyTo } from "./messageForm";

const message = (change: Partial<MessageView>): MessageView => ({
  id: "m", account: "letters", channel: "email", direction: "outbound", from: null, segments: null, price: null, price_currency: null, purpose: "free_text", state: "queued", reason: null, to: "ada@example.com", subject: null, template: null,
  sandbox_mode: false, card_masked: false, payment: null, customer: null, link: null, created: "", delivered: null, opened: null, clicked: null,
  complained: null, repeated: false, send_at: null, vendor: "sendgrid", no_body: null, ...change,
});

describe("how sending a message ended", () => {
  it("is told in words of its own where nobody gets it or it did not arrive", () => {
    const endings = ["queued", "delivered", "refused", "bounced", "dropped", "canceled", "prepared", "unsettled", "needs_person"];
    expect(endings.map((state) => endingOf(message({ state })))).toEqual(["taken", "taken", "refused", "lost", "lost", "canceled", "unsettled", "unsettled", "unsettled"]);
    expect(endingOf(message({ sandbox_mode: true }))).toBe("checked");
    expect(endingOf(message({ sandbox_mode: true, state: "refused" }))).toBe("refused");
  });
});

describe("the id of a request", () => {
  it("stays as long as the message may have been sent", () => {
    const failed = (code: string, money_moved: string) => keepsWish({ ...asErrorBody(null), code, money_moved } as ErrorBody);
    expect(failed("message_in_doubt", "no")).toBe(true);
    expect(failed("desk_gone", "unknown")).toBe(true);
    expect(failed("bad_message", "no")).toBe(false);
    expect(failed("message_request_used", "no")).toBe(false);
  });
});

describe("a message whose words are not there", () => {
  it("says why", () => {
    expect(["not_kept", "template", "elsewhere", "erased"].map(noBodyWords)).toEqual(["messages.bodyNotKept", "messages.bodyTemplate", "messages.bodyElsewhere", "messages.bodyErased"]);
  });
});

describe("an answer", () => {
  it("goes to whoever wrote or was written to, by the same channel and about the same payment", () => {
    expect(replyTo(message({ subject: "Your refund", payment: "ch_1" }))).toEqual({ channel: "email", to: "ada@example.com", subject: "Re: Your refund", payment: "ch_1" });
    expect(replyTo(message({ subject: "RE: Your refund" }))?.subject).toBe("RE: Your refund");
    expect(replyTo(message({ channel: "sms", direction: "inbound", from: "+4915112345678", to: "+15005550006" }))).toEqual({ channel: "sms", to: "+4915112345678", subject: "", payment: null });
  });
  it("goes to nobody who was erased", () => {
    expect(replyTo(message({ to: "erased 0123456789ab", no_body: "erased" }))).toBeNull();
  });
});
