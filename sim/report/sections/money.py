"""Money: net yearly cost, and the budget line by line and by exercise with the status of income."""

from __future__ import annotations

import pandas as pd

from sim.report import figures
from sim.report.frames import has, number, rows_of
from sim.report.reading import COST, Reading
from sim.report.view import Block, Cell, Heading, Paragraph, Picture, Plot, Section, Table
from sim.report.words import Words

__all__ = ["budget_section", "line_name", "status_words"]

_LINES = {
    "vehicles": ("Véhicules", "Vehicles"),
    "livery": ("Habillage des véhicules", "Livery"),
    "it": ("Matériel informatique", "Computers"),
    "smartphones": ("Téléphones", "Smartphones"),
    "office": ("Mobilier de bureau", "Office"),
    "state_investment": ("État, investissement", "State, investment"),
    "self_financing": ("Autofinancement du Département", "Self-financed by the Département"),
    "pay": ("Personnel", "Pay"),
    "fuel": ("Carburant", "Fuel"),
    "publicity": ("Publicité et publication", "Publicity"),
    "telecoms": ("Télécommunications", "Telecoms"),
    "label_grant": ("FNADT, label France Services", "FNADT, France Services label"),
    "fnadt": ("FNADT, label France Services", "FNADT, France Services label"),
    "cui": ("Contrats aidés (CUI)", "Subsidised contracts (CUI)"),
    "conseiller_grant": ("État, conseillers numériques", "State, conseillers numériques"),
    "insurance": ("Assurances", "Insurance"),
    "maintenance": ("Entretien", "Maintenance"),
    "premises": ("Locaux", "Premises"),
    "training": ("Formation", "Training"),
}
_STATUS = {
    "acquired": ("acquise", "acquired"),
    "not_acquired": ("non acquise", "not acquired"),
    "ended": ("terminée", "ended"),
    "not_budgeted": ("non budgété", "not budgeted"),
}


def line_name(line: str, words: Words) -> str:
    """A budget line in words."""
    known = _LINES.get(line)
    return words(*known) if known else line.replace("_", " ")


def status_words(status: object, words: Words) -> str:
    """The status of an income in words."""
    known = _STATUS.get(str(status))
    return words(*known) if known else ""


def budget_section(reading: Reading) -> Section | None:
    """What it costs: the net yearly cost, then the budget."""
    words = reading.words
    blocks: list[Block] = []
    costs = [(s, reading.level(s.name, COST)) for s in reading.series]
    known = [(s, c) for s, c in costs if c is not None]
    if known:
        frame = pd.DataFrame(
            {
                "label": [s.label for s, _ in known],
                "value": [c for _, c in known],
                "colour": [s.colour for s, _ in known],
            }
        )

        plot = Plot(figures.bars, (frame, words), {"unit": "euros"})

        measure = reading.measure(COST)
        parts = " ; ".join(f"{reading.label(s.name)} : {words.euros(c)}" for s, c in known)
        blocks.append(
            Picture(
                ident="cout",
                title=measure.label(words),
                sentence=words(
                    f"Reste à charge du Département par an – {parts}.",
                    f"Net cost to the Département a year – {parts}.",
                ),
                plot=plot,
                table=Table(
                    caption=words(
                        "Fonctionnement, recettes et reste à charge, par an",
                        "Operation, income and net cost, a year",
                    ),
                    headers=(
                        words("Scénario", "Scenario"),
                        *(reading.measure(m).label(words) for m in _MONEY_MEASURES),
                    ),
                    rows=[
                        [
                            reading.label(s.name),
                            *(
                                Cell(reading.measure(m).value(words, reading.level(s.name, m)), number=True)
                                for m in _MONEY_MEASURES
                            ),
                        ]
                        for s, _ in known
                    ],
                ),
                source=words(
                    "Fonctionnement brut, plus l'investissement réparti sur sa durée d'usage, moins les "
                    "recettes acquises.",
                    "Gross operation, plus investment spread over its years of use, less income acquired.",
                ),
            )
        )
    table = reading.folder.table("budget")
    if has(table, "scenario", "basis", "exercise", "section", "line", "kind", "amount"):
        blocks.append(Heading(words("Ligne par ligne, par exercice", "Line by line, by exercise")))
        blocks.append(
            Paragraph(
                words(
                    "Le budget voté le 24 mars 2021, ramené à chaque scénario par unités (base « voté "
                    "»), et le même avec le carburant des kilomètres simulés (base « simulé »). "
                    "Ce que la délibération ne prévoit pas est dit « non budgété », jamais compté zéro.",
                    "The budget voted on 24 March 2021, scaled to each scenario by its units (basis "
                    "“voted”), and the same with the fuel of the kilometres simulated (basis "
                    "“simulated”). "
                    "What the deliberation does not provide for is said “not budgeted”, never counted as "
                    "zero.",
                )
            )
        )
        for scenario in reading.scenarios:
            made = _budget_table(reading, table[table["scenario"] == scenario.name], scenario.name)
            if made:
                blocks.append(made)
    if not blocks:
        return None
    return Section("budget", words("Ce que cela coûte", "What it costs"), tuple(blocks))


