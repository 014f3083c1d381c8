"""Writes the report of a study folder: the page, figures, workbook, and PDF with a browser."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

from sim.problems import InputError, Problem
from sim.report.fiche import write_fiches
from sim.report.files import put_bytes, put_text, write_figures
from sim.report.folder import StudyFolder
from sim.report.page import build_page, sections_of
from sim.report.printing import NO_BROWSER, BrowserError, Chromium, Figure, find_browser
from sim.report.reading import Reading
from sim.report.sections.others import others_section
from sim.report.words import LANGUAGES, Language, Words
from sim.report.workbook import workbook

__all__ = ["write"]


def write(folders: list[Path], language: Language, *, images: bool) -> Path:
    """Write the report of the first folder and return the page's path."""
    if not folders:
        raise InputError(
            [
                Problem(
                    "FOLDER",
                    "nothing",
                    "at least one study folder",
                    None,
                    "au moins un dossier d'étude",
                    "rien",
                    "DOSSIER",
                )
            ]
        )
    studies = [StudyFolder(Path(folder)) for folder in folders]
    for study in studies:
        study.check()
    path = studies[0].path
    program = find_browser() if images else None
    with Chromium(program) if program else nullcontext() as browser, ThreadPoolExecutor(1) as beside:
        order = sorted(LANGUAGES, key=lambda one: one != language)
        readings = [Reading(studies[0], Words(one), tuple(studies[1:])) for one in order]
        parts = []
        for reading in readings:
            others = others_section([reading, *(Reading(study, reading.words) for study in studies[1:])])
            sections = sections_of(reading)
            parts.append((sections[0], others, *sections[1:]) if others else sections)
        page = build_page(readings, parts)
        put_text(path / "report.html", page)
        figures = write_figures(path / "figures", parts[0], language)
        drawing = beside.submit(_images, browser, path, page, figures) if images else None
        put_bytes(path / "summary.xlsx", workbook(readings[0]))
        write_fiches(path)
        if drawing:
            drawing.result()
    return path / "report.html"


def _images(browser: Chromium | None, path: Path, page: str, figures: dict[str, Figure]) -> None:
    note = path / "figures" / "NO_BROWSER.txt"
    if browser is None:
        put_text(note, NO_BROWSER)
        return
    try:
        report = browser.pdf(page)
        for name, png, pdf in browser.pictures(figures):
            put_bytes(path / "figures" / f"{name}.png", png)
            put_bytes(path / "figures" / f"{name}.pdf", pdf)
        put_bytes(path / "report.pdf", report())
    except BrowserError as error:
        put_text(note, f"{error}\n\n{NO_BROWSER}")
    else:
        note.unlink(missing_ok=True)
