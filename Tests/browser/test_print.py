# SPDX-License-Identifier: AGPL-3.0-or-later
"""Paper: what a printer, a screen reader and a telephone's camera make of our PDFs, and what a code tells."""

import io
import re
import shutil
import subprocess

import pikepdf
import pypdf
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect
import server as servers
from member import Member
from server import ROOT, serving

PIECES = ["card", "door", "poster", "large"]
LANGUAGES = ["en", "es", "fa", "zh-Hans"]
PAPERS = {"letter": (215.9, 279.4), "a4": (210.0, 297.0)}
MM = 72 / 25.4
ADDRESS = "http://vecinos.example.org"


@pytest.fixture(scope="module")
def printer(founded, tmp_path_factory):
    """A server that was told its address: its sheets carry a QR code."""
    data = tmp_path_factory.mktemp("print") / "data"
    shutil.copytree(founded[0], data)
    servers.ENVIRONMENT["VECINOS_ADDRESS"] = ADDRESS
    try:
        with serving(data, founded[1]) as server:
            yield server
    finally:
        del servers.ENVIRONMENT["VECINOS_ADDRESS"]


def sheet(server, piece, language="en", paper="letter") -> bytes:
    answer = server.ask("GET", f"/print/{piece}.pdf?language={language}&paper={paper}")
    assert answer.status == 200, answer.status
    assert answer.headers["Content-Type"] == "application/pdf"
    return answer.body


EVERY = ["en", "es", *sorted(path.name for path in (ROOT / "content/languages").iterdir())]


def spoken(data: bytes, tmp_path) -> list[tuple[str, str, str]]:
    """As a screen reader walks the sheet: each part's role, its own language ("" where it is the sheet's), its words."""
    path = tmp_path / "spoken.pdf"
    path.write_bytes(data)
    lines = subprocess.run(["pdfinfo", "-struct-text", path], check=True, capture_output=True, text=True).stdout.splitlines()
    document = pikepdf.open(io.BytesIO(data))
    tree = parts(document.Root.StructTreeRoot)
    tongues = iter([(str(one.S)[1:], str(one.get("/Lang", ""))) for one in tree])
    found, open_parts = [], []
    for line in lines:
        depth = len(line) - len(line.lstrip())
        words = line.strip()
        while open_parts and open_parts[-1][0] >= depth:
            open_parts.pop()
        if words.startswith('"'):
            roles = [one[1] for one in open_parts]
            tongue = next((one[2] for one in reversed(open_parts) if one[2]), "")
            if found and found[-1][3] == open_parts[-1][3]:
                found[-1][2] += " " + words[1:-1]
            else:
                found.append([roles[-1], tongue, words[1:-1], open_parts[-1][3]])
        elif words:
            name, tongue = next(tongues)
            assert words.split()[0] == name, f"{words} is {name} in the tree"
            open_parts.append((depth, name, tongue, len(found) * 1000 + len(open_parts)))
    return [(role, tongue, " ".join(text.split())) for role, tongue, text, _ in found]


def parts(element) -> list:
    """Every part of the tree that a screen reader walks."""
    if isinstance(element, pikepdf.Array):
        return [part for child in element for part in parts(child)]
    if not isinstance(element, pikepdf.Dictionary):
        return []
    own = [element] if "/S" in element else []
    return own + (parts(element["/K"]) if "/K" in element else [])


