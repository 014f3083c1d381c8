"""What label exits change, as tables: dates, access, who goes where instead, what freed half-days are worth.

Written only where some scenario of the study has exits; the reference is the study's first scenario.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.measures import MeasureContext
from sim.measures.access import point_dates
from sim.measures.context import YEAR_DAYS
from sim.measures.moves import MOVED_NEEDS, MovedLayout
from sim.measures.net import ends
from sim.measures.registry import POSITIONS
from sim.models.facts import DESTINATIONS
from sim.models.plan import Plan
from sim.scenarios.exits import resolve_exits
from sim.settings import Settings
from sim.study.calendar_files import announced_of, inert
from sim.study.compare import Streamed, in_registry_order
from sim.study.statistics import Moments, moments
from sim.study.tables import csv_bytes
from sim.territory import Territory

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FARTHER_MIN", "SparseMoments", "exits_inputs", "exits_outputs", "has_exits"]

FARTHER_MIN = 10.0
"""Minutes by car from which a change of distance is counted: who loses or gains more than this."""
_LEVEL = 0.95

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def has_exits(settings: Settings) -> bool:
    """Whether some commune leaves, or may, in a scenario."""
    return settings.exits.reading != "none" or bool(settings.exits.communes)


def exits_inputs(
    scenarios: Sequence[Settings],
    plans: Sequence[Plan],
    contexts: Sequence[MeasureContext],
    territory: Territory,
) -> dict[str, bytes]:
    """`exits.csv` and `access_changes.csv`, which need no replication; drawn dates stand at their likely."""
    if not any(map(has_exits, scenarios)):
        return {}
    return {
        "exits.csv": csv_bytes(_dates(scenarios, territory)),
        "access_changes.csv": csv_bytes(_access_changes(scenarios, plans, contexts)),
    }


def exits_outputs(
    scenarios: Sequence[Settings], plans: Sequence[Plan], territory: Territory, results: Streamed
) -> dict[str, bytes]:
    """`from_to.csv`, `changes_by_need.csv` and `freed_half_days.csv`, from all replications."""
    if not any(map(has_exits, scenarios)):
        return {}
    horizon = scenarios[0].run.horizon
    years = ((horizon.end - horizon.start).days + 1) / YEAR_DAYS
    return {
        "from_to.csv": csv_bytes(_from_to(plans[0], results, years)),
        "changes_by_need.csv": csv_bytes(_changes_by_need(results, years)),
        "freed_half_days.csv": csv_bytes(_freed(scenarios, territory, results, years)),
    }


def _dates(scenarios: Sequence[Settings], territory: Territory) -> pd.DataFrame:
    """When each commune's permanences stop and its structures open and close, by scenario."""
    import pandas as pd

    rows = []
    for settings in scenarios:
        if not has_exits(settings):
            continue
        resolved = resolve_exits(settings.exits, territory)
        last = {p.site.insee_code: p.day for p in announced_of(settings, territory) if not p.is_cancelled}
        seen_to = settings.run.horizon.end + timedelta(days=1)  # a later stop leaves passages beyond
        by_hand = {
            code
            for code in territory.itinerant_communes
            if {code, territory.commune(code).name} & set(settings.exits.communes)
        }
        given = {row.insee_code: row for row in reversed(territory.exits_of(_reading(settings)))}
        structures = sorted(resolved.structures, key=lambda s: (s.insee_code, s.opens, s.alternative))
        for structure in structures:
            code = structure.insee_code
            stops = resolved.stops.get(code)
            basis = "by_hand" if code in by_hand else settings.exits.reading
            rows.append(
                {
                    "scenario": settings.scenario.name,
                    "insee_code": code,
                    "commune": inert(territory.commune(code).name),
                    "structure": structure.alternative,
                    "basis": basis,
                    "confidence": given[code].confidence if code in given and code not in by_hand else None,
                    "policy": settings.exits.policy,
                    "fixed_opens": _iso(structure.opens),
                    "fixed_closes": _iso(structure.closes),
                    "permanence_stops": _iso(stops),
                    "last_passage": _iso(last.get(code)) if stops is not None and stops <= seen_to else None,
                }
            )
    columns = (
        *("scenario", "insee_code", "commune", "structure", "basis", "confidence", "policy"),
        *("fixed_opens", "fixed_closes", "permanence_stops", "last_passage"),
    )
    return pd.DataFrame(rows, columns=list(columns))


