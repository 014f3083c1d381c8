"""docs/performance.md and its chart, from what was measured."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.memory import Peak, table
from benchmarks.performance import excess

__all__ = ["performance_page", "write_page"]

DOCS = Path(__file__).resolve().parents[1] / "docs"
Found = dict[str, Any]


def write_page(found: Found) -> None:
    """Write the page and its chart."""
    (DOCS / "images").mkdir(exist_ok=True)
    (DOCS / "images" / "engines.svg").write_text(_chart(found), encoding="utf-8")
    (DOCS / "performance.md").write_text(performance_page(found), encoding="utf-8")


def performance_page(found: Found) -> str:
    """The page, in Markdown."""
    return "\n".join(_page(found)) + "\n"


_COMPILED = (
    "choice of a place",
    "first contacts listed",
    "starts of days: crews, booking desk, first drives",
    "vehicle-days with their desks",
)


def _targets(found: Found) -> Iterator[tuple[str, str, float, str, bool]]:
    """What is asked, the target, what is measured, its unit, whether it is met."""
    sim, c = found["engines"]["sim"], found["engines"]["c"]
    one, study, start = found["replication"], found["study"], found["start_up"]
    year = "one département-year of the complete model, one core"
    yield "permanence-year beside idiomatic SimPy", "≥ 80 ×", sim["ratio"], "×", sim["ratio"] >= 80
    yield "permanence-year beside idiomatic SimPy", "≥ 120 ×", sim["ratio"], "×", sim["ratio"] >= 120
    apart = c["ratio"] / sim["ratio"]
    yield "permanence-year over the C event calendar", "≤ 6 ×", apart, "×", apart <= 6
    yield year, "≤ 40 ms", one["ms"], "ms", one["ms"] <= 40
    yield year, "≤ 13 ms", one["ms"], "ms", one["ms"] <= 13
    yield f"{year}, beside desks alone in idiomatic SimPy", "≥ 20 ×", one["ratio"], "×", one["ratio"] >= 20
    wall = study["wall_s"]
    yield "default study, shell prompt to report, warm", "≤ 45 s", wall, "s", wall <= 45
    yield "default study, shell prompt to report, warm", "≤ 10 s", wall, "s", wall <= 10
    if "cold_s" in study:
        cold = study["cold_s"]
        yield "default study, the very first time", "≤ 25 s", cold, "s", cold <= 25
    peak = study["peak_mb"]
    yield "default study, memory of all processes", "≤ 1 000 MB", peak, "MB", peak <= 1000
    yield "default study, memory of all processes", "≤ 400 MB", peak, "MB", peak <= 400
    verdict = start["verdict_s"]
    yield "first verdict, 20 replications, through Python, warm", "≤ 2 s", verdict, "s", verdict <= 2
    yield "`python -m sim --help`", "≤ 1.5 s", start["help"][0], "s", start["help"][0] <= 1.5
    yield "`python -m sim --help`", "≤ 0.8 s", start["help"][0], "s", start["help"][0] <= 0.8
    yield "`import sim` above numpy", "≤ 0.3 s", start["import"][0], "s", start["import"][0] <= 0.3
    for name, curve in found["growth"].items():
        more = excess(curve)
        yield f"growth: {NAMES[name]}, one more at the end over the start", "≤ 1.10 ×", more, "×", more <= 1.1
    gain = found["workers"]["gain"]
    yield (
        f"two workers beside one, {found['workers'].get('replications', 200)} replications",
        "≥ 1.85 ×",
        gain,
        "×",
        gain >= 1.85,
    )


def _page(found: Found) -> Iterator[str]:
    here, one = found["here"], found["replication"]
    yield f"""# Performance

Measured and written by `python -m benchmarks.performance` (`make bench` runs it after pytest-benchmark);
do not edit. `make profile` prints the table of stages alone.

