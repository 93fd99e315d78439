# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every field takes the worst there is: it comes back as text or is refused in plain words; nothing else happens."""

import urllib.parse
import uuid

import pytest
from hostile import STRINGS, plain
from member import Member, hidden
from playwright.sync_api import Page, expect

EVERY_STRING = pytest.mark.parametrize("hostile", STRINGS.values(), ids=STRINGS.keys())
REPORT = ["kind", "place", "zone", "latitude", "longitude", "when", "words", "size", "activity", "uniform", "equipment",
          "website", "go", "step", "_token"]  # fmt: skip
# A place for each string, so that nothing is gathered.
ZONES = """bell-gardens huntington-park south-gate compton paramount cerritos downey la-mirada lakewood long-beach
montebello norwalk whittier carson el-segundo gardena hawthorne inglewood lomita torrance alhambra arcadia""".split()
# What none of our pages ever has.
FOREIGN = """() => [...document.querySelectorAll("*")].filter((element) =>
    element.matches("img, iframe, object, embed, base, [autofocus]:not(#passphrase)")
    || (element.matches("script") && !element.src.startsWith(location.origin + "/static/"))
    || [...element.attributes].some(({ name, value }) => name.startsWith("on")
        || (["href", "src", "action", "formaction"].includes(name) && /^\\s*javascript:/i.test(value)))
).map((element) => element.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module", autouse=True)
def same_process(vecinos):
    process = vecinos.process.pid
    yield
    assert vecinos.is_alive(), vecinos.words()
    assert vecinos.process.pid == process


@pytest.fixture
def unhurt():
    """The page as it stands has no element, attribute or call that came out of a string."""

    def check(page: Page):
        assert page.evaluate(FOREIGN) == []
        assert page.evaluate("typeof pwned") == "undefined"

    return check


def show(page: Page, html: str):
    """Lets the browser's own parser read what the server answered, as the answer of our own address."""
    page.unroute_all()
    page.route("**/shown", lambda route: route.fulfill(body=html.encode(), content_type="text/html; charset=utf-8"))
    page.goto("/shown", wait_until="domcontentloaded")


def is_honest(answer) -> bool:
    """No error of ours, and no header of theirs."""
    return 200 <= answer.status < 500 and "stolen" not in str(answer.headers.get_all("Set-Cookie"))


@EVERY_STRING
def test_public_fields(vecinos, hostile):
    usual = {"step": "when", "go": "send", "kind": "vehicles", "place": "Pacoima", "zone": "pacoima", "words": "x"}
    for field in REPORT:
        for step in ["what", "where", "when"]:
            answer = vecinos.form("/report", {**usual, "step": step, field: hostile})
            assert is_honest(answer), f"{field} in {step}: {answer.status}"
    for path, fields in [
        ("/report/answer", {"code": hostile}),
        ("/report/more", {"code": vecinos.code, "more": hostile, "_token": "x"}),
        ("/report/more", {"code": hostile, "more": "x", "_token": hostile}),
        ("/sign-in", {"login": hostile, "passphrase": "x", "back": "/board", "_token": hostile}),
        ("/sign-in", {"login": "x", "passphrase": hostile, "back": hostile}),
        ("/leave", {hostile: hostile}),
    ]:
        answer = vecinos.form(path, fields)
        assert is_honest(answer), f"{path}: {answer.status}"
    quoted = urllib.parse.quote(hostile[:300], safe="")
    for path in [f"/?lang={quoted}", f"/sign-in?back={quoted}", f"/{quoted}", f"/rights/{quoted}", f"/static/{quoted}",
                 f"/people/{quoted}", f"/api/v1/incidents/{quoted}", f"/board?incident={quoted}"]:  # fmt: skip
        answer = vecinos.ask("GET", path)
        assert is_honest(answer), f"{path}: {answer.status}"
    asked = vecinos.ask("GET", "/", headers={"Accept-Language": plain(hostile)[:200].encode("latin-1", "ignore"),
                                            "Cookie": "language=" + quoted + "; session=" + quoted})  # fmt: skip
    assert asked.status == 200


@EVERY_STRING
def test_the_interface_of_programs(vecinos, hostile):
    usual = {"kind": "vehicles", "words": "x", "where": {"text": "Pacoima"}, "language": "en"}
    for body in [
        {**usual, "words": hostile},
        {**usual, "where": {"text": hostile}},
        {**usual, "where": {"place": hostile}},
        {**usual, "where": hostile},
        {**usual, "kind": hostile},
        {**usual, "language": hostile},
        {**usual, "seen_at": hostile},
        {**usual, "salute": {"size": hostile, "location": hostile, "time": hostile}},
        {**usual, hostile: hostile},
        hostile,
        [hostile],
    ]:
        answer = vecinos.api("POST", "/api/v1/reports", body)
        assert is_honest(answer), f"{body}: {answer.status}"
        answer.json()
    assert vecinos.lookup(hostile).status in (404, 422)


