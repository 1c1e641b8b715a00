// How long the window takes to its first rows, and from a keystroke to the rows it asks for, on a mirror of so many
// payments. `./dev bench` calls it with release builds; it judges nothing. All times are the page's own, without what
// WebDriver adds; the start counts from the process's own.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

import { newHome } from "./lib/desk.mjs";
import { Program, startVendor } from "./lib/program.mjs";
import { until } from "./lib/wait.mjs";

const STARTS = 5;
const TEXTS = 12;
/** Ticks of a second in which the system counts when a process began. */
const TICKS = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

export async function firstRows(payments) {
  const home = newHome();
  const vendor = await startVendor("--charges", String(payments));
  const environment = { ...process.env, PAYDESK_HOME: home, BENCH_KEY: vendor.key };
  const paydeskctl = (...args) => execFileSync(process.env.PAYDESKCTL_BIN, args, { env: environment, stdio: ["ignore", "pipe", "ignore"] });
  const [starts, rows, keystrokes] = [[], [], []];
  try {
    paydeskctl("accounts", "add", "stripe", "--label", "bench", "--base-url", vendor.base, "--key-env", "BENCH_KEY");
    paydeskctl("sync");
    for (let start = 0; start < STARTS; start += 1) {
      const program = await Program.start({ home });
      await until("the page", () => program.page.run(() => document.querySelector("nav") !== null), 60_000);
      const painted = await program.page.run(() => performance.timeOrigin + (performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? performance.now()));
      starts.push(painted - begun(program));
      rows.push(await program.page.runAsync(openPayments));
      if (start === STARTS - 1) {
        const texts = await program.page.runAsync(emails, TEXTS);
        for (const text of texts) keystrokes.push(...(await program.page.runAsync(typeIn, text)));
      }
      await program.stop();
    }
  } finally {
    vendor.stop();
  }
  const [shown, listed] = [percentile(starts, 50), percentile(rows, 50)];
  console.log(`window with ${payments} payments: painted ${shown} ms after its start, rows ${listed} ms after they were asked for, together ${shown + listed} ms (limit 1000; medians of ${STARTS})`);
  console.log(`keystroke to rows, ${keystrokes.length} keystrokes: p50 ${percentile(keystrokes, 50)} ms, p95 ${percentile(keystrokes, 95)} ms (limit 50)`);
}

function percentile(times, share) {
  const sorted = [...times].sort((one, other) => one - other);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * share) / 100))]);
}

/** When the window's process began, in milliseconds since 1970. */
function begun(program) {
  const [pid] = execFileSync("pgrep", ["-f", "-n", process.env.PAYDESK_BIN], { encoding: "utf8" }).split("\n");
  const fields = readFileSync(`/proc/${program.pid ?? pid}/stat`, "utf8").split(") ").at(-1).split(" ");
  const [uptime] = readFileSync("/proc/uptime", "utf8").split(" ");
  return Date.now() - (Number(uptime) - Number(fields[19]) / TICKS) * 1000;
}

/** In the page: goes to the payments, and answers how long the first row took. */
function openPayments() {
  const began = performance.now();
  location.hash = "#/payments";
  return new Promise((done) => {
    const look = () => (document.querySelector("[role=grid] [data-row]") === null ? requestAnimationFrame(look) : done(performance.now() - began));
    look();
  });
}

/** In the page: addresses that are in the mirror. */
async function emails(count) {
  const found = await window.__TAURI_INTERNALS__.invoke("find_payments", { request: { query: "", range: { limit: 500 } } });
  const all = [...new Set(found.items.map((one) => one.email).filter(Boolean))];
  return all.filter((_, index) => index % Math.max(1, Math.floor(all.length / count)) === 0).slice(0, count);
}

/** In the page: types a text letter by letter, and answers how long each took until the rows were those of it. */
async function typeIn(text) {
  const field = document.querySelector("[role=search] input");
  const write = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  const frame = () => new Promise((go) => requestAnimationFrame(go));
  const times = [];
  field.focus();
  for (let end = 1; end <= text.length; end += 1) {
    const began = performance.now();
    write.call(field, text.slice(0, end));
    field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText", data: text[end - 1] }));
    const wanted = `q=${encodeURIComponent(text.slice(0, end))}`;
    const isThere = () => decodeURIComponent(location.hash).includes(decodeURIComponent(wanted)) && document.querySelector("[role=grid][aria-busy=true], main [data-loading]") === null;
    do await frame(); while (!isThere() && performance.now() - began < 5_000);
    times.push(performance.now() - began);
  }
  return times;
}
