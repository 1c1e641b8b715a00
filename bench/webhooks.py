"""The figures of the listener: how fast events are verified, stored durably and answered, beside Express, the official SDK and
better-sqlite3 on the same disk with the same durability in the same run; what a kill loses; what half-open connections cost.

Usage: webhooks.py PAYDESKCTL DELIVER EVENTS KILLED. DELIVER is the example of that name of the crate `webhooks`. EVENTS are
sent to each in a round, of which there are three; KILLED are sent while the listener is killed about every 500.
"""

import json
import os
import pathlib
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

paydeskctl, deliver, events, killed = sys.argv[1:5]
here = pathlib.Path(__file__).resolve().parent
modules = here.parent / "target/bench/peer"
SECRET = "whsec_of_the_bench_0123456789abcdef"
ROUNDS = 3
CONNECTIONS = 128
BETWEEN_KILLS = 500
HALF_OPEN = 1000


def install():
    """The peer's packages, once. better-sqlite3 is compiled here, against the headers that came with node."""
    if (modules / "node_modules/better-sqlite3/build/Release/better_sqlite3.node").exists():
        return
    print("Installing Express, better-sqlite3 and the Stripe SDK for the peer", file=sys.stderr)
    modules.mkdir(parents=True, exist_ok=True)
    (modules / "package.json").write_text('{"private": true}')
    prefix = pathlib.Path(subprocess.check_output(["node", "-p", "process.execPath"], text=True).strip()).parents[1]
    packages = ["express@5.3.0", "better-sqlite3@12.11.1", "stripe@23.1.0"]
    subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", *packages],
        cwd=modules, check=True, stdout=sys.stderr, env={**os.environ, "npm_config_nodedir": str(prefix)},
    )


def memory(process, field):
    """A field of the process's status in bytes: VmHWM is the most it held, VmRSS what it holds."""
    status = pathlib.Path(f"/proc/{process}/status").read_text()
    found = re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def send(url, count, connections, *more):
    command = [deliver, url, SECRET, str(count), str(connections), *map(str, more)]
    return json.loads(subprocess.check_output(command, text=True))


class Ours:
    """`paydeskctl listen` on a home of its own."""

    def __init__(self, folder, encrypted, vendor):
        self.environment = {
            **os.environ, "PAYDESK_HOME": f"{folder}/home", "PAYDESK_VAULT": "environment",
            "BENCH_KEY": vendor["secret_key"], "BENCH_SECRET": SECRET,
        }
        if encrypted:
            self.environment["PAYDESK_MIRROR_KEY"] = "5a" * 32
        add = [paydeskctl, "accounts", "add", "stripe", "--label", "bench", "--base-url", vendor["base_url"]]
        subprocess.run([*add, "--key-env", "BENCH_KEY"], env=self.environment, check=True, stdout=subprocess.DEVNULL)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    def start(self):
        command = [paydeskctl, "--json", "listen", "--secret-env", "BENCH_SECRET", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        ready = json.loads(self.process.stdout.readline())
        if "url" not in ready:
            sys.exit(f"it does not listen: {ready}")
        self.url = ready["url"]
        # Nobody reads the lines, one for each event.
        os.set_blocking(self.process.stdout.fileno(), True)
        self.drain = subprocess.Popen(["cat"], stdin=self.process.stdout, stdout=subprocess.DEVNULL)
        self.process.stdout.close()

    def ask(self, *words):
        return json.loads(subprocess.check_output([paydeskctl, "--json", *words], env=self.environment, text=True))

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait()
        self.drain.wait()


class Peer:
    """Express, which the official SDK's documentation shows."""

    def __init__(self, folder):
        command = ["node", str(here / "webhook_peer.mjs"), str(modules), f"{folder}/peer.db", SECRET]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "NODE_ENV": "production"}
        )
        self.url = self.process.stdout.readline().strip()

    def stop(self):
        self.process.terminate()
        self.process.wait()


