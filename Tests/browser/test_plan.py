# SPDX-License-Identifier: AGPL-3.0-or-later
"""The family plan: kept on one device, carried to another as a sealed file, and never told to the server."""

import base64
import contextlib
import hashlib
import json
import re
import socket
import threading
import time
import urllib.parse

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from member import Member
from playwright.sync_api import Page, expect

WORDS = "cuatro palabras muy largas"
CANARY = "Xochitl Canario"
ANSWERS = {
    "children.child.1.name": CANARY,
    "children.child.1.born": "2016-03-04",
    "children.stay.1.name": "Tía Rosa Canario",
    "children.stay.1.address": "12 Canario Street, Los Angeles",
    "contacts.person.1.name": "Luz Canario",
    "contacts.person.1.phone": "(213) 555-0142",
    "contacts.person.1.email": "luz@example.org",
    "numbers.case.1.number": "A 000 111 222",
    "medical.person.1.medicines": "insulin canario, 8 in the morning",
}
NEUTRAL = "https://www.weather.gov"
# The page's own parts: the same for everybody.
OWN_PARTS = re.compile(
    r"GET http://127\.0\.0\.1:\d+/(static/[a-z-]+\.(svg|js|css|webmanifest)(\?v=\w+)?|plan/worker\.js\?lang=en|plan(/blank)?\?lang=en) "
)


class Asked:
    """Every request of a context from now on, but for reading what the page itself made."""

    def __init__(self, page: Page):
        page.wait_for_load_state("networkidle")
        self.requests: list[str] = []
        page.context.on("request", self._request)

    def _request(self, request):
        if not request.url.startswith("blob:"):
            self.requests.append(f"{request.method} {request.url} {request.post_data or ''}")


def field(page: Page, key: str):
    return page.locator(f"[data-plan='{key}']")


def do(page: Page, deed: str):
    page.locator(f"[data-plan-do='{deed}']:visible").first.click()


def write(page: Page, answers: dict = ANSWERS):
    for key, words in answers.items():
        field(page, key).fill(words)


def save(page: Page, path, words=WORDS):
    page.locator("#file-pass").fill(words)
    page.locator("#file-again").fill(words)
    with page.expect_download() as download:
        do(page, "save")
    assert download.value.suggested_filename == "family-plan.plan"
    download.value.save_as(path)
    return path


def bring(page: Page, path, words=WORDS):
    page.locator("#open-file").set_input_files(path)
    page.locator("#open-pass").fill(words)
    do(page, "open")


def kept(page: Page) -> str | None:
    return page.evaluate("localStorage.getItem('vecinos.plan')")


@pytest.fixture(scope="module")
def sealed(chromium, vecinos, tmp_path_factory):
    """A plan that was written and saved in another browser."""
    context = chromium.new_context(base_url=vecinos.url, locale="en")
    page = context.new_page()
    page.goto("/plan")
    write(page)
    path = save(page, tmp_path_factory.mktemp("plan") / "family-plan.plan")
    context.close()
    return path


def test_nothing_is_asked_of_anybody_whatever_is_done(visit, tmp_path):
    page = visit("/plan")
    asked = Asked(page)
    write(page)
    do(page, "keep")
    path = save(page, tmp_path / "own.plan")
    bring(page, path)
    do(page, "merge")
    expect(page.locator("[data-plan-note=open]")).not_to_be_empty()
    page.locator("#message-kind").select_option("pickup")
    page.locator("[data-plan-copy]").click()
    page.emulate_media(media="print")
    page.pdf()
    page.emulate_media(media="screen")
    page.locator("#lock-pass").fill(WORDS)
    page.locator("#lock-again").fill(WORDS)
    do(page, "lock")
    expect(page.locator("[data-plan-when=locked]")).to_be_visible()
    field(page, "pets.pet.1.name").fill("Canario")
    do(page, "lock-now")
    page.locator("#door-pass").fill(WORDS)
    do(page, "unlock")
    expect(field(page, "pets.pet.1.name")).to_have_value("Canario")
    do(page, "erase")
    do(page, "erase-sure")
    page.wait_for_timeout(500)
    # The style's own pictures may come late, or again for paper. Keeping it keeps the empty page too: its own parts, by
    # addresses that are the same for everybody, without a word and without a body.
    assert [line for line in asked.requests if not OWN_PARTS.fullmatch(line)] == []


