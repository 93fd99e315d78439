# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whom to ask first for what is no dispatch: a coordinator on a phone, without script."""

from playwright.sync_api import expect


def test_a_skill_of_the_pack_is_given_and_found(vecinos, visit, accessible, spanish):
    page = visit("/people", login="ruth", width=360, script=False)
    page.get_by_role("link", name="Lupe", exact=True).click()
    page.locator("[name=skills][value=mentor]").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[name=skills][value=mentor]")).to_be_checked()

    page.goto("/people")
    page.get_by_role("link", name="Find somebody").click()
    page.get_by_label("What is needed?").select_option(label="Mentor")
    page.locator("[name=place]").fill("Boyle Heights")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("#found li a")).to_have_text(["Lupe"])
    expect(page.locator("#found .note")).to_contain_text("Found 1 of the 10")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

    asked = page.url.removeprefix(vecinos.url)
    accessible(visit(asked, login="amina"))
    page = visit(asked, login="amina", width=360, language="es", script=False)
    page.goto(f"{asked}&lang=es")
    expect(page.locator("h1")).to_have_text(spanish("find.title"))
    expect(page.locator("#found h2")).to_have_text(spanish("find.first"))


def test_a_person_is_a_short_row_and_one_place_to_press(visit):
    page = visit("/people", login="ruth", width=360, script=False)
    expect(page.get_by_text("Find a name", exact=True)).to_be_visible()
    rows = page.locator(".roster tbody tr")
    expect(page.locator(".roster")).not_to_contain_text("0 of 0")
    heights = [row.bounding_box()["height"] for row in rows.all()]
    assert min(heights) >= 44 and sum(heights) / len(heights) <= 90
    row = rows.filter(has=page.get_by_role("link", name="Lupe", exact=True))
    # The far end of its last line.
    box = row.bounding_box()
    row.click(position={"x": box["width"] - 4, "y": box["height"] - 4})
    expect(page.locator("h1")).to_contain_text("Lupe")
