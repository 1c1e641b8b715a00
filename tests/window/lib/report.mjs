// Runs journeys one after another and says how each ended.

/** Runs named journeys; answers whether all passed. A failed one leaves a screenshot where it can. */
export async function report(journeys) {
  let [passed, failed] = [0, 0];
  for (const [name, journey] of Object.entries(journeys)) {
    const began = Date.now();
    const seconds = () => ((Date.now() - began) / 1000).toFixed(1);
    const context = { operators: [], endings: [] };
    try {
      await journey(context);
      passed += 1;
      console.log(`ok      ${name} (${seconds()} s)`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name} (${seconds()} s)\n        ${error.stack.replaceAll("\n", "\n        ")}`);
      for (const operator of context.operators) {
        await operator.shot("failure").then((path) => console.log(`        screenshot: ${path}`), () => undefined);
      }
    }
    for (const end of context.endings.reverse()) await end();
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0;
}

/** Fails with words when something that must hold does not. */
export function hold(condition, sentence) {
  if (!condition) throw new Error(sentence);
}
