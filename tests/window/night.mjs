// A night away: the window is closed, the vendor goes on for hours, and in the morning what came meanwhile is told,
// and sent by keyboard alone to a server of the developer's own, which checks each signature.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { connect } from "./connect.mjs";
import { newHome, sitDown, vendorOf } from "./lib/desk.mjs";
import { closeWindow } from "./lib/manager.mjs";
import { hold } from "./lib/report.mjs";
import { until } from "./lib/wait.mjs";
import { KEY } from "./lib/webdriver.mjs";
import { words } from "./lib/words.mjs";

const run = promisify(execFile);
const HOURS = 9;
/** What others do at the account while nobody here looks. */
const CAUSED = ["charge.succeeded", "charge.failed", "charge.refunded", "customer.updated", "payment_intent.canceled", "charge.dispute.created", "customer.deleted", "refund.updated", "payout.paid", "balance.available"];
const FEWEST_EVENTS = 20;
const FEWEST_TYPES = 8;

export async function a_night_asleep_is_told_in_the_morning_and_replayed_by_keyboard(context) {
  const vendor = await vendorOf(context, "--charges", "150", "--seed", "41", "--hours-ago", String(HOURS));
  const receiver = await receiverOf(context);
  const home = newHome();
  const evening = await sitDown(context, { home, name: "night-evening" });
  await connect(evening, vendor, "shop");
  await evening.mirrored();
  await evening.press("g", "w");
  await evening.seesElement("[role=grid] [data-row]");
  const banner = `section[aria-label="${words("webhooks.missed")}"]`;
  hold(await evening.page.run((css) => document.querySelector(css) === null, banner), "something was missed before the night");
  closeWindow();
  await evening.program.ends();
  await evening.program.stop();
  const came = await theNight(context, vendor);
  const morning = await sitDown(context, { home, name: "night-morning" });
  await morning.mirrored();
  // The file of yesterday is whole at once, and keys are for a page that is there.
  await morning.seesElement("h1", words("nav.overview"));
  await until("the window to have the focus", () => morning.page.run(() => document.hasFocus()));
  await morning.press("g", "w");
  await morning.seesElement(banner, words("webhooks.missedCame.other", { count: came.length, account: "shop" }), 60_000);
  await morning.seesElement(banner, "charge.succeeded");
  await morning.shot("missed");
  await shown(morning, came);
  const secret = await replayed(morning, banner, receiver, came.length);
  await arrivedOnce(context, receiver, came, secret);
}

/** Causes events over the hours from another home, as colleagues would, and tells which the vendor has of them. */
async function theNight(context, vendor) {
  const folder = mkdtempSync(join(tmpdir(), "paydesk-night-"));
  context.endings.push(() => { rmSync(folder, { recursive: true, force: true }); });
  const colleague = (...args) => run(process.env.PAYDESKCTL_BIN, ["--home", join(folder, "home"), ...args, "--json"], {
    env: { ...process.env, XDG_RUNTIME_DIR: folder, PAYDESK_VAULT: "environment", PAYDESK_NIGHT_KEY: vendor.key },
  });
  await colleague("accounts", "add", "stripe", "--label", "shop", "--base-url", vendor.base, "--key-env", "PAYDESK_NIGHT_KEY");
  const fell = await advanced(vendor, 60);
  const each = Math.floor((HOURS * 3_600 - 120) / CAUSED.length);
  for (const type of CAUSED) {
    await colleague("trigger", type);
    await advanced(vendor, each);
  }
  await advanced(vendor, Math.max(0, Math.ceil(Date.now() / 1_000) - (await advanced(vendor, 0))));
  const { data, has_more: more } = await vendor.get(`/v1/events?created[gte]=${fell}&limit=100`);
  hold(!more && data.length >= FEWEST_EVENTS, `the night brought ${data.length} events`);
  hold(new Set(data.map((one) => one.type)).size >= FEWEST_TYPES, `of ${data.map((one) => one.type)}`);
  return data.map((one) => one.id);
}

/** Moves the vendor's clock, and answers with what it shows. */
async function advanced(vendor, seconds) {
  const answer = await fetch(`${vendor.base}/sandbox/clock`, {
    method: "POST", body: `advance_seconds=${seconds}`, headers: { authorization: `Bearer ${vendor.key}`, "content-type": "application/x-www-form-urlencoded" },
  });
  hold(answer.ok, `the vendor's clock answered ${answer.status}`);
  return (await answer.json()).now;
}

