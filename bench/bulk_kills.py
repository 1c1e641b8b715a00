"""Refunds by the thousand, killed again and again: totals to the cent, no row twice, and the pace.

Usage: bulk_kills.py PAYDESKCTL [--rows N] [--kills N] [--seed S] [--latency MS] [--limits live|test|none] [--paced N].
A simulated vendor is charged once for each row; a CSV of a partial refund of each goes through `paydeskctl refunds
import | run`; the run is killed with SIGKILL when the vendor has as many more refunds as the seed says, so that each
kill finds rows on their way, gone on with each time, and then left alone to its end. Answers are lost meanwhile. What
was refunded is asked of the vendor, past everything that is tested. With limits a second run without kills tells the
pace as a share of what they allow: 25 refunds a second with live limits, and with test limits the three requests of
a refund share 25 requests a second in all; at least 90 % are wanted of 1,000 rows or more: in the first seconds the
program is still finding out how fast the vendor is.

Exit code 1 on any doubled, missing or wrong refund, totals that differ, or a pace below that.
"""

import argparse
import concurrent.futures
import csv
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

arguments = argparse.ArgumentParser()
arguments.add_argument("paydeskctl")
arguments.add_argument("--rows", type=int, default=5000)
arguments.add_argument("--kills", type=int, default=20)
arguments.add_argument("--seed", type=int, default=1)
arguments.add_argument("--latency", type=int, default=100)
arguments.add_argument("--limits", choices=["live", "test", "none"], default="live")
arguments.add_argument("--paced", type=int, default=1500, help="rows of the run that tells the pace")
given = arguments.parse_args()
paydeskctl, rows, kills, latency_ms, limits = given.paydeskctl, given.rows, given.kills, given.latency, given.limits
chance = random.Random(given.seed)
# Requests that a refund needs: the payment, its refunds, the refund itself.
REQUESTS = 3
PER_SECOND = {"live": 25, "test": 25 / REQUESTS}
SHARE = 0.9
# Fewer tell the pace and judge nothing.
JUDGED_FROM = 1000
FAULTS = "POST /v1/refunds:reset-after=0.01,POST /v1/refunds:truncate=0.005"


