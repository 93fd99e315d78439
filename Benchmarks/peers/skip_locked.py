# SPDX-License-Identifier: AGPL-3.0-or-later
"""PostgreSQL as a queue: a row for each (alert, subscriber), claimed with SKIP LOCKED and acknowledged, 500 at a time.

The loop is a procedure inside the database that commits after each claim and each acknowledgement: no client, no wire."""

import os
import pathlib
import shutil
import subprocess
import time

import psycopg
from harness import Bench, Wrong, free_port

BIN = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))

SCHEMA = """
CREATE TABLE subscriber (number bigint PRIMARY KEY, address bytea NOT NULL, language text NOT NULL);
CREATE TABLE delivery (
    alert bigint NOT NULL, subscriber bigint NOT NULL, state smallint NOT NULL DEFAULT 0, claimed timestamptz,
    PRIMARY KEY (alert, subscriber));
CREATE INDEX delivery_waiting ON delivery (alert, subscriber) WHERE state = 0;
CREATE PROCEDURE drain(wanted bigint) LANGUAGE plpgsql AS $$
DECLARE numbers bigint[]; addresses bytea[];
BEGIN
    LOOP
        WITH chosen AS (
            SELECT alert, subscriber FROM delivery WHERE state = 0 AND alert = wanted
            ORDER BY alert, subscriber LIMIT 500 FOR UPDATE SKIP LOCKED
        ), taken AS (
            UPDATE delivery d SET state = 1, claimed = now() FROM chosen c
            WHERE d.alert = c.alert AND d.subscriber = c.subscriber RETURNING d.subscriber
        )
        SELECT array_agg(s.number), array_agg(s.address) INTO numbers, addresses
        FROM taken t JOIN subscriber s ON s.number = t.subscriber;
        EXIT WHEN numbers IS NULL;
        COMMIT;
        UPDATE delivery SET state = 2 WHERE alert = wanted AND subscriber = ANY (numbers);
        COMMIT;
    END LOOP;
END $$;
"""


def start(bench: Bench, subscribers: int) -> "Queue":
    if not BIN:
        raise Wrong("PostgreSQL is not installed; bin/setup --bench installs it")
    data = bench.folder / "queue"
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    os.chmod(bench.folder, 0o755)
    data.mkdir()
    if as_postgres:
        shutil.chown(data, "postgres")
    subprocess.run(
        [*as_postgres, BIN[-1] / "initdb", "-D", data, "-A", "trust", "-U", "bench"], check=True, capture_output=True
    )
    port = free_port()
    command = [BIN[-1] / "postgres", "-D", data, "-p", port, "-k", data, "-c", "listen_addresses=127.0.0.1"]
    command += ["-c", "shared_buffers=512MB", "-c", "max_wal_size=4GB"]
    return Queue(bench.start("postgres", [*as_postgres, *command], port), port, subscribers)


class Queue:
    def __init__(self, server, port: int, subscribers: int):
        self.server, self.subscribers, self.alert = server, subscribers, 0
        for _ in range(50):
            try:
                self.connection = psycopg.connect(
                    host="127.0.0.1", port=port, user="bench", dbname="postgres", autocommit=True
                )
                break
            except psycopg.OperationalError:
                time.sleep(0.2)
        self.connection.execute(SCHEMA)
        self.connection.execute(
            "INSERT INTO subscriber SELECT n, decode(md5(n::text) || md5(n::text), 'hex'), 'es'"
            " FROM generate_series(1, %s) n",
            (subscribers,),
        )

    def load(self) -> dict:
        """One alert to all of them; only the draining is timed."""
        run = self.connection.execute
        self.alert += 1
        run("INSERT INTO delivery (alert, subscriber) SELECT %s, number FROM subscriber", (self.alert,))
        run("VACUUM ANALYZE delivery")
        run("CHECKPOINT")
        before, began = self.server.cpu_seconds(), time.perf_counter()
        run("CALL drain(%s)", (self.alert,))
        seconds, cpu = time.perf_counter() - began, self.server.cpu_seconds() - before
        done = run("SELECT count(*) FROM delivery WHERE alert = %s AND state = 2", (self.alert,)).fetchone()[0]
        if done != self.subscribers:
            raise Wrong(f"PostgreSQL drained {done} of {self.subscribers}")
        run("TRUNCATE delivery")
        return {"rate": done / seconds, "cpu_us": cpu * 1e6 / done}
