# SPDX-License-Identifier: AGPL-3.0-or-later
"""Feeds, alerts and the mirror, read by programs that we did not write."""

import base64
import functools
import hashlib
import html.parser
import http.server
import json
import pathlib
import subprocess
import threading
import urllib.parse
import uuid

import capvalidator
import feedparser
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hostile import STRINGS
from lxml import etree
from playwright.sync_api import expect
from server import BINARY, ENVIRONMENT

CAP = {"cap": "urn:oasis:names:tc:emergency:cap:1.2"}
SEEN = {"truth": "confirmed", "level": "L4", "how": "on_scene"}
FILM = {"truth": "not_enforcement", "level": "L4", "how": "on_scene"}
PLACES = ["Boyle Heights", "Pacoima", "Westlake", "Highland Park", "Echo Park", "Koreatown"]


def tell(amina, id, finding, words=None):
    finding = {**finding, **({"explanation": {"en": words, "es": words}} if words else {})}
    answer = amina.saw(id, finding)
    assert answer.status == 201, answer.text


def outside(id):
    """What an incident is called in public: no time can be read in it (decision 0040)."""
    name = bytearray(hashlib.sha256(f"vecinos incident|{id}".encode()).digest()[:16])
    name[6] = 0x80 | name[6] & 0x0F
    name[8] = 0x80 | name[8] & 0x3F
    return str(uuid.UUID(bytes=bytes(name)))


def real(amina, zone):
    """The demonstration has exercises of its own."""
    return next(item["id"] for item in amina.incidents(zone) if not item["exercise"])


@pytest.fixture(scope="module")
def story(vecinos, member):
    """Six places: what is seen, corrected, unfounded after an alert, unable after one, false from the start, over."""
    amina = member("amina")
    for place in PLACES:
        vecinos.report(f"White vans near the school in {place}", place)
    ids = [real(amina, place.lower().replace(" ", "-")) for place in PLACES]
    hostile = STRINGS["escape"] + STRINGS["wide and lone"]
    tell(amina, ids[0], SEEN, hostile)
    tell(amina, ids[1], SEEN)
    tell(amina, ids[1], FILM, STRINGS["close everything"][:200])
    tell(amina, ids[2], SEEN)
    tell(amina, ids[2], {"truth": "unfounded", "level": "L4", "how": "on_scene"})
    tell(amina, ids[3], SEEN)
    tell(amina, ids[3], {"truth": "unable", "level": "L4", "how": "on_scene"})
    tell(amina, ids[4], FILM, STRINGS["attribute"])
    tell(amina, ids[5], SEEN)
    tell(amina, ids[5], SEEN, "Still there")
    return [outside(id) for id in ids]


@pytest.fixture(scope="module")
def index(vecinos, story):
    return feedparser.parse(vecinos.ask("GET", "/feeds/cap.atom").text)


@pytest.fixture(scope="module")
def alerts(vecinos, index, story):
    """Bytes and signature by identifier, oldest first, of the story."""
    found = {}
    for entry in reversed(index.entries):
        id = entry.id.removeprefix("urn:uuid:")
        xml = vecinos.ask("GET", f"/feeds/cap/{id}.xml")
        note = vecinos.ask("GET", f"/feeds/cap/{id}.sig")
        assert (xml.status, note.status) == (200, 200)
        if at(etree.fromstring(xml.text.encode()), "incidents") in story:
            found[id] = (xml.text.encode(), note.text)
    return found


def at(root, name):
    return root.findtext(f"cap:{name}", namespaces=CAP)


def test_every_alert_follows_the_schema_of_oasis(alerts):
    assert len(alerts) == 9
    for xml, _ in alerts.values():
        result = capvalidator.check_schema(xml)
        assert result.passed, f"{result.message}\n{xml.decode()}"
    # The checker can say no.
    broken = next(iter(alerts.values()))[0].replace(b"<scope>Public</scope>", b"<scope>Everybody</scope>")
    assert not capvalidator.check_schema(broken).passed


