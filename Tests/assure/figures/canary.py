# SPDX-License-Identifier: AGPL-3.0-or-later
"""Marked words in every field, file, file name and EXIF; then everything on the disk is searched for them."""

import io
import pathlib
import re
import struct
import sqlite3
import time
import zlib

import open as opener
import piexif
from common import backup, command, complain, demonstration, forms, key, search, serving
from member import Member, hidden
from PIL import Image

GOAL = "canaries in every field, file, name and EXIF; disk, database and backups searched in plain, UTF-16, base64, hex: 0"
NUMBER = "+13235550142"


class Marks:
    """A word of its own for each field, so that a find names its field."""

    def __init__(self):
        self.sealed: dict[str, str] = {}
        self.kept: dict[str, str] = {}
        self.public: dict[str, str] = {}

    def seal(self, field: str) -> str:
        """To a team: not even the instance's key may open it."""
        return self.sealed.setdefault(field, f"Canary{field.replace('.', '').title()}Zanahoria{len(self.sealed):02d}")

    def keep(self, field: str) -> str:
        """Under the instance's key: open with it, closed without."""
        return self.kept.setdefault(field, f"kanarienvogel{len(self.kept):02d}{field.replace('.', '')}")

    def publish(self, field: str) -> str:
        """Meant for everybody: must be found, or the search is worth nothing."""
        return self.public.setdefault(field, f"Openly{field.title()}Girasol{len(self.public):02d}")


def photo(marks: Marks) -> bytes:
    exif = piexif.dump({
        "0th": {piexif.ImageIFD.Make: marks.seal("exif.make").encode(), piexif.ImageIFD.Artist: marks.seal("exif.artist").encode()},
        "Exif": {piexif.ExifIFD.UserComment: b"ASCII\0\0\0" + marks.seal("exif.comment").encode()},
        "GPS": {
            piexif.GPSIFD.GPSLatitudeRef: b"N", piexif.GPSIFD.GPSLatitude: ((34, 1), (2, 1), (30, 1)),
            piexif.GPSIFD.GPSLongitudeRef: b"W", piexif.GPSIFD.GPSLongitude: ((118, 1), (13, 1), (2, 1)),
        },
    })  # fmt: skip
    out = io.BytesIO()
    Image.effect_noise((640, 480), 60).convert("RGB").save(out, "JPEG", exif=exif)
    return out.getvalue()


def png(marks: Marks) -> bytes:
    """A PNG that says something in a text chunk."""
    out = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(out, "PNG")
    body = b"tEXtComment\0" + marks.seal("png.text").encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    raw = out.getvalue()
    end = raw.index(b"IEND") - 4
    return raw[:end] + chunk + raw[end:]


def multipart(parts: list[tuple[str, str | None, bytes]]) -> tuple[bytes, dict]:
    body = b""
    for name, file, content in parts:
        label = f'; filename="{file}"' if file else ""
        body += f'--b0undary\r\nContent-Disposition: form-data; name="{name}"{label}\r\n\r\n'.encode() + content + b"\r\n"
    return body + b"--b0undary--\r\n", {"Content-Type": "multipart/form-data; boundary=b0undary"}


