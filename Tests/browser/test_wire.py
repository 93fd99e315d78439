# SPDX-License-Identifier: AGPL-3.0-or-later
"""Below HTTP: requests that no honest client sends, sockets that never finish, a process that is killed."""

import contextlib
import http.client
import os
import random
import re
import resource
import shutil
import socket
import threading
import time

import pytest
from member import Member
from server import Server, serving

CRLF = b"\r\n"
HOST = b"Host: vecinos.test\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
# Name, bytes, and whether an answer with 2xx would be wrong.
MALFORMED = {
    "no method": b" / HTTP/1.1\r\n" + HOST + CRLF,
    "bad method": b"GE\x00T / HTTP/1.1\r\n" + HOST + CRLF,
    "a method that nobody knows": b"BREW /report HTTP/1.1\r\n" + HOST + CRLF,
    "no version": b"GET /\r\n\r\n",
    "version of tomorrow": b"GET / HTTP/9.9\r\n" + HOST + CRLF,
    "http 2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "tls hello": bytes.fromhex("160301020001fc0303") + b"\x07" * 500,
    "nothing but zeros": b"\x00" * 4_096,
    "random": random.Random(7).randbytes(4_096),
    "nul in the path": b"GET /re\x00port HTTP/1.1\r\n" + HOST + CRLF,
    "encoded nul": b"GET /static/app.css%00.html HTTP/1.1\r\n" + HOST + CRLF,
    "up and away": b"GET /static/../../../../etc/passwd HTTP/1.1\r\n" + HOST + CRLF,
    "encoded up": b"GET /static/%2e%2e%2f%2e%2e%2fetc%2fpasswd HTTP/1.1\r\n" + HOST + CRLF,
    "overlong utf-8 up": b"GET /static/%c0%ae%c0%ae/etc/passwd HTTP/1.1\r\n" + HOST + CRLF,
    "invalid utf-8 path": b"GET /rights/%ff%fe HTTP/1.1\r\n" + HOST + CRLF,
    "half an escape": b"GET /rights/%4 HTTP/1.1\r\n" + HOST + CRLF,
    "an endless path": b"GET /" + b"a" * 30_000 + b" HTTP/1.1\r\n" + HOST + CRLF,
    "a huge header": b"GET / HTTP/1.1\r\n" + HOST + b"X-Long: " + b"a" * 40_000 + CRLF * 2,
    "a thousand headers": b"GET / HTTP/1.1\r\n" + HOST + b"X-Many: 1\r\n" * 1_000 + CRLF,
    "a header without a name": b"GET / HTTP/1.1\r\n" + HOST + b": x\r\n\r\n",
    "a header without an end": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\x00b\r\n\r\n",
    "space before the colon": b"POST /report HTTP/1.1\r\n" + HOST + b"Content-Length : 4\r\n\r\na=bc",
    "two lengths": b"POST /report HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: 4\r\nContent-Length: 9\r\n\r\na=bc",
    "a length and chunks":
        b"POST /report HTTP/1.1\r\n" + HOST + FORM
        + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
    "negative length": b"POST /report HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: -1\r\n\r\n",
    "a length past all numbers":
        b"POST /report HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "a length with a plus": b"POST /report HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: +4\r\n\r\na=bc",
    "bad chunks": b"POST /report HTTP/1.1\r\n" + HOST + FORM + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nxx\r\n0\r\n\r\n",
    "a chunk past all numbers":
        b"POST /report HTTP/1.1\r\n" + HOST + FORM + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\nx",
    "chunks of another kind":
        b"POST /report HTTP/1.1\r\n" + HOST + FORM + b"Transfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
    "invalid utf-8 form": b"POST /report HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: 8\r\n\r\nkind=\xff\xfe\x80",
    "encoded invalid utf-8": b"POST /report HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: 11\r\n\r\nkind=%ff%fe",
    "a nul in a form": b"POST /report HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: 10\r\n\r\nkind=a%00b",
    "a form without a boundary":
        b"POST /report HTTP/1.1\r\n" + HOST + b"Content-Type: multipart/form-data\r\nContent-Length: 4\r\n\r\n--x\n",
    "a form that never ends":
        b"POST /report HTTP/1.1\r\n" + HOST + b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 60\r\n\r\n"
        + b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'.ljust(60, b"y"),
    "a part without a head":
        b"POST /report HTTP/1.1\r\n" + HOST + b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 14\r\n\r\n"
        + b"--x\r\n\r\n--x--\r\n",
    "ten thousand fields":
        b"POST /report HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: 40000\r\n\r\n" + b"a=b&" * 10_000,
    "deep json":
        b"POST /api/v1/reports HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n"
        + b"[" * 60_000,
    "json numbers":
        b"POST /api/v1/reports HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 53\r\n\r\n"
        + b'{"where":{"latitude":1e999,"longitude":-1e-999999999}}'[:53],
}  # fmt: skip
HONEST = {"a method that nobody knows": 405, "up and away": 404}