def pictures(pdf: bytes, tmp_path, pages=1, dots=200) -> list[Image.Image]:
    path = tmp_path / "sheet.pdf"
    path.write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", str(dots), "-l", str(pages), "-png", path, tmp_path / "sheet"], check=True)
    return [Image.open(one) for one in sorted(tmp_path.glob("sheet-*.png"))]


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sheet_is_tagged_and_says_its_language_and_title(printer, piece, language):
    for paper in PAPERS:
        pdf = pikepdf.open(io.BytesIO(sheet(printer, piece, language, paper)))
        root = pdf.Root
        assert root.MarkInfo.Marked is True
        assert str(root.Lang) == language
        assert root.ViewerPreferences.DisplayDocTitle is True
        assert str(pdf.docinfo["/Title"])
        tree = parts(root.StructTreeRoot)
        kinds = {str(part.S) for part in tree}
        assert {"/Document", "/H1", "/P", "/Quote", "/Figure"} <= kinds
        assert all("/Alt" in part for part in tree if part.S == "/Figure")
        assert all(str(part.Lang) == "en" for part in tree if part.S == "/Quote")


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("language", [code for code in EVERY if code not in ("en", "es")])
def test_english_on_a_sheet_of_another_language_is_marked_as_english(printer, piece, language, tmp_path):
    data = sheet(printer, piece, language)
    said = spoken(data, tmp_path)
    english = {text for role, tongue, text in said if tongue == "en"}
    assert english, "what to say to officers is English"
    facts = printer.ask("GET", f"/api/v1/facts?lang={language}").json()["facts"]
    whole = " ".join(text for _, _, text in said)
    for fact in facts:
        for words in (fact["statement"], fact["means"]):
            words = " ".join(words.split())
            if fact["language"] == "en" and words in whole:
                assert any(words in text for text in english), words
    if language in ("tl", "vi"):
        return
    for role, tongue, text in said:
        # Names and addresses are what they are, and what stands on a paper is quoted as it stands there.
        text = re.sub(r"[«“「][^»”」]*([»”」]|$)", "", text)
        text = re.sub(r"Vecinos Los Angeles|vecinos\.example\.org\S*|ICE|DHS|I-\d+\S*", "", text)
        if tongue != "en":
            assert not re.search(r"[A-Za-z][A-Za-z' ’]{18,}[A-Za-z]", text), f"{role}: {text}"


def test_a_member_organization_prints_its_own_name_and_number(printer, visit):
    for piece in PIECES:
        answer = printer.ask("GET", f"/print/{piece}.pdf?language=es&paper=a4&organization=casa")
        assert answer.status == 200
        text = " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.body)).pages).split())
        assert "Casa del Valle" in text and "213-555-0117" in text
        assert "213-555-0100" not in text
        assert "Casa del Valle" not in " ".join(
            page.extract_text() for page in pypdf.PdfReader(io.BytesIO(sheet(printer, piece, "es", "a4"))).pages
        )
    assert printer.ask("GET", "/print/card.pdf?organization=nobody").status == 404
    page = visit("/print", language="es", script=False)
    form = page.locator("form[action='/print/card.pdf']")
    form.locator("[name=organization]").select_option("casa")
    assert "organization=casa" in form.evaluate("(form) => new URLSearchParams(new FormData(form)).toString()")


@pytest.mark.parametrize("piece", PIECES)
def test_fonts_are_inside_and_text_can_be_taken_out(printer, piece, spanish):
    data = sheet(printer, piece, "es")
    pdf = pikepdf.open(io.BytesIO(data))
    fonts = 0
    for page in pdf.pages:
        for font in page.Resources.Font.values():
            holder = font.DescendantFonts[0] if "/DescendantFonts" in font else font
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(holder.FontDescriptor.keys())
            fonts += 1
    assert fonts
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
    text = " ".join(text.split())
    assert "I want to stay silent." in text
    assert "213-555-0100" in text
    assert "No contesta nadie." in text, "the demonstration's number must say that it reaches nobody"
    assert spanish("rights.draft") in text


@pytest.mark.parametrize("paper", PAPERS)
def test_ten_wallet_cards_of_the_right_size_with_marks_to_cut(printer, paper):
    pdf = pypdf.PdfReader(io.BytesIO(sheet(printer, "card", "es", paper)))
    assert len(pdf.pages) == 2
    width, height = PAPERS[paper]
    box = pdf.pages[0].mediabox
    assert float(box.width) == pytest.approx(width * MM, abs=0.5)
    assert float(box.height) == pytest.approx(height * MM, abs=0.5)
    # The marks are the only thin vertical and horizontal strokes; where they stand is where the cards end.
    lines = pdf.pages[0].get_contents().get_data().decode("latin-1")
    down = sorted({round(float(x1), 1) for x1, y1, x2, y2 in strokes(lines) if x1 == x2})
    across = sorted({round(float(y1), 1) for x1, y1, x2, y2 in strokes(lines) if y1 == y2})
    assert [b - a for a, b in zip(down, down[1:])] == pytest.approx([85.6 * MM] * 2, abs=0.3)
    assert [b - a for a, b in zip(across, across[1:])] == pytest.approx([54 * MM] * 5, abs=0.3)


