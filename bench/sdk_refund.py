"""The peer of the kill harness: one refund by the official SDK, with its automatic idempotency keys and retries.

Usage: sdk_refund.py BASE_URL SECRET_KEY CHARGE MINOR_UNITS. Prints the id of the refund.
"""

import sys

import stripe

base_url, secret_key, charge, amount = sys.argv[1:5]
client = stripe.StripeClient(secret_key, base_addresses={"api": base_url}, max_network_retries=2)
v1 = client.v1 if hasattr(client, "v1") else client
print(v1.refunds.create({"charge": charge, "amount": int(amount)}).id, flush=True)
