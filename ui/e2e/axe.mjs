// Accessibility of what is on screen, by axe-core.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Fails with every violation of WCAG A and AA that axe-core finds. */
export async function accessible(page, where) {
  await page.evaluate(source);
  const violations = await page.evaluate(async () => {
    const found = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], rules: { region: { enabled: false } } });
    return found.violations.map((one) => `${one.id} (${one.impact}): ${one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.any.map((check) => check.message).join("; ").slice(0, 200)}`).join("\n            ")}`);
  });
  if (violations.length > 0) throw new Error(`${where} is not accessible:\n          ${violations.join("\n          ")}`);
}
