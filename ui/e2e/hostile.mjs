// Text of customers that wants to be more than text.
import { randomUUID } from "node:crypto";

import { check, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";
import { join } from "node:path";

const PAYLOADS = [
  "<img src=x onerror=window.__broken=1>",
  "<script>window.__broken=1</script>",
  "\"><svg onload=window.__broken=1>",
  "<a href=\"javascript:window.__broken=1\">Ann</a>",
  "<iframe srcdoc=\"<script>parent.__broken=1</script>\"></iframe>",
  "{{constructor.constructor('window.__broken=1')()}}",
  "__proto__",
];

export async function hostile(browser, desk) {
  const window = await openWindow(browser, desk);
  const { page, go, complaints } = window;
  let customers = [];

  await test("u01 hostile names are made at the vendor and mirrored", async () => {
    for (const payload of PAYLOADS) {
      const customer = await desk.call("create_customer", { request_id: randomUUID(), name: payload, description: payload, email: "hostile@example.com", payment_method: "pm_card_visa" });
      await desk.call("create_payment", { request_id: randomUUID(), amount: "13.37", currency: "USD", customer: customer.id, payment_method: "pm_card_visa", confirm: true, capture_later: false, description: `${payload} \u202egnp.exe` });
      customers.push(customer.id);
    }
    await desk.call("start_sync", { wait: true });
    await until("the payments are mirrored", async () => (await desk.call("count_payments", { query: "amount:13.37", exact: true })).payments >= PAYLOADS.length);
  }, window);

  await test("u01 u02 they are text nodes in the list, on the payment and on the customer", async () => {
    await go("#/payments?q=amount%3A13.37");
    await page.getByRole("gridcell").filter({ hasText: PAYLOADS[0] }).first().waitFor();
    check((await page.getByRole("grid").innerText()).includes("⟦RLO⟧"), "a direction override is obeyed instead of shown");
    await page.screenshot({ path: join(SCREENSHOTS, "hostile-list.png") });
    const found = await desk.call("find_payments", { query: "amount:13.37", range: {} });
    for (const payment of found.items) {
      await go(`#/payments/${payment.own_id}`);
      await page.getByRole("region", { name: "Timeline" }).waitFor();
    }
    for (const customer of customers) {
      await go(`#/customers/${customer}`);
      await page.getByRole("region", { name: "Saved payment methods" }).waitFor();
    }
    await page.screenshot({ path: join(SCREENSHOTS, "hostile-customer.png") });
    check((await page.evaluate(() => window.__broken)) === undefined, "a payload ran");
    check((await page.locator("#root iframe, #root script, #root img").count()) === 0, "a payload became an element");
  }, window);

  await test("u08 a hostile address pollutes no prototype and breaks no page", async () => {
    await go("#/payments?__proto__[polluted]=1&q=%22%3E%3Cimg%20src%3Dx%20onerror%3Dwindow.__broken%3D1%3E");
    await page.getByRole("heading", { name: "Payments" }).waitFor();
    check((await page.evaluate(() => ({}).polluted)) === undefined, "a prototype was polluted");
    await go("#/payments/__proto__");
    await page.locator("[data-error]").first().waitFor();
  }, window);

  await test("u01 nothing was asked of anybody else", () => {
    check(complaints.length === 0, complaints.join("\n"));
  }, window);
  await window.context.close();
}
