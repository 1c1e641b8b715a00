// Channels for messages of Paydesk's own, on the sandbox that records what would leave the machine.
import { randomUUID } from "node:crypto";
import { join } from "node:path";

import { accessible } from "./axe.mjs";
import { check, footInSight, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";

const SLACK = "https://hooks.slack.com/services/T000/B000/canaryOfTheJourney";

export async function notifications(browser, desk) {
  const window = await openWindow(browser, desk);
  try {
    await play(browser, desk, window);
  } finally {
    await window.context.close();
  }
}

async function play(browser, desk, { page, go, complaints }) {
  const keys = page.keyboard;
  const shot = (name, of = page) => of.screenshot({ path: join(SCREENSHOTS, `notifications-${name}.png`) });
  const grid = page.getByRole("treegrid", { name: "Notifications" });
  const recorded = () => desk.call("list_sandbox_messages", {}).then((found) => found.items);

  await test("a page without channels says what they are for", async () => {
    await go("#/");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await keys.press("g");
    await keys.press("w");
    await page.getByRole("link", { name: "Notifications" }).click();
    await page.getByText("Nobody is told yet").waitFor();
    await shot("1-empty");
    await accessible(page, "notifications without channels");
  });

  await test("a channel is added with a look at how messages come out", async () => {
    await page.getByRole("button", { name: "Add a channel" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name", { exact: true }).fill("ops");
    await dialog.getByLabel("Webhook address", { exact: true }).fill(SLACK);
    check((await dialog.getByLabel("Webhook address", { exact: true }).getAttribute("type")) === "password", "the secret is masked while it is typed");
    await dialog.getByLabel("Messages", { exact: true }).fill("paydesk.refund.*");
    await dialog.getByText("*[sandbox] Refund of 42.50 EUR needs a person*").waitFor();
    await dialog.getByLabel("Message", { exact: true }).selectOption("paydesk.dispute.due");
    await dialog.getByText("The rules leave messages of this type out.").waitFor();
    await accessible(page, "the dialog of a channel");
    await shot("2-dialog");
    await keys.press("Control+Enter");
    await grid.getByText("ops").waitFor();
    check((await page.content()).includes("canaryOfTheJourney") === false, "the secret is nowhere in the page");
  });

  await test("a test says what was answered, and the sandbox records it", async () => {
    await keys.press("j");
    await keys.press("Enter");
    await page.getByRole("button", { name: "Send a test" }).click();
    await page.getByText("ops took the test message.").waitFor();
    await page.getByText("Answered 200: ok").waitFor();
    const all = await recorded();
    check(all.length === 1 && all[0].vendor === "slack" && all[0].body.includes("test message"), "the sandbox recorded the test");
    await accessible(page, "an open channel");
    await shot("3-tested");
  });

  await test("a refund is told once", async () => {
    const found = await desk.call("find_payments", { query: "status:succeeded currency:usd", range: { limit: 100 } });
    const payment = found.items.find((one) => one.refunded.minor === "0" && !one.disputed && Number(one.captured.minor) > 500);
    await desk.call("issue_refund", { request_id: randomUUID(), payment: payment.id, amount: { choice: "exactly", amount: "1.00" } });
    await until("the refund is told", async () => (await recorded()).some((one) => one.body.includes("Refund of 1.00 USD settled")));
    await until("the channel says so", async () => (await grid.getByText("paydesk.refund.settled").count()) > 0);
    check((await recorded()).filter((one) => one.body.includes("1.00 USD")).length === 1, "it is told once");
    await page.getByRole("button", { name: "Recorded" }).click();
    await page.getByRole("dialog").getByText("Refund of 1.00 USD settled").waitFor();
    await accessible(page, "what the sandbox recorded");
    await shot("4-recorded");
    await keys.press("Escape");
  });

  await test("a channel is paused, changed and removed", async () => {
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await grid.getByText("Paused").waitFor();
    await page.getByRole("button", { name: "Change", exact: true }).click();
    await page.getByRole("dialog").getByLabel("Most an hour", { exact: true }).fill("3");
    await page.getByRole("dialog").getByLabel("Quiet hours", { exact: true }).fill("22:00-07:00");
    await keys.press("Control+Enter");
    await page.getByText("at most 3 an hour").waitFor();
    for (const look of [{ name: "dark", dark: true, width: 1280, height: 800 }, { name: "narrow", dark: false, width: 900, height: 600 }]) {
      const other = await openWindow(browser, desk, look);
      await other.go("#/webhooks/notifications");
      await other.page.getByRole("treegrid", { name: "Notifications" }).getByText("ops").waitFor();
      await other.page.keyboard.press("j");
      await other.page.keyboard.press("Enter");
      await other.page.getByRole("button", { name: "Send a test" }).waitFor();
      await accessible(other.page, `channels in ${look.name}`);
      await shot(`5-${look.name}`, other.page);
      await other.page.getByRole("button", { name: "Add a channel" }).click();
      await other.page.getByRole("dialog").waitFor();
      await footInSight(other.page);
      await shot(`6-dialog-${look.name}`, other.page);
      await other.context.close();
    }
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByRole("dialog").waitFor();
    await keys.press("Control+Enter");
    await page.getByText("Nobody is told yet").waitFor();
    check(complaints.length === 0, `no complaints: ${complaints.join("; ")}`);
  });
}