def _reading(settings: Settings) -> str:
    return "announced" if settings.exits.reading == "drawn" else settings.exits.reading


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _access_changes(
    scenarios: Sequence[Settings], plans: Sequence[Plan], contexts: Sequence[MeasureContext]
) -> pd.DataFrame:
    """By commune: days on which the nearest desk is farther or nearer than in the reference on the same day.

    A desk is a permanence on offer, an open fixed structure or another round's stop.
    """
    import pandas as pd

    context = contexts[0]
    days = plans[0].calendar.days
    ordinal = plans[0].calendar.start.toordinal()
    points = [
        np.clip(point_dates(plan.site_dates, plan.fixed_opens, ordinal, mine), 0, days)
        for plan, mine in zip(plans, contexts, strict=True)
    ]
    frames = []
    for settings, dates in zip(scenarios[1:], points[1:], strict=True):
        if settings.exits == scenarios[0].exits:
            continue
        cuts = np.unique(np.concatenate(([0, days], points[0].ravel(), dates.ravel())))
        counts = np.zeros((4, len(context.communes)))
        most = np.zeros((2, len(context.communes)))
        last: tuple[Floats, Floats] | None = None
        for first, span in zip(cuts[:-1], np.diff(cuts), strict=True):
            before, own_before = _nearest(context, points[0], int(first))
            after, own_after = _nearest(context, dates, int(first))
            with np.errstate(invalid="ignore"):  # nowhere to go in either: no change
                apart = np.nan_to_num(after - before, nan=0.0)
            counts[0] += span * (apart > FARTHER_MIN)
            counts[1] += span * (apart < -FARTHER_MIN)
            counts[2] += span * (own_before & ~own_after)
            counts[3] += span * (own_after & ~own_before)
            most = np.maximum(most, [apart, -apart])
            last = before, after
        assert last is not None  # noqa: S101 - a horizon has a day
        frames.append(
            pd.DataFrame(
                {
                    "scenario": settings.scenario.name,
                    "insee_code": context.communes,
                    "population": context.population.astype(np.int64),
                    "days_farther": counts[0].astype(np.int64),
                    "days_nearer": counts[1].astype(np.int64),
                    "most_minutes_farther": most[0],
                    "most_minutes_nearer": most[1],
                    "days_own_service_lost": counts[2].astype(np.int64),
                    "days_own_service_gained": counts[3].astype(np.int64),
                    "minutes_last_day_reference": np.where(np.isinf(last[0]), np.nan, last[0]),
                    "minutes_last_day": np.where(np.isinf(last[1]), np.nan, last[1]),
                }
            )
        )
    return (
        pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"scenario": [], "insee_code": []})
    )


def _nearest(context: MeasureContext, dates: Ints, day: int) -> tuple[Floats, NDArray[np.bool_]]:
    on_offer = (dates[:, 0] <= day) & (day < dates[:, 1])
    minutes: Floats = context.minutes[:, on_offer].min(axis=1, initial=np.inf)
    own: NDArray[np.bool_] = np.asarray(context.own[:, on_offer].any(axis=1))
    return minutes, own


class SparseMoments:
    """Mean and spread of counts in few of very many cells, replication by replication.

    Counts are whole, so their sums are exact in any order.
    """

    def __init__(self) -> None:
        self.n = 0
        self.cell: Ints = np.empty(0, np.int64)
        self._sum: Ints = np.empty(0, np.int64)
        self._squares: Ints = np.empty(0, np.int64)

    def add(self, cell: Ints, count: Ints) -> None:
        """Add one replication: distinct cells, and the count in each."""
        self.n += 1
        known = np.union1d(self.cell, cell)
        for name, values in (("_sum", count), ("_squares", count * count)):
            grown = np.zeros(len(known), np.int64)
            grown[np.searchsorted(known, self.cell)] = getattr(self, name)
            grown[np.searchsorted(known, cell)] += values
            setattr(self, name, grown)
        self.cell = known

    @property
    def moments(self) -> Moments:
        """Moments by cell, replications without it counting as zero."""
        n = max(self.n, 1)
        mean = self._sum / n
        variance = (self._squares - self._sum * mean) / max(n - 1, 1)
        sd = np.sqrt(np.maximum(variance, 0.0)) if self.n > 1 else np.full(len(mean), np.nan)
        return Moments(mean, sd, np.full(len(mean), self.n, np.int64))


def _sparse(name: str, results: Streamed) -> dict[int, SparseMoments]:
    found: dict[int, SparseMoments] = {}
    reference = results.values[0]  # noqa: PD011 - an array, not a frame
    alone = np.isnan(reference).all(axis=1)
    for scenario, replication, columns in results.tables(name):
        # Where the reference failed nobody could be paired, which is not the same as nobody moved.
        if scenario == 0 or alone[replication]:
            continue
        found.setdefault(scenario, SparseMoments()).add(columns["cell"], columns["persons"])
    return found


def _yearly(m: Moments, years: float) -> dict[str, Any]:
    low, high = m.interval(_LEVEL)
    return {
        "persons_a_year": m.mean / years,
        "persons_a_year_ci95_low": low / years,
        "persons_a_year_ci95_high": high / years,
    }


