# SPDX-License-Identifier: AGPL-3.0-or-later
"""What sealing costs by HTTP: a sealed report against our own unsealed one, and against a Django that seals."""

import ours
from peers import django_server
from rows.reports import Acknowledged

ROW, NAME, GOAL, STRETCH = "3s", "report-sealed", "≤ 3", "≤ 2"


def run(bench):
    server = ours.start(bench)
    mine = Acknowledged(bench, server, ours.REPORTS, lambda: ours.rows(bench.folder / "ours"))
    bare = ours.start_unsealed(bench, bench.folder / "bare")
    unsealed = Acknowledged(bench, bare, ours.REPORTS, lambda: ours.rows(bench.folder / "bare"))
    rounds = bench.interleave(mine.load, unsealed.load)
    yield rounds.outcome(
        ROW, "CPU of a sealed report by HTTP against our own unsealed report", "cpu_us", GOAL, STRETCH, unit="µs CPU"
    )
    unsealed.check()
    bare.stop()

    peer = django_server.start(bench)
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