{here["date"]}; {here["cpu"]}, {here["cores"]} cores; {here["versions"]}.
Milliseconds are of the processor, not of the clock on the wall, so that other work on the machine counts
little; ratios are taken inside one run. Where the wall counts (study, workers, start-up) so does what others
run: the load of the machine was {found["study_load"]} when the study was measured, {found["workers_load"]}
for workers, {found["start_up_load"]} for start-up, and each target is judged as measured.

## Targets

| what | target | measured | |
| --- | --: | --: | --- |"""
    for what, target, value, unit, met in _targets(found):
        yield f"| {what} | {target} | {_short(value)} {unit} | {'met' if met else '**not met**'} |"
    yield f"""
The complete year is that of one scenario of the default study – world, model, invariants, measures – the
world shared by its five scenarios. With a world for itself it takes {_short(one["alone_ms"])} ms. A year of
desks in idiomatic SimPy took {_short(one["simpy_desks_ms"])} ms in the same minutes.
"""
    yield from _what_stands_between(found)
    yield """
## The permanence-year, beside other engines

648 permanences of 180 minutes, two agents, every visitor recorded; each engine is checked against the
reference figures before it is timed. Medians of interleaved rounds.

| engine | ms a year | × faster than idiomatic SimPy |
| --- | --: | --: |"""
    for engine in found["engines"].values():
        yield f"| {engine['name']} | {_short(engine['ms'])} | {_short(engine['ratio'])} |"
    yield """
![Milliseconds a year by engine, on a logarithmic scale](images/engines.svg)

## Where a replication's time goes

| stage | ms a year | % |
| --- | --: | --: |"""
    total = sum(one["stages"].values())
    for name, ms in one["stages"].items():
        if ms > 0.0005:
            yield f"| {name} | {ms:.2f} | {100 * ms / total:.1f} |"
    yield f"| **sum** | **{total:.2f}** | **100** |"
    yield from _floor(one["stages"])
    yield """
## Growth

A year of one scenario, with a world for itself, median of three replications, each point in a process of
its own. *Linear* is 1.00: the cost of one more at the end of the curve over that at its start; below it,
what does not grow is being shared.
"""
    yield from _growth(found["growth"])
    yield """
What keeps it so, each short cut tested against the plain way in `tests/test_growth.py`:

- **Booking desk.** A request passes over routes without a gap as long as a visit, gaps whose least possible
  cost (chords of the sphere, no trigonometry) cannot beat the best so far, and every empty route of a spare
  crew after the first, which would start and cost the same. So it looks at few routes however many vehicles
  there are.
- **Access.** A commune keeps the points near it and those no further than its nearest one that never closes;
  it is looked at again only when one of them opens or closes.
- **Flows.** Needs are sorted by commune by counting; only pairs that exist are kept.
- **Crews.** How many a day has is counted, not made one by one.

- **Memory.** Workers keep what they free: the C library would give arrays over 32 MB back after each
  replication, and the system clear every page again for the next.

What grows a little faster: a morning looks once at every agent for every tour that lacks its own.

"""
    yield from _country(found["country"])
    yield """
## Memory, workers, start-up

| | |
| --- | --: |"""
    yield from _rest(found)
    yield """
On a machine where others work, the wall says little of a second worker. Processor time says what it costs:
what two workers spend beyond one is its price; what else is lost is waiting for a core."""

    yield """
Memory of the default study as its replications grow, by `python -m benchmarks.memory 100 1000`:
"""
    yield table([Peak(**peak) for peak in found["memory"].values()])


def _country(found: Found) -> Iterator[str]:
    one, runs, spent = found["one"], found["runs"], found["department_s"]
    year_s, hour = one["ms"] / 1000, 3600.0
    stages = sorted(one["stages"].items(), key=lambda item: -item[1])[:5]
    most = ", ".join(f"{name} {100 * ms / one['ms']:.0f} %" for name, ms in stages)
    counts = " and ".join(f"{n} runs in {run['wall_s']:.1f} s" for n, run in runs.items())
    apart, whole = 1000 * 101 * spent / hour, 1000 * year_s / hour
    memory = one["peak_mb"] / 1024
    machines, together = math.ceil(apart), math.ceil(whole / found["workers"])
    yield f"""## A country

