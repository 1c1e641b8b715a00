// Every page in light, dark and narrow: accessible, and a screenshot of each.
import { join } from "node:path";

import { check, openWindow, SCREENSHOTS, test } from "./harness.mjs";
import { accessible } from "./axe.mjs";

const LOOKS = [
  { name: "light", dark: false, width: 1280, height: 800 },
  { name: "dark", dark: true, width: 1280, height: 800 },
  { name: "narrow", dark: false, width: 900, height: 600 },
];

export async function pages(browser, desk) {
  const one = async (query) => (await desk.call("find_payments", { query, range: { limit: 1 } })).items[0];
  const [refund] = (await desk.call("list_refunds", { states: [], elsewhere: false, range: {} })).items;
  const failed = await one("status:failed");
  const disputed = await one("status:disputed");
  const { items } = await desk.call("find_payments", { query: "status:succeeded", range: { limit: 200 } });
  const customer = items.find((payment) => payment.customer !== null)?.customer;
  const all = [
    ["overview", "#/", (page) => page.getByText("Why payments failed")],
    ["payments", "#/payments", (page) => page.getByRole("grid", { name: "Payments" })],
    ["payment-refunded", `#/payments/${refund?.payment}`, (page) => page.getByRole("region", { name: "Timeline" })],
    ["payment-failed", `#/payments/${failed?.own_id}`, (page) => page.getByRole("region", { name: "Timeline" })],
    ["payment-disputed", `#/payments/${disputed?.own_id}`, (page) => page.getByRole("region", { name: "Timeline" })],
    ["customer", `#/customers/${customer}`, (page) => page.getByRole("region", { name: "Saved payment methods" })],
    ["refunds", "#/refunds", (page) => page.getByRole("treegrid", { name: "Refunds" }), async (page) => { await page.keyboard.press("j"); await page.keyboard.press("Enter"); await page.getByText("What it means").waitFor(); }],
    ["approvals", "#/approvals", (page) => page.getByRole("button", { name: "Open a file" }), async (page) => { await page.keyboard.press("o"); await page.getByRole("dialog").waitFor(); }],
    ["completeness", "#/proof", (page) => page.getByRole("button", { name: "Check all days now" })],
    ["calls", "#/calls", (page) => page.getByRole("treegrid", { name: "API calls" }), async (page) => { await page.keyboard.press("j"); await page.keyboard.press("Enter"); await page.getByRole("columnheader", { name: "What followed" }).waitFor(); }],
    ["book", "#/book", (page) => page.getByRole("treegrid", { name: "Book" })],
    ["accounts", "#/accounts", (page) => page.getByRole("button", { name: "Check" }), (page) => page.getByText("What the key may do").click()],
    ["diagnostics", "#/diagnostics", (page) => page.getByRole("cell", { name: "api.stripe.com" }), async (page) => { await page.getByRole("button", { name: "Show it" }).click(); await page.getByRole("region", { name: "The text for support" }).waitFor(); }],
    ["log", "#/diagnostics/log", (page) => page.getByRole("textbox", { name: "Find in the log" })],
    ["settings", "#/settings", (page) => page.getByRole("heading", { name: "Appearance" })],
    ["connect", "#/accounts", (page) => page.getByRole("button", { name: "Connect an account" }), (page) => page.getByRole("button", { name: "Connect an account" }).click()],
    ["refund-dialog", `#/payments/${items.find((payment) => payment.refunded.minor === "0" && !payment.disputed)?.own_id}`, (page) => page.getByRole("region", { name: "Timeline" }), async (page) => {
      await page.keyboard.press("r");
      await page.getByTestId("refundable").waitFor();
      await page.keyboard.press("Alt+a");
      await page.getByLabel("Reason").selectOption("fraudulent");
      await page.getByText(/blocks this card/).waitFor();
    }],
    ["help", "#/payments", (page) => page.getByRole("grid", { name: "Payments" }), async (page) => { await page.keyboard.press("?"); await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor(); }],
  ];
  for (const look of LOOKS) {
    const window = await openWindow(browser, desk, look);
    const { page, go, complaints } = window;
    for (const [name, hash, ready, then] of all) {
      await test(`${name} in ${look.name}`, async () => {
        await go(hash);
        await page.reload();
        await ready(page).first().waitFor();
        if (then) await then(page);
        await page.screenshot({ path: join(SCREENSHOTS, `${name}-${look.name}.png`) });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        check(wide <= 0, `the page is ${wide} pixels too wide`);
        await accessible(page, name);
      }, window);
    }
    await test(`no complaint in ${look.name}`, () => check(complaints.length === 0, complaints.join("\n")), window);
    await window.context.close();
  }
}
