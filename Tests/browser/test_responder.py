# SPDX-License-Identifier: AGPL-3.0-or-later
"""A responder's telephone from end to end: the link in a text message, what is written without a signal, the safety card,
and the check-ins, on a screen of 360 px. The server's clock jumps when a test says so."""

import contextlib
import datetime
import io
import mmap
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import time
from zoneinfo import ZoneInfo

import pytest
from member import Member
from PIL import Image
from playwright.sync_api import expect
from server import ENVIRONMENT, ROOT, serving

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "standins"))
from providers import Providers  # noqa: E402

NUMBER = "+13235557701"
# Chromium now and then never ends a context whose worker is at work: only those that need one have one.
PHONE = {"width": 360, "height": 740, "service_workers": "block"}


class Clock:
    """The server's clock, ahead by as much as a test said."""

    def __init__(self, work: pathlib.Path):
        self.library, self.file = work / "clock.so", work / "clock"
        compiler = next(path for name in ("cc", "gcc", "clang") if (path := shutil.which(name)))
        source = ROOT / "Tests/assure/clock.c"
        subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", self.library, source, "-ldl"], check=True)
        self.file.write_bytes(bytes(4_096))
        with self.file.open("r+b") as file:
            self.page = mmap.mmap(file.fileno(), 4_096)
        self.ahead = 0

    def jump(self, seconds: int):
        self.ahead += seconds
        self.page[:8] = struct.pack("q", self.ahead)


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    return Clock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module")
def vecinos(founded, clock, tmp_path_factory):
    data = tmp_path_factory.mktemp("responder") / "data"
    shutil.copytree(founded[0], data)
    before = dict(ENVIRONMENT)
    ENVIRONMENT.update(LD_PRELOAD=str(clock.library), ASSURE_CLOCK=str(clock.file))
    try:
        with serving(data, founded[1]) as server:
            yield server
    finally:
        ENVIRONMENT.clear()
        ENVIRONMENT.update(before)


@pytest.fixture(scope="module")
def providers():
    with Providers() as world:
        yield world


@pytest.fixture(scope="module")
def texts(member, providers):
    """João is reached by text message; answers what came to him so far."""
    form = {"make": "twilio", "url": providers.url, "account": providers.account, "secret": providers.token,
            "from": providers.number, "rate": "200", "on": "on", "private": "on"}  # fmt: skip
    assert member("ruth").post("/settings/channels", form).status == 303
    joao = member("joao")
    assert joao.post("/settings/contact", {"channel": "sms", "address": NUMBER}).status == 303
    code = re.search(r"\b\d{6}\b", providers.wait(1, NUMBER)[-1]["text"])[0]
    assert joao.post("/settings/contact/confirm", {"channel": "sms", "code": code}).status == 303
    return lambda: [one["text"] for one in providers.texts(NUMBER)]


@pytest.fixture
def asked(vecinos, member, texts):
    """Opens an incident and asks for verifiers until João is asked by text: the incident, his assignment and the path
    of the link. Whatever is open is called off after the test."""
    opened: list[str] = []

    def ask(role="verifier", wanted=2):
        amina, before = member("amina"), len(texts())
        number = len(opened) + int(time.monotonic() * 1000) % 100_000
        vecinos.report(f"White vans and men in vests at corner {number} of First Street", "Boyle Heights")
        known = {one["id"] for one in amina.incidents("boyle-heights") if not one["exercise"]} - set(opened)
        fresh = [one for one in known if not amina.detail(one)["dispatches"]]
        assert fresh, "the report went into an incident of before"
        incident = fresh[0]
        opened.append(incident)
        # He was just somewhere, in the test before.
        member("joao").post("/respond/rest/end")
        asking = amina.api("POST", f"/api/v1/incidents/{incident}/dispatches", {"role": role, "wanted": wanted})
        assert asking.status == 201, asking.text
        until = time.monotonic() + 20
        while not (fresh := [text for text in texts()[before:] if "/go/" in text]):
            assert time.monotonic() < until, f"João was not asked: {amina.detail(incident)['assignments']}"
            time.sleep(0.1)
        link = re.search(r"/go/[\w-]{43}", fresh[-1])[0]
        mine = member("joao").get("/api/v1/assignments").json()["current"]["assignment"]["id"]
        return incident, mine, link

    yield ask
    # Anew: a clock that jumped has ended the session of before.
    amina = Member(vecinos, "amina")
    for incident in opened:
        seen = {"truth": "not_enforcement", "level": "L4", "how": "on_scene", "explanation": {"en": "A market.", "es": "Un mercado."}}
        amina.saw(incident, seen)
        for one in amina.detail(incident)["assignments"]:
            amina.post(f"/board/incidents/{incident}/assignments/{one['id']}/call-off")
        amina.api("POST", f"/api/v1/incidents/{incident}/closure", {})


