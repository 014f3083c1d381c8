"""The team and its vehicles: agents' weeks, half-days by use, weeks under the label's hours, kilometres."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from sim.report import figures
from sim.report.frames import column, has, number, possible
from sim.report.palette import light
from sim.report.reading import Reading
from sim.report.sentences import quoted
from sim.report.view import Block, Cell, Heading, Key, Panels, Paragraph, Picture, Plot, Section, Table

__all__ = ["agents_section", "label_section", "road_section"]

_COLUMNS = (
    (("hours_per_week", "hours"), "Heures en tournée par semaine", "Hours on rounds a week", 1),
    (
        ("driving_hours_per_week", "driving_hours", "driving"),
        "Heures de route par semaine",
        "Driving hours a week",
        1,
    ),
    (
        ("amplitude_max_h", "longest_amplitude", "amplitude_h", "amplitude"),
        "Plus longue amplitude, heures",
        "Longest amplitude, hours",
        1,
    ),
    (("overtime_hours",), "Dépassement, heures par an", "Overtime, hours a year", 1),
    (("shortened_lunches",), "Pauses écourtées par an", "Shortened lunches a year", 1),
    (("solo_half_days",), "Demi-journées seul par an", "Half-days alone a year", 1),
    (("reassignments",), "Journées hors de son équipe par an", "Days outside one's team a year", 1),
)
USES = (
    ("permanence", "s1", "Permanence", "Permanence"),
    ("home_visits", "s2", "Domicile", "Home visits"),
    ("reserve", "q2", "Réserve et suivi", "Reserve and follow-up"),
    ("no_crew", "rule", "Sans équipe disponible", "No crew available"),
    ("absent", "a_lunch", "Congé, formation, maladie", "Leave, training, sickness"),
    ("repair", "s4", "Réparation", "Repair"),
)


def agents_section(reading: Reading) -> Section | None:
    """What it asks of the agents: hours, driving, alone or in pairs."""
    words = reading.words
    table = reading.folder.table("agents")
    if not has(table, "scenario", "agent"):
        return None
    present = [(c, fr, en, d) for stems, fr, en, d in _COLUMNS if (c := column(table, *stems))]
    if not present:
        return None
    blocks: list[Block] = [
        Paragraph(
            words(
                "Les agents sont désignés par A1, A2… : aucune personne n'est nommée. C'est un modèle "
                "d'organisation, pas une évaluation.",
                "Agents are called A1, A2…: nobody is named. This models an organisation; it assesses no "
                "one.",
            )
        )
    ]
    mean = table[table["agent"] != "C"].groupby("scenario")[[c for c, *_ in present]].mean()
    rows: list[list[Cell | str]] = [
        [
            reading.label(s.name),
            *(Cell(words.number(number(mean.loc[s.name, c]), d), number=True) for c, _, _, d in present),
        ]
        for s in reading.scenarios
        if s.name in mean.index
    ]
    blocks.append(
        Table(
            caption=words(
                "Un agent en moyenne, coordination non comprise, par scénario",
                "An agent on average, the coordinator left out, by scenario",
            ),
            headers=(words("Scénario", "Scenario"), *(words(fr, en) for _, fr, en, _ in present)),
            rows=rows,
            is_open=True,
        )
    )
    for scenario in reading.scenarios:
        of = table[table["scenario"] == scenario.name]
        if of.empty:
            continue
        each: list[list[Cell | str]] = []
        for row in of.to_dict("records"):
            cells: list[Cell | str] = [
                words("C (coordination)", "C (coordinator)") if row["agent"] == "C" else str(row["agent"])
            ]
            for name, _, _, decimals in present:
                stem = name.removesuffix("_mean")
                low, high = (possible(number(row.get(f"{stem}_ci95_{end}"))) for end in ("low", "high"))
                text = words.number(number(row[name]), decimals)
                cells.append(
                    Cell(
                        text
                        + (
                            f" ({words.span(low, high, decimals)})"
                            if low is not None and high is not None
                            else ""
                        ),
                        number=True,
                    )
                )
            each.append(cells)
        blocks.append(
            Table(
                caption=words(
                    f"Agent par agent : {reading.label(scenario.name)}",
                    f"Agent by agent: {reading.label(scenario.name)}",
                ),
                headers=(words("Agent", "Agent"), *(words(fr, en) for _, fr, en, _ in present)),
                rows=each,
                note=words("Entre parenthèses, l'intervalle à 95 %.", "In brackets, the 95% interval."),
            )
        )
    halves = _half_days(reading)
    if halves:
        blocks += [Heading(words("L'emploi des demi-journées", "How half-days are used")), halves]
    return Section("agents", words("Pour les agents", "For the agents"), tuple(blocks))


def _half_days(reading: Reading) -> Picture | None:
    words = reading.words
    table = reading.folder.table("half_days")
    value = column(table, "half_days_a_year", "half_days")
    if not has(table, "scenario", "use") or value is None:
        return None
    frame = pd.DataFrame(
        {"row": table["scenario"], "part": table["use"], "value": pd.to_numeric(table[value])}
    )
    frame = frame[frame["part"] != "off"]
    used = set(frame.loc[frame["value"] > 0, "part"])
    parts = [(key, words(fr, en), light(role)) for key, role, fr, en in USES if key in used]
    rows = [(s.name, s.label) for s in reading.series if s.name in set(frame["row"])]

    plot = Plot(figures.shares, (frame, words), {"rows": rows, "parts": parts})

    pivot = frame.pivot_table(index="row", columns="part", values="value", aggfunc="sum", fill_value=0.0)
    base = pivot.loc[reading.reference.name] if reading.reference.name in pivot.index else pivot.iloc[0]
    each = words.listed(
        [f"{label[:1].lower()}{label[1:]} ({words.number(number(base.get(key)))})" for key, label, _ in parts]
    )
    of = quoted(reading.label(str(base.name)), words)
    sentence = words(
        f"Demi-journées de véhicule par an avec {of} : {each}.",
        f"Vehicle half-days a year with {of}: {each}.",
    )
    return Picture(
        ident="demi-journees",
        title=words(
            "Demi-journées de véhicule par an, selon leur emploi", "Vehicle half-days a year, by use"
        ),
        sentence=sentence,
        plot=plot,
        keys=tuple(Key(words(fr, en), role, "area") for key, role, fr, en in USES if key in used),
        source=words(
            "« Sans équipe disponible » : le véhicule reste au garage, car les agents présents ce jour-là ne "
            "font pas une équipe de plus (congés, formation, maladie, ou agents partis avec un autre "
            "véhicule). « Réserve et suivi » : une équipe est présente, sans permanence ni visite.",
            "“No crew available”: the vehicle stays in the garage, since the agents at work that day do not "
            "make one more crew (leave, training, sickness, or gone with another vehicle). “Reserve and "
            "follow-up”: a crew is there, with no permanence and no visit.",
        )
        if "no_crew" in used
        else "",
        table=Table(
            caption=words("Demi-journées par an, par emploi", "Half-days a year, by use"),
            headers=(words("Scénario", "Scenario"), *(label for _, label, _ in parts)),
            rows=[
                [
                    label,
                    *(
                        Cell(words.number(number(pivot.loc[key].get(part, 0.0))), number=True)
                        for part, _, _ in parts
                    ),
                ]
                for key, label in ((n, reading.label(n)) for n, _ in rows)
            ],
        ),
    )


def label_section(reading: Reading) -> Section | None:
    """Hours open a week against the label's."""
    words = reading.words
    table = reading.folder.table("weeks")
    hours = column(table, "open_hours")
    if not has(table, "scenario", "week") or hours is None:
        return None
    floor = float(reading.folder.setting("thresholds.label_hours_per_week") or 24.0)
    pictures = []
    open_hours: dict[str, dict[str, float]] = {}
    for one in reading.series:
        rows = table[table["scenario"] == one.name]
        if rows.empty:
            continue
        frame = (
            pd.DataFrame({"week": rows["week"].astype(str), "open_hours": pd.to_numeric(rows[hours])})
            .dropna()
            .sort_values("week")
        )
        frame = frame[[_complete(reading, w) for w in frame["week"]]]
        if frame.empty:
            continue
        open_hours[one.name] = dict(zip(frame["week"], frame["open_hours"].astype(float), strict=True))
        pictures.append(
            Picture(
                ident=f"semaines-{one.name}",
                title=words(
                    f"Heures ouvertes par semaine : {reading.label(one.name)}",
                    f"Hours open a week: {reading.label(one.name)}",
                ),
                sentence=_weeks_under(reading, one.name, floor),
                plot=Plot(figures.weeks, (frame, words), {"one": one, "floor": floor}),
                widths=(348,),
                said=True,
            )
        )
    if not pictures:
        return None
    lead = words(
        f"Le label demande {words.number(floor)} heures d'ouverture par semaine. Sous chaque titre, les "
        "semaines par an sous ces heures : comptées dans chaque simulation, semaines entières seulement, "
        "puis "
        "en moyenne. Chaque colonne est la moyenne d'une semaine sur les simulations ; elle est en couleur "
        "pleine quand cette moyenne est sous le label.",
        f"The label asks for {words.number(floor)} hours open a week. Under each title, the weeks a year "
        "under those hours: counted in each simulation, complete weeks only, then averaged. Each column is "
        "the mean of a week over the simulations; it is in full colour where that mean is under the label.",
    )
    return Section(
        "label",
        words("Les heures d'ouverture et le label", "Opening hours and the label"),
        (Paragraph(lead), Panels(tuple(pictures), _week_by_week(reading, open_hours))),
    )


