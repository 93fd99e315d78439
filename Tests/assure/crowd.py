# SPDX-License-Identifier: AGPL-3.0-or-later
"""Those who hold connections and never finish, and the neighbor who asks meanwhile."""

import contextlib
import http.client
import multiprocessing
import resource
import select
import socket
import threading
import time

from common import Server, key, post_report


class Crowd:
    """`count` connections to a port, opened again a second after the server closed them.
    `first(number)`: what is sent at once; `drip(number)`: what is sent every second after that. `reads`: whether they take
    what comes back. In a process of their own, so that the neighbor's times are not theirs."""

    def __init__(self, port: int, count: int, first, drip=None, reads=True):
        self.port, self.count, self.first, self.drip, self.reads = port, count, first, drip, reads
        fork = multiprocessing.get_context("fork")
        self._opened, self._most, self._over = fork.Value("q", 0), fork.Value("q", 0), fork.Event()
        self._process = fork.Process(target=self._hold, daemon=True)

    @property
    def opened(self) -> int:
        return self._opened.value

    @property
    def most(self) -> int:
        return self._most.value

    def __enter__(self):
        self._process.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._process.join(30)
        if self._process.is_alive():
            self._process.kill()

    def _hold(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        wanted = self.count + 1_000
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, wanted) if hard > 0 else wanted, hard))
        held: dict[int, tuple[socket.socket, int]] = {}
        watch = select.epoll()
        next_drip = time.monotonic() + 1
        try:
            while not self._over.is_set():
                until = time.monotonic() + 0.2
                missing = set(range(self.count)) - {number for _, number in held.values()}
                for number in sorted(missing):
                    if time.monotonic() > until:
                        break
                    with contextlib.suppress(OSError):
                        wire = socket.socket()
                        if not self.reads:
                            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
                        wire.settimeout(0.5)
                        wire.connect(("127.0.0.1", self.port))
                        wire.setblocking(False)
                        wire.send(self.first(number))
                        held[wire.fileno()] = (wire, number)
                        watch.register(wire, select.EPOLLHUP | select.EPOLLRDHUP | (select.EPOLLIN if self.reads else 0))
                        self._opened.value += 1
                self._most.value = max(self._most.value, len(held))
                self._over.wait(1)
                for number, event in watch.poll(0):
                    wire = held[number][0]
                    gone = bool(event & (select.EPOLLHUP | select.EPOLLERR))
                    if not gone and event & (select.EPOLLIN | select.EPOLLRDHUP):
                        try:
                            gone = wire.recv(65_536) == b""
                        except BlockingIOError:
                            gone = False
                        except OSError:
                            gone = True
                    if gone:
                        watch.unregister(wire)
                        held.pop(number)[0].close()
                if self.drip and time.monotonic() > next_drip:
                    next_drip = time.monotonic() + 1
                    for wire, number in list(held.values()):
                        with contextlib.suppress(OSError):
                            wire.send(self.drip(number))
        finally:
            watch.close()
            for wire, _ in held.values():
                wire.close()


class Probe:
    """An honest neighbor who reads a page or reports every `pause` seconds. Each try is timed from when it was meant to
    begin."""

    def __init__(self, server: Server, what: str, pause: float, patience=5.0):
        self.server, self.what, self.pause, self.patience = server, what, pause, patience
        self.times: list[float] = []
        self.failures: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)

    def start(self):
        self._thread.start()

    def stop(self):
        self._over.set()
        self._thread.join(self.patience + 10)

    def _ask(self):
        due = time.perf_counter()
        number = 0
        while not self._over.is_set():
            number += 1
            try:
                if self.what == "report":
                    answer, wanted = post_report(self.server, number, key(), timeout=self.patience), 201
                else:
                    answer, wanted = self.server.ask("GET", self.what, timeout=self.patience), 200
                if answer is None or answer.status != wanted:
                    self.failures.append(f"{self.what}: {answer.status if answer else 'no answer'}")
            except (OSError, http.client.HTTPException) as problem:
                self.failures.append(f"{self.what}: {problem!r}")
            self.times.append(time.perf_counter() - due)
            due = max(due + self.pause, time.perf_counter() - 1)
            self._over.wait(max(0.0, due - time.perf_counter()))