def state(member, incident: str, assignment: str) -> str:
    return next(one["state"] for one in member("amina").detail(incident)["assignments"] if one["id"] == assignment)


def photo(color="teal") -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (48, 48), color).save(picture, "JPEG")
    return picture.getvalue()


# ---------------------------------------------------------------- the link


def test_yes_is_one_tap_without_signing_in(visit, member, asked, texts, accessible):
    incident, mine, link = asked()
    page = visit(link, script=False, **PHONE)
    expect(page.locator("h1")).to_have_text("Can you go?")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for button in ("I can go", "I can't go"):
        box = page.get_by_role("button", name=button).bounding_box()
        assert box["height"] >= 44, f"{button} is too small for a thumb"
    assert "First Street" not in page.content(), "the reporter's words are not for a link"
    for words in ("Boyle Heights", "In your neighborhood", "1 report", "Keep your distance"):
        expect(page.locator("main")).to_contain_text(words)
    assert "Boyle Heights" in texts()[-1], "and the text says as much"
    assert state(member, incident, mine) == "offered", "opening the link, as a preview does, answers nothing"
    page.get_by_role("button", name="I can go", exact=True).click()
    expect(page.locator("h1")).to_have_text("You said yes. Thank you.")
    assert state(member, incident, mine) == "accepted"
    accessible(visit(link, **PHONE))
    page.get_by_role("button", name="I am on my way").click()
    expect(page.locator("h1")).to_have_text("You are on the way")
    assert state(member, incident, mine) == "on_the_way"
    # The details need a sign-in: nothing sealed stands behind a link.
    page.get_by_role("link", name="See the details").click()
    expect(page).to_have_url(re.compile("/sign-in"))


def test_two_taps_are_one_and_no_can_still_be_said(visit, vecinos, member, asked):
    incident, mine, link = asked()
    for _ in range(2):
        assert vecinos.form(link, {"answer": "yes"}).status == 200
    assert state(member, incident, mine) == "accepted"
    page = visit(link, script=False, scheme="dark", **PHONE)
    page.get_by_role("button", name="I can't go after all").click()
    expect(page.locator("main")).to_contain_text("You said no. That is fine.")
    assert state(member, incident, mine) == "declined"
    page.get_by_role("button", name="I can after all").click()
    expect(page.locator("h1")).to_have_text("You said yes. Thank you.")
    assert state(member, incident, mine) == "accepted"
    for _ in range(2):
        assert vecinos.form(link, {"answer": "no"}).status == 200, "no again is no error"
    assert state(member, incident, mine) == "declined"


def test_no_is_one_tap_in_spanish(visit, member, asked, spanish):
    incident, mine, link = asked()
    page = visit(f"{link}?lang=es", language="es", script=False, **PHONE)
    expect(page.locator("h1")).to_have_text(spanish("go.title"))
    page.get_by_role("button", name=spanish("go.no"), exact=True).click()
    expect(page.locator("main")).to_contain_text(spanish("respond.declined"))
    assert state(member, incident, mine) == "declined"


def test_a_link_whose_time_is_over_offers_no_button_and_takes_no_yes(visit, vecinos, member, asked, clock):
    incident, mine, link = asked()
    clock.jump(95)
    page = visit(link, script=False, **PHONE)
    expect(page.locator("main")).to_contain_text("The time to answer is over")
    assert "Boyle Heights" not in page.locator("main").inner_text(), "what it was about is over, too"
    expect(page.locator("main button")).to_have_count(0)
    answer = vecinos.form(link, {"answer": "yes"})
    assert answer.status == 409 and "The time to answer is over" in answer.text
    assert state(member, incident, mine) in ("offered", "expired")


