# SPDX-License-Identifier: AGPL-3.0-or-later
"""Loads of reports whose acknowledgements are compared with the rows that are really there."""

import json
import time

import ours
from harness import CONNECTIONS, Wrong


class Acknowledged:
    """One side under a load of reports. `count` says how many rows its database holds."""

    def __init__(self, bench, server, path, count):
        self.bench, self.server, self.path, self.count = bench, server, path, count
        self.answers, self.loads = 0, 0
        self.before = count()
        headers = {"Content-Type": "application/json", "Idempotency-Key": "first-of-the-run"}
        codes = []
        sent = ours.report_body(1)  # the very same, though a second may pass
        for _ in range(2):  # twice sent is once stored
            status, body = server.ask("POST", path, sent, headers)
            if status != 201:
                raise Wrong(f"{server.name} POST {path} answered {status}: {body[:300]!r}")
            codes.append(json.loads(body)["code"])
        if codes[0] != codes[1] or count() != self.before + 1:
            raise Wrong(f"{server.name}: one key gave {codes} and {count() - self.before} rows")
        self.answers = 1

    def load(self):
        figures = self.bench.wrk(self.server, self.path, "report.lua")
        self.answers += figures["requests"]
        self.loads += 1
        return figures

    def check(self):
        """The number acknowledged. wrk leaves at most one request a connection unanswered when it stops."""
        time.sleep(0.5)
        there = self.count() - self.before
        if not self.answers <= there <= self.answers + self.loads * CONNECTIONS:
            raise Wrong(f"{self.server.name} acknowledged {self.answers} reports and holds {there}")
        return self.answers
