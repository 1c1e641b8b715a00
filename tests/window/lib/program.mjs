// Starting, finding and killing the programs under test. Only processes that were started here are ever ended.

import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { until } from "./wait.mjs";
import { WebDriver } from "./webdriver.mjs";

const WINDOW = need("PAYDESK_BIN");
const TAURI_DRIVER = need("TAURI_DRIVER_BIN");
export const SESSION = need("PAYDESK_SESSION");

/** Drivers that run, each the first of its process group. None outlives these journeys, however they end. */
const drivers = new Set();

function endGroup(pid) {
  drivers.delete(pid);
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

process.once("exit", () => drivers.forEach(endGroup));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));

function need(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; start this by ./dev test or ./dev run`);
  return value;
}

/** The window, running on a home of its own. */
export class Program {
  /** Starts it and waits for its page. */
  static async start({ home, args = [], variables = {} }) {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const [port, native] = [await freePort(), await freePort()];
    const log = join(SESSION, `window-${port}.log`);
    const driver = spawn(TAURI_DRIVER, ["--port", String(port), "--native-port", String(native)], {
      env: { ...process.env, PAYDESK_HOME: home, ...variables },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that the driver's helper ends with it.
      detached: true,
    });
    drivers.add(driver.pid);
    const file = createWriteStream(log);
    driver.stdout.pipe(file, { end: false });
    driver.stderr.pipe(file, { end: false });
    const program = new Program();
    Object.assign(program, { home, log, driver });
    const address = `http://127.0.0.1:${port}`;
    await until("the WebDriver to listen", () => fetch(`${address}/status`).then((one) => one.ok, () => false));
    try {
      program.page = await WebDriver.open(address, WINDOW, args);
    } catch (error) {
      program.endDriver();
      throw new Error(`the window did not open: ${error.message}\n${readFileSync(log, "utf8")}`);
    }
    program.pid = processesOf(WINDOW, home)[0];
    if (program.pid === undefined) throw new Error("the window runs, but its process was not found");
    return program;
  }

  /** Kills the process of the window, as a crash would. */
  async kill() {
    process.kill(this.pid, "SIGKILL");
    await this.#afterEnd();
  }

  /** Ends the session; the driver ends the window. */
  async stop() {
    await this.page.end().catch(() => undefined);
    await this.#afterEnd();
  }

  async #afterEnd() {
    this.ended = true;
    this.endDriver();
    await this.ends();
  }

  /** Whether the process of the window runs. */
  runs() {
    return processesOf(WINDOW, this.home).includes(this.pid);
  }

  /** Waits until the process of the window ended. */
  ends(limitMs) {
    return until("the process of the window to end", () => !this.runs(), limitMs);
  }

  endDriver() {
    endGroup(this.driver.pid);
  }
}

/** A simulated vendor in a process of its own, so that it outlives the window's. */
export async function startVendor(...args) {
  const vendor = spawn(need("PAYDESKCTL_BIN"), ["sandbox", ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const [first] = await Promise.race([
    createInterface(vendor.stdout)[Symbol.asyncIterator]().next().then(({ value }) => [value]),
    new Promise((_, fail) => vendor.once("exit", (code) => fail(new Error(`the simulated vendor ended with ${code}`)))),
  ]);
  vendor.stdout.resume();
  const { base_url: base, secret_key: key } = JSON.parse(first);
  return {
    base,
    key,
    get: (path) => get(base + path, key),
    stop: () => vendor.kill("SIGKILL"),
  };
}

async function get(url, key) {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
  if (!answer.ok) throw new Error(`the simulated vendor answered ${answer.status} to ${url}`);
  return answer.json();
}

/** The ids of processes that run a program on a home. */
function processesOf(program, home) {
  return processes().filter((pid) => {
    try {
      if (readlinkSync(`/proc/${pid}/exe`) !== program) return false;
      return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`PAYDESK_HOME=${home}`);
    } catch {
      // It ended meanwhile, or is somebody else's.
      return false;
    }
  });
}

/** The ids of all processes. */
export function processes() {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
}

function freePort() {
  return new Promise((found, failed) => {
    const server = createServer().once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
}
