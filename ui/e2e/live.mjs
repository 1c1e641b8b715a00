// A live window. No live account can exist without a real vendor, so the sandbox's answers are shown under
// the live name; what is tested is the page: frame, read-only, unlocking, countdown, locking.
import { check, openWindow, SCREENSHOTS, test } from "./harness.mjs";
import { accessible } from "./axe.mjs";
import { join } from "node:path";

export async function live(browser, desk) {
  const window = await openWindow(browser, desk, { environment: "live" });
  const { page, go } = window;
  const keys = page.keyboard;
  let unlockedUntil = null;
  let asked = [];
  const locked = [];
  let unlockBy = "passphrase";
  const lock = () => ({ unlocked_until: unlockedUntil, actions_left: unlockedUntil === null ? null : 1, account: unlockedUntil === null ? null : account.label });
  const { items: [account] } = await desk.call("list_accounts", {});
  const payment = (await desk.call("find_payments", { query: "status:succeeded currency:usd", range: { limit: 300 } })).items.find((one) => one.refunded.minor === "0" && !one.disputed);
  const answer = (route, ok) => route.fulfill({ contentType: "application/json", body: JSON.stringify({ ok }) });

  await test("live without an account: its own title, framed, and no sandbox in it", async () => {
    await go();
    await page.getByRole("heading", { name: "Welcome to Paydesk" }).waitFor();
    check((await page.title()) === "Paydesk: Live", "the title does not say live");
    const border = await page.locator("[data-environment=live]").nth(1).evaluate((one) => getComputedStyle(one, "::after").borderTopWidth);
    check(border === "3px", `the frame is ${border} wide`);
  }, window);

  await page.route("**/live/call/*", async (route) => {
    const endpoint = new URL(route.request().url()).pathname.split("/").at(-1);
    asked.push(endpoint);
    if (endpoint === "unlock_writes") {
      if (route.request().postDataJSON().label !== account.label) {
        return route.fulfill({ contentType: "application/json", body: JSON.stringify({ err: { code: "unknown_account", money_moved: "no", params: { label: "wrong" }, detail: null } }) });
      }
      if (route.request().postDataJSON().passphrase !== "correct horse battery staple") {
        return route.fulfill({ contentType: "application/json", body: JSON.stringify({ err: { code: "unlock_wrong_passphrase", money_moved: "no", params: {}, detail: null } }) });
      }
      unlockedUntil = new Date(Date.now() + 600_000).toISOString();
      return answer(route, lock());
    }
    if (endpoint === "lock_writes") {
      locked.push(route.request().postDataJSON());
      unlockedUntil = null;
      return answer(route, lock());
    }
    const ok = await desk.call(endpoint, route.request().postDataJSON());
    if (endpoint === "show_home") {
      const sandbox = ok.environments.find((one) => one.environment === "sandbox");
      ok.environments = [...ok.environments.filter((one) => one.environment !== "live"), { ...sandbox, environment: "live", lock: lock() }];
      ok.unlock_by = unlockBy;
    }
    if (endpoint === "preflight_refund") ok.environment = "live";
    return answer(route, ok);
  });

  await test("live opens read-only: a refund asks for the label first", async () => {
    await go(`#/payments/${payment.own_id}`);
    await page.reload();
    await page.getByRole("region", { name: "Timeline" }).waitFor();
    await page.getByRole("button", { name: "Read-only: unlock" }).waitFor();
    asked = [];
    await keys.press("r");
    await page.getByRole("dialog", { name: "Unlock live writes" }).waitFor();
    await accessible(page, "the unlock dialog");
    await page.screenshot({ path: join(SCREENSHOTS, "live-unlock.png") });
    await keys.type("wrong");
    await page.getByLabel("Passphrase").fill("correct horse battery staple");
    await keys.press("Enter");
    await page.locator("[data-error=unknown_account]").waitFor();
    check(!asked.includes("preflight_refund") && !asked.includes("issue_refund"), "a refund was begun while it was locked");
  }, window);

  await test("the right label unlocks, the refund goes on, and the time runs down", async () => {
    await page.getByLabel("Label of the account").fill(account.label);
    await page.getByLabel("Passphrase").fill("a wrong one");
    await keys.press("Enter");
    await page.locator("[data-error=unlock_wrong_passphrase]").waitFor();
    await page.getByLabel("For", { exact: true }).selectOption("single");
    await page.getByLabel("Passphrase").fill("correct horse battery staple");
    await keys.press("Enter");
    await page.getByTestId("refundable").waitFor();
    await page.getByText("Live: real money.").waitFor();
    await page.getByText(/writing open (10:00|9:\d\d)/).waitFor();
    await page.getByText("1 action left").waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, "live-refund.png") });
    await keys.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }, window);

  await test("lock now locks at once", async () => {
    await page.getByRole("button", { name: "Lock now" }).click();
    await page.getByRole("button", { name: "Read-only: unlock" }).waitFor();
    await keys.press("r");
    await page.getByRole("dialog", { name: "Unlock live writes" }).waitFor();
    await keys.press("Escape");
    check(locked.length === 1 && locked[0].idle === false, `it was locked by ${JSON.stringify(locked)}`);
  }, window);

  await test("a window that nobody touches locks itself, and lets a run go on that somebody began", async () => {
    await page.clock.install();
    unlockedUntil = new Date(Date.now() + 1_800_000).toISOString();
    await page.reload();
    await page.getByText(/writing open/).waitFor();
    await page.mouse.move(300, 300);
    await page.clock.fastForward("04:50");
    check(locked.length === 1, "it was locked too soon");
    await page.clock.fastForward("00:20");
    await page.getByRole("button", { name: "Read-only: unlock" }).waitFor();
    check(locked.length === 2 && locked[1].idle === true, `it was locked by ${JSON.stringify(locked)}`);
    await page.clock.resume();
  }, window);

  await test("where nothing could check who unlocks, a passphrase is set first", async () => {
    unlockBy = "not_set_up";
    await page.reload();
    await page.getByRole("button", { name: "Read-only: unlock" }).click();
    await page.getByRole("dialog", { name: "A passphrase for live money" }).waitFor();
    await page.getByLabel("New passphrase").fill("ten letters long");
    await page.getByLabel("The same again").fill("ten letters");
    await page.getByText("The two differ.").waitFor();
    await accessible(page, "the dialog that sets a passphrase");
    await page.screenshot({ path: join(SCREENSHOTS, "live-set-passphrase.png") });
  }, window);
  await window.context.close();
}
