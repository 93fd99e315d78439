# SPDX-License-Identifier: AGPL-3.0-or-later
"""A demonstration that was cut off while it filled its folder: the next start begins anew."""

import json
import re
import shutil
import sqlite3
import subprocess
import time

from server import BINARY, ENVIRONMENT, Server


def test_cut_off_while_it_was_filled_it_begins_anew(tmp_path):
    data = tmp_path / "data"
    command = [BINARY, "demo", "--data", data, "--json"]
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    until = time.monotonic() + 60
    while not (data / "demonstration.unfinished").exists():
        assert time.monotonic() < until and first.poll() is None
        time.sleep(0.02)
    # Somebody stands in it already, whose keys nobody will know.
    while True:
        with sqlite3.connect(f"file:{data}/vecinos.db?mode=ro", uri=True) as database:
            if database.execute("SELECT count(*) FROM people").fetchone()[0]:
                break
        assert time.monotonic() < until and first.poll() is None
        time.sleep(0.02)
    first.kill()
    first.wait()
    assert not (data / "demonstration.json").exists()
    again = subprocess.run(command, capture_output=True, text=True, timeout=180, env=ENVIRONMENT)
    assert again.returncode == 0, again.stderr
    made = json.loads(again.stdout[again.stdout.index("{") :])
    assert {"amina", "ruth", "joao"} <= {one["login"] for one in made["people"]}
    assert not (data / "demonstration.unfinished").exists()
    third = subprocess.run(command, capture_output=True, text=True, timeout=180, env=ENVIRONMENT)
    assert json.loads(third.stdout[third.stdout.index("{") :]) == made, "what is finished is kept"


def test_the_first_page_says_that_it_is_a_demonstration(founded, tmp_path):
    """What is answered in it is an exercise, and every list of it says so: the first page as much as /now."""
    data = tmp_path / "data"
    shutil.copytree(founded[0], data)
    server = Server(data, founded[1], "--demo", "--speed", "120").start()
    try:
        until = time.monotonic() + 120
        while not (rows := re.search(r'(?s)data-live="happening".*?</section>', server.ask("GET", "/?lang=en").text)[0]).count("<li>"):
            assert time.monotonic() < until, "nothing was answered"
            time.sleep(0.5)
        assert rows.count("(exercise)") == rows.count("<li>")
        assert "This is a demonstration. Nothing here is real." in rows
        now = server.ask("GET", "/now?lang=en").text
        assert "(exercise)" in now and "This is a demonstration. Nothing here is real." in now
    finally:
        server.stop()
