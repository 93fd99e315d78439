# SPDX-License-Identifier: AGPL-3.0-or-later
"""Locked mode and panic, with the real program: reports are always taken, of the members' side nothing is to be had."""

import contextlib
import hashlib
import hmac
import re
import shutil
import subprocess
import time

import pytest
from member import Member, hidden
from playwright.sync_api import expect
from server import BINARY, ENVIRONMENT, Server, serving
from test_wire import listening

STAFF = ["/board", "/respond", "/shifts", "/people", "/settings", "/panic", "/sign-in", "/board/stream"]


def command(*arguments, **more) -> subprocess.CompletedProcess:
    return subprocess.run(
        [BINARY, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        **more,
    )


def unlock(server: Server, key: str):
    token = hidden(server.ask("GET", "/unlock").text, "_token")
    return server.form("/unlock", {"_token": token, "key": key})


def is_locked(server: Server) -> bool:
    return server.ask("GET", "/board").status == 503


def assert_shut(server: Server, headers=None):
    """Nothing of the members' side, and everything of the neighbors'."""
    for path in STAFF:
        answer = server.ask("GET", path, headers=headers or {})
        assert answer.status == 503, (path, answer.status)
        assert "Amina" not in answer.text
    assert server.ask("GET", "/api/v1/session", headers=headers or {}).status == 503
    code = server.report("While it is locked", "Pacoima")
    assert server.lookup(code).status == 200
    for path in ["/", "/now", "/report", "/report/answer", "/help", "/about", "/unlock"]:
        assert server.ask("GET", path).status == 200, path


@pytest.fixture
def copied(founded, tmp_path):
    shutil.copytree(founded[0], tmp_path / "data")
    return tmp_path / "data", founded[1]


def test_panic_from_the_terminal(copied):
    data, _ = copied
    with serving(*copied) as server:
        amina = Member(server, "amina")
        board = listening(server, amina)
        done = command("panic", "--data", data)
        assert done.returncode == 0, done.stderr
        assert int(re.search(r"Locked after (\d+) ms", done.stdout)[1]) <= 1_000
        # The stream ends: what is left of it, and then nothing.
        board.sock.settimeout(2)
        assert b"leave" in board.response.read()
        assert_shut(server, {"Cookie": amina.cookie})

        # A restart opens nothing, a kill neither.
        server.kill()
        server.start()
        assert_shut(server, {"Cookie": amina.cookie})

        assert unlock(server, "not the passphrase").status == 422
        assert is_locked(server)
        assert unlock(server, server.passphrase).status == 303
        assert amina.get("/board").status == 303, "a session outlived the lock"
        again = Member(server, "amina")
        assert sum(item["reports"] for item in again.incidents("pacoima")) == 2
        record = again.get("/api/v1/session")
        assert record.status == 200


def test_panic_while_nothing_runs_and_the_keepers_way_back(copied):
    data, _ = copied
    assert "No server was running" in command("panic", "--data", data).stdout
    with serving(*copied) as server:
        assert is_locked(server)
        assert command("unlock", "--data", data).returncode == 0
        until = time.monotonic() + 5
        while is_locked(server) and time.monotonic() < until:
            time.sleep(0.05)
        assert not is_locked(server)
        Member(server, "amina")


def derived(root: bytes, purpose: str) -> bytes:
    """HKDF-SHA256 without salt, as docs/vault.md says."""
    seed = hmac.new(bytes(32), root, hashlib.sha256).digest()
    return hmac.new(seed, b"vecinos|v1|" + purpose.encode() + b"\x01", hashlib.sha256).digest()


def found_in_memory(process: int, needles: dict[str, bytes]) -> dict[str, int]:
    counts = dict.fromkeys(needles, 0)
    with open(f"/proc/{process}/maps") as maps, open(f"/proc/{process}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            with contextlib.suppress(OSError, ValueError, OverflowError):
                memory.seek(start)
                held = memory.read(end - start)
                for name, needle in needles.items():
                    counts[name] += held.count(needle)
    return counts


def test_after_a_panic_the_keys_are_not_in_memory(copied):
    data, _ = copied
    root = (data / "keys/root.key").read_bytes()
    needles = {"database": derived(root, "database"), "index": derived(root, "index"), "root": root}
    with serving(*copied) as server:
        Member(server, "amina")
        try:
            before = found_in_memory(server.process.pid, needles)
        except PermissionError:
            pytest.skip("this machine doesn't let us look into our own child's memory")
        assert before["database"] > 0, "the search finds what is there"
        assert command("panic", "--data", data).returncode == 0
        for number in range(50):
            server.report(f"After the panic {number}", "Pacoima")
        assert found_in_memory(server.process.pid, needles) == {"database": 0, "index": 0, "root": 0}


def test_a_lost_instance_key(copied):
    """Reports are taken and stay readable by their team; the keeper makes a new key and is told what is gone."""
    data, _ = copied
    for name in ["root.key", "root.locked"]:
        (data / "keys" / name).unlink()
    with serving(*copied) as server:
        assert_shut(server)
        assert not (data / "keys/root.key").exists(), "a second key was made in silence"
        refused = command("rekey", "--data", data, "--yes", "--unattended")
        assert refused.returncode != 0 and "Stop the server" in refused.stderr
    done = command("rekey", "--data", data, "--yes", "--unattended")
    assert done.returncode == 0, done.stderr
    assert "second factors" in done.stdout and "Kept: all reports" in done.stdout
    recovery = re.search(r"^ {4}([0-9A-Z-]{31})$", done.stdout, re.M)[1]
    with serving(*copied) as server:
        amina = Member(server, "amina")
        incident = amina.incidents("pacoima")[0]["id"]
        assert "While it is locked" in amina.get(f"/board/incidents/{incident}").text
        assert amina.post("/panic").status == 303
        assert unlock(server, recovery.lower().replace("-", " ")).status == 303
        Member(server, "amina")


def test_attended_from_the_first_start(tmp_path):
    data = tmp_path / "data"
    done = command(
        "setup", "--data", data, "--organization", "Vecinos", "--login", "rosa", "--handle", "Rosa", "--generate",
        "--attended",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not (data / "keys/root.key").exists()
    assert (data / "keys/root.locked").stat().st_mode & 0o777 == 0o400
    passphrase = re.search(r"Passphrase of the instance, shown only now: (.+)", done.stdout)[1]
    recovery = re.search(r"^ {4}([0-9A-Z-]{31})$", done.stdout, re.M)[1]
    made = {"passphrase": "", "people": [], "reporter_code": ""}
    for key in [passphrase, recovery]:
        with serving(data, made) as server:
            assert "Locked" in server.words()
            assert_shut(server)
            assert unlock(server, key).status == 303
            assert server.ask("GET", "/sign-in").status == 200
    assert not (data / "keys/root.key").exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_panic_from_the_board_by_keyboard_without_script(vecinos, visit, accessible, tmp_path, scheme):
    amina = Member(vecinos, "amina")
    page = visit("/sign-in", width=360, scheme=scheme, script=False)
    page.context.add_cookies(amina.storage_state["cookies"])
    page.goto("/respond")
    way = page.get_by_role("link", name="Lock everything")
    way.focus()
    way.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Lock everything now?")
    page.screenshot(path=tmp_path / "panic.png", full_page=True)
    do = page.get_by_role("button", name="Lock everything now")
    do.focus()
    do.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Vecinos is locked")
    assert page.url.endswith("/unlock")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.screenshot(path=tmp_path / "locked.png", full_page=True)
    key = page.get_by_label("Passphrase or recovery key")
    key.fill("not this")
    key.press("Enter")
    expect(page.locator(".error")).to_be_visible()
    key = page.get_by_label("Passphrase or recovery key")
    assert key.input_value() == ""
    key.fill(vecinos.passphrase)
    key.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_the_locked_pages_are_accessible(vecinos, visit, accessible):
    amina = Member(vecinos, "amina")
    assert amina.post("/panic").status == 303
    try:
        for path, status in [("/unlock", 200), ("/sign-in", 503)]:
            accessible(visit(path, width=320, status=status))
            accessible(visit(path, scheme="dark", language="es", status=status))
    finally:
        assert unlock(vecinos, vecinos.passphrase).status == 303


def test_headers_on_what_is_no_http(vecinos):
    """The framework's own answers carry the headers too, and a head that is too long is called that."""
    from test_wire import CRLF, HOST, answers_of

    for request, status in [
        (b"GET / HTTP/1.1\r\n" + HOST + b"X-Many: 1\r\n" * 1_000 + CRLF, 431),
        (b"GE\x00T / HTTP/1.1\r\n" + HOST + CRLF, 400),
    ]:
        got = answers_of(vecinos.port, request)
        assert got.startswith(b"HTTP/1.1 %d" % status), got[:100]
        for header in [b"content-security-policy", b"x-content-type-options", b"referrer-policy", b"cache-control"]:
            assert header in got.lower(), header
