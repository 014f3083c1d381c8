"""Tests of freed half-days given away: where, and that every extra passage can be driven."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from sim.scenarios.plan import rounds_of
from sim.scenarios.published import RoundsInForce
from sim.scenarios.redistribute import redistribute
from sim.scenarios.rounds_check import check_rounds
from sim.scenarios.rounds_in_force import driving_rules
from sim.scenarios.tours import DrivingRules, Rounds, Stop
from sim.settings import Settings
from tests.scripted import clock, compose, territory

REAL = ("study=single", "run.horizon.end=2022-12-31")
AFTERNOON, MORNING = (clock("13:30"), clock("16:30")), (clock("09:30"), clock("11:30"))


@cache
def in_force(reading: str, policy: str, vehicles: int = 3) -> tuple[Settings, tuple[RoundsInForce, ...]]:
    fleet = (f"fleet.vehicles={vehicles}", f"rounds.vehicles={vehicles}")
    settings = compose(*REAL, *fleet, f"exits.reading={reading}", f"exits.policy={policy}")
    return settings, rounds_of(settings, territory("tarn_et_garonne"))


def slot(stop: Stop) -> tuple[object, ...]:
    return (stop.vehicle, stop.week, stop.weekday, stop.half_day, stop.open_s, stop.close_s)


@pytest.mark.parametrize("reading", ["announced", "happened"])
def test_extra_passages_use_freed_half_days_and_nothing_else(reading: str) -> None:
    """Tests every epoch: what was kept is kept, what is extra stands where a commune has left."""
    _, kept = in_force(reading, "keep")
    settings, given = in_force(reading, "redistribute")
    place = territory("tarn_et_garonne")
    rules = driving_rules(settings, place)
    assert [e.from_day for e in kept] == [e.from_day for e in given]
    first = Counter(slot(s) for s in in_force("none", "keep")[1][0].rounds.stops)
    extras = 0
    for before, after in zip(kept, given, strict=True):
        stays, all_stops = set(before.rounds.stops), set(after.rounds.stops)
        assert stays <= all_stops
        extra = all_stops - stays
        freed = first - Counter(slot(s) for s in stays)
        assert not Counter(slot(s) for s in extra) - freed
        assert {s.site_id for s in extra} <= set(before.rounds.sites())
        assert len({(s.site_id, s.week, s.weekday) for s in all_stops}) == len(all_stops)
        names = after.rounds.vehicles()
        assert not check_rounds(
            after.rounds, place, rules, names, allow_missing=True, allow_inconsistent=True
        )
        extras += len(extra)
    assert extras > 3


def three_towns() -> tuple[Rounds, tuple[Stop, ...], DrivingRules]:
    """Two town halls kept; the three half-days of a third that has left."""
    kept = (
        Stop("mairie-beaumont-de-lomagne", "V1", 1, 4, "afternoon", *AFTERNOON),
        Stop("mairie-molieres", "V1", 2, 4, "afternoon", *AFTERNOON),
    )
    freed = (
        Stop("mairie-villebrumier", "V1", 1, 1, "morning", *MORNING),
        Stop("mairie-villebrumier", "V1", 1, 2, "afternoon", *AFTERNOON),
        Stop("mairie-villebrumier", "V1", 2, 5, "morning", *MORNING),
    )
    settings = compose(*REAL)
    return Rounds(kept), freed, driving_rules(settings, territory("tarn_et_garonne"))


def codes(*sites: str) -> list[str]:
    return [territory("tarn_et_garonne").site(s).insee_code for s in sites]


def test_the_most_person_days_first_then_half_as_many() -> None:
    """Tests by hand: 100 and 60 persons a year: 100 × 7 days, then 60 × 7, then 100 × 3.5 again."""
    place = territory("tarn_et_garonne")
    kept, freed, rules = three_towns()
    first, second = codes("mairie-beaumont-de-lomagne", "mairie-molieres")
    result = redistribute(kept, freed, {first: 100.0, second: 60.0}, place, rules)
    extra = [(s.site_id, s.week, s.weekday, s.half_day) for s in result.stops if s not in kept.stops]
    assert extra == [
        ("mairie-beaumont-de-lomagne", 1, 1, "morning"),
        ("mairie-molieres", 1, 2, "afternoon"),
        ("mairie-beaumont-de-lomagne", 2, 5, "morning"),
    ]
    reversed_ = redistribute(kept, freed[:1], {first: 10.0, second: 60.0}, place, rules)
    assert {s.site_id for s in reversed_.stops if s not in kept.stops} == {"mairie-molieres"}


def test_a_half_day_from_which_nothing_can_be_reached_stays_free() -> None:
    """Tests a short gap between two far sites: no town fits between, so the half-day is kept free."""
    place = territory("tarn_et_garonne")
    kept = Rounds((Stop("mairie-laguepie", "V1", 1, 1, "afternoon", *AFTERNOON),))
    rules = driving_rules(compose(*REAL), place)
    freed = (Stop("mairie-parisot", "V1", 1, 1, "morning", clock("10:30"), clock("12:30")),)
    result = redistribute(kept, freed, {codes("mairie-laguepie")[0]: 50.0}, place, rules)
    assert result == kept
    assert redistribute(kept, (), {}, place, rules) == kept
