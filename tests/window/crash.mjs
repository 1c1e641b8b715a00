// The window is killed at several moments around the submission of a refund, and started again. The vendor runs in
// a process of its own and counts: a decision that was made is carried out once, and its intent is settled.

import { newHome, sitDown, vendorOf } from "./lib/desk.mjs";
import { connect } from "./connect.mjs";
import { refundable } from "./lib/payments.mjs";
import { hold } from "./lib/report.mjs";
import { decided, find, refund } from "./walk.mjs";

/** Long enough to see an intent between its decision and the vendor's answer. */
const VENDOR_LATENCY_MS = 300;

/** When to kill: early enough that nothing may be decided, in the middle, and late. */
const MOMENTS = {
  "at-once": () => undefined,
  "after-200-ms": () => afterMs(200),
  "once-decided": decided,
  "once-decided-and-100-ms": (operator, payment) => decided(operator, payment).then(() => afterMs(100)),
  "once-decided-and-300-ms": (operator, payment) => decided(operator, payment).then(() => afterMs(300)),
};
const SURELY_DECIDED = 3;

export async function u14_killed_right_after_submit(context) {
  const vendor = await vendorOf(context, "--charges", "300", "--seed", "14", "--latency-ms", String(VENDOR_LATENCY_MS));
  const home = newHome();
  let operator = await sitDown(context, { home, name: "crash" });
  await connect(operator, vendor, "shop");
  await operator.mirrored();
  const payments = await refundable(operator, Object.keys(MOMENTS).length);
  let intents = 0;
  for (const [name, moment] of Object.entries(MOMENTS)) {
    const payment = payments.shift();
    await find(operator, payment);
    await refund(operator, { amount: "2.00", afterSubmit: () => moment(operator, payment) });
    await operator.program.kill();
    operator = await sitDown(context, { home, name: `crash-${name}` });
    await operator.settled();
    intents += await countOnce(operator, vendor, payment, name);
    await operator.shot("settled");
  }
  hold(intents >= SURELY_DECIDED, `only ${intents} kills came after the decision`);
}

/** The moment is the test here: this is a fault, not a wait for something. */
function afterMs(duration) {
  return new Promise((go) => setTimeout(go, duration));
}

/** Counts the intents of a payment: none or one, and as many refunds at the vendor. */
async function countOnce(operator, vendor, payment, moment) {
  const { items } = await operator.request("list_refunds", { states: [], elsewhere: true, range: { limit: 500 } });
  const own = items.filter((one) => one.payment === payment.id || one.payment === payment.own_id);
  const { data } = await vendor.get(`/v1/refunds?charge=${payment.id}&limit=100`);
  const found = `killed ${moment}: ${JSON.stringify(own)}; the vendor has ${JSON.stringify(data)}`;
  hold(own.length <= 1 && own.length === data.length, `the journal and the vendor differ: ${found}`);
  hold(own.every((one) => one.state === "settled" && one.amount.minor === "200"), `not settled: ${found}`);
  hold(data.every((one) => one.amount === 200), `another amount: ${found}`);
  return own.length;
}
