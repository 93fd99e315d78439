# SPDX-License-Identifier: AGPL-3.0-or-later
"""A million helpers in PostGIS with the index that serves this best: gist over the place and an array of tags; the hours
of the week are a string of 168 bits."""

import functools
import os
import pathlib
import shutil
import subprocess
import time

import psycopg
from harness import Bench, Wrong, free_port

BIN = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))


def start(bench: Bench, helpers) -> "PostGIS":
    if not BIN:
        raise Wrong("PostgreSQL is not installed; bin/setup --bench installs it")
    data = bench.folder / "postgis"
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    os.chmod(bench.folder, 0o755)
    data.mkdir()
    if as_postgres:
        shutil.chown(data, "postgres")
    subprocess.run([*as_postgres, BIN[-1] / "initdb", "-D", data, "-A", "trust", "-U", "bench"], check=True, capture_output=True)
    port = free_port()
    server = bench.start(
        "postgis",
        [*as_postgres, BIN[-1] / "postgres", "-D", data, "-p", port, "-k", data, "-c", "listen_addresses=127.0.0.1",
         "-c", "shared_preload_libraries=pg_stat_statements", "-c", "shared_buffers=1GB", "-c", "work_mem=64MB", "-c", "fsync=off"],
        port,
    )
    return PostGIS(server, port, helpers)


class PostGIS:
    def __init__(self, server, port, helpers):
        self.server = server
        for attempt in range(50):
            try:
                self.connection = psycopg.connect(host="127.0.0.1", port=port, user="bench", dbname="postgres", autocommit=True)
                break
            except psycopg.OperationalError:
                time.sleep(0.2)
        run = self.connection.execute
        run("CREATE EXTENSION postgis")
        run("CREATE EXTENSION intarray")
        run("CREATE EXTENSION pg_stat_statements")
        run("CREATE TABLE helper (id int, g geometry(Point), tags int[], shift bit(168), capacity int)")
        self.tags: dict[str, int] = {}
        with self.connection.cursor().copy("COPY helper FROM STDIN") as copy:
            for line in open(helpers, encoding="utf-8"):
                number, latitude, longitude, skills, languages, hours, capacity = line.rstrip("\n").split("\t")
                names = [*(skills.split(",") if skills else []), *(f"l:{one}" for one in languages.split(",") if one)]
                tags = [self.tags.setdefault(name, len(self.tags) + 1) for name in names]
                # East shrunk by the cosine of the county's latitude: planar order is then ours.
                place = f"POINT({float(longitude) * 0.8274} {latitude})"
                copy.write_row((number, place, "{" + ",".join(map(str, tags)) + "}", bits(hours), capacity))
        run("CREATE INDEX ON helper USING gist (g, tags gist__int_ops)")
        run("ANALYZE helper")
        run("SET enable_seqscan = off")

    def nearest(self, need) -> list[int]:
        tags = [self.tags.get(name, 0) for name in (*need.skills, f"l:{need.language}")]
        found = self.connection.execute(
            "SELECT id FROM helper WHERE tags @> %s::int[] AND capacity > 0 AND get_bit(shift, %s) = 1"
            " ORDER BY g <-> ST_MakePoint(%s, %s) LIMIT 10",
            (tags, need.hour, need.longitude * 0.8274, need.latitude),
            prepare=True,
        )
        return [row[0] for row in found]

    def load(self, needs) -> dict:
        """CPU of the server, all of it; beside it the mean time that the server itself gives for a statement."""
        self.connection.execute("SELECT pg_stat_statements_reset()")
        before = self.server.cpu_seconds()
        for need in needs:
            self.nearest(need)
        cpu = self.server.cpu_seconds() - before
        statements = "SELECT sum(total_exec_time), sum(calls) FROM pg_stat_statements WHERE query LIKE 'SELECT id FROM helper%'"
        milliseconds, calls = self.connection.execute(statements).fetchone()
        if calls != len(needs):
            raise Wrong(f"PostGIS counted {calls} statements of {len(needs)}")
        return {
            "per_cpu_second": len(needs) / max(cpu, 1e-9),
            "cpu_us": cpu * 1e6 / len(needs),
            "exec_us": milliseconds * 1e3 / len(needs),
        }

    def check(self, needs) -> int:
        """The same people. The plane they are measured on is ours nearly, not exactly: one in ten may differ."""
        same = sum(set(self.nearest(need)) == set(need.answer) for need in needs)
        if same < 0.9 * len(needs):
            raise Wrong(f"PostGIS and we agree on {same} of {len(needs)} needs only")
        return same


@functools.cache
def bits(hours: str) -> str:
    """Sunday's first hour first, as `get_bit` counts."""
    return format(int.from_bytes(bytes.fromhex(hours), "little"), "0168b")[::-1]
