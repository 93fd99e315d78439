# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sixty hostile strings in every public field and in what members write, and every answer read as a browser reads it."""

import json
import pathlib
import re
import urllib.parse

import html5lib
from common import complain, demonstration, key, serving
from hostile import STRINGS, plain
from member import Member, hidden

GOAL = "60 hostile strings × every public field × every output: 0 unescaped"
# Beside the twenty of Tests/browser: what other filters and encoders let through.
MORE = [
    "<img src=x onerror=pwned()>", "<svg/onload=pwned()>", "<iframe srcdoc='<script>pwned()</script>'>", "<math><mi xlink:href=\"javascript:pwned()\">",
    "<a href='java\tscript:pwned()'>x</a>", "<style>@import 'javascript:pwned()'</style>", "<base href=//x.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:pwned()'>", "<form><button formaction=javascript:pwned()>x", "<details open ontoggle=pwned()>",
    "<input autofocus onfocus=pwned()>", "<body onload=pwned()>", "<video><source onerror=pwned()>", "<object data=javascript:pwned()>",
    "<template><script>pwned()</script></template>", "<noscript><p title=\"</noscript><img src=x onerror=pwned()>\">",
    "<!--><img src=x onerror=pwned()>-->", "<![CDATA[><img src=x onerror=pwned()>]]>", "<?xml version='1.0'?><x onclick=pwned()>",
    "</title><script>pwned()</script>", "</textarea><script>pwned()</script>", "--><script>pwned()</script>", "]]><script>pwned()</script>",
    "\";pwned();//", "';pwned();//", "`${pwned()}`", "\\\"><script>pwned()</script>", "\\u003cscript\\u003epwned()\\u003c/script\\u003e",
    "%3Cscript%3Epwned()%3C/script%3E", "+ADw-script+AD4-pwned()+ADw-/script+AD4-", "\u02baonclick=pwned()\u02ba", "\uff02 onclick=pwned() \uff02",
    "<\u0338script>pwned()</script>", "<scr\u00adipt>pwned()</scr\u00adipt>", "\u0301<img src=x onerror=pwned()>", "\r\n\r\n<script>pwned()</script>",
    "\u2028</script><script>pwned()</script>", "x' or ''='", "{{constructor.constructor('pwned()')()}}",
]  # fmt: skip
ALL = [*STRINGS.values(), *MORE]
TAGS = {"script", "img", "iframe", "object", "embed", "base", "video", "audio", "template", "frame", "math", "marquee", "style"}
# Where quick exit leads: content/coalition.yaml.
LEAVE = "https://www.weather.gov/"


def foreign(page: bytes) -> list[str]:
    """What our pages never have, in the tree that the standard's own algorithm makes of the bytes."""
    found = []
    for element in html5lib.parse(page, transport_encoding="utf-8", treebuilder="etree").iter():
        if not isinstance(element.tag, str):
            if "pwned" in (element.text or ""):
                found.append("a comment")
            continue
        tag = element.tag.rsplit("}", 1)[-1]
        script = tag == "script" and (element.get("src") or "").startswith("/static/") and not (element.text or "").strip()
        if tag in TAGS and not script and not (tag == "meta"):
            found.append(f"<{tag}>")
        for name, value in element.attrib.items():
            name = str(name).rsplit("}", 1)[-1].lower()
            address = name in ("href", "src", "action", "formaction", "data", "srcdoc", "content")
            if name.startswith("on") or (address and re.match(r"\s*(javascript|data:text|//|https?://x\.example)", value, re.I)):
                found.append(f"<{tag} {name}={value[:60]!r}>")
            if name in ("style", "srcdoc") or (name == "autofocus" and "pwned" in str(element.attrib)):
                found.append(f"<{tag} {name}>")
    return found


