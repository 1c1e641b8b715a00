// The history of events, one event, the live tail, endpoints and replays, on a real listener and a real receiver.
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { join } from "node:path";

import { accessible } from "./axe.mjs";
import { check, footInSight, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";

const SECRET = "whsec_of_the_journeys";
const EMAIL = "wendy.hidden@example.com";

function signature(secret, body) {
  const at = Math.floor(Date.now() / 1_000);
  return `t=${at},v1=${createHmac("sha256", secret).update(`${at}.${body}`).digest("hex")}`;
}

/** An event. Those of one second stand in no order, so one that must be the newest is a little later. */
function event(id, type, object, previous, laterSeconds = 0) {
  const created = Math.floor(Date.now() / 1_000) + laterSeconds;
  return JSON.stringify({
    id, object: "event", api_version: "2026-10-28.endive", created, livemode: false, pending_webhooks: 1, request: { id: "req_of_the_journey", idempotency_key: null }, type,
    data: { object: { livemode: false, created, ...object }, ...(previous === undefined ? {} : { previous_attributes: previous }) },
  });
}

const customer = (name) => ({ id: "cus_journey1", object: "customer", email: EMAIL, name, currency: "usd", metadata: { order: "1042" } });

async function deliver(hook, body, secret = SECRET) {
  const response = await fetch(hook.url, { method: "POST", body, headers: { "content-type": "application/json", "stripe-signature": signature(secret, body) } });
  return response.status;
}

/** A receiver on this machine that writes down what came. */
async function startReceiver() {
  const got = [];
  const server = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      got.push({ url: request.url, headers: request.headers, body: Buffer.concat(parts).toString("utf8") });
      response.writeHead(200, { "content-type": "text/plain" }).end("taken");
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { got, url: `http://127.0.0.1:${server.address().port}/hook`, stop: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }) };
}

function isSigned(one, secret) {
  const { t: at, v1 } = Object.fromEntries(one.headers["stripe-signature"].split(",").map((part) => part.split("=")));
  return v1 === createHmac("sha256", secret).update(`${at}.${one.body}`).digest("hex");
}

export async function webhooks(browser, desk) {
  const window = await openWindow(browser, desk);
  const receiver = await startReceiver();
  // The vendor knows nothing of what is delivered here; while its account is followed, that is found out and taken out again.
  await desk.call("cancel_sync", { account: "sandbox", pause: true });
  try {
    await play(browser, desk, window, receiver);
  } finally {
    await desk.call("start_sync", { account: "sandbox", wait: false });
    await receiver.stop();
    await window.context.close();
  }
}

