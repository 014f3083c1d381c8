"""The files of a study of assumptions: screening, tornado, flips, two layers of certainty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.measures.registry import DECISIONS, MEASURES, POSITIONS
from sim.report.words import LANGUAGES, Words
from sim.study.answer_text import answer_files
from sim.study.assumptions import Moved
from sim.study.compare import in_registry_order, practical_thresholds
from sim.study.flips import Flip, Side, find_flips, side
from sim.study.morris import Effects, effects
from sim.study.sensitivity import Layout, SensitivityPrepared
from sim.study.sobol import Indices, indices
from sim.study.statistics import Verdict, half_width, moments, quantiles, verdict
from sim.study.tables import csv_bytes

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.results import Results

__all__ = ["Findings", "FlipRow", "findings", "sensitivity_files", "to_refine"]

Floats = NDArray[np.float64]

_LEVEL = 0.95
_MOST_REFINED = 5
"""Assumptions looked at between their ends although no end flips anything: those that matter most."""
HEADLINE = "persons_helped"


class Runs:
    """The decision measures of every run, by point, replication and scenario."""

    def __init__(self, context: SensitivityPrepared, results: Results) -> None:
        self.layout = context.layout
        self.thresholds = context.settings[0].thresholds
        values = in_registry_order(results.measures, results.values)
        point, replication = np.divmod(results.replications, self.layout.most)
        self._kept = [*DECISIONS, "persons_helped_by_cell"]
        shape = (self.layout.points, self.layout.most, len(values), len(self._kept))
        self._values = np.full(shape, np.nan)
        columns = [POSITIONS[name] for name in self._kept]
        self._values[point, replication] = np.moveaxis(values[:, :, columns], 0, 1)

    def apart(self, point: int, scenario: int, replications: int) -> Floats:
        """Differences with the reference in the first worlds, shape (replications, decision measures)."""
        mine = self._values[point, :replications]
        return np.asarray(mine[:, scenario, :-1] - mine[:, 0, :-1])

    def drawn(self, draw: int, scenario: int) -> Floats:
        """Differences of one set of assumptions drawn, in its own world, shape (decision measures,)."""
        mine = self._values[self.layout.first_draw + draw, draw]
        return np.asarray(mine[scenario, :-1] - mine[0, :-1])

    def sobol(self, scenario: int) -> Floats:
        """Mean differences at the points of Sobol indices, shape (points, decision measures)."""
        layout = self.layout
        n = layout.asked.trajectory_replications
        points = range(layout.first_sobol, layout.points)
        found = [self.apart(point, scenario, n).mean(axis=0) for point in points]
        return np.array(found).reshape(-1, len(DECISIONS))

    def threshold(self, point: int, replications: int) -> Floats:
        """Practical thresholds at a point, shape (decision measures,)."""
        reference = np.full((replications, len(MEASURES)), np.nan)
        reference[:, POSITIONS["persons_helped_by_cell"]] = self._values[point, :replications, 0, -1]
        found = practical_thresholds(self.thresholds, reference)
        return np.array([found[m] for m in DECISIONS])


@dataclass(frozen=True, eq=False)
class Ends:
    """Both ends of an assumption's range beside the base, in the same worlds.

    Means of differences, shape (2, decision measures); changes from the base with their half-widths.
    """

    difference: Floats
    change: Floats
    half_width: Floats
    threshold: Floats


def ends_of(runs: Runs, assumption: int, scenario: int) -> Ends:
    """The two ends of one assumption for one scenario."""
    layout = runs.layout
    n = layout.asked.replications
    base = runs.apart(0, scenario, n)
    points = [layout.level(assumption, level) for level in (0, layout.asked.levels - 1)]
    moved = [runs.apart(p, scenario, n) for p in points]
    changes = [moments(m - base) for m in moved]
    return Ends(
        np.stack([moments(m).mean for m in moved]),
        np.stack([c.mean for c in changes]),
        np.stack([half_width(c.sd, c.n, _LEVEL) for c in changes]),
        np.stack([runs.threshold(p, n) for p in points]),
    )


def to_refine(context: SensitivityPrepared, results: Results) -> list[int]:
    """Assumptions to look at between their ends: those of which an end flips something, and the strongest.

    From the runs that every study makes, so that it is the same list whatever was run since.
    """
    runs = Runs(context, results)
    layout = context.layout
    n = layout.asked.replications
    chosen: set[int] = set()
    for scenario in range(1, len(context.settings)):
        base, room = moments(runs.apart(0, scenario, n)).mean, runs.threshold(0, n)
        strength = np.zeros(len(layout.moved))
        for i in range(len(layout.moved)):
            ends = ends_of(runs, i, scenario)
            with np.errstate(invalid="ignore"):
                strength[i] = np.nanmax(np.abs(ends.change / ends.threshold), initial=0.0)
            for k in range(len(DECISIONS)):
                own = side(base[k], room[k])
                if any(side(ends.difference[e, k], ends.threshold[e, k]) != own for e in range(2)):
                    chosen.add(i)
        chosen.update(np.argsort(-strength, kind="stable")[:_MOST_REFINED].tolist())
    return sorted(chosen)


@dataclass(frozen=True)
class FlipRow:
    """Whether and where one assumption flips the verdict on one measure; `flip` is None when it does not."""

    scenario: str
    measure: str
    moved: Moved
    own: Side
    flip: Flip | None

    @property
    def distance(self) -> float:
        """How far the assumption must move, in ranges; infinite when it does not flip."""
        if self.flip is None:
            return np.inf
        return abs(self.flip.at - self.moved.value) / (self.moved.high - self.moved.low)


@dataclass(frozen=True)
class Findings:
    """All that a study of assumptions finds, for tables and words.

    `base` are the differences as the assumptions stand, shape (replications, measures), by scenario;
    `drawn` those with all assumptions drawn, shape (draws, measures); `together` the confidence of each
    interval with which all of them, over scenarios and measures, hold at once.
    """

    layout: Layout
    scenarios: tuple[str, ...]
    base: dict[str, Floats]
    drawn: dict[str, Floats]
    threshold: Floats
    verdicts: dict[str, tuple[Verdict, ...]]
    screening: dict[str, Effects]
    ends: dict[str, tuple[Ends, ...]]
    flips: tuple[FlipRow, ...]
    together: float
    sobol: dict[str, Indices]


def findings(context: SensitivityPrepared, results: Results) -> Findings:
    """Everything, from the runs made."""
    runs = Runs(context, results)
    layout = context.layout
    names = tuple(s.scenario.name for s in context.settings)
    n = layout.asked.replications
    refined = set(to_refine(context, results))
    base, drawn, verdicts, screening, ends, sobol = {}, {}, {}, {}, {}, {}
    rows: list[FlipRow] = []
    family = max(len(names) - 1, 1) * len(DECISIONS)
    single = 1 - (1 - context.cell.confidence) / family
    threshold = runs.threshold(0, layout.base)
    for s, name in enumerate(names):
        if s == 0:
            continue
        base[name] = runs.apart(0, s, layout.base)
        low, high = moments(base[name]).interval(single)
        verdicts[name] = tuple(verdict(low[k], high[k], threshold[k]) for k in range(len(DECISIONS)))
        drawn[name] = np.array([runs.drawn(d, s) for d in range(len(layout.draws))]).reshape(
            -1, len(DECISIONS)
        )
        ends[name] = tuple(ends_of(runs, i, s) for i in range(len(layout.moved)))
        if layout.walks:
            outputs = np.array([_along(runs, w, s) for w in range(len(layout.walks))])
            screening[name] = effects(layout.walks, outputs)
        if len(layout.sobol):
            resampling = np.random.default_rng(s)
            sobol[name] = indices(runs.sobol(s), len(layout.moved), resampling)
        for i, moved in enumerate(layout.moved):
            rows += _flip_rows(runs, s, name, i, moved, n, between=i in refined)
    flips = _in_order(rows)
    return Findings(layout, names, base, drawn, threshold, verdicts, screening, ends, flips, single, sobol)


def _along(runs: Runs, walk: int, scenario: int) -> Floats:
    """Mean differences along a trajectory, over the worlds that none of its points lacks."""
    layout = runs.layout
    steps = [
        runs.apart(layout.walk(walk, step), scenario, layout.asked.trajectory_replications)
        for step in range(len(layout.moved) + 1)
    ]
    values = np.stack(steps)
    return moments(np.where(np.isnan(values).any(axis=0), np.nan, values).swapaxes(0, 1)).mean


def _flip_rows(
    runs: Runs, scenario: int, name: str, assumption: int, moved: Moved, n: int, *, between: bool
) -> list[FlipRow]:
    layout = runs.layout
    levels = layout.asked.levels
    tried = range(levels) if between else (0, levels - 1)
    points = [(moved.at(level / (levels - 1)), layout.level(assumption, level)) for level in tried]
    # A level at the own value, or two equal once rounded to whole numbers, are one.
    close = 1e-9 * (moved.high - moved.low)
    known: list[tuple[float, int]] = [(moved.value, 0)]
    for value, point in points:
        if all(abs(value - other) > close for other, _ in known):
            known.append((value, point))
    known.sort()
    values = np.array([value for value, _ in known])
    m = [moments(runs.apart(point, scenario, n)) for _, point in known]
    mean = np.stack([one.mean for one in m])
    half = np.stack([half_width(one.sd, one.n, _LEVEL) for one in m])
    room = np.stack([runs.threshold(point, n) for _, point in known])
    own = int(np.argmin(np.abs(values - moved.value)))
    rows = []
    for k, measure in enumerate(DECISIONS):
        if np.isnan(mean[own, k]):
            continue
        here = side(mean[own, k], room[own, k])
        found = find_flips(values, mean[:, k], half[:, k], room[:, k], moved.value)
        rows += [FlipRow(name, measure, moved, here, flip) for flip in found]
        if not found:
            rows.append(FlipRow(name, measure, moved, here, None))
    return rows


def _in_order(rows: list[FlipRow]) -> tuple[FlipRow, ...]:
    """The headline first; flips that chance cannot explain first, the nearest first."""

    def key(row: FlipRow) -> tuple[bool, int, bool, float, str]:
        shown = row.flip is not None and row.flip.shown
        return (
            row.measure != HEADLINE,
            DECISIONS.index(row.measure),
            not shown,
            row.distance,
            row.moved.path,
        )

    return tuple(sorted(rows, key=key))


def sensitivity_files(context: SensitivityPrepared, results: Results) -> dict[str, bytes]:
    """Every file of the study, by name."""
    from sim.study.sensitivity_words import answer_lines

    if not len(results.replications):
        return {}
    found = findings(context, results)
    said = {language: answer_lines(context, found, Words(language)) for language in LANGUAGES}
    return {
        "sensitivity.csv": csv_bytes(_screening_frame(found)),
        "tornado.csv": csv_bytes(_tornado_frame(found)),
        "flips.csv": csv_bytes(_flips_frame(found)),
        "layers.csv": csv_bytes(_layers_frame(found)),
        "not_moved.csv": csv_bytes(_aside_frame(context)),
        **({"sobol.csv": csv_bytes(_sobol_frame(found))} if found.sobol else {}),
        **answer_files(said),
    }


def _about(moved: Moved) -> dict[str, object]:
    a = moved.assumption
    return {
        "path": moved.path,
        "label_fr": a.label_fr,
        "label_en": a.label_en,
        "unit": a.unit,
        "unit_en": a.unit_en,
        "value": moved.value,
        "low": moved.low,
        "high": moved.high,
        "confidence": a.confidence,
    }


def _screening_frame(found: Findings) -> pd.DataFrame:
    """Morris: effect of each assumption on each difference, over its whole range; the strongest first."""
    import pandas as pd

    rows = []
    for name, e in found.screening.items():
        for k, measure in enumerate(DECISIONS):
            order = np.argsort(-np.nan_to_num(e.mu_star[:, k]), kind="stable")
            for rank, i in enumerate(order, start=1):
                rows.append(
                    {
                        "scenario": name,
                        "measure": measure,
                        **_about(found.layout.moved[i]),
                        "mu": e.mu[i, k],
                        "mu_star": e.mu_star[i, k],
                        "mu_star_error": e.error[i, k],
                        "sigma": e.sigma[i, k],
                        "rank": rank,
                    }
                )
    columns = ["scenario", "measure", *_about(found.layout.moved[0])] if found.layout.moved else []
    columns += ["mu", "mu_star", "mu_star_error", "sigma", "rank"]
    return pd.DataFrame(rows, columns=columns)


def _sobol_frame(found: Findings) -> pd.DataFrame:
    """Share of the spread of each difference that each assumption makes; the largest total first."""
    import pandas as pd

    rows = []
    for name, one in found.sobol.items():
        for k, measure in enumerate(DECISIONS):
            rows += [
                {
                    "scenario": name,
                    "measure": measure,
                    **_about(found.layout.moved[i]),
                    "first_order": one.first[i, k],
                    "first_order_ci95_low": one.first_ci[0, i, k],
                    "first_order_ci95_high": one.first_ci[1, i, k],
                    "total": one.total[i, k],
                    "total_ci95_low": one.total_ci[0, i, k],
                    "total_ci95_high": one.total_ci[1, i, k],
                    "n": one.n,
                }
                for i in np.argsort(-np.nan_to_num(one.total[:, k]), kind="stable")
            ]
    return pd.DataFrame(rows)


def _tornado_frame(found: Findings) -> pd.DataFrame:
    """Both ends of each range, one assumption at a time; the widest first."""
    import pandas as pd

    rows = []
    n = found.layout.asked.replications
    for name, ends in found.ends.items():
        base = moments(found.base[name][:n]).mean
        for k, measure in enumerate(DECISIONS):
            span = np.array([np.abs(e.difference[:, k] - base[k]).max(initial=0.0) for e in ends])
            for i in np.argsort(-np.nan_to_num(span), kind="stable"):
                e = ends[i]
                rows.append(
                    {
                        "scenario": name,
                        "measure": measure,
                        **_about(found.layout.moved[i]),
                        "difference": base[k],
                        "difference_low": e.difference[0, k],
                        "difference_high": e.difference[1, k],
                        "change_low_ci95_low": e.change[0, k] - e.half_width[0, k],
                        "change_low_ci95_high": e.change[0, k] + e.half_width[0, k],
                        "change_high_ci95_low": e.change[1, k] - e.half_width[1, k],
                        "change_high_ci95_high": e.change[1, k] + e.half_width[1, k],
                        "threshold": found.threshold[k],
                        "n": n,
                    }
                )
    return pd.DataFrame(rows)


def _flips_frame(found: Findings) -> pd.DataFrame:
    """Where each assumption flips each verdict; `flips_at` is null when it does not in its range."""
    import pandas as pd

    rows = [
        {
            "scenario": row.scenario,
            "measure": row.measure,
            **_about(row.moved),
            "side": row.own,
            "flips_at": row.flip.at if row.flip else None,
            "direction": row.flip.direction if row.flip else None,
            "side_beyond": row.flip.beyond if row.flip else None,
            "shown": row.flip.shown if row.flip else None,
        }
        for row in found.flips
    ]
    frame = pd.DataFrame(rows)
    return frame.astype({"flips_at": "float64"}) if len(frame) else frame


def _layers_frame(found: Findings) -> pd.DataFrame:
    """Chance and assumptions, apart: the mean's interval as they stand, and the spread when all are drawn."""
    import pandas as pd

    rows = []
    for name, base in found.base.items():
        m = moments(base)
        low, high = m.interval(_LEVEL)
        together_low, together_high = m.interval(found.together)
        drawn = found.drawn[name]
        d = moments(drawn) if len(drawn) else None
        for k, measure in enumerate(DECISIONS):
            row = {
                "scenario": name,
                "measure": measure,
                "difference": m.mean[k],
                "chance_ci95_low": low[k],
                "chance_ci95_high": high[k],
                "chance_sim_low": together_low[k],
                "chance_sim_high": together_high[k],
                "n": int(m.n[k]),
                "verdict": found.verdicts[name][k],
                "chance_sd": m.sd[k],
            }
            if d is not None:
                same = [
                    side(x, found.threshold[k]) == side(m.mean[k], found.threshold[k]) for x in drawn[:, k]
                ]
                row |= {
                    "drawn_mean": d.mean[k],
                    "drawn_p10": quantiles(drawn[:, [k]], 0.1)[0],
                    "drawn_p90": quantiles(drawn[:, [k]], 0.9)[0],
                    "drawn_sd": d.sd[k],
                    "assumptions_sd": np.sqrt(max(d.sd[k] ** 2 - m.sd[k] ** 2, 0.0)),
                    "share_same_side": float(np.mean(same)),
                    "draws": len(drawn),
                }
            rows.append(row)
    return pd.DataFrame(rows)


def _aside_frame(context: SensitivityPrepared) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(list(context.aside.items()), columns=["path", "why"])
