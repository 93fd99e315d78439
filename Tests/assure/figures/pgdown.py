# SPDX-License-Identifier: AGPL-3.0-or-later
"""PostgreSQL goes away under the running server while neighbors report: killed, restarted, paused, cut off in the middle of
an answer. Whoever was told 201 finds their report; everybody else is told so in time; nobody's is there twice."""

import concurrent.futures
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import threading
import time

import psycopg
from common import BINARY, ENVIRONMENT, REPORTS, ROOT, Server, complain, key, report_body, wait_until
from figures.nodes import postgres

GOAL = ("PostgreSQL killed, restarted, paused, cut off: 201 only if it is kept, else 503 with Retry-After in 45 s (3 s where it is "
        "gone); lost 0, twice 0, same process, back in 10 s")  # fmt: skip
KINDS = ["vehicles", "people", "checkpoint", "home", "work", "arrest", "other"]
LANGUAGES = sorted({"en", *(path.stem for path in (ROOT / "content/strings").glob("*.json"))})
# What is sent without a key can be told apart in the plain columns alone: kind, language, and when.
MARKS = [(kind, language) for kind in KINDS for language in LANGUAGES][1:]
KEYED = (KINDS[0], LANGUAGES[0])
CLIENTS = 6


class Cluster:
    """The PostgreSQL of `nodes`, and ways to take it away."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.tools = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))

    @property
    def postmaster(self) -> int:
        return int((self.folder / "data/postmaster.pid").read_text().split()[0])

    def processes(self) -> list[int]:
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.postmaster)], capture_output=True, text=True).stdout
        return [self.postmaster, *map(int, children.split())]

    def signal(self, what: int):
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, what)

    def pg_ctl(self, *arguments):
        who = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        subprocess.run([*who, self.tools / "pg_ctl", "-D", self.folder / "data", "-l", self.folder / "log", "-w", *arguments],
                       check=True, cwd=self.folder, capture_output=True, timeout=60)  # fmt: skip

    # Each way: PostgreSQL is away when it returns, until `back`.

    def kill(self):
        self.signal(signal.SIGKILL)

    def stop(self):
        self.pg_ctl("-m", "immediate", "stop")

    def pause(self):
        self.signal(signal.SIGSTOP)

    def back(self, how: str, options: str):
        if how == "pause":
            self.signal(signal.SIGCONT)
            return
        # What a killed cluster leaves behind: it starts all the same, once its last processes are gone.
        wait_until(lambda: not self.busy(), 20)
        for left in range(5, -1, -1):
            try:
                return self.pg_ctl("-t", "60", "-o", options, "start")
            except subprocess.CalledProcessError:
                if not left:
                    raise
                time.sleep(1)

    def busy(self) -> bool:
        found = subprocess.run(["pgrep", "-f", f"postgres.*{self.folder}|{self.folder}/data"], capture_output=True)
        return found.returncode == 0


class Wire:
    """Between the server and PostgreSQL: takes bytes along, until told to swallow every answer and then cut. That is how
    the answer to COMMIT gets lost while the commit doesn't."""

    def __init__(self, target: int):
        self.target, self.swallows = target, threading.Event()
        self.pairs: list[socket.socket] = []
        self.door = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.door.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self.door.accept()
                far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
                far.settimeout(None)
            except OSError:
                if self.door.fileno() < 0:
                    return
                near.close()
                continue
            self.pairs += [near, far]
            threading.Thread(target=self._carry, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, True), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, answers: bool):
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if answers and self.swallows.is_set():
                    continue
                sink.sendall(data)
        for wire in (source, sink):
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)

    def cut(self):
        """All open connections end, and new ones are let through again."""
        pairs, self.pairs = self.pairs, []
        for wire in pairs:
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)
        self.swallows.clear()

    def close(self):
        self.door.close()
        self.cut()


def measure(quick: bool, work: pathlib.Path) -> dict:
    turns = {"kill": 1, "stop": 1, "pause": 1, "cut": 3} if quick else {"kill": 10, "stop": 10, "pause": 6, "cut": 30}
    with postgres(work) as url:
        head, _, tail = url.rpartition(":")
        port, name = tail.split("/")
        wire = Wire(int(port))
        try:
            ENVIRONMENT["VECINOS_POSTGRES"] = f"{head}:{wire.port}/{name}"
            data = work / "data"
            done = subprocess.run([BINARY, "demo", "--data", data, "--json"], capture_output=True, text=True, timeout=120, env=ENVIRONMENT)
            assert done.returncode == 0, done.stderr
            server = Server(data, json.loads(done.stdout[done.stdout.index("{") :])).start()
            try:
                options = f"-p {port} -k {work / 'cluster'} -c listen_addresses=127.0.0.1"
                return tried(server, Cluster(work / "cluster"), wire, url, options, turns, quick)
            finally:
                server.stop()
        finally:
            wire.close()


class Sent:
    """What a neighbor sent and heard."""

    def __init__(self, number: int, name: str | None, kind: str, language: str):
        self.number, self.name, self.kind, self.language = number, name, kind, language
        self.status: int | None = None
        self.code: str | None = None
        self.retry: str | None = None
        self.took = 0.0
        self.from_ms = self.to_ms = 0


