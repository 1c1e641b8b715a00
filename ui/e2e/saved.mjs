// Exporting rows and saving searches, by keyboard alone.
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { accessible } from "./axe.mjs";
import { check, fillIn, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";

export async function saved(browser, desk) {
  const window = await openWindow(browser, desk, {});
  const { page, go, complaints } = window;
  const keys = page.keyboard;
  const folder = mkdtempSync(join(tmpdir(), "paydesk-export-"));
  const shot = (name) => page.screenshot({ path: join(SCREENSHOTS, `saved-${name}.png`) });

  await test("a search becomes a view with its count, by keyboard", async () => {
    await go("#/payments?q=status:failed");
    await page.getByRole("grid", { name: "Payments" }).waitFor();
    await page.locator("body").click({ position: { x: 5, y: 5 } });
    await keys.press("v");
    await page.getByRole("dialog").getByLabel("Name").waitFor();
    await accessible(page, "the dialog that saves a view");
    await keys.type("Failed ones");
    await shot("1-naming");
    await keys.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const total = (await desk.call("count_payments", { query: "status:failed", exact: true })).payments;
    await page.getByRole("group", { name: "Saved views" }).getByLabel(`${total.toLocaleString("en")} payments`).waitFor();
    await shot("2-view");
    await accessible(page, "payments with a view");
  }, window);

  await test("the same name is refused in place", async () => {
    await go("#/payments?q=status:disputed");
    await page.getByRole("button", { name: "Save view" }).click();
    await page.getByLabel("Name").fill("FAILED ONES");
    await keys.press("Enter");
    await page.getByText(/already called/).waitFor();
    await keys.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }, window);

  await test("views are handed on as text and taken over", async () => {
    await page.getByRole("button", { name: "Share saved views" }).click();
    const dialog = page.getByRole("dialog");
    await until("the views are there", async () => (await dialog.getByLabel("The views that are here").inputValue()).includes("status:failed"));
    await accessible(page, "the dialog that shares views");
    await dialog.getByRole("button", { name: "Copy the view" }).click();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    check(text.includes("Failed ones") && text.includes("status:failed"), text);
    const theirs = dialog.getByLabel("Views from somebody else");
    await theirs.fill(`${text}\n[[view]]\nname = "Large"`);
    await dialog.getByRole("button", { name: "Take over" }).click();
    await dialog.getByRole("alert").waitFor();
    await shot("6-share-refused");
    await theirs.fill(text.replace("Failed ones", "Large").replace("status:failed", "amount:>500"));
    await dialog.getByRole("button", { name: "Take over" }).click();
    await dialog.getByText("1 view was saved.").waitFor();
    await shot("7-shared");
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: /^Large/ }).waitFor();
    await desk.call("remove_view", { name: "Large" });
  }, window);

  await test("what a view gained while no window was open is told by the next one, once", async () => {
    await desk.call("save_view", { name: "Gains of 47.11", query: "amount:47.11", notify: true });
    // The first look is no news, so it must be over before the payment comes in.
    await until("the view was looked at", async () => (await desk.call("list_views", { exact: false })).items.some((view) => view.name === "Gains of 47.11" && view.count !== null));
    await page.goto("about:blank");
    await desk.call("create_payment", { request_id: randomUUID(), amount: "47.11", currency: "USD", payment_method: "pm_card_visa", confirm: true, capture_later: false });
    await desk.call("start_sync", { account: null, wait: true });
    await until("the view holds it", async () => (await desk.call("list_views", { exact: false })).items.some((view) => view.name === "Gains of 47.11" && (view.count ?? 0) > 0));
    await go("#/payments");
    const note = page.getByText("Gains of 47.11 gained 1 payment", { exact: true });
    await note.waitFor();
    await shot("6-gained");
    await accessible(page, "a view that gained a payment");
    await page.reload();
    await page.getByRole("grid", { name: "Payments" }).waitFor();
    check((await note.count()) === 0, "it is told twice");
    await desk.call("remove_view", { name: "Gains of 47.11" });
  }, window);

  await test("a view is chosen, renamed and removed", async () => {
    await page.getByRole("button", { name: /^Failed ones/ }).click();
    await page.getByRole("button", { name: "Change the view Failed ones" }).click();
    await page.getByRole("menuitem", { name: "Rename" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("Declined");
    await keys.press("Enter");
    await page.getByRole("button", { name: "Change the view Declined" }).click();
    await page.getByRole("menuitem", { name: "Remove the view" }).click();
    await page.getByRole("button", { name: /^Declined/ }).waitFor({ state: "detached" });
    check((await desk.call("list_views", { exact: false })).total === 0, "the view is still there");
  }, window);

  await test("the search on screen is exported, and nothing is replaced unasked", async () => {
    await go("#/payments?q=status:failed");
    await page.getByRole("grid", { name: "Payments" }).waitFor();
    await page.locator("body").click({ position: { x: 5, y: 5 } });
    await keys.press("e");
    await page.getByRole("dialog").getByLabel("File", { exact: true }).waitFor();
    await accessible(page, "the export dialog");
    const file = join(folder, "failed.csv");
    await fillIn(page.getByLabel("File", { exact: true }), file);
    await shot("3-export");
    await keys.press("Control+Enter");
    await page.getByText(/rows are in/).waitFor();
    await shot("4-exported");
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    const total = (await desk.call("count_payments", { query: "status:failed", exact: true })).payments;
    check(lines[0].startsWith("id,account,created,status,amount,currency"), lines[0]);
    check(lines.filter((line) => /^(ch|py)_/.test(line)).length === total, "the file holds other rows than the list");
    await keys.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await keys.press("e");
    await fillIn(page.getByLabel("File", { exact: true }), file);
    await keys.press("Enter");
    await page.getByText(/already a file/).waitFor();
    await shot("5-refused");
    await page.getByLabel("Replace the file if there is one").check();
    await keys.press("Control+Enter");
    await page.getByText(/rows are in/).waitFor();
    check(existsSync(file), "the file is gone");
  }, window);

  await test("no complaint while saving and exporting", () => check(complaints.length === 0, complaints.join("\n")), window);
  rmSync(folder, { recursive: true, force: true });
  await window.context.close();
}
