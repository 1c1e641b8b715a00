// What the official SDKs sign is delivered over loopback to real paths of `paydeskctl listen`, and `events received` says
// that it was verified, or why it was refused.
//
// Usage: listener_node.mjs PAYDESKCTL SIGN SANDBOX_URL SANDBOX_KEY, where SIGN is the example `sign` of crates/webhooks.
// Prints one line per check and a closing line `N passed, M failed`; the exit code tells the same.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes, sign as signBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

// The packages live in a folder of their own, outside this one.
const require = createRequire(`${resolve(process.env.STRANGERS_MODULES ?? '.')}/`);
const { EventWebhook, EventWebhookHeader } = require('@sendgrid/eventwebhook');
const { Webhook: Standard } = require('standardwebhooks');
const Stripe = require('stripe');
const { Webhook: Svix } = require('svix');
const twilio = require('twilio');

const [paydeskctl, signProgram, sandboxUrl, sandboxKey] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'paydesk-listener-'));
const started = [];

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const strange = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const whsec = () => `whsec_${randomBytes(24).toString('base64')}`;
const SECRETS = {
  STRIPE_SECRET: 'whsec_of_the_strangers',
  SENDGRID_SECRET: pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  TWILIO_SECRET: 'token-of-the-strangers',
  STANDARD_SECRET: whsec(),
  SVIX_SECRET: whsec(),
};
const TWILIO_URL = 'https://hooks.example.com';
const environment = { ...process.env, ...SECRETS, XDG_RUNTIME_DIR: folder, PAYDESK_HOME: join(folder, 'home'), PAYDESK_VAULT: 'environment', STRANGERS_KEY: sandboxKey };

function ask(...words) {
  const { status, stdout, stderr, error } = spawnSync(paydeskctl, ['--json', ...words], { env: environment, encoding: 'utf8' });
  assert.ifError(error);
  assert.equal(status, 0, `${words.join(' ')}: ${stdout}${stderr}`);
  return JSON.parse(stdout);
}

const port = await new Promise((found) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port: free } = server.address();
    server.close(() => found(free));
  });
});

// Opens a path and answers with its address; it is listened at until the end.
async function listen(...words) {
  const child = spawn(paydeskctl, ['--json', 'listen', '--port', String(port), ...words], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  const lines = createInterface(child.stdout);
  const { value } = await lines[Symbol.asyncIterator]().next();
  child.stdout.resume();
  return JSON.parse(value).url;
}

const post = async (url, headers, body) => (await fetch(url, { method: 'POST', headers, body })).status;

// The newest requests of a path, once none of them waits any more.
async function received(account, count) {
  for (let tries = 0; tries < 600; tries += 1) {
    const { items } = ask('events', 'received', '--account', account);
    if (items.length >= count && items.every((one) => one.state !== 'waiting')) return items;
    await new Promise((go) => setTimeout(go, 50));
  }
  throw new Error(`${account} does not have ${count} requests that were decided`);
}

// A good request is taken and shown as verified, the same with another body is refused and shown with its reason.
async function taken(account, url, request, verdict = 'verified') {
  assert.equal(await post(url, request.headers, request.body), 200);
  assert.equal(await post(url, request.headers, request.changed), 400);
  const items = await received(account, 2);
  const good = items.filter((one) => one.verdict === verdict);
  const refused = items.filter((one) => one.verdict === 'refused');
  assert.equal(good.length, 1, JSON.stringify(items));
  assert.equal(good[0].reason, null, JSON.stringify(good));
  assert.deepEqual(refused.map((one) => one.reason), ['mismatch']);
}

const checks = [];
const check = (name, run) => checks.push({ name, run });
const json = { 'content-type': 'application/json' };

check('stripe signs and the listener takes it', async () => {
  ask('accounts', 'add', 'stripe', '--label', 'shop', '--base-url', sandboxUrl, '--key-env', 'STRANGERS_KEY');
  const url = await listen('--secret-env', 'STRIPE_SECRET');
  const created = Math.floor(Date.now() / 1000);
  const object = { id: 'cus_strangers', object: 'customer', created, livemode: false, metadata: {} };
  const body = JSON.stringify({ id: 'evt_strangers', object: 'event', api_version: '2026-10-28.endive', created, livemode: false, pending_webhooks: 1, request: null, type: 'customer.created', data: { object } });
  const header = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: SECRETS.STRIPE_SECRET });
  await taken('shop', url, { headers: { ...json, 'stripe-signature': header }, body, changed: `${body} ` });
});

