# SPDX-License-Identifier: AGPL-3.0-or-later
"""Somebody who reads everything public, all day, and subtracts: can they tell when, where or that one neighbor reported?"""

import contextlib
import datetime
import json
import mmap
import pathlib
import random
import re
import shutil
import struct
import subprocess
import time
import urllib.parse
import xml.sax.saxutils

from common import BINARY, ENVIRONMENT, Server, command, complain, demonstration, environment, key, post_report, query, serving
from figures.erasure import CLOCK
from member import Member

GOAL = ("a day of polling and subtracting, the attacker's own reports among the others': answers that moved with a report 0, times finer "
        "than 5 min 0, places finer than a neighborhood 0, counts under five 0, guesses from the count no better than chance")  # fmt: skip
PAGES = ["/", "/now", "/embed/strip/en", "/feeds/status.en.atom", "/feeds/status.es.atom", "/feeds/cap.atom", "/api/v1/status"]
ALONG = {"latitude": 34.0335, "longitude": -118.2057}


class Clock:
    """The server's clock, which jumps when it is told to; ours stays."""

    def __init__(self, work: pathlib.Path):
        self.library, self.file = work / "clock.so", work / "clock"
        compiler = next(path for name in ("cc", "gcc", "clang") if (path := shutil.which(name)))
        subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", self.library, CLOCK, "-ldl"], check=True)
        self.file.write_bytes(bytes(4_096))
        with self.file.open("r+b") as file:
            self.page = mmap.mmap(file.fileno(), 4_096)
        # A minute into five, so that nothing of one turn falls into the next.
        self.ahead = 0
        self.jump(300 - time.time() % 300 + 60)

    def jump(self, seconds: float):
        self.ahead += int(seconds)
        self.page[:8] = struct.pack("q", self.ahead)

    def now(self) -> float:
        return time.time() + self.ahead

    def next_window(self):
        self.jump(300 - self.now() % 300 + 60)


def measure(quick: bool, work: pathlib.Path) -> dict:
    windows = 40 if quick else 288
    data, made = demonstration(work)
    # Nothing invented that moves by itself.
    clock = Clock(work)
    with environment(LD_PRELOAD=str(clock.library), ASSURE_CLOCK=str(clock.file)), serving(data, made) as server:
        return attacked(server, data, clock, windows, work)


def attacked(server: Server, data: pathlib.Path, clock: Clock, windows: int, work: pathlib.Path) -> dict:
    dice = random.Random(13)
    numbers = iter(range(1, 100_000))
    received: list[float] = []

    def report(where: dict | None = None, words: str | None = None):
        """A neighbor's, or the attacker's own: both look the same."""
        body = {"kind": "vehicles", "words": words or f"Two vans at the corner {next(numbers)}.", "language": "en",
                "where": where or {"latitude": 33.90 + dice.random() * 0.3, "longitude": -118.45 + dice.random() * 0.25}}  # fmt: skip
        answer = server.api("POST", "/api/v1/reports", body, {"Idempotency-Key": key()})
        assert answer.status == 201, answer.text
        received.append(clock.now())

    # One place that everybody knows of: confirmed, and then a far more is said about it.
    for _ in range(6):
        report(ALONG, "Two white vans by the lake at Hollenbeck Park, men in vests.")
    clock.next_window()
    member = Member(server, "amina")
    known = [one for one in member.incidents("boyle-heights") if one["reports"] >= 6 and not one["exercise"]]
    assert known, "the reports of one place did not come together"
    finding = {"truth": "confirmed", "level": "L4", "how": "on_scene", "version": member.detail(known[0]["id"])["incident"].get("version")}
    told = member.saw(known[0]['id'], {name: value for name, value in finding.items() if value is not None})
    assert told.status == 201, told.text
    clock.next_window()

    # The live page looks every 15 s for what the clock alone changes: before the first report, not after it.
    checking(server)
    time.sleep(17)
    moved: list[str] = []
    bodies: list[bytes] = []
    cursor = now_cursor(server)
    # Within one five minutes: every answer, before and after one report, whichever it is about.
    for turn in range(12):
        before = {page: plain(server, page) for page in PAGES}
        report(ALONG if turn % 2 else None, "Two white vans by the lake at Hollenbeck Park, men in vests." if turn % 2 else None)
        for page in PAGES:
            after = plain(server, page)
            if after != before[page]:
                moved.append(f"{page} after report {turn}: {difference(before[page], after)}")
    heard = stream(server, cursor)
    moved += [f"/now/stream: {event}" for event in heard]
    # What members do next is seen, and stands in another five minutes.
    clock.next_window()

    # A day: in each five minutes one neighbor reports, or none. The attacker knows all of the others, being all of them.
    right = rises = rises_alone = 0
    shown = checking(server)
    unders: list[str] = []
    for turn in range(windows):
        came = dice.random() < 0.5
        # What the clock alone does (the end of what is over) comes when it jumps, and is not to be taken for the report.
        clock.jump(7)
        if came:
            report()
        elif dice.random() < 0.3:
            # An older one is answered: the count goes down now and then, as it does.
            with contextlib.suppress(IndexError):
                member = Member(server, "amina")
                one = [item for item in member.incidents() if item["truth"] == "unknown" and not item["exercise"]][-1]
                member.saw(one['id'], {"truth": "unfounded", "level": "L4", "how": "on_scene"})
        clock.next_window()
        status = server.ask("GET", "/api/v1/status")
        bodies.append(status.body)
        fresh = checking(server)
        rose = (fresh or 0) > (shown or 0)
        right += rose == came
        rises += rose
        rises_alone += rose and not came
        shown = fresh
        unders += few(status.json())
    for page in PAGES:
        bodies.append(server.ask("GET", page).body)
    bodies += mirror(data, work)

    # Any time in anything public that is a report's, closer than five minutes.
    close = sorted({found for body in bodies for found in times(body, received)})
    fine = sorted({found for body in bodies for found in finer(body)})
    # Nothing public is a reference of the database, whose first half is a time.
    ids = {row[0].encode() for row in query(data, "SELECT id FROM incidents UNION SELECT id FROM reports")}
    named = sum(any(one in body for one in ids) for body in bodies)
    complain(*moved[:6], *close[:6], *fine[:6], *unders[:6])
    accuracy = right / windows
    return {
        "reports": len(received), "polls": len(bodies) + 24 * len(PAGES), "windows": windows, "moved_with_a_report": len(moved), "times_finer": len(close),
        "ids_with_a_time": named, "places_finer": len(fine), "counts_under_five": len(unders), "guessed_right": f"{accuracy:.0%}",
        "rises": rises, "rises_without_a_report": rises_alone,
        "met": not moved and not close and not fine and not unders and not named
               and (accuracy <= 0.85 if windows < 100 else accuracy <= 0.66 and rises_alone > 0),
    }  # fmt: skip


