// `walk`: the main job, with screenshots. `test`: every journey in the real window. `first-rows N`: a measurement.

import { rmSync } from "node:fs";
import { resolve } from "node:path";

import { a_run_is_approved_in_a_second_window_killed_half_way_and_resumed } from "./bulk-approval.mjs";
import * as closing from "./closing.mjs";
import { a_view_that_gains_tells_the_desktop } from "./desktop.mjs";
import { firstRows } from "./first-rows.mjs";
import { the_key_is_nowhere } from "./connect.mjs";
import { u14_killed_right_after_submit } from "./crash.mjs";
import { a_night_asleep_is_told_in_the_morning_and_replayed_by_keyboard } from "./night.mjs";
import { the_passphrase_is_asked_for } from "./passphrase.mjs";
import { completeness_views_and_exports_are_in_the_window } from "./rooms.mjs";
import { a_link_opens_a_payment_in_the_window_that_runs_and_does_nothing } from "./links.mjs";
import { report } from "./lib/report.mjs";
import { a_refund_that_waits_outlives_a_kill_and_is_undone_by_a_key } from "./undo.mjs";
import { walk } from "./walk.mjs";
import * as walls from "./walls.mjs";

const SHOTS = resolve("target/walk");
const [mode, only] = process.argv.slice(2);

if (mode === "first-rows") {
  await firstRows(Number(only));
  process.exit(0);
}

const journeys = { "the main job by keyboard": walk };
if (mode === "test") Object.assign(journeys, { a_view_that_gains_tells_the_desktop, completeness_views_and_exports_are_in_the_window, the_key_is_nowhere, the_passphrase_is_asked_for, a_refund_that_waits_outlives_a_kill_and_is_undone_by_a_key, u14_killed_right_after_submit, a_night_asleep_is_told_in_the_morning_and_replayed_by_keyboard, a_run_is_approved_in_a_second_window_killed_half_way_and_resumed, a_link_opens_a_payment_in_the_window_that_runs_and_does_nothing, ...closing, ...walls });
if (only !== undefined) for (const name of Object.keys(journeys)) if (!name.includes(only)) delete journeys[name];

rmSync(SHOTS, { recursive: true, force: true });
const passed = await report(journeys);
console.log(`Screenshots of each step: ${SHOTS}`);
process.exitCode = passed ? 0 : 1;
