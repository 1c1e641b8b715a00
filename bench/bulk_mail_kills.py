"""Email by the thousand, killed again and again: everybody gets exactly one message or is told of as not known, and nobody two.

Usage: bulk_mail_kills.py PAYDESKCTL [--recipients N] [--kills N] [--per-request N] [--seed S] [--latency MS].
A CSV of so many addresses goes through `paydeskctl email bulk`; the run is killed with SIGKILL when the vendor has taken as many
more messages as the seed says, gone on with each time, and then left alone to its end. Answers are lost meanwhile. Who was sent to
is asked of the simulated vendor, past everything that is tested.

Exit code 1 where anybody got two, or none without being told of, or a message is told as sent that the vendor does not have.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

arguments = argparse.ArgumentParser()
arguments.add_argument("paydeskctl")
arguments.add_argument("--recipients", type=int, default=10_000)
arguments.add_argument("--kills", type=int, default=20)
arguments.add_argument("--per-request", type=int, default=100)
arguments.add_argument("--seed", type=int, default=1)
arguments.add_argument("--latency", type=int, default=60)
given = arguments.parse_args()
chance = random.Random(given.seed)
TEMPLATE = "d-00000000000000000000000000000003"
FAULTS = "POST /v3/mail/send:reset-after=0.02,POST /v3/mail/send:500-before=0.01"
# Of these it is not known whether they got it, and Paydesk says so.
IN_DOUBT = ("prepared", "unsettled", "needs_person")


class Vendor:
    """A simulated SendGrid until it is left."""

    def __init__(self):
        command = [given.paydeskctl, "sandbox", "--charges", "1", "--latency-ms", str(given.latency), "--mail", "--mail-faults", FAULTS]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        facts = json.loads(self.process.stdout.readline())["mail"]
        self.url, self.key = facts["base_url"], facts["api_key"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def taken(self):
        """Every message that was taken, also those whose answer was lost; a request of the harness may meet no fault."""
        request = urllib.request.Request(self.url + "/sandbox/taken", headers={"Authorization": f"Bearer {self.key}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


class Home:
    """A home with the vendor connected, where everybody at example.com gets real mail."""

    def __init__(self, folder, vendor):
        self.folder = pathlib.Path(folder)
        (self.folder / "runtime").mkdir(mode=0o700)
        self.environment = {
            "PATH": os.environ["PATH"],
            "PAYDESK_VAULT": "environment",
            "PAYDESK_BENCH_KEY": vendor.key,
            "XDG_RUNTIME_DIR": str(self.folder / "runtime"),
        }
        self.run("accounts", "add", "sendgrid", "--label", "letters", "--env", "sandbox", "--base-url", vendor.url, "--key-env", "PAYDESK_BENCH_KEY")
        self.run("accounts", "mail", "letters", "--allow", "@example.com")

    def command(self, *words):
        return [given.paydeskctl, "--home", str(self.folder / "home"), "--json", *words]

    def start(self, *words):
        return subprocess.Popen(self.command(*words), env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def run(self, *words, codes=(0,)):
        done = subprocess.run(self.command(*words), env=self.environment, capture_output=True, text=True)
        if done.returncode not in codes:
            sys.exit(f"{words} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def states(self, run):
        """What became of each address, by Paydesk's own words."""
        found, after = {}, []
        while True:
            page = self.run("email", "runs", run, "--rows", "--limit", "1000", *after)
            found.update({row["to"]: row["state"] for row in page["items"]})
            if page["next"] is None:
                return found
            after = ["--after", page["next"]]


def imported(home):
    file = home.folder / "recipients.csv"
    rows = "".join(f"person{n}@example.com,Person {n},CODE{n}\n" for n in range(given.recipients))
    file.write_text("email,name,code\n" + rows)
    run = home.run("email", "bulk", str(file), "--template", TEMPLATE, "--per-request", str(given.per_request), "--dry-run")
    assert run["to_send"] == given.recipients, run
    return run["id"]


def kill_in_the_middle(vendor, home, run):
    """Goes on with the run and kills it some messages later; tells whether it was still sending."""
    known = len(vendor.taken())
    more = chance.randint(0, max(1, given.recipients // given.kills - given.per_request))
    process = home.start("email", "bulk", "--resume", run, "--yes")
    while process.poll() is None and len(vendor.taken()) - known <= more:
        time.sleep(0.005)
    in_the_middle = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return in_the_middle


with Vendor() as vendor, tempfile.TemporaryDirectory() as folder:
    home = Home(folder, vendor)
    began = time.monotonic()
    run = imported(home)
    seconds = time.monotonic() - began
    began = time.monotonic()
    killed = sum(kill_in_the_middle(vendor, home, run) for _ in range(given.kills))
    rounds, stands = 0, home.run("email", "runs", run)
    while stands["to_send"] > 0 and rounds < 100:
        rounds += 1
        # It pauses after answers that are lost, and says so by its code.
        home.run("email", "bulk", "--resume", run, "--yes", codes=(0, 1, 5))
        stands = home.run("email", "runs", run)
    # What a kill cut off is told as not known by the next Desk.
    states = home.states(run)
    times = collections.Counter(one["to"] for one in vendor.taken())
    doubled = sum(1 for count in times.values() if count > 1)
    unknown = {to for to, state in states.items() if state in IN_DOUBT}
    missing = sum(1 for to in states if times[to] == 0 and to not in unknown)
    strange = len(set(times) - set(states))
    print(f"bulk email: {given.recipients} recipients looked over in {seconds:.1f} s, {given.per_request} a request; killed {killed} of {given.kills} times on the way (seed {given.seed})")
    print(f"  doubled {doubled}, missing untold {missing}, to nobody of the list {strange}; told as not known {len(unknown)}, of which the vendor has {sum(1 for to in unknown if times[to])}")
    print(f"  one message each for {sum(1 for count in times.values() if count == 1)}; {time.monotonic() - began:.0f} s, {rounds} rounds to the end")
    good = doubled == missing == strange == 0 and stands["to_send"] == 0 and len(states) == given.recipients
sys.exit(0 if good else 1)
