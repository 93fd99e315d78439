# SPDX-License-Identifier: AGPL-3.0-or-later
"""A neighbor reports: three steps on a cracked phone, with and without a script, and comes back with the code."""

import base64
import contextlib
import http.client
import re
import sqlite3

import pytest
from member import hidden
from playwright.sync_api import Page, expect

# One black pixel.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////"
    "wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z"
)
NEUTRAL = "https://www.weather.gov/"


def to_where(page: Page, kind="vehicles"):
    page.locator(f"[name=kind][value={kind}]").check(force=True)
    page.locator("main form button.first").click()
    expect(page.locator("[name=place]")).to_be_visible()


def to_when(page: Page, place="Boyle Heights"):
    page.locator("[name=place]").fill(place)
    page.locator(".turn button[value=next]").click()
    expect(page.locator("#about-where")).to_be_visible()


def more(page: Page):
    page.locator("details.more > summary").click()


def send(page: Page):
    page.locator(".turn button[value=send]").click()


def code(page: Page) -> str:
    return page.locator("#code").inner_text().replace("\n", " ").strip()


def plain(text: str) -> str:
    return re.sub(r"[\s-]", "", text).upper()


def test_in_spanish_on_360_pixels_without_a_script(visit, spanish, vecinos):
    page = visit("/report", width=360, height=640, language="es", script=False)
    assert page.locator("html").get_attribute("lang") == "es"
    expect(page.locator("h1")).to_have_text(spanish("report.what"))
    to_where(page, "work")
    expect(page.locator("h1")).to_have_text(spanish("report.where"))
    to_when(page, "Pacific y Florence, Huntington Park")
    expect(page.locator("h1")).to_have_text(spanish("report.when"))
    expect(page.locator("#about-where dd")).to_have_text("Pacific Ave y Florence Ave · Huntington Park")
    expect(page.locator("main form")).to_contain_text(spanish("report.resend"))
    page.locator("[name=when][value='15']").check(force=True)
    page.locator("[name=words]").fill("Cuatro hombres con chalecos en el autolavado. ¿Quiénes son?")
    more(page)
    page.locator("[name=size]").fill("4")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    send(page)
    expect(page.locator("h1")).to_have_text(spanish("receipt.thanks"))
    given = code(page)
    assert len(plain(given)) == 25
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    page.goto("/report/answer")
    page.locator("[name=code]").fill(given.lower())
    page.locator("main form button.first").click()
    expect(page.locator("article h2")).to_have_text(spanish("answer.checking"))
    assert "chalecos" not in page.content(), "the report's own words are never shown back"
    page.locator("[name=more]").fill("Ahora son seis.")
    page.locator("form[action='/report/more'] button").click()
    expect(page.get_by_text(spanish("answer.added"))).to_be_visible()
    assert vecinos.lookup(given).json()["zone"] == "huntington-park"


def test_a_step_is_one_screen_of_a_small_phone(visit):
    """The button that goes on is in sight, above the bar with the number and the way out; the last step, which asks for
    words and files too, ends within a screen and a half."""
    page = visit("/report", width=360, height=640, language="es", script=False)
    bar = page.locator(".reach").bounding_box()["y"]

    def end() -> float:
        box = page.locator("main .turn button:not(.quiet)").bounding_box()
        return box["y"] + box["height"]

    assert end() <= bar
    for choice in page.locator("label.choice").all():
        assert choice.bounding_box()["height"] >= 44
    to_where(page)
    assert end() <= bar
    to_when(page)
    assert end() <= 1.5 * 640
    assert page.locator("main details[open]:not(.promise)").count() == 0


def test_no_kind_says_so_and_stays(visit):
    page = visit("/report", script=False)
    page.locator("main form button.first").click()
    expect(page.get_by_role("alert")).to_contain_text("You do not need to be sure")
    expect(page.locator("[name=kind]").first).to_be_attached()


