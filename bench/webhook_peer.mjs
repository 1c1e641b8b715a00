// The peer of the listener's figures: the tutorial's receiver of webhooks, made durable. Express, the official SDK's check of
// the signature, and one row of better-sqlite3 per event with synchronous=FULL before it is answered.
//
// Usage: webhook_peer.mjs MODULES FILE SECRET. Prints the URL on one line and serves until it is stopped.
import { createRequire } from "node:module";

const [modules, file, secret] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const express = require("express");
const Database = require("better-sqlite3");
const Stripe = require("stripe");

const stripe = new (Stripe.default ?? Stripe)("sk_test_of_the_bench");
const database = new Database(file);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
database.exec(
  "create table inbox (id text primary key, type text not null, received_at integer not null, headers text not null, body blob not null)",
);
const keep = database.prepare(
  "insert into inbox (id, type, received_at, headers, body) values (?, ?, ?, ?, ?) on conflict do nothing",
);

const application = express();
application.disable("x-powered-by");
application.post("/hook", express.raw({ type: "application/json", limit: "1mb" }), (request, response) => {
  let event;
  try {
    event = stripe.webhooks.constructEvent(request.body, request.headers["stripe-signature"], secret);
  } catch {
    response.status(400).end();
    return;
  }
  keep.run(event.id, event.type, Date.now(), JSON.stringify(request.rawHeaders), request.body);
  response.status(200).end();
});
const server = application.listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}/hook\n`);
});
