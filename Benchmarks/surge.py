# SPDX-License-Identifier: AGPL-3.0-or-later
"""A surge: reports by HTTP at a fixed rate with many boards open, and the report page read all the while.

    .venv/bin/python -B Benchmarks/surge.py [--minutes 10] [--rate 600] [--boards 50] [--json]

Open loop: each request is timed from the moment at which it was meant to be sent. Afterwards every report that was
acknowledged must be in the database, and every board must have been told of each; a report's delay on a board ends with
the first message that knows its event.
"""

import argparse
import http.client
import json
import os
import sqlite3
import statistics
import sys
import threading
import time
from bisect import bisect_left
from concurrent.futures import ThreadPoolExecutor

import events
import latency_board
import ours
from boards import Boards
from harness import Bench, Wrong

WORKERS = 24
GOALS = {"lost": 0, "board_p99_ms": 1_000, "page_p95_ms": 300}


class Client(threading.local):
    """One connection a thread, opened again when the server closed it."""

    connection: http.client.HTTPConnection | None = None

    def ask(self, port: int, method: str, path: str, body=None, headers=None) -> tuple[int, bytes]:
        for attempt in range(2):
            try:
                self.connection = self.connection or http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                self.connection.request(method, path, body, headers or {})
                answer = self.connection.getresponse()
                return answer.status, answer.read()
            except (http.client.HTTPException, OSError):
                self.connection = None
                if attempt:
                    raise
        raise AssertionError("unreachable")


def bodies(count: int) -> list[bytes]:
    """Reports of one great event, one raid, rumors and noise, as people write them."""
    made, _ = events.surge(11, reports=count)
    lines = []
    for number, one in enumerate(made):
        where = {} if one["latitude"] is None else {"latitude": round(one["latitude"], 6), "longitude": round(one["longitude"], 6)}
        if not where:
            where = {"text": "Boyle Heights"}
        words = one["words"] or f"They are here, number {number}"
        lines.append(json.dumps({"kind": one["kind"], "words": words, "where": where, "language": one["language"]}).encode())
    return lines


def newest_event(data) -> int:
    with sqlite3.connect(f"file:{data / 'vecinos.db'}?mode=ro", uri=True) as database:
        return database.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()[0]


def received(data, after: int) -> list[int]:
    """The events of reports, in the order in which they were stored."""
    with sqlite3.connect(f"file:{data / 'vecinos.db'}?mode=ro", uri=True) as database:
        return [row[0] for row in database.execute(
            "SELECT id FROM events WHERE id > ? AND kind IN ('incident.opened', 'incident.grew') ORDER BY id", (after,))]


def at(share: float, values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=600, help="reports a minute (600)")
    parser.add_argument("--boards", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    count, pause = int(options.minutes * options.rate), 60 / options.rate
    with Bench(1, 1, print) as bench:
        data = bench.folder / "ours"
        made = ours.demo(data)
        server = ours.start(bench, data)
        headers = latency_board.sign_in(server, ours.login(made, "dispatcher"), made["passphrase"])
        boards = Boards(server, headers, options.boards)
        bench.callback(boards.close)
        client, sent = Client(), bodies(count)
        before, cpu, memory = newest_event(data), server.cpu_seconds(), server.memory()["pss"]
        answers: list[tuple[float, float, int, str]] = []
        pages: list[float] = []
        refused: list[int] = []
        began = time.perf_counter() + 0.5
        is_over = threading.Event()

        def post(number: int) -> None:
            meant = began + number * pause
            time.sleep(max(0, meant - time.perf_counter()))
            status, answer = client.ask(server.port, "POST", ours.REPORTS, sent[number],
                                        {"Content-Type": "application/json", "Idempotency-Key": f"surge-{number}"})
            if status == 201:
                answers.append((meant, time.perf_counter(), number, json.loads(answer)["code"]))
            else:
                refused.append(status)

        def read_pages() -> None:
            number = 0
            while not is_over.is_set():
                meant = began + number * 0.25
                time.sleep(max(0, meant - time.perf_counter()))
                status, _ = client.ask(server.port, "GET", ours.FRESH_PAGE, headers={"Cache-Control": "no-cache"})
                if status == 200:
                    pages.append((time.perf_counter() - meant) * 1_000)
                number += 1

        reader = threading.Thread(target=read_pages, daemon=True)
        reader.start()
        with ThreadPoolExecutor(WORKERS) as pool:
            for _ in pool.map(post, range(count)):
                pass
        is_over.set()
        reader.join(timeout=30)
        used = server.cpu_seconds() - cpu
        stored = received(data, before)
        told = boards.wait(stored[-1] if stored else 0)
        # Reports are stored in the order in which they are answered, but for a few of one group.
        delays = []
        for board in boards.boards:
            cursors = [cursor for _, cursor in board.heard]
            for (meant, *_), event in zip(sorted(answers, key=lambda one: one[1]), stored):
                place = bisect_left(cursors, event)
                if place < len(cursors):
                    delays.append((board.heard[place][0] - meant) * 1_000)
        for *_, code in answers[:: max(1, len(answers) // 50)]:
            status, _ = server.ask("POST", ours.LOOKUP, json.dumps({"code": code}).encode(), {"Content-Type": "application/json"})
            if status != 200:
                raise Wrong(f"the code of an acknowledged report gives {status}")
        intake = [(answered - meant) * 1_000 for meant, answered, *_ in answers]
        result = {
            "reports": len(answers), "refused": len(refused), "lost": len(answers) - len(stored), "boards": options.boards,
            "all_told": told, "boards_open": sum(board.is_open for board in boards.boards),
            "board_p50_ms": round(at(0.5, delays), 1), "board_p99_ms": round(at(0.99, delays), 1), "board_max_ms": round(max(delays, default=float("nan")), 1),
            "intake_p50_ms": round(at(0.5, intake), 1), "intake_p99_ms": round(at(0.99, intake), 1),
            "page_p50_ms": round(at(0.5, pages), 1), "page_p95_ms": round(at(0.95, pages), 1), "pages": len(pages),
            "cpu_ms_a_report": round(used * 1_000 / max(1, len(answers)), 2),
            "cpu_share": round(used / (count * pause), 2),
            "bytes_a_board_and_report": round(statistics.mean(board.received for board in boards.boards) / max(1, len(answers))),
            "memory_mib": [round(memory, 1), round(server.memory()["pss"], 1)], "load": round(os.getloadavg()[0], 1),
        }
        print(json.dumps(result) if options.json else "\n".join(f"{key:26} {value}" for key, value in result.items()))
        good = (told and not refused and result["lost"] == 0 and result["boards_open"] == options.boards
                and result["board_p99_ms"] < GOALS["board_p99_ms"] and result["page_p95_ms"] < GOALS["page_p95_ms"])
        return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
