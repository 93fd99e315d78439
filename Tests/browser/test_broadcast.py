# SPDX-License-Identifier: AGPL-3.0-or-later
"""Alerts with two keys, as a communicator and a coordinator do them: a real server, and a stand-in for Twilio that counts."""

import pathlib
import re
import sys
import threading
import time
import urllib.parse
import uuid

import pytest
from member import hidden
from playwright.sync_api import expect

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "standins"))
from providers import Providers  # noqa: E402

SEEN = {"truth": "confirmed", "level": "L4", "how": "on_scene"}
FILM = {"truth": "not_enforcement", "level": "L4", "how": "on_scene", "explanation": {"en": "A film shoot.", "es": "Una filmación."}}
PEOPLE = 14


@pytest.fixture(scope="module")
def providers():
    with Providers() as world:
        yield world


def carry(coordinator, providers, rate):
    form = {"make": "twilio", "url": providers.url, "account": providers.account, "secret": providers.token,
            "from": providers.number, "rate": str(rate), "price": "0.0083", "on": "on", "private": "on"}  # fmt: skip
    assert coordinator.post("/settings/channels", form).status == 303


def multipart(fields: dict, name: str, content: str) -> tuple[bytes, str]:
    mark = uuid.uuid4().hex
    parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
    parts.append(
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n{content}\r\n--{mark}--\r\n'
    )
    return "".join(parts).encode(), f"multipart/form-data; boundary={mark}"


@pytest.fixture(scope="module")
def crowd(vecinos, member, providers):
    """Fourteen neighbors of Pacoima and fourteen of Koreatown, most of whom read Spanish."""
    ruth = member("ruth")
    carry(ruth, providers, 200)
    lines = ["channel,address,language,places,topics,consent_day,consent_how"]
    for zone, first in (("pacoima", 2000), ("koreatown", 3000), ("wilmington", 4000)):
        for index in range(PEOPLE):
            language = "en" if index % 4 == 0 else "es"
            lines.append(f"sms,+1323557{first + index},{language},{zone},alerts,2026-11-01,on paper at the fair")
    body, kind = multipart({"_token": ruth.csrf}, "people.csv", "\n".join(lines) + "\n")
    answer = vecinos.ask("POST", "/settings/channels/subscribers", body, {"Cookie": ruth.cookie, "Content-Type": kind})
    assert answer.status == 200 and str(3 * PEOPLE) in answer.text
    return ruth


def confirmed(vecinos, member, place: str) -> str:
    amina, zone = member("amina"), place.lower()
    vecinos.report(f"White vans at the market in {place}", place)
    id = next(one["id"] for one in amina.incidents(zone) if not one["exercise"] and one["truth"] == "unknown")
    assert amina.saw(id, SEEN).status == 201
    return id


def passphrase(vecinos) -> dict:
    return {"passphrase": vecinos.passphrase}


def test_two_people_send_an_alert_and_a_correction_follows(vecinos, member, providers, crowd, visit, accessible):
    incident = confirmed(vecinos, member, "Pacoima")
    page = visit("/broadcasts", login="carmen", width=1280)
    accessible(page)
    page.locator("li", has_text="Pacoima").get_by_role("button", name="Write an alert").click()
    expect(page.locator("h1")).to_have_text("Alert: Pacoima")
    expect(page.locator("#known-en")).to_have_value(re.compile("Confirmed near Pacoima"))
    expect(page.locator("#known-es")).to_have_value(re.compile("agentes de migración cerca de Pacoima"))
    expect(page.locator("#preview")).to_contain_text(f"{PEOPLE} people in all")
    expect(page.locator("#preview")).to_contain_text("Reaches Pacoima")
    accessible(page)
    # What is typed is saved by both buttons.
    page.fill("#todo-en", "Stay inside. We tell you when it is over.")
    page.get_by_role("button", name="Save and see how it arrives").click()
    expect(page.locator(".bubble[lang=en]")).to_contain_text("Stay inside")
    page.fill("#confirm-passphrase", "not the passphrase of anybody")
    page.get_by_role("button", name="Ask for the second key").click()
    expect(page.locator(".errors")).to_be_visible()
    expect(page.locator("#todo-en")).to_have_value("Stay inside. We tell you when it is over.")
    page.fill("#confirm-passphrase", vecinos.passphrase)
    page.get_by_role("button", name="Ask for the second key").click()
    expect(page.locator("main")).to_contain_text("Waits for a second person")
    address = urllib.parse.urlparse(page.url).path
    accessible(page)

    # The same person is refused, whatever their browser sends.
    carmen = member("carmen")
    assert "/approval" not in carmen.get(address).text
    proposal = hidden(carmen.get(address).text, "proposal")
    refused = carmen.post(f"{address}/approval", {"proposal": proposal, **passphrase(vecinos)})
    assert refused.status == 403
    # So is a colleague without the role, and the right one without the passphrase.
    assert member("amina").post(f"{address}/approval", {"proposal": proposal, **passphrase(vecinos)}).status in (403, 404)
    assert member("ruth").post(f"{address}/approval", {"proposal": proposal, "passphrase": "no"}).status == 422
    assert providers.texts() == []

    second = visit(address, login="ruth", width=390)
    accessible(second)
    second.fill("#confirm-passphrase", vecinos.passphrase)
    # Two are refused for good, for no reason of theirs: whoever writes alerts has another try for exactly those.
    providers.say(400, 400)
    second.get_by_role("button", name="I agree. Send it now.").click()
    expect(second.locator("main")).to_contain_text(f"{PEOPLE - 2} of {PEOPLE} handed over")
    assert second.evaluate("document.documentElement.scrollWidth") <= 390
    accessible(second)
    second.get_by_role("button", name="Try again the 2 that were given up").click()
    expect(second.locator("main")).to_contain_text(f"{PEOPLE} of {PEOPLE} handed over")
    accessible(second)
    sent = providers.wait(PEOPLE)
    assert len({one["to"] for one in sent}) == PEOPLE
    assert {"Stay inside" in one["text"] for one in sent} == {True, False}, "each in their language"

    # Found to be a film shoot: everybody who got it is told, by itself.
    assert member("amina").saw(incident, FILM).status == 201
    corrected = providers.wait(2 * PEOPLE)[PEOPLE:]
    assert {one["to"] for one in corrected} == {one["to"] for one in sent}
    assert all("film" in one["text"] for one in corrected)
    assert carmen.post("/settings/language", {"language": "es"}).status == 303
    third = visit(address, login="carmen", width=320, scheme="dark")
    expect(third.locator("main")).to_contain_text("Corregida")
    assert third.evaluate("document.documentElement.scrollWidth") <= 320
    accessible(third)
    assert carmen.post("/settings/language", {"language": "en"}).status == 303


