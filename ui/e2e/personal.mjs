// U13: whoever shares their screen hides personal data by one key, in all of the window and until they show it again.
import { randomUUID } from "node:crypto";
import { join } from "node:path";

import { accessible } from "./axe.mjs";
import { check, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";

const EMAIL = "ann.hidden@example.com";
const NAME = "Ann Hidden-Person";
const ABOUT = "boots for the wedding";
const NOTE = "she called twice about it";
const PERSONAL = [EMAIL, NAME, ABOUT, NOTE, /(····|ending in)\s*4242/, /[\w.+-]+@[\w-]+\.\w{2,}/];

export async function personal(browser, desk) {
  const window = await openWindow(browser, desk);
  const dark = await openWindow(browser, desk, { dark: true });
  try {
    await play(desk, window, dark);
  } finally {
    await desk.call("set_refund_limits", { label: "sandbox", currency: "usd" });
    await window.context.close();
    await dark.context.close();
  }
}

async function play(desk, window, dark) {
  const { page, go, complaints } = window;
  const keys = page.keyboard;
  const shot = (name) => page.screenshot({ path: join(SCREENSHOTS, `personal-${name}.png`) });
  const payer = await made(desk);
  const sign = page.getByRole("button", { name: "Personal data hidden" });
  const bars = () => page.locator("[data-personal=hidden]").count();

  await test("u13 one key hides what tells of payers in the list, and the window says so all the while", async () => {
    await go(`#/payments?q=${encodeURIComponent(EMAIL)}`);
    await page.reload();
    await page.getByRole("gridcell", { name: ABOUT }).first().waitFor();
    check((await bars()) === 0 && (await sign.count()) === 0, "something is hidden from the start");
    await shot("1-shown");
    await keys.press("Alt+h");
    await sign.waitFor();
    await hidden(page, "the list of payments");
    check((await bars()) >= 6, "the bars are missing");
    const widths = await page.locator("[data-personal=hidden]").evaluateAll((all) => [...new Set(all.map((one) => one.getBoundingClientRect().width))]);
    check(widths.length === 1, `the bars tell the length: ${widths}`);
    check((await page.getByRole("combobox").first().inputValue()) === "", "the search is still to be read");
    check((await page.getByText(payer.payment.id).count()) > 0, "the id of the payment is hidden too");
    await accessible(page, "a list with hidden personal data");
    await shot("2-hidden");
    // Whoever writes sees what they write.
    await page.getByRole("combobox").first().focus();
    check((await page.getByRole("combobox").first().inputValue()) === EMAIL, "the search is lost");
  }, window);

  await test("u13 it lasts when the window is loaded anew, and looking is recorded as ever", async () => {
    const looks = async () => (await desk.call("list_book", { part: "looks", range: { limit: 20 } })).items;
    // The same search within ten minutes would be the same look.
    const other = `${EMAIL} currency:usd`;
    await go(`#/payments?q=${encodeURIComponent(other)}`);
    await page.reload();
    await sign.waitFor();
    await page.getByRole("grid", { name: "Payments" }).waitFor();
    await hidden(page, "the list after a reload");
    await until("the search is in the book", async () => (await looks()).some((line) => line.personal.some((one) => one.value === other)));
  }, window);

  await test("u13 nothing of a payer is on the payment, in its dialogs and on the customer", async () => {
    await go(`#/payments/${payer.payment.own_id}`);
    await page.getByRole("region", { name: "Timeline" }).waitFor();
    await hidden(page, "the payment");
    await accessible(page, "a payment with hidden personal data");
    await shot("3-payment");
    await keys.press("r");
    await page.getByTestId("refundable").waitFor();
    await page.getByLabel("Amount", { exact: false }).first().fill("1.00");
    await page.getByText(/goes back to/).waitFor();
    await hidden(page, "the form of a refund");
    await page.getByLabel("Internal note").fill("a note of mine");
    await page.getByLabel("Internal note").press("Tab");
    check((await page.getByLabel("Internal note").inputValue()) === "", "a note is to be read after it was written");
    await shot("4-refund");
    await keys.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await keys.press("w");
    await page.locator("[data-question]").first().waitFor();
    await hidden(page, "the answers");
    await shot("5-answers");
    // Before somebody looks over one's shoulder there is no time to close a dialog first.
    await keys.press("Alt+h");
    await page.getByRole("dialog").getByText(/ending in 4242/).first().waitFor();
    await keys.press("Alt+h");
    await hidden(page, "the answers again");
    await keys.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await go(`#/customers/${payer.customer}`);
    await page.getByRole("region", { name: "Saved payment methods" }).waitFor();
    await hidden(page, "the customer");
    await shot("6-customer");
  }, window);

  await test("u13 nothing of a payer is in refunds, runs, approvals, the book, SQL and the overview", async () => {
    await go("#/refunds");
    await page.getByRole("treegrid", { name: "Refunds" }).waitFor();
    await openFirst(page);
    await page.getByText("What it means").waitFor();
    await hidden(page, "the refunds");
    await go(`#/bulk/${payer.run}`);
    await page.getByRole("treegrid", { name: "Rows of the run" }).waitFor();
    await openFirst(page);
    await page.getByText("In the file").first().waitFor();
    await hidden(page, "a run");
    await shot("7-run");
    await go("#/approvals");
    await openFirst(page);
    await page.getByTestId("money").waitFor();
    await hidden(page, "the approvals");
    await go("#/book");
    await page.getByRole("treegrid", { name: "Book" }).waitFor();
    await page.getByRole("row").filter({ hasText: "Refund decided" }).first().click();
    await page.getByText(/in the window|by command|by itself/).first().waitFor();
    check((await bars()) >= 3, "the book hides nothing");
    await hidden(page, "the book");
    await shot("8-book");
    await go("#/sql");
    await page.getByLabel("Question in SQL").fill(`select email, name, id from v_customers where email = '${EMAIL}'`);
    await page.getByRole("button", { name: /^Ask/ }).click();
    await page.getByRole("grid").waitFor();
    await hidden(page, "an answer in SQL");
    await go("#/");
    await page.getByText("Why payments failed").waitFor();
    await hidden(page, "the overview");
  }, window);

  await test("u13 the sheet of keys says when to use it, and the same key shows all again", async () => {
    await keys.press("?");
    await page.getByRole("dialog").getByText(/before you share your screen/).waitFor();
    await keys.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    check(/before you share your screen/.test((await sign.getAttribute("title")) ?? ""), "the control does not say when to use it");
    await go(`#/customers/${payer.customer}`);
    await page.getByRole("region", { name: "Saved payment methods" }).waitFor();
    await keys.press("Alt+h");
    await page.getByText(EMAIL).first().waitFor();
    check((await bars()) === 0 && (await sign.count()) === 0, "something stayed hidden");
    await page.reload();
    await page.getByText(EMAIL).first().waitFor();
    check(complaints.length === 0, complaints.join("\n"));
  }, window);

  await test("u13 in the dark it looks as clear, and by the mouse it works too", async () => {
    await dark.go(`#/payments?q=${encodeURIComponent(EMAIL)}`);
    await dark.page.getByRole("gridcell", { name: ABOUT }).first().waitFor();
    await dark.page.getByRole("button", { name: "Hide personal data" }).click();
    await dark.page.getByRole("button", { name: "Personal data hidden" }).waitFor();
    await hidden(dark.page, "the list in the dark");
    await accessible(dark.page, "a dark list with hidden personal data");
    await dark.page.screenshot({ path: join(SCREENSHOTS, "personal-9-dark.png") });
    await dark.go(`#/payments/${payer.payment.own_id}`);
    await dark.page.getByRole("region", { name: "Timeline" }).waitFor();
    await dark.page.screenshot({ path: join(SCREENSHOTS, "personal-10-dark-payment.png") });
  }, dark);
}

/** Somebody with all that can be known of a payer: a payment, a refund with a note, a row of a run, a request. */
async function made(desk) {
  const customer = await desk.call("create_customer", { request_id: randomUUID(), name: NAME, description: ABOUT, email: EMAIL, payment_method: "pm_card_visa" });
  for (const amount of ["31.00", "32.00"]) {
    await desk.call("create_payment", { request_id: randomUUID(), amount, currency: "USD", customer: customer.id, payment_method: "pm_card_visa", confirm: true, capture_later: false, description: ABOUT });
  }
  await desk.call("start_sync", { wait: true });
  const all = async () => (await desk.call("find_payments", { query: `customer:${customer.id}`, range: {} })).items;
  await until("the payments are mirrored", async () => (await all()).length === 2);
  const [payment, other] = await all();
  await desk.call("issue_refund", { request_id: randomUUID(), payment: payment.own_id, amount: { choice: "exactly", amount: "2.00" }, note: NOTE, wait_ms: 20_000 });
  const run = await desk.call("import_bulk", { request_id: randomUUID(), origin: { from: "text", text: `email,amount,note\n${EMAIL},1.00,${NOTE}\n` } });
  await desk.call("set_refund_limits", { label: "sandbox", currency: "usd", per_refund: "20.00" });
  await desk.call("ask_approval", { request_id: randomUUID(), payment: other.own_id, amount: { choice: "exactly", amount: "25.00" }, note: NOTE });
  return { customer: customer.id, payment, run: run.id };
}

async function openFirst(page) {
  await page.getByRole("treegrid").first().focus();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
}

/** Fails where anything of a payer is in the page, seen or not: text, labels, titles and values. */
async function hidden(page, where) {
  await page.locator("button").filter({ hasText: "Personal data hidden" }).waitFor();
  const all = await page.evaluate(() => `${document.title} ${document.documentElement.outerHTML} ${[...document.querySelectorAll("input, textarea")].map((one) => one.value).join(" ")}`);
  for (const one of PERSONAL) {
    const at = typeof one === "string" ? all.indexOf(one) : all.search(one);
    check(at < 0, `${where} shows ${one}: ${all.slice(Math.max(0, at - 120), at + 80)}`);
  }
}
