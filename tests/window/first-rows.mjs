// How long the window takes from its start to the first rows, on a mirror of so many payments. `./dev bench` calls it
// with release builds; it judges nothing.

import { execFileSync } from "node:child_process";

import { newHome } from "./lib/desk.mjs";
import { Program, startVendor } from "./lib/program.mjs";
import { until } from "./lib/wait.mjs";

const STARTS = 5;

export async function firstRows(payments) {
  const home = newHome();
  const vendor = await startVendor("--charges", String(payments));
  const environment = { ...process.env, PAYDESK_HOME: home, BENCH_KEY: vendor.key };
  const paydeskctl = (...args) => execFileSync(process.env.PAYDESKCTL_BIN, args, { env: environment, stdio: ["ignore", "pipe", "ignore"] });
  const times = [];
  try {
    paydeskctl("accounts", "add", "stripe", "--label", "bench", "--base-url", vendor.base, "--key-env", "BENCH_KEY");
    paydeskctl("sync");
    for (let start = 0; start < STARTS; start += 1) {
      const began = performance.now();
      const program = await Program.start({ home });
      await program.page.run(() => { location.hash = "#/payments"; });
      await until("the first rows", () => program.page.run(() => document.querySelector("[role=grid] [data-row]") !== null), 60_000);
      times.push(performance.now() - began);
      await program.stop();
    }
  } finally {
    vendor.stop();
  }
  times.sort((one, other) => one - other);
  const [median] = times.slice(Math.floor(STARTS / 2));
  console.log(`window: ${Math.round(median)} ms from start to first rows with ${payments} payments, WebDriver's own start included (median of ${STARTS})`);
}
