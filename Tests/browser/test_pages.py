# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every page owes everybody: it reads well, fits, loads fast, asks nobody else, and says so in its headers."""

import base64
import datetime
import hashlib
import html.parser
import re

import pytest
from member import Member, hidden
from playwright.sync_api import Page, expect
from server import Server

PUBLIC = ["/", "/report", "/report/answer", "/now", "/rights", "/rights/home", "/rights/taken", "/rights/detention",
          "/plan", "/plan/blank",
          "/rights/warrant", "/rights/warrant/check", "/rights/warrant/check/ice", "/help", "/about",
          "/privacy", "/embed", "/verify", "/sign-in", "/sign-in/recovery"]  # fmt: skip
# {incident}, {answered}, {assignment}, {care} and {person} are filled in from what `scene` made.
STAFF = [
    ("amina", "/board"),
    ("amina", "/board/incidents/{incident}"),
    ("amina", "/board/incidents/{incident}?act=not"),
    ("amina", "/board/incidents/{incident}?act=send"),
    ("amina", "/board/incidents/{incident}?act=ask"),
    ("amina", "/board/incidents/{incident}?act=split"),
    ("amina", "/board/incidents/{incident}?act=merge"),
    ("amina", "/board/incidents/{incident}?act=also"),
    ("amina", "/board/incidents/{answered}"),
    ("amina", "/board/incidents/{answered}?act=debrief"),
    ("amina", "/board/incidents/{incident}/record"),
    ("amina", "/board/incidents/new"),
    ("amina", "/console"),
    ("carmen", "/broadcasts"),
    ("amina", "/shifts"),
    ("amina", "/drills"),
    ("amina", "/session/unlock"),
    ("joao", "/respond"),
    ("joao", "/respond/{assignment}"),
    ("ruth", "/facts"),
    ("ruth", "/facts/silence"),
    ("ruth", "/facts/bond-hearing/edit"),
    ("ruth", "/facts/new"),
    ("ruth", "/people"),
    ("ruth", "/people/teams"),
    ("ruth", "/people/{person}"),
    ("ruth", "/people/{person}/removal"),
    ("ruth", "/people/care"),
    ("amina", "/how-are-you/{care}"),
    ("amina", "/debriefs/{answered}"),
    ("ruth", "/settings/run-cards"),
    ("ruth", "/settings"),
    ("joao", "/settings"),
    ("joao", "/settings/second-factor"),
    ("joao", "/settings/recovery-code"),
]
PAGES = [(None, path) for path in PUBLIC] + STAFF
EVERY_PAGE = pytest.mark.parametrize(
    ("login", "path"), PAGES, ids=[f"{login or 'everybody'}{path}" for login, path in PAGES]
)
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.fixture(scope="module")
def scene(vecinos, member):
    """Something on every page: an incident that is asked about, one that was answered, a helper on the scene."""
    vecinos.report("Dos camionetas blancas frente a la iglesia", "Boyle Heights", language="es")
    vecinos.report("Two white vans in front of the church, four men", "Boyle Heights")
    vecinos.report("They knock at every door", "Pacoima", kind="home")
    vecinos.report("Officers take a man at the car wash", "Westlake", kind="arrest")
    amina, ruth, joao = member("amina"), member("ruth"), member("joao")
    incident = amina.incidents("boyle-heights")[0]["id"]
    answered = amina.incidents("pacoima")[0]["id"]
    confirmed = next(item["id"] for item in amina.incidents("westlake") if not item["exercise"])
    asked = amina.api("POST", f"/api/v1/incidents/{incident}/dispatches", {"role": "verifier", "wanted": 2})
    assert asked.status == 201
    mine = joao.get("/api/v1/assignments").json()["current"]["assignment"]["id"]
    for step in ["accepted", "on_the_way", "on_scene"]:
        assert joao.api("POST", f"/api/v1/assignments/{mine}/state", {"state": step}).status == 200
    finding = {"truth": "not_enforcement", "level": "L4", "how": "on_scene"}
    finding["explanation"] = {"en": "A census worker", "es": "Una persona del censo"}
    assert amina.saw(answered, finding).status == 201
    finding = {"truth": "confirmed", "level": "L4", "how": "on_scene"}
    assert amina.saw(confirmed, finding).status == 201
    # What was hard is talked over, and whoever led it is asked how they are.
    assert amina.post(f"/board/incidents/{answered}/care").status == 303
    tomorrow = (datetime.datetime.now() + datetime.timedelta(days=1)).strftime("%Y-%m-%dT18:00")
    assert amina.post(f"/board/incidents/{answered}/debrief-meeting", {"meets": tomorrow, "place": "The library"}).status == 303
    care = re.search(r"/how-are-you/([0-9a-f-]{36})", amina.get("/respond").text)[1]
    answer = {"words": "Short nights.", "call": "yes"}
    assert amina.post(f"/how-are-you/{care}", answer).status == 303
    return {
        "incident": incident, "answered": answered, "assignment": mine, "care": care, "person": joao.id, "ruth": ruth.id,
    }  # fmt: skip


