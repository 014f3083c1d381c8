"""The outside world of one replication, drawn before the simulation; it does not know the scenario.

Needs where people live and when they arise, home-visit requests, sickness, leave wishes,
breakdowns, traffic. Draws are standard variates keyed by name (`sim.streams`), transformed by
parameters; needs and requests are drawn at the upper end of the register's range and thinned by
each one's own uniform, so that a changed assumption moves no other draw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.clock import DAY_S, YEAR_DAYS, Calendar, make_calendar
from sim.compiled import njit
from sim.lengths import law, length
from sim.models.access import PERMANENCE, Access, make_access
from sim.models.driving import make_roads
from sim.settings import NEEDS, Settings
from sim.streams import Streams, combine, exponential, item_keys, normal, poisson, uniform
from sim.territory.territory import Territory

__all__ = ["TAIL_DAYS", "DrawnNeeds", "HomeRequests", "World", "agent_names", "draw_world", "operators"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]

TAIL_DAYS = 84
CONTACTS = 3
DESK_OPENS_S = 8 * 3600
"""The booking desk hears of transmitted requests, and decides, at eight in the morning."""


@dataclass(frozen=True)
class DrawnNeeds:
    """Needs that arise in the horizon, one row each, sorted by person_id.

    `at` is the instant the need arises; `work_s` the work content of a full contact; columns of
    shape (needs, 3) hold one value per attempt. `taste` holds the uniform u of an Exp(1) taste
    −ln u per alternative in reach but for permanences, those of need i at
    `taste_start[i]:taste_start[i + 1]`, in the order of `Access`; `permanence_taste` those of permanences.
    Who does not know the cell never meets it: she has no taste for a permanence, and what only a contact
    reads stays 0.
    """

    person_id: Ints
    home: Ints
    at: Ints
    need: Ints
    segment: Ints
    operator: Ints
    redirected: NDArray[np.bool_]
    aware: NDArray[np.bool_]
    work_s: Floats
    unsolved: NDArray[np.bool_]
    quantile: Floats
    patience_s: Ints
    fate: Floats
    told: Floats
    appointment: Floats
    taste_start: Ints
    taste: Floats
    permanence_start: Ints
    permanence_taste: Floats


@dataclass(frozen=True)
class HomeRequests:
    """Requests for a home visit, sorted by request_id.

    `requested_at` is the instant a booking point hears of it; the desk decides at 08:00 of
    `handled_day`. Shares are kept as uniforms where a policy decides what they mean.
    """

    request_id: Ints
    home: Ints
    channel: Ints
    requested_at: Ints
    handled_day: Ints
    redirected: NDArray[np.bool_]
    cancelled: NDArray[np.bool_]
    no_show: Floats
    length_s: Ints


@dataclass(frozen=True, eq=False)
class World:
    """Everything outside the service's control in one replication.

    `sick` and the wishes have shape (agents, days of the calendar); `week_wish` has shape
    (agents, years, 54); `exit_u` is one uniform a commune, for the date it leaves if that is drawn.
    Names and items not listed (a sign-up, a leg of a drive) are drawn from the keys: the same value
    whoever asks.
    """

    replication: int
    calendar: Calendar
    access: Access
    needs: DrawnNeeds
    homes: HomeRequests
    place_z: Floats
    agents: tuple[str, ...]
    sick: NDArray[np.bool_]
    week_wish: Floats
    day_wish: Floats
    training_wish: Floats
    breakdown: Floats
    breakdown_s: Ints
    repair_days: Ints
    day_factor: Floats
    leg_key: np.uint64
    sign_ups_key: np.uint64
    exit_u: Floats


def agent_names(pairs: int) -> tuple[str, ...]:
    """A1, A2, … two a pair (France Services agent, conseiller), then the coordinator C."""
    return (*(f"A{i + 1}" for i in range(2 * pairs)), "C")


def operators(settings: Settings) -> tuple[str, ...]:
    """The national operators, in the order of the settings."""
    return tuple(settings.demand.needs.operators)


@lru_cache(maxsize=8)
def access_of(territory: Territory, reach_min: float) -> Access:
    """The alternatives of a territory and those within reach, made once."""
    return make_access(territory, make_roads(territory), reach_min)


def world_calendar(settings: Settings) -> Calendar:
    """The calendar of the horizon and of the tail in which people may still be waiting."""
    horizon = settings.run.horizon
    return make_calendar(horizon.start, horizon.end, TAIL_DAYS, settings.demand.season.school_zone)


def season_index(settings: Settings, calendar: Calendar) -> tuple[Floats, NDArray[np.bool_]]:
    """Total index of needs by day, and whether the tax campaign is on.

    During the campaign the whole rise is carried by the tax operator: with a share s and a total
    index i, its own index is 1 + (i − 1) / s.
    """
    season = settings.demand.season
    n = len(calendar.weekday)
    tax = np.zeros(n, np.bool_)
    given = {first.year for first, _ in season.tax_campaigns}
    first_text, last_text = season.tax_month_day
    spans = [
        *season.tax_campaigns,
        *(
            (_month_day(year, first_text), _month_day(year, last_text))
            for year in sorted(set(calendar.year.tolist()) - given)
        ),
    ]
    for first, last in spans:
        tax[max(calendar.day(first), 0) : max(calendar.day(last) + 1, 0)] = True
    index = np.ones(n)
    month = calendar.month % 12 + 1
    summer = (month == 7) | (month == 8)
    index[summer] = season.summer_index
    index[calendar.school_holiday & ~summer] = season.school_holidays_index
    return np.where(tax, index * season.tax_index, index), tax


def _month_day(year: int, text: str) -> date:
    month, day = (int(part) for part in text.split("-"))
    return date(year, month, day)


def awareness(settings: Settings, calendar: Calendar) -> Floats:
    """Share of residents who know the service, by day: logistic in months since its launch."""
    curve = settings.demand.awareness
    days = np.arange(len(calendar.weekday)) - calendar.day(curve.launch)
    months = days / (YEAR_DAYS / 12)
    share = 1.0 / (1.0 + np.exp(-(months - curve.midpoint_months) / curve.scale_months))
    return np.where(days >= 0, share, 0.0)


def unsolved_shares(settings: Settings) -> tuple[float, float]:
    """Shares unsolved: level 2 whose correspondent was reached, and every other need.

    Level 2 is always unsolved when its correspondent is not reached; the others are equal, such
    that the mean over the mix is `unsolved_share`.
    """
    needs = settings.demand.needs
    level_2 = needs.mix["admin_level_2"]
    reached = needs.correspondent_reached_share
    share_2 = (1 - reached) + reached * needs.unsolved_level_2_reached_share
    others = (needs.unsolved_share - level_2 * share_2) / (1 - level_2) if level_2 < 1 else 0.0
    return needs.unsolved_level_2_reached_share, min(max(others, 0.0), 1.0)


def draw_world(
    settings: Settings, territory: Territory, replication: int, pairs: int = 0, vehicles: int = 0
) -> World:
    """Draw the outside world of one replication.

    Parameters
    ----------
    settings
        The reference's settings; only world parameters are read.
    territory
        The territory.
    replication
        Number of the replication, from 0.
    pairs
        Pairs of agents to draw for, at least; the largest of the study's scenarios.
    vehicles
        Vehicles to draw for, at least; the largest of the study's scenarios.
    """
    from sim.register import ceiling

    calendar = world_calendar(settings)
    access = access_of(territory, settings.demand.reach_min)
    streams = Streams(settings.run.seed, replication)
    commune_key = item_keys("commune", (c.insee_code for c in territory.communes))
    demand = settings.demand

    months = np.arange(calendar.month[0], calendar.month[calendar.days - 1] + 1)
    first_day = np.array([calendar.day(_month_start(int(m))) for m in months], np.int64)
    month_days = np.array([_month_days(int(m)) for m in months], np.int64)
    population = np.array([c.population for c in territory.communes], np.float64)

    share_75 = np.array([c.share_75_plus for c in territory.communes], np.float64)
    weight = population * share_75
    weight = weight / weight.sum() if weight.sum() > 0 else weight
    index, tax = season_index(settings, calendar)
    rate = population * demand.share_in_difficulty * demand.needs_per_person_per_year / YEAR_DAYS
    season_top = max(
        ceiling("demand.season.tax_index", demand.season.tax_index),
        ceiling("demand.season.summer_index", demand.season.summer_index),
        ceiling("demand.season.school_holidays_index", demand.season.school_holidays_index),
        float(index.max()),
    )
    top = (
        population
        * ceiling("demand.share_in_difficulty", demand.share_in_difficulty)
        * ceiling("demand.needs_per_person_per_year", demand.needs_per_person_per_year)
        / YEAR_DAYS
        * season_top
    )
    sigma = demand.commune_effect_sigma
    sigma_top = ceiling("demand.commune_effect_sigma", sigma)
    z = _normals(streams.key("commune effect"), commune_key)
    effect = np.exp(sigma * z - sigma**2 / 2)
    at_most = np.clip(z, 0.0, sigma_top)
    top = top * np.exp(at_most * z - at_most**2 / 2)

    person, key, home, at = _arise(
        streams.key("needs: count"),
        streams.key("needs: date"),
        streams.key("needs: second"),
        streams.key("needs: thinning"),
        commune_key,
        months,
        first_day,
        month_days,
        calendar.days,
        top,
        rate * effect,
        index,
    )
    week_top = ceiling("homes.requests_per_week", settings.homes.requests_per_week)
    request, request_key, request_home, arose = _arise(
        streams.key("homes: count"),
        streams.key("homes: date"),
        streams.key("homes: second"),
        streams.key("homes: thinning"),
        np.array([combine(k, np.uint64(1)) for k in commune_key], np.uint64),
        months,
        first_day,
        month_days,
        calendar.days,
        weight * week_top / 7,
        weight * settings.homes.requests_per_week / 7,
        np.ones(len(index)),
    )
    homes = _home_requests(settings, streams, calendar, request, request_key, request_home, arose)
    sent = np.flatnonzero(homes.redirected & (homes.handled_day < calendar.days))
    needs = _attributes(
        settings,
        streams,
        calendar,
        access,
        np.concatenate([person, request[sent] + REDIRECTED_ID]),
        np.concatenate([key, request_key[sent]]),
        np.concatenate([home, request_home[sent]]),
        np.concatenate([at, homes.handled_day[sent] * DAY_S + DESK_OPENS_S]),
        np.arange(len(person) + len(sent)) >= len(person),
        tax,
    )
    ordinal = calendar.start.toordinal()
    agents = agent_names(max(pairs, 5))
    agent_key = item_keys("agent", agents)
    days = np.arange(len(calendar.weekday)) + ordinal
    years = np.arange(calendar.year[0], calendar.year[-1] + 1)
    weeks = years[:, None] * 100 + np.arange(54)[None, :]
    fleet = range(max(64, 2 * pairs, vehicles))
    vehicle_key = item_keys("vehicle", (f"V{i + 1}" for i in fleet))
    spells = settings.staff.sickness
    factor_cv = settings.day.day_factor_cv
    log_sigma = np.sqrt(np.log1p(factor_cv**2))
    day_z = _normals(streams.key("traffic: day"), _day_keys(ordinal, len(days)))
    down = _uniforms(streams.key("breakdown"), vehicle_key, days)
    moment = _uniforms(streams.key("breakdown: second"), vehicle_key, days)
    repair = _uniforms(streams.key("breakdown: repair"), vehicle_key, days)
    mean_days = settings.fleet.repair_mean_days
    repair_days = (
        np.ones(repair.shape, np.int64)
        if mean_days <= 1
        else np.maximum(1, np.ceil(np.log(repair) / np.log(1 - 1 / mean_days))).astype(np.int64)
    )
    day_span = settings.day.duty_ends - settings.day.duty_starts
    permanence = access.kind == PERMANENCE
    return World(
        replication=replication,
        calendar=calendar,
        access=access,
        needs=needs,
        homes=homes,
        place_z=np.where(permanence, _normals(streams.key("place effect"), access.key), 0.0),
        agents=agents,
        sick=_sickness(
            streams.key("sickness: gap"),
            streams.key("sickness: length"),
            agent_key,
            len(days),
            spells.spells_per_year,
            spells.median_days,
            spells.mean_days,
        ),
        week_wish=_uniforms(streams.key("leave: weeks"), agent_key, weeks.ravel()).reshape(
            len(agents), len(years), 54
        ),
        day_wish=_uniforms(streams.key("leave: days"), agent_key, days),
        training_wish=_uniforms(streams.key("training: days"), agent_key, days),
        breakdown=down,
        breakdown_s=(settings.day.duty_starts + np.floor(moment * day_span)).astype(np.int64),
        repair_days=repair_days,
        day_factor=np.exp(log_sigma * day_z - log_sigma**2 / 2),
        leg_key=streams.key("traffic: leg"),
        sign_ups_key=streams.key("workshops: sign-ups"),
        exit_u=_row_uniforms(streams.key("exits: date"), commune_key),
    )


REDIRECTED_ID = 5_000 * 10**11
"""Added to a request's id to name the need it becomes when redirected to a permanence."""


