// The whole flow of a run of refunds above the limits, in two real windows on two homes: a file is brought, mapped and
// looked over, a second person is asked and approves in a window of their own, the run begins, its window is killed
// half-way and opened again, the run is gone on with and receipted. The vendor counts in the end.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { connect } from "./connect.mjs";
import { newHome, sitDown, vendorOf } from "./lib/desk.mjs";
import { hold } from "./lib/report.mjs";
import { until } from "./lib/wait.mjs";
import { KEY } from "./lib/webdriver.mjs";
import { words } from "./lib/words.mjs";

/** More than leave at once, so that a kill in the middle leaves some to send. */
const ROWS = 80;
/** So many must be at the vendor before the window is killed. */
const SENT_BEFORE_THE_KILL = 5;
const SUBMIT = [KEY.Control, KEY.Enter];

export async function a_run_is_approved_in_a_second_window_killed_half_way_and_resumed(context) {
  const vendor = await vendorOf(context, "--charges", "900", "--seed", "27", "--latency-ms", "300");
  const folder = mkdtempSync(join(tmpdir(), "paydesk-flow-"));
  context.endings.push(() => { rmSync(folder, { recursive: true, force: true }); });
  const home = newHome();
  let ada = await sitDown(context, { home, name: "flow-ada" });
  const bob = await sitDown(context, { home: newHome(), name: "flow-bob" });
  await connect(ada, vendor, "shop");
  await connect(bob, vendor, "shop");
  await ada.mirrored();
  await bob.mirrored();
  await trust(ada, bob, "Bob");
  await trust(bob, ada, "Ada");
  await ada.request("set_refund_limits", { label: "shop", currency: "usd", per_refund: "2.00", per_day: "20.00" });
  const wanted = await brought(ada, folder);
  const before = await refunds(vendor);
  const request = join(folder, "request.json");
  await asked(ada, request);
  const answer = join(folder, "answer.json");
  await approvedBy(bob, request, answer);
  await taken(ada, readFileSync(answer, "utf8").trim());
  await begun(ada);
  await until("some refunds at the vendor", async () => (await refunds(vendor)).length - before.length >= SENT_BEFORE_THE_KILL, 60_000);
  await ada.program.kill();
  ada = await sitDown(context, { home, name: "flow-ada-again" });
  await resumed(ada);
  await receipted(ada, join(folder, "receipts.csv"), wanted);
  await countedOnce(vendor, before, wanted);
}

/** Trusts the key of whoever sits at the other window. */
async function trust(one, other, name) {
  const { key } = await other.request("show_my_key");
  await one.press("g", "d");
  await one.sees(words("approvals.openFile"));
  await one.press("u");
  await one.seesElement("[role=dialog] form");
  await one.tabTo(words("approvals.theirKey"));
  await one.paste(key);
  await one.tabTo(words("approvals.theirName"));
  await one.type(name);
  await one.press(KEY.Enter);
  await until(`${name} to be trusted`, async () => (await one.request("list_approvers")).items.some((known) => known.name === name));
  await one.seesElement("[role=dialog] li", name);
  await one.shot("people");
  await one.press(KEY.Escape);
  await one.goes("[role=dialog]");
}

/** Brings a file of which some rows are above the limit of one refund, and all of them above that of a day. */
async function brought(ada, folder) {
  const { items } = await ada.request("find_payments", { query: "status:succeeded currency:usd amount:>6", range: { limit: 500 } });
  const whole = items.filter((one) => one.state === "succeeded" && one.refunded.minor === "0" && !one.disputed).slice(0, ROWS);
  hold(whole.length === ROWS, `only ${whole.length} payments can be refunded`);
  // Each payment its own amount, so that two that were mixed up show.
  const wanted = new Map(whole.map((one, place) => [one.id, 101 + 3 * place]));
  const rows = [...wanted].map(([id, minor]) => `${id};${Math.floor(minor / 100)},${String(minor % 100).padStart(2, "0")};requested_by_customer\n`);
  const file = join(folder, "double charges of May.csv");
  writeFileSync(file, `What;Was kostet es;Grund\n${rows.join("")}`);
  await ada.press("g", "k");
  await ada.sees(words("bulk.choose"));
  await ada.tabTo(words("bulk.path"));
  await ada.paste(file);
  await ada.press(KEY.Enter);
  await ada.sees(words("bulk.match"));
  await mapped(ada, "What", "payment");
  await mapped(ada, "Was kostet es", "amount");
  await ada.shot("mapping");
  await ada.press(SUBMIT);
  await ada.seesElement("[role=treegrid]");
  await ada.seesElement("[data-testid=beyond]");
  await ada.shot("looked-over");
  return wanted;
}

/** Says what a column is, where that is not so already. */
async function mapped(ada, column, name) {
  const label = words("bulk.columnIs", { column });
  const value = () => ada.page.run((wanted) => document.querySelector(`select[aria-label="${wanted}"]`)?.value, label);
  await ada.tabTo(label);
  for (let presses = 0; presses < 12 && (await value()) !== name; presses += 1) await ada.press(words(`bulkColumn.${name}`)[0].toLowerCase());
  hold((await value()) === name, `the column ${column} is ${await value()}`);
}

async function asked(ada, request) {
  await ada.press("a");
  await ada.seesElement("[role=dialog] form");
  await ada.tabTo(words("refund.note"));
  await ada.type("charged twice in May");
  await ada.tabTo(words("refund.requestFile"));
  await ada.paste(request);
  await ada.shot("ask");
  await ada.press(SUBMIT);
  await ada.seesElement('[role=dialog] [data-ending="asked"]');
  await ada.shot("asked");
  await ada.press(KEY.Enter);
  await ada.goes("[role=dialog]");
  await ada.seesElement("[data-approval=asked]");
  await ada.shot("waits");
}