def plain(server: Server, page: str) -> str:
    """A page without what is different each time anyway: nonces and the ages that a clock moves."""
    answer = server.ask("GET", page)
    assert answer.status == 200, f"{page}: {answer.status}"
    text = re.sub(r"data-now=\"[^\"]*\"", "", answer.text)
    headers = {name: value for name, value in answer.headers.items() if name.lower() in ("etag", "last-modified", "content-length")}
    return json.dumps(headers) + text if page != "/now" else text


def difference(before: str, after: str) -> str:
    place = next((index for index, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), min(len(before), len(after)))
    return f"…{before[max(0, place - 40) : place + 60]}… became …{after[max(0, place - 40) : place + 60]}…"


def now_cursor(server: Server) -> str:
    found = re.search(r'data-stream="[^"]*from=([^"&]+)"', server.ask("GET", "/now").text)
    assert found, "the page has no stream"
    return found[1]


def stream(server: Server, cursor: str) -> list[str]:
    """What the live page was told since."""
    import socket

    with socket.create_connection(("127.0.0.1", server.port), timeout=3) as wire:
        wire.sendall(f"GET /now/stream?lang=en&from={urllib.parse.quote(cursor)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        heard = b""
        with contextlib.suppress(TimeoutError):
            while chunk := wire.recv(65_536):
                heard += chunk
    return re.findall(r"event: (?:change|resync)[^\n]*\n[^\n]{0,200}", heard.decode(errors="replace"))


def checking(server: Server) -> int | None:
    return server.ask("GET", "/api/v1/status").json()["vecinos"].get("checking")


def few(status: dict) -> list[str]:
    """Counts of reports, or of what is not public, that are under five or not a multiple of it."""
    counts = [status["vecinos"].get("checking"), *(feature["properties"].get("reports") for feature in status["features"])]
    return [f"a count of {count}" for count in counts if count is not None and (count < 5 or count % 5)]


def times(body: bytes, received: list[float]):
    """Times that stand in it in any form, if they are within two seconds of a report's and not a five-minute mark."""
    text = body.decode(errors="replace")
    found: dict[str, float] = {}
    for iso in re.findall(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)", text):
        with contextlib.suppress(ValueError):
            found[iso] = datetime.datetime.fromisoformat(iso).timestamp()
    for number in re.findall(r"\b1[78]\d{8}(?:\d{3})?\b", text):
        found[number] = int(number) / (1_000 if len(number) == 13 else 1)
    for name in re.findall(r"\b([0-9a-f]{8}-[0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b", text):
        found[name] = int(name.replace("-", ""), 16) / 1_000
    for words, at in found.items():
        if at % 300 and any(abs(at - one) <= 2 for one in received):
            yield words


def finer(body: bytes):
    """Coordinates closer together than a neighborhood's cell: a place of a report has five digits and stands alone."""
    with contextlib.suppress(ValueError):
        status = json.loads(body)
        for feature in status.get("features", []):
            if feature["geometry"] is None:
                continue
            (ring,) = feature["geometry"]["coordinates"]
            width = max(x for x, _ in ring) - min(x for x, _ in ring)
            height = max(y for _, y in ring) - min(y for _, y in ring)
            if width < 0.008 or height < 0.008:
                yield f"a cell of {width:.4f} by {height:.4f} degrees"
            if not ring[0] == ring[-1]:
                yield "a ring that is open"
        return
    text = xml.sax.saxutils.unescape(body.decode(errors="replace"))
    for circle in re.findall(r"<circle>[^<]* ([\d.]+)</circle>", text):
        if float(circle) < 0.5:
            yield f"a circle of {circle} km"
    for point in re.findall(r"<georss:point>[^<]*</georss:point>|(?:data-|\")(?:lat|lon)[a-z]*[\"=:]+[-\d.]{6,}", text):
        yield point


def mirror(data: pathlib.Path, work: pathlib.Path) -> list[bytes]:
    """Everything public as files, made by the program itself."""
    done = command("mirror", "--data", data, "--to", work / "mirror", timeout=300)
    assert done.returncode == 0, done.stderr
    kinds = (".html", ".geojson", ".atom", ".xml")
    wanted = [path for path in (work / "mirror").rglob("*") if path.suffix in kinds and "rights" not in path.parts]
    return [path.read_bytes() for path in wanted]
