# SPDX-License-Identifier: AGPL-3.0-or-later
"""An alert to many by the real program: killed in the middle, stopped by some in four languages, carried by a provider
that answers slowly, with errors, or never. The subscribers are nobody: `vecinos bench audience` makes them up."""

import pathlib
import shutil
import sqlite3
import subprocess
import sys
import time
import uuid

import pytest
from server import BINARY, ENVIRONMENT, Server

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "standins"))
from providers import Providers, twilio_signature  # noqa: E402

PATIENCE = 240


class Trial:
    """A server with a bulletin to so many, and the provider that it goes through."""

    def __init__(self, founded, folder: pathlib.Path, providers: Providers, count: int, rate: float):
        self.providers, self.count, self.data = providers, count, folder / "data"
        shutil.copytree(founded[0], self.data)
        command = [BINARY, "bench", "audience", "--data", self.data, "--count", str(count)]
        command += ["--provider", providers.url, "--rate", str(rate)]
        subprocess.run(command, check=True, capture_output=True, env=ENVIRONMENT, timeout=PATIENCE)
        self.server = Server(self.data, founded[1])

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

    @property
    def run(self) -> dict:
        with sqlite3.connect(f"file:{self.data}/vecinos.db?mode=ro", uri=True) as database:
            database.row_factory = sqlite3.Row
            row = database.execute(
                "SELECT b.state, r.total, r.sent, r.failed, r.stopped, r.twice FROM bulletins b"
                " LEFT JOIN bulletin_runs r ON r.bulletin = b.number"
            ).fetchone()
            return dict(row)

    def keys(self) -> dict[str, list[str]]:
        """Those each telephone got a message with."""
        found: dict[str, list[str]] = {}
        for one in self.taken:
            found.setdefault(one["to"], []).append(one["key"])
        return found


@pytest.fixture
def trial(founded, tmp_path):
    trials = []

    def begin(count: int, rate: float) -> Trial:
        providers = Providers().__enter__()
        one = Trial(founded, tmp_path, providers, count, rate)
        trials.append(one)
        return one

    yield begin
    for one in trials:
        one.server.stop()
        one.providers.__exit__()


def telephone(number: int) -> str:
    return f"+999{number:09d}"


def last(count: int) -> list[int]:
    """Those whose turn comes last: they care for one place, and for the farthest (`Subscriber.makeUp`)."""
    return sorted((n for n in range(count) if n % 3), key=lambda n: n * 7919 % 10_007)[-4:]


def test_killed_in_the_middle_nobody_is_lost_and_who_may_have_it_twice_is_listed(trial):
    one = trial(400, 100)
    one.server.start()
    one.until(lambda: len(one.taken) >= 120)
    one.server.kill()
    before = len(one.taken)
    one.server.start()
    one.to_the_end()
    assert one.reached == {telephone(number) for number in range(400)}
    assert before < 400 and one.run["sent"] == one.run["total"] == 400
    again = {to: keys for to, keys in one.keys().items() if len(keys) > 1}
    assert all(len(set(keys)) == 1 and keys[0] for keys in again.values()), "another key: a provider can't know it"
    assert len(again) <= one.run["twice"] <= 100, "at most a second's worth"


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
    one.providers.say(*[503] * 140)
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
