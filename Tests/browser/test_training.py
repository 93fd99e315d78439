# SPDX-License-Identifier: AGPL-3.0-or-later
"""Training: a course, its quiz and its certificate without a script; and a check on the device with the line cut."""

import base64
import pathlib
import re
import subprocess

import pytest
import yaml
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from playwright.sync_api import Page, expect
from server import BINARY

COURSES = pathlib.Path(__file__).resolve().parents[2] / "content/courses"
PAGES = ["/training", "/training/legal-observer", "/training/legal-observer/quiz", "/training/digital-safety/handout",
         "/training/rights-trainer/notes", "/training/check"]  # fmt: skip


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def right_answers(name: str) -> dict[str, int]:
    quiz = yaml.safe_load((COURSES / f"{name}.yaml").read_text())["quiz"]
    return {q["id"]: next(i for i, a in enumerate(q["answers"]) if a.get("right")) for q in quiz}


def earn(page: Page, name: str, holder: str) -> str:
    """Takes the quiz in the browser; gives the certificate's text."""
    page.goto(f"/training/{name}/quiz")
    for question, answer in right_answers(name).items():
        page.locator(f'input[name="q-{question}"][value="{answer}"]').check()
    page.locator("main form button.first").click()
    page.locator("#name").fill(holder)
    page.locator("main form button.first").click()
    return page.locator(".certificate code").inner_text()


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("path", PAGES)
def test_fits_and_reads(visit, accessible, path, language):
    for scheme in ("light", "dark"):
        page = visit(path, width=320, language=language, scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways scroll"
        accessible(page)


def test_a_wrong_answer_is_explained_and_kept(visit):
    page = visit("/training/verifier/quiz", script=False)
    answers = right_answers("verifier")
    answers["q-follow"] = 0
    for question, answer in answers.items():
        page.locator(f'input[name="q-{question}"][value="{answer}"]').check()
    page.locator("main form button.first").click()
    expect(page.locator("#why-q-follow")).to_be_visible()
    expect(page.locator('input[name="q-q-follow"][value="0"]')).to_be_checked()


def test_a_certificate_without_script_is_checked_by_another_program(visit, accessible):
    page = visit("/training", script=False)
    text = earn(page, "digital-safety", "Golondrina Ñ")
    assert page.locator("svg.qr").count() == 1
    page.goto("/training/check")
    key = Ed25519PublicKey.from_public_bytes(bytes_of(page.locator("form[data-key]").get_attribute("data-key")))
    body, signature = text.rsplit(":", 1)
    key.verify(bytes_of(signature), b"vecinos certificate\n" + body.encode())
    changed = body.replace("digital-safety", "digital-safetz")
    with pytest.raises(InvalidSignature):
        key.verify(bytes_of(signature), b"vecinos certificate\n" + changed.encode())
    page.locator("#certificate").fill(text)
    page.locator("main form button.first").click()
    expect(page.locator('[data-found="good"]')).to_contain_text("Golondrina Ñ")


def test_the_check_page_judges_by_itself_without_a_connection(visit):
    page = visit("/training")
    text = earn(page, "verifier", "Tecolote")
    page.goto("/training/check")
    page.context.set_offline(True)
    status, field = page.locator("[data-local]"), page.locator("#certificate")
    field.fill(text)
    expect(status).to_have_attribute("data-found", "right")
    for place in (10, len(text) // 2, len(text) - 1):
        letter = "A" if text[place] != "A" else "B"
        field.fill(text[:place] + letter + text[place + 1 :])
        expect(status).to_have_attribute("data-found", "wrong")
    field.fill(text)
    expect(status).to_have_attribute("data-found", "right")
    assert re.match(r"VEC1:verifier:", text)
    page.context.set_offline(False)


def test_the_command_line_knows_a_certificate_and_refuses_it_with_one_bit_changed(visit, tmp_path):
    page = visit("/training", script=False)
    text = earn(page, "hotline-operator", "Garza")
    page.goto("/training/check")
    key = page.locator("details code").text_content().split("--key ")[1].strip()
    file = tmp_path / "certificate.txt"

    def verify(words: bytes, *more: str) -> int:
        file.write_bytes(words)
        return subprocess.run([BINARY, "verify", file, *more], capture_output=True, timeout=120).returncode

    assert verify(text.encode(), "--key", key) == 0
    whole = text.encode()
    for place in [0, 5, 20, len(whole) // 3, len(whole) // 2, len(whole) - 60, len(whole) - 2]:
        for bit in (1, 4):
            changed = bytearray(whole)
            changed[place] ^= bit
            assert verify(bytes(changed), "--key", key) != 0, f"bit {bit} of byte {place}"
