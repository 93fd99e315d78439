# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a start refuses, and in which words; what runs beside a server."""

import contextlib
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import threading
import time

import pytest
from server import BINARY, ENVIRONMENT, ROOT, Server, serving


def run(*command, **more) -> subprocess.CompletedProcess:
    return subprocess.run(
        [BINARY, *map(str, command)], capture_output=True, text=True, timeout=180, env={**ENVIRONMENT, **more}
    )


def test_a_second_server_on_the_same_folder_is_refused_and_commands_are_not(founded, tmp_path):
    data, made = tmp_path / "data", founded[1]
    shutil.copytree(founded[0], data)
    with serving(data, made) as server:
        second = run("serve", "--data", data, "--port", server.port + 1)
        assert second.returncode != 0
        assert "is in use by another vecinos" in second.stderr
        for command in ["doctor", "demo", "inventory"]:
            beside = run(command, "--data", data)
            assert beside.returncode == 0, f"{command}: {beside.stderr}"
        assert "Stop the server first" in run("rekey", "--data", data).stderr
        assert server.ask("GET", "/healthz").status == 200
    with serving(data, made):
        pass


def test_it_says_which_version_it_is_as_the_changelog_does():
    said = run("--version")
    assert (said.returncode, said.stderr) == (0, "")
    version = re.fullmatch(r"vecinos (\d+\.\d+\.\d+)(-dev)?\n", said.stdout)
    assert version, said.stdout
    newest = re.search(r"^## \[(\d+\.\d+\.\d+)\]", (ROOT / "CHANGELOG.md").read_text(), re.M)[1]
    number = lambda text: [int(part) for part in text.split(".")]  # noqa: E731
    if version[2]:
        assert number(version[1]) > number(newest), "on the way to the next"
    else:
        assert version[1] == newest


def reports(data) -> int:
    with sqlite3.connect(f"file:{data}/vecinos.db?mode=ro", uri=True) as database:
        return database.execute("SELECT count(*) FROM reports WHERE exercise = 0").fetchone()[0]


NOBODY = {"passphrase": "", "people": [], "reporter_code": ""}


def test_a_demonstration_takes_no_folder_that_took_reports_before_anybody_was_set_up(tmp_path):
    data = tmp_path / "data"
    with serving(data, NOBODY) as server:
        for number in range(3):
            server.report(f"Two vans, number {number}", "Pacoima")
        # Beside the server it doesn't even look.
        refused = run("demo", "--data", data)
        assert refused.returncode != 0
        assert "is in use by another vecinos" in refused.stderr
    for command in [["demo"], ["drill"], ["serve", "--demo", "--port", "9"]]:
        refused = run(*command, "--data", data)
        assert refused.returncode != 0
        assert "reports of real people" in refused.stderr
        assert not (data / "demonstration.unfinished").exists()
        assert not (data / "demonstration.json").exists()
    assert reports(data) == 3


def test_what_was_cut_off_is_not_cleared_away_when_somebody_reported_there_since(tmp_path):
    data = tmp_path / "data"
    with serving(data, NOBODY) as server:
        code = server.report("A van and two cars", "Pacoima")
    # A start of an older version was cut off here: it left its mark beside what was real.
    (data / "demonstration.unfinished").touch()
    refused = run("demo", "--data", data)
    assert refused.returncode != 0
    assert "reports of real people" in refused.stderr
    assert reports(data) == 1
    with serving(data, NOBODY) as server:
        assert server.lookup(code).status == 200


def test_a_folder_that_cannot_be_had_is_not_in_use_by_anybody(tmp_path):
    file = tmp_path / "file"
    file.touch()
    for command in [["serve"], ["serve", "--demo"], ["demo"]]:
        refused = run(*command, "--data", file)
        assert refused.returncode != 0
        assert "Not a directory" in refused.stderr
        assert "in use" not in refused.stderr


def test_a_port_that_is_none_or_is_taken(tmp_path):
    for port in ["0", "-1", "65536", "99999"]:
        refused = run("serve", "--data", tmp_path / "data", f"--port={port}")
        assert refused.returncode != 0
        assert "--port: choose from 1 to 65535" in refused.stderr
        assert "ready" not in refused.stdout
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run("serve", "--data", tmp_path / "data", "--port", port)
    assert refused.returncode != 0
    assert f"127.0.0.1, port {port}: Address already in use" in refused.stderr
    assert "errno" not in refused.stderr