def test_a_link_that_somebody_changed_is_nothing(vecinos, member, asked):
    incident, mine, link = asked()
    for number in (4, 20, len(link) - 1):
        swapped = "A" if link[number] != "A" else "B"
        forged = f"{link[:number]}{swapped}{link[number + 1:]}"
        assert vecinos.ask("GET", forged).status == 404
        assert vecinos.form(forged, {"answer": "yes"}).status == 404
    assert vecinos.ask("GET", "/go/" + "A" * 43).status == 404
    assert vecinos.ask("GET", link[:-2]).status == 404
    assert state(member, incident, mine) == "offered"


def test_a_link_answers_for_whom_it_was_sent_whoever_holds_it(visit, vecinos, member, asked):
    """Lupe was sent it by João. It says yes for him, it lets her see nothing, and her own pages don't change."""
    incident, mine, link = asked()
    lupe = member("lupe")
    answer = vecinos.form(link, {"answer": "yes"}, {"Cookie": lupe.cookie})
    assert answer.status == 200
    assert state(member, incident, mine) == "accepted"
    people = {one["id"]: one["state"] for one in member("amina").detail(incident)["assignments"]}
    assert [state for state in people.values() if state == "accepted"] == ["accepted"]
    assert lupe.get(f"/respond/{mine}").status == 404


def test_who_comes_after_enough_said_yes_is_thanked(visit, vecinos, member, asked):
    incident, mine, link = asked(wanted=1)
    amina = member("amina")
    amina.post(f"/board/incidents/{incident}/dispatch/{amina.detail(incident)['dispatches'][0]['id']}/stop")
    page = visit(link, script=False, **PHONE)
    expect(page.locator("main")).to_contain_text("You are not needed anymore")
    answer = vecinos.form(link, {"answer": "yes"})
    assert answer.status == 409 and "Thank you" in answer.text


def test_what_is_asked_stands_before_what_was_said_before(visit, vecinos, member, asked):
    """The seconds to answer run: where and what is on the first screen, whatever messages wait."""
    incident, mine, link = asked()
    vecinos.form(link, {"answer": "yes"})
    amina = member("amina")
    amina.post(f"/board/incidents/{incident}/assignments/{mine}/call-off")
    amina.api("POST", f"/api/v1/incidents/{incident}/verifications", {"truth": "unfounded", "level": "L1", "how": "call_back"})
    assert amina.api("POST", f"/api/v1/incidents/{incident}/closure", {}).status in (200, 201, 204)
    page = visit("/respond", login="joao", script=False, **PHONE)
    thanks = page.locator("[data-ended]", has_text="You are not needed there anymore")
    expect(thanks).to_be_visible()
    # What ended stands below, each sentence once.
    assert thanks.bounding_box()["y"] > page.locator("main h1, .offer").first.bounding_box()["y"]
    said = thanks.locator("li").all_inner_texts()
    assert len({re.sub(r"(×|\d).*", "", line) for line in said}) == len(said)
    asked()
    page.reload()
    expect(page.locator(".offer h1")).to_be_in_viewport()
    where = page.locator(".offer dd").first.bounding_box()
    assert where["y"] + where["height"] <= page.locator(".thumb").bounding_box()["y"], "where stands above the buttons"
    expect(thanks).to_be_hidden()
    page.locator("[data-told] > summary").click()
    expect(thanks).to_be_visible()


# ---------------------------------------------------------------- the link of an attorney, and of whoever begins a shift


@pytest.fixture(scope="module")
def attorney(member, providers, texts):
    """Lena, the attorney on shift, is reached by text message; answers what came to her so far."""
    lena, number = member("lena"), "+13235557702"
    assert lena.post("/settings/contact", {"channel": "sms", "address": number}).status == 303
    code = re.search(r"\b\d{6}\b", providers.wait(1, number)[-1]["text"])[0]
    assert lena.post("/settings/contact/confirm", {"channel": "sms", "code": code}).status == 303
    return lambda: [one["text"] for one in providers.texts(number)]


def answer_link(texts, before: int) -> str:
    found = until(lambda: [text for text in texts()[before:] if "/answer/" in text])
    return re.search(r"/answer/[\w-]{43}", found[-1])[0]


