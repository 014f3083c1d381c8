"""Territories of many départements for growth curves, with rounds that can be driven.

A program of one base cannot drive across a country, so minutes and kilometres are divided by a hundred,
and with them the minutes that residents would drive: who may choose what is as in one département, and
what a vehicle-day costs to simulate too.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

from sim.measures import access, context
from sim.territory import load_territory
from sim.territory.generate import generate_territory

__all__ = [
    "NATIONAL_COMMUNES",
    "NATIONAL_SITES",
    "SITES",
    "VEHICLES",
    "large_words",
    "national_words",
    "shrink_reach",
]

COMMUNES, SITES, VEHICLES = 195, 27, 3
NATIONAL_COMMUNES, NATIONAL_SITES = 25_000, 2_700
SHRUNK = 100.0
CLOSES, OPENS = {"morning": 41_400, "afternoon": 59_400}, {"morning": 34_200, "afternoon": 48_600}


def shrink_reach() -> None:
    """Divide the drive within which an hour counts as accessible as the others are, in this process."""
    for module in (access, context):
        module.HOURS_WITHIN_MIN = 20 / SHRUNK  # type: ignore[attr-defined]


def large_words(folder: Path, departments: int, horizon_end: str = "2022-06-30") -> list[str]:
    """Write a territory of as many départements like this one and its rounds; the words that simulate it."""
    return _words(folder, departments, COMMUNES * departments, SITES * departments, horizon_end)


def national_words(folder: Path) -> list[str]:
    """The same for a territory of national size; the generator's codes leave room for 99 départements."""
    return _words(folder, 99, NATIONAL_COMMUNES, NATIONAL_SITES, "2022-06-30")


def _words(folder: Path, departments: int, communes: int, sites: int, horizon_end: str) -> list[str]:
    rounds = folder / "rounds.csv"
    if not rounds.is_file():
        generate_territory(folder, departments, communes, sites)
        for matrix in ("travel_time_minutes.csv", "travel_distance_km.csv"):
            (folder / matrix).unlink(missing_ok=True)
        travel = folder / "travel_model.json"
        model = json.loads(travel.read_text(encoding="utf-8"))
        for name in ("fixed_min", "min_per_km"):
            model[name] = model[name] / SHRUNK
        travel.write_text(json.dumps(model), encoding="utf-8")
        write_rounds(folder)
    crews = VEHICLES * sites // SITES
    return [
        f"territory={folder}",
        f"rounds.file={rounds}",
        f"run.horizon.end={horizon_end}",
        f"fleet.vehicles={crews}",
        f"rounds.vehicles={crews}",
        f"staff.fs_agents={crews}",
        f"staff.cn_agents={crews}",
        f"homes.requests_per_week={6 * sites // SITES}",
        f"demand.reach_min={45 / SHRUNK}",
        f"demand.halving_min={10 / SHRUNK}",
    ]


def write_rounds(folder: Path) -> None:
    """Every site once a fortnight: nine to a vehicle, a morning and an afternoon a day."""
    sites = [site.site_id for site in load_territory(folder).sites]
    with (folder / "rounds.csv").open("w", encoding="utf-8", newline="") as stream:
        write = csv.writer(stream, lineterminator="\n").writerow
        write(
            (
                "scenario",
                "valid_from",
                "site_id",
                "vehicle",
                "week",
                "weekday",
                "half_day",
                "open_s",
                "close_s",
            )
        )
        for i, site in enumerate(sites):
            vehicle, place = divmod(i, SITES // VEHICLES)
            day, half = divmod(place, 2)
            half_day = ("morning", "afternoon")[half]
            row = ("reference", "", site, f"V{vehicle + 1}", 1 + vehicle % 2, 1 + day)
            write((*row, half_day, OPENS[half_day], CLOSES[half_day]))
