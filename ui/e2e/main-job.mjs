// The main job by keyboard alone: open the sandbox, see the sync, find by a pasted email, refund a part,
// see it on the timeline and in the journal.
import { check, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";
import { accessible } from "./axe.mjs";
import { join } from "node:path";

export async function mainJob(browser, desk) {
  const window = await openWindow(browser, desk);
  const { page, go, complaints } = window;
  const keys = page.keyboard;
  const shot = (name) => page.screenshot({ path: join(SCREENSHOTS, `job-${name}.png`) });
  let payment;

  await test("first run: the sandbox opens with one key", async () => {
    await go();
    await page.getByRole("heading", { name: "Welcome to Paydesk" }).waitFor();
    await accessible(page, "the first page");
    await shot("1-first-run");
    await keys.press("Enter");
    await page.getByRole("grid", { name: "Payments" }).waitFor();
    await shot("2-syncing");
  }, window);

  await test("the sync is shown until it is complete", async () => {
    await page.locator("[data-sync=complete]").waitFor({ timeout: 180_000 });
    await page.getByText(/As of/).first().waitFor();
    const found = await desk.call("find_payments", { query: "status:succeeded currency:usd", range: { limit: 200 } });
    // Refunds here are to leave at once; undo.mjs looks at the window.
    await desk.call("set_undo_window", { seconds: 0 });
    payment = found.items.find((one) => one.email !== null && BigInt(one.amount.minor) > 1_000n && one.refunded.minor === "0" && !one.disputed);
    check(payment, "the sandbox has no payment that could be refunded");
  }, window);

  await test("a pasted email finds the payment, and Enter opens it", async () => {
    await page.evaluate((email) => navigator.clipboard.writeText(email), payment.email);
    let answer = () => {};
    const entered = new Promise((resolve) => { answer = resolve; });
    await page.route("**/call/find_payments", async (route) => {
      await entered;
      await route.continue();
    });
    await keys.press("/");
    await keys.press("Control+v");
    // Enter before the answer is there: no row of the list before may be chosen or opened by it.
    await keys.press("Enter");
    await keys.press("Enter");
    answer();
    await page.unroute("**/call/find_payments");
    const { payments: total } = await desk.call("count_payments", { query: payment.email, exact: true });
    await until("the list shows the payments of one email", async () =>
      (await page.getByRole("grid").getAttribute("aria-rowcount")) === String(total + 1) && (await chosenRow(page)) !== null);
    await shot("3-found");
    for (let step = 0; step < 50 && (await chosenRow(page)) !== payment.own_id; step += 1) await keys.press("j");
    check((await chosenRow(page)) === payment.own_id, "the keys do not reach the payment");
    await keys.press("Enter");
    await page.getByRole("region", { name: "Timeline" }).waitFor();
    await shot("4-payment");
  }, window);

  await test("what is left is shown before anything is typed, and a part goes back once", async () => {
    let sent = 0;
    page.on("request", (request) => { if (request.url().endsWith("/call/issue_refund")) sent += 1; });
    await keys.press("r");
    await page.getByTestId("refundable").waitFor();
    check((await page.getByLabel("Amount in USD").inputValue()) === "", "an amount was filled in before it was read");
    await accessible(page, "the refund dialog");
    await keys.type("1.00");
    await page.getByText(/stays refundable/).waitFor();
    await shot("5-refund");
    await Promise.all([keys.press("Control+Enter"), keys.press("Control+Enter"), keys.press("Enter")]);
    await page.locator("[data-ending=done],[data-ending=pending]").waitFor();
    check(sent === 1, `${sent} requests were sent for one refund`);
    await shot("6-refunded");
    await keys.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }, window);

  await test("the refund is on the timeline and in the journal", async () => {
    await page.getByRole("region", { name: "Timeline" }).getByText("Refund from Paydesk: Settled").waitFor();
    await page.getByRole("region", { name: "Timeline" }).getByText(/^Refund (succeeded|pending)$/).first().waitFor();
    await shot("7-timeline");
    await keys.press("g");
    await keys.press("r");
    const journal = page.getByRole("treegrid", { name: "Refunds" });
    await journal.getByRole("gridcell", { name: "$1.00" }).first().waitFor();
    await shot("8-journal");
    const listed = await desk.call("list_refunds", { states: [], elsewhere: false, range: {} });
    check(listed.items.filter((one) => one.payment === payment.id).length === 1, "the journal does not hold exactly one refund");
  }, window);

  await test("Escape goes back to the list as it was, and the focus returns from dialogs", async () => {
    await keys.press("g");
    await keys.press("p");
    await page.getByRole("grid", { name: "Payments" }).waitFor();
    await keys.press("j");
    const left = await chosenRow(page);
    await keys.press("Enter");
    await page.getByRole("region", { name: "Timeline" }).waitFor();
    await keys.press("Escape");
    await page.getByRole("grid", { name: "Payments" }).waitFor();
    check((await chosenRow(page)) === left, "the list forgot where it was left");
    await page.getByRole("button", { name: "Keyboard shortcuts" }).focus();
    await keys.press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await accessible(page, "the help sheet");
    await keys.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    check(await page.getByRole("button", { name: "Keyboard shortcuts" }).evaluate((one) => one === document.activeElement), "the focus did not return");
  }, window);

  await test("the page asked nobody else and broke no rule of the content policy", () => {
    check(complaints.length === 0, complaints.join("\n"));
  }, window);
  await window.context.close();
}

/** The id of the row that the grid says is the active one. */
function chosenRow(page) {
  return page.evaluate(() => {
    const id = document.querySelector("[role=grid]")?.getAttribute("aria-activedescendant");
    return id === null || id === undefined ? null : (document.getElementById(id)?.getAttribute("data-row") ?? null);
  });
}
