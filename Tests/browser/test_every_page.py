# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every page that the site map knows, by axe: in English, Spanish and Farsi (right to left), light and dark. A new page is
looked at without anybody adding it here; a new parameter must be given a value."""

import datetime
import re
import sys

import pytest
from member import hidden
from server import ROOT
from test_pages import scene  # noqa: F401
from test_rights_pages import COURSES, FOREIGN, GUIDES, PAGES, POLICIES

sys.path.append(str(ROOT / "Tests/assure"))
import site_map  # noqa: E402

# Answers that are no pages: files, streams, sounds, programs' lists, workers, what providers ask.
NO_PAGE = re.compile(
    r"^/(static|feeds|api|hooks|healthz)\b|/stream$|\.(js|ics)$|^/(print|rights/save|rights/sounds)/:file$"
    r"|^/rights/recordings/:id$|^/facts/recordings/:id$|^/board/files/|^/board/incidents/:id/pane$|^/a/:code/:file$"
)
# Reached by a secret that a message carries, or while the instance is locked: without one they are a page that says so.
SECRET = ["/a/:code", "/answer/:token", "/go/:token", "/invitations/:secret", "/unsubscribe/:token", "/subscribe/confirm/:token"]
SECRET += ["/subscribe/manage/:token", "/unlock"]
# Who is tried for a member's page, in this order.
MEMBERS = ["amina", "ruth", "carmen", "joao", "lena"]


def given(scene: dict, made: dict) -> dict[str, list[str]]:  # noqa: F811
    """Real addresses for routes with a parameter."""
    guides = [guide["id"] for guide in GUIDES]
    return {
        "/rights/:guide": [f"/rights/{name}" for name in guides],
        "/rights/:guide/check": [path for path in PAGES["checker"] if path.endswith("/check")],
        "/rights/:guide/check/:step": [path for path in PAGES["checker"] if not path.endswith("/check")],
        "/policies/:policy": [f"/policies/{name}" for name in POLICIES],
        **{f"/training/:course{part}": [f"/training/{name}{part}" for name in COURSES] for part in ("", "/notes", "/handout", "/quiz")},
        "/training/sessions/:id": [made["session"]],
        "/training/seats/:id": [made["seat"]],
        "/embed/strip/:language": ["/embed/strip/en", "/embed/strip/es", "/embed/strip/fa"],
        "/c/:code": ["/c/00000000", f"/c/{made['edition']}"],
        "/board/incidents/:id": [f"/board/incidents/{scene['incident']}", f"/board/incidents/{scene['answered']}"],
        "/board/incidents/:id/record": [f"/board/incidents/{scene['incident']}/record"],
        "/board/incidents/:id/hold": [f"/board/incidents/{scene['incident']}/hold"],
        "/broadcasts/:id": [made["broadcast"]],
        "/broadcasts/:id/twice": [f"{made['broadcast']}/twice"],
        "/respond/:id": [f"/respond/{scene['assignment']}"],
        "/people/:id": [f"/people/{scene['person']}"],
        "/people/:id/removal": [f"/people/{scene['person']}/removal"],
        "/people/decisions/:id": [made["decision"]],
        "/facts/:fact": ["/facts/silence", "/facts/bond-hearing"],
        "/facts/:fact/edit": ["/facts/bond-hearing/edit"],
        "/settings/hooks/:id": [made["hook"]],
        "/how-are-you/:id": [f"/how-are-you/{scene['care']}"],
        "/debriefs/:id": [f"/debriefs/{scene['answered']}"],
        "/drills/:id": [made["drill"]],
    }


@pytest.fixture(scope="module")
def pages(vecinos, member, scene) -> list[tuple[str | None, str]]:  # noqa: F811
    """Every page, with somebody who may see it."""
    ruth, made = member("ruth"), {}
    ruth.post("/settings/hooks", {"name": "School", "address": "https://school.example/hook"})
    made["hook"] = re.search(r'href="(/settings/hooks/[^"]+)"', ruth.get("/settings/hooks").text)[1]
    confirmed = next(one["id"] for one in member("amina").incidents("westlake") if one["truth"] == "confirmed" and not one["exercise"])
    made["broadcast"] = member("carmen").post("/broadcasts", {"incident": confirmed}).headers["Location"]
    asked = {"what": "counts", "reason": "For the yearly report.", "passphrase": vecinos.passphrase}
    made["decision"] = ruth.post("/people/decisions/exports", asked).headers["Location"]
    drill = ruth.api("POST", "/api/v1/drills", {"file": "drills/ordinary-evening.yaml", "speed": 100, "size": 1})
    made["drill"] = f"/drills/{drill.json()['id']}"
    ruth.post("/drills/end")
    day = (datetime.date.today() + datetime.timedelta(days=9)).isoformat()
    made["session"] = session(vecinos, ruth, {"course": "legal-observer", "language": "es", "at": f"{day}T18:00", "minutes": "90",
                                              "place": "A library", "link": "", "seats": "12"})  # fmt: skip
    page = vecinos.ask("GET", made["session"]).text
    seat = {"seat": hidden(page, "seat"), "_token": hidden(page, "_token")}
    made["seat"] = vecinos.form(f"{made['session']}/seats", seat).headers["Location"]
    made["edition"] = re.search(r'data-edition="([^"]+)"', vecinos.ask("GET", "/rights/save", timeout=300).text)[1].replace("-", "").lower()
    assert all(made.values()), made
    table, found, missing = given(scene, made), [], []
    for method, path, group in site_map.routes():
        if method != "GET" or NO_PAGE.search(path):
            continue
        if ":" not in path:
            addresses = [path]
        elif path in SECRET:
            addresses = [site_map.filled(path, {})]
        elif path in table:
            addresses = table[path]
        else:
            missing.append(path)
            continue
        for address in addresses:
            found.append((who(member, address) if group == "members" else None, address))
    assert not missing, f"say in `given` how these pages are reached: {missing}"
    assert len(found) > 130
    return found


def session(vecinos, ruth, fields: dict) -> str:
    submission = hidden(ruth.get("/training/desk").text, "submission")
    assert ruth.post("/training/desk/sessions", {**fields, "submission": submission}).status == 303
    return re.search(r'href="(/training/sessions/[^"]+)"', vecinos.ask("GET", "/training").text)[1]


def who(member, address: str) -> str:
    """The first who is let in; for what isn't there, the first."""
    for login in MEMBERS:
        if member(login).get(address).status == 200:
            return login
    return MEMBERS[0]