class Look:
    """Every answer goes through here."""

    def __init__(self):
        self.answers = self.errors = 0
        self.wrong: list[str] = []

    def __call__(self, what: str, answer, text: str | None = None):
        self.answers += 1
        kind = answer.headers.get("Content-Type", "")
        if answer.status >= 500:
            self.errors += 1
            self.wrong.append(f"{what}: {answer.status}")
        for name, value in answer.headers.items():
            if name.lower() == "location" and (value.startswith(("//", "/\\")) or not value.startswith(("/", LEAVE))):
                self.wrong.append(f"{what}: header {name}: {value[:80]}")
        if "stolen" in str(answer.headers.get_all("Set-Cookie")):
            self.wrong.append(f"{what}: a header of theirs")
        if kind.startswith("text/html"):
            self.wrong += [f"{what}: {thing}" for thing in foreign(answer.body)]
        elif "json" in kind:
            try:
                json.loads(answer.body)
            except ValueError:
                self.wrong.append(f"{what}: broken JSON")
            if answer.headers.get("X-Content-Type-Options") != "nosniff":
                self.wrong.append(f"{what}: JSON that a browser may guess at")
        elif answer.body and not kind.startswith(("text/plain", "text/event-stream", "text/css", "application/")):
            self.wrong.append(f"{what}: {kind}")
        return answer


def neighbors(server, look: Look, hostile: str):
    """Every field, query, path and header that needs no account."""
    report = ["kind", "place", "zone", "latitude", "longitude", "when", "words", "size", "activity", "uniform", "equipment",
              "website", "go", "step", "_token"]  # fmt: skip
    for step in ("what", "where", "when"):
        look(f"report {step}", server.form("/report", {**dict.fromkeys(report, hostile), "step": step, "go": "send", "kind": "work"}))
    for path, fields in [
        ("/report", dict.fromkeys(report, hostile)),
        ("/report/answer", {"code": hostile}), ("/report/more", {"code": server.code, "more": hostile, "_token": hostile}),
        ("/report/messages", {"code": server.code, "message": hostile, "message_token": hostile}),
        ("/report/messages/deletion", {"code": hostile, "message": hostile, "all": hostile}),
        ("/report/erasure", {"code": hostile, "sure": hostile}), ("/report/code", {"code": hostile}),
        ("/sign-in", {"login": hostile, "passphrase": hostile, "back": hostile, "code": hostile, "_token": hostile}),
        ("/sign-in/recovery", {"login": hostile, "recovery": hostile, "new_passphrase": hostile}),
        ("/unlock", {"key": hostile, "_token": hostile}), ("/leave", {hostile[:100]: hostile}),
    ]:  # fmt: skip
        look(path, server.form(path, fields))
    quoted = urllib.parse.quote(hostile.encode("utf-8", "replace")[:600], safe="")
    for path in ["/?lang={}", "/now?lang={}&place={}", "/sign-in?back={}", "/{}", "/rights/{}", "/rights?state={}", "/static/{}",
                 "/invitations/{}", "/help?q={}", "/board/incidents/{}", "/api/v1/status?lang={}", "/api/v1/facts?lang={}"]:  # fmt: skip
        look(path, server.ask("GET", path.replace("{}", quoted)))
    header = plain(hostile)[:200].encode("latin-1", "ignore").decode("latin-1")
    look("headers", server.ask("GET", "/", headers={"Accept-Language": header, "Cookie": f"language={quoted}; session={quoted}",
                                                  "User-Agent": header, "Referer": header, "If-None-Match": header}))  # fmt: skip
    usual = {"kind": "vehicles", "words": "x", "where": {"text": "Pacoima"}, "language": "en"}
    for body in [{**usual, "where": hostile}, {**usual, "kind": hostile}, {**usual, "language": hostile, "seen_at": hostile},
                 {**usual, "salute": {"size": hostile, "time": 1}}, {hostile: hostile}, hostile]:  # fmt: skip
        look("POST reports", server.api("POST", "/api/v1/reports", body))
    for path in ["lookup", "messages/list", "messages", "messages/deletion", "additions"]:
        look(path, server.api("POST", f"/api/v1/reports/{path}", {"code": hostile, "message": hostile, "words": hostile}))


