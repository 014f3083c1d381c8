"""Writes the report of a study folder: the page and its figures, each under a temporary name and renamed."""

from __future__ import annotations

import os
from pathlib import Path

from sim.problems import InputError, Problem
from sim.report.folder import StudyFolder
from sim.report.page import build_page
from sim.report.words import Language

__all__ = ["write"]


def write(folders: list[Path], language: Language) -> Path:
    """Write the report of the first folder and return the page's path."""
    if not folders:
        raise InputError([Problem("FOLDER", "nothing", "at least one study folder")])
    studies = [StudyFolder(Path(folder)) for folder in folders]
    for study in studies:
        study.check()
    page = studies[0].path / "report.html"
    put(page, build_page(studies[0], language))
    return page


def put(path: Path, text: str) -> None:
    """Write a text file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    os.replace(temporary, path)  # noqa: PTH105 - atomic on every system
