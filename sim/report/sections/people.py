"""People over time: persons by month, and how long a home visit takes to come."""

from __future__ import annotations

import math

import pandas as pd

from sim.report import figures, survival
from sim.report.frames import column, has, interval, number, rows_of
from sim.report.home_lead import crossings_in_words, mean_apart
from sim.report.palette import scenario_role
from sim.report.reading import Reading
from sim.report.view import Cell, Key, Paragraph, Picture, Plot, Section, Table
from sim.report.words import Words

_FEW = 0.05

__all__ = ["homes_section", "months_section", "need_name", "needs_section"]


def months_section(reading: Reading) -> Section | None:
    """Persons by month, the tax season and the school summer shaded."""
    words = reading.words
    table = reading.folder.table("months")
    if not has(table, "scenario", "month"):
        return None
    name = column(table, "persons_helped_by_cell", "persons_served", "served", "persons", "contacts_served")
    if name is None:
        return None
    low, high = interval(table, name)
    frame = pd.DataFrame(
        {
            "scenario": table["scenario"],
            "month": table["month"].astype(str).str[:7],
            "mean": pd.to_numeric(table[name]),
            "low": low,
            "high": high,
        }
    ).dropna()
    if frame.empty:
        return None
    chosen = [s for s in reading.series if s.name in _pair(reading) & set(frame["scenario"])]
    shaded = _seasons(reading, sorted(frame["month"].unique()))

    plot = Plot(figures.months, (frame, words), {"series": chosen, "shaded": shaded})

    if reading.reference.name not in set(frame["scenario"]):
        return None
    sentence = " ".join(_months_in_words(reading, frame, one.name) for one in chosen)
    rows: list[list[Cell | str]] = []
    for month, group in frame.groupby("month", sort=True):
        by = group.set_index("scenario")
        rows.append(
            [
                _month(reading, str(month)),
                *(
                    Cell(
                        f"{words.number(number(by.loc[s.name, 'mean']))} "
                        f"({words.span(number(by.loc[s.name, 'low']), number(by.loc[s.name, 'high']))})"
                        if s.name in by.index
                        else "–",
                        number=True,
                    )
                    for s in reading.series
                ),
            ]
        )
    picture = Picture(
        ident="mois",
        title=words(
            "Personnes aidées par la cellule, par mois, permanences et domicile",
            "Persons helped by the cell, by month, permanences and homes",
        ),
        sentence=sentence,
        plot=plot,
        keys=_keys(reading, chosen),
        direct=True,
        table=Table(
            caption=words(
                "Par mois et par scénario : moyenne et intervalle à 95 %",
                "By month and scenario: mean and 95% interval",
            ),
            headers=(words("Mois", "Month"), *(reading.label(s.name) for s in reading.series)),
            rows=rows,
        ),
        source=words("Zone colorée : intervalle à 95 %.", "Coloured area: 95% interval."),
    )
    return Section("mois", words("Mois par mois", "Month by month"), (picture,))


def _months_in_words(reading: Reading, frame: pd.DataFrame, scenario: str) -> str:
    """The first month of a scenario, its last and its busiest."""
    words = reading.words
    rows = frame[frame["scenario"] == scenario].sort_values("month")
    first, last, most = rows.iloc[0], rows.iloc[-1], rows.iloc[int(rows["mean"].to_numpy().argmax())]
    label = reading.label(scenario)
    return words(
        f"{label} : {words.number(first['mean'])} personnes aidées le premier mois "
        f"({_month(reading, first['month'])}), {words.number(last['mean'])} le dernier "
        f"({_month(reading, last['month'])}) ; "
        f"le mois le plus chargé est {_month(reading, most['month'])} ({words.number(most['mean'])}).",
        f"{label}: {words.number(first['mean'])} persons helped in the first month "
        f"({_month(reading, first['month'])}), {words.number(last['mean'])} in the last "
        f"({_month(reading, last['month'])}); "
        f"the busiest month is {_month(reading, most['month'])} ({words.number(most['mean'])}).",
    )


def _pair(reading: Reading) -> set[str]:
    return {reading.reference.name} | ({reading.headline.name} if reading.headline else set())


def _keys(reading: Reading, chosen: list[figures.Series]) -> tuple[Key, ...]:
    return tuple(
        Key(reading.label(s.name), scenario_role(s.colour), f"line{k % 5}") for k, s in enumerate(chosen)
    )


def _month(reading: Reading, month: str) -> str:
    return reading.words.day(f"{month}-01", "LLLL y")


def _seasons(reading: Reading, months: list[str]) -> list[tuple[float, float, str]]:
    words = reading.words
    index = {m: i for i, m in enumerate(months)}
    spans: list[tuple[float, float, str]] = []

    def at(day: str) -> float | None:
        month = day[:7]
        return index[month] - 0.5 + (int(day[8:10]) - 1) / 30.5 if month in index else None

    campaigns = reading.folder.setting("demand.season.tax_campaigns") or []
    for campaign in campaigns:
        if isinstance(campaign, list | tuple) and len(campaign) == 2:
            start, end = at(str(campaign[0])), at(str(campaign[1]))
            if start is not None and end is not None:
                spans.append((start, end, words("Impôts", "Tax season")))
    for year in sorted({m[:4] for m in months}):
        start, end = at(f"{year}-07-01"), at(f"{year}-08-31")
        if start is not None and end is not None:
            spans.append((start, end, words("Été", "Summer")))
    return spans