@pytest.fixture
def look(tabs, scene):
    """A page as it stands in the shared tab."""

    def at(login, path, *, scheme="light", width=390, height=844) -> Page:
        page = tabs(login, scheme)
        page.set_viewport_size({"width": width, "height": height})
        answer = page.goto(path.format(**scene))
        assert answer.status == 200, f"{path} answered {answer.status}"
        return page

    return at


def width_of(login) -> int:
    """Members sit at desks, responders and neighbors hold phones."""
    return 390 if login in (None, "joao") else 1280


def mirror(page: Page):
    page.evaluate("Object.assign(document.documentElement, { dir: 'rtl', lang: 'fa' })")


@EVERY_PAGE
def test_axe_finds_nothing_from_right_to_left(look, accessible, login, path):
    page = look(login, path, width=width_of(login))
    mirror(page)
    accessible(page)


def sideways(page: Page) -> list[str]:
    """What sticks out of the window; empty when nothing scrolls sideways."""
    return page.evaluate(
        """() => {
            const root = document.documentElement, width = root.clientWidth;
            if (Math.max(root.scrollWidth, document.body.scrollWidth) <= width) return [];
            return [`${root.scrollWidth} of ${width}`, ...[...document.body.querySelectorAll("*")]
                .filter((element) => { const box = element.getBoundingClientRect();
                    return box.width > 0 && (box.right > width + 1 || box.left < -1); })
                .slice(0, 8).map((element) => element.outerHTML.slice(0, 160))];
        }"""
    )


@EVERY_PAGE
def test_320_pixels_need_no_sideways_scroll(look, login, path):
    page = look(login, path, width=320)
    assert sideways(page) == []
    mirror(page)
    assert sideways(page) == []


@pytest.mark.parametrize("login", ["joao", "amina", "ruth"])
def test_a_members_header_leaves_a_phone_its_screen(look, login):
    """One line of who and the way out, one of where to go; two where a few places are all in sight. In one order on every
    page."""
    for width in (320, 360):
        page = look(login, "/settings", width=width)
        places = page.locator(".topbar nav a")
        assert page.locator(".topbar").bounding_box()["height"] <= (110 if places.count() > 6 else 150)
        stand = [(box["y"], box["x"]) for box in (place.bounding_box() for place in places.all())]
        assert stand == sorted(stand), "the page that is open is not drawn to the front"
        here = page.locator(".topbar nav [aria-current]").bounding_box()
        assert here["x"] >= 0 and here["x"] + here["width"] <= width, "the page that is open is in sight"
        for name in ("Unlock", "Lock", "Sign out"):
            for button in page.locator(".topbar").get_by_role("link", name=name, exact=True).all():
                assert button.bounding_box()["width"] >= 44
        if login != "joao":
            panic = page.locator(".topbar .panic").bounding_box()
            assert panic["width"] >= 44 and panic["y"] < 44, "the lock of everything says its name"
            assert here["x"] >= 36, "the page that is open stands whole, clear of the edge that fades"


@pytest.mark.parametrize("path", ["/board", "/people", "/shifts", "/settings"])
def test_a_thumb_meets_44_pixels_on_members_pages_too(look, path):
    """A narrow window, whatever points at it. A desk keeps its density."""
    page = look("ruth", path, width=360)
    for button in page.locator("main :is(.button, button:not(.plain))").all():
        if button.is_visible():
            assert button.bounding_box()["height"] >= 44, button.inner_text()
    page.set_viewport_size({"width": 1440, "height": 900})
    heights = [one.bounding_box()["height"] for one in page.locator("main .button").all() if one.is_visible()]
    assert not heights or min(heights) < 44


