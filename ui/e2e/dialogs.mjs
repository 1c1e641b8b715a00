// Every dialog in a small window: what decides is in sight without scrolling, and Escape is the dialog's.
import { randomUUID } from "node:crypto";
import { join } from "node:path";

import { accessible } from "./axe.mjs";
import { check, footInSight, openWindow, SCREENSHOTS, test } from "./harness.mjs";

export async function dialogs(browser, desk) {
  const window = await openWindow(browser, desk, { width: 900, height: 600 });
  const { page, go, complaints } = window;
  const keys = page.keyboard;
  const { items } = await desk.call("find_payments", { query: "status:succeeded currency:usd amount:>25", range: { limit: 200 } });
  const [payment, other] = items.filter((one) => one.refunded.minor === "0" && !one.disputed && one.state === "succeeded");
  const customer = items.find((one) => one.customer !== null).customer;
  const run = await desk.call("import_bulk", { request_id: randomUUID(), origin: { from: "text", text: `payment,amount\n${payment.id},1.00\n` } });
  await desk.call("set_refund_limits", { label: "sandbox", currency: "usd", per_refund: "2.00" });
  const above = await desk.call("import_bulk", { request_id: randomUUID(), origin: { from: "text", text: `payment,amount\n${other.id},3.00\n` } });

  const click = (name) => () => page.getByRole("button", { name }).first().click();
  const account = (name) => async () => {
    await page.getByRole("button", { name: "More for sandbox" }).click();
    await page.getByRole("menuitem", { name, exact: true }).click();
  };
  const press = (key) => () => keys.press(key);
  const timeline = () => page.getByRole("region", { name: "Timeline" });
  const list = () => page.getByRole("grid", { name: "Payments" });
  const accounts = () => page.getByRole("button", { name: "More for sandbox" });
  const person = () => page.getByRole("region", { name: "Saved payment methods" });
  const mirror = () => page.getByRole("button", { name: "Back up" });
  const all = [
    ["help", "#/payments", list, press("?")],
    ["find-help", "#/payments", list, click("What can be searched for")],
    ["export", "#/payments", list, press("e")],
    ["share", "#/payments", list, click("Share saved views")],
    ["save-view", "#/payments?q=status%3Asucceeded", list, press("v")],
    ["refund", `#/payments/${payment.own_id}`, timeline, async () => { await keys.press("r"); await page.getByTestId("refundable").waitFor(); }],
    ["refund-above", `#/payments/${payment.own_id}`, timeline, async () => {
      await keys.press("r");
      await page.getByTestId("refundable").waitFor();
      await page.getByLabel(/^Amount/).fill("9.00");
      await page.getByLabel("Reason").selectOption("fraudulent");
      await page.getByTestId("above").waitFor();
    }],
    ["answers", `#/payments/${payment.own_id}`, timeline, async () => { await keys.press("w"); await page.locator("[data-question]").first().waitFor(); }],
    ["evidence", `#/payments/${payment.own_id}`, timeline, press("p")],
    ["person-copy", `#/customers/${customer}`, person, click("Copy their data")],
    ["person-erase", `#/customers/${customer}`, person, click("Erase")],
    ["approvals-my-key", "#/approvals", () => page.getByRole("button", { name: "My key" }), click("My key")],
    ["approvals-people", "#/approvals", () => page.getByRole("button", { name: "My key" }), press("u")],
    ["approvals-open", "#/approvals", () => page.getByRole("button", { name: "My key" }), press("o")],
    ["bulk-run", `#/bulk/${run.id}`, () => page.getByRole("treegrid"), press("Control+Enter")],
    ["bulk-receipts", `#/bulk/${run.id}`, () => page.getByRole("treegrid"), press("e")],
    ["bulk-cancel", `#/bulk/${run.id}`, () => page.getByRole("treegrid"), click(/^Cancel/)],
    ["bulk-ask", `#/bulk/${above.id}`, () => page.getByRole("treegrid"), press("a")],
    ["book-export", "#/book", () => page.getByRole("treegrid", { name: "Book" }), press("e")],
    ["book-name", "#/book", () => page.getByRole("treegrid", { name: "Book" }), click(/^You:/)],
    ["connect", "#/accounts", accounts, click("Connect an account")],
    ["rename", "#/accounts", accounts, account("Rename")],
    ["zone", "#/accounts", accounts, account("Days of another time zone")],
    ["limits", "#/accounts", accounts, account("Refund limits")],
    ["write-key", "#/accounts", accounts, account("Key for refunds")],
    ["remove", "#/accounts", accounts, account("Remove")],
    ["restore", "#/accounts", mirror, click("Restore")],
    ["rekey", "#/accounts", mirror, click("Change the key")],
  ];
  for (const [name, hash, ready, open] of all) {
    await test(`the dialog ${name} shows what decides in a window of 900 by 600`, async () => {
      await go(hash);
      await page.reload();
      await ready().first().waitFor();
      await open();
      await page.getByRole("dialog").waitFor();
      await page.screenshot({ path: join(SCREENSHOTS, `dialog-${name}.png`) });
      await footInSight(page);
      await accessible(page, `the dialog ${name}`);
      await keys.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }, window);
  }

  await test("Escape is the dialog's although a note lies on top, and the note stays to be read", async () => {
    await go(`#/payments/${payment.own_id}`);
    await page.reload();
    await timeline().waitFor();
    await keys.press("w");
    await page.locator("[data-question]").first().waitFor();
    await keys.press("1");
    const note = page.getByText(/^Copied$|clipboard could not/).first();
    await note.waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, "dialog-note.png") });
    await footInSight(page);
    await keys.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached", timeout: 1_500 });
    check((await note.count()) > 0, "the note was closed too");
    check(complaints.length === 0, complaints.join("\n"));
  }, window);
  await desk.call("set_refund_limits", { label: "sandbox", currency: "usd" });
  await window.context.close();
}
