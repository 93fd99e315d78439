# SPDX-License-Identifier: AGPL-3.0-or-later
"""A fact is taken back, and then: every page, list, sheet, saved copy and folder, in every language, says nothing of it
from the next answer on. (Text messages: TextDoorTests. A phone that saved a copy: test_offline, test_plan.)"""

import io
import json
import re
import unicodedata
import zipfile
from html import unescape

import pypdf
import pytest
from member import Member
from test_rights_pages import CODES, GUIDES, PAGES

PIECES = ["card", "door", "poster", "large"]
# Where every sheet is looked at; in the other languages the card, which every fact is on.
SHEETS = ["en", "es", "fa", "ru", "zh-Hans"]
FACT = "silence"
FOLDERS = ["en", "fa"]
# A sheet in a large script is drawn slowly by a debug build on a busy machine.
PATIENCE = 300


def plain(text: str) -> str:
    """Letters alone: neither tags nor line ends nor the shapes that a font gave them hide a sentence."""
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text)).lower()


def page_text(body: str) -> str:
    return plain(unescape(re.sub(r"<[^>]*>", " ", body)))


def pdf_text(data: bytes) -> str:
    return plain(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages))


def told(server, code: str) -> list[str]:
    """What the fact says in a language: its statement, and what it means."""
    for fact in server.ask("GET", f"/api/v1/facts?lang={code}").json()["facts"]:
        if fact["id"] == FACT:
            return [plain(fact["statement"]), plain(fact["means"])]
    raise AssertionError(f"{FACT} is not listed in {code}")


def walk(server, code: str) -> dict[str, str]:
    """Everything that anybody can be given in a language, as text."""
    found = {}
    for path in [path for area in PAGES.values() for path in area] + ["/", "/help", "/now", "/report"]:
        answer = server.ask("GET", f"{path}?lang={code}", timeout=PATIENCE)
        # A question of the checker whose facts are gone may be gone too; nothing else may.
        assert answer.status == 200, f"{path} in {code}: {answer.status}"
        found[path] = page_text(answer.text)
    for path in ["/api/v1/facts", "/api/v1/guides", "/api/v1/policies"]:
        found[path] = plain(json.dumps(server.ask("GET", f"{path}?lang={code}").json(), ensure_ascii=False))
    for piece in PIECES if code in SHEETS else PIECES[:1]:
        found[piece] = pdf_text(server.ask("GET", f"/print/{piece}.pdf?language={code}", timeout=PATIENCE).body)
    found["copy"] = page_text(server.ask("GET", f"/rights/save/{code}.html", timeout=PATIENCE).text)
    return found


def folder(server, code: str) -> dict[str, str]:
    archive = zipfile.ZipFile(io.BytesIO(server.ask("GET", f"/rights/save/{code}.zip", timeout=PATIENCE).body))
    read = {name: archive.read(name) for name in archive.namelist()}
    return {name: pdf_text(data) if name.endswith(".pdf") else page_text(data.decode()) for name, data in read.items()}


@pytest.fixture(scope="module")
def recalled(vecinos):
    """What was told before a fact was taken back, what is told after, and what it said; by language. One recall for all."""
    ruth, lena = Member(vecinos, "ruth"), Member(vecinos, "lena")
    said = {code: told(vecinos, code) for code in CODES}
    before = {code: walk(vecinos, code) for code in CODES}
    assert ruth.post(f"/facts/{FACT}/recall", {"reason": "A court changed it."}).status == 303
    try:
        # The very next answer knows it; five seconds are what another process of ours may take.
        assert 'data-standing="recalled"' in vecinos.ask("GET", "/rights/home?lang=en").text
        after = {code: walk(vecinos, code) for code in CODES}
        for code in FOLDERS:
            after[code] |= folder(vecinos, code)
    finally:
        assert lena.post(f"/facts/{FACT}/restoration").status == 303
    return said, before, after


@pytest.mark.parametrize("code", CODES)
def test_what_was_taken_back_is_told_nowhere(recalled, code):
    said, before, after = recalled
    places = [place for place, text in before[code].items() if any(words in text for words in said[code])]
    assert {"/rights/home", "/rights/street", "/api/v1/facts", "copy"} <= set(places), places
    # Where letters can be taken out of a sheet as they were put in; other sheets are at least not the same any more.
    sheets = {"card", "poster", "large"} & set(before[code])
    if code in ("en", "es", "ru", "tl", "vi"):
        assert sheets <= set(places), places
    for piece in sheets:
        assert before[code][piece] != after[code][piece], piece
    assert [place for place, text in after[code].items() if any(words in text for words in said[code])] == []


def test_it_is_told_again_when_it_is_restored(vecinos, recalled):
    said = recalled[0]["es"]
    assert any(words in page_text(vecinos.ask("GET", "/rights/home?lang=es").text) for words in said)
