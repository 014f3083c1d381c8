"""Writes the report of a study folder: the page, figures, workbook, and PDF with a browser."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

from sim.problems import InputError, Problem
from sim.report.fiche import write_fiches
from sim.report.files import put_bytes, put_text, write_figures
from sim.report.folder import StudyFolder
from sim.report.page import build_page, build_paper, sections_of
from sim.report.printing import NO_BROWSER, BrowserError, Chromium, Figure, find_browser
from sim.report.reading import Reading
from sim.report.sections.others import others_section
from sim.report.view import Section
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
        # The browser prints the first language while the second is being written.
        parts = [_sections(readings[0], studies)]
        printed = beside.submit(browser.pdf, build_paper(readings[0], parts[0])) if browser else None
        figures = write_figures(path / "figures", parts[0], language)
        drawn = beside.submit(_images, browser, path, printed, figures) if images else None
        parts += [_sections(reading, studies) for reading in readings[1:]]
        put_text(path / "report.html", build_page(readings, parts))
        put_bytes(path / "summary.xlsx", workbook(readings[0]))
        write_fiches(path)
        if drawn:
            drawn.result()
    return path / "report.html"


def _sections(reading: Reading, studies: list[StudyFolder]) -> tuple[Section, ...]:
    others = others_section([reading, *(Reading(study, reading.words) for study in studies[1:])])
    sections = sections_of(reading)
    return (sections[0], others, *sections[1:]) if others else sections


def _images(
    browser: Chromium | None,
    path: Path,
    printed: Future[Callable[[], bytes]] | None,
    figures: dict[str, Figure],
) -> None:
    note = path / "figures" / "NO_BROWSER.txt"
    if browser is None or printed is None:
        put_text(note, NO_BROWSER)
        return
    try:
        report = printed.result()
        for name, png, pdf in browser.pictures(figures):
            put_bytes(path / "figures" / f"{name}.png", png)
            put_bytes(path / "figures" / f"{name}.pdf", pdf)
        put_bytes(path / "report.pdf", report())
    except BrowserError as error:
        put_text(note, f"{error}\n\n{NO_BROWSER}")
    else:
        note.unlink(missing_ok=True)
