// Refunds by the thousand in the page: brought, mapped, looked over, ticked, run, receipted; by keyboard.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { accessible } from "./axe.mjs";
import { check, fillIn, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";

export async function bulk(browser, desk) {
  const folder = mkdtempSync(join(tmpdir(), "paydesk-bulk-"));
  const { items } = await desk.call("find_payments", { query: "status:succeeded currency:usd amount:>25", range: { limit: 200 } });
  const whole = items.filter((one) => one.state === "succeeded" && one.refunded.minor === "0" && !one.disputed).slice(0, 14);
  check(whole.length === 14, "the sandbox has too few payments for this");
  const lines = whole.slice(0, 10).map((one) => `${one.id};1,50;asked for`);
  const file = join(folder, "refunds.csv");
  writeFileSync(file, Buffer.from(`Zahlung;Betrag;Notiz\n${lines.join("\n")}\n${whole[0].id};1,50;once more\nch_nowhere;2,00;\n`, "utf16le"));
  const window = await openWindow(browser, desk, {});
  const { page, go, complaints } = window;
  const keys = page.keyboard;
  const shot = (name) => page.screenshot({ path: join(SCREENSHOTS, `bulk-${name}.png`) });

  await test("the bulk bench is empty at first and says what to bring", async () => {
    await go("#/");
    await page.getByText("Why payments failed").waitFor();
    await keys.press("g");
    await keys.press("k");
    await page.getByText("No file was brought yet.").waitFor();
    await accessible(page, "an empty bulk bench");
    await shot("1-empty");
  }, window);

  await test("a file that is no table is refused in words", async () => {
    await page.getByLabel("Path of a file").fill(join(folder, "nothing.csv"));
    await keys.press("Enter");
    await page.locator('[data-error="file_missing"]').waitFor();
    await shot("2-refused");
  }, window);

  await test("a file comes by its path, and its columns are known", async () => {
    await page.getByLabel("Path of a file").fill(file);
    await keys.press("Enter");
    await page.getByLabel("Zahlung is").waitFor();
    check((await page.getByLabel("Zahlung is").inputValue()) === "payment", "the payments were not known");
    check((await page.getByLabel("Betrag is").inputValue()) === "amount", "the amounts were not known");
    await page.getByText(/UTF-16LE/).waitFor();
    await accessible(page, "the columns of a file");
    await shot("3-mapping");
    await keys.press("Control+Enter");
    await page.getByRole("treegrid", { name: "Rows of the run" }).waitFor();
    await accessible(page, "a run that was looked over");
    await shot("4-looked-over");
  }, window);

  await test("rows that ask are ticked by keyboard, and the rest cannot be", async () => {
    await page.getByRole("button", { name: /^Need a tick/ }).click();
    // The rows from before stay until those that were asked for are there.
    await page.locator('[role=treegrid][aria-busy="false"]').waitFor();
    await until("only the row that asks", async () => (await page.getByRole("treegrid").getAttribute("aria-rowcount")) === "2");
    await page.getByRole("treegrid").focus();
    await keys.press("j");
    await keys.press("Enter");
    await page.getByRole("button", { name: /^Tick it/ }).waitFor();
    await keys.press("x");
    await page.getByRole("button", { name: /^To send\s*11/ }).waitFor();
    await shot("5-ticked");
  }, window);

  await test("it is run after one more look, and every cent is told", async () => {
    await page.getByRole("button", { name: /^All/ }).click();
    await page.getByRole("treegrid").focus();
    await keys.press("Control+Enter");
    await page.getByRole("dialog").getByText(/16\.50 USD/).waitFor();
    await accessible(page, "the last look before a run");
    await shot("6-confirm");
    await keys.press("Control+Enter");
    await page.getByRole("button", { name: /^Settled\s*11/ }).waitFor({ timeout: 60_000 });
    await until("the run is done", async () => (await desk.call("list_bulk_runs", { range: {} })).items[0].state === "done");
    await accessible(page, "a run that is done");
    await shot("7-done");
  }, window);

  await test("receipts are written for every row", async () => {
    const out = join(folder, "receipts.csv");
    await keys.press("e");
    await fillIn(page.getByRole("dialog").getByRole("textbox", { name: "File" }), out);
    await keys.press("Control+Enter");
    await page.getByText(/12 receipts are in/).waitFor();
    await keys.press("Enter");
    const receipts = readFileSync(out, "utf8").trim().split("\n");
    check(receipts.length === 13, receipts.join("\n"));
    check(receipts.filter((line) => line.includes(",settled,yes,")).length === 11, receipts.join("\n"));
  }, window);

  await test("the same rows in another order are recognised, pasted or dropped", async () => {
    await go("#/bulk");
    await page.getByRole("grid", { name: "Runs" }).waitFor();
    await go("#/");
    await page.getByText("Why payments failed").waitFor();
    await keys.press("g");
    await keys.press("k");
    await page.getByRole("grid", { name: "Runs" }).waitFor();
    await shot("8-runs");
    const text = `Zahlung;Betrag;Notiz\nch_nowhere;2,00;\n${whole[0].id};1,50;once more\n${[...lines].reverse().join("\n")}\n`;
    await page.evaluate((bytes) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], "again.csv"));
      document.querySelector("[data-over]").dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data }));
    }, [...Buffer.from(text)]);
    await page.getByLabel("Zahlung is").waitFor();
    await keys.press("Control+Enter");
    await page.getByText(/The same rows came in before/).waitFor();
    await page.getByRole("button", { name: /^Need a tick\s*11/ }).waitFor();
    check(await page.getByRole("button", { name: /^Run/ }).isDisabled(), "rows that were sent before can be sent again without a tick");
    await shot("9-seen-before");
    await page.getByRole("button", { name: "Cancel the rest" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel the rest" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }, window);

  for (const look of [{ name: "dark", dark: true }, { name: "narrow", width: 900, height: 600 }]) {
    const other = await openWindow(browser, desk, look);
    await test(`the bulk bench in ${look.name}`, async () => {
      const [run] = (await desk.call("list_bulk_runs", { range: {} })).items.slice(-1);
      await other.go(`#/bulk/${run.id}`);
      await other.page.getByRole("treegrid", { name: "Rows of the run" }).waitFor();
      const wide = await other.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      check(wide <= 0, `the page is ${wide} pixels too wide`);
      await accessible(other.page, `a run in ${look.name}`);
      await other.page.screenshot({ path: join(SCREENSHOTS, `bulk-run-${look.name}.png`) });
      await other.go("#/bulk");
      await other.page.getByRole("grid", { name: "Runs" }).waitFor();
      await accessible(other.page, `the bulk bench in ${look.name}`);
      await other.page.screenshot({ path: join(SCREENSHOTS, `bulk-${look.name}.png`) });
      await other.page.evaluate(() => {
        const data = new DataTransfer();
        data.setData("text/plain", "id\tamount\nch_1\t5.00\n");
        document.body.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, clipboardData: data }));
      });
      await other.page.getByLabel("id is").waitFor();
      await other.page.screenshot({ path: join(SCREENSHOTS, `bulk-mapping-${look.name}.png`) });
    }, other);
    await other.context.close();
  }

  await test("nothing was complained about", () => check(complaints.length === 0, complaints.join("\n")), window);
  await window.context.close();
  rmSync(folder, { recursive: true, force: true });
}
