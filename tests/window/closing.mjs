// Closing the window, as the window manager asks for it.

import { execFileSync } from "node:child_process";

import { connect } from "./connect.mjs";
import { newHome, sitDown, vendorOf } from "./lib/desk.mjs";
import { refundable } from "./lib/payments.mjs";
import { hold } from "./lib/report.mjs";
import { until } from "./lib/wait.mjs";
import { find, refund } from "./walk.mjs";

const TITLE = "Paydesk — Sandbox";

export async function closing_the_last_window_ends_the_program(context) {
  const operator = await sitDown(context, { home: newHome(), name: "closing", args: ["--sandbox"] });
  await operator.mirrored();
  closeWindow();
  await operator.program.ends();
}

/** The vendor is stopped in the middle of a refund, the window closed, and the vendor woken again. */
export async function closing_waits_for_an_unsettled_refund(context) {
  const vendor = await vendorOf(context, "--charges", "200", "--seed", "9");
  const operator = await sitDown(context, { home: newHome(), name: "closing-unsettled" });
  await connect(operator, vendor, "shop");
  await operator.mirrored();
  const [payment] = await refundable(operator, 1);
  await find(operator, payment);
  await refund(operator, { amount: "2.50", beforeSubmit: vendor.pause, afterSubmit: () => decided(operator) });
  closeWindow();
  await until("the window to go", () => !windows().includes(TITLE));
  hold(operator.program.runs(), "the program ended while a refund was unsettled");
  vendor.resume();
  await operator.program.ends(120_000);
  const { data } = await vendor.get(`/v1/refunds?charge=${payment.id}`);
  hold(data.length === 1 && data[0].amount === 250, `the vendor has ${JSON.stringify(data)}`);
}

/** The decision is on disk, and nobody knows yet how it ends. */
function decided(operator) {
  return until("the intent to be open", async () => {
    const { environments } = await operator.request("show_home", {});
    return environments.some((one) => one.open_intents === 1);
  });
}

function closeWindow() {
  execFileSync("wmctrl", ["-c", TITLE]);
}

function windows() {
  return execFileSync("wmctrl", ["-l"], { encoding: "utf8" });
}
