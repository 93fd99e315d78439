# SPDX-License-Identifier: AGPL-3.0-or-later
"""Policies: readable by everybody, and a calendar that other programs can read."""

import datetime

import icalendar
import pytest
from playwright.sync_api import Page

PAGES = ["/policies", "/policies/values-act", "/policies/la-sanctuary", "/policies/no-kings"]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("path", PAGES)
def test_fits_and_reads(visit, accessible, path, language):
    for scheme in ("light", "dark"):
        page: Page = visit(path, width=320, language=language, scheme=scheme, script=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways scroll"
        accessible(page)


def test_needs_no_script(visit):
    page = visit("/policies", script=False)
    page.locator(".policy-row").first.click()
    assert page.locator("h1").count() == 1
    assert page.locator("[data-element]").count() >= 3


def test_calendar_is_read_by_another_program(vecinos):
    answer = vecinos.ask("GET", "/policies/hearings.ics")
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert all(len(line) <= 75 for line in answer.body.split(b"\r\n"))
    assert b"\n" not in answer.body.replace(b"\r\n", b"")
    feed = icalendar.Calendar.from_ical(answer.body)
    names = [str(event["UID"]) for event in feed.walk("VEVENT")]
    assert len(set(names)) == len(names)
    for event in feed.walk("VEVENT"):
        start = event["DTSTART"].dt
        assert event["SUMMARY"] and event["DTSTAMP"].dt.tzinfo
        assert not isinstance(start, datetime.datetime) or start.utcoffset() == datetime.timedelta(0)
    if datetime.date.today() <= datetime.date(2026, 12, 7):
        noon = next(e for e in feed.walk("VEVENT") if "new-session" in str(e["UID"]))
        assert noon["DTSTART"].dt == datetime.datetime(2026, 12, 7, 20, tzinfo=datetime.timezone.utc)


def test_the_color_of_a_card_fills_its_side(visit):
    """Cards in a row are as high as the highest: the field beside the words goes down to the edge."""
    page = visit("/policies", width=1280)
    left = page.evaluate("""() => [...document.querySelectorAll(".policy-row")].map((row) =>
        row.getBoundingClientRect().bottom - row.querySelector(".cut").getBoundingClientRect().bottom)""")
    assert left and max(left) < 3
    page.goto("/help")
    assert page.locator(".rows .hint time").first.evaluate("(time) => getComputedStyle(time).display") == "inline"