def _from_to(plan: Plan, results: Streamed, years: float) -> pd.DataFrame:
    """Persons a year who end elsewhere than in the reference: commune of residence, from where, to where."""
    import pandas as pd

    names = ends(plan.access.ids)
    layout = MovedLayout(names)
    labels, codes = np.array(names, object), np.array(plan.communes, object)
    frames = []
    for scenario, found in sorted(_sparse("from_to", results).items()):
        home, before, now = layout.split(found.cell)
        frames.append(
            pd.DataFrame(
                {
                    "scenario": results.scenarios[scenario],
                    "insee_code": codes[home],
                    "from": labels[before],
                    "to": labels[now],
                    **_yearly(found.moments, years),
                }
            )
        )
    return pd.concat(frames, ignore_index=True) if frames else _empty("insee_code", "from", "to")


def _changes_by_need(results: Streamed, years: float) -> pd.DataFrame:
    """Persons a year by kind of need, kind of place in the reference and kind of place in the scenario."""
    import pandas as pd

    needs, places = np.array(MOVED_NEEDS, object), np.array(DESTINATIONS, object)
    frames = []
    for scenario, found in sorted(_sparse("changes_by_need", results).items()):
        pair, now = np.divmod(found.cell, len(places))
        need, before = np.divmod(pair, len(places))
        frames.append(
            pd.DataFrame(
                {
                    "scenario": results.scenarios[scenario],
                    "need": needs[need],
                    "from": places[before],
                    "to": places[now],
                    **_yearly(found.moments, years),
                }
            )
        )
    return pd.concat(frames, ignore_index=True) if frames else _empty("need", "from", "to")


def _empty(*columns: str) -> pd.DataFrame:
    import pandas as pd

    persons = ("persons_a_year", "persons_a_year_ci95_low", "persons_a_year_ci95_high")
    return pd.DataFrame(columns=["scenario", *columns, *persons])


@dataclass(frozen=True, slots=True)
class _Half:
    """Planned half-days a year of a scenario, and of the same exits with no use of what they free."""

    freed: float
    used: float


def _freed(
    scenarios: Sequence[Settings], territory: Territory, results: Streamed, years: float
) -> pd.DataFrame:
    """What each use of the freed half-days is worth, against the same exits with freed half-days kept.

    Kept half-days serve home visits, follow-up and reserve: their worth is read in `home_visits`, the home
    visits done beyond those of the reference.
    """
    import pandas as pd

    values = in_registry_order(results.measures, results.values)
    position = {_without_policy(s): i for i, s in enumerate(scenarios) if s.exits.policy == "keep"}
    rows = []
    for i, settings in enumerate(scenarios):
        if i == 0 or not has_exits(settings):
            continue
        half_days = _half_days(settings, territory, years)
        keep = position.get(_without_policy(settings))
        row: dict[str, Any] = {
            "scenario": settings.scenario.name,
            "kept": None if keep is None else results.scenarios[keep],
            "policy": settings.exits.policy,
            "half_days_freed_a_year": half_days.freed,
            "half_days_used_a_year": half_days.used,
        }
        for name, measure, against in (
            ("home_visits", "helped_at_home", 0),
            ("persons_helped", "persons_helped", keep),
            ("persons_helped_by_cell", "persons_helped_by_cell", keep),
        ):
            apart = (
                moments(values[i, :, POSITIONS[measure]] - values[against, :, POSITIONS[measure]])
                if against is not None and against != i
                else None
            )
            row |= _worth(name, apart, half_days.freed)
        rows.append(row)
    return pd.DataFrame(rows)


def _worth(name: str, apart: Moments | None, half_days: float) -> dict[str, float]:
    nan = float("nan")
    mean, low, high = nan, nan, nan
    if apart is not None:
        mean = float(apart.mean)
        low, high = (float(x) for x in apart.interval(_LEVEL))
    per = 1.0 / half_days if half_days > 0 else nan
    return {
        f"{name}_difference": mean,
        f"{name}_difference_ci95_low": low,
        f"{name}_difference_ci95_high": high,
        f"{name}_per_half_day": mean * per,
        f"{name}_per_half_day_ci95_low": low * per,
        f"{name}_per_half_day_ci95_high": high * per,
    }


def _without_policy(settings: Settings) -> str:
    """What a scenario is but for the use of freed half-days."""
    plain = settings.model_copy(update={"exits": settings.exits.model_copy(update={"policy": "keep"})})
    return plain.model_dump_json(exclude={"scenario", "study"})


def _half_days(settings: Settings, territory: Territory, years: float) -> _Half:
    def planned(**exits: object) -> float:
        changed = settings.model_copy(update={"exits": settings.exits.model_copy(update=exits)})
        return sum(not p.is_cancelled for p in announced_of(changed, territory)) / years

    kept = planned(policy="keep")
    return _Half(planned(reading="none", communes={}) - kept, planned() - kept)