def _week_by_week(reading: Reading, open_hours: dict[str, dict[str, float]]) -> Table:
    """Hours open in each week, every scenario beside the others."""
    words = reading.words
    weeks = sorted({week for hours in open_hours.values() for week in hours})
    return Table(
        caption=words("Heures ouvertes, semaine par semaine", "Hours open, week by week"),
        headers=(words("Semaine du", "Week of"), *(reading.label(name) for name in open_hours)),
        rows=[
            [
                words.day(week),
                *(
                    Cell(words.number(number(hours.get(week)), 1), number=True)
                    for hours in open_hours.values()
                ),
            ]
            for week in weeks
        ],
    )


def _weeks_under(reading: Reading, scenario: str, floor: float) -> str:
    """The measure of weeks under the label's hours, in words."""
    words, ident = reading.words, "weeks_under_24h"
    level, low, high = (reading.level(scenario, ident, c) for c in ("mean", "ci95_low", "ci95_high"))
    hours = words.number(floor)
    if level is None:
        return words(
            f"Heures d'ouverture par semaine ; le label en demande {hours}.",
            f"Hours open a week; the label asks for {hours}.",
        )
    amount = reading.measure(ident).value(words, level)
    span = words.range(low, high, reading.measure(ident).decimals)
    return words(
        f"{amount} sous {hours} heures d'ouverture ({span}).", f"{amount} under {hours} hours open ({span})."
    )


