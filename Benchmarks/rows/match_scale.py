# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a match costs as helpers grow from ten thousand to a million (ours against ours)."""

from rows import match

ROW, NAME, GOAL, STRETCH = "17", "match-scale", "≤ 3", ""


def run(bench):
    def side(helpers):
        answer = match.ask(helpers=helpers)
        return {"value": answer["mean_us"], **answer}

    rounds = bench.interleave(lambda: side(1_000_000), lambda: side(10_000))
    yield rounds.outcome(ROW, "one match among 1,000,000 helpers ÷ among 10,000", "value", "≤ 3", unit="µs of CPU")
    rebuild = rounds.median(0, "rebuild_s")
    yield rounds.outcome(
        ROW, "build of the index, 1,000,000 ÷ 10,000 (linear is 100)", "build_s", "≤ 150", unit="s", rebuild_s=rebuild
    )
