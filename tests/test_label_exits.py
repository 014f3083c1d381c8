"""The study `label_exits`: the tables it writes, computed a second time, and people paired one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim import load_settings, run_study
from sim.measures import MEASURES
from sim.measures.moves import MOVED_NEEDS, changes_by_need, moved_persons
from sim.models.facts import DESTINATIONS
from sim.report.folder import StudyFolder
from sim.report.reading import Reading
from sim.report.sections.exits import exits_answer, takeover_section
from sim.report.words import Words
from sim.scenarios.exits import resolve_exits
from sim.scenarios.plan import rounds_of
from sim.scenarios.rounds_check import check_rounds
from sim.scenarios.rounds_in_force import driving_rules
from sim.study.calendar_files import announced_of
from sim.study.cell_study import CellStudy
from sim.study.exits_tables import SparseMoments, _dates, exits_outputs
from sim.study.run import StudyResult
from sim.territory import load_territory
from sim.world import draw_world

REPLICATIONS = 4
WORDS = ("study=label_exits", "territory=tiny", f"run.replications={REPLICATIONS}", "run.executor=serial")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    folder = tmp_path_factory.mktemp("label_exits")
    result = run_study(
        load_settings(*WORDS, f"outputs={folder}"), tell=lambda _: None, progress=lambda *_: None
    )
    assert result.exit_code == 0
    assert not result.notes
    return result


@pytest.fixture(scope="module")
def years() -> float:
    horizon = load_settings(*WORDS).run.horizon
    return ((horizon.end - horizon.start).days + 1) / 365.25


# --- who goes where instead ----------------------------------------------------------------------


def test_who_moved_explains_every_difference(study: StudyResult, years: float) -> None:
    """Tests that arrivals less departures of `from_to.csv` are the differences of `flows.csv`."""
    flows = study.frame("flows").set_index(["scenario", "insee_code", "ended"])["persons"]
    moved = study.frame("from_to")
    assert set(moved["scenario"]) == set(study.scenarios[1:])
    assert (moved["from"] != moved["to"]).all()
    for scenario in study.scenarios[1:]:
        mine = moved[moved["scenario"] == scenario]
        balance = (
            mine.groupby(["insee_code", "to"])["persons_a_year"]
            .sum()
            .rename_axis(["insee_code", "ended"])
            .sub(
                mine.groupby(["insee_code", "from"])["persons_a_year"]
                .sum()
                .rename_axis(["insee_code", "ended"]),
                fill_value=0.0,
            )
        )
        difference = flows[scenario].sub(flows[study.reference], fill_value=0.0) / years
        both = pd.concat([balance, difference], axis=1, keys=["moved", "flows"]).fillna(0.0)
        assert len(both) > 5
        assert both["moved"].to_numpy() == pytest.approx(both["flows"].to_numpy(), abs=1e-6)


def test_every_person_is_in_the_table_of_needs(study: StudyResult, years: float) -> None:
    """Tests that `changes_by_need.csv` counts everybody: its margins are where both scenarios end."""
    communes = study.frame("communes")
    totals = communes.groupby("scenario")[list(DESTINATIONS)].sum() / years
    changes = study.frame("changes_by_need")
    assert set(changes["need"]) <= set(MOVED_NEEDS)
    assert {"home_visit", "admin_level_1"} <= set(changes["need"])
    for scenario in study.scenarios[1:]:
        mine = changes[changes["scenario"] == scenario]
        for side, owner in (("from", study.reference), ("to", scenario)):
            found = mine.groupby(side)["persons_a_year"].sum().reindex(DESTINATIONS, fill_value=0.0)
            assert found.to_numpy() == pytest.approx(totals.loc[owner].to_numpy(), abs=1e-6)


def test_pairs_are_of_one_world() -> None:
    """Tests that people of two replications are not set side by side."""
    settings = load_settings(*WORDS)
    cell = CellStudy()
    prepared = cell.prepare(settings)
    one, other = (cell.run(prepared, 0, cell.draw(prepared, number)) for number in (0, 1))
    with pytest.raises(ValueError, match="not the persons"):
        moved_persons(one, other)
    with pytest.raises(ValueError, match="not the persons"):
        changes_by_need(one, other)
    assert moved_persons(one, one)["persons"].sum() == 0


def test_only_those_who_had_a_reason_move() -> None:
    """Tests one replication by hand: whoever ends elsewhere chose, used or now chooses what changed."""
    settings = load_settings(*WORDS)
    cell = CellStudy()
    prepared = cell.prepare(settings)
    world = cell.draw(prepared, 2)
    names = [s.scenario.name for s in settings.scenarios]
    before = cell.run(prepared, 0, world)
    after = cell.run(prepared, names.index("exits_announced"), world)
    table = moved_persons(before, after)
    ends = (*before.alternatives, "home", "gave_up", "lost", "waiting")
    expected: dict[tuple[int, str, str], int] = {}
    for facts_home, was, now in _ends(before, after):
        if was != now:
            expected[facts_home, was, now] = expected.get((facts_home, was, now), 0) + 1
    size = len(ends)
    found = {
        (int(cell // size**2), ends[int(cell // size) % size], ends[int(cell) % size]): int(n)
        for cell, n in zip(table["cell"], table["persons"], strict=True)
    }
    assert found == expected
    assert sum(n for (_, was, _), n in found.items() if was == "permanence:99002") > 0
    assert sum(n for (_, _, now), n in found.items() if now == "fixed:99002:1") > 0


def _ends(before: Any, after: Any) -> Iterator[tuple[int, str, str]]:
    """Commune and both ends of every need and request, one at a time."""
    said = {"home": "home", "gave_up": "gave_up", "lost": "lost", "waiting": "waiting"}
    homes = {"done": "home", "no_show": "gave_up", "cancelled_by_person": "gave_up", "refused": "lost"}
    outcomes = ("done", "no_show", "cancelled_by_person", "refused", "redirected", "backlog")

    def end(facts: Any, i: int) -> str:
        kind = DESTINATIONS[facts.persons.destination[i]]
        return said.get(kind) or facts.alternatives[facts.persons.ended_at[i]]

    for i in range(len(before.persons.person_id)):
        assert before.persons.person_id[i] == after.persons.person_id[i]
        yield int(before.persons.home[i]), end(before, i), end(after, i)
    for i in range(len(before.home_visits.request_id)):
        pair = [outcomes[facts.home_visits.outcome[i]] for facts in (before, after)]
        if "redirected" not in pair:
            was, now = (homes.get(outcome, "waiting") for outcome in pair)
            yield int(before.home_visits.home[i]), was, now


def test_moments_of_few_cells_are_those_of_all() -> None:
    """Tests mean, spread and interval of sparse counts against the full table, absent cells being zeros."""
    generator = np.random.default_rng(5)
    dense = generator.poisson(0.3, (7, 40))
    sparse = SparseMoments()
    for row in dense:
        cell = np.flatnonzero(row)
        sparse.add(cell, row[cell])
    m = sparse.moments
    assert sparse.cell.tolist() == np.flatnonzero(dense.sum(axis=0)).tolist()
    assert m.mean == pytest.approx(dense.mean(axis=0)[sparse.cell])
    assert m.sd == pytest.approx(dense.std(axis=0, ddof=1)[sparse.cell])


@dataclass(frozen=True)
class TwoReplications:
    """Results of which the reference failed in the second replication."""

    scenarios: tuple[str, ...] = ("no_exits", "exits_announced")
    measures: tuple[str, ...] = tuple(m.id for m in MEASURES)

    @property
    def values(self) -> np.ndarray:
        values = np.ones((2, 2, len(MEASURES)))
        values[0, 1] = np.nan
        return values

    def tables(self, name: str) -> Iterator[tuple[int, int, Mapping[str, np.ndarray]]]:
        assert name in ("from_to", "changes_by_need")
        nobody = np.empty(0, np.int64)
        yield 0, 0, {"cell": nobody, "persons": nobody}
        yield 1, 0, {"cell": np.array([1]), "persons": np.array([10])}
        yield 1, 1, {"cell": nobody, "persons": nobody}


def test_a_failed_reference_is_not_a_world_where_nobody_moved(years: float) -> None:
    """Tests that a replication whose reference failed is left out of the mean, not counted as zero."""
    study = load_settings("study=label_exits", "territory=tiny")
    two = [s for s in study.scenarios if s.scenario.name in TwoReplications().scenarios]
    place = load_territory("tiny")
    plans = [CellStudy().prepare(study).plans[0]] * 2
    found = exits_outputs(two, plans, place, TwoReplications())["from_to.csv"].decode().splitlines()
    assert float(found[1].split(",")[4]) == pytest.approx(10 / years)


# --- dates and access ----------------------------------------------------------------------------


def test_dates_of_every_reading(study: StudyResult) -> None:
    """Tests `exits.csv` against the rows of the territory, a label that slips and one that is lost."""
    table = study.frame("exits").set_index("scenario")
    assert study.reference not in table.index
    assert table.loc["exits_announced", ["fixed_opens", "permanence_stops"]].tolist() == ["2022-01-01"] * 2
    assert table.loc["label_slips", ["fixed_opens", "permanence_stops"]].tolist() == [
        "2022-07-01",
        "2022-01-01",
    ]
    assert table.loc["label_lost", ["fixed_opens", "fixed_closes"]].tolist() == ["2022-01-01", "2022-07-01"]
    happened = table.loc["exits_happened"]
    assert happened["fixed_opens"] == "2022-07-01"
    assert pd.isna(happened["permanence_stops"])
    calendar = study.frame("calendar/calendar")
    mine = calendar[(calendar["scenario"] == "exits_announced") & (calendar["insee_code"] == "99002")]
    assert table.loc["exits_announced", "last_passage"] == mine["date"].max() < "2022-01-01"


def test_a_commune_named_like_a_formula_stays_text() -> None:
    """Tests that no spreadsheet which opens `exits.csv` computes a name."""
    place = load_territory("tiny")
    named = replace(place, communes=tuple(replace(c, name=f"=1+{c.insee_code}") for c in place.communes))
    table = _dates(load_settings(*WORDS).scenarios, named)
    assert len(table)
    assert table["commune"].str.startswith("'=1+").all()


def test_access_day_by_day(study: StudyResult) -> None:
    """Tests `access_changes.csv` against every day of the horizon looked at one by one."""
    place = load_territory("tiny")
    settings = {s.scenario.name: s for s in load_settings(*WORDS).scenarios}
    prepared = CellStudy().prepare(load_settings(*WORDS))
    context = prepared.contexts[0]
    table = study.frame("access_changes").set_index(["scenario", "insee_code"])
    points = [s.insee_code for s in place.sites] + ["99003", "99001", "99002", "99003"]
    first, last = settings["no_exits"].run.horizon.start, settings["no_exits"].run.horizon.end
    for name in ("exits_announced", "label_slips", "label_lost", "exits_happened"):
        resolved = resolve_exits(settings[name].exits, place)
        counts = {c.insee_code: [0, 0, 0, 0] for c in place.communes}
        day = first
        while day <= last:
            before, after = (_open(day, points, exits, place) for exits in (None, resolved))
            for c, commune in enumerate(place.communes):
                apart = context.minutes[c][after].min() - context.minutes[c][before].min()
                counts[commune.insee_code][0] += apart > 10
                counts[commune.insee_code][1] += apart < -10
                own = [
                    any(points[p] == commune.insee_code for p in np.flatnonzero(s)) for s in (before, after)
                ]
                counts[commune.insee_code][2] += own[0] and not own[1]
                counts[commune.insee_code][3] += own[1] and not own[0]
            day += timedelta(days=1)
        columns = ["days_farther", "days_nearer", "days_own_service_lost", "days_own_service_gained"]
        for code, found in counts.items():
            assert table.loc[(name, code), columns].tolist() == found, (name, code)
    assert table.loc[("label_slips", "99002"), "days_own_service_lost"] == 181
    assert table.loc[("exits_announced", "99002"), "days_own_service_lost"] == 0


def _open(day: date, points: list[str], exits: Any, place: Any) -> np.ndarray:
    """Which access points are on offer: five sites, a structure, two label structures, the round."""
    stops = {} if exits is None else exits.stops
    label = {} if exits is None else {s.insee_code: s for s in exits.structures}
    on = np.ones(len(points), np.bool_)
    for s, site in enumerate(place.sites):
        on[s] = day < stops.get(site.insee_code, date.max)
    for k, code in ((6, "99001"), (7, "99002")):
        structure = label.get(code)
        on[k] = structure is not None and structure.opens <= day < (structure.closes or date.max)
    return on


def test_days_without_service_are_those_between(study: StudyResult) -> None:
    """Tests that no day is without service when the stop follows the opening; otherwise the slip's days."""
    days = study.frame("communes").set_index(["scenario", "insee_code"])["days_without_service"]
    for policy in ("", "_redistribute", "_replan"):
        assert days[f"exits_announced{policy}", "99002"] == 0
        assert days[f"label_slips{policy}", "99002"] == (date(2022, 7, 1) - date(2022, 1, 1)).days
        assert days[f"label_lost{policy}", "99002"] == (date(2023, 1, 1) - date(2022, 7, 1)).days


