"""Tests that what makes growth linear changes nothing: each short cut against the plain way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.large import large_words
from sim import load_settings
from sim.measures import measure_context
from sim.measures.access import WITHIN_MIN, point_dates, reach_of
from sim.measures.context import HOURS_WITHIN_MIN
from sim.measures.flows import flows_of
from sim.measures.net import end_positions
from sim.models.cell import replicate
from sim.models.crews import crews_free, crews_planned, free_crew, on_tour
from sim.models.driving import drive_minutes, least_minutes, make_roads
from sim.models.facts import HOME_OUTCOMES
from sim.scenarios.plan import make_plan
from sim.territory import load_territory
from sim.world import draw_world
from tests.made_up_facts import busy_year, context_of
from tests.reference.bookings import book_all

PRESENT = 1


def agents_of(pairs: int) -> tuple[np.ndarray, np.ndarray]:
    """Trades and pairs of two agents a pair, then the coordinator."""
    return (
        np.array([*(i % 2 for i in range(2 * pairs)), 2], np.int64),
        np.array([*(i // 2 for i in range(2 * pairs)), -1], np.int64),
    )


@given(
    st.lists(st.booleans(), min_size=3, max_size=15).filter(lambda there: len(there) % 2 == 1),
    st.integers(0, 3),
    st.booleans(),
    st.integers(0, 4),
)
def test_crews_are_counted_as_they_are_made(
    there: list[bool], pairing: int, one_agent: bool, tours: int
) -> None:
    """Tests both counts of crews against crews made one after the other."""
    trade, pair = agents_of(len(there) // 2)
    present, status = np.array(there), np.array(there, np.int64)[:, None] * PRESENT

    def made(left: np.ndarray, alone_after: int) -> int:
        n = 0
        while True:
            first, second = free_crew(left, trade, pair, pairing, one_agent and n >= alone_after)
            if first < 0:
                return n
            left[[a for a in (first, second) if a >= 0]] = False
            n += 1

    assert crews_free(present, trade, pair, pairing, one_agent) == made(present.copy(), 0)
    planned = crews_planned(status, trade, pair, 0, pairing, one_agent, tours)
    assert planned == max(made(present.copy(), tours) - tours, 0)


@given(st.lists(st.integers(0, 6), max_size=5))
def test_pairs_on_tour(vehicles: list[int]) -> None:
    """Tests who is on tour, the coordinator and vehicles without a pair included."""
    _, pair = agents_of(4)
    assert on_tour(pair, np.array(vehicles, np.int64)).tolist() == [p in vehicles for p in pair.tolist()]


def test_no_drive_is_shorter_than_its_bound() -> None:
    """Tests the bound of every drive to a home, and that it is close."""
    territory = load_territory("tarn_et_garonne")
    roads = make_roads(territory)
    sites, places = len(territory.sites), len(territory.sites) + len(territory.communes)
    slack = [
        drive_minutes(roads, a, home) - least_minutes(roads, a, home)
        for a in range(0, places, 3)
        for home in range(sites, places)
    ]
    assert min(slack) >= 0
    assert max(slack) < 0.01


@pytest.mark.parametrize("policy", ["earliest", "cheapest_insertion", "zone_day"])
def test_the_desk_of_a_large_territory_books_what_plain_python_books(policy: str, tmp_path: Path) -> None:
    """Tests the booking desk with many spare crews and half-days against every slot tried one by one."""
    words = (
        *large_words(tmp_path, 2, "2021-08-31"),
        f"homes.policy={policy}",
        "homes.requests_per_week=60",
        "demand.needs_per_person_per_year=0",
        "staff.sickness.spells_per_year=0",
        "fleet.breakdown_share_of_vehicle_days=0",
        "day.leg_noise_cv=0",
        "day.day_factor_cv=0",
        "homes.length_cv=0",
    )
    settings = load_settings("study=single", *words).reference
    territory = load_territory(settings.territory)
    plan, world = make_plan(settings, territory), draw_world(settings, territory, 1, 6, 6)
    h = replicate(plan, world).home_visits
    expected = book_all(plan, world, policy)
    assert len(expected) > 300
    for q, slot in expected.items():
        if slot is None:
            assert HOME_OUTCOMES[h.outcome[q]] == "refused"
        else:
            assert (h.day[q], h.start_s[q]) == (slot.day, slot.start), (q, slot)


def test_flows_are_the_table_counted_pair_by_pair() -> None:
    """Tests the sparse counts against additions into the whole table, cell by cell."""
    facts, context = busy_year(4)
    flows = flows_of(facts, len(context.communes))
    table = np.zeros(flows.shape)
    homes = (facts.persons.home, facts.home_visits.home)
    for home, end in zip(homes, end_positions(facts), strict=True):
        np.add.at(table, (home[end >= 0], end[end >= 0]), 1)
    assert np.array_equal(flows.dense(), table)
    assert np.array_equal(flows.cell, np.flatnonzero(table))
    assert flows.at(0) == table[:, 0].sum()


@pytest.mark.parametrize("words", [(), ("exits=announced", "exits.lost_after_months=3"), ("territory=tiny",)])
@pytest.mark.parametrize("seed", range(3))
def test_access_is_that_of_every_point(words: tuple[str, ...], seed: int) -> None:
    """Tests each commune's averages over the pairs that can matter against every point, day by day."""
    context = context_of(*words)
    facts, _ = busy_year(seed, *words)
    rng = np.random.default_rng(seed)
    dates = np.sort(rng.integers(-50, facts.days + 50, facts.site_dates.shape), axis=1)
    opens = np.where(rng.random(len(context.communes)) < 0.2, rng.integers(0, facts.days, 1), -1)
    object.__setattr__(facts, "site_dates", dates)
    object.__setattr__(facts, "fixed_opens", opens)
    found = reach_of(facts, context)
    offered = point_dates(dates, opens, facts.first_day, context)
    nearest, own = np.zeros((2, len(context.communes)))
    within = np.zeros((len(context.communes), len(WITHIN_MIN)))
    for day in range(facts.days):
        on_offer = (offered[:, 0] <= day) & (day < offered[:, 1])
        minutes = context.minutes[:, on_offer].min(axis=1, initial=np.inf)
        nearest += minutes / facts.days
        within += (minutes[:, None] <= WITHIN_MIN) / facts.days
        own += context.own[:, on_offer].any(axis=1) / facts.days
    assert np.where(np.isinf(nearest), np.nan, nearest) == pytest.approx(found.minutes, nan_ok=True)
    assert within == pytest.approx(found.within)
    assert own == pytest.approx(found.own)


def test_the_pairs_that_matter_are_few() -> None:
    """Tests that a commune keeps what is near it, and not every point of the territory."""
    context = context_of()
    pairs = np.diff(context.near.start)
    assert pairs.mean() < 0.25 * context.minutes.shape[1]
    assert len(context.near.point) >= (context.minutes <= HOURS_WITHIN_MIN).sum()
    assert measure_context(context.settings, context.territory).near.start[-1] == pairs.sum()
