"""The peer of the mirror figure: the official SDK, one page after another, into SQLite.

Usage: sequential_sdk.py BASE_URL SECRET_KEY DATABASE. Prints the rows that it wrote.
"""

import json
import sqlite3
import sys

import stripe

base_url, secret_key, path = sys.argv[1:4]
client = stripe.StripeClient(secret_key, base_addresses={"api": base_url})
database = sqlite3.connect(path)
database.execute("pragma journal_mode = wal")
database.execute("create table objects (id text primary key, kind text, created integer, json text)")
v1 = client.v1 if hasattr(client, "v1") else client
lists = {
    "charges": v1.charges,
    "refunds": v1.refunds,
    "customers": v1.customers,
    "disputes": v1.disputes,
    "payment_intents": v1.payment_intents,
    "payouts": v1.payouts,
    "balance_transactions": v1.balance_transactions,
    "events": v1.events,
}
rows = 0
for kind, service in lists.items():
    for one in service.list({"limit": 100}).auto_paging_iter():
        database.execute(
            "insert or replace into objects values (?, ?, ?, ?)",
            (one.id, kind, one.created, json.dumps(one.to_dict())),
        )
        rows += 1
    database.commit()
print(rows)