# --- freed half-days -----------------------------------------------------------------------------


def test_what_a_freed_half_day_is_worth(study: StudyResult, years: float) -> None:
    """Tests `freed_half_days.csv` against the calendar's rows and the paired measures."""
    table = study.frame("freed_half_days").set_index("scenario")
    calendar = study.frame("calendar/calendar")
    planned = calendar[~calendar["status"].str.startswith("annulée")].groupby("scenario").size() / years
    measures = study.measures.pivot_table(
        index="replication", columns=["scenario", "measure"], values="value"
    )
    assert len(measures) == REPLICATIONS
    for reading in ("exits_announced", "label_slips", "label_lost"):
        for policy in ("", "_redistribute", "_replan"):
            row = table.loc[f"{reading}{policy}"]
            freed = planned["no_exits"] - planned[reading]
            assert freed > 0
            assert row["half_days_freed_a_year"] == pytest.approx(freed)
            assert row["half_days_used_a_year"] == pytest.approx(
                planned[f"{reading}{policy}"] - planned[reading], abs=1e-6
            )
            homes = measures[f"{reading}{policy}"]["helped_at_home"] - measures["no_exits"]["helped_at_home"]
            assert row["home_visits_difference"] == pytest.approx(homes.mean(), abs=1e-9)
            if policy:
                helped = (
                    measures[f"{reading}{policy}"]["persons_helped"] - measures[reading]["persons_helped"]
                )
                assert row["kept"] == reading
                assert row["persons_helped_per_half_day"] == pytest.approx(helped.mean() / freed, abs=1e-9)
                half = (
                    row["persons_helped_per_half_day_ci95_high"] - row["persons_helped_per_half_day_ci95_low"]
                )
                assert half / 2 == pytest.approx(3.182446 * helped.std(ddof=1) / 2 / freed, rel=1e-5)
            else:
                assert pd.isna(row["persons_helped_difference"])


