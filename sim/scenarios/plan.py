"""From settings and territory to the plan of a scenario: rounds, calendar, offer, rules.

Everything here is decided before the first morning and the same in every replication.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.models.driving import Roads, make_roads
from sim.models.passage import make_desk_rules
from sim.models.plan import DayTimes, HomeRules, Plan, StaffRules, Team
from sim.models.records import PASSAGE
from sim.scenarios.exits import ResolvedExits, resolve_exits
from sim.scenarios.offer_by_date import FAR_FUTURE, offer_by_date
from sim.scenarios.published import DatedPassage, RoundsInForce, publish
from sim.scenarios.rounds_in_force import rounds_in_force
from sim.settings import NEEDS, Settings
from sim.territory.territory import Territory
from sim.world import access_of, world_calendar

__all__ = ["make_plan", "roads_of", "rounds_of", "team_of"]


@lru_cache(maxsize=8)
def roads_of(territory: Territory) -> Roads:
    """The roads of a territory, made once."""
    return make_roads(territory)


def team_of(fs_agents: int, cn_agents: int) -> Team:
    """The agents of a scenario: A1, A2, … two a pair, the coordinator C last."""
    members = [(f"A{2 * p + 1}", 0, p) for p in range(fs_agents)]
    members += [(f"A{2 * p + 2}", 1, p) for p in range(cn_agents)]
    members.sort(key=lambda m: int(m[0][1:]))
    members.append(("C", 2, -1))
    return Team(
        names=tuple(m[0] for m in members),
        trade=np.array([m[1] for m in members], np.int64),
        pair=np.array([m[2] for m in members], np.int64),
    )


def make_plan(
    settings: Settings,
    territory: Territory,
    exit_uniforms: Mapping[str, float] | None = None,
    in_force: tuple[RoundsInForce, ...] | None = None,
) -> Plan:
    """Prepare a scenario.

    Parameters
    ----------
    settings
        The scenario's settings.
    territory
        The territory.
    exit_uniforms
        For drawn exit dates, the world's uniform by INSEE code.
    in_force
        The rounds to drive, as `rounds_of` gives them; by default those of the settings.

    Raises
    ------
    InputError
        When rounds, exits or bases cannot be used, with every problem.
    """
    calendar = world_calendar(settings)
    access = access_of(territory, settings.demand.reach_min)
    roads = roads_of(territory)
    exits = resolve_exits(settings.exits, territory, exit_uniforms)
    if in_force is None:
        in_force = rounds_of(settings, territory, exit_uniforms)
    dated = publish(
        in_force, calendar, settings.rounds.cycle, settings.rounds.holiday, settings.rounds.moved_within_days
    )
    site_position = territory.site_position
    site_ids = tuple(s.site_id for s in territory.sites)
    passages = _passage_rows(dated, site_position)
    _schedule_workshops(settings, calendar.month, passages)
    tour_day, tour_vehicle, tour_passages = _tours(passages)
    team = team_of(settings.staff.fs_agents, settings.staff.cn_agents)
    efficiency, first_choice = server_rows(settings)
    desk = make_desk_rules(
        settings.desk,
        settings.desk.choose_again_weeks,
        settings.demand.needs.follow_up_work_share,
        efficiency,
        first_choice,
        team.names,
    )
    epis = sorted({c.epci_code for c in territory.communes})
    return Plan(
        scenario=settings.scenario.name,
        calendar=calendar,
        access=access,
        roads=roads,
        sites=site_ids,
        communes=tuple(c.insee_code for c in territory.communes),
        commune_zone=np.array([epis.index(c.epci_code) % 5 + 1 for c in territory.communes], np.int64),
        base=site_position[settings.fleet.base_site or territory.depot],
        vehicles=tuple(f"V{i + 1}" for i in range(settings.fleet.vehicles)),
        team=team,
        passages=passages,
        tour_day=tour_day,
        tour_vehicle=tour_vehicle,
        tour_passages=tour_passages,
        offer=offer_by_date(settings, territory, access, roads, in_force, exits),
        place_effect_sigma=settings.demand.place_effect_sigma,
        desk=desk,
        day=_day_times(settings),
        homes=_home_rules(settings),
        staff=_staff_rules(settings),
        breakdown_share=settings.fleet.breakdown_share_of_vehicle_days / settings.fleet.repair_mean_days,
        sign_ups_mean=settings.desk.workshops.sign_ups_mean,
        workshop_capacity=settings.desk.workshops.capacity,
        follow_up_s=settings.staff.follow_up_min_per_person * 60,
        site_dates=_site_dates(in_force, site_ids, calendar.days),
        fixed_opens=_fixed_opens(territory, exits, settings),
    )


def rounds_of(
    settings: Settings, territory: Territory, exit_uniforms: Mapping[str, float] | None = None
) -> tuple[RoundsInForce, ...]:
    """The rounds a scenario drives, by first day of validity.

    Raises
    ------
    InputError
        When they cannot be read, driven or planned, with every problem.
    """
    return rounds_in_force(
        settings,
        territory,
        world_calendar(settings),
        access_of(territory, settings.demand.reach_min),
        roads_of(territory),
        resolve_exits(settings.exits, territory, exit_uniforms),
    )


def server_rows(settings: Settings) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Efficiencies and first choices by kind of server and need (section 5).

    Rows: France Services agent, conseiller numérique, self-service post.
    """
    other = settings.staff.efficiency_outside_trade
    level_2 = settings.staff.efficiency_cn_level_2
    table = {  # need: (agent, conseiller, post), the first choice among them
        "admin_level_1": ((1.0, other, 0.0), 0),
        "admin_level_2": ((1.0, level_2, 0.0), 0),
        "digital_individual": ((other, 1.0, 0.0), 1),
        "self_service": ((0.0, 0.0, 1.0), 2),
        "social_orientation": ((1.0, other, 0.0), 0),
    }
    efficiency = np.array([[table[need][0][kind] for need in NEEDS] for kind in range(3)])
    first = np.array([[table[need][1] == kind for need in NEEDS] for kind in range(3)])
    return efficiency, first


