// Closing the window, as the window manager asks for it.

import { connect } from "./connect.mjs";
import { newHome, sitDown, vendorOf } from "./lib/desk.mjs";
import { closeWindow, TITLE, windows } from "./lib/manager.mjs";
import { refundable } from "./lib/payments.mjs";
import { hold } from "./lib/report.mjs";
import { until } from "./lib/wait.mjs";
import { decided, find, refund } from "./walk.mjs";

export async function closing_the_last_window_ends_the_program(context) {
  const operator = await sitDown(context, { home: newHome(), name: "closing", args: ["--sandbox"] });
  await operator.mirrored();
  closeWindow();
  await operator.program.ends();
}

/** The vendor hangs up on a refund again and again; meanwhile the window is closed. */
export async function closing_waits_for_an_unsettled_refund(context) {
  const vendor = await vendorOf(context, "--charges", "200", "--seed", "9", "--faults", "POST /v1/refunds:reset-before:8");
  const operator = await sitDown(context, { home: newHome(), name: "closing-unsettled" });
  await connect(operator, vendor, "shop");
  await operator.mirrored();
  const [payment] = await refundable(operator, 1);
  await find(operator, payment);
  await refund(operator, { amount: "2.50", afterSubmit: () => decided(operator) });
  closeWindow();
  await until("the window to go", () => !windows().includes(TITLE));
  hold(operator.program.runs(), "the program ended while a refund was unsettled");
  await operator.program.ends(180_000);
  const { data } = await vendor.get(`/v1/refunds?charge=${payment.id}`);
  hold(data.length === 1 && data[0].amount === 250, `the vendor has ${JSON.stringify(data)}`);
}