def test_the_report_says_the_grant_and_the_service_of_each_commune(study: StudyResult) -> None:
    """Tests that the grant at stake is said, and which communes lose their own service, how long."""
    reading = Reading(StudyFolder(study.folder), Words("fr"))
    plain = [line.replace("\u202f", " ").replace("\xa0", " ") for line in exits_answer(reading)]
    assert any("la subvention du label, 30 000 € par an" in line for line in plain)
    section = takeover_section(reading)
    assert section is not None
    said = [text for block in section.blocks if block.kind == "lines" for _, text in block.items]
    lost = study.frame("access_changes")
    lost = lost[(lost["scenario"] == "label_slips") & (lost["days_own_service_lost"] > 0)]
    assert len(lost)
    for row in lost.itertuples():
        name = reading.commune_name(row.insee_code)
        assert any(f"{name} {row.days_own_service_lost} jours" in text.replace("\xa0", " ") for text in said)


# --- by hand, honoured, drawn --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "stops"),
    [
        ("exits.communes=Belcombe-en-Chimère:2021-11-02", {"99002": date(2021, 11, 2)}),
        (
            "exits.communes={99002:2021-11-02,99001:2022-03-01}",
            {"99002": date(2021, 11, 2), "99001": date(2022, 3, 1)},
        ),
        ("exits.communes=99002:never", {}),
        ("exits.communes.99001=2022-03-01", {"99001": date(2022, 3, 1), "99002": date(2022, 1, 1)}),
    ],
)
def test_a_phrase_on_the_command_line(phrase: str, stops: dict[str, date]) -> None:
    """Tests communes set by hand over a reading: no passage there from that day on, the others go on."""
    settings = load_settings("study=single", "scenario=exits_announced", "territory=tiny", phrase).reference
    place = load_territory("tiny")
    assert resolve_exits(settings.exits, place).stops == stops
    last: dict[str, date] = {}
    for passage in announced_of(settings, place):
        last[passage.site.insee_code] = passage.day
    for code in place.itinerant_communes:
        stop = stops.get(code, settings.run.horizon.end + timedelta(days=1))
        assert timedelta(0) < stop - last[code] <= timedelta(days=14)