def rounds(vendor):
    """Each in turn, so that what else the machine does falls on all of them."""
    rates = {"peer": [], "encrypted": [], "plain": []}
    kept = {}
    for number in range(ROUNDS):
        for name in rates:
            with tempfile.TemporaryDirectory(dir=here.parent / "target") as folder:
                one = Peer(folder) if name == "peer" else Ours(folder, name == "encrypted", vendor)
                try:
                    send(one.url, 500, CONNECTIONS, "--from", 10**9)
                    told = send(one.url, events, CONNECTIONS)
                    assert told["refused"] == 0, told
                    told["most"] = memory(one.process.pid, "VmHWM")
                    rates[name].append(told["acknowledged"] / told["seconds"])
                    kept[name] = told
                    if name == "encrypted" and number == ROUNDS - 1:
                        kept["paced"] = send(one.url, 20_000, CONNECTIONS, "--rate", 2000, "--from", 2 * 10**9)
                finally:
                    one.stop()
    middle = {name: statistics.median(found) for name, found in rates.items()}
    for name, label in [("peer", "Express + SDK + better-sqlite3, FULL"), ("encrypted", "Paydesk, encrypted"), ("plain", "Paydesk, plain")]:
        one = kept[name]
        print(
            f"webhooks: {label}: {middle[name]:.0f} a second (median of {ROUNDS} rounds of {events}), "
            f"p50 {one['p50_us'] / 1000:.1f} ms, p99 {one['p99_us'] / 1000:.1f} ms at {CONNECTIONS} connections, most memory {one['most'] / 1e6:.0f} MB"
            + (f", {middle[name] / middle['peer']:.1f} times the peer (reach {6 if name == 'encrypted' else 10})" if name != "peer" else "")
        )
    print(f"webhooks: at 2,000 a second p99 {kept['paced']['p99_us'] / 1000:.1f} ms (reach 5)")


def half_open(vendor):
    with tempfile.TemporaryDirectory(dir=here.parent / "target") as folder:
        ours = Ours(folder, True, vendor)
        send(ours.url, 2000, CONNECTIONS, "--from", 10**9)
        before = memory(ours.process.pid, "VmRSS")
        told = send(ours.url, 5000, 8, "--rate", 1000, "--half-open", HALF_OPEN)
        grown = memory(ours.process.pid, "VmHWM") - before
        ours.stop()
    print(
        f"webhooks: {HALF_OPEN} half-open connections: real traffic p99 {told['p99_us'] / 1000:.1f} ms (reach 100), memory "
        f"+{grown / 2**20:.0f} MiB (reach 64), all closed within {told['half_open_held_s']:.1f} s (reach 15)"
    )


def kills(vendor):
    """Killed about every 500 deliveries: whatever was acknowledged is there afterwards."""
    wanted, acknowledged, count, sent = int(killed), set(), 0, 0
    chance = random.Random(20261122)
    with tempfile.TemporaryDirectory(dir=here.parent / "target") as folder:
        ours = Ours(folder, True, vendor)
        while len(acknowledged) < wanted:
            command = [deliver, ours.url, SECRET, str(wanted), "8", "--from", str(sent), "--until-cut", "yes"]
            sender = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            # By time and not by count, so that it falls anywhere between asking and answering.
            time.sleep(chance.uniform(0.5, 1.5) * BETWEEN_KILLS / 3000)
            ours.stop(signal.SIGKILL)
            told = json.loads(sender.communicate()[0])
            acknowledged.update(told["numbers"])
            count += 1
            sent += wanted
            ours.start()
        lost = missing(ours, acknowledged)
        ours.stop()
    print(f"webhooks: killed {count} times: {len(acknowledged)} acknowledged, {lost} of them lost (reach 0)")
    return lost


def missing(ours, acknowledged):
    """How many of the events that were acknowledged are not in the mirror once what was received is applied."""
    wanted = {f"evt_deliver{number:010}" for number in acknowledged}
    for _ in range(120):
        known, last = set(), ""
        while True:
            query = f"select id from v_events where id > '{last}' and id like 'evt_deliver%' order by id"
            rows = [row[0]["value"] for row in ours.ask("sql", query, "--limit", "10000", "--seconds", "60")["rows"]]
            if not rows:
                break
            known.update(rows)
            last = rows[-1]
        if wanted <= known:
            break
        time.sleep(1)
    return len(wanted - known)


install()
with subprocess.Popen([paydeskctl, "sandbox", "--charges", "0"], stdout=subprocess.PIPE, text=True) as sandbox:
    vendor = json.loads(sandbox.stdout.readline())
    try:
        rounds(vendor)
        half_open(vendor)
        lost = kills(vendor)
    finally:
        sandbox.terminate()
sys.exit(1 if lost else 0)
