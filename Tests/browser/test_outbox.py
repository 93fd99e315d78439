# SPDX-License-Identifier: AGPL-3.0-or-later
"""An alert to many by the real program: killed in the middle, stopped by some in four languages, carried by a provider
that answers slowly, with errors, or never. The subscribers are nobody: `vecinos bench audience` makes them up. Killed in
the middle on PostgreSQL too, where VECINOS_TEST_POSTGRES names a server (bin/test starts one)."""

import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import uuid

import psycopg
import psycopg.rows
import pytest
from member import Member
from server import BINARY, ENVIRONMENT, Server, found

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "standins"))
from providers import Providers, twilio_signature  # noqa: E402

PATIENCE = 240


class Trial:
    """A server with a bulletin to so many, and the provider that it goes through."""

    def __init__(self, founded, folder: pathlib.Path, providers: Providers, count: int, rate: float, postgres: str = ""):
        self.providers, self.count, self.data, self.postgres = providers, count, folder / "data", postgres
        more = {"VECINOS_POSTGRES": postgres} if postgres else {}
        if postgres:
            made = found(self.data, more)
        else:
            made = founded[1]
            shutil.copytree(founded[0], self.data)
        command = [BINARY, "bench", "audience", "--data", self.data, "--count", str(count)]
        command += ["--provider", providers.url, "--rate", str(rate)]
        subprocess.run(command, check=True, capture_output=True, env={**ENVIRONMENT, **more}, timeout=PATIENCE)
        self.server = Server(self.data, made, more=more)

    def until(self, enough):
        until = time.monotonic() + PATIENCE
        while not enough():
            assert time.monotonic() < until, f"{len(self.taken)} taken, {self.run}\n{self.server.words()}"
            time.sleep(0.05)

    def to_the_end(self):
        self.until(lambda: self.run["state"] == "sent")
        assert self.server.is_alive(), self.server.words()

    @property
    def taken(self) -> list[dict]:
        return self.providers.texts()

    @property
    def reached(self) -> set[str]:
        return {one["to"] for one in self.taken}

    RUN = (
        "SELECT b.state, r.total, r.sent, r.failed, r.stopped, r.twice, r.lease FROM bulletins b"
        " LEFT JOIN bulletin_runs r ON r.bulletin = b.number"
    )

    @property
    def run(self) -> dict:
        if self.postgres:
            return self.ask(self.RUN)
        with sqlite3.connect(f"file:{self.data}/vecinos.db?mode=ro", uri=True) as database:
            database.row_factory = sqlite3.Row
            return dict(database.execute(self.RUN).fetchone())

    def ask(self, sql: str) -> dict:
        """PostgreSQL, from outside."""
        with psycopg.connect(self.postgres, autocommit=True, row_factory=psycopg.rows.dict_row) as database:
            answer = database.execute(sql)
            return (answer.fetchone() or {}) if answer.description else {}

    def keys(self) -> dict[str, list[str]]:
        """Those each telephone got a message with."""
        found: dict[str, list[str]] = {}
        for one in self.taken:
            found.setdefault(one["to"], []).append(one["key"])
        return found


@pytest.fixture
def trial(founded, tmp_path):
    trials = []

    def begin(count: int, rate: float, postgres: str = "") -> Trial:
        providers = Providers().__enter__()
        one = Trial(founded, tmp_path, providers, count, rate, postgres)
        trials.append(one)
        return one

    yield begin
    for one in trials:
        one.server.stop()
        one.providers.__exit__()


@pytest.fixture
def postgres():
    """An empty database of its own."""
    address = os.environ.get("VECINOS_TEST_POSTGRES")
    if not address:
        pytest.skip("VECINOS_TEST_POSTGRES names no server: see bin/test")
    name = f"kill_{uuid.uuid4().hex}"
    with psycopg.connect(address, autocommit=True) as database:
        database.execute(f"CREATE DATABASE {name}")
        yield address.rpartition("/")[0] + f"/{name}"
        database.execute(f"DROP DATABASE {name} WITH (FORCE)")


def telephone(number: int) -> str:
    return f"+999{number:09d}"