def test_a_setting_that_cannot_be_meant_stops_the_start_and_is_named(tmp_path):
    data = tmp_path / "data"
    for key, value in [("VECINOS_ADDRESS", "https://x/"), ("VECINOS_ADDRESS", "https://"), ("VECINOS_ADDRES", "https://x")]:
        refused = run("serve", "--data", data, "--port", "9", **{key: value})
        assert refused.returncode != 0 and f"{key}: " in refused.stderr
    refused = run("serve", "--data", data, "--postgres", "http://x")
    assert refused.returncode != 0 and "--postgres: must begin with postgres://" in refused.stderr
    refused = run("serve", "--data", "")
    assert refused.returncode != 0 and "--data: is empty" in refused.stderr and "NSCocoa" not in refused.stderr
    assert not data.exists()


def test_a_drill_that_is_not_there_fills_no_folder(tmp_path):
    data = tmp_path / "data"
    refused = run("drill", "drills/nowhere.yaml", "--data", data)
    assert refused.returncode != 0 and "nowhere.yaml" in refused.stderr
    assert not data.exists()


def test_a_drill_plays_a_file_that_lies_anywhere(tmp_path):
    mine = shutil.copy(ROOT / "content/drills/ordinary-evening.yaml", tmp_path / "mine.yaml")
    assert run("demo", "--data", tmp_path / "data").returncode == 0
    played = run("drill", mine, "--data", tmp_path / "data", "--speed", "600", "--json")
    assert played.returncode == 0, played.stderr
    assert json.loads(played.stdout)


