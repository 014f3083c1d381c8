"""Money: net yearly cost, and the budget line by line and by exercise with the status of income."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sim.report import figures
from sim.report.frames import has, number, rows_of
from sim.report.reading import COST, Reading
from sim.report.sentences import rounded_apart
from sim.report.view import Block, Cell, Heading, Paragraph, Picture, Plot, Section, Table
from sim.report.words import Words

__all__ = ["BudgetRow", "BudgetRows", "budget_rows", "budget_section", "line_name", "status_words"]

_LINES = {
    "vehicles": ("Véhicules", "Vehicles"),
    "livery": ("Flocage des véhicules", "Vehicle livery"),
    "it": ("Équipement informatique", "IT equipment"),
    "smartphones": ("Smartphones", "Mobile phones"),
    "office": ("Équipement bureautique", "Office equipment"),
    "state_investment": ("État, investissement", "State, investment"),
    "self_financing": ("Autofinancement du Département", "Self-financed by the Département"),
    "pay": ("Salaires et charges", "Pay and contributions"),
    "fuel": ("Carburant (essence)", "Fuel (petrol)"),
    "publicity": ("Publicité et publication", "Publicity and publication"),
    "telecoms": ("Frais de télécommunications", "Telecoms"),
    "label_grant": ("FNADT, label France Services", "FNADT, France Services label"),
    "fnadt": ("FNADT, label France Services", "FNADT, France Services label"),
    "cui": ("Subvention CUI", "CUI grant"),
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
        parts = words(" ; ", "; ").join(
            words(f"{reading.label(s.name)} : {words.euros(c)}", f"{reading.label(s.name)}: {words.euros(c)}")
            for s, c in known
        )
        apart = any(
            (gap := reading.difference(s.name, COST)) is not None
            and rounded_apart(known[0][1], c, gap.difference, measure.decimals)
            for s, c in known[1:]
        )
        before_rounding = words(
            " Les écarts donnés dans cette page sont calculés avant arrondi.",
            " The differences given on this page are worked out before rounding.",
        )
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
                )
                + (before_rounding if apart else ""),
            )
        )
    made = budget_rows(reading.folder.table("budget"))
    if made.lines:
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
            lines = _budget_table(reading, made, scenario.name)
            if lines:
                blocks.append(lines)
    if not blocks:
        return None
    return Section("budget", words("Ce que cela coûte", "What it costs"), tuple(blocks))


_MONEY_MEASURES = ("investment", "yearly_operation", "yearly_income", COST, "cost_per_person_served")


@dataclass(frozen=True)
class BudgetRow:
    """One line of a scenario's budget, or a total where `line` is empty; amounts by exercise and basis."""

    section: str
    kind: str
    line: str
    status: str
    amounts: dict[tuple[str, str], float | None]


@dataclass(frozen=True)
class BudgetRows:
    """The budget of every scenario: its columns (exercise, basis) and its lines with their totals."""

    columns: tuple[tuple[str, str], ...]
    lines: dict[str, tuple[BudgetRow, ...]]


def budget_rows(table: pd.DataFrame) -> BudgetRows:
    """budget.csv as lines by scenario, investment first, expenses first, a total after each group.

    The total of income is of what is acquired.
    """
    if not has(table, "scenario", "basis", "exercise", "section", "line", "kind", "amount"):
        return BudgetRows((), {})
    found: dict[str, dict[tuple[str, str, str, str], dict[tuple[str, str], float | None]]] = {}
    for row in rows_of(table):
        status = getattr(row, "status", None)
        line = (str(row.section), str(row.kind), str(row.line), status if isinstance(status, str) else "")
        amounts = found.setdefault(str(row.scenario), {}).setdefault(line, {})
        amounts[str(row.exercise), str(row.basis)] = number(row.amount)
    exercises = sorted({str(e) for e in table["exercise"]}, key=lambda e: (e[-4:], e))
    bases = [b for b in ("voted", "simulated") if b in set(table["basis"])]
    columns = tuple((exercise, basis) for exercise in exercises for basis in bases)
    lines: dict[str, tuple[BudgetRow, ...]] = {}
    for scenario, of in found.items():
        rows: list[BudgetRow] = []
        for section in ("investment", "operation"):
            for kind in ("expense", "income"):
                group = [
                    BudgetRow(*key, amounts) for key, amounts in of.items() if key[:2] == (section, kind)
                ]
                counted = [row for row in group if row.status in ("", "acquired")]
                totals = {c: sum(row.amounts.get(c) or 0.0 for row in counted) for c in columns}
                rows += group
                if counted:
                    rows.append(BudgetRow(section, kind, "", "", {**totals}))
        lines[scenario] = tuple(rows)
    return BudgetRows(columns, lines)


def _budget_table(reading: Reading, made: BudgetRows, scenario: str) -> Table | None:
    words = reading.words
    lines = made.lines.get(scenario)
    if not lines:
        return None
    out: list[list[Cell | str]] = []
    for line in lines:
        section = (
            words("investissement", "investment")
            if line.section == "investment"
            else words("fonctionnement", "operation")
        )
        expense = line.kind == "expense"
        total = (
            words("Total des dépenses", "Total of expenses")
            if expense
            else words("Total des recettes acquises", "Total of income acquired")
        )
        out.append(
            [
                line_name(line.line, words) if line.line else f"{total} ({section})",
                section,
                words("dépense", "expense") if expense else words("recette", "income"),
                status_words(line.status, words) or "–",
                *(Cell(words.number(line.amounts.get(column), 2), number=True) for column in made.columns),
            ]
        )
    headers = [words("Ligne", "Line"), "Section", words("Nature", "Kind"), words("Statut", "Status")]
    for exercise, basis in made.columns:
        name = words("voté", "voted") if basis == "voted" else words("simulé", "simulated")
        headers.append(f"{exercise}, {name}")
    return Table(
        caption=words(f"Budget : {reading.label(scenario)}", f"Budget: {reading.label(scenario)}"),
        headers=tuple(headers),
        rows=out,
        note=words("En euros TTC.", "In euros, taxes included."),
    )
