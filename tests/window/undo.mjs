// A refund that waits in the window: the window is killed meanwhile, the countdown goes on, and a key takes it back.

import { connect } from "./connect.mjs";
import { newHome, sitDown, vendorOf } from "./lib/desk.mjs";
import { refundable } from "./lib/payments.mjs";
import { hold } from "./lib/report.mjs";
import { until } from "./lib/wait.mjs";
import { words } from "./lib/words.mjs";
import { find, refund } from "./walk.mjs";

export async function a_refund_that_waits_outlives_a_kill_and_is_undone_by_a_key(context) {
  const vendor = await vendorOf(context, "--charges", "120", "--seed", "21");
  const home = newHome();
  let operator = await sitDown(context, { home, name: "undo" });
  await connect(operator, vendor, "shop");
  await operator.mirrored();
  const [payment] = await refundable(operator, 1);
  await find(operator, payment);
  await refund(operator, { amount: "2.25", undoSeconds: 60, afterSubmit: () => operator.seesElement('[role=dialog] [data-ending="waiting"] [role=timer]') });
  await operator.shot("counting");
  await operator.program.kill();
  operator = await sitDown(context, { home, name: "undo-again" });
  // A key that comes before the page stands is heard by nobody.
  await operator.seesElement("main h1", words("nav.overview"));
  await operator.press("g", "r");
  const queue = `[role=treegrid][aria-label="${words("nav.refunds")}"]`;
  await operator.seesElement(`${queue} [data-row]`, "2.25");
  await operator.seesElement(`${queue} [role=timer]`);
  await operator.shot("queue");
  await operator.press("j");
  await operator.seesElement(`${queue} [data-chosen=true]`);
  await operator.press("z");
  const state = async () => (await operator.request("list_refunds", { range: {} })).items[0].state;
  await until("it to be taken back", async () => (await state()) === "canceled");
  await operator.shot("undone");
  const { data } = await vendor.get(`/v1/refunds?charge=${payment.id}`);
  hold(data.length === 0, `the vendor has ${JSON.stringify(data)}`);
}
