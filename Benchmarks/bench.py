# SPDX-License-Identifier: AGPL-3.0-or-later
"""bin/bench: runs rows of the performance table and prints a ratio for each."""

import argparse
import json
import pathlib
import subprocess
import sys
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness import Bench, Wrong  # noqa: E402
from rows import (  # noqa: E402
    alert_scale,
    board,
    bucket,
    fan_out,
    grouping,
    idle,
    match,
    match_scale,
    needles,
    page_cached,
    page_fresh,
    report,
    report_redis,
    report_sealed,
    streams,
)

ROWS = [
    page_cached, page_fresh, report, report_sealed, report_redis, match, grouping, board, idle, match_scale, fan_out, bucket,
    streams, alert_scale, needles,
]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="NAME", help="number or name of a row; all when none is named")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on standard output")
    parser.add_argument("--list", action="store_true", help="list the rows")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (5)")
    parser.add_argument("--seconds", type=float, default=3, help="seconds a side and round (3)")
    parser.add_argument("--recipients", type=int, default=1_000_000, help="subscribers of rows 8, 9, 17a (1,000,000)")
    parser.add_argument("--rate", type=float, default=1_000, help="messages a second that row 9's stand-in takes (1,000)")
    parser.add_argument("--sync-ms", type=float, default=0, help="an fsync takes this long at least, on both sides (0)")
    options = parser.parse_args()
    if options.rounds < 1 or not 1 <= options.seconds <= 60:
        parser.error("--rounds is at least 1, --seconds from 1 to 60")
    if not 0 <= options.sync_ms <= 1_000:
        parser.error("--sync-ms is from 0 to 1,000")
    if options.list:
        for row in ROWS:
            print(f"{row.ROW:>3}  {row.NAME:14} {row.GOAL:28} {row.__doc__.strip().splitlines()[0]}")
        return 0
    named = {row.NAME: [row] for row in ROWS} | {"6": [match], "7": [match], "17": [match_scale, board]}
    for row in ROWS:
        named.setdefault(row.ROW, [row])
    unknown = [name for name in options.rows if name not in named]
    if unknown:
        parser.error(f"no row is called {', '.join(unknown)}; see --list")

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    failed = False
    for row in list(dict.fromkeys(row for name in options.rows for row in named[name])) or ROWS:
        say(f"row {row.ROW}, {row.NAME}: goal {row.GOAL}")
        try:
            with Bench(options.rounds, options.seconds, say, options.sync_ms) as bench:
                bench.recipients, bench.rate = options.recipients, options.rate
                for outcome in row.run(bench):
                    print(json.dumps(outcome, ensure_ascii=False) if options.json else readable(outcome), flush=True)
        except (Wrong, OSError, subprocess.SubprocessError) as error:
            failed = True
            say(f"row {row.ROW} has no figure: {error}")
        except Exception:
            failed = True
            say(f"row {row.ROW} broke:\n{traceback.format_exc()}")
    return 1 if failed else 0


def readable(outcome: dict) -> str:
    cpu = ""
    if "cpu_ratio" in outcome:
        each = f"{outcome['ours_cpu_us']} against {outcome['peer_cpu_us']} µs each"
        cpu = f"; CPU {each} ({outcome['cpu_ratio']} times less)"
    return (
        f"{outcome['row']:>3}  {outcome['measure']}\n"
        f"     ratio {outcome['ratio']} (goal {outcome['goal']}: {'met' if outcome['met'] else 'NOT met'}); "
        f"ours {outcome['ours']:,} {outcome['unit']}, peer {outcome['peer']:,} {outcome['unit']}{cpu}; "
        f"{outcome['rounds']} rounds, load {outcome['load'][0]} to {outcome['load'][1]}"
    )


if __name__ == "__main__":
    sys.exit(main())
