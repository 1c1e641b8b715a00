// Starts the real Desk behind the loopback bridge on a temporary home, and a browser on the page.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const UI = dirname(dirname(fileURLToPath(import.meta.url)));
const ROOT = dirname(UI);
const START_LIMIT_MS = 60_000;
const NONCE = "end-to-end";

export const SCREENSHOTS = join(ROOT, "target", "screenshots");
mkdirSync(SCREENSHOTS, { recursive: true });

function run(command, args, options) {
  const done = spawnSync(command, args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024, ...options });
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${done.stdout}\n${done.stderr}`);
  return done.stdout;
}

/** Builds the page with the bridge in it, into a folder that no release is made from. */
export function buildPage() {
  const folder = join(ROOT, "target", "e2e-page");
  run(join(UI, "node_modules", ".bin", "vite"), ["build", "--outDir", folder, "--emptyOutDir"], {
    cwd: UI,
    env: { ...process.env, VITE_BRIDGE: "1" },
  });
  return folder;
}

/** Builds the bridge and says where the program is. `PAYDESK_BRIDGE_BIN` names one that is built already. */
export function buildBridge() {
  if (process.env.PAYDESK_BRIDGE_BIN) return process.env.PAYDESK_BRIDGE_BIN;
  const lines = run("cargo", ["build", "-q", "-p", "desk", "--example", "bridge", "--message-format=json"], { cwd: ROOT });
  const built = lines.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  const program = built.findLast((one) => one.target?.name === "bridge" && one.executable);
  if (!program) throw new Error("Cargo built no bridge.");
  return program.executable;
}

/** A Desk on a home of its own. */
export async function startDesk(program, page) {
  const home = mkdtempSync(join(tmpdir(), "paydesk-e2e-"));
  const passphrase = join(home, "passphrase");
  writeFileSync(passphrase, "correct horse battery staple\n", { mode: 0o600 });
  const desk = spawn(program, ["--home", join(home, "home"), "--ui", page], {
    env: { ...process.env, PAYDESK_VAULT: "passphrase", PAYDESK_PASSPHRASE_FILE: passphrase },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await firstLine(desk);
  return {
    url,
    /** Asks the Desk without the page, to prepare and to look behind it. */
    async call(endpoint, request, environment = "sandbox") {
      const response = await fetch(`${url}/${environment}/call/${endpoint}`, { method: "POST", body: JSON.stringify(request) });
      const answer = await response.json();
      if (answer.err) throw new Error(`${endpoint}: ${JSON.stringify(answer.err)}`);
      return answer.ok;
    },
    async stop() {
      const ended = new Promise((resolve) => desk.once("exit", resolve));
      desk.kill("SIGINT");
      const late = setTimeout(() => desk.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(late);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function firstLine(desk) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("The bridge did not start in time.")), START_LIMIT_MS);
    desk.once("exit", (code) => reject(new Error(`The bridge ended with ${code}.`)));
    createInterface({ input: desk.stdout }).once("line", (line) => {
      clearTimeout(late);
      resolve(JSON.parse(line).url);
    });
  });
}

/** The policy that the window's configuration states, with the bridge in place of the desktop's own channel. */
function policy() {
  const { csp } = JSON.parse(readFileSync(join(ROOT, "tauri.conf.json"), "utf8")).app.security;
  const bridged = { ...csp, "connect-src": "'self'", "style-src": `${csp["style-src"]} 'nonce-${NONCE}'` };
  return Object.entries(bridged).map(([name, value]) => `${name} ${value}`).join("; ");
}

export async function startBrowser() {
  return chromium.launch({
    executablePath: process.env.PAYDESK_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/**
 * A window on the page, under the content policy of the desktop window and with its frozen prototypes.
 * What it should never do is written down in `complaints`.
 */
export async function openWindow(browser, desk, { environment = "sandbox", dark = false, width = 1280, height = 800 } = {}) {
  const context = await browser.newContext({
    viewport: { width, height }, colorScheme: dark ? "dark" : "light", reducedMotion: "reduce", locale: "en-US",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const page = await context.newPage();
  // Long enough for a machine whose disk stands still for a while; what passes does not wait for it.
  page.setDefaultTimeout(60_000);
  const complaints = [];
  await page.addInitScript(() => {
    Object.freeze(Object.prototype);
    window.addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => { complaints.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); });
  page.on("request", (request) => { if (!request.url().startsWith(desk.url)) complaints.push(`request to ${request.url()}`); });
  await page.route(`${desk.url}/?environment=*`, async (route) => {
    const response = await route.fetch();
    const html = (await response.text()).replace('<style id="style-nonce"', `<style id="style-nonce" nonce="${NONCE}"`);
    await route.fulfill({ response, body: html, headers: { ...response.headers(), "content-security-policy": policy() } });
  });
  const go = async (hash = "") => {
    await page.goto(`${desk.url}/?environment=${environment}${hash}`);
  };
  return { page, context, complaints, go };
}

/** What stands in the way on a page: its dialog, or the whole, and the errors it shows. */
async function onScreen(page) {
  const read = () => {
    const errors = [...document.querySelectorAll("[data-error]")].map((one) => one.getAttribute("data-error"));
    const text = ([...document.querySelectorAll("[role=dialog]")].at(-1) ?? document.body).innerText.replaceAll(/\s+/g, " ");
    return `${window.location.hash}, errors [${errors.join(", ")}]: ${text.slice(0, 600)}`;
  };
  return page.evaluate(read).catch((error) => `not readable (${error.message})`);
}

const results = [];

/** Runs one test; a failure tells what was on screen, leaves a screenshot and lets the next one run. */
export async function test(name, body, window) {
  const started = performance.now();
  try {
    await body();
    results.push(true);
    console.log(`ok      ${name} (${Math.round(performance.now() - started)} ms)`);
  } catch (error) {
    results.push(false);
    console.log(`FAILED  ${name}\n        ${String(error.stack ?? error).split("\n").slice(0, 12).join("\n        ")}`);
    if (window !== undefined) console.log(`        the page: ${await onScreen(window.page)}`);
    await window?.page.screenshot({ path: join(SCREENSHOTS, `failed-${name.replaceAll(/\W+/g, "-")}.png`) }).catch(() => {});
  }
}

/** The closing line, and whether all went well. */
export function close() {
  const passed = results.filter(Boolean).length;
  console.log(`${passed} passed, ${results.length - passed} failed`);
  return results.length > 0 && passed === results.length;
}

export function check(holds, what) {
  if (!holds) throw new Error(what);
}

/** Fails where a button at the foot of the dialog on top is out of sight, or under something else. */
export async function footInSight(page) {
  const out = await page.getByRole("dialog").last().evaluate((dialog) => [...dialog.querySelectorAll("footer button")].filter((button) => {
    const { left, top, width, height } = button.getBoundingClientRect();
    const at = document.elementFromPoint(left + width / 2, top + height / 2);
    return top < 0 || top + height > window.innerHeight || !(button === at || button.contains(at) || button.disabled && button.parentElement?.contains(at));
  }).map((button) => button.textContent));
  check(out.length === 0, `out of sight: ${out.join(", ")}`);
}

/** Fills in a field that proposes something: a proposal that comes while the field is being filled would stand before the text. */
export async function fillIn(field, text) {
  await until(`a field to hold ${text}`, async () => {
    await field.fill(text);
    return (await field.inputValue()) === text;
  });
}

/** Waits for something that only the Desk or the page can say. */
export async function until(what, look, limitMs = 60_000) {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > end) throw new Error(`It did not happen in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
