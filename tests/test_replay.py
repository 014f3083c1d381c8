"""Tests that a study folder's facts alone are enough to live every permanence again, visitor by visitor."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim import load_settings, run_study, simulate
from sim.settings import NEEDS, StudySettings
from sim.territory import load_territory
from tests.reference.desk import Contact, Permanence, Server, hold

Row = dict[str, Any]
Run = tuple[str, int]

# The contract's columns in its order; `null` says when a value is missing: never, or by the row.
TEXT, WHOLE, REAL = pa.string(), pa.int64(), pa.float64()
KEY = {"scenario": TEXT, "replication": WHOLE}
VISITS = KEY | {
    "passage_id": TEXT,
    "contact_id": WHOLE,
    "person_id": WHOLE,
    "attempt": WHOLE,
    "reason": TEXT,
    "home_insee": TEXT,
    "segment": TEXT,
    "need": TEXT,
    "operator": TEXT,
    "need_date": TEXT,
    "date": TEXT,
    "arrival_s": WHOLE,
    "patience_s": WHOLE,
    "work_s": REAL,
    "appointment_s": WHOLE,
    "server": TEXT,
    "start_s": WHOLE,
    "end_s": WHOLE,
    "outcome": TEXT,
}
PASSAGES = KEY | {
    "passage_id": TEXT,
    "site_id": TEXT,
    "date": TEXT,
    "half_day": TEXT,
    "vehicle": TEXT,
    "fs_agent": TEXT,
    "cn_agent": TEXT,
    "announced_open_s": WHOLE,
    "announced_close_s": WHOLE,
    "open_s": WHOLE,
    "close_s": WHOLE,
    "overtime_s": WHOLE,
    "discipline": TEXT,
    "end_s": WHOLE,
    "status": TEXT,
    "cause": TEXT,
    "held_by": WHOLE,
    "servers": TEXT,
}
HOME_VISITS = KEY | {
    "request_id": WHOLE,
    "insee_code": TEXT,
    "channel": TEXT,
    "requested_at": TEXT,
    "booked_at": TEXT,
    "date": TEXT,
    "start_s": WHOLE,
    "end_s": WHOLE,
    "vehicle": TEXT,
    "agents": TEXT,
    "outcome": TEXT,
    "lead_days": WHOLE,
    "extra_km": REAL,
}
JOURNAL = KEY | {
    "vehicle": TEXT,
    "date": TEXT,
    "activity": TEXT,
    "place_from": TEXT,
    "place_to": TEXT,
    "start_s": WHOLE,
    "end_s": WHOLE,
    "km": REAL,
}
TABLES = {"visits": VISITS, "passages": PASSAGES, "home_visits": HOME_VISITS, "journal": JOURNAL}

OUTCOMES = {"served", "reneged", "turned_away", "refused", "not_served_here", "door_closed"}
CAUSES = {"holiday", "leave", "sickness", "breakdown", "late", "exit"}
CHANNELS = {"fixed_structure", "town_hall", "maison_des_solidarites"}

BUSY = ("demand.needs_per_person_per_year=3", "demand.awareness.midpoint_months=-6")
# Every pairing rule, leave policy, discipline, workshop and kind of bad day, on two territories.
CASES: dict[str, tuple[str, ...]] = {
    "tiny_staffing": ("study=staffing", "territory=tiny", "run.replications=2", *BUSY),
    "tiny_first_choice": (
        "study=three_or_four",
        "territory=tiny",
        "run.replications=2",
        "run.seed=7",
        "desk.discipline=first_choice",
        "desk.appointment_share=0.3",
        "desk.workshops.per_month_per_cn=4",
        "desk.overtime_min=0",
        *BUSY,
    ),
    "tiny_bad_days": (
        "study=single",
        "scenario=solo",
        "territory=tiny",
        "run.replications=4",
        "run.seed=12",
        "staff.pairing=any_two",
        "staff.sickness.spells_per_year=2",
        "staff.fs_agents=1",
        "staff.cn_agents=1",
        "fleet.vehicles=1",
        "rounds.vehicles=1",
        "fleet.breakdown_share_of_vehicle_days=0.2",
        "day.leg_noise_cv=1",
        "day.day_factor_cv=1",
        "day.buffer_min=0",
        "desk.told_share=0.3",
        "desk.appointment_share=0.3",
        "desk.self_service_posts=2",
        *BUSY,
    ),
    "real": ("study=three_or_four", "run.replications=2", "run.horizon.end=2021-11-30"),
    "real_solo": (
        "study=single",
        "scenario=solo",
        "run.seed=5",
        "run.horizon.end=2022-03-31",
        "desk.appointment_share=0.3",
        "desk.discipline=first_choice",
        "staff.coordinator_fte=0",
        "staff.sickness.spells_per_year=4",
    ),
    "real_exits": (
        "study=single",
        "scenario=exits_happened_redistribute",
        "run.seed=9",
        "run.horizon.end=2022-03-31",
    ),
}
SHORT = ("run.horizon.end=2022-03-31", "run.replications=1", "run.detail=all", "run.executor=serial")


@dataclass(frozen=True)
class Folder:
    """A study folder as anybody would read it."""

    name: str
    study: StudySettings
    path: Path
    tables: dict[str, pa.Table]

    def rows(self, name: str) -> list[Row]:
        rows: list[Row] = self.tables[name].to_pylist()
        return rows

    def permanences(self) -> Iterator[tuple[Row, list[Row]]]:
        """Every passage with its contacts, in the order of the file."""
        contacts: dict[tuple[str, int, str], list[Row]] = defaultdict(list)
        for visit in self.rows("visits"):
            contacts[(*run(visit), visit["passage_id"])].append(visit)
        for passage in self.rows("passages"):
            yield passage, contacts.pop((*run(passage), passage["passage_id"]), [])
        assert not contacts, "contacts of a passage that is not listed"


def run(row: Row) -> Run:
    return row["scenario"], row["replication"]


@pytest.fixture(scope="module", params=CASES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    outputs = tmp_path_factory.mktemp("replay")
    study = load_settings(*SHORT, *CASES[request.param], f"outputs={outputs}")
    result = run_study(study, report=False, progress=lambda *_: None)
    assert result.exit_code == 0, result.failed
    tables = {name: pq.read_table(result.folder / "facts" / f"{name}.parquet") for name in TABLES}
    return Folder(request.param, study, result.folder, tables)


def permanence(passage: Row, visits: list[Row]) -> Permanence:
    """The inputs of a permanence, from its row of passages and its rows of visits."""
    windows: dict[str, list[tuple[int, int]]] = defaultdict(list)
    paces: dict[str, tuple[dict[str, float], frozenset[str]]] = {}
    for server in json.loads(passage["servers"]):
        pace = (server["efficiency"], frozenset(server["first_choice"]))
        assert paces.setdefault(server["id"], pace) == pace, "one pace a server"
        windows[server["id"]].append((server["from_s"], server["to_s"]))
    return Permanence(
        opening=passage["open_s"],
        closing=passage["close_s"],
        overtime=passage["overtime_s"],
        discipline=passage["discipline"],
        servers=tuple(Server(name, tuple(windows[name]), *pace) for name, pace in paces.items()),
        contacts=tuple(
            Contact(
                v["contact_id"], v["arrival_s"], v["need"], v["work_s"], v["patience_s"], v["appointment_s"]
            )
            for v in visits
        ),
    )


def differences(passage: Row, visits: list[Row]) -> list[str]:
    """What the plain SimPy desk and the facts of a held passage do not agree on."""
    fates, ends = hold(permanence(passage, visits))
    where = f"{run(passage)} {passage['passage_id']}"
    found = [] if ends == passage["end_s"] else [f"{where}: ends {passage['end_s']}, replayed {ends}"]
    for v in visits:
        fate = fates[v["contact_id"]]
        replayed = (fate.outcome, fate.server, fate.start, fate.end)
        written = (v["outcome"], v["server"], v["start_s"], v["end_s"])
        if replayed != written:
            found.append(f"{where} contact {v['contact_id']}: {written}, replayed {replayed}")
    return found


def test_every_held_passage_is_lived_again(folder: Folder) -> None:
    """Tests outcome, server, start and end of every contact, and the end of every held passage."""
    lived, found = 0, []
    for passage, visits in folder.permanences():
        if passage["status"] == "held":
            found += differences(passage, visits)
            lived += len(visits)
    assert found == []
    assert lived > 500


@pytest.mark.parametrize(
    "words", [("territory=tiny", *BUSY), ("territory=tarn_et_garonne",)], ids=["tiny", "real"]
)
def test_frames_given_to_python_are_lived_again(words: tuple[str, ...]) -> None:
    """Tests that `simulate` alone gives what a replay needs, for a replication of any number."""
    result = simulate(load_settings("study=single", "run.horizon.end=2022-03-31", *words), replication=5)
    assert result.visits["contact_id"].dtype == "int64"
    contacts: dict[str, list[Row]] = defaultdict(list)
    for visit in without_nan(result.visits):
        contacts[visit["passage_id"]].append(visit)
    lived, found = 0, []
    for passage in without_nan(result.passages):
        mine = contacts[passage["passage_id"]]
        if passage["status"] == "held":
            found += differences(passage, mine)
            lived += len(mine)
        else:
            assert {visit["outcome"] for visit in mine} <= {"door_closed"}
    assert found == []
    assert lived > 400


def without_nan(frame: Any) -> list[Row]:
    """Rows of a pandas frame, nulls as None."""
    return [
        {"scenario": "frames", "replication": 5}
        | {name: None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.astype(object).to_dict("records")
    ]


def test_a_second_off_is_seen(folder: Folder) -> None:
    """Tests that the replay notices one start, one end or one outcome that is not what happened."""
    passage, visits = next(
        (p, v)
        for p, v in folder.permanences()
        if p["status"] == "held" and any(one["outcome"] == "served" for one in v)
    )
    at = next(i for i, one in enumerate(visits) if one["outcome"] == "served")
    for change in ({"start_s": visits[at]["start_s"] + 1}, {"outcome": "reneged"}, {"server": "nobody"}):
        changed = [*visits[:at], visits[at] | change, *visits[at + 1 :]]
        assert len(differences(passage, changed)) == 1
    assert len(differences(passage | {"end_s": passage["end_s"] + 1}, visits)) == 1


def test_the_cases_meet_what_they_are_there_for(folder: Folder) -> None:
    """Tests that the studies replayed hold the outcomes, gaps, appointments and crews they should."""
    visits, passages = folder.rows("visits"), folder.rows("passages")
    outcomes = Counter(v["outcome"] for v in visits)
    held = [p for p in passages if p["status"] == "held"]
    assert outcomes["served"] > 200
    assert outcomes["reneged"] > 0
    assert any(len(s := ids(p)) > len(set(s)) for p in held), "no workshop leaves a gap in a window"
    if folder.study.base.desk.appointment_share:
        assert any(v["appointment_s"] is not None for v in visits)
    if folder.name in {"tiny_bad_days", "real_solo"}:
        assert any(p["held_by"] == 1 for p in held)
        assert outcomes["not_served_here"] > 0
        assert outcomes["door_closed"] > 0
    if folder.name == "tiny_bad_days":
        assert any(p["open_s"] > p["announced_open_s"] for p in held)
        causes = {p["cause"] for p in passages}
        assert {"breakdown", "late", "leave", "sickness", "holiday"} <= causes
    if folder.name == "tiny_first_choice":
        assert outcomes["turned_away"] > 0


def ids(passage: Row) -> list[str]:
    return [server["id"] for server in json.loads(passage["servers"])]


@pytest.mark.parametrize("name", TABLES)
def test_columns_and_types_are_those_of_the_contract(folder: Folder, name: str) -> None:
    """Tests names, order and types of the columns of each file of facts."""
    schema = folder.tables[name].schema
    assert dict(zip(schema.names, schema.types, strict=True)) == TABLES[name]
    assert schema.names == list(TABLES[name])


NEVER_NULL = {
    "visits": set(VISITS) - {"appointment_s", "server", "start_s", "end_s"},
    "passages": {*KEY, "passage_id", "site_id", "date", "half_day", "announced_open_s", "announced_close_s"}
    | {"vehicle", "status"},
    "home_visits": {*KEY, "request_id", "insee_code", "channel", "requested_at", "outcome"},
    "journal": set(JOURNAL),
}


@pytest.mark.parametrize("name", TABLES)
def test_what_applies_is_never_null(folder: Folder, name: str) -> None:
    """Tests the columns that always apply, and that no number stands for a missing one."""
    table = folder.tables[name]
    for column, kind in TABLES[name].items():
        values = table[column]
        if column in NEVER_NULL[name]:
            assert values.null_count == 0, column
        known = values.drop_null().to_pylist()
        if kind in {WHOLE, REAL}:
            assert all(value >= 0 and math.isfinite(value) for value in known), column
        else:
            assert all(value.strip() == value != "" for value in known), column


def test_visits_row_by_row(folder: Folder) -> None:
    """Tests closed sets, null rules, attempts and arrivals of every contact."""
    territory = load_territory(folder.study.base.territory)
    communes = {commune.insee_code for commune in territory.communes}
    settings = folder.study.base
    early = math.ceil(settings.desk.early_min * 60)
    seen = set()
    for passage, visits in folder.permanences():
        for v in visits:
            assert (run(v), v["contact_id"]) not in seen
            seen.add((run(v), v["contact_id"]))
            assert v["date"] == passage["date"]
            assert v["outcome"] in OUTCOMES
            assert v["reason"] in {"first", "not_served", "follow_up"}
            assert (v["reason"] == "first") == (v["attempt"] == 1)
            assert 1 <= v["attempt"] <= 3
            assert v["need"] in NEEDS
            assert v["segment"] in settings.demand.needs.segments
            assert v["operator"] in settings.demand.needs.operators
            assert v["home_insee"] in communes
            assert date.fromisoformat(v["need_date"]) <= date.fromisoformat(v["date"])
            assert v["work_s"] >= 0.0
            opens, closes = passage["announced_open_s"], passage["announced_close_s"]
            assert opens - early <= v["arrival_s"] < closes
            if v["appointment_s"] is not None:
                assert opens <= v["appointment_s"] < closes
            served = v["outcome"] == "served"
            for column in ("server", "start_s", "end_s"):
                assert (v[column] is not None) == served, column
            if served:
                assert v["server"] in ids(passage)
                assert max(v["arrival_s"], passage["open_s"]) <= v["start_s"] <= v["end_s"]
                assert v["start_s"] <= v["arrival_s"] + v["patience_s"]
            assert (v["outcome"] == "door_closed") == (passage["status"] != "held")


def test_passages_row_by_row(folder: Folder) -> None:
    """Tests closed sets, null rules, seats and servers of every passage."""
    territory = load_territory(folder.study.base.territory)
    sites = {site.site_id for site in territory.sites}
    for p in folder.rows("passages"):
        settings = next(s for s in folder.study.scenarios if s.scenario.name == p["scenario"])
        staff = 2 * max(settings.staff.fs_agents, settings.staff.cn_agents)
        agents = {f"A{i + 1}" for i in range(staff)} | {"C"}
        day = date.fromisoformat(p["date"])
        assert settings.run.horizon.start <= day <= settings.run.horizon.end
        assert day.weekday() < 5
        assert p["site_id"] in sites
        assert p["half_day"] in {"morning", "afternoon"}
        assert p["vehicle"] in {f"V{i + 1}" for i in range(settings.fleet.vehicles)}
        assert p["status"] in {"held", "closed_announced", "cancelled"}
        seats = [p[seat] for seat in ("fs_agent", "cn_agent") if p[seat] is not None]
        assert set(seats) <= agents
        assert len(set(seats)) == len(seats)
        held = p["status"] == "held"
        assert (p["cause"] is None) == held
        assert p["cause"] is None or p["cause"] in CAUSES
        for column in ("open_s", "close_s", "overtime_s", "discipline", "end_s", "held_by", "servers"):
            assert (p[column] is not None) == held, column
        if not held:
            continue
        assert p["discipline"] == settings.desk.discipline
        assert p["held_by"] == len(seats)
        assert p["close_s"] == p["announced_close_s"]
        assert p["announced_open_s"] <= p["open_s"] < p["close_s"] <= p["end_s"]
        assert p["overtime_s"] == round(settings.desk.overtime_min * 60)
        posts = {f"P{k + 1}" for k in range(settings.desk.self_service_posts)}
        assert set(ids(p)) == set(seats) | posts
        for server in json.loads(p["servers"]):
            assert set(server) == {"id", "from_s", "to_s", "efficiency", "first_choice"}
            assert p["open_s"] <= server["from_s"] < server["to_s"] <= p["close_s"] + p["overtime_s"] + 1
            assert set(server["efficiency"]) == set(NEEDS)
            assert all(share >= 0 for share in server["efficiency"].values())
            assert set(server["first_choice"]) <= {n for n, e in server["efficiency"].items() if e > 0}


def test_home_visits_and_journal_row_by_row(folder: Folder) -> None:
    """Tests closed sets and null rules of requests and of what vehicles did."""
    territory = load_territory(folder.study.base.territory)
    communes = {commune.insee_code for commune in territory.communes}
    places = {site.site_id for site in territory.sites} | {f"home:{code}" for code in communes}
    for h in folder.rows("home_visits"):
        assert h["insee_code"] in communes
        assert h["channel"] in CHANNELS
        assert h["outcome"] in {"done", "no_show", "cancelled_by_person", "refused", "redirected", "backlog"}
        asked = datetime.fromisoformat(h["requested_at"])
        if h["booked_at"] is not None:
            assert asked <= datetime.fromisoformat(h["booked_at"])
        went = h["outcome"] in {"done", "no_show"}
        for column in ("end_s", "vehicle", "agents", "extra_km"):
            assert (h[column] is not None) == went, column
        if went:
            assert h["start_s"] < h["end_s"] or h["outcome"] == "no_show"
            assert 1 <= len(h["agents"].split(",")) <= 2
        done = h["outcome"] == "done"
        assert (h["lead_days"] is not None) == done
        if done:
            assert date.fromisoformat(h["date"]) - asked.date() == timedelta(h["lead_days"])
        booked = [h[column] is not None for column in ("booked_at", "date", "start_s")]
        assert all(booked) or not any(booked)
        if h["outcome"] != "backlog":
            assert all(booked) == (h["outcome"] not in {"refused", "redirected"})
    for j in folder.rows("journal"):
        assert j["activity"] in {"drive", "set_up", "hold", "pack", "lunch", "home_visit", "wait", "repair"}
        date.fromisoformat(j["date"])
        assert {j["place_from"], j["place_to"]} <= places
        assert j["start_s"] <= j["end_s"]
        assert (j["activity"] == "drive") or (j["place_from"] == j["place_to"] and j["km"] == 0)


def test_vehicles_are_never_in_two_places(folder: Folder) -> None:
    """Tests that a vehicle's day is one journey: what ends somewhere goes on there, without a gap.

    It starts at the base, but for a spare called to a vehicle that broke down, and ends there, but for one
    that is towed.
    """
    days: dict[tuple[Run, str, str], list[Row]] = defaultdict(list)
    for j in folder.rows("journal"):
        days[run(j), j["vehicle"], j["date"]].append(j)
    base = Counter(rows[0]["place_from"] for rows in days.values()).most_common(1)[0][0]
    away, left = 0, 0
    for rows in days.values():
        away += rows[0]["place_from"] != base
        left += rows[-1]["place_to"] != base
        for before, after in pairwise(rows):
            assert before["place_to"] == after["place_from"]
            assert before["end_s"] == after["start_s"]
        assert sum(j["activity"] == "lunch" for j in rows) <= 1
    assert away <= left  # whatever a spare takes over was left where it broke down
    if not folder.study.base.fleet.breakdown_share_of_vehicle_days:
        assert away == left == 0


def test_agents_are_never_in_two_places(folder: Folder) -> None:
    """Tests that an agent sits at one permanence or home at a time, in one vehicle's journal."""
    spans: dict[tuple[Run, str, str], list[tuple[int, int]]] = defaultdict(list)
    for p in folder.rows("passages"):
        for seat in ("fs_agent", "cn_agent"):
            if p["status"] == "held" and p[seat] is not None:
                spans[run(p), p["date"], p[seat]].append((p["open_s"], p["end_s"]))
    for h in folder.rows("home_visits"):
        if h["outcome"] in {"done", "no_show"}:
            for agent in h["agents"].split(","):
                spans[run(h), h["date"], agent.strip()].append((h["start_s"], h["end_s"]))
    assert spans
    for mine in spans.values():
        mine.sort()
        assert all(before[1] <= after[0] for before, after in pairwise(mine))
        assert mine[-1][1] < 86_400


