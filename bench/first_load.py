"""The first load of a mirror by `paydeskctl sync`, against what the vendor allows and against the official SDK.

Usage: first_load.py PAYDESKCTL CHARGES LATENCY_MS LIMITS SAMPLE [BARE_COST]. LIMITS are live, test or none. The peer,
`sequential_sdk.py`, reads a vendor of SAMPLE charges with the same latency and limits in the same run, since
one page after another would take hours. Where there are limits, the rate is told as a share of what they
allow: 100 rows a request, 25 requests a second for a kind, and 100 (live) or 25 (test) in all. BARE_COST is the
example of that name: how fast as many rows are kept that come from memory, measured right after.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

paydeskctl, charges, latency_ms, limits, sample = sys.argv[1:6]
bare_cost = sys.argv[6:]
here = pathlib.Path(__file__).resolve().parent
python = here.parent / "target/strangers/python/bin/python"
ROWS_PER_REQUEST = 100
PER_ENDPOINT = 25
PER_ACCOUNT = {"live": 100, "test": 25}
# What a load may hold, paced by the vendor's limits and as fast as it can.
MOST_MEMORY_MB = {"live": 100, "test": 100, "none": 200}


class Vendor:
    """A sandbox of so many charges, until it is left."""

    def __init__(self, size):
        arguments = ["--charges", str(size), "--latency-ms", latency_ms, "--limits", limits, "--count"]
        self.process = subprocess.Popen(
            [paydeskctl, "sandbox", *arguments], stdout=subprocess.PIPE, text=True
        )
        self.facts = json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.peak = peak(self.process.pid)
        self.process.terminate()
        # What the vendor saw is asked of the vendor, not of us: it counts all requests, and what it refused.
        self.seen = json.loads(self.process.stdout.readline() or "{}")
        self.process.wait()


def peak(process):
    """The most memory that a process held, in bytes; 0 once it has ended."""
    try:
        status = pathlib.Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def run(command, environment):
    """Runs a command: its seconds, its output, the most memory it held."""
    began = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    most = 0
    texts = []
    reader = threading.Thread(target=lambda: texts.append(process.communicate()))
    reader.start()
    while reader.is_alive():
        most = max(most, peak(process.pid))
        reader.join(0.05)
    seconds = time.monotonic() - began
    if process.returncode != 0:
        sys.exit(f"{command[0]} failed: {texts[0][1] or texts[0][0]}")
    return seconds, texts[0][0], most


def ours(vendor, folder):
    home = pathlib.Path(folder) / "home"
    environment = {
        **os.environ,
        "PAYDESK_HOME": str(home),
        "PAYDESK_VAULT": "environment",
        "PAYDESK_MIRROR_KEY": "5a" * 32,
        "BENCH_KEY": vendor.facts["secret_key"],
    }
    add = [paydeskctl, "accounts", "add", "stripe", "--label", "bench"]
    run([*add, "--base-url", vendor.facts["base_url"], "--key-env", "BENCH_KEY"], environment)
    seconds, text, most = run([paydeskctl, "--json", "sync"], environment)
    view = json.loads(text)["items"][0]
    rows, counts = view["rows_this_run"], [kind["rows"] for kind in view["kinds"]]
    bytes_kept = sum(one.stat().st_size for one in home.rglob("mirror-*.db"))
    return rows, counts, seconds, most, bytes_kept


def theirs(folder):
    with Vendor(sample) as vendor:
        script = [str(python), str(here / "sequential_sdk.py"), vendor.facts["base_url"]]
        seconds, text, _ = run([*script, vendor.facts["secret_key"], f"{folder}/peer.db"], os.environ)
    return int(text), seconds


def allowed(counts, per_account):
    """The seconds that the limits ask for at least: the fullest kind at its own rate, or all at the account's."""
    pages = [-(-count // ROWS_PER_REQUEST) for count in counts]
    return max(max(pages) / PER_ENDPOINT, sum(pages) / per_account)


with tempfile.TemporaryDirectory() as folder:
    with Vendor(charges) as vendor:
        rows, counts, seconds, most, bytes_kept = ours(vendor, folder)
    peer_rows, peer_seconds = theirs(folder)

rate, peer_rate = rows / seconds, peer_rows / peer_seconds
requests, refused = vendor.seen["requests"], vendor.seen["refused_by_limits"]
line = (
    f"first load, {charges} charges and all that belongs to them ({rows} rows), {latency_ms} ms a request, "
    f"limits {limits}: {seconds:.1f} s, {rate:.0f} rows/s (encrypted, FULL, searchable); "
    f"{requests} requests, {100 * refused / max(requests, 1):.2f} % of them answered 429 (at most 1)"
)
if limits in PER_ACCOUNT:
    least = allowed(counts, PER_ACCOUNT[limits])
    line += f"; {100 * least / seconds:.0f} % of what the limits allow (at least 90; it takes {least:.1f} s at least)"
if bare_cost:
    _, text, _ = run([*bare_cost, charges, "encrypted"], os.environ)
    bare = json.loads(text)["rows_per_second"]
    line += " (at least 15,000 rows/s)"
    line += f"; the bare cost from memory {bare} rows/s, {bare / rate:.1f} times ours (limit 2)"
print(
    f"{line}; official SDK one page after another {peer_rate:.0f} rows/s ({peer_rows} rows), "
    f"ratio {rate / peer_rate:.1f}{' (at least 10)' if limits == 'live' else ''}; "
    f"most memory {most / 1e6:.0f} MB (at most {MOST_MEMORY_MB[limits]}); file {bytes_kept / 1e6:.0f} MB, "
    f"{bytes_kept / 1e6 * 100_000 / int(charges):.0f} MB for 100,000 charges (at most 250); "
    f"the vendor itself held {vendor.peak / 1e6:.0f} MB"
)