def test_an_unknown_place_opens_the_list_and_keeps_what_was_typed(visit):
    page = visit("/report", width=360, height=740, script=False)
    to_where(page)
    page.locator("[name=place]").fill("Qwxzzy Blorp")
    page.locator(".turn button[value=next]").click()
    expect(page.locator("#place-error")).to_have_text("We don't know that place.")
    expect(page.get_by_role("alert")).not_to_contain_text("We don't know")
    expect(page.locator("[name=place]")).to_have_value("Qwxzzy Blorp")
    choice, bar = page.locator("select[name=zone]").bounding_box(), page.locator(".reach").bounding_box()
    assert choice["y"] + choice["height"] <= bar["y"], "the list is in sight, above the bar"
    page.get_by_role("alert").locator("a").click()
    expect(page.locator("select[name=zone]")).to_be_focused()
    page.locator("[name=zone]").select_option("boyle-heights")
    page.locator(".turn button[value=next]").click()
    expect(page.locator("#about-where dd")).to_have_text("Boyle Heights")


@pytest.mark.parametrize("place", ["1st and Soto", "Primera y Soto"])
def test_two_streets_that_cross_are_enough(visit, place):
    page = visit("/report", script=False)
    to_where(page)
    to_when(page, place)
    expect(page.locator("#about-where dd")).to_have_text("1st St & Soto St")
    page.locator("#about-where button[value=back]").click()
    expect(page.locator("[name=place]")).to_have_value(place)
    page.locator("details.fold summary").click()
    page.locator("[name=zone]").select_option("boyle-heights")
    page.locator(".turn button[value=next]").click()
    expect(page.locator("#about-where dd")).to_have_text("1st St & Soto St · Boyle Heights")
    send(page)
    expect(page.locator("#code")).to_be_visible()


@contextlib.contextmanager
def locked(vecinos):
    """Somebody else holds the database; nothing can be stored meanwhile."""
    database = sqlite3.connect(vecinos.data / "vecinos.db", timeout=30, isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        database.execute("ROLLBACK")
        database.close()


def stored(vecinos) -> int:
    with contextlib.closing(sqlite3.connect(vecinos.data / "vecinos.db", timeout=30)) as database:
        return database.execute("SELECT count(*) FROM reports").fetchone()[0]


@pytest.mark.parametrize("script", [False, True], ids=["without a script", "with a script"])
def test_while_nothing_can_be_saved_what_was_typed_stays_and_is_sent_with_one_more_press(visit, vecinos, script):
    page = visit("/report", script=script)
    to_where(page)
    to_when(page, "1st and Soto")
    page.locator("[name=words]").fill("Two vans at the corner.")
    more(page)
    page.locator("[name=size]").fill("six")
    page.locator("[name=when][value='60']").check(force=True)
    token = page.locator("[name=_token]").input_value()
    before = stored(vecinos)
    with locked(vecinos):
        with page.expect_navigation(timeout=60_000) as answer:
            send(page)
        assert answer.value.status == 503
        expect(page.locator("main [role=alert]")).to_contain_text("can't save right now")
        assert page.locator("main").inner_text().count("Nothing was lost") == 1
        expect(page.locator("[name=words]")).to_have_value("Two vans at the corner.")
        expect(page.locator("[name=size]")).to_have_value("six")
        expect(page.locator("[name=when][value='60']")).to_be_checked()
        expect(page.locator("#about-where dd")).to_have_text("1st St & Soto St")
        assert page.locator("[name=_token]").input_value() == token
    send(page)
    expect(page.locator("#code")).to_be_visible()
    given = code(page)
    assert stored(vecinos) == before + 1

    page.goto("/report/answer")
    page.locator("[name=code]").fill(given)
    page.locator("main form button.first").click()
    page.locator("[name=more]").fill("Now there are three.")
    with locked(vecinos):
        with page.expect_navigation(timeout=60_000) as answer:
            page.locator("form[action='/report/more'] button").click()
        assert answer.value.status == 503
        expect(page.locator("[name=more]")).to_have_value("Now there are three.")
        assert page.locator("main").inner_text().count("Nothing was lost") == 1
    page.locator("form[action='/report/more'] button").click()
    expect(page.get_by_text("Added. Thank you.")).to_be_visible()
    assert stored(vecinos) == before + 2


def test_without_a_script_no_key_is_promised(visit):
    assert "Esc" in visit("/", script=True).locator("footer").inner_text()
    words = visit("/", script=False).locator("footer").inner_text()
    assert "Esc" not in words and "not legal advice" in words


def test_a_new_place_wins_over_the_neighborhood_found_before(visit):
    page = visit("/report", script=False)
    to_where(page)
    to_when(page, "Pacoima")
    page.locator("#about-where button[value=back]").click()
    expect(page.locator("[name=place]")).to_have_value("Pacoima")
    to_when(page, "Wilmington")
    expect(page.locator("#about-where dd")).to_have_text("Wilmington")


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("words", "x" * 2_100, "too long"),
        ("words", "His number is A012 345 678, he said.", "A-number"),
        ("words", "The card said 123-45-6789.", "social security"),
        ("size", "y" * 300, "too long"),
        ("equipment", "plate and A# 012345678", "A-number"),
    ],
    ids=["long words", "A-number", "social security number", "long answer", "A-number in an answer"],
)
def test_a_field_that_must_change_keeps_what_was_typed(visit, field, typed, said):
    page = visit("/report", script=False)
    to_where(page)
    to_when(page)
    page.locator("[name=words]").fill("Two vans at the park.")
    more(page)
    control = page.locator(f"[name={field}]")
    # Browsers hold the length; programs don't.
    control.evaluate("field => field.removeAttribute('maxlength')")
    control.fill(typed)
    page.locator("[name=activity]").fill("waiting")
    send(page)
    expect(page.locator("main [role=alert]")).to_contain_text(said)
    expect(page.locator(f"[name={field}]")).to_have_value(typed)
    expect(page.locator("[name=activity]")).to_have_value("waiting")
    expect(page.locator("#about-where dd")).to_have_text("Boyle Heights")
    expect(page.locator(f"[name={field}]")).to_have_attribute("aria-invalid", "true")
    page.locator(f"[name={field}]").fill("four")
    send(page)
    expect(page.locator("#code")).to_be_visible()


