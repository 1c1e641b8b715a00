// Moving about: the palette, back and forward, by keyboard alone.
import { join } from "node:path";

import { check, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";
import { accessible } from "./axe.mjs";

export async function palette(browser, desk) {
  const window = await openWindow(browser, desk);
  const { page, go, complaints } = window;
  const keys = page.keyboard;
  const { items } = await desk.call("find_payments", { query: "status:succeeded", range: { limit: 50 } });
  const payment = items.find((one) => one.email !== null);
  const dialog = page.getByRole("dialog", { name: "Go to anything" });
  const opened = async () => {
    await keys.press("Control+k");
    await dialog.waitFor();
  };
  const hash = () => page.evaluate(() => window.location.hash);

  await test("a few letters and Enter lead to a page, and Alt with the arrows back and forward", async () => {
    await go("#/payments");
    await page.getByRole("grid", { name: "Payments" }).waitFor();
    await opened();
    await keys.type("endpoi");
    await page.getByRole("option", { name: "Endpoints", exact: true, selected: true }).waitFor();
    await keys.press("Enter");
    await page.waitForURL(/#\/webhooks\/endpoints$/);
    await dialog.waitFor({ state: "detached" });
    await keys.press("Alt+ArrowLeft");
    await page.waitForURL(/#\/payments$/);
    await keys.press("Alt+ArrowRight");
    await page.waitForURL(/#\/webhooks\/endpoints$/);
    await keys.press("Alt+ArrowLeft");
    await page.getByRole("grid", { name: "Payments" }).waitFor();
  }, window);

  await test("what a key would do on this page is done by its name", async () => {
    await opened();
    await accessible(page, "the palette");
    await page.screenshot({ path: join(SCREENSHOTS, "palette.png") });
    await keys.type("export row");
    await keys.press("Enter");
    await page.getByRole("dialog", { name: "Export into a file" }).waitFor();
    await keys.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await opened();
    await keys.type("find pay");
    await page.getByRole("option", { selected: true }).waitFor();
    await keys.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await until("the box has the focus", () => page.getByRole("combobox").evaluate((box) => box === document.activeElement));
    await keys.press("Escape");
  }, window);

  for (const [what, text] of [["id", payment.id], ["email", `Ann <${payment.email}>`]]) {
    await test(`a pasted ${what} opens its payment`, async () => {
      await go("#/");
      await page.getByText("Why payments failed").waitFor();
      await opened();
      await page.getByRole("combobox").fill(text);
      await page.getByRole("option", { name: payment.email, selected: true }).waitFor();
      if (what === "email") await page.screenshot({ path: join(SCREENSHOTS, "palette-found.png") });
      await keys.press("Enter");
      await page.getByRole("region", { name: "Timeline" }).waitFor();
      check((await hash()).startsWith("#/payments/pay_"), `it opened ${await hash()}`);
    }, window);
  }

  await test("while personal data is hidden nothing of it stands in the palette", async () => {
    await keys.press("Alt+h");
    await opened();
    await page.getByRole("combobox").fill(payment.id);
    await page.getByRole("option", { selected: true }).locator("[data-personal=hidden]").waitFor();
    check(!(await dialog.textContent()).includes(payment.email), "the email is in the page");
    await keys.press("Escape");
    await keys.press("Alt+h");
  }, window);

  await test("the palette broke no rule of the content policy", async () => check(complaints.length === 0, complaints.join("; ")), window);
  await window.context.close();
}
