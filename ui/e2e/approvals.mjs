// A refund above a limit, asked for in one window and approved in another one of another home.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { accessible } from "./axe.mjs";
import { check, fillIn, footInSight, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";

const PASSPHRASE = "correct horse battery staple";

export async function approvals(browser, desk, startAnother) {
  const other = await startAnother();
  try {
    await play(browser, desk, other);
  } finally {
    await desk.call("set_refund_limits", { label: "sandbox", currency: "usd" });
    await other.stop();
  }
}

async function play(browser, desk, other) {
  const ada = await openWindow(browser, desk);
  const bob = await openWindow(browser, other);
  await desk.call("set_refund_limits", { label: "sandbox", currency: "usd", per_refund: "5.00" });
  const payment = (await desk.call("find_payments", { query: "status:succeeded currency:usd amount:>20", range: { limit: 300 } })).items.find((one) => one.refunded.minor === "0" && !one.disputed);
  const folder = (await desk.call("list_exports", {})).folder;
  const request = join(folder.replace(/^~\//, `${process.env.HOME}/`), `approval-request-e2e-${process.pid}.json`);
  const answer = request.replace("request", "answer");
  const written = [];

  await test("each person has a key, and trusts the other's by its text and the passphrase", async () => {
    await ada.go();
    await ada.page.getByRole("heading", { name: "Overview" }).waitFor();
    await ada.page.keyboard.type("gd");
    await ada.page.getByRole("heading", { name: /^Approvals/ }).waitFor();
    await ada.page.getByText("Nothing was asked and nothing was decided here yet.").waitFor();
    await bob.go("#/approvals");
    await bob.page.getByRole("button", { name: "My key" }).click();
    const fingerprint = await bob.page.getByTestId("fingerprint").textContent();
    check(/^([0-9a-f]{4}-){4}[0-9a-f]{4}$/.test(fingerprint ?? ""), `the fingerprint is ${fingerprint}`);
    await accessible(bob.page, "the dialog with the own key");
    await bob.page.screenshot({ path: join(SCREENSHOTS, "approvals-my-key.png") });
    await bob.page.keyboard.press("Escape");
    const keys = { ada: await desk.call("show_my_key", {}), bob: await other.call("show_my_key", {}) };
    await ada.page.keyboard.press("u");
    const dialog = ada.page.getByRole("dialog", { name: "People" });
    await dialog.getByText("Nobody is trusted here yet.").waitFor();
    await dialog.getByLabel("Their public key").fill(keys.bob.key);
    await dialog.getByLabel("Their name here").fill("Bob");
    await dialog.getByLabel("Passphrase").fill("a wrong one");
    await ada.page.keyboard.press("Enter");
    await dialog.locator("[data-error=unlock_wrong_passphrase]").waitFor();
    await dialog.getByLabel("Passphrase").fill(PASSPHRASE);
    await ada.page.keyboard.press("Enter");
    await dialog.getByText(fingerprint).waitFor();
    await accessible(ada.page, "the dialog with people");
    await ada.page.screenshot({ path: join(SCREENSHOTS, "approvals-people.png") });
    await ada.page.keyboard.press("Escape");
    await other.call("trust_approver", { key: keys.ada.key, name: "Ada", passphrase: PASSPHRASE });
  }, ada);

  await test("a refund above the limit asks, and nothing is paid", async () => {
    await ada.go(`#/payments/${payment.own_id}`);
    await ada.page.getByRole("region", { name: "Timeline" }).waitFor();
    await ada.page.keyboard.press("r");
    await ada.page.getByTestId("refundable").waitFor();
    await ada.page.getByLabel(/^Amount/).fill("4.00");
    check(await ada.page.getByTestId("above").count() === 0, "an amount below the limit asks");
    await ada.page.getByLabel(/^Amount/).fill("9.00");
    await ada.page.getByTestId("above").getByText("$5.00").waitFor();
    await fillIn(ada.page.getByLabel("File for the request"), request);
    await ada.page.getByRole("textbox", { name: "Internal note" }).fill("the ring was broken");
    await accessible(ada.page, "the refund form above a limit");
    await ada.page.screenshot({ path: join(SCREENSHOTS, "approvals-ask.png") });
    await ada.page.keyboard.press("Control+Enter");
    await ada.page.locator("[data-ending=asked]").waitFor();
    written.push(request);
    await ada.page.screenshot({ path: join(SCREENSHOTS, "approvals-asked.png") });
    check(readFileSync(request, "utf8").includes('"minor":"900"'), "the file does not hold the amount");
    const after = (await desk.call("list_refunds", { range: {} })).items.filter((one) => one.payment === payment.id);
    check(after.length === 0, "something was refunded");
  }, ada);

  await test("the other person reads the file, sees what would be paid, and approves it", async () => {
    await bob.page.keyboard.press("o");
    const dialog = bob.page.getByRole("dialog", { name: "Open a request or an answer" });
    await dialog.getByLabel("Or its text").fill(readFileSync(request, "utf8").replace('"900"', '"100"'));
    await bob.page.keyboard.press("Control+Enter");
    await dialog.locator("[data-error=approval_forged]").waitFor();
    await bob.page.screenshot({ path: join(SCREENSHOTS, "approvals-forged.png") });
    await dialog.getByLabel("Or its text").fill("");
    await dialog.getByLabel("Path of the file").fill(request);
    await bob.page.keyboard.press("Enter");
    const decide = bob.page.getByRole("dialog", { name: "Somebody asks for your approval" });
    await decide.getByText("the ring was broken").waitFor();
    await decide.getByText("$9.00").waitFor();
    await decide.locator("[data-warning=account_not_here]").waitFor();
    await fillIn(decide.getByLabel("File for the answer"), answer);
    await decide.getByLabel("Passphrase").fill(PASSPHRASE);
    await accessible(bob.page, "the dialog that decides");
    for (const size of [{ width: 900, height: 600 }, { width: 1280, height: 800 }]) {
      await bob.page.setViewportSize(size);
      await footInSight(bob.page);
      await bob.page.screenshot({ path: join(SCREENSHOTS, `approvals-decide-${size.height}.png`) });
    }
    await bob.page.screenshot({ path: join(SCREENSHOTS, "approvals-decide.png") });
    await decide.getByRole("button", { name: "Approve" }).click();
    await bob.page.getByRole("dialog", { name: "Approved" }).waitFor();
    written.push(answer);
    await bob.page.screenshot({ path: join(SCREENSHOTS, "approvals-approved.png") });
    await bob.page.keyboard.press("Escape");
    await bob.page.getByRole("row").filter({ hasText: "$9.00" }).waitFor();
  }, bob);

  await test("a dropped answer is taken, and the refund is issued once, as approved", async () => {
    await ada.page.getByRole("button", { name: "Show approvals" }).click();
    await ada.page.getByRole("heading", { name: /^Approvals/ }).waitFor();
    await ada.page.keyboard.press("o");
    const dialog = ada.page.getByRole("dialog", { name: "Open a request or an answer" });
    const data = await ada.page.evaluateHandle((text) => {
      const transfer = new window.DataTransfer();
      transfer.items.add(new window.File([text], "answer.json", { type: "application/json" }));
      return transfer;
    }, readFileSync(answer, "utf8"));
    await dialog.locator("form").dispatchEvent("drop", { dataTransfer: data });
    const take = ada.page.getByRole("dialog", { name: "The answer to your request" });
    await take.getByText("Bob").waitFor();
    await ada.page.screenshot({ path: join(SCREENSHOTS, "approvals-take.png") });
    await ada.page.keyboard.press("Enter");
    await ada.page.getByRole("dialog", { name: "The answer was taken" }).waitFor();
    await ada.page.keyboard.press("Escape");
    await ada.page.getByRole("row").filter({ hasText: "$9.00" }).click();
    await accessible(ada.page, "the page with approvals");
    await ada.page.screenshot({ path: join(SCREENSHOTS, "approvals-list.png") });
    await ada.page.getByRole("button", { name: "Refund as approved" }).click();
    const issue = ada.page.getByRole("dialog", { name: "Refund as approved" });
    await issue.waitFor();
    await ada.page.screenshot({ path: join(SCREENSHOTS, "approvals-issue.png") });
    await issue.getByRole("button", { name: "Refund $9.00" }).click();
    await ada.page.locator("[data-ending]").waitFor();
    const made = await until("the refund is settled", async () => {
      const found = (await desk.call("list_refunds", { range: {} })).items.filter((one) => one.payment === payment.id);
      return found.length === 1 && found[0].state === "settled" ? found[0] : undefined;
    });
    check(made.amount.minor === "900" && made.approved_by === "Bob", JSON.stringify(made));
    const page = await desk.call("list_approvals", { range: {} });
    check(page.items[0].state === "used", page.items[0].state);
    await ada.page.locator("[data-ending=done]").waitFor();
    await ada.page.keyboard.press("Escape");
    await ada.page.getByText("Used").first().waitFor();
    await ada.page.screenshot({ path: join(SCREENSHOTS, "approvals-used.png") });
  }, ada);

  await test("neither window complained", async () => {
    check(ada.complaints.length === 0 && bob.complaints.length === 0, [...ada.complaints, ...bob.complaints].join("\n"));
  });
  written.forEach((path) => rmSync(path, { force: true }));
  await ada.context.close();
  await bob.context.close();
}
