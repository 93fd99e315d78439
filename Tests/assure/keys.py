# SPDX-License-Identifier: AGPL-3.0-or-later
"""What somebody with a copy of the disk and some keys can open: by Tests/vault_opener, which shares no code with us."""

import base64
import contextlib
import hashlib
import hmac
import json
import pathlib
import sqlite3

import open as opener


def cast(data: pathlib.Path) -> dict[str, dict]:
    """The demonstration's members by sign-in name, with their seeds: what a real member's passphrase would open."""
    made = json.loads((data / "demonstration.json").read_text())
    return {member["login"]: member for member in made["members"] if member.get("login")}


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Disk:
    """A copy of a database, and a file of shred keys."""

    def __init__(self, database: pathlib.Path, shred_file: pathlib.Path):
        self.database, self.shred_file = database, shred_file

    def rows(self, sql: str, *values) -> list[tuple]:
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return connection.execute(sql, values).fetchall()

    def team_seeds(self, person: str, seed: bytes) -> dict[tuple[str, int], bytes]:
        """Every team's key that a member's seed opens."""
        found = {}
        for team, epoch, sealed in self.rows("SELECT team, epoch, sealed_seed FROM team_grants WHERE person = ?", person):
            with contextlib.suppress(Exception):
                found[team, epoch] = opener.open_grant(sealed, seed, team, epoch, person)
        return found

    def opened(self, table: str, column: str, kind: str, seeds: dict[tuple[str, int], bytes]) -> dict[str, bytes]:
        """What of a column opens with these teams' keys, by row."""
        got = {}
        for record, sealed in self.rows(f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL"):  # noqa: S608
            blob = opener.Blob(sealed)
            for to in blob.recipients:
                if to in seeds:
                    with contextlib.suppress(Exception):
                        shred = None if blob.slot is None else opener.shred_key(self.shred_file, blob.slot)
                        got[record] = blob.open(kind, record, seeds[to], to, shred)
        return got

    def member_seed(self, person: str, passphrase: str, boot: bytes) -> bytes | None:
        """A member's seed from their passphrase, as docs/vault.md draws it; nothing when it doesn't open."""
        rows = self.rows("SELECT kdf, salt, wrapped_seed FROM people WHERE id = ?", person)
        if not rows or not rows[0][2]:
            return None
        kdf, salt, wrapped = rows[0]
        _, log_n, r, p = kdf.split("$")
        stretched = hashlib.scrypt(passphrase.encode(), salt=salt, n=1 << int(log_n), r=int(r), p=int(p), maxmem=1 << 28, dklen=32)
        pepper = hmac.digest(opener.derive(boot, "pepper"), person.encode(), "sha256")
        with contextlib.suppress(Exception):
            return opener.open_wrapped(wrapped, opener.derive(stretched + pepper, "wrap"), person, "passphrase")
        return None
