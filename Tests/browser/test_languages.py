# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every language that the pack offers, on the smallest phone: its own words, its own direction, and marked as a draft."""

import json
import unicodedata

import pytest
from playwright.sync_api import expect
from server import ROOT
from test_report import send, to_when, to_where

CODES = sorted(path.stem for path in (ROOT / "content/strings").glob("*.json") if path.stem != "es")
PAGES = ["/", "/report", "/now", "/rights", "/rights/home", "/help"]


def words(code: str) -> dict:
    return json.loads((ROOT / f"content/strings/{code}.json").read_text())


def test_all_languages_of_the_design_are_there():
    assert CODES == sorted(["zh-Hans", "zh-Hant", "ko", "hy", "tl", "vi", "fa", "ru", "ar", "km"])


@pytest.mark.parametrize("code", ["es", *CODES])
def test_words_have_the_digits_that_are_put_into_them(code):
    """Counts, times and telephone numbers are written with 0 to 9: "قدم 1 از ۳" mixes two ways in one line."""
    others = {letter for letter in json.dumps(words(code), ensure_ascii=False) if unicodedata.category(letter) == "Nd"}
    assert others <= set("0123456789")


@pytest.mark.parametrize("code", CODES)
def test_a_neighbor_reads_in_their_language_on_the_smallest_phone(visit, accessible, code):
    for path in PAGES:
        page = visit(path, language=code, width=320, scheme="dark" if code in ("fa", "ko") else "light")
        html = page.locator("html")
        assert html.get_attribute("lang") == code
        assert html.get_attribute("dir") == ("rtl" if code in ("fa", "ar") else "ltr")
        assert page.locator("[data-draft-language]").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{path} is wider than the phone"
        accessible(page)
        page.close()


@pytest.mark.parametrize("code", CODES)
def test_the_ten_core_cards_are_in_their_language(visit, code):
    page = visit("/rights/home", language=code)
    leaves = page.locator(".leaf")
    assert leaves.count() == 10
    for leaf in leaves.all():
        assert leaf.locator("h2").get_attribute("lang") is None
        assert leaf.locator("[data-untranslated]").count() == 0
        assert leaf.locator(".statement[lang=en]").count() == 0
    assert page.locator(".say-this .means").first.inner_text() and page.locator(".say-this .sounds").count() > 0


def test_what_it_was_is_marked_in_the_language_it_is_written_in(vecinos, member):
    """An English sentence in a Farsi page keeps its order and is read aloud in English; in an English page it is plain."""
    vecinos.report("Agents at the bridge", "Boyle Heights")
    amina = member("amina")
    incident = next(one["id"] for one in amina.incidents("boyle-heights") if not one["exercise"])
    finding = {"truth": "not_enforcement", "level": "L1", "how": "call_back", "explanation": {"en": "A film crew (permit 12)."}}
    assert amina.api("POST", f"/api/v1/incidents/{incident}/verifications", finding).status == 201
    marked = '<span lang="en" dir="auto">A film crew (permit 12).</span>'
    for path in ("/now", "/"):
        pages = {code: vecinos.ask("GET", f"{path}?lang={code}").text for code in ("fa", "es", "en")}
        assert marked in pages["fa"] and marked in pages["es"]
        assert "A film crew (permit 12)." in pages["en"] and marked not in pages["en"]
        block = "<span>" if path == "/now" else "<p>"
        assert f"{block}{marked}<" in pages["fa"], "it stands by itself: in one line with a name in Farsi the two change places"
        assert "&lt;5" not in pages["en"], "a sign of mathematics"
        assert '<b class="few">fewer than 5</b>' in pages["en"]
        assert f'<b class="few">{words("fa")["truth.fewer"]}</b>' in pages["fa"]


def test_spanish_has_one_word_for_one_thing():
    spanish = words("es")
    said = json.dumps(spanish, ensure_ascii=False)
    for other in ("integrante", "basura", "inmigración", "«", "»"):
        assert other not in said, other
    for formal in ("bundle_locked", "bundle_reason"):
        assert not {"Desbloquéelo", "Escriba"} & set(spanish[f"response.{formal}"].replace(".", "").split())
    for key in ("people.own_roles", "people.roles_two", "proposal.no_roles", "incident.asks_no_attorney", "teams.words"):
        assert not {"papel", "función"} & set(spanish[key].replace(".", "").split()), key


@pytest.mark.parametrize("code", ["fa", "km"])
def test_a_report_is_sent_in_their_language(visit, code):
    page = visit("/report", language=code, width=320, height=640, script=False)
    said = words(code)
    expect(page.locator("h1")).to_have_text(said["report.what"])
    to_where(page)
    expect(page.locator("h1")).to_have_text(said["report.where"])
    to_when(page)
    expect(page.locator("h1")).to_have_text(said["report.when"])
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    send(page)
    expect(page.locator("h1")).to_have_text(said["receipt.thanks"])