def test_people_come_back_as_themselves(folder: Folder) -> None:
    """Tests attempts in order, the same work until served, and the same draws in every scenario."""
    share = folder.study.base.demand.needs.follow_up_work_share
    visits = sorted(folder.rows("visits"), key=lambda v: (v["date"], v["arrival_s"]))
    people: dict[tuple[Run, int], list[Row]] = defaultdict(list)
    drawn: dict[tuple[int, int], Row] = {}
    draws: dict[tuple[int, int, int], tuple[int, str]] = {}
    for v in visits:
        people[run(v), v["person_id"]].append(v)
        if v["attempt"] == 1:
            first = drawn.setdefault((v["replication"], v["person_id"]), v)
            for column in ("need", "work_s", "home_insee", "segment", "operator", "need_date"):
                assert first[column] == v[column], column
        mine = (v["patience_s"], v["need"])
        assert draws.setdefault((v["replication"], v["person_id"], v["attempt"]), mine) == mine
    came_back = 0
    for contacts in people.values():
        attempts = [v["attempt"] for v in contacts]
        assert attempts == sorted(set(attempts))
        for before, after in pairwise(contacts):
            came_back += 1
            assert before["date"] < after["date"]
            assert (after["reason"] == "follow_up") == (before["outcome"] == "served")
            if after["reason"] == "not_served":
                assert after["work_s"] == before["work_s"]
            else:
                assert after["work_s"] == before["work_s"] * share
    assert came_back > 20


