# SPDX-License-Identifier: AGPL-3.0-or-later
"""Memory at rest and the time from the start of the process to the first good answer, against the Django stand-in."""

import time

import ours
from harness import Rounds, free_port
from peers import django_server

ROW, NAME, GOAL, STRETCH = "16", "idle", "≤ 0.5 memory, ≤ 0.1 start", ""


def run(bench):
    data = bench.folder / "ours"
    ours.demo(data)
    django_server.start(bench).stop()  # makes its table

    def visit(begin):
        began = time.perf_counter()
        server = begin()
        seconds = time.perf_counter() - began
        time.sleep(2)
        figures = server.memory()
        server.stop()
        return {"value": seconds * 1000, **figures}

    def peer():
        port = free_port()
        return bench.start("django", django_server.command(port), port, "/healthz", django_server.environment(bench))

    rounds: Rounds = bench.interleave(lambda: visit(lambda: ours.start(bench, data)), lambda: visit(peer))
    yield rounds.outcome(
        ROW,
        "idle memory after the demonstration (pages shared between processes counted once)",
        "pss",
        "≤ 0.5",
        unit="MiB",
        ours_rss=round(rounds.median(0, "rss"), 1),
        peer_rss=round(rounds.median(1, "rss"), 1),
    )
    yield rounds.outcome(ROW, "cold start: process to first 200", "value", "≤ 0.1", unit="ms")
