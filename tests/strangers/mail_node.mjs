// The official SendGrid clients of npm on the simulated SendGrid, unchanged: one mail, a thousand personalizations, templates,
// suppressions and scheduled sends.
//
// Usage: mail_node.mjs PAYDESKCTL.
// Prints one line per check and a closing line `N passed, M failed`; the exit code tells the same.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';

const require = createRequire(`${resolve(process.env.STRANGERS_MODULES ?? '.')}/`);
const { MailService } = require('@sendgrid/mail');
const { Client } = require('@sendgrid/client');

const [paydeskctl] = process.argv.slice(2);
const checks = [];
const check = (name, run) => checks.push({ name, run });

const vendor = spawn(paydeskctl, ['sandbox', '--charges', '1', '--mail'], { stdio: ['ignore', 'pipe', 'inherit'] });
const facts = await new Promise((taken, refused) => {
  vendor.once('exit', (code) => refused(new Error(`the sandbox ended with ${code}`)));
  createInterface({ input: vendor.stdout }).once('line', (line) => taken(JSON.parse(line).mail));
});
const client = new Client();
client.setApiKey(facts.api_key);
client.setDefaultRequest('baseUrl', facts.base_url);
const mail = new MailService();
mail.setClient(client);
const ask = async (method, url, more = {}) => (await client.request({ method, url, ...more }))[0];
const plain = { from: 'shop@example.com', subject: 'Hello', text: 'Hi' };
const NEWS = 'd-00000000000000000000000000000003';

check('one mail is taken with an id', async () => {
  const [answer] = await mail.send({ ...plain, to: 'ada@example.com' });
  assert.equal(answer.statusCode, 202);
  assert.match(answer.headers['x-message-id'], /^sg/);
});
check('a thousand personalizations of a template are one request', async () => {
  const personalizations = Array.from({ length: 1000 }, (_, n) => ({ to: [{ email: `n${n}@example.com` }], dynamicTemplateData: { name: `N${n}`, code: 'x' }, customArgs: { order: String(n) } }));
  const [answer] = await mail.send({ from: plain.from, templateId: NEWS, personalizations });
  assert.equal(answer.statusCode, 202);
  const taken = (await ask('GET', '/sandbox/taken')).body;
  assert.equal(new Set(taken.map((one) => one.arguments.order)).size >= 1000, true);
});
check('a thousand and one are refused in SendGrid\'s shape', async () => {
  const personalizations = Array.from({ length: 1001 }, (_, n) => ({ to: [{ email: `m${n}@example.com` }] }));
  await assert.rejects(mail.send({ ...plain, personalizations }), (error) => error.code === 400 && error.response.body.errors[0].field === 'personalizations');
});
check('templates are paged and shown', async () => {
  const first = (await ask('GET', '/v3/templates', { qs: { generations: 'dynamic', page_size: 2 } })).body;
  assert.equal(first.result.length, 2);
  const token = new URL(first._metadata.next).searchParams.get('page_token');
  const second = (await ask('GET', '/v3/templates', { qs: { generations: 'dynamic', page_size: 2, page_token: token } })).body;
  assert.equal(second.result.length, 1);
  const shown = (await ask('GET', `/v3/templates/${NEWS}`)).body;
  assert.match(shown.versions[0].html_content, /\{\{name\}\}/);
});
check('suppressions are listed, looked up and taken away', async () => {
  assert.equal((await ask('GET', '/v3/suppression/bounces', { qs: { limit: 1 } })).body.length, 1);
  assert.equal((await ask('GET', '/v3/suppression/bounces/gone%40example.com')).body[0].email, 'gone@example.com');
  assert.equal((await ask('DELETE', '/v3/suppression/bounces/gone%40example.com')).statusCode, 204);
  assert.deepEqual((await ask('GET', '/v3/suppression/bounces/gone%40example.com')).body, []);
  assert.equal((await ask('POST', '/v3/asm/groups/102/suppressions', { body: { recipient_emails: ['bob@example.com'] } })).statusCode, 201);
  const groups = (await ask('GET', '/v3/asm/suppressions/bob%40example.com')).body.suppressions;
  assert.equal(groups.find((one) => one.id === 102).suppressed, true);
});
check('a send that waits is paused, let go and canceled', async () => {
  const made = await ask('POST', '/v3/mail/batch');
  const id = made.body.batch_id;
  assert.equal(made.statusCode, 201);
  const sendAt = Math.floor(Date.now() / 1000) + 3600;
  assert.equal((await mail.send({ ...plain, to: 'later@example.com', sendAt, batchId: id }))[0].statusCode, 202);
  assert.equal((await ask('POST', '/v3/user/scheduled_sends', { body: { batch_id: id, status: 'pause' } })).statusCode, 201);
  assert.equal((await ask('DELETE', `/v3/user/scheduled_sends/${id}`)).statusCode, 204);
  assert.equal((await ask('POST', '/v3/user/scheduled_sends', { body: { batch_id: id, status: 'cancel' } })).statusCode, 201);
});
check('a mail beyond 30 MB is refused', async () => {
  const attachments = [{ content: 'A'.repeat(31 * 1024 * 1024), filename: 'a.txt' }];
  await assert.rejects(mail.send({ ...plain, to: 'ada@example.com', attachments }));
});

let passed = 0;
let failed = 0;
for (const { name, run } of checks) {
  try {
    await run();
    passed += 1;
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}: ${error.stack}`);
  }
}
vendor.kill('SIGTERM');
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
