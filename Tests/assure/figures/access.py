# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every role and a stranger at every URL of the site map: who gets in is held against docs/people.md."""

import pathlib
import re
import time

import site_map
from common import ROOT, complain, demonstration, query, serving
from figures.canary import multipart, photo, Marks
from member import Member, hidden

GOAL = "unauthorised 2xx over all roles and URLs: 0"
NEW = "copper lagoon thistle vendor mural"

# Who may, by the rows of the table in docs/people.md ("|" between two: either is enough). `member`: whoever is signed in.
# `own`: nobody but the member it belongs to. The first line that fits counts; a route that no line fits fails the figure.
WHO = [
    (r"\w+ /(session|settings/(second-factor|passphrase|device|sessions|recovery-code|availability|pause|helper|week|language|erasure|contact))\b",
     "member"),
    (r"GET /settings$", "member"),
    (r"\w+ /settings/retention/clock", "manage settings"),
    (r"\w+ /settings/retention", "manage settings|hold for a court|read the audit"),
    (r"\w+ /settings/(timings|groups|jobs|channels|hooks|run-cards)", "manage settings"),
    (r"\w+ /panic", "lock the instance"),
    (r"GET /board(/stream)?$", "see the board"),
    (r"POST /board/steps$", "manage people"),
    (r"GET /board/incidents/new", "answer"),
    (r"GET /board/incidents", "see the board"),
    (r"GET /board/files", "open sealed words"),
    (r"POST /board/incidents/:id/(care|debrief-meeting)", "close"),
    (r"POST /board/incidents/:id/hold", "hold for a court"),
    (r"POST /board/incidents/:id/evidence", "export"),
    (r"POST /board/incidents/:id/(verif|waiting)", "verify|triage"),
    (r"POST /board/incidents/:id/(dispatch|meeting|run-card|closure|reopening|over|resumption|after-action|assignments|review)", "dispatch|close|triage"),
    (r"POST /board/incidents", "triage"),
    (r"\w+ /respond(/stream)?$", "member"),
    (r"POST /respond/rest/end$", "member"),
    (r"\w+ /(respond|messages|how-are-you|debriefs)/", "own"),
    (r"GET /(shifts|drills)$", "member"),
    (r"POST /shifts$", "take a shift|manage shifts"),
    (r"POST /shifts/:id/hand-over/(accept|decline)", "own"),
    (r"POST /shifts/:id/test$", "own"),
    (r"POST /(shifts/:id/trade/(taking|return)|openings/:id/place)$", "take a shift"),
    (r"POST /openings", "manage shifts"),
    (r"POST /shifts/", "manage shifts"),
    (r"POST /drills/part$", "member"),
    (r"\w+ /(api/v1/)?drills", "run a drill"),
    # Everybody's own list: what concerns them, and what they could agree to.
    (r"GET /people/decisions$", "member"),
    (r"GET /people/decisions", "manage people|export|hold for a court|see people"),
    (r"POST /people/decisions/exports", "export"),
    (r"POST /people/decisions", "manage people|export|hold for a court"),
    (r"\w+ /people/care", "care for responders"),
    (r"GET /people/find$", "dispatch"),
    (r"GET /people", "see people"),
    (r"POST /people", "manage people"),
    (r"GET /facts", "write facts|approve facts|recall facts"),
    (r"POST /facts/:fact/(recall|restoration)", "recall facts"),
    (r"POST /facts/:fact/revisions/:revision/approval", "approve facts"),
    (r"POST /facts", "write facts"),
    # Everybody shows certificates there; what else it offers depends on the role.
    (r"GET /training/desk", "member"),
    (r"POST /training/desk/certificates$", "member"),
    (r"POST /training/desk/(certificates|recall)", "manage people"),
    (r"POST /training/desk/sessions", "events"),
    (r"POST /console/flood", "dispatch"),
    (r"POST /console/(threshold|partners)", "manage settings"),
    (r"POST /console/:id/spam", "triage"),
    (r"\w+ /console", "answer"),
    (r"GET /broadcasts", "see the board"),
    (r"POST /broadcasts/(limit|canaries)", "manage settings"),
    (r"POST /broadcasts/:id/(approval|refusal)", "approve an alert"),
    (r"POST /broadcasts/:id/allowance", "manage settings"),
    (r"POST /broadcasts", "draft an alert"),
    (r"GET /api/v1/(session|assignments)$", "member"),
    (r"\w+ /api/v1/incidents/:id/(run-card|meeting)", "dispatch"),
    (r"GET /api/v1/helpers$", "dispatch"),
    (r"GET /api/v1/incidents", "see the board"),
    (r"POST /api/v1/incidents/:id/verifications", "verify|triage"),
    (r"POST /api/v1/incidents/:id/dispatches", "dispatch"),
    (r"POST /api/v1/dispatches/:id/(asks|call-off)", "dispatch"),
    (r"GET /api/v1/run-cards", "see the board"),
    (r"PUT /api/v1/run-cards", "manage settings"),
    (r"\w+ /api/v1/incidents/:id/closure", "close"),
    (r"POST /api/v1/incidents/:id/observations", "be sent|observe"),
    (r"POST /api/v1/incidents/:id/messages", "triage"),
    (r"\w+ /api/v1/incidents/:id/(merges|splits|links|dismissals)", "triage"),
    (r"POST /api/v1/assignments", "own"),
    (r"GET /api/v1/broadcasts", "see the board"),
    (r"POST /api/v1/broadcasts/:id/approval", "approve an alert"),
    (r"DELETE /api/v1/broadcasts/:id/request", "draft an alert|approve an alert"),
    (r"POST /api/v1/broadcasts/:id/(stop|again|review|ending)", "draft an alert|approve an alert"),
    (r"\w+ /api/v1/broadcasts", "draft an alert"),
    (r"\w+ /api/v1/inquiries/:id/spam", "triage"),
    (r"\w+ /api/v1/inquiries", "answer"),
]  # fmt: skip


