"""Tests of the choice: closed-form shares, alternatives that close or open, the first passage."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import exp, log
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim.models.cell import replicate
from sim.models.facts import DESTINATIONS, Facts
from sim.models.plan import Plan
from sim.scenarios.plan import make_plan
from sim.settings import Settings
from sim.world import World, draw_world
from tests.scripted import Person, at, columns, compose, rounds_file, scripted, territory, with_people
from tests.test_model_day_by_hand import formula_minutes

LEVEL = 1e-3
LOGIT = (
    "study=single",
    "territory=tiny",
    "homes.requests_per_week=0",
    "demand.place_effect_sigma=0",
    "demand.needs_per_person_per_year=1",
)
KNOWN = ("demand.awareness.midpoint_months=-5", "demand.awareness.scale_months=0.1")


@cache
def worlds(*words: str) -> tuple[Settings, tuple[World, ...]]:
    settings = compose(*LOGIT, *words)
    return settings, tuple(draw_world(settings, territory(), r) for r in range(12))


def chosen(plan: Plan, world: World) -> np.ndarray:
    return replicate(plan, world).persons.choice


def utilities(settings: Settings, home: tuple[float, float]) -> dict[str, float]:
    """V of every alternative of the tiny territory for residents of a point, written a second time."""
    d = settings.demand
    a_month = 365.25 / 14 / 12
    places = {
        "permanence:99001": ([(45.052, 2.052), (45.045, 2.06), (45.05, 2.05)], (3 + 2 + 3) * a_month),
        "permanence:99002": ([(45.1305, 2.1605), (45.14, 2.17)], (2 + 3) * a_month),
        "fixed:1": ([(45.012, 2.212)], 24 * 365.25 / 7 / 12),
        "round:imaginaire": ([(45.01, 2.21)], 3 * a_month),
    }
    v = {}
    for name, (points, hours) in places.items():
        minutes = min(formula_minutes(home, p) for p in points)
        multiplier = d.multiplier_fixed if name.startswith("fixed") else d.multiplier_permanence
        v[name] = log(multiplier * hours**d.beta_hours) - log(2) * minutes / d.halving_min
        assert minutes <= 45
    return v | {"gives_up": d.gives_up_constant}


@pytest.mark.parametrize("aware", [True, False])
def test_shares_are_those_of_the_logit(aware: bool) -> None:
    """Tests choices of 30 000 needs, commune by commune, against exp(V) / Σ exp(V) (χ²)."""
    words = KNOWN if aware else ("demand.awareness.midpoint_months=1000",)
    settings, drawn = worlds(*words)
    plan = make_plan(settings, territory())
    choice = np.concatenate([chosen(plan, w) for w in drawn])
    home = np.concatenate([w.needs.home for w in drawn])
    assert choice.size > 30_000
    for c, commune in enumerate(territory().communes):
        v = utilities(settings, (commune.latitude, commune.longitude))
        if not aware:
            v = {name: value for name, value in v.items() if not name.startswith("permanence")}
        total = sum(exp(x) for x in v.values())
        counts = np.array([(choice[home == c] == plan.access.ids.index(name)).sum() for name in v])
        expected = np.array([exp(x) / total for x in v.values()]) * (home == c).sum()
        assert counts.sum() == (home == c).sum()
        assert stats.chisquare(counts, expected).pvalue > LEVEL, commune.name


def test_what_she_would_do_without_the_cell_is_the_logit_without_permanences() -> None:
    """Tests `without_cell` of aware residents against the closed form over the other alternatives."""
    settings, drawn = worlds(*KNOWN)
    plan = make_plan(settings, territory())
    without = np.concatenate([replicate(plan, w).persons.without_cell for w in drawn[:6]])
    home = np.concatenate([w.needs.home for w in drawn[:6]])
    commune = territory().communes[0]
    v = utilities(settings, (commune.latitude, commune.longitude))
    weights = {n: exp(x) for n, x in v.items() if not n.startswith("permanence")}
    counts = [
        (without[home == 0] == DESTINATIONS.index(name)).sum() for name in ("fixed", "msa_round", "gave_up")
    ]
    total = sum(weights.values())
    expected = [weights[n] / total * (home == 0).sum() for n in ("fixed:1", "round:imaginaire", "gives_up")]
    assert stats.chisquare(counts, expected).pvalue > LEVEL


def test_place_effects_multiply_attraction_with_mean_one() -> None:
    """Tests exp(σ z − σ² / 2) of each permanence commune: one value for a replication, at every date."""
    settings, drawn = worlds(*KNOWN)
    spread = settings.model_copy(
        update={"demand": settings.demand.model_copy(update={"place_effect_sigma": 0.8})}
    )
    plan = make_plan(spread, territory())
    tilted = replace(drawn[0], place_z=np.where(drawn[0].access.kind == 0, 1.5, 0.0))
    choice = np.concatenate([chosen(plan, replace(w, place_z=tilted.place_z)) for w in drawn])
    home = np.concatenate([w.needs.home for w in drawn])
    commune = territory().communes[1]
    v = utilities(settings, (commune.latitude, commune.longitude))
    v = {n: x + (0.8 * 1.5 - 0.32 if n.startswith("permanence") else 0.0) for n, x in v.items()}
    total = sum(exp(x) for x in v.values())
    counts = [(choice[home == 1] == plan.access.ids.index(n)).sum() for n in v]
    assert stats.chisquare(counts, [exp(x) / total * (home == 1).sum() for x in v.values()]).pvalue > LEVEL


CLOSED_FOR_GOOD = "exits.slip_months=120"
"""A permanence stops and its structure opens after the horizon: an alternative closes, that is all."""


@pytest.mark.parametrize("name", ["99001", "99002"])
def test_closing_a_commune_moves_only_those_who_had_chosen_it(name: str) -> None:
    """Tests every single choice before and after a permanence closes, from the first day on."""
    settings, drawn = worlds()
    plan = make_plan(settings, territory())
    closed = make_plan(compose(*LOGIT, f"exits.communes={name}:2021-07-01", CLOSED_FOR_GOOD), territory())
    gone = plan.access.ids.index(f"permanence:{name}")
    for world in drawn[:4]:
        before, after = chosen(plan, world), chosen(closed, world)
        assert (before == gone).sum() > 30
        assert np.array_equal(before != gone, before == after)
        assert not (after == gone).any()


def test_closing_one_of_a_communes_sites_moves_only_people_away_from_that_commune(tmp_path: Path) -> None:
    """Tests that fewer hours and a farther site lose people of that commune's permanences, and gain none."""
    settings, drawn = worlds()
    plan = make_plan(settings, territory())
    stops = [
        ("mds-aubrelande", "V1", 1, 1, "morning"),
        ("mairie-aubrelande", "V1", 1, 1, "afternoon"),
        ("mairie-belcombe", "V1", 2, 1, "morning"),
        ("salle-belcombe", "V1", 2, 1, "afternoon"),
    ]
    fewer = make_plan(
        compose(*LOGIT, "rounds.reading=per_commune", rounds_file(tmp_path, stops)), territory()
    )
    commune = plan.access.ids.index("permanence:99001")
    moved = 0
    for world in drawn[:4]:
        before, after = chosen(plan, world), chosen(fewer, world)
        assert (before[before != after] == commune).all()
        moved += int((before != after).sum())
    assert moved > 20


