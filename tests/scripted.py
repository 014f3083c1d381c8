"""Worlds scripted by hand: quiet settings, rounds, people, requests and mishaps of a test's choosing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sim.compose import load_settings
from sim.models.facts import Facts
from sim.models.plan import Plan
from sim.scenarios.plan import make_plan
from sim.settings import NEEDS, Settings
from sim.territory import Territory, load_territory
from sim.world import DrawnNeeds, HomeRequests, World, draw_world

__all__ = [
    "QUIET",
    "Person",
    "Request",
    "at",
    "clock",
    "columns",
    "compose",
    "rounds_file",
    "scripted",
    "territory",
    "with_breakdown",
    "with_people",
    "with_requests",
    "with_sickness",
]

DAY_S = 86_400
HOURS = {"morning": ("09:30", "11:30"), "afternoon": ("13:30", "16:30")}

QUIET = (
    "study=single",
    "territory=tiny",
    "demand.needs_per_person_per_year=0",
    "homes.requests_per_week=0",
    "day.leg_noise_cv=0",
    "day.day_factor_cv=0",
    "fleet.breakdown_share_of_vehicle_days=0",
    "staff.sickness.spells_per_year=0",
    "staff.leave_days_per_year=0",
    "staff.training_days_per_year=0",
    "staff.initial_training_weeks=0",
    "staff.coordinator_fte=0",
    "desk.workshops.per_month_per_cn=0",
    "desk.self_service_posts=0",
)
"""Nothing is left to chance: no need, request, traffic, absence, breakdown or workshop but those scripted."""


@cache
def compose(*words: str) -> Settings:
    """The settings of the reference composed from the words of a command line."""
    return load_settings(*words).reference


@cache
def territory(name: str = "tiny") -> Territory:
    return load_territory(name)


def at(day: int, time: str) -> int:
    """The instant of a time of day such as 09:30 or 09:30:15."""
    return day * DAY_S + clock(time)


def clock(time: str) -> int:
    """Seconds of the day of 09:30 or 09:30:15."""
    hours, minutes, *seconds = (int(part) for part in time.split(":"))
    return hours * 3600 + minutes * 60 + (seconds[0] if seconds else 0)


def rounds_file(folder: Path, stops: Iterable[Sequence[Any]]) -> str:
    """Write hand-made rounds and give the word that uses them.

    A stop is (site, vehicle, week, weekday, half-day) and, where they are not the usual ones, the
    hours of opening and closing.
    """
    lines = ["site_id,vehicle,week,weekday,half_day,open_s,close_s"]
    for site, vehicle, week, weekday, half_day, *hours in stops:
        opens, closes = hours or HOURS[half_day]
        lines.append(f"{site},{vehicle},{week},{weekday},{half_day},{clock(opens)},{clock(closes)}")
    file = folder / "rounds.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return f"rounds.file={file}"


def scripted(*words: str, pairs: int = 0) -> tuple[Plan, World]:
    """The plan and world of replication 0 of quiet settings and these words."""
    settings = compose(*QUIET, *words)
    place = territory(settings.territory)
    return make_plan(settings, place), draw_world(settings, place, 0, pairs)


@dataclass(frozen=True)
class Person:
    """A need of a test's choosing; one value per contact where there are three, the last repeated."""

    at: int
    goes_to: str  # the alternative she prefers, such as permanence:99001
    second_choice: str = "gives_up"
    home: str = "99001"
    need: str = "admin_level_1"
    arrives: Sequence[float] = (0.5,)  # quantiles of the profile of arrivals
    patience_min: Sequence[float] = (600.0,)
    work_min: float = 30.0
    unsolved: bool = False
    fate: Sequence[float] = (0.0,)
    told: Sequence[float] = (1.0,)
    appointment: Sequence[float] = (1.0,)
    aware: bool = True
    redirected: bool = False


def _three(values: Sequence[float]) -> list[float]:
    return [float(values[min(k, len(values) - 1)]) for k in range(3)]