# Alerts as others write them, with elements that ours don't use: after the kinds of examples in appendix A of CAP 1.2 (a
# threat level, a storm with a polygon, an earthquake with a circle, a missing child in two languages), in our own words.
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{id}</identifier><sender>tests@example.org</sender>
<sent>2026-03-02T09:15:00-08:00</sent><status>Actual</status><msgType>{kind}</msgType><scope>Public</scope>{more}{info}</alert>"""
INFO = """<info>{language}<category>{category}</category><event>{event}</event>{response}<urgency>{urgency}</urgency>
<severity>{severity}</severity><certainty>{certainty}</certainty>{rest}</info>"""


def info(event, category, urgency, severity, certainty, rest, language="", response=""):
    fields = {"event": event, "category": category, "urgency": urgency, "severity": severity, "certainty": certainty}
    return INFO.format(**fields, rest=rest, language=language, response=response)


OTHERS = {
    "threat": HEAD.format(id="others-1", kind="Alert", more="<note>Level raised.</note>", info=info(
        "Advisory level", "Security", "Immediate", "Severe", "Likely",
        "<senderName>Office of tests</senderName><headline>Level raised</headline><description>A test.</description>"
        "<parameter><valueName>LEVEL</valueName><value>ORANGE</value></parameter><resource><resourceDesc>Image</resourceDesc>"
        "<mimeType>image/gif</mimeType><uri>https://example.org/level.gif</uri></resource><area><areaDesc>All</areaDesc></area>")),
    "storm": HEAD.format(id="others-2", kind="Alert", more="", info=info(
        "Thunderstorm", "Met", "Immediate", "Severe", "Observed",
        "<eventCode><valueName>SAME</valueName><value>SVR</value></eventCode><expires>2026-03-02T16:00:00-08:00</expires>"
        "<headline>Storm</headline><area><areaDesc>A county</areaDesc><polygon>38.47,-120.14 38.34,-119.95 38.52,-119.74 "
        "38.62,-119.89 38.47,-120.14</polygon><geocode><valueName>SAME</valueName><value>006109</value></geocode></area>",
        response="<responseType>Shelter</responseType>")),
    "quake": HEAD.format(
        id="others-3", kind="Update", more="<references>tests@example.org,others-0,2026-03-02T09:00:00-08:00</references>",
        info=info("Earthquake", "Geo", "Past", "Minor", "Observed",
                  "<headline>Small</headline><area><areaDesc>A valley</areaDesc><circle>32.9525,-115.5527 0</circle></area>")),
    "child": HEAD.format(id="others-4", kind="Alert", more="", info="".join(
        info("Missing", "Rescue", "Immediate", "Severe", "Likely",
             f"<headline>{words}</headline><area><areaDesc>A city</areaDesc></area>", f"<language>{code}</language>")
        for code, words in [("en-US", "A test"), ("es-US", "Una prueba")])),
}


@pytest.mark.parametrize("name", OTHERS)
def test_alerts_of_others_are_alerts_to_the_checker_and_never_ours(vecinos, visit, alerts, tmp_path, name):
    xml = OTHERS[name].encode()
    result = capvalidator.check_schema(xml)
    assert result.passed, result.message
    for element in ["<scope>Public</scope>", "<certainty>"]:
        broken = OTHERS[name].replace(element, "<certain>" if element == "<certainty>" else "").replace(
            "</certainty>", "</certain>" if element == "<certainty>" else "</certainty>")
        assert not capvalidator.check_schema(broken.encode()).passed, "the checker can say no"
    page = visit("/verify", script=False)
    page.get_by_label("The alert").fill(OTHERS[name])
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("main")).not_to_contain_text("Yes, we sent this")
    # With one of our own signatures beside it.
    (tmp_path / "other.xml").write_bytes(xml)
    (tmp_path / "other.sig").write_text(next(iter(alerts.values()))[1])
    checked = subprocess.run([BINARY, "verify", tmp_path / "other.xml"], capture_output=True, text=True)
    assert checked.returncode == 1, checked.stdout
    assert vecinos.ask("GET", "/healthz").status == 200


def test_references_name_alerts_that_were_sent(alerts):
    sent = {}
    kinds = []
    for id, (xml, _) in alerts.items():
        root = etree.fromstring(xml)
        assert at(root, "identifier") == id
        kinds.append(at(root, "msgType"))
        references = (at(root, "references") or "").split()
        assert bool(references) == (kinds[-1] != "Alert")
        for reference in references:
            assert reference in sent.values()
        sent[id] = ",".join([at(root, "sender"), id, at(root, "sent")])
        assert [info.findtext("cap:language", namespaces=CAP) for info in root.findall("cap:info", CAP)] == ["en-US", "es-US"]
    assert sorted(kinds) == ["Alert"] * 5 + ["Cancel"] * 3 + ["Update"]


def test_signatures_hold_for_a_checker_that_we_did_not_write(alerts, tmp_path):
    for id, (xml, note) in alerts.items():
        text, _, line = note.partition("\n\n")
        heading, verifier, digest = text.split("\n")
        assert heading == "vecinos alert 1"
        assert digest == f"sha256 {hashlib.sha256(xml).hexdigest()}"
        name, key_id, key = verifier.split("+", 2)
        public = base64.b64decode(key)
        assert hashlib.sha256(name.encode() + b"\n" + public).digest()[:4].hex() == key_id
        signature = base64.b64decode(line.strip().split(" ")[2])
        Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature[4:], f"{text}\n".encode())
        (tmp_path / f"{id}.xml").write_bytes(xml)
        (tmp_path / f"{id}.sig").write_text(note)
    id = next(iter(alerts))
    right = subprocess.run([BINARY, "verify", tmp_path / f"{id}.xml"], capture_output=True, text=True)
    assert right.returncode == 0, right.stdout
    (tmp_path / f"{id}.xml").write_bytes(alerts[id][0].replace(b"Public", b"Privat"))
    assert subprocess.run([BINARY, "verify", tmp_path / f"{id}.xml"], capture_output=True).returncode == 1


@pytest.mark.parametrize("language", ["en", "es"])
def test_atom_is_read_whole(vecinos, story, language):
    feed = feedparser.parse(vecinos.ask("GET", f"/feeds/status.{language}.atom").text)
    assert not feed.bozo, feed.get("bozo_exception")
    assert {entry.id for entry in feed.entries} >= {f"urn:uuid:{id}" for id in story}
    assert len({entry.id for entry in feed.entries}) == len(feed.entries)
    assert all(entry.updated_parsed >= entry.published_parsed for entry in feed.entries)
    assert feed.feed.updated_parsed >= max(entry.updated_parsed for entry in feed.entries)


def test_a_page_that_is_open_shows_a_change_by_itself(vecinos, member, visit, story):
    page = visit("/now")
    expect(page.locator("html")).to_have_attribute("data-streaming", "open")
    vecinos.report("Men knock at doors in Sylmar", "Sylmar", kind="home")
    amina = member("amina")
    id = real(amina, "sylmar")
    tell(amina, id, FILM, "Someone who sells windows")
    part = page.locator("[data-part]").filter(has_text="Someone who sells windows")
    expect(part).to_have_count(1, timeout=15_000)
    # Outside an incident goes by a name that doesn't tell when it began.
    assert part.get_attribute("data-part") != id
    expect(page.locator("[data-said]")).to_contain_text("Sylmar")


def test_the_strip_stands_in_a_page_of_others(vecinos, visit, chromium, accessible, story, tmp_path):
    page = visit("/embed/strip/es")
    accessible(page)
    assert page.locator("script").count() == 0
    # And in a page of another origin, as a school or a union would have it.
    for path, name in [("/embed/strip/es", "strip.html"), ("/report", "report.html")]:
        (tmp_path / name).write_text(f"<!doctype html><title>A school</title><iframe src='{vecinos.url}{path}'></iframe>")
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=tmp_path)) as school:
        threading.Thread(target=school.serve_forever, daemon=True).start()
        page = chromium.new_page()
        page.goto(f"http://127.0.0.1:{school.server_port}/strip.html")
        expect(page.frame_locator("iframe").locator("body")).to_contain_text("ciertos ahora")
        # What isn't made for it can't be framed.
        page.goto(f"http://127.0.0.1:{school.server_port}/report.html")
        expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_have_count(0)
        page.close()
        school.shutdown()


def test_pasting_an_alert_says_that_we_sent_it(visit, alerts):
    page = visit("/verify", script=False)
    page.get_by_label("The alert").fill(next(iter(alerts.values()))[0].decode())
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("status")).to_contain_text("Yes, we sent this")


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        self.found += [value for name, value in attributes if name in ("href", "src", "action") and value]


def test_every_link_of_the_mirror_resolves(vecinos, story, tmp_path):
    folder = tmp_path / "mirror"
    command = [BINARY, "mirror", "--data", vecinos.data, "--to", folder, "--once"]
    for _ in range(2):  # the second time it changes places with the first
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=ENVIRONMENT)
        assert done.returncode == 0, done.stderr
    pages = list(folder.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        links = Links()
        links.feed(page.read_text())
        for link in links.found:
            target = urllib.parse.urlsplit(link)
            if target.scheme or not target.path:
                continue
            assert not link.startswith("/"), f"{page}: {link}"
            assert (page.parent / target.path).is_file(), f"{page}: {link}"
    for path in ["feeds/cap.atom", "feeds/status.es.atom", "status.en.geojson", "static/app.css", "static/sprite.svg"]:
        assert (folder / path).is_file()
    json.loads((folder / "status.en.geojson").read_text())
    refused = subprocess.run([*command[:5], pathlib.Path("/etc"), "--once"], capture_output=True, text=True)
    assert refused.returncode != 0


def test_what_is_older_unfolds_and_stays_open_when_more_comes(vecinos, member, visit):
    """Ten of what was found false are in sight; the list of a long day has an end."""
    amina = member("amina")
    places = ["South Gate", "Whittier", "Manhattan Beach", "Azusa", "La Puente", "Burbank", "Malibu", "Lincoln Heights",
              "Exposition Park", "Palms", "Westwood", "Shadow Hills", "Mission Hills"]  # fmt: skip
    for place in places:
        vecinos.report(f"Three white vans at the market of {place}", place)
    *ids, last = [real(amina, place.lower().replace(" ", "-")) for place in places]
    finding = {"truth": "not_enforcement", "level": "L1", "how": "call_back"}
    for id in ids:
        tell(amina, id, finding, "A film crew")
    page = visit("/now")
    expect(page.locator("html")).to_have_attribute("data-streaming", "open")
    fold = page.locator("[data-live=list] > details[data-part=more-h-false]")
    inside = fold.locator("article").count()
    assert inside >= 2
    fold.locator("summary").click()
    tell(amina, last, finding, "Someone who sells flowers")
    part = page.locator("[data-live=list] > article").filter(has_text="Someone who sells flowers")
    expect(part).to_have_count(1, timeout=15_000)
    expect(fold.locator("article")).to_have_count(inside + 1)
    expect(fold).to_have_attribute("open", "")