def test_opening_a_structure_moves_people_to_it_and_nowhere_else() -> None:
    """Tests that whoever changes her choice when an alternative opens has chosen that alternative."""
    settings, drawn = worlds()
    plan = make_plan(settings, territory())
    opened = make_plan(
        compose(*LOGIT, "exits.communes=99002:2021-07-01", "exits.honoured_weeks=500"), territory()
    )
    label = plan.access.ids.index("fixed:99002:1")
    for world in drawn[:4]:
        before, after = chosen(plan, world), chosen(opened, world)
        assert (after[before != after] == label).all()
        assert (after == label).sum() == (before != after).sum() > 50


def test_a_choice_is_made_with_the_offer_of_its_date() -> None:
    """Tests an epoch: choices before a commune leaves are not touched, those from that day on are."""
    settings, drawn = worlds()
    plan = make_plan(settings, territory())
    exits = make_plan(compose(*LOGIT, "exits.communes=99002:2022-03-15", CLOSED_FOR_GOOD), territory())
    day = plan.calendar.day(plan.calendar.start.replace(year=2022, month=3, day=15))
    gone = plan.access.ids.index("permanence:99002")
    world = drawn[0]
    before, after = chosen(plan, world), chosen(exits, world)
    late = world.needs.at >= day * 86_400
    assert np.array_equal(before[~late], after[~late])
    assert (before[late] == gone).any()
    assert not (after[late] == gone).any()


# The first passage.


def first_openings(facts: Facts) -> dict[int, int]:
    return dict(columns(facts.persons, "person_id", "first_passage_at"))


ONE_DAY = [
    ("mds-aubrelande", "V1", 1, 1, "morning"),
    ("mairie-aubrelande", "V1", 1, 1, "afternoon"),
    ("hotel-departement", "V2", 1, 1, "afternoon"),
    ("mairie-belcombe", "V3", 1, 1, "afternoon"),
]
MONDAYS = ("run.horizon.start=2021-09-06", "run.horizon.end=2021-12-31", "rounds.reading=per_commune")


