# SPDX-License-Identifier: AGPL-3.0-or-later
"""Runs the figures, each in a process of its own, and says what came out. See `bin/assure`."""

import argparse
import concurrent.futures
import importlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
os.environ["VECINOS_BINARY"] = str(pathlib.Path(os.environ.get("VECINOS_BINARY", ROOT / ".build/release/vecinos")).resolve())
sys.path[:0] = [str(ROOT / "Tests/browser"), str(ROOT / "Tests/vault_opener"), str(HERE)]

# The longest first, so that two at a time end together.
ALL = ["erasure", "nodes", "pgdown", "map", "kill", "tor", "fuzz", "slow", "access", "hostile", "canary", "address", "halfopen", "diskfull",
       "tamper", "members", "locked", "restore"]  # fmt: skip
LIMIT = {True: 240, False: 3_600}


def measure(name: str, quick: bool, work: pathlib.Path) -> dict:
    """One figure, in this process."""
    figure = importlib.import_module(f"figures.{name}")
    began = time.monotonic()
    try:
        result = figure.measure(quick, work)
    except Exception as problem:
        traceback.print_exc()
        result = {"met": False, "problem": f"{type(problem).__name__}: {problem}"[:2_000]}
    return {"figure": name, "goal": figure.GOAL, **result, "seconds": round(time.monotonic() - began, 1)}


def apart(name: str, quick: bool, work: pathlib.Path) -> dict:
    """One figure, in a process of its own: limits, signals and clocks that it changes stay its own."""
    command = [sys.executable, "-B", __file__, "--inside", name, "--work", work, *(["--quick"] if quick else [])]
    # A session of its own, so that nothing it started is left when it takes too long.
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                               start_new_session=True)  # fmt: skip
    try:
        out, err = process.communicate(timeout=LIMIT[quick])
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return {"figure": name, "met": False, "problem": f"not over after {LIMIT[quick]} s", "seconds": LIMIT[quick]}
    lines = out.splitlines()
    try:
        result = json.loads(lines[-1])
    except (IndexError, ValueError):
        result = {"figure": name, "met": False, "problem": f"ended with {process.returncode}", "seconds": 0}
    if not result["met"]:
        result["said"] = err[-3_000:]
    return result


def line(result: dict) -> str:
    aside = {"figure", "goal", "met", "seconds", "said", "problem", "notes"}
    said = " · ".join(f"{key.replace('_', ' ')} {value}" for key, value in result.items() if key not in aside)
    words = f"{'ok  ' if result['met'] else 'FAIL'} {result['figure']:9} {said}"
    if not result["met"]:
        words += "".join(f"\n     {result[key]}" for key in ("problem", "notes", "said") if result.get(key))
    elif result.get("notes"):
        words += f"\n     {result['notes']}"
    return f"{words}  [{result['seconds']:.0f} s; goal: {result.get('goal', '')}]"


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/assure", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ALL))
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--quick", action="store_true", help="smaller numbers")
    parser.add_argument("--list", action="store_true", help="the figures and their goals")
    parser.add_argument("--jobs", type=int, help="how many at a time; by itself 1, with --quick 3")
    parser.add_argument("--keep", action="store_true", help="leave the data folders where they are")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    parser.add_argument("--work", type=pathlib.Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.list:
        for name in ALL:
            print(f"{name:9} {importlib.import_module(f'figures.{name}').GOAL}")
        return 0
    if options.inside:
        result = measure(options.inside, options.quick, options.work)
        print(json.dumps(result, ensure_ascii=False))
        return 0
    unknown = set(options.names) - set(ALL)
    if unknown:
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    # /var/tmp, not /tmp: a file system in memory would make every fsync free.
    ground = pathlib.Path(tempfile.mkdtemp(prefix="vecinos-assure-", dir="/var/tmp"))
    wanted = [name for name in ALL if name in options.names] if options.names else ALL
    missed = 0
    began = time.monotonic()
    try:
        import common

        common.found_once(ground / "founded")
        os.environ["ASSURE_FOUNDED"] = str(ground / "founded")
        with concurrent.futures.ThreadPoolExecutor(options.jobs or (3 if options.quick else 1)) as pool:
            jobs = []
            for name in wanted:
                (ground / name).mkdir()
                jobs.append(pool.submit(apart, name, options.quick, ground / name))
            for job in concurrent.futures.as_completed(jobs):
                result = job.result()
                missed += not result["met"]
                print(json.dumps(result, ensure_ascii=False) if options.json else line(result), flush=True)
    finally:
        if options.keep:
            print(f"kept: {ground}", file=sys.stderr)
        else:
            shutil.rmtree(ground, ignore_errors=True)
    if not options.json:
        print(f"{len(wanted) - missed} of {len(wanted)} figures met in {time.monotonic() - began:.0f} s")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
