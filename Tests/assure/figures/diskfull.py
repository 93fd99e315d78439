# SPDX-License-Identifier: AGPL-3.0-or-later
"""A small disk fills up while reports come in, and is emptied again."""

import contextlib
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import time

from common import Server, demonstration, key, post_report, query, rows, serving, wait_until

GOAL = "64 MB disk filled: no crash, no partial record, nothing acknowledged lost, recovers ≤ 5 s"
SIZE = 64 << 20


@contextlib.contextmanager
def small_disk(work: pathlib.Path):
    """A file system of 64 MB, if this machine lets us; its name, and the folder."""
    folder, image = work / "disk", work / "image"
    folder.mkdir()
    with image.open("wb") as file:
        file.truncate(SIZE)
    ways = [
        ("ext4 on a loop device", [["mkfs.ext4", "-q", "-m", "0", image], ["mount", "-o", "loop", image, folder]]),
        ("tmpfs", [["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder]]),
    ]
    for name, steps in ways:
        with contextlib.suppress(FileNotFoundError):
            if all(subprocess.run(step, capture_output=True).returncode == 0 for step in steps):
                try:
                    yield name, folder
                finally:
                    subprocess.run(["umount", folder], capture_output=True)
                return
    yield "RLIMIT_FSIZE", folder


def measure(quick: bool, work: pathlib.Path) -> dict:
    with small_disk(work) as (kind, disk):
        data, made = demonstration(work, "start")
        data = pathlib.Path(shutil.copytree(data, disk / "data"))
        limited = kind == "RLIMIT_FSIZE"

        def few():
            # The server decides what a write that doesn't fit means; the signal would end any program.
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            size = (data / "vecinos.db").stat().st_size + (4 << 20)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

        before = rows(data)
        ballast = disk / "ballast"
        server = Server(data, made, before=few if limited else None)
        server.log = work / "server.log"
        server.start()
        with contextlib.ExitStack() as stack:
            stack.callback(server.stop)
            process = server.process.pid
            codes: dict[str, str] = {}
            refused: list[tuple[str, int]] = []
            other: dict[int, int] = {}
            assert post_report(server, 0, "first").status == 201
            codes["first"] = server_code(server, 0, "first")
            if not limited:
                fill(ballast, disk, leave=1 << 20)
            number = 0
            # Until twenty in a row can't be saved.
            while len(refused) < 20 and number < 20_000:
                number += 1
                name = key()
                answer = post_report(server, number, name)
                status = answer.status if answer else 0
                if status == 201:
                    codes[name] = answer.json()["code"]
                    refused.clear()
                elif status == 503:
                    refused.append((name, number))
                else:
                    other[status] = other.get(status, 0) + 1
                    if other[status] > 20:
                        break
            pages = {path: server.ask("GET", path).status for path in ("/", "/now", "/report", "/rights")}
            full = len(refused) >= 20
            if limited:
                resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            else:
                ballast.unlink()
            again, where = refused[0] if refused else ("none", 0)
            recovered = wait_until(lambda: is_taken(server, where, again), 30)
            codes[again] = server_code(server, where, again)
            alive = server.is_alive() and server.process.pid == process
            lost = sum(server.lookup(code).status != 200 for code in codes.values())
            extra = rows(data) - before - len(codes)
            sound = query(data, "PRAGMA integrity_check")[0][0]
            partial = [path.name for path in (data / "files").glob("*.part")] if (data / "files").is_dir() else []
        # What was taken on a full disk is there after a restart too.
        with serving(data, made) as server:
            lost += sum(server.lookup(code).status != 200 for code in codes.values())
        return {
            "disk": kind, "acknowledged": len(codes), "refused": len(refused), "lost": lost, "extra_rows": extra,
            "alive": alive, "pages_while_full": f"{sum(status == 200 for status in pages.values())}/{len(pages)}",
            "integrity": sound, "recovered_s": None if recovered is None else round(recovered, 2),
            "met": full and alive and lost == 0 and extra == 0 and sound == "ok" and not partial and not other
                   and recovered is not None and recovered <= 5 and all(status == 200 for status in pages.values()),
            "notes": f"other answers: {other}" if other else "",
        }  # fmt: skip


def fill(ballast: pathlib.Path, disk: pathlib.Path, leave: int):
    space = os.statvfs(disk)
    with ballast.open("wb") as file:
        left = space.f_bavail * space.f_frsize - leave
        with contextlib.suppress(OSError):
            while left > 0:
                left -= file.write(os.urandom(min(left, 1 << 20)))
            file.flush()
            os.fsync(file.fileno())


def is_taken(server: Server, number: int, name: str) -> bool:
    answer = post_report(server, number, name)
    return answer is not None and answer.status == 201


def server_code(server: Server, number: int, name: str) -> str:
    """The same key and body give the same code again."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        answer = post_report(server, number, name)
        if answer and answer.status == 201:
            return answer.json()["code"]
        time.sleep(0.1)
    return "none"