def test_no_request_ever_carries_a_word_of_it_and_no_cache_holds_one(visit, vecinos):
    page = visit("/plan")
    sent: list[str] = []
    page.context.on("request", lambda request: sent.append(f"{request.url} {request.headers} {request.post_data or ''}"))
    write(page)
    do(page, "keep")
    page.reload()
    expect(field(page, "children.child.1.name")).to_have_value(CANARY)
    page.locator("a[href='/plan/blank']").click()
    page.goto("/plan?lang=es")
    page.wait_for_load_state("networkidle")
    assert sent, "there was something to watch"
    for words in ["Canario", "555-0142", "000 111 222", "Xochitl"]:
        assert not [line for line in sent if words.lower() in line.lower()], words
    assert [line for line in sent if not line.endswith(" ")] == [], "a request with a body"
    places = page.evaluate(
        """async () => {
            const found = [document.cookie, JSON.stringify({ ...sessionStorage })];
            for (const name of await caches.keys()) {
                const cache = await caches.open(name);
                for (const request of await cache.keys()) found.push(request.url, await (await cache.match(request)).text());
            }
            for (const { name } of await indexedDB.databases()) {
                const base = await new Promise((done, no) => { const asked = indexedDB.open(name); asked.onsuccess = () => done(asked.result); asked.onerror = no; });
                for (const store of base.objectStoreNames) found.push(JSON.stringify(await new Promise((done) => {
                    base.transaction(store).objectStore(store).getAll().onsuccess = (event) => done(event.target.result); })));
                base.close();
            }
            return found;
        }"""
    )
    assert not [place for place in places if "canario" in place.lower()]
    assert CANARY in kept(page)
    assert page.locator("main [name], main form").count() == 0, "what has no name and no form can't be sent"


def test_without_being_kept_nothing_stays(visit):
    page = visit("/plan")
    write(page)
    assert kept(page) is None
    assert page_kept(page) == []
    page.reload()
    expect(field(page, "children.child.1.name")).to_have_value("")


def page_kept(page: Page) -> list:
    """What this browser holds of the page itself: caches and workers."""
    return page.evaluate(
        "async () => [...await caches.keys(), ...(await navigator.serviceWorker.getRegistrations()).map((one) => one.scope)]"
    )


def keep(page: Page):
    do(page, "keep")
    expect(page.locator("[data-plan-note=page]")).not_to_be_empty()


@pytest.mark.parametrize("code", ["en", "es", "fa"])
def test_a_plan_that_was_kept_opens_without_signal_after_one_visit(visit, accessible, code, tmp_path):
    page = visit("/plan", language=code, width=320)
    write(page)
    expect(page.locator("[data-age]")).to_have_count(0)
    keep(page)
    page.context.set_offline(True)
    page.goto("/plan")
    expect(page.locator("html")).to_have_attribute("lang", code)
    expect(page.locator("[data-age]")).to_be_visible()
    assert "{day}" not in page.locator("[data-age]").inner_text()
    for key, words in ANSWERS.items():
        expect(field(page, key)).to_have_value(words)
    field(page, "pets.pet.1.name").fill("Firulais")
    # The lock, the file and the blank form need no signal either.
    bring(page, save(page, tmp_path / "own.plan"))
    expect(page.locator("[data-plan-ask]")).to_be_visible()
    do(page, "neither")
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.goto("/plan/blank")
    assert page.locator(".rule").count() > 80
    expect(page.locator("[data-age]")).to_be_visible()
    page.goto("/plan")
    expect(field(page, "pets.pet.1.name")).to_have_value("Firulais")
    page.context.set_offline(False)
    page.goto("/plan")
    expect(page.locator("[data-age]")).to_have_count(0)
    expect(field(page, "pets.pet.1.name")).to_have_value("Firulais")


def test_erasing_the_plan_erases_the_page_too_and_with_no_signal(visit):
    page = visit("/plan")
    write(page)
    keep(page)
    assert page_kept(page) != []
    page.context.set_offline(True)
    page.goto("/plan")
    expect(field(page, "children.child.1.name")).to_have_value(CANARY)
    do(page, "erase")
    do(page, "erase-sure")
    expect(page.locator("[data-plan-status]")).to_have_text(page.locator("#plan").get_attribute("data-said-erased"))
    page.context.set_offline(False)
    page.goto("/plan")
    assert page_kept(page) == []
    assert kept(page) is None