def last(count: int) -> list[int]:
    """Those whose turn comes last: they care for one place, and for the farthest (`Subscriber.makeUp`)."""
    return sorted((n for n in range(count) if n % 3), key=lambda n: n * 7919 % 10_007)[-4:]


def killed_in_the_middle(one: Trial, meanwhile=lambda: None):
    # So slow that a batch is in hand for a while.
    one.providers.delay = 0.2
    one.server.start()
    one.until(lambda: len(one.taken) >= one.count * 3 // 10 and one.run["lease"])
    one.server.kill()
    one.providers.delay = 0
    before = len(one.taken)
    meanwhile()
    one.server.start()
    one.to_the_end()
    assert one.reached == {telephone(number) for number in range(one.count)}
    assert before < one.count and one.run["sent"] == one.run["total"] == one.count
    again = {to: keys for to, keys in one.keys().items() if len(keys) > 1}
    assert all(len(set(keys)) == 1 and keys[0] for keys in again.values()), "another key: a provider can't know it"
    assert len(again) <= one.run["twice"] <= 100, "at most a second's worth"
    # All of those that may have it twice are listed, by the key that the provider got with both.
    ruth = Member(one.server, "ruth")
    page = ruth.get("/settings/channels/twice").text
    link = re.search(r'href="([^"]+\?run=\d+\.sms)"', page)
    listed = set(re.findall(r"<code>([0-9a-f]{32})</code>", ruth.get(link[1]).text)) if link else set()
    assert len(listed) == one.run["twice"]
    assert {keys[0] for keys in again.values()} <= listed


def test_killed_in_the_middle_nobody_is_lost_and_who_may_have_it_twice_is_listed(trial):
    killed_in_the_middle(trial(400, 100))


def test_killed_in_the_middle_on_postgresql_the_same(trial, postgres):
    one = trial(200, 50, postgres)

    def a_minute_passes():
        # Other nodes may be at work: what the killed one had in hand is nobody's only when its lease is over.
        one.ask("UPDATE bulletin_runs SET leased_until = leased_until - 61000 WHERE lease IS NOT NULL")
        one.ask("UPDATE outbox SET leased_until = leased_until - 61000 WHERE leased_until IS NOT NULL")
        one.ask("UPDATE jobs SET leased_until = leased_until - 61000 WHERE leased_until IS NOT NULL")

    killed_in_the_middle(one, a_minute_passes)


def test_stop_in_four_languages_in_the_middle_is_heard(trial):
    one = trial(300, 25)
    one.server.start()
    one.until(lambda: len(one.taken) >= 20)
    tired = last(300)
    url = f"{one.server.url}/hooks/sms/twilio"
    for number, word in zip(tired, ["STOP", "PARAR", "停止", "dừng"]):
        fields = {"MessageSid": f"SM{uuid.uuid4().hex}", "From": telephone(number), "To": one.providers.number, "Body": word}
        # Twilio tells it twice when the first answer got lost.
        for _ in range(2):
            proof = {"X-Twilio-Signature": twilio_signature(one.providers.token, url, fields)}
            assert one.server.form("/hooks/sms/twilio", fields, proof).status == 200
    one.to_the_end()
    told = [text for text in one.taken if text["text"].startswith(("Exercise", "Simulacro"))]
    assert {text["to"] for text in told} == {telephone(n) for n in range(300)} - {telephone(n) for n in tired}
    assert (one.run["sent"], one.run["stopped"]) == (296, 4)


def test_a_provider_with_errors_slow_and_without_an_answer_loses_nobody(trial):
    one = trial(120, 2_000)
    # Nothing at all is taken at first: nobody's tries are used up by that.
    one.providers.say(*[503] * 26)
    one.server.start()
    one.until(lambda: not one.providers.next)
    one.providers.delay, one.providers.mute = 0.2, 3
    one.to_the_end()
    run = one.run
    assert one.reached == {telephone(number) for number in range(120)}
    assert (run["sent"], run["failed"]) == (120, 0)
    again = [keys for keys in one.keys().values() if len(keys) > 1]
    assert all(len(set(keys)) == 1 for keys in again)
    assert len(again) <= 3
