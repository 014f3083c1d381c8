"""The table of the permanence-year: `python -m benchmarks.permanence_year [--rounds 9] [engine …]`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.permanence_year.race import Engine, disagreements, load, race

PACKAGES = ("numpy", "numba", "simpy", "ciw", "salabim", "cimba")


def versions() -> str:
    """Python, system and packages, as far as they are installed."""
    parts = [f"Python {platform.python_version()}", f"{platform.system()} {platform.machine()}"]
    for package in PACKAGES:
        try:
            parts.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(parts)


def table(engines: list[Engine]) -> str:
    """Quickest last: milliseconds a year and ratio to idiomatic SimPy, medians and extremes of rounds."""
    lines = [
        "| engine | ms a year | × faster than idiomatic SimPy | least – most | ready in, s |",
        "| --- | --: | --: | --: | --: |",
    ]
    lines += [
        f"| {one.name} | {statistics.median(one.ms):.3g} | {statistics.median(one.ratios):.3g} "
        f"| {min(one.ratios):.3g} – {max(one.ratios):.3g} | {one.start_up_s:.1f} |"
        for one in sorted(engines, key=lambda e: -statistics.median(e.ms))
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engines", nargs="*", help="short names, such as sim c cimba; default: all")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--check-seconds", type=float, default=3.0, help="spent on checking each engine")
    parser.add_argument("--json", type=Path, help="also write every round there")
    given = parser.parse_args()

    engines: list[Engine] = []
    for one in load(given.engines or None):
        if isinstance(one, tuple):
            print(f"left out: {one[0]} ({one[1]})", file=sys.stderr)
            continue
        wrong = disagreements(one, given.check_seconds)
        if wrong:
            print(f"{one.name} disagrees with the reference: {'; '.join(wrong)}", file=sys.stderr)
            return 1
        print(f"agrees: {one.name}", file=sys.stderr)
        engines.append(one)
    race(engines, given.rounds)
    print(f"Medians of {given.rounds} interleaved rounds, {os.cpu_count()} cores; {versions()}.\n")
    print(table(engines))
    if given.json:
        rounds = {e.module: {"name": e.name, "ms": e.ms, "ratios": e.ratios} for e in engines}
        given.json.write_text(json.dumps({"versions": versions(), "engines": rounds}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
