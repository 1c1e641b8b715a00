// The passphrase vault in the window: asked for twice in a new home, asked again when it is wrong.

import { execFileSync } from "node:child_process";

import { newHome } from "./lib/desk.mjs";
import { Operator } from "./lib/operator.mjs";
import { Program } from "./lib/program.mjs";
import { until } from "./lib/wait.mjs";
import { words } from "./lib/words.mjs";

const TITLE = "Paydesk: passphrase";
const RIGHT = "correct horse battery staple";

export async function the_passphrase_is_asked_for(context) {
  const home = newHome();
  const operator = await open(context, home, [[RIGHT, RIGHT]]);
  await operator.sees(words("first.title"));
  await operator.request("open_sandbox");
  await operator.program.stop();
  const again = await open(context, home, [["a slip of the finger"], [RIGHT]]);
  await until("the sandbox's account, which only the right passphrase shows", async () => (await again.request("list_accounts")).total === 1);
  await again.shot("opened-by-passphrase");
}

/** Starts the window and answers its dialog, once for each list of texts. */
async function open(context, home, answers) {
  const starting = Program.start({ home, variables: { PAYDESK_VAULT: "passphrase", PAYDESK_LOG: "info" } });
  // Whoever fails to answer the dialog must hear that, not that the window did not open.
  starting.catch(() => undefined);
  for (const texts of answers) await answer(texts);
  const program = await starting;
  const operator = new Operator(program, "target/walk/passphrase");
  context.operators.push(operator);
  context.endings.push(() => (program.ended ? undefined : program.stop()));
  return operator;
}

/** Types into the fields of the dialog, and waits until it is gone. */
async function answer(texts) {
  const dialog = await until("the dialog for the passphrase", () => windows()[0]);
  await until("the dialog to have the focus", () => {
    xdotool("windowfocus", "--sync", dialog);
    return xdotool("getwindowfocus") === dialog;
  });
  texts.forEach((text, index) => {
    if (index > 0) xdotool("key", "Tab");
    xdotool("type", text);
  });
  xdotool("key", "Return");
  await until("the answered dialog to go", () => !windows().includes(dialog));
}

function windows() {
  try {
    return xdotool("search", "--onlyvisible", "--name", TITLE).split("\n").filter(Boolean);
  } catch {
    // It answers 1 while there is none.
    return [];
  }
}

function xdotool(...words) {
  return execFileSync("xdotool", words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
}