@pytest.mark.parametrize("language", ["en", "es"])
def test_an_attorney_answers_by_one_tap_and_has_a_second_thought(visit, vecinos, member, asked, attorney, accessible, spanish, language):
    incident, _, _ = asked()
    before = len(attorney())
    assert member("amina").saw(incident, {"truth": "confirmed", "level": "L4", "how": "on_scene"}).status in (200, 201)
    link = answer_link(attorney, before)
    page = visit(f"{link}?lang={language}", language=language, script=False, **PHONE)
    yes, no, back = (
        ("I am on it", "I can’t", "I can after all") if language == "en"
        else (spanish("answer.on_it"), spanish("answer.cannot"), spanish("answer.can_after_all"))
    )  # fmt: skip
    expect(page.locator("main")).to_contain_text("Boyle Heights")
    assert "First Street" not in page.content(), "the reporter's words are not for a link"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for button in (yes, no):
        assert page.get_by_role("button", name=button, exact=True).bounding_box()["height"] >= 44
    accessible(visit(link, scheme="dark", **PHONE))
    page.get_by_role("button", name=no, exact=True).press("Enter")
    expect(page.get_by_role("button", name=back, exact=True)).to_be_visible()
    said = member("amina").get(f"/board/incidents/{incident}").text
    assert "Lena, attorney, can’t" in said
    page.get_by_role("button", name=back, exact=True).press("Enter")
    expect(page.locator("main")).to_contain_text("Boyle Heights")
    assert "Lena, attorney, is on it" in member("amina").get(f"/board/incidents/{incident}").text
    member("amina").saw(incident, {"truth": "not_enforcement", "level": "L4", "how": "on_scene", "explanation": {"en": "A film.", "es": "Un rodaje."}})
    page.reload()
    expect(page.locator("main button")).to_have_count(0)
    assert "Boyle Heights" not in page.locator("main").inner_text()


def test_the_test_of_a_shift_is_answered_by_one_tap(visit, clock, texts):
    now, before = datetime.datetime.now(ZoneInfo("America/Los_Angeles")) + datetime.timedelta(seconds=clock.ahead), len(texts())
    shifts = visit("/shifts", login="joao", script=False, **PHONE)
    form = shifts.locator("form[action='/shifts']")
    form.locator("[name=role]").select_option("observer")
    form.locator("[name=starts]").fill(f"{now:%Y-%m-%dT%H:%M}")
    form.locator("[name=ends]").fill(f"{now + datetime.timedelta(hours=1):%Y-%m-%dT%H:%M}")
    form.locator("button").last.click()
    shifts.locator("form[action$='/start'] button").first.click()
    page = visit(answer_link(texts, before), script=False, **PHONE)
    expect(page.locator("h1")).to_have_text("Your shift begins. Did this reach you?")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Yes, this reached me").press("Enter")
    expect(page.locator("h1")).to_have_text("We know that we reach you. Thank you.")
    page.get_by_role("link", name="My shifts").click()
    expect(page).to_have_url(re.compile("/sign-in"))


# ---------------------------------------------------------------- calls that come by themselves


def test_a_call_made_while_the_phone_had_no_signal_is_there_when_it_comes_back(visit, asked):
    page = visit("/respond", login="joao", **PHONE)
    expect(page.locator("main")).to_contain_text("Nobody needs you right now")
    page.context.set_offline(True)
    # As of a phone in a pocket: nothing is left of the stream.
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    expect(page.locator("[data-respond-deaf]")).to_be_visible()
    asked()
    expect(page.locator("main")).to_contain_text("Nobody needs you right now")
    page.context.set_offline(False)
    expect(page.locator("article.offer")).to_contain_text("Can you go?")
    expect(page.locator("[data-respond-deaf]")).to_be_hidden()


def test_while_no_stream_can_be_had_a_look_finds_what_came(visit, asked):
    page = visit("/respond", login="joao", allowed=["/respond/stream"], **PHONE)
    page.route("**/respond/stream", lambda route: route.fulfill(status=503))
    page.reload()
    expect(page.locator("main")).to_contain_text("Nobody needs you right now")
    asked()
    expect(page.locator("article.offer")).to_contain_text("Can you go?")


