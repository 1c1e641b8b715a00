// The undo window: the countdown in the dialog, undo by key, what leaves by itself, and the queue by state.
import { check, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";
import { accessible } from "./axe.mjs";
import { join } from "node:path";

export async function undo(browser, desk) {
  const window = await openWindow(browser, desk);
  const { page, go, complaints } = window;
  const keys = page.keyboard;
  const shot = (name) => page.screenshot({ path: join(SCREENSHOTS, `undo-${name}.png`) });
  const { items } = await desk.call("find_payments", { query: "status:succeeded currency:usd", range: { limit: 300 } });
  const free = items.filter((one) => BigInt(one.amount.minor) > 1_000n && one.refunded.minor === "0" && !one.disputed).slice(-4);
  const journal = async (payment) => (await desk.call("list_refunds", { range: { limit: 500 } })).items.filter((one) => one.payment === payment.id);
  const ask = async (payment, amount) => {
    await go(`#/payments/${payment.own_id}`);
    await page.reload();
    await page.getByRole("region", { name: "Timeline" }).waitFor();
    await keys.press("r");
    await page.getByTestId("refundable").waitFor();
    await keys.type(amount);
    await page.getByText(/stays refundable.* It waits \d+ seconds before it leaves/).waitFor();
    await keys.press("Control+Enter");
  };

  await test("the undo window is chosen under Accounts", async () => {
    await go("#/accounts");
    await page.reload();
    await page.getByLabel("Wait before a refund leaves").selectOption("60");
    await until("the Desk keeps it", async () => (await desk.call("show_home", {})).undo_seconds === 60);
    await page.getByRole("heading", { name: "Undo window of refunds" }).scrollIntoViewIfNeeded();
    await shot("setting");
  }, window);

  await test("a refund counts down, and one key takes it back", async () => {
    await ask(free[0], "1.25");
    await page.locator("[data-ending=waiting]").waitFor();
    const left = async () => Number(/in (\d+) s/.exec(await page.getByRole("timer").innerText())?.[1]);
    const first = await left();
    await until("the countdown goes on", async () => (await left()) < first);
    await accessible(page, "the countdown");
    await shot("counting");
    await keys.press("z");
    await page.locator("[data-ending=canceled]").waitFor();
    await shot("undone");
    const [undone] = await journal(free[0]);
    check(undone.state === "canceled" && undone.refund_id === null, JSON.stringify(undone));
    await keys.press("Enter");
  }, window);

  await test("a refund that waits stands in the queue with its countdown, and is undone there by key", async () => {
    await ask(free[1], "1.50");
    await page.locator("[data-ending=waiting]").waitFor();
    await keys.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await keys.press("g");
    await keys.press("r");
    const queue = page.getByRole("treegrid", { name: "Refunds" });
    await queue.getByRole("gridcell", { name: "$1.50" }).waitFor();
    await queue.getByRole("timer").first().waitFor();
    await page.getByRole("button", { name: /^Waiting 1$/ }).waitFor();
    await keys.press("]");
    await keys.press("]");
    await page.getByRole("button", { name: /^Waiting/, pressed: true }).waitFor();
    await until("only what waits is listed", async () => (await queue.getAttribute("aria-rowcount")) === "2");
    await queue.focus();
    await keys.press("Home");
    await keys.press("Enter");
    await page.getByText("Yes, here: nothing has left yet.").waitFor();
    await accessible(page, "the queue");
    await shot("queue");
    await queue.focus();
    await keys.press("z");
    await until("it is taken back", async () => (await journal(free[1]))[0].state === "canceled");
    await page.getByText("No refund in this state").waitFor();
  }, window);

  await test("what nobody undoes leaves when its time is over, once", async () => {
    await desk.call("set_undo_window", { seconds: 3 });
    await ask(free[2], "1.75");
    await page.locator("[data-ending=waiting]").waitFor();
    await page.locator("[data-ending=done],[data-ending=pending]").waitFor();
    const made = await journal(free[2]);
    check(made.length === 1 && made[0].state === "settled", JSON.stringify(made));
    await shot("left");
    await keys.press("Enter");
  }, window);

  await test("send now does not wait", async () => {
    await desk.call("set_undo_window", { seconds: 60 });
    await ask(free[3], "2.00");
    await page.getByRole("button", { name: "Send now" }).click();
    await page.locator("[data-ending=done],[data-ending=pending]").waitFor();
    check((await journal(free[3])).length === 1, "it was not sent once");
    await desk.call("set_undo_window", { seconds: 0 });
  }, window);

  await test("the page broke no rule while it counted down", () => check(complaints.length === 0, complaints.join("\n")), window);
  await window.context.close();
}
