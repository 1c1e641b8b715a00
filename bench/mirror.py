"""Rows mirrored per second: `paydeskctl sync` against the official SDK read one page after another.

Usage: mirror.py PAYDESKCTL CHARGES LATENCY_MS RUNS. Both read the same simulated vendor in turn, so
the ratio holds where the machine's speed drifts. Prints the median of each and of the ratio.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

paydeskctl, charges, latency_ms, runs = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
here = pathlib.Path(__file__).resolve().parent
python = here.parent / "target/strangers/python/bin/python"


def timed(command, environment):
    began = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed: {done.stderr or done.stdout}")
    return time.monotonic() - began, done.stdout


arguments = [paydeskctl, "sandbox", "--charges", charges, "--latency-ms", latency_ms]
with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as vendor:
    try:
        facts = json.loads(vendor.stdout.readline())
        ours, theirs, ratios = [], [], []
        for _ in range(runs):
            with tempfile.TemporaryDirectory() as folder:
                home = str(pathlib.Path(folder) / "home")
                environment = {
                    **os.environ,
                    "PAYDESK_HOME": home,
                    "PAYDESK_VAULT": "environment",
                    "PAYDESK_MIRROR_KEY": "5a" * 32,
                    "BENCH_KEY": facts["secret_key"],
                }
                add = [paydeskctl, "accounts", "add", "stripe", "--label", "bench"]
                timed([*add, "--base-url", facts["base_url"], "--key-env", "BENCH_KEY"], environment)
                seconds, text = timed([paydeskctl, "--json", "sync"], environment)
                rows = json.loads(text)["items"][0]["rows_this_run"]
                ours.append(rows / seconds)
                database = str(pathlib.Path(folder) / "peer.db")
                script = str(here / "sequential_sdk.py")
                command = [str(python), script, facts["base_url"], facts["secret_key"], database]
                seconds, text = timed(command, os.environ)
                theirs.append(int(text) / seconds)
                ratios.append(ours[-1] / theirs[-1])
    finally:
        vendor.kill()
print(
    f"mirror, {charges} charges and all that belongs to them, {latency_ms} ms a request: "
    f"Paydesk {statistics.median(ours):.0f} rows/s (encrypted, FULL, searchable), "
    f"official SDK one page after another {statistics.median(theirs):.0f} rows/s, "
    f"ratio {statistics.median(ratios):.1f} (medians of {runs})"
)
