# SPDX-License-Identifier: AGPL-3.0-or-later
"""schemathesis over the published description, and thousands of raw requests with bytes turned: no error of ours."""

import concurrent.futures
import contextlib
import os
import pathlib
import random
import re
import socket
import subprocess
import sys

from common import ROOT, complain, demonstration, serving
from member import Member

GOAL = "schemathesis and 2,000 mutated raw requests: 0 server errors, same process"
HOST = b"Host: vecinos.test\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


def with_body(head: bytes, body: bytes) -> bytes:
    return head + HOST + b"Content-Length: %d\r\n\r\n" % len(body) + body


def good(cookie: str, csrf: str) -> list[bytes]:
    """Requests of neighbors and of a member; what is done to them is done to good ones."""
    signed = b"Cookie: " + cookie.encode() + b"\r\nX-CSRF-Token: " + csrf.encode() + b"\r\n"
    part = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n\xff\xd8\xff\xe0 jpeg\r\n--x--\r\n'
    words = b'--x\r\nContent-Disposition: form-data; name="json"\r\n\r\n{"kind":"vehicles","words":"x"}\r\n'
    return [
        b"GET /now?lang=es HTTP/1.1\r\n" + HOST + b"Cookie: session=abc; language=es\r\nAccept-Language: es, en;q=0.5\r\n\r\n",
        b"GET /board/incidents/new HTTP/1.1\r\n" + HOST + signed + b"\r\n",
        b"GET /api/v1/incidents?limit=20&after=abc HTTP/1.1\r\n" + HOST + signed + b"\r\n",
        b"GET /static/app.css HTTP/1.1\r\n" + HOST + b"If-None-Match: \"abc\"\r\nRange: bytes=0-10\r\n\r\n",
        with_body(b"POST /report HTTP/1.1\r\n" + FORM, b"step=where&kind=home&place=Pacoima&latitude=34.05&longitude=-118.2"),
        with_body(b"POST /report/answer HTTP/1.1\r\n" + FORM, b"code=7F3K-Q2MX-9T4B-HH2C-80WZ-1VRA-C&_token=abc"),
        with_body(b"POST /sign-in HTTP/1.1\r\n" + FORM, b"login=amina&passphrase=abc&_token=abc&back=%2Fboard"),
        with_body(b"POST /shifts HTTP/1.1\r\n" + FORM + signed, b"_token=" + csrf.encode() + b"&role=operator&starts=2026-11-22T10:00"),
        with_body(b"POST /report HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n", part),
        with_body(b"POST /api/v1/reports HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n", words + part),
        with_body(
            b"POST /api/v1/reports HTTP/1.1\r\nContent-Type: application/json\r\n",
            b'{"kind":"vehicles","words":"x","where":{"latitude":34.05,"longitude":-118.25},"seen_at":"2026-11-22T16:05:00Z"}',
        ),
        with_body(
            b"POST /api/v1/reports/lookup HTTP/1.1\r\nContent-Type: application/json\r\n",
            b'{"code":"7F3K-Q2MX-9T4B-HH2C-80WZ-1VRA-C"}',
        ),
        with_body(
            b"POST /api/v1/incidents/019a0000-0000-7000-8000-00000000beef/verifications HTTP/1.1\r\n"
            b"Content-Type: application/json\r\n" + signed,
            b'{"truth":"unfounded","level":"L1","how":"call_back","version":3}',
        ),
    ]


PIECES = [b"\r\n", b"\x00", b"%00", b"%", b"\xc3\x28", b"\xe2\x80\xa8", b"--x\r\n", b"=", b"&", b"\xff" * 8, b"-1", b"1e999",
          b"9223372036854775808", b'"', b"\\u0000", b"\xed\xa0\x80", b"[[[[", b"{}", b"..", b";", b"Transfer-Encoding: chunked\r\n",
          b"Expect: 100-continue\r\n", b"Content-Length: 0\r\n", b"\xf0\x9f\x91\xa8\xe2\x80\x8d" * 4]  # fmt: skip


