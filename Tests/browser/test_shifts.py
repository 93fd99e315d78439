# SPDX-License-Identifier: AGPL-3.0-or-later
"""Shifts are opened, taken and offered; a run card is written and sent; a helper says where they help. Without script."""

from playwright.sync_api import Page, expect


def narrow(page: Page) -> None:
    """Nothing is wider than the phone."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_places_are_opened_and_closed_without_script(visit):
    page = visit("/shifts", login="amina", width=360, script=False)
    form = page.locator("form#open")
    form.locator("[name=role]").select_option("operator")
    form.locator("[name=places]").fill("0")
    form.locator("button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.locator("form#open [name=role]").input_value() == "operator"
    page.locator("form#open [name=places]").fill("2")
    page.locator("form#open button").click()
    slot = page.locator("li.slot.open").first
    expect(slot).to_contain_text("2 places open")
    narrow(page)
    slot.locator("form[action$='/closing'] button").click()
    expect(page.locator("li.slot.open")).to_have_count(0)


def test_the_week_has_seven_days_and_goes_on(visit):
    page = visit("/shifts", login="amina", width=1280, script=False)
    expect(page.locator(".week > section")).to_have_count(7)
    first = page.locator(".week > section h3").first.inner_text()
    page.get_by_role("link", name="Next week").click()
    expect(page.locator(".week > section")).to_have_count(7)
    assert page.locator(".week > section h3").first.inner_text() != first
    page.get_by_role("link", name="Week before").click()
    assert page.locator(".week > section h3").first.inner_text() == first


def test_a_shift_is_offered_and_kept(visit):
    page = visit("/shifts", login="amina", width=360, script=False)
    page.locator("form[action$='/trade'] button").first.click()
    expect(page.locator(".week")).to_contain_text("Looks for somebody else")
    page.locator("form[action$='/trade/end'] button").first.click()
    expect(page.locator(".week")).not_to_contain_text("Looks for somebody else")


def test_a_run_card_is_written_without_script(visit):
    page = visit("/settings/run-cards", login="ruth", width=320, script=False)
    narrow(page)
    card = page.locator("form#card-checkpoint")
    card.locator("[name=wanted-1]").fill("21")
    card.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator("form#card-checkpoint [name=wanted-1]").fill("3")
    page.locator("form#card-checkpoint").get_by_role("button").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert page.locator("form#card-checkpoint [name=wanted-1]").input_value() == "3"


def test_weekly_hours_are_kept_and_let_a_helper_be_asked(visit, member):
    page = visit("/settings", login="joao", width=320, script=False)
    fold = page.locator("details#week")
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()
    for day in range(7):
        boxes = page.locator(f"#week [name=week-{day}]")
        expect(boxes).to_have_count(8)
        boxes.first.uncheck(force=True)
    narrow(page)
    page.locator("#week [name=week-1][value='18']").check(force=True)
    page.locator("#week [name=week-5][value='21']").check(force=True)
    page.locator("#week button").click()
    expect(page.get_by_role("status")).to_be_visible()
    expect(page.locator("#week [name=week-1][value='18']")).to_be_checked()
    expect(page.locator("#week [name=week-5][value='21']")).to_be_checked()
    expect(page.locator("#week input:checked")).to_have_count(2)
    # A block that is none of the eight is no hour at all.
    assert member("joao").post("/settings/week", [("week-2", "25"), ("week-2", "x"), ("week-9", "3")]).status == 303
    page.goto("/settings")
    expect(page.locator("#week input:checked")).to_have_count(0)


def test_somebody_who_takes_several_says_how_many(visit, member):
    offer = [("place", "Westlake"), ("miles", "15"), ("capacity", "3"), ("languages", "en"), ("skills", "operator")]
    assert member("ruth").post(f"/people/{member('omar').id}/helper", offer).status == 303
    page = visit("/settings", login="omar", width=360, script=False)
    field = page.locator("#helper [name=capacity]")
    expect(field).to_have_value("3")
    field.fill("50")
    page.locator("#helper button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    field = page.locator("#helper [name=capacity]")
    expect(field).to_have_value("50")
    field.fill("2")
    page.locator("#helper button").click()
    expect(page.locator("#helper [name=capacity]")).to_have_value("2")
    narrow(page)


def test_who_goes_somewhere_is_not_asked_for_a_number(visit):
    page = visit("/settings", login="lupe", width=360, script=False)
    expect(page.locator("#helper [name=miles]")).to_be_visible()
    expect(page.locator("#helper [name=capacity]")).to_have_count(0)
