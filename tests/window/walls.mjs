// What the page cannot do, tried from inside the page: nothing here uses the keyboard, since it plays a page that
// somebody else has taken over.

import { createServer } from "node:http";

import { newHome, sitDown } from "./lib/desk.mjs";
import { hold } from "./lib/report.mjs";
import { until } from "./lib/wait.mjs";
import { words } from "./lib/words.mjs";

async function sandboxWindow(context, name) {
  const operator = await sitDown(context, { home: newHome(), name, args: ["--sandbox"] });
  await operator.seesElement("[data-sync]");
  await operator.mirrored();
  return operator;
}

export async function u04_only_declared_commands_are_answered(context) {
  const operator = await sandboxWindow(context, "walls-commands");
  const undeclared = ["no_such_command", "plugin:window|close", "plugin:webview|create_webview_window", "plugin:event|emit",
    "plugin:app|version", "plugin:path|resolve_directory", "plugin:shell|execute", "plugin:fs|read_file", "plugin:tray|new"];
  for (const command of undeclared) {
    const { ok, err } = await operator.ask(command, {});
    hold(ok === undefined && /not allowed|not found/i.test(JSON.stringify(err)), `${command} was answered: ${JSON.stringify({ ok, err })}`);
  }
}

export async function u06_wrong_arguments_are_answered_in_words(context) {
  const operator = await sandboxWindow(context, "walls-arguments");
  const wrong = [
    ["missing", "find_payments", {}],
    ["of another type", "find_payments", { request: { query: 7, range: {} } }],
    ["a text", "show", { request: "ch_1" }],
    ["null", "issue_refund", { request: null }],
    ["an environment", "find_payments", { request: { query: "", environment: "live" } }],
    ["an unknown environment", "open_environment", { environment: "production" }],
    ["u08 a prototype", "find_payments", { request: JSON.parse('{"query":"","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}') }],
  ];
  for (const [what, command, args] of wrong) {
    const { ok, err } = await operator.ask(command, args);
    hold(ok === undefined && err?.code === "bad_request" && err.money_moved === "no", `${what}: ${JSON.stringify({ ok, err })}`);
  }
  const huge = await operator.page.runAsync(() =>
    window.__TAURI_INTERNALS__.invoke("find_payments", { request: { query: "x".repeat(8 << 20) } }).then(() => "answered", (error) => error.code ?? String(error)));
  hold(typeof huge === "string", "a huge argument was not answered");
  hold(await operator.page.run(() => ({}).polluted === undefined), "a prototype was polluted");
  hold((await operator.request("find_payments", { query: "" })).items.length > 0, "the window does not answer any more");
}

export async function u07_a_thousand_calls_at_once(context) {
  const operator = await sandboxWindow(context, "walls-calls");
  const answered = await operator.page.runAsync(() =>
    Promise.all(Array.from({ length: 1000 }, () => window.__TAURI_INTERNALS__.invoke("show_sync", { request: {} }))).then((all) => all.length));
  hold(answered === 1000, `${answered} of 1000 calls were answered`);
}

export async function u05_the_window_stays_on_its_own_page(context) {
  const stranger = await listen(context);
  const operator = await sandboxWindow(context, "walls-navigation");
  const own = await operator.page.url();
  for (const address of [stranger.url, "https://example.com/", "data:text/html,hello", "about:blank"]) {
    await operator.page.run((to) => { window.setTimeout(() => { window.location.href = to; }, 0); }, address);
    await operator.page.runAsync(() => new Promise((go) => window.setTimeout(go, 200)));
    hold((await operator.page.url()) === own, `the window went to ${address}`);
    hold(await operator.page.run((to) => window.open(to) === null, address), `a window was opened on ${address}`);
  }
  hold((await operator.page.windows()).length === 1, "there is more than one window");
  hold((await operator.request("show_sync")).items.length === 1, "the page does not work any more");
  hold(stranger.requests() === 0, "a request reached a stranger");
}

export async function g37_nothing_of_a_stranger_runs_or_leaves(context) {
  const stranger = await listen(context);
  const operator = await sandboxWindow(context, "walls-content");
  const ran = await operator.page.runAsync(async (address) => {
    const found = [];
    window.ran = (what) => found.push(what);
    const place = document.body.appendChild(document.createElement("div"));
    place.innerHTML = [
      `<img src="x" onerror="window.ran('onerror')">`,
      `<img src="${address}/image">`,
      `<svg onload="window.ran('svg')"><script>window.ran('svg script')</` + `script></svg>`,
      `<a id="link" href="javascript:window.ran('link')">x</a>`,
      `<iframe srcdoc="<script>parent.ran('frame')</` + `script>"></iframe>`,
      `<iframe src="${address}/frame"></iframe>`,
      `<object data="${address}/object"></object>`,
      `<form id="form" action="${address}/form"></form>`,
      `<style>body { background: url(${address}/style) }</style>`,
      `<link rel="stylesheet" href="${address}/sheet">`,
    ].join("");
    document.getElementById("link").click();
    document.getElementById("form").submit();
    for (const text of ["window.ran('inline')", `import("${address}/module")`]) {
      const script = document.createElement("script");
      script.textContent = text;
      place.append(script);
    }
    const remote = document.createElement("script");
    remote.src = `${address}/script`;
    place.append(remote);
    await fetch(`${address}/fetch`).then(() => found.push("fetch"), () => undefined);
    navigator.sendBeacon?.(`${address}/beacon`);
    try { new WebSocket(address.replace("http", "ws")); } catch { /* It is refused at once. */ }
    await new Promise((go) => window.setTimeout(go, 500));
    place.remove();
    return found;
  }, stranger.url);
  hold(ran.length === 0, `this ran: ${ran.join(", ")}`);
  hold(stranger.requests() === 0, `${stranger.requests()} requests reached a stranger: ${stranger.paths().join(", ")}`);
}

export async function a_reload_keeps_working(context) {
  const operator = await sandboxWindow(context, "walls-reload");
  for (let times = 0; times < 3; times += 1) {
    await operator.page.reload();
    await operator.seesElement("[data-sync]");
  }
  await operator.press("g", "p");
  await operator.seesElement("[role=grid] [data-row]");
  hold((await operator.request("list_accounts")).total === 1, "the account is gone");
}

export async function the_live_window_is_another_one(context) {
  const operator = await sandboxWindow(context, "walls-environments");
  const sandbox = await operator.page.current();
  await operator.ask("open_environment", { environment: "live" });
  const handles = await until("a second window", async () => {
    const all = await operator.page.windows();
    return all.length === 2 && all;
  });
  await operator.page.switchTo(handles.find((one) => one !== sandbox));
  await operator.sees(words("first.title"));
  await operator.shot("live");
  const home = await operator.request("show_home", {});
  hold(home.environment === "live", `the live window is about ${home.environment}`);
  hold((await operator.request("list_accounts")).total === 0, "the live window shows accounts of the sandbox");
  await operator.ask("open_environment", { environment: "live" });
  hold((await operator.page.windows()).length === 2, "the live window was opened twice");
}

/** A server of a stranger on this machine, which must never hear anything. */
async function listen(context) {
  const paths = [];
  const server = createServer((request, response) => {
    paths.push(request.url);
    response.end("hello");
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  context.endings.push(() => server.close());
  return { url: `http://127.0.0.1:${server.address().port}`, requests: () => paths.length, paths: () => paths };
}
