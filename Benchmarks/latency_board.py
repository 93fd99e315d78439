# SPDX-License-Identifier: AGPL-3.0-or-later
"""How long from sending a report until an open board hears of it, in milliseconds, on a quiet coalition.

    .venv/bin/python Benchmarks/latency_board.py [--reports 40] [--json]

A dispatcher of the demonstration signs in and opens /board/stream. Reports go in one at a time, far apart, and each is
timed to the next event on the stream that is not a heartbeat. The words are sealed, so nothing else could be matched.
"""

import argparse
import html.parser
import http.client
import json
import queue
import statistics
import sys
import threading
import time
import urllib.parse

import ours
from harness import Bench, Server, Wrong

STREAM = "/board/stream"
QUIET_EVENTS = {"ping", "heartbeat", "hello"}


class Hidden(html.parser.HTMLParser):
    """The hidden fields of every form on a page."""

    def __init__(self):
        super().__init__()
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag, attributes):
        field = dict(attributes)
        if tag == "input" and field.get("type") == "hidden" and field.get("name"):
            self.fields[field["name"]] = field.get("value") or ""


def cookies(answer: http.client.HTTPResponse, jar: dict[str, str]) -> None:
    for line in answer.headers.get_all("Set-Cookie") or []:
        name, _, value = line.partition(";")[0].partition("=")
        jar[name.strip()] = value.strip()


def sign_in(server: Server, login: str, passphrase: str) -> dict[str, str]:
    """The headers of a signed-in browser."""
    jar: dict[str, str] = {}

    def ask(method: str, body: str | None, headers: dict[str, str]) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        if jar:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        connection.request(method, "/sign-in", body, headers)
        answer = connection.getresponse()
        cookies(answer, jar)
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    status, page = ask("GET", None, {})
    form = Hidden()
    form.feed(page)
    time.sleep(3)  # a form has a minimum age, against robots
    status, page = ask(
        "POST",
        urllib.parse.urlencode({**form.fields, "login": login, "passphrase": passphrase}),
        {"Content-Type": "application/x-www-form-urlencoded", "Origin": server.url, "Sec-Fetch-Site": "same-origin"},
    )
    if status not in (302, 303) or not jar:
        raise Wrong(f"sign-in as {login} answered {status}")
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())}


def listen(server: Server, headers: dict[str, str], heard: queue.Queue) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    connection.request("GET", STREAM, headers={**headers, "Accept": "text/event-stream"})
    answer = connection.getresponse()
    if answer.status != 200:
        raise Wrong(f"GET {STREAM} answered {answer.status}")

    def read() -> None:
        name, data = "message", 0
        try:
            for line in answer:
                text = line.decode(errors="replace").rstrip("\r\n")
                if text.startswith("event:"):
                    name = text[6:].strip()
                elif text.startswith("data:"):
                    data += 1
                elif not text:
                    if data and name not in QUIET_EVENTS:
                        heard.put(time.perf_counter())
                    name, data = "message", 0
        except (OSError, ValueError, AttributeError):
            pass  # the connection was closed at the end

    threading.Thread(target=read, daemon=True).start()
    return connection


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with Bench(1, 1, print) as bench:
        data = bench.folder / "ours"
        made = ours.demo(data)
        server = ours.start(bench, data)
        heard: queue.Queue[float] = queue.Queue()
        stream = listen(server, sign_in(server, ours.login(made, "dispatcher"), made["passphrase"]), heard)
        times, unheard = [], 0
        for number in range(options.reports + 3):
            while True:  # until the board has been still for a moment
                try:
                    heard.get(timeout=0.3)
                except queue.Empty:
                    break
            began = time.perf_counter()
            status, body = server.ask(
                "POST", ours.REPORTS, ours.report_body(number), {"Content-Type": "application/json"}
            )
            if status != 201:
                raise Wrong(f"POST {ours.REPORTS} answered {status}: {body[:300]!r}")
            try:
                seen = heard.get(timeout=3) - began
            except queue.Empty:
                unheard += 1
                continue
            if number >= 3:  # the first ones warm up
                times.append(seen * 1000)
        stream.close()
        if len(times) < 2:
            raise Wrong(f"the board heard of {len(times)} of {options.reports} reports")
        result = {
            "reports": len(times),
            "unheard": unheard,
            "median_ms": round(statistics.median(times), 1),
            "p95_ms": round(statistics.quantiles(times, n=20)[-1], 1),
            "goal_ms": 150,
        }
        print(json.dumps(result) if options.json else "  ".join(f"{key} {value}" for key, value in result.items()))
        return 0 if unheard == 0 and result["median_ms"] <= 150 else 1


if __name__ == "__main__":
    sys.exit(main())