def test_a_stream_that_goes_silent_is_said_to_be_offline(visit, vecinos):
    page = visit("/respond", login="joao", **PHONE)
    page.clock.install()
    page.reload()
    note = page.locator("[data-respond-deaf]")
    expect(page.locator("main")).to_contain_text("Nobody needs you right now")
    expect(note).to_be_hidden()
    page.wait_for_timeout(500)
    with vecinos.frozen():
        page.clock.fast_forward(46_000)
        expect(note).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(note).to_be_hidden()


# ---------------------------------------------------------------- without a signal


@contextlib.contextmanager
def offline(page):
    page.context.set_offline(True)
    yield
    page.context.set_offline(False)


def going(visit, asked, **more):
    incident, mine, _ = asked()
    page = visit(f"/respond/{mine}", login="joao", **{**PHONE, **more})
    page.get_by_role("button", name="I can go").click()
    page.get_by_role("button", name="I am on my way").click()
    expect(page.locator("form[data-offline]")).to_be_visible()
    # Its scripts are there before a test takes the signal away.
    page.wait_for_load_state("load")
    return incident, mine, page


def write(page, words: str, *photos: bytes):
    page.locator("#words").fill(words)
    files = [{"name": f"{number}.jpg", "mimeType": "image/jpeg", "buffer": each} for number, each in enumerate(photos)]
    page.locator("#photos").set_input_files(files)
    page.locator("form[data-offline] button.first").click()


def kept(member, incident: str, words: str) -> list[dict]:
    return [one for one in member("amina").detail(incident)["observations"] if words in (one["opened"]["words"] or "")]


def until(check):
    end = time.monotonic() + 30
    while not (found := check()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.2)
    return found


def test_what_is_written_without_a_signal_is_sent_once_with_its_photo(visit, member, asked):
    incident, _, page = going(visit, asked)
    with offline(page):
        write(page, "Two gray trucks, no plates in front.", photo())
        expect(page.locator("[data-waiting]")).to_contain_text("Saved on this phone")
        write(page, "A third one came.", photo("red"), photo("blue"))
        expect(page.locator("[data-waiting] .waiting > li")).to_have_count(2)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert kept(member, incident, "gray trucks") == []
    expect(page.locator("[data-waiting]")).to_be_hidden()
    first = until(lambda: kept(member, incident, "gray trucks"))
    second = until(lambda: kept(member, incident, "third one"))
    page.reload()
    page.wait_for_timeout(500)
    assert len(kept(member, incident, "gray trucks")) == len(kept(member, incident, "third one")) == 1
    assert len(first[0]["files"]) == 1 and len(second[0]["files"]) == 2


def test_an_answer_that_is_lost_stores_nothing_twice(visit, member, asked):
    """The server has it, and the phone never hears: it sends again, and it is the same one."""
    incident, mine, page = going(visit, asked)
    page.route(f"**/respond/{mine}/observations", lambda route: (route.fetch(), route.abort())[1], times=1)
    write(page, "They are leaving by the north gate.", photo())
    expect(page.locator("[data-waiting]")).to_contain_text("Saved on this phone")
    assert len(until(lambda: kept(member, incident, "north gate"))) == 1
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-waiting]")).to_be_hidden()
    assert len(kept(member, incident, "north gate")) == 1


def test_who_was_called_off_meanwhile_loses_no_word(visit, member, asked):
    incident, mine, page = going(visit, asked)
    with offline(page):
        write(page, "Four people are in a white van.", photo())
        expect(page.locator("[data-waiting]")).to_contain_text("Saved on this phone")
        member("amina").post(f"/board/incidents/{incident}/assignments/{mine}/call-off")
        # The telephone was closed, and is opened again on the page of its owner.
        page.route("**/respond/*/observations", lambda route: route.abort())
    page.goto("/respond")
    expect(page.locator("form[data-offline]")).to_have_count(0)
    expect(page.locator("[data-waiting]")).to_contain_text("Saved on this phone")
    page.unroute("**/respond/*/observations")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-waiting]")).to_be_hidden()
    assert len(until(lambda: kept(member, incident, "white van"))) == 1


