# SPDX-License-Identifier: AGPL-3.0-or-later
"""What sealing costs: our sealed report against our unsealed one in process, and against a sealing Django by HTTP."""

import json
import subprocess

import ours
from harness import Wrong
from peers import django_server
from rows.reports import Acknowledged

ROW, NAME, GOAL, STRETCH = "3s", "report-sealed", "≤ 3", "≤ 2"


def run(bench):
    def in_process(key):
        # Asked anew for each side, so that a slow moment of the machine falls on both alike.
        done = subprocess.run([ours.BINARY, "bench", "seal", "--json"], capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise Wrong(f"vecinos bench seal failed: {done.stderr or done.stdout}")
        return {"value": float(json.loads(done.stdout.strip().splitlines()[-1])[key])}

    rounds = bench.interleave(lambda: in_process("sealed_us"), lambda: in_process("unsealed_us"))
    yield rounds.outcome(
        ROW, "CPU of a sealed report against our own unsealed report, in process", "value", GOAL, STRETCH, unit="µs CPU"
    )

    server, peer = ours.start(bench), django_server.start(bench)
    mine = Acknowledged(bench, server, ours.REPORTS, lambda: ours.rows(bench.folder / "ours"))
    theirs = Acknowledged(bench, peer, "/sealed-reports", lambda: ours.rows(bench.folder / "django.sqlite"))
    rounds = bench.interleave(mine.load, theirs.load)
    yield rounds.outcome(
        ROW,
        "CPU of a sealed report by HTTP against Python with the same primitives",
        "cpu_us",
        "≤ 0.1",
        unit="µs CPU",
        acknowledged=mine.check(),
        peer_acknowledged=theirs.check(),
    )
