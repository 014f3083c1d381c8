"""Tests of the outside world: what a parameter may change, what a name keeps, and the distributions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import optimize, stats

from sim.clock import YEAR_DAYS
from sim.settings import NEEDS
from sim.territory import Territory
from sim.world import World, draw_world
from tests.scripted import compose, territory

LEVEL = 1e-3
BASE = ("study=single", "territory=tiny", "run.horizon.end=2021-12-31")


@cache
def world(*words: str, replication: int = 0, pairs: int = 0) -> World:
    settings = compose(*BASE, *words)
    return draw_world(settings, territory(settings.territory), replication, pairs)


def parts(w: World) -> Iterator[tuple[str, Any]]:
    """Every array and key of a world by dotted name, without what is not drawn."""
    for f in fields(World):
        value = getattr(w, f.name)
        if f.name in {"needs", "homes"}:
            yield from ((f"{f.name}.{g.name}", getattr(value, g.name)) for g in fields(value))
        elif f.name not in {"replication", "calendar", "access", "agents"}:
            yield f.name, value


def same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return a.shape == b.shape and a.dtype == b.dtype and bool((a == b).all())
    return bool(a == b)


def changed(one: World, other: World) -> set[str]:
    """Names of the parts that differ, shapes included."""
    return {n for (n, a), (_, b) in zip(parts(one), parts(other), strict=True) if not same(a, b)}


MIX = ("demand.needs.mix.admin_level_1=0.47", "demand.needs.mix.digital_individual=0.28")
EXACT = [
    (("desk.patience_mean_min=45",), {"needs.patience_s"}),
    (("demand.needs.work_cv=0.3",), {"needs.work_s"}),
    (("demand.needs.work_longest_min=120",), {"needs.work_s"}),
    (("demand.needs.work_longest_min=null",), {"needs.work_s"}),
    (("demand.needs.work_mean_min.admin_level_1=40",), {"needs.work_s"}),
    (("demand.needs.correspondent_extra_min=25",), {"needs.work_s"}),
    (("demand.needs.correspondent_reached_share=0.9",), {"needs.work_s", "needs.unsolved"}),
    (("demand.needs.unsolved_share=0.4",), {"needs.unsolved"}),
    (("demand.needs.unsolved_level_2_reached_share=0.9",), {"needs.unsolved"}),
    (MIX, {"needs.need", "needs.work_s", "needs.unsolved"}),
    (
        ("demand.needs.segments.senior=0.30", "demand.needs.segments.other=0.40"),
        {"needs.segment"},
    ),
    (
        ("demand.needs.operators.cnaf=0.10", "demand.needs.operators.others=0.26"),
        {"needs.operator"},
    ),
    (("demand.place_effect_sigma=0.9",), set()),
    (("desk.comes_back_share=0.3", "desk.goes_fixed_share=0.5", "desk.early_share=0.1"), set()),
    (("staff.sickness.spells_per_year=1.4",), {"sick"}),
    (("staff.sickness.median_days=5",), {"sick"}),
    (("fleet.breakdown_share_of_vehicle_days=0.2",), set()),
    (("fleet.repair_mean_days=6",), {"repair_days"}),
    (("day.day_factor_cv=0.2",), {"day_factor"}),
    (("day.leg_noise_cv=0.2",), set()),
    (("homes.cancelled_share=0.3",), {"homes.cancelled"}),
    (("homes.length_mean_min=90",), {"homes.length_s"}),
    (("homes.length_cv=0.6",), {"homes.length_s"}),
    (("homes.length_longest_min=150",), {"homes.length_s"}),
    (("homes.no_show_share_with_reminders=0.2",), set()),
    (("desk.workshops.sign_ups_mean=3",), set()),
]


@pytest.mark.parametrize(("words", "expected"), EXACT, ids=lambda v: v[0] if isinstance(v, tuple) else "")
def test_a_parameter_changes_what_it_is_about_and_nothing_else(
    words: tuple[str, ...], expected: set[str]
) -> None:
    """Tests, part by part and to the last bit, what each world parameter changes."""
    assert changed(world(), world(*words)) == expected


def by_person(w: World) -> dict[int, int]:
    return {int(p): i for i, p in enumerate(w.needs.person_id)}


TASTES = frozenset({"taste", "taste_start", "permanence_taste", "permanence_start"})


def same_person(a: World, i: int, b: World, j: int, but: frozenset[str] = frozenset()) -> None:
    """One need is the same in two worlds, tastes matched by the alternatives' ids."""
    for f in fields(a.needs):
        if f.name in {*TASTES, "person_id", "home"} | but:
            continue
        assert np.array_equal(getattr(a.needs, f.name)[i], getattr(b.needs, f.name)[j]), f.name
    tastes = [tastes_of(w, k) for w, k in ((a, i), (b, j))]
    common = tastes[0].keys() & tastes[1].keys()
    assert "gives_up" in common
    assert all(tastes[0][name] == tastes[1][name] for name in common)


