// Drives a Stripe-compatible server with the official Node SDK, unchanged.
//
// Usage: stripe_node.mjs BASE_URL SECRET_KEY [FAULTY_BASE_URL FAULTY_SECRET_KEY]
// The second server, if given, answers the first POSTs with a conflict, a server error and a lost answer, so that the SDK's own retries are seen to work.
// Prints one line per check and a closing line `N passed, M failed`; the exit code tells the same.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

// The packages live in a folder of their own, outside this one.
const require = createRequire(`${resolve(process.env.STRANGERS_MODULES ?? '.')}/`);
const Stripe = require('stripe');

const [baseUrl, secretKey, faultyUrl, faultyKey] = process.argv.slice(2);

function connect(url, key, options = {}) {
  const { hostname, port } = new URL(url);
  return new Stripe(key, { host: hostname, port: Number(port), protocol: 'http', ...options });
}

const stripe = connect(baseUrl, secretKey);
const checks = [];
const check = (name, run) => checks.push({ name, run });
const newCharge = (more = {}) => stripe.charges.create({ amount: 2000, currency: 'usd', source: 'tok_visa', ...more });

async function rejects(promise, kind) {
  const error = await promise.then(() => assert.fail(`${kind.name} was not thrown`), (reason) => reason);
  assert.ok(error instanceof kind, `${error?.type ?? error} instead of ${kind.name}`);
  return error;
}

check('lists page by themselves both ways', async () => {
  const down = [];
  for await (const charge of stripe.charges.list({ limit: 100 })) down.push(charge.id);
  assert.ok(down.length >= 500);
  assert.equal(new Set(down).size, down.length);
  const up = [];
  for await (const charge of stripe.charges.list({ limit: 100, ending_before: down[250] })) up.push(charge.id);
  assert.deepEqual(up, down.slice(0, 250).reverse());
});

check('ranges and expansion work', async () => {
  const page = await stripe.charges.list({ limit: 5, expand: ['data.customer', 'data.payment_intent.latest_charge'] });
  for (const charge of page.data.filter((item) => item.payment_intent)) {
    assert.equal(charge.payment_intent.object, 'payment_intent');
    assert.equal(charge.payment_intent.latest_charge.object, 'charge');
  }
  const at = page.data[4].created;
  const inside = await stripe.charges.list({ created: { gte: at }, limit: 100 });
  assert.ok(inside.data.length >= 5 && inside.data.every((charge) => charge.created >= at));
});

check('one key makes one charge', async () => {
  const idempotencyKey = randomUUID();
  const params = { amount: 1234, currency: 'usd', source: 'tok_visa' };
  const first = await stripe.charges.create(params, { idempotencyKey });
  const second = await stripe.charges.create(params, { idempotencyKey });
  assert.equal(first.id, second.id);
  assert.equal(second.lastResponse.headers['idempotent-replayed'], 'true');
  const error = await rejects(stripe.charges.create({ ...params, amount: 1235 }, { idempotencyKey }), Stripe.errors.StripeIdempotencyError);
  assert.equal(error.statusCode, 400);
});

check('refunds are partial, full and no more', async () => {
  const charge = await newCharge();
  const refund = await stripe.refunds.create({ charge: charge.id, amount: 500, metadata: { intent: 'i-1' } });
  assert.deepEqual([refund.status, refund.amount, refund.metadata.intent], ['succeeded', 500, 'i-1']);
  const over = await rejects(stripe.refunds.create({ charge: charge.id, amount: 5000 }), Stripe.errors.StripeInvalidRequestError);
  assert.deepEqual([over.param, over.code], ['amount', undefined]);
  await stripe.refunds.create({ charge: charge.id });
  const again = await rejects(stripe.refunds.create({ charge: charge.id }), Stripe.errors.StripeInvalidRequestError);
  assert.equal(again.code, 'charge_already_refunded');
  const listed = await stripe.refunds.list({ charge: charge.id });
  assert.deepEqual(listed.data.map((item) => item.amount), [1500, 500]);
});