def _seconds(minutes: float) -> int:
    return int(np.floor(minutes * 60 + 0.5))


def _day_times(settings: Settings) -> DayTimes:
    day = settings.day
    return DayTimes(
        set_up=_seconds(day.setup_min),
        pack=_seconds(day.pack_min),
        buffer=_seconds(day.buffer_min),
        lunch=_seconds(day.lunch_min),
        lunch_least=_seconds(day.lunch_least_min),
        duty_starts=day.duty_starts,
        duty_ends=day.duty_ends,
        noon_s=(settings.sessions.morning.closes + settings.sessions.afternoon.opens) // 2,
        leg_sigma=float(np.sqrt(np.log1p(day.leg_noise_cv**2))),
        spare_after=_seconds(settings.fleet.spare_after_min),
    )


def _home_rules(settings: Settings) -> HomeRules:
    homes = settings.homes
    return HomeRules(
        policy=("earliest", "cheapest_insertion", "zone_day").index(homes.policy),
        by_pair=int(homes.by == "pair"),
        lead_bound_days=homes.lead_bound_days,
        refused_after_days=homes.refused_after_days,
        planned_s=_seconds(homes.length_mean_min + homes.buffer_min),
        buffer=_seconds(homes.buffer_min),
        first_start=homes.first_start,
        last_start=homes.last_start,
        slot=_seconds(homes.slot_min),
        no_show=homes.no_show_share_with_reminders
        if homes.reminders
        else homes.no_show_share_without_reminders,
        no_show_wait=_seconds(homes.buffer_min),
    )


def _staff_rules(settings: Settings) -> StaffRules:
    staff = settings.staff
    return StaffRules(
        pairing=("pooled", "named", "named_strict", "any_two").index(staff.pairing),
        solo=int(staff.short_crew == "solo"),
        leave_policy=("staggered", "joint", "closed_weeks").index(staff.leave_policy),
        closed_weeks=staff.closed_weeks_per_year,
        leave_days=staff.leave_days_per_year,
        holiday_weight=staff.leave_holiday_weight,
        training_days=staff.training_days_per_year,
        initial_training_weeks=staff.initial_training_weeks,
        coordinator_fte=staff.coordinator_fte,
    )


