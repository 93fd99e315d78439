# SPDX-License-Identifier: AGPL-3.0-or-later
"""1,300 connections that never finish a request, at `ulimit -n 1024`, beside honest load."""

import pathlib
import resource
import statistics
import time

from common import demonstration, serving
from crowd import Crowd, Probe

GOAL = "1,300 half-open sockets at ulimit -n 1024 plus load: alive, p95 ≤ 1 s (quick, beside others and not optimised: 3 s)"
HALF = [b"", b"POST /api/v1/reports HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Le"]


def measure(quick: bool, work: pathlib.Path) -> dict:
    data, made = demonstration(work)

    def small():
        resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, 1_024))

    with serving(data, made, before=small) as server:
        crowd = Crowd(server.port, 1_300, lambda number: HALF[number % 2])
        probes = [Probe(server, "report", 0.1), Probe(server, "/rights", 0.05)]
        with crowd:
            time.sleep(1)
            for probe in probes:
                probe.start()
            time.sleep(8 if quick else 30)
            for probe in probes:
                probe.stop()
        alive = server.is_alive()
    times = [seconds for probe in probes for seconds in probe.times]
    failures = [failure for probe in probes for failure in probe.failures]
    p95 = statistics.quantiles(times, n=20)[-1]
    return {
        "sockets": crowd.opened, "held_at_most": crowd.most, "alive": alive, "asked": len(times), "failed": len(failures),
        "p50_ms": round(statistics.median(times) * 1_000, 1), "p95_ms": round(p95 * 1_000, 1),
        "met": alive and not failures and p95 <= (3 if quick else 1) and crowd.opened >= 1_300,
        "notes": "; ".join(sorted(set(failures))[:5]),
    }  # fmt: skip


