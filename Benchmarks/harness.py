# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every row shares: servers that are started and surely stopped, wrk, CPU seconds from /proc, rounds."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
TICKS = os.sysconf("SC_CLK_TCK")
CONNECTIONS = 64


class Wrong(Exception):
    """A side gave a wrong answer, or too few answers; its figure would mean nothing."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def process_tree(root: int) -> list[int]:
    """The process and all that it started. A process that ends meanwhile is left out."""
    children: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = pathlib.Path(entry.path, "stat").read_text().rpartition(")")[2].split()
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    tree, todo = [], [root]
    while todo:
        pid = todo.pop()
        tree.append(pid)
        todo += children.get(pid, [])
    return tree


@dataclass
class Server:
    """A child process that answers on a loopback port, with whatever processes it starts itself."""

    name: str
    process: subprocess.Popen
    port: int
    log: pathlib.Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        ticks = 0
        for pid in process_tree(self.process.pid):
            with contextlib.suppress(OSError):
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS

    def memory(self) -> dict[str, float]:
        """MiB over the tree: `pss` counts a page shared by several processes once, `rss` once for each."""
        total = {"pss": 0, "rss": 0}
        for pid in process_tree(self.process.pid):
            with contextlib.suppress(OSError):
                text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
                for key in total:
                    total[key] += int(re.search(rf"^{key.capitalize()}:\s+(\d+)", text, re.M)[1])
        return {key: value / 1024 for key, value in total.items()}

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        return self.ask("GET", path, headers=headers)

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def wait_until_ready(self, path: str, timeout: float = 60, pause: float = 0.02) -> float:
        """Seconds until `path` answers 200. For servers that don't speak HTTP, `path` is empty: until it accepts."""
        began = time.perf_counter()
        while time.perf_counter() - began < timeout:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError, http.client.HTTPException):
                if not path:
                    socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                    return time.perf_counter() - began
                if self.get(path)[0] == 200:
                    return time.perf_counter() - began
            time.sleep(pause)
        raise Wrong(f"{self.name} did not get ready; its last words:\n{tail(self.log)}")

    def stop(self) -> None:
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def tail(log: pathlib.Path, lines: int = 20) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def slow_disk(folder: pathlib.Path, sync_ms: float) -> dict[str, str]:
    """The environment of a server on both sides for which an fsync takes at least `sync_ms`."""
    library = folder / "slow_disk.so"
    subprocess.run(["clang", "-O2", "-shared", "-fPIC", "-o", library, HERE / "slow_disk.c"], check=True)
    return {"LD_PRELOAD": str(library), "SYNC_MICROSECONDS": str(round(sync_ms * 1000))}


