"""The vehicles and the home visits of a day with agents away, read from the tables of its folder."""

from __future__ import annotations

import pandas as pd

from sim.report.day_sentences import crew_in_words, homes_beside_in_words, simulations_in_words
from sim.report.frames import has, number
from sim.report.reading import Reading
from sim.report.view import Cell, Table
from sim.report.words import Words

__all__ = ["crew_of", "homes_in_words", "replications_of", "use_in_words", "vehicles_table"]

_USES = {
    "permanence": ("permanence", "permanence"),
    "home_visits": ("visites à domicile", "home visits"),
    "reserve": ("réserve et suivi", "reserve and follow-up"),
    "no_crew": ("sans équipe disponible", "no crew available"),
    "absent": ("absence", "absent"),
    "off": ("ne travaille pas", "not at work"),
}


def crew_of(now: object, usual: object, words: Words) -> str:
    """Who goes, from the cells of a table, and who usually does where that is somebody else."""
    if not isinstance(now, str) or not now:
        return "–"
    is_other = isinstance(usual, str) and usual and usual != now
    return crew_in_words(now.split(), str(usual).split() if is_other else None, words)


def replications_of(reading: Reading) -> int:
    """How many simulations of the day there are."""
    measures = reading.folder.measures
    return int(measures["replication"].nunique()) if has(measures, "replication") else 0


def use_in_words(use: object, homes: object, replications: int, words: Words) -> str:
    """What a half-day is used for, and in how many simulations home visits are."""
    known = _USES.get(str(use))
    text = words(*known) if known else str(use)
    share = number(homes) or 0.0
    if not share or not replications:
        return text
    often = simulations_in_words(share, replications, words)
    if use == "home_visits":
        return words(f"{text}, dans {often}", f"{text}, in {often}")
    return words(f"{text} ; visites à domicile dans {often}", f"{text}; home visits in {often}")


def homes_in_words(reading: Reading) -> str:
    """Home visits booked that day and how many of them are to be moved; empty where there are hardly any."""
    words = reading.words
    planned, moved = (reading.folder.mean_of(name) for name in ("homes_planned", "homes_moved"))
    if planned is None or moved is None or planned < 0.05:
        return ""
    return words(
        f"Visites à domicile : {words.number(planned, 1)} ce jour-là en moyenne, dont "
        f"{words.number(moved, 1)} à déplacer.",
        f"Home visits: {words.number(planned, 1)} that day on average, of which {words.number(moved, 1)} to "
        "be moved.",
    )


def vehicles_table(reading: Reading) -> Table | None:
    """Vehicle by vehicle: who goes, when it leaves and is back, home visits beside its permanences."""
    words = reading.words
    crews = reading.folder.table("crews")
    if not has(crews, "vehicle", "agents", "usual_agents", "half_day", "departure_s", "return_s", "status"):
        return None
    held = crews[crews["status"] == "held"]
    if held.empty:
        return None
    rows: list[list[Cell | str]] = []
    for vehicle, passages in held.groupby("vehicle", sort=True):
        first = passages.iloc[0]
        rows.append(
            [
                str(vehicle),
                crew_of(first["agents"], first["usual_agents"], words),
                words.clock(number(first["departure_s"])),
                words.clock(number(first["return_s"])),
                _homes_too(reading, passages) or "–",
            ]
        )
    return Table(
        caption=words("Les véhicules du jour", "The vehicles of the day"),
        headers=(
            words("Véhicule", "Vehicle"),
            words("Agents", "Agents"),
            words("Départ", "Leaves"),
            words("Retour vers", "Back about"),
            words("Visites à domicile en plus", "Home visits beside"),
        ),
        rows=rows,
        is_open=True,
        stacked=True,
    )


def _homes_too(reading: Reading, passages: pd.DataFrame) -> str:
    """In how many simulations the crew makes home visits in its half-day without a permanence."""
    words, agents = reading.words, reading.folder.table("agents_of_the_day")
    if not has(agents, "agent", "homes_morning", "homes_afternoon"):
        return ""
    going = agents[agents["agent"].isin(str(passages.iloc[0]["agents"]).split())]
    busy = set(passages["half_day"])
    said = []
    for half_day in ("morning", "afternoon"):
        share = 0.0 if half_day in busy or going.empty else float(going[f"homes_{half_day}"].max())
        if share > 0:
            often = simulations_in_words(share, replications_of(reading), words)
            said.append(homes_beside_in_words(half_day, words(f"dans {often}", f"in {often}"), words))
    return " ".join(said)
