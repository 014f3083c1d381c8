"""What planning would gain over rounds made by hand: sentences, figures of both, the days that change."""

from __future__ import annotations

import pandas as pd

from sim.report.frames import has, number, rows_of
from sim.report.reading import Reading
from sim.report.view import Block, Cell, Code, Paragraph, Section, Table

__all__ = ["planning_section", "planning_sentences"]

_DAYS_A_YEAR = 365.25
# By quantity: in French, in English, decimals.
_NAMES = {
    "driving_min": ("Route, minutes", "Driving, minutes", 0),
    "km": ("Route, kilomètres", "Driving, km", 0),
    "duty_h": ("Temps de service des équipes, heures", "Duty of crews, hours", 1),
    "overtime_min": ("Dépassement prévu de la journée, minutes", "Planned overtime, minutes", 0),
    "vehicle_days": ("Sorties de véhicule", "Days a vehicle leaves", 0),
    "most_tours_a_day": ("Véhicules sortis le jour le plus chargé", "Vehicles out on the busiest day", 0),
    "half_days_open": ("Demi-journées avec un guichet ouvert", "Half-days with a desk open", 0),
    "least_hours_a_week": (
        "Heures avec un guichet ouvert, semaine la moins ouverte",
        "Hours with a desk open, week with fewest",
        1,
    ),
    "sites_moved": (
        "Permanences dont le jour ou la demi-journée change",
        "Permanences whose day or half-day changes",
        0,
    ),
}


def _gain(reading: Reading) -> pd.DataFrame | None:
    table = reading.folder.table("planning_gain")
    return table if has(table, "quantity", "cycle_weeks", "by_hand", "planned") else None


def planning_sentences(reading: Reading) -> list[str]:
    """What planning the same passages would gain, in a cycle and a year; nothing without hand-made rounds."""
    table, words = _gain(reading), reading.words
    if table is None:
        return []
    of = {str(row.quantity): row for row in rows_of(table)}
    if not {"driving_min", "km", "overtime_min", "sites_moved"} <= set(of):
        return []
    weeks = int(table["cycle_weeks"].iloc[0])
    a_year = _DAYS_A_YEAR / (7 * weeks)
    minutes, km, overtime = (
        (number(of[name].by_hand) or 0.0) - (number(of[name].planned) or 0.0)
        for name in ("driving_min", "km", "overtime_min")
    )
    moved = round(number(of["sites_moved"].planned) or 0.0)
    if round(minutes) == 0:
        total = words.number(number(of["driving_min"].by_hand))
        first = words(
            f"Planifier les mêmes passages ne ferait rien gagner : votre fichier roule aussi peu qu'il "
            f"est possible (route en {weeks} semaines : {total} minutes).",
            f"Planning the same passages would gain nothing: your file drives as little as can be "
            f"(driving in {weeks} weeks: {total} minutes).",
        )
        return [first]
    more = minutes < 0
    took = words.counted(abs(minutes), "minute|minutes", "minute|minutes")
    far = words.counted(abs(km), "km|km", "km|km")
    hours = words.counted(abs(minutes) * a_year / 60, "heure|heures", "hour|hours")
    yearly = words.counted(abs(km) * a_year, "km|km", "km|km")
    said = [
        words(
            f"Planifier les mêmes passages {'coûterait' if more else 'ferait gagner'} {took} de route et "
            f"{far} par cycle de {weeks} semaines, soit environ {hours} et {yearly} par an.",
            f"Planning the same passages would {'cost' if more else 'save'} {took} of driving and {far} per "
            f"cycle of {weeks} weeks, about {hours} and {yearly} a year.",
        )
    ]
    if round(overtime) > 0:
        over = words.counted(overtime, "minute|minutes", "minute|minutes")
        said.append(
            words(
                f"Il y aurait {over} de dépassement de moins par cycle.", f"Overtime: {over} less per cycle."
            )
        )
    kept = number(of["driving_min"].planned_same_days) if "planned_same_days" in table.columns else None
    by_hand = number(of["driving_min"].by_hand) or 0.0
    sites = words.counted(moved, "permanence|permanences", "permanence|permanences")
    change = words(
        f"{sites} {'changerait' if words.one(moved) else 'changeraient'} de jour ou de demi-journée",
        f"{sites} would change day or half-day",
    )
    if kept is not None:
        part = words.counted(max(by_hand - kept, 0.0), "minute|minutes", "minute|minutes")
        change += (
            words(
                f" ; sans changer aucun jour, le gain serait de {part} par cycle",
                f"; without changing any day the gain would be {part} per cycle",
            )
            if round(by_hand - kept) > 0
            else words(
                " ; sans changer aucun jour, il n'y a rien à gagner",
                "; without changing any day there is nothing to gain",
            )
        )
    return [*said, f"{change}."]