def test_the_reference_of_the_study_keeps_every_commune(tmp_path: Path) -> None:
    """Tests that communes set by hand leave in every scenario of the study but the one without exits."""
    settings = load_settings("study=label_exits", "exits.communes=Gramont:2022-02-01")
    assert settings.reference.exits.communes == {}
    assert all(s.exits.communes == {"Gramont": "2022-02-01"} for s in settings.scenarios[1:])
    path = tmp_path / "settings.yaml"
    path.write_text(settings.to_yaml(), encoding="utf-8")
    assert load_settings(f"settings={path}").reference.exits.communes == {}


def test_an_announced_calendar_is_honoured() -> None:
    """Tests that permanences go on for the weeks promised after the structure has opened."""
    place = load_territory("tiny")
    last = []
    for weeks in (0, 6):
        settings = load_settings(
            "study=single", "scenario=exits_announced", "territory=tiny", f"exits.honoured_weeks={weeks}"
        ).reference
        opens = resolve_exits(settings.exits, place).structures[0].opens
        assert opens == date(2022, 1, 1)
        days = [p.day for p in announced_of(settings, place) if p.site.insee_code == "99002"]
        last.append(max(days))
    assert last[0] < date(2022, 1, 1) < last[1] < date(2022, 1, 1) + timedelta(weeks=6)
    assert last[1] >= date(2022, 1, 1) + timedelta(weeks=4)