def answers_of(port: int, request: bytes, wait=10.0) -> bytes:
    """Everything that comes back until the server closes or is silent."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as wire:
        with contextlib.suppress(OSError):
            wire.sendall(request)
            # Nothing more will come: a server that waits for the rest of it can give up.
            wire.shutdown(socket.SHUT_WR)
        got = b""
        with contextlib.suppress(OSError):
            while piece := wire.recv(65_536):
                got += piece
        return got


@pytest.fixture(scope="module", autouse=True)
def same_process(vecinos):
    yield
    assert vecinos.is_alive(), vecinos.words()


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_request_is_refused(vecinos, name):
    got = answers_of(vecinos.port, MALFORMED[name])
    if got:
        assert got.startswith(b"HTTP/1."), got[:80]
        status = int(got.split(b" ", 2)[1])
        assert 400 <= status < 500 or status == 505, got[:200]
        assert b"root:" not in got
        assert got.count(b"HTTP/1.") == 1, "a second answer: a request was smuggled in"
    assert vecinos.is_alive(), vecinos.words()
    assert vecinos.ask("GET", "/healthz").status == 200


def test_head_has_no_body_and_the_connection_goes_on(vecinos):
    connection = http.client.HTTPConnection("127.0.0.1", vecinos.port, timeout=30)
    with contextlib.closing(connection):
        connection.connect()
        wire = connection.sock
        for path in ["/", "/nope", "/report/messages", "/api/v1/reports", "/api/v1/nope", "/board", "/static/nope"]:
            connection.request("HEAD", path)
            assert connection.getresponse().read() == b"", path
            # A body would be taken for the answer to this.
            connection.request("GET", "/healthz")
            assert connection.getresponse().read() == b"ok\n", path
            assert connection.sock is wire, f"{path} ended the connection"


def test_a_thousand_broken_requests_end_nothing(vecinos):
    """Good requests with bytes turned, dropped and doubled; the same every time."""
    dice = random.Random(20260612)
    good = [
        b"GET /now HTTP/1.1\r\n" + HOST + b"Cookie: session=abc; language=es\r\nAccept-Language: es, en;q=0.5\r\n\r\n",
        b"POST /report HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: 34\r\n\r\nstep=where&kind=home&place=Pacoima",
        b"POST /api/v1/reports/lookup HTTP/1.1\r\n" + HOST
        + b"Content-Type: application/json\r\nContent-Length: 39\r\n\r\n"
        + b'{"code":"WYSG-Z9SQ-YKAA-W0XF-C2YV-WF88-7"}'[:39],
        b"POST /report HTTP/1.1\r\n" + HOST + b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 106\r\n\r\n"
        + b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n\xff\xd8\xff\xe0 jpeg bytes here\r\n--x--\r\n',
    ]  # fmt: skip
    worst = []

    def one(seed: int):
        dice = random.Random(seed)
        bytes_ = bytearray(dice.choice(good))
        for _ in range(dice.randint(1, 6)):
            at = dice.randrange(len(bytes_))
            match dice.randrange(4):
                case 0:
                    bytes_[at] = dice.randrange(256)
                case 1:
                    del bytes_[at : at + dice.randint(1, 8)]
                case 2:
                    bytes_[at:at] = bytes_[at : at + dice.randint(1, 30)]
                case _:
                    bytes_[at:at] = dice.choice([b"\r\n", b"\x00", b"%00", b"\xc3\x28", b"\xe2\x80\xa8", b"--x\r\n", b"="])
        with contextlib.suppress(OSError):
            got = answers_of(vecinos.port, bytes(bytes_) + CRLF * 2)
            if any(piece[:2] in (b" 5", b"0 5") for piece in got.split(b"HTTP/1.")[1:] if piece[1:3] == b" 5"):
                worst.append((seed, bytes(bytes_), got[:200]))

    seeds = [dice.randrange(1 << 30) for _ in range(1_000)]
    crew = [threading.Thread(target=lambda part=part: [one(seed) for seed in part]) for part in (seeds[n::8] for n in range(8))]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    assert worst == []
    assert vecinos.ask("GET", "/now").status == 200


def copied(founded, tmp_path):
    shutil.copytree(founded[0], tmp_path / "data")
    return tmp_path / "data", founded[1]


def test_what_was_acknowledged_survives_a_kill(founded, tmp_path):
    """100 reports at once, three times kill -9 in the middle: every code that was given is known, none counts twice."""
    with serving(*copied(founded, tmp_path)) as server:
        codes: dict[int, str] = {}
        waiting = list(range(100))
        lock = threading.Lock()
        up = threading.Event()
        up.set()

        def neighbor():
            while True:
                with lock:
                    if not waiting:
                        return
                    number = waiting.pop()
                while number not in codes:
                    up.wait(60)
                    try:
                        codes[number] = server.report(f"Report number {number}", "Pacoima", key=f"kill-{number}", timeout=5)
                    except (OSError, http.client.HTTPException):
                        # No answer: sent again under the same key, as a phone does.
                        time.sleep(0.02)

        crew = [threading.Thread(target=neighbor, daemon=True) for _ in range(8)]
        for thread in crew:
            thread.start()
        for given in [20, 45, 75]:
            until = time.monotonic() + 60
            while len(codes) < given and time.monotonic() < until:
                time.sleep(0.002)
            up.clear()
            server.kill()
            before = dict(codes)
            started = time.monotonic()
            server.start()
            assert time.monotonic() - started < 10
            up.set()
            assert [number for number, code in before.items() if server.lookup(code).status != 200] == []
        for thread in crew:
            thread.join(60)
        assert len(codes) == 100
        assert len(set(codes.values())) == 100
        assert [code for code in codes.values() if server.lookup(code).status != 200] == []
        amina = Member(server, "amina")
        assert sum(item["reports"] for item in amina.incidents("pacoima")) == 100


def test_1300_half_open_connections_and_a_neighbor_still_gets_in(founded, tmp_path):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4_096), hard))

    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, 1_024))

    with serving(*copied(founded, tmp_path), before=few) as server, contextlib.ExitStack() as open_:
        for number in range(1_300):
            wire = open_.enter_context(socket.socket())
            wire.settimeout(5)
            with contextlib.suppress(OSError):
                wire.connect(("127.0.0.1", server.port))
                wire.sendall([b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "][number % 3])
        slowest = 0.0
        for _ in range(10):
            started = time.monotonic()
            assert server.ask("GET", "/", timeout=10).status == 200
            slowest = max(slowest, time.monotonic() - started)
        assert slowest <= 5
        assert len(server.report("While they hold the line", "Pacoima", timeout=10)) >= 25
        assert server.is_alive(), server.words()


def test_a_long_pipeline_whose_answers_nobody_takes_yet(vecinos):
    ask = b"GET /help HTTP/1.1\r\n" + HOST + CRLF
    length = len(answers_of(vecinos.port, ask.replace(CRLF + CRLF, CRLF + b"Connection: close" + CRLF * 2)))
    # More than the kernel holds for a connection.
    count = 12_000_000 // length
    with socket.create_connection(("127.0.0.1", vecinos.port), timeout=60) as wire:
        asking = threading.Thread(target=wire.sendall, daemon=True, args=(
            ask * count + ask.replace(b"/help", b"/nowhere") + ask.replace(CRLF + CRLF, CRLF + b"Connection: close" + CRLF * 2),
        ))  # fmt: skip
        asking.start()
        asking.join(2)
        heard = bytearray()
        while piece := wire.recv(1 << 20):
            heard += piece
    said = [bytes(line) for line in re.findall(rb"HTTP/1\.1 (\d{3}) ", heard)]
    assert said == [b"200"] * count + [b"404", b"200"]


def listening(server: Server, member: Member) -> http.client.HTTPConnection:
    """An open board, as the server sees it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", "/board/stream", headers={"Cookie": member.cookie})
    connection.response = connection.getresponse()
    assert connection.response.read(5) == b"event"
    return connection


def test_it_stops_at_once_with_a_board_open(founded, tmp_path):
    with serving(*copied(founded, tmp_path)) as server:
        board = listening(server, Member(server, "amina"))
        server.process.terminate()
        assert server.process.wait(timeout=10) == 0
        board.close()
        server.start()


def test_closed_boards_and_endless_heads_are_let_go(founded, tmp_path):
    with serving(*copied(founded, tmp_path)) as server, socket.socket() as endless:
        endless.connect(("127.0.0.1", server.port))
        endless.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        member = Member(server, "amina")

        def files() -> int:
            return len(os.listdir(f"/proc/{server.process.pid}/fd"))

        before = files()
        for connection in [listening(server, member) for _ in range(40)]:
            connection.response.close()
            connection.close()
        until = time.monotonic() + 45
        while files() > before + 4 and time.monotonic() < until:
            time.sleep(0.25)
        assert files() <= before + 4
        endless.settimeout(15)
        assert endless.recv(1_000) == b""
