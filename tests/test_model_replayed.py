"""Tests that the published tables are enough to live every permanence again, visitor by visitor."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest

from sim import load_settings, simulate
from tests.reference.desk import Contact, Permanence, Server, hold

BUSY = ("demand.needs_per_person_per_year=3", "demand.awareness.midpoint_months=-6")


def permanence(row: Any, visits: Any) -> Permanence:
    """The inputs of section 6, from a row of passages and its rows of visits alone."""
    windows: dict[str, list[tuple[int, int]]] = defaultdict(list)
    kinds: dict[str, dict[str, Any]] = {}
    for server in json.loads(row.servers):
        windows[server["id"]].append((server["from_s"], server["to_s"]))
        kinds[server["id"]] = server
    return Permanence(
        opening=int(row.open_s),
        closing=int(row.close_s),
        overtime=int(row.overtime_s),
        discipline=row.discipline,
        servers=tuple(
            Server(name, tuple(windows[name]), kind["efficiency"], frozenset(kind["first_choice"]))
            for name, kind in kinds.items()
        ),
        contacts=tuple(
            Contact(
                int(v.contact_id),
                int(v.arrival_s),
                v.need,
                float(v.work_s),
                int(v.patience_s),
                None if v.appointment_s != v.appointment_s else int(v.appointment_s),
            )
            for v in visits
        ),
    )


CASES = {
    "busy": ("territory=tiny", *BUSY),
    "first_choice": (
        "territory=tiny",
        *BUSY,
        "desk.discipline=first_choice",
        "desk.appointment_share=0.4",
        "desk.overtime_min=0",
    ),
    "solo": (
        "territory=tiny",
        *BUSY,
        "staff.short_crew=solo",
        "staff.pairing=any_two",
        "fleet.breakdown_share_of_vehicle_days=0.2",
    ),
    "real": ("territory=tarn_et_garonne", "run.horizon.end=2021-12-31"),
}


@pytest.mark.parametrize("words", CASES.values(), ids=CASES)
def test_every_permanence_lived_again_from_the_tables(words: tuple[str, ...]) -> None:
    """Tests outcomes, servers, starts, ends and the end of every held passage against plain SimPy."""
    result = simulate(load_settings("study=single", "run.horizon.end=2022-03-31", *words), replication=5)
    visits = {name: list(rows.itertuples()) for name, rows in result.visits.groupby("passage_id")}
    passages = result.passages[result.passages["status"] == "held"]
    lived = 0
    for row in passages.itertuples():
        mine = visits.get(row.passage_id, [])
        fates, ends = hold(permanence(row, mine))
        assert ends == row.end_s, row.passage_id
        for v in mine:
            fate = fates[int(v.contact_id)]
            assert fate.outcome == v.outcome
            if v.outcome == "served":
                assert (fate.server, fate.start, fate.end) == (v.server, v.start_s, v.end_s)
            else:
                assert v.start_s != v.start_s  # null
            lived += 1
    assert lived > 400
    closed = result.passages[result.passages["status"] != "held"]["passage_id"]
    assert all(v.outcome == "door_closed" for name in closed for v in visits.get(name, []))


def test_contact_ids_order_arrivals_and_name_attempts() -> None:
    """Tests that contact_id is an integer, one a contact, and that attempts follow one another."""
    result = simulate(load_settings("study=single", "territory=tiny", "run.horizon.end=2022-03-31", *BUSY))
    v = result.visits
    assert v["contact_id"].dtype == "int64"
    assert v["contact_id"].is_unique
    for column in ("patience_s", "work_s", "arrival_s", "person_id", "attempt"):
        assert v[column].notna().all()
    later = v.sort_values(["person_id", "date", "arrival_s"]).groupby("person_id")["attempt"]
    assert later.apply(lambda a: a.is_monotonic_increasing and a.is_unique and a.max() <= 3).all()