def test_what_the_saved_guides_heard_was_taken_back_is_not_shown_on_the_kept_plan(visit, vecinos):
    ruth, lena = Member(vecinos, "ruth"), Member(vecinos, "lena")
    page = visit("/rights/save")
    page.locator("[data-copy=en] [data-save]").click()
    expect(page.locator("[data-copy=en] [data-open]")).to_be_visible()
    page.goto("/plan")
    shown = page.locator("[data-fact]").first
    name = shown.get_attribute("data-fact").split("@")[0]
    words = shown.locator(".statement").inner_text()
    write(page)
    keep(page)
    assert ruth.post(f"/facts/{name}/recall", {"reason": "A court changed it."}).status == 303
    try:
        page.goto("/rights/home")
        end = time.monotonic() + 60
        heard = f"""async () => (await (await (await caches.open("pocket-1")).match("/rights/save/state.json")).json())
            .recalled.includes("{name}")"""
        while not page.evaluate(heard):
            assert time.monotonic() < end, "the saved guides did not hear of it"
            page.wait_for_timeout(100)
        page.context.set_offline(True)
        page.goto("/plan")
        expect(page.locator("[data-age]")).to_be_visible()
        expect(page.locator("#plan")).not_to_contain_text(words)
        assert page.locator("#plan [data-standing=recalled]").count() > 0
        expect(field(page, "children.child.1.name")).to_have_value(CANARY)
    finally:
        page.context.set_offline(False)
        assert lena.post(f"/facts/{name}/restoration").status == 303


@pytest.fixture
def wire(vecinos):
    """A relay in front of the server: its address, and every byte that browsers sent through it."""
    sent = bytearray()
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, target: socket.socket, note: bool):
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if note:
                    sent.extend(data)
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", vecinos.port))
                for pair in ((near, far, True), (far, near, False)):
                    threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", sent
    listener.close()


def test_made_on_one_browser_and_opened_on_another_with_the_wire_watched(chromium, wire, tmp_path):
    url, sent = wire
    first = chromium.new_context(base_url=url, locale="en")
    page = first.new_page()
    page.goto("/plan")
    write(page)
    keep(page)
    path = save(page, tmp_path / "family-plan.plan")
    page.locator("#lock-pass").fill(WORDS)
    page.locator("#lock-again").fill(WORDS)
    do(page, "lock")
    expect(page.locator("[data-plan-when=locked]")).to_be_visible()
    first.close()
    second = chromium.new_context(base_url=url, locale="es")
    page = second.new_page()
    page.goto("/plan")
    bring(page, path)
    for key, words in ANSWERS.items():
        expect(field(page, key)).to_have_value(words)
    keep(page)
    page.reload()
    expect(field(page, "children.child.1.name")).to_have_value(CANARY)
    second.close()
    asked = bytes(sent)
    lines = re.findall(rb"^([A-Z]+) (\S+) HTTP/1\.1\r$", asked, re.MULTILINE)
    assert any(where.startswith(b"/plan/worker.js") for _, where in lines), "the worker was on the wire too"
    assert {how for how, _ in lines} == {b"GET"}
    assert [where for _, where in lines if not re.fullmatch(rb"/(plan|static)[a-zA-Z0-9/._-]*(\?(v|lang)=\w+)?", where)] == []
    for words in [*ANSWERS.values(), WORDS, CANARY, "Canario"]:
        for form in (words, urllib.parse.quote(words), urllib.parse.quote_plus(words), base64.b64encode(words.encode()).decode()):
            assert form.lower().encode() not in asked.lower(), form


def test_opened_on_another_device_with_the_right_passphrase_only(visit, sealed):
    page = visit("/plan")
    asked = Asked(page)
    bring(page, sealed, "another long passphrase")
    expect(page.locator("[data-plan-error=open]")).to_have_text(page.locator("#plan").get_attribute("data-said-wrong"))
    expect(page.locator("#open-pass")).to_be_focused()
    expect(field(page, "children.child.1.name")).to_have_value("")
    bring(page, sealed)
    for key, words in ANSWERS.items():
        expect(field(page, key)).to_have_value(words)
    assert kept(page) is None, "opening is not keeping"
    assert [line for line in asked.requests if not OWN_PARTS.fullmatch(line)] == []


@pytest.mark.parametrize("at", [0, 7, 8, 10, 20, 35, 300, -40, -1])
def test_one_bit_changed_and_it_is_refused_in_plain_words(visit, sealed, tmp_path, at):
    damaged = bytearray(sealed.read_bytes())
    damaged[at] ^= 0x10
    path = tmp_path / "damaged.plan"
    path.write_bytes(damaged)
    page = visit("/plan")
    field(page, "pets.pet.1.name").fill("Firulais")
    bring(page, path)
    said = page.locator("#plan").get_attribute(f"data-said-{'foreign' if at == 0 else 'damaged'}")
    expect(page.locator("[data-plan-error=open]")).to_have_text(said)
    expect(field(page, "pets.pet.1.name")).to_have_value("Firulais")
    expect(field(page, "children.child.1.name")).to_have_value("")


