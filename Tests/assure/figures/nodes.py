# SPDX-License-Identifier: AGPL-3.0-or-later
"""Three nodes on one PostgreSQL, killed at random while neighbors report and write: nothing that was acknowledged is lost."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import random
import secrets
import shutil
import subprocess
import threading
import time

import psycopg
from common import BINARY, ENVIRONMENT, REPORTS, Server, complain, free_port, key, report_body

GOAL = "three nodes on PostgreSQL, random kills (10 min; quick 30 s), 2,000 reports and messages (quick 200): 0 lost, 0 twice"


@contextlib.contextmanager
def postgres(work: pathlib.Path):
    """A cluster of its own, durable as a real one; its address."""
    tools = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
    folder, password, port = work / "cluster", secrets.token_hex(16), free_port()
    folder.mkdir()
    (folder / "password").write_text(password + "\n")
    who = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if who:
        # Its user must be able to walk there.
        for parent in [*work.parents, work]:
            if parent.name.startswith("vecinos-assure-") or parent == work:
                parent.chmod(0o711)
        shutil.chown(folder, "postgres")
        shutil.chown(folder / "password", "postgres")

    def run(*arguments):
        subprocess.run([*who, *map(str, arguments)], check=True, cwd=folder, capture_output=True)

    run(tools / "initdb", "-D", folder / "data", "-U", "vecinos", "-E", "UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256",
        f"--pwfile={folder / 'password'}")  # fmt: skip
    run(tools / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "-t", "60",
        "-o", f"-p {port} -k {folder} -c listen_addresses=127.0.0.1", "start")  # fmt: skip
    try:
        yield f"postgres://vecinos:{password}@127.0.0.1:{port}/postgres"
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            run(tools / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")


class Node(Server):
    """One of three: its own process and port, the others' keys and files."""

    def __init__(self, data: pathlib.Path, made: dict):
        super().__init__(data, made)
        self.turn = threading.Lock()

    def revive(self):
        self.kill()
        self.start()


def measure(quick: bool, work: pathlib.Path) -> dict:
    seconds, wanted = (30, 200) if quick else (600, 2_000)
    with postgres(work) as url:
        ENVIRONMENT["VECINOS_POSTGRES"] = url
        data = work / "node-0"
        done = subprocess.run([BINARY, "demo", "--data", data, "--json"], capture_output=True, text=True, timeout=120, env=ENVIRONMENT)
        assert done.returncode == 0, done.stderr
        made = json.loads(done.stdout[done.stdout.index("{") :])
        for number in (1, 2):
            shutil.copytree(data, work / f"node-{number}")
            # docs/evidence.md: the folder of files is shared.
            shutil.rmtree(work / f"node-{number}/files")
            (work / f"node-{number}/files").symlink_to(data / "files")
        nodes = [Node(work / f"node-{number}", made) for number in range(3)]
        for node in nodes:
            node.start()
        try:
            return tried(nodes, url, seconds, wanted)
        finally:
            for node in nodes:
                node.stop()


def tried(nodes: list[Node], url: str, seconds: float, wanted: int) -> dict:
    dice = random.Random(3)
    over = threading.Event()
    kills = 0
    began = time.monotonic()

    def killer():
        nonlocal kills
        while not over.wait(dice.uniform(1, 4)):
            node = dice.choice(nodes)
            node.revive()
            kills += 1

    def asked(path: str, body: bytes, name: str) -> dict:
        """Like a phone: to some node, again under the same key until one answered."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": name}
        until = time.monotonic() + 90
        while time.monotonic() < until:
            with contextlib.suppress(OSError, http.client.HTTPException):
                answer = random.choice(nodes).ask("POST", path, body, headers, timeout=10)
                if answer.status in (200, 201):
                    return json.loads(answer.body)
                assert answer.status in (500, 502, 503), answer.text[:300]
            time.sleep(0.1)
        raise AssertionError(f"no node answered {path} within 90 s")

    pause = seconds / (wanted / 8)

    def neighbor(first: int) -> list[tuple[str, str]]:
        given = []
        for number in range(first, wanted, 8):
            due = time.monotonic() + pause
            code = asked(REPORTS, report_body(number), key())["code"]
            text = f"Message number {number}."
            asked("/api/v1/reports/messages", json.dumps({"code": code, "message": text}).encode(), key())
            given.append((code, text))
            time.sleep(max(0.0, due - time.monotonic()))
        return given

    with psycopg.connect(url) as database:
        before = database.execute("SELECT count(*) FROM reports").fetchone()[0]
        letters = database.execute("SELECT count(*) FROM mailbox_messages").fetchone()[0]
    killing = threading.Thread(target=killer, daemon=True)
    killing.start()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        given = [pair for part in pool.map(neighbor, range(8)) for pair in part]
    over.set()
    killing.join(30)
    for node in nodes:
        if not node.is_alive():
            node.start()
    lost = silent = 0
    for number, (code, text) in enumerate(given):
        node = nodes[number % 3]
        lost += node.lookup(code).status != 200
        thread = node.api("POST", "/api/v1/reports/messages/list", {"code": code})
        silent += thread.status != 200 or text not in [item.get("message") for item in thread.json()["items"]]
    with psycopg.connect(url) as database:
        extra = database.execute("SELECT count(*) FROM reports").fetchone()[0] - before - len(given)
        twice = database.execute("SELECT count(*) FROM mailbox_messages").fetchone()[0] - letters - len(given)
    complain(*[node.words()[-300:] for node in nodes if not node.is_alive()])
    return {
        "kills": kills, "reports": len(given), "messages": len(given), "lost_reports": lost, "lost_messages": silent,
        "reports_twice": extra, "messages_twice": twice, "took_s": round(time.monotonic() - began),
        "met": lost == silent == extra == twice == 0 and len(given) == wanted and kills >= 3,
    }  # fmt: skip
