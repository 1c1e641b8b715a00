"""Kills `paydeskctl` around refunds, at named points on the wire and at random ones, and counts at the vendor.

Usage: refund_kills.py PAYDESKCTL [--kills N] [--seed S] [--only NUMBER] [--workers W] [--baseline WISHES]
[--book FILE]. The vendor is a sandbox in a process of its own, with faults of its own, behind a wire that loses
answers. Each wish is a refund of 5.00 that somebody wants once. They start it, it is killed, they start it again
as long as they were not shown how it ended, and some settle meanwhile, which is killed too. Then the network is
good and what is open has 60 s. What went back is asked of the vendor, past everything that is tested.

- doubled: more than one refund at the vendor for one wish
- lost: told as done and not at the vendor; told as not done and there; or an intent that is no longer in the journal
- unresolved: not at an end 60 s after the last start with a network

A wish follows from the seed and its number alone: `--seed S --only NUMBER` plays it again. Kills, seeds and breaks
add up in the book. The baseline plays the same wishes with the official SDK, its automatic keys, and the same
person who repeats what was not shown as done. It exits with 1 when Paydesk broke a rule.
"""

import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from kill_proxy import POINTS, Plan, Wire

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = HERE.parent / "target/strangers/python/bin/python"
KEY_VARIABLE = "PAYDESK_TEST_KEY"
# Of the vendor's own: what it answers instead of doing it, and what it stores or forgets.
VENDOR_FAULTS = (
    "POST /v1/refunds:409=0.04,POST /v1/refunds:500=0.03,POST /v1/refunds:500-after=0.02,"
    "POST /v1/refunds:500-lost=0.02,POST /v1/refunds:429=0.03,GET /v1/refunds:500=0.03"
)
LOSSES = 0.25
KILLS_OF_ONE_MAX = 3
ENDED_WITHIN_S = 60
ENDS = ("settled", "refused", "canceled")
# How wishes are carried out: by one command, beside a running Desk, or with a window to undo it.
WAYS = {"alone": 0.6, "serve": 0.25, "undo": 0.15}


