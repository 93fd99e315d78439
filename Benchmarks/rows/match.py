# SPDX-License-Identifier: AGPL-3.0-or-later
"""The nearest 10 of a million helpers who can, speak, are on shift and free, against Redis GEOSEARCH and PostGIS.

The needs are those from which the goals come: from what one in thirteen can do down to what nobody can (the shares are
printed). What is rare is what matching is for, a speaker of Khmer with a certificate at four in the morning, and where an
index that filters after it looked pays for looking at everybody. What everybody asks for is measured beside it (5c, 6c):
one of the more common skills, now.
"""

import json
import pathlib
import subprocess
from dataclasses import dataclass

import ours
from harness import Wrong
from peers import postgis_server, redis_server

ROW, NAME, GOAL, STRETCH = "5", "match", "≥ 30 (5), ≥ 1000 (6), ≤ 15 and ≤ 0.25 (7)", "≥ 100"
HELPERS, NEEDS = 1_000_000, 20_000
# Needs in a round, so that PostGIS is done in some twenty seconds: each round has others.
REDIS, POSTGIS = 2_000, 600


@dataclass
class Need:
    skills: list[str]
    language: str
    latitude: float
    longitude: float
    hour: int
    answer: list[int]


def run(bench):
    folder = bench.folder / "county"
    described = ask(folder)  # writes the people, the needs and our answers
    needs = {kind: read(folder / f"{kind}.tsv") for kind in ("any", "common")}
    redis = redis_server.Geo(bench, folder / "helpers.tsv")
    postgis = postgis_server.start(bench, folder / "helpers.tsv")
    for kind, prefix in (("any", ""), ("common", "common_")):
        shares = {key.removeprefix(prefix): value for key, value in described.items() if key.startswith(prefix)}
        shares = {key: value for key, value in shares.items() if key.endswith("_percent")}
        letter = "" if kind == "any" else "c"
        words = "" if kind == "any" else ", common needs"
        same = redis.check(needs[kind][:200])
        rounds = bench.interleave(lambda: figures(ask(), prefix), turns(needs[kind], REDIS, redis.load))
        yield rounds.outcome(
            "5" + letter,
            f"CPU of one match, Redis ÷ ours, 1,000,000 helpers{words}",
            "per_cpu_second",
            "≥ 30",
            "≥ 100",
            unit="matches a CPU second",
            answers_same=f"{same} of 200",
            **shares,
        )
        same = postgis.check(needs[kind][:100])
        rounds = bench.interleave(lambda: figures(ask(), prefix), turns(needs[kind], POSTGIS, postgis.load))
        yield rounds.outcome(
            "6" + letter,
            f"CPU of one match, PostGIS KNN over gist(place, tags) ÷ ours{words}",
            "per_cpu_second",
            "≥ 1000",
            "≥ 3000",
            unit="matches a CPU second",
            answers_same=f"{same} of 100",
            peer_exec_us=rounds.median(1, "exec_us"),
        )
    spread = bench.interleave(lambda: value(ask(), "p99_us"), lambda: value(ask(), "p50_us"))
    more = ("mean_us", "update_p99_us", "shortfall_p99_us", "rebuild_s")
    yield spread.outcome(
        "7", "p99 ÷ p50 inside ours", "value", "≤ 15", "≤ 8", unit="µs", **{key: spread.median(0, key) for key in more}
    )
    memory = bench.interleave(lambda: value(ask(), "memory_mib"), redis.memory)
    yield memory.outcome("7", "memory, ours ÷ Redis", "value", "≤ 0.25", "≤ 0.15", unit="MiB")


def read(file: pathlib.Path) -> list[Need]:
    needs = []
    for line in file.read_text().splitlines():
        skills, language, latitude, longitude, hour, answer = line.split("\t")
        found = [int(number) for number in answer.split(",") if number]
        needs.append(Need(skills.split(","), language, float(latitude), float(longitude), int(hour), found))
    if len(needs) != NEEDS:
        raise Wrong(f"{len(needs)} needs of {NEEDS} in {file}")
    return needs


def turns(needs: list[Need], many: int, load):
    """One load after the other, each with the next needs."""
    at = 0

    def turn():
        nonlocal at
        share = [needs[number % len(needs)] for number in range(at, at + many)]
        at += many
        return load(share)

    return turn


def ask(export=None, helpers=HELPERS, needs=NEEDS) -> dict:
    command = [ours.BINARY, "bench", "match", "--json", "--helpers", str(helpers), "--queries", str(needs)]
    if export:
        command += ["--export", str(export)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    return json.loads(done.stdout)


def figures(answer: dict, prefix: str) -> dict:
    mean = answer[prefix + "mean_us"]
    return {"per_cpu_second": 1e6 / mean, "cpu_us": mean, **answer}


def value(answer: dict, key: str) -> dict:
    return {"value": answer[key], **answer}