def test_it_is_stopped_half_way_and_taken_back(vecinos, member, providers, crowd, visit):
    carry(crowd, providers, 2)
    before = len(providers.texts())
    confirmed(vecinos, member, "Koreatown")
    address = begin(member("carmen"), "koreatown")
    ask(vecinos, member("carmen"), address)
    approve(vecinos, member("ruth"), address)
    # Without script: a page to look at again, and a button that needs none.
    page = visit(address, login="amina", script=False)
    expect(page.get_by_role("link", name="look again every 5 seconds by itself")).to_be_visible()
    providers.wait(before + 3)
    page.get_by_role("button", name="Stop it").click()
    expect(page.locator("main")).to_contain_text("Stopped")
    time.sleep(2)
    got = [one["to"] for one in providers.texts()[before:]]
    assert 3 <= len(got) < PEOPLE
    time.sleep(2)
    assert [one["to"] for one in providers.texts()[before:]] == got, "nothing more goes out"
    carry(crowd, providers, 200)
    assert member("amina").post(f"{address}/ending", {"how": "withdrawn"}).status == 422, "a tick is needed"
    assert member("amina").post(f"{address}/ending", {"how": "withdrawn", "sure": "yes"}).status == 303
    providers.wait(before + 2 * len(got))
    time.sleep(1)
    assert sorted(one["to"] for one in providers.texts()[before + len(got) :]) == sorted(got)


def test_two_who_approve_at_once_send_it_once(vecinos, member, providers, crowd):
    carry(crowd, providers, 200)
    confirmed(vecinos, member, "Wilmington")
    before = len(providers.texts())
    amina = member("amina")
    address = begin(amina, "wilmington")
    ask(vecinos, amina, address)
    proposal = hidden(member("ruth").get(address).text, "proposal")
    answers = []

    def press(who):
        answers.append(member(who).post(f"{address}/approval", {"proposal": proposal, **passphrase(vecinos)}).status)

    member("carmen"), member("ruth")
    threads = [threading.Thread(target=press, args=(who,)) for who in ("ruth", "carmen", "amina", "ruth", "carmen")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert answers.count(303) == 1, answers
    providers.wait(before + PEOPLE)
    time.sleep(1)
    assert len(providers.texts()) == before + PEOPLE


def test_the_board_shows_what_is_out_there(vecinos, crowd, visit):
    page = visit("/board", login="amina", width=1280)
    expect(page.locator("#alerts")).to_contain_text("Wilmington")


def test_what_is_not_confirmed_is_no_alert(vecinos, member, crowd):
    vecinos.report("White vans near the park in Highland Park", "Highland Park")
    id = next(one["id"] for one in member("amina").incidents("highland-park") if not one["exercise"])
    answer = member("carmen").post("/broadcasts", {"incident": id})
    assert answer.status == 409 and "we are checking" in answer.text
    assert member("omar").post("/broadcasts", {"incident": id}).status == 403


def begin(who, zone: str) -> str:
    """The page of a new draft about what is confirmed there."""
    id = next(one["id"] for one in who.incidents(zone) if one["truth"] == "confirmed" and not one["exercise"])
    answer = who.post("/broadcasts", {"incident": id})
    assert answer.status == 303, answer.text[:500]
    return answer.headers["Location"]


def ask(vecinos, who, address: str):
    page = who.get(address).text
    fields = {"version": hidden(page, "version"), "hours": "2"}
    for language in ("en", "es"):
        fields[f"subject-{language}"] = "Alert"
        fields[f"known-{language}"] = f"Officers were seen ({language})."
        fields[f"todo-{language}"] = "Stay calm."
    answer = who.post(f"{address}/request", {**fields, **passphrase(vecinos)})
    assert answer.status == 303, re.sub(r"<[^>]+>", " ", answer.text)[:1500]


def approve(vecinos, who, address: str):
    proposal = hidden(who.get(address).text, "proposal")
    assert who.post(f"{address}/approval", {"proposal": proposal, **passphrase(vecinos)}).status == 303
