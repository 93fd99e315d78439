# SPDX-License-Identifier: AGPL-3.0-or-later
"""A backup taken while reports come in, as docs/operations.md says, and restored beside the newest shred keys."""

import pathlib
import shutil
import threading
import time

from common import Server, backup, command, demonstration, key, post_report, query, serving
from keys import Disk, cast, raw

GOAL = "backup restored under load: all acknowledged rows"


def measure(quick: bool, work: pathlib.Path) -> dict:
    data, made = demonstration(work)
    before_it: list[str] = []
    acknowledged: list[str] = []
    over = threading.Event()
    lock = threading.Lock()
    numbers = iter(range(1_000_000))

    def neighbor(server: Server):
        while not over.is_set():
            with lock:
                number = next(numbers)
            answer = post_report(server, number, key())
            if answer and answer.status == 201:
                acknowledged.append(answer.json()["code"])

    with serving(data, made) as server:
        crew = [threading.Thread(target=neighbor, args=(server,), daemon=True) for _ in range(4)]
        for thread in crew:
            thread.start()
        time.sleep(2 if quick else 20)
        before_it = list(acknowledged)
        saved = work / "backup.db"
        backup(data, saved)
        time.sleep(1)
        over.set()
        for thread in crew:
            thread.join(20)
    restored = work / "restored"
    restored.mkdir()
    shutil.copytree(data / "keys", restored / "keys", copy_function=shutil.copy2)
    shutil.copytree(data / "files", restored / "files")
    shutil.copy(saved, restored / "vecinos.db")
    for name in ("shred.keys", "demonstration.json"):
        shutil.copy2(data / name, restored / name)
    (restored / "keys").chmod(0o700)
    sound = query(restored, "PRAGMA integrity_check")[0][0]
    doctor = command("doctor", "--data", restored)
    with serving(restored, made) as server:
        missing = sum(server.lookup(code).status != 200 for code in before_it)
        new = post_report(server, 10_000_000, key())
    amina = cast(data)["amina"]
    disk = Disk(saved, data / "shred.keys")
    seeds = disk.team_seeds(amina["person"], raw(amina["seed"]))
    readable, rows = len(disk.opened("reports", "sealed", "report", seeds)), disk.rows("SELECT count(*) FROM reports")[0][0]
    return {
        "acknowledged_before": len(before_it), "missing": missing, "rows_that_open": f"{readable}/{rows}", "integrity": sound,
        "doctor": doctor.returncode,
        "met": missing == 0 and len(before_it) > 20 and sound == "ok" and readable == rows and bool(new and new.status == 201),
    }  # fmt: skip
