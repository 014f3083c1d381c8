"""Territories of many départements for growth curves, with rounds that can be driven.

A program of one base cannot drive across a country, so minutes and kilometres are divided by a hundred,
and with them the minutes that residents would drive: who may choose what is as in one département, and
what a vehicle-day costs to simulate too.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

from sim.territory import load_territory
from sim.territory.generate import generate_territory

__all__ = ["SITES", "VEHICLES", "large_words"]

COMMUNES, SITES, VEHICLES = 195, 27, 3
SHRUNK = 100.0
CLOSES, OPENS = {"morning": 41_400, "afternoon": 59_400}, {"morning": 34_200, "afternoon": 48_600}


def large_words(folder: Path, departments: int, horizon_end: str = "2022-06-30") -> list[str]:
    """Write the territory and its rounds, unless they are there; the words that simulate it."""
    rounds = folder / "rounds.csv"
    if not rounds.is_file():
        generate_territory(folder, departments, COMMUNES * departments, SITES * departments)
        for matrix in ("travel_time_minutes.csv", "travel_distance_km.csv"):
            (folder / matrix).unlink(missing_ok=True)
        travel = folder / "travel_model.json"
        model = json.loads(travel.read_text(encoding="utf-8"))
        for name in ("fixed_min", "min_per_km"):
            model[name] = model[name] / SHRUNK
        travel.write_text(json.dumps(model), encoding="utf-8")
        write_rounds(folder)
    crews = VEHICLES * departments
    return [
        f"territory={folder}",
        f"rounds.file={rounds}",
        f"run.horizon.end={horizon_end}",
        f"fleet.vehicles={crews}",
        f"rounds.vehicles={crews}",
        f"staff.fs_agents={crews}",
        f"staff.cn_agents={crews}",
        f"homes.requests_per_week={6 * departments}",
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
