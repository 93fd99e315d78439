# SPDX-License-Identifier: AGPL-3.0-or-later
"""An alert's cost a recipient from 1,000 to 1,000,000 subscribers; and everybody chosen and enqueued, in seconds."""

import os
import statistics

from harness import meets, rounded
from rows import audience

ROW, NAME, GOAL, STRETCH = "17a", "alert-scale", "≤ 1.25", ""
STEPS = 4


def run(bench):
    data = bench.folder / "ours"
    loads = [round(os.getloadavg()[0], 2)]
    counts = [max(100, bench.recipients // 10**step) for step in range(STEPS)][::-1]
    each, last = {}, []
    for count in counts:
        audience.fill(data, count)
        # A thousand take milliseconds: more of them, so that it is no matter of luck.
        last = audience.fan_out(data, count, 500, bench.rounds + (20 if count < 100_000 else 1))[1:]
        each[count] = statistics.median((one["choose_cpu_s"] + one["drain_cpu_s"]) * 1e6 / count for one in last)
        bench.say(f"    {count:>9,}  {each[count]:.2f} µs of CPU each")
    loads.append(round(os.getloadavg()[0], 2))
    ratio = each[counts[-1]] / each[counts[0]]
    common = {"rounds": bench.rounds, "load": loads, "stretch": STRETCH}
    yield {
        "row": ROW,
        "measure": f"an alert chosen and drained, CPU a recipient: {counts[-1]:,} against {counts[0]:,} (1 is linear)",
        "unit": "µs",
        "ratio": rounded(ratio),
        "goal": GOAL,
        "met": meets(ratio, GOAL),
        "ours": rounded(each[counts[-1]]),
        "peer": rounded(each[counts[0]]),
        "each_us": {str(count): rounded(cost) for count, cost in each.items()},
        **common,
    }
    for measure, unit, key, bound in [
        (f"everybody of {counts[-1]:,} chosen and enqueued", "s", "choose_s", 3),
        ("memory of the process that chose and drained them (PSS)", "MiB", "pss_mib", 300),
    ]:
        worst = max(one[key] for one in last)
        yield {
            "row": ROW,
            "measure": f"{measure}, against {bound} {unit}; the worst round",
            "unit": unit,
            "ratio": rounded(worst / bound),
            "goal": "≤ 1",
            "met": worst <= bound,
            "ours": rounded(worst),
            "peer": bound,
            "all": [rounded(one[key]) for one in last],
            **common,
        }
