"""Kills `paydeskctl listen` while it sends events on, and counts at the receiver.

Usage: relay_kills.py PAYDESKCTL [--kills N] [--seed S] [--events-per-kill N]. A vendor delivers signed events to the path, one
after the other and again until each is answered 200; an endpoint on this machine takes its time with each. The program is
killed at a moment of the seed after some were delivered since it started last. In the end all that was acknowledged must have
been sent on.

- lost: acknowledged to the vendor, and not at the receiver 60 s after the last start
- extra: more arrivals than events; each kill may cost one
- renamed: an event that arrived under two message ids

It exits with 1 when something was lost or renamed, or when there were more extra arrivals than kills.
"""

import argparse
import collections
import hashlib
import hmac
import http.client
import http.server
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time

SECRET = "whsec_of_the_relay_kills_0123456789"
# How long the receiver takes, so that a kill meets a delivery on its way.
TAKES_S = 0.01
START_LIMIT_S = 60
ENDED_WITHIN_S = 60
RATE = "1000"


class Receiver(http.server.ThreadingHTTPServer):
    """Takes what is sent on, and counts it by event and message id."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Taking)
        self.arrived = collections.defaultdict(list)
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def count(self):
        with self.lock:
            return sum(map(len, self.arrived.values()))

    def distinct(self):
        with self.lock:
            return len(self.arrived)

    def handle_error(self, request, client_address):
        """Whoever was killed hangs up."""


class Taking(http.server.BaseHTTPRequestHandler):
    """One request to the receiver."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        with self.server.lock:
            self.server.arrived[json.loads(body)["id"]].append(self.headers["webhook-id"])
        time.sleep(TAKES_S)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Nothing is printed for each request."""


class Paydesk:
    """The listener and its relay on a home of its own."""

    def __init__(self, program, folder, vendor):
        self.program = program
        self.environment = {
            **os.environ, "PAYDESK_HOME": f"{folder}/home", "PAYDESK_VAULT": "environment", "XDG_RUNTIME_DIR": folder,
            "KILLS_KEY": vendor["secret_key"], "KILLS_SECRET": SECRET, "PAYDESK_MIRROR_KEY": "5a" * 32,
        }
        self.call("accounts", "add", "stripe", "--label", "shop", "--base-url", vendor["base_url"], "--key-env", "KILLS_KEY")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def call(self, *words):
        done = subprocess.run(
            [self.program, "--json", *words], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        if done.returncode != 0:
            raise SystemExit(f"paydeskctl {' '.join(words)} exited with {done.returncode}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def start(self):
        self.process = subprocess.Popen(
            [self.program, "--json", "listen", "--secret-env", "KILLS_SECRET", "--port", str(self.port)],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        self.path = "/" + json.loads(self.process.stdout.readline())["url"].split("/", 3)[3]
        # Somebody reads what it prints of each event, or it would stand still.
        threading.Thread(target=lambda pipe=self.process.stdout: collections.deque(pipe, 0), daemon=True).start()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def deliver(self, event_id):
        """Whether it was acknowledged."""
        at = int(time.time())
        customer = {"id": f"cus_{event_id}", "object": "customer", "created": at, "livemode": False, "metadata": {}}
        body = json.dumps({
            "id": event_id, "object": "event", "api_version": "2026-10-28.endive", "created": at, "livemode": False,
            "pending_webhooks": 1, "request": None, "type": "customer.created", "data": {"object": customer},
        }).encode()
        signature = hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"stripe-signature": f"t={at},v1={signature}", "content-type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_LIMIT_S)
        try:
            connection.request("POST", self.path, body, headers)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def until(what, look, limit_s):
    end = time.monotonic() + limit_s
    while not look():
        if time.monotonic() > end:
            return what
        time.sleep(0.02)
    return None


def play(program, kills, seed, per_kill):
    """All kills, and what the receiver has in the end."""
    chance = random.Random(seed)
    receiver = Receiver()
    vendor = subprocess.Popen(
        [program, "sandbox", "--charges", "10"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )
    acknowledged = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            paydesk = Paydesk(program, folder, json.loads(vendor.stdout.readline()))
            paydesk.start()
            url = f"http://127.0.0.1:{receiver.server_address[1]}/hook"
            paydesk.call("endpoints", "add", url, "--allow-local", "--secret-env", "KILLS_SECRET", "--rate", RATE)
            for number in range(kills):
                before = receiver.count()
                timer = threading.Timer(chance.uniform(0.02, 0.6), paydesk.process.kill)
                timer.start()
                for one in range(per_kill):
                    event_id = f"evt_kill{number}x{one}"
                    if not paydesk.deliver(event_id):
                        break
                    acknowledged.append(event_id)
                # Some of the kills come while deliveries of before are sent on and nothing is delivered.
                until("an arrival", lambda: receiver.count() > before or paydesk.process.poll() is not None, 1)
                timer.join()
                paydesk.kill()
                paydesk.start()
            until("all of them", lambda: receiver.distinct() >= len(acknowledged), ENDED_WITHIN_S)
            # What was cut off is sent again at the next start: nothing may still be on its way when it is counted.
            until("the end", lambda: paydesk.call("endpoints", "deliveries", "--state", "waiting")["total"] == 0, ENDED_WITHIN_S)
            paydesk.kill()
    finally:
        vendor.kill()
        receiver.shutdown()
    return receiver, acknowledged


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("paydeskctl")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--events-per-kill", type=int, default=20)
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(2**32)
    began = time.monotonic()
    receiver, acknowledged = play(str(pathlib.Path(given.paydeskctl).resolve()), given.kills, seed, given.events_per_kill)
    lost = [one for one in acknowledged if one not in receiver.arrived]
    extra = receiver.count() - receiver.distinct()
    renamed = [one for one, ids in receiver.arrived.items() if len(set(ids)) > 1]
    print(f"relay kills: seed {seed}, kills {given.kills}, acknowledged {len(acknowledged)}, lost {len(lost)}, "
          f"extra {extra} (at most {given.kills}), renamed {len(renamed)}, {time.monotonic() - began:.0f} s")
    for what, events in (("lost", lost), ("renamed", renamed)):
        for one in events[:10]:
            print(f"BROKEN: {one} was {what}; again with --seed {seed}")
    sys.exit(1 if lost or renamed or extra > given.kills else 0)


if __name__ == "__main__":
    main()