@pytest.mark.parametrize(
    "typed",
    ["Call me at (213) 555-0142 please", "mi número es 323 555 0199", "he is undocumented", "ella no tiene papeles"],
    ids=["phone number", "phone number in Spanish", "status", "status in Spanish"],
)
def test_what_is_never_kept_is_shown_to_the_writer_first(visit, typed):
    page = visit("/report", script=False)
    to_where(page)
    to_when(page)
    page.locator("[name=words]").fill(typed)
    send(page)
    expect(page.locator("main [role=alert]")).to_be_visible()
    expect(page.locator("[name=words]")).to_have_value(typed)
    assert page.locator("#code").count() == 0


def test_the_pages_own_back_keeps_every_answer(visit):
    page = visit("/report", script=False)
    to_where(page, "checkpoint")
    to_when(page, "Koreatown")
    page.locator("[name=words]").fill("Cones and lights")
    more(page)
    page.locator("[name=uniform]").fill("green")
    page.locator(".turn button[value=back]").click()
    expect(page.locator("[name=place]")).to_have_value("Koreatown")
    page.locator(".turn button[value=back]").click()
    expect(page.locator("[name=kind][value=checkpoint]")).to_be_checked()
    page.locator("main form button.first").click()
    page.locator(".turn button[value=next]").click()
    expect(page.locator("[name=words]")).to_have_value("Cones and lights")
    expect(page.locator("[name=uniform]")).to_have_value("green")


def test_a_reload_of_the_receipt_is_the_same_report(visit, member):
    page = visit("/report", script=False)
    to_where(page)
    to_when(page, "Wilmington")
    page.locator("[name=words]").fill("One van, nobody in it.")
    send(page)
    first = code(page)
    page.reload()
    expect(page.locator("#code")).to_be_visible()
    assert code(page) == first
    assert [incident["reports"] for incident in member("amina").incidents("wilmington")] == [1]


