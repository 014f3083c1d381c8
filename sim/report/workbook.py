"""`summary.xlsx` for the finance office: budget by exercise, measures, differences, assumptions.

Numbers are numbers with their format; texts are texts even when they begin like a formula. A study with
tables of its own (designs, assumptions moved, an absence, a calibration) has them as sheets. The same
folder gives the same bytes.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from sim.report.frames import has, number, rows_of
from sim.report.reading import Reading
from sim.report.sections.money import budget_rows, line_name, status_words
from sim.report.sentences import not_calibrated, verdict_words
from sim.report.words import Words, typographic
from sim.report.workbook_columns import shown_table

__all__ = ["workbook"]

_EUROS = '#,##0.00\\ "€"'
_HEAD = PatternFill("solid", fgColor="1B2430")
_TOTAL = Font(bold=True)
_NAME = Alignment(wrap_text=True, vertical="top")
# Characters that an A4 page in landscape shows at a size one can read.
_PAGE_WIDTH = 220


def workbook(reading: Reading) -> bytes:
    """The workbook of a study, in the language of the reading."""
    words = reading.words
    book = Workbook()
    book.remove(book.active)
    _about(book.create_sheet(words("Lisez-moi", "Read me")), reading)
    if len(reading.folder.table("budget")):
        _budget(book.create_sheet("Budget"), reading)
    if reading.summary:
        _measures(book.create_sheet(words("Mesures", "Measures")), reading)
    if reading.comparison:
        _gaps(book.create_sheet(words("Écarts", "Differences")), reading)
    for name, (fr, en) in _OWN.items():
        if len(table := reading.folder.table(name)):
            _table(book.create_sheet(words(fr, en)), *shown_table(table, reading))
    if len(reading.folder.table("assumptions")):
        _assumptions(book.create_sheet(words("Hypothèses", "Assumptions")), reading)
    book.properties.title = reading.folder.name
    content = io.BytesIO()
    book.save(content)
    return _without_clock(content.getvalue())


# Tables of studies that have their own: the name of their sheet in French and English.
_OWN = {
    "designs": ("Organisations", "Designs"),
    "layers": ("Hasard et hypothèses", "Chance and assumptions"),
    "flips": ("Renversements", "Flips"),
    "tornado": ("Hypothèse par hypothèse", "One by one"),
    "sobol": ("Parts de la variation", "Shares of variation"),
    "crews": ("Passages du jour", "Passages of the day"),
    "absence_effects": ("Absence longue", "Long absence"),
    "calibration": ("Cibles", "Targets"),
}


def _table(sheet: Worksheet, names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table of the folder, its columns named for people."""
    _head(sheet, names, [46.0, *([18.0] * (len(names) - 1))])
    for row, values in enumerate(rows, start=2):
        _row(sheet, row, values, ["#,##0.##" if isinstance(value, float) else None for value in values])


def _without_clock(content: bytes) -> bytes:
    """The same workbook without the moment it was written."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(out, "w") as made:
        for name in given.namelist():
            data = given.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"<dcterms:(created|modified)\b.*?</dcterms:\1>", b"", data)
            made.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _put(cell: Cell, value: object, form: str | None = None) -> None:
    """Write a value: a number with its format, or a text that never runs as a formula."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        cell.value = value
        if form:
            cell.number_format = form
        return
    text = "" if value is None else typographic("".join(c for c in str(value) if c >= " " or c == "\n"))
    cell.value = text
    if text:
        cell.data_type = "s"
        if text[0] in "=+-@\t":
            cell.quotePrefix = True


def _head(sheet: Worksheet, names: Sequence[str], widths: Sequence[float], named: int = 1) -> None:
    """The head of a table, frozen with the first `named` columns, which say what a row is, also on paper."""
    for column, (name, width) in enumerate(zip(names, widths, strict=True), start=1):
        cell = sheet.cell(row=1, column=column)
        _put(cell, name)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = _HEAD
        cell.alignment = _NAME
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = sheet.cell(row=2, column=named + 1)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(names))}1"
    sheet.print_title_rows = "1:1"
    sheet.print_title_cols = f"A:{get_column_letter(named)}"
    _on_paper(sheet, math.ceil(sum(widths) / _PAGE_WIDTH))


