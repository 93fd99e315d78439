# SPDX-License-Identifier: AGPL-3.0-or-later
"""Server-sent events to 4,000 clients, CPU each delivery, against nginx nchan; and how soon 5,000 `/now` streams know."""

import contextlib
import itertools
import json
import re
import select
import socket
import sqlite3
import time

import latency_board
import ours
from harness import Wrong
from peers import nchan

ROW, NAME, GOAL, STRETCH = "11", "streams", "≤ 1.5", "≤ 1.0"
CLIENTS, MANY = 4_000, 5_000


class Crowd(contextlib.ExitStack):
    """So many open streams on one server, read by one loop. `mark` stands once in each message."""

    def __init__(self, server, path: str, count: int, mark: bytes):
        super().__init__()
        self.mark = mark
        self.poll = select.epoll()
        self.callback(self.poll.close)
        self.sockets: dict[int, socket.socket] = {}
        self.rest: dict[int, bytes] = {}
        for _ in range(count):
            one = self.enter_context(contextlib.closing(socket.create_connection(("127.0.0.1", server.port), 10)))
            one.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n".encode())
            self.sockets[one.fileno()] = one
            self.rest[one.fileno()] = b""
            one.setblocking(False)
            self.poll.register(one, select.EPOLLIN)
        heads: set[int] = set()
        until = time.monotonic() + 30
        while len(heads) < count and time.monotonic() < until:
            for number, _ in self.poll.poll(1):
                if self.sockets[number].recv(65_536).startswith(b"HTTP/1.1 200"):
                    heads.add(number)
        if len(heads) != count:
            raise Wrong(f"{server.name} opened {len(heads)} of {count} streams")
        time.sleep(0.3)
        for number, _ in self.poll.poll(0):
            self.sockets[number].recv(65_536)

    def hear(self, seconds: float = 30) -> tuple[float, int]:
        """Until each has heard one message: the moment when the last did, and the bytes that one of them got."""
        waiting, size = set(self.sockets), 0
        until = time.monotonic() + seconds
        while waiting and time.monotonic() < until:
            for number, _ in self.poll.poll(0.5):
                data = self.rest[number] + self.sockets[number].recv(65_536)
                if self.mark in data:
                    size = len(data)
                    waiting.discard(number)
                    self.rest[number] = b""
                else:
                    self.rest[number] = data
        if waiting:
            raise Wrong(f"{len(waiting)} streams heard nothing")
        return time.monotonic(), size


def run(bench):
    data = bench.folder / "ours"
    made = ours.demo(data)
    server = ours.start(bench, data)
    headers = latency_board.sign_in(server, ours.login(made, "dispatcher"), made["passphrase"])
    page = server.get("/board", headers)[1].decode()
    headers |= {"X-CSRF-Token": re.search(r'name="_token" value="([^"]+)"', page)[1], "Content-Type": "application/json"}
    peer = nchan.start(bench)
    sizes = {}
    status, body = server.ask("POST", ours.REPORTS, ours.report_body(1), {"Content-Type": "application/json"})
    if status != 201:
        raise Wrong(f"a report was answered {status}: {body[:200]!r}")
    newest = "SELECT incident FROM incident_reports l JOIN reports r ON r.id = l.report ORDER BY r.received_at DESC LIMIT 1"
    with contextlib.closing(sqlite3.connect(f"file:{data / 'vecinos.db'}?mode=ro", uri=True)) as database:
        incident = database.execute(newest).fetchone()[0]
    findings = itertools.cycle(["not_enforcement", "unfounded"])

    def change() -> None:
        """What the public is told of one incident changes: one report alone moves nothing that everybody sees."""
        finding = {"truth": next(findings), "level": "L2", "how": "photo", "explanation": {"en": "A test", "es": "Prueba"}}
        path = f"/api/v1/incidents/{incident}/verifications"
        status, body = server.ask("POST", path, json.dumps(finding).encode(), headers)
        if status != 201:
            raise Wrong(f"a finding was answered {status}: {body[:200]!r}")

    def publish() -> None:
        # As many bytes as one of ours, with what nchan adds itself.
        status, _ = peer.ask("POST", "/publish", b"x" * sizes.get("message", 400))
        if status not in (201, 202):
            raise Wrong(f"nchan answered {status}")

    def load(side, crowd, tell):
        def one():
            told, before, began = 0, side.cpu_seconds(), time.perf_counter()
            while told < 8 or time.perf_counter() - began < bench.seconds:
                tell()
                told += 1
                _, sizes[side.name] = crowd.hear()
            deliveries = told * len(crowd.sockets)
            seconds = time.perf_counter() - began
            return {"rate": deliveries / seconds, "cpu_us": (side.cpu_seconds() - before) * 1e6 / deliveries}

        return one

    with Crowd(server, "/now/stream?lang=en", CLIENTS, b"event: change") as mine:
        change()
        sizes["message"] = max(100, mine.hear()[1] - 60)
        with Crowd(peer, "/stream", CLIENTS, b"data: x") as theirs:
            rounds = bench.interleave(load(server, mine, change), load(peer, theirs, publish))
    yield rounds.outcome(
        ROW,
        f"a change told to {CLIENTS:,} streams, CPU each delivery, with all that makes the change; lower is better",
        "cpu_us",
        GOAL,
        STRETCH,
        unit="µs",
        bytes_each={"ours": sizes[server.name], "peer": sizes[peer.name]},
    )
    time.sleep(2)  # until the server has seen that the first crowd is gone
    with Crowd(server, "/now/stream?lang=es", MANY, b"event: change") as many:
        times = []
        for _ in range(max(5, bench.rounds)):
            began = time.monotonic()
            change()
            times.append(many.hear()[0] - began)
            time.sleep(0.3)
    bench.say(f"    {MANY} streams, seconds to the last: {json.dumps([round(one, 3) for one in times])}")
    yield rounds.outcome(ROW, "", "cpu_us", GOAL) | {
        "measure": f"from a finding until the last of {MANY:,} streams knows, seconds; the slowest",
        "unit": "s",
        "ratio": round(max(times), 3),
        "goal": "≤ 1",
        "stretch": "",
        "met": max(times) <= 1,
        "ours": round(max(times), 3),
        "peer": 1,
        "ratios": [round(one, 3) for one in times],
    }