class Bench(contextlib.ExitStack):
    """One row's workplace: a folder on a real disk, the servers started in it, and the way rounds are run."""

    def __init__(self, rounds: int, seconds: float, say, sync_ms: float = 0):
        super().__init__()
        self.rounds, self.seconds, self.say = rounds, seconds, say
        # Of the rows about alerts: how many are told, and messages a second that the provider takes.
        self.recipients, self.rate = 1_000_000, 1_000.0
        # /var/tmp, not /tmp: a file system in memory would make every fsync free.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vecinos-bench-", dir="/var/tmp"))
        self.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.disk = slow_disk(self.folder, sync_ms) if sync_ms else {}

    def start(
        self, name: str, command: list, port: int, ready: str = "", env: dict | None = None, limits=None
    ) -> Server:
        log = self.folder / f"{name}-{port}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **self.disk, **(env or {})},
                start_new_session=True,
                preexec_fn=limits,
                cwd=self.folder,
            )
        server = Server(name, process, port, log)
        self.callback(server.stop)
        server.wait_until_ready(ready, pause=0.001)
        return server

    def wrk(
        self,
        server: Server,
        path: str,
        script: str | None = None,
        headers: tuple[str, ...] = (),
        seconds: float | None = None,
    ) -> dict:
        """One load of CONNECTIONS connections for `seconds`. Raises `Wrong` when an answer was not a 2xx or 3xx."""
        before = server.cpu_seconds()
        command = [
            "wrk",
            "-t1",
            f"-c{CONNECTIONS}",
            f"-d{max(1, round(seconds or self.seconds))}s",
            "--timeout",
            "10s",
            "-s",
            str(HERE / "lua" / (script or "get.lua")),
        ]
        for header in headers:
            command += ["-H", header]
        done = subprocess.run([*command, server.url + path], capture_output=True, text=True, timeout=120)
        line = next((line for line in done.stdout.splitlines() if line.startswith("{")), None)
        if line is None:
            raise Wrong(f"wrk gave no figures for {server.name}: {done.stdout}{done.stderr}")
        load = json.loads(line)
        load["cpu_seconds"] = server.cpu_seconds() - before
        if load["errors"] or not load["requests"]:
            raise Wrong(
                f"{server.name} {path}: {load['errors']} of {load['requests']} answers were errors\n"
                f"{tail(server.log, 5)}"
            )
        load["rate"] = load["requests"] / load["duration"]
        load["cpu_us"] = load["cpu_seconds"] * 1e6 / load["requests"]
        return load

    def interleave(self, ours, peer) -> "Rounds":
        """A B A B…: each side is a function that runs one load; the first of each is warm-up and thrown away."""
        result = Rounds(load_before=os.getloadavg()[0])
        for index in range(self.rounds + 1):
            pair = []
            for name, side in (("ours", ours), ("peer", peer)):
                figures = side()
                pair.append(figures)
                word = "warm-up" if index == 0 else f"round {index}"
                self.say(
                    f"    {word:8} {name}  "
                    + "  ".join(f"{key} {figures[key]:,.1f}" for key in ("rate", "cpu_us", "value") if key in figures)
                )
            if index > 0:
                result.pairs.append(tuple(pair))
        result.load_after = os.getloadavg()[0]
        return result


@dataclass
class Rounds:
    load_before: float
    load_after: float = 0
    pairs: list[tuple[dict, dict]] = field(default_factory=list)

    def median(self, side: int, key: str) -> float:
        return statistics.median(pair[side][key] for pair in self.pairs)

    def ratio(self, key: str, *, inverse: bool = False) -> float:
        """The median over the rounds of ours ÷ peer, each within its own round."""
        ratios = [pair[0][key] / pair[1][key] for pair in self.pairs]
        return statistics.median(1 / ratio for ratio in ratios) if inverse else statistics.median(ratios)

    def outcome(
        self, row: str, measure: str, key: str, goal: str, stretch: str = "", unit: str = "1/s", **more
    ) -> dict:
        """One line of the result. `goal` reads like "≥ 20" or "≤ 3" and is about `ratio`, ours ÷ peer."""
        ratio = self.ratio(key)
        line = {
            "row": row,
            "measure": measure,
            "unit": unit,
            "ratio": rounded(ratio),
            "goal": goal,
            "stretch": stretch,
            "met": meets(ratio, goal),
            "ours": rounded(self.median(0, key)),
            "peer": rounded(self.median(1, key)),
            "rounds": len(self.pairs),
            "load": [round(self.load_before, 2), round(self.load_after, 2)],
            "ratios": [rounded(pair[0][key] / pair[1][key]) for pair in self.pairs],
        }
        if "cpu_us" in self.pairs[0][0] and key != "cpu_us":
            line |= {
                "ours_cpu_us": rounded(self.median(0, "cpu_us")),
                "peer_cpu_us": rounded(self.median(1, "cpu_us")),
                "cpu_ratio": rounded(self.ratio("cpu_us", inverse=True)),
            }
        return line | more


def meets(ratio: float, goal: str) -> bool:
    bound = float(goal.split()[-1])
    return ratio >= bound if goal.startswith("≥") else ratio <= bound


def rounded(number: float) -> float:
    return float(f"{number:.4g}")
