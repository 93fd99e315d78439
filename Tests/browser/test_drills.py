# SPDX-License-Identifier: AGPL-3.0-or-later
"""A drill of our own people in a browser: begun on a page, seen on the board by a strip, ended by one key pressed twice, and its
report.
The server has no cast that plays: everybody here is a member who said yes."""

import re
import subprocess
import time

import pytest
from playwright.sync_api import expect
from server import BINARY, ENVIRONMENT

DAY = "drills/ordinary-evening.yaml"


@pytest.fixture(autouse=True)
def over(member):
    """Every test begins and ends without a drill."""
    member("ruth").post("/drills/end")
    yield
    member("ruth").post("/drills/end")


def begun(member, speed=100, size=1) -> str:
    """Plays a day so quickly that its first calls are there at once; answers its id."""
    answer = member("ruth").api("POST", "/api/v1/drills", {"file": DAY, "speed": speed, "size": size})
    assert answer.status == 201, answer.text
    return answer.json()["id"]


def rehearsed(member, count=1) -> list[dict]:
    until = time.monotonic() + 30
    while True:
        found = [one for one in member("amina").incidents() if one["exercise"] and one["reports"]]
        if len(found) > count:  # the reporter of the demonstration has one of their own
            return found
        assert time.monotonic() < until, "no call came"
        time.sleep(0.3)


def test_a_coordinator_begins_one_and_one_key_pressed_twice_ends_it(visit, vecinos, member, accessible):
    board = visit("/board", login="amina", width=1280)
    expect(board.locator("#link")).to_have_attribute("data-state", "live")
    expect(board.locator("#drill")).to_be_hidden()
    page = visit("/drills", login="ruth", width=360)
    accessible(page)
    page.get_by_role("radio").first.check()
    page.get_by_label("Speed").select_option("60")
    page.get_by_role("button", name="Start the drill").click()
    expect(page.get_by_role("heading", name="A drill is running")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # The board that was open before hears of it; a card says what it is.
    expect(board.locator("#drill")).to_be_visible()
    rehearsed(member)
    expect(board.locator(".card .state.plum").first).to_contain_text("Exercise")
    # What is rehearsed is counted apart, and told as what it is.
    expect(board.locator("[data-count=exercises]")).not_to_have_text("0")
    expect(board.locator("[data-count=exercises]")).to_be_visible()
    expect(board.locator("#announce")).to_contain_text("Exercise: ")
    accessible(board)
    vecinos.report("White vans at the market in Sylmar", "Sylmar")
    expect(board.locator("#column-verify > .card").first).to_contain_text("Sylmar")
    expect(board.locator("#column-verify > .card").first.locator(".state.plum")).to_have_count(0)
    # One key, wherever on the board one is; pressed by mistake, it only asks.
    board.locator("#column-verify > .card a").first.focus()
    board.keyboard.press("d")
    expect(board.locator("#drill")).to_contain_text("Press again")
    assert member("ruth").get("/api/v1/drills").json()["drills"][0]["state"] == "running"
    board.keyboard.press("d")
    expect(board.locator("#drill")).to_be_hidden()
    assert member("ruth").get("/api/v1/drills").json()["drills"][0]["state"] == "ended"
    expect(board.locator("#column-verify > .card", has_text="Sylmar")).to_be_visible()
    assert not [one for one in member("amina").incidents() if one["exercise"]], "nothing of it is left open"
    # Without a drill the key does nothing.
    board.keyboard.press("d")
    expect(board).to_have_url(re.compile("/board"))


def test_the_report_is_read_on_a_phone_without_script_in_spanish(visit, member, accessible):
    id = begun(member)
    rehearsed(member)
    member("ruth").post("/drills/end")
    for scheme in ("light", "dark"):
        page = visit(f"/drills/{id}", login="ruth", width=360, scheme=scheme, script=False)
        expect(page.locator("h1")).to_have_text("How the drill went")
        expect(page.locator("main")).to_contain_text("Somebody looked at the first report")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for handle in ("Amina", "João", "Lupe", "Ruth"):
            assert handle not in page.locator("main").inner_text()
    accessible(visit(f"/drills/{id}", login="ruth", width=360))
    ruth = member("ruth")
    assert ruth.post("/settings/language", {"language": "es"}).status == 303
    try:
        page = visit(f"/drills/{id}", login="ruth", width=1280)
        expect(page.locator("h1")).to_have_text("Cómo salió el simulacro")
        expect(page.locator("main")).to_contain_text("Ejercicio")
    finally:
        ruth.post("/settings/language", {"language": "en"})


def test_a_member_takes_part_or_not(visit, member, accessible):
    page = visit("/drills", login="lupe", width=360, script=False)
    expect(page.get_by_role("button", name="Start the drill")).to_have_count(0)
    page.get_by_role("button", name="Take me out of drills").click()
    expect(page.locator("main")).to_contain_text("You are asked in no drill.")
    begun(member, speed=1)
    page.goto("/drills")
    page.get_by_role("button", name="Take part in this one").click()
    expect(page.locator("main")).to_contain_text("You take part in this one.")
    page.get_by_role("button", name="Leave this drill").click()
    expect(page.locator("main")).to_contain_text("You are not in this one.")
    page.get_by_role("button", name="Yes, to every drill").click()
    expect(page.locator("main")).to_contain_text("You take part in every drill.")
    accessible(visit("/drills", login="lupe", width=360))


def test_an_offer_of_a_drill_says_so_first(visit, member):
    begun(member)
    incident = next(one for one in rehearsed(member) if one["zone"] == "boyle-heights" or one["reports"])
    amina = member("amina")
    asked = amina.api("POST", f"/api/v1/incidents/{incident['id']}/dispatches", {"role": "verifier", "wanted": 1})
    assert asked.status == 201, asked.text
    seen = {one["id"]: one["exercise"] for one in amina.incidents()}
    assert seen[incident["id"]] is True
    page = visit(f"/board/incidents/{incident['id']}", login="amina", width=1280)
    expect(page.locator("#pane")).to_contain_text("This is an exercise. Nothing here is real.")


def test_the_command_begins_and_ends_one_on_the_server_that_runs(vecinos, member):
    def command(*more: str) -> str:
        line = [BINARY, "drill", "--data", vecinos.data, *more]
        done = subprocess.run(line, capture_output=True, text=True, env=ENVIRONMENT, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "EXERCISE" in command("--own", "--speed", "100", DAY)
    rehearsed(member)
    assert '"incidents"' in command("--report", "--json")
    assert "Nobody is out for it" in command("--stop")
    assert member("ruth").get("/api/v1/drills").json()["drills"][0]["state"] == "ended"
    assert "There is no drill" in command("--stop")
    assert "steps in time" in command("--report")
