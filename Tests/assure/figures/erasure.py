# SPDX-License-Identifier: AGPL-3.0-or-later
"""A report that is past its time, with the clock moved 91 days: gone from the disk, and unreadable in a copy of four days before."""

import contextlib
import pathlib
import shutil
import subprocess
import time

from common import backup, complain, demonstration, environment, forms, query, search, serving, wait_until
from figures.canary import Marks, multipart, photo
from keys import Disk, cast, raw
from member import Member

GOAL = "erasure after 91 days (clock moved): unreadable, in a 4-day-old backup too"
CLOCK = pathlib.Path(__file__).resolve().parents[1] / "clock.c"


@contextlib.contextmanager
def days_later(days: int, work: pathlib.Path):
    """The server's clock is ahead; its counter of time since the start is not. Only the server's."""
    library = work / "clock.so"
    if not library.exists():
        compiler = next(path for name in ("cc", "gcc", "clang") if (path := shutil.which(name)))
        subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", library, CLOCK, "-ldl"], check=True)
    with environment(LD_PRELOAD=str(library), ASSURE_AHEAD=str(days * 86_400)):
        yield


def measure(quick: bool, work: pathlib.Path) -> dict:
    data, made = demonstration(work)
    marks = Marks()
    with serving(data, made) as server:
        lena, ruth = Member(server, "lena"), Member(server, "ruth")
        keep_90_days(server, ruth, lena)
        body, headers = multipart([
            ("json", None, b'{"kind":"vehicles","words":"%s","where":{"place":"pacoima"}}' % marks.seal("words").encode()),
            ("files", "a.jpg", photo(marks)),
        ])  # fmt: skip
        answer = server.ask("POST", "/api/v1/reports", body, headers, timeout=60)
        assert answer.status == 201, answer.text
        code = answer.json()["code"]
        assert server.api("POST", "/api/v1/reports/messages", {"code": code, "message": marks.seal("thread")}).status == 201
    amina = cast(data)["amina"]

    def readable(database: pathlib.Path, shred_file: pathlib.Path) -> int:
        """How many of the marked things a member's key opens: the report, its message, the key of its file."""
        disk = Disk(database, shred_file)
        seeds = disk.team_seeds(amina["person"], raw(amina["seed"]))
        assert seeds, "the member's key opens no team: the search would prove nothing"
        found = disk.opened("reports", "sealed", "report", seeds)
        found |= disk.opened("mailbox_messages", "sealed", "mailbox.message", seeds)
        files = disk.opened("files", "sealed", "file.key", seeds)
        return sum(any(mark.encode() in text for mark in marks.sealed.values()) for text in found.values()) + len(files)

    copy = work / "87-days.db"
    begun = time.monotonic()
    if quick:
        # Nothing ran between: what the disk held on the 87th day is what it holds now.
        backup(data, copy)
    else:
        with days_later(87, work), serving(data, made) as server:
            time.sleep(130)
            assert server.lookup(code).status == 200, "gone after 87 days, and the period is 90"
            backup(data, copy)
    control = readable(copy, data / "shred.keys")
    file = next((data / "files").iterdir()).name
    with days_later(91, work), serving(data, made) as server:
        erased = wait_until(lambda: server.lookup(code).status == 404, 200, 1)
        gone = erased is not None and wait_until(lambda: not query(data, "SELECT 1 FROM shred_due"), 30, 0.5) is not None
        lookup = server.lookup(code).status
        receipt = bool(query(data, "SELECT 1 FROM events WHERE kind = 'retention.erased'"))
    live, old = readable(data / "vecinos.db", data / "shred.keys"), readable(copy, data / "shred.keys")
    # The whole disk, restored: database of then, keys of now. The program itself must not read it either.
    restored = work / "restored"
    shutil.copytree(data, restored)
    for name in ("vecinos.db", "vecinos.db-wal", "vecinos.db-shm"):
        (restored / name).unlink(missing_ok=True)
    shutil.copy(copy, restored / "vecinos.db")
    shown = 0
    with serving(restored, made) as server:
        member = Member(server, "amina")
        for incident in member.incidents("pacoima"):
            text = member.get(f"/api/v1/incidents/{incident['id']}").text + member.get(f"/board/incidents/{incident['id']}").text
            shown += any(mark in text for mark in marks.sealed.values())
    needles = {text: forms(text) for text in marks.sealed.values()}
    hits, _ = search([data], needles)
    # Its key is destroyed with the row; the sealed bytes themselves are swept within the hour.
    left = [path.name for path in (data / "files").iterdir() if path.name == file]
    complain(*hits[:5])
    return {
        "control_readable_before": control, "erased_after_start_s": None if erased is None else round(erased), "looked_up": lookup,
        "readable_now": live, "readable_in_old_copy": old, "shown_from_old_copy": shown, "sealed_file_left": len(left), "receipt": receipt,
        "met": control >= 3 and gone and lookup == 404 and live == old == shown == 0 and receipt and not hits,
        "notes": f"{time.monotonic() - begun:.0f} s of which most is the minute in which a moved clock is not believed",
    }  # fmt: skip


def keep_90_days(server, ruth: Member, lena: Member):
    """What nobody could check is to stay 90 days: one asks, another agrees."""
    asked = ruth.post("/settings/retention", {"class": "reports.unverified", "hours": "2160", "reason": "A long inquiry.",
                                              "passphrase": server.passphrase})  # fmt: skip
    assert asked.status == 303, asked.text[:2_000]
    where = asked.headers["Location"]
    if (approved := lena.post(f"{where}/approval", {"passphrase": server.passphrase})).status != 303:
        complain(f"the second was not asked: {approved.status}")
    period = query(server.data, "SELECT value FROM settings WHERE key = 'response.keep_unverified_s'")
    assert period and int(period[0][0]) == 2160 * 3_600, period