def tastes_of(w: World, i: int) -> dict[str, float]:
    """Tastes by alternative; who does not know the cell has none for a permanence."""
    n = w.needs
    first = w.access.entry_start[n.home[i]]
    last = (w.access.entry_start[1:] if n.aware[i] else w.access.first_permanence)[n.home[i]]
    taste = n.taste[n.taste_start[i] : n.taste_start[i + 1]].tolist()
    here = n.permanence_taste[n.permanence_start[i] : n.permanence_start[i + 1]].tolist()
    names = [w.access.ids[a] for a in w.access.entry_alternative[first:last]]
    return dict(zip(names, [*taste, *here], strict=True))


@pytest.mark.parametrize(
    ("fewer", "more"),
    [
        ("demand.needs_per_person_per_year=0.3", "demand.needs_per_person_per_year=0.9"),
        ("demand.share_in_difficulty=0.25", "demand.share_in_difficulty=0.35"),
        ("demand.season.summer_index=0.7", "demand.season.summer_index=0.9"),
        ("demand.season.school_holidays_index=0.8", "demand.season.school_holidays_index=1.0"),
    ],
)
def test_a_higher_rate_only_adds_needs(fewer: str, more: str) -> None:
    """Tests that whoever has a need at the lower rate has the very same one at the higher."""
    few, many = world(fewer), world(more)
    index = by_person(many)
    assert len(few.needs.person_id) < len(many.needs.person_id)
    for i, person in enumerate(few.needs.person_id.tolist()):
        same_person(few, i, many, index[person])
    assert changed(few, many) == {n for n, _ in parts(few) if n.startswith("needs.")}


CONTACTS = frozenset({"work_s", "unsolved", "quantile", "patience_s", "fate", "told", "appointment"})


def test_awareness_adds_what_those_who_know_the_cell_need_and_changes_nothing_else() -> None:
    """Tests that what only a visitor of the cell needs is drawn for those who know it, and stays."""
    late, early = world(), world("demand.awareness.midpoint_months=3")
    here = {"needs.permanence_taste", "needs.permanence_start"}
    drawn = {"needs.aware", *here, *(f"needs.{c}" for c in CONTACTS)}
    assert changed(late, early) == drawn
    assert not (late.needs.aware & ~early.needs.aware).any()
    assert late.needs.aware.sum() < early.needs.aware.sum()
    for i in range(len(late.needs.person_id)):
        same_person(late, i, early, i, frozenset() if late.needs.aware[i] else CONTACTS | {"aware"})


def test_beyond_the_registers_range_needs_kept_in_both_stay_the_same() -> None:
    """Tests that even where the upper end is passed, a need met in both worlds is the same need."""
    usual, wild = world(), world("demand.needs_per_person_per_year=2.5")
    index = by_person(wild)
    common = [(i, index[p]) for i, p in enumerate(usual.needs.person_id.tolist()) if p in index]
    assert len(common) > 50
    for i, j in common:
        same_person(usual, i, wild, j)


def test_more_requests_only_add_requests() -> None:
    """Tests that a request at the lower rate is the very same at the higher."""
    words = ("homes.redirected_share=0",)
    few, many = world(*words, "homes.requests_per_week=3"), world(*words, "homes.requests_per_week=12")
    index = {int(r): i for i, r in enumerate(many.homes.request_id)}
    rows = [index[r] for r in few.homes.request_id.tolist()]
    assert 0 < len(rows) < len(index)
    for f in fields(few.homes):
        assert np.array_equal(getattr(few.homes, f.name), getattr(many.homes, f.name)[rows]), f.name
    assert changed(few, many) == {n for n, _ in parts(few) if n.startswith("homes.")}


