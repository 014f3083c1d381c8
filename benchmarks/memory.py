"""Memory of a study as replications grow: `python -m benchmarks.memory 100 1000 10000 [--words word …]`.

Runs the study of these words (default: `three_or_four`) once for each number of replications, in processes of
its own, and samples the proportional set size (PSS) of its tree: pages that workers share count once. The
browser that draws the pictures of a report is counted apart, and not in the peak. The last line is a table
for a page.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Peak", "measure", "table"]

ROOT = Path(__file__).resolve().parents[1]
EVERY_S = 0.1


@dataclass(frozen=True)
class Peak:
    """The most memory of one study, MB, by who holds it; its wall and processor seconds."""

    replications: int
    whole_mb: float
    first_mb: float
    workers_mb: float
    browser_mb: float
    wall_s: float
    cpu_s: float


def measure(replications: int, words: list[str]) -> Peak:
    """Run a study and sample its memory until it ends.

    Raises
    ------
    SystemExit
        When the study does not end well.
    """
    import psutil

    with tempfile.TemporaryDirectory() as outputs:
        command = [sys.executable, "-m", "sim", f"run.replications={replications}", f"outputs={outputs}"]
        before, began = os.times(), time.monotonic()
        process = psutil.Popen(
            [*command, *words], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        said: list[str] = []
        reader = threading.Thread(target=lambda: said.extend(process.stderr), daemon=True)
        reader.start()
        most = [0.0, 0.0, 0.0, 0.0]
        while process.poll() is None:
            try:
                first = _pss(process)
                workers = browser = 0.0
                for child in process.children(recursive=True):
                    if "python" in child.name():
                        workers += _pss(child)
                    else:
                        browser += _pss(child)
                most = [
                    max(a, b) for a, b in zip(most, (first + workers, first, workers, browser), strict=True)
                ]
            except psutil.Error:
                pass
            time.sleep(EVERY_S)
        reader.join()
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}: {''.join(said)[-2000:]}")
        wall, after = time.monotonic() - began, os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return Peak(replications, *most, wall, spent)


def _pss(process: object) -> float:
    info = process.memory_full_info()  # type: ignore[attr-defined]
    return float(getattr(info, "pss", info.rss)) / 2**20


def table(peaks: list[Peak]) -> str:
    """The peaks as a Markdown table, beside the least number of replications."""
    base = min(peaks, key=lambda peak: peak.replications)
    head = "replications | peak MB | more than the first | first process | workers | browser | wall s | CPU s"
    rows = [
        f"| {p.replications} | {p.whole_mb:.0f} | {p.whole_mb - base.whole_mb:+.0f} | {p.first_mb:.0f} | "
        f"{p.workers_mb:.0f} | {p.browser_mb:.0f} | {p.wall_s:.0f} | {p.cpu_s:.0f} |"
        for p in sorted(peaks, key=lambda peak: peak.replications)
    ]
    return "\n".join([f"| {head} |", "|" + " --: |" * 8, *rows])


def main() -> None:
    """Measure what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("replications", nargs="*", type=int, default=[100, 1000])
    parser.add_argument("--words", nargs="*", default=[], help="words of the study's command line")
    asked = parser.parse_args()
    peaks = []
    for number in asked.replications:
        peaks.append(measure(number, asked.words))
        print(table(peaks[-1:]).splitlines()[-1], flush=True)
    print()
    print(table(peaks))


if __name__ == "__main__":
    main()