@pytest.mark.parametrize("words", [b"", b"hello", b"VECPLAN1", b"VECPLAN1" + bytes(4000)])
def test_other_files_are_refused(visit, tmp_path, words):
    path = tmp_path / "other.plan"
    path.write_bytes(words)
    page = visit("/plan")
    bring(page, path)
    expect(page.locator("[data-plan-error=open]")).to_be_visible()


def test_the_file_is_what_the_document_says(sealed):
    file = sealed.read_bytes()
    assert file[:8] == b"VECPLAN1"
    assert file[8] == 1
    rounds = int.from_bytes(file[9:13])
    assert rounds >= 600_000
    assert hashlib.sha256(file[:-32]).digest() == file[-32:]
    assert "Canario".encode() not in file
    key = hashlib.pbkdf2_hmac("sha256", WORDS.encode(), file[13:29], rounds, 32)
    text = AESGCM(key).decrypt(file[29:41], file[41:-32], file[:41])
    assert len(text) % 1024 == 0
    assert json.loads(text)["answers"] == ANSWERS
    with pytest.raises(InvalidTag):
        AESGCM(key).decrypt(file[29:41], file[41:-32], file[:40] + b"x")


def test_a_file_is_added_or_replaces_only_after_asking(visit, sealed):
    page = visit("/plan")
    write(page, {"contacts.person.1.name": "Beto", "contacts.person.1.phone": "213 555 0111", "children.stay.1.name": "Abuela"})
    bring(page, sealed)
    expect(page.locator("[data-plan-ask]")).to_be_visible()
    expect(field(page, "children.child.1.name")).to_have_value("")
    do(page, "neither")
    expect(field(page, "contacts.person.1.name")).to_have_value("Beto")
    bring(page, sealed)
    do(page, "merge")
    expect(field(page, "contacts.person.1.name")).to_have_value("Beto")
    expect(field(page, "contacts.person.2.name")).to_have_value("Luz Canario")
    expect(field(page, "children.stay.1.name")).to_have_value("Abuela")
    expect(page.locator("[data-plan-note=open]")).to_contain_text("1")
    bring(page, sealed)
    do(page, "replace")
    expect(field(page, "contacts.person.1.name")).to_have_value("Luz Canario")
    expect(field(page, "contacts.person.2.name")).to_have_value("")


def test_a_locked_plan_is_sealed_where_it_is_kept(visit, accessible):
    page = visit("/plan")
    write(page)
    page.locator("#lock-pass").fill("short")
    do(page, "lock")
    expect(page.locator("[data-plan-error=lock]")).to_be_visible()
    page.locator("#lock-pass").fill(WORDS)
    page.locator("#lock-again").fill(WORDS + "x")
    do(page, "lock")
    expect(page.locator("#lock-again")).to_be_focused()
    assert kept(page) is None
    page.locator("#lock-again").fill(WORDS)
    page.locator("#lock-again").press("Enter")
    expect(page.locator("[data-plan-when=locked]")).to_be_visible()
    field(page, "pets.pet.1.name").fill("Firulais")
    page.wait_for_timeout(700)
    assert kept(page).startswith("sealed:")
    page.reload()
    expect(page.locator("[data-plan-door]")).to_be_visible()
    expect(field(page, "children.child.1.name")).not_to_be_visible()
    accessible(page)
    page.locator("#door-pass").fill("not the passphrase")
    page.locator("#door-pass").press("Enter")
    expect(page.locator("[data-plan-error=door]")).to_be_visible()
    page.locator("#door-pass").fill(f" {WORDS} ")
    do(page, "unlock")
    expect(field(page, "pets.pet.1.name")).to_have_value("Firulais")
    do(page, "unlock-always")
    expect(page.locator("[data-plan-when=unlocked]")).to_be_visible()
    assert CANARY in kept(page)


def test_erasing_takes_a_tap_and_a_yes(visit):
    page = visit("/plan")
    write(page)
    do(page, "keep")
    do(page, "erase")
    do(page, "erase-not")
    assert CANARY in kept(page)
    do(page, "erase")
    do(page, "erase-sure")
    assert kept(page) is None
    expect(field(page, "children.child.1.name")).to_have_value("")
    assert "Canario" not in page.content()
    page.reload()
    expect(field(page, "children.child.1.name")).to_have_value("")


