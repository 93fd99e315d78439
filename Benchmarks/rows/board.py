# SPDX-License-Identifier: AGPL-3.0-or-later
"""One change among 5,000 open incidents to an open board, against sending the whole list again; and from 100 to 10,000."""

import http.client
import json
import time

import latency_board
import ours
from boards import Boards
from harness import Wrong
from surge import newest_event

ROW, NAME, GOAL, STRETCH = "15", "board", "≥ 50 (15), ≤ 1.5 (17)", "≥ 200"
CHANGES, WHOLE = 300, 10


class Coalition:
    """A server of its own with so many open incidents, and a dispatcher who is signed in."""

    def __init__(self, bench, incidents: int):
        self.incidents, self.data = incidents, bench.folder / f"coalition-{incidents}"
        made = ours.demo(self.data)
        self.server = ours.start(bench, self.data)
        self.headers = latency_board.sign_in(self.server, ours.login(made, "dispatcher"), made["passphrase"])
        self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        for number in range(incidents):
            self.report(number)
        status, page = self.server.get("/board", self.headers)
        if status != 200:
            raise Wrong(f"the board answered {status}")
        open_now = self.count("SELECT count(*) FROM incidents WHERE state <> 'closed' AND merged_into IS NULL")
        if not incidents * 0.9 <= open_now <= incidents * 1.1 + 50:
            raise Wrong(f"{incidents} reports made {open_now} incidents")
        self.there = open_now

    def count(self, question: str) -> int:
        import sqlite3

        with sqlite3.connect(f"file:{self.data / 'vecinos.db'}?mode=ro", uri=True) as database:
            return database.execute(question).fetchone()[0]

    def report(self, number: int) -> None:
        """Each 700 m from the next: near enough to be looked at, too far to be one."""
        row, column = divmod(number, 130)
        body = json.loads(ours.report_body(number, latitude=33.70 + row * 0.0063, longitude=-118.66 + column * 0.0076))
        self.connection.request("POST", ours.REPORTS, json.dumps(body), {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 201:
            raise Wrong(f"a report answered {answer.status}: {text[:300]!r}")

    def changes(self, first: int, boards: Boards | None) -> dict:
        """CHANGES reports that each add to another incident, one after the other; with boards, each is waited for."""
        received = sum(board.received for board in boards.boards) if boards else 0
        cpu = self.server.cpu_seconds()
        for number in range(first, first + CHANGES):
            self.report(number % self.incidents)
            if boards:
                heard = newest_event(self.data)
                if not boards.wait(heard):
                    raise Wrong("a board was not told of a change")
            else:
                time.sleep(0.045)
        used = self.server.cpu_seconds() - cpu
        told = (sum(board.received for board in boards.boards) - received) / CHANGES if boards else 0
        return {"cpu_us": used * 1e6 / CHANGES, "bytes": told}

    def whole(self) -> dict:
        """Every card of the board, as a browser that asks for all of it gets it."""
        cpu, length = self.server.cpu_seconds(), 0
        for _ in range(WHOLE):
            status, page = self.server.get("/board?show=10000", self.headers)
            length = len(page)
            cards = page.count(b'id="incident-')
            if status != 200 or cards < self.there * 0.9:
                raise Wrong(f"the whole board has {cards} cards of {self.there}")
        return {"cpu_us": (self.server.cpu_seconds() - cpu) * 1e6 / WHOLE, "bytes": length}


def run(bench):
    town = Coalition(bench, 5_000)
    first = iter(range(0, 10**9, CHANGES))

    def delta():
        boards = Boards(town.server, town.headers, 1)
        with_board = town.changes(next(first), boards)
        boards.close()
        without = town.changes(next(first), None)
        # A tick of the clock that counts CPU is ten milliseconds: less than one can't be told from nothing.
        each = max(with_board["cpu_us"] - without["cpu_us"], 10_000 / CHANGES)
        return {"cpu_us": each, "bytes": with_board["bytes"], "rate": 1e6 / each, "with_report_us": with_board["cpu_us"]}

    def whole():
        figures = town.whole()
        return {**figures, "rate": 1e6 / figures["cpu_us"]}

    rounds = bench.interleave(delta, whole)
    bytes_ratio = 1 / rounds.ratio("bytes")
    yield rounds.outcome(
        ROW, "one change of 5,000 incidents to an open board, CPU, the whole list ÷ the change", "rate", "≥ 50", "≥ 200",
        unit="a CPU second", bytes_ratio=round(bytes_ratio), change_bytes=round(rounds.median(0, "bytes")),
        with_report_us=round(rounds.median(0, "with_report_us")),
    )
    town.server.stop()
    few, many = Coalition(bench, 100), Coalition(bench, 10_000)

    def side(coalition):
        boards = Boards(coalition.server, coalition.headers, 1)
        figures = coalition.changes(next(first), boards)
        boards.close()
        cpu = coalition.server.cpu_seconds()
        for _ in range(100):
            coalition.server.get("/board", coalition.headers)
        return {**figures, "page_us": (coalition.server.cpu_seconds() - cpu) * 1e6 / 100}

    rounds = bench.interleave(lambda: side(many), lambda: side(few))
    yield rounds.outcome("17", "one change, reported and shown on an open board, among 10,000 incidents ÷ among 100", "cpu_us",
                         "≤ 1.5", unit="µs of CPU")
    yield rounds.outcome("17", "the first page of the board, of 10,000 incidents ÷ of 100 (both show a hundred a list)", "page_us",
                         "≤ 1.5", unit="µs of CPU")