def test_a_command_says_a_refusal_in_its_own_words(founded, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(founded[0], data)
    with contextlib.closing(sqlite3.connect(data / "vecinos.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        refused = run("doctor", "--data", data)
    assert refused.returncode != 0
    assert "We can't save right now." in refused.stderr
    assert "Refusal(" not in refused.stderr


def test_a_folder_that_holds_no_instance_does_not_become_one(tmp_path):
    typo = tmp_path / "typo"
    for command in [
        ["doctor"], ["mirror", "--to", tmp_path / "mirror", "--once"], ["log", "checkpoint"], ["log", "export"], ["inventory"],
        ["drill"], ["drill", "--report"], ["drill", "--stop"], ["facts", "import"], ["facts", "export"], ["panic"], ["unlock"], ["rekey"],
    ]:  # fmt: skip
        refused = run(*command, "--data", typo)
        assert refused.returncode != 0, command
        assert f"{typo} holds no instance." in refused.stderr, f"{command}: {refused.stderr}"
        assert "Usage" not in refused.stderr
        assert not typo.exists(), command


def test_a_database_without_its_shred_keys_is_told_and_not_served_unless_they_are_lost(tmp_path):
    data = tmp_path / "data"
    with serving(data, NOBODY) as server:
        server.report("A van and two cars", "Pacoima")
    (data / "shred.keys").unlink()
    looked = run("doctor", "--data", data)
    assert looked.returncode != 0
    assert "MISSING" in looked.stdout and "shred.keys lacks the keys of" in looked.stdout
    refused = run("serve", "--data", data, "--port", "9")
    assert refused.returncode != 0
    assert "shred.keys lacks the keys of" in refused.stderr and "--keys-lost" in refused.stderr
    assert not (data / "shred.keys").exists()


def test_a_database_of_a_newer_version_is_neither_served_nor_changed(founded, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(founded[0], data)
    with contextlib.closing(sqlite3.connect(data / "vecinos.db", isolation_level=None)) as other:
        other.execute("INSERT INTO migrations (id, applied_at) VALUES ('2999-01-01-newer', 0)")
    refused = run("serve", "--data", data, "--port", "9")
    assert refused.returncode != 0 and "made by a newer version" in refused.stderr
    looked = run("doctor", "--data", data)
    assert looked.returncode != 0 and "made by a newer version" in looked.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_a_folder_of_another_user_is_not_called_empty(founded, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(founded[0], data)
    os.chmod(data, 0o700)
    binary = shutil.copy(BINARY, tmp_path / "vecinos")
    for folder in [tmp_path, *tmp_path.parents]:
        if folder.stat().st_mode & 0o001 == 0:
            os.chmod(folder, folder.stat().st_mode | 0o011)
    for command in ["panic", "doctor"]:
        refused = subprocess.run(
            [binary, command, "--data", data], capture_output=True, text=True, timeout=60, env=ENVIRONMENT, user=65534
        )
        assert refused.returncode != 0
        assert "can't be read by this user" in refused.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_doctor_says_that_the_database_is_another_users(founded, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(founded[0], data)
    assert "Writing         ok" in run("doctor", "--data", data).stdout
    os.chown(data / "vecinos.db", 65534, 65534)
    looked = run("doctor", "--data", data)
    assert looked.returncode == 1
    assert "vecinos.db belongs to another user" in looked.stdout


def test_a_setup_that_nobody_answers_makes_nothing(tmp_path):
    data = tmp_path / "data"
    refused = subprocess.run(
        [BINARY, "setup", "--data", data], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=ENVIRONMENT
    )
    assert refused.returncode != 0 and "Nothing was typed, so nothing was changed." in refused.stderr
    assert not data.exists()


def test_what_cannot_be_meant_on_the_command_line_is_named(founded, tmp_path):
    data = tmp_path / "data"
    refused = run("serve", "--data", data, "--speed", "5")
    assert refused.returncode != 0 and "--speed: " in refused.stderr and not data.exists()
    refused = run("drill", "../../../etc/passwd", "--data", data)
    assert refused.returncode != 0 and "choose a scenario" in refused.stderr and "Mapping" not in refused.stderr
    refused = run("serve", "--data", data, "--host", "nonsense.invalid")
    assert refused.returncode != 0 and "nonsense.invalid, port 8080: " in refused.stderr
    assert "SocketAddressError" not in refused.stderr
    new = ["setup", "--data", tmp_path / "new", "--organization", "Neighbors", "--handle", "Ana", "--generate"]
    refused = run(*new, "--login", "l")
    assert refused.returncode != 0 and "login: " in refused.stderr and "marked" not in refused.stderr
    again = ["setup", "--data", shutil.copytree(founded[0], tmp_path / "founded"), *new[3:], "--login", "ana.two"]
    refused = run(*again)
    assert refused.returncode != 0 and "Usage" not in refused.stderr, refused.stderr


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("only root mounts a small disk")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def fill(disk):
    """To the last byte."""
    with contextlib.suppress(OSError), open(disk / "filling", "ab", buffering=0) as filling:
        while filling.write(bytes(4096)):
            pass


def said(server, words: str) -> bool:
    until = time.monotonic() + 20
    while words not in server.log.read_text() and time.monotonic() < until:
        time.sleep(0.1)
    return words in server.log.read_text()


def test_a_start_waits_for_a_postgresql_that_is_not_up_yet(tmp_path):
    with contextlib.closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [BINARY, "serve", "--data", tmp_path / "data", "--postgres", f"postgres://vecinos@127.0.0.1:{port}/vecinos"],
            stderr=out, env=ENVIRONMENT,
        )  # fmt: skip
        try:
            with pytest.raises(subprocess.TimeoutExpired):
                server.wait(6)
        finally:
            server.kill()
            server.wait()
    assert log.read_text().count("not started: PostgreSQL does not answer") == 1


def test_a_full_disk_is_said_once_and_a_start_waits_for_room(founded, tmp_path, small_disk):
    data = small_disk / "data"
    shutil.copytree(founded[0], data)
    server = Server(data, founded[1])
    server.log = tmp_path / "server.log"
    server.start()
    try:
        fill(small_disk)
        assert said(server, f"disk: no space left in {data}")
        # What is stored can be read: no proxy should take it for dead.
        for path in ["/healthz", "/now", "/report"]:
            assert server.ask("GET", path).status == 200, path
        looked = run("doctor", "--data", data)
        assert looked.returncode == 1 and f"Disk            no space left in {data}" in looked.stdout, looked
        (small_disk / "filling").unlink()
        assert said(server, "things are saved again")
        assert server.log.read_text().count("no space left") == 1

        server.stop()
        fill(small_disk)
        looked = run("doctor", "--data", data)
        assert looked.returncode == 1 and "no space left in" in looked.stdout and "SQLite error" not in looked.stderr
        threading.Timer(5, (small_disk / "filling").unlink, kwargs={"missing_ok": True}).start()
        server.start()
        # Whether the start itself needed room or not: it serves in the end, and says what is wrong.
        assert said(server, f"no space left in {data}")
        assert server.ask("GET", "/now").status == 200
    finally:
        server.kill()
