# SPDX-License-Identifier: AGPL-3.0-or-later
"""Server-sent events to 4,000 clients, CPU each delivery, against nginx nchan; and how soon 5,000 `/now` streams know."""

import contextlib
import json
import select
import socket
import time

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
    server = ours.start(bench)
    peer = nchan.start(bench)
    reports = iter(range(1_000_000))
    sizes = {}

    def report() -> None:
        headers = {"Content-Type": "application/json"}
        status, body = server.ask("POST", ours.REPORTS, ours.report_body(next(reports)), headers)
        if status != 201:
            raise Wrong(f"a report was answered {status}: {body[:200]!r}")

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
        report()
        sizes["message"] = max(100, mine.hear()[1] - 60)
        with Crowd(peer, "/stream", CLIENTS, b"data: x") as theirs:
            rounds = bench.interleave(load(server, mine, report), load(peer, theirs, publish))
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
            report()
            times.append(many.hear()[0] - began)
            time.sleep(0.3)
    bench.say(f"    {MANY} streams, seconds to the last: {json.dumps([round(one, 3) for one in times])}")
    yield rounds.outcome(ROW, "", "cpu_us", GOAL) | {
        "measure": f"from sending a report until the last of {MANY:,} streams knows, seconds; the slowest",
        "unit": "s",
        "ratio": round(max(times), 3),
        "goal": "≤ 1",
        "stretch": "",
        "met": max(times) <= 1,
        "ours": round(max(times), 3),
        "peer": 1,
        "ratios": [round(one, 3) for one in times],
    }
