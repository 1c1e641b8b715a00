// Connecting an account by keyboard, and then: where is its key?

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { newHome, sitDown, vendorOf } from "./lib/desk.mjs";
import { refundable } from "./lib/payments.mjs";
import { processes, SESSION } from "./lib/program.mjs";
import { hold } from "./lib/report.mjs";
import { until } from "./lib/wait.mjs";
import { KEY } from "./lib/webdriver.mjs";
import { words } from "./lib/words.mjs";
import { find, refund } from "./walk.mjs";

/** Connects a simulated vendor from the first page. */
export async function connect(operator, vendor, label) {
  await operator.sees(words("first.title"));
  await operator.tabTo(words("accounts.connect"));
  await operator.press(KEY.Enter);
  await operator.seesElement("[role=dialog] form");
  await operator.tabTo(words("connect.label"));
  await operator.type(label);
  await operator.tabTo(words("connect.key"));
  await operator.type(vendor.key);
  await operator.tabTo(words("connect.baseUrl"));
  await operator.type(vendor.base);
  await operator.shot("connect");
  await operator.press([KEY.Control, KEY.Enter]);
  await until(`the account ${label} to be connected`, async () => (await operator.request("list_accounts")).items.some((one) => one.label === label), 60_000);
  // The note about it is closed where it is still there; the first page it stands on goes by itself.
  await operator.press(KEY.Escape);
  await operator.goes("[role=dialog]");
  await operator.shot("connected");
}

/** The key is in the keychain and nowhere else, whatever is done with the account. */
export async function the_key_is_nowhere(context) {
  const vendor = await vendorOf(context, "--charges", "200", "--seed", "6");
  const home = newHome();
  const operator = await sitDown(context, { home, name: "key" });
  await connect(operator, vendor, "shop");
  await operator.mirrored();
  const [payment] = await refundable(operator, 1);
  await find(operator, payment);
  await refund(operator, { amount: "3.00" });
  await operator.press(KEY.Enter);
  const answers = await everyAnswer(operator, payment);
  hold(!answers.includes(vendor.key), "an answer to the page holds the key");
  const html = await operator.page.run(() => document.documentElement.outerHTML);
  hold(!html.includes(vendor.key), "the page holds the key");
  for (const pid of processes()) hold(!argumentsOf(pid).includes(vendor.key), `the arguments of process ${pid} hold the key`);
  // The session's folder holds the home, what the toolkit keeps, the keychain's own file and the log of the window.
  const files = [...filesUnder(SESSION)];
  hold(files.some((file) => file.startsWith(home)), "the home was not searched");
  for (const file of files) hold(!readFileSync(file).includes(vendor.key), `${file} holds the key`);
}

/** What every request that changes nothing answers, as text. */
async function everyAnswer(operator, payment) {
  const answers = [
    await operator.request("show_home", { thorough: true }),
    await operator.request("list_accounts"),
    await operator.request("check_account", { label: "shop" }),
    await operator.request("show_sync"),
    await operator.request("find_payments", { query: "", range: { limit: 200 } }),
    await operator.request("show", { id: payment.own_id }),
    await operator.request("show_overview"),
    await operator.request("preflight_refund", { payment: payment.own_id }),
    await operator.request("list_refunds", { states: [], elsewhere: true, range: {} }),
    await operator.request("list_calls", { range: { limit: 200 } }),
    await operator.request("show_quota"),
  ];
  return JSON.stringify(answers);
}

function argumentsOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    // It ended meanwhile.
    return "";
  }
}

function* filesUnder(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else if (entry.isFile()) yield path;
  }
}
