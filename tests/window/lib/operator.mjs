// A person at the keyboard: reads what is on screen and presses keys. Nothing is clicked, and what is looked up by
// a request of the page only tells the person what to type or confirms what the screen says.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { until } from "./wait.mjs";
import { KEY } from "./webdriver.mjs";

const TABS_MAX = 60;

export class Operator {
  #folder;
  #count = 0;

  constructor(program, folder) {
    this.program = program;
    this.#folder = folder;
  }

  get page() { return this.program.page; }
  press(...chords) { return this.page.press(...chords); }

  /** Types text into whatever has the focus. */
  async type(text) {
    await this.page.press(...text);
  }

  /** Pastes text that was copied from another program, such as a ticket. */
  async paste(text) {
    execFileSync("xclip", ["-selection", "clipboard", "-in"], { input: text, stdio: ["pipe", "ignore", "inherit"] });
    // The other program may take a moment to offer the text; whoever sees something else pastes again.
    await until(`the field to hold "${text}" after pasting`, async () => {
      await this.press([KEY.Control, "a"], [KEY.Control, "v"]);
      return this.page.run((wanted) => document.activeElement.value === wanted, text);
    });
  }

  /** Presses Tab until something with this name has the focus. */
  async tabTo(name) {
    for (let presses = 0; presses < TABS_MAX; presses += 1) {
      if ((await this.focused()) === name) return;
      await this.press(KEY.Tab);
    }
    throw new Error(`${TABS_MAX} presses of Tab did not reach "${name}"; the focus is on "${await this.focused()}"`);
  }

  /** The name of what has the focus. */
  focused() {
    return this.page.run(() => {
      const one = document.activeElement;
      const label = one.labels?.[0]?.textContent ?? one.getAttribute("aria-label") ?? one.textContent ?? "";
      return label.trim();
    });
  }

  /** Waits for a text. */
  sees(text, limitMs) {
    return until(`"${text}" on the screen`, () => this.page.run((wanted) => document.body.innerText.includes(wanted), text), limitMs);
  }

  /** Waits for an element that holds a text. */
  seesElement(selector, holds = "", limitMs) {
    const look = (css, wanted) => [...document.querySelectorAll(css)].some((one) => one.textContent.includes(wanted));
    return until(holds === "" ? selector : `"${holds}" in ${selector}`, () => this.page.run(look, selector, holds), limitMs);
  }

  /** Waits until a list has rows and every one holds a text. */
  seesOnly(text) {
    const look = (wanted) => {
      const rows = [...document.querySelectorAll("[role=grid] [data-row]")];
      return rows.length > 0 && rows.every((row) => row.textContent.includes(wanted));
    };
    return until(`a list of nothing but "${text}"`, () => this.page.run(look, text));
  }

  /** Waits until nothing matches any more. */
  goes(selector) {
    return until(`${selector} to go`, () => this.page.run((css) => document.querySelector(css) === null, selector));
  }

  /** Sends a request as the page would; answers `{ok}` or `{err}`. */
  ask(command, args) {
    const invoke = (name, given) => window.__TAURI_INTERNALS__.invoke(name, given).then((ok) => ({ ok }), (err) => ({ err }));
    return this.page.runAsync(invoke, command, args);
  }

  /** Sends a request that must be answered. */
  async request(endpoint, request = {}) {
    const { ok, err } = await this.ask(endpoint, { request });
    if (err !== undefined) throw new Error(`${endpoint} was refused: ${JSON.stringify(err)}`);
    return ok;
  }

  /** Waits until the mirror is complete. */
  mirrored() {
    return until("the mirror to be complete", async () => {
      const { items } = await this.request("show_sync");
      const failed = items.find((one) => one.state === "failed");
      if (failed !== undefined) throw new Error(`the sync failed: ${failed.problem} ${failed.problem_detail ?? ""}`);
      return items.length > 0 && items.every((one) => one.state === "complete" && !one.running);
    }, 180_000);
  }

  /** Waits until no intent is open any more. */
  settled() {
    return until("every intent to be settled", async () => {
      const { environments } = await this.request("show_home", { thorough: false });
      return environments.every((one) => one.open_intents === 0);
    }, 90_000);
  }

  /** Leaves a screenshot and answers with its path. */
  async shot(name) {
    mkdirSync(this.#folder, { recursive: true });
    this.#count += 1;
    const path = join(this.#folder, `${String(this.#count).padStart(2, "0")}-${name}.png`);
    // The page may know more than what is painted yet; the second frame shows it.
    await this.page.runAsync(() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go))));
    writeFileSync(path, await this.page.screenshot());
    return path;
  }
}
