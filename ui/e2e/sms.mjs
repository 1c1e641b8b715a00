// A customer is told by SMS: the account is connected, the text is measured as it is typed, sent by keyboard, and seen delivered or not, with what came in.
import { randomUUID } from "node:crypto";
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { join } from "node:path";

import { accessible } from "./axe.mjs";
import { check, footInSight, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";

const ADA = "+4915112345678";
const LANDLINE = "+4915112330006";

/** A simulated Twilio by the real command. */
async function startSms() {
  const vendor = spawn(process.env.PAYDESKCTL_BIN ?? "paydeskctl", ["sandbox", "--charges", "1", "--sms", "--sms-history", "40", "--sms-pace-ms", "100"], { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise((resolve, reject) => {
    vendor.once("exit", (code) => reject(new Error(`The simulated Twilio ended with ${code}.`)));
    createInterface({ input: vendor.stdout }).once("line", resolve);
  });
  return { ...JSON.parse(line).sms, stop: () => vendor.kill("SIGINT") };
}

/** A port that is free at this moment. */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => { const { port } = server.address(); server.close(() => resolve(port)); });
  });
}

export async function sms(browser, desk) {
  const vendor = await startSms();
  const window = await openWindow(browser, desk);
  try {
    await play(browser, desk, window, vendor);
  } finally {
    await desk.call("remove_account", { label: "texts" }).catch(() => {});
    vendor.stop();
    await window.context.close();
  }
}

async function play(browser, desk, window, vendor) {
  const { page, go, complaints } = window;
  const keys = page.keyboard;
  const shot = (name, of = page) => of.screenshot({ path: join(SCREENSHOTS, `sms-${name}.png`) });
  const grid = page.getByRole("grid", { name: "Messages" });

  await test("Twilio is connected in the window by its account and token", async () => {
    await go("#/accounts");
    await page.getByRole("button", { name: "Connect" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Vendor").selectOption("twilio");
    await dialog.getByLabel("Label").fill("texts");
    await dialog.getByLabel("Account SID").fill(vendor.account_sid);
    await dialog.getByLabel("Auth token", { exact: false }).fill(vendor.auth_token);
    await dialog.getByLabel("Address (optional)").fill(vendor.base_url);
    await shot("1-connect");
    await accessible(page, "connecting Twilio");
    await keys.press("Control+Enter");
    await until("it is connected", async () => (await desk.call("list_accounts", {})).items.some((one) => one.label === "texts"));
    await keys.press("Escape");
    for (const allow of [ADA, LANDLINE]) await desk.call("set_mail_settings", { label: "texts", allow, keep_bodies: true });
    const listening = (await desk.call("list_hooks", {})).items.find((one) => one.port != null);
    const port = listening?.port ?? await freePort();
    await desk.call("open_hook", { account: "texts", scheme: "twilio", port, public_url: `http://127.0.0.1:${port}`, secret: { from: "text", key: vendor.auth_token } });
  }, window);

  await test("a text is measured as it is typed, and what makes it longer is named", async () => {
    await go("#/messages");
    await page.getByRole("button", { name: "Message" }).waitFor();
    await keys.press("i");
    const dialog = page.getByRole("dialog");
    const channel = dialog.getByLabel("By");
    if (await channel.count() > 0) await channel.selectOption("sms");
    await dialog.getByLabel("To", { exact: true }).fill("0151 12345678");
    await dialog.getByLabel("Text", { exact: true }).fill("It’s here");
    await dialog.getByText("it must begin with + and the country").waitFor();
    await dialog.getByLabel("To", { exact: true }).fill("+49 151 12345678");
    await dialog.getByText("is not in the alphabet of SMS").waitFor();
    await dialog.getByText("1 SMS, 9 characters, 61 more would fit").waitFor();
    await dialog.getByLabel("Text", { exact: true }).fill("Your parcel left today. ".repeat(7));
    await dialog.getByText("2 SMS, each of which is paid").waitFor();
    await shot("2-compose");
    await footInSight(page);
    await accessible(page, "the dialog of an SMS");
    await keys.press("Control+Enter");
    await dialog.getByText("Twilio took it.").waitFor();
    await keys.press("Enter");
    await grid.getByText("Delivered").first().waitFor();
  }, window);

  await test("a receipt goes out from the payment and stands in its timeline", async () => {
    const found = await desk.call("find_payments", { query: "status:succeeded currency:usd", range: { limit: 50 } });
    const payment = found.items.find((one) => one.state === "succeeded");
    await go(`#/payments/${payment.id}`);
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    await keys.press("i");
    const dialog = page.getByRole("dialog");
    const channel = dialog.getByLabel("By");
    if (await channel.count() > 0) await channel.selectOption("sms");
    await dialog.getByLabel("To", { exact: true }).fill(ADA);
    await dialog.locator("blockquote").first().waitFor();
    await shot("3-receipt");
    await keys.press("Control+Enter");
    await dialog.getByText("Twilio took it.").waitFor();
    await keys.press("Enter");
    await page.getByText("SMS delivered").waitFor();
    await shot("4-payment");
  }, window);

  await test("one that a landline gets says why, and the page shows length and price", async () => {
    await desk.call("send_message", { request_id: randomUUID(), channel: "sms", to: LANDLINE, content: { kind: "free_text", text: "It left today.\n\nThe shop" } });
    await go("#/messages?q=channel:sms%20status:bounced");
    await grid.getByText("The number is a landline (30006)").waitFor();
    await desk.call("sync_messages", {});
    await keys.press("/");
    await keys.press("Enter");
    await keys.press("Enter");
    await page.getByRole("heading", { name: "What Twilio told" }).waitFor();
    await page.getByText("-0.00750 USD").waitFor();
    check(await page.getByText("It left today.").isVisible(), "it shows what it said");
    await shot("5-message");
    await accessible(page, "an SMS");
  }, window);

  await test("what was sent elsewhere and what came in is read from the vendor's list", async () => {
    await go("#/messages");
    await page.getByRole("button", { name: "Read the list" }).click();
    await page.getByText("messages read").waitFor();
    await page.getByRole("button", { name: "Received", exact: true }).click();
    await until("only what came in is left", async () => (await grid.getAttribute("aria-rowcount")) === "9");
    await grid.getByText("from +4915").first().waitFor();
    await shot("6-received");
    await accessible(page, "what came in");
    await keys.press("Alt+h");
    await until("no number is in the page", async () => !(await page.content()).includes("+4915"));
    await shot("7-hidden");
    await keys.press("Alt+h");
  }, window);

  await test("it fits the smallest window, and the dark one", async () => {
    const small = await openWindow(browser, desk, { dark: true, width: 900, height: 600 });
    await small.go("#/messages?q=channel:sms");
    await small.page.getByRole("grid", { name: "Messages" }).getByText("Delivered").first().waitFor();
    await shot("8-dark-small", small.page);
    await accessible(small.page, "SMS in the dark");
    await small.page.keyboard.press("i");
    await small.page.getByRole("dialog").waitFor();
    await footInSight(small.page);
    await shot("9-dark-compose", small.page);
    await small.context.close();
  }, window);

  await test("nothing complained", () => check(complaints.length === 0, complaints.join("\n")), window);
}
