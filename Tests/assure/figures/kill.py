# SPDX-License-Identifier: AGPL-3.0-or-later
"""`kill -9` under load, again and again; and whether every answer waits for the disk."""

import concurrent.futures
import pathlib
import random
import re
import shutil
import signal
import subprocess
import threading
import time

from common import Server, complain, demonstration, key, post_report, rows, serving

GOAL = "lost acknowledged 0, duplicates 0, up again ≤ 3 s, synced before the answer 100 %"
CLIENTS = 8


def measure(quick: bool, work: pathlib.Path) -> dict:
    kills, reports = (10, 40) if quick else (100, 60)
    result = killed(kills, reports, work)
    synced, answers = synced_first(60 if quick else 400, work)
    result |= {"synced_before_answer": f"{synced}/{answers}"}
    result["met"] &= synced == answers and answers >= 50
    return result


def killed(kills: int, reports: int, work: pathlib.Path) -> dict:
    dice = random.Random(20261122)
    data, made = demonstration(work)
    before = rows(data)
    server = Server(data, made).start()
    acknowledged: dict[str, str] = {}
    numbers: dict[str, int] = {}
    lost, changed, interrupted, back = set(), 0, 0, []
    try:
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            for turn in range(kills):
                keys = [key() for _ in range(reports)]
                numbers |= {name: turn * reports + place for place, name in enumerate(keys)}
                answered = threading.Semaphore(0)

                def send(name: str, answered=answered):
                    answer = post_report(server, numbers[name], name)
                    answered.release()
                    assert answer is None or answer.status == 201, answer.text
                    return name, answer.json()["code"] if answer else None

                sent = [pool.submit(send, name) for name in keys]
                for _ in range(dice.randrange(1, reports)):
                    answered.acquire()
                server.kill()
                given = dict(job.result() for job in sent)
                interrupted += sum(code is None for code in given.values())
                acknowledged |= {name: code for name, code in given.items() if code}
                began = time.monotonic()
                server.start()
                back.append(time.monotonic() - began)
                lost |= {name for name in given if given[name] and server.lookup(given[name]).status != 200}
                # They try again, as a phone would: the same key must give the same report.
                for name, code in pool.map(send, keys):
                    changed += code is None or (given[name] is not None and code != given[name])
                    acknowledged[name] = code or ""
            found = pool.map(lambda code: server.lookup(code).status == 200, acknowledged.values())
            lost |= {name for name, there in zip(acknowledged, found, strict=True) if not there}
        extra = rows(data) - before - len(acknowledged)
    finally:
        server.stop()
    return {
        "kills": kills, "reports": len(acknowledged), "interrupted": interrupted, "lost": len(lost),
        "codes_changed": changed, "duplicates": extra, "up_again_s": round(max(back), 2),
        "met": not lost and changed == 0 and extra == 0 and max(back) <= 3 and interrupted > 0,
    }  # fmt: skip



def synced_first(count: int, work: pathlib.Path) -> tuple[int, int]:
    """How many of the answers "stored" left only after the database's log was written and synced for them: by strace."""
    assert shutil.which("strace"), "strace is missing: bin/setup --test"
    data, made = demonstration(work, "traced")
    trace = work / "trace"
    with serving(data, made) as server:
        calls = "trace=fsync,fdatasync,pwrite64,pwritev,write,writev,sendto,sendmsg,read,recvfrom,recvmsg,readv"
        tracer = subprocess.Popen(
            ["strace", "-f", "-ttt", "-y", "-s", "64", "-e", calls, "-o", trace, "-p", str(server.process.pid)],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert "attached" in (line := tracer.stderr.readline()), f"strace could not look: {line}"
        # Nobody may wait for what it has to say.
        threading.Thread(target=tracer.stderr.read, daemon=True).start()
        time.sleep(0.3)
        try:
            # One at a time, where a sync can be for nobody else; then four at once, as the group commit has it.
            answers = [post_report(server, number, key()) for number in range(count // 2)]
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                answers += pool.map(lambda number: post_report(server, number, key()), range(count // 2, count))
            assert all(answer and answer.status == 201 for answer in answers)
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait(20)
    return judged(trace)


def judged(trace: pathlib.Path) -> tuple[int, int]:
    """For each "HTTP/1.1 201" on a socket: since the request was read on it, was the log written, and then synced?"""
    asked: dict[str, int] = {}
    written = synced = -1  # the line of the newest write to the log, and of the newest write that is surely on the disk
    syncing: dict[str, int] = {}  # thread: what was written when its sync began
    reading: dict[str, str] = {}  # thread: the file whose reading was interrupted in the trace
    good = total = 0
    for number, line in enumerate(trace.read_text(errors="replace").splitlines()):
        thread, _, call = line.partition(" ")
        call = call.lstrip().partition(" ")[2].strip()
        file = file[1] if (file := re.match(r"\w+\((\d+)<", call)) else None
        if re.match(r"(pwrite64|pwritev|writev?)\(\d+<[^>]*-wal>", call):
            written = number
        elif re.match(r"f(data)?sync\(\d+<[^>]*-wal>", call):
            if call.endswith("<unfinished ...>"):
                syncing[thread] = written
            elif call.endswith("= 0"):
                synced = written
        elif re.match(r"<\.\.\. f(data)?sync resumed", call) and thread in syncing:
            upto = syncing.pop(thread)
            synced = max(synced, upto) if call.endswith("= 0") else synced
        elif re.match(r"(read|recv)", call) and call.endswith("<unfinished ...>") and file:
            reading[thread] = file
        if "POST /api/v1/reports" in call:
            asked[file or reading.get(thread, "")] = number
        if "HTTP/1.1 201" in call and file:
            total += 1
            since = asked.pop(file, None)
            if since is not None and synced > since:
                good += 1
            else:
                complain(f"trace line {number}: asked at {since}, synced up to {synced}: {line[:200]}")
    return good, total