def test_redirected_requests_become_needs_and_move_no_other() -> None:
    """Tests that a larger share redirected adds needs at the end of the list, of people who know the cell."""
    few, many = world("homes.redirected_share=0.1"), world("homes.redirected_share=0.5")
    plain = [w.needs.person_id[~w.needs.redirected] for w in (few, many)]
    assert np.array_equal(plain[0], plain[1])
    index = by_person(many)
    assert few.needs.redirected.sum() < many.needs.redirected.sum()
    for i, person in enumerate(few.needs.person_id.tolist()):
        same_person(few, i, many, index[person])
    assert many.needs.aware[many.needs.redirected].all()
    asked = many.homes.handled_day[many.homes.redirected] * 86_400 + 8 * 3600
    within = asked < many.calendar.days * 86_400
    assert np.array_equal(np.sort(many.needs.at[many.needs.redirected]), np.sort(asked[within]))


@pytest.mark.parametrize(
    ("horizon", "longer"),
    [
        ("run.horizon.end=2021-10-20", "run.horizon.end=2022-09-30"),
        ("run.horizon.start=2021-09-15", "run.horizon.start=2021-07-01"),
    ],
)
def test_a_longer_horizon_renames_nobody_and_moves_no_draw(horizon: str, longer: str) -> None:
    """Tests people, requests, sickness from its start, breakdowns and traffic, before and after."""
    words = ("homes.redirected_share=0",)
    short, long = world(*words, horizon), world(*words, longer)
    shift = long.calendar.day(short.calendar.start)
    index = by_person(long)
    for i, person in enumerate(short.needs.person_id.tolist()):
        j = index.pop(person)
        assert long.needs.at[j] - short.needs.at[i] == shift * 86_400
        same_person(short, i, long, j, frozenset({"at"}))
    outside = long.needs.at[list(index.values())] // 86_400 - shift
    assert ((outside < 0) | (outside >= short.calendar.days)).all()
    requests = {int(r): i for i, r in enumerate(long.homes.request_id)}
    rows = [requests[r] for r in short.homes.request_id.tolist()]
    assert np.array_equal(long.homes.length_s[rows], short.homes.length_s)
    assert np.array_equal(long.homes.requested_at[rows] - shift * 86_400, short.homes.requested_at)
    days = len(short.calendar.weekday)
    for name in ("breakdown", "breakdown_s", "repair_days", "day_wish", "training_wish"):
        assert np.array_equal(getattr(short, name), getattr(long, name)[:, shift : shift + days]), name
    assert np.array_equal(short.day_factor, long.day_factor[shift : shift + days])
    if shift == 0:  # spells follow one another from the first day
        assert np.array_equal(short.sick, long.sick[:, :days])


def test_more_agents_move_no_draw() -> None:
    """Tests that drawing for a larger team leaves the agents of a smaller one as they are."""
    small, large = world(pairs=3), world(pairs=12)
    rows = [large.agents.index(a) for a in small.agents]
    assert len(large.agents) > len(small.agents)
    for name in ("sick", "week_wish", "day_wish", "training_wish"):
        assert np.array_equal(getattr(small, name), getattr(large, name)[rows]), name
    assert changed(small, large) == {"sick", "week_wish", "day_wish", "training_wish"}


def test_more_vehicles_move_no_draw() -> None:
    """Tests that a larger fleet leaves the breakdowns of the first vehicles as they are."""
    settings = compose(*BASE)
    small, large = (draw_world(settings, territory(), 0, vehicles=n) for n in (3, 200))
    assert len(large.breakdown) == 200
    for name in ("breakdown", "breakdown_s", "repair_days"):
        assert np.array_equal(getattr(small, name), getattr(large, name)[: len(small.breakdown)]), name
    assert changed(small, large) == {"breakdown", "breakdown_s", "repair_days"}


def wider(place: Territory) -> Territory:
    """The tiny territory with a commune and a site more, both first in their lists."""
    new = replace(place.communes[0], insee_code="99000", name="Zéro", population=900, latitude=45.06)
    hall = replace(place.sites[0], site_id="aaa", name="Mairie de Zéro", insee_code="99000", commune="Zéro",
                   latitude=45.06, longitude=2.10)  # fmt: skip
    n = len(place.sites)
    minutes, km = np.full((n + 1, n + 1), 5.0), np.full((n + 1, n + 1), 4.0)
    minutes[:n, :n], km[:n, :n] = place.minutes, place.km
    return replace(place, communes=(new, *place.communes), sites=(*place.sites, hall), minutes=minutes, km=km)