class Vendor:
    """A sandbox until it is left."""

    def __init__(self, limits, faults):
        command = [paydeskctl, "sandbox", "--charges", "60", "--latency-ms", str(latency_ms), "--limits", limits]
        if faults:
            command += ["--faults", faults]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        facts = json.loads(self.process.stdout.readline())
        self.url, self.key = facts["base_url"], facts["secret_key"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def ask(self, path, form=None):
        """One request, again after a refusal of the limits: the harness shares them with the program."""
        body = urllib.parse.urlencode(form).encode() if form else None
        while True:
            request = urllib.request.Request(self.url + path, data=body, headers={"Authorization": f"Bearer {self.key}"})
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as refused:
                if refused.code != 429:
                    raise
                time.sleep(0.2)

    def charge(self, number):
        form = {"amount": 2000 + number % 500, "currency": "usd", "source": "tok_visa"}
        return self.ask("/v1/charges", form)["id"]

    def newest(self, until=None):
        """Refunds, newest first, page by page, as far as the one that is known."""
        found, after = [], ""
        while True:
            page = self.ask(f"/v1/refunds?limit=100{after}")
            for one in page["data"]:
                if one["id"] == until:
                    return found
                found.append(one)
            if not page["has_more"]:
                return found
            after = f"&starting_after={page['data'][-1]['id']}"

    def refunds(self):
        """What was refunded, by payment."""
        found = {}
        for one in self.newest():
            found.setdefault(one["charge"], []).append(one["amount"])
        return found


class Home:
    """A home with the vendor connected and mirrored."""

    def __init__(self, folder, vendor):
        self.folder = pathlib.Path(folder)
        (self.folder / "runtime").mkdir(mode=0o700)
        self.environment = {
            "PATH": os.environ["PATH"],
            "PAYDESK_VAULT": "environment",
            "PAYDESK_BENCH_KEY": vendor.key,
            "XDG_RUNTIME_DIR": str(self.folder / "runtime"),
        }
        self.run("accounts", "add", "stripe", "--label", "shop", "--base-url", vendor.url, "--key-env", "PAYDESK_BENCH_KEY")
        self.run("sync")

    def command(self, *words):
        return [paydeskctl, "--home", str(self.folder / "home"), "--json", *words]

    def start(self, *words):
        return subprocess.Popen(self.command(*words), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def run(self, *words, codes=(0,)):
        done = subprocess.run(self.command(*words), env=self.environment, capture_output=True, text=True)
        if done.returncode not in codes:
            sys.exit(f"{words} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)


def rows_in(run, *states):
    return sum(one["rows"] for one in run["totals"] if one["state"] in states)


def minor_in(run, state):
    return sum(int(one["amount"]["minor"]) for one in run["totals"] if one["state"] == state)


def charged(vendor, count):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(pool.map(vendor.charge, range(count)))


def imported(home, wanted):
    file = home.folder / "refunds.csv"
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["payment", "amount", "note"])
        for charge, minor in wanted.items():
            writer.writerow([charge, f"{minor // 100}.{minor % 100:02}", "bench"])
    began = time.monotonic()
    run = home.run("refunds", "import", str(file))
    seconds = time.monotonic() - began
    assert run["to_send"] == len(wanted), run
    return run["id"], seconds


def judged(vendor, wanted):
    """Doubled and missing refunds, and what went back in all, by the vendor's own list."""
    found = vendor.refunds()
    doubled = sum(1 for charge in wanted if len(found.get(charge, [])) > 1)
    missing = sum(1 for charge in wanted if not found.get(charge))
    wrong = sum(1 for charge, minor in wanted.items() if found.get(charge, [minor])[0] != minor)
    return doubled, missing, wrong, sum(sum(found.get(charge, [])) for charge in wanted)


def kill_in_the_middle(vendor, home, id):
    """Starts the run and kills it some refunds later; tells whether it was still sending."""
    known = vendor.ask("/v1/refunds?limit=1")["data"][0]["id"]
    more = chance.randint(1, max(1, rows // kills - 40))
    process = home.start("refunds", "run", id, "--resume", "--yes")
    while process.poll() is None and len(vendor.newest(known)) < more:
        time.sleep(0.01)
    in_the_middle = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return in_the_middle


def killed():
    with Vendor("none", FAULTS) as vendor, tempfile.TemporaryDirectory() as folder:
        wanted = {charge: 100 + number % 900 for number, charge in enumerate(charged(vendor, rows))}
        home = Home(folder, vendor)
        id, seconds = imported(home, wanted)
        began = time.monotonic()
        done = sum(kill_in_the_middle(vendor, home, id) for _ in range(kills))
        begun = rows_in(home.run("refunds", "status", id), "settled")
        rounds = 0
        while True:
            rounds += 1
            home.run("refunds", "run", id, "--resume", "--yes", codes=(0, 5))
            run = home.run("refunds", "status", id)
            if rows_in(run, "settled") == rows or rounds == 40:
                break
        doubled, missing, wrong, sum_there = judged(vendor, wanted)
        sum_here, sum_wanted = minor_in(run, "settled"), sum(wanted.values())
        print(f"bulk: {rows} rows matched and looked over in {seconds:.1f} s; killed {done} times on the way, {begun} rows settled by then (seed {given.seed})")
        print(f"  doubled {doubled}, missing {missing}, of another amount {wrong}, unresolved {rows - rows_in(run, 'settled')}")
        print(f"  wanted {sum_wanted}, told {sum_here}, at the vendor {sum_there} minor units; {time.monotonic() - began:.0f} s, {rounds} rounds to the end")
        return doubled == missing == wrong == 0 and sum_here == sum_there == sum_wanted


def paced():
    with Vendor(limits, None) as vendor, tempfile.TemporaryDirectory() as folder:
        wanted = {charge: 100 for charge in charged(vendor, given.paced)}
        home = Home(folder, vendor)
        id, _ = imported(home, wanted)
        began = time.monotonic()
        run = home.run("refunds", "run", id, "--yes")
        seconds = time.monotonic() - began
        rate, most = given.paced / seconds, PER_SECOND[limits]
        print(f"  pace with {limits} limits, {latency_ms} ms a request: {rate:.1f} refunds/s of {most:.1f} allowed, {100 * rate / most:.0f} % (limit {100 * SHARE:.0f} %)")
        return rows_in(run, "settled") == given.paced and judged(vendor, wanted)[:3] == (0, 0, 0) and (given.paced < JUDGED_FROM or rate >= SHARE * most)


good = killed()
if limits != "none":
    good = paced() and good
sys.exit(0 if good else 1)