def test_people_come_at_the_first_passage_there_is(folder: Folder) -> None:
    """Tests that nobody passes over a passage: of her commune at first, of the site when she returns.

    Whoever is told of a cancellation leaves no contact and comes back to the same site, so that passages of
    the site in between are closed or cancelled. Who finds none within 8 weeks chooses again.
    """
    commune = {s.site_id: s.insee_code for s in load_territory(folder.study.base.territory).sites}
    passages = {(*run(p), p["passage_id"]): p for p in folder.rows("passages")}
    announced: dict[tuple[Run, str], list[Row]] = defaultdict(list)
    for p in sorted(passages.values(), key=opens):
        if p["status"] != "closed_announced":
            for place in (p["site_id"], commune[p["site_id"]]):
                announced[run(p), place].append(p)
    people: dict[tuple[Run, int], list[Row]] = defaultdict(list)
    for v in sorted(folder.rows("visits"), key=lambda v: v["attempt"]):
        people[run(v), v["person_id"]].append(v)
    wrong, firsts, returns = [], 0, 0
    for (which, _), contacts in people.items():
        came = [passages[(*which, v["passage_id"])] for v in contacts]
        need_date, of_commune = contacts[0]["need_date"], announced[which, commune[came[0]["site_id"]]]
        told_at_once = any(p["date"] == need_date and p["status"] == "cancelled" for p in of_commune)
        if came[0]["date"] > need_date and not told_at_once:
            first = next(p for p in of_commune if p["date"] > need_date)
            firsts += 1
            if first["status"] == "held" and opens(first) != opens(came[0]):
                wrong.append((which, contacts[0], first["passage_id"]))
        for before, after in pairwise(came):
            returns += 1
            until = opens(after)
            if before["site_id"] != after["site_id"]:
                eight_weeks = date.fromisoformat(before["date"]) + timedelta(weeks=8)
                until = (eight_weeks.isoformat(), 0)
            wrong += [
                (which, before["passage_id"], p["passage_id"])
                for p in announced[which, before["site_id"]]
                if p["status"] == "held" and opens(before) < opens(p) < until
            ]
    assert wrong == []
    assert firsts > 100
    assert returns > 20


def opens(passage: Row) -> tuple[str, int]:
    """When a passage was announced to open."""
    return passage["date"], passage["announced_open_s"]
