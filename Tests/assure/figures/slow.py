# SPDX-License-Identifier: AGPL-3.0-or-later
"""Slow heads, slow bodies and slow readers, one kind after another, beside honest load."""

import pathlib
import resource
import time

from common import demonstration, serving
from crowd import Crowd, Probe

GOAL = "slow header, body and reader attacks with 3,000 connections (quick: 600, of 409 places): available 100 %"
BODY = (
    b"POST /api/v1/reports HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 60000\r\n\r\n{"
)
# Many answers asked for at once, and none of them read.
READER = b"GET /rights HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20
ATTACKS = {
    "header": (lambda _: b"GET / HTTP/1.1\r\nHost: localhost\r\n", lambda _: b"X-Slow: 1\r\n", True),
    "body": (lambda _: BODY, lambda _: b" ", True),
    "reader": (lambda _: READER, lambda _: b"GET /rights HTTP/1.1\r\nHost: localhost\r\n\r\n", False),
}


def measure(quick: bool, work: pathlib.Path) -> dict:
    data, made = demonstration(work)
    count, seconds = (600, 8) if quick else (3_000, 60)

    def usual():
        # Debian's own limit for services is far higher; this is the hard one of a login shell on small machines.
        resource.setrlimit(resource.RLIMIT_NOFILE, (1_024 if quick else 4_096,) * 2)

    result: dict = {"connections": count}
    asked = failed = 0
    worst, notes, alive = 0.0, [], True
    with serving(data, made, before=usual) as server:
        for name, (first, drip, reads) in ATTACKS.items():
            crowd = Crowd(server.port, count, first, drip, reads)
            probes = [Probe(server, "report", 0.2), Probe(server, "/rights", 0.1), Probe(server, "/now", 0.2)]
            with crowd:
                time.sleep(1)
                for probe in probes:
                    probe.start()
                time.sleep(seconds)
                for probe in probes:
                    probe.stop()
            times = [seconds for probe in probes for seconds in probe.times]
            failures = [failure for probe in probes for failure in probe.failures]
            asked, failed, worst = asked + len(times), failed + len(failures), max(worst, *times)
            notes += [f"{name}: {failure}" for failure in sorted(set(failures))[:3]]
            result[name] = f"{100 * (len(times) - len(failures)) / len(times):.4g} % of {len(times)}"
            alive &= server.is_alive() and crowd.opened >= count
    return result | {
        "slowest_s": round(worst, 2), "alive": alive, "met": alive and failed == 0 and asked > 50, "notes": "; ".join(notes),
    }  # fmt: skip
