# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log that was handed out, changed in five hundred ways; and the database behind it, changed by hand."""

import concurrent.futures
import contextlib
import pathlib
import random
import shutil
import sqlite3

from common import command, complain, demonstration, serving
from member import Member

GOAL = "500 edits (quick: 100) to an exported log: 100 % found by vecinos verify"


def measure(quick: bool, work: pathlib.Path) -> dict:
    data, made = demonstration(work)
    with serving(data, made) as server:
        for login in ["amina", "omar", "ruth"]:
            Member(server, login)
    early = work / "early"
    early.write_text(exported(data))
    with serving(data, made) as server:
        for person in made["people"]:
            Member(server, person["login"])
        ruth = Member(server, "ruth")
        ruth.post("/settings/groups", {"name": "Neighbors of the Valley", "short_name": "NoV"})
    text = exported(data)
    whole = work / "whole"
    whole.write_text(text)
    signer = text.split("\n")[1]
    untouched = verified(whole, signer, early)
    dice = random.Random(6962)
    edits = [edited(text, dice, number) for number in range(100 if quick else 500)]
    assert all(edit.encode("utf-8", "surrogateescape") != text.encode() for edit in edits)

    def found(number: int) -> bool:
        file = work / f"edit-{number}"
        file.write_bytes(edits[number].encode("utf-8", "surrogateescape"))
        noticed = not verified(file, signer, early)
        if noticed:
            file.unlink()
        else:
            complain(f"edit {number} ({KINDS[number % len(KINDS)].__name__}) was not found: {file}")
        return noticed

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        noticed = sum(pool.map(found, range(len(edits))))
    behind, tried = in_the_database(data, work)
    return {
        "entries": text.count("\n{") + text.count("\n- "), "edits": len(edits), "found": noticed, "untouched_right": untouched,
        "database_edits_found": f"{behind}/{tried}",
        "met": noticed == len(edits) and untouched and behind == tried,
    }  # fmt: skip


def exported(data: pathlib.Path) -> str:
    done = command("log", "export", "--data", data, "--log", "audit")
    assert done.returncode == 0, done.stderr
    return done.stdout


def verified(file: pathlib.Path, signer: str, since: pathlib.Path) -> bool:
    done = command("verify", file, "--key", signer, "--since", since)
    assert done.returncode in (0, 1), f"verify ended with {done.returncode}: {done.stderr}"
    return done.returncode == 0


def one_byte(text: str, dice: random.Random) -> str:
    raw = bytearray(text.encode())
    at = dice.randrange(len(raw))
    raw[at] ^= dice.randrange(1, 256)
    return raw.decode("utf-8", "surrogateescape")


def one_bit(text: str, dice: random.Random) -> str:
    raw = bytearray(text.encode())
    raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
    return raw.decode("utf-8", "surrogateescape")


def entries(text: str) -> tuple[list[str], list[str], list[str]]:
    lines = text.split("\n")
    end = lines.index("")
    return lines[:3], lines[3:end], lines[end:]


def left_out(text: str, dice: random.Random) -> str:
    head, middle, tail = entries(text)
    del middle[dice.randrange(len(middle))]
    head[2] = dice.choice([head[2], str(len(middle))])
    return "\n".join(head + middle + tail)


def moved(text: str, dice: random.Random) -> str:
    head, middle, tail = entries(text)
    while True:
        first, second = dice.sample(range(len(middle)), 2)
        if middle[first] != middle[second]:
            middle[first], middle[second] = middle[second], middle[first]
            return "\n".join(head + middle + tail)


def doubled(text: str, dice: random.Random) -> str:
    head, middle, tail = entries(text)
    middle.insert(dice.randrange(len(middle)), dice.choice(middle))
    head[2] = str(len(middle))
    return "\n".join(head + middle + tail)


def invented(text: str, dice: random.Random) -> str:
    head, middle, tail = entries(text)
    at = dice.randrange(len(middle))
    words = middle[at].replace("granted", "removed").replace("2026", "2025")
    middle[at] = words if words != middle[at] else middle[at].replace('"log"', '"log" ', 1) + " "
    return "\n".join(head + middle + tail)


def cut_off(text: str, dice: random.Random) -> str:
    return text[: dice.randrange(1, len(text) - 1)]


def spaces(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text))
    return text[:at] + dice.choice([" ", "\n", "\r", "\t", "\u00a0", "\u200b", "="]) + text[at:]


def other_lines(text: str, dice: random.Random) -> str:
    return dice.choice([text.replace("\n", "\r\n"), text + "\n", text.rstrip("\n"), "\ufeff" + text, text + "x" * dice.randint(1, 9)])


def other_signature(text: str, dice: random.Random) -> str:
    *rest, last = text.rstrip("\n").split("\n")
    at = dice.randrange(len(last) - 40, len(last) - 2)
    letter = dice.choice([letter for letter in "ABCDEFGHabcdefgh0123456789+/" if letter != last[at]])
    return "\n".join([*rest, last[:at] + letter + last[at + 1 :]]) + "\n"


KINDS = [one_byte, one_bit, left_out, moved, doubled, invented, cut_off, spaces, other_lines, other_signature]


def edited(text: str, dice: random.Random, number: int) -> str:
    while (changed := KINDS[number % len(KINDS)](text, dice)) == text:
        pass
    return changed


def in_the_database(data: pathlib.Path, work: pathlib.Path) -> tuple[int, int]:
    """Rows that somebody with a shell changed: the log can't be handed out any more, or doesn't fit what was kept."""
    acts = [
        "UPDATE log_leaves SET leaf = replace(leaf, '202', '201') WHERE log = 'audit' AND position = 1",
        "DELETE FROM log_leaves WHERE log = 'audit' AND position = 1",
        "UPDATE log_leaves SET leaf = NULL, hash = randomblob(32) WHERE log = 'audit' AND position = 2",
        "DELETE FROM log_leaves WHERE log = 'audit' AND position = (SELECT max(position) FROM log_leaves WHERE log = 'audit')",
        "UPDATE log_leaves SET hash = (SELECT hash FROM log_leaves WHERE log = 'audit' AND position = 2) "
        "WHERE log = 'audit' AND position = 1",
    ]
    found = 0
    for number, act in enumerate(acts):
        copy = work / f"database-{number}"
        shutil.copytree(data, copy)
        with contextlib.closing(sqlite3.connect(copy / "vecinos.db")) as database:
            changed = database.execute(act).rowcount
            database.commit()
        assert changed >= 1, act
        done = command("log", "export", "--data", copy, "--log", "audit")
        if done.returncode != 0:
            found += 1
        else:
            complain(f"not found: {act}\n{done.stdout[:200]}")
        shutil.rmtree(copy)
    return found, len(acts)
