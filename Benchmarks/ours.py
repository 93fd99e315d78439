# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our side: where the binary is, how it is started for a measurement, and what it is asked."""

import json
import os
import pathlib
import sqlite3
import subprocess
import time

from harness import ROOT, Bench, Server, Wrong, free_port

BINARY = pathlib.Path(os.environ.get("VECINOS_BINARY", ROOT / ".build/release/vecinos")).resolve()
# Every connection of a load comes from one address, which the limits would rightly slow down.
ENVIRONMENT = {"VECINOS_RATE_LIMITS": "off"}

READY = "/healthz"
CACHED_PAGE = "/rights"
FRESH_PAGE = "/report"
FRESH_HEADERS = ("Cache-Control: no-cache",)
REPORTS = "/api/v1/reports"
LOOKUP = "/api/v1/reports/lookup"
REPORT_TABLE = "reports"


def start(
    bench: Bench, data: pathlib.Path | None = None, flags: tuple = (), limits=None, port: int | None = None, environment: dict | None = None
) -> Server:
    port = port or free_port()
    data = data or bench.folder / "ours"
    return bench.start(
        "vecinos", [BINARY, "serve", "--data", data, "--port", port, *flags], port, READY, ENVIRONMENT | (environment or {}), limits
    )


def start_unsealed(bench: Bench, data: pathlib.Path | None = None) -> Server:
    """The server without the sealing, which only `vecinos bench` can start: for peers that seal nothing."""
    port = free_port()
    return bench.start(
        "vecinos-unsealed",
        [BINARY, "bench", "unsealed", "--data", data or bench.folder / "ours", "--port", port],
        port,
        READY,
        ENVIRONMENT,
    )


def demo(data: pathlib.Path) -> dict:
    """Fills a data folder with the demonstration; returns what `vecinos demo --json` prints."""
    done = subprocess.run([BINARY, "demo", "--data", data, "--json"], capture_output=True, text=True, timeout=120)
    start_of_json = done.stdout.find("{")
    if done.returncode or start_of_json < 0:
        raise Wrong(f"vecinos demo --json failed: {done.stderr or done.stdout}")
    return json.loads(done.stdout[start_of_json:])


def is_sqlite(path: pathlib.Path) -> bool:
    with path.open("rb") as file:
        return file.read(15) == b"SQLite format 3"


def rows(data: pathlib.Path, table: str = REPORT_TABLE) -> int:
    """Counts a table in a database file or data folder, to compare what was acknowledged with what is there."""
    for path in [data] if data.is_file() else sorted(data.rglob("*")):
        if path.is_file() and is_sqlite(path):
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
                if database.execute(
                    "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
                ).fetchone():
                    return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    raise Wrong(f"no table {table} under {data}")


def report_body(
    number: int, words: str | None = None, latitude: float | None = None, longitude: float | None = None
) -> bytes:
    """A valid report; each number gives other words and another place."""
    return json.dumps(
        {
            "kind": "vehicles",
            "words": words or f"Two vans and four people at the corner, number {number}.",
            "where": {
                "latitude": latitude if latitude is not None else 33.90 + number * 7919 % 20000 / 100000,
                "longitude": longitude if longitude is not None else -118.40 + number * 104729 % 20000 / 100000,
            },
            "seen_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "language": "en",
        }
    ).encode()


def login(made: dict, role: str) -> str:
    """The sign-in name of somebody with that role in {"passphrase": …, "people": [{"login": …, "roles": […]}]}."""
    for person in made["people"]:
        if role in person["roles"]:
            return person["login"]
    raise Wrong(f"the demonstration has nobody with the role {role}")
