# SPDX-License-Identifier: AGPL-3.0-or-later
"""Demonstrations with made-up subscribers, and an alert's way through their database."""

import json
import sqlite3
import subprocess

import ours
from harness import Wrong


def fill(data, count: int, *flags) -> None:
    """Adds made-up subscribers until there are `count`; with `--provider`, begins a bulletin to all of them."""
    run([ours.BINARY, "bench", "audience", "--data", data, "--count", str(count), *flags])


def fan_out(data, count: int, batch: int, rounds: int = 1) -> list[dict]:
    """An alert to all of them, chosen and drained; the program itself checks that it was everybody, once."""
    command = [ours.BINARY, "bench", "fanout", "--data", data, "--count", str(count), "--batch", str(batch)]
    lines = run([*command, "--rounds", str(rounds)]).splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def run(command: list) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=1_800)
    if done.returncode:
        raise Wrong(f"{' '.join(map(str, command[:3]))} failed: {done.stderr[-500:] or done.stdout[-500:]}")
    return done.stdout


def states(data, state: int) -> int:
    """How many (bulletin, subscriber) have this state, read from the file by other means than our own."""
    with sqlite3.connect(f"file:{data / 'vecinos.db'}?mode=ro", uri=True) as database:
        chunks = sum(
            sum(1 for byte in row[0] if byte & 0x7F == state)
            for row in database.execute("SELECT states FROM delivery_chunks")
        )
        rows = database.execute("SELECT count(*) FROM deliveries WHERE state = ?", (state,)).fetchone()[0]
        return chunks + rows