def test_the_answer_of_an_exercise_opens_under_a_thumb(look):
    page = look(None, "/training/legal-observer", width=360)
    answer = page.get_by_text("See one good answer").first
    assert answer.bounding_box()["height"] >= 44


def test_a_demonstration_says_in_the_settings_too_that_it_asks_for_no_code(visit):
    words = "it asks for no code"
    expect(visit("/sign-in").locator("main")).to_contain_text(words)
    codes = visit("/settings", login="ruth").locator("#codes")
    expect(codes).to_contain_text(words)
    expect(codes).not_to_contain_text("Codes are o")


def test_a_state_is_not_written_a_letter_a_line(visit):
    page = visit("/settings", login="ruth", width=320)
    for mark in page.locator("#devices .push").all():
        assert mark.bounding_box()["height"] <= 60
    for button in page.locator("#devices button").all():
        assert button.bounding_box()["width"] >= 80


@pytest.mark.parametrize("code", ["es", "fa"])
def test_the_number_of_the_hotline_stays_in_one_piece(visit, code):
    page = visit("/", language=code, width=320)
    number = page.locator(".happening a[href^='tel:'] bdi")
    assert number.evaluate("element => element.getClientRects().length") == 1
    assert number.evaluate("element => getComputedStyle(element).direction") == "ltr"
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("width", [320, 1280])
def test_all_languages_are_in_sight(visit, width):
    """At the foot of a phone's page; beside a mouse at its head too."""
    page = visit("/", width=width)
    offered = page.locator(".languages a").count()
    assert offered == 12
    for place in [".foot"] if width == 320 else [".languages", ".foot"]:
        seen = page.locator(f"{place} a[hreflang]")
        assert seen.count() == offered
        for one in seen.all():
            box = one.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= width


@pytest.mark.parametrize("width, code", [(320, "en"), (320, "fa"), (320, "hy"), (360, "en"), (360, "fa"), (412, "es"), (768, "en")])
def test_on_a_phone_a_reader_sees_their_own_language_and_opens_the_others(visit, width, code):
    page = visit(f"/?lang={code}", width=width, script=False)
    own = page.locator(".tongue > summary")
    expect(own).to_contain_text(page.locator(f".foot a[hreflang={code}]").inner_text())
    assert 0 <= own.bounding_box()["x"] and own.bounding_box()["x"] + own.bounding_box()["width"] <= width
    expect(page.locator(".masthead .languages")).to_be_hidden()
    own.click()
    assert page.locator(".tongue a").count() == 12
    for one in page.locator(".tongue a").all():
        box = one.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
    page.locator(".tongue a[hreflang=ko]").click()
    expect(page.locator("html")).to_have_attribute("lang", "ko")


@pytest.mark.parametrize(
    "path, name, words",
    [
        ("/report/answer", "code", "nonsense"), ("/check-card", "code", "nonsense"), ("/verify", "alert", "nonsense"),
        ("/training/check", "certificate", "nonsense"),
    ],
)  # fmt: skip
def test_an_answer_that_is_no_takes_the_focus(visit, accessible, path, name, words):
    page = visit(path)
    page.locator(f"[name={name}]").fill(words)
    page.locator("main form button.first").click()
    expect(page.locator(".errors[role=alert]")).to_be_focused()
    accessible(page)


def test_days_are_written_as_people_write_them(vecinos, member, scene):
    for text in (vecinos.ask("GET", "/help").text, member("ruth").get("/people").text, member("ruth").get(f"/people/{scene['ruth']}").text):
        assert not re.search(r">[^<]*\b20\d\d-\d\d-\d\d\b[^<]*<", re.sub(r"(?s)<(script|style)\b.*?</\1>", "", text))


