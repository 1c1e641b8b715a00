"""The figure of SendGrid's event webhook: how fast lists of a hundred signed events are verified, stored durably and answered, beside
Express, SendGrid's own verifier and better-sqlite3 with the same durability, on the same disk in the same run.

Usage: mail_webhooks.py PAYDESKCTL DELIVER LISTS. LISTS are sent to each in a round, of which there are three. The peer has one row for
each event; Paydesk acknowledges a list once it is on the disk whole, and splits it afterwards. How long that takes is told beside it.
"""

import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

paydeskctl, deliver, lists = sys.argv[1:4]
here = pathlib.Path(__file__).resolve().parent
modules = here.parent / "target/bench/peer"
EVENTS = 100
ROUNDS = 3
CONNECTIONS = 16


def install():
    """The packages of the peer, once; better-sqlite3 is compiled against the headers that came with node."""
    if (modules / "node_modules/@sendgrid/eventwebhook").exists() and (modules / "node_modules/better-sqlite3/build/Release/better_sqlite3.node").exists():
        return
    modules.mkdir(parents=True, exist_ok=True)
    if not (modules / "package.json").exists():
        (modules / "package.json").write_text('{"private": true}')
    node = pathlib.Path(subprocess.check_output(["node", "-p", "process.execPath"], text=True).strip())
    subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "express@5.3.0", "better-sqlite3@12.11.1", "@sendgrid/eventwebhook@8.0.0"],
        cwd=modules, check=True, stdout=sys.stderr, env={**os.environ, "npm_config_nodedir": str(node.parents[1])},
    )


def keys():
    """A pair of keys of the vendor: base64 of PKCS #8 and of SPKI."""
    make = (
        "const {privateKey: a, publicKey: b} = require('crypto').generateKeyPairSync('ec', {namedCurve: 'P-256'});"
        "console.log(JSON.stringify([a.export({type: 'pkcs8', format: 'der'}).toString('base64'), b.export({type: 'spki', format: 'der'}).toString('base64')]))"
    )
    return json.loads(subprocess.check_output(["node", "-e", make], text=True))


private, public = keys()


def send(url, count, start):
    command = [deliver, url, private, str(count), str(CONNECTIONS), "--mail", "yes", "--from", str(start)]
    return json.loads(subprocess.check_output(command, text=True))


class Peer:
    def __init__(self, folder):
        command = ["node", str(here / "mail_webhook_peer.mjs"), str(modules), f"{folder}/peer.db", public]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "NODE_ENV": "production"})
        self.url = self.process.stdout.readline().strip()

    def wait(self, _count):
        """Its rows are there when it has answered."""

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Ours:
    """`paydeskctl listen` for a source on a home of its own."""

    def __init__(self, folder, key):
        self.environment = {**os.environ, "PAYDESK_HOME": f"{folder}/home", "PAYDESK_VAULT": "environment", "BENCH_PUBLIC": public, **key}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        listen = ["--environment", "sandbox", "--json", "listen", "--scheme", "sendgrid", "--name", "mail", "--secret-env", "BENCH_PUBLIC", "--port", str(port)]
        self.process = subprocess.Popen([paydeskctl, *listen], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        ready = json.loads(self.process.stdout.readline())
        if "url" not in ready:
            sys.exit(f"it does not listen: {ready}")
        self.url = ready["url"]
        # Nobody reads the lines, one for each event.
        self.drain = subprocess.Popen(["cat"], stdin=self.process.stdout, stdout=subprocess.DEVNULL)
        self.process.stdout.close()

    def wait(self, count):
        """Until every event is split off and known."""
        ask = [paydeskctl, "--environment", "sandbox", "--json", "sql", "select count(*) from v_events", "--seconds", "60"]
        until = time.monotonic() + 600
        while time.monotonic() < until:
            told = json.loads(subprocess.check_output(ask, env=self.environment, text=True))
            if int(told["rows"][0][0]["value"]) >= count:
                return
            time.sleep(0.2)
        sys.exit("not every event was applied")

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.drain.wait()


STARTS = {
    "Express + @sendgrid/eventwebhook + better-sqlite3, FULL": Peer,
    "Paydesk, encrypted": lambda folder: Ours(folder, {"PAYDESK_MIRROR_KEY": "5a" * 32}),
    "Paydesk, plain": lambda folder: Ours(folder, {}),
}


def main():
    install()
    rates = {name: [] for name in STARTS}
    applied = {name: [] for name in STARTS}
    last = {}
    for _ in range(ROUNDS):
        # Each in turn, so that what else the machine does falls on all of them.
        for name, start in STARTS.items():
            with tempfile.TemporaryDirectory(dir=here.parent / "target") as folder:
                one = start(folder)
                try:
                    send(one.url, 5, 10**7)
                    began = time.monotonic()
                    told = send(one.url, lists, 0)
                    assert told["refused"] == 0, told
                    made = time.monotonic() - began - told["seconds"]
                    rates[name].append(told["acknowledged"] * EVENTS / told["seconds"])
                    one.wait((told["acknowledged"] + 5) * EVENTS)
                    applied[name].append(told["acknowledged"] * EVENTS / (time.monotonic() - began - made))
                    last[name] = told
                finally:
                    one.stop()
    peer = statistics.median(rates[next(iter(STARTS))])
    for name in STARTS:
        middle, told = statistics.median(rates[name]), last[name]
        beside = "" if name == next(iter(STARTS)) else f", {middle / peer:.1f} times the peer (reach 5); all split and known at {statistics.median(applied[name]):.0f} a second"
        print(
            f"mail_webhooks: {name}: {middle:.0f} events a second (median of {ROUNDS} rounds of {lists} lists of {EVENTS}), "
            f"p50 {told['p50_us'] / 1000:.1f} ms, p99 {told['p99_us'] / 1000:.1f} ms a list at {CONNECTIONS} connections{beside}"
        )


main()