def mutated(originals: list[bytes], seed: int) -> bytes:
    dice = random.Random(seed)
    request = bytearray(dice.choice(originals))
    for _ in range(dice.randint(1, 7)):
        at = dice.randrange(len(request) + 1)
        match dice.randrange(6):
            case 0 if at < len(request):
                request[at] = dice.randrange(256)
            case 1:
                del request[at : at + dice.randint(1, 12)]
            case 2:
                request[at:at] = request[at : at + dice.randint(1, 40)]
            case 3:
                request[at:at] = dice.choice(PIECES)
            case 4:
                # Digits are where numbers are read.
                if digits := list(re.finditer(rb"\d+", request)):
                    where = dice.choice(digits)
                    request[where.start() : where.end()] = dice.choice([b"0", b"-1", b"99999999999999999999", b"1e400", b"NaN", b""])
            case _:
                other = dice.choice(originals)
                request[at:] = other[min(at, len(other)) :]
        request = request or bytearray(b"\r\n")
    return bytes(request)


def answers(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        with contextlib.suppress(OSError):
            wire.sendall(request + b"\r\n\r\n")
            wire.shutdown(socket.SHUT_WR)
        got = b""
        with contextlib.suppress(OSError):
            while len(got) < 1 << 20 and (piece := wire.recv(65_536)):
                got += piece
        return got


def measure(quick: bool, work: pathlib.Path) -> dict:
    data, made = demonstration(work)
    count, examples = (2_000, 8) if quick else (20_000, 150)
    with serving(data, made) as server:
        process = server.process.pid
        amina = Member(server, "amina")
        originals = good(amina.cookie, amina.csrf)
        errors: list[str] = []
        silent = 0

        def one(seed: int) -> int:
            request = mutated(originals, seed)
            try:
                got = answers(server.port, request)
            except OSError as problem:
                errors.append(f"seed {seed}: no connection: {problem}")
                return 0
            statuses = re.findall(rb"HTTP/1\.[01] (\d{3})", got)
            # 505 tells the client that its version is none of ours.
            if any(status.startswith(b"5") and status != b"505" for status in statuses):
                errors.append(f"seed {seed}: {statuses}: {request[:300]!r}")
            return len(statuses)

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            silent = sum(given == 0 for given in pool.map(one, range(count)))
        for error in errors[:10]:
            complain(error)
        alive = server.is_alive() and server.process.pid == process
        cases, broken = schemathesis(server.url, Member(server, "amina"), examples, work)
        return {
            "raw_requests": count, "unanswered": silent, "errors": len(errors), "schema_operations": cases, "schema_errors": broken,
            "same_process": alive and server.is_alive(),
            "met": not errors and alive and server.is_alive() and cases > 10 and broken == 0,
        }  # fmt: skip


def schemathesis(url: str, member: Member, examples: int, work: pathlib.Path) -> tuple[int, int]:
    """How many operations were tried, and how many of them gave an error of ours."""
    report = work / "schemathesis.xml"
    # One worker: Hypothesis looks up the source of its own lambdas in a cache that two threads spoil for each other.
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", ROOT / "docs/api/openapi.yaml",
         "--url", f"{url}/api/v1", "--checks", "not_a_server_error", "--max-examples", str(examples), "--seed", "20261122",
         "--phases", "examples,coverage,fuzzing", "--mode", "all", "--workers", "1", "--continue-on-failure", "--no-color",
         "-H", f"Cookie: {member.cookie}", "-H", f"X-CSRF-Token: {member.csrf}",
         "--report", "junit", "--report-junit-path", report],
        capture_output=True, text=True, cwd=work, stdin=subprocess.DEVNULL, timeout=3_000,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    text = report.read_text() if report.exists() else ""
    counts = re.search(r'<testsuites[^>]*?tests="(\d+)"[^>]*?', text)
    failures = re.search(r'failures="(\d+)"', text)
    broken = re.search(r'errors="(\d+)"', text)
    wrong = int(failures[1]) + int(broken[1]) if failures and broken else 1
    if wrong or not counts:
        complain(done.stdout[-3_000:], done.stderr[-1_500:])
    return int(counts[1]) if counts else 0, wrong
