# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real instance, which asks for codes: made by `vecinos setup`, its codes made by PyPI's pyotp."""

import re
import subprocess
import time

import pyotp
import pytest
from member import hidden
from playwright.sync_api import expect
from server import BINARY, ENVIRONMENT, serving

NEW = "copper lagoon thistle vendor mural"


@pytest.fixture(scope="module")
def instance(tmp_path_factory):
    """A server with one coordinator, who never signed in."""
    data = tmp_path_factory.mktemp("real") / "data"
    done = subprocess.run(
        [BINARY, "setup", "--data", data, "--organization", "Neighbors", "--login", "ruth", "--handle", "Ruth",
         "--generate"],
        capture_output=True, text=True, timeout=60, env=ENVIRONMENT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    passphrase = re.search(r"Passphrase, shown only now: (.+)", done.stdout)[1].strip()
    with serving(data, {"passphrase": passphrase, "people": [], "reporter_code": ""}) as server:
        yield server


@pytest.fixture(scope="module")
def ruth(instance):
    """Ruth after her first sign-in: her cookie, her app's secret, her recovery code."""
    first = sign_in(instance, "ruth", instance.passphrase)
    assert first.status == 303
    kept = cookie(first)
    return {"cookie": kept, **set_up(instance, kept)}


def cookie(answer) -> str:
    return answer.headers["Set-Cookie"].split(";")[0]


def sign_in(server, login, passphrase, code=""):
    token = hidden(server.ask("GET", "/sign-in").text, "_token")
    return server.form("/sign-in", {"_token": token, "login": login, "passphrase": passphrase, "code": code})


class App:
    """What a phone shows, and which half minute was used last: a code works once."""

    def __init__(self, secret: str):
        self.totp, self.used = pyotp.TOTP(secret), 0

    def code(self) -> str:
        step = max(self.used + 1, int(time.time()) // 30)
        while step > int(time.time()) // 30 + 1:
            time.sleep(0.5)
        self.used = step
        return self.totp.at(step * 30)


def set_up(server, kept: str) -> dict:
    page = server.ask("GET", "/settings/second-factor", headers={"Cookie": kept}).text
    uri = pyotp.parse_uri(re.search(r'href="(otpauth://[^"]+)"', page)[1].replace("&amp;", "&"))
    app = App(uri.secret)
    fields = {"_token": hidden(page, "_token"), "ticket": hidden(page, "ticket"), "new_code": app.code()}
    done = server.form("/settings/second-factor", fields, {"Cookie": kept})
    assert done.status == 200, done.text
    groups = re.findall(r"<span>([0-9A-HJKMNP-TV-Z]{1,4})</span>", done.text)
    assert [len(group) for group in groups] == [4] * 6 + [1]
    return {"app": app, "recovery": "-".join(groups)}


def test_without_codes_nothing_else_opens(instance):
    # The first test: Ruth has no app yet.
    fresh = cookie(sign_in(instance, "ruth", instance.passphrase))
    for path in ["/board", "/people", "/settings", "/respond"]:
        answer = instance.ask("GET", path, headers={"Cookie": fresh})
        assert (answer.status, answer.headers["Location"]) == (303, "/settings/second-factor")
    assert instance.ask("GET", "/api/v1/session", headers={"Cookie": fresh}).status == 403


def test_a_code_lets_in_once(instance, ruth):
    code = ruth["app"].code()
    assert sign_in(instance, "ruth", instance.passphrase).status == 422
    assert sign_in(instance, "ruth", instance.passphrase, code).status == 303
    assert sign_in(instance, "ruth", instance.passphrase, code).status == 422


def test_every_wrong_try_gets_the_same_page(instance, ruth):
    def plain(answer):
        assert answer.status == 422
        text = re.sub(r'value="[\w-]{40,}"|value="(ruth|nobody)"|data-now="[^"]*"', "", answer.text)
        return re.sub(r'name="_once" value="[^"]*"', "", text)

    tries = [
        sign_in(instance, "nobody", instance.passphrase, "123456"),
        sign_in(instance, "ruth", "not the passphrase at all", "123456"),
        sign_in(instance, "ruth", instance.passphrase, "abcdef"),
    ]
    assert len({plain(answer) for answer in tries}) == 1


def test_an_invited_person_goes_all_the_way_on_a_phone_without_script(instance, ruth, chromium):
    kept = {"Cookie": ruth["cookie"]}
    page = instance.ask("GET", "/people", headers=kept).text
    organisation = page.split('<select id="organisation"')[1].split('value="')[1].split('"')[0]
    fields = {
        "_token": hidden(page, "_token"), "submission": hidden(page, "submission"), "handle": "Paloma",
        "organisation": organisation, "language": "en", "roles": "verifier", "reason": "Came to the training.",
        "passphrase": instance.passphrase, "code": ruth["app"].code(),
    }  # fmt: skip
    invited = instance.form("/people/invitations", fields, kept)
    path = re.search(r"/invitations/[\w-]{43}", invited.text)[0]
    context = chromium.new_context(
        base_url=instance.url, viewport={"width": 360, "height": 740}, java_script_enabled=False, color_scheme="dark"
    )
    phone = context.new_page()
    phone.goto(path)
    phone.locator("[name=login]").fill("paloma")
    phone.locator("[name=passphrase]").fill("passwordpassword1")
    phone.locator("main button.first").click()
    expect(phone.locator("#passphrase-error")).to_be_visible()
    assert phone.locator("[name=login]").input_value() == "paloma"
    phone.locator("[name=passphrase]").fill(NEW)
    phone.locator("main button.first").click()
    expect(phone).to_have_url(re.compile("/settings/second-factor$"))
    expect(phone.locator("svg.qr")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone.locator("summary", has_text="No camera").click()
    secret = "".join(phone.locator("#secret").inner_text().split())
    phone.locator("[name=new_code]").fill(pyotp.TOTP(secret).now())
    phone.locator("main button.first").click()
    assert len("".join(phone.locator("#recovery").inner_text().split())) == 25
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone.get_by_role("link", name="Go on").click()
    expect(phone).to_have_url(re.compile("/respond$"))
    assert phone.goto(path).status == 404
    context.close()


def test_the_recovery_code_works_once_and_ends_every_session(instance, ruth):
    def recover():
        token = hidden(instance.ask("GET", "/sign-in/recovery").text, "_token")
        return instance.form(
            "/sign-in/recovery",
            {"_token": token, "login": "ruth", "recovery": ruth["recovery"].lower(), "new_passphrase": NEW},
        )

    back = recover()
    assert (back.status, back.headers["Location"]) == (303, "/settings/second-factor")
    assert instance.ask("GET", "/people", headers={"Cookie": ruth["cookie"]}).headers["Location"].startswith("/sign-in")
    assert recover().status == 422
    again = set_up(instance, cookie(back))
    assert sign_in(instance, "ruth", NEW, again["app"].code()).status == 303
