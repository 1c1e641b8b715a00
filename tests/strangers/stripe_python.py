"""Drives a Stripe-compatible server with the official Python SDK, unchanged.

Usage: stripe_python.py BASE_URL SECRET_KEY [FAULTY_BASE_URL FAULTY_SECRET_KEY]
The second server, if given, answers the first POSTs with a conflict, a server error and a lost answer, so that the SDK's own retries are seen to work.
Prints one line per check and a closing line `N passed, M failed`; the exit code tells the same.
"""

import sys
import threading
import time
import traceback
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer

import stripe

BASE_URL, SECRET_KEY = sys.argv[1:3]
FAULTY_URL, FAULTY_KEY = (sys.argv[3:5] + [None, None])[:2]
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def client(**options):
    return stripe.StripeClient(options.pop("key", SECRET_KEY), base_addresses={"api": BASE_URL}, **options)


def raises(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


def new_charge(amount=2000, source="tok_visa", **more):
    return client().v1.charges.create({"amount": amount, "currency": "usd", "source": source, **more})


@check
def account_and_balance_are_read():
    account = client().v1.accounts.retrieve_current()
    assert account.id.startswith("acct_"), account.id
    assert {entry.currency for entry in client().v1.balance.retrieve().available} >= {"usd", "eur"}


@check
def lists_page_by_themselves_both_ways():
    down = [charge.id for charge in client().v1.charges.list({"limit": 100}).auto_paging_iter()]
    assert len(down) >= 500 and len(set(down)) == len(down), len(down)
    newer = client().v1.charges.list({"limit": 100, "ending_before": down[250]})
    up = [charge.id for charge in newer.auto_paging_iter()]
    assert up == list(reversed(down[:250])), (len(up), up[:2], down[:2])


@check
def ranges_filters_and_expansion_work():
    newest = client().v1.charges.list({"limit": 3, "expand": ["data.customer", "data.balance_transaction"]}).data
    at = newest[-1].created
    inside = client().v1.charges.list({"created": {"gte": at}, "limit": 100}).data
    assert {charge.id for charge in newest} <= {charge.id for charge in inside}
    assert all(charge.created >= at for charge in inside)
    with_line = new_charge(expand=["balance_transaction"])
    assert with_line.balance_transaction.net == with_line.amount - with_line.balance_transaction.fee


@check
def one_key_makes_one_charge():
    key = str(uuid.uuid4())
    params = {"amount": 1234, "currency": "usd", "source": "tok_visa"}
    first = client().v1.charges.create(params, {"idempotency_key": key})
    second = client().v1.charges.create(params, {"idempotency_key": key})
    assert first.id == second.id
    assert second.last_response.headers["idempotent-replayed"] == "true"
    changed = {**params, "amount": 1235}
    error = raises(stripe.IdempotencyError, lambda: client().v1.charges.create(changed, {"idempotency_key": key}))
    assert error.http_status == 400 and key in str(error), error


@check
def refunds_are_partial_full_and_no_more():
    charge = new_charge()
    refund = client().v1.refunds.create({"charge": charge.id, "amount": 500, "reason": "duplicate", "metadata": {"intent": "i-1"}})
    assert (refund.status, refund.amount, refund.metadata["intent"]) == ("succeeded", 500, "i-1")
    over = raises(stripe.InvalidRequestError, lambda: client().v1.refunds.create({"charge": charge.id, "amount": 5000}))
    assert over.param == "amount" and over.code is None and "greater than unrefunded amount" in str(over), over
    client().v1.refunds.create({"charge": charge.id})
    again = raises(stripe.InvalidRequestError, lambda: client().v1.refunds.create({"charge": charge.id}))
    assert again.code == "charge_already_refunded", again.code
    assert client().v1.charges.retrieve(charge.id).refunded is True
    assert [item.amount for item in client().v1.refunds.list({"charge": charge.id}).data] == [1500, 500]


@check
def declines_are_card_errors():
    for source, code, decline in [
        ("tok_chargeDeclined", "card_declined", "generic_decline"),
        ("tok_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("tok_chargeDeclinedExpiredCard", "expired_card", None),
    ]:
        error = raises(stripe.CardError, lambda source=source: new_charge(source=source))
        assert (error.code, error.error.decline_code, error.http_status) == (code, decline, 402), (error.code, error.error.decline_code)
        assert client().v1.charges.retrieve(error.error.charge).status == "failed"


@check
def intents_are_confirmed_and_captured():
    intent = client().v1.payment_intents.create(
        {"amount": 2000, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True, "capture_method": "manual"}
    )
    assert intent.status == "requires_capture"
    captured = client().v1.payment_intents.capture(intent.id, {"amount_to_capture": 1500})
    assert (captured.status, captured.amount_received) == ("succeeded", 1500)
    waiting = client().v1.payment_intents.create(
        {"amount": 2000, "currency": "eur", "payment_method": "pm_card_authenticationRequired", "confirm": True}
    )
    assert waiting.status == "requires_action" and waiting.next_action.type == "redirect_to_url"


@check
def wrong_keys_and_ids_have_their_own_errors():
    raises(stripe.AuthenticationError, lambda: client(key="sk_test_wrongwrongwrong").v1.charges.list())
    missing = raises(stripe.InvalidRequestError, lambda: client().v1.charges.retrieve("ch_nothing"))
    assert (missing.code, missing.http_status) == ("resource_missing", 404)
    unknown = raises(stripe.InvalidRequestError, lambda: client().v1.charges.list({"colour": "red"}))
    assert unknown.code == "parameter_unknown"


@check
def customers_disputes_payouts_and_events_are_read():
    customer = client().v1.customers.create({"email": "ada@example.com", "name": "Ada Ö", "metadata": {"plan": "gold"}})
    assert client().v1.customers.list({"email": "ada@example.com"}).data[0].id == customer.id
    client().v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    assert len(client().v1.customers.payment_methods.list(customer.id).data) == 1
    assert client().v1.customers.delete(customer.id).deleted is True
    assert any(dispute.evidence_details.due_by for dispute in client().v1.disputes.list().data)
    payout = client().v1.payouts.list({"status": "paid", "limit": 1}).data[0]
    lines = client().v1.balance_transactions.list({"payout": payout.id, "limit": 100}).auto_paging_iter()
    assert sum(line.net for line in lines if line.source != payout.id) == payout.amount
    kinds = {event.type for event in client().v1.events.list({"types": ["customer.created", "customer.deleted"], "limit": 5}).data}
    assert kinds == {"customer.created", "customer.deleted"}, kinds


@check
def webhooks_pass_the_official_verifier():
    received = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            received.append((body, self.headers["stripe-signature"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = client().v1.webhook_endpoints.create(
        {"url": f"http://127.0.0.1:{server.server_port}/hook", "enabled_events": ["charge.succeeded"]}
    )
    charge = new_charge()
    deadline = time.monotonic() + 10
    while not received and time.monotonic() < deadline:
        time.sleep(0.02)
    body, signature = received[0]
    event = stripe.Webhook.construct_event(body, signature, endpoint.secret)
    assert event["data"]["object"]["id"] == charge.id
    raises(stripe.SignatureVerificationError, lambda: stripe.Webhook.construct_event(body + b" ", signature, endpoint.secret))
    client().v1.webhook_endpoints.delete(endpoint.id)
    server.shutdown()


def faulty():
    return stripe.StripeClient(FAULTY_KEY, base_addresses={"api": FAULTY_URL}, max_network_retries=5)


def retries_end_in_one_charge():
    before = faulty().v1.charges.list({"limit": 1}).data[0].id
    charge = faulty().v1.charges.create({"amount": 4321, "currency": "usd", "source": "tok_visa"})
    assert charge.last_response.headers["idempotent-replayed"] == "true", "the answer that was lost is replayed"
    made = faulty().v1.charges.list({"ending_before": before}).data
    assert [item.id for item in made] == [charge.id], made


def a_kept_500_is_not_retried():
    charge = faulty().v1.charges.list({"limit": 1}).data[0]
    error = raises(stripe.APIError, lambda: faulty().v1.refunds.create({"charge": charge.id}))
    assert error.http_status == 500
    made = faulty().v1.refunds.list({"charge": charge.id}).data
    assert len(made) == 1, "the refund was made although the answer was a failure"


if FAULTY_URL:
    CHECKS.extend([retries_end_in_one_charge, a_kept_500_is_not_retried])


def main():
    failed = 0
    for function in CHECKS:
        try:
            function()
            print(f"ok      python {function.__name__}")
        except Exception:
            failed += 1
            print(f"FAILED  python {function.__name__}")
            traceback.print_exc(file=sys.stdout)
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