def _month_start(month: int) -> date:
    """The first day of a month counted from January 2000."""
    return date(2000 + month // 12, month % 12 + 1, 1)


def _month_days(month: int) -> int:
    return (_month_start(month + 1) - _month_start(month)).days


@lru_cache(maxsize=8)
def _day_keys(first: int, days: int) -> NDArray[np.uint64]:
    """The keys of consecutive days from the proleptic ordinal of the first."""
    return np.array([combine(np.uint64(0), np.uint64(first + d)) for d in range(days)], np.uint64)


@njit
def _normals(stream: np.uint64, items: Keys) -> Floats:
    out = np.empty(len(items))
    for i in range(len(items)):
        out[i] = normal(stream, items[i])
    return out


@njit
def _lengths(
    stream: np.uint64, items: Keys, before: float, sigma: float, share: float, longest: float
) -> Floats:
    out = np.empty(len(items))
    for i in range(len(items)):
        out[i] = length(uniform(stream, items[i]), before, sigma, share, longest)
    return out


@njit
def _uniforms(stream: np.uint64, names: Keys, moments: Ints) -> Floats:
    """Uniforms of shape (names, moments), each keyed by its name and moment."""
    out = np.empty((len(names), len(moments)))
    for i in range(len(names)):
        for j in range(len(moments)):
            out[i, j] = uniform(stream, combine(names[i], np.uint64(moments[j])))
    return out


@njit
def _arise(
    count_key: np.uint64,
    date_key: np.uint64,
    second_key: np.uint64,
    thinning_key: np.uint64,
    commune_key: Keys,
    months: Ints,
    first_day: Ints,
    month_days: Ints,
    days: int,
    top: Floats,
    rate: Floats,
    index: Floats,
) -> tuple[Ints, Keys, Ints, Ints]:
    """Poisson arrivals by commune and calendar month, drawn at `top` a day, thinned to the rate.

    The rate is read at the candidate's own day (Lewis & Shedler 1979). Ids are
    month · 10¹¹ + commune · 10⁶ + rank, so a longer horizon renames nobody. Loops hold no branch, so
    that several candidates are looked at at once: each is written down and overwritten if not kept.
    """
    candidates = np.zeros((len(months), len(commune_key)), np.int64)
    highest = np.zeros(len(months))
    for m in range(len(months)):
        for day in range(max(first_day[m], 0), min(first_day[m] + month_days[m], days)):
            highest[m] = max(highest[m], index[day])
        for c in range(len(commune_key)):
            if top[c] > 0.0:
                block = combine(commune_key[c], np.uint64(months[m]))
                candidates[m, c] = poisson(uniform(count_key, block), top[c] * month_days[m])
    room, most = 1, 1  # of memory that is never written the system gives none
    for m in range(len(months)):
        for c in range(len(commune_key)):
            room += candidates[m, c]
            if candidates[m, c] >= most:
                most = candidates[m, c] + 1
    person = np.empty(room, np.int64)
    key = np.empty(room, np.uint64)
    home = np.empty(room, np.int64)
    at = np.empty(room, np.int64)
    thinning = np.empty(most)
    rank = np.empty(most, np.int64)
    n = 0
    for m in range(len(months)):
        for c in range(len(commune_key)):
            block = combine(commune_key[c], np.uint64(months[m]))
            for k in range(candidates[m, c]):
                thinning[k] = uniform(thinning_key, combine(block, np.uint64(k))) * top[c]
            likely = 0
            for k in range(candidates[m, c]):
                rank[likely] = k
                likely += thinning[k] < rate[c] * highest[m]
            for j in range(likely):
                k = rank[j]
                item = combine(block, np.uint64(k))
                day = first_day[m] + int(uniform(date_key, item) * month_days[m])
                person[n] = months[m] * 100_000_000_000 + c * 1_000_000 + k
                key[n] = item
                home[n] = c
                at[n] = day * 86_400
                n += 0 <= day < days and thinning[k] < rate[c] * index[min(max(day, 0), days - 1)]
    for i in range(n):
        at[i] += int(uniform(second_key, key[i]) * 86_400)
    return person[:n].copy(), key[:n].copy(), home[:n].copy(), at[:n].copy()


def _attributes(
    settings: Settings,
    streams: Streams,
    calendar: Calendar,
    access: Access,
    person: Ints,
    key: Keys,
    home: Ints,
    at: Ints,
    redirected: NDArray[np.bool_],
    tax: NDArray[np.bool_],
) -> DrawnNeeds:
    """Everything a need carries, from its key."""
    demand, needs, desk = settings.demand, settings.demand.needs, settings.desk
    n = len(person)
    shares = list(needs.operators.values())
    tax_on = np.array(shares)
    extra = demand.season.tax_index - 1
    tax_on[list(needs.operators).index(demand.season.tax_operator)] += extra
    reached = needs.work_mean_min["admin_level_2"] + needs.correspondent_extra_min
    work_means = [*(needs.work_mean_min[need] for need in NEEDS), reached]
    longest = None if needs.work_longest_min is None else needs.work_longest_min * 60.0
    reached_unsolved, other_unsolved = unsolved_shares(settings)
    out = DrawnNeeds(
        person_id=person,
        home=home,
        at=at,
        need=np.empty(n, np.int64),
        segment=np.empty(n, np.int64),
        operator=np.empty(n, np.int64),
        redirected=redirected,
        aware=np.empty(n, np.bool_),
        work_s=np.zeros(n),
        unsolved=np.zeros(n, np.bool_),
        quantile=np.zeros((n, CONTACTS)),
        patience_s=np.zeros((n, CONTACTS), np.int64),
        fate=np.zeros((n, CONTACTS)),
        told=np.zeros((n, CONTACTS)),
        appointment=np.zeros((n, CONTACTS)),
        taste_start=np.zeros(n + 1, np.int64),
        taste=np.empty(0),
        permanence_start=np.zeros(n + 1, np.int64),
        permanence_taste=np.empty(0),
    )
    quantities = ("need", "segment", "operator", "awareness", "work", "correspondent", "unsolved")
    per_attempt = ("quantile", "patience", "fate", "told", "appointment")
    _fill_attributes(
        key,
        at // DAY_S,
        redirected,
        np.array([streams.key(f"needs: {q}") for q in (*quantities, *per_attempt)], np.uint64),
        np.cumsum([needs.mix[need] for need in NEEDS]),
        np.cumsum(list(needs.segments.values())),
        np.cumsum(shares),
        np.cumsum(tax_on / tax_on.sum()),
        tax,
        awareness(settings, calendar),
        np.array([law(mean * 60.0, needs.work_cv, longest) for mean in work_means]),
        needs.correspondent_reached_share,
        reached_unsolved,
        other_unsolved,
        desk.patience_mean_min * 60.0,
        out.need,
        out.segment,
        out.operator,
        out.aware,
        out.work_s,
        out.unsolved,
        out.quantile,
        out.patience_s,
        out.fate,
        out.told,
        out.appointment,
    )
    stream, entry_key = streams.key("needs: taste"), access.key[access.entry_alternative]
    first, split, last = access.entry_start[:-1], access.first_permanence, access.entry_start[1:]
    np.cumsum((split - first)[home], out=out.taste_start[1:])
    np.cumsum((last - split)[home] * out.aware, out=out.permanence_start[1:])
    return replace(
        out,
        taste=_tastes(stream, key, home, first, out.taste_start, entry_key),
        permanence_taste=_tastes(stream, key, home, split, out.permanence_start, entry_key),
    )


@njit
def _pick(cumulative: Floats, u: float) -> int:
    k = 0
    for i in range(len(cumulative) - 1):
        k += u >= cumulative[i]
    return k


@njit
def _fill_attributes(
    key: Keys,
    day: Ints,
    redirected: NDArray[np.bool_],
    stream: Keys,
    mix: Floats,
    segments: Floats,
    operators_usual: Floats,
    operators_tax: Floats,
    tax: NDArray[np.bool_],
    aware_share: Floats,
    work_law: Floats,
    reached_share: float,
    unsolved_reached: float,
    unsolved_other: float,
    patience_mean_s: float,
    need: Ints,
    segment: Ints,
    operator: Ints,
    aware: NDArray[np.bool_],
    work_s: Floats,
    unsolved: NDArray[np.bool_],
    quantile: Floats,
    patience_s: Ints,
    fate: Floats,
    told: Floats,
    appointment: Floats,
) -> None:
    for i in range(len(key)):
        k = key[i]
        need[i] = _pick(mix, uniform(stream[0], k))
        segment[i] = _pick(segments, uniform(stream[1], k))
        by_operator = operators_tax if tax[day[i]] else operators_usual
        operator[i] = _pick(by_operator, uniform(stream[2], k))
        aware[i] = redirected[i] or uniform(stream[3], k) < aware_share[day[i]]
        if not aware[i]:
            continue
        row = need[i]
        unsolved_share = unsolved_other
        if need[i] == 1:
            if uniform(stream[5], k) < reached_share:
                row = len(work_law) - 1
                unsolved_share = unsolved_reached
            else:
                unsolved_share = 1.0
        before, sigma, share, longest = work_law[row]
        work_s[i] = length(uniform(stream[4], k), before, sigma, share, longest)
        unsolved[i] = uniform(stream[6], k) < unsolved_share
        for a in range(3):
            item = combine(k, np.uint64(a))
            quantile[i, a] = uniform(stream[7], item)
            patience_s[i, a] = int(exponential(stream[8], item) * patience_mean_s + 0.5)
            fate[i, a] = uniform(stream[9], item)
            told[i, a] = uniform(stream[10], item)
            appointment[i, a] = uniform(stream[11], item)


@njit
def _tastes(stream: np.uint64, key: Keys, home: Ints, first: Ints, start: Ints, entry_key: Keys) -> Floats:
    """A uniform per need and entry from `first` of her commune on, keyed by both."""
    taste = np.empty(start[-1])
    for i in range(len(key)):
        mine = taste[start[i] : start[i + 1]]
        entries = entry_key[first[home[i]] : first[home[i]] + len(mine)]
        for t in range(len(mine)):
            mine[t] = uniform(stream, key[i] ^ entries[t])
    return taste


def _home_requests(
    settings: Settings,
    streams: Streams,
    calendar: Calendar,
    request: Ints,
    key: Keys,
    home: Ints,
    arose: Ints,
) -> HomeRequests:
    """Requests with the booking point that hears them and the day the desk decides."""
    homes = settings.homes
    channels = list(homes.channels.values())
    cumulative = np.cumsum([c.share for c in channels])
    names = ("channel", "redirected", "cancelled", "no-show", "length")
    u = {name: _row_uniforms(streams.key(f"homes: {name}"), key) for name in names[:4]}
    channel = np.minimum(np.searchsorted(cumulative, u["channel"], side="right"), len(channels) - 1)
    opens = np.array([c.opens for c in channels], np.int64)[channel]
    closes = np.array([c.closes for c in channels], np.int64)[channel]
    delay = np.array([c.delay_days for c in channels], np.int64)[channel]
    day, second = arose // DAY_S, arose % DAY_S
    too_late = second >= closes
    working = np.flatnonzero(calendar.working)
    heard_from = day + too_late
    rank = np.minimum(np.searchsorted(working, heard_from), len(working) - 1)
    heard_day = working[rank]
    heard_s = np.where((heard_day == day) & ~too_late, np.maximum(second, opens), opens)
    handled = working[np.minimum(rank + np.maximum(delay, 1), len(working) - 1)]
    longest = None if homes.length_longest_min is None else homes.length_longest_min * 60.0
    visit = law(homes.length_mean_min * 60.0, homes.length_cv, longest)
    visit_s = _lengths(streams.key("homes: length"), key, *visit)
    return HomeRequests(
        request_id=request,
        home=home,
        channel=channel.astype(np.int64),
        requested_at=heard_day * DAY_S + heard_s,
        handled_day=handled,
        redirected=u["redirected"] < homes.redirected_share,
        cancelled=u["cancelled"] < homes.cancelled_share,
        no_show=u["no-show"],
        length_s=np.maximum(60, np.floor(visit_s + 0.5)).astype(np.int64),
    )


@njit
def _row_uniforms(stream: np.uint64, items: Keys) -> Floats:
    out = np.empty(len(items))
    for i in range(len(items)):
        out[i] = uniform(stream, items[i])
    return out


@njit
def _sickness(
    gap_key: np.uint64,
    length_key: np.uint64,
    agent_key: Keys,
    days: int,
    spells_per_year: float,
    median_days: float,
    mean_days: float,
) -> NDArray[np.bool_]:
    """Sickness by (agent, day): well on the first day, then exponential gaps and lognormal spells.

    The mean gap is the year divided by the spells less the mean spell, so that the long-run rate
    is `spells_per_year` and the long-run share sick is rate × mean length.
    """
    sick = np.zeros((len(agent_key), days), np.bool_)
    if spells_per_year <= 0.0:
        return sick
    gap_mean = max(365.25 / spells_per_year - mean_days, 1.0)
    sigma = np.sqrt(max(2.0 * np.log(mean_days / median_days), 0.0))
    for a in range(len(agent_key)):
        t = 0.0
        for k in range(1_000_000):
            item = combine(agent_key[a], np.uint64(k))
            t += exponential(gap_key, item) * gap_mean
            if t >= days:
                break
            length = median_days * np.exp(sigma * normal(length_key, item))
            # a day is lost when the spell covers its noon: unbiased in the mean
            sick[a, max(1, int(t + 0.5)) : min(days, int(t + length + 0.5))] = True
            t += length
    return sick