The engine knows one base a programme. A country is therefore two things here.

**One programme of national size**: 25 000 communes, 2 700 sites and 300 vehicles in one generated territory
(of 99 départements, the most that the generator's codes leave room for), all vehicles at one base with one
booking desk. Minutes and distances are divided by a hundred, so that rounds can be driven and residents
reach what they would in one département. One year, with its world, invariants and measures, takes
**{year_s:.2f} s** of one core and {memory:.1f} GB at most: {_short(one["needs"])} needs,
{_short(one["contacts"])} contacts, {_short(one["passages"])} passages, {_short(one["requests"])} requests
for a home visit. Preparing it, once a study, takes {one["prepare_s"]:.0f} s. What dominates: {most}.

**101 départements, each with its base and its desk**: as many independent runs of one generated département
by `run.executor=dask` on a local cluster of {found["workers"]} workers: {counts}, the start of the
cluster included. One more département-year costs {1000 * spent:.1f} ms of the clock and
{1000 * found["department_cpu_s"]:.1f} ms of processor, writing included.

1 000 replications of a country for a year, in machines like this one, two cores each:

- apart, 1 000 × 101 × {1000 * spent:.1f} ms = {apart:.2f} hours: **{machines}** for an hour's work;
- as one programme, 1 000 × {year_s:.2f} s = {whole:.2f} hours of one core: **{together}** for an hour's work,
  each with {2 * memory:.1f} GB for its two workers.

`run.dask.address` names the scheduler of such a cluster; nothing else changes."""


def _rest(found: Found) -> Iterator[str]:
    study, workers, start = found["study"], found["workers"], found["start_up"]
    gains = ", ".join(f"{gain:.2f}" for gain in workers["gains"])
    yield f"""| default study, wall | {study["wall_s"]:.1f} s |
| default study, processor, all processes | {study["cpu_s"]:.1f} s |
| default study, most memory, all processes (PSS: shared pages count once) | {study["peak_mb"]:.0f} MB |
| of which at most: Python's processes | {study["own_mb"]:.0f} MB |
| of which at most: the browser that draws the report's pictures | {study["browser_mb"]:.0f} MB |
| {workers.get("replications", 200)} replications of 5 scenarios, 1 worker, wall | {workers["one_s"]:.1f} s |
| the same, 2 workers | {workers["two_s"]:.1f} s |
| processor time of the two | {workers["one_cpu_s"]:.1f} s; {workers["two_cpu_s"]:.1f} s |
| gain of the second worker, pair by pair | {gains} |
| first verdict, 20 replications, warm | {start["verdict_s"]:.1f} s |
| `python -m sim --help`, wall; processor | {start["help"][0]:.2f} s; {start["help"][1]:.2f} s |
| `import sim` above numpy, wall | {1000 * start["import"][0]:.0f} ms |"""


def _what_stands_between(found: Found) -> Iterator[str]:
    one, study, workers = found["replication"], found["study"], found["workers"]
    compiled = sum(one["stages"].get(name, 0.0) for name in _COMPILED)
    compiles = max(study.get("cold_cpu_s", 0.0) - study["cpu_s"], 0.0)
    alone = max(2 * workers["two_s"] - workers["one_s"], 0.0)
    yield f"""What stands between the figures and the targets that are not met:

- **Twenty times idiomatic SimPy.** A year of its desks takes {_short(one["simpy_desks_ms"])} ms here (268 ms
  where 13 ms were asked), so twenty times is {_short(one["simpy_desks_ms"] / 20)} ms for a complete year. The
  compiled loops alone take {_short(compiled)} ms.
- **Ten seconds for the default study.** It spends {study["cpu_s"]:.1f} s of processor, without the browser's:
  {study["cpu_s"] / 2:.1f} s of the clock if two cores never waited. Settings and compiled code are read
  before workers start, tables and report are made after they end, on one core but for the browser.
- **The very first time.** Numba compiles for {compiles:.0f} s of processor what it then keeps, on two cores
  at once where the types of one part do not depend on another. Half of it is LLVM, which optimises a function
  again in each that calls it.
- **400 MB.** A process with numpy, Numba and compiled code holds 170 MB before a need is drawn; two workers
  and the process that writes share part of it. The browser that prints the report takes
  {study["browser_mb"]:.0f} MB.
- **Two workers.** What is not replications takes one core: some {alone:.1f} s of {workers["two_s"]:.1f} s."""


def _floor(stages: Found) -> Iterator[str]:
    python = ("SimPy: events and processes", "facts gathered", "invariants", "measures")
    compiled, arrays = (sum(stages.get(name, 0.0) for name in names) for names in (_COMPILED, python))
    yield f"""
![Flame graph of a batch of replications](images/profile.svg)

Compiled loops of the model take {compiled:.1f} ms, the world {stages["world drawn"]:.1f} ms (its share of
one draw for five scenarios), SimPy with facts, invariants and measures {arrays:.1f} ms. SimPy's part is its
events: a waking whenever permanences open and one each morning, 1 to 3 µs each. What no lever
removes: every need of the world weighs its places once, and is looked at once in facts and measures."""


NAMES = {
    "visitors": "needs per person in difficulty and year",
    "years": "years",
    "vehicles": "vehicles, and as many pairs, same rounds",
    "sites": "sites, with as many more communes, residents, vehicles and pairs",
}


def _growth(curves: Found) -> Iterator[str]:
    yield "| what grows | | needs | contacts | ms | µs a need | peak MB | cost of one more, end over start |"
    yield "| --- | --: | --: | --: | --: | --: | --: | --: |"
    for name, curve in curves.items():
        points = sorted(curve.items(), key=lambda item: float(item[0]))
        for i, (n, point) in enumerate(points):
            last = f"**{excess(curve):.2f}**" if i == len(points) - 1 else ""
            needs, contacts = _short(point["needs"]), _short(point["contacts"])
            each = 1000 * point["ms"] / point["needs"]
            ms, peak = f"{point['ms']:.1f}", f"{point['peak_mb']:.0f}"
            row = (NAMES[name] if i == 0 else "", n, needs, contacts, ms, f"{each:.2f}", peak, last)
            yield f"| {' | '.join(row)} |"


def _short(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ") if abs(value) >= 100 else f"{value:.3g}"


def _chart(found: Found) -> str:
    """Horizontal bars on a logarithmic scale, the quickest at the bottom."""
    rows = [(one["name"], one["ms"], key.startswith("sim") and "simpy" not in key)
            for key, one in found["engines"].items()]  # fmt: skip
    low, high = 0.1, 10 ** math.ceil(math.log10(max(ms for _, ms, _ in rows)))
    left, width, row = 330, 520, 26

    def x(ms: float) -> float:
        return left + width * math.log10(ms / low) / math.log10(high / low)

    height = 60 + row * len(rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 940 {height}" role="img" ',
        'aria-label="Milliseconds a year by engine" font-family="system-ui, sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for power in range(math.ceil(math.log10(low)), int(math.log10(high)) + 1):
        at = x(10**power)
        parts.append(f'<line x1="{at:.1f}" y1="10" x2="{at:.1f}" y2="{height - 34}" stroke="#d7dde3"/>')
        parts.append(f'<text x="{at:.1f}" y="{height - 18}" text-anchor="middle">{10**power:g}</text>')
    parts.append(f'<text x="{left}" y="{height - 2}">milliseconds of processor a year, logarithmic</text>')
    for i, (name, ms, own) in enumerate(rows):
        y = 14 + i * row
        colour = "#00735c" if own else "#8c9bab"
        parts.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{escape(name[:48])}</text>')
        parts.append(
            f'<rect x="{left}" y="{y}" width="{max(x(ms) - left, 1):.1f}" height="18" fill="{colour}"/>'
        )
        parts.append(f'<text x="{x(ms) + 6:.1f}" y="{y + 14}">{_short(ms)}</text>')
    return "".join(parts) + "</svg>\n"
