# SPDX-License-Identifier: AGPL-3.0-or-later
"""No signal: what a phone keeps after one visit, how it learns what was taken back, and that it forgets on one tap."""

import io
import re
import shutil
import subprocess
import time
import zipfile

import pytest
import server as servers
from member import Member
from playwright.sync_api import Page, expect
from server import ROOT, found, serving

LIMIT = 400_000


@pytest.fixture
def ruth(vecinos):
    return Member(vecinos, "ruth")


@pytest.fixture
def lena(vecinos):
    """The attorney: only she restores what was taken back."""
    return Member(vecinos, "lena")


def save(page: Page, code: str):
    row = page.locator(f"[data-copy={code}]")
    row.locator("[data-save]").click()
    expect(row.locator("[data-open]")).to_be_visible()
    expect(row.locator("[data-when]")).not_to_have_text("")


def until(page: Page, question: str):
    """Asks until it is so. Playwright's own waiting needs `eval`, which our policy refuses."""
    end = time.monotonic() + 90
    while not page.evaluate(question):
        assert time.monotonic() < end, question
        page.wait_for_timeout(100)


def left(page: Page) -> list:
    return page.evaluate(
        """async () => [...await caches.keys(), ...(await navigator.serviceWorker.getRegistrations()).map((one) => one.scope),
            ...(await indexedDB.databases()).map((one) => one.name), ...Object.keys(localStorage)]"""
    )


@pytest.mark.parametrize("code", ["en", "es"])
def test_after_one_visit_everything_is_there_without_signal(visit, vecinos, code, capsys):
    page = visit("/healthz")
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    weights = {}
    session.on("Network.loadingFinished", lambda event: weights.__setitem__(event["requestId"], event["encodedDataLength"]))
    page.goto(f"/rights/save?lang={code}")
    save(page, code)
    page.wait_for_load_state("networkidle")
    session.detach()
    whole = sum(weights.values())
    with capsys.disabled():
        print(f"\nfirst visit to offline-ready, {code}: {whole} bytes")
    assert 0 < whole < LIMIT
    page.context.set_offline(True)
    for path in ["/rights", "/rights/home", "/rights/warrant/check"]:
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("lang", code)
        expect(page.locator("[data-age]")).to_be_visible()
        expect(page.locator("#g-home")).to_be_attached()
    page.goto("/rights/taken")
    assert page.url.endswith(f"/rights/save/{code}.html#g-taken")
    expect(page.locator("#g-taken h2").first).to_be_in_viewport()
    assert page.locator("[data-fact]").count() > 60


def test_what_was_taken_back_is_marked_at_the_next_contact(visit, ruth, lena):
    page = visit("/rights/save")
    save(page, "en")
    page.context.set_offline(True)
    page.goto("/rights/home")
    expect(page.locator("body")).to_contain_text("You can stay silent")
    page.context.set_offline(False)
    assert ruth.post("/facts/silence/recall", {"reason": "A court changed it."}).status == 303
    try:
        # The new copy doesn't get through; the news does.
        page.context.route("**/rights/save/en.html", lambda route: route.abort())
        page.goto("/rights/work")
        until(
            page,
            """async () => (await (await (await caches.open("pocket-1")).match("/rights/save/state.json")).json())
                .recalled.includes("silence")""",
        )
        page.context.set_offline(True)
        page.goto("/rights/home")
        expect(page.locator("[data-age]")).to_be_visible()
        expect(page.locator("body")).not_to_contain_text("I want to stay silent.")
        assert page.locator("#g-home [data-standing=recalled]").count() > 0
    finally:
        page.context.set_offline(False)
        page.context.unroute_all()
        assert lena.post("/facts/silence/restoration").status == 303


def test_it_gets_new_words_by_itself(visit, ruth, lena):
    page = visit("/rights/save")
    save(page, "en")
    assert ruth.post("/facts/do-not-run/recall", {"reason": "It changed."}).status == 303
    try:
        page.goto("/rights/street")
        until(
            page,
            """async () => !(await (await (await caches.open("pocket-1")).match("/rights/save/en.html")).text())
                .includes("If you run, officers can use it")""",
        )
    finally:
        assert lena.post("/facts/do-not-run/restoration").status == 303