_NEEDS = {
    "admin_level_1": ("Démarches en ligne (niveau 1)", "Online procedures (level 1)"),
    "admin_level_2": (
        "Démarches complexes, avec un correspondant (niveau 2)",
        "Complex procedures (level 2)",
    ),
    "home_visit": ("Visite à domicile", "Home visit"),
    "digital_individual": ("Accompagnement numérique", "Digital support"),
    "self_service": ("Libre-service", "Self-service"),
    "social_orientation": ("Orientation sociale", "Social orientation"),
}


def need_name(need: str, words: Words) -> str:
    """A kind of need in words."""
    known = _NEEDS.get(need)
    return words(*known) if known else need.replace("_", " ")


def needs_section(reading: Reading) -> Section | None:
    """What people come for, and how many of them the cell helps, by kind of need."""
    words = reading.words
    table = reading.folder.table("needs")
    if not has(table, "scenario", "need", "persons_helped_mean", "persons_needing_mean"):
        return None
    years = reading.years
    cells = {(str(r.scenario), str(r.need)): r for r in rows_of(table)}
    needs = list(dict.fromkeys(table["need"].astype(str)))
    shown = [s for s in reading.series if any((s.name, need) in cells for need in needs)]
    rows: list[list[Cell | str]] = []
    for need in needs:
        row: list[Cell | str] = [need_name(need, words)]
        base = cells.get((reading.reference.name, need))
        row.append(
            Cell(words.number(number(base.persons_needing_mean / years) if base else None), number=True)
        )
        for one in shown:
            cell = cells.get((one.name, need))
            if cell is None:
                row.append(Cell("–", number=True))
                continue
            low, high = cell.persons_helped_ci95_low / years, cell.persons_helped_ci95_high / years
            helped = words.number(cell.persons_helped_mean / years)
            text = f"{helped} ({words.span(low, high)})"
            row.append(Cell(text, number=True))
        rows.append(row)
    return Section(
        "besoins",
        words("Pour quels besoins", "For which needs"),
        (
            Paragraph(
                words(
                    "Les personnes en difficulté de tout le territoire, et celles que les permanences "
                    "aident, par an. Les demandes de visite à domicile sont comptées à part : elles ne sont "
                    "pas dans ce tableau.",
                    "Persons in difficulty in the whole territory, and those whom permanences help, a year. "
                    "Requests for home visits are counted apart and are not in this table.",
                )
            ),
            Table(
                caption=words(
                    "Personnes par an et par genre de besoin : moyenne et intervalle à 95 %",
                    "Persons a year by kind of need: mean and 95% interval",
                ),
                headers=(
                    words("Besoin", "Need"),
                    words("Besoins du territoire", "Needs of the territory"),
                    *(
                        words(f"Aidées : {reading.label(s.name)}", f"Helped: {reading.label(s.name)}")
                        for s in shown
                    ),
                ),
                rows=rows,
                is_open=len(shown) <= 5,
            ),
        ),
    )


def _until(frame: pd.DataFrame) -> float:
    """The last day drawn: two weeks at least, sixty days at most, until few wait in any scenario."""
    still = frame.loc[frame["share_waiting"] > _FEW, "days"]
    wanted = 5.0 * math.ceil(float(still.max() if len(still) else 0.0) / 5.0)
    return float(min(max(wanted, 15.0), frame["days"].max(), 60.0)) or 1.0


def homes_section(reading: Reading) -> Section | None:
    """How long a home visit takes to come, as a survival curve."""
    words = reading.words
    table = reading.folder.table("lead_times")
    if not has(table, "scenario", "days", "share_waiting"):
        return None
    frame = table[["scenario", "days", "share_waiting"]].dropna()
    until = _until(frame)
    chosen = [s for s in reading.series if s.name in set(frame["scenario"])][:8]
    if not chosen:
        return None

    plot = Plot(survival.curves, (frame, words), {"series": chosen, "until": until})

    names = [one.name for one in chosen]
    sentence = crossings_in_words(reading, frame, names)
    marks = [d for d in (3, 7, 10, 14, 21, 28, 35, 42) if d <= until]
    rows: list[list[Cell | str]] = []
    for one in chosen:
        curve = frame[frame["scenario"] == one.name].sort_values("days")
        cells: list[Cell | str] = [reading.label(one.name)]
        for day in marks:
            before = curve[curve["days"] <= day]
            cells.append(
                Cell(
                    words.percent(float(before["share_waiting"].iloc[-1])) if len(before) else "–",
                    number=True,
                )
            )
        rows.append(cells)
    picture = Picture(
        ident="domicile",
        title=words(
            "Part des demandes à domicile encore sans visite, selon les jours écoulés",
            "Share of home requests still without a visit, by days elapsed",
        ),
        sentence=sentence,
        plot=plot,
        keys=tuple(
            Key(reading.label(s.name), scenario_role(s.colour), f"line{k % 5} {s.symbol}")
            for k, s in enumerate(chosen)
        ),
        direct=True,
        table=Table(
            caption=words(
                "Part encore en attente après tant de jours", "Share still waiting after so many days"
            ),
            headers=(words("Scénario", "Scenario"), *(words(f"{d} jours", f"{d} days") for d in marks)),
            rows=rows,
        ),
        source=words(
            "Estimation de Kaplan-Meier sur toutes les demandes, y compris celles qui attendent encore "
            "au dernier jour.",
            "Kaplan–Meier estimate over all requests, those still waiting on the last day included.",
        ),
    )
    return Section(
        "domicile-delai",
        words("À domicile : le délai", "At home: how long it takes"),
        (
            Paragraph(
                words(
                    "Les visites à domicile sont réservées aux personnes les moins mobiles, sur réservation.",
                    "Home visits are for the least mobile people, by reservation.",
                )
            ),
            picture,
            *([Paragraph(apart)] if (apart := mean_apart(reading, frame, names)) else []),
        ),
    )
