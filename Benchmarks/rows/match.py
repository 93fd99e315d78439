# SPDX-License-Identifier: AGPL-3.0-or-later
"""The nearest 10 of a million helpers with a skill, a language, on shift and free, against Redis GEOSEARCH and PostGIS."""

import json
import subprocess

import ours
from peers import postgis_server, redis_server

ROW, NAME, GOAL, STRETCH = "5", "match", "≥ 30 (5), ≥ 1000 (6), ≤ 15 and ≤ 0.25 (7)", "≥ 100"
HELPERS, NEEDS = 1_000_000, 20_000


def run(bench):
    folder = bench.folder / "county"
    ask(folder)  # writes the people, the needs and our answers
    needs = [line.split("\t") for line in (folder / "needs.tsv").read_text().splitlines()]
    answers = [
        [int(number) for number in line.split(",") if number]
        for line in (folder / "answers.tsv").read_text().splitlines()
    ]
    redis = redis_server.Geo(bench, folder / "helpers.tsv")
    postgis = postgis_server.start(bench, folder / "helpers.tsv")
    redis.check(needs[:200], answers[:200])
    postgis.check(needs[:40], answers[:40])
    share = max(200, int(1_000 * bench.seconds))
    rounds = bench.interleave(lambda: figures(ask()), lambda: redis.load(needs, share))
    yield rounds.outcome(
        "5",
        "CPU of one match, Redis ÷ ours, 1,000,000 helpers",
        "per_cpu_second",
        "≥ 30",
        "≥ 100",
        unit="matches a CPU second",
        answers_checked=200,
    )
    rounds = bench.interleave(lambda: figures(ask()), lambda: postgis.load(needs, 300))
    yield rounds.outcome(
        "6",
        "mean time of one match, PostGIS KNN over gist(place, tags) ÷ ours",
        "per_cpu_second",
        "≥ 1000",
        "≥ 3000",
        unit="matches a second",
        answers_checked=40,
    )
    spread = bench.interleave(lambda: value(ask(), "p99_us"), lambda: value(ask(), "p50_us"))
    yield spread.outcome("7", "p99 ÷ p50 inside ours", "value", "≤ 15", "≤ 8", unit="µs")
    memory = bench.interleave(lambda: value(ask(), "memory_mib"), redis.memory)
    yield memory.outcome("7", "memory, ours ÷ Redis", "value", "≤ 0.25", "≤ 0.15", unit="MiB")


def ask(export=None, helpers=HELPERS, needs=NEEDS) -> dict:
    command = [ours.BINARY, "bench", "match", "--json", "--helpers", str(helpers), "--queries", str(needs)]
    if export:
        command += ["--export", str(export)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    return json.loads(done.stdout)


def figures(answer: dict) -> dict:
    return {"per_cpu_second": 1e6 / answer["mean_us"], "cpu_us": answer["mean_us"], **answer}


def value(answer: dict, key: str) -> dict:
    return {"value": answer[key], **answer}
