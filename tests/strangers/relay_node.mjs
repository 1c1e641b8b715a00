// Official SDKs behind the relay: what `paydeskctl replay` sends to a server is believed by the SDK of Stripe and by that of Standard Webhooks.
//
// Usage: relay_node.mjs PAYDESKCTL SANDBOX_URL SANDBOX_KEY
// Prints one line per check and a closing line `N passed, M failed`; the exit code tells the same.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

// The packages live in a folder of their own, outside this one.
const require = createRequire(`${resolve(process.env.STRANGERS_MODULES ?? '.')}/`);
const { Webhook: Standard } = require('standardwebhooks');
const Stripe = require('stripe');

const [paydeskctl, sandboxUrl, sandboxKey] = process.argv.slice(2);
const SECRET = `whsec_${Buffer.from('a secret of the tests of strangers').toString('base64')}`;
const folder = mkdtempSync(join(tmpdir(), 'paydesk-relay-'));
mkdirSync(join(folder, 'runtime'), { mode: 0o700 });
const environment = {
  PATH: process.env.PATH,
  PAYDESK_HOME: join(folder, 'home'),
  PAYDESK_VAULT: 'environment',
  XDG_RUNTIME_DIR: join(folder, 'runtime'),
  SANDBOX_KEY: sandboxKey,
  SECRET,
};

// Runs a command to its end while the server here goes on answering.
function run(...words) {
  return new Promise((done, fail) => {
    const child = spawn(paydeskctl, [...words, '--json'], { env: environment });
    let [out, err] = ['', ''];
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (err += text));
    child.on('error', fail);
    child.on('close', (status) => (status === 0 ? done(JSON.parse(out)) : fail(new Error(`${words[0]} exits with ${status}: ${out}${err}`))));
  });
}

// Replays events to a server that believes only what the SDK believes; answers with what arrived.
async function replayed(scheme, believes) {
  const arrived = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      try {
        arrived.push(believes(Buffer.concat(chunks).toString('utf8'), request.headers));
        response.end('ok');
      } catch (error) {
        response.writeHead(400).end(String(error));
      }
    });
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  try {
    const to = `http://127.0.0.1:${server.address().port}/`;
    const done = await run('replay', '--query', 'type:charge.*', '--to', to, '--scheme', scheme, '--secret-env', 'SECRET', '--rate', '500');
    assert.ok(done.total > 0);
    assert.deepEqual([done.state, done.delivered, done.failed, arrived.length], ['done', done.total, 0, done.total]);
    return arrived;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const checks = [
  {
    name: 'the SDK of Stripe believes what is replayed',
    run: async () => {
      const events = await replayed('stripe', (body, headers) =>
        Stripe.webhooks.constructEvent(body, headers['stripe-signature'], SECRET),
      );
      assert.ok(events.every((event) => event.object === 'event' && event.type.startsWith('charge.')));
    },
  },
  {
    name: 'the SDK of Standard Webhooks believes what is replayed',
    run: async () => {
      const events = await replayed('standard', (body, headers) => new Standard(SECRET).verify(body, headers));
      assert.ok(events.every((event) => event.object === 'event'));
    },
  },
  {
    name: 'neither believes it under another secret',
    run: async () => {
      const other = `whsec_${Buffer.from('a secret of somebody else entirely').toString('base64')}`;
      await assert.rejects(
        replayed('stripe', (body, headers) => Stripe.webhooks.constructEvent(body, headers['stripe-signature'], other)),
        /exits with 1/,
      );
    },
  },
];

let failed = 0;
try {
  await run('accounts', 'add', 'stripe', '--label', 'shop', '--base-url', sandboxUrl, '--key-env', 'SANDBOX_KEY');
  await run('sync');
  for (const { name, run: check } of checks) {
    try {
      await check();
      console.log(`ok      relay ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  relay ${name}\n${error?.stack ?? error}`);
    }
  }
} catch (error) {
  failed = checks.length;
  console.log(`FAILED  relay a mirror of the sandbox\n${error?.stack ?? error}`);
}
rmSync(folder, { recursive: true });
console.log(`${checks.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