def _passage_rows(dated: tuple[DatedPassage, ...], site_position: Mapping[str, int]) -> NDArray[Any]:
    """Rows of records.PASSAGE, sorted by day, half-day and site_id; -1 where nothing is known yet."""
    rows = sorted(dated, key=lambda p: (p.day, p.half_day != "morning", p.site_id, p.open_s))
    table = np.zeros(len(rows), PASSAGE)
    for name in PASSAGE.names or ():
        table[name] = -1
    table["site"] = [site_position[p.site_id] for p in rows]
    table["day"] = [p.day for p in rows]
    table["half_day"] = [int(p.half_day != "morning") for p in rows]
    table["vehicle"] = [int(p.vehicle[1:]) - 1 for p in rows]
    table["announced_open_s"] = [p.open_s for p in rows]
    table["announced_close_s"] = [p.close_s for p in rows]
    holiday = np.array([p.holiday for p in rows], np.bool_)
    table["status"][holiday] = 1
    table["cause"][holiday] = 0
    return table


def _schedule_workshops(settings: Settings, month: NDArray[Any], passages: NDArray[Any]) -> None:
    """Announce workshops: each month `per_month_per_cn` for each conseiller, in afternoon permanences.

    They go to the sites that have waited longest for one, at most one a vehicle and day.
    """
    rules = settings.desk.workshops
    wanted = int(np.floor(rules.per_month_per_cn * settings.staff.cn_agents + 0.5))
    starts, length = _seconds(rules.starts_after_opening_min), _seconds(rules.length_min)
    fits = (
        (passages["half_day"] == 1)
        & (passages["status"] < 0)
        & (passages["announced_close_s"] - passages["announced_open_s"] >= starts + length)
    )
    last: dict[int, int] = defaultdict(lambda: -(10**6))
    for m in np.unique(month[passages["day"][fits]]) if length > 0 else ():
        left = wanted
        taken: set[tuple[int, int]] = set()
        rows = np.flatnonzero(fits & (month[passages["day"]] == m))
        for row in sorted(
            rows.tolist(), key=lambda r: (last[int(passages["site"][r])], int(passages["day"][r]), r)
        ):
            site, day = int(passages["site"][row]), int(passages["day"][row])
            key = (int(passages["vehicle"][row]), day)
            if left == 0:
                break
            if key in taken or last[site] >= day:
                continue
            taken.add(key)
            left -= 1
            last[site] = day
            passages["workshop_s"][row] = passages["announced_open_s"][row] + starts
            passages["workshop_end_s"][row] = passages["announced_open_s"][row] + starts + length


def _tours(passages: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Vehicle-days with their passages in order of opening, sorted by day and vehicle."""
    by_day: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row in range(len(passages)):
        by_day[int(passages["day"][row]), int(passages["vehicle"][row])].append(row)
    keys = sorted(by_day)
    table = np.full((len(keys), 4), -1, np.int64)
    for t, key in enumerate(keys):
        rows = sorted(by_day[key], key=lambda r: int(passages["announced_open_s"][r]))
        table[t, : len(rows)] = rows
        passages["tour"][rows] = t
    return (
        np.array([k[0] for k in keys], np.int64),
        np.array([k[1] for k in keys], np.int64),
        table,
    )


def _site_dates(in_force: tuple[RoundsInForce, ...], sites: tuple[str, ...], days: int) -> NDArray[np.int64]:
    """Half-open days in which each site is on offer: while some rounds in force visit it."""
    dates = np.zeros((len(sites), 2), np.int64)
    ends = [*(p.from_day for p in in_force[1:]), days]
    for s, site_id in enumerate(sites):
        visited = [
            (max(p.from_day, 0), min(end, days))
            for p, end in zip(in_force, ends, strict=True)
            if p.rounds.of_site(site_id) and p.from_day < days
        ]
        if visited:
            dates[s] = visited[0][0], visited[-1][1]
    return dates


def _fixed_opens(territory: Territory, exits: ResolvedExits, settings: Settings) -> NDArray[Any]:
    """First day a fixed structure is open in each commune, -1 when none opens."""
    calendar = world_calendar(settings)
    first = np.full(len(territory.communes), FAR_FUTURE, np.int64)
    opened = [(s.insee_code, s.opens) for s in territory.fixed if not s.in_itinerant_commune]
    opened += [(s.insee_code, s.opens) for s in exits.structures]
    for insee_code, opens in opened:
        c = territory.commune_position[insee_code]
        first[c] = min(first[c], max(calendar.day(opens), 0))
    return np.where(first < FAR_FUTURE, first, -1)
