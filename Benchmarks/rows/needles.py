# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fifty real reports among ten thousand made-up ones, by HTTP: where a dispatcher finds what is real."""

import contextlib
import http.client
import json
import os
import sqlite3
import time
from collections import Counter

import haystack
import latency_board
import ours
import surge
from harness import Wrong, meets, rounded

ROW, NAME, GOAL, STRETCH = "18", "needles", "≥ 0.85 of the real ones", "1.0"
FIRST = 50  # so many cards are looked through soon


def run(bench):
    for half in haystack.SEEDS:
        yield found(bench, half)


def found(bench, half: str) -> dict:
    bench.say(f"    {half} half: place, kind, how many of its reports are there, how many others")
    hour = haystack.Surge(half)
    data = bench.folder / half
    made = ours.demo(data)
    # Every sender comes from a network of their own, as the proxy in front says: the limits stay on.
    server = ours.start(bench, data, environment={"VECINOS_PROXY": "on", "VECINOS_RATE_LIMITS": "on"})
    headers = latency_board.sign_in(server, ours.login(made, "dispatcher"), made["passphrase"])
    before, rows, load = surge.newest_event(data), ours.rows(data), [round(os.getloadavg()[0], 2)]
    cpu, began = server.cpu_seconds(), time.perf_counter()
    taken, refused = send(server, hour)
    seconds, used = time.perf_counter() - began, server.cpu_seconds() - cpu
    load.append(round(os.getloadavg()[0], 2))
    # One connection: they are stored in the order in which they were answered.
    homes = incidents(data, before)
    lost = len(taken) - (ours.rows(data) - rows)
    if lost or len(homes) != len(taken) or len(taken) + refused.total() != len(hour.reports):
        raise Wrong(f"{len(taken)} were taken and {refused.total()} refused; {lost} are lost, {len(homes)} are in an incident")
    cards = waiting(server, headers)
    at = {card["id"]: place for place, card in enumerate(cards, 1)}
    real = {}
    for report, home in zip(taken, homes):
        if report["scene"] is not None:
            real.setdefault(report["scene"], Counter())[home] += 1
    # Of an incident that came in pieces the biggest, and of two that are as big the first.
    main = {scene: min(pieces, key=lambda home: (-pieces[home], at.get(home, len(cards)))) for scene, pieces in real.items()}
    places = {scene: at.get(home) for scene, home in main.items()}
    tell(bench, server, headers, hour, cards, real, main, at)
    standing = [place or len(cards) + 1 for place in places.values()]
    early = sum(place <= FIRST for place in standing)
    supported = {card["id"] for card in cards if card["level"] == "L2"}
    return {
        "row": ROW,
        "measure": f"real incidents among the first {FIRST} of {len(cards):,} waiting, of {hour.real} reports in {len(hour.reports):,}; {half} half",
        "unit": "incidents",
        "ratio": rounded(early / len(hour.scenes)),
        "goal": GOAL.removesuffix(" of the real ones"),
        "stretch": STRETCH,
        "met": meets(early / len(hour.scenes), GOAL.removesuffix(" of the real ones")),
        "ours": early,
        "peer": len(hour.scenes),
        "rounds": 1,
        "load": load,
        "value": early,
        "places": sorted(standing),
        "whole": sum(pieces[main[scene]] for scene, pieces in real.items()),
        "supported": len(supported),
        "supported_real": len(supported & set(main.values())),
        "taken": len(taken),
        "refused": dict(refused),
        "lost": lost,
        "seconds": rounded(seconds),
        "cpu_us": rounded(used * 1e6 / len(hour.reports)),
    }


def send(server, hour) -> tuple[list[dict], Counter]:
    """One after the other on one connection, as if the hour had just ended: those that were taken, and why others were not."""
    taken, refused = [], Counter()
    start = time.time() - 60 * max(report["sent"] for report in hour.reports)
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
        for report in hour.reports:
            body = {name: report[name] for name in ("kind", "words", "where", "language") if report[name]}
            body["seen_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start + 60 * report["seen"]))
            head = {"Content-Type": "application/json", "X-Forwarded-For": report["address"]}
            connection.request("POST", ours.REPORTS, json.dumps(body), head)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status == 201:
                taken.append(report)
            elif answer.status == 422:
                refused[" ".join(error["detail"] for error in json.loads(text)["errors"])] += 1
            else:
                raise Wrong(f"a report was answered {answer.status}: {text[:300]!r}")
    return taken, refused


def incidents(data, after: int) -> list[str]:
    """The incident of each report since that event."""
    question = "SELECT subject FROM events WHERE id > ? AND kind IN ('incident.opened', 'incident.grew') ORDER BY id"
    with contextlib.closing(sqlite3.connect(f"file:{data / 'vecinos.db'}?mode=ro", uri=True)) as database:
        return [row[0] for row in database.execute(question, (after,))]


def ask(server, path: str, headers: dict) -> dict:
    status, body = server.get(path, headers)
    if status != 200:
        raise Wrong(f"{path} answered {status}: {body[:300]!r}")
    return json.loads(body)


def waiting(server, headers) -> list[dict]:
    """What a dispatcher sees of what nobody answered, in the order in which it stands on the board."""
    cards, before = [], ""
    while True:
        page = ask(server, f"/api/v1/incidents?state=unverified&limit=100{before}", headers)
        cards += page["items"]
        if "next" not in page:
            return sorted(cards, key=lambda card: (card["order"], card["id"]))
        before = f"&before={page['next']}"


def tell(bench, server, headers, hour, cards, real, main, at) -> None:
    """Each real incident for whoever reads along, and that the reports are where they are thought to be."""
    by_id = {card["id"]: card for card in cards}
    for scene, pieces in sorted(real.items()):
        home, card = main[scene], by_id.get(main[scene], {})
        mine = {report["words"] for report in hour.reports if report["scene"] == scene}
        detail = ask(server, f"/api/v1/incidents/{home}", headers)
        read = {report["opened"]["words"] for report in detail["reports"] if "opened" in report}
        # The newest hundred are told.
        if len(detail["reports"]) == card.get("reports") and not mine & read:
            raise Wrong(f"the incident {home} has no report of what is real and should be in it")
        others = sorted(at.get(piece, 0) for piece in pieces if piece != home)
        bench.say(f"    {at.get(home, '-'):>5}  {hour.scenes[scene][0]:10} {pieces[home]} of {pieces.total()}, {card.get('reports')} reports, "
                  f"{card.get('level')}, {card.get('agreeing')} agree on {', '.join(card.get('agreed_on', [])) or 'nothing'}; pieces at {others}")