def test_the_first_passage_at_or_after_the_need(tmp_path: Path) -> None:
    """Tests an opening at the very instant of the need, one second earlier, and across the fortnight."""
    plan, world = scripted(*MONDAYS, rounds_file(tmp_path, ONE_DAY))
    people = [
        Person(when, "permanence:99001") for when in (at(0, "09:30"), at(0, "09:30:01"), at(0, "13:30:01"))
    ]
    facts = replicate(plan, with_people(world, people))
    assert first_openings(facts) == {1: at(0, "09:30"), 2: at(0, "13:30"), 3: at(14, "09:30")}


def site_of(facts: Facts, person: int) -> str:
    rows = columns(facts.visits, "person_id", "passage")
    (passage,) = [p for q, p in rows if q == person]
    return facts.places[facts.passages.site[passage]]


def test_ties_go_to_the_nearest_then_to_the_site_id(tmp_path: Path) -> None:
    """Tests two desks of one commune that open together: as near as each other, then one nearer."""
    plan, world = scripted(*MONDAYS, rounds_file(tmp_path, ONE_DAY))
    person = [Person(at(0, "12:00"), "permanence:99001", home="99003")]
    # From Clairvent the two stand at nearly the same distance: the formula decides.
    points = {s.site_id: (s.latitude, s.longitude) for s in territory().sites}
    home = (45.01, 2.21)
    hall, hotel = (formula_minutes(home, points[s]) for s in ("mairie-aubrelande", "hotel-departement"))
    nearer = "mairie-aubrelande" if hall < hotel else "hotel-departement"
    assert abs(hall - hotel) < 0.2
    assert site_of(replicate(plan, with_people(world, person)), 1) == nearer
    # In the commune itself both are within the floor of the formula: equal, so the ids decide.
    own = [Person(at(0, "12:00"), "permanence:99001", home="99001")]
    assert site_of(replicate(plan, with_people(world, own)), 1) == "hotel-departement"
    # Moved away, the Hôtel loses the tie although its id comes first.
    place = territory()
    far = tuple(replace(s, latitude=45.09) if s.site_id == "hotel-departement" else s for s in place.sites)
    settings = compose(*MONDAYS, "study=single", "territory=tiny", rounds_file(tmp_path, ONE_DAY))
    moved = make_plan(settings, replace(place, sites=far))
    assert site_of(replicate(moved, with_people(world, own)), 1) == "mairie-aubrelande"


def test_who_does_not_know_the_cell_never_goes_to_it(tmp_path: Path) -> None:
    """Tests a resident whose preferred place is a permanence she has not heard of."""
    plan, world = scripted(*MONDAYS, rounds_file(tmp_path, ONE_DAY))
    people = [
        Person(0, "permanence:99001", "fixed:1", aware=False),
        Person(0, "permanence:99001", "fixed:1", aware=True),
    ]
    facts = replicate(plan, with_people(world, people))
    ends = [DESTINATIONS[d] for (d,) in columns(facts.persons, "destination")]
    assert ends == ["fixed", "itinerant"]


def test_eight_weeks_without_a_passage_and_she_chooses_again(tmp_path: Path) -> None:
    """Tests a first passage 56 days ahead, which is waited for, and one 57 days ahead, which is not."""
    stops = [("mairie-belcombe", "V1", 1, 5, "afternoon"), ("mairie-aubrelande", "V1", 1, 1, "afternoon")]
    words = (*MONDAYS, rounds_file(tmp_path, stops))
    plan, world = scripted(*words)
    # The passages at Belcombe until day 60 are closed with notice; the next opens on day 60 at 13:30.
    site = plan.sites.index("mairie-belcombe")
    passages = plan.passages.copy()
    shut = (passages["site"] == site) & (passages["day"] < 60)
    passages["status"][shut], passages["cause"][shut] = 1, 5
    assert sorted(passages["day"][passages["site"] == site])[:5] == [4, 18, 32, 46, 60]
    people = [
        Person(at(4, "13:30"), "permanence:99002", "fixed:1"),
        Person(at(4, "13:29:59"), "permanence:99002", "fixed:1"),
    ]
    facts = replicate(replace(plan, passages=passages), with_people(world, people))
    assert first_openings(facts) == {1: at(60, "13:30"), 2: -1}
    assert [DESTINATIONS[d] for (d,) in columns(facts.persons, "destination")] == ["itinerant", "fixed"]
