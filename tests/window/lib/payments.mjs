// Which payment a person would be asked about: a paid one with an email, so much left that part of it can go back.

const LEAST_LEFT_MINOR = 1_000n;

/** Payments that can be refunded in part, newest first, at most one per email. */
export async function refundable(operator, count) {
  const { items } = await operator.request("find_payments", { query: "status:succeeded", range: { limit: 500 } });
  const chosen = [];
  const emails = new Set();
  for (const payment of items) {
    if (chosen.length === count) break;
    const left = BigInt(payment.captured.minor) - BigInt(payment.refunded.minor);
    const plain = payment.email !== null && payment.amount.currency === "USD" && !payment.disputed;
    if (!plain || left < LEAST_LEFT_MINOR || payment.refunded.minor !== "0" || emails.has(payment.email)) continue;
    emails.add(payment.email);
    const found = await operator.request("find_payments", { query: payment.email, range: { limit: 10 } });
    // Enter in the find box chooses the first row, which must be the payment that is meant.
    if (found.items[0]?.own_id !== payment.own_id) continue;
    const detail = await operator.request("show", { id: payment.own_id });
    // A refund that failed gave nothing back and would still be counted with those of the test.
    if (detail.actions.refund && detail.refunds.length === 0) chosen.push(payment);
  }
  if (chosen.length < count) throw new Error(`only ${chosen.length} of ${count} payments can be refunded in part`);
  return chosen;
}
