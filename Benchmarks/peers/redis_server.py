# SPDX-License-Identifier: AGPL-3.0-or-later
"""Redis that writes and fsyncs every command before it answers, loaded by its own benchmark."""

import re
import subprocess

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
