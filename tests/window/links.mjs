// Links and other starts: the window that runs opens a page, the other start ends, and nothing is done by either.

import { spawnSync } from "node:child_process";

import { newHome, sitDown } from "./lib/desk.mjs";
import { closeWindow, TITLE, windows } from "./lib/manager.mjs";
import { refundable } from "./lib/payments.mjs";
import { hold } from "./lib/report.mjs";
import { until } from "./lib/wait.mjs";
import { words } from "./lib/words.mjs";

const WINDOW = process.env.PAYDESK_BIN;
const STARTS_WITHIN_MS = 30_000;

/** Starts the program once more on a home, as a link of the desktop does, and answers with what it ended with. */
function startAgain(home, ...args) {
  const ended = spawnSync(WINDOW, args, { env: { ...process.env, PAYDESK_HOME: home }, timeout: STARTS_WITHIN_MS, encoding: "utf8" });
  return { status: ended.status, said: ended.stderr };
}

export async function a_link_opens_a_payment_in_the_window_that_runs_and_does_nothing(context) {
  const home = newHome();
  const operator = await sitDown(context, { home, name: "links", args: ["--sandbox"] });
  await operator.mirrored();
  const [payment] = await refundable(operator, 1);
  const opened = startAgain(home, `paydesk://payment/${payment.id}?environment=sandbox`);
  hold(opened.status === 0, `the other start ended with ${opened.status}: ${opened.said}`);
  await operator.seesElement(`section[aria-label="${words("payment.timeline")}"]`);
  const where = await operator.page.run(() => window.location.hash);
  hold(where.includes(payment.id), `the window is at ${where}`);
  await operator.shot("opened");
  const hostile = startAgain(home, `paydesk://refund/${payment.id}?amount=500`);
  hold(hostile.status === 2, `a link that asks for a refund ended with ${hostile.status}: ${hostile.said}`);
  const { items } = await operator.request("list_refunds", { range: {} });
  hold(items.every((refund) => refund.payment !== payment.id), "something was refunded");
  const plain = startAgain(home);
  hold(plain.status === 0 && windows().split(TITLE).length === 2, `${plain.status}: ${windows()}`);
  closeWindow();
  await until("the program to end", () => !operator.program.runs());
}