def test_one_that_the_server_cannot_take_holds_up_no_other_and_steps_stay_in_order(visit, member, asked):
    incident, mine, page = going(visit, asked)
    rows, arrivals = page.locator("[data-waiting] .waiting > li"), []

    def answer(route):
        is_step = route.request.url.endswith("/arrive")
        if is_step:
            arrivals.append(route.request.url)
        if is_step or "First of two" in str(route.request.post_data_buffer):
            return route.fulfill(status=500, body="")
        return route.fallback()

    with offline(page):
        for number, words in enumerate(("First of two: a van.", "Second of two: a ram."), 1):
            write(page, words)
            expect(rows).to_have_count(number)
        for number in (3, 4):
            page.get_by_role("button", name="I am here").click()
            expect(rows).to_have_count(number)
        page.route(re.compile("/(observations|arrive)$"), answer)
    # Playwright's own waiting: a route answers only while it runs.
    expect(rows).to_have_count(3)
    until(lambda: kept(member, incident, "Second of two"))
    assert kept(member, incident, "First of two") == []
    assert len(arrivals) == 1, "a later step waits for the one before"
    page.unroute_all()
    page.evaluate("dispatchEvent(new Event('online'))")
    until(lambda: kept(member, incident, "First of two"))
    until(lambda: state(member, incident, mine) == "on_scene")


def test_what_is_too_large_says_so_and_goes_without_its_photo(visit, member, asked, tmp_path):
    incident, mine, page = going(visit, asked)
    with offline(page):
        write(page, "A column of trucks turns into the lane behind the market hall now.", photo())
        shelf = page.locator("[data-waiting]")
        # Told apart by its first words, its photos, and its time.
        expect(shelf).to_contain_text("A column of trucks turns")
        expect(shelf).to_contain_text("1 photo")
        expect(shelf.locator("time")).to_have_text(re.compile(r"\d"))
        large = {"status": 413, "content_type": "text/html", "body": "<main>That is too big</main>"}
        page.route(f"**/respond/{mine}/observations", lambda route: route.fulfill(**large), times=2)
    expect(shelf).to_contain_text("It is too large to send.")
    with page.expect_response("**/observations"):
        shelf.get_by_role("button", name="Send again").click()
    expect(shelf).to_contain_text("It is too large to send.")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with page.expect_download() as saving:
        shelf.get_by_role("link", name="Save the photo").click()
    saving.value.save_as(tmp_path / "saved.jpg")
    assert (tmp_path / "saved.jpg").read_bytes() == photo()
    shelf.get_by_role("button", name="Send without the photo").click()
    expect(shelf).to_be_hidden()
    (found,) = until(lambda: kept(member, incident, "column of trucks"))
    assert found["files"] == []


def becomes(page, member, login: str):
    """Another session on the same telephone, as after one that ended by itself."""
    page.context.clear_cookies()
    page.context.add_cookies(member(login).storage_state["cookies"])


OF_BEFORE = """() => new Promise((done) => {
  indexedDB.open("vecinos").onsuccess = ({ target: { result: database } }) => {
    const store = database.transaction("waiting", "readwrite").objectStore("waiting");
    store.getAll().onsuccess = ({ target: { result } }) => {
      for (const { owner, ...item } of result) store.put({ ...item, state: "refused" });
    };
    store.transaction.oncomplete = () => { database.close(); done(); };
  };
})"""


@pytest.mark.parametrize("of_before", [False, True])
def test_another_person_on_the_same_phone_neither_sees_nor_sends_what_waits(visit, member, asked, of_before):
    incident, _, page = going(visit, asked)
    with offline(page):
        write(page, "A ram at the blue door.", photo())
        expect(page.locator("[data-waiting]")).to_contain_text("Saved on this phone")
        if of_before:
            page.evaluate(OF_BEFORE)
        # Only pages of hers are open: one of his would try with his token, and be refused.
        page.goto("about:blank")
        becomes(page, member, "lupe")
    posted = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    page.goto("/respond")
    shelf = page.locator("[data-waiting]")
    expect(shelf).to_contain_text("Something of another person waits on this phone.")
    page.wait_for_timeout(500)
    expect(shelf).not_to_contain_text("blue door")
    expect(shelf.get_by_role("button")).to_have_count(0)
    assert posted == []
    page.goto("/shifts")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("dialog")).to_contain_text("Something of another person")
    expect(page.get_by_role("dialog").get_by_text("What you wrote")).to_be_hidden()
    page.get_by_role("button", name="Stay signed in").click()
    becomes(page, member, "joao")
    page.goto("/respond")
    (found,) = until(lambda: kept(member, incident, "blue door"))
    assert len(found["files"]) == 1
    expect(page.locator("[data-waiting]")).to_be_hidden()