def _on_paper(sheet: Worksheet, pages_wide: int) -> None:
    """A4 landscape, as many pages wide as stay legible, numbered, under the name of the sheet."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth = pages_wide
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.oddHeader.left.text = "&A"
    sheet.oddFooter.right.text = "&P / &N"


def _row(sheet: Worksheet, row: int, values: Sequence[object], forms: Sequence[str | None]) -> None:
    for column, (value, form) in enumerate(zip(values, forms, strict=True), start=1):
        _put(sheet.cell(row=row, column=column), value, form)
    sheet.cell(row=row, column=1).alignment = _NAME


def _form(unit: str, decimals: int) -> str:
    if unit.startswith("euros"):
        return _EUROS
    return "#,##0" + ("." + "0" * decimals if decimals else "")


def _about(sheet: Worksheet, reading: Reading) -> None:
    words, folder = reading.words, reading.folder
    horizon = folder.horizon
    lines = [
        words(str(folder.setting("study.question_fr") or ""), str(folder.setting("study.question_en") or "")),
        words(
            "Chiffres issus d'une simulation, pas de relevés.", "Figures from a simulation, not from records."
        )
        + f" {not_calibrated(words)}",
        words(
            f"Simulation du {words.day(horizon[0])} au {words.day(horizon[1])}.",
            f"Simulation from {words.day(horizon[0])} to {words.day(horizon[1])}.",
        )
        if horizon
        else "",
        words(
            "Budget : montants TTC ; « voté » : lignes de la délibération, ramenées aux unités du scénario ; "
            "« simulé » : le carburant est celui des kilomètres simulés. Une case vide : non budgété.",
            "Budget: taxes included; “voted”: lines of the deliberation, scaled to the scenario's units; "
            "“simulated”: fuel is that of the kilometres simulated. An empty cell: not budgeted.",
        ),
    ]
    for row, line in enumerate(lines, start=1):
        cell = sheet.cell(row=row, column=1)
        _put(cell, line)
        cell.alignment = _NAME
    _on_paper(sheet, 1)
    sheet.cell(row=1, column=1).font = Font(bold=True, size=14)
    sheet.column_dimensions["A"].width = 100


def _budget(sheet: Worksheet, reading: Reading) -> None:
    words = reading.words
    made = budget_rows(reading.folder.table("budget"))
    columns = made.columns
    _head(
        sheet,
        [
            words("Scénario", "Scenario"),
            words("Ligne", "Line"),
            words("Section", "Section"),
            words("Nature", "Kind"),
            words("Statut", "Status"),
            *(f"{exercise}, {basis_name(basis, words)}" for exercise, basis in columns),
        ],
        [26, 32, 16, 11, 13, *([16.0] * len(columns))],
        named=2,
    )
    row = 2
    for scenario in reading.scenarios:
        for line in made.lines.get(scenario.name, ()):
            kind = words("dépense", "expense") if line.kind == "expense" else words("recette", "income")
            section = (
                words("investissement", "investment")
                if line.section == "investment"
                else words("fonctionnement", "operation")
            )
            name = line_name(line.line, words) if line.line else words("Total", "Total")
            values = [reading.label(scenario.name), name, section, kind, status_words(line.status, words)]
            _row(
                sheet,
                row,
                [*values, *(line.amounts.get(column) for column in columns)],
                [None] * 5 + [_EUROS] * len(columns),
            )
            if not line.line:
                for column in range(1, 6 + len(columns)):
                    sheet.cell(row=row, column=column).font = _TOTAL
            row += 1


def basis_name(basis: str, words: Words) -> str:
    """A basis of the budget in words."""
    return words("voté", "voted") if basis == "voted" else words("simulé", "simulated")


def _measures(sheet: Worksheet, reading: Reading) -> None:
    words = reading.words
    _head(
        sheet,
        [
            words("Mesure", "Measure"),
            words("Scénario", "Scenario"),
            words("Unité", "Unit"),
            words("Moyenne", "Mean"),
            words("Intervalle à 95 %, bas", "95% interval, low"),
            words("Intervalle à 95 %, haut", "95% interval, high"),
            words("Écart type", "Standard deviation"),
            words("Simulations", "Simulations"),
        ],
        [44, 28, 22, 16, 16, 16, 16, 12],
        named=2,
    )
    order = {scenario.name: i for i, scenario in enumerate(reading.scenarios)}
    row = 2
    measures = list(dict.fromkeys(measure for _, measure in reading.summary))
    for ident in measures:
        measure = reading.measure(ident)
        form = _form(measure.unit, measure.decimals)
        for name in order:
            found = reading.summary.get((name, ident))
            if found is None:
                continue
            values = [number(found.get(c)) for c in ("mean", "ci95_low", "ci95_high", "sd")]
            texts = [measure.label(words), reading.label(name), measure.level_unit(words)]
            _row(sheet, row, [*texts, *values, number(found.get("n"))], [None] * 3 + [form] * 4 + ["0"])
            row += 1


def _gaps(sheet: Worksheet, reading: Reading) -> None:
    words = reading.words
    _head(
        sheet,
        [
            words("Mesure", "Measure"),
            words("Scénario", "Scenario"),
            words("Unité", "Unit"),
            words("Écart avec la référence", "Difference from the reference"),
            words("Intervalle qui décide, bas", "Interval that decides, low"),
            words("Intervalle qui décide, haut", "Interval that decides, high"),
            words("Intervalle de cette comparaison seule, bas", "Interval of this comparison alone, low"),
            words("Intervalle de cette comparaison seule, haut", "Interval of this comparison alone, high"),
            words("Seuil utile", "Practical threshold"),
            words("Fait mieux, simulations sur 100", "Does better, simulations in 100"),
            words("Ce qu'on peut en dire", "What can be said"),
        ],
        [44, 28, 22, 16, 16, 16, 18, 18, 14, 16, 36],
        named=2,
    )
    row = 2
    for ident in dict.fromkeys(measure for _, measure in reading.comparison):
        for scenario in reading.scenarios[1:]:
            gap = reading.difference(scenario.name, ident)
            if gap is None:
                continue
            form = _form(gap.measure.unit, gap.measure.decimals)
            better = None if gap.share_better is None else 100 * gap.share_better
            _row(
                sheet,
                row,
                [
                    gap.measure.label(words),
                    reading.label(scenario.name),
                    gap.measure.change_unit(words),
                    gap.difference,
                    gap.ci_sim_low,
                    gap.ci_sim_high,
                    gap.ci95_low,
                    gap.ci95_high,
                    gap.threshold,
                    better,
                    verdict_words(gap, words) if gap.verdict else "",
                ],
                [None, None, None, form, form, form, form, form, form, "0", None],
            )
            row += 1


def _assumptions(sheet: Worksheet, reading: Reading) -> None:
    words = reading.words
    _head(
        sheet,
        [
            words("Hypothèse", "Assumption"),
            words("Valeur", "Value"),
            words("Unité", "Unit"),
            words("Bas", "Low"),
            words("Haut", "High"),
            words("Confiance", "Confidence"),
            words("Source", "Source"),
            words("Paramètre", "Parameter"),
        ],
        [50, 14, 22, 12, 12, 12, 60, 44],
    )
    table = reading.folder.table("assumptions")
    if not has(table, "path", "value"):
        return
    for row, item in enumerate(rows_of(table), start=2):
        label = getattr(item, words("label_fr", "label_en"), item.path)
        unit = getattr(item, words("unit", "unit_en"), getattr(item, "unit", ""))
        plain = number(item.value)
        values = [
            label,
            plain if plain is not None else item.value,
            unit if isinstance(unit, str) else "",
            number(getattr(item, "low", None)),
            number(getattr(item, "high", None)),
            getattr(item, "confidence", ""),
            getattr(item, "source", ""),
            item.path,
        ]
        _row(sheet, row, values, [None] * 8)
