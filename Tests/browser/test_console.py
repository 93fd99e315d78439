# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's console: texts come in signed as Twilio's, appear by themselves, and are answered with one key."""

import pathlib
import sys
import uuid

import pytest
from playwright.sync_api import expect
from twilio.request_validator import RequestValidator

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "standins"))
from providers import Providers  # noqa: E402


@pytest.fixture(scope="module")
def providers(vecinos, member):
    with Providers() as world:
        form = {"make": "twilio", "url": world.url, "account": world.account, "secret": world.token, "from": world.number,
                "rate": "200", "on": "on", "private": "on"}  # fmt: skip
        assert member("ruth").post("/settings/channels", form).status == 303
        yield world


def text(vecinos, providers, number: str, words: str):
    fields = {"MessageSid": "SM" + uuid.uuid4().hex, "From": number, "To": providers.number, "Body": words}
    url = f"{vecinos.url}/hooks/sms/twilio"
    proof = RequestValidator(providers.token).compute_signature(url, fields)
    assert vecinos.form("/hooks/sms/twilio", fields, {"X-Twilio-Signature": proof}).status == 200


def test_a_text_comes_in_by_itself_and_is_answered_with_one_key(vecinos, providers, visit, accessible):
    page = visit("/console", login="amina", width=1280)
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    expect(page.locator("#nobody")).to_be_visible()
    accessible(page)
    text(vecinos, providers, "+13235550141", "Is it true that there are vans in Pacoima?")
    card = page.locator(".inquiry")
    expect(card).to_contain_text("Is it true that there are vans in Pacoima?")
    expect(card).to_contain_text("Pacoima")
    assert "5550141" not in page.content()
    accessible(page)
    before = len(providers.texts("+13235550141"))
    page.keyboard.press("j")
    expect(card).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("#nobody")).to_be_visible()
    sent = providers.wait(before + 1, "+13235550141")[-1]["text"]
    assert "Pacoima" in sent
    # They write again: they wait again.
    text(vecinos, providers, "+13235550141", "Thank you, and what about Westlake?")
    expect(page.locator("#inquiries .inquiry")).to_contain_text("Westlake")


def test_without_script_at_320_pixels(vecinos, providers, visit, accessible):
    text(vecinos, providers, "+13235550142", "Hay camionetas blancas cerca de la escuela en Koreatown")
    page = visit("/console", login="amina", width=320, script=False, scheme="dark")
    card = page.locator("#inquiries .inquiry", has_text="Koreatown")
    expect(card).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    card.locator("details summary").click()
    card.locator("textarea").fill("Gracias. Lo estamos comprobando.")
    card.locator("details button").click()
    assert any("comprobando" in one["text"] for one in providers.wait(2, "+13235550142"))


def test_a_flood_answers_by_itself_and_a_new_place_still_reaches_a_person(vecinos, member, providers, visit):
    amina = member("amina")
    vecinos.report("White vans at the market in Pacoima", "Pacoima")
    assert amina.post("/console/flood", {"mode": "on"}).status == 303
    text(vecinos, providers, "+13235550143", "What is going on in Pacoima?")
    first = providers.wait(1, "+13235550143")[0]["text"]
    assert "Pacoima" in first and "YES" in first
    text(vecinos, providers, "+13235550144", "Vans at the corner in Echo Park!")
    page = visit("/console", login="amina", width=1280)
    waiting = page.locator("#inquiries")
    expect(waiting).to_contain_text("Echo Park")
    expect(waiting).not_to_contain_text("What is going on in Pacoima?")
    expect(page.locator("#group-known")).to_contain_text("1")
    text(vecinos, providers, "+13235550143", "I see two men in vests by the lake")
    expect(waiting).to_contain_text("two men in vests")
    board = visit("/board", login="amina", width=1280)
    expect(board.locator("#alerts")).to_contain_text("Flood mode is on")
    assert amina.post("/console/flood", {"mode": "automatic"}).status == 303


def test_who_may_not_answer_sees_no_console(vecinos, member, providers):
    assert member("joao").get("/console").status == 403
    assert member("carmen").get("/console").status == 403
