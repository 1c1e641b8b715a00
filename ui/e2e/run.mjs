// The page in a real browser on a real Desk. `npm run e2e [name]` runs only the files whose name has the word.
import { answers } from "./answers.mjs";
import { approvals } from "./approvals.mjs";
import { book } from "./book.mjs";
import { bulk } from "./bulk.mjs";
import { bulkEmail } from "./bulk-email.mjs";
import { buildBridge, buildPage, close, startBrowser, startDesk } from "./harness.mjs";
import { conversations } from "./conversations.mjs";
import { dialogs } from "./dialogs.mjs";
import { errors } from "./errors.mjs";
import { finding } from "./finding.mjs";
import { hostile } from "./hostile.mjs";
import { keys } from "./keys.mjs";
import { live } from "./live.mjs";
import { mainJob } from "./main-job.mjs";
import { messages } from "./messages.mjs";
import { settings } from "./settings.mjs";
import { sms } from "./sms.mjs";
import { notifications } from "./notifications.mjs";
import { pages } from "./pages.mjs";
import { palette } from "./palette.mjs";
import { personal } from "./personal.mjs";
import { proof } from "./proof.mjs";
import { runApprovals } from "./run-approvals.mjs";
import { saved } from "./saved.mjs";
import { tables } from "./tables.mjs";
import { undo } from "./undo.mjs";
import { webhooks } from "./webhooks.mjs";

const ALL = { mainJob, proof, errors, hostile, live, pages, saved, finding, book, answers, undo, approvals, bulk, runApprovals, webhooks, notifications, messages, conversations, bulkEmail, sms, keys, personal, palette, tables, settings, dialogs };
const wanted = process.argv[2] ?? "";

const page = buildPage();
const program = buildBridge();
const desk = await startDesk(program, page);
const browser = await startBrowser();
let good = false;
try {
  for (const [name, body] of Object.entries(ALL)) {
    // The main job opens the sandbox that all others look at.
    if (name === "mainJob" || name.includes(wanted)) await body(browser, desk, () => startDesk(program, page));
  }
  good = close();
} finally {
  await browser.close();
  await desk.stop();
}
process.exit(good ? 0 : 1);