# A NUL is refused before a form is read.
@pytest.mark.parametrize("hostile", [text for text in STRINGS.values() if "\x00" not in text],
                         ids=[name for name, text in STRINGS.items() if "\x00" not in text])  # fmt: skip
def test_a_form_that_comes_back_holds_it_as_text(tabs, vecinos, unhurt, hostile):
    fields = {
        "step": "when", "go": "send", "kind": "work", "place": hostile, "zone": "pacoima", "when": "now",
        "words": hostile,
        "size": hostile, "activity": hostile, "uniform": hostile, "equipment": hostile, "_token": "forged",
    }  # fmt: skip
    answer = vecinos.form("/report", fields)
    assert answer.status == 422
    page = tabs()
    show(page, answer.text)
    unhurt(page)
    for name in ["words", "size", "equipment"]:
        assert plain(page.locator(f"[name={name}]").input_value()) == plain(hostile)
    assert page.locator("#about-where dd").inner_text() == "Pacoima"
    answer = vecinos.form("/report/answer", {"code": hostile})
    show(page, answer.text)
    unhurt(page)
    assert plain(page.locator("[name=code]").input_value()) == plain(hostile)
    answer = vecinos.form("/sign-in", {"login": hostile, "passphrase": "x", "back": "/", "_token": "x"})
    show(page, answer.text)
    unhurt(page)
    assert plain(page.locator("[name=login]").input_value()) == plain(hostile)


@EVERY_STRING
def test_a_report_is_read_by_members_as_text(tabs, vecinos, member, unhurt, hostile):
    words = hostile[:1_900]
    zone = ZONES[list(STRINGS.values()).index(hostile)]
    sent = {"kind": "other", "words": words, "where": {"text": words[:190], "place": zone}, "language": "en"}
    sent["salute"] = {"size": words[:190], "activity": words[:190]}
    answer = vecinos.api("POST", "/api/v1/reports", sent, {"Idempotency-Key": uuid.uuid4().hex})
    assert answer.status == 201, answer.text
    amina = member("amina")
    incident = amina.incidents(zone)[0]["id"]
    page = tabs("amina")
    page.goto(f"/board/incidents/{incident}")
    unhurt(page)
    assert plain(words) in plain(page.locator("#pane").inner_text())
    # What scripts put into the page goes the same way.
    page.goto("/board")
    page.locator("details.answered").evaluate("fold => { fold.open = true; }")
    page.locator(f"[id='incident-{incident}'] a").click()
    expect(page.locator("#pane h1")).not_to_have_text("No card is open")
    unhurt(page)
    assert plain(words) in plain(page.locator("#pane").inner_text())
    close = {"truth": "unfounded", "level": "1", "how": "call_back", "version": ""}
    assert amina.post(f"/board/incidents/{incident}/verification", close).status == 303


def staff_fields(hostile: str, incident: str) -> list[tuple[str, str, dict]]:
    """Who, where, what: every text that members can type."""
    found = {"truth": "not_enforcement", "level": "3", "how": "partner"}
    return [
        ("amina", f"/board/incidents/{incident}/title", {"title": hostile}),
        ("amina", f"/board/incidents/{incident}/dispatch", {"role": "interpreter", "wanted": "1", "meeting": hostile}),
        ("amina", f"/board/incidents/{incident}/dispatch", {"role": hostile, "wanted": hostile, "language": hostile}),
        ("amina", f"/board/incidents/{incident}/verification",
         {**found, "explanation-en": hostile, "explanation-es": hostile, "note": hostile}),
        ("amina", f"/board/incidents/{incident}/verification", {"truth": hostile, "level": hostile, "how": hostile}),
        ("amina", f"/board/incidents/{incident}/after-action",
         {"went_well": hostile, "change": hostile, "how_we_are": hostile}),
        ("amina", f"/board/incidents/{incident}/title", {"title": "x", "version": hostile, "act": hostile}),
        ("amina", f"/board/incidents/{incident}/merge", {"other": hostile}),
        ("amina", f"/board/incidents/{incident}/merge", {"address": hostile, "act": "merge"}),
        ("amina", f"/board/incidents/{incident}/links", {"report": hostile, "address": hostile, "act": "also"}),
        ("amina", f"/board/incidents/{incident}/split", {"reports": hostile}),
        ("amina", "/board/incidents", {"source": hostile, "kind": hostile, "where": hostile, "words": hostile}),
        ("amina", "/shifts", {"role": hostile, "starts": hostile, "ends": hostile, "person": hostile}),
        ("amina", "/settings/language", {"language": hostile}),
        ("amina", "/settings/pause", {"until": hostile}),
        ("ruth", "/people/invitations", {"handle": hostile, "organisation": hostile, "language": hostile, "teams": hostile}),
        ("ruth", "/people?q=" + urllib.parse.quote(hostile[:200]), {}),
        ("ruth", "/settings/groups", {"name": hostile, "short_name": hostile, "submission": "x"}),
        ("ruth", "/settings/timings", {"check_in": hostile, "offer": hostile}),
        ("ruth", f"/people/{incident}/roles", {"roles": hostile}),
        ("amina", "/drills", {"file": hostile, "speed": hostile}),
    ]  # fmt: skip


