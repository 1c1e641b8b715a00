// Two keys for an account: what to tick, what is refused, and what a key may not do with the reason.
import { join } from "node:path";

import { accessible } from "./axe.mjs";
import { check, openWindow, SCREENSHOTS, test } from "./harness.mjs";

export async function keys(browser, desk) {
  const window = await openWindow(browser, desk);
  const { page, go, complaints } = window;
  const { items: [account] } = await desk.call("list_accounts", {});
  const payment = (await desk.call("find_payments", { query: "status:succeeded currency:usd", range: { limit: 300 } })).items.find((one) => one.refunded.minor === "0" && !one.disputed);

  await test("a second key is asked for with the exact permissions, and a wrong one is not kept", async () => {
    await go("#/accounts");
    await page.getByRole("button", { name: `More for ${account.label}` }).click();
    await page.getByRole("menuitem", { name: "Key for refunds" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("PaymentIntents: Write").waitFor();
    await dialog.getByText("Charges and Refunds: Read").waitFor();
    await dialog.getByLabel("Key for refunds").fill("pk_test_1234567890abcdef");
    await page.keyboard.press("Enter");
    await dialog.locator("[data-error=key_publishable]").waitFor();
    check((await dialog.getByLabel("Key for refunds").inputValue()) === "", "the key stayed in the field");
    await accessible(page, "the dialog with the second key");
    await page.screenshot({ path: join(SCREENSHOTS, "keys-dialog.png") });
    await page.keyboard.press("Escape");
  }, window);

  await test("what the keys may not do is disabled, with the reason", async () => {
    await page.route("**/call/list_accounts", async (route) => {
      const ok = await desk.call("list_accounts", {});
      for (const one of ok.items) one.rights = one.rights.map((right) => (right.right.startsWith("write") ? { ...right, answer: "denied" } : right));
      await route.fulfill({ contentType: "application/json", body: JSON.stringify({ ok }) });
    });
    await go(`#/payments/${payment.own_id}`);
    await page.reload();
    await page.getByRole("region", { name: "Timeline" }).waitFor();
    await page.getByText("Charges and Refunds: Write").waitFor();
    check(await page.getByRole("button", { name: /^Refund/ }).isDisabled(), "a refund can be begun");
    await page.keyboard.press("r");
    check((await page.getByRole("dialog").count()) === 0, "the key opens the form");
    await accessible(page, "a payment that the keys may not refund");
    await page.screenshot({ path: join(SCREENSHOTS, "keys-denied.png") });
    await page.unroute("**/call/list_accounts");
    check(complaints.length === 0, complaints.join("\n"));
  }, window);
  await window.context.close();
}
