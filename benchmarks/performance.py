"""docs/performance.md, measured: `python -m benchmarks.performance [section …]`.

Without a section, all of them (about ten minutes); with some, these are measured again and the page is made
from them and from what benchmarks/measured.json holds of the others. `--largest` adds the territory of 99
départements (10 GB of memory). `--page` measures nothing; `--release` keeps the ratios as those of a release.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.permanence_year.__main__ import versions

__all__ = ["SECTIONS", "ratios"]

ROOT = Path(__file__).resolve().parents[1]
MEASURED = ROOT / "benchmarks" / "measured.json"
RELEASED = ROOT / "benchmarks" / "released.json"
Found = dict[str, Any]


def here() -> Found:
    """The machine, and how busy others keep it."""
    cpu = "unknown"
    if Path("/proc/cpuinfo").is_file():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        cpu = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), cpu)
    return {
        "cpu": cpu,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "versions": versions(),
        "date": time.strftime("%Y-%m-%d"),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }


def engines() -> Found:
    """The permanence-year: every engine checked, then interleaved rounds."""
    from benchmarks.permanence_year.race import disagreements, load, race

    ready = []
    for one in load():
        if isinstance(one, tuple):
            continue
        wrong = disagreements(one, 1.0)
        if wrong:
            raise SystemExit(f"{one.name} disagrees with the reference: {'; '.join(wrong)}")
        ready.append(one)
    race(ready, 5)
    rows = sorted(ready, key=lambda one: statistics.median(one.ratios))
    return {
        one.module.removeprefix("engine_"): {
            "name": one.name,
            "ms": statistics.median(one.ms),
            "ratio": statistics.median(one.ratios),
        }
        for one in rows
    }


def replication() -> Found:
    """Stages of a replication; its year beside a year of desks in idiomatic SimPy, in the same minutes."""
    from benchmarks.permanence_year import engine_simpy
    from benchmarks.profile import FLAME, profile

    def simpy_ms() -> float:
        began = time.process_time()
        engine_simpy.simulate(1)
        return 1000 * (time.process_time() - began)

    simpy_ms()
    before = [simpy_ms() for _ in range(3)]
    found = profile(20, [], FLAME)
    desks = statistics.median([*before, *(simpy_ms() for _ in range(3))])
    return {
        "stages": found.stages,
        "ms": found.whole,
        "alone_ms": found.alone,
        "simpy_desks_ms": desks,
        "ratio": desks / found.whole,
    }


def _point(words: list[str]) -> Found:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.point", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found: Found = json.loads(done.stdout)
    found.pop("words")
    return found


def growth(largest: bool = False) -> Found:
    """A year of one scenario, its world included, as one thing grows; a process for each point."""
    from benchmarks.large import SITES, large_words

    year = ["run.horizon.end=2022-06-30"]
    curves: Found = {
        "visitors": {
            n: _point([*year, f"demand.needs_per_person_per_year={n}"]) for n in (1, 3, 10, 30, 100)
        },
        "years": {n: _point([f"run.horizon.end={2021 + n}-06-30"]) for n in (1, 2, 5, 10)},
        "vehicles": {
            n: _point([*year, f"fleet.vehicles={n}", f"staff.fs_agents={n}", f"staff.cn_agents={n}"])
            for n in (3, 10, 30, 100)
        },
        "sites": {},
    }
    for departments in (1, 3, 10, 30, *((99,) if largest else ())):
        with tempfile.TemporaryDirectory() as folder:
            words = large_words(Path(folder), departments)
            curves["sites"][departments * SITES] = _point(["shrunk", *words])
    return {name: {str(n): point for n, point in curve.items()} for name, curve in curves.items()}


def _tree(process: Any) -> tuple[float, float, float]:
    """Memory of a process and its children, MB, pages shared counted once.

    All of it, that of our own processes, and that of the browser that draws the report's pictures.
    """
    import psutil

    own = browser = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            info = one.memory_full_info()
            name = one.name()
        except psutil.Error:
            continue
        spent = getattr(info, "pss", info.rss) / 2**20
        own, browser = (own + spent, browser) if "python" in name else (own, browser + spent)
    return own + browser, own, browser


def _run(words: list[str]) -> Found:
    """Wall and processor seconds of a command, and the most memory of its processes."""
    import psutil

    with tempfile.TemporaryDirectory() as outputs:
        before = os.times()
        began = time.monotonic()
        process = psutil.Popen(
            [sys.executable, "-m", "sim", *words, f"outputs={outputs}"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        most = [0.0, 0.0, 0.0]
        while process.poll() is None:
            try:
                most = [max(pair) for pair in zip(most, _tree(process), strict=True)]
            except psutil.Error:
                break
            time.sleep(0.1)
        wall = time.monotonic() - began
        if process.wait() != 0:
            raise SystemExit(f"python -m sim {' '.join(words)} ended with {process.returncode}")
        after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"wall_s": wall, "cpu_s": cpu, "peak_mb": most[0], "own_mb": most[1], "browser_mb": most[2]}


def study() -> Found:
    """The default study from the shell prompt to the written report."""
    _run(["run.replications=2"])
    return _run([])


def workers() -> Found:
    """What a second worker brings: the same replications, no report, in turns."""
    code = (
        "import sys, time\nfrom sim import load_settings, run_study\n"
        "s = load_settings('run.replications=60', f'run.workers={sys.argv[1]}', f'outputs={sys.argv[2]}')\n"
        "t = time.monotonic()\nrun_study(s, report=False, progress=lambda *_: None)\n"
        "print(time.monotonic() - t)\n"
    )
    wall: dict[int, list[float]] = {1: [], 2: []}
    spent: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(3):
        for count, taken in wall.items():
            before = os.times()
            with tempfile.TemporaryDirectory() as outputs:
                done = subprocess.run(
                    [sys.executable, "-c", code, str(count), outputs],
                    cwd=ROOT,
                    capture_output=True,
                    text=True,
                    check=True,
                )
            after = os.times()
            taken.append(float(done.stdout))
            children = after.children_user + after.children_system
            spent[count].append(children - before.children_user - before.children_system)
    pairs = [one / two for one, two in zip(wall[1], wall[2], strict=True)]
    return {
        "one_s": min(wall[1]),
        "two_s": min(wall[2]),
        "one_cpu_s": min(spent[1]),
        "two_cpu_s": min(spent[2]),
        "gain": max(pairs),
        "gains": pairs,
    }


def start_up() -> Found:
    """Seconds before anything is simulated, least of several: wall, and of the processor."""

    def least(*words: str) -> list[float]:
        taken = []
        for _ in range(7):
            before, began = os.times(), time.monotonic()
            subprocess.run([sys.executable, *words], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
            wall, after = time.monotonic() - began, os.times()
            spent = after.children_user + after.children_system
            taken.append((wall, spent - before.children_user - before.children_system))
        return [min(one[0] for one in taken), min(one[1] for one in taken)]

    numpy = least("-c", "import numpy")
    whole = least("-c", "import numpy, sim")
    code = (
        "import time, tempfile\nfrom sim import load_settings, run_study\n"
        "def go():\n"
        "    s = load_settings('run.replications=20', f'outputs={tempfile.mkdtemp()}')\n"
        "    t = time.monotonic()\n"
        "    run_study(s, report=False, progress=lambda *_: None).comparison\n"
        "    return time.monotonic() - t\n"
        "go()\nprint(min(go() for _ in range(3)))\n"
    )
    verdict = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {
        "help": least("-m", "sim", "--help"),
        "import": [max(a - b, 0.0) for a, b in zip(whole, numpy, strict=True)],
        "verdict_s": float(verdict.stdout),
    }


SECTIONS: dict[str, Callable[[], Found]] = {
    "engines": engines,
    "replication": replication,
    "growth": growth,
    "study": study,
    "workers": workers,
    "start_up": start_up,
}


def ratios(found: Found) -> dict[str, float]:
    """What a release keeps: figures that hold from one machine to another; more is better in all."""
    curves = found["growth"]
    return {
        "permanence-year beside idiomatic SimPy": found["engines"]["sim"]["ratio"],
        "permanence-year beside C": found["engines"]["sim"]["ratio"] / found["engines"]["c"]["ratio"],
        "complete year beside desks in idiomatic SimPy": found["replication"]["ratio"],
        **{
            f"cost of one unit of {name} at the start beside the end": 1 / excess(curve)
            for name, curve in curves.items()
        },
    }


def excess(curve: Found) -> float:
    """Cost per unit at the end of a curve over that at its start: 1 is linear, less is better."""
    points = sorted((float(n), point["ms"]) for n, point in curve.items())
    return (points[-1][1] / points[-1][0]) / (points[0][1] / points[0][0])


def worse(now: dict[str, float], released: dict[str, float], most: float = 0.2) -> list[str]:
    """The ratios that are worse than those of the release by more than a fifth."""
    return [
        f"{name}: {now[name]:.3g}, {value:.3g} in the release"
        for name, value in released.items()
        if name in now and now[name] < (1 - most) * value
    ]


def main() -> int:
    from benchmarks.performance_page import write_page

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], help="default: all")
    parser.add_argument("--largest", action="store_true")
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--release", action="store_true")
    given = parser.parse_args()
    found: Found = json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.is_file() else {}
    if given.sections or not (given.page or given.release):
        for name in given.sections or SECTIONS:
            print(f"{name}…", file=sys.stderr, flush=True)
            load = here()["load"]
            found[name] = growth(given.largest) if name == "growth" else SECTIONS[name]()
            found[name + "_load"] = load
            found["here"] = here()
            MEASURED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    missing = [name for name in SECTIONS if name not in found]
    if missing:
        print(f"not measured yet: {', '.join(missing)}", file=sys.stderr)
        return 1
    if given.release:
        RELEASED.write_text(json.dumps(ratios(found), indent=1) + "\n", encoding="utf-8")
    write_page(found)
    slower = worse(ratios(found), json.loads(RELEASED.read_text())) if RELEASED.is_file() else []
    for line in slower:
        print(f"slower than the release by more than 20 %: {line}", file=sys.stderr)
    return 1 if slower else 0


if __name__ == "__main__":
    print(platform.platform(), file=sys.stderr)
    sys.exit(main())
