# SPDX-License-Identifier: AGPL-3.0-or-later
"""Messages that a provider's stand-in takes, against its token bucket; the server is killed in the middle."""

import json
import os
import sqlite3
import sys
import time

import ours
from harness import HERE, Wrong, free_port, meets, rounded
from rows import audience

ROW, NAME, GOAL, STRETCH = "9", "bucket", "≥ 0.97", "≥ 0.99"


def run(bench):
    count, rate, data = bench.recipients, bench.rate, bench.folder / "ours"
    port = free_port()
    provider = bench.start("provider", [sys.executable, HERE / "peers/provider.py", port], port, "/sum")
    audience.fill(data, count, "--provider", provider.url, "--rate", str(rate))
    load = [round(os.getloadavg()[0], 2)]
    server = ours.start(bench, data)
    memory = until(bench, server, provider, count // 2)
    cpu = server.cpu_seconds()
    server.process.kill()
    server.process.wait()
    killed = said(provider)["taken"]
    server = ours.start(bench, data)
    memory = max(memory, until(bench, server, provider, count))
    settle(data)
    cpu += server.cpu_seconds()
    load.append(round(os.getloadavg()[0], 2))
    end = said(provider)
    twice = json.loads(provider.get("/twice")[1])
    lost = count - end["addresses"]
    listed, sent = totals(data)
    if lost or sent != count:
        raise Wrong(f"{lost} of {count} were lost; {sent} are written down as sent")
    if strange := [to for to, keys in twice.items() if len(set(keys)) != 1 or not keys[0]]:
        raise Wrong(f"{len(strange)} came twice under different keys")
    if len(twice) > listed:
        raise Wrong(f"{len(twice)} came twice and only {listed} are listed")
    points = end["points"]
    # The time in which it ran: between the kill and the next message nobody was there.
    down = next(later[0] - one[0] for one, later in zip(points, points[1:]) if one[1] >= killed)
    ran = points[-1][0] - points[0][0] - down
    # The bucket begins full but for the fifth that a bulletin leaves, twice: at the start and after the kill.
    allowed = rate * ran + 2 * 0.8 * rate
    ratio = end["taken"] / allowed
    yield {
        "row": ROW,
        "measure": f"messages taken of {count:,}, against a token bucket of {rate:,.0f} a second; killed in the middle",
        "unit": "1/s",
        "ratio": rounded(ratio),
        "goal": GOAL,
        "stretch": STRETCH,
        "met": meets(ratio, GOAL),
        "ours": rounded(end["taken"] / ran),
        "peer": rounded(rate),
        "rounds": 1,
        "load": load,
        "lost": lost,
        "came_twice": len(twice),
        "listed_as_perhaps_twice": listed,
        "seconds": rounded(ran),
        "seconds_down": rounded(down),
        "cpu_us": rounded(cpu * 1e6 / count),
        "pss_mib": rounded(memory),
    }


def said(provider) -> dict:
    return json.loads(provider.get("/sum")[1])


def until(bench, server, provider, wanted: int) -> float:
    """Waits for so many addresses; the most memory meanwhile, in MiB. Raises `Wrong` where nothing moves for a minute."""
    memory, last, moved = 0.0, -1, time.monotonic()
    while (now := said(provider)["addresses"]) < wanted:
        if now != last:
            last, moved = now, time.monotonic()
        if time.monotonic() - moved > 60 or server.process.poll() is not None:
            raise Wrong(f"{now} of {wanted} came, and no more")
        memory = max(memory, server.memory()["pss"])
        time.sleep(0.25)
    bench.say(f"    {now:,} taken")
    return memory


def settle(data) -> None:
    """The last batch is written down after it was handed over."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with sqlite3.connect(f"file:{data / 'vecinos.db'}?mode=ro", uri=True) as database:
            if database.execute("SELECT count(*) FROM bulletins WHERE state <> 'sent'").fetchone()[0] == 0:
                return
        time.sleep(0.1)
    raise Wrong("the bulletin doesn't end")


def totals(data) -> tuple[int, int]:
    with sqlite3.connect(f"file:{data / 'vecinos.db'}?mode=ro", uri=True) as database:
        return database.execute("SELECT sum(twice), sum(sent) FROM bulletin_runs").fetchone()