/** The list shows what the banner tells of, and nothing else. */
async function shown(morning, came) {
  await morning.tabTo(words("webhooks.missedShow"));
  await morning.press(KEY.Enter);
  const listed = await until("the list to hold the night", async () => {
    const query = await morning.page.run(() => document.querySelector("[role=search] input, input[role=combobox]").value);
    if (!query.includes("verdict:feed")) return undefined;
    const { items } = await morning.request("list_events", { query, range: { limit: 200 } });
    return items.length === came.length ? items : undefined;
  });
  hold(listed.every((one) => came.includes(one.id)), "the list shows what did not come in the night");
  await morning.shot("shown");
}

/** Replays what the banner tells of to the receiver, and answers with the secret that is shown. */
async function replayed(morning, banner, receiver, count) {
  await morning.tabTo(words("webhooks.missedShow"));
  await morning.press(KEY.Tab);
  hold((await morning.focused()) === words("webhooks.missedReplay"), "the banner's next button does not replay");
  hold(await morning.page.run((css) => document.activeElement.closest(css) !== null, banner), "another button has the focus");
  await morning.press(KEY.Enter);
  await morning.seesElement("[role=dialog] form");
  await morning.sees(words("replay.matches.other", { count }));
  await morning.tabTo(words("replay.url"));
  await morning.paste(receiver.url);
  await morning.shot("replay");
  await morning.press([KEY.Control, KEY.Enter]);
  await morning.seesElement("[role=dialog] [role=status]", words("replay.figures", { delivered: count, failed: 0, waiting: 0, total: count }), 60_000);
  await morning.shot("replayed");
  const secret = await morning.page.run(() => /whsec_[0-9a-f]{64}/.exec(document.querySelector("[role=dialog]").textContent)?.[0]);
  hold(secret !== undefined, "no secret is shown");
  await morning.tabTo(words("dialog.done"));
  await morning.press(KEY.Enter);
  await morning.goes("[role=dialog]");
  return secret;
}

/** Each event of the night is at the receiver once, with a signature that the verifier of the commands takes. */
async function arrivedOnce(context, receiver, came, secret) {
  const ids = receiver.got.map((one) => JSON.parse(one.body).id);
  hold(ids.length === came.length && new Set(ids).size === ids.length, `${ids.length} came, ${new Set(ids).size} of them different`);
  for (const id of came) hold(ids.includes(id), `${id} did not arrive`);
  const folder = mkdtempSync(join(tmpdir(), "paydesk-night-"));
  context.endings.push(() => { rmSync(folder, { recursive: true, force: true }); });
  const verified = async (request, key) => {
    const file = join(folder, "request.json");
    writeFileSync(file, JSON.stringify(request));
    return run(process.env.PAYDESKCTL_BIN, ["webhooks", "verify", "--scheme", "stripe", "--request", file, "--secret-env", "SECRET"], { env: { ...process.env, SECRET: key } })
      .then(({ stdout }) => stdout.trim(), (error) => error.stdout.trim());
  };
  for (const { method, headers, body } of receiver.got) {
    const said = await verified({ method, url: receiver.url, headers, body_base64: body.toString("base64") }, secret);
    hold(said === "valid", `the verifier says ${said} of ${body.toString("utf8").slice(0, 60)}`);
  }
  const [{ method, headers, body }] = receiver.got;
  const forged = await verified({ method, url: receiver.url, headers, body_base64: body.toString("base64") }, `${secret.slice(0, -1)}x`);
  hold(forged.startsWith("invalid"), `the verifier says ${forged} of another secret`);
}

/** A developer's own server, which writes down what comes. */
async function receiverOf(context) {
  const got = [];
  const server = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const { rawHeaders: raw } = request;
      const headers = raw.flatMap((name, place) => (place % 2 === 0 ? [[name, raw[place + 1]]] : []));
      got.push({ method: request.method, headers, body: Buffer.concat(parts) });
      response.writeHead(200).end();
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.endings.push(() => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }));
  return { got, url: `http://127.0.0.1:${server.address().port}/hook` };
}
