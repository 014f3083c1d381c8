"""Measures on facts written by hand, against closed forms, and against plain loops on a whole horizon."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from sim.measures import MEASURES, POSITIONS, MeasureContext, layouts, measure, measure_named
from sim.measures.estimators import time_to_next
from sim.measures.homes import lead_curve
from sim.models.facts import HALF_DAY_USES, Facts, HomeVisits, Persons, Visits, Windows, Workshops
from sim.study.statistics import t_quantile
from tests.made_up_facts import DAY_S, busy_year, context_of, empty_facts, ints, passages, table

OUTCOME = {"served": 0, "reneged": 1, "turned_away": 2, "refused": 3, "not_served_here": 4, "door_closed": 5}


def values(facts: Facts, context: MeasureContext) -> dict[str, float]:
    found = measure(facts, context).values
    return {m.id: float(v) for m, v in zip(MEASURES, found, strict=True)}


def years(facts: Facts) -> float:
    return facts.days / 365.25


@pytest.mark.parametrize("p", [0.0, 0.2, 0.44])
def test_days_to_the_next_held_passage(p: float) -> None:
    """Tests 7(1+p)/(1−p) days for passages every 14 days, each cancelled independently with probability p."""
    context = context_of("run.horizon.start=2021-07-01", "run.horizon.end=2031-06-30")
    facts = empty_facts(context)
    sites = len(context.sites)
    rng = np.random.default_rng(1407)
    day, site = np.meshgrid(np.arange(0, facts.days - 14, 14), np.arange(sites), indexing="ij")
    day = day + site % 14  # each site has its own day of the cycle
    found, by_site = [], []
    for _ in range(12):
        status = np.where(rng.random(day.shape) < p, 2, 0)
        measured = measure(passages(facts, site.ravel(), day.ravel(), status.ravel()), context)
        found.append(measured.values[POSITIONS["days_to_next_held_passage"]])
        by_site.append(measured.tables["sites"][:, -1])
    expected = 7.0 * (1.0 + p) / (1.0 - p)
    # Sites are independent: the tolerance is an interval that a right measure leaves once in a million. The
    # first gap of a site begins with the horizon and the last one is not seen: two gaps in ten years.
    spread = np.concatenate(by_site)
    half = float(t_quantile(1 - 5e-7, spread.size - 1)) * spread.std(ddof=1) / np.sqrt(spread.size)
    assert np.mean(found) == pytest.approx(expected, abs=half + expected * 2 * 14 / facts.days)
    assert half < 0.03 * expected


def test_days_to_next_only_while_on_offer() -> None:
    """Tests that the clock of a site runs on the days it is on offer, and stops at its last held passage."""
    context = context_of()
    facts = empty_facts(context)
    dates = facts.site_dates.copy()
    dates[:, :] = 0
    dates[0] = [10, 40]
    facts = passages(facts, 0, [20, 30, 35, 45], [0, 0, 2, 0], announced_open_s=0)
    facts = replace(facts, site_dates=dates)
    # From 10 to 20 then from 20 to 30; cancelled on 35; 45 is no longer on offer.
    assert values(facts, context)["days_to_next_held_passage"] == pytest.approx(5.0)


def _desk(facts: Facts, rows: list[tuple[str, int, int, int, int]]) -> Facts:
    """Contacts at passage 0 from (outcome, server, arrival, start, end) in seconds of the day."""
    outcome, server, arrival, start, end = zip(*rows, strict=True)
    n = len(rows)
    visits = table(
        Visits,
        n,
        passage=0,
        contact_id=np.arange(n),
        person_id=np.arange(n) // 2,  # the second row of each pair is the same person again
        attempt=1 + np.arange(n) % 2,
        reason=2 * (np.arange(n) % 2),
        home=0,
        need=np.arange(n) % 5,
        operator=np.arange(n) % 3,
        arrival_s=arrival,
        server=server,
        start_s=start,
        end_s=end,
        outcome=[OUTCOME[o] for o in outcome],
        patience_s=3600,
        work_s=600.0,
    )
    persons = (n + 1) // 2
    people = table(
        Persons, persons, person_id=np.arange(persons), home=0, need_at=0, need=0, operator=0, choice=0,
        ended_at=0, destination=0, redirected=0, without_cell=2,
    )  # fmt: skip
    return replace(facts, visits=visits, persons=people)


def test_a_permanence_by_hand() -> None:
    """Tests waits, shares and the use of time of one permanence of four contacts, to the second."""
    context = context_of()
    facts = passages(empty_facts(context), 0, 5)  # 13:30 to 16:30
    o, c = 48_600, 59_400
    facts = _desk(
        facts,
        [
            ("served", 0, o - 600, o, o + 1_800),  # came early: waits from the announced opening, 0
            ("served", 1, o + 100, o + 1_060, o + 2_860),  # 16 minutes
            ("reneged", -1, o + 200, -1, o + 900),
            ("served", 0, c - 3_600, c + 300, c + 2_100),  # 65 minutes, started after closing
            ("refused", -1, c + 1, -1, -1),
            ("served", -2, o, o + 60, o + 660),  # a self-service post, 1 minute
        ],
    )
    windows = table(
        Windows, 3, passage=0, server=[0, 1, -2], from_s=o, to_s=[c + 901, c - 5_400, c + 901], row=0
    )
    found = values(replace(facts, windows=windows), context)
    assert found["contacts_arrived"] == pytest.approx(6 / years(facts))
    assert found["served_share"] == pytest.approx(100 * 4 / 6)
    assert found["wait_mean"] == pytest.approx((0 + 16 + 65 + 1) / 4)
    assert found["wait_p50"] == 1.0
    assert found["wait_p90"] == 65.0
    # Admitted: four served and one who left; the one who came after closing was not.
    assert found["served_within_15"] == pytest.approx(100 * 2 / 5)
    assert found["served_within_20"] == pytest.approx(100 * 3 / 5)
    assert found["served_within_30"] == pytest.approx(100 * 3 / 5)
    assert found["served_per_half_day"] == 4.0
    # The service after closing counts for nothing, nor does the window after closing.
    assert found["busy_share_fs"] == pytest.approx(100 * 1_800 / 10_800)
    assert found["busy_share_cn"] == pytest.approx(100 * 1_800 / 5_400)
    assert found["busy_share"] == pytest.approx(100 * 3_600 / 16_200)
    assert found["self_service_uses"] == pytest.approx(1 / years(facts))
    assert found["contacts_first"] == pytest.approx(3 / years(facts))
    assert found["persons_arrived"] == pytest.approx(3 / years(facts))
    # The only person served on a first contact had to come back.
    assert found["solved_on_the_spot"] == 0.0


def test_nothing_happened() -> None:
    """Tests that with nobody and no passage counts are zero and the rest does not exist."""
    context = context_of()
    found = values(empty_facts(context), context)
    for name in ("persons_helped", "contacts_arrived", "passages_planned", "home_requested", "km", "lost"):
        assert found[name] == 0.0, name
    for name in (
        "wait_p90",
        "held_by_two_share",
        "days_to_next_held_passage",
        "home_lead_p90",
        "served_share",
    ):
        assert np.isnan(found[name]), name
    assert found["weeks_under_24h"] == pytest.approx(78 / (549 / 365.25))
    assert np.isfinite(found["net_yearly_cost"])


def test_shares_of_passages_and_causes() -> None:
    """Tests held, held by two and causes over all passages that the rounds date."""
    context = context_of()
    status = np.array([0, 0, 0, 1, 2, 2, 2, 2, 2, 1])
    cause = np.array([-1, -1, -1, 0, 1, 2, 2, 3, 4, 5])
    by = np.array([2, 2, 1, -1, -1, -1, -1, -1, -1, -1])
    facts = passages(empty_facts(context), np.arange(10), 20 + np.arange(10), status, cause=cause, held_by=by)
    found = values(facts, context)
    assert found["held_share"] == pytest.approx(30.0)
    assert found["held_by_two_share"] == pytest.approx(20.0)
    assert found["announced_held_share"] == pytest.approx(100 * 3 / 8)
    year = years(facts)
    for name, count in {
        "passages_planned": 10, "passages_held": 3, "passages_held_by_two": 2, "passages_held_by_one": 1,
        "closed_announced": 2, "closed_holiday": 1, "closed_exit": 1, "cancelled": 5, "cancelled_leave": 1,
        "cancelled_sickness": 2, "cancelled_breakdown": 1, "cancelled_late": 1, "closed_leave": 0,
    }.items():  # fmt: skip
        assert found[name] * year == pytest.approx(count), name


def test_weeks_under_the_labels_hours() -> None:
    """Tests that overlapping desks count once and that a week of exactly 24 hours is not under it."""
    context = context_of("run.horizon.start=2021-07-05", "run.horizon.end=2021-07-18")
    facts = empty_facts(context)
    opens = 9 * 3600
    # First week: 4 h 48 on five days, twice at the same time. Second: one second less on Friday.
    length = np.array([17_280] * 10 + [17_280] * 4 + [17_279])
    day = np.array([0, 1, 2, 3, 4] * 2 + [7, 8, 9, 10, 11])
    facts = passages(
        facts, np.arange(15), day, 0, announced_open_s=opens, open_s=opens, close_s=opens + length
    )
    found = values(facts, context)
    assert found["open_hours_per_week"] == pytest.approx(24.0 - 1 / 7200)
    assert found["weeks_under_24h"] * years(facts) == pytest.approx(1.0)
    assert measure(facts, context).tables["weeks"][:, 0] == pytest.approx([24.0, 24.0 - 1 / 3600])


def test_weeks_that_the_horizon_cuts() -> None:
    """Tests that only weeks whose Monday to Friday lie in the horizon are judged."""
    # Thursday to the Friday of the week after: one whole week; Sunday is not needed.
    context = context_of("run.horizon.start=2021-07-01", "run.horizon.end=2021-07-09")
    facts = empty_facts(context)
    found = values(facts, context)
    assert found["weeks_under_24h"] * years(facts) == pytest.approx(1.0)
    assert found["full_weeks_under_24h"] * years(facts) == pytest.approx(1.0)
    # With a public holiday in it, it is under the label's hours, but no full week.
    holiday = replace(facts, working_days=facts.working_days[facts.working_days != 5])
    found = values(holiday, context)
    assert found["weeks_under_24h"] * years(facts) == pytest.approx(1.0)
    assert found["full_weeks_under_24h"] == 0.0


def _requests(facts: Facts, rows: list[tuple[int, int, int]]) -> Facts:
    """Requests from (day asked, day of the visit or -1, outcome)."""
    asked, day, outcome = (np.array(c) for c in zip(*rows, strict=True))
    n = len(rows)
    return replace(
        facts,
        home_visits=table(
            HomeVisits, n, request_id=np.arange(n), home=0, requested_at=asked * DAY_S + 30_000, day=day,
            outcome=outcome, lead_days=np.where(day >= 0, day - asked, -1), extra_km=0.0, displaced=0,
        ),
    )  # fmt: skip


def test_home_lead_time() -> None:
    """Tests the curve of five requests: two visits, nobody found, no slot, and one still waiting."""
    context = context_of()
    facts = empty_facts(context)
    end = facts.days - 1
    facts = _requests(
        facts, [(10, 14, 0), (10, 20, 0), (10, 17, 1), (10, -1, 3), (end - 15, -1, 5), (10, -1, 4)]
    )
    curve = lead_curve(facts, context)
    # At risk before 4: five; before 10: four less the appointment of day 7, so three.
    assert curve[3] == 1.0
    assert curve[4] == pytest.approx(4 / 5)
    assert curve[10] == pytest.approx(4 / 5 * 2 / 3)
    assert curve[28] == curve[10]
    assert curve.size == 29
    found = values(facts, context)
    assert found["home_lead_p50"] == 28.0  # above one half to its last day: at least 28
    assert found["home_backlog"] == 1.0
    assert found["home_redirected"] == pytest.approx(1 / years(facts))
    lead = measure(facts, context).tables["lead_times"][:, 0]
    assert lead.shape == (61,)
    assert lead[60] == curve[-1]


def test_where_people_ended() -> None:
    """Tests that the seven destinations of a commune sum to its needs and requests, redirected ones once."""
    context = context_of()
    facts = empty_facts(context)
    places = facts.alternatives
    permanence, fixed, msa = 0, places.index("fixed:1"), places.index("round:msa")
    facts = replace(
        facts,
        persons=table(
            Persons, 7, person_id=np.arange(7), home=[3, 3, 3, 3, 3, 3, 4], need_at=0, choice=permanence,
            destination=[0, 2, 3, 4, 5, 6, 0], ended_at=[permanence, fixed, msa, -1, -1, -1, permanence],
            without_cell=[2, 2, 3, 4, 4, 4, 4], redirected=[0, 0, 0, 0, 0, 1, 0], need=0, operator=-1,
        ),
    )  # fmt: skip
    facts = replace(
        facts,
        home_visits=table(
            HomeVisits, 6, request_id=np.arange(6), home=3, requested_at=0, outcome=np.arange(6),
            extra_km=0.0, displaced=0,
        ),
    )  # fmt: skip
    measured = measure(facts, context)
    assert measured.tables["communes"][3, :7].tolist() == [1, 1, 1, 1, 3, 2, 2]
    assert measured.tables["communes"][:, :7].sum() == 7 + 6 - 1
    found = values(facts, context)
    year = years(facts)
    for name, count in {
        "persons_helped": 5, "persons_helped_by_cell": 3, "helped_from_fixed": 1, "helped_from_nowhere": 1,
        "gave_up": 3, "lost": 2, "needs": 12,
    }.items():  # fmt: skip
        assert found[name] * year == pytest.approx(count), name
    assert found["waiting_at_end"] == 2.0
    layout = layouts(context, facts.agents, facts.alternatives)["flows"]
    ended = dict(zip(layout.columns, measured.flows.dense()[3].astype(int).tolist(), strict=True))
    assert {k: v for k, v in ended.items() if v} == {
        places[permanence]: 1, "fixed:1": 1, "round:msa": 1, "home": 1, "gave_up": 3, "lost": 2, "waiting": 2,
    }  # fmt: skip


def test_access_follows_dates() -> None:
    """Tests that a commune whose permanence stops before its structure opens has days without any service."""
    context = context_of()
    facts = empty_facts(context)
    site = context.sites.index("mairie-lauzerte") if "mairie-lauzerte" in context.sites else 1
    commune = int(context.site_communes[site])
    dates, opens = facts.site_dates.copy(), facts.fixed_opens.copy()
    dates[site, 1] = 100
    opens[commune] = 140
    gap = replace(facts, site_dates=dates, fixed_opens=opens)
    found = measure(gap, context)
    assert values(gap, context)["days_without_service"] == 40.0
    assert found.tables["communes"][commune, 8] == 40.0
    assert np.isnan(found.tables["communes"][:, 8]).sum() == len(context.communes) - context.itinerant.size
    opens[commune] = 100
    assert values(replace(gap, fixed_opens=opens), context)["days_without_service"] == 0.0
    opens[commune] = -1
    never = values(replace(gap, fixed_opens=opens), context)
    assert never["days_without_service"] == facts.days - 100
    # Fewer places, fewer people near one.
    whole = values(facts, context)
    assert never["population_in_own_commune"] < whole["population_in_own_commune"]
    for minutes in (15, 20, 30):
        assert never[f"population_within_{minutes}"] <= whole[f"population_within_{minutes}"]


def test_a_structure_that_closes_again() -> None:
    """Tests that under `label_lost` the structure of the commune counts only until it closes."""
    context = context_of("exits=announced", "exits.lost_after_months=3")
    facts = empty_facts(context)
    commune = int(context.site_communes[1])
    dates, opens = facts.site_dates.copy(), facts.fixed_opens.copy()
    dates[context.site_communes == commune, 1] = 92  # 1 October 2021
    opens[commune] = 92
    facts = replace(facts, site_dates=dates, fixed_opens=opens)
    # Open from 1 October to 1 January: 92 days.
    assert values(facts, context)["days_without_service"] == facts.days - 92 - 92


def test_access_by_hand() -> None:
    """Tests minutes and hours in reach of one commune against its own row of the matrix."""
    context = context_of()
    facts = empty_facts(context)
    none = np.zeros_like(facts.site_dates)
    none[5] = [0, facts.days]
    facts = passages(replace(facts, site_dates=none), 5, np.arange(0, 540, 14))
    measured = measure(facts, context)
    sites, itinerant = len(context.sites), context.itinerant.size
    outside = context.fixed_dates.shape[0]
    reach = [5, *range(sites, sites + outside), *range(sites + outside + itinerant, context.minutes.shape[1])]
    opens = np.clip(context.fixed_dates[:, 0], 0, facts.days)
    for commune in (0, 50, 121):
        minutes = context.minutes[commune]
        by_day = [
            min(minutes[p] for p in reach if not sites <= p < sites + outside or opens[p - sites] <= day)
            for day in range(facts.days)
        ]
        assert measured.tables["communes"][commune, 7] == pytest.approx(np.mean(by_day))


def test_the_agents_week() -> None:
    """Tests hours less lunch, driving, amplitude and overtime of one agent's day on the road."""
    facts, context = busy_year(5)
    layout = layouts(context, facts.agents, facts.alternatives)["agents"]
    row = dict(zip(layout.columns, measure(facts, context).tables["agents"][2].tolist(), strict=True))
    d = facts.agent_days
    days = int(((d.agent == 2) & (d.duty_start_s >= 0)).sum())
    weeks = facts.days / 7
    assert row["hours_per_week"] == pytest.approx(days * (63_000 - 28_800 - 2_700) / 3600 / weeks)
    assert row["driving_hours_per_week"] == pytest.approx(days * 6_200 / 3600 / weeks)
    assert row["amplitude_max_h"] == pytest.approx(9.5)
    found = values(facts, context)
    by_agent = measure(facts, context).tables["agents"][:6, 0]
    assert found["agent_hours"] == pytest.approx(by_agent.mean())
    assert found["agent_hours_spread"] == pytest.approx(by_agent.max() - by_agent.min())