def test_every_page_is_really_seen(vecinos, member, pages):
    """Not a refusal or an error that happens to be accessible."""
    unseen = []
    for login, address in pages:
        answer = member(login).get(address) if login else vecinos.ask("GET", address)
        secret = any(address.startswith(path.split(":")[0]) for path in SECRET)
        if answer.status != 200 and not secret or not answer.headers["Content-Type"].startswith("text/html"):
            unseen.append(f"{address}: {answer.status} {answer.headers['Content-Type']}")
    assert not unseen


@pytest.mark.parametrize("code, scheme", [("es", "light"), ("fa", "light"), ("en", "dark")])
def test_axe_finds_nothing_on_any_page(vecinos, member, tabs, accessible, pages, code, scheme):
    wrong = []
    # The others are looked at in test_rights_pages.
    elsewhere = {path for area in PAGES.values() for path in area}
    for login, address in pages:
        if address in elsewhere:
            continue
        page = tabs(login, scheme)
        page.set_viewport_size({"width": 390 if login in (None, "joao") else 1280, "height": 844})
        # Some lead on to another page: the cookie goes with them.
        page.context.add_cookies([{"name": "language", "value": code, "url": vecinos.url}])
        page.goto(f"{address}?lang={code}")
        # A strip for other people's pages is in the language of its address.
        chosen = code if not address.startswith("/embed/strip") else address[-2:]
        if page.locator("html").get_attribute("dir") != ("rtl" if chosen == "fa" else "ltr"):
            wrong.append(f"{address} in {code} doesn't run its way")
        try:
            accessible(page, colors=scheme == "dark")
        except AssertionError as error:
            wrong.append(str(error)[:600])
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("code", ["zh-Hans", "zh-Hant", "ko", "hy", "fa", "ru", "ar", "km"])
def test_english_on_any_page_for_everybody_says_that_it_is_english(tabs, pages, code):
    """In the languages whose letters tell it: words of the interface that are missing would stand there unmarked."""
    page = tabs()
    found = {}
    for login, address in pages:
        if login is None:
            page.goto(f"{address}?lang={code}")
            found[address] = page.evaluate(FOREIGN, code)
    # Terms that are what a paper or a shop's sign says.
    terms = ("Department of Homeland Security", "immigration consultant")
    wrong = [f"{address}: {words}" for address, lines in found.items() for words in lines if not any(term in words for term in terms)]
    assert not wrong, "\n".join(wrong)