def overlaps(page: Page) -> list[str]:
    """Controls that lie on each other, and controls whose words are cut off."""
    return page.evaluate(
        """() => {
            const fixed = (element) => { for (let at = element; at; at = at.parentElement)
                if (["fixed", "sticky"].includes(getComputedStyle(at).position)) return true; return false; };
            const seen = [...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary")]
                .filter((element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
                    && !element.closest(".visually-hidden, .skip, label.choice") && !fixed(element))
                .map((element) => ({ element, box: element.getBoundingClientRect() }));
            const found = [];
            seen.forEach((one, index) => seen.slice(index + 1).forEach((two) => {
                const wide = Math.min(one.box.right, two.box.right) - Math.max(one.box.left, two.box.left);
                const high = Math.min(one.box.bottom, two.box.bottom) - Math.max(one.box.top, two.box.top);
                if (wide > 2 && high > 2 && !one.element.contains(two.element) && !two.element.contains(one.element))
                    found.push(`${one.element.outerHTML.slice(0, 120)} lies on ${two.element.outerHTML.slice(0, 120)}`);
            }));
            for (const { element } of seen)
                if (element.matches("a, button, summary") && getComputedStyle(element).overflowX !== "visible"
                    && element.scrollWidth > element.clientWidth + 2) found.push(`cut: ${element.outerHTML.slice(0, 160)}`);
            return found.slice(0, 6);
        }"""
    )


@EVERY_PAGE
def test_text_of_twice_the_size_still_fits(look, login, path):
    page = look(login, path, width=640)
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    assert sideways(page) == []
    assert overlaps(page) == []


@pytest.mark.parametrize("path", PUBLIC)
def test_the_biggest_letters_of_our_own_fit_too(look, path):
    page = look(None, path, width=320)
    page.evaluate("document.documentElement.dataset.text = '3'")
    assert sideways(page) == []
    assert overlaps(page) == []


@pytest.mark.parametrize("language", ["es", "fa", "hy", "ru"])
def test_a_word_wider_than_the_screen_is_parted_and_not_cut(look, language):
    """Letters of twice the size on the smallest phone: ten of them are a line, and some words have twenty."""
    for path in PUBLIC:
        page = look(None, f"{path}?lang={language}", width=320)
        page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
        assert sideways(page) == [], path


# The words of headings and notes that stand on more than one line without a hyphen.
PARTED = """() => [...document.querySelectorAll("main :is(h1, h2, h3, .note strong)")].flatMap((element) => {
    const found = [], walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let text = walk.nextNode(); text; text = walk.nextNode())
        for (const word of text.data.matchAll(/[\\p{L}’]+/gu)) {
            const range = document.createRange();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) found.push(word[0]);
        }
    return found;
})"""


@pytest.mark.parametrize("language", ["en", "es"])
def test_common_words_stay_whole_in_letters_of_twice_the_size(look, language):
    """Of ten letters and fewer: "happenin-g" is no word."""
    for path in ("/", "/now", "/report", "/help", "/subscribe"):
        page = look(None, f"{path}?lang={language}", width=360)
        page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
        assert [word for word in page.evaluate(PARTED) if len(word) <= 10] == [], path


@pytest.mark.parametrize("width", [320, 360, 390, 430])
def test_what_is_docked_on_a_phone_leaves_the_page_to_the_reader(look, width):
    """Also in letters of twice the size: one line of buttons, an eighth of the screen."""
    for path in ("/?lang=en", "/?lang=es", "/?lang=fa", "/?lang=hy"):
        page = look(None, path, width=width)
        page.set_viewport_size({"width": width, "height": 740})
        for size in ("", "200%"):
            page.evaluate("(size) => document.documentElement.style.setProperty('font-size', size)", size)
            bar = page.locator(".reach").bounding_box()
            assert bar["height"] <= 740 / 8, f"{path} at {size or '100%'}: {bar}"
            assert sideways(page) == [], path


@EVERY_PAGE
def test_it_is_whole_without_a_script(visit, scene, login, path):
    page = visit(path.format(**scene), login=login, script=False, width=width_of(login))
    assert page.locator("h1").count() == 1
    assert page.locator("main").inner_text().strip()
    for control in page.locator(".needs-script").all():
        assert not control.is_visible(), "a control that can't do anything"


@pytest.mark.parametrize("path", PUBLIC)
def test_spanish_is_spoken_to_who_reads_spanish(visit, path, spanish):
    page = visit(path, language="es", script=False)
    assert page.locator("html").get_attribute("lang") == "es"
    assert page.locator("footer a[href='/privacy']").inner_text() == spanish("shell.privacy")
    page.locator(".tongue > summary").click()
    page.locator(".tongue a[hreflang=en]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto("/about")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_member_chooses_the_language_of_their_pages(visit, vecinos, spanish):
    lena = Member(vecinos, "lena")
    page = visit("/healthz")
    page.context.add_cookies(lena.storage_state["cookies"])
    page.goto("/settings")
    page.locator("[name=language]").select_option("es")
    page.locator("form[action='/settings/language'] button").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator("h1")).to_have_text(spanish("place.settings"))


