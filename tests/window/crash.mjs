// The window is killed at several moments around the submission of a refund, and started again. The vendor runs in
// a process of its own and counts: a decision that was made is carried out once, and its intent is settled.

import { newHome, sitDown, vendorOf } from "./lib/desk.mjs";
import { connect } from "./connect.mjs";
import { refundable } from "./lib/payments.mjs";
import { hold } from "./lib/report.mjs";
import { find, refund } from "./walk.mjs";

const VENDOR_LATENCY_MS = 150;
/** Before the intent is written, while the vendor is asked, while it answers, after it answered. */
const KILL_AFTER_MS = [0, 40, 120, 200, 320, 600];

export async function u14_killed_right_after_submit(context) {
  const vendor = await vendorOf(context, "--charges", "300", "--seed", "14", "--latency-ms", String(VENDOR_LATENCY_MS));
  const home = newHome();
  let operator = await sitDown(context, { home, name: "crash" });
  await connect(operator, vendor, "shop");
  await operator.mirrored();
  const payments = await refundable(operator, KILL_AFTER_MS.length);
  let decided = 0;
  for (const [index, afterMs] of KILL_AFTER_MS.entries()) {
    const payment = payments[index];
    await find(operator, payment);
    await refund(operator, { amount: "2.00", afterSubmit: () => killAfter(operator.program, afterMs) });
    operator = await sitDown(context, { home, name: `crash-${afterMs}-ms` });
    await operator.settled();
    decided += await countOnce(operator, vendor, payment, afterMs);
    await operator.shot("settled");
  }
  hold(decided >= KILL_AFTER_MS.length / 2, `only ${decided} kills came after the decision, so they prove nothing`);
}

function killAfter(program, afterMs) {
  // The moment is the test: this is a fault, not a wait for something.
  return new Promise((done, failed) => setTimeout(() => program.kill().then(done, failed), afterMs));
}

/** Counts the intents of a payment: none or one, and as many refunds at the vendor. */
async function countOnce(operator, vendor, payment, afterMs) {
  const { items } = await operator.request("list_refunds", { states: [], elsewhere: true, range: { limit: 500 } });
  const own = items.filter((one) => one.payment === payment.id || one.payment === payment.own_id);
  const { data } = await vendor.get(`/v1/refunds?charge=${payment.id}&limit=100`);
  const found = `killed ${afterMs} ms after submitting: ${JSON.stringify(own)}; the vendor has ${JSON.stringify(data)}`;
  hold(own.length <= 1 && own.length === data.length, `the journal and the vendor differ: ${found}`);
  hold(own.every((one) => one.state === "settled" && one.amount.minor === "200"), `not settled: ${found}`);
  hold(data.every((one) => one.amount === 200), `another amount: ${found}`);
  return own.length;
}