async function play(browser, desk, window, receiver) {
  const { page, go, complaints } = window;
  const keys = page.keyboard;
  const shot = (name, of = page) => of.screenshot({ path: join(SCREENSHOTS, `webhooks-${name}.png`) });
  const grid = page.getByRole("grid", { name: "History of events" });
  const box = page.getByRole("combobox", { name: "Find events" });
  const row = (id) => grid.getByRole("row").filter({ hasText: id });
  const listed = (query) => desk.call("list_events", { query, range: {} }).then((found) => found.items.map((one) => one.id));
  let hook;

  await test("an account without a path gets one in the listener's panel", async () => {
    await go("#/");
    await page.getByRole("link", { name: "Webhooks" }).waitFor();
    await keys.press("g");
    await keys.press("w");
    await page.getByRole("button", { name: "Listener" }).first().click();
    await page.getByRole("dialog").getByText("Not listening").or(page.getByText("No path")).first().waitFor();
    await shot("1-listener-without-path");
    await accessible(page, "the listener without a path");
    const panel = page.getByRole("dialog");
    await panel.getByRole("button", { name: "Open a path" }).click();
    await panel.getByText("It is shown this once").waitFor();
    const made = (await panel.getByText(/^whsec_[0-9a-f]{64}$/).innerText()).trim();
    hook = await until("somebody listens", async () => (await desk.call("list_hooks", {})).items.find((one) => one.listening));
    await panel.getByText("Listening", { exact: true }).waitFor();
    await panel.getByText(hook.url).waitFor();
    await shot("2-listener");
    await accessible(page, "the listener");
    await panel.getByLabel("The vendor's secret").fill(SECRET);
    await panel.getByRole("button", { name: "Use this secret" }).click();
    await panel.getByText("The secret is kept").waitFor();
    await keys.press("Escape");
    await page.getByRole("button", { name: "Listener" }).first().click();
    await panel.getByText("Listening", { exact: true }).waitFor();
    check((await panel.getByText(made).count()) === 0, "the secret is shown a second time");
    await keys.press("Escape");
  }, window);

  await test("what is delivered stands in the history, and what is refused stands there with its reason", async () => {
    check((await deliver(hook, event("evt_journey1", "customer.created", customer("Wendy First"), undefined, -5))) === 200, "not taken");
    await until("it is there", async () => (await listed("evt_journey1")).length === 1);
    check((await deliver(hook, event("evt_journey2", "customer.updated", { ...customer("Wendy Second"), source: { owner: "Wendy Card" } }, { name: "Wendy First" }))) === 200, "not taken");
    check((await deliver(hook, event("evt_forged", "charge.refunded", { id: "ch_forged1", object: "charge" }), "whsec_other")) === 400, "a forged one was taken");
    await until("both are there", async () => (await listed("verdict:verified")).length === 2 && (await listed("verdict:refused")).length === 1);
    await row("evt_journey2").waitFor();
    await grid.getByText("Refused").waitFor();
    await grid.getByText("signature does not fit").waitFor();
    await shot("3-history");
    await accessible(page, "the history");
  }, window);

  await test("the box completes types, finds, and says where a search is wrong", async () => {
    await keys.press("/");
    await keys.type("ty");
    await page.getByRole("option", { name: /type:/ }).waitFor();
    await keys.press("Tab");
    await keys.type("customer.u");
    await page.getByRole("option", { name: "customer.updated" }).waitFor();
    await shot("4-completion");
    await keys.press("Tab");
    await until("only that type is listed", async () => (await row("evt_journey2").count()) === 1 && (await row("evt_journey1").count()) === 0);
    await box.fill("verdit:refused");
    await page.getByText(/there is no field `verdit:`/).waitFor();
    await shot("5-mistake");
    await page.getByRole("button", { name: "verdict" }).click();
    await grid.getByText("signature does not fit").waitFor();
    check((await row("evt_journey2").count()) === 0, "the search was not mended");
    await box.fill("type:*.nowhere");
    await page.getByText("No event fits").waitFor();
    await shot("6-nothing");
    await page.getByRole("button", { name: "Show all" }).or(page.getByRole("button", { name: /clear/i })).first().click();
    await row("evt_journey1").waitFor();
  }, window);

  await test("the live tail shows what comes, and holds the list when told so", async () => {
    await page.locator("h1").click();
    await deliver(hook, event("evt_journey3", "customer.updated", customer("Wendy Third"), { name: "Wendy Second" }, 5));
    await row("evt_journey3").waitFor();
    await keys.press("n");
    await page.getByRole("button", { name: "Held" }).waitFor();
    await deliver(hook, event("evt_journey4", "customer.updated", customer("Wendy Fourth"), { name: "Wendy Third" }, 10));
    const show = page.getByRole("button", { name: "1 new event: show" });
    await show.waitFor();
    check((await row("evt_journey4").count()) === 0, "a held list moved");
    await shot("7-held");
    await show.click();
    await row("evt_journey4").waitFor();
  }, window);

  await test("an event's page has its payload, its signature in words, its headers and what it changed", async () => {
    await row("evt_journey2").click();
    const tree = page.getByRole("tree", { name: "Payload as a tree" });
    await tree.getByText("Wendy Second").waitFor();
    await page.getByText("covers the whole body").waitFor();
    await page.getByText("Headers").click();
    await page.getByText("Stripe-Signature", { exact: false }).first().waitFor();
    const changes = page.getByRole("region", { name: "What changed" });
    await changes.getByRole("row").filter({ hasText: "name" }).getByText("Wendy First").waitFor();
    await shot("8-event");
    await accessible(page, "the page of an event");
    await page.getByLabel("Search in it").fill("order");
    await page.getByText("1 hit").waitFor();
    await keys.press("Enter");
    await tree.focus();
    await keys.press("p");
    await until("the path is copied", async () => (await page.evaluate(() => navigator.clipboard.readText())) === "data.object.metadata.order");
    await keys.press("c");
    await until("the value is copied", async () => (await page.evaluate(() => navigator.clipboard.readText())) === "1042");
    await keys.press("ArrowLeft");
    await keys.press("ArrowLeft");
    check((await tree.getByText("1042").count()) === 0, "the branch did not close");
    await page.getByRole("button", { name: "Raw" }).click();
    await page.locator("pre").getByText("previous_attributes").waitFor();
    await shot("9-raw");
    await page.getByRole("button", { name: "Tree", exact: true }).click();
    await changes.getByLabel("Compare with").selectOption({ label: "The object as it is now" });
    await changes.getByText("Wendy Fourth").waitFor();
  }, window);

  await test("u13 hidden personal data is hidden in payloads, too", async () => {
    // A whole object that came or went, under a name that is the vendor's own word.
    await page.getByRole("region", { name: "What changed" }).getByText("Wendy Card").waitFor();
    await page.locator("h1").click();
    await keys.press("Alt+h");
    await page.getByRole("button", { name: "Personal data hidden" }).waitFor();
    const text = await page.locator("body").innerText();
    check(!text.includes("Wendy") && !text.includes(EMAIL), "a payer is still to be read");
    await page.getByRole("tree").getByText("customer.updated").waitFor();
    await shot("10-hidden");
    await page.getByRole("button", { name: "Raw" }).click();
    check(!(await page.locator("body").innerText()).includes("Wendy"), "the raw payload tells of a payer");
    await page.getByRole("button", { name: "Tree", exact: true }).click();
    await page.locator("h1").click();
    await keys.press("Alt+h");
  }, window);

  await test("an endpoint is added, its secret is shown once, and what comes is sent on with a valid signature", async () => {
    await go("#/webhooks/endpoints");
    await page.getByText("No endpoints yet").waitFor();
    await shot("11-no-endpoints");
    await accessible(page, "no endpoints");
    await page.getByRole("button", { name: "Add an endpoint" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Address", { exact: true }).fill(receiver.url);
    await dialog.getByLabel("Events", { exact: true }).fill("customer.*");
    await accessible(page, "the dialog that adds an endpoint");
    await footInSight(page);
    await dialog.getByRole("button", { name: "Add an endpoint" }).click();
    await dialog.getByRole("alert").waitFor();
    await shot("12-endpoint-refused");
    await dialog.getByLabel("The address may be on this machine").check();
    await dialog.getByRole("button", { name: "Add an endpoint" }).click();
    await dialog.getByText("It is shown this once").waitFor();
    const secret = (await dialog.getByText(/^whsec_[0-9a-f]{64}$/).innerText()).trim();
    await shot("13-secret");
    await dialog.getByRole("button", { name: "Done" }).click();
    await deliver(hook, event("evt_journey5", "customer.updated", customer("Wendy Fifth"), { name: "Wendy Fourth" }, 15));
    const sent = await until("it is sent on", async () => receiver.got.find((one) => one.body.includes("evt_journey5")));
    check(isSigned(sent, secret), "the signature does not fit the secret that was shown");
    await page.getByRole("grid", { name: "Endpoints" }).getByText(receiver.url).click();
    await page.getByRole("treegrid", { name: "Deliveries" }).getByText("Delivered").waitFor();
    await page.getByText("Tries by day").waitFor();
    await shot("14-endpoint");
    await accessible(page, "the page of an endpoint");
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("Paused").waitFor();
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
  }, window);

  await test("an event is replayed to an address on this machine, and its page shows where it went", async () => {
    receiver.got.length = 0;
    await go("#/webhooks/events/evt_journey1");
    await page.getByText("It was not sent on to any endpoint.").waitFor();
    await keys.press("m");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Address", { exact: true }).fill("http://example.com/hook");
    await dialog.getByText("Only addresses on this machine").waitFor();
    await dialog.getByLabel("Address", { exact: true }).fill(receiver.url);
    await accessible(page, "the dialog that replays");
    await keys.press("Control+Enter");
    await dialog.getByText("1 taken, 0 not taken, 0 waiting, of 1").waitFor();
    const secret = (await dialog.getByText(/^whsec_[0-9a-f]{64}$/).innerText()).trim();
    check(receiver.got.length === 1 && isSigned(receiver.got[0], secret), "the replay does not fit the secret that was shown");
    check(JSON.parse(receiver.got[0].body).id === "evt_journey1", receiver.got[0].body);
    await shot("15-replayed");
    await dialog.getByRole("button", { name: "Done" }).click();
    const deliveries = page.getByRole("region", { name: "Deliveries" });
    await deliveries.getByText("Delivered").click();
    await deliveries.getByText("taken", { exact: true }).waitFor();
    await shot("16-deliveries");
    await accessible(page, "an event that was sent on");
  }, window);

  await test("a search for events becomes a view with its count beside it, by keyboard, and payments do not show it", async () => {
    await go(`#/webhooks?q=${encodeURIComponent("type:customer.*")}`);
    await row("evt_journey1").waitFor();
    await page.locator("h1").click();
    await keys.press("v");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").waitFor();
    check((await dialog.getByRole("checkbox").count()) === 0, "a view of events is said to notify");
    await keys.type("Customers");
    await keys.press("Enter");
    await dialog.waitFor({ state: "detached" });
    const { events } = await desk.call("count_events", { query: "type:customer.*", exact: true });
    const views = page.getByRole("group", { name: "Saved views" });
    await views.getByLabel(`${events.toLocaleString("en")} events`).waitFor();
    await shot("16b-view");
    await accessible(page, "the history with a view");
    await deliver(hook, event("evt_journey6", "customer.updated", customer("Wendy Sixth"), undefined, 20));
    await views.getByLabel(`${(events + 1).toLocaleString("en")} events`).waitFor();
    await go("#/payments?q=status:failed");
    await page.getByRole("grid", { name: "Payments" }).waitFor();
    check((await page.getByRole("button", { name: /^Customers/ }).count()) === 0, "payments show a view of events");
    await desk.call("remove_view", { name: "Customers" });
  }, window);

  await test("columns of the history are hidden and stay so", async () => {
    await go("#/webhooks");
    const header = grid.getByRole("columnheader", { name: "Account" });
    await header.waitFor();
    const tick = async () => {
      await page.getByRole("button", { name: "Choose columns" }).click();
      await page.getByRole("menuitemcheckbox", { name: "Account" }).click();
      await keys.press("Escape");
    };
    await tick();
    await header.waitFor({ state: "detached" });
    await shot("16c-columns");
    await page.reload();
    await row("evt_journey6").waitFor();
    check((await header.count()) === 0, "the choice was forgotten");
    await tick();
    await header.waitFor();
  }, window);

  await test("a refused request has a page that says why, and cannot be replayed", async () => {
    await go(`#/webhooks?q=${encodeURIComponent("verdict:refused")}`);
    await grid.getByText("signature does not fit").waitFor();
    // Enter is the button's of before while that has the focus.
    await page.locator("h1").click();
    await keys.press("j");
    await keys.press("Enter");
    await page.getByText("No secret of this path makes this signature").waitFor();
    check(await page.getByRole("button", { name: "Replay" }).isDisabled(), "what was refused can be replayed");
    await shot("17-refused");
    await accessible(page, "a refused request");
  }, window);

  const [kept] = await listed("verdict:feed type:charge.*");
  for (const look of [{ name: "dark", dark: true }, { name: "narrow", width: 900, height: 600 }]) {
    const other = await openWindow(browser, desk, look);
    await test(`history, event and endpoints in ${look.name}`, async () => {
      for (const [name, hash, ready] of [
        ["history", "#/webhooks", kept], ["event", `#/webhooks/events/${kept}`, "What changed"], ["endpoints", "#/webhooks/endpoints", "customer.*"],
      ]) {
        await other.go(hash);
        await other.page.reload();
        await other.page.getByText(ready).first().waitFor();
        await shot(`${name}-${look.name}`, other.page);
        const wide = await other.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        check(wide <= 0, `${name} is ${wide} pixels too wide`);
        await accessible(other.page, `${name} in ${look.name}`);
      }
      check(other.complaints.length === 0, other.complaints.join("\n"));
    }, other);
    await other.context.close();
  }

  await test("no complaint about webhooks", () => check(complaints.length === 0, complaints.join("\n")), window);
}
