"""Twilio's own client from PyPI uses Paydesk's simulated Twilio unchanged.

Usage: twilio_python.py PAYDESKCTL
Prints one line per check and a closing line `N passed, M failed`; the exit code tells the same.
"""

import json
import subprocess
import sys
import traceback
from datetime import datetime, timedelta, timezone

from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

vendor = subprocess.Popen(
    [sys.argv[1], "sandbox", "--charges", "1", "--sms", "--sms-history", "120"], stdout=subprocess.PIPE
)
sms = json.loads(vendor.stdout.readline())["sms"]


class Loopback(TwilioHttpClient):
    """Only where it is called is another; all else is the client's own."""

    def request(self, method, url, *arguments, **named):
        return super().request(method, url.replace("https://api.twilio.com", sms["base_url"]), *arguments, **named)


def opened(user, password, account=None):
    return Client(user, password, account_sid=account, http_client=Loopback())


client = opened(sms["account_sid"], sms["auth_token"])
passed = failed = 0


def check(name, action):
    global passed, failed
    try:
        action()
        passed += 1
        print(f"ok    {name}")
    except Exception:
        failed += 1
        print(f"FAIL  {name}: {traceback.format_exc()}")


def refusal(action):
    try:
        action()
    except TwilioRestException as error:
        return error.code
    return None


def sends():
    sent = client.messages.create(to="+4915112345678", from_=sms["number"], body="Größe")
    assert sent.status == "queued" and sent.price is None, sent.status
    by_key = opened(sms["api_key_sid"], sms["api_key_secret"], sms["account_sid"])
    assert by_key.messages(sent.sid).fetch().body == "Größe"


def lists():
    every = client.messages.list(page_size=50)
    assert len(every) == 121, len(every)
    assert sum(one.direction == "inbound" for one in every) == 24
    before = client.messages.list(date_sent_before=datetime.now(timezone.utc) - timedelta(days=2))
    assert 0 < len(before) < 121, len(before)


def refuses():
    send = lambda to: client.messages.create(to=to, from_=sms["number"], body="Hi")
    assert refusal(lambda: send("+15005550004")) == 21610
    assert refusal(lambda: send("+15005550009")) == 21614
    unknown = "SM" + "0" * 32
    assert refusal(lambda: opened(sms["account_sid"], "wrong").messages(unknown).fetch()) == 20003
    assert refusal(lambda: client.messages(unknown).fetch()) == 20404


try:
    check("a message is sent, and read by an API key", sends)
    check("all messages are listed over several pages", lists)
    check("refusals have the numbers that the client knows", refuses)
finally:
    vendor.terminate()
    vendor.wait(timeout=30)
print(f"{passed} passed, {failed} failed")
sys.exit(0 if failed == 0 else 1)