def _complete(reading: Reading, monday: str) -> bool:
    """Whether Monday to Friday of a week lie in the horizon."""
    horizon = reading.folder.horizon
    if horizon is None:
        return True
    first = date.fromisoformat(monday[:10])
    return horizon[0] <= first and first + timedelta(days=4) <= horizon[1]


def road_section(reading: Reading) -> Section | None:
    """Kilometres, hours on the road, emissions."""
    words = reading.words
    idents = [
        m for m in ("km", "driving_hours", "co2_kg") if reading.level(reading.reference.name, m) is not None
    ]
    if not idents:
        return None
    rows: list[list[Cell | str]] = []
    for scenario in reading.scenarios:
        cells: list[Cell | str] = [reading.label(scenario.name)]
        for ident in idents:
            measure = reading.measure(ident)
            low, high = (reading.level(scenario.name, ident, f"ci95_{end}") for end in ("low", "high"))
            cells.append(
                Cell(
                    f"{words.number(reading.level(scenario.name, ident), measure.decimals)} "
                    f"({words.span(low, high, measure.decimals)})",
                    number=True,
                )
            )
        rows.append(cells)
    table = Table(
        caption=words(
            "Sur la route, par an : moyenne et intervalle à 95 %",
            "On the road, a year: mean and 95% interval",
        ),
        headers=(
            words("Scénario", "Scenario"),
            *(f"{reading.measure(m).label(words)}, {reading.measure(m).level_unit(words)}" for m in idents),
        ),
        rows=rows,
        is_open=True,
    )
    return Section("route", words("Sur la route", "On the road"), (table,))
