import { describe, expect, it } from "vitest";

import { conditionsIn, hoursIn, rulesOf, textsOf } from "./channelRules";

const EMPTY = textsOf(null, "Europe/Berlin");

describe("the rules of a channel", () => {
  it("reads hours as people type them", () => {
    expect(hoursIn("22:00-07:00")).toEqual({ from: "22:00", to: "07:00" });
    expect(hoursIn(" 9:30 – 17:00 ")).toEqual({ from: "09:30", to: "17:00" });
    for (const wrong of ["", "22:00", "22-07", "22:00-07:00-08:00"]) expect(hoursIn(wrong), wrong).toBeNull();
  });

  it("says what the fields say and nothing more", () => {
    expect(rulesOf("slack", EMPTY)).toEqual({ events: [], conditions: [], with_personal: false, region: "us", to: [] });
    const mail = rulesOf("email", { ...EMPTY, from: " desk@example.com ", to: "a@example.com, b@example.com", perHour: "5", quiet: "22:00-07:00" });
    expect(mail).toMatchObject({ from: "desk@example.com", to: ["a@example.com", "b@example.com"], per_hour: 5, quiet: { from: "22:00", to: "07:00", zone: "Europe/Berlin" } });
    expect(rulesOf("slack", { ...EMPTY, from: "desk@example.com", to: "a@example.com" })).toMatchObject({ to: [] });
    expect(rulesOf("slack", { ...EMPTY, conditions: "account=Shop one, currency=eur" })?.conditions).toEqual(["account=Shop one", "currency=eur"]);
  });

  it("says nothing while it cannot be read", () => {
    expect(rulesOf("slack", { ...EMPTY, quiet: "at night" })).toBeNull();
    expect(conditionsIn("account=Shop, EU, amount >= 5000 ,data.object.description!=Red shoes,")).toEqual(["account=Shop, EU", "amount >= 5000", "data.object.description!=Red shoes"]);
    for (const most of ["0", "1001", "1.5", "many"]) expect(rulesOf("slack", { ...EMPTY, perHour: most }), most).toBeNull();
  });

  it("brings rules back into the fields as they were", () => {
    const rules = { events: ["paydesk.*"], conditions: ["data.currency=EUR"], quiet: { from: "22:00", to: "07:00", zone: "Asia/Tokyo" }, per_hour: 3, with_personal: true, region: "eu" as const, from: "a@example.com", to: ["b@example.com"] };
    expect(rulesOf("email", textsOf(rules, "UTC"))).toEqual(rules);
  });
});