for (const [scheme, Webhook, prefix] of [['standard', Standard, 'webhook'], ['svix', Svix, 'svix']]) {
  check(`${scheme} signs and the listener takes it`, async () => {
    const secret = SECRETS[`${scheme.toUpperCase()}_SECRET`];
    const url = await listen('--scheme', scheme, '--name', scheme, '--secret-env', `${scheme.toUpperCase()}_SECRET`);
    const body = '{"type":"user.created","timestamp":"2026-11-22T10:00:00Z","data":{"name":"José € 漢"}}';
    const now = new Date();
    const headers = { ...json, [`${prefix}-id`]: 'msg_strangers', [`${prefix}-timestamp`]: String(Math.floor(now / 1000)), [`${prefix}-signature`]: new Webhook(secret).sign('msg_strangers', now, body) };
    await taken(scheme, url, { headers, body, changed: `${body} ` });
  });
}

check('twilio signs a form and the listener takes it', async () => {
  const url = await listen('--scheme', 'twilio', '--name', 'sms', '--secret-env', 'TWILIO_SECRET', '--url', TWILIO_URL);
  const params = { MessageSid: 'SM0123456789abcdef0123456789abcdef', AccountSid: 'AC0123456789abcdef0123456789abcdef', MessageStatus: 'delivered', Body: "a b+c&d=é'*~" };
  const body = new URLSearchParams(params).toString();
  const signature = twilio.getExpectedTwilioSignature(SECRETS.TWILIO_SECRET, TWILIO_URL + new URL(url).pathname, params);
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature };
  await taken('sms', url, { headers, body, changed: `${body}&More=1` }, 'verified_in_part');
});

check('what the verifier of sendgrid believes, the listener takes', async () => {
  const url = await listen('--scheme', 'sendgrid', '--name', 'mail', '--secret-env', 'SENDGRID_SECRET');
  const timestamp = String(Math.floor(Date.now() / 1000));
  const body = '[{"email":"ada@example.com","event":"delivered","sg_event_id":"sg_strangers","sg_message_id":"m1","timestamp":1790000000}]\r\n';
  const signature = signBytes('sha256', Buffer.from(timestamp + body), pair.privateKey).toString('base64');
  const sdk = new EventWebhook();
  assert.equal(sdk.verifySignature(sdk.convertPublicKeyToECDSA(SECRETS.SENDGRID_SECRET), body, signature, timestamp), true);
  const strangers = sdk.convertPublicKeyToECDSA(strange.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'));
  assert.equal(sdk.verifySignature(strangers, body, signature, timestamp), false);
  const headers = { ...json, [EventWebhookHeader.SIGNATURE()]: signature, [EventWebhookHeader.TIMESTAMP()]: timestamp };
  await taken('mail', url, { headers, body, changed: body.replace('ada@', 'eve@') }, 'verified_in_part');
});

check('what Paydesk signs itself, its listener takes', async () => {
  const url = await listen('--scheme', 'standard', '--name', 'own', '--secret-env', 'STANDARD_SECRET');
  const body = '{"type":"paydesk.refund.settled","timestamp":"2026-11-22T10:00:00Z","data":{}}';
  const { status, stdout, stderr } = spawnSync(signProgram, ['standard', 'msg_own'], { env: { ...process.env, SECRET: SECRETS.STANDARD_SECRET }, input: body, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const headers = { ...json, ...Object.fromEntries(JSON.parse(stdout)) };
  await taken('own', url, { headers, body, changed: `${body} ` });
});

let failed = 0;
for (const { name, run } of checks) {
  try {
    await run();
    console.log(`ok      listener ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  listener ${name}\n${error?.stack ?? error}`);
  }
}
for (const child of started.reverse()) {
  const ended = new Promise((go) => child.once('exit', go));
  child.kill('SIGTERM');
  await ended;
}
rmSync(folder, { recursive: true, force: true });
console.log(`${checks.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