/** The second person reads the request in a window of their own, row by row, and approves it. */
async function approvedBy(bob, request, answer) {
  await bob.press("o");
  await bob.seesElement("[role=dialog] form");
  await bob.tabTo(words("approvals.path"));
  await bob.paste(request);
  await bob.press(KEY.Enter);
  await bob.sees(words("approvals.decideTitle"));
  await bob.sees("charged twice in May");
  await bob.seesElement("[role=dialog] [role=grid] [data-row]");
  const shown = await bob.page.run((css) => document.querySelector(css).getAttribute("aria-rowcount"), "[role=dialog] [role=grid]");
  hold(Number(shown) >= ROWS, `the second person is shown ${shown} rows`);
  const warned = await bob.page.run(() => document.querySelectorAll("[role=dialog] [data-warning]:not([data-warning=same_person])").length);
  hold(warned === 0, `the second person is warned of ${warned} things`);
  await bob.shot("decide");
  await bob.tabTo(words("approvals.answerFile"));
  await bob.paste(answer);
  await bob.tabTo(words("approvals.approve"));
  await bob.shot("approve");
  await bob.press(KEY.Enter);
  await bob.sees(words("approvals.approvedTitle"));
  await bob.shot("approved");
  await bob.press(KEY.Escape);
  await bob.goes("[role=dialog]");
}

/** The answer comes back as pasted text. */
async function taken(ada, text) {
  await ada.press("g", "d");
  await ada.sees(words("approvals.openFile"));
  await ada.press("o");
  await ada.seesElement("[role=dialog] form");
  await ada.tabTo(words("approvals.paste"));
  await ada.paste(text);
  await ada.press(SUBMIT);
  await ada.sees(words("approvals.takeTitle"));
  await ada.shot("answer");
  await ada.press(KEY.Enter);
  await ada.sees(words("approvals.takenTitle"));
  await ada.tabTo(words("approvals.openRun"));
  await ada.shot("taken");
  await ada.press(KEY.Enter);
  await ada.goes("[role=dialog]");
  await ada.seesElement("[data-approval=approved]", "Bob");
  await ada.shot("ready");
}

async function begun(ada) {
  await ada.press(SUBMIT);
  await ada.seesElement("[role=dialog] [data-testid=approved]", "Bob");
  await ada.shot("confirm");
  await ada.press(SUBMIT);
  await ada.goes("[role=dialog]");
}

/** After the kill: what was begun is there, and goes on under its approval. */
async function resumed(ada) {
  await ada.seesElement("main h1", words("nav.overview"));
  await ada.press("g", "k");
  const runs = `[role=grid][aria-label="${words("bulk.runsBefore")}"]`;
  await ada.seesElement(`${runs} [data-row]`);
  await ada.shot("runs");
  await ada.press("j");
  await ada.seesElement(`${runs} [data-chosen=true]`);
  await ada.press(KEY.Enter);
  await ada.sees(words("bulkPaused.interrupted"));
  await ada.seesElement("[data-approval=used]", "Bob");
  const [cut] = (await ada.request("list_bulk_runs", { range: {} })).items;
  hold(cut.state === "paused" && cut.to_send > 0, `the run was not cut off half-way: ${JSON.stringify(cut)}`);
  await ada.shot("cut-off");
  await ada.press(SUBMIT);
  await ada.seesElement("[role=dialog] form");
  await ada.shot("go-on");
  await ada.press(SUBMIT);
  await until("the run to end", async () => (await ada.request("list_bulk_runs", { range: {} })).items[0]?.state === "done", 90_000);
  await ada.sees(words("bulkState.done"));
  await ada.shot("done");
}

async function receipted(ada, file, wanted) {
  await ada.press("e");
  await ada.seesElement("[role=dialog] form");
  await ada.tabTo(words("export.path"));
  await ada.paste(file);
  await ada.press(SUBMIT);
  await ada.seesElement("[role=dialog] [role=status]", file, 60_000);
  await ada.shot("receipts");
  await ada.press(KEY.Enter);
  await ada.goes("[role=dialog]");
  const receipts = readFileSync(file, "utf8").trim().split(/\r?\n/).slice(1);
  const approvals = new Set(receipts.map((line) => line.slice(line.lastIndexOf(",") + 1)));
  hold(receipts.length === wanted.size && receipts.every((line) => line.includes(",settled,yes,ch_")), `the receipts say ${receipts.join("\n")}`);
  hold(approvals.size === 1 && !approvals.has(""), `the receipts name the approvals ${[...approvals]}`);
  await ada.press("g", "d");
  await ada.seesElement("[role=treegrid] [data-row]", words("approval.used"));
  await ada.shot("used");
  const book = await ada.request("verify_book");
  hold(book.whole, `the book is not whole: ${JSON.stringify(book)}`);
}

/** All refunds of the vendor, read page by page. */
async function refunds(vendor) {
  const found = [];
  for (let after = ""; ; ) {
    const page = await vendor.get(`/v1/refunds?limit=100${after}`);
    found.push(...page.data);
    if (!page.has_more) return found;
    after = `&starting_after=${page.data.at(-1).id}`;
  }
}

/** At the vendor each payment of the file was refunded once, by its own amount, and nothing else was. */
async function countedOnce(vendor, before, wanted) {
  const known = new Set(before.map((one) => one.id));
  const made = (await refunds(vendor)).filter((one) => !known.has(one.id));
  const given = new Map(made.map((one) => [one.charge, one.amount]));
  hold(made.length === wanted.size && given.size === wanted.size, `the vendor made ${made.length} refunds of ${given.size} payments`);
  for (const [id, minor] of wanted) hold(given.get(id) === minor, `${id} was refunded by ${given.get(id)} and not ${minor}`);
}
