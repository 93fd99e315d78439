# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member is removed, a passphrase changed, an administrator tries to recover a team alone; then old copies are opened."""

import pathlib
import shutil
import time

import open as opener
from common import complain, demonstration, key, query, serving, wait_until
from figures.access import invited
from keys import Disk, cast, raw
from member import Member

GOAL = "a removed member is out within 1 s and opens nothing filed since; an old passphrase opens nothing new; one share opens nothing"
NEW = "copper lagoon thistle vendor mural"


def copied(data: pathlib.Path, to: pathlib.Path) -> Disk:
    shutil.copytree(data, to)
    return Disk(to / "vecinos.db", to / "shred.keys")


def measure(quick: bool, work: pathlib.Path) -> dict:
    data, made = demonstration(work)
    people = cast(data)
    omar = people["omar"]
    boot = (data / "keys/boot.key").read_bytes()
    with serving(data, made) as server:
        ruth = Member(server, "ruth")
        # With two who look after people there is an escrow; the teams' keys go to it when their members sign in.
        invited(server, ruth, "administrator")
        gone, staying = Member(server, "omar"), Member(server, "amina")
        server.report("Before somebody left", "Pacoima", key=key())
        assert gone.get("/board").status == 200
        began = time.monotonic()
        removed = ruth.post(f"/people/{gone.id}/removal", {"passphrase": server.passphrase, "reason": "Left the coalition."})
        assert removed.status == 303, removed.text[:1_000]
        out = wait_until(lambda: gone.get("/board").status != 200 and gone.get("/api/v1/session").status != 200, 5, 0.01)
        took = time.monotonic() - began
        still_in = not wait_until(lambda: signs_in(server, "omar", server.passphrase) is None, 1)
        after = [server.report(f"After somebody left, number {number}", "Compton", key=key()) for number in range(5)]
        assert all(server.lookup(code).status == 200 for code in after)
        # What they kept: their own seed, and with it every key they ever had; and a copy of the newest disk.
        changed = staying.post("/settings/passphrase", {"old": server.passphrase, "new": NEW, "login": "amina", "code": ""})
        fresh = signs_in(server, "amina", NEW)
        stale = signs_in(server, "amina", server.passphrase)
        alone = recovered_alone(server, ruth)
    disk = copied(data, work / "copy")
    seeds = disk.team_seeds(omar["person"], raw(omar["seed"]))
    theirs = {slot: seed for slot, seed in Disk(founded(work), data / "shred.keys").team_seeds(omar["person"], raw(omar["seed"])).items()}
    reports = disk.opened("reports", "sealed", "report", {**theirs, **seeds})
    since = sum(b"After somebody left" in text for text in reports.values())
    before = sum(b"Before somebody left" in text for text in reports.values())
    amina = people["amina"]["person"]
    old_opens = disk.member_seed(amina, made["passphrase"], boot) is not None
    new_opens = disk.member_seed(amina, NEW, boot) is not None
    original = Disk(founded(work), data / "shred.keys").member_seed(amina, made["passphrase"], boot) is not None
    share, tried = one_share(disk, people)
    return {
        "out_after_s": round(took, 2), "signs_in_again": still_in, "filed_since_opened": since, "filed_before_opened": before,
        "old_passphrase_opens_new_disk": old_opens or stale is not None, "new_passphrase_opens": new_opens and fresh is not None,
        "control_old_disk": original, "one_share_opens": f"{share} of {tried}", "recovered_alone": alone,
        "met": out is not None and took <= 1 and not still_in and since == 0 and before == 1 and not old_opens and stale is None
               and new_opens and fresh is not None and original and share == 0 and tried > 0 and not alone and changed.status in (200, 303),
    }  # fmt: skip


def founded(work: pathlib.Path) -> pathlib.Path:
    """The disk as it was before anything was changed."""
    if not (work / "before").exists():
        demonstration(work, "before")
    return work / "before/vecinos.db"


def signs_in(server, login: str, passphrase: str) -> Member | None:
    try:
        return Member(server, login, passphrase)
    except AssertionError:
        return None


def recovered_alone(server, ruth: Member) -> bool:
    """Whether one who holds a share, and is administrator and coordinator, gives a team's key to somebody by themselves."""
    team = query(server.data, "SELECT id FROM teams WHERE purpose = 'response'")
    person = query(server.data, "SELECT id FROM people WHERE handle = 'Carmen'")[0][0]
    grants = "SELECT count(*) FROM team_grants"
    before = query(server.data, grants)[0][0]
    where = f"/people/teams/{team[0][0]}/recovery" if team else ""
    asked = ruth.post(where, {"person": person, "reason": "Everybody lost theirs.", "passphrase": server.passphrase})
    if asked.status == 303 and "/people/decisions/" in (asked.headers["Location"] or ""):
        approved = ruth.post(f"{asked.headers['Location']}/approval", {"passphrase": server.passphrase})
        complain(f"recovery: asked {asked.status}, approved by the same {approved.status}")
        if 200 <= approved.status < 300:
            return True
    else:
        complain(f"recovery: refused with {asked.status}")
    return query(server.data, grants)[0][0] > before


def one_share(disk: Disk, people: dict[str, dict]) -> tuple[int, int]:
    """How many grants of the escrow one administrator's share opens, taken for the seed itself or completed with a guess."""
    opened = tried = 0
    for epoch, person, place, sealed in disk.rows("SELECT epoch, person, place, sealed_share FROM escrow_shares"):
        seed = next((raw(member["seed"]) for member in people.values() if member["person"] == person), None)
        if seed is None:
            continue
        share = opener.open_sealed(sealed, seed, f"v1|escrow|share|{epoch}|{person}")
        for guess in [share, opener.combine({place: share, place % 255 + 1: bytes(32)}), bytes(32)]:
            for team, team_epoch, grant in disk.rows("SELECT team, team_epoch, sealed_seed FROM escrow_grants WHERE epoch = ?", epoch):
                tried += 1
                try:
                    opener.open_sealed(grant, guess, f"v1|escrow|seed|{team}|{team_epoch}|{epoch}")
                    opened += 1
                except Exception:
                    continue
    return opened, tried
