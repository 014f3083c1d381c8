"""The report a council reads, built from study folders alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.report.words import Language

__all__ = ["write_report"]


def write_report(folders: list[Path], language: Language = "fr", *, images: bool = True) -> Path:
    """Write `report.html` and `figures/` in the first folder, from the files of all of them.

    Parameters
    ----------
    folders
        Study folders, the first being the one reported; the others are compared with it.
    language
        The language shown first.
    images
        Also `report.pdf` and figures as PNG and PDF where a browser is present; otherwise
        `figures/NO_BROWSER.txt` says how to get one.

    Raises
    ------
    sim.problems.InputError
        When a folder holds no study.
    """
    from sim.report.write import write

    return write(folders, language, images=images)