def shelved(page):
    """The worker is there, and has what it shows without a signal."""
    page.wait_for_function("navigator.serviceWorker.controller && caches.match('/respond/offline').then((one) => !!one)")


def test_a_reload_without_a_signal_keeps_words_and_steps_and_all_is_sent_once(visit, member, asked, accessible):
    incident, mine, page = going(visit, asked, service_workers="allow")
    member("amina").api("POST", f"/api/v1/incidents/{incident}/meeting", {"meeting": "By the fountain"})
    # The page hears of it by itself.
    expect(page.locator("main")).to_contain_text("By the fountain")
    shelved(page)
    page.locator("#words").fill("A gray truck stands by the gate.")
    page.wait_for_timeout(700)
    with offline(page):
        page.reload()
        expect(page.locator("main")).to_contain_text("There is no signal.")
        assert "By the fountain" not in page.content(), "what is sealed is not kept in clear"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        accessible(page)
        expect(page.locator("#words")).to_have_value("A gray truck stands by the gate.")
        page.get_by_role("button", name="I am here").click()
        expect(page.locator("[data-waiting] .waiting > li")).to_have_count(1)
        page.get_by_role("button", name="I am OK").click()
        expect(page.locator("[data-waiting] .waiting > li")).to_have_count(2)
        page.get_by_role("button", name="Send what I saw").click()
        expect(page.locator("[data-waiting] .waiting > li")).to_have_count(3)
        expect(page.locator("#words")).to_have_value("")
        page.get_by_role("button", name="Done, I am leaving").click()
        expect(page.locator("[data-waiting] .waiting > li")).to_have_count(4)
        page.reload()
        expect(page.locator("[data-waiting] .waiting > li")).to_have_count(4)
        assert state(member, incident, mine) == "on_the_way"
    until(lambda: state(member, incident, mine) == "done")
    expect(page.locator("[data-waiting]")).to_be_hidden()
    until(lambda: kept(member, incident, "gray truck"))
    page.reload()
    page.wait_for_timeout(500)
    assert len(kept(member, incident, "gray truck")) == 1
    kinds = [one["kind"] for one in member("amina").detail(incident)["timeline"]]
    assert [kinds.count(f"assignment.{step}") for step in ("on_scene", "checked_in", "done")] == [1, 1, 1]


def test_signing_out_sends_what_waits_or_asks_first(chromium, vecinos, member, asked):
    incident, mine, _ = asked()
    # A session of its own: it ends here.
    context = chromium.new_context(base_url=vecinos.url, viewport=PHONE, storage_state=Member(vecinos, "joao").storage_state)
    page = context.new_page()
    page.goto(f"/respond/{mine}")
    page.get_by_role("button", name="I can go").click()
    page.get_by_role("button", name="I am on my way").click()
    expect(page.locator("form[data-offline]")).to_be_visible()
    # Somebody types, goes to another page, and wants to leave.
    page.locator("#words").fill("Half a sentence about")
    page.wait_for_timeout(700)
    page.goto("/shifts")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("dialog")).to_contain_text("Something is not sent yet")
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.goto(f"/respond/{mine}")
    expect(page.locator("#words")).to_have_value("Half a sentence about")
    page.context.set_offline(True)
    write(page, "Half a sentence about a ram at the door.")
    expect(page.locator("[data-waiting]")).to_contain_text("Saved on this phone")
    page.context.set_offline(False)
    page.goto("/shifts")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    assert len(until(lambda: kept(member, incident, "ram at the door"))) == 1
    context.close()


