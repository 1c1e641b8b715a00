// Twilio's own client from npm uses Paydesk's simulated Twilio unchanged, and its validator believes the callbacks that it signs.
//
// Usage: twilio_node.mjs PAYDESKCTL
// Prints one line per check and a closing line `N passed, M failed`; the exit code tells the same.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';

// The packages live in a folder of their own, outside this one.
const require = createRequire(`${resolve(process.env.STRANGERS_MODULES ?? '.')}/`);
const twilio = require('twilio');
const { RequestClient } = twilio;

const [paydeskctl] = process.argv.slice(2);
const vendor = spawn(paydeskctl, ['sandbox', '--charges', '1', '--sms', '--sms-history', '120', '--sms-pace-ms', '20'], { stdio: ['ignore', 'pipe', 'inherit'] });
const line = await new Promise((done) => createInterface({ input: vendor.stdout }).once('line', done));
const { sms } = JSON.parse(line);

// Only where it is called is another; all else is the client's own.
class Loopback extends RequestClient {
  request(options) {
    return super.request({ ...options, uri: options.uri.replace('https://api.twilio.com', sms.base_url) });
  }
}
const open = (user, password, accountSid) => twilio(user, password, { httpClient: new Loopback(), ...(accountSid === undefined ? {} : { accountSid }) });
const client = open(sms.account_sid, sms.auth_token);

let [passed, failed] = [0, 0];
async function check(name, action) {
  try {
    await action();
    passed += 1;
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}: ${error.stack}`);
  }
}

await check('the account and its numbers are read', async () => {
  assert.equal((await client.api.accounts(sms.account_sid).fetch()).status, 'active');
  const numbers = await client.incomingPhoneNumbers.list();
  assert.deepEqual(numbers.filter((one) => one.capabilities.sms).map((one) => one.phoneNumber), [sms.number]);
});

await check('a message is sent by the token and by an API key', async () => {
  const sent = await client.messages.create({ to: '+4915112345678', from: sms.number, body: 'Größe' });
  assert.equal(sent.status, 'queued');
  const byKey = open(sms.api_key_sid, sms.api_key_secret, sms.account_sid);
  const other = await byKey.messages.create({ to: '+4915112345678', from: sms.number, body: 'By key' });
  assert.equal((await client.messages(other.sid).fetch()).body, 'By key');
});

await check('all messages are listed over several pages', async () => {
  const all = await client.messages.list({ pageSize: 50 });
  assert.equal(all.length, 122);
  assert.ok(all.every((one, place) => place === 0 || all[place - 1].dateCreated >= one.dateCreated));
  const before = await client.messages.list({ dateSentBefore: new Date(Date.now() - 2 * 86_400_000) });
  assert.ok(before.length > 0 && before.length < 122);
});

await check('a refusal has the number that the client knows', async () => {
  await assert.rejects(client.messages.create({ to: '+15005550001', from: sms.number, body: 'Hi' }), (error) => error.code === 21211 && error.status === 400);
  await assert.rejects(open(sms.account_sid, 'wrong').messages.list({ limit: 1 }), (error) => error.code === 20003 && error.status === 401);
});

await check('test credentials send to nobody and read nothing', async () => {
  const tests = open(sms.test_account_sid, sms.test_auth_token);
  assert.equal((await tests.messages.create({ to: '+4915112345678', from: '+15005550006', body: 'Hi' })).status, 'queued');
  await assert.rejects(tests.api.accounts(sms.test_account_sid).fetch(), (error) => error.code === 20008);
});

await check('the callbacks are believed by the validator', async () => {
  const arrived = [];
  let ended;
  const all = new Promise((done) => (ended = done));
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const fields = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
      const url = `http://127.0.0.1:${server.address().port}${request.url}`;
      arrived.push([fields.MessageStatus, twilio.validateRequest(sms.auth_token, request.headers['x-twilio-signature'], url, fields)]);
      response.end();
      if (arrived.length === 3) ended();
    });
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  await client.messages.create({ to: '+4915112330003', from: sms.number, body: 'Hi', statusCallback: `http://127.0.0.1:${server.address().port}/in?a=1` });
  await all;
  server.close();
  assert.deepEqual(arrived, [['sending', true], ['sent', true], ['undelivered', true]]);
});

vendor.kill('SIGINT');
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