def neighbors(server, marks: Marks) -> str:
    """Everything that somebody without an account can type or send; the code of the report."""
    import json

    said = {
        "kind": "vehicles", "words": marks.seal("words"), "language": "en",
        "where": {"text": f"Boyle Heights {marks.seal('where')}", "place": "boyle-heights"},
        "salute": {name: marks.seal(f"salute.{name}") for name in ("size", "activity", "uniform", "equipment", "location", "time")},
    }  # fmt: skip
    body, headers = multipart([
        ("json", None, json.dumps(said).encode()),
        ("files", marks.seal("file.name") + ".jpg", photo(marks)), ("files", marks.seal("file.second") + ".png", png(marks)),
    ])  # fmt: skip
    answer = server.ask("POST", "/api/v1/reports", body, {**headers, "Idempotency-Key": marks.seal("idempotency")}, timeout=60)
    assert answer.status == 201, answer.text
    code = answer.json()["code"]
    for path, body in [
        ("/api/v1/reports/messages", {"code": code, "message": marks.seal("thread.neighbor")}),
        ("/api/v1/reports/additions", {"code": code, "words": marks.seal("addition")}),
    ]:
        answer = server.api("POST", path, body)
        assert answer.status in (200, 201), f"{path}: {answer.text}"
    # The form without script, and what is only looked at, refused or thrown away.
    fields = {"step": "when", "go": "send", "kind": "home", "zone": "pacoima", "place": marks.seal("form.place"),
              "words": marks.seal("form.words"), "size": marks.seal("form.size"), "activity": marks.seal("form.activity"),
              "uniform": marks.seal("form.uniform"), "equipment": marks.seal("form.equipment")}  # fmt: skip
    page = server.form("/report", {**fields, "go": "back"}).text
    if 'name="_token"' in page:
        token = hidden(page, "_token")
        time.sleep(3)  # A form that is sent at once counts as a machine's.
        server.form("/report", {**fields, "_token": token})
    server.form("/report/answer", {"code": marks.seal("wrong.code")})
    server.form("/sign-in", {"login": marks.seal("wrong.login"), "passphrase": marks.seal("wrong.passphrase"), "_token": "x"})
    server.ask("GET", f"/{marks.seal('path')}?q={marks.seal('query')}", headers={
        "User-Agent": marks.seal("user.agent"), "Referer": f"https://x.example/{marks.seal('referer')}",
        "Cookie": f"other={marks.seal('cookie')}", "Accept-Language": marks.seal("language"),
    })  # fmt: skip
    server.ask("GET", f"/board?incident={marks.seal('board.query')}")
    return code


def members(server, marks: Marks):
    amina, ruth = Member(server, "amina"), Member(server, "ruth")
    incident = amina.incidents("boyle-heights")[0]
    at = f"/board/incidents/{incident['id']}"
    detail = amina.detail(incident["id"])
    done: dict[str, int] = {}

    def post(who, path, fields):
        fields = {"version": str(amina.detail(incident["id"]).get("version", "")), **fields}
        done[path.rsplit("/", 1)[-1] + "." + next(iter(fields.keys() - {"version"}), "")] = who.post(path, fields).status

    post(amina, f"{at}/title", {"title": marks.seal("title")})
    for report in detail["reports"][:1]:
        page = amina.get(at).text
        desk = page.split(f'action="{at}/messages"', 1)[1]
        post(amina, f"{at}/messages", {"report": report["id"], "message": marks.seal("thread.team"),
                                       "submission": hidden(desk, "submission")})  # fmt: skip
    post(amina, f"{at}/verifying", {})
    post(amina, f"{at}/dispatch", {"role": "verifier", "wanted": "1", "meeting": marks.seal("meeting")})
    post(amina, f"{at}/verification", {
        "truth": "not_enforcement", "level": "3", "how": "partner", "note": marks.seal("verification.note"),
        "explanation-en": marks.publish("explanation"), "explanation-es": marks.publish("explicacion"),
    })  # fmt: skip
    post(amina, f"{at}/closure", {})
    post(amina, f"{at}/after-action", {"went_well": marks.seal("after.well"), "change": marks.seal("after.change"),
                                       "how_we_are": marks.seal("after.people")})  # fmt: skip
    post(ruth, f"{at}/hold", {"review": time.strftime("%Y-%m-%d", time.localtime(time.time() + 40 * 86_400)),
                              "reason": marks.seal("hold.reason"), "passphrase": server.passphrase})  # fmt: skip
    page = amina.get("/board/incidents/new").text
    post(amina, "/board/incidents", {"source": "hotline", "kind": "home", "where": "Pacoima " + marks.seal("heard.where"),
                                     "words": marks.seal("heard.words"), "language": "en",
                                     "submission": hidden(page, "submission") if 'name="submission"' in page else key()})  # fmt: skip
    shift = re.search(r'action="/shifts/([\w-]{36})/hand-over"', amina.get("/shifts").text)
    if shift:
        post(amina, f"/shifts/{shift[1]}/hand-over", {"next": Member(server, "ruth").id, "note": marks.seal("shift.note")})
    post(amina, "/settings/device", {"device": marks.keep("device")})
    post(ruth, "/people/decisions/exports", {"what": "counts", "reason": marks.seal("export.reason"), "passphrase": server.passphrase})
    page = ruth.get("/people").text
    organisation = page.split('<select id="organisation"')[1].split('value="')[1].split('"')[0]
    post(ruth, "/people/invitations", {
        "handle": "Paloma", "organisation": organisation, "language": "en", "roles": "verifier",
        "reason": marks.seal("invitation.reason"), "submission": hidden(page, "submission"), "passphrase": server.passphrase,
    })  # fmt: skip
    # A channel that is never spoken with: nobody is at that address.
    page = ruth.get("/settings/channels")
    if page.status == 200:
        post(ruth, "/settings/channels", {
            "make": "twilio", "url": "https://127.0.0.1:9", "account": marks.keep("provider.account"),
            "secret": marks.keep("provider.secret"), "from": "+13235550100", "inbound": marks.keep("provider.inbound"),
            "rate": "", "price": "", "passphrase": server.passphrase, "on": "yes",
        })  # fmt: skip
        post(amina, "/settings/contact", {"channel": "sms", "address": NUMBER})
        marks.kept["contact.number"] = NUMBER
    return done