def test_the_same_form_sent_five_times_at_once_is_one_report(vecinos, member):
    from concurrent.futures import ThreadPoolExecutor

    step = vecinos.form("/report", {"step": "where", "kind": "home", "place": "Pacoima", "go": "next"})
    token = hidden(step.text, "_token")
    fields = {
        "step": "when", "go": "send", "kind": "home", "place": "Pacoima", "zone": "pacoima", "when": "now",
        "words": "They knock at doors.", "_token": token,
    }  # fmt: skip
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: vecinos.form("/report", fields), range(5)))
    codes = {re.search(r'id="code">(.*?)</p>', answer.text)[1] for answer in answers}
    assert len(codes) == 1
    assert [incident["reports"] for incident in member("amina").incidents("pacoima")] == [1]

    changed = vecinos.form("/report", {**fields, "words": "They knock at doors, and left."})
    assert "We keep the first version" in changed.text
    assert re.search(r'id="code">(.*?)</p>', changed.text)[1] in codes


def test_an_old_or_forged_form_loses_nothing(vecinos):
    fields = {"step": "when", "go": "send", "kind": "home", "zone": "pacoima", "words": "kept words", "_token": "rubbish"}
    answer = vecinos.form("/report", fields)
    assert answer.status == 422
    assert "kept words" in answer.text
    # The token of the page that came back works.
    again = vecinos.form("/report", {**fields, "_token": hidden(answer.text, "_token")})
    assert again.status == 200
    assert 'id="code"' in again.text


def test_a_photo_is_taken_and_a_text_file_is_not(visit, member):
    page = visit("/report", script=False)
    to_where(page)
    to_when(page, "Inglewood")
    page.locator("[name=words]").fill("A van with a seal on its door.")
    page.locator("[name=photo]").set_input_files(
        {"name": "van.jpg", "mimeType": "image/jpeg", "buffer": b"This is no picture at all."}
    )
    send(page)
    expect(page.locator("main [role=alert]")).to_contain_text("Send a photo")
    expect(page.locator("[name=words]")).to_have_value("A van with a seal on its door.")
    page.locator("[name=photo]").set_input_files({"name": "van.jpg", "mimeType": "image/jpeg", "buffer": JPEG})
    send(page)
    expect(page.locator("#code")).to_be_visible()
    amina = member("amina")
    (incident,) = amina.incidents("inglewood")
    (file,) = amina.detail(incident["id"])["reports"][0]["files"]
    assert file["media_type"] == "image/jpeg"
    assert file["size"] >= len(JPEG), "a size is padded, so that it tells little"
    opened = amina.get(f"/board/files/{file['id']}")
    assert opened.body == JPEG
    assert opened.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in opened.headers["Content-Security-Policy"]


def test_far_too_much_to_send_keeps_the_words(vecinos):
    """More than 256 MB at once: what is over is passed over, and not the words that came before it."""
    fields = {"step": "when", "go": "send", "kind": "home", "zone": "pacoima", "words": "kept words", "_token": "old"}
    part = '--X\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n'
    before = "".join(f"{part.format(name, '')}{value}\r\n" for name, value in fields.items())
    begins = (before + part.format("photo", '; filename="long.jpg"')).encode() + JPEG
    piece, ends = bytes(1 << 20), b"\r\n--X--\r\n"
    connection = http.client.HTTPConnection("127.0.0.1", vecinos.port, timeout=60)
    with contextlib.closing(connection):
        connection.putrequest("POST", "/report")
        connection.putheader("Content-Type", "multipart/form-data; boundary=X")
        connection.putheader("Content-Length", str(len(begins) + 260 * len(piece) + len(ends)))
        connection.endheaders(begins)
        for _ in range(260):
            connection.send(piece)
        connection.send(ends)
        answer = connection.getresponse()
        assert answer.status == 422
        assert "kept words" in answer.read().decode()


