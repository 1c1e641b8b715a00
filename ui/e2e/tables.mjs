// The list of payments as one works in it: selecting, copying, looking closer, arranging, by keyboard alone.
import { join } from "node:path";

import { check, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";
import { accessible } from "./axe.mjs";

export async function tables(browser, desk) {
  const window = await openWindow(browser, desk);
  const { page, go, complaints } = window;
  const keys = page.keyboard;
  const grid = page.getByRole("grid", { name: "Payments" });
  const bar = page.getByRole("region", { name: "Selected payments" });
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  const chosen = () => page.locator("[data-chosen=true]").getAttribute("data-row");
  const heads = () => page.getByRole("columnheader").allTextContents();
  const { items } = await desk.call("find_payments", { query: "currency:usd", range: { limit: 3 } });

  await test("rows are selected by key, with what they come to", async () => {
    await go("#/payments?q=currency:usd");
    await grid.waitFor();
    await keys.press("j");
    for (let row = 0; row < items.length; row += 1) {
      await keys.press("x");
      await keys.press("j");
    }
    await bar.getByText("3 payments selected").waitFor();
    const sum = items.reduce((total, one) => total + BigInt(one.amount.minor), 0n);
    const shown = `$${(Number(sum) / 100).toLocaleString("en-US", { minimumFractionDigits: 2 })}`;
    check((await bar.textContent()).includes(shown), `the sum is ${await bar.textContent()} and not ${shown}`);
    await accessible(page, "payments with a selection");
    await page.screenshot({ path: join(SCREENSHOTS, "payments-selected.png") });
  }, window);

  await test("what is selected is copied as CSV, as text and as a reply", async () => {
    await bar.getByRole("button", { name: "As CSV" }).click();
    await until("the CSV is on the clipboard", async () => (await clipboard()).startsWith("id,amount,currency"));
    const lines = (await clipboard()).split("\r\n");
    check(lines.length === 4 && lines[1].startsWith(`${items[0].id},`), `it copied ${lines.join(" | ")}`);
    await bar.getByRole("button", { name: "As text" }).click();
    await until("the text is on the clipboard", async () => (await clipboard()).includes(`\t${items[2].id}`));
    await bar.getByRole("button", { name: "As a reply" }).click();
    await until("the reply is on the clipboard", async () => (await clipboard()).startsWith("On "));
    await page.getByRole("button", { name: "Clear the selection" }).click();
    await bar.waitFor({ state: "detached" });
    check(await grid.evaluate((one) => one === document.activeElement), "the list lost the focus");
  }, window);

  await test("a range by Shift and the mouse, all by one chord, none by Escape", async () => {
    await page.locator("[data-index='1'] [data-row]").getByRole("gridcell").nth(3).click({ modifiers: ["Shift"] });
    await bar.waitFor();
    await keys.press("Control+a");
    await bar.getByText(/\d{2,} payments selected/).waitFor();
    await keys.press("Escape");
    await bar.waitFor({ state: "detached" });
    await grid.waitFor();
  }, window);

  await test("a preview in place, and the menu of a row", async () => {
    const row = page.locator(`[data-row='${await chosen()}']`);
    await keys.press("Space");
    await page.getByText("On the statement").waitFor();
    await keys.press("Space");
    await page.getByText("On the statement").waitFor({ state: "detached" });
    await keys.press(".");
    await page.getByRole("menu").waitFor();
    await accessible(page, "the menu of a row");
    const item = page.getByRole("menuitem", { name: "Copy the id" });
    await until("the item is the one with the focus", async () => {
      if (await item.evaluate((one) => one === document.activeElement)) return true;
      await keys.press("ArrowDown");
      return false;
    });
    await keys.press("Enter");
    await page.getByRole("menu").waitFor({ state: "detached" });
    await until("the list has the focus again", () => grid.evaluate((one) => one === document.activeElement));
    check(await row.count() === 1, "the row is gone");
    await until("the id is on the clipboard", async () => (await clipboard()).startsWith("ch_") || (await clipboard()).startsWith("py_"));
  }, window);

  await test("beside the list the chosen payment is shown, and that is remembered", async () => {
    await keys.press("\\");
    const beside = page.getByRole("region", { name: "Chosen payment" });
    await beside.getByRole("region", { name: "Timeline" }).waitFor();
    const first = await chosen();
    await keys.press("j");
    await until("another row is chosen", async () => await chosen() !== first);
    await beside.getByText(await chosen()).waitFor();
    await accessible(page, "payments beside one of them");
    await page.screenshot({ path: join(SCREENSHOTS, "payments-beside.png") });
    await page.reload();
    await grid.waitFor();
    await beside.waitFor();
    await keys.press("\\");
    await beside.waitFor({ state: "detached" });
  }, window);

  await test("columns change places, grow and stay in sight, and outlast a reload", async () => {
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("menuitem", { name: "Arrange columns" }).click();
    const dialog = page.getByRole("dialog", { name: "Columns" });
    await dialog.getByRole("button", { name: "Customer: one place to the front" }).click();
    await dialog.getByRole("button", { name: "Id: stays in sight" }).click();
    await dialog.getByRole("button", { name: "Description: wider" }).click({ clickCount: 1 });
    await accessible(page, "the dialog of columns");
    await page.screenshot({ path: join(SCREENSHOTS, "columns.png") });
    await keys.press("Escape");
    const wanted = ["", "Id", "Amount", "Customer", "State", "Paid with", "Description", "Created"];
    check((await heads()).join() === wanted.join(), `the columns are ${(await heads()).join()}`);
    await page.reload();
    await grid.waitFor();
    check((await heads()).join() === wanted.join(), `after a reload the columns are ${(await heads()).join()}`);
    const width = await page.getByRole("columnheader", { name: "Description" }).evaluate((one) => one.getBoundingClientRect().width);
    check(width === 164, `the description is ${width} pixels wide`);
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("menuitem", { name: "Arrange columns" }).click();
    await dialog.getByRole("button", { name: "As at first" }).click();
    await keys.press("Escape");
    check((await heads())[1] === "Amount", "the columns are not as at first");
  }, window);

  await test("a column is pulled wider by the mouse", async () => {
    const head = page.getByRole("columnheader", { name: "Customer" });
    const before = await head.boundingBox();
    await page.mouse.move(before.x + before.width - 3, before.y + 10);
    await page.mouse.down();
    await page.mouse.move(before.x + before.width + 57, before.y + 10, { steps: 4 });
    await page.mouse.up();
    const after = await head.boundingBox();
    check(Math.abs(after.width - before.width - 60) <= 2, `it grew from ${before.width} to ${after.width}`);
  }, window);

  await test("the lists broke no rule of the content policy", async () => check(complaints.length === 0, complaints.join("; ")), window);
  await window.context.close();
}
