# SPDX-License-Identifier: AGPL-3.0-or-later
"""After a mission: how the responder is, a call, a rest, and the talk about it. On a phone, without script."""

import datetime

import pytest
from playwright.sync_api import Page, expect


def narrow(page: Page) -> None:
    """Nothing is wider than the phone."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.fixture(scope="module")
def incident(vecinos, member) -> str:
    """Somewhere João was sent, went and came home from."""
    vecinos.report("Two vans by the laundry", "Boyle Heights")
    amina, joao = member("amina"), member("joao")
    (found,) = [one["id"] for one in amina.incidents("boyle-heights") if one["state"] == "unverified"]
    asked = amina.api("POST", f"/api/v1/incidents/{found}/dispatches", {"role": "verifier", "wanted": 1})
    assert asked.status == 201, asked.text
    assignment = joao.get("/api/v1/assignments").json()["current"]["assignment"]["id"]
    for step in ["accepted", "on_the_way", "on_scene", "done"]:
        assert joao.api("POST", f"/api/v1/assignments/{assignment}/state", {"state": step}).status == 200
    truth = {"truth": "unfounded", "level": "L1", "how": "call_back"}
    assert amina.api("POST", f"/api/v1/incidents/{found}/verifications", truth).status == 201
    return found


def test_a_responder_says_how_they_are_and_a_coordinator_calls(visit, incident, accessible):
    page = visit("/respond", login="joao", width=360, script=False)
    page.get_by_role("link", name="Answer, if you like").click()
    expect(page.locator("h1")).to_have_text("How are you?")
    narrow(page)
    page.locator("#answer button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator("#answer [name=words]").fill("I keep thinking of the children.")
    page.locator("#answer [name=call]").check()
    page.locator("#answer [name=rest][value=day]").check(force=True)
    page.locator("#answer button").click()
    expect(page.locator("main")).to_contain_text("A colleague will call you")
    expect(page.locator("main")).to_contain_text("You are resting until")
    narrow(page)
    assert page.request.get("/people/care").status == 403

    ruth = visit("/people/care", login="ruth", width=360)
    accessible(ruth)
    narrow(ruth)
    expect(ruth.locator("blockquote")).to_have_text("I keep thinking of the children.")
    ruth.get_by_role("button", name="We spoke").click()
    expect(ruth.locator("main")).to_contain_text("Nobody waits for a call")
    page.reload()
    expect(page.locator("main")).to_contain_text("You were called")
    page.goto("/settings")
    page.get_by_role("button", name="I am back").click()


def test_who_is_asked_reads_it_in_spanish_and_may_say_nothing(visit, incident, member, spanish, accessible):
    amina = member("amina")
    assert amina.post(f"/board/incidents/{incident}/care").status == 303
    # A member reads the language of their account.
    assert amina.post("/settings/language", {"language": "es"}).status == 303
    page = visit("/respond", login="amina", width=320, scheme="dark")
    page.locator("a[href^='/how-are-you/']").first.click()
    accessible(page)
    narrow(page)
    expect(page.get_by_role("button", name=spanish("care.decline"))).to_be_visible()
    page.locator("form[action$='/nothing'] button").click()
    expect(page.locator("main")).to_contain_text(spanish("care.declined"))
    page.goto("/respond")
    expect(page.locator("a[href^='/how-are-you/']")).to_have_count(0)
    assert amina.post("/settings/language", {"language": "en"}).status == 303


def test_a_debrief_is_called_and_answered(visit, incident, accessible):
    board = visit(f"/board/incidents/{incident}?act=debrief", login="amina", width=1280, script=False)
    form = board.locator("form[action$='/debrief-meeting']")
    form.locator("[name=meets]").fill("2020-01-01T10:00")
    form.locator("button").click()
    expect(board.get_by_role("alert")).to_be_visible()
    tomorrow = datetime.datetime.now() + datetime.timedelta(days=1)
    form = board.locator("form[action$='/debrief-meeting']")
    form.locator("[name=meets]").fill(tomorrow.strftime("%Y-%m-%dT18:00"))
    form.locator("[name=place]").fill("The library, room 2")
    form.locator("button").click()

    page = visit(f"/debriefs/{incident}", login="joao", width=360)
    accessible(page)
    narrow(page)
    expect(page.locator("main")).to_contain_text("The library, room 2")
    page.get_by_role("button", name="I come").click()
    expect(page.locator("main")).to_contain_text("You said you come")
    board.goto(f"/board/incidents/{incident}?act=debrief")
    expect(board.locator("form[action$='/debrief-meeting']")).to_contain_text("2 people come")
    board.locator("[name=learned]").fill("João should park farther away")
    board.locator("form[action$='/after-action'] button").click()
    expect(board.locator("#learned-error")).to_contain_text("João")
    board.locator("[name=learned]").fill("Park farther away")
    board.locator("form[action$='/after-action'] button").click()
    board.goto(f"/board/incidents/{incident}/record")
    expect(board.locator("main")).to_contain_text("Park farther away")