def test_one_tap_erases_all_of_it_also_without_signal(visit):
    page = visit("/rights/save")
    save(page, "en")
    save(page, "es")
    assert left(page) != []
    page.context.set_offline(True)
    page.goto("/rights/save")
    page.locator("[data-erase]").click()
    expect(page.locator("[data-erase-part]")).to_be_hidden()
    assert left(page) == []
    page.context.set_offline(False)
    page.goto("/rights/home")
    assert left(page) == []


def test_nothing_is_kept_before_somebody_asks_for_it(visit):
    page = visit("/rights")
    page.goto("/rights/save")
    page.goto("/print")
    assert left(page) == []


def test_without_a_script_the_downloads_are_there_and_it_says_so(visit, vecinos):
    page = visit("/rights/save", script=False)
    assert page.locator("[data-save]:visible").count() == 0
    expect(page.locator("main")).to_contain_text("JavaScript")
    assert page.locator("a[href$='.zip']").count() == 12, "a folder for each language"
    for link in page.locator("a[href*='download=1']").all():
        assert vecinos.ask("GET", link.get_attribute("href")).status == 200


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", ["en", "es"])
def test_the_one_file_stands_alone(vecinos, chromium, accessible, tmp_path, scheme, code):
    path = tmp_path / "copy.html"
    path.write_bytes(vecinos.ask("GET", f"/rights/save/{code}.html?download=1").body)
    context = chromium.new_context(color_scheme=scheme, viewport={"width": 320, "height": 700}, offline=True)
    try:
        lines: list[str] = []
        asked: list[str] = []
        page = context.new_page()
        page.on("console", lambda line: lines.append(line.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert page.locator("script").count() == 0
        expect(page.locator("main")).to_contain_text(re.compile(r"[0-9A-F]{4}-[0-9A-F]{4}"))
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        assert lines == []
    finally:
        context.close()


def test_the_folder_for_a_stick(vecinos):
    folder = zipfile.ZipFile(io.BytesIO(vecinos.ask("GET", "/rights/save/es.zip").body))
    assert folder.testzip() is None
    names = set(folder.namelist())
    assert {"index.html", "all.html", "guides/home.html", "print/card-letter.pdf", "print/large-a4.pdf"} <= names
    for name in names:
        if name.endswith(".pdf"):
            assert folder.read(name).startswith(b"%PDF-")
            continue
        text = folder.read(name).decode()
        assert "<script" not in text
        base = name.rpartition("/")[0]
        for link in re.findall(r'href="([^"#:]+)"', text):
            assert not link.startswith("/"), f"{name}: {link}"
            assert (f"{base}/{link}" if base else link) in names, f"{name}: {link}"


@pytest.mark.parametrize("path", ["/rights/save"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_is_open_to_everybody(visit, accessible, path, scheme, language):
    page = visit(path, scheme=scheme, language=language, width=320)
    save(page, language)
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_phone_may_put_it_among_its_apps(vecinos):
    page = vecinos.ask("GET", "/rights/save").text
    manifest = vecinos.ask("GET", re.search(r'rel="manifest" href="([^"]+)"', page)[1])
    assert manifest.headers["Content-Type"] == "application/manifest+json"
    for icon in manifest.json()["icons"]:
        answer = vecinos.ask("GET", icon["src"])
        assert answer.status == 200
        assert answer.headers["Content-Type"] == icon["type"]


def facts(step: str, data, pack) -> str:
    """`vecinos facts import` or `export`, beside a server that runs."""
    done = subprocess.run(
        [servers.BINARY, "facts", step, "--data", data], capture_output=True, text=True, timeout=120,
        env={**servers.ENVIRONMENT, "VECINOS_CONTENT": str(pack)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def told(server, recalled: bool):
    """Waits until a server that runs has noticed what another process of ours wrote."""
    end = time.monotonic() + 90
    while ("silence" in server.ask("GET", "/rights/save/editions.json", timeout=60).json()["recalled"]) is not recalled:
        assert time.monotonic() < end
        time.sleep(0.2)


def test_a_saved_phone_hears_of_a_recall_that_came_by_way_of_the_files(founded, chromium, tmp_path, monkeypatch):
    """One instance takes a fact back and writes its files; another takes them in; the phone had saved that one's copy."""
    pack = tmp_path / "content"
    shutil.copytree(ROOT / "content", pack)
    monkeypatch.setitem(servers.ENVIRONMENT, "VECINOS_CONTENT", str(pack))
    for name in ("here", "there"):
        shutil.copytree(founded[0], tmp_path / name)
    heard = """async () => (await (await (await caches.open("pocket-1")).match("/rights/save/state.json")).json()).recalled.join()"""
    kept = """async () => (await (await (await caches.open("pocket-1")).match("/rights/save/en.html")).text()).includes("I want to stay silent.")"""
    with serving(tmp_path / "here", founded[1]) as here, serving(tmp_path / "there", founded[1]) as there:
        context = chromium.new_context(base_url=there.url, viewport={"width": 390, "height": 800}, locale="en")
        context.set_default_timeout(60_000)
        try:
            page = context.new_page()
            page.goto("/rights/save")
            code = page.locator("[data-edition]").get_attribute("data-edition")
            save(page, "en")
            assert there.ask("GET", "/print/card.pdf?language=en").status == 200
            assert Member(here, "ruth").post("/facts/silence/recall", {"reason": "A court changed it."}).status == 303
            assert "Written" in facts("export", tmp_path / "here", pack)
            assert "recalled:" in (pack / "rights/basics.yaml").read_text()
            assert "silence" in facts("import", tmp_path / "there", pack)
            # The phone comes by with signal, and is without any from then on.
            told(there, True)
            page.goto("/rights/work")
            until(page, f"async () => (await ({heard})()) === 'silence' && !(await ({kept})())")
            context.set_offline(True)
            page.goto("/rights/home")
            expect(page.locator("[data-age]")).to_be_visible()
            assert page.locator("#g-home [data-standing=recalled]").count() > 0
            expect(page.locator("body")).not_to_contain_text("I want to stay silent.")
            context.set_offline(False)
            # What is out there on paper and on phones is known by its code.
            assert 'data-verdict="recalled"' in there.ask("GET", f"/check-card?code={code}").text
            batches = Member(there, "ruth").get("/facts/batches").text
            assert code in batches and batches.count('data-verdict="recalled"') >= 2
            # And back again the same way.
            assert Member(here, "lena").post("/facts/silence/restoration").status == 303
            facts("export", tmp_path / "here", pack)
            facts("import", tmp_path / "there", pack)
            told(there, False)
            page.goto("/rights/work")
            until(page, f"async () => (await ({heard})()) === '' && (await ({kept})())")
        finally:
            context.close()


@pytest.fixture(scope="module")
def farsi(tmp_path_factory):
    """A server that has some Farsi: a draft for this test."""
    folder = tmp_path_factory.mktemp("farsi")
    pack = folder / "content"
    shutil.copytree(ROOT / "content", pack)
    (pack / "strings/fa.json").write_text('{"language.state": "draft", "rights.title": "حقوق خود را بشناسید"}')
    (pack / "languages/fa").mkdir(parents=True, exist_ok=True)
    (pack / "languages/fa/rights.yaml").write_text(
        "state: draft\nfacts:\n  silence: {statement: می‌توانید ساکت بمانید., means: بگویید که می‌خواهید ساکت بمانید.}\n"
    )
    before = dict(servers.ENVIRONMENT)
    servers.ENVIRONMENT["VECINOS_CONTENT"] = str(pack)
    try:
        made = found(folder / "data")
        with serving(folder / "data", made) as server:
            yield server
    finally:
        servers.ENVIRONMENT.clear()
        servers.ENVIRONMENT.update(before)


def test_farsi_runs_from_right_to_left_and_says_that_it_is_a_draft(farsi, chromium, accessible):
    context = chromium.new_context(base_url=farsi.url, viewport={"width": 320, "height": 700}, locale="fa")
    try:
        page = context.new_page()
        for path in ["/rights/save", "/rights/save/fa.html", "/print"]:
            page.goto(path)
            expect(page.locator("html")).to_have_attribute("dir", "rtl")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            accessible(page)
        expect(page.locator("[data-language=fa]")).to_have_attribute("data-draft", "yes")
        page.goto("/rights/save")
        save(page, "fa")
        context.set_offline(True)
        page.goto("/rights/home")
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        expect(page.locator("body")).to_contain_text("می‌توانید ساکت بمانید")
        context.set_offline(False)
        pdf = farsi.ask("GET", "/print/card.pdf?language=fa")
        assert pdf.body.startswith(b"%PDF-")
        assert pdf.headers["Content-Language"] == "fa"
    finally:
        context.close()
