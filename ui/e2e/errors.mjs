// What goes wrong: a search that cannot be read, too much, a lost answer, a vendor that is not there.
import { check, openWindow, test } from "./harness.mjs";
import { accessible } from "./axe.mjs";

export async function errors(browser, desk) {
  const window = await openWindow(browser, desk);
  const { page, go } = window;
  const keys = page.keyboard;
  const found = await desk.call("find_payments", { query: "status:succeeded currency:usd", range: { limit: 300 } });
  const fresh = found.items.filter((one) => BigInt(one.amount.minor) > 1_000n && one.refunded.minor === "0" && !one.disputed);

  await test("bad query: the column is shown, and the list comes back once it is corrected", async () => {
    await go("#/payments");
    await page.getByRole("grid", { name: "Payments" }).waitFor();
    await keys.press("/");
    await keys.type("status:nonsense");
    await page.locator("[data-error=bad_query]").waitFor();
    await accessible(page, "a search that cannot be read");
    await keys.press("Escape");
    await page.getByRole("grid", { name: "Payments" }).waitFor();
  }, window);

  await test("nothing found: the empty state says what to try", async () => {
    await keys.press("/");
    await keys.type("nobody-at-all@example.invalid");
    await page.getByText("Nothing found").waitFor();
    await keys.press("Escape");
  }, window);

  await test("over-refund: refused before it is sent, and by the Desk when the page is fooled", async () => {
    const payment = fresh[0];
    await go(`#/payments/${payment.own_id}`);
    await page.getByRole("region", { name: "Timeline" }).waitFor();
    await keys.press("r");
    await page.getByTestId("refundable").waitFor();
    await keys.type("999999.00");
    await page.getByText(/More than what is left/).waitFor();
    check(await page.getByRole("button", { name: /^Refund/ }).last().isDisabled(), "an over-refund can be sent");
    await page.route("**/call/issue_refund", (route) => route.continue({ postData: JSON.stringify({ ...route.request().postDataJSON(), amount: { choice: "exactly", amount: "999999.00" } }) }));
    await page.getByLabel("Amount in USD").fill("1.00");
    await keys.press("Control+Enter");
    await page.locator("[data-error=over_refund]").waitFor();
    await page.getByText("No money moved.").first().waitFor();
    await page.unroute("**/call/issue_refund");
    await keys.press("Escape");
  }, window);

  await test("a disk that takes no writes: nothing can be refunded, and it says why, until it is over", async () => {
    const payment = fresh[2];
    const writable = (is) => page.route("**/call/show_home", async (route) => {
      const response = await route.fetch();
      const home = await response.json();
      home.ok.environments = home.ok.environments.map((one) => ({ ...one, writable: is }));
      await route.fulfill({ response, json: home });
    });
    await writable(false);
    await go("#/payments");
    await page.reload();
    await go(`#/payments/${payment.own_id}`);
    await page.getByRole("region", { name: "Timeline" }).waitFor();
    await page.getByText(/The disk takes no writes: it may be full/).waitFor();
    const button = page.getByRole("button", { name: /^Refund/ }).first();
    check(await button.isDisabled(), "a refund can be begun although it could not be written down");
    check(await button.getAttribute("title") === "The disk takes no writes, so nothing can be refunded.", "the button does not say why");
    await keys.press("r");
    check(await page.getByTestId("refundable").count() === 0, "the hotkey begins a refund all the same");
    await accessible(page, "a payment while the disk takes no writes");
    await page.unroute("**/call/show_home");
    await page.reload();
    await page.getByRole("region", { name: "Timeline" }).waitFor();
    await keys.press("r");
    await page.getByTestId("refundable").waitFor();
    await keys.press("Escape");
  }, window);

  await test("a lost answer: the same request id is sent again, and there is one refund", async () => {
    const payment = fresh[1];
    const ids = [];
    await go(`#/payments/${payment.own_id}`);
    await page.getByRole("region", { name: "Timeline" }).waitFor();
    await page.route("**/call/issue_refund", async (route) => {
      ids.push(route.request().postDataJSON().request_id);
      const response = await route.fetch();
      // The Desk did it; only the answer never arrives.
      if (ids.length === 1) await route.abort("connectionreset");
      else await route.fulfill({ response });
    });
    await keys.press("r");
    await page.getByTestId("refundable").waitFor();
    await keys.type("2.00");
    await keys.press("Control+Enter");
    await page.locator("[data-error=desk_gone]").waitFor();
    await page.getByText("It is not known yet whether money moved.").first().waitFor();
    await keys.press("Control+Enter");
    await page.locator("[data-ending=done],[data-ending=pending]").waitFor();
    check(ids.length === 2 && ids[0] === ids[1], `the request ids were ${ids.join(", ")}`);
    const listed = await desk.call("list_refunds", { states: [], elsewhere: true, range: { limit: 1000 } });
    check(listed.items.filter((one) => one.payment === payment.id).length === 1, "the lost answer became a second refund");
    await page.unroute("**/call/issue_refund");
    await keys.press("Enter");
  }, window);

  await test("all that is left: one key fills the amount, and afterwards nothing is left", async () => {
    const payment = fresh[2];
    await go(`#/payments/${payment.own_id}`);
    await page.getByRole("region", { name: "Timeline" }).waitFor();
    await keys.press("r");
    await page.getByTestId("refundable").waitFor();
    await keys.press("Alt+a");
    await page.getByText(/which is all that is left/).waitFor();
    await keys.press("Control+Enter");
    await page.locator("[data-ending=done],[data-ending=pending]").waitFor();
    await keys.press("Enter");
    const preflight = await desk.call("preflight_refund", { payment: payment.own_id });
    check(preflight.refundable.minor === "0", "something is left");
  }, window);

  await test("unreachable: connecting says so, keeps what was typed and sends no key back", async () => {
    await go("#/accounts");
    await page.getByRole("button", { name: "Connect an account" }).click();
    await page.getByLabel("Label", { exact: true }).fill("nowhere");
    await page.getByLabel("Secret or restricted key").fill("sk_test_notARealKeyAtAll000");
    await page.getByLabel("Address (optional)").fill("http://127.0.0.1:9");
    await accessible(page, "the connect dialog");
    await keys.press("Control+Enter");
    await page.locator("[data-error=vendor_unreachable]").waitFor({ timeout: 40_000 });
    await keys.press("Escape");
  }, window);

  for (const [key, code] of [["pk_test_00000000000000000000000000", "key_publishable"], ["whsec_00000000000000000000000000000000", "key_webhook_secret"], ["sk_test_two words", "key_malformed"], ["sk_live_000000000000000000000000", /key_live_in_test|bad_base_url/]]) {
    await test(`a wrong key is refused in words: ${key.slice(0, 8)}`, async () => {
      await page.getByRole("button", { name: "Connect an account" }).click();
      await page.getByLabel("Label", { exact: true }).fill("wrong");
      await page.getByLabel("Secret or restricted key").fill(key);
      await page.getByLabel("Address (optional)").fill("http://127.0.0.1:9");
      await keys.press("Control+Enter");
      const note = page.locator("[data-error]");
      await note.waitFor();
      const said = await note.getAttribute("data-error");
      check(code instanceof RegExp ? code.test(said) : said === code, `it said ${said}`);
      await keys.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }, window);
  }

  await test("a Desk that went away: the list stays, says that it may be old, and offers to try again", async () => {
    await go("#/payments");
    await page.getByRole("grid", { name: "Payments" }).waitFor();
    await page.route("**/call/**", (route) => route.abort("connectionrefused"));
    await keys.press("g");
    await keys.press("c");
    await page.locator("[data-error=desk_gone]").first().waitFor();
    await page.unroute("**/call/**");
    await page.getByRole("button", { name: "Try again" }).first().click();
    await page.getByRole("treegrid", { name: "API calls" }).waitFor();
  }, window);
  await window.context.close();
}