def strokes(content: str):
    """Straight lines of a page: `x y m x y l S`."""
    words = content.split()
    for index in range(len(words) - 6):
        if words[index + 2] == "m" and words[index + 5] == "l" and words[index + 6] == "S":
            yield tuple(float(words[index + offset]) for offset in (0, 1, 3, 4))


@pytest.mark.parametrize("piece", ["card", "door", "poster"])
def test_a_camera_reads_the_code_and_it_leads_to_the_answer(printer, piece, tmp_path):
    pdf = sheet(printer, piece, "es")
    found = {code.text for page in pictures(pdf, tmp_path) for code in zxingcpp.read_barcodes(page)}
    assert len(found) == 1
    link = found.pop()
    assert link.startswith(f"{ADDRESS}/c/")
    answer = printer.ask("GET", link.removeprefix(ADDRESS))
    assert answer.status == 200
    assert 'data-verdict="current"' in answer.text


def test_a_server_without_an_address_says_that_it_prints_no_code(founded, tmp_path, monkeypatch):
    data = tmp_path / "data"
    shutil.copytree(founded[0], data)
    monkeypatch.setitem(servers.ENVIRONMENT, "VECINOS_ADDRESS", "")
    with serving(data, founded[1]) as server:
        assert 'class="note' in server.ask("GET", "/print").text.split("<main")[1].split("</main")[0]
        pdf = sheet(server, "card")
    codes = [code for page in pictures(pdf, tmp_path) for code in zxingcpp.read_barcodes(page)]
    assert codes == []


def test_what_was_taken_back_is_on_no_sheet_and_old_codes_say_so(printer):
    data = sheet(printer, "card", "en")
    text = " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages).split())
    code = text.split("Code ")[1][:9]
    assert "You can stay silent" in text
    ruth = Member(printer, "ruth")
    assert ruth.post("/facts/silence/recall", {"reason": "A court changed it."}).status == 303
    try:
        for piece in PIECES:
            pages = pypdf.PdfReader(io.BytesIO(sheet(printer, piece, "en"))).pages
            after = " ".join(" ".join(page.extract_text() for page in pages).split())
            assert "You can stay silent" not in after
            assert "I want to stay silent." not in after
        answer = printer.ask("GET", f"/check-card?code={code}")
        assert 'data-verdict="recalled"' in answer.text
        assert "You can stay silent" not in answer.text
        page = ruth.get("/facts/batches").text
        assert code in page
        assert 'data-verdict="recalled"' in page
    finally:
        assert Member(printer, "lena").post("/facts/silence/restoration").status == 303


def test_a_stranger_types_a_code_and_is_told_beside_the_field(visit, accessible):
    page = visit("/check-card", script=False)
    page.locator("[name=code]").fill("0000-0000")
    page.locator("main form button").click()
    expect(page.locator("#code-error")).to_be_visible()
    expect(page.locator("[name=code]")).to_have_value("0000-0000")


@pytest.mark.parametrize("path", ["/print", "/check-card"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_pages_are_open_to_everybody(visit, accessible, path, scheme, language):
    page = visit(path, scheme=scheme, language=language, width=320)
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.locator("h1").count() == 1


def test_the_form_gives_the_sheet_that_was_chosen_without_a_script(visit, vecinos):
    page = visit("/print", script=False)
    form = page.locator("form[action='/print/door.pdf']")
    form.locator("[name=language]").select_option("es")
    form.locator("[name=paper]").select_option("a4")
    values = form.evaluate("(form) => new URLSearchParams(new FormData(form)).toString()")
    assert vecinos.ask("GET", f"/print/door.pdf?{values}").headers["Content-Language"] == "es"
