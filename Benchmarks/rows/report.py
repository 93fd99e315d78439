# SPDX-License-Identifier: AGPL-3.0-or-later
"""A report acknowledged after its fsync, sealed on neither side."""

import ours
from peers import django_server
from rows.reports import Acknowledged

ROW, NAME, GOAL, STRETCH = "3", "report", "≥ 25", "≥ 40"


def run(bench):
    server, peer = ours.start_unsealed(bench), django_server.start(bench)
    mine = Acknowledged(bench, server, ours.REPORTS, lambda: ours.rows(bench.folder / "ours"))
    theirs = Acknowledged(bench, peer, "/reports", lambda: ours.rows(bench.folder / "django.sqlite"))
    rounds = bench.interleave(mine.load, theirs.load)
    yield rounds.outcome(
        ROW,
        "POST a report, rate against Django + gunicorn + SQLite FULL, unsealed",
        "rate",
        GOAL,
        STRETCH,
        acknowledged=mine.check(),
        peer_acknowledged=theirs.check(),
    )
