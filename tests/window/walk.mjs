// The main job by keyboard alone: open the sandbox, find a charge by a pasted email, give part of it back, and see
// the refund on the payment and in Refunds.

import { newHome, sitDown } from "./lib/desk.mjs";
import { refundable } from "./lib/payments.mjs";
import { hold } from "./lib/report.mjs";
import { until } from "./lib/wait.mjs";
import { KEY } from "./lib/webdriver.mjs";
import { words } from "./lib/words.mjs";

const TIMELINE = () => `section[aria-label="${words("payment.timeline")}"]`;

export async function walk(context) {
  const operator = await sitDown(context, { home: newHome(), name: "main-job" });
  await openSandbox(operator);
  const [payment] = await refundable(operator, 1);
  await find(operator, payment);
  await operator.shot("payment");
  await refund(operator, { amount: "1.50", shots: true });
  await operator.press(KEY.Enter);
  await operator.goes("[role=dialog]");
  await operator.seesElement(`${TIMELINE()} li[data-sort="refund"]`, "1.50");
  await operator.shot("refund-on-the-timeline");
  await operator.press("g", "r");
  await operator.seesElement(`[role=treegrid][aria-label="${words("nav.refunds")}"] [data-row]`, "1.50");
  await operator.shot("refunds");
  await confirm(operator, payment, "150");
}

/** The first page has the focus on the one thing to do. */
async function openSandbox(operator) {
  await operator.sees(words("first.sandbox.open"));
  await operator.shot("first-run");
  await operator.press(KEY.Enter);
  await operator.seesElement("[data-sync]", "", 60_000);
  await operator.shot("mirroring");
  await operator.mirrored();
  await operator.press("g", "o");
  await operator.seesElement("main h1", words("nav.overview"));
  await operator.shot("overview");
  await operator.press("g", "p");
  await operator.seesElement("[role=grid] [data-row]");
  await operator.shot("payments");
}

/** Finds a payment by an email out of a ticket and opens it. */
export async function find(operator, payment) {
  await operator.press("g", "p");
  await operator.seesElement("[role=search] input");
  await operator.press("/");
  await operator.paste(payment.email);
  await operator.seesOnly(payment.email);
  await operator.shot("found");
  await operator.press(KEY.Enter);
  await operator.seesElement(`[role=grid] [data-chosen=true][data-row="${payment.own_id}"]`);
  await operator.press(KEY.Enter);
  await operator.seesElement(TIMELINE());
}

/** Gives money of the open payment back. `afterSubmit` is called instead of waiting for the end. */
export async function refund(operator, { amount, shots = false, afterSubmit, undoSeconds = 0 }) {
  await operator.request("set_undo_window", { seconds: undoSeconds });
  await operator.press("r");
  await operator.seesElement("[role=dialog] form input:focus");
  if (shots) await operator.shot("refund-before-typing");
  await operator.type(amount);
  await operator.seesElement("[role=dialog] button[type=submit]:enabled", amount);
  if (shots) await operator.shot("refund-typed");
  await operator.press([KEY.Control, KEY.Enter]);
  if (afterSubmit !== undefined) return afterSubmit();
  await operator.seesElement('[role=dialog] [data-ending="done"], [role=dialog] [data-ending="pending"]', "", 60_000);
  if (shots) await operator.shot("refund-done");
}

/** The decision is on disk. On a busy machine it may have ended already when it is first seen; that is a late kill. */
export function decided(operator, payment) {
  return until("the intent to be written", async () => {
    const { items } = await operator.request("list_refunds", { states: [], elsewhere: false, range: { limit: 500 } });
    return payment === undefined ? items.some((one) => one.state !== "settled") : items.some((one) => one.payment === payment.id);
  });
}

/** The journal and the vendor say the same as the screen. */
async function confirm(operator, payment, minor) {
  const { items } = await operator.request("list_refunds", { states: [], elsewhere: true, range: {} });
  const own = items.filter((one) => one.payment === payment.id || one.payment === payment.own_id);
  hold(own.length === 1, `one refund was asked for, ${own.length} are listed: ${JSON.stringify(own)}`);
  hold(own[0].state === "settled", `the intent is ${own[0].state}, not settled`);
  hold(own[0].amount.minor === minor, `the refund is over ${own[0].amount.minor}, not ${minor}`);
  const asked = await operator.request("preflight_refund", { payment: payment.own_id });
  hold(asked.payment.refunded.minor === minor, `the vendor says ${asked.payment.refunded.minor} went back, not ${minor}`);
}