def test_a_commune_and_a_site_more_move_no_draw() -> None:
    """Tests that needs of the other communes and their tastes stay, though every position has moved."""
    settings = compose(*BASE, "homes.redirected_share=0")
    small, large = (draw_world(settings, t, 0) for t in (territory(), wider(territory())))
    plain = [np.flatnonzero(w.needs.home != position) for w, position in ((small, -1), (large, 0))]
    assert len(plain[0]) == len(plain[1])
    assert np.array_equal(small.needs.home[plain[0]] + 1, large.needs.home[plain[1]])
    for i, j in zip(*(p.tolist() for p in plain), strict=True):
        same_person(small, i, large, j)
        assert ("permanence:99000" in tastes_of(large, j)) == large.needs.aware[j]
    effects = [dict(zip(w.access.ids, w.place_z.tolist(), strict=True)) for w in (small, large)]
    assert effects[0].items() <= effects[1].items()
    unmoved = {"sick", "week_wish", "day_wish", "breakdown", "breakdown_s", "repair_days", "day_factor"}
    assert not changed(small, large) & unmoved


def test_replications_are_other_worlds() -> None:
    """Tests that nothing drawn is shared by two replications, and that one drawn again is the same."""
    one, two = world(), world(replication=1)
    assert changed(one, two) == {n for n, _ in parts(one)}
    assert set(one.needs.work_s.tolist()) & set(two.needs.work_s.tolist()) <= {0.0}
    assert changed(world(), draw_world(compose(*BASE), territory(), 0)) == set()


# Distributions. A large share of small quantities is drawn once, over replications.


@cache
def many_worlds(*words: str) -> tuple[World, ...]:
    settings = compose(*BASE, "run.horizon.end=2022-12-31", *words)
    return tuple(draw_world(settings, territory(), r) for r in range(60))


def pooled(name: str, *words: str) -> NDArray[Any]:
    group, _, column = name.rpartition(".")
    return np.concatenate(
        [getattr(getattr(w, group) if group else w, column).reshape(-1) for w in many_worlds(*words)]
    )


def close_to(found: float, expected: float, sd_of_mean: float) -> None:
    assert abs(found - expected) < stats.norm.isf(LEVEL / 2) * sd_of_mean, (found, expected, sd_of_mean)


NO_EFFECT = ("demand.commune_effect_sigma=0", "homes.redirected_share=0")


def test_needs_are_poisson_at_the_rate_of_the_formula() -> None:
    """Tests totals by commune and by season: population × share × needs a year × season of the date."""
    worlds = many_worlds(*NO_EFFECT)
    calendar = worlds[0].calendar
    index = np.ones(calendar.days)
    for d in range(calendar.days):
        when = calendar.date(d)
        if when.month in (7, 8):
            index[d] = 0.8
        if (4, 8) <= (when.month, when.day) <= (6, 8):
            index[d] = 1.2
    rate = territory().population * 0.30 * 0.5 / YEAR_DAYS
    counts = np.array([np.bincount(w.needs.home, minlength=3) for w in worlds])
    for c in range(3):
        mean = rate[c] * index.sum()
        close_to(counts[:, c].mean(), mean, math.sqrt(mean / len(worlds)))
    total = counts.sum(axis=1)
    # the variance of a Poisson count is its mean: Σ(n − m)² / m is χ² with one degree a replication
    spread = ((total - rate.sum() * index.sum()) ** 2 / (rate.sum() * index.sum())).sum()
    assert LEVEL / 2 < stats.chi2.cdf(spread, len(worlds)) < 1 - LEVEL / 2
    days = pooled("needs.at", *NO_EFFECT) // 86_400
    for chosen in (index == 0.8, index == 1.2, index == 1.0):
        mean = rate.sum() * index[chosen].sum() * len(worlds)
        close_to(float(chosen[days].sum()), mean, math.sqrt(mean))


