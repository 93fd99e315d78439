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
