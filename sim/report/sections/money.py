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
    exercises = sorted(rows["exercise"].astype(str).unique(), key=lambda e: (e[-4:], e))
    bases = [b for b in ("voted", "simulated") if b in set(rows["basis"])]
    out: list[list[Cell | str]] = []
    order = rows.drop_duplicates(["section", "kind", "line"])
    key = {"investment": 0, "operation": 1}
    order = order.assign(
        _s=order["section"].map(key), _k=order["kind"].map({"expense": 0, "income": 1})
    ).sort_values(["_s", "_k"], kind="stable")
    has_status = "status" in rows.columns
    for item in rows_of(order):
        match = rows[
            (rows["section"] == item.section) & (rows["kind"] == item.kind) & (rows["line"] == item.line)
        ]
        cells: list[Cell | str] = [
            line_name(str(item.line), words),
            words("investissement", "investment")
            if item.section == "investment"
            else words("fonctionnement", "operation"),
            words("dépense", "expense") if item.kind == "expense" else words("recette", "income"),
        ]
        for exercise in exercises:
            for basis in bases:
                cell = match[(match["exercise"] == exercise) & (match["basis"] == basis)]
                cells.append(Cell(_amount(cell, words, has_status=has_status), number=True))
        out.append(cells)
    headers = [words("Ligne", "Line"), words("Section", "Section"), words("Nature", "Kind")]
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


def _amount(cell: pd.DataFrame, words: Words, *, has_status: bool) -> str:
    if cell.empty:
        return "–"
    parts = []
    for row in cell.to_dict("records"):
        status = status_words(row.get("status"), words) if has_status else ""
        amount = number(row["amount"])
        if amount is None:
            parts.append(status or "–")
        elif status and str(row.get("status")) != "acquired":
            parts.append(f"{words.number(amount, 2)} ({status})")
        else:
            parts.append(words.number(amount, 2))
    return " + ".join(parts)
