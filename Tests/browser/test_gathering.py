# SPDX-License-Identifier: AGPL-3.0-or-later
"""What belongs together and the machine does not know: merged by hand, taken apart, and one report about two things."""

from playwright.sync_api import expect


def incident_in(member, zone: str) -> str:
    (incident,) = member.incidents(zone)
    return incident["id"]


def two(vecinos, member, *zones: tuple[str, str, str]) -> list[str]:
    for words, place, _ in zones:
        vecinos.report(words, place)
    return [incident_in(member("amina"), zone) for _, _, zone in zones]


def test_two_that_were_not_suggested_are_merged_by_keyboard_and_come_apart_again(visit, vecinos, member):
    first, second = two(
        vecinos, member,
        ("White vans behind the swap meet", "Pacoima", "pacoima"), ("A checkpoint by the school", "Compton", "compton"),
    )  # fmt: skip
    page = visit(f"/board/incidents/{first}", login="amina", width=1440, height=900)
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    page.keyboard.press("m")
    choice = page.locator(f"[data-act] [name=other][value='{second}']")
    expect(choice).to_be_attached()
    choice.focus()
    page.keyboard.press("Space")
    expect(choice).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator("#pane .line")).to_contain_text("Another incident was merged into this one")
    assert member("amina").detail(first)["incident"]["reports"] == 2
    page.get_by_role("button", name="Take it apart again").click()
    expect(page.locator("#pane .line")).to_contain_text("1 report was split off")
    page.get_by_role("button", name="Put it together again").click()
    expect(page.get_by_role("button", name="Put it together again")).to_have_count(0)
    assert member("amina").detail(first)["incident"]["reports"] == 2


def test_without_a_script_on_a_phone_and_the_second_of_two_is_told(visit, vecinos, member):
    first, second = two(
        vecinos, member,
        ("A car without plates", "Van Nuys", "van-nuys"), ("Men in vests at the bus stop", "Westmont", "westmont"),
    )  # fmt: skip
    pages = [visit(f"/board/incidents/{first}", login=login, width=360, script=False) for login in ("amina", "ruth")]
    for page in pages:
        page.get_by_role("link", name="Merge with another").click()
        page.locator(f"[name=other][value='{second}']").check(force=True)
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, "the form is wider than the phone"
    for page in pages:
        page.get_by_role("button", name="Merge", exact=True).click()
    expect(pages[0].locator("#pane")).to_contain_text("Another incident was merged into this one")
    expect(pages[1].get_by_role("alert").first).to_contain_text("Your step was not done")
    assert member("amina").detail(first)["incident"]["reports"] == 2


def test_nothing_chosen_says_so_and_a_pasted_address_is_enough(visit, vecinos, member):
    first, second = two(
        vecinos, member,
        ("Officers at the corner market", "El Sereno", "el-sereno"), ("A truck circling the block", "Torrance", "torrance"),
    )  # fmt: skip
    page = visit(f"/board/incidents/{first}?act=merge", login="amina", width=1280, script=False)
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("Choose an incident from the list")
    page.locator("[name=address]").fill(f"{vecinos.url}/board/incidents/{second}")
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.locator("#pane")).to_contain_text("Another incident was merged into this one")


def test_one_report_about_two_things_shows_both_answers(visit, vecinos, member):
    code = vecinos.report("Vans at the park, and the same men at the car wash", "Highland Park")
    vecinos.report("Something at the car wash", "Inglewood")
    amina = member("amina")
    first, second = incident_in(amina, "highland-park"), incident_in(amina, "inglewood")
    page = visit(f"/board/incidents/{first}", login="amina", width=390, script=False)
    page.locator("#reports-fold > summary").click()
    page.get_by_role("link", name="Also about…").click()
    expect(page.locator("[data-act] [name=report]")).to_be_checked()
    page.locator(f"[name=other][value='{second}']").check(force=True)
    page.get_by_role("button", name="It is about both").click()
    page.locator("#reports-fold > summary").click()
    expect(page.locator("#reports-fold")).to_contain_text("Also about:")
    found = {"truth": "unfounded", "level": "L1", "how": "call_back"}
    assert amina.api("POST", f"/api/v1/incidents/{second}/verifications", found).status == 201
    answer = visit("/report/answer", width=360, script=False)
    answer.locator("[name=code]").fill(code)
    answer.get_by_role("button", name="See the answer").click()
    expect(answer.locator("article.item")).to_have_count(2)
    expect(answer.locator("main")).to_contain_text("We found nothing there")
    expect(answer.locator("main")).to_contain_text("We are checking")
    expect(answer.locator("main")).to_contain_text("What you told us is also about this")


def test_one_person_is_asked_by_name_without_a_script_and_never_twice(visit, vecinos, member):
    amina = member("amina")
    vecinos.report("Men in vests at the laundromat", "Panorama City")
    incident = incident_in(amina, "panorama-city")
    asking = amina.api("POST", f"/api/v1/incidents/{incident}/dispatches", {"role": "verifier", "wanted": 1})
    assert asking.status == 201, asking.text
    page = visit(f"/board/incidents/{incident}", login="amina", width=1280, script=False)
    page.get_by_role("link", name="Ask by name").first.click()
    page.get_by_role("button", name="Ask this person").click()
    expect(page.get_by_role("alert").first).to_contain_text("Choose whom to ask")
    choice = page.locator("[name=choice]").first
    value = choice.get_attribute("value")
    choice.check(force=True)
    page.get_by_role("button", name="Ask this person").click()
    expect(page.locator("#people")).to_contain_text("Asked by name")
    assert [one for one in amina.detail(incident)["assignments"] if "Asked by name" in one["why"]]
    again = amina.post(f"/board/incidents/{incident}/asks", [("act", "ask"), ("choice", value)])
    assert again.status == 409
    done = amina.api("POST", f"/api/v1/dispatches/{asking.json()['id']}/call-off", {})
    assert done.status == 200 and done.json()["told"] >= 2