def inside(server, look: Look, amina: Member, hostile: str, number: int):
    """What a neighbor and a member wrote, on every page and in every answer where it is read."""
    words = hostile[:1_900]
    where = {"latitude": 33.90 + number % 8 * 0.04, "longitude": -118.40 + number // 8 * 0.04, "text": words[:190]}
    sent = {"kind": "other", "words": words, "where": where, "language": "en",
            "salute": {"size": words[:190], "activity": words[:190]}}  # fmt: skip
    answer = look("a report", server.api("POST", "/api/v1/reports", sent, {"Idempotency-Key": key()}))
    if answer.status == 201:
        code = answer.json()["code"]
        look("a message", server.api("POST", "/api/v1/reports/messages", {"code": code, "message": words}))
        look("the answer", server.form("/report/answer", {"code": code}))
    incident = amina.incidents()[0]["id"]
    at = f"/board/incidents/{incident}"
    look("title", amina.post(f"{at}/title", {"title": hostile}))
    look("meeting", amina.post(f"{at}/dispatch", {"role": "interpreter", "wanted": "1", "meeting": hostile}))
    look("finding", amina.post(f"{at}/verification", {
        "truth": "not_enforcement", "level": "3", "how": "partner", "explanation-en": hostile[:290], "explanation-es": hostile[:290],
        "note": hostile,
    }))  # fmt: skip
    look("debrief", amina.post(f"{at}/after-action", dict.fromkeys(("went_well", "change", "how_we_are"), hostile)))
    look("device", amina.post("/settings/device", {"device": hostile}))
    for path in [at, f"{at}/pane", f"{at}/record", "/board", f"/api/v1/incidents/{incident}", f"/board?incident={incident}"]:
        look(path, amina.get(path))


def measure(quick: bool, work: pathlib.Path) -> dict:
    data, made = demonstration(work)
    look = Look()
    assert foreign(b"<p><img src=x onerror=pwned()>") and foreign(b"<a href='javascript:pwned()'>"), "the reader is blind"
    assert len(ALL) >= 60
    with serving(data, made) as server:
        amina, ruth = Member(server, "amina"), Member(server, "ruth")
        # Quick: all of them in the public fields, and a third of them read inside.
        for number, hostile in enumerate(ALL):
            neighbors(server, look, hostile)
            if not quick or number % 3 == 0:
                inside(server, look, amina, hostile, number)
        for path in ["/now", "/api/v1/status", "/now?lang=es"]:
            look(path, server.ask("GET", path))
        for path in ["/settings", "/people", "/people/decisions", "/shifts", "/respond", "/settings/channels"]:
            look(path, ruth.get(path))
        page = ruth.get("/people").text
        organisation = page.split('<select id="organisation"')[1].split('value="')[1].split('"')[0]
        for hostile in ALL[:: 6 if quick else 1]:
            for path, fields in [
                ("/people/invitations", {"handle": hostile, "organisation": organisation, "language": "en", "roles": "verifier",
                                         "reason": hostile, "submission": hidden(page, "submission"), "passphrase": "wrong"}),
                ("/settings/groups", {"name": hostile, "short_name": hostile[:12]}),
                ("/people/teams", {"name": hostile, "purpose": hostile, "organisation": hostile, "first": hostile}),
                ("/settings/retention", {"class": hostile, "hours": hostile, "reason": hostile, "passphrase": "x"}),
                ("/shifts", {"role": hostile, "starts": hostile, "ends": hostile, "person": hostile}),
            ]:  # fmt: skip
                look(path, ruth.post(path, fields))
        alive = server.is_alive()
        log = server.log.read_bytes()
    logged = [byte for byte in set(log) if byte < 32 and byte not in (10,)]
    in_log = b"pwned" in log or bool(logged)
    for line in sorted(set(look.wrong))[:40]:
        complain(line)
    return {
        "strings": len(ALL), "answers_read": look.answers, "unescaped": len(look.wrong), "server_errors": look.errors,
        "in_the_log": in_log, "met": not look.wrong and not in_log and alive and look.answers > 1_000,
        "notes": "; ".join(sorted(set(look.wrong))[:3]),
    }  # fmt: skip