def test_drawn_dates_belong_to_the_world() -> None:
    """Tests that each world has its own dates of exit, one uniform a commune, whatever the scenario."""
    words = ("study=single", "territory=tiny", "exits=drawn")
    settings = load_settings(*words)
    place = load_territory("tiny")
    cell = CellStudy()
    prepared = cell.prepare(settings)
    opened = []
    for number in range(6):
        world = cell.draw(prepared, number)
        assert np.array_equal(world.exit_u, draw_world(load_settings(*WORDS).reference, place, number).exit_u)
        facts = cell.run(prepared, 0, world)
        uniforms = dict(zip(prepared.plans[0].communes, world.exit_u.tolist(), strict=True))
        drawn = resolve_exits(settings.reference.exits, place, uniforms).structures[0].opens
        day = int(facts.fixed_opens[place.commune_position["99002"]])
        assert date.fromordinal(facts.first_day + day) == drawn
        held = facts.passages.day[np.isin(facts.passages.site, [3, 4])]
        assert held.max() < day <= held.max() + 14
        opened.append(drawn)
    assert date(2021, 10, 1) <= min(opened) < max(opened) <= date(2022, 7, 1)
    assert len(set(opened)) > 3


def test_uniforms_of_exit_are_uniform() -> None:
    """Tests the mean and spread of a thousand draws, and that no commune's is another's."""
    quick = load_settings("study=single", "run.horizon.end=2021-08-01").reference
    place = load_territory("tarn_et_garonne")
    u = np.concatenate([draw_world(quick, place, number).exit_u for number in range(6)])
    assert len(np.unique(u)) == len(u) == 6 * 195
    assert abs(u.mean() - 0.5) < 4 * (1 / 12 / len(u)) ** 0.5
    assert abs(u.var() - 1 / 12) < 0.01


@pytest.mark.parametrize("reading", ["announced", "happened"])
def test_half_days_given_away_stay_given(reading: str) -> None:
    """Tests that each change keeps the passages of communes that stay, and uses the half-days it frees."""
    settings = load_settings("study=single", f"scenario=exits_{reading}_redistribute").reference
    place = load_territory("tarn_et_garonne")
    periods = rounds_of(settings, place)
    stops = resolve_exits(settings.exits, place).stops
    assert len(periods) == len(set(stops.values())) + (settings.run.horizon.start not in stops.values())
    first = periods[0].rounds.stops
    for earlier, later in pairwise(periods):
        day = settings.run.horizon.start + timedelta(days=later.from_day)
        gone = {code for code, stop in stops.items() if stop <= day}
        staying = {s for s in earlier.rounds.stops if place.site(s.site_id).insee_code not in gone}
        assert staying <= set(later.rounds.stops)
        assert not {place.site(s.site_id).insee_code for s in later.rounds.stops} & gone
        slots = [(s.vehicle, s.week, s.weekday, s.half_day) for s in later.rounds.stops]
        assert sorted(slots) == sorted((s.vehicle, s.week, s.weekday, s.half_day) for s in first)
        problems = check_rounds(
            later.rounds,
            place,
            driving_rules(settings, place),
            settings.fleet.vehicles,
            allow_missing=True,
            allow_inconsistent=True,
        )
        assert list(problems) == []