check('declines are card errors', async () => {
  const funds = await rejects(newCharge({ source: 'tok_chargeDeclinedInsufficientFunds' }), Stripe.errors.StripeCardError);
  assert.deepEqual([funds.code, funds.decline_code, funds.statusCode], ['card_declined', 'insufficient_funds', 402]);
  const intent = { amount: 2000, currency: 'usd', payment_method: 'pm_card_chargeDeclined', confirm: true };
  const declined = await rejects(stripe.paymentIntents.create(intent), Stripe.errors.StripeCardError);
  assert.equal(declined.payment_intent.status, 'requires_payment_method');
});

check('wrong keys have their own error', async () => {
  await rejects(connect(baseUrl, 'sk_test_wrongwrongwrong').charges.list(), Stripe.errors.StripeAuthenticationError);
  const missing = await rejects(stripe.refunds.retrieve('re_nothing'), Stripe.errors.StripeInvalidRequestError);
  assert.deepEqual([missing.code, missing.statusCode], ['resource_missing', 404]);
});

check('disputes are answered in two steps', async () => {
  const charge = await newCharge({ source: 'tok_createDispute' });
  const [dispute] = (await stripe.disputes.list({ charge: charge.id })).data;
  const staged = await stripe.disputes.update(dispute.id, { evidence: { product_description: 'A tent' }, submit: false });
  assert.deepEqual([staged.status, staged.evidence.product_description], ['needs_response', 'A tent']);
  const refused = await rejects(stripe.refunds.create({ charge: charge.id }), Stripe.errors.StripeInvalidRequestError);
  assert.equal(refused.code, 'charge_disputed');
  assert.equal((await stripe.disputes.close(dispute.id)).status, 'lost');
});

check('webhooks pass the official verifier', async () => {
  let heard;
  const delivery = new Promise((done) => { heard = done; });
  const server = createServer((request, response) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      response.end();
      heard({ body: Buffer.concat(pieces), signature: request.headers['stripe-signature'] });
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const endpoint = await stripe.webhookEndpoints.create({ url: `http://127.0.0.1:${server.address().port}/hook`, enabled_events: ['refund.created'] });
  const charge = await newCharge();
  const refund = await stripe.refunds.create({ charge: charge.id });
  const { body, signature } = await delivery;
  const event = stripe.webhooks.constructEvent(body, signature, endpoint.secret);
  assert.equal(event.data.object.id, refund.id);
  assert.throws(() => stripe.webhooks.constructEvent(Buffer.concat([body, Buffer.from(' ')]), signature, endpoint.secret), Stripe.errors.StripeSignatureVerificationError);
  await stripe.webhookEndpoints.del(endpoint.id);
  server.close();
});

if (faultyUrl) {
  check('the SDK retries conflicts, server errors and lost answers into one charge', async () => {
    const faulty = connect(faultyUrl, faultyKey, { maxNetworkRetries: 5 });
    const before = (await faulty.charges.list({ limit: 1 })).data[0].id;
    const charge = await faulty.charges.create({ amount: 4321, currency: 'usd', source: 'tok_visa' });
    assert.equal(charge.amount, 4321);
    assert.equal(charge.lastResponse.headers['idempotent-replayed'], 'true', 'the answer that was lost is replayed');
    const made = (await faulty.charges.list({ ending_before: before })).data;
    assert.deepEqual(made.map((item) => item.id), [charge.id]);
  });
  check('the SDK obeys Stripe-Should-Retry: a kept 500 is not retried', async () => {
    const faulty = connect(faultyUrl, faultyKey, { maxNetworkRetries: 5 });
    const charge = (await faulty.charges.list({ limit: 1 })).data[0];
    const error = await rejects(faulty.refunds.create({ charge: charge.id }), Stripe.errors.StripeAPIError);
    assert.equal(error.statusCode, 500);
    assert.equal((await faulty.refunds.list({ charge: charge.id })).data.length, 1, 'the refund was made although the answer was a failure');
  });
}

let failed = 0;
for (const { name, run } of checks) {
  try {
    await run();
    console.log(`ok      node ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  node ${name}\n${error?.stack ?? error}`);
  }
}
console.log(`${checks.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
