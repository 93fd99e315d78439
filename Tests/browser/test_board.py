# SPDX-License-Identifier: AGPL-3.0-or-later
"""The board lives, a responder goes, the truth comes out: members in several browsers on one server."""

import contextlib
import re
import socket
import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from member import Member, hidden
from playwright.sync_api import Page, expect


def open_board(visit, login="amina", path="/board", **more) -> Page:
    page = visit(path, login=login, width=1440, height=900, **more)
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    return page


def incident_in(member: Member, zone: str) -> str:
    (incident,) = member.incidents(zone)
    return incident["id"]


def card(page: Page, incident: str):
    return page.locator(f"[id='incident-{incident}']")


def test_a_dispatcher_signs_in_by_keyboard_alone(visit, vecinos):
    page = visit("/sign-in")
    for _ in range(30):
        if page.evaluate("document.activeElement.name") == "login":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("amina")
    page.keyboard.press("Tab")
    page.keyboard.type(vecinos.passphrase)
    page.keyboard.press("Enter")
    page.wait_for_url("**/board")
    expect(page.locator("#link")).to_have_attribute("data-state", "live")


@pytest.mark.parametrize("login", ["amina", "nobody-of-that-name", ""])
def test_a_wrong_passphrase_says_the_same_for_everybody(visit, login):
    page = visit("/sign-in", script=False)
    page.locator("[name=login]").fill(login or " ")
    page.locator("[name=passphrase]").fill("not the right words at all")
    page.locator("main form button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    said = page.get_by_role("alert").inner_text()
    assert "amina" not in said.lower()
    assert "passphrase" in said.lower() or "name" in said.lower()
    assert page.locator("[name=passphrase]").input_value() == ""


def test_who_is_not_signed_in_is_sent_there_and_back(visit, vecinos):
    page = visit("/shifts", script=False)
    assert page.url.endswith("/sign-in?back=/shifts")
    page.locator("[name=login]").fill("amina")
    page.locator("[name=passphrase]").fill(vecinos.passphrase)
    page.locator("main form button").click()
    page.wait_for_url("**/shifts")


def test_a_report_appears_without_a_reload(visit, vecinos, member):
    page = open_board(visit)
    # Above the list, and among the figures of the day while no card is open.
    listed, figure = page.locator("[data-count=verify]"), page.locator(".big-figures [data-count=unverified]")
    waiting, real = int(listed.inner_text()), int(figure.inner_text())
    page.evaluate("window.stayed = true")
    vecinos.report("Two white vans by the swap meet", "Pacoima")
    incident = incident_in(member("amina"), "pacoima")
    expect(card(page, incident)).to_be_visible(timeout=3_000)
    expect(card(page, incident)).to_contain_text("1 report")
    expect(listed).to_have_text(str(waiting + 1))
    expect(figure).to_have_text(str(real + 1))
    expect(page.locator("#announce")).to_contain_text("New")
    vecinos.report("White vans near the swap meet in Pacoima, two of them", "Pacoima")
    expect(card(page, incident)).to_contain_text("2 reports", timeout=3_000)
    assert page.evaluate("window.stayed")


def test_keys_move_open_explain_and_send(visit, vecinos, member):
    vecinos.report("A van outside the laundry", "Westmont", kind="work")
    vecinos.report("Men in vests at the bus stop", "By the library, El Sereno", kind="people")
    amina = member("amina")
    card_of_kind = {"lines": [{"role": "verifier", "wanted": 1, "language": "es"}, {"role": "observer", "wanted": 1, "language": "es"}]}
    assert member("ruth").api("PUT", "/api/v1/run-cards/people", card_of_kind).status == 200
    incident = incident_in(amina, "el-sereno")
    page = open_board(visit)
    links = page.locator(".lists .deck .card a")
    page.keyboard.press("j")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    # From their beginning, and not from the first thing that can be pressed.
    expect(page.locator("#keys-h")).to_be_focused()
    expect(page.locator("#keys-h")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    for _ in range(links.count()):
        if page.evaluate("document.activeElement.closest('.card')?.dataset.id") == incident:
            break
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#pane h1")).to_contain_text("El Sereno")
    expect(page).to_have_url(re.compile(f"/board/incidents/{incident}$"))
    # What the card asks is shown first, then one key sends it: every line of it, as a coalition wrote it.
    expect(page.locator("#asks li")).to_have_count(2)
    expect(page.locator("#asks")).to_contain_text("João")
    page.keyboard.press("s")
    expect(page.locator("#people .person").first).to_be_visible()
    sent = amina.detail(incident)["dispatches"]
    assert sorted((one["role"], one.get("language")) for one in sent) == [("observer", "es"), ("verifier", "es")]
    expect(page.locator("#asks")).to_have_count(0)
    # They were sent to the reported place; one key says another.
    assert amina.detail(incident)["meeting"] == "By the library, El Sereno"
    page.keyboard.press("l")
    place = page.locator("[data-act] [name=meeting]")
    expect(place).to_be_focused()
    expect(place).to_have_value("By the library, El Sereno")
    page.keyboard.press("Control+a")
    page.keyboard.type("By the fountain")
    page.keyboard.press("Enter")
    expect(page.locator("#people")).to_contain_text("By the fountain")
    # Letters that are typed into a field are no keys.
    page.keyboard.press("t")
    field = page.locator("[data-act] [name=title]")
    expect(field).to_be_focused()
    page.keyboard.type("just a scene?")
    expect(field).to_have_value("just a scene?")
    page.locator("[data-act] button.first").click()
    expect(page.locator("#pane h1")).to_have_text("just a scene?")
    # Those who were asked are free for the next.
    nothing = {"truth": "unfounded", "level": "L1", "how": "call_back"}
    assert amina.api("POST", f"/api/v1/incidents/{incident}/verifications", nothing).status == 201


def test_the_lists_take_what_they_hold_and_stay_while_they_are_in_use(visit, vecinos, member):
    vecinos.report("A van at the school", "Glassell Park")
    page = open_board(visit)
    lists = page.locator(".lists > *")
    heights = [one.bounding_box()["height"] for one in lists.all()]
    deck = page.locator("#column-verify").bounding_box()["height"]
    active = page.locator("#column-active").bounding_box()["height"]
    # Who has little leaves the rest to who has much: where both fit, neither is cut.
    assert heights[1] <= active + 90
    assert heights[0] >= min(deck, 380)
    # The pointer is in one: what comes into the other doesn't push it.
    page.locator("#active-h").hover()
    before = page.locator("#active-h").bounding_box()
    vecinos.report("Somebody in a vest at the gate", "Atwater Village", kind="other")
    expect(card(page, incident_in(member("amina"), "atwater-village"))).to_be_attached()
    assert page.locator("#active-h").bounding_box() == before
    page.locator("#pane").hover()
    expect(page.locator(".lists")).not_to_have_attribute("style", re.compile("--verify"))


def test_a_card_under_the_pointer_stays_where_it_is(visit, vecinos, member):
    vecinos.report("A checkpoint by the school", "Lincoln Heights", kind="checkpoint")
    incident = incident_in(member("amina"), "lincoln-heights")
    page = open_board(visit)
    card(page, incident).hover()
    before = card(page, incident).bounding_box()
    vecinos.report("They are taking a man away, many people", "Highland Park", kind="arrest")
    other = incident_in(member("amina"), "highland-park")
    expect(card(page, other)).to_be_attached()
    assert card(page, incident).bounding_box() == before


def test_from_a_report_to_a_false_alarm_told_to_everybody(visit, vecinos, member):
    code = vecinos.report("Hay hombres con chalecos enfrente de la panadería", "Junto al parque, Boyle Heights", "people", "es")
    amina = member("amina")
    incident = incident_in(amina, "boyle-heights")
    phone = visit("/respond", login="joao")
    expect(phone.locator("main h2").first).to_contain_text("Nobody needs you")
    board = open_board(visit, path=f"/board/incidents/{incident}")
    expect(board.locator("#pane q").first).to_have_text("Hay hombres con chalecos enfrente de la panadería")
    board.locator("[data-key=s]").click()
    expect(board.locator("#people .person strong", has_text="João")).to_be_visible()

    # The offer comes by itself; each step is one big button, seen on the board.
    expect(phone.get_by_role("button", name="I can go")).to_be_visible()
    expect(phone.locator(".offer")).to_contain_text("Boyle Heights")
    assert "panadería" not in phone.content(), "the reporter's words are not for every phone"
    phone.get_by_role("button", name="I can go").click()
    on_board = board.locator("#people .person", has_text="João")
    expect(on_board).to_contain_text("Said yes")
    phone.get_by_role("button", name="I am on my way").click()
    expect(on_board).to_contain_text("On the way")
    phone.get_by_role("button", name="I am here").click()
    expect(on_board).to_contain_text("On scene")
    # What is typed in the moment in which one page gives way to the next is on neither.
    with phone.expect_navigation():
        phone.get_by_role("button", name="I am OK").click()
    expect(phone.get_by_role("button", name="Done, I am leaving")).to_be_visible()

    # With a signal.
    phone.locator("[name=seen][value=no]").check(force=True)
    phone.locator("#words").fill("Es una filmación de comida. It is a film crew.")
    phone.locator("form[data-offline] button.first").click()
    expect(phone.locator(".note.good[role=status]")).to_contain_text("We have it")
    expect(board.locator("#pane blockquote").first).to_contain_text("film crew")

    # Without: it waits on the phone, and sends itself once.
    phone.context.set_offline(True)
    phone.locator("#words").fill("They are packing up now.")
    phone.locator("form[data-offline] button.first").click()
    expect(phone.locator("[data-waiting]")).to_contain_text("Saved on this phone")
    expect(phone.locator("#words")).to_have_value("")
    phone.context.set_offline(False)
    expect(phone.locator("[data-waiting]")).to_be_hidden()
    expect(board.locator("#pane blockquote", has_text="packing up")).to_have_count(1)
    phone.reload()
    expect(phone.locator("[data-waiting]")).to_be_hidden()
    seen = [entry["opened"]["words"] for entry in amina.detail(incident)["observations"]]
    assert sum("packing up" in words for words in seen) == 1

    phone.get_by_role("button", name="Done, I am leaving").click()
    expect(phone.locator(".offer")).to_contain_text("You are done")

    # What it was, signed; the words that neighbors read are needed. A space on the answer that the key chose keeps it.
    board.keyboard.press("n")
    form = board.locator("form[data-act]")
    expect(form.locator("[name=truth][value=not_enforcement]")).to_be_focused()
    board.keyboard.press("Space")
    expect(form.locator("[name=truth][value=not_enforcement]")).to_be_checked()
    form.locator("button.first").click()
    expect(board.locator("[role=alert]")).to_contain_text("Say what it was")
    form.locator("[name=explanation-en]").fill("A film crew for a food show")
    form.locator("[name=explanation-es]").fill("Un equipo de filmación de comida")
    form.locator("button.first").click()
    expect(board.locator("#pane .known")).to_contain_text("A film crew for a food show")
    expect(board.locator("#pane .known")).to_contain_text("Signed")

    reporter = visit("/report/answer", language="es", script=False)
    reporter.locator("[name=code]").fill(code)
    reporter.locator("main form button.first").click()
    expect(reporter.locator("article")).to_contain_text("Un equipo de filmación de comida")
    assert vecinos.lookup(code).json()["answer"] == "not_enforcement"
    now = visit("/now", script=False)
    expect(now.locator("article.item", has_text="A film crew for a food show")).to_contain_text("Boyle Heights")
    expect(now.locator("h2", has_text="Found false today")).to_be_visible()
    home = visit("/", script=False)
    expect(home.locator(".truth .false b")).not_to_have_text("0")


def test_the_second_of_two_is_told_what_the_first_did(visit, vecinos, member):
    vecinos.report("Something at the corner", "By the gate, Wilmington", kind="other")
    incident = incident_in(member("amina"), "wilmington")
    # Without a script nothing refreshes the second page behind the member's back.
    first = visit(f"/board/incidents/{incident}", login="amina", width=1280, script=False)
    second = visit(f"/board/incidents/{incident}", login="omar", width=1280, script=False)
    first.get_by_role("button", name="I am checking this").click()
    expect(first.locator("#pane")).to_contain_text("Put it back")
    second.get_by_role("button", name="I am checking this").click()
    told = second.locator("[role=alert]")
    expect(told).to_contain_text("Your step was not done")
    expect(told).to_contain_text("Amina")
    assert member("amina").detail(incident)["incident"]["state"] == "verifying"

    # Both send the card: each line of it once.
    third = visit(f"/board/incidents/{incident}", login="ruth", width=1280, script=False)
    first.goto(f"/board/incidents/{incident}")
    first.get_by_role("button", name="Send the run card").click()
    third.get_by_role("button", name="Send the run card").click()
    expect(third.locator("[role=alert]")).to_be_visible()
    sent = [(one["role"], one.get("language")) for one in member("amina").detail(incident)["dispatches"]]
    assert sorted(sent, key=str) == [("verifier", "es"), ("verifier", None)]


def test_a_finding_on_an_old_page_shows_what_came_since_and_then_counts(visit, vecinos, member):
    vecinos.report("Two vans at the gate of the school", "Tarzana")
    amina = member("amina")
    incident = incident_in(amina, "tarzana")
    page = open_board(visit, path=f"/board/incidents/{incident}?act=unfounded")
    page.locator("#how").select_option("call_back")
    page.locator("#level").select_option("1")
    vecinos.report("Two vans at the gate of the school, they drag a man out", "Tarzana")
    assert amina.detail(incident)["incident"]["reports"] == 2
    page.locator("[data-act] button.first").click()
    refused = page.locator("[data-refused]")
    expect(refused).to_contain_text("Since you looked")
    expect(refused).to_contain_text("they drag a man out")
    expect(page.locator("#how")).to_have_value("call_back")
    # More come in: the page stands still, and the second press counts.
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    vecinos.report("Two vans at the gate of the school, a man is taken away", "Tarzana")
    expect(page.locator("#pane [data-stale]")).to_be_visible()
    expect(refused).to_be_visible()
    page.locator("[data-act] button.first").click()
    expect(page.locator("#pane .known")).to_contain_text("nothing there")
    assert amina.detail(incident)["incident"]["truth"] == "unfounded"


def test_what_a_member_is_told_and_who_serves_come_without_a_reload(visit, vecinos, member):
    amina, lupe = member("amina"), member("lupe")
    vecinos.report("Something at the river", "Sylmar", kind="other")
    incident = incident_in(amina, "sylmar")
    board = open_board(visit, login="ruth")
    told = board.locator("#messages .note", has_text="Nobody could be found")
    before = told.count()
    nobody = {"role": "interpreter", "wanted": 1, "language": "km"}
    assert amina.api("POST", f"/api/v1/incidents/{incident}/dispatches", nobody).status == 201
    expect(told).to_have_count(before + 1)
    expect(told.first).to_contain_text("(Sylmar) Interpreter · ")

    serving = board.locator("#people .person", has_text="Lupe")
    expect(serving).to_have_count(0)
    now = datetime.now(ZoneInfo("America/Los_Angeles"))
    times = {"starts": now - timedelta(minutes=1), "ends": now + timedelta(hours=2)}
    plan = {"role": "observer"} | {name: time.strftime("%Y-%m-%dT%H:%M") for name, time in times.items()}
    plan["submission"] = hidden(lupe.get("/shifts").text, "submission")
    assert lupe.post("/shifts", plan).status == 303
    expect(serving).to_have_count(1)

    # An open incident has its own people at the side, and "I saw it" leads back to it.
    board.locator(f"[id='incident-{incident}'] a").click()
    expect(board.locator("#people")).to_contain_text("interpreter", ignore_case=True)
    told.first.get_by_role("button").click()
    board.wait_for_url(f"**/board/incidents/{incident}")
    expect(told).to_have_count(before)


def test_an_open_pane_is_renewed_and_a_half_written_form_is_not(visit, vecinos, member):
    vecinos.report("A car with no plates by the bakery", "Van Nuys")
    amina = member("amina")
    incident = incident_in(amina, "van-nuys")
    page = open_board(visit, path=f"/board/incidents/{incident}")
    vecinos.report("That car with no plates is by the bakery again", "Van Nuys")
    expect(page.locator("#reports-fold > summary")).to_contain_text("2 reports")
    page.keyboard.press("t")
    page.locator("[data-act] [name=title]").fill("Half written")
    vecinos.report("The car with no plates, by the bakery, third time", "Van Nuys")
    expect(page.locator("#pane [data-stale]")).to_be_visible()
    expect(page.locator("[data-act] [name=title]")).to_have_value("Half written")
    page.locator("#pane [data-stale] button").click()
    expect(page.locator("#reports-fold > summary")).to_contain_text("3 reports")
    expect(page.locator("[data-act] [name=title]")).to_have_value("Half written")
    expect(page.locator("#pane [data-stale]")).to_have_count(0)


def test_a_change_is_shown_above_a_form_that_keeps_what_is_typed(visit, vecinos, member):
    vecinos.report("Two men in vests at the car wash", "Reseda")
    amina = member("amina")
    incident = incident_in(amina, "reseda")
    page = open_board(visit, path=f"/board/incidents/{incident}?act=not")
    page.set_viewport_size({"width": 1280, "height": 600})
    form = page.locator("form[data-act]")
    form.locator("[name=explanation-en]").fill("A film crew.")
    form.locator("[name=note]").fill("Called the owner of the car wash.")
    page.locator("#how").select_option("call_back")
    page.locator("#level").select_option("1")
    form.locator("button.first").scroll_into_view_if_needed()
    assert amina.post(f"/board/incidents/{incident}/verifying").status == 303
    # What is new is said where the eyes are.
    expect(page.locator("#pane [data-stale]")).to_be_in_viewport()
    page.locator("#pane [data-stale] button").click()
    changed = page.locator("[data-changed]")
    expect(changed).to_contain_text("Since you looked:")
    expect(changed).to_be_in_viewport()
    assert changed.locator("li").count() >= 1
    assert changed.bounding_box()["y"] < form.bounding_box()["y"]
    expect(form.locator("[name=explanation-en]")).to_have_value("A film crew.")
    expect(form.locator("[name=note]")).to_have_value("Called the owner of the car wash.")
    expect(page.locator("#how")).to_have_value("call_back")
    # It was seen: what is sent now rests on it.
    form.locator("button.first").click()
    expect(page.locator("#pane .known")).to_contain_text("A film crew.")


def test_lock_closes_the_envelopes_and_a_passphrase_opens_them(visit, vecinos):
    words = "A grey van with its lights off"
    vecinos.report(words, "Compton")
    # Locking is for the session; a session of its own.
    member = Member(vecinos, "amina")
    incident = incident_in(member, "compton")
    page = visit("/healthz")
    page.context.add_cookies(member.storage_state["cookies"])
    page.goto(f"/board/incidents/{incident}")
    expect(page.locator("#pane q").first).to_have_text(words)
    page.get_by_role("button", name="Lock").click()
    page.wait_for_url("**/session/unlock")
    page.goto(f"/board/incidents/{incident}")
    expect(page.locator("#pane .line .sealed").first).to_be_visible()
    assert words not in page.content()
    page.locator("#pane .line .sealed a").first.click()
    page.locator("[name=passphrase]").fill("these are not my words")
    page.keyboard.press("Enter")
    expect(page.locator("#passphrase-error")).to_be_visible()
    page.locator("[name=passphrase]").fill(vecinos.passphrase)
    page.keyboard.press("Enter")
    expect(page.locator("#pane q").first).to_have_text(words)


def test_an_invited_member_comes_in_and_a_removed_one_is_out_at_once(visit, vecinos, member):
    ruth = visit("/people", login="ruth", width=1280)
    form = ruth.locator("#add")
    form.locator("[name=handle]").fill("Paloma")
    form.locator("[name=roles][value=dispatcher]").check(force=True)
    form.locator("[name=reason]").fill("She came to the training.")
    form.locator("[name=passphrase]").fill(vecinos.passphrase)
    form.locator("button.first").click()
    expect(ruth.locator("h1")).to_contain_text("Paloma")
    link = ruth.locator("#link-address").inner_text().strip()
    assert "/invitations/" in link

    page = visit("/invitations/" + link.split("/invitations/")[1], width=1280)
    page.locator("[name=login]").fill("paloma.test")
    page.locator("[name=passphrase]").fill("copper lagoon thistle vendor mural")
    page.keyboard.press("Enter")
    # A demonstration leads nobody to set up codes.
    page.wait_for_url("**/respond")
    page.goto("/board")
    expect(page.locator("#link")).to_have_attribute("data-state", "live")

    ruth.goto("/people?q=paloma")
    ruth.get_by_role("link", name="Paloma", exact=True).click()
    ruth.get_by_role("link", name="Remove Paloma").click()
    ruth.get_by_role("button", name="Yes, remove Paloma").click()
    expect(ruth.locator("h1")).to_have_text("People")
    # The stream tells the open board; nothing has to be pressed.
    page.wait_for_url("**/sign-in**", timeout=3_000)
    page.goto("/board")
    assert "/sign-in" in page.url


def test_who_may_not_add_members_is_not_shown_how(visit, member):
    page = visit("/people", login="amina")
    assert page.locator("#add").count() == 0
    assert member("amina").post("/people/invitations", {"handle": "X", "submission": "z"}).status == 403
    assert member("omar").get("/people").status == 403
    assert member("joao").get("/board").status == 403


def test_a_dispatcher_hands_the_shift_over(visit, vecinos, member):
    ruth = member("ruth")
    omar = Member(vecinos, "omar").id
    roles = [("roles", "operator"), ("roles", "dispatcher"), ("passphrase", vecinos.passphrase)]
    assert ruth.post(f"/people/{omar}/roles", roles).status == 303
    # A dispatcher needs a certificate that has not expired.
    skilled = ruth.post(
        f"/people/{omar}/helper",
        [("place", "Westlake"), ("miles", "15"), ("capacity", "1"), ("languages", "en"), ("skills", "dispatcher"),
         ("until-dispatcher", "2027-10-01")],
    )  # fmt: skip
    assert skilled.status == 303, skilled.text
    amina = visit("/shifts", login="amina", width=1280)
    form = amina.locator("#hand-over")
    form.locator("[name=next]").select_option(label="Omar")
    form.locator("[name=note]").fill(" ")
    form.locator("button.first").click()
    expect(amina.locator("main [role=alert]")).to_be_visible()
    form.locator("[name=note]").fill("João is out in Boyle Heights.")
    form.locator("button.first").click()
    expect(amina.locator("main")).to_contain_text("Omar was asked to take over")
    next_one = visit("/healthz", width=1280)
    fresh = Member(vecinos, "omar")
    next_one.context.add_cookies(fresh.storage_state["cookies"])
    next_one.goto("/shifts")
    expect(next_one.locator("blockquote")).to_have_text("João is out in Boyle Heights.")
    next_one.get_by_role("button", name="I take over").click()
    expect(next_one.locator("#hand-over")).to_be_visible()
    amina.reload()
    expect(amina.locator("#hand-over")).to_have_count(0)


def test_a_coordinator_takes_the_board_and_cannot_drop_it(visit):
    page = visit("/shifts", login="ruth", width=1280, script=False)
    take = page.locator("#leading button, form[action='/shifts/leading'] button").first
    take.click()
    expect(page.locator("main [role=alert]")).to_have_count(0)
    # She leads now, may choose who is next, and does not leave what is open.
    expect(page.locator("#hand-over")).to_be_visible()
    page.get_by_role("button", name="End my shift").first.click()
    expect(page.locator("main [role=alert]")).to_contain_text("Hand")
    page.locator("#hand-over [name=next]").select_option(label="Amina")
    page.locator("#hand-over [name=note]").fill("Two are open.")
    page.locator("#hand-over button.first").click()
    expect(page.locator("main")).to_contain_text("Amina was asked to take over")
    amina = visit("/shifts", login="amina", width=1280, script=False)
    amina.get_by_role("button", name="I take over", exact=True).click()
    page.goto("/shifts")
    expect(page.locator("#hand-over")).to_have_count(0)
    expect(page.locator("#leading")).to_contain_text("Amina")


def test_a_coordinator_finds_what_to_do_first_and_folds_it_away(visit):
    page = visit("/board", login="ruth", width=360, script=False)
    steps = page.locator("#first-steps")
    expect(steps.locator("li")).to_have_count(7)
    # Each is done, or leads to where it is done.
    assert steps.locator("li a").count() + steps.locator("li .yes").count() == 7
    if not steps.evaluate("details => details.open"):
        steps.locator("summary").click()
    steps.get_by_role("button", name="Fold this list away").click()
    expect(steps.locator("ol")).to_be_hidden()
    steps.locator("summary").click()
    steps.get_by_role("button", name="Keep this list open").click()
    expect(steps.locator("ol")).to_be_visible()


def test_what_a_member_plans_comes_back_with_its_errors(visit):
    page = visit("/shifts", login="amina", width=1280, script=False)
    form = page.locator("#plan")
    form.locator("[name=starts]").fill("2026-12-20T10:00")
    form.locator("[name=ends]").fill("2026-12-20T09:00")
    form.locator("button.first").click()
    expect(page.locator("main [role=alert]")).to_be_visible()
    expect(page.locator("#plan [name=starts]")).to_have_value("2026-12-20T10:00")
    page.locator("#plan [name=ends]").fill("2026-12-20T16:00")
    page.locator("#plan button.first").click()
    expect(page.locator("main [role=alert]")).to_have_count(0)


def test_a_caller_is_given_a_code_and_the_same_form_counts_once(visit, vecinos):
    page = visit("/board/incidents/new", login="omar", width=1280, script=False)
    page.locator("[name=kind][value=home]").check(force=True)
    page.locator("[name=where]").fill("San Pedro")
    page.locator("[name=words]").fill("Somebody knocks and does not say who they are")
    page.locator("form[action='/board/incidents'] button.first").click()
    code = page.locator("#code").inner_text()
    page.reload()
    assert page.locator("#code").inner_text() == code
    answer = vecinos.lookup(code).json()
    assert (answer["zone"], answer["kind"]) == ("san-pedro", "home")


def test_the_board_catches_up_after_a_lost_connection(visit, vecinos, member):
    page = open_board(visit)
    page.context.set_offline(True)
    vecinos.report("Lights at the freeway entrance", "Paramount", kind="checkpoint")
    incident = incident_in(member("amina"), "paramount")
    page.context.set_offline(False)
    expect(card(page, incident)).to_be_visible()
    expect(page.locator("#link")).to_have_attribute("data-state", "live")


def test_what_came_before_its_scripts_were_there_is_on_the_board(visit, vecinos, member):
    page = visit("/sign-in", login="amina", width=1440, height=900)

    def late(route):
        vecinos.report("A line of cars at the gate", "Montebello", kind="checkpoint")
        route.continue_()

    page.route("**/board*.js*", late, times=1)
    page.goto("/board")
    expect(card(page, incident_in(member("amina"), "montebello"))).to_be_visible()


class Line:
    """A wire between a browser and the server, that can be cut."""

    def __init__(self, port: int):
        self.port, self.open = port, set()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.socket.accept()
                far = socket.create_connection(("127.0.0.1", self.port))
                self.open |= {near, far}
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(one, other):
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_WR)

    def cut(self):
        for one in list(self.open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self.open.clear()


def test_a_quiet_board_whose_line_broke_shows_what_came_meanwhile(visit, vecinos, member):
    line = Line(vecinos.port)
    page = visit(f"{line.url}/board", login="amina", width=1440, height=900, allowed=(line.url,))
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    page.evaluate("window.stayed = true")
    # The browser comes back by itself, some seconds later.
    line.cut()
    vecinos.report("A line of cars at the ramp", "Lynwood", kind="checkpoint")
    expect(card(page, incident_in(member("amina"), "lynwood"))).to_be_visible()
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    assert page.evaluate("window.stayed")
    line.socket.close()


def test_an_incident_that_a_colleague_merged_shows_so_in_an_open_pane(visit, vecinos, member):
    vecinos.report("A tow truck at the corner", "Bell", kind="vehicles")
    vecinos.report("Somebody knocks at doors", "Torrance", kind="home")
    amina, ruth = member("amina"), member("ruth")
    mine, other = incident_in(amina, "bell"), incident_in(amina, "torrance")
    page = open_board(visit, path=f"/board/incidents/{mine}")
    expect(page.locator("#pane [data-key=s]")).to_be_visible()
    assert ruth.post(f"/board/incidents/{other}/merge", {"other": mine}).status == 303
    expect(card(page, mine)).to_have_count(0)
    expect(page.locator("#pane [data-key=s]")).to_have_count(0)


def test_on_a_telephone_the_cards_come_first_and_an_open_one_before_them(visit, vecinos, member, accessible):
    vecinos.report("A car that stands there for long", "Carson", kind="other")
    page = visit("/board", login="amina", width=360, height=740)
    top = lambda locator: locator.bounding_box()["y"]  # noqa: E731
    assert top(page.locator("#column-verify > .card").first) < top(page.locator("#pane"))
    assert top(page.locator("#column-verify > .card").first) < 740, "without turning the page"
    expect(page.locator("#pane kbd").first).to_be_hidden()
    assert "at the left" not in page.locator("#pane").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    accessible(page)
    page.goto(f"/board/incidents/{incident_in(member('amina'), 'carson')}")
    assert top(page.locator("#pane h1")) < top(page.locator("#column-verify"))


def test_looking_stands_before_what_was_found_and_that_before_the_incident_itself(visit, vecinos, member):
    vecinos.report("Two vans at the corner", "Hawthorne")
    incident = incident_in(member("amina"), "hawthorne")
    page = visit(f"/board/incidents/{incident}", login="amina", width=360, script=False)
    groups = page.locator(".acts [role=group]")
    assert [one.get_attribute("aria-label") for one in groups.all()] == ["Check it", "What you found", "The incident"]
    expect(groups.nth(0).get_by_role("button", name="I am checking this")).to_be_visible()
    expect(groups.nth(1).get_by_role("link")).to_have_count(4)
    expect(groups.nth(2).get_by_role("link", name="Rename")).to_be_visible()
    nothing = {"truth": "unfounded", "level": "L1", "how": "call_back"}
    assert member("amina").api("POST", f"/api/v1/incidents/{incident}/verifications", nothing).status == 201
    page.reload()
    assert [one.get_attribute("aria-label") for one in groups.all()] == ["What you found", "The incident"]


def test_many_reports_push_neither_the_steps_nor_the_people_out_of_sight(visit, vecinos, member, accessible):
    for number in range(12):
        vecinos.report(f"White vans and men in vests at the gate of the park, {number + 2} of them", "Winnetka")
    incident = incident_in(member("amina"), "winnetka")
    path = f"/board/incidents/{incident}"
    phone = visit(path, login="amina", width=360, height=740, script=False)
    top = lambda locator: locator.bounding_box()["y"]  # noqa: E731
    order = ["h1", ".known", ".known .going", ".acts", "#reports-fold", ".line", "#older"]
    tops = [top(phone.locator(f"#pane {part}").first) for part in order]
    assert tops == sorted(tops)
    assert tops[3] < 740, "the steps begin on the first screen"
    assert top(phone.locator("#people")) < 4 * 740, "four reports are open, the others wait"
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(phone.locator("#older .line")).to_be_hidden()
    phone.locator("#older > summary").click()
    expect(phone.locator("#older .line > li")).to_have_count(8)
    phone.get_by_role("link", name="Send people").first.click()
    phone.locator("[data-act] [name=role]").last.select_option("verifier")
    phone.locator("[data-act] button.first").last.click()
    expect(phone.locator("#pane .going")).to_contain_text("Verifier: 0 of 2 needed")
    accessible(visit(path, login="amina", width=360, height=740))

    # On a desk the steps stay in sight, wherever the pane was turned to.
    desk = open_board(visit, path=path)
    expect(desk.locator("#pane .going")).to_be_hidden()
    for turned in (0, 100_000):
        desk.evaluate("(to) => { document.querySelector('#older').open = true; pane.scrollTop = to }", turned)
        expect(desk.locator(".acts .button").last).to_be_in_viewport()
        expect(desk.locator(".acts .button").first).to_be_in_viewport()
    # On a phone on its side they would cover half of it.
    docked = "getComputedStyle(document.querySelector('.acts')).position === 'sticky'"
    assert desk.evaluate(docked)
    desk.set_viewport_size({"width": 844, "height": 390})
    assert not desk.evaluate(docked)
    nothing = {"truth": "unfounded", "level": "L1", "how": "call_back"}
    assert member("amina").api("POST", f"/api/v1/incidents/{incident}/verifications", nothing).status == 201


def test_a_stream_that_goes_silent_is_said_to_be_offline(visit, vecinos, member):
    page = visit("/board", login="amina", width=1440, height=900)
    page.clock.install()
    page.reload()
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    # After one beat that is late it is live again by the line that was there, after two by a new one.
    for silence in (23_000, 46_000):
        with vecinos.frozen():
            page.clock.fast_forward(silence)
            expect(page.locator("#link")).to_have_attribute("data-state", "offline")
        expect(page.locator("#link")).to_have_attribute("data-state", "live")
    # Nothing was missed, and what comes now comes.
    vecinos.report("A van with its engine running", "Artesia")
    expect(card(page, incident_in(member("amina"), "artesia"))).to_be_visible()


def test_a_step_without_a_line_stays_on_the_board_and_is_sent_by_the_next_press(visit, vecinos, member):
    amina = member("amina")
    vecinos.report("Two vans at the market", "Signal Hill")
    vecinos.report("Men in vests at the pharmacy", "Hawaiian Gardens", kind="people")
    incident, other = incident_in(amina, "signal-hill"), incident_in(amina, "hawaiian-gardens")
    page = open_board(visit)
    page.evaluate("window.stayed = true")
    state, failed = page.locator("#link"), page.locator("#pane [data-failed]")
    there = lambda name: card(page, name).locator("a")  # noqa: E731

    # A card: it opens by the second press.
    page.context.set_offline(True)
    expect(state).to_have_attribute("data-state", "offline")
    there(incident).focus()
    page.keyboard.press("Enter")
    expect(failed).to_contain_text("It did not work. Nothing was lost.")
    expect(failed).to_be_in_viewport()
    expect(there(incident)).to_be_focused()
    page.context.set_offline(False)
    expect(state).to_have_attribute("data-state", "live")
    page.keyboard.press("Enter")
    expect(page.locator("#pane h1")).to_contain_text("Signal Hill")
    expect(failed).to_have_count(0)

    # Every key of the open one, another card and a page: all stays, and nothing was sent.
    page.context.set_offline(True)
    expect(state).to_have_attribute("data-state", "offline")
    for key in "wsty":
        expect(page.locator(f"[data-key={key}]").first).to_be_visible()
        page.evaluate("document.querySelector('#pane [data-failed]')?.remove(); document.activeElement.blur()")
        page.keyboard.press(key)
        expect(failed).to_be_visible()
    page.evaluate("document.querySelector('#pane [data-failed]').remove()")
    there(other).focus()
    page.keyboard.press("Enter")
    expect(failed).to_be_visible()
    expect(page.locator("#pane h1")).to_contain_text("Signal Hill")
    assert page.evaluate("window.stayed")
    assert amina.detail(incident)["incident"]["state"] != "verifying"
    assert amina.detail(incident)["dispatches"] == []
    page.context.set_offline(False)
    expect(state).to_have_attribute("data-state", "live")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("w")
    expect(page.locator("#pane")).to_contain_text("Put it back")
    assert amina.detail(incident)["incident"]["state"] == "verifying"

    # What was typed is sent as it stands.
    page.keyboard.press("t")
    title = page.locator("[data-act] [name=title]")
    title.fill("Vans at the market")
    page.context.set_offline(True)
    expect(state).to_have_attribute("data-state", "offline")
    page.keyboard.press("Enter")
    expect(failed).to_be_visible()
    expect(title).to_have_value("Vans at the market")
    # The browser is back before its line is: the server is asked.
    page.context.set_offline(False)
    page.keyboard.press("Enter")
    expect(page.locator("#pane h1")).to_have_text("Vans at the market")
    nothing = {"truth": "unfounded", "level": "L1", "how": "call_back"}
    for one in (incident, other):
        assert amina.api("POST", f"/api/v1/incidents/{one}/verifications", nothing).status == 201


def test_after_a_gap_only_what_changed_is_marked(visit, vecinos, member):
    vecinos.report("A van with its doors open", "Lomita")
    vecinos.report("Men in vests at the bakery", "Vernon", kind="people")
    amina = member("amina")
    incident, other = incident_in(amina, "lomita"), incident_in(amina, "vernon")
    page = open_board(visit)
    page.clock.install()
    state, marked = page.locator("#link"), page.locator(".lists .card[data-mark]")
    # The open one, and ages that went on: none of that is a change. The whole lists came when the version is another.
    page.evaluate("for (const one of document.querySelectorAll('.lists .card')) one.dataset.version = 0")
    card(page, other).locator("a").click()
    expect(page.locator("#pane h1")).to_contain_text("Vernon")
    page.clock.fast_forward(90_000)
    page.context.set_offline(True)
    expect(state).to_have_attribute("data-state", "offline")
    page.context.set_offline(False)
    expect(card(page, incident)).not_to_have_attribute("data-version", "0")
    expect(marked).to_have_count(0)

    # One is being checked by now: it alone is marked, and a second gap leaves its mark and the word of it.
    page.context.set_offline(True)
    expect(state).to_have_attribute("data-state", "offline")
    assert amina.post(f"/board/incidents/{incident}/verifying").status == 303
    page.context.set_offline(False)
    one = card(page, incident)
    expect(one).to_have_attribute("data-mark", "updated")
    expect(marked).to_have_count(1)
    one.evaluate("one => { one.dataset.version = 0 }")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(one).not_to_have_attribute("data-version", "0")
    expect(marked).to_have_count(1)
    expect(one.locator(".mark")).to_have_attribute("data-updated", "updated")


def test_a_board_whose_database_is_away_says_since_when_it_is_not_up_to_date(visit):
    page = visit("/board", login="amina", width=1440, height=900)
    page.add_init_script(
        "globalThis.EventSource = class extends EventSource {"
        " constructor(...all) { super(...all); globalThis.line = this; } };"
    )
    page.reload()
    link = page.locator("#link")
    expect(link).to_have_attribute("data-state", "live")
    page.evaluate("line.dispatchEvent(new MessageEvent('stale', { data: '{}' }))")
    expect(link).to_have_text(re.compile(r"^Not up to date since \d{1,2}:\d\d"))
    page.evaluate("line.dispatchEvent(new MessageEvent('beat', { data: '{}' }))")
    expect(link).to_have_text("Live")


def test_every_step_has_a_key_and_what_cannot_be_undone_only_leads_there(visit, vecinos, member):
    amina = member("amina")
    vecinos.report("Men with a ram at a door", "Gardena", kind="home")
    incident = incident_in(amina, "gardena")
    page = open_board(visit, path=f"/board/incidents/{incident}")
    page.keyboard.press("w")
    expect(page.locator("#pane")).to_contain_text("Put it back")
    page.locator("body").click(position={"x": 5, "y": 5})
    page.keyboard.press("w")
    expect(page.locator("#pane")).not_to_contain_text("Put it back")
    page.keyboard.press("q")
    expect(page.locator("#reports-fold select").first).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.locator("[data-act] [name=role]").last.select_option("verifier")
    page.locator("[data-act] button.first").last.click()
    expect(page.locator("#people .person").first).to_be_visible()
    # What changes meanwhile takes nobody's place away: not from a button of a form, nor from a step about one person.
    stop = page.locator("#people").get_by_role("button", name="Stop asking").first
    stop.focus()
    nobody = {"role": "interpreter", "wanted": 1, "language": "vi"}
    assert amina.api("POST", f"/api/v1/incidents/{incident}/dispatches", nobody).status == 201
    expect(page.locator("#people")).to_contain_text("interpreter", ignore_case=True)
    expect(stop).to_be_focused()
    page.keyboard.press("h")
    summary = page.locator("#people .person summary").first
    expect(summary).to_be_focused()
    nobody = {"role": "driver", "wanted": 1, "language": "km"}
    assert amina.api("POST", f"/api/v1/incidents/{incident}/dispatches", nobody).status == 201
    expect(page.locator("#people")).to_contain_text("driver", ignore_case=True)
    expect(summary).to_be_focused()
    active = ("offered", "accepted", "on_the_way", "on_scene")
    assert any(one["state"] in active for one in amina.detail(incident)["assignments"])
    for key in ("Enter", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#people")).to_contain_text("Not needed")


def test_a_long_list_begins_with_a_hundred_cards_and_goes_on(visit, vecinos, member):
    for number in range(130):
        where = {"latitude": 33.75 + number // 13 * 0.02, "longitude": -118.5 + number % 13 * 0.02}
        answer = vecinos.api("POST", "/api/v1/reports", {"kind": "vehicles", "words": f"Vans, number {number}", "where": where})
        assert answer.status == 201, answer.text
    plain = visit("/board", login="amina", script=False)
    everything = int(plain.locator("[data-count=verify]").first.inner_text())
    assert everything >= 130
    expect(plain.locator("#column-verify > .card")).to_have_count(100)
    plain.locator("[data-more=verify] a").click()
    expect(plain.locator("#column-verify > .card")).to_have_count(min(200, everything))

    page = open_board(visit)
    cards = page.locator("#column-verify > .card")
    expect(cards).to_have_count(100)
    more = page.locator("[data-more=verify]")
    expect(more).to_contain_text(f"100 of {everything}")
    # The keys go on past what is there.
    cards.nth(99).locator("a").focus()
    expect(cards).to_have_count(min(200, everything))
    page.keyboard.press("j")
    expect(cards.nth(100).locator("a")).to_be_focused()
    if everything <= 200:
        expect(more).to_be_hidden()
    ids = [card.get_attribute("data-id") for card in cards.all()]
    assert len(set(ids)) == len(ids)
    orders = [int(card.get_attribute("data-order")) for card in cards.all()]
    assert orders == sorted(orders)

    # A fresh page, by the link itself: the focus goes on to the first new card.
    other = open_board(visit)
    other.locator("[data-more=verify] a").click()
    expect(other.locator("#column-verify > .card").nth(100).locator("a")).to_be_focused()

    # Somebody checks the last one, which is on no list here: the figures are right, and nobody is told of anything new.
    quiet = open_board(visit)
    shown = quiet.locator("#column-verify > .card")
    expect(shown).to_have_count(100)
    quiet.evaluate("""window.said = []; new MutationObserver(() => window.said.push(document.getElementById('announce').textContent))
        .observe(document.getElementById('announce'), { childList: true })""")
    amina = member("amina")
    assert ids[-1] not in [one.get_attribute("data-id") for one in shown.all()]
    assert amina.post(f"/board/incidents/{ids[-1]}/verifying").status == 303
    # So is what comes in and stands behind all that is shown.
    vecinos.report("A new van, a street away from all others", "Malibu")
    expect(quiet.locator("[data-count=verify]").first).to_have_text(str(everything + 1))
    behind = incident_in(amina, "malibu")
    # What stands before them comes, and the last one goes behind the link: in a surge no list grows without an end.
    words = "I see men in green vests with rifles handcuff a man at the bus stop right now"
    where = {"latitude": 34.0253, "longitude": -118.7798}
    answer = vecinos.api("POST", "/api/v1/reports", {"kind": "arrest", "words": words, "where": where})
    assert answer.status == 201, answer.text
    expect(quiet.locator("#column-verify > .card[data-mark=new]")).to_have_count(1)
    expect(shown).to_have_count(100)
    expect(card(quiet, ids[-1])).to_have_count(0)
    expect(card(quiet, behind)).to_have_count(0)
    expect(quiet.locator("[data-more=verify]")).to_contain_text(f"100 of {everything + 2}")
    expect(quiet.locator("#announce")).to_contain_text("New: ")
    assert len(quiet.evaluate("window.said")) == 1


def test_the_mark_of_a_change_takes_no_room_from_the_place(visit, vecinos):
    """In Spanish its word is the longest: it stands whole on the edge of the card, and the place stays where it was."""
    vecinos.report("A van by the school, in the morning", "Wilmington")
    page = visit("/board", login="amina", width=1440, height=900)
    one = page.locator(".lists .card").first
    expect(one).to_be_visible()
    before = one.locator(".place").bounding_box()
    one.evaluate(
        """card => { card.dataset.mark = "updated"; card.querySelector(".mark").dataset.updated = "actualizado"; }"""
    )
    mark, card = one.locator(".mark").bounding_box(), one.bounding_box()
    assert one.locator(".place").bounding_box() == before
    assert card["x"] <= mark["x"] and mark["x"] + mark["width"] <= card["x"] + card["width"]
    assert mark["width"] > 50


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_header_is_one_line_on_a_desk_while_a_drill_is_counted(visit, language):
    page = visit(f"/board?lang={language}", login="amina", width=1280, language=language)
    expect(page.locator("[data-unless-none]")).to_be_visible()
    assert page.locator(".topbar").bounding_box()["height"] < 60


def test_a_neighborhood_alone_is_no_place_to_meet(visit, vecinos, member):
    vecinos.report("Men in vests at the laundry", "Sun Valley", kind="people")
    amina = member("amina")
    incident = incident_in(amina, "sun-valley")
    page = open_board(visit, path=f"/board/incidents/{incident}")
    page.keyboard.press("s")
    expect(page.locator("#card-meeting")).to_be_visible()
    assert amina.detail(incident)["dispatches"] == []