@EVERY_STRING
def test_members_fields(tabs, vecinos, member, unhurt, hostile):
    zone = ZONES[list(STRINGS.values()).index(hostile)]
    sent = {"kind": "checkpoint", "words": "Cones on the road", "where": {"place": zone}, "language": "en"}
    assert vecinos.api("POST", "/api/v1/reports", sent).status == 201
    amina = member("amina")
    incident = amina.incidents(zone)[0]["id"]
    page = tabs("amina")
    refused = []
    for login, path, fields in staff_fields(hostile, incident):
        answer = member(login).post(path, fields)
        assert is_honest(answer), f"{path} {list(fields)}: {answer.status}"
        if answer.status == 422:
            refused.append(answer.text)
    # What came back with an error, and what was kept.
    for text in refused[:4]:
        show(page, text)
        unhurt(page)
    for path in [f"/board/incidents/{incident}", f"/board/incidents/{incident}/record", "/now"]:
        page.goto(path)
        unhurt(page)
    close = {"truth": "unfounded", "level": "1", "how": "call_back"}
    amina.post(f"/board/incidents/{incident}/verification", close)
    amina.post(f"/board/incidents/{incident}/closure", {})


def test_words_for_neighbors_are_shown_as_text(visit, vecinos, member, unhurt):
    """One answered incident for each string, all of them on one page."""
    amina = member("amina")
    strings = {name: plain(text)[:290] for name, text in STRINGS.items()}
    for zone, text in zip(ZONES, strings.values(), strict=False):
        sent = {"kind": "home", "words": uuid.uuid4().hex, "where": {"place": zone}, "language": "en"}
        assert vecinos.api("POST", "/api/v1/reports", sent).status == 201
        finding = {"truth": "not_enforcement", "level": "L4", "how": "on_scene", "explanation": {"en": text}}
        incident = amina.incidents(zone)[0]["id"]
        assert amina.saw(incident, finding).status == 201
    for path, login in [("/now", None), ("/board", "amina")]:
        page = visit(path, login=login, width=1280)
        unhurt(page)
    page = visit("/now", script=False)
    # The older ones are folded.
    shown = plain(page.locator("main").text_content())
    assert [name for name, text in strings.items() if plain(text) not in shown] == []
    status = vecinos.ask("GET", "/api/v1/status")
    assert status.headers["Content-Type"].startswith("application/geo+json")
    assert b"<" not in status.body or status.headers["X-Content-Type-Options"] == "nosniff"


def test_a_members_name_is_text_everywhere(visit, vecinos, unhurt):
    ruth = Member(vecinos, "ruth")
    page = ruth.get("/people").text
    organisation = page.split('<select id="organisation"')[1].split('value="')[1].split('"')[0]
    made = 0
    names = ["\u0600<b onclick=pwned()>", 'x"\u0301 onfocus="pwned()', "👨‍👩‍👧‍👦 <i>"]
    for hostile in names:
        fields = {
            "handle": hostile, "organisation": organisation, "language": "en",
            "roles": "verifier", "submission": hidden(page, "submission"), "passphrase": vecinos.passphrase,
            "reason": "Came to the training.",
        }  # fmt: skip
        answer = ruth.post("/people/invitations", fields)
        assert answer.status in (200, 422)
        page = ruth.get("/people").text
        made += answer.status == 200
    # Those with a hidden letter are refused; one is a name.
    assert made >= 1
    browser = visit("/people", login="ruth", width=1280)
    unhurt(browser)
    browser.goto("/shifts")
    unhurt(browser)