def tried(server: Server, cluster: Cluster, wire: Wire, url: str, options: str, turns: dict, quick: bool) -> dict:
    process = server.process.pid
    dice = random.Random(14)
    everything: list[Sent] = []
    slow: dict[str, float] = {}
    back: dict[str, float] = {}
    odd: list[str] = []
    lock = threading.Lock()
    numbers, marks = itertools.count(1), itertools.cycle(MARKS)
    known = {report for report, *_ in stored(url)}

    def send(name: str | None) -> Sent:
        with lock:
            number = next(numbers)
            one = Sent(number, name, *(KEYED if name else next(marks)))
        body = report_body(number, kind=one.kind, language=one.language)
        headers = {"Content-Type": "application/json", **({"Idempotency-Key": name} if name else {})}
        began = time.monotonic()
        one.from_ms = time.time_ns() // 1_000_000
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer = server.ask("POST", REPORTS, body, headers, timeout=200)
            one.status, one.retry = answer.status, answer.headers.get("Retry-After")
            one.code = answer.json().get("code") if answer.status == 201 else None
        one.took = time.monotonic() - began
        one.to_ms = time.time_ns() // 1_000_000 + 1
        with lock:
            everything.append(one)
        return one

    def neighbor(over: threading.Event):
        while not over.is_set():
            name = key() if dice.random() < 0.5 else None
            send(name)
            time.sleep(dice.uniform(0, 0.05))

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        for how, count in turns.items():
            for _ in range(count):
                over = threading.Event()
                first = len(everything)
                jobs = [pool.submit(neighbor, over) for _ in range(CLIENTS)]
                time.sleep(dice.uniform(0.3, 0.9))
                if how == "cut":
                    wire.swallows.set()
                    time.sleep(dice.uniform(0, 0.3))
                    wire.cut()
                else:
                    getattr(cluster, how)()
                    time.sleep(14 if how == "pause" else dice.uniform(0.5, 2))
                    cluster.back(how, options)
                # From here on PostgreSQL is there: how long until the server takes reports again, by itself?
                returned = time.monotonic()
                wait_until(lambda: send(key()).status == 201, 60, 0.1)
                back[how] = max(back.get(how, 0.0), time.monotonic() - returned)
                time.sleep(0.3)
                over.set()
                for job in jobs:
                    job.result(120)
                these = everything[first:]
                slow[how] = max(slow.get(how, 0.0), max(one.took for one in these))
                odd += [f"{how}: {one.status}, Retry-After {one.retry}" for one in these
                        if one.status != 201 and not (one.status == 503 and one.retry)]  # fmt: skip
                if not server.is_alive():
                    raise AssertionError(f"the server ended: {server.words()}")
        # They try again, as phones do: under the same key the same report.
        changed = 0
        refused = sum(one.status != 201 for one in everything)
        for one in [one for one in everything if one.name]:
            headers = {"Content-Type": "application/json", "Idempotency-Key": one.name}
            answer = server.ask("POST", REPORTS, report_body(one.number, kind=one.kind, language=one.language), headers)
            assert answer.status == 201, answer.text
            code = answer.json()["code"]
            changed += one.code is not None and one.code != code
            one.code = code
        found = list(pool.map(lambda one: server.lookup(one.code).status == 200, [one for one in everything if one.code]))
    lost = found.count(False)
    rows = [(kind, language, at) for report, kind, language, at in stored(url) if report not in known]
    # With a key: exactly once, since all of them were sent until they were kept.
    keyed = [one for one in everything if one.name]
    twice = sum((kind, language) == KEYED for kind, language, _ in rows) - len(keyed)
    # Without one: sent once, so at most once; and once for certain where it was acknowledged.
    for mark in MARKS:
        sent = [one for one in everything if (one.kind, one.language) == mark]
        times = [at for kind, language, at in rows if (kind, language) == mark]
        lost += max(0, sum(one.code is not None for one in sent) - len(times))
        for one in sent:
            beside = sum(other.from_ms <= one.to_ms and other.to_ms >= one.from_ms for other in sent)
            twice += max(0, sum(one.from_ms <= at <= one.to_ms for at in times) - beside)
    complain(*odd[:5])
    # Beside others, and not optimised, all of it may take longer; what must hold doesn't.
    patience = 4 if quick else 1
    gone = max(slow.get("kill", 0), slow.get("stop", 0), slow.get("cut", 0))
    return {
        "turns": sum(turns.values()), "sent": len(everything), "kept": len(found), "refused_503": refused, "lost": lost, "twice": twice,
        "codes_changed": changed, "other_answers": len(odd),
        "slowest_s": {how: round(value, 1) for how, value in slow.items()}, "back_s": {how: round(value, 1) for how, value in back.items()},
        "same_process": server.process.pid == process and server.is_alive(),
        "met": lost == twice == changed == 0 and not odd and refused > 0 and gone <= 3 * patience and max(slow.values()) <= 45 * patience
               and max(back.values()) <= 10 * patience and server.is_alive(),
    }  # fmt: skip


def stored(url: str) -> list[tuple[str, str, str, int]]:
    with psycopg.connect(url) as database:
        return database.execute("SELECT id, kind, language, received_at FROM reports").fetchall()
