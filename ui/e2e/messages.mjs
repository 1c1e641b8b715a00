// A customer writes: the payment is found, refunded, the notice goes out by keyboard, and is seen delivered and opened.
import { randomUUID } from "node:crypto";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";

import { accessible } from "./axe.mjs";
import { check, footInSight, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";

/** A simulated SendGrid by the real command. */
async function startMail() {
  const vendor = spawn(process.env.PAYDESKCTL_BIN ?? "paydeskctl", ["sandbox", "--charges", "1", "--mail", "--mail-pace-ms", "100"], { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise((resolve, reject) => {
    vendor.once("exit", (code) => reject(new Error(`The simulated SendGrid ended with ${code}.`)));
    createInterface({ input: vendor.stdout }).once("line", resolve);
  });
  return { ...JSON.parse(line).mail, stop: () => vendor.kill("SIGINT") };
}

export async function messages(browser, desk) {
  const mail = await startMail();
  const window = await openWindow(browser, desk);
  try {
    await play(browser, desk, window, mail);
  } finally {
    await desk.call("remove_account", { label: "letters" }).catch(() => {});
    mail.stop();
    await window.context.close();
  }
}

async function play(browser, desk, window, mail) {
  const { page, go, complaints } = window;
  const keys = page.keyboard;
  const shot = (name, of = page) => of.screenshot({ path: join(SCREENSHOTS, `messages-${name}.png`) });
  const grid = page.getByRole("grid", { name: "Messages" });
  let payment;

  await test("SendGrid is connected in the window, into the window's environment", async () => {
    await go("#/accounts");
    await page.getByRole("button", { name: "Connect" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Vendor").selectOption("sendgrid");
    await dialog.getByLabel("Label").fill("letters");
    await dialog.getByLabel("API key", { exact: true }).fill(mail.api_key);
    await dialog.getByLabel("Address (optional)").fill(mail.base_url);
    await shot("1-connect");
    await accessible(page, "connecting SendGrid");
    await keys.press("Control+Enter");
    await until("it is connected", async () => (await desk.call("list_accounts", {})).items.some((one) => one.label === "letters"));
    await keys.press("Escape");
    await desk.call("set_mail_settings", { label: "letters", allow: "@example.com", keep_bodies: true, tracking: true });
    const hook = await desk.call("open_hook", { account: "letters", scheme: "sendgrid", secret: { from: "text", key: mail.public_key } });
    await fetch(`${mail.base_url}/v3/user/webhooks/event/settings`, { method: "PATCH", headers: { authorization: `Bearer ${mail.api_key}` }, body: JSON.stringify({ enabled: true, url: hook.url }) });
  }, window);

  await test("the page of messages says that there is none yet", async () => {
    await go("#/");
    await page.getByRole("link", { name: "Messages" }).waitFor();
    await keys.press("g");
    await keys.press("e");
    await page.getByText("No message yet").waitFor();
    await accessible(page, "no message");
  }, window);

  await test("a refund notice goes out from the payment by keyboard, and is seen delivered", async () => {
    const found = await desk.call("find_payments", { query: "status:succeeded currency:usd", range: { limit: 50 } });
    payment = found.items.find((one) => one.state === "succeeded" && one.captured.minor > 2_000);
    await desk.call("issue_refund", { request_id: randomUUID(), payment: payment.id, amount: { choice: "exactly", amount: "5.00" } });
    await go(`#/payments/${payment.id}`);
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    await keys.press("i");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("To", { exact: true }).fill("ada@example.com");
    // What leaves is what is on screen: until it is, nothing can be sent.
    await dialog.locator('section[aria-busy="false"]').waitFor();
    await shot("2-compose");
    await footInSight(page);
    await accessible(page, "the dialog of an email");
    await keys.press("Control+Enter");
    await dialog.getByText("SendGrid took it.").waitFor();
    await shot("3-taken");
    await keys.press("Enter");
    await page.getByText("Email delivered").waitFor();
    await shot("4-payment");
    await accessible(page, "a payment with its messages");
  }, window);

  await test("one that bounces says why, in the list and on its page", async () => {
    await desk.call("send_message", { request_id: randomUUID(), to: "bounce@example.com", content: { kind: "free_text", subject: "Your parcel", text: "It left today.\n\nThe shop" } });
    await go("#/messages");
    await grid.getByText("Bounced").waitFor();
    await keys.press("/");
    await keys.type("status:bounced");
    await until("one is left", async () => (await grid.getAttribute("aria-rowcount")) === "2");
    await shot("5-list");
    await accessible(page, "the list of messages");
    await keys.press("Enter");
    await keys.press("Enter");
    await page.getByRole("heading", { name: "What SendGrid told" }).waitFor();
    check(await page.getByText("550 5.1.1").first().isVisible(), "it says why");
    check(await page.getByText("It left today.").isVisible(), "it shows what it said");
    await shot("6-message");
    await accessible(page, "a message");
  }, window);

  await test("a search that cannot be read says where", async () => {
    await go("#/messages?q=status:bounce");
    await page.getByText("bounced").first().waitFor();
    await shot("7-mistake");
  }, window);

  await test("it fits the smallest window, and the dark one", async () => {
    const small = await openWindow(browser, desk, { dark: true, width: 900, height: 600 });
    await small.go("#/messages");
    await small.page.getByRole("grid", { name: "Messages" }).getByText("Bounced").waitFor();
    await shot("8-dark-small", small.page);
    await small.page.keyboard.press("i");
    await small.page.getByRole("dialog").waitFor();
    await footInSight(small.page);
    await shot("9-dark-compose", small.page);
    await accessible(small.page, "an email in the dark");
    await small.context.close();
  }, window);

  await test("nothing complained", () => check(complaints.length === 0, complaints.join("\n")), window);
}
