# SPDX-License-Identifier: AGPL-3.0-or-later
"""1,300 half-open connections at `ulimit -n 1024`, with honest load beside them: does everybody still get an answer?

    .venv/bin/python Benchmarks/halfopen.py [--sockets 1300] [--seconds 20] [--json]

Half of the sockets send nothing, half send half a request. Those the server closes are opened again. Meanwhile one
client reports and another reads at a fixed rate, each try timed from when it was meant to start.
"""

import argparse
import contextlib
import http.client
import json
import resource
import socket
import statistics
import sys
import threading
import time
import uuid

import ours
from harness import Bench, Wrong

HALF = b"POST /api/v1/reports HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Le"


def occupy(port: int, count: int, stop: threading.Event, held: list) -> None:
    sockets: list[socket.socket] = []
    while not stop.is_set():
        for number in range(len(sockets), count):
            with contextlib.suppress(OSError):
                client = socket.create_connection(("127.0.0.1", port), timeout=0.5)
                client.setblocking(False)
                if number % 2:
                    client.send(HALF)
                sockets.append(client)
        held.append(len(sockets))
        stop.wait(0.25)
        alive = []
        for client in sockets:
            try:
                closed = client.recv(1024) == b""
            except BlockingIOError:
                closed = False
            except OSError:
                closed = True
            (client.close() if closed else alive.append(client))
        sockets = alive
    for client in sockets:
        client.close()


def probe(port: int, make, pause: float, stop: threading.Event, times: list, failures: list) -> None:
    due = time.perf_counter()
    while not stop.is_set():
        method, path, body, headers, expected = make()
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != expected:
                failures.append(f"{method} {path}: {answer.status}")
            connection.close()
        except (OSError, http.client.HTTPException) as error:
            failures.append(f"{method} {path}: {error!r}")
        times.append(time.perf_counter() - due)
        due += pause
        stop.wait(max(0.0, due - time.perf_counter()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sockets", type=int, default=1300)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (options.sockets + 500, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))

    def report():
        return (
            "POST",
            ours.REPORTS,
            ours.report_body(int(time.time() * 1e6)),
            {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())},
            201,
        )

    with Bench(1, 1, print) as bench:
        server = ours.start(bench, limits=small)
        stop, held, times, failures = threading.Event(), [], [], []
        threads = [
            threading.Thread(target=occupy, args=(server.port, options.sockets, stop, held)),
            threading.Thread(target=probe, args=(server.port, report, 0.1, stop, times, failures)),
            threading.Thread(
                target=probe,
                args=(server.port, lambda: ("GET", ours.CACHED_PAGE, None, {}, 200), 0.05, stop, times, failures),
            ),
        ]
        threads[0].start()
        time.sleep(1)
        for thread in threads[1:]:
            thread.start()
        time.sleep(options.seconds)
        stop.set()
        for thread in threads:
            thread.join()
        alive = server.process.poll() is None
        if not times:
            raise Wrong("no probe was made")
        p95 = statistics.quantiles(times, n=20)[-1]
        result = {
            "sockets": options.sockets,
            "held_at_most": max(held),
            "held_at_end": held[-1],
            "alive": alive,
            "probes": len(times),
            "failed": len(failures),
            "p50_ms": round(statistics.median(times) * 1000, 1),
            "p95_ms": round(p95 * 1000, 1),
        }
        print(json.dumps(result) if options.json else "  ".join(f"{key} {value}" for key, value in result.items()))
        for failure in sorted(set(failures))[:5]:
            print(f"  {failures.count(failure)} x {failure}", file=sys.stderr)
        return 0 if alive and not failures and p95 <= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