def test_a_verifier_signs_what_they_found_where_they_are(visit, member, asked, accessible):
    incident, mine, _ = asked()
    page = visit(f"/respond/{mine}", login="joao", script=False, **PHONE)
    for button in ("I can go", "I am on my way"):
        page.get_by_role("button", name=button).click()
    expect(page.locator("#found")).to_have_count(0)
    page.get_by_role("button", name="I am here").click()
    page.locator("#found summary").click()
    page.get_by_text("Not immigration officers").click()
    page.get_by_role("button", name="Sign what I found").click()
    expect(page.locator("#found")).to_contain_text("Say what it was")
    page.locator("#found [name=explanation]").fill("A crew cuts trees.")
    page.get_by_role("button", name="Sign what I found").click()
    expect(page.locator("main")).to_contain_text("Signed. Whoever asks sees it now.")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") is True
    (found,) = member("amina").detail(incident)["verifications"]
    assert (found["level"], found["how"], found["witness"], found["signed"]) == ("L4", "on_scene", mine, True)
    accessible(visit(f"/respond/{mine}", login="joao", **PHONE))


# ---------------------------------------------------------------- safe


def test_the_safety_card_is_there_from_the_offer_on(visit, asked, accessible):
    _, mine, _ = asked()
    page = visit(f"/respond/{mine}", login="joao", **PHONE)
    card = page.locator("section.note", has_text="Stay safe")
    expect(card).to_be_visible()
    assert card.locator("li").count() >= 4
    accessible(page)
    page.get_by_role("button", name="I can go").click()
    expect(page.get_by_role("button", name="I am on my way")).to_be_visible()
    expect(card).to_be_visible()
    button = page.get_by_role("button", name="I am on my way").bounding_box()
    assert button["y"] + button["height"] <= PHONE["height"], "the next step is under the thumb"
    accessible(visit(f"/respond/{mine}", login="joao", scheme="dark", **PHONE))

    # In letters of twice the size, and on a phone that lies on its side, the bar would cover what it is about.
    docked = "getComputedStyle(document.querySelector('.thumb')).position === 'sticky'"
    assert page.evaluate(docked)
    page.set_viewport_size({"width": 740, "height": 360})
    assert not page.evaluate(docked)
    page.set_viewport_size({"width": 360, "height": 740})
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    assert not page.evaluate(docked)


def test_a_missed_check_in_goes_up_the_chain_and_one_tap_ends_it(visit, member, asked, texts, clock):
    incident, mine, page = going(visit, asked)
    page.get_by_role("button", name="I am here").click()
    expect(page.locator(".offer")).to_contain_text("Check in by")
    before = len(texts())
    clock.jump(15 * 60 + 1)
    until(lambda: any("Are you OK?" in text for text in texts()[before:]))
    # The page hears of it by itself.
    expect(page.locator(".offer")).to_contain_text("We have not heard from you")
    worried = "A responder missed a check-in"
    assert worried not in member("amina").get("/board").text
    clock.jump(2 * 60 + 1)
    until(lambda: worried in member("amina").get("/board").text)
    assert worried not in member("ruth").get("/board").text
    assert next(one for one in member("amina").incidents() if one["id"] == incident)["overdue"] == 1
    clock.jump(3 * 60 + 1)
    until(lambda: worried in member("ruth").get("/board").text)
    page.get_by_role("button", name="I am OK").click()
    expect(page.locator(".offer")).not_to_contain_text("We have not heard from you")
    for login in ("amina", "ruth"):
        assert worried not in member(login).get("/board").text
    # So does dispatch who reached them some other way, on a phone and without a script.
    clock.jump(15 * 60 + 1)
    expect(page.locator(".offer")).to_contain_text("We have not heard from you")
    board = visit(f"/board/incidents/{incident}", login="amina", width=360, script=False)
    board.locator("#people").get_by_role("button", name="I reached").click()
    expect(board.locator("#people")).not_to_contain_text("Missed a check-in")
    expect(page.locator(".offer")).not_to_contain_text("We have not heard from you")
    # The next one counts from now.
    clock.jump(14 * 60)
    time.sleep(2)
    expect(page.locator(".offer")).not_to_contain_text("We have not heard from you")
    page.get_by_role("button", name="Done, I am leaving").click()
    expect(page.locator(".offer")).to_contain_text("You are done")
    clock.jump(16 * 60)
    time.sleep(2)
    assert worried not in member("amina").get("/board").text