def test_money_follows_kilometres() -> None:
    """Tests that the net cost is the fixed cost plus fuel, and that a price applies to its own year."""
    facts, context = busy_year(6)
    found = values(facts, context)
    km = defaultdict(float)
    first = date.fromordinal(facts.first_day)
    for day, driven in zip(facts.journal.day.tolist(), facts.journal.km.tolist(), strict=True):
        km[(first + timedelta(days=day)).year] += driven
    fuel = 0.065 * (1.53 * km[2021] + 1.77 * km[2022]) / 1.5
    # 18 whole months; the coordinator is one of seven full-time posts.
    gross = 202_600 + 3_000 + 2 * 531.36 + fuel
    assert found["yearly_operation"] == pytest.approx(gross)
    assert found["yearly_income"] == pytest.approx(30_000 + 13_200 + 75_000 + 30_000 / 5)
    assert found["net_yearly_cost"] == pytest.approx(gross + 53_655.10 / 5 - found["yearly_income"])
    served = found["persons_helped_by_cell"]
    assert found["cost_per_person_served"] == pytest.approx((gross + 53_655.10 / 5) / served)
    assert found["co2_kg"] == pytest.approx(sum(km.values()) / years(facts) * 0.180)


def test_against_plain_loops() -> None:
    """Tests counts, waits and shares of a whole horizon against loops over its rows."""
    facts, context = busy_year(7)
    v, p = facts.visits, facts.passages
    waits, outcomes, people = [], Counter(), set()
    by_site: dict[int, list[float]] = defaultdict(list)
    for i in range(v.outcome.size):
        outcomes[int(v.outcome[i])] += 1
        people.add(int(v.person_id[i]))
        if v.outcome[i] == 0:
            k = v.passage[i]
            waits.append(int(v.start_s[i] - max(v.arrival_s[i], p.announced_open_s[k])) / 60)
            by_site[int(p.site[k])].append(waits[-1])
    found = values(facts, context)
    assert found["contacts_served"] * years(facts) == pytest.approx(outcomes[0])
    assert found["contacts_door_closed"] * years(facts) == pytest.approx(outcomes[5])
    assert found["persons_arrived"] * years(facts) == pytest.approx(len(people))
    assert found["wait_mean"] == pytest.approx(np.mean(waits))
    assert found["wait_p90"] == pytest.approx(np.quantile(waits, 0.9, method="inverted_cdf"))
    sites = measure(facts, context).tables["sites"]
    columns = layouts(context, facts.agents, facts.alternatives)["sites"].columns
    for site, mine in by_site.items():
        assert sites[site, columns.index("wait_mean_min")] == pytest.approx(np.mean(mine))
        assert sites[site, columns.index("wait_p90_min")] == pytest.approx(
            np.quantile(mine, 0.9, method="inverted_cdf")
        )
        assert sites[site, columns.index("served")] == len(mine)
    # By month, days and weeks add up to the whole.
    tables = measure(facts, context).tables
    assert tables["months"][:, 1].sum() == v.outcome.size
    assert tables["months"][:, 2].sum() == np.count_nonzero(p.status == 0)
    assert measure(facts, context).flows.dense().sum(axis=1) == pytest.approx(
        tables["communes"][:, :7].sum(axis=1)
    )
    assert tables["operators"][:, 2].sum() == np.count_nonzero(v.operator >= 0)
    assert tables["needs"][:, 0].sum() == facts.persons.need.size
    half_days = tables["half_days"].sum(axis=0) * years(facts)
    assert half_days == pytest.approx([2 * 3 * facts.working_days.size, 2 * 7 * facts.working_days.size])