def permissions() -> tuple[dict[str, set[str]], list[str]]:
    """docs/people.md: for each permission, who has it; and all roles."""
    text = (ROOT / "docs/people.md").read_text()
    table = text[text.index("| permission |") :].split("\n\n")[0].splitlines()
    # As the form names them.
    roles = [cell.strip().replace(" ", "_").replace("organizer", "organiser") for cell in table[0].split("|")[2:-1]]
    given: dict[str, set[str]] = {}
    for line in table[2:]:
        cells = line.split("|")
        holders = {role for role, cell in zip(roles, cells[2:], strict=False) if "●" in cell}
        for permission in cells[1].split(","):
            given[permission.strip()] = holders
    return given, roles


def needed(method: str, path: str) -> str | None:
    return next((need for pattern, need in WHO if re.match(pattern, f"{method} {path}")), None)


def invited(server, ruth: Member, role: str) -> Member:
    """Somebody with exactly that role, as a real person would come in."""
    page = ruth.get("/people").text
    organisation = page.split('<select id="organisation"')[1].split('value="')[1].split('"')[0]
    answer = ruth.post("/people/invitations", {
        "handle": f"Nueva {role}", "organisation": organisation, "language": "en", "roles": role, "reason": "Came to the training.",
        "submission": hidden(page, "submission"), "passphrase": server.passphrase,
    })  # fmt: skip
    link = re.search(r"/invitations/[\w-]{43}", answer.text)
    assert link, f"no invitation for {role}: {answer.status}"
    token = hidden(server.ask("GET", link[0]).text, "_token")
    login = f"nueva-{role.lower()}"
    answer = server.form(link[0], {"_token": token, "login": login, "passphrase": NEW})
    assert answer.status == 303, f"{role} could not come in: {answer.status}"
    return Member(server, login, NEW)


def values(data: pathlib.Path, server, amina: Member) -> dict[str, dict[str, str]]:
    """Something real for each parameter, by where it stands."""
    def one(sql: str) -> str:
        rows = query(data, sql)
        return str(rows[0][0]) if rows else ""

    def some(table: str):
        found = one(f"SELECT id FROM {table} LIMIT 1")  # noqa: S608
        return {"id": found} if found else {}

    incident = one("SELECT incident FROM incident_reports LIMIT 1")
    inside = {"id": incident, "dispatch": one("SELECT id FROM dispatches LIMIT 1"),
              "assignment": one("SELECT id FROM assignments LIMIT 1")}  # fmt: skip
    fact = one("SELECT id FROM facts LIMIT 1")
    revision = one("SELECT id FROM fact_revisions LIMIT 1")
    return {
        "/board/files": some("files"), "/board": inside, "/api/v1/incidents": inside,
        "/respond": some("assignments"), "/api/v1/assignments": some("assignments"), "/messages": some("messages"),
        "/shifts": some("shifts"), "/openings": some("open_shifts"), "/people/decisions": some("proposals"),
        "/people/teams": {"team": one("SELECT id FROM teams LIMIT 1")}, "/people/invitations": some("invitations"),
        "/people": {"id": one("SELECT id FROM people WHERE handle = 'Omar'")},
        "/how-are-you": some("care_checks"), "/people/care": some("care_checks"), "/api/v1/run-cards": {"kind": "work"},
        "/facts": {"fact": fact, "revision": revision}, "/settings/availability": some("availabilities"),
        "/drills": some("exercises"), "/api/v1/drills": some("exercises"),
    }  # fmt: skip


