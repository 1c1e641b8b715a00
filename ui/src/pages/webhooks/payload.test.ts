import { describe, expect, it } from "vitest";

import { around, found, isPersonal, isPersonalChange, linesOf, readJson, sizeOf, writtenJson } from "./payload";

const TEXT = '{"id":"evt_1","data":{"object":{"amount":9007199254740993,"email":"jane@x.org","list":[{"a":1},"b"],"odd.name":null}}}';
const json = readJson(TEXT) ?? { is: "other" as const, text: "" };

describe("a payload", () => {
  it("keeps every digit and comes back as it was", () => {
    expect(writtenJson(json)).toBe(TEXT);
    expect(linesOf(json, new Set()).find((line) => line.name === "amount")?.json).toEqual({ is: "other", text: "9007199254740993" });
  });
  it("is no tree where it is no JSON", () => {
    for (const text of ["", "a=b&c=d", "{", '{"a":1', "[1,]]", '{"a":1}x', "[".repeat(500)]) expect(readJson(text), text).toBeNull();
    expect(readJson('  [ ]  ')).toEqual({ is: "array", items: [] });
  });
  it("names each line by its path", () => {
    expect(linesOf(json, new Set()).map((line) => line.path)).toEqual([
      "id", "data", "data.object", "data.object.amount", "data.object.email", "data.object.list", "data.object.list[0]", "data.object.list[0].a", "data.object.list[1]", 'data.object["odd.name"]',
    ]);
    expect(linesOf(json, new Set(["data.object.list"])).map((line) => line.path)).not.toContain("data.object.list[0]");
    expect(sizeOf(json)).toBe(2);
  });
  it("is searched by names and by what may be read", () => {
    expect(found(json, "EMAIL", () => false)).toEqual(["data.object.email"]);
    expect(found(json, "jane", () => true)).toEqual(["data.object.email"]);
    expect(found(json, "jane", () => false)).toEqual([]);
    expect(found(json, " ", () => true)).toEqual([]);
    expect(around("data.object.list[0].a")).toEqual(["data", "data.object", "data.object.list", "data.object.list[0]"]);
  });
  it("hides what may tell of a payer", () => {
    expect(isPersonal("email", { is: "text", text: "jane@x.org" })).toBe(true);
    expect(isPersonal("order_note", { is: "text", text: "x" })).toBe(true);
    expect(isPersonal("currency", { is: "text", text: "eur" })).toBe(false);
    expect(isPersonal("amount", { is: "other", text: "1" })).toBe(false);
    expect(isPersonal("exp_month", { is: "other", text: "1" })).toBe(true);
  });
  it("hides what other vendors write under names that Stripe has its own words under", () => {
    const personal = (text: string) => linesOf(readJson(text) ?? { is: "other", text: "" }, new Set()).filter((line) => isPersonal(line.name, line.json)).map((line) => line.path);
    const sendgrid = '{"event":"bounce","email":"jane@x.org","reason":"550 <jane@x.org> unknown","status":"5.1.1","type":"bounce","url":"https://x.org/?of=jane","timestamp":1}';
    expect(personal(sendgrid)).toEqual(["event", "email", "reason", "url"]);
    const twilio = '{"MessageSid":"SM1","From":"+4915112345678","source":"+4915112345678","destination":"+4915112345678","status":"delivered","Body":"hello"}';
    expect(personal(twilio)).toEqual(["MessageSid", "From", "source", "destination", "Body"]);
    const hubspot = '{"objectId":7,"customer":"Jane","source":"CRM_UI Jane","card":"Jane Doe","id":"jane@x.org","request":"for Jane","type":"contact.creation"}';
    expect(personal(hubspot)).toEqual(["customer", "source", "card", "id", "request"]);
    const stripe = '{"id":"evt_1","type":"charge.refunded","api_version":"2026-10-28.endive","request":"req_Ab1","customer":"cus_1","destination":null,"status":"","reason":"requested_by_customer"}';
    expect(personal(stripe)).toEqual([]);
  });
  it("hides what may tell of a payer in what changed, too", () => {
    expect(isPersonalChange("data.object.card", '{"name":"Jane","last4":"4242"}')).toBe(true);
    expect(isPersonalChange("data.object.source", '["jane@x.org"]')).toBe(true);
    expect(isPersonalChange("data.object.name", '"Jane"')).toBe(true);
    expect(isPersonalChange('data.object["order note"]', '"for Jane"')).toBe(true);
    expect(isPersonalChange("data.object.status", '"succeeded"')).toBe(false);
    expect(isPersonalChange("reason", '"550 <jane@x.org> unknown"')).toBe(true);
    expect(isPersonalChange("data.object.amount", "1200")).toBe(false);
  });
});