def weight(page: Page, path: str) -> tuple[int, int]:
    """Bytes over the wire of a first visit: everything, and the page by itself."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    pages, weights = set(), {}
    session.on(
        "Network.requestWillBeSent",
        lambda event: pages.add(event["requestId"]) if event.get("type") == "Document" else None,
    )
    session.on(
        "Network.loadingFinished",
        lambda event: weights.__setitem__(event["requestId"], event["encodedDataLength"]),
    )
    page.goto(path)
    page.wait_for_load_state("networkidle")
    session.detach()
    return sum(weights.values()), sum(weights.get(request, 0) for request in pages)


@pytest.mark.parametrize("path", PUBLIC)
def test_a_first_visit_weighs_at_most_60_kB(visit, scene, path):
    whole, page = weight(visit("/healthz"), path)
    assert 0 < page <= 30_000
    assert page < whole <= 60_000


def test_a_second_page_brings_only_itself(visit):
    page = visit("/")
    page.wait_for_load_state("networkidle")
    whole, document = weight(page, "/rights")
    assert whole - document < 2_000


def test_a_tap_on_a_time_shows_the_exact_moment(look):
    page = look(None, "/now")
    time = page.locator("main time[data-relative]").first
    relative = time.inner_text()
    time.click()
    expect(time).not_to_have_text(relative)
    time.click()
    expect(time).to_have_text(relative)


def test_text_size_and_colors_are_remembered(visit):
    page = visit("/about")
    page.locator("details[data-menu].needs-script summary").click()
    page.locator("button[data-text='3']").click()
    page.locator("button[data-theme=dark]").click()
    page.goto("/help")
    expect(page.locator("html")).to_have_attribute("data-text", "3")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


class Strict(html.parser.HTMLParser):
    """Finds what the policy would refuse, and what a policy that failed would let through."""

    def __init__(self, policy: str):
        super().__init__()
        self.policy = policy
        self.found: list[str] = []
        self.ids: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag, attributes):
        self.inside = tag if tag in ("script", "style") else ""
        if tag == "script" and not dict(attributes).get("src", "/static/").startswith("/static/"):
            self.found.append(self.get_starttag_text())
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            if name == "style" or name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.found.append(self.get_starttag_text())

    def handle_data(self, data):
        # A guide carries what it needs to be read at once; the policy names exactly that.
        if self.inside and data.strip():
            own = base64.b64encode(hashlib.sha256(data.encode()).digest()).decode()
            if f"{self.inside}-src 'self' 'sha256-{own}'" not in self.policy:
                self.found.append(data)

    def handle_endtag(self, tag):
        self.inside = ""


@EVERY_PAGE
def test_nothing_is_inline_and_no_name_is_given_twice(vecinos, member, scene, login, path):
    path = path.format(**scene)
    answer = member(login).get(path) if login else vecinos.ask("GET", path)
    strict = Strict(answer.headers["Content-Security-Policy"])
    strict.feed(answer.text)
    assert strict.found == []
    assert sorted({one for one in strict.ids if strict.ids.count(one) > 1}) == []


def assert_guarded(answer):
    for name, value in ALWAYS.items():
        assert answer.headers[name] == value, name
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    for power in ["camera=()", "microphone=()", "payment=()"]:
        assert power in answer.headers["Permissions-Policy"]
    assert answer.headers["Cache-Control"]
    assert answer.headers["Server"] is None


def requests(server: Server) -> list[tuple]:
    """Method, path, body, headers, and the status that is due (None: any)."""
    token = hidden(server.ask("GET", "/sign-in").text, "_token")
    json = {"Content-Type": "application/json"}
    return [
        ("GET", "/", None, {}, 200),
        ("HEAD", "/now", None, {}, 200),
        ("GET", "/healthz", None, {}, 200),
        ("GET", "/static/app.css", None, {}, 200),
        ("GET", "/static/nothing.css", None, {}, 404),
        ("GET", "/static/..%2Fapp.css", None, {}, 404),
        ("GET", "/nowhere", None, {}, 404),
        ("GET", "/board", None, {}, 303),
        ("GET", "/board/stream", None, {}, 303),
        ("GET", "/api/v1/incidents", None, {}, 401),
        ("GET", "/api/v1/nowhere", None, {}, 404),
        ("GET", "/api/v1/status", None, {}, 200),
        ("PUT", "/report", b"", {}, 405),
        ("DELETE", "/", None, {}, 405),
        ("POST", "/now", b"", {}, 405),
        ("GET", "/leave", None, {}, 405),
        ("GET", "/api/v1/reports", None, {}, 405),
        ("POST", "/leave", b"", {}, 303),
        ("POST", "/leave", b"", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("POST", "/sign-in", b"x" * 70_000, {"Content-Type": "application/x-www-form-urlencoded"}, 413),
        ("POST", "/report", b"", {"Content-Length": str(30 << 20)}, 413),
        ("POST", "/sign-in", b"", {"Content-Length": str((1 << 64) - 1)}, 413),
        ("POST", "/api/v1/reports", b"", json | {"Content-Length": str(1 << 63)}, 413),
        ("POST", "/report", b"step=%zz", {"Content-Type": "application/x-www-form-urlencoded"}, 400),
        ("POST", "/report", b"step=what", {"Content-Type": "application/x-www-form-urlencoded"}, 422),
        ("POST", "/report", b"{}", {"Content-Type": "application/json"}, 415),
        ("POST", "/api/v1/reports", b"{", json, 400),
        ("POST", "/api/v1/reports", b"{}", json, 422),
        ("POST", "/api/v1/reports", b'{"words":"' + b"x" * 70_000 + b'"}', json, 413),
        ("POST", "/api/v1/reports/lookup", b'{"code":"x"}', json, 404),
        ("POST", "/sign-in", f"_token={token}&login=x&passphrase=y".encode(),
         {"Content-Type": "application/x-www-form-urlencoded"}, None),
    ]  # fmt: skip


def test_every_answer_carries_the_headers(vecinos, member):
    for method, path, body, headers, status in requests(vecinos):
        answer = vecinos.ask(method, path, body, headers)
        what = f"{method} {path} {headers}"
        assert answer.status < 500, what
        if status is not None:
            # The router knows no method apart from a path: 404 is as true.
            assert answer.status in ((404, 405) if status == 405 else (status,)), f"{what} answered {answer.status}"
        try:
            assert_guarded(answer)
        except AssertionError as error:
            raise AssertionError(f"{what} ({answer.status}): {error}") from None
    for path in ["/board", "/respond", "/settings"]:
        answer = member("amina").get(path)
        assert_guarded(answer)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "require-trusted-types-for 'script'" in answer.headers["Content-Security-Policy"]


def test_an_unchanged_page_is_not_sent_again(vecinos):
    first = vecinos.ask("GET", "/rights")
    again = vecinos.ask("GET", "/rights", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304
    assert again.body == b""
    assert_guarded(again)


def test_errors_are_pages_in_the_readers_language(visit, accessible, spanish):
    page = visit("/nowhere", language="es", status=404)
    expect(page.locator("h1")).to_have_text(spanish("error.404"))
    accessible(page)


def test_times_are_those_of_the_coalitions_city_wherever_the_phone_is(visit):
    page = visit("/", timezone_id="Asia/Tokyo")
    shown, exact = page.evaluate(
        """async () => {
          const { refresh } = await import("/static/time.js");
          const time = document.createElement("time");
          [time.dateTime, time.dataset.relative] = ["2025-06-06T16:00:00Z", ""];
          document.body.append(time);
          refresh();
          return [time.textContent, time.title];
        }"""
    )
    assert "Jun 6" in shown and "9:00" in shown and "June 6, 2025" in exact


@pytest.mark.parametrize("language", ["fa", "ar"])
def test_times_have_the_digits_and_the_years_that_the_server_writes(visit, language):
    page = visit(f"/?lang={language}")
    said = page.evaluate(
        """async () => {
          const { refresh, now } = await import("/static/time.js");
          return [14, 60 * 24 * 400].map((minutes) => {
            const time = document.createElement("time");
            [time.dateTime, time.dataset.relative] = [new Date(now() - minutes * 60_000).toISOString(), ""];
            document.body.append(time);
            refresh();
            return [time.textContent, time.title];
          });
        }"""
    )
    assert "14" in said[0][0]
    for text, exact in said:
        assert re.search(r"\b20\d\d\b", exact), exact
        assert not re.search(r"[\u0660-\u0669\u06f0-\u06f9]", text + exact), text
