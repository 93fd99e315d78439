# SPDX-License-Identifier: AGPL-3.0-or-later
"""The browser suite's ground: a server a module with the demonstration's people, Debian's Chromium, and pages that
complain.

`visit("/report", width=360, language="es", scheme="dark", script=False, login="amina")` opens a page and fails the
test at its end when the page logged an error or asked anybody else for anything. `member("amina")` is signed in over
HTTP, once a module. VECINOS_BINARY names another binary than `.build/debug/vecinos`.
"""

import contextlib
import json
import os
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from member import Member
from playwright.sync_api import BrowserContext, Error, Page, expect, sync_playwright
from server import ROOT, found, serving

# Without a window, and a third of the processor's time less than the browser that has one.
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium-headless-shell")
PATIENCE = 20_000
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SPANISH = json.loads((ROOT / "content/strings/es.json").read_text())

expect.set_options(timeout=PATIENCE)

# Files that take minutes. Three run side by side: what is long begins first, so that none ends alone.
LONG = ["every_page", "rights_pages", "recall", "messaging", "languages", "plan", "offline", "feeds", "sounds", "pages"]


def pytest_collection_modifyitems(items):
    places = {f"test_{name}": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.module.__name__, len(LONG)))


@pytest.fixture(scope="session")
def founded(tmp_path_factory):
    """A data folder to copy, and what `vecinos demo` printed about it."""
    data = tmp_path_factory.mktemp("founded") / "data"
    return data, found(data)


@pytest.fixture(scope="module")
def vecinos(founded, tmp_path_factory):
    """A server without the living scenario: nothing happens on it but what the tests do."""
    data = tmp_path_factory.mktemp("vecinos") / "data"
    shutil.copytree(founded[0], data)
    with serving(data, founded[1]) as server:
        yield server


@pytest.fixture(scope="module")
def member(vecinos):
    signed_in: dict[str, Member] = {}

    def get(login: str) -> Member:
        if login not in signed_in:
            signed_in[login] = Member(vecinos, login)
        return signed_in[login]

    return get


@pytest.fixture(scope="session")
def launch():
    """Starts a browser, by its program."""
    with sync_playwright() as playwright:
        # Chromium's own sandbox refuses to run as root, as in CI. It opens nothing here but our own pages.
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        yield lambda program: playwright.chromium.launch(executable_path=program, args=flags)


@pytest.fixture(scope="session")
def chromium(launch):
    with launch(CHROMIUM) as browser:
        yield browser


class Watch:
    """Listens to every page of a context: errors of scripts and of the policy, strangers, broken parts, dialogs."""

    PARTS = {"stylesheet", "script", "image", "font", "fetch"}

    def __init__(self, context: BrowserContext, url: str, allowed: tuple[str, ...] = ()):
        self.complaints: list[str] = []
        ours = (url, "data:", "blob:", *allowed)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("console", self._console)
        context.on(
            "request",
            lambda request: None if request.url.startswith(ours) else self.complaints.append(f"asked {request.url}"),
        )
        context.on("response", self._response)
        context.on("dialog", self._dialog)

    def _console(self, line):
        # A form that comes back with 422 is such a line too; broken parts are told by `_response`.
        if line.type == "error" and "Failed to load resource" not in line.text:
            self.complaints.append(f"{line.page.url if line.page else ''}: {line.text}")

    def _response(self, response):
        if response.status >= 400 and response.request.resource_type in self.PARTS - {"fetch"}:
            self.complaints.append(f"{response.status} for {response.url}")

    def _dialog(self, dialog):
        self.complaints.append(f"a dialog: {dialog.message}")
        dialog.dismiss()


@pytest.fixture
def visit(vecinos, member, chromium):
    """Opens a page in a fresh browser context of its own."""
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def open_page(
        path="/", *, login=None, width=390, height=844, language="en", scheme="light", script=True, status=200,
        allowed=(), **more,
    ) -> Page:  # fmt: skip
        context = chromium.new_context(
            base_url=vecinos.url,
            viewport={"width": width, "height": height},
            locale=language,
            color_scheme=scheme,
            java_script_enabled=script,
            reduced_motion="reduce",
            storage_state=member(login).storage_state if login else None,
            **more,
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        watches.append(Watch(context, vecinos.url, allowed))
        page = context.new_page()
        answer = page.goto(path)
        assert answer.status == status, f"{path} answered {answer.status}"
        return page

    yield open_page
    complaints = [line for watch in watches for line in watch.complaints]
    for context in contexts:
        # A page that asks by itself, while its context ends, now and then kept the end from coming.
        for page in context.pages:
            with contextlib.suppress(Error):
                page.goto("about:blank", timeout=5_000)
        context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def kept_tabs(vecinos, member, chromium):
    kept: dict[tuple, tuple[Page, Watch]] = {}

    def get(login: str | None, scheme: str) -> tuple[Page, Watch]:
        if (login, scheme) not in kept:
            context = chromium.new_context(
                base_url=vecinos.url,
                viewport={"width": 1280, "height": 900},
                color_scheme=scheme,
                locale="en",
                reduced_motion="reduce",
                storage_state=member(login).storage_state if login else None,
            )
            context.set_default_timeout(PATIENCE)
            kept[login, scheme] = (context.new_page(), Watch(context, vecinos.url))
        return kept[login, scheme]

    yield get
    for page, _ in kept.values():
        page.context.close()


@pytest.fixture
def tabs(kept_tabs):
    """`tabs("amina", "dark")`: one tab a member and color scheme, kept for the module. Fails the test that made its
    page complain."""
    watches: list[Watch] = []

    def get(login: str | None = None, scheme: str = "light") -> Page:
        page, watch = kept_tabs(login, scheme)
        watch.complaints.clear()
        watches.append(watch)
        return page

    yield get
    assert [line for watch in watches for line in watch.complaints] == []


@pytest.fixture(scope="session")
def accessible():
    """Asserts that axe finds nothing against WCAG 2.2 AA on the page as it stands; with `colors`, only whether its letters
    can be told from their ground: all that another theme can change."""
    axe = Axe()

    def check(page: Page, colors: bool = False):
        asked = {"type": "rule", "values": ["color-contrast"]} if colors else {"type": "tag", "values": WCAG}
        options = {"runOnly": asked, "resultTypes": ["violations"]}
        violations = axe.run(page, options=options).response["violations"]
        assert not violations, "\n".join(
            f"{page.url}: {rule['id']}: {rule['help']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
            for rule in violations
            for node in rule["nodes"]
        )

    return check


@pytest.fixture(scope="session")
def spanish():
    """The Spanish words of a key."""
    return SPANISH.__getitem__
