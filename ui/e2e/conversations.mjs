// A rule lets refunds tell their payers; the answer goes out from the message's page by keyboard, and the conversation shows both.
import { randomUUID } from "node:crypto";
import { join } from "node:path";

import { accessible } from "./axe.mjs";
import { check, footInSight, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";
import { startMail } from "./messages.mjs";

export async function conversations(browser, desk) {
  const mail = await startMail();
  const window = await openWindow(browser, desk);
  try {
    await play(browser, desk, window, mail);
  } finally {
    const shop = (await desk.call("list_accounts", {})).items.find((one) => one.capability === "payments");
    await desk.call("set_refund_notices", { label: shop.label, on: false });
    await desk.call("remove_account", { label: "letters" }).catch(() => {});
    mail.stop();
    await window.context.close();
  }
}

async function play(browser, desk, window, mail) {
  const { page, go, complaints } = window;
  const keys = page.keyboard;
  const shot = (name, of = page) => of.screenshot({ path: join(SCREENSHOTS, `conversations-${name}.png`) });
  const dialog = page.getByRole("dialog");
  const item = async (account, name) => {
    await page.getByRole("button", { name: `More for ${account}` }).click();
    await page.getByRole("menuitem", { name }).click();
    await dialog.waitFor();
  };
  let payment;
  let shop;

  await test("how an account sends is chosen in the window", async () => {
    await desk.call("connect_mail", { vendor: "sendgrid", label: "letters", environment: "sandbox", base_url: mail.base_url, key: { from: "text", key: mail.api_key } });
    shop = (await desk.call("list_accounts", {})).items.find((one) => one.capability === "payments").label;
    await go("#/accounts");
    await item("letters", "Sending");
    await dialog.getByLabel("Keep what messages say").selectOption("yes");
    await dialog.getByLabel("Address, number, or @domain").fill("@example.com");
    await dialog.getByRole("button", { name: "Add" }).click();
    await dialog.getByRole("button", { name: "Take off" }).waitFor();
    await shot("1-sending");
    await footInSight(page);
    await accessible(page, "how an account sends");
    await dialog.getByRole("button", { name: "Save" }).click();
    await until("it is kept", async () => (await desk.call("show_mail_settings", { label: "letters" })).keep_bodies);
  }, window);

  await test("a rule is made, and the next refund tells its payer once", async () => {
    await item(shop, "Refund notices");
    await dialog.getByLabel("When a refund has succeeded").selectOption("on");
    await shot("2-rule");
    await accessible(page, "the rule of refund notices");
    await dialog.getByRole("button", { name: "Set the rule" }).click();
    await until("it is on", async () => (await desk.call("show_refund_notices", { label: shop })).on);
    const found = await desk.call("find_payments", { query: "status:succeeded currency:usd", range: { limit: 100 } });
    payment = found.items.find((one) => one.state === "succeeded" && one.captured.minor > 2_000 && one.email !== null);
    // Outside live nobody gets real mail but whom a person allowed.
    await desk.call("set_mail_settings", { label: "letters", allow: payment.email });
    await desk.call("issue_refund", { request_id: randomUUID(), payment: payment.id, amount: { choice: "exactly", amount: "2.00" }, undo_seconds: 0 });
    await go(`#/payments/${payment.id}`);
    await page.getByText("Refund notice emailed").waitFor();
    await shot("3-timeline");
    const told = await desk.call("list_messages", { query: `payment:${payment.id}`, range: { limit: 50 } });
    check(told.items.filter((one) => one.purpose === "refund_notice").length === 1, "it is told once");
  }, window);

  await test("an answer goes out from the message by keyboard, and both are one conversation", async () => {
    await page.getByRole("link", { name: "Refund notice emailed" }).click();
    await page.getByRole("button", { name: "Write to them" }).waitFor();
    await keys.press("i");
    check((await dialog.getByLabel("Subject").inputValue()).startsWith("Re: "), "it answers the subject");
    await dialog.getByLabel("Text").fill("It takes five days at most.");
    await dialog.locator('section[aria-busy="false"]').waitFor();
    await shot("4-answer");
    await keys.press("Control+Enter");
    await dialog.getByRole("button", { name: "Done" }).waitFor();
    await keys.press("Enter");
    await page.getByRole("heading", { name: "Conversation" }).waitFor();
    await page.getByText("It takes five days at most.").waitFor();
    await shot("5-conversation");
    await accessible(page, "a conversation");
  }, window);

  await test("an email that is sent later is taken back from its page", async () => {
    const later = await desk.call("send_message", { request_id: randomUUID(), to: "cid@example.com", content: { kind: "free_text", subject: "Later", text: "Not yet." }, send_at: new Date(Date.now() + 3_600_000).toISOString() });
    await go(`#/messages/${later.id}`);
    await page.getByRole("button", { name: "Take it back" }).click();
    await shot("6-take-back");
    await dialog.getByRole("button", { name: "Take it back" }).click();
    await until("it is canceled", async () => (await desk.call("show_message", { id: later.id })).message.state === "canceled");
    await page.getByText("Taken back before its time").first().waitFor();
  }, window);

  await test("it fits the smallest window, and the dark one", async () => {
    const small = await openWindow(browser, desk, { dark: true, width: 900, height: 600 });
    const told = await desk.call("list_messages", { query: `payment:${payment.id}`, range: { limit: 1 } });
    await small.go(`#/messages/${told.items[0].id}`);
    await small.page.getByRole("heading", { name: "Conversation" }).waitFor();
    await small.page.getByRole("heading", { name: "Conversation" }).scrollIntoViewIfNeeded();
    await shot("7-dark-small", small.page);
    await accessible(small.page, "a conversation in the dark");
    await small.context.close();
  }, window);

  await test("nothing complained", () => check(complaints.length === 0, complaints.join("\n")), window);
}
