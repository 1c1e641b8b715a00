// The find box, its second answer, the order of the rows, and questions in SQL.
import { join } from "node:path";

import { accessible } from "./axe.mjs";
import { check, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";

export async function finding(browser, desk) {
  const window = await openWindow(browser, desk, {});
  const { page, go, complaints } = window;
  const keys = page.keyboard;
  const shot = (name) => page.screenshot({ path: join(SCREENSHOTS, `finding-${name}.png`) });
  const value = () => page.getByRole("combobox").inputValue();

  await test("the count and the totals by currency come beside the rows", async () => {
    await go("#/payments");
    await page.getByRole("grid", { name: "Payments" }).waitFor();
    const counted = await desk.call("count_payments", { query: "", exact: true });
    const title = page.getByRole("heading", { level: 1 });
    await until("the count is there", async () => (await title.innerText()).includes(`${counted.payments.toLocaleString("en")} payments`));
    check((await title.innerText()).includes("$") || counted.totals.every((one) => one.amount.currency !== "USD"), "no total in dollars");
    await shot("1-count");
    await page.setViewportSize({ width: 900, height: 600 });
    await shot("2-small");
    await page.setViewportSize({ width: 1280, height: 800 });
    const cut = await page.locator('[role="gridcell"] time').evaluateAll((all) => all.filter((one) => one.parentElement.scrollWidth > one.parentElement.clientWidth).length);
    check(cut === 0, `${cut} times are cut`);
  }, window);

  await test("words are offered, taken by keys and put away", async () => {
    const find = page.getByRole("combobox");
    await find.click();
    await keys.type("stat");
    const list = page.getByRole("listbox");
    await list.waitFor();
    await shot("3-offers");
    await accessible(page, "the offers of the find box");
    await keys.press("Tab");
    await until("the field word is taken", async () => (await value()).startsWith("status:"));
    await keys.type("fai");
    await list.getByRole("option", { name: "failed" }).waitFor();
    await keys.press("ArrowDown");
    check((await list.getByRole("option", { selected: true }).count()) === 1, "no offer is chosen");
    await keys.press("Enter");
    await until("the value is taken", async () => (await value()).trim() === "status:failed");
    await keys.type("cur");
    await list.waitFor();
    await keys.press("Escape");
    await list.waitFor({ state: "detached" });
    check((await value()) === "status:failed cur", "Escape took more than the list away");
  }, window);

  await test("a slip is underlined and the nearest word is one click away", async () => {
    await go("#/payments?q=stauts:failed");
    await page.getByRole("button", { name: "Use status" }).click();
    await page.getByRole("grid", { name: "Payments" }).waitFor();
    check((await value()) === "status:failed", "the word was not exchanged");
  }, window);

  await test("a header orders the rows by writing the search's own word", async () => {
    await go("#/payments");
    await page.getByRole("grid").waitFor();
    await until("the totals are there", async () => (await page.getByRole("heading", { level: 1 }).innerText()).includes("$"));
    await page.getByRole("columnheader", { name: "Created" }).getByRole("button").click();
    await page.locator('[role="columnheader"][aria-sort="ascending"]').waitFor();
    check((await value()) === "sort:created", await value());
    await page.getByRole("columnheader", { name: "Amount" }).getByRole("button").click();
    await page.locator('[role="columnheader"][aria-sort="descending"]').waitFor();
    check(/^sort:-amount currency:[a-z]{3}$/.test(await value()), await value());
    await shot("4-sorted");
  }, window);

  await test("the words of the search stand on one sheet", async () => {
    await page.getByRole("button", { name: "What can be searched for" }).click();
    await page.getByRole("dialog").getByText("status:", { exact: true }).waitFor();
    await shot("5-help");
    await accessible(page, "the help of the find box");
    await keys.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }, window);

  await test("a pasted message says that only what tells a payment was looked for", async () => {
    const found = await desk.call("find_payments", { query: "status:succeeded", range: { limit: 100 } });
    // The newest payments are those of other tests, some of them without an email or with a hostile one.
    const payment = found.items.find((one) => /^[\w.+-]+@[\w.-]+$/.test(one.email ?? ""));
    check(payment, "no payment has a plain email");
    const text = `Hello, I was charged twice, please help! ${payment.email}`;
    await go(`#/payments?q=${encodeURIComponent(text)}`);
    await page.getByRole("grid", { name: "Payments" }).waitFor();
    await page.getByText(/^Nothing fits the whole text/).waitFor();
    await shot("6-relaxed");
    await accessible(page, "payments of a pasted message");
    await go(`#/payments?q=${encodeURIComponent(payment.email)}`);
    await page.getByText(/^Nothing fits the whole text/).waitFor({ state: "detached" });
  }, window);

  await test("a search that looked only so far says how far, and goes on when asked", async () => {
    // The sandbox is small, so the first answer is cut short as a budget does it; its cursor is the Desk's own.
    await page.route("**/call/find_payments", async (route) => {
      const asked = route.request().postDataJSON();
      if (asked.range.after !== undefined) return route.continue();
      const response = await route.fetch({ postData: JSON.stringify({ ...asked, range: { limit: 3 } }) });
      const { ok: found } = await response.json();
      return route.fulfill({ response, json: { ok: { ...found, looked_back_to: found.items.at(-1).created } } });
    });
    await go("#/payments?q=brand:visa");
    const rows = () => page.locator('[role="grid"] [role="gridcell"] time').count();
    await page.getByText(/^Looked as far as/).waitFor();
    await until("three rows are there", async () => (await rows()) === 3);
    await shot("7-further");
    await accessible(page, "a search that goes on when asked");
    await page.getByRole("button", { name: "Look further" }).click();
    await page.getByText(/^Looked as far as/).waitFor({ state: "detached" });
    await until("there are more rows", async () => (await rows()) > 3);
    await page.unroute("**/call/find_payments");
  }, window);

  await test("a search sorted by amount says to which amount it looked", async () => {
    await page.route("**/call/find_payments", async (route) => {
      const asked = route.request().postDataJSON();
      if (asked.range.after !== undefined) return route.continue();
      const response = await route.fetch({ postData: JSON.stringify({ ...asked, range: { limit: 3 } }) });
      const { ok: found } = await response.json();
      return route.fulfill({ response, json: { ok: { ...found, looked_to_amount: { minor: "123456", currency: "USD" } } } });
    });
    await go(`#/payments?q=${encodeURIComponent("sort:-amount currency:usd")}`);
    await page.getByText("Looked at all of more than $1,234.56").waitFor();
    await shot("7-further-amounts");
    await page.getByRole("button", { name: "Look further" }).click();
    await page.getByText(/^Looked at all of/).waitFor({ state: "detached" });
    await page.unroute("**/call/find_payments");
    await go(`#/payments?q=${encodeURIComponent("status:failed or status:pending")}`);
    await page.getByRole("grid", { name: "Payments" }).waitFor();
    await shot("7-lowercase-or");
  }, window);

  await test("a question in SQL is answered, and a mistake has its place", async () => {
    await go("#/sql");
    const editor = page.getByRole("textbox", { name: "Question in SQL" });
    await editor.fill("select currency, count(*) as payments, sum(amount_minor) as minor_units from v_payments group by currency order by 2 desc");
    await editor.press("Control+Enter");
    await page.getByRole("grid").waitFor();
    await shot("8-sql");
    await accessible(page, "an answer in SQL");
    await editor.fill("select id from v_paymnts");
    await editor.press("Control+Enter");
    await page.getByText(/line 1, column 16/).waitFor();
    await page.getByRole("button", { name: "Show the place" }).click();
    check((await editor.evaluate((field) => field.selectionStart)) === 15, "the caret is elsewhere");
    await editor.fill("delete from payments");
    await editor.press("Control+Enter");
    await page.getByText(/must begin with SELECT/).waitFor();
    await shot("9-sql-refused");
    await page.setViewportSize({ width: 900, height: 600 });
    await shot("10-sql-small");
  }, window);

  await test("the find box leaves no complaint", async () => {
    check(complaints.length === 0, complaints.join("\n"));
  }, window);
  await window.context.close();
}
