"""docs/performance.md, measured: `python -m benchmarks.performance [section …]`.

Without a section, all of them (about a quarter of an hour on a quiet machine, 6 GB of memory); with some,
these are measured again and the page is made from them and from what benchmarks/measured.json holds of the
others. `--quick` tries every section on a small setting (about four minutes) and prints the page without
keeping anything. `--page` measures nothing; `--release` keeps the ratios as those of a release. Ends with 1
when a ratio is worse than that of the release by more than 20 %.
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
DEPARTMENTS = 101
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


def engines(quick: bool = False) -> Found:
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
    race(ready, 1 if quick else 5)
    rows = sorted(ready, key=lambda one: statistics.median(one.ratios))
    return {
        one.module.removeprefix("engine_"): {
            "name": one.name,
            "ms": statistics.median(one.ms),
            "ratio": statistics.median(one.ratios),
        }
        for one in rows
    }


def replication(quick: bool = False) -> Found:
    """Stages of a replication; its year beside a year of desks in idiomatic SimPy, in the same minutes."""
    from benchmarks.permanence_year import engine_simpy
    from benchmarks.profile import FLAME, profile

    flame = None if quick else FLAME

    def simpy_ms() -> float:
        began = time.process_time()
        engine_simpy.simulate(1)
        return 1000 * (time.process_time() - began)

    simpy_ms()
    before = [simpy_ms() for _ in range(3)]
    found = profile(2 if quick else 20, [], flame)
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


def growth(quick: bool = False) -> Found:
    """A year of one scenario, its world included, as one thing grows; a process for each point."""
    from benchmarks.large import SITES, large_words

    def of(*sizes: int) -> tuple[int, ...]:
        return sizes[:2] if quick else sizes

    year = ["run.horizon.end=2022-06-30"]
    curves: Found = {
        "visitors": {
            n: _point([*year, f"demand.needs_per_person_per_year={n}"]) for n in of(1, 3, 10, 30, 100)
        },
        "years": {n: _point([f"run.horizon.end={2021 + n}-06-30"]) for n in of(1, 2, 5, 10)},
        "vehicles": {
            n: _point([*year, f"fleet.vehicles={n}", f"staff.fs_agents={n}", f"staff.cn_agents={n}"])
            for n in of(3, 10, 30, 100)
        },
        "sites": {},
    }
    for departments in of(1, 3, 10, 30, 99):
        with tempfile.TemporaryDirectory() as folder:
            words = large_words(Path(folder), departments)
            curves["sites"][departments * SITES] = _point(["shrunk", *words])
    return {name: {str(n): point for n, point in curve.items()} for name, curve in curves.items()}


def country(quick: bool = False) -> Found:
    """A territory of national size for a year; then as many départements as independent runs on dask."""
    from benchmarks.large import large_words, national_words

    counts = (4, 8) if quick else (DEPARTMENTS, 10 * DEPARTMENTS)
    with tempfile.TemporaryDirectory() as folder:
        words = large_words(Path(folder), 3) if quick else national_words(Path(folder))
        began = time.monotonic()
        one = _point(["shrunk", *words])
        one["wall_s"] = time.monotonic() - began
    with tempfile.TemporaryDirectory() as folder:
        words = ["study=single", "run.executor=dask", "run.workers=2", "run.detail=none"]
        words += large_words(Path(folder), 1)
        _without_report([*words, "run.replications=2"])  # compiles what is not yet
        spent = {str(n): _without_report([*words, f"run.replications={n}"]) for n in counts}
    first, last = (spent[str(n)] for n in counts)
    more = counts[1] - counts[0]
    return {
        "one": one,
        "workers": 2,
        "runs": spent,
        "department_s": (last["wall_s"] - first["wall_s"]) / more,
        "department_cpu_s": (last["cpu_s"] - first["cpu_s"]) / more,
    }


def _without_report(words: list[str]) -> Found:
    """Wall seconds of a study through Python, without its report, and processor seconds of all processes."""
    code = (
        "import sys, time\nfrom sim import load_settings, run_study\n"
        "if __name__ == '__main__':\n"
        "    s = load_settings(*sys.argv[1:])\n"
        "    t = time.monotonic()\n"
        "    run_study(s, report=False, progress=lambda *_: None)\n"
        "    print(time.monotonic() - t)\n"
    )
    before = os.times()
    with tempfile.TemporaryDirectory() as outputs:
        done = subprocess.run(
            [sys.executable, "-c", code, *words, f"outputs={outputs}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    after = os.times()
    children = after.children_user + after.children_system
    return {
        "wall_s": float(done.stdout.splitlines()[-1]),
        "cpu_s": children - before.children_user - before.children_system,
    }


def memory(quick: bool = False) -> Found:
    """Memory of the default study as its replications grow, by benchmarks.memory."""
    from benchmarks.memory import measure

    counts = (2, 4) if quick else (100, 1000)
    return {str(n): vars(measure(n, [])) for n in counts}


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


def _run(words: list[str], **environment: str) -> Found:
    """Wall and processor seconds of a command, and the most memory of its processes."""
    import psutil

    with tempfile.TemporaryDirectory() as outputs:
        before = os.times()
        began = time.monotonic()
        process = psutil.Popen(
            [sys.executable, "-m", "sim", *words, f"outputs={outputs}"],
            cwd=ROOT,
            env=os.environ | environment,
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


def study(quick: bool = False) -> Found:
    """The default study from the shell prompt to the written report: least of three, and the first time."""
    _run(["run.replications=2"])
    words = ["run.replications=4"] if quick else []
    warm = min((_run(words) for _ in range(1 if quick else 3)), key=lambda one: one["wall_s"])
    with tempfile.TemporaryDirectory() as nothing:
        cold = _run(words, NUMBA_CACHE_DIR=nothing)
    return warm | {"cold_s": cold["wall_s"], "cold_cpu_s": cold["cpu_s"]}


def workers(quick: bool = False) -> Found:
    """What a second worker brings: the same replications, no report, in turns."""
    code = (
        "import sys, time\nfrom sim import load_settings, run_study\n"
        "s = load_settings(*sys.argv[1:])\n"
        "t = time.monotonic()\nrun_study(s, report=False, progress=lambda *_: None)\n"
        "print(time.monotonic() - t)\n"
    )
    number = 4 if quick else 500
    replications = f"run.replications={number}"
    wall: dict[int, list[float]] = {1: [], 2: []}
    spent: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(1 if quick else 2):
        for count, taken in wall.items():
            before = os.times()
            with tempfile.TemporaryDirectory() as outputs:
                done = subprocess.run(
                    [sys.executable, "-c", code, replications, f"run.workers={count}", f"outputs={outputs}"],
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
        "replications": number,
        "one_s": min(wall[1]),
        "two_s": min(wall[2]),
        "one_cpu_s": min(spent[1]),
        "two_cpu_s": min(spent[2]),
        "gain": max(pairs),
        "gains": pairs,
    }


def start_up(quick: bool = False) -> Found:
    """Seconds before anything is simulated, least of several: wall, and of the processor."""

    def least(*words: str) -> list[float]:
        taken = []
        for _ in range(2 if quick else 7):
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
        f"    s = load_settings('run.replications={2 if quick else 20}', f'outputs={{tempfile.mkdtemp()}}')\n"
        "    t = time.monotonic()\n"
        "    run_study(s, report=False, progress=lambda *_: None).comparison\n"
        "    return time.monotonic() - t\n"
        f"go()\nprint(min(go() for _ in range({1 if quick else 3})))\n"
    )
    verdict = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {
        "help": least("-m", "sim", "--help"),
        "import": [max(a - b, 0.0) for a, b in zip(whole, numpy, strict=True)],
        "verdict_s": float(verdict.stdout),
    }


SECTIONS: dict[str, Callable[[bool], Found]] = {
    "engines": engines,
    "replication": replication,
    "growth": growth,
    "country": country,
    "memory": memory,
    "study": study,
    "workers": workers,
    "start_up": start_up,
}


def ratios(found: Found) -> dict[str, float]:
    """What a release keeps: figures that hold from one machine to another; more is better in all.

    A curve below linear counts as linear: what it gains there is the weight of what does not grow.
    """
    curves = found["growth"]
    return {
        "permanence-year beside idiomatic SimPy": found["engines"]["sim"]["ratio"],
        "permanence-year beside C": found["engines"]["sim"]["ratio"] / found["engines"]["c"]["ratio"],
        "complete year beside desks in idiomatic SimPy": found["replication"]["ratio"],
        **{
            f"cost of one unit of {name} at the start beside the end": min(1.0, 1 / excess(curve))
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
    from benchmarks.performance_page import performance_page, write_page

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], help="default: all")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--release", action="store_true")
    given = parser.parse_args()
    if given.quick:
        tried: Found = {}
        for name, section in SECTIONS.items():
            print(f"{name}…", file=sys.stderr, flush=True)
            tried |= {f"{name}_load": here()["load"], name: section(True)}
        print(performance_page(tried | {"here": here()}))
        return 0
    found: Found = json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.is_file() else {}
    if given.sections or not (given.page or given.release):
        for name in given.sections or SECTIONS:
            print(f"{name}…", file=sys.stderr, flush=True)
            load = here()["load"]
            found[name] = SECTIONS[name](False)
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
