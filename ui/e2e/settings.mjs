// How the window looks: each choice counts at once, is kept, and follows the system where nobody chose.
import { join } from "node:path";

import { check, openWindow, SCREENSHOTS, test } from "./harness.mjs";
import { accessible } from "./axe.mjs";

export async function settings(browser, desk) {
  const window = await openWindow(browser, desk);
  const { page, go } = window;
  const root = page.locator("html");
  const of = (name) => root.getAttribute(`data-${name}`);

  await test("the theme follows the system until somebody chooses one, which outlasts a reload", async () => {
    await go("#/settings");
    await page.getByRole("heading", { name: "Appearance" }).waitFor();
    check(await of("theme") === "light", "the system is light, the page is not");
    await page.emulateMedia({ colorScheme: "dark" });
    await page.locator("html[data-theme=dark]").waitFor();
    await page.getByLabel("Theme").selectOption("light");
    await page.locator("html[data-theme=light]").waitFor();
    await page.reload();
    await page.getByLabel("Theme").waitFor();
    check(await of("theme") === "light", "the choice is gone after a reload");
  }, window);

  await test("more contrast and dark together are accessible", async () => {
    await page.getByLabel("Theme").selectOption("dark");
    await page.getByLabel("Contrast").selectOption("more");
    await page.locator("html[data-theme=dark][data-contrast=more]").waitFor();
    await accessible(page, "the settings in dark with more contrast");
    for (const [name, hash, ready] of [["overview", "#/", "Why payments failed"], ["payments", "#/payments", "Created"]]) {
      await go(hash);
      await page.getByText(ready).first().waitFor();
      await accessible(page, `${name} in dark with more contrast`);
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-dark-contrast.png`) });
    }
    await go("#/settings");
    await page.getByLabel("Theme").selectOption("light");
    for (const [name, hash, ready] of [["overview", "#/", "Why payments failed"], ["payments", "#/payments", "Created"]]) {
      await go(hash);
      await page.getByText(ready).first().waitFor();
      await accessible(page, `${name} in light with more contrast`);
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-light-contrast.png`) });
    }
  }, window);

  await test("compact rows are lower at once, in this window and in another of the same home", async () => {
    const other = await window.context.newPage();
    await other.goto(page.url().replace(/#.*/, "#/payments"));
    const heightOf = () => other.locator("[data-row]").first().evaluate((row) => row.getBoundingClientRect().height);
    await other.locator("[data-row]").first().waitFor();
    check(await heightOf() === 34, `a row is ${await heightOf()} pixels high`);
    await go("#/settings");
    await page.getByLabel("Density").selectOption("compact");
    await other.locator("html[data-density=compact]").waitFor();
    check(await heightOf() === 27, `a compact row is ${await heightOf()} pixels high`);
    const second = await other.locator("[data-index='1']").first().evaluate((row) => row.style.transform);
    check(second === "translateY(27px)", `the second row is at ${second}`);
    await other.screenshot({ path: join(SCREENSHOTS, "payments-compact.png") });
    await other.close();
  }, window);
  await window.context.close();
}