def with_people(world: World, people: Sequence[Person], place: Territory | None = None) -> World:
    """The world with these needs alone, numbered 1, 2, … in the order given."""
    place = place or territory()
    access = world.access
    homes = [place.commune_position[p.home] for p in people]
    tastes = [
        # who does not know the cell weighs no permanence; a uniform near 1 is the taste of a favourite
        [
            {p.goes_to: 1 - 1e-12, p.second_choice: 1 - 1e-6}.get(access.ids[a], 1e-300)
            for a in access.entry_alternative[access.entry_start[home] : access.entry_start[home + 1]]
        ]
        for p, home in zip(people, homes, strict=True)
    ]
    others = [int(access.first_permanence[home] - access.entry_start[home]) for home in homes]
    elsewhere = [t[:n] for t, n in zip(tastes, others, strict=True)]
    here = [t[n:] if p.aware else [] for t, n, p in zip(tastes, others, people, strict=True)]
    needs = DrawnNeeds(
        person_id=np.arange(1, len(people) + 1),
        home=np.array(homes, np.int64),
        at=np.array([p.at for p in people], np.int64),
        need=np.array([NEEDS.index(p.need) for p in people], np.int64),
        segment=np.zeros(len(people), np.int64),
        operator=np.zeros(len(people), np.int64),
        redirected=np.array([p.redirected for p in people], np.bool_),
        aware=np.array([p.aware for p in people], np.bool_),
        work_s=np.array([p.work_min * 60 for p in people], np.float64),
        unsolved=np.array([p.unsolved for p in people], np.bool_),
        quantile=np.array([_three(p.arrives) for p in people]).reshape(-1, 3),
        patience_s=np.array([_three([60 * m for m in p.patience_min]) for p in people], np.int64).reshape(
            -1, 3
        ),
        fate=np.array([_three(p.fate) for p in people]).reshape(-1, 3),
        told=np.array([_three(p.told) for p in people]).reshape(-1, 3),
        appointment=np.array([_three(p.appointment) for p in people]).reshape(-1, 3),
        taste_start=np.cumsum([0, *map(len, elsewhere)]),
        taste=np.array([u for one in elsewhere for u in one], np.float64),
        permanence_start=np.cumsum([0, *map(len, here)]),
        permanence_taste=np.array([u for one in here for u in one], np.float64),
    )
    return replace(world, needs=needs)


@dataclass(frozen=True)
class Request:
    """A request for a home visit of a test's choosing."""

    requested_at: int
    handled_day: int
    home: str = "99003"
    length_min: float = 75.0
    cancelled: bool = False
    redirected: bool = False
    no_show: float = 1.0


def with_requests(world: World, requests: Sequence[Request]) -> World:
    """The world with these requests alone, numbered 1, 2, … in the order given."""
    place = territory()
    return replace(
        world,
        homes=HomeRequests(
            request_id=np.arange(1, len(requests) + 1),
            home=np.array([place.commune_position[r.home] for r in requests], np.int64),
            channel=np.zeros(len(requests), np.int64),
            requested_at=np.array([r.requested_at for r in requests], np.int64),
            handled_day=np.array([r.handled_day for r in requests], np.int64),
            redirected=np.array([r.redirected for r in requests], np.bool_),
            cancelled=np.array([r.cancelled for r in requests], np.bool_),
            no_show=np.array([r.no_show for r in requests], np.float64),
            length_s=np.array([round(r.length_min * 60) for r in requests], np.int64),
        ),
    )


def with_sickness(world: World, days: Mapping[str, Iterable[int]]) -> World:
    """The world with these agents ill on these days, and nobody else."""
    sick = np.zeros_like(world.sick)
    for agent, when in days.items():
        sick[world.agents.index(agent), list(when)] = True
    return replace(world, sick=sick)


def with_breakdown(world: World, vehicle: int, day: int, time: str, repair_days: int = 1) -> World:
    """The world with one breakdown; quiet settings must then have a share above 0 (1e-9 will do)."""
    breakdown, moment, repair = world.breakdown.copy(), world.breakdown_s.copy(), world.repair_days.copy()
    breakdown[vehicle, day], moment[vehicle, day], repair[vehicle, day] = 0.0, clock(time), repair_days
    return replace(world, breakdown=breakdown, breakdown_s=moment, repair_days=repair)


def columns(table: Any, *names: str) -> list[tuple[Any, ...]]:
    """Rows of a table of facts, as tuples of the named columns (default all)."""
    chosen = names or tuple(f.name for f in fields(table))
    return list(zip(*(getattr(table, n).tolist() for n in chosen), strict=True))


def same_bytes(one: Facts, other: Facts) -> bool:
    """Whether two logs are the same to the last bit."""
    for f in fields(Facts):
        a, b = getattr(one, f.name), getattr(other, f.name)
        parts = (
            [(getattr(a, g.name), getattr(b, g.name)) for g in fields(a)]
            if hasattr(a, "__dataclass_fields__")
            else [(a, b)]
        )
        for x, y in parts:
            if isinstance(x, np.ndarray):
                if x.dtype != y.dtype or x.shape != y.shape or x.tobytes() != y.tobytes():
                    return False
            elif x != y:
                return False
    return True
