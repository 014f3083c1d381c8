"""Studies that write their own answer (sizing, sensitivity, absence): their sentences, tables, figures."""

from __future__ import annotations

import pandas as pd

from sim.report import figures
from sim.report.frames import has, number, rows_of
from sim.report.reading import COST, HELPED, Reading
from sim.report.sections.answer import not_calibrated, question
from sim.report.view import Block, Cell, Key, Lines, Paragraph, Picture, Plot, Section, Table
from sim.report.words import inert

__all__ = ["absence_section", "designs_section", "told_section"]


def told_section(reading: Reading) -> Section:
    """The first screen from `answer_fr.txt` or `answer_en.txt`: its first line is the question or the day."""
    words = reading.words
    lines = reading.folder.told(words.language)
    title = lines[0].rstrip(".") if lines else question(reading)
    blocks: list[Block] = []
    listed: list[tuple[str, str]] = []
    for line in lines[1:]:
        if line.startswith("  "):
            listed.append(("", line.strip()))
            continue
        if listed:
            blocks.append(Lines(tuple(listed)))
            listed = []
        if line.strip():
            style = "lead" if not blocks else "answer"
            blocks.append(Paragraph(line.strip(), style))  # type: ignore[arg-type]
    if listed:
        blocks.append(Lines(tuple(listed)))
    said = not_calibrated(words)
    if not any(said in line for line in lines):
        blocks.append(Paragraph(said, "warning"))
    return Section("reponse", title, tuple(blocks))


_ROLES = {
    "recommended": ("recommandée", "recommended", "s3", "diamond"),
    "runner_up": ("ensuite", "next", "s1", "square"),
    "nearest": ("la plus proche", "nearest", "s2", "triangle-up"),
}


def designs_section(reading: Reading) -> Section | None:
    """Every design tried: cost against service, the frontier, the one recommended and the next."""
    words = reading.words
    table = reading.folder.table("designs")
    service = str(reading.folder.setting("sizing.service") or HELPED)
    if not has(table, "design", COST, service, "frontier"):
        return None
    label = table[words("label_fr", "label_en")] if "label_fr" in table.columns else table["design"]
    role = table["role"].fillna("") if "role" in table.columns else pd.Series("", index=table.index)
    frame = pd.DataFrame(
        {
            "label": [inert(str(text)) for text in label],
            "cost": pd.to_numeric(table[COST]),
            "service": pd.to_numeric(table[service]),
            "frontier": table["frontier"].astype(str).str.lower().isin(["true", "1"]),
            "role": role.astype(str),
        }
    ).dropna(subset=["cost", "service"])
    if frame.empty:
        return None
    measure = reading.measure(service)
    named = {key: (words(fr, en), colour, symbol) for key, (fr, en, colour, symbol) in _ROLES.items()}
    present = [key for key in _ROLES if (frame["role"] == key).any()]
    parts = []
    for key in present:
        one = frame[frame["role"] == key].iloc[0]
        cost, value = words.euros(number(one["cost"])), measure.value(words, number(one["service"]))
        parts.append(f"{named[key][0]} – {one['label']} : {cost}, {value}")
    joined = " ; ".join(parts)
    sentence = words(
        f"{len(frame)} organisations essayées, de {words.euros(float(frame['cost'].min()))} à "
        f"{words.euros(float(frame['cost'].max()))} de reste à charge par an. {joined}.",
        f"{len(frame)} designs tried, from {words.euros(float(frame['cost'].min()))} to "
        f"{words.euros(float(frame['cost'].max()))} net cost a year. {joined}.",
    )
    picture = Picture(
        ident="organisations",
        title=words(
            f"{measure.label(words)} selon le reste à charge annuel, une marque par organisation",
            f"{measure.label(words)} by net yearly cost, one mark a design",
        ),
        sentence=sentence,
        plot=Plot(
            figures.frontier,
            (frame, words),
            {"roles": {key: named[key] for key in present}, "decimals": measure.decimals},
        ),
        keys=(
            Key(
                words("Frontière : rien de mieux à ce coût", "Frontier: nothing better at this cost"),
                "ink",
                "line0",
            ),
            Key(words("Autre organisation", "Another design"), "muted", "dot"),
            *(Key(named[key][0], named[key][1], named[key][2]) for key in present),
        ),
        table=_designs_table(reading, table, service),
    )
    return Section("organisations", words("Les organisations essayées", "The designs tried"), (picture,))


def _designs_table(reading: Reading, table: pd.DataFrame, service: str) -> Table:
    words = reading.words
    idents = list(dict.fromkeys([COST, service, *(m for m in reading.decisions if m in table.columns)]))
    rows: list[list[Cell | str]] = []
    for row in table.sort_values(COST).to_dict("records"):
        role = _ROLES.get(str(row.get("role")))
        cells: list[Cell | str] = [
            str(row.get(words("label_fr", "label_en")) or row["design"]),
            words(role[0], role[1]) if role else words("oui", "yes") if row.get("frontier") is True else "–",
        ]
        for ident in idents:
            measure, half = reading.measure(ident), number(row.get(f"{ident}_half_width"))
            margin = f" ± {words.number(half, measure.decimals)}" if half is not None else ""
            cells.append(Cell(f"{words.number(number(row[ident]), measure.decimals)}{margin}", number=True))
        rows.append(cells)
    return Table(
        caption=words(
            "Toutes les organisations, de la moins chère à la plus chère", "All designs, cheapest first"
        ),
        headers=(
            words("Organisation", "Design"),
            words("Sur la frontière", "On the frontier"),
            *(reading.measure(m).label(words) for m in idents),
        ),
        rows=rows,
        note=words("± : demi-largeur de l'intervalle à 95 %.", "±: half-width of the 95% interval."),
    )


_STATUS = {
    "held": ("tenu", "held"),
    "cancelled": ("sans équipe", "no crew"),
    "closed_announced": ("fermé, annoncé", "closed, announced"),
}


def absence_section(reading: Reading) -> Section | None:
    """Who drives what that morning, which passages go without and how many people are expected there."""
    words = reading.words
    table = reading.folder.table("crews")
    if not has(table, "vehicle", "site_id", "open_s", "close_s", "status", "expected"):
        return None
    rows: list[list[Cell | str]] = []
    for row in rows_of(table):
        low, high = number(getattr(row, "expected_p10", None)), number(getattr(row, "expected_p90", None))
        expected = f"{words.number(number(row.expected))} ({words.number(low)} – {words.number(high)})"
        status = _STATUS.get(str(row.status))
        agents = getattr(row, "agents", "")
        rows.append(
            [
                reading.site_name(str(row.site_id)),
                str(row.vehicle),
                str(agents) if isinstance(agents, str) else "–",
                f"{words.clock(number(row.open_s))} – {words.clock(number(row.close_s))}",
                words(*status) if status else str(row.status),
                Cell(expected, number=True),
                words.day(row.next_passage) if isinstance(row.next_passage, str) else "–",
            ]
        )
    made = Table(
        caption=words("Les passages du jour", "The passages of the day"),
        headers=(
            words("Site", "Site"),
            words("Véhicule", "Vehicle"),
            words("Agents", "Agents"),
            words("Heures", "Hours"),
            words("État", "State"),
            words("Personnes attendues, 8 fois sur 10", "Persons expected, 8 times in 10"),
            words("Prochain passage", "Next passage"),
        ),
        rows=rows,
        is_open=True,
        stacked=True,
    )
    return Section("jour", words("Passage par passage", "Passage by passage"), (made,))
