import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import en from "#ui/messages/en.json";

import { LOOKS, lookOfState, STATE_LOOKS } from "./states";

const domain = (file: string) => readFileSync(join(import.meta.dirname, "../../../crates/domain/src", file), "utf8");

/** The words of one list of states in the backend's own source. */
function listed(file: string, name: string): string[] {
  const body = new RegExp(`\\n {4}${name} \\{([\\s\\S]*?)\\n {4}\\}`).exec(domain(file))?.[1] ?? "";
  return [...body.matchAll(/= "([a-z_]+)"/g)].map((hit) => hit[1] ?? "");
}

describe("the states", () => {
  it("have a colour and an icon for every state of the backend's lists", () => {
    const lists = { payment: listed("payment.rs", "PaymentStatus"), refundStatus: listed("refund.rs", "RefundStatus"), dispute: listed("dispute.rs", "DisputeStatus") };
    for (const [group, codes] of Object.entries(lists)) {
      expect(codes.length, `the list of ${group} was not found`).toBeGreaterThan(3);
      for (const code of codes) expect(lookOfState(group, code), `${group}.${code}`).not.toBeNull();
    }
  });

  it("have a colour and an icon for every state of an intent", () => {
    const states = [...domain("intent.rs").matchAll(/\b(waiting|prepared|sent|settled|refused|unsettled|needs_person|canceled)\b/g)].map((hit) => hit[1] ?? "");
    expect(new Set(states).size).toBe(8);
    for (const state of states) expect(lookOfState("state", state), state).not.toBeNull();
  });

  it("have a word each, and each word of such a group has a look", () => {
    const messages: Record<string, string> = en;
    for (const [group, looks] of Object.entries(STATE_LOOKS)) {
      for (const code of Object.keys(looks)) expect(messages, `${group}.${code}`).toHaveProperty([`${group}.${code}`]);
    }
    // Groups that hold nothing but states; others share their name with words of a page.
    for (const group of ["refundStatus", "dispute", "messageState", "messageEvent", "mailRow", "suppression", "bulkState", "bulkRow", "bulkHold", "approval", "mirrorState", "proofState", "breaker", "came", "endpointState", "replayState", "inboxState", "listening", "right", "answerState", "moneyMoved"]) {
      for (const key of Object.keys(messages).filter((one) => one.startsWith(`${group}.`))) {
        expect(lookOfState(group, key.slice(group.length + 1)), key).not.toBeNull();
      }
    }
  });

  it("have an icon of their own for each meaning of a colour", () => {
    const pairs = Object.values(LOOKS).map(({ tone, icon }) => `${tone} ${icon}`);
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(new Set(Object.values(LOOKS).map((look) => look.icon)).size).toBe(pairs.length);
  });

  it("look the same under one code wherever it means the same", () => {
    // A line that is open lets calls through; what is settled at a vendor and here is one thing.
    for (const code of ["succeeded", "settled", "failed", "needs_person", "unsettled", "canceled", "waiting", "prepared", "delivered"]) {
      const names = Object.values(STATE_LOOKS).flatMap((looks) => looks[code] ?? []);
      expect(new Set(names).size, `${code} looks like ${names.join(", ")}`).toBe(1);
    }
  });

  it("are no state where the word is newer than the page, or a name of objects", () => {
    expect(lookOfState("state", "brand_new")).toBeNull();
    expect(lookOfState("nothing", "sent")).toBeNull();
    expect(lookOfState("state", "toString")).toBeNull();
  });
});