def test_a_photo_of_a_refused_form_is_asked_for_again(visit, spanish):
    page = visit("/report?lang=es", script=False, width=360)
    to_where(page)
    to_when(page)
    page.locator("[name=words]").fill("A123456789")
    page.locator("[name=photo]").set_input_files({"name": "van.jpg", "mimeType": "image/jpeg", "buffer": JPEG})
    send(page)
    expect(page.locator("#photo-gone")).to_have_text(spanish("report.files_gone"))
    expect(page.get_by_role("alert")).to_contain_text(spanish("refusal.invalid_files"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") is True


def test_an_unknown_code_says_so(visit):
    page = visit("/report/answer", script=False)
    for typed in ["", "nonsense", "A" * 25, "WYSG-Z9SQ-YKAA-W0XF-C2YV-WF88-8"]:
        page.locator("[name=code]").fill(typed)
        page.locator("main form button.first").click()
        expect(page.locator("#code-error")).to_be_visible()
        expect(page.locator("[name=code]")).to_have_value(typed)


def test_leaving_quickly_without_a_script(visit, vecinos):
    answer = vecinos.form("/leave", {})
    assert answer.status == 303
    assert answer.headers["Location"].startswith(NEUTRAL)
    assert "storage" in answer.headers["Clear-Site-Data"]
    page = visit("/report", script=False, allowed=(NEUTRAL,))
    # What a redirect leads to is answered by nobody here: that it is asked for is what counts.
    with page.expect_request(f"{NEUTRAL}**"):
        page.locator("form[action='/leave'] button").click()


@pytest.mark.parametrize("how", ["click", "escape"])
def test_leaving_quickly_with_a_script_leaves_no_way_back(visit, how):
    page = visit("/now", allowed=(NEUTRAL,))
    page.route(f"{NEUTRAL}**", lambda route: route.fulfill(body="<title>Weather</title>", content_type="text/html"))
    page.goto("/report")
    if how == "click":
        page.locator("[data-leave]").click()
    else:
        for _ in range(3):
            page.keyboard.press("Escape")
    page.wait_for_url(f"{NEUTRAL}**")
    page.go_back()
    assert page.url.endswith("/now"), "the page that was left stands in the history"


def test_the_phones_position_is_shown_back_as_a_neighborhood(visit):
    page = visit(
        "/report", permissions=["geolocation"], geolocation={"latitude": 34.03374, "longitude": -118.20774}
    )
    to_where(page)
    page.locator("[data-where]").click()
    expect(page.locator("#about-where dd")).to_have_text("Boyle Heights")
    assert page.locator("[name=latitude]").input_value() == "34.0337", "finer than about 11 m is never needed"
    send(page)
    expect(page.locator("#code")).to_be_visible()


def test_a_position_outside_the_area_says_so(visit):
    page = visit("/report", permissions=["geolocation"], geolocation={"latitude": 48.2, "longitude": 16.37})
    to_where(page)
    page.locator("[data-where]").click()
    expect(page.get_by_role("alert")).to_contain_text("outside the area")
    expect(page.locator("[name=place]")).to_be_visible()


def test_a_denied_position_leaves_the_written_way(visit):
    page = visit("/report")
    to_where(page)
    page.locator("[data-where]").click()
    expect(page.locator("[data-where-status]")).to_contain_text("did not share")
    expect(page.locator("[name=place]")).to_be_focused()


def test_the_whole_report_by_keyboard(visit):
    page = visit("/report")
    page.locator("[name=kind]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("[name=place]")).to_be_visible()
    page.locator("[name=place]").focus()
    page.keyboard.type("Van Nuys")
    page.keyboard.press("Enter")
    expect(page.locator("#about-where dd")).to_have_text("Van Nuys")
    page.locator("[name=words]").focus()
    page.keyboard.type("Two people in vests.")
    for _ in range(12):
        if page.evaluate("document.activeElement.matches('.turn [value=send]')"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#code")).to_be_visible()