def opened_with_the_root_key(database: pathlib.Path, root: bytes) -> bytes:
    """Every blob of every table that the instance's key opens: what a court with the key would read."""
    got = b""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            for row in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608
                names = [str(value) for value in row if isinstance(value, str | int) and value != ""][:4]
                for column, value in zip(columns, row, strict=True):
                    if isinstance(value, bytes) and 29 < len(value) < 4_000 and value[0] == 1:
                        for name in names:
                            try:
                                got += opener.open_field(value, root, table, column, name).encode() + b"\n"
                                break
                            except Exception:
                                continue
    return got


def measure(quick: bool, work: pathlib.Path) -> dict:
    data, made = demonstration(work)
    marks = Marks()
    root = (data / "keys/root.key").read_bytes()
    with serving(data, made) as server:
        code = neighbors(server, marks)
        done = members(server, marks)
        page = server.form("/report/answer", {"code": code})
        assert marks.sealed["thread.team"] in page.text or done.get("messages.report") not in (200, 303), "the thread was not written"
        saved = work / "backup.db"
        backup(data, saved)
        inventory = command("inventory", "--data", data, "--json")
        needles = {text: forms(text) for text in [*marks.sealed.values(), *marks.kept.values()]}
        needles[code] = forms(code) | {"letters": code.replace("-", "").encode(), "short": code.replace("-", "").lower().encode()[:24]}
        needles["passphrase"] = forms(server.passphrase)
        # A demonstration's keys and passphrase lie beside it in a file of their own (decision 0008), which no instance has.
        places = [path for path in sorted(data.iterdir()) if path.name != "demonstration.json"] + [saved, server.log]
        while_it_runs, looked = search(places, needles)
        control, _ = search(places, {text: {"plain": text.encode()} for text in marks.public.values()})
    after, more = search([path for path in places if path.exists()], needles)
    with_key = opened_with_the_root_key(saved, root)
    sealed = {text: forms(text) for text in marks.sealed.values()}
    under_key, _ = search([], sealed, {"what the instance's key opens": with_key, "vecinos inventory": inventory.stdout.encode()})
    reachable = sum(text.encode() in with_key for text in marks.kept.values())
    hits = sorted(set(while_it_runs + after + under_key))
    for hit in hits[:20]:
        complain(hit)
    refused = sorted(name for name, status in done.items() if status not in (200, 201, 303))
    if refused:
        complain(f"not taken: {[(name, done[name]) for name in refused]}")
    return {
        "marks": len(marks.sealed) + len(marks.kept) + 2, "bytes_searched": looked + more, "found": len(hits),
        "control_found": len({hit.split()[0] for hit in control}), "opened_with_root_key": f"{reachable}/{len(marks.kept)}",
        "forms_taken": f"{len(done) - len(refused)}/{len(done)}",
        "met": not hits and bool(control) and not refused and inventory.returncode == 0,
        "notes": "; ".join(hits[:5]) + (f" not taken: {refused}" if refused else "") + (inventory.stderr[:200] if inventory.returncode else ""),
    }  # fmt: skip