def planning_section(reading: Reading) -> Section | None:
    """The section: sentences, the figures of both rounds, the days that would change, how to take them up."""
    table, words = _gain(reading), reading.words
    sentences = planning_sentences(reading)
    if table is None or not sentences:
        return None
    weeks = int(table["cycle_weeks"].iloc[0])
    blocks: list[Block] = [_figures(reading, table, weeks)]
    if reading.folder.name != "rounds":  # there it is the answer, on the first screen
        blocks.insert(0, Paragraph(" ".join(sentences), "answer"))
    days = _days(reading)
    if days is not None:
        blocks.append(days)
    blocks += [
        Paragraph(
            words(
                "Le fichier planned_rounds.csv de ce dossier contient les tournées planifiées, à reprendre "
                "telles quelles ou à modifier (réglage rounds.file). Le programme ne connaît que les salles "
                "et les jours de marché qu'on lui a donnés (réglage rounds.requirements).",
                "The file planned_rounds.csv of this folder holds the planned rounds, to be taken up as they "
                "are or edited (setting rounds.file). The program knows only the rooms and market days it "
                "was given (setting rounds.requirements).",
            ),
            "note",
        ),
    ]
    if len(reading.scenarios) == 1:
        both = words("Pour simuler les deux côte à côte :", "To simulate both side by side:")
        blocks += [Paragraph(both, "note"), Code("python -m sim study=rounds rounds.file=…")]
    title = words("Ce que la planification ferait gagner", "What planning would gain")
    return Section("planification", title, tuple(blocks))


def _figures(reading: Reading, table: pd.DataFrame, weeks: int) -> Table:
    words = reading.words
    columns = [name for name in ("by_hand", "planned_same_days", "planned") if name in table.columns]
    heads = {
        "by_hand": words("Votre fichier", "Your file"),
        "planned_same_days": words("Planifiées, mêmes jours", "Planned, same days"),
        "planned": words("Planifiées librement", "Planned freely"),
    }
    rows: list[list[Cell | str]] = []
    for row in rows_of(table):
        name = _NAMES.get(str(row.quantity))
        if name is None:
            continue
        cells = [Cell(words.number(number(getattr(row, column)), name[2]), number=True) for column in columns]
        rows.append([words(name[0], name[1]), *cells])
    return Table(
        caption=words(
            f"Par cycle de {weeks} semaines, les mêmes passages à chaque site",
            f"Per cycle of {weeks} weeks, the same passages at each site",
        ),
        headers=(words("Ce qui est compté", "What is counted"), *(heads[column] for column in columns)),
        rows=rows,
        is_open=True,
        note=words(
            "Les écarts donnés dans cette page sont calculés avant arrondi.",
            "The differences given on this page are worked out before rounding.",
        ),
    )


def _days(reading: Reading) -> Table | None:
    """By site, when people find it open today and in the planned rounds."""
    words, scenario = reading.words, reading.reference.name
    now, then = reading.folder.table("rounds"), reading.folder.table("planned_rounds")
    if not has(now, "scenario", "site_id", "week", "weekday", "half_day") or not has(then, "site_id"):
        return None
    now = now[now["scenario"] == scenario]
    rows: list[list[Cell | str]] = []
    for site_id in sorted(set(then["site_id"]), key=reading.site_name):
        before, after = (_when(reading, table[table["site_id"] == site_id]) for table in (now, then))
        if before != after:
            rows.append([reading.site_name(str(site_id)), before, after])
    if not rows:
        return None
    return Table(
        caption=words("Les permanences qui changeraient de jour", "The permanences whose day would change"),
        headers=(
            words("Permanence", "Permanence"),
            words("Votre fichier", "Your file"),
            words("Planifiées librement", "Planned freely"),
        ),
        rows=rows,
        stacked=True,
    )


def _when(reading: Reading, stops: pd.DataFrame) -> str:
    words = reading.words
    halves = {"morning": words("matin", "morning"), "afternoon": words("après-midi", "afternoon")}
    parts = sorted(
        {
            (
                int(row.week),
                int(row.weekday),
                str(row.half_day) != "morning",
                halves.get(str(row.half_day), ""),
            )
            for row in rows_of(stops)
        }
    )
    return ", ".join(
        words(f"semaine {week}, {words.weekday(day)} {half}", f"week {week}, {words.weekday(day)} {half}")
        for week, day, _, half in parts
    )
