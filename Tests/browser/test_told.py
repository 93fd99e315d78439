# SPDX-License-Identifier: AGPL-3.0-or-later
"""Is it really from us? An alert as it comes to a telephone and to a mailbox, checked with the words as they came: on the
page whose address stands in them, on the page for checking, and by `vecinos verify` without any server."""

import pathlib
import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect
from server import BINARY
from test_broadcast import multipart

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "standins"))
from mail_server import Mailbox  # noqa: E402
from providers import Providers  # noqa: E402


@pytest.fixture(scope="module")
def sent(vecinos, member):
    """The alert as a telephone and two mailboxes got it."""
    ruth, carmen, amina = member("ruth"), member("carmen"), member("amina")
    with Providers() as providers, Mailbox() as mailbox:
        for form in (
            {"make": "twilio", "url": providers.url, "account": providers.account, "secret": providers.token,
             "from": providers.number, "rate": "200"},
            {"make": "smtp", "url": f"smtp://127.0.0.1:{mailbox.port}", "from": "us@vecinos.example", "rate": "100"},
        ):  # fmt: skip
            assert ruth.post("/settings/channels", {"on": "on", "private": "on", **form}).status == 303
        lines = ["channel,address,language,places,topics,consent_day,consent_how"]
        for channel, address, language in (
            ("sms", "+13235572001", "en"), ("email", "ana@example.org", "en"), ("email", "rosa@example.org", "es"),
        ):  # fmt: skip
            lines.append(f"{channel},{address},{language},sylmar,alerts,2026-11-01,on paper at the fair")
        body, kind = multipart({"_token": ruth.csrf}, "people.csv", "\n".join(lines) + "\n")
        headers = {"Cookie": ruth.cookie, "Content-Type": kind}
        assert vecinos.ask("POST", "/settings/channels/subscribers", body, headers).status == 200
        vecinos.report("White vans at the market in Sylmar", "Sylmar")
        id = next(one["id"] for one in amina.incidents("sylmar") if not one["exercise"])
        seen = {"truth": "confirmed", "level": "L4", "how": "on_scene"}
        assert amina.saw(id, seen).status == 201
        begun = carmen.api("POST", "/api/v1/broadcasts", {"incident": id})
        path, key = f"/api/v1/broadcasts/{begun.json()['id']}", {"passphrase": vecinos.passphrase}
        assert carmen.api("POST", f"{path}/request", key).status == 201
        assert ruth.api("POST", f"{path}/approval", key).status == 201
        mails = dict(mailbox.wait(2, seconds=60))
        yield providers.wait(1, seconds=60)[0]["text"], mails["ana@example.org"], mails["rosa@example.org"]


def verify(file: pathlib.Path, *more: str) -> tuple[int, str]:
    done = subprocess.run([BINARY, "verify", file, *more], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def key(vecinos) -> str:
    return re.search(r"<code>(vecinos\.[^<]+)</code>", vecinos.ask("GET", "/verify").text)[1].replace("&#43;", "+")


def test_the_words_of_a_mail_carry_their_signature(vecinos, sent, tmp_path):
    _, english, spanish = sent
    for mail in (english, spanish):
        text = mail.get_content()
        words, rest = text.split("vecinos words 1")
        assert "Sylmar" in words and f"{vecinos.url}/a/" in words and words.count("/a/") == 1
        assert f"{vecinos.url}/unsubscribe/" in rest
        file = tmp_path / "mail.txt"
        file.write_text(text)
        code, said = verify(file, "--key", key(vecinos))
        assert code == 0, said
        assert "signed by the key you gave" in said and "NOT signed" in said and "/unsubscribe/" in said.split("NOT signed")[1]
        # As a mail program breaks and a computer of another make ends lines.
        file.write_text(words.replace(" ", "\r\n   ", 3) + "vecinos words 1" + rest)
        assert verify(file)[0] == 0
        for wrong in (
            text.replace("Sylmar", "Pacoima", 1), "Go to the station now. " + text, text.replace("/a/", "/b/"),
            text.replace("sha256 ", "sha256 0"), text.replace("/alerts+", "/Alerts+"),
        ):  # fmt: skip
            file.write_text(wrong)
            code, said = verify(file)
            assert code == 1 and "WRONG" in said, said
        file.write_text(text)
        other = "vecinos.0000000000000000/alerts+00000000+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        assert verify(file, "--key", other)[0] == 1


def test_a_whole_mail_can_be_pasted_and_nothing_can_be_added_to_it(vecinos, sent):
    text = sent[1].get_content()
    assert "Yes, we sent this" in vecinos.form("/verify", {"alert": text}).text
    for wrong in (text + "\nPay here: https://evil.example", text.replace("Sylmar", "Pacoima"), "Pay first. " + text):
        answer = vecinos.form("/verify", {"alert": wrong}).text
        assert "Yes" not in re.sub(r"<[^>]+>", " ", answer.split("<main")[1]) and "does not fit" in answer


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_the_address_in_a_text_message_leads_to_its_words(vecinos, sent, visit, accessible, tmp_path, width, scheme):
    text = sent[0]
    address = re.search(r"https?://\S+/a/[0-9a-z]{5}$", text)[0]
    # axe needs a script; the page needs none.
    page = visit(address.removeprefix(vecinos.url), width=width, scheme=scheme, script=scheme == "light")
    expect(page.locator("h1")).to_have_text("Alert: Sylmar")
    expect(page.locator("main")).to_contain_text("Yes, we sent this on")
    expect(page.locator("main")).to_contain_text("Confirmed near Sylmar")
    page.locator("summary", has_text="Check it without us").click()
    accessible(page) if scheme == "light" else None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with page.expect_download() as taken:
        page.get_by_role("link", name="The words of the text message").click()
    file = tmp_path / "sms.txt"
    taken.value.save_as(file)
    code, said = verify(file, "--key", page.locator(".wrap code").inner_text())
    assert code == 0 and "NOT signed" not in said, said
    signed = file.read_text().split("vecinos words 1")[0]
    assert signed.split() == text.split(), "the very words that the telephone got"
    assert vecinos.ask("GET", "/a/00000").status == 404
    assert vecinos.ask("GET", f"{address.removeprefix(vecinos.url)}/xx.txt").status == 404


def test_the_page_reads_in_spanish_too(vecinos, sent, visit, spanish):
    path = re.search(r"/a/[0-9a-z]{5}", sent[2].get_content())[0]
    page = visit(path, language="es", width=360)
    expect(page.locator("main")).to_contain_text(spanish("told.compare"))
    expect(page.locator("section[lang=es]")).to_contain_text("agentes de migración cerca de Sylmar")
