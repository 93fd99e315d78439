# SPDX-License-Identifier: AGPL-3.0-or-later
"""One photo that goes from phone to phone is one witness, however often it was sent and encoded anew."""

import io
import shutil

import pytest
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import expect
from server import serving
from test_report import send, to_when, to_where


@pytest.fixture(scope="module")
def vecinos(founded, tmp_path_factory):
    """Behind a proxy: all of this machine is one witness, and these are three people."""
    data = tmp_path_factory.mktemp("forwarded") / "data"
    shutil.copytree(founded[0], data)
    with serving(data, founded[1], more={"VECINOS_PROXY": "on"}) as server:
        yield server


def scene(shift: int) -> Image.Image:
    """A picture with something in it: two vans, a wall, a tree. Another `shift` is another street."""
    picture = Image.new("RGB", (1200, 800), (170 - shift, 190, 215))
    draw = ImageDraw.Draw(picture)
    draw.rectangle([0, 520 - shift, 1200, 800], fill=(90, 85, 80))
    draw.rectangle([120 + shift * 5, 330, 520 + shift * 4, 600], fill=(235, 235, 230))
    draw.rectangle([640 - shift * 6, 360 + shift, 1010, 610], fill=(30, 34, 45))
    draw.ellipse([900 - shift * 8, 60, 1180 - shift * 3, 380 + shift], fill=(40, 110 + shift, 55))
    return picture.filter(ImageFilter.GaussianBlur(2))


def encoded(picture: Image.Image, size: tuple[int, int], quality: int) -> bytes:
    out = io.BytesIO()
    picture.resize(size).save(out, "JPEG", quality=quality)
    return out.getvalue()


def reported(visit, words: str, photo: bytes, network: str) -> None:
    page = visit("/report", width=360, script=False, extra_http_headers={"X-Forwarded-For": network})
    to_where(page)
    to_when(page, "Maywood")
    page.locator("[name=words]").fill(words)
    page.locator("[name=photo]").set_input_files({"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo})
    send(page)
    expect(page.locator("#code")).to_be_visible()


def test_the_same_photo_in_two_reports_is_one_witness_and_another_photo_is_a_second(visit, member):
    street, other = scene(0), scene(60)
    reported(visit, "Two vans by the market on Slauson, one white and one black", encoded(street, (1200, 800), 92), "203.0.113.7")
    # As a messenger passes it on: smaller, and worse.
    reported(visit, "White van and black van by the market on Slauson", encoded(street, (640, 426), 60), "198.51.100.7")
    amina = member("amina")
    (incident,) = amina.incidents("maywood")
    board = visit(f"/board/incidents/{incident['id']}", login="amina", width=1280, script=False)
    expect(board.locator(".known")).to_contain_text("2 reports, 1 separate witness")
    board.locator("#reports-fold > summary").click()
    expect(board.locator("#reports-fold")).to_contain_text("picture", ignore_case=True)

    reported(visit, "Vans by the market on Slauson, a white and a black one", encoded(other, (900, 600), 85), "192.0.2.7")
    board.reload()
    expect(board.locator(".known")).to_contain_text("3 reports, 2 separate witnesses")
    (incident,) = amina.incidents("maywood")
    assert (incident["reports"], incident["independent"]) == (3, 2)
