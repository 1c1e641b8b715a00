// The part of W3C WebDriver that the journeys need. No library: the protocol is a few requests.

/** The private-use characters by which WebDriver names keys that type nothing. */
export const KEY = {
  Tab: "\uE004", Enter: "\uE007", Shift: "\uE008", Control: "\uE009", Alt: "\uE00A", Escape: "\uE00C",
  ArrowDown: "\uE015", ArrowUp: "\uE013",
};

const REQUEST_LIMIT_MS = 60_000;

/** One WebDriver session: one running program with its window. */
export class WebDriver {
  #base;

  constructor(base) {
    this.#base = base;
  }

  /** Asks the driver to start the program, and answers with the session. */
  static async open(driver, application, args) {
    const capabilities = { alwaysMatch: { "tauri:options": { application, args } } };
    const { sessionId } = await send("POST", `${driver}/session`, { capabilities });
    const session = new WebDriver(`${driver}/session/${sessionId}`);
    await session.#send("POST", "/timeouts", { script: 50_000, pageLoad: 50_000, implicit: 0 });
    return session;
  }

  #send(method, path, body) {
    return send(method, this.#base + path, body);
  }

  /** Runs a function of the page's world. What it returns must be JSON. */
  run(code, ...args) {
    return this.#send("POST", "/execute/sync", { script: `return (${code}).apply(null, arguments)`, args });
  }

  /** Runs a function that answers later. */
  runAsync(code, ...args) {
    const script = `const done = arguments[arguments.length - 1];
      Promise.resolve((${code}).apply(null, Array.prototype.slice.call(arguments, 0, -1)))
        .then((value) => done({ value }), (error) => done({ error: String(error) }));`;
    return this.#send("POST", "/execute/async", { script, args }).then((answer) => {
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer.value;
    });
  }

  /** Presses keys one after another; a chord is an array such as [KEY.Control, "a"]. */
  press(...chords) {
    const actions = chords.flatMap((chord) => {
      const keys = Array.isArray(chord) ? chord : [chord];
      const down = keys.map((value) => ({ type: "keyDown", value }));
      const up = keys.toReversed?.() ?? [...keys].reverse();
      return [...down, ...up.map((value) => ({ type: "keyUp", value }))];
    });
    return this.#send("POST", "/actions", { actions: [{ type: "key", id: "keyboard", actions }] });
  }

  url() { return this.#send("GET", "/url"); }
  title() { return this.#send("GET", "/title"); }
  reload() { return this.#send("POST", "/refresh", {}); }
  windows() { return this.#send("GET", "/window/handles"); }
  current() { return this.#send("GET", "/window"); }
  switchTo(handle) { return this.#send("POST", "/window", { handle }); }
  end() { return this.#send("DELETE", ""); }

  /** The page as a PNG. */
  async screenshot() {
    return Buffer.from(await this.#send("GET", "/screenshot"), "base64");
  }
}

async function send(method, url, body) {
  const answer = await fetch(url, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
  });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`WebDriver: ${value?.error ?? answer.status}: ${value?.message ?? ""}`);
  return value;
}