def test_leaving_quickly_clears_the_screen_and_keeps_what_was_kept(visit):
    page = visit("/plan", allowed=(NEUTRAL,))
    page.route(f"{NEUTRAL}**", lambda route: route.fulfill(body="<title>Weather</title>", content_type="text/html"))
    write(page)
    do(page, "keep")
    for _ in range(3):
        page.keyboard.press("Escape")
    page.wait_for_url(f"{NEUTRAL}**")
    assert "Canario" not in page.content()
    page.goto("/plan")
    expect(field(page, "children.child.1.name")).to_have_value(CANARY)


def test_leaving_before_the_script_is_there_does_not_erase_it(visit):
    page = visit("/plan", allowed=(NEUTRAL,))
    write(page)
    do(page, "keep")
    posted: list[str] = []
    page.context.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    page.route(f"{NEUTRAL}**", lambda route: route.fulfill(body="<title>Weather</title>", content_type="text/html"))
    page.route("**/static/quick.js*", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.reload()
    page.locator("[data-leave]").first.click()
    page.wait_for_url(f"{NEUTRAL}**")
    page.goto("/plan")
    expect(field(page, "children.child.1.name")).to_have_value(CANARY)
    assert posted == []


def test_messages_go_to_ones_own_people_in_the_language_they_read(visit):
    page = visit("/plan")
    expect(page.locator("[data-plan-people] a")).to_have_count(0)
    write(page)
    page.locator("#message-kind").select_option("pickup")
    page.locator("#message-language").select_option("es")
    text = page.locator("#message-text").input_value()
    assert CANARY in text
    assert "recoge" in text
    links = page.locator("[data-plan-people] a").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    assert links[0].startswith("sms:2135550142?&body=")
    assert links[1].startswith("mailto:luz%40example.org?body=")
    assert "recoge" in links[0]
    assert "000" not in links[0], "an A-number is never part of a message"
    page.locator("#message-kind").select_option("safe")
    assert CANARY not in page.locator("[data-plan-people] a").first.get_attribute("href")


def test_on_paper_there_are_the_answers_and_the_form_in_english(visit):
    page = visit("/plan", language="es")
    write(page)
    page.locator("[data-plan-copy]").click()
    expect(field(page, "caregiver.form.1.minor")).to_have_value(CANARY)
    expect(field(page, "caregiver.form.1.caregiver")).to_have_value("Tía Rosa Canario")
    page.emulate_media(media="print")
    sheets = page.locator(".affidavit:visible")
    expect(sheets).to_have_count(1)
    for words in [CANARY, "2016-03-04", "12 Canario Street", "Name of minor", "penalty of perjury", "items 1-4"]:
        expect(sheets.first).to_contain_text(words)
    expect(field(page, "contacts.person.1.name")).not_to_be_visible()
    expect(page.locator(".filled:visible", has_text="Luz Canario")).to_have_count(1)
    for hidden in ["[data-leave]", "#keep", "#messages", ".plan-bar"]:
        expect(page.locator(hidden).first).not_to_be_visible()
    topics = page.locator(".plan-topic")
    assert topics.count() >= 10
    breaks = topics.evaluate_all("all => all.map((one) => getComputedStyle(one).breakBefore)")
    assert set(breaks[1:]) == {"page"}
    assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") > 18


def test_without_a_script_it_is_a_form_for_a_pen(visit):
    page = visit("/plan", script=False)
    expect(page.locator(".without-script")).to_be_visible()
    expect(field(page, "contacts.person.8.name")).to_be_visible()
    expect(page.locator("#keep")).not_to_be_visible()
    page.locator("a[href='/plan/blank']").click()
    assert page.locator(".rule:visible").count() > 80
    assert page.locator("main input, main textarea").count() == 0
    page.emulate_media(media="print")
    expect(page.locator(".affidavit")).to_contain_text("Name of minor")


def test_what_another_row_is_called_is_one_text_beside_its_sign(visit):
    page = visit("/plan", width=360)
    for button in page.locator("[data-plan-add]").all():
        if button.is_visible():
            assert button.evaluate("(one) => [...one.childNodes].filter((part) => part.textContent.trim()).length") == 1


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_plan_that_is_filled_in(visit, accessible, sealed, language, scheme):
    page = visit("/plan", width=320, language=language, scheme=scheme)
    write(page)
    bring(page, sealed)
    page.locator("[data-plan-add]").first.click()
    do(page, "erase")
    accessible(page)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    page.evaluate("Object.assign(document.documentElement, { dir: 'rtl', lang: 'fa' })")
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
