# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the figures share: a demonstration to copy, servers, rows counted from outside, searches of a disk."""

import base64
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import uuid

import ahocorasick
from server import BINARY, ENVIRONMENT, ROOT, Answer, Server, found, serving

REPORTS = "/api/v1/reports"

__all__ = ["ROOT", "BINARY", "ENVIRONMENT", "Answer", "Server", "serving"]


def found_once(folder: pathlib.Path):
    folder.mkdir()
    made = found(folder / "data")
    (folder / "made.json").write_text(json.dumps(made))


def demonstration(work: pathlib.Path, name="data") -> tuple[pathlib.Path, dict]:
    """A fresh copy of the invented coalition, and what `vecinos demo --json` printed about it."""
    founded = pathlib.Path(os.environ["ASSURE_FOUNDED"])
    shutil.copytree(founded / "data", work / name)
    return work / name, json.loads((founded / "made.json").read_text())


def command(*arguments, env: dict | None = None, timeout=120) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(BINARY), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**ENVIRONMENT, **(env or {})},
        stdin=subprocess.DEVNULL,
    )


@contextlib.contextmanager
def environment(**variables: str):
    """The server's environment for a while; it is the same dictionary that Tests/browser uses."""
    before = dict(ENVIRONMENT)
    ENVIRONMENT.update(variables)
    try:
        yield
    finally:
        ENVIRONMENT.clear()
        ENVIRONMENT.update(before)


def report_body(number: int, words: str | None = None, **more) -> bytes:
    """A valid report; each number gives other words and another place. The same number gives the same bytes."""
    return json.dumps({
        "kind": "vehicles",
        "words": words or f"Two vans and four people at the corner, number {number}.",
        "where": {"latitude": 33.90 + number * 7919 % 20000 / 100000, "longitude": -118.40 + number * 104729 % 20000 / 100000},
        "language": "en",
        **more,
    }).encode()  # fmt: skip


def post_report(server: Server, number: int, key: str, words: str | None = None, timeout=10) -> Answer | None:
    """The answer, or nothing when the server went away before it gave one."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        return server.ask("POST", REPORTS, report_body(number, words), headers, timeout=timeout)
    return None


def rows(data: pathlib.Path, table="reports") -> int:
    with contextlib.closing(sqlite3.connect(f"file:{data / 'vecinos.db'}?mode=ro", uri=True)) as database:
        return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608


def query(data: pathlib.Path, sql: str, *values) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(f"file:{data / 'vecinos.db'}?mode=ro", uri=True, timeout=10)) as database:
        return database.execute(sql, values).fetchall()


def backup(data: pathlib.Path, to: pathlib.Path):
    """As docs/operations.md says: the database in one piece, while it runs."""
    with contextlib.closing(sqlite3.connect(f"file:{data / 'vecinos.db'}", uri=True, timeout=30)) as database:
        database.execute(f"VACUUM INTO '{to}'")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def forms(text: str) -> dict[str, bytes]:
    """Every way in which a text could stand on a disk."""
    plain = text.encode()
    out = {
        "plain": plain, "lower": plain.lower(), "upper": plain.upper(), "turned": plain[::-1],
        "utf-16": text.encode("utf-16-le"), "utf-16 be": text.encode("utf-16-be"),
        "hex": plain.hex().encode(), "HEX": plain.hex().upper().encode(),
    }  # fmt: skip
    for cut in range(3):
        # What of its base64 does not depend on its neighbors, in both alphabets.
        coded = base64.b64encode(b"x" * cut + plain)[4:-4]
        out[f"base64+{cut}"] = coded
        out[f"base64url+{cut}"] = coded.replace(b"+", b"-").replace(b"/", b"_")
    return {name: needle for name, needle in out.items() if len(needle) >= 6}


def search(
    places: list[pathlib.Path], needles: dict[str, dict[str, bytes]], more: dict[str, bytes] | None = None
) -> tuple[list[str], int]:
    """What was found (which text, in which form, where), and how many bytes were looked at. `more`: what is no file."""
    # One pass for all needles (Aho and Corasick): thousands of them, over megabytes. It reads letters, so bytes are Latin-1.
    machine = ahocorasick.Automaton()
    for text, ways in needles.items():
        for way, needle in ways.items():
            machine.add_word(needle.decode("latin-1"), f"{text} ({way})")
    machine.make_automaton()
    hits, looked = [], 0

    def look(name: str, content: bytes):
        nonlocal looked
        looked += len(content)
        hits.extend(f"{what} in {name}" for what in {what for _, what in machine.iter(content.decode("latin-1"))})

    for place in places:
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            look(f"the name {path.name}", str(path.name).encode())
            if path.is_file() and not path.is_symlink():
                look(str(path), path.read_bytes())
    for name, content in (more or {}).items():
        look(name, content)
    return hits, looked


def hidden(page: str, name: str) -> str:
    match = re.search(rf'name="{name}"[^>]*? value="([^"]*)"', page)
    assert match, f"no field {name} in the page"
    return match[1]


def key() -> str:
    return uuid.uuid4().hex


def complain(*lines):
    print(*lines, file=sys.stderr, flush=True)


def wait_until(condition, seconds: float, pause=0.05) -> float | None:
    """How long it took, or nothing."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if condition():
            return time.monotonic() - began
        time.sleep(pause)
    return None