def at(path: str, table: dict[str, dict[str, str]]) -> str:
    best = max((start for start in table if path.startswith(start)), key=len, default="")
    return site_map.filled(path, {name: value for name, value in table.get(best, {}).items() if value})


def measure(quick: bool, work: pathlib.Path) -> dict:
    data, made = demonstration(work)
    given, roles = permissions()
    with serving(data, made) as server:
        people: dict[str, tuple[Member, set[str]]] = {}
        for person in made["people"]:
            people[person["handle"]] = (Member(server, person["login"]), set(person["roles"]))
        ruth, amina = people["Ruth"][0], people["Amina"][0]
        there = {role for _, held in people.values() for role in held}
        # The administrator last: from then on two must agree.
        for role in sorted(set(roles) - there, key=lambda role: (role == "administrator", role)):
            people[role] = (invited(server, ruth, role), {role})
        body, headers = multipart([
            ("json", None, b'{"kind":"vehicles","words":"A van","where":{"place":"boyle-heights"}}'), ("files", "a.jpg", photo(Marks())),
        ])  # fmt: skip
        assert server.ask("POST", "/api/v1/reports", body, headers).status == 201
        incident = amina.incidents("boyle-heights")[0]["id"]
        amina.post(f"/board/incidents/{incident}/verifying", {})
        amina.post(f"/board/incidents/{incident}/dispatch", {"role": "observer", "wanted": "3", "meeting": "The corner"})
        time.sleep(1.5)
        table = values(data, server, amina)
        asked = reached = 0
        wrong, unknown, odd = [], [], []
        everybody = [("stranger", None, set())] + [(name, member, held) for name, (member, held) in people.items()]
        for method, path, group in site_map.routes():
            if group != "members":
                continue
            need = needed(method, path)
            if need is None:
                unknown.append(f"{method} {path}")
                continue
            url = at(path, table)
            for name, member, held in everybody:
                if member is None:
                    may = False
                elif need == "own":
                    may = owner(data, path, url) == member.id
                else:
                    may = need == "member" or any(held & given[permission] for permission in need.split("|"))
                # Who may, would do it; and a stream has no end.
                if may and (method != "GET" or path.endswith("/stream")):
                    continue
                status, location = knock(server, member, method, url)
                asked += 1
                entered = 200 <= status < 300 or (300 <= status < 400 and not location.startswith("/sign-in"))
                if may:
                    reached += 200 <= status < 300
                elif entered:
                    wrong.append(f"{name} ({', '.join(sorted(held))}): {method} {url}: {status} {location}")
                elif status >= 500 or status == 422:
                    odd.append(f"{name}: {method} {url}: {status}")
        alive = server.is_alive()
    for line in wrong[:80]:
        complain(line)
    if unknown:
        complain(f"New routes: say in WHO (Tests/assure/figures/access.py) who may: {unknown}")
    complain(f"{len(odd)} looked at the form before the role:", *sorted({line.split(': ', 1)[1] for line in odd})[:30])
    return {
        "roles": len(roles), "people": len(people), "requests": asked, "let_in_rightly": reached, "unauthorised": len(wrong),
        "routes_unclassified": len(unknown),
        "met": not wrong and not unknown and alive and reached > 100 and asked > 1_000,
        "notes": "; ".join(wrong[:3]),
    }  # fmt: skip


def owner(data: pathlib.Path, path: str, url: str) -> str | None:
    found = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", url)
    tables = {"/respond": "assignments", "/api/v1/assignments": "assignments", "/messages": "messages", "/how-are-you": "care_checks"}
    name = next((table for start, table in tables.items() if path.startswith(start)), None)
    if path.startswith("/shifts"):
        column = "handed_to" if "/hand-over/" in path else "person"
        rows = query(data, f"SELECT {column} FROM shifts WHERE id = ?", found[0]) if found else []  # noqa: S608
    else:
        rows = query(data, f"SELECT person FROM {name} WHERE id = ?", found[0]) if found and name else []  # noqa: S608
    return rows[0][0] if rows else None


def knock(server, member: Member | None, method: str, url: str) -> tuple[int, str]:
    """A member's request carries their own right tokens; a stranger's carries none."""
    if member is None:
        answer = server.ask("GET", url) if method == "GET" else server.form(url, {"_token": "x"})
    elif url.startswith("/api/"):
        answer = member.api(method, url, None if method == "GET" else {})
    else:
        answer = member.get(url) if method == "GET" else member.post(url, {"submission": "x"})
    return answer.status, answer.headers.get("Location") or ""
