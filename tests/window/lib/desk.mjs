// How a journey starts: a window on a home, a person at it, and both gone at the end whatever happens.

import { mkdtempSync } from "node:fs";
import { join, resolve } from "node:path";

import { Operator } from "./operator.mjs";
import { Program, SESSION, startVendor } from "./program.mjs";

const SHOTS = resolve("target/walk");

/** A new home. */
export function newHome() {
  return mkdtempSync(join(SESSION, "home-"));
}

/** Opens the window on a home and sits down at it. */
export async function sitDown(context, { home, name, args }) {
  const program = await Program.start({ home, args, variables: { PAYDESK_LOG: "info" } });
  const operator = new Operator(program, join(SHOTS, name));
  context.operators.push(operator);
  context.endings.push(() => (program.ended ? undefined : program.stop()));
  return operator;
}

/** A simulated vendor that ends with the journey. */
export async function vendorOf(context, ...args) {
  const vendor = await startVendor(...args);
  context.endings.push(vendor.stop);
  return vendor;
}