class Vendor:
    """A sandbox in a process of its own, asked directly."""

    def __init__(self, paydeskctl, seed):
        arguments = ["--charges", "20", "--seed", str(seed % 2**32), "--latency-ms", "4"]
        self.process = subprocess.Popen(
            [paydeskctl, "sandbox", *arguments, "--faults", VENDOR_FAULTS],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        facts = json.loads(self.process.stdout.readline())
        self.url, self.key = facts["base_url"], facts["secret_key"]

    def close(self):
        self.process.kill()
        self.process.wait()

    def ask(self, path, form=None):
        """The vendor's answer; its own faults are met by asking again, since a question changes nothing."""
        request = urllib.request.Request(
            self.url + path, data=form.encode() if form else None,
            headers={"Authorization": f"Bearer {self.key}"},
        )
        for _ in range(50):
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code < 500:
                    raise
        raise RuntimeError(f"the vendor does not answer {path}")

    def charge(self):
        return self.ask("/v1/charges", "amount=2000&currency=usd&source=tok_visa")["id"]

    def refunds(self, charge):
        return self.ask(f"/v1/refunds?charge={charge}&limit=100")["data"]


class Home:
    """A home of `paydeskctl` with its vendor behind the wire."""

    def __init__(self, paydeskctl, folder, wire, vendor):
        self.paydeskctl, self.folder = paydeskctl, pathlib.Path(folder)
        runtime = self.folder / "runtime"
        runtime.mkdir(mode=0o700)
        self.environment = {
            "PATH": os.environ.get("PATH", ""), "XDG_RUNTIME_DIR": str(runtime),
            "PAYDESK_VAULT": "environment", KEY_VARIABLE: vendor.key,
        }
        added = self.run("accounts", "add", "stripe", "--label", "shop", "--base-url", wire.url, "--key-env", KEY_VARIABLE)
        if added.returncode != 0:
            raise RuntimeError(f"the account was not connected: {added.stdout}{added.stderr}")

    def start(self, *words):
        return subprocess.Popen(
            [self.paydeskctl, "--home", str(self.folder / "home"), *words, "--json"], env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )

    def run(self, *words):
        process = self.start(*words)
        out, err = process.communicate(timeout=700)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def intents(self, charge):
        """What the journal has for a charge."""
        found, after = [], []
        while True:
            page = json.loads(self.run("refunds", "list", "--limit", "1000", *after).stdout)
            found += [one for one in page["items"] if one["payment"] == charge]
            if page["next"] is None:
                return found
            after = ["--after", page["next"]]


def document(text):
    """The answer on stdout; none where the program died before it was whole."""
    try:
        return json.loads(text)
    except ValueError:
        return None


class Wish:
    """One refund that somebody wants once."""

    def __init__(self, seed, number, world):
        self.rng = random.Random(f"{seed}:{number}")
        self.number, self.world = number, world
        self.way = self.rng.choices(list(WAYS), list(WAYS.values()))[0]
        self.charge = world.vendor.charge()
        self.kills, self.points, self.intents = 0, [], set()
        self.serving = None

    def command(self):
        words = ["refund", self.charge, "--amount", "5.00", "--yes", "--wait", "20"]
        return words + ["--undo-window", "1"] if self.way == "undo" else words

    def play(self):
        """Starts it, kills it, and starts it again until its end was shown or it was killed often enough."""
        shown = False
        for _ in range(self.rng.randint(1, KILLS_OF_ONE_MAX)):
            settles = self.kills > 0 and self.rng.random() < 0.35
            answer = self.killed("refunds", "settle", "--wait", "20") if settles else self.killed(*self.command())
            if not settles and answer is not None and answer.get("state") in ENDS:
                shown = True
                break
        self.world.wire.plan = Plan(random.Random(0))
        return self.brought_to_its_end(shown)

    def killed(self, *words):
        """Runs a command that is killed at a point of its own, if it gets there; what it said before."""
        point = self.rng.choice([*POINTS, "random", "random", "random"])
        if self.way == "serve" and self.serving is None:
            self.serve()
        process = self.world.home.start(*words)
        victims = [process]
        if self.serving is not None:
            victims = self.rng.choice([[process], [self.serving], [process, self.serving]])
        alive = [one for one in victims if one.poll() is None]
        plan = Plan(random.Random(self.rng.random()), point, lambda: [one.kill() for one in alive], LOSSES)
        self.world.wire.plan = plan
        timer = None
        if point == "random":
            longest = 1.6 if self.way == "undo" else 0.5
            timer = threading.Timer(self.rng.uniform(0, longest), lambda: plan.strike("random"))
            timer.start()
        out, _ = process.communicate(timeout=120)
        if timer is not None:
            timer.cancel()
        self.count_kills(plan, point, alive)
        answer = document(out)
        for one in (answer or {}).get("items", [answer or {}]):
            if one.get("payment") == self.charge and one.get("intent_id"):
                self.intents.add(one["intent_id"])
        return answer

    def count_kills(self, plan, point, alive):
        hit = [one for one in alive if plan.fired and one.wait() == -9]
        if hit:
            self.kills += 1
            self.points.append(point)
        if self.serving in hit:
            self.serving.stdout.close()
            self.serving.stderr.close()
            self.serving = None

    def serve(self):
        self.serving = self.world.home.start("serve")
        self.serving.stdout.readline()

    def brought_to_its_end(self, shown):
        """The network is good from now on; whoever was not shown the end asks again, and looks at the queue."""
        began = time.monotonic()
        home = self.world.home
        if self.way == "serve" and self.serving is None and self.rng.random() < 0.5:
            self.serve()
        while True:
            settled = home.run("refunds", "settle", "--wait", str(ENDED_WITHIN_S))
            never_left = [one for one in home.intents(self.charge) if one["state"] == "needs_person" and one["can_send"]]
            for one in never_left:
                shown = self.decide(one["intent_id"]) or shown
            if not shown:
                shown = self.asked_again()
            states = [one["state"] for one in home.intents(self.charge)]
            if shown and all(state in ENDS for state in states):
                return True
            if time.monotonic() - began > ENDED_WITHIN_S:
                self.why = f"settle exits with {settled.returncode}, states {states}"
                return False

    def decide(self, intent):
        """A window that ended while nothing ran: it is sent, or taken back and asked for anew. Whoever sent it and
        was shown that it is done has what they wished for."""
        self.intents.add(intent)
        words = ["send", intent, "--yes"] if self.rng.random() < 0.6 else ["withdraw", intent]
        answer = document(self.world.home.run("refunds", *words).stdout) or {}
        return answer.get("state") == "settled"

    def asked_again(self):
        answer = document(self.world.home.run(*self.command()).stdout) or {}
        if answer.get("intent_id"):
            self.intents.add(answer["intent_id"])
        return answer.get("state") == "settled"

    def judge(self, ended):
        """What the vendor has against what the journal says."""
        self.world.wire.wait_for_the_late()
        made = self.world.vendor.refunds(self.charge)
        journal = {one["intent_id"]: one for one in self.world.home.intents(self.charge)}
        ours = {one.get("refund_id") for one in journal.values() if one["state"] == "settled"}
        there = {one["id"] for one in made}
        if self.serving is not None:
            self.serving.terminate()
            self.serving.communicate(timeout=120)
        return {
            "doubled": max(0, len(made) - 1),
            "lost": len(ours ^ there) + len(self.intents - set(journal)) + (ended and not made),
            "unresolved": int(not ended),
        }


class World:
    """A vendor, a wire and a home, for the wishes of one worker."""

    def __init__(self, paydeskctl, seed):
        self.folder = tempfile.TemporaryDirectory(prefix="paydesk-kills-")
        self.vendor = Vendor(paydeskctl, seed)
        self.wire = Wire(self.vendor.url)
        self.home = Home(paydeskctl, self.folder.name, self.wire, self.vendor)

    def close(self):
        self.wire.close()
        self.vendor.close()
        self.folder.cleanup()


class Tally:
    """What the workers add up."""

    def __init__(self):
        self.lock = threading.Lock()
        self.counts = dict.fromkeys(["wishes", "kills", "doubled", "lost", "unresolved", "lost_answers"], 0)
        self.points, self.broken = {}, []

    def add(self, wish, found):
        with self.lock:
            self.counts["wishes"] += 1
            self.counts["kills"] += wish.kills
            for name, count in found.items():
                self.counts[name] += count
            for point in wish.points:
                self.points[point] = self.points.get(point, 0) + 1
            if any(found.values()):
                self.broken.append((wish.number, wish.way, wish.points, found, getattr(wish, "why", "")))


def paydesk(paydeskctl, seed, kills, only, workers):
    """Plays wishes until so many kills were counted."""
    tally = Tally()
    numbers = iter([only] if only is not None else range(1, 10**9))
    failures = []

    def work(worker):
        world = World(paydeskctl, seed + worker)
        try:
            while True:
                with tally.lock:
                    number = None if tally.counts["kills"] >= kills else next(numbers, None)
                if number is None:
                    break
                wish = Wish(seed, number, world)
                tally.add(wish, wish.judge(wish.play()))
        except Exception as error:
            failures.append(error)
            raise
        finally:
            with tally.lock:
                tally.counts["lost_answers"] += world.wire.lost
            world.close()

    threads = [threading.Thread(target=work, args=(one,)) for one in range(1 if only is not None else workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(f"the harness itself failed: {failures[0]}")
    return tally


def baseline(paydeskctl, seed, wishes):
    """The same person with the official SDK: what was not shown as done is started again."""
    vendor = Vendor(paydeskctl, seed)
    wire = Wire(vendor.url)
    counts = {"wishes": wishes, "kills": 0, "doubled": 0}
    points = [point for point in POINTS if not point.startswith(("read", "look"))] + ["random"] * 3
    for number in range(1, wishes + 1):
        rng = random.Random(f"{seed}:{number}")
        charge = vendor.charge()
        killed = rng.randint(1, KILLS_OF_ONE_MAX)
        for attempt in range(killed + 10):
            process = subprocess.Popen(
                [PYTHON, HERE / "sdk_refund.py", wire.url, vendor.key, charge, "500"],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            )
            is_killed = attempt < killed
            point = rng.choice(points) if is_killed else None
            plan = Plan(random.Random(rng.random()), point, process.kill, LOSSES if is_killed else 0.0)
            wire.plan = plan
            timer = threading.Timer(rng.uniform(0.2, 0.8), lambda plan=plan: plan.strike("random"))
            timer.start()
            out, _ = process.communicate(timeout=120)
            timer.cancel()
            counts["kills"] += process.returncode == -9
            if process.returncode == 0 and out.startswith("re_"):
                break
        wire.wait_for_the_late()
        counts["doubled"] += max(0, len(vendor.refunds(charge)) - 1)
    wire.close()
    vendor.close()
    return counts


def write_down(book, entry):
    """Adds a run to the book, which is replaced whole, and says what all runs came to."""
    known = json.loads(book.read_text()) if book.exists() else []
    known.append(entry)
    book.parent.mkdir(parents=True, exist_ok=True)
    beside = book.with_suffix(".new")
    beside.write_text(json.dumps(known, indent=1) + "\n")
    beside.replace(book)
    total = {name: sum(one[name] for one in known) for name in ("kills", "wishes", "doubled", "lost", "unresolved")}
    print(f"all {len(known)} runs in {book}: " + ", ".join(f"{name} {count}" for name, count in total.items()))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("paydeskctl")
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", type=int, default=None)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--baseline", type=int, default=0, metavar="WISHES")
    parser.add_argument("--book", type=pathlib.Path, default=None)
    given = parser.parse_args()
    program = str(pathlib.Path(given.paydeskctl).resolve())
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(2**32)
    began = time.monotonic()
    tally = paydesk(program, seed, given.kills, given.only, given.workers)
    print(f"refund kills: seed {seed}, " + ", ".join(f"{name} {count}" for name, count in tally.counts.items())
          + f", {time.monotonic() - began:.0f} s")
    print("killed at: " + ", ".join(f"{point} {count}" for point, count in sorted(tally.points.items())))
    for number, way, points, found, why in tally.broken:
        print(f"BROKEN: wish {number} ({way}, killed at {', '.join(points)}): {found} {why}; "
              f"again with --seed {seed} --only {number}")
    entry = {"seed": seed, **tally.counts}
    if given.baseline:
        peer = baseline(program, seed, given.baseline)
        entry["baseline"] = peer
        print(f"beside it the official SDK with automatic keys: {peer['wishes']} wishes, {peer['kills']} kills, "
              f"{peer['doubled']} doubled")
    if given.book is not None and given.only is None:
        write_down(given.book, entry)
    sys.exit(1 if tally.broken else 0)


if __name__ == "__main__":
    main()
