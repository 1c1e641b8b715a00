// The peer of the figure of SendGrid's event webhook: the tutorial's receiver, made durable. Express, SendGrid's own check of the
// signature, and one row of better-sqlite3 per event, those of a request in one transaction with synchronous=FULL before it is answered.
//
// Usage: mail_webhook_peer.mjs MODULES FILE PUBLIC_KEY. Prints the URL on one line and serves until it is stopped.
import { createRequire } from "node:module";

const [modules, file, publicKey] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const express = require("express");
const Database = require("better-sqlite3");
const { EventWebhook, EventWebhookHeader } = require("@sendgrid/eventwebhook");

const webhook = new EventWebhook();
const key = webhook.convertPublicKeyToECDSA(publicKey);
const database = new Database(file);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
database.exec("create table events (id text primary key, kind text not null, email text not null, at integer not null, body text not null)");
const keep = database.prepare("insert into events (id, kind, email, at, body) values (?, ?, ?, ?, ?) on conflict do nothing");
const keepAll = database.transaction((events) => {
  for (const one of events) keep.run(one.sg_event_id, one.event, one.email, one.timestamp, JSON.stringify(one));
});

const application = express();
application.disable("x-powered-by");
application.post("/hook", express.raw({ type: "application/json", limit: "1mb" }), (request, response) => {
  const signature = request.get(EventWebhookHeader.SIGNATURE());
  const time = request.get(EventWebhookHeader.TIMESTAMP());
  if (!webhook.verifySignature(key, request.body, signature, time)) {
    response.status(400).end();
    return;
  }
  keepAll(JSON.parse(request.body));
  response.status(200).end();
});
const server = application.listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}/hook\n`);
});
