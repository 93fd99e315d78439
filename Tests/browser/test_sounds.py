# SPDX-License-Identifier: AGPL-3.0-or-later
"""Guides that are heard: what `vecinos speak` makes of them, and what people record."""

import io
import re
import shutil
import subprocess
import wave

import pytest
from server import BINARY, ENVIRONMENT, serving

MACHINE = {"en", "es", "zh-Hans", "zh-Hant", "ko", "hy", "vi", "fa", "ru", "ar"}


@pytest.fixture(scope="module")
def vecinos(founded, tmp_path_factory):
    """A server with the sounds of a machine, made once by the command."""
    data = tmp_path_factory.mktemp("heard") / "data"
    shutil.copytree(founded[0], data)
    folder = data.parent / "sounds"
    ENVIRONMENT["VECINOS_SOUNDS"] = str(folder)
    made = subprocess.run(
        [BINARY, "speak", "--data", data, "--guide", "home"], env=ENVIRONMENT, check=True, capture_output=True, text=True
    ).stdout
    assert re.search(r"(\d+), of which \1 are new; 0 old", made), made
    again = subprocess.run(
        [BINARY, "speak", "--data", data, "--guide", "home"], env=ENVIRONMENT, check=True, capture_output=True, text=True
    ).stdout
    assert ", of which 0 are new; 0 old" in again
    with serving(data, founded[1]) as server:
        server.sounds = folder
        yield server
    del ENVIRONMENT["VECINOS_SOUNDS"]


@pytest.mark.parametrize("language", sorted(MACHINE))
def test_every_card_of_the_home_guide_can_be_heard(vecinos, visit, accessible, language):
    page = visit("/rights/home", language=language, width=320)
    cards, players = page.locator(".leaf").count(), page.locator(".leaf audio")
    assert players.count() >= cards - 1, "at most the last card, which sends to others, is silent"
    # Right to left, an anchored row slid to a later card when the players came in.
    at = page.locator(".leaf").first.evaluate("leaf => leaf.getBoundingClientRect().left")
    assert 0 <= at <= 60, f"the first card is not in front: {at}"
    source = players.first.get_attribute("src")
    answer = vecinos.ask("GET", source)
    assert answer.status == 200 and answer.headers["Content-Type"] == "audio/mpeg" and len(answer.body) > 3_000
    # The browser can play it: it knows how long it takes.
    seconds = players.first.evaluate(
        """player => new Promise((tell, fail) => {
            player.addEventListener("loadedmetadata", () => tell(player.duration));
            player.addEventListener("error", () => fail(player.error.message));
            player.preload = "metadata";
            player.load();
        })"""
    )
    assert seconds > 1
    accessible(page)


def test_a_card_without_a_voice_shows_no_player(visit):
    page = visit("/rights/home", language="tl")
    assert page.locator(".leaf audio").count() == 0


def spoken() -> bytes:
    """Two seconds of a tone, as a telephone would record it, with a name inside."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1), sound.setsampwidth(2), sound.setframerate(16_000)
        sound.writeframes(b"".join((8_000 if i // 20 % 2 else -8_000).to_bytes(2, "little", signed=True) for i in range(32_000)))
    return out.getvalue() + b"LIST\x1a\x00\x00\x00INFOIART\x0e\x00\x00\x00CANARY-ARTIST\x00"


def test_a_person_records_and_another_makes_it_public(vecinos, visit, accessible, tmp_path):
    accessible(visit("/facts/recordings", login="ruth", width=320))
    page = visit("/facts/recordings", login="ruth", script=False)
    page.locator("[name=guide]").select_option("home")
    page.locator("[name=language]").select_option("quc")
    page.locator("[name=spoken_on]").fill("2026-11-20")
    page.locator("[name=sound]").set_input_files({"name": "x.wav", "mimeType": "audio/wav", "buffer": b"no sound at all"})
    page.get_by_role("button", name="Send").click()
    assert page.locator(".error").count() == 1 and page.locator("[name=language]").input_value() == "quc"
    page.locator("[name=sound]").set_input_files({"name": "x.wav", "mimeType": "audio/wav", "buffer": spoken()})
    page.get_by_role("button", name="Send").click()
    row = page.locator(".recordings > li")
    assert row.count() == 1 and row.locator("button").count() == 1, "whoever brought it can't make it public"
    assert visit("/rights/home").locator(".recordings").count() == 0

    other = visit("/facts/recordings", login=someone_else(vecinos), script=False)
    other.get_by_role("button", name="I listened").click()
    public = visit("/rights/home", language="es")
    player = public.locator(".recordings audio")
    assert "K’iche’" in public.locator(".recordings").inner_text()
    assert public.locator(".recordings time").get_attribute("datetime") == "2026-11-20", "with its day"
    assert "20" in public.locator(".recordings time").inner_text()
    assert public.locator(".recordings .state").count() == 0, "its words are today's"
    heard = vecinos.ask("GET", player.get_attribute("src"))
    assert heard.status == 200 and b"CANARY" not in heard.body and len(heard.body) > 1_000
    accessible(public)


def test_a_recording_says_when_the_words_are_newer_and_is_silent_while_one_is_taken_back(vecinos, visit, member):
    ruth, other = member("ruth"), member(someone_else(vecinos))
    page = visit("/facts/recordings", login="ruth", script=False)
    page.locator("[name=guide]").select_option("work")
    page.locator("[name=language]").select_option("zap")
    page.locator("[name=spoken_on]").fill("2026-11-21")
    page.locator("[name=sound]").set_input_files({"name": "x.wav", "mimeType": "audio/wav", "buffer": spoken()})
    page.get_by_role("button", name="Send").click()
    path = re.search(r'action="(/facts/recordings/[^"]+)/publication"', other.get("/facts/recordings").text)[1]
    assert ruth.post(f"{path}/publication").status in (403, 409, 422), "not by whoever brought it"
    assert other.post(f"{path}/publication").status == 303
    public = visit("/rights/work", script=False)
    assert public.locator(".recordings time").get_attribute("datetime") == "2026-11-21"
    source = public.locator(".recordings audio").get_attribute("src")
    assert vecinos.ask("GET", source).status == 200
    assert ruth.post("/facts/do-not-run/recall", {"reason": "It changed."}).status == 303
    try:
        assert visit("/rights/work", script=False).locator(".recordings").count() == 0
        assert vecinos.ask("GET", source).status == 404, "a recording can't leave a sentence out"
    finally:
        assert member("lena").post("/facts/do-not-run/restoration").status == 303
    assert visit("/rights/work", script=False).locator(".recordings audio").count() == 1


def someone_else(vecinos) -> str:
    able = {"attorney", "caseCoordinator", "communicator"}
    return next(person["login"] for person in vecinos.people if able & set(person["roles"]) and person["login"] != "ruth")
