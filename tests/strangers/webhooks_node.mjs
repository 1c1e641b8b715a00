// Official SDKs and Paydesk on both sides of a webhook: what an SDK signs passes `paydeskctl webhooks verify`, and what Paydesk signs passes the SDK.
//
// Usage: webhooks_node.mjs PAYDESKCTL SIGN, where SIGN is the example `sign` of crates/webhooks.
// Prints one line per check and a closing line `N passed, M failed`; the exit code tells the same.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes, sign as signBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

// The packages live in a folder of their own, outside this one.
const require = createRequire(`${resolve(process.env.STRANGERS_MODULES ?? '.')}/`);
const { EventWebhook, EventWebhookHeader } = require('@sendgrid/eventwebhook');
const { Webhook: Standard } = require('standardwebhooks');
const Stripe = require('stripe');
const { Webhook: Svix } = require('svix');
const twilio = require('twilio');

const [paydeskctl, signProgram] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'paydesk-webhooks-'));
const checks = [];
const check = (name, run) => checks.push({ name, run });

const BODY = '{"id":"evt_1","name":"José € 漢","amount":1299}\r\n';
const URL = 'https://hooks.example/hook?account=1';

// What Paydesk says of a request: the first line and the exit code.
function judge(scheme, secret, request, ...more) {
  const { url = URL, headers, body = BODY } = request;
  const file = join(folder, 'request.json');
  const recorded = { method: 'POST', url, headers: Object.entries(headers), body_base64: Buffer.from(body).toString('base64') };
  writeFileSync(file, JSON.stringify(recorded));
  const words = ['webhooks', 'verify', '--scheme', scheme, '--request', file, '--secret-env', 'SECRET', ...more];
  const { status, stdout, stderr, error } = spawnSync(paydeskctl, words, { env: { ...process.env, SECRET: secret }, encoding: 'utf8' });
  assert.ifError(error);
  return { status, line: stdout.trim(), stderr };
}

// The good one is believed, and not with another byte in its body or another secret.
function believed(scheme, secret, other, request, ...more) {
  assert.deepEqual(judge(scheme, secret, request, ...more), { status: 0, line: 'valid', stderr: '' });
  const changed = { ...request, body: `${request.body ?? BODY}&` };
  for (const wrong of [judge(scheme, secret, changed, ...more), judge(scheme, other, request, ...more)]) {
    assert.equal(wrong.status, 3, wrong.line);
    assert.match(wrong.line, /^invalid: /);
  }
}

// What Paydesk signs, as an object of headers.
function signed(scheme, secret, body) {
  const { status, stdout, stderr, error } = spawnSync(signProgram, [scheme, 'msg_1'], { env: { ...process.env, SECRET: secret }, input: body, encoding: 'utf8' });
  assert.ifError(error);
  assert.equal(status, 0, stderr);
  return Object.fromEntries(JSON.parse(stdout));
}

check('stripe signs and Paydesk believes', () => {
  const header = Stripe.webhooks.generateTestHeaderString({ payload: BODY, secret: 'whsec_one' });
  believed('stripe', 'whsec_one', 'whsec_two', { headers: { 'Stripe-Signature': header } });
  const old = Stripe.webhooks.generateTestHeaderString({ payload: BODY, secret: 'whsec_one', timestamp: Math.floor(Date.now() / 1000) - 400 });
  assert.equal(judge('stripe', 'whsec_one', { headers: { 'Stripe-Signature': old } }).line, 'invalid: it was signed too long ago');
  believed('stripe', 'whsec_one', 'whsec_two', { headers: { 'Stripe-Signature': old } }, '--tolerance', 'off');
});

check('Paydesk signs and stripe believes', () => {
  const header = signed('stripe', 'whsec_one', BODY)['Stripe-Signature'];
  assert.equal(Stripe.webhooks.constructEvent(Buffer.from(BODY), header, 'whsec_one').id, 'evt_1');
  assert.throws(() => Stripe.webhooks.constructEvent(Buffer.from(`${BODY} `), header, 'whsec_one'), Stripe.errors.StripeSignatureVerificationError);
});

for (const [scheme, Webhook, prefix] of [['standard', Standard, 'webhook'], ['svix', Svix, 'svix']]) {
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  const other = `whsec_${randomBytes(24).toString('base64')}`;
  check(`${scheme} signs and Paydesk believes`, () => {
    const now = new Date();
    const headers = {
      [`${prefix}-id`]: 'msg_1',
      [`${prefix}-timestamp`]: String(Math.floor(now / 1000)),
      [`${prefix}-signature`]: new Webhook(secret).sign('msg_1', now, BODY),
    };
    believed(scheme, secret, other, { headers });
  });
  check(`Paydesk signs and ${scheme} believes`, () => {
    const headers = signed(scheme, secret, BODY);
    assert.equal(new Webhook(secret).verify(BODY, headers).id, 'evt_1');
    assert.throws(() => new Webhook(other).verify(BODY, headers));
    assert.throws(() => new Webhook(secret).verify(`${BODY} `, headers));
  });
}

check('twilio signs a form and Paydesk believes', () => {
  const params = { MessageSid: 'SM1', Body: 'a b+c&d=é\'*~', From: '+15017122661', Empty: '', Many: ['2', '1', '2'] };
  const body = Object.entries(params).flatMap(([name, value]) => [value].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`)).join('&');
  for (const url of [URL, 'https://hooks.example:8443/hook', "http://hooks.example/hook?name=It's"]) {
    const signature = twilio.getExpectedTwilioSignature('token-one', url, params);
    assert.ok(url.includes("'") || twilio.validateRequest('token-one', signature, url, params));
    const headers = { 'X-Twilio-Signature': signature, 'Content-Type': 'application/x-www-form-urlencoded' };
    believed('twilio', 'token-one', 'token-two', { url, headers, body });
  }
});

check('twilio signs the hash of a body and Paydesk believes', () => {
  const url = `${URL}&bodySHA256=${createHash('sha256').update(BODY).digest('hex')}`;
  const signature = twilio.getExpectedTwilioSignature('token-one', url, {});
  assert.ok(twilio.validateRequestWithBody('token-one', signature, url, BODY));
  believed('twilio', 'token-one', 'token-two', { url, headers: { 'X-Twilio-Signature': signature, 'Content-Type': 'application/json' } });
});

check('what the verifier of sendgrid believes, Paydesk believes', () => {
  const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const shown = ({ publicKey }) => publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const [own, other] = [pair(), pair()];
  const timestamp = '1700000000';
  const signature = signBytes('sha256', Buffer.from(timestamp + BODY), own.privateKey).toString('base64');
  const sdk = new EventWebhook();
  assert.equal(sdk.verifySignature(sdk.convertPublicKeyToECDSA(shown(own)), BODY, signature, timestamp), true);
  assert.equal(sdk.verifySignature(sdk.convertPublicKeyToECDSA(shown(other)), BODY, signature, timestamp), false);
  const headers = { [EventWebhookHeader.SIGNATURE()]: signature, [EventWebhookHeader.TIMESTAMP()]: timestamp };
  believed('sendgrid', shown(own), shown(other), { headers });
});

let failed = 0;
for (const { name, run } of checks) {
  try {
    await run();
    console.log(`ok      webhooks ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  webhooks ${name}\n${error?.stack ?? error}`);
  }
}
rmSync(folder, { recursive: true });
console.log(`${checks.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
