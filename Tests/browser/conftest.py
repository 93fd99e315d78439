# SPDX-License-Identifier: AGPL-3.0-or-later
"""The browser suite's ground: one server with the demonstration's people, Debian's Chromium, and pages that complain.

`visit("/report", width=360, language="es", scheme="dark", script=False)` opens a page and fails the test at its end
when the page logged an error or asked anybody else for anything. `sign_in(page, "dispatcher")` does what it says.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("VECINOS_BINARY", ROOT / ".build/debug/vecinos")).resolve()
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@dataclasses.dataclass
class Vecinos:
    """A running server. `people` are the demonstration's: [{"login": …, "roles": […]}, …]."""

    url: str
    data: pathlib.Path
    passphrase: str
    people: list[dict]
    process: subprocess.Popen

    def login(self, role: str) -> str:
        return next(person["login"] for person in self.people if role in person["roles"])


def run_demo(data: pathlib.Path) -> dict:
    done = subprocess.run([BINARY, "demo", "--data", data, "--json"], capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout[done.stdout.index("{") :])


@contextlib.contextmanager
def serving(data: pathlib.Path, *flags: str):
    """A server on the data folder for as long as the block lasts; its log is shown when it doesn't start."""
    made = run_demo(data)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = data.with_suffix(".log")
    with log.open("wb") as out:
        process = subprocess.Popen(
            [BINARY, "serve", "--data", data, "--port", str(port), *flags],
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            # All tests come from one address.
            env={**os.environ, "VECINOS_RATE_LIMITS": "off"},
        )
    server = Vecinos(f"http://127.0.0.1:{port}", data, made["passphrase"], made["people"], process)
    try:
        for _ in range(600):
            assert process.poll() is None, log.read_text()
            with contextlib.suppress(urllib.error.URLError, OSError):
                if urllib.request.urlopen(f"{server.url}/healthz", timeout=2).status == 200:
                    break
            time.sleep(0.05)
        else:
            pytest.fail(f"the server did not get ready:\n{log.read_text()}")
        yield server
        assert process.poll() is None, f"the server died during the tests:\n{log.read_text()[-4000:]}"
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def vecinos(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("vecinos") / "data") as server:
        yield server


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        # Chromium's own sandbox refuses to run as root, as in CI. It opens nothing here but our own pages.
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def visit(vecinos, chromium):
    """Opens a page in a fresh browser context of its own."""
    contexts, complaints = [], []

    def open_page(path="/", *, width=390, height=844, language="en", scheme="light", script=True, status=200):
        context = chromium.new_context(
            base_url=vecinos.url,
            viewport={"width": width, "height": height},
            locale=language,
            color_scheme=scheme,
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{path}: {error}"))
        page.on(
            "console",
            lambda line: (
                complaints.append(f"{path}: {line.text}")
                if line.type == "error" and "Failed to load resource" not in line.text
                else None
            ),
        )
        page.on(
            "request",
            lambda request: (
                complaints.append(f"{path} asked {request.url}")
                if not request.url.startswith((vecinos.url, "data:", "blob:"))
                else None
            ),
        )
        answer = page.goto(path)
        assert answer.status == status, f"{path} answered {answer.status}"
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def sign_in(vecinos):
    def enter(page, role="dispatcher"):
        page.goto("/sign-in")
        page.locator("[name=login]").fill(vecinos.login(role))
        page.locator("[name=passphrase]").fill(vecinos.passphrase)
        page.locator("form:has([name=passphrase]) [type=submit]").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    return enter


@pytest.fixture
def accessible():
    """Asserts that axe finds nothing against WCAG 2.2 AA on the page as it stands."""
    axe = Axe()

    def check(page):
        found = axe.run(page, options={"runOnly": {"type": "tag", "values": WCAG}}).response["violations"]
        assert not found, "\n".join(
            f"{page.url}: {rule['id']}: {rule['help']}: {node['html'][:200]}"
            for rule in found
            for node in rule["nodes"]
        )

    return check