def test_tables_have_their_layout() -> None:
    """Tests that each table has the rows and columns that its layout names."""
    facts, context = busy_year(8)
    named = layouts(context, facts.agents, facts.alternatives)
    measured = measure(facts, context)
    tables = {**measured.tables, "flows": measured.flows.dense()}
    assert set(named) == set(tables)
    for name, layout in named.items():
        assert tables[name].shape == (len(layout.rows), len(layout.columns)), name
        assert len(set(layout.columns)) == len(layout.columns), name
    assert named["half_days"].rows == HALF_DAY_USES
    assert named["months"].rows[0] == "2021-07"
    assert named["weeks"].rows[0] == "2021-06-28"


def test_measures_change_nothing() -> None:
    """Tests that measuring twice gives the same bytes and leaves the facts as they were."""
    facts, context = busy_year(9)
    before = facts.visits.start_s.copy(), facts.persons.ended_at.copy()
    one, two = measure(facts, context), measure(facts, context)
    assert one.values.tobytes() == two.values.tobytes()
    for name, found in one.tables.items():
        assert found.tobytes() == two.tables[name].tobytes()
    assert one.flows.dense().tobytes() == two.flows.dense().tobytes()
    assert (facts.visits.start_s == before[0]).all()
    assert (facts.persons.ended_at == before[1]).all()


def test_workshops() -> None:
    """Tests that only workshops held count, with the places taken."""
    context = context_of()
    facts = replace(
        empty_facts(context), workshops=table(Workshops, 3, agent=[1, -1, 1], sign_ups=9, places=[8, 0, 5])
    )
    found = values(facts, context)
    assert found["workshops_held"] * years(facts) == pytest.approx(2)
    assert found["workshop_places"] * years(facts) == pytest.approx(13)


def test_the_direction_of_a_longer_wait() -> None:
    """Tests that a measure's direction says what is better."""
    assert measure_named("wait_p90").direction == -1
    assert measure_named("persons_helped").direction == 1
    assert measure_named("net_yearly_cost").direction == -1
    longer = time_to_next(ints(0, 0), ints(20, 40), ints(0), ints(50)).average
    shorter = time_to_next(ints(0, 0, 0), ints(20, 30, 40), ints(0), ints(50)).average
    assert shorter < longer
    assert measure_named("days_to_next_held_passage").direction == -1