def test_needs_arise_at_any_second_of_all_seven_days() -> None:
    """Tests the second of the day (Kolmogorov–Smirnov) and weekends."""
    at = pooled("needs.at", *NO_EFFECT)
    assert stats.kstest((at % 86_400 + 0.5) / 86_400, "uniform").pvalue > LEVEL
    start = many_worlds(*NO_EFFECT)[0].calendar.start.toordinal()
    weekend = int(((at // 86_400 + start) % 7 >= 6).sum() + ((at // 86_400 + start) % 7 == 0).sum())
    days = np.arange(549) + start
    share = float(np.isin(days % 7, (6, 0)).mean())
    assert stats.binomtest(weekend, at.size, share).pvalue > LEVEL


def test_the_commune_effect_has_mean_one_and_its_sigma() -> None:
    """Tests that counts are more spread than Poisson by the variance of a lognormal of mean one."""
    counts = np.array([(w.needs.home == 0).sum() for w in many_worlds("homes.redirected_share=0")], float)
    plain = np.array([(w.needs.home == 0).sum() for w in many_worlds(*NO_EFFECT)], float)
    mean, extra = plain.mean(), math.exp(0.3**2) - 1
    sd = math.sqrt(mean + mean**2 * extra)
    close_to(counts.mean(), mean, sd / math.sqrt(len(counts)))
    # the standard deviation of a sample variance of n values is about √(2 / n) of it, more when skewed
    assert abs(counts.var(ddof=1) / sd**2 - 1) < stats.norm.isf(LEVEL / 2) * 1.6 * math.sqrt(2 / len(counts))


def cut_lognormal(mean: float, cv: float, longest: float) -> Any:
    """The distribution function of a lognormal below a longest value, of this mean."""
    sigma = math.sqrt(math.log1p(cv**2))

    def law(median: float) -> Any:
        return stats.lognorm(sigma, scale=median)

    def excess(median: float) -> float:
        whole = law(median)
        return float(whole.expect(lambda x: x, ub=longest, conditional=True)) - mean

    whole = law(optimize.brentq(excess, mean / 10, mean * 10))
    return lambda x: whole.cdf(x) / whole.cdf(longest)


def test_what_a_need_carries_follows_its_assumptions() -> None:
    """Tests shares (χ²), work (mean, law below the longest), patience and fates (KS), what is solved."""
    need = pooled("needs.need", *NO_EFFECT)
    aware = pooled("needs.aware", *NO_EFFECT)
    shares = np.array([0.57, 0.13, 0.18, 0.07, 0.05])
    assert stats.chisquare(np.bincount(need, minlength=5), shares * need.size).pvalue > LEVEL
    segment = pooled("needs.segment", *NO_EFFECT)
    shares = np.array([0.45, 0.06, 0.08, 0.16, 0.25])
    assert stats.chisquare(np.bincount(segment, minlength=5), shares * need.size).pvalue > LEVEL
    work, need_of_aware = pooled("needs.work_s", *NO_EFFECT)[aware] / 60, need[aware]
    means = {
        "admin_level_1": 30.0,
        "digital_individual": 50.0,
        "self_service": 20.0,
        "social_orientation": 15.0,
    }
    for name, mean in means.items():
        mine = work[need_of_aware == NEEDS.index(name)]
        close_to(mine.mean(), mean, 0.6 * mean / math.sqrt(mine.size))
        assert stats.kstest(mine, cut_lognormal(mean, 0.6, 180)).pvalue > LEVEL, name
        assert mine.max() <= 180
    level_2 = work[need_of_aware == 1]
    close_to(level_2.mean(), 36 + 0.6 * 15, 0.75 * 45 / math.sqrt(level_2.size))
    unsolved = pooled("needs.unsolved", *NO_EFFECT)[aware]
    assert stats.binomtest(int(unsolved.sum()), unsolved.size, 0.18).pvalue > LEVEL
    assert (
        stats.binomtest(int(unsolved[need_of_aware == 1].sum()), int((need_of_aware == 1).sum()), 0.60).pvalue
        > LEVEL
    )
    patience = pooled("needs.patience_s", *NO_EFFECT).reshape(-1, 3)[aware].ravel()
    assert stats.kstest(patience / 3600, "expon").pvalue > LEVEL
    for name in ("fate", "told", "quantile", "appointment"):
        drawn = pooled(f"needs.{name}", *NO_EFFECT).reshape(-1, 3)[aware].ravel()
        assert stats.kstest(drawn, "uniform").pvalue > LEVEL, name
    for name in ("taste", "permanence_taste"):
        assert stats.kstest(pooled(f"needs.{name}", *NO_EFFECT), "uniform").pvalue > LEVEL


def test_the_tax_campaign_is_carried_by_its_operator() -> None:
    """Tests operators in and out of the campaign: with share 0.15 and index 1.2, tax is 0.35 / 1.2 in it."""
    at = pooled("needs.at", *NO_EFFECT) // 86_400
    operator = pooled("needs.operator", *NO_EFFECT)
    calendar = many_worlds(*NO_EFFECT)[0].calendar
    on = (at >= calendar.day(calendar.start.replace(year=2022, month=4, day=8))) & (
        at <= calendar.day(calendar.start.replace(year=2022, month=6, day=8))
    )
    shares = np.array([0.19, 0.16, 0.16, 0.15, 0.14, 0.20])
    usual = np.bincount(operator[~on], minlength=6)
    assert stats.chisquare(usual, shares * usual.sum()).pvalue > LEVEL
    shares[3] += 0.2
    campaign = np.bincount(operator[on], minlength=6)
    assert stats.chisquare(campaign, shares / 1.2 * campaign.sum()).pvalue > LEVEL


def test_awareness_is_the_logistic_curve_of_the_date() -> None:
    """Tests the share who know the service month by month (χ² on 18 binomials)."""
    at, aware = pooled("needs.at", *NO_EFFECT), pooled("needs.aware", *NO_EFFECT)
    curve = compose(*BASE).demand.awareness
    months = (at // 86_400) / (YEAR_DAYS / 12)
    p = 1 / (1 + np.exp(-(months - curve.midpoint_months) / curve.scale_months))
    chi2 = 0.0
    for m in range(18):
        here = np.floor(months) == m
        chi2 += (aware[here].sum() - p[here].sum()) ** 2 / (p[here] * (1 - p[here])).sum()
    assert stats.chi2.sf(chi2, 18) > LEVEL


def test_sickness_has_its_long_run_share_and_length() -> None:
    """Tests 9.6 % of days after three years, spells of 50 days on average, everybody well on the first."""
    settings = compose(*BASE, "run.horizon.end=2026-06-30")
    sick = draw_world(settings, territory(), 0, 300).sick
    assert not sick[:, 0].any()
    late = sick[:, 3 * 365 :].mean(axis=1)
    close_to(late.mean(), 0.70 * 50 / 365.25, late.std(ddof=1) / math.sqrt(late.size))
    starts = (sick[:, 1:] & ~sick[:, :-1]).sum(axis=1) / (sick.shape[1] / 365.25)
    # a few spells touch or last no noon; the mean rate of the first years is a little above the long run's
    assert starts.mean() == pytest.approx(0.70, rel=0.08)


def test_repairs_breakdowns_and_traffic_have_their_distribution() -> None:
    """Tests geometric repairs of mean 3 days (χ²), uniform moments, a day factor of mean 1 and CV 0.08."""
    w = many_worlds(*NO_EFFECT)[0]
    repair = w.repair_days.ravel()
    cells = np.bincount(np.minimum(repair, 10), minlength=11)[1:]
    expected = stats.geom.pmf(np.arange(1, 10), 1 / 3) * repair.size
    assert stats.chisquare(cells, np.append(expected, repair.size - expected.sum())).pvalue > LEVEL
    assert stats.kstest(w.breakdown.ravel(), "uniform").pvalue > LEVEL
    span = (w.breakdown_s.ravel() - 27_900 + 0.5) / 36_900
    assert stats.kstest(span, "uniform").pvalue > LEVEL
    factor = np.concatenate([x.day_factor for x in many_worlds(*NO_EFFECT)])
    close_to(factor.mean(), 1.0, 0.08 / math.sqrt(factor.size))
    close_to(factor.std(), 0.08, 0.08 / math.sqrt(2 * factor.size))


def test_requests_follow_population_and_age_through_their_channels() -> None:
    """Tests numbers a week, communes (χ²), channels (χ²), opening hours and the days of transmission."""
    worlds = many_worlds(*NO_EFFECT)
    weeks = worlds[0].calendar.days / 7
    counts = np.array([len(w.homes.request_id) for w in worlds])
    close_to(counts.mean(), 6 * weeks, math.sqrt(6 * weeks / len(worlds)))
    place = territory()
    weight = place.population * place.share_75_plus
    home = pooled("homes.home", *NO_EFFECT)
    expected = weight / weight.sum() * home.size
    assert stats.chisquare(np.bincount(home, minlength=3), expected).pvalue > LEVEL
    channel = pooled("homes.channel", *NO_EFFECT)
    assert (
        stats.chisquare(np.bincount(channel, minlength=3), np.array([0.30, 0.45, 0.25]) * home.size).pvalue
        > LEVEL
    )
    asked, handled = pooled("homes.requested_at", *NO_EFFECT), pooled("homes.handled_day", *NO_EFFECT)
    working = worlds[0].calendar.working
    assert working[asked // 86_400].all()
    assert working[handled].all()
    ranks = np.cumsum(working)
    apart = ranks[handled] - ranks[asked // 86_400]
    for c, (closes, delay) in enumerate([(17, 1), (12, 2), (17, 1)]):
        second = asked[channel == c] % 86_400
        assert second.min() >= 9 * 3600
        assert second.max() < closes * 3600
        assert set(apart[channel == c].tolist()) == {delay}
