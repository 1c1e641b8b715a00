// What lies beside the main job, in the real window: completeness, saved views, exports, the mirror's file. Each calls
// commands that the window must be allowed, which a browser beside the window cannot show.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { connect } from "./connect.mjs";
import { newHome, sitDown, vendorOf } from "./lib/desk.mjs";
import { hold } from "./lib/report.mjs";
import { until } from "./lib/wait.mjs";
import { KEY } from "./lib/webdriver.mjs";
import { words } from "./lib/words.mjs";

export async function completeness_views_and_exports_are_in_the_window(context) {
  const vendor = await vendorOf(context, "--charges", "150", "--seed", "3");
  const operator = await sitDown(context, { home: newHome(), name: "rooms" });
  await connect(operator, vendor, "shop");
  await operator.mirrored();
  await completeness(operator);
  await views(operator);
  await exports(context, operator);
  await bulk(context, operator);
  await mirror(operator);
}

async function completeness(operator) {
  await operator.press("g", "m");
  await operator.sees(words("proof.checkNow"));
  await operator.tabTo(words("proof.checkNow"));
  await operator.press(KEY.Enter);
  await until("every day to be proven", async () => {
    const { green, amber, red } = await operator.request("show_proof");
    return green > 0 && amber === 0 && red === 0;
  }, 90_000);
  await until("the page to say so", () => operator.page.run(() => document.querySelector("[data-testid=proof-amber]")?.innerText.startsWith("0")));
  await operator.shot("completeness");
}

async function views(operator) {
  await operator.press("g", "p");
  await operator.seesElement("[role=search] input");
  await operator.press("/");
  await operator.paste("status:failed");
  await operator.press(KEY.Enter);
  await operator.seesElement("[role=grid] [data-chosen=true]");
  await operator.press("v");
  await operator.seesElement("[role=dialog] input:focus");
  await operator.type("Failed ones");
  await operator.press(KEY.Enter);
  await operator.goes("[role=dialog]");
  await operator.sees("Failed ones");
  hold((await operator.request("list_views", { exact: true })).items[0]?.query === "status:failed", "the view holds another search");
  await operator.shot("view");
}

async function exports(context, operator) {
  const folder = mkdtempSync(join(tmpdir(), "paydesk-export-"));
  context.endings.push(() => { rmSync(folder, { recursive: true, force: true }); });
  const file = join(folder, "failed.csv");
  await operator.press("e");
  await operator.sees(words("export.title"));
  await operator.tabTo(words("export.path"));
  await operator.paste(file);
  await operator.shot("export");
  await operator.press([KEY.Control, KEY.Enter]);
  await operator.sees(file, 60_000);
  await operator.seesElement("[role=dialog] [role=status]", file, 60_000);
  const { payments } = await operator.request("count_payments", { query: "status:failed", exact: true });
  const rows = readFileSync(file, "utf8").split("\n").filter((line) => /^(ch|py)_/.test(line));
  hold(payments > 0 && rows.length === payments, `${rows.length} rows in the file, ${payments} payments in the mirror`);
  await operator.shot("exported");
  await operator.press(KEY.Enter);
  await operator.goes("[role=dialog]");
}

async function bulk(context, operator) {
  const folder = mkdtempSync(join(tmpdir(), "paydesk-bulk-"));
  context.endings.push(() => { rmSync(folder, { recursive: true, force: true }); });
  const file = join(folder, "refunds.csv");
  const { items } = await operator.request("find_payments", { query: "status:succeeded currency:usd amount:>25", range: { limit: 100 } });
  const whole = items.filter((one) => one.state === "succeeded" && one.refunded.minor === "0" && !one.disputed).slice(0, 5);
  writeFileSync(file, `Payment;Amount\n${whole.map((one) => `${one.id};1,50\n`).join("")}`);
  await operator.press("g", "k");
  await operator.sees(words("bulk.choose"));
  await operator.tabTo(words("bulk.path"));
  await operator.paste(file);
  await operator.press(KEY.Enter);
  await operator.sees(words("bulk.match"));
  await operator.shot("bulk-mapping");
  await operator.press([KEY.Control, KEY.Enter]);
  await operator.seesElement("[role=treegrid]");
  await operator.shot("bulk-looked-over");
  await operator.press([KEY.Control, KEY.Enter]);
  await operator.seesElement("[role=dialog]");
  await operator.press([KEY.Control, KEY.Enter]);
  const settled = (run) => run?.totals.find((one) => one.state === "settled");
  await until("the run to end", async () => (await operator.request("list_bulk_runs", { range: {} })).items[0]?.state === "done", 60_000);
  const [run] = (await operator.request("list_bulk_runs", { range: {} })).items;
  hold(settled(run)?.rows === 5 && settled(run).amount.minor === "750", `the run came to ${JSON.stringify(run)}`);
  await operator.sees(words("bulkState.done"));
  await operator.shot("bulk-done");
}

async function mirror(operator) {
  await operator.press("g", "a");
  await operator.sees(words("mirror.check"));
  await operator.tabTo(words("mirror.check"));
  await operator.press(KEY.Enter);
  await operator.seesElement("section[aria-labelledby=mirror-heading] [role=status]");
  await operator.shot("mirror");
}
