# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reports put into incidents as they come, against scikit-learn's DBSCAN on the same reports; and how well."""

import json
import resource
import statistics
import subprocess

import events
import numpy
import ours
from harness import Wrong, meets, rounded
from sklearn.cluster import DBSCAN

ROW, NAME, GOAL, STRETCH = "10", "grouping", "≥ 4; precision ≥ 0.98, recall ≥ 0.95", "≥ 20"
OPEN, HIDDEN = (2, 4, 6, 8, 10), (1, 3, 5, 7, 9)


def run(bench):
    events.check()
    yield crowded(bench, 200_000)
    yield crowded(bench, 1_000_000)
    for half, seeds in (("open", OPEN), ("hidden", HIDDEN)):
        yield from quality(bench, half, seeds)
        yield from quality(bench, f"hard days, {half}", seeds, events.hard_day)
    reports, raid = events.surge(HIDDEN[0])
    homes, _ = place(bench, reports)
    real = [report["id"] for report in reports if report["event"] == raid]
    precision, recall = of_one(real, homes)
    yield plain("surge: 50 real reports among 10,000, precision of their incident", precision, "≥ 0.98")
    yield plain("surge: 50 real reports among 10,000, recall", recall, "≥ 0.95")


def crowded(bench, count) -> dict:
    """The same county and the same hours, whatever the count: five times as many reports stand five times as close."""
    crowd = events.crowd(HIDDEN[0], count)
    path = bench.folder / f"crowd{count}.tsv"
    events.write(crowd, path)
    rounds = bench.interleave(lambda: ours_on(path), lambda: theirs_on(crowd))
    return rounds.outcome(
        ROW,
        f"{count:,} reports put into incidents one by one, words and pictures and all, against DBSCAN on place and time",
        "rate",
        "≥ 4",
        "≥ 20",
        unit="reports a CPU second",
        sketch_us=rounded(rounds.median(0, "sketch_us")),
        settle_us=rounded(rounds.median(0, "settle_us")),
        settle_p99_us=rounded(rounds.median(0, "p99_us")),
        our_precision=rounds.pairs[-1][0]["precision"](crowd),
        dbscan_precision=rounds.pairs[-1][1]["precision"](crowd),
    )


def quality(bench, half, seeds, day=events.day):
    scores = []
    for seed in seeds:
        reports = day(seed)
        homes, suggested = place(bench, reports)
        truth, found = [one["event"] for one in reports], [homes[one["id"]] for one in reports]
        precision, recall = events.score(truth, found, [one.get("alike") for one in reports])
        shown = events.with_suggestions(truth, found, [suggested[one["id"]] for one in reports])
        scores.append((precision, recall, events.score(truth, shown)[1]))
    for name, index, goal in (("precision", 0, "≥ 0.98"), ("recall", 1, "≥ 0.95"),
                              ("recall with what a person is shown", 2, "≥ 0.95")):
        values = [score[index] for score in scores]
        yield plain(f"pairwise {name}, {half} half ({len(seeds)} days)", statistics.mean(values), goal, lowest=rounded(min(values)))


def plain(measure, value, goal, **more) -> dict:
    """A line without a peer: the share itself is what has a goal."""
    return {"row": ROW, "measure": measure, "unit": "share", "ratio": rounded(value), "goal": goal, "stretch": "",
            "met": meets(value, goal), "ours": rounded(value), "peer": 1.0, "rounds": 1, "load": [0, 0], **more}


def of_one(real, homes) -> tuple[float, float]:
    """Of the pairs within the incident that has most of the real reports, and of all pairs of real ones."""
    counts: dict = {}
    for report in real:
        counts[homes[report]] = counts.get(homes[report], 0) + 1
    home, most = max(counts.items(), key=lambda one: one[1])
    inside = sum(one == home for one in homes.values())
    pairs = sum(count * (count - 1) // 2 for count in counts.values())
    return most * (most - 1) / max(1, inside * (inside - 1)), pairs / (len(real) * (len(real) - 1) / 2)


def place(bench, reports, *flags) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Which incident each report went to, and which it was shown beside."""
    path = bench.folder / "reports.tsv"
    events.write(reports, path)
    return ask(path, bench.folder / "homes.tsv", *flags)[1:]


def ask(path, homes, *flags) -> tuple[dict, dict[str, str], dict[str, list[str]]]:
    done = subprocess.run([ours.BINARY, "bench", "group", "--json", "--reports", path, "--homes", homes, *flags],
                          capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise Wrong(f"vecinos bench group: {done.stderr}")
    with open(homes, encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t") for line in file]
    return json.loads(done.stdout), {one[0]: one[1] for one in lines}, {one[0]: one[2].split() for one in lines}


def ours_on(path) -> dict:
    answer, homes, _ = ask(path, path.with_suffix(".homes"))
    each = answer["sketch_us"] + answer["settle_us"]
    return {"rate": 1e6 / each, "cpu_us": each, **answer,
            "precision": lambda crowd: shares([one["event"] for one in crowd], [homes[one["id"]] for one in crowd])}


def theirs_on(crowd) -> dict:
    """eps 150 m and 30 minutes, as a clustering by place and time alone would be set."""
    known = [one for one in crowd if one["latitude"] is not None]
    points = numpy.array([(one["latitude"] * events.NORTH / 150, one["longitude"] * events.EAST / 150,
                           (one["seen"] - events.MORNING) / events.MINUTE / 30) for one in known])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    labels = DBSCAN(eps=1, min_samples=2, algorithm="kd_tree", n_jobs=1).fit_predict(points)
    seconds = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
    found = [f"alone {index}" if label < 0 else int(label) for index, label in enumerate(labels)]
    return {"rate": len(known) / seconds, "cpu_us": seconds * 1e6 / len(known),
            "precision": lambda _: shares([one["event"] for one in known], found)}


def shares(truth, found) -> list[float]:
    return [rounded(share) for share in events.score(truth, found)]
