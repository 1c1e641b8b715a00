// What to answer a payer: three answers from the mirror, with replies in a language of theirs.
import { check, openWindow, SCREENSHOTS, test, until } from "./harness.mjs";
import { accessible } from "./axe.mjs";
import { join } from "node:path";

export async function answers(browser, desk) {
  const window = await openWindow(browser, desk);
  const { page, go, complaints } = window;
  const keys = page.keyboard;
  const shot = (name) => page.screenshot({ path: join(SCREENSHOTS, `answers-${name}.png`) });
  const { items } = await desk.call("find_payments", { query: "refund:any currency:usd", range: { limit: 50 } });
  const [payment] = items.filter((one) => BigInt(one.refunded.minor) > 0n && one.card !== null);
  const card = (question) => page.locator(`[data-question=${question}]`);

  await test("a payer's questions are answered by one key", async () => {
    await go(`#/payments/${payment.own_id}`);
    await page.reload();
    await page.getByRole("region", { name: "Timeline" }).waitFor();
    await keys.press("w");
    await card("where_is_my_refund").waitFor();
    check((await page.locator("[data-question]").count()) === 3, "there are not three answers");
    const state = await card("where_is_my_refund").getAttribute("data-state");
    check(["overdue", "on_its_way", "failed", "pending"].includes(state), `a refunded payment is ${state}`);
    await accessible(page, "the answers");
    await shot("1-english");
  }, window);

  await test("the replies change their language, and a key copies one", async () => {
    await page.getByLabel("Language of the replies").focus();
    await page.getByLabel("Language of the replies").selectOption("de");
    await card("why_was_i_charged").getByText(/^Am \d+\. \S+ \d{4} haben wir/).waitFor();
    await page.getByText("As you chose").waitFor();
    check((await card("why_was_i_charged").locator("blockquote").getAttribute("lang")) === "de", "the language is not told");
    await shot("2-german");
    check(await page.getByLabel("Language of the replies").evaluate((one) => one === document.activeElement), "the choice lost the focus");
    await card("why_was_i_charged").getByRole("button", { name: /Copy reply/ }).focus();
    await keys.press("2");
    await until("it says that it was copied", async () => (await page.getByText(/^Copied$|clipboard could not/).count()) > 0);
    await page.setViewportSize({ width: 640, height: 760 });
    await shot("3-narrow");
    // The note that it was copied lies on top, and Escape is the dialog's all the same.
    check((await page.getByText(/^Copied$|clipboard could not/).count()) > 0, "the note is gone already");
    await keys.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }, window);

  await test("the page broke no rule while it answered", () => check(complaints.length === 0, complaints.join("\n")), window);
  await window.context.close();
}
