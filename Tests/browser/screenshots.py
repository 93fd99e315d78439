"""Takes the pictures in docs/screenshots from a running demonstration: bin/screenshots ADDRESS PASSPHRASE."""
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
PAGES = [  # name, path, width, height, scheme, language, sign-in name
    ("home-phone", "/", 390, 844, "light", "en-US", None),
    ("home-wide", "/", 1280, 800, "light", "en-US", None),
    ("home-dark-es", "/", 390, 844, "dark", "es-MX", None),
    ("now", "/now", 1280, 800, "light", "en-US", None),
    ("report-phone-es", "/report", 360, 780, "light", "es-MX", None),
    ("rights-phone", "/rights/home", 390, 844, "light", "es-MX", None),
    ("board", "/board", 1280, 720, "light", "en-US", "amina"),
    ("board-dark", "/board", 1280, 720, "dark", "en-US", "amina"),
    ("alerts", "/broadcasts", 1280, 800, "light", "en-US", "carmen"),
    ("console", "/console", 1280, 800, "light", "en-US", "amina"),
    ("people", "/people", 1280, 800, "light", "en-US", "ruth"),
    ("respond-phone", "/respond", 390, 844, "light", "en-US", "joao"),
]


def main(address: str, passphrase: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium-headless-shell", args=["--no-sandbox"])
        states = {}
        for name, path, width, height, scheme, language, login in PAGES:
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, locale=language,
                storage_state=states.get(login),
            )
            page = context.new_page()
            if login and login not in states:
                page.goto(f"{address}/sign-in")
                page.fill("#login", login)
                page.fill("#passphrase", passphrase)
                page.click("main button.first")
                page.wait_for_url(lambda url: "/sign-in" not in url)
                states[login] = context.storage_state()
            page.goto(address + path)
            if name.startswith("board"):
                page.locator(".card a").first.click(timeout=60_000)
                page.wait_for_selector("#pane h1")
            page.wait_for_timeout(600)
            page.screenshot(path=FOLDER / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
