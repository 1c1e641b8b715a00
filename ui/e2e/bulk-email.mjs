// A list is brought, looked over, previewed and sent by keyboard; templates and suppressions are looked at.
import { join } from "node:path";

import { accessible } from "./axe.mjs";
import { check, footInSight, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";
import { startMail } from "./messages.mjs";

const PEOPLE = Array.from({ length: 40 }, (_, n) => `person${n}@example.com,Person ${n},CODE${n}`);
const LIST = ["email,name,code", ...PEOPLE, "person3@example.com,Again,X", "no address,Nobody,X", "gone@example.com,Gone,X"].join("\n");

export async function bulkEmail(browser, desk) {
  const mail = await startMail();
  const window = await openWindow(browser, desk);
  try {
    await desk.call("connect_mail", { vendor: "sendgrid", label: "letters", base_url: mail.base_url, key: { from: "text", key: mail.api_key } });
    await desk.call("set_mail_settings", { label: "letters", allow: "@example.com" });
    await play(browser, desk, window);
  } finally {
    await desk.call("remove_account", { label: "letters" }).catch(() => {});
    mail.stop();
    await window.context.close();
  }
}

async function play(browser, desk, window) {
  const { page, go, complaints } = window;
  const keys = page.keyboard;
  const shot = (name, of = page) => of.screenshot({ path: join(SCREENSHOTS, `bulk-email-${name}.png`) });
  let address;

  await test("a template is shown with data, its holes are named, and its HTML stays text", async () => {
    await go("#/messages/templates");
    const grid = page.getByRole("grid", { name: "Templates" });
    await grid.getByText("Refund notice").waitFor();
    await accessible(page, "the templates");
    await shot("1-templates");
    await grid.getByText("Refund notice").dblclick();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("writes out what was not given").waitFor();
    await dialog.getByLabel("Data (optional)").fill('{ "amount": "5.00 EUR", "payment": "ch_1" }');
    await dialog.getByText("5.00 EUR is on its way back to you").waitFor();
    await dialog.getByText("The HTML, as text").click();
    check((await page.title()) !== "never", "no script of a template runs");
    check((await page.locator("img[src*=tracker]").count()) === 0, "no picture of a template is loaded");
    await footInSight(page);
    await accessible(page, "a template");
    await shot("2-template");
    await keys.press("Escape");
  }, window);

  await test("whom SendGrid sends nothing to is listed with the reason, and found", async () => {
    await go("#/messages/suppressions");
    await page.getByText("typo@example.con").waitFor();
    await keys.press("/");
    await keys.type("bounce");
    await until("one is left", async () => (await page.getByRole("grid", { name: "Suppressions" }).getAttribute("aria-rowcount")) === "2");
    check(await page.getByText("550 5.1.1").isVisible(), "it says why");
    await accessible(page, "the suppressions");
    await shot("3-suppressions");
  }, window);

  await test("a list that is pasted is looked over before anything is sent", async () => {
    await go("#/messages/bulk");
    await page.getByText("Nothing was sent to many yet").waitFor();
    await accessible(page, "no run of email");
    await page.evaluate((text) => {
      const data = new DataTransfer();
      data.setData("text/plain", text);
      document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
    }, LIST);
    await page.getByLabel("Template").selectOption({ label: "News" });
    await shot("4-compose");
    await accessible(page, "composing a run");
    await keys.press("Control+Enter");
    await page.getByRole("grid", { name: "Recipients" }).waitFor();
    address = new URL(page.url()).hash;
    await page.getByRole("button", { name: "Suppressed" }).waitFor();
    await page.getByText("What the first 3 would get").click();
    await page.getByText("Hello Person 1, your code is CODE1.").first().waitFor();
    await shot("5-ready");
    await accessible(page, "a run that is ready");
  }, window);

  await test("it is sent by keyboard, and each recipient is told of", async () => {
    await keys.press("Control+Enter");
    const dialog = page.getByRole("dialog");
    await dialog.getByText("40 recipients get it").waitFor();
    await footInSight(page);
    await shot("6-confirm");
    await keys.press("Control+Enter");
    await page.getByText("Done", { exact: true }).first().waitFor();
    await until("all are taken", async () => (await desk.call("list_mail_runs", { range: {} })).items[0].to_send === 0);
    await page.getByRole("button", { name: "Taken" }).waitFor();
    await page.getByRole("button", { name: "Twice" }).click();
    await page.getByText("line 5").waitFor();
    await shot("7-done");
    await accessible(page, "a run that is done");
  }, window);

  await test("one email says before it leaves that it would be dropped", async () => {
    await go("#/messages");
    await keys.press("i");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("To", { exact: true }).fill("gone@example.com");
    await dialog.getByLabel("Subject").fill("Your parcel");
    await dialog.getByLabel("Text").fill("It left.");
    await dialog.getByText("SendGrid would not send it").waitFor();
    await shot("8-would-drop");
    await accessible(page, "an email that would be dropped");
    await keys.press("Escape");
  }, window);

  await test("it fits the smallest window, and the dark one", async () => {
    const small = await openWindow(browser, desk, { dark: true, width: 900, height: 600 });
    await small.go(address);
    await small.page.getByRole("grid", { name: "Recipients" }).waitFor();
    await shot("9-dark-small", small.page);
    await accessible(small.page, "a run in the dark");
    await small.go("#/messages/bulk");
    await small.page.getByRole("grid", { name: "Runs" }).waitFor();
    await shot("10-dark-runs", small.page);
    await small.context.close();
  }, window);

  await test("nothing complained", () => check(complaints.length === 0, complaints.join("\n")), window);
}
