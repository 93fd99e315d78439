# SPDX-License-Identifier: AGPL-3.0-or-later
"""Redis that writes and fsyncs every command before it answers, loaded by its own benchmark."""

import re
import subprocess
import sys
import time

import redis
from harness import CONNECTIONS, Bench, Server, Wrong, free_port


def start(bench: Bench) -> Server:
    port = free_port()
    folder = bench.folder / "redis"
    folder.mkdir()
    return bench.start(
        "redis",
        [
            "redis-server",
            "--port",
            port,
            "--bind",
            "127.0.0.1",
            "--dir",
            folder,
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
        ],
        port,
    )


def ask(server: Server, *command: str) -> str:
    return subprocess.run(
        ["redis-cli", "-p", str(server.port), *command], capture_output=True, text=True, check=True, timeout=30
    ).stdout.strip()


def add(server: Server, requests: int) -> dict:
    """`requests` XADDs of a report's words and place over CONNECTIONS connections; every one is checked to be there."""
    before, there = server.cpu_seconds(), int(ask(server, "XLEN", "reports"))
    done = subprocess.run(
        [
            "redis-benchmark",
            "-p",
            str(server.port),
            "-n",
            str(requests),
            "-c",
            str(CONNECTIONS),
            "-q",
            "-r",
            "100000000",
            "XADD",
            "reports",
            "*",
            "words",
            "Two vans and four people near Main and 5th, number __rand_int__.",
            "lat",
            "34.05",
            "lon",
            "-118.24",
            "kind",
            "vehicles",
            "key",
            "run-__rand_int__",
        ],
        capture_output=True,
        text=True,
        timeout=180,
    )
    found = re.findall(r"([0-9.]+) requests per second", done.stdout)
    added = int(ask(server, "XLEN", "reports")) - there
    if not found or added != requests:
        raise Wrong(f"redis holds {added} new entries of {requests}: {done.stdout[-300:]}{done.stderr}")
    return {"rate": float(found[-1]), "cpu_us": (server.cpu_seconds() - before) * 1e6 / requests, "requests": requests}


class Geo:
    """A million helpers in Redis the quickest way it has: one geo key for each pair of skill and language; a second skill,
    the hour and who is free are looked up by the client, as Redis can't filter. The client's time does not count."""

    def __init__(self, bench: Bench, helpers):
        port = free_port()
        folder = bench.folder / "redis-geo"
        folder.mkdir()
        command = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"]
        self.server = bench.start("redis-geo", command, port)
        self.empty = self.server.memory()["rss"]
        self.client = redis.Redis(port=port)
        weeks: dict[str, int] = {}
        # Of each helper: the hours in which they may be asked, none for who rests, and the skills.
        self.helpers: list[tuple[int, tuple[str, ...]]] = []
        self.sizes: dict[str, int] = {}
        pipe = self.client.pipeline(transaction=False)
        keys: dict[str, list] = {}
        for line in open(helpers, encoding="utf-8"):
            number, latitude, longitude, skills, languages, hours, capacity = line.rstrip("\n").split("\t")
            week = weeks.setdefault(hours, int.from_bytes(bytes.fromhex(hours), "little"))
            held = tuple(map(sys.intern, skills.split(","))) if skills else ()
            self.helpers.append((week if capacity != "0" else 0, held))
            for skill in held:
                for language in languages.split(",") if languages else []:
                    keys.setdefault(f"{skill}:{language}", []).extend((longitude, latitude, number))
        for key, members in keys.items():
            self.sizes[key] = len(members) // 3
            for start in range(0, len(members), 3_000):
                pipe.execute_command("GEOADD", key, *members[start : start + 3_000])
                if len(pipe) >= 20:
                    pipe.execute()
        pipe.execute()

    def nearest(self, need) -> list[int]:
        """The ten nearest who are free: the circle grows, and the count, until ten are in it. Of two skills the rarer is
        asked for."""
        key = min((f"{skill}:{need.language}" for skill in need.skills), key=lambda key: self.sizes.get(key, 0))
        kilometres, count = 1.0, 64
        while True:
            found = self.client.execute_command(
                "GEOSEARCH", key, "FROMLONLAT", need.longitude, need.latitude, "BYRADIUS", kilometres, "km", "ASC", "COUNT", count
            )
            able = [number for number in map(int, found) if self.can(number, need)]
            if len(able) >= 10 or (kilometres > 200 and len(found) < count):
                return able[:10]
            if len(found) == count:
                count *= 4
            else:
                kilometres *= 3

    def can(self, number: int, need) -> bool:
        week, held = self.helpers[number]
        return bool(week >> need.hour & 1) and all(skill in held for skill in need.skills)

    def load(self, needs) -> dict:
        before, began = self.server.cpu_seconds(), time.perf_counter()
        for need in needs:
            self.nearest(need)
        cpu, many = self.server.cpu_seconds() - before, len(needs)
        return {"per_cpu_second": many / max(cpu, 1e-9), "cpu_us": cpu * 1e6 / many, "wall": time.perf_counter() - began}

    def memory(self) -> dict:
        return {"value": self.server.memory()["rss"] - self.empty}

    def check(self, needs) -> int:
        """Redis rounds places to a geohash and measures on a sphere: nearly every answer must be the same set."""
        same = sum(set(self.nearest(need)) == set(need.answer) for need in needs)
        if same < 0.9 * len(needs):
            raise Wrong(f"Redis and we agree on {same} of {len(needs)} needs only")
        return same
