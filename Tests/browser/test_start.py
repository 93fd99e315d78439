# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a start refuses, and in which words; what runs beside a server."""

import shutil
import sqlite3
import subprocess

from server import BINARY, ENVIRONMENT, serving


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
