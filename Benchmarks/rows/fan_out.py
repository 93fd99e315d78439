# SPDX-License-Identifier: AGPL-3.0-or-later
"""An alert drained with one durable state for each subscriber, against PostgreSQL's SKIP LOCKED, both in 500s."""

from harness import Wrong
from peers import skip_locked
from rows import audience

ROW, NAME, GOAL, STRETCH = "8", "fan-out", "≥ 10", "≥ 30"
BATCH = 500


def run(bench):
    data, count = bench.folder / "ours", bench.recipients
    audience.fill(data, count)
    peer = skip_locked.start(bench, min(count, 200_000))
    alerts = 0

    def ours():
        nonlocal alerts
        alerts += 1
        one = audience.fan_out(data, count, BATCH)[0]
        return {"rate": one["sent"] / one["drain_s"], "cpu_us": one["drain_cpu_s"] * 1e6 / one["sent"], **one}

    rounds = bench.interleave(ours, peer.load)
    if (told := audience.states(data, 2)) != alerts * count:
        raise Wrong(f"{told} states say sent, of {alerts} alerts to {count}")
    yield rounds.outcome(
        ROW,
        "fan-out drained in 500s, rate against PostgreSQL SKIP LOCKED",
        "rate",
        GOAL,
        STRETCH,
        recipients=count,
    )
    yield rounds.outcome(ROW, "the same, CPU each (lower is better)", "cpu_us", "≤ 0.1", "≤ 0.033", unit="µs")
