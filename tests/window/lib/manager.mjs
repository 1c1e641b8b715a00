// The window manager: what it lists, and a window that it asks to close.

import { execFileSync } from "node:child_process";

/** The title of the window of a sandbox. */
export const TITLE = "Paydesk — Sandbox";

/** Closes the window of a sandbox, as a person does by its corner. */
export function closeWindow() {
  execFileSync("wmctrl", ["-c", TITLE]);
}

/** The windows that there are, one a line. */
export function windows() {
  return execFileSync("wmctrl", ["-l"], { encoding: "utf8" });
}
