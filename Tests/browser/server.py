# SPDX-License-Identifier: AGPL-3.0-or-later
"""A running `vecinos serve`, and what a program may ask of it."""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.parse
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("VECINOS_BINARY", ROOT / ".build/debug/vecinos")).resolve()
ENVIRONMENT = {
    # A binary that was copied away still finds the pack and the static files of this tree.
    "VECINOS_CONTENT": str(ROOT / "content"),
    "VECINOS_STATIC": str(ROOT / "Sources/Web/Static"),
    # All tests come from one address.
    "VECINOS_RATE_LIMITS": "off",
    **os.environ,
}
READY_WITHIN = 60


class Answer:
    """What the server said: status, headers, bytes."""

    def __init__(self, response: http.client.HTTPResponse):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


class Server:
    """One process on one data folder. `people` are the demonstration's: [{"login", "handle", "roles"}, …]."""

    def __init__(self, data: pathlib.Path, made: dict, *flags: str, before=None, more: dict | None = None):
        self.data, self.flags, self.before = data, flags, before
        # Settings of this one alone.
        self.more = more or {}
        self.passphrase: str = made["passphrase"]
        self.people: list[dict] = made["people"]
        self.code: str = made["reporter_code"]
        self.log = data.with_suffix(".log")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        """Returns when the server is ready; its log is the message when it isn't."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [BINARY, "serve", "--data", self.data, "--port", str(self.port), *self.flags],
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={"VECINOS_ADDRESS": self.url, **ENVIRONMENT, **self.more},
                preexec_fn=self.before,
            )
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            assert self.process.poll() is None, self.words()
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.ask("GET", "/healthz", timeout=2).status == 200:
                    return self
            time.sleep(0.05)
        raise AssertionError(f"the server did not get ready:\n{self.words()}")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def words(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-4000:]

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict | None = None, timeout=30) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def form(self, path: str, fields, headers: dict | None = None) -> Answer:
        return self.ask(
            "POST",
            path,
            urllib.parse.urlencode(fields).encode(),
            {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})},
        )

    def api(self, method: str, path: str, body=None, headers: dict | None = None, timeout=30) -> Answer:
        data = None if body is None else json.dumps(body).encode()
        return self.ask(method, path, data, {"Content-Type": "application/json", **(headers or {})}, timeout=timeout)

    def report(self, words: str, where: str, kind="vehicles", language="en", key: str | None = None, timeout=30) -> str:
        """Files a report and gives its code."""
        answer = self.api(
            "POST",
            "/api/v1/reports",
            {"kind": kind, "words": words, "where": {"text": where}, "language": language},
            {"Idempotency-Key": key or uuid.uuid4().hex},
            timeout=timeout,
        )
        assert answer.status == 201, answer.text
        return answer.json()["code"]

    def stood_there(self, incident: str, who: str = "joao") -> str:
        """A verifier was sent there and said "I am here": the assignment a finding from the scene names. Straight into the
        database, where a test is about something else than how they went."""
        dispatch, assignment, now = str(uuid.uuid4()), str(uuid.uuid4()), int(time.time() * 1_000)
        handle = next(person["handle"] for person in self.people if person["login"] == who)
        with contextlib.closing(sqlite3.connect(self.data / "vecinos.db", timeout=30)) as database, database:
            (person,) = database.execute("SELECT id FROM people WHERE handle = ?", (handle,)).fetchone()
            database.execute(
                "INSERT INTO dispatches (id, incident, role, wanted, state, opened_by, opened_at) VALUES (?, ?, 'verifier', 1, 'stopped', ?, ?)",
                (dispatch, incident, person, now),
            )
            database.execute(
                "INSERT INTO assignments (id, dispatch, incident, person, role, state, wave, why, offered_at, expires_at, answered_at,"
                " arrived_at, ended_at) VALUES (?, ?, ?, ?, 'verifier', 'done', 1, '[]', ?, ?, ?, ?, ?)",
                (assignment, dispatch, incident, person, now, now, now, now, now),
            )
        return assignment

    @contextlib.contextmanager
    def frozen(self):
        """For as long as the block lasts it takes connections, and says nothing on any."""
        os.kill(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.process.pid, signal.SIGCONT)

    def lookup(self, code: str) -> Answer:
        return self.api("POST", "/api/v1/reports/lookup", {"code": code})


def found(data: pathlib.Path, more: dict | None = None) -> dict:
    """Fills a data folder with the demonstration's coalition; gives its names and passphrase."""
    done = subprocess.run(
        [BINARY, "demo", "--data", data, "--json"],
        capture_output=True, text=True, timeout=180, env={**ENVIRONMENT, **(more or {})},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout[done.stdout.index("{") :])


@contextlib.contextmanager
def serving(data: pathlib.Path, made: dict, *flags: str, before=None, more: dict | None = None):
    """A server for as long as the block lasts; fails when it died meanwhile."""
    server = Server(data, made, *flags, before=before, more=more).start()
    try:
        yield server
        assert server.is_alive(), f"the server died during the tests:\n{server.words()}"
    finally:
        server.stop()
