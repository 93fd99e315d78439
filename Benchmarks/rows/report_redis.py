# SPDX-License-Identifier: AGPL-3.0-or-later
"""A durable report by HTTP, unsealed, against Redis XADD with an fsync for each answer, 64 clients both."""

import ours
from peers import redis_server
from rows.reports import Acknowledged

ROW, NAME, GOAL, STRETCH = "4", "report-redis", "≥ 0.8", "≥ 1.2"


def run(bench):
    server, peer = ours.start_unsealed(bench), redis_server.start(bench)
    mine = Acknowledged(bench, server, ours.REPORTS, lambda: ours.rows(bench.folder / "ours"))
    pace = redis_server.add(peer, 5_000)["rate"]  # redis-benchmark counts requests, not seconds
    rounds = bench.interleave(mine.load, lambda: redis_server.add(peer, max(5_000, int(pace * bench.seconds))))
    yield rounds.outcome(
        ROW,
        "POST a report, rate against Redis XADD appendfsync always",
        "rate",
        GOAL,
        STRETCH,
        acknowledged=mine.check(),
    )
