// A run of refunds above the limits, asked about in one window and approved in another one of another home.
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { accessible } from "./axe.mjs";
import { check, fillIn, footInSight, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";

const PASSPHRASE = "correct horse battery staple";

export async function runApprovals(browser, desk, startAnother) {
  const other = await startAnother();
  const folder = mkdtempSync(join(tmpdir(), "paydesk-run-approvals-"));
  try {
    await play(browser, desk, other, folder);
  } finally {
    await desk.call("set_refund_limits", { label: "sandbox", currency: "usd" });
    rmSync(folder, { recursive: true, force: true });
    await other.stop();
  }
}

async function play(browser, desk, other, folder) {
  const keys = { ada: await desk.call("show_my_key", {}), bob: await other.call("show_my_key", {}) };
  const known = (await desk.call("list_approvers", {})).items.filter((one) => one.removed === null);
  for (const one of known) await desk.call("distrust_approver", { who: one.key });
  await desk.call("trust_approver", { key: keys.bob.key, name: "Bob", passphrase: PASSPHRASE });
  await other.call("trust_approver", { key: keys.ada.key, name: "Ada", passphrase: PASSPHRASE });
  await desk.call("set_refund_limits", { label: "sandbox", currency: "usd", per_refund: "4.00", per_day: "1000.00" });
  const { items } = await desk.call("find_payments", { query: "status:succeeded currency:usd amount:>30", range: { limit: 300 } });
  const whole = items.filter((one) => one.state === "succeeded" && one.refunded.minor === "0" && !one.disputed).slice(-12);
  check(whole.length === 12, "the sandbox has too few payments for this");
  const amount = (place) => (place < 9 ? "1.25" : "6.50");
  const rows = whole.map((one, place) => `${one.id},${amount(place)},requested_by_customer`);
  const { id } = await desk.call("import_bulk", { request_id: randomUUID(), origin: { from: "text", text: `payment,amount,reason\n${rows.join("\n")}\n${rows[0]}\n` } });
  const request = join(folder, "request.json");
  const answer = join(folder, "answer.json");
  const ada = await openWindow(browser, desk);
  const bob = await openWindow(browser, other);
  const shot = (window, name) => window.page.screenshot({ path: join(SCREENSHOTS, `run-approvals-${name}.png`) });

  await test("a run says which limits it goes beyond, and what waits for a second person", async () => {
    await ada.go(`#/bulk/${id}`);
    await ada.page.getByTestId("beyond").getByText(/3 rows above \$4\.00/).waitFor();
    await ada.page.getByRole("button", { name: /^Need approval\s*3/ }).waitFor();
    await accessible(ada.page, "a run beyond a limit");
    await shot(ada, "1-beyond");
  }, ada);

  await test("a second person is asked about all of it by one file", async () => {
    await ada.page.keyboard.press("a");
    const dialog = ada.page.getByRole("dialog", { name: "Ask a second person" });
    await dialog.getByText(/12 refunds on sandbox: 30\.75 USD/).waitFor();
    await dialog.getByText("1 row needs a tick and is not part of it.").waitFor();
    await dialog.getByLabel("Internal note").fill("charged twice in May");
    await fillIn(dialog.getByLabel("File for the request"), request);
    await accessible(ada.page, "the dialog that asks about a run");
    await shot(ada, "2-ask");
    await ada.page.keyboard.press("Control+Enter");
    await ada.page.locator("[data-ending=asked]").waitFor();
    await accessible(ada.page, "a run that was asked about");
    await shot(ada, "3-asked");
    await ada.page.keyboard.press("Enter");
    await ada.page.locator("[data-approval=asked]").waitFor();
    check(readFileSync(request, "utf8").includes(whole[11].id), "the file does not hold the rows");
  }, ada);

  await test("the other person reads count, sum and every row before they sign", async () => {
    await bob.go("#/approvals");
    await bob.page.getByRole("heading", { name: /^Approvals/ }).waitFor();
    await bob.page.keyboard.press("o");
    const dialog = bob.page.getByRole("dialog", { name: "Open a request or an answer" });
    await dialog.getByLabel("Or its text").fill(readFileSync(request, "utf8").replace('"650"', '"651"'));
    await bob.page.keyboard.press("Control+Enter");
    await dialog.locator("[data-error=approval_forged]").waitFor();
    await dialog.getByLabel("Or its text").fill("");
    await dialog.getByLabel("Path of the file").fill(request);
    await bob.page.keyboard.press("Enter");
    const decide = bob.page.getByRole("dialog", { name: "Somebody asks for your approval" });
    await decide.getByText("$30.75 (12 rows)").waitFor();
    await decide.getByText(whole[0].id).waitFor();
    await decide.getByRole("grid", { name: "Rows of the request" }).getByText("$1.25").first().waitFor();
    await fillIn(decide.getByLabel("File for the answer"), answer);
    await decide.getByLabel("Passphrase").fill(PASSPHRASE);
    await accessible(bob.page, "the dialog that decides about a run");
    for (const size of [{ width: 900, height: 600 }, { width: 1280, height: 800 }]) {
      await bob.page.setViewportSize(size);
      await footInSight(bob.page);
      await shot(bob, `4-decide-${size.height}`);
    }
    await decide.getByRole("button", { name: "Approve" }).click();
    await bob.page.getByRole("dialog", { name: "Approved" }).waitFor();
    await bob.page.keyboard.press("Escape");
    await bob.page.getByRole("row").filter({ hasText: "$30.75" }).waitFor();
    await bob.page.getByRole("row").filter({ hasText: "$30.75" }).click();
    await accessible(bob.page, "the list of whoever approved a run");
    await shot(bob, "5-decided");
  }, bob);

  await test("the answer is taken, and leads to the run", async () => {
    await ada.page.keyboard.type("gd");
    await ada.page.getByRole("heading", { name: /^Approvals/ }).waitFor();
    await ada.page.keyboard.press("o");
    const dialog = ada.page.getByRole("dialog", { name: "Open a request or an answer" });
    await dialog.getByLabel("Or its text").fill(readFileSync(answer, "utf8"));
    await ada.page.keyboard.press("Control+Enter");
    await ada.page.getByRole("dialog", { name: "The answer to your request" }).waitFor();
    await ada.page.keyboard.press("Enter");
    const taken = ada.page.getByRole("dialog", { name: "The answer was taken" });
    await taken.getByRole("button", { name: "Open the run" }).waitFor();
    await shot(ada, "6-taken");
    await taken.getByRole("button", { name: "Open the run" }).click();
    await ada.page.locator("[data-approval=approved]").getByText("Bob").waitFor();
    await accessible(ada.page, "a run that was approved");
    await shot(ada, "7-approved");
  }, ada);

  await test("a tick that is taken away makes it another run, until it is there again", async () => {
    await desk.call("tick_bulk_rows", { id, which: { rows: "lines", lines: [4] }, ticked: false });
    await ada.page.locator("[data-approval=changed]").waitFor();
    await shot(ada, "8-changed");
    await desk.call("tick_bulk_rows", { id, which: { rows: "lines", lines: [4] }, ticked: true });
    await ada.page.locator("[data-approval=approved]").waitFor();
  }, ada);

  await test("the run begins under it, sends exactly these rows and says so", async () => {
    await ada.page.getByRole("treegrid").focus();
    await ada.page.keyboard.press("Control+Enter");
    await ada.page.getByTestId("approved").getByText(/Bob/).waitFor();
    await ada.page.getByRole("dialog").getByText(/30\.75 USD/).waitFor();
    await accessible(ada.page, "the last look before an approved run");
    await shot(ada, "9-confirm");
    await ada.page.keyboard.press("Control+Enter");
    await until("the run to end", async () => (await desk.call("show_bulk_run", { id })).state === "done");
    await ada.page.getByRole("button", { name: /^Settled\s*12/ }).waitFor();
    await ada.page.locator("[data-approval=used]").waitFor();
    const run = await desk.call("show_bulk_run", { id });
    const settled = run.totals.find((one) => one.state === "settled");
    check(settled.rows === 12 && settled.amount.minor === "3075", JSON.stringify(run.totals));
    await shot(ada, "10-done");
  }, ada);

  for (const look of [{ name: "dark", dark: true }, { name: "narrow", width: 900, height: 600 }]) {
    const window = await openWindow(browser, other, look);
    await test(`somebody's run in ${look.name}`, async () => {
      await window.go("#/approvals");
      await window.page.getByRole("heading", { name: /^Approvals/ }).waitFor();
      await window.page.keyboard.press("o");
      await window.page.getByLabel("Path of the file").fill(request);
      await window.page.keyboard.press("Enter");
      await window.page.getByRole("grid", { name: "Rows of the request" }).waitFor();
      await accessible(window.page, `somebody's run in ${look.name}`);
      await shot(window, `read-${look.name}`);
    }, window);
    await window.context.close();
  }

  await test("neither window of the run complained", () => check(ada.complaints.length === 0 && bob.complaints.length === 0, [...ada.complaints, ...bob.complaints].join("\n")));
  await ada.context.close();
  await bob.context.close();
}
