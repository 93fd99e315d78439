# SPDX-License-Identifier: AGPL-3.0-or-later
"""An alert drained with one durable state for each subscriber, against PostgreSQL's SKIP LOCKED in 500s."""

from harness import Wrong
from peers import skip_locked
from rows import audience

ROW, NAME, GOAL, STRETCH = "8", "fan-out", "≥ 10", "≥ 30"
# As `Post` takes them where the provider's rate allows it; and as many as the peer.
MOST, SAME = 10_000, 500


def run(bench):
    data, count = bench.folder / "ours", bench.recipients
    audience.fill(data, count)
    peer = skip_locked.start(bench, min(count, 200_000))
    alerts = 0

    def ours():
        nonlocal alerts
        alerts += 2
        most, same = (audience.fan_out(data, count, batch)[0] for batch in (MOST, SAME))
        return {
            "rate": most["sent"] / most["drain_s"],
            "cpu_us": most["drain_cpu_s"] * 1e6 / count,
            "rate_same": same["sent"] / same["drain_s"],
            "cpu_same": same["drain_cpu_s"] * 1e6 / count,
        }

    def theirs():
        figures = peer.load()
        return figures | {"rate_same": figures["rate"], "cpu_same": figures["cpu_us"]}

    rounds = bench.interleave(ours, theirs)
    if (told := audience.states(data, 2)) != alerts * count:
        raise Wrong(f"{told} states say sent, of {alerts} alerts to {count}")
    measure = "fan-out drained, a durable state each"
    yield rounds.outcome(ROW, f"{measure}: ours in {MOST}s", "rate", GOAL, STRETCH, recipients=count)
    yield rounds.outcome(ROW, f"{measure}: ours in {SAME}s as the peer", "rate_same", GOAL, STRETCH, recipients=count)
    for batch, key in [(MOST, "cpu_us"), (SAME, "cpu_same")]:
        yield rounds.outcome(
            ROW, f"{measure}: ours in {batch}s, CPU each; lower is better", key, "≤ 0.1", "≤ 0.033", unit="µs"
        )
