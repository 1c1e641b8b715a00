// The book: what rests on the screen is recorded, filtered, verified, exported; and the evidence of a payment.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { accessible } from "./axe.mjs";
import { check, fillIn, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";

export async function book(browser, desk) {
  const window = await openWindow(browser, desk, {});
  const { page, go, complaints } = window;
  const keys = page.keyboard;
  const folder = mkdtempSync(join(tmpdir(), "paydesk-book-"));
  const shot = (name) => page.screenshot({ path: join(SCREENSHOTS, `book-${name}.png`) });
  const looks = async () => (await desk.call("list_book", { part: "looks", range: { limit: 200 } })).items;
  const said = (line, name) => line.personal.find((one) => one.name === name)?.value;
  const free = () => page.locator("body").click({ position: { x: 5, y: 5 } });

  await test("a search is in the book once its results rested, and not each letter of it", async () => {
    await go("#/payments");
    await page.reload();
    await page.getByRole("grid", { name: "Payments" }).waitFor();
    const before = (await looks()).filter((line) => said(line, "query") !== undefined).length;
    await page.getByRole("combobox").first().pressSequentially("brand:visa status:disputed", { delay: 15 });
    await until("the search rests", async () => (await looks()).some((line) => said(line, "query") === "brand:visa status:disputed"));
    const found = (await looks()).filter((line) => said(line, "query") !== undefined);
    check(found.length === before + 1, `${found.length - before} lines: ${JSON.stringify(found.map((line) => said(line, "query")))}`);
  }, window);

  await test("opening a payment is in the book, and the screen shows it with its filters", async () => {
    const [payment] = (await desk.call("find_payments", { query: "status:disputed", range: { limit: 1 } })).items;
    await go(`#/payments/${payment.own_id}`);
    await page.getByRole("region", { name: "Timeline" }).waitFor();
    await until("it is recorded", async () => (await looks()).some((line) => line.about === payment.id));
    await free();
    await keys.press("g");
    await keys.press("b");
    await page.getByRole("treegrid", { name: "Book" }).waitFor();
    await page.getByText("Payment opened").first().waitFor();
    await shot("1-all");
    await accessible(page, "the book");
    await page.getByRole("button", { name: "Money" }).click();
    await until("only money is listed", async () => (await page.getByText("Payment opened").count()) === 0);
    await page.getByText(/ (decided|ended)$/).first().waitFor();
    await page.getByRole("button", { name: "All" }).click();
    await page.getByLabel("About this id").fill(payment.id);
    await until("only its lines are listed", async () => (await page.getByRole("row").count()) <= 4);
    await page.getByLabel("About this id").fill("");
    await page.getByRole("treegrid", { name: "Book" }).focus();
    await keys.press("j");
    await keys.press("Enter");
    await page.getByText(/in the window|by command|by itself/).first().waitFor();
    await shot("2-line");
    await accessible(page, "a line of the book");
  }, window);

  await test("verifying says that all fits, by one key", async () => {
    await free();
    await keys.press("y");
    await page.getByText(/The book fits: [\d,]+ lines/).waitFor();
    await page.getByText("Head:").waitFor();
    await shot("3-verified");
    await accessible(page, "a book that was verified");
  }, window);

  await test("a broken book names its line", async () => {
    await page.route("**/call/verify_book", (route) => route.fulfill({ contentType: "application/json", body: JSON.stringify({ ok: { whole: false, lines: 9, head: "6:00ff", broken: { line: 7, flaw: "changed" }, kept: 9, since_kept: 0, erased: 1, file_broken: null, file_lines: null } }) }));
    await page.getByRole("button", { name: "Verify" }).click();
    await page.getByText("Line 7 is not what it was when it was written.").waitFor();
    await shot("4-broken");
    await accessible(page, "a broken book");
    await page.unroute("**/call/verify_book");
  }, window);

  await test("the name is given, the book exported, and the file holds nobody's data in the clear", async () => {
    await page.getByRole("button", { name: /^You: / }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("Ada L.");
    await keys.press("Enter");
    await page.getByRole("button", { name: "You: Ada L." }).waitFor();
    const file = join(folder, "book.jsonl");
    await free();
    await keys.press("e");
    await fillIn(page.getByRole("dialog").getByLabel("File"), file);
    await accessible(page, "the dialog that exports the book");
    await keys.press("Enter");
    await page.getByText(/lines written to/).waitFor();
    await shot("5-exported");
    const text = readFileSync(file, "utf8");
    check(text.includes("search_shown") && !text.includes("status:disputed"), "the search stands in the clear");
    const verified = await desk.call("verify_book", { file });
    check(verified.whole, JSON.stringify(verified));
    await keys.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }, window);

  await test("the evidence of a payment is a page of its own with the records beside it", async () => {
    const [refund] = (await desk.call("list_refunds", { states: [], elsewhere: false, range: {} })).items;
    await go(`#/payments/${refund.payment}`);
    await page.getByRole("region", { name: "Timeline" }).waitFor();
    await free();
    await keys.press("p");
    const file = join(folder, "evidence.html");
    await fillIn(page.getByRole("dialog").getByLabel("Page"), file);
    await shot("6-evidence");
    await accessible(page, "the dialog that writes evidence");
    await keys.press("Enter");
    await page.getByText(/Written, with \d+ records? beside it/).waitFor();
    check(existsSync(file) && readdirSync(join(folder, "evidence-attachments")).length > 1, "the files are not there");
    const evidence = await window.context.newPage();
    await evidence.goto(`file://${file}`);
    await evidence.getByRole("heading", { name: /^Payment / }).waitFor();
    await evidence.getByText("refund decided").first().waitFor();
    await evidence.screenshot({ path: join(SCREENSHOTS, "book-7-evidence-page.png"), fullPage: true });
    await evidence.close();
    await keys.press("Escape");
  }, window);

  await test("limits are set on the account, and beyond them a second person is to be asked", async () => {
    const { items: [account] } = await desk.call("list_accounts", {});
    const { items } = await desk.call("find_payments", { query: "status:succeeded currency:usd", range: { limit: 200 } });
    const payment = items.find((one) => one.refunded.minor === "0" && !one.disputed && BigInt(one.captured.minor) > 500n);
    await go("#/accounts");
    await page.getByRole("button", { name: `More for ${account.label}` }).click();
    await page.getByRole("menuitem", { name: "Refund limits" }).click();
    await page.getByLabel("Currency").fill("usd");
    await page.getByLabel("One refund").fill("2.00");
    await accessible(page, "the dialog that sets limits");
    await shot("8-limits");
    await keys.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByText("Limits in USD").waitFor();
    await shot("9-limited");
    await go(`#/payments/${payment.own_id}`);
    await page.getByRole("region", { name: "Timeline" }).waitFor();
    await free();
    await keys.press("r");
    await page.getByTestId("refundable").waitFor();
    await page.getByLabel("Amount").fill("2.00");
    await page.getByRole("button", { name: /^Refund \$2\.00/ }).waitFor();
    await page.getByLabel("Amount").fill("2.01");
    await page.getByText(/above what one person alone may refund at once, which is \$2\.00/).waitFor();
    await page.getByRole("button", { name: /^Ask for approval/ }).waitFor();
    // Nothing is asked here: what asking does is tried with the approvals.
    await shot("10-over-limit");
    await keys.press("Escape");
    await desk.call("set_refund_limits", { label: account.label, currency: "usd" });
  }, window);

  check(complaints.length === 0, complaints.join("\n"));
  rmSync(folder, { recursive: true, force: true });
  await window.context.close();
}
