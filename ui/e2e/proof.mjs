// The page that proves completeness: reached by keys, checked on request, one day with both sides.
import { join } from "node:path";

import { check, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";
import { accessible } from "./axe.mjs";

export async function proof(browser, desk) {
  const window = await openWindow(browser, desk);
  const { page, go, complaints } = window;
  const keys = page.keyboard;
  const count = async (state) => Number((await page.getByTestId(`proof-${state}`).innerText()).replaceAll(/\D/g, ""));

  await test("keys lead to the calendar, and a check makes every day green", async () => {
    await go();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await keys.press("g");
    await keys.press("m");
    await page.getByRole("heading", { name: "Completeness" }).waitFor();
    await page.getByRole("button", { name: "Check all days now" }).click();
    await page.getByText(/Last check: .* days compared/).first().waitFor({ timeout: 120_000 });
    const shown = await desk.call("show_proof", {});
    check(shown.green > 300 && shown.red === 0, JSON.stringify({ green: shown.green, amber: shown.amber, red: shown.red }));
    await until("the page shows what the Desk knows", async () => (await count("green")) === shown.green);
    await page.getByText(/Proven as of/).waitFor();
    await accessible(page, "the calendar");
    await page.screenshot({ path: join(SCREENSHOTS, "proof-1-calendar.png") });
  }, window);

  await test("a day says how it stands without its colour, and arrows move between days", async () => {
    const day = page.locator("[data-day]").last();
    check(/Proven complete/.test(await day.getAttribute("aria-label")), await day.getAttribute("aria-label"));
    check((await day.innerText()).includes("✓"), await day.innerText());
    await keys.press("ArrowLeft");
    const here = () => page.evaluate(() => document.activeElement?.getAttribute("data-day") ?? null);
    const newest = await here();
    check(newest !== null, "no day has the focus");
    await keys.press("ArrowLeft");
    await until("the day before has the focus", async () => (await here()) === before(newest, 1));
    await keys.press("ArrowUp");
    await until("the week before has the focus", async () => (await here()) === before(newest, 8));
    await keys.press("Enter");
    await page.getByRole("dialog").waitFor();
  }, window);

  await test("a day shows both sides, and is checked by itself", async () => {
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("columnheader", { name: "At the vendor" }).waitFor();
    for (const kind of ["Payments", "Refunds", "Balance"]) await dialog.getByRole("rowheader", { name: kind, exact: true }).waitFor();
    await dialog.getByRole("button", { name: "Check this day now" }).click();
    await until("it was checked", async () => dialog.getByRole("button", { name: "Check this day now" }).isEnabled());
    await accessible(page, "one day");
    await page.screenshot({ path: join(SCREENSHOTS, "proof-2-day.png") });
    await keys.press("Escape");
    await dialog.waitFor({ state: "detached" });
  }, window);

  await test("one kind at a time", async () => {
    await page.getByRole("button", { name: "Balance", exact: true }).click();
    const shown = await desk.call("show_proof", { kind: "balance_entries" });
    await until("the days are those of the kind", async () => (await count("green")) === shown.green);
  }, window);

  await test("nothing complains", () => check(complaints.length === 0, complaints.join("\n")), window);
  await window.context.close();
}

function before(day, days) {
  return new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}