_MONEY_MEASURES = ("investment", "yearly_operation", "yearly_income", COST, "cost_per_person_served")


def _budget_table(reading: Reading, rows: pd.DataFrame, scenario: str) -> Table | None:
    words = reading.words
    if rows.empty:
        return None
    amounts: dict[tuple[str, str, str, str], dict[tuple[str, str], float | None]] = {}
    for row in rows_of(rows):
        status = str(getattr(row, "status", "") or "")
        line = (str(row.section), str(row.kind), str(row.line), "" if status == "nan" else status)
        amounts.setdefault(line, {})[str(row.exercise), str(row.basis)] = number(row.amount)
    exercises = sorted({str(e) for e in rows["exercise"]}, key=lambda e: (e[-4:], e))
    bases = [b for b in ("voted", "simulated") if b in set(rows["basis"])]
    columns = [(exercise, basis) for exercise in exercises for basis in bases]
    out: list[list[Cell | str]] = []
    for section, section_name in (
        ("investment", words("investissement", "investment")),
        ("operation", words("fonctionnement", "operation")),
    ):
        for kind, kind_name, total_name in (
            ("expense", words("dépense", "expense"), words("Total des dépenses", "Total of expenses")),
            (
                "income",
                words("recette", "income"),
                words("Total des recettes acquises", "Total of income acquired"),
            ),
        ):
            lines = [line for line in amounts if line[:2] == (section, kind)]
            for line in lines:
                status = status_words(line[3], words)
                out.append(
                    [
                        line_name(line[2], words),
                        section_name,
                        kind_name,
                        status or "–",
                        *(Cell(_amount(amounts[line], column, words), number=True) for column in columns),
                    ]
                )
            counted = [line for line in lines if line[3] in ("", "acquired")]
            if counted:
                sums = [sum(amounts[line].get(column) or 0.0 for line in counted) for column in columns]
                out.append(
                    [
                        f"{total_name} ({section_name})",
                        section_name,
                        kind_name,
                        "–",
                        *(Cell(words.number(total, 2), number=True) for total in sums),
                    ]
                )
    headers = [
        words("Ligne", "Line"),
        words("Section", "Section"),
        words("Nature", "Kind"),
        words("Statut", "Status"),
    ]
    for exercise in exercises:
        for basis in bases:
            name = words("voté", "voted") if basis == "voted" else words("simulé", "simulated")
            headers.append(f"{exercise}, {name}")
    return Table(
        caption=words(f"Budget : {reading.label(scenario)}", f"Budget: {reading.label(scenario)}"),
        headers=tuple(headers),
        rows=out,
        note=words("En euros TTC.", "In euros, taxes included."),
    )


def _amount(amounts: dict[tuple[str, str], float | None], column: tuple[str, str], words: Words) -> str:
    """An amount to the cent; a dash where the line does not exist in that exercise or has no amount."""
    return words.number(amounts.get(column), 2)
