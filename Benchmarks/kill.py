# SPDX-License-Identifier: AGPL-3.0-or-later
"""kill -9 in the middle of a hundred reports, again and again: what was acknowledged must be there, once.

.venv/bin/python Benchmarks/kill.py [--times 5] [--reports 100] [--clients 16] [--json]
"""

import argparse
import concurrent.futures
import contextlib
import functools
import http.client
import json
import os
import random
import signal
import sys
import threading
import time
import uuid

import ours
from harness import Bench, Server, Wrong, free_port


@functools.cache
def body_of(number: int) -> bytes:
    """A retry sends the very same bytes: another body under the same key is rightly refused."""
    return ours.report_body(number)


def post(server: Server, number: int, key: str) -> str | None:
    """The code, or nothing when the server went away before it answered."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        status, body = server.ask(
            "POST", ours.REPORTS, body_of(number), {"Content-Type": "application/json", "Idempotency-Key": key}
        )
        if status != 201:
            raise Wrong(f"POST {ours.REPORTS} answered {status}: {body[:300]!r}")
        return json.loads(body)["code"]
    return None


def found(server: Server, code: str) -> bool:
    status, _ = server.ask(
        "POST", ours.LOOKUP, json.dumps({"code": code}).encode(), {"Content-Type": "application/json"}
    )
    return status == 200


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--reports", type=int, default=100)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    acknowledged: dict[str, str] = {}
    lost, changed, interrupted, back = 0, 0, 0, []
    with Bench(1, 1, print) as bench, concurrent.futures.ThreadPoolExecutor(options.clients) as pool:
        port, data = free_port(), bench.folder / "ours"
        server = ours.start(bench, data, port=port)
        before = ours.rows(data)
        for turn in range(options.times):
            keys = [str(uuid.uuid4()) for _ in range(options.reports)]
            victim, enough, answered = server, random.randint(1, options.reports - 1), threading.Semaphore(0)

            def one(number: int, key: str):
                code = post(victim, number, key)
                answered.release()
                return key, code

            sent = [pool.submit(one, turn * options.reports + number, key) for number, key in enumerate(keys)]
            for _ in range(enough):
                answered.acquire()
            os.kill(victim.process.pid, signal.SIGKILL)
            outcome = dict(job.result() for job in sent)
            victim.stop()
            interrupted += sum(code is None for code in outcome.values())
            acknowledged |= {key: code for key, code in outcome.items() if code}

            began = time.perf_counter()
            server = ours.start(bench, data, port=port)
            back.append(time.perf_counter() - began)
            lost += sum(not found(server, code) for code in acknowledged.values())
            # The clients try again, as a phone would: the same key must give the same report.
            for number, key in enumerate(keys):
                code = post(server, turn * options.reports + number, key)
                changed += code is None or (outcome[key] is not None and code != outcome[key])
                acknowledged[key] = code or ""
        extra = ours.rows(data) - before - len(acknowledged)

    result = {
        "kills": options.times,
        "reports": len(acknowledged),
        "interrupted": interrupted,
        "lost": lost,
        "changed_codes": changed,
        "duplicates": extra,
        "seconds_until_up": round(max(back), 3),
    }
    good = lost == changed == extra == 0 and max(back) <= 3
    print(json.dumps(result) if options.json else "  ".join(f"{key} {value}" for key, value in result.items()))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
