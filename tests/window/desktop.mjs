// A saved view that gains a payment tells the desktop, in words that hold nothing of the payment.

import { spawn } from "node:child_process";

import { connect } from "./connect.mjs";
import { newHome, sitDown, vendorOf } from "./lib/desk.mjs";
import { refundable } from "./lib/payments.mjs";
import { hold } from "./lib/report.mjs";
import { until } from "./lib/wait.mjs";
import { find, refund } from "./walk.mjs";

const VIEW = "Gone back by hand";

export async function a_view_that_gains_tells_the_desktop(context) {
  const vendor = await vendorOf(context, "--charges", "120", "--seed", "7");
  const operator = await sitDown(context, { home: newHome(), name: "desktop" });
  await connect(operator, vendor, "shop");
  await operator.mirrored();
  const [payment] = await refundable(operator, 1);
  await operator.request("save_view", { name: VIEW, query: `refund:any id:${payment.id}`, notify: true, only_new: false });
  const notifications = await watch(context);
  await find(operator, payment);
  await refund(operator, { amount: "1.00" });
  const said = await until("the notification", () => notifications().find((one) => one.includes(VIEW)));
  hold(said.includes(`${VIEW}: one payment came in`), said);
  hold(!said.includes(payment.id) && !said.includes(payment.email ?? "@"), `it tells too much: ${said}`);
}

/** Listens on the session's bus to what programs ask its notifications for. */
async function watch(context) {
  const monitor = spawn("dbus-monitor", ["--session", "type='method_call',interface='org.freedesktop.Notifications',member='Notify'"], { stdio: ["ignore", "pipe", "inherit"] });
  context.endings.push(() => { monitor.kill(); });
  let heard = "";
  monitor.stdout.setEncoding("utf8").on("data", (text) => { heard += text; });
  await until("the monitor to listen", () => heard.includes("NameAcquired") || heard.includes("NameLost"));
  return () => heard.split("member=Notify").slice(1);
}
