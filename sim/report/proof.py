"""Whether a study folder is finished and still holds what its manifest says, before it is reported."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sim.problems import InputError, Problem
from sim.study.store import resume_line

__all__ = ["OF_THE_REPORT", "check_folders"]

# A report writes these itself: they may differ from the manifest, whose study wrote them first.
OF_THE_REPORT = ("report.html", "report.pdf", "summary.xlsx", "figures/", "calendar/fiches/")
_SHOWN = 6


def check_folders(folders: Iterable[Path]) -> None:
    """Refuse folders that are missing, unfinished, or changed since their study ended.

    Raises
    ------
    sim.problems.InputError
        With every such folder, and the line that makes it whole again.
    """
    problems = [problem for folder in folders for problem in _problems(folder)]
    if problems:
        raise InputError(problems)


def _problems(folder: Path) -> list[Problem]:
    if not folder.is_dir():
        return [
            Problem(
                str(folder),
                "no such folder",
                "a study folder, such as outputs/<study>/<date>",
                None,
                "un dossier d'étude, tel que outputs/<étude>/<date>",
                "rien à cet endroit",
            )
        ]
    resume = resume_line(str(folder))
    begun = (folder / "settings.yaml").is_file()
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        proofs = {str(entry["name"]): str(entry["sha256"]) for entry in manifest["files"]}
    except FileNotFoundError:
        return [_unfinished(folder, resume) if begun else _no_study(folder)]
    except (OSError, ValueError, KeyError, TypeError):
        return [
            Problem(
                str(folder / "manifest.json"),
                "an unreadable file",
                f"the manifest of the study; to make it again: {resume}",
                None,
                f"le manifeste de l'étude ; pour le refaire : {resume}",
                "un fichier illisible",
            )
        ]
    wrong = {
        name: state
        for name, proof in proofs.items()
        if not name.startswith(OF_THE_REPORT) and (state := _state(folder / name, proof))
    }
    if not wrong:
        return []
    # Without its settings a study cannot be resumed: it is run anew.
    line = _anew(manifest) if "settings.yaml" in wrong else _resumed(manifest, resume)
    named = list(wrong.items())[:_SHOWN]
    more = len(wrong) - len(named)
    english = ", ".join(f"{name} ({_ENGLISH[state]})" for name, state in named)
    french = ", ".join(f"{name} ({state})" for name, state in named)
    return [
        Problem(
            str(folder),
            english + (f" and {more} more files" if more else ""),
            f"the files as the study wrote them; to make them again: {line}",
            None,
            f"les fichiers tels que l'étude les a écrits ; pour les refaire : {line}",
            french + (f" et {more} autre{'s' if more > 1 else ''}" if more else ""),
        )
    ]


_ENGLISH = {"absent": "missing", "illisible": "unreadable", "changé": "changed"}


def _state(path: Path, proof: str) -> str:
    try:
        with path.open("rb") as file:
            return "" if hashlib.file_digest(file, "sha256").hexdigest() == proof else "changé"
    except FileNotFoundError:
        return "absent"
    except OSError:
        return "illisible"


def _anew(manifest: dict[str, Any]) -> str:
    return str(manifest.get("command_line") or "python -m sim")


def _resumed(manifest: dict[str, Any], resume: str) -> str:
    """A calibration is one computation: it is made anew rather than resumed."""
    return _anew(manifest) if manifest.get("study") == "calibration" else resume


def _unfinished(folder: Path, resume: str) -> Problem:
    return Problem(
        str(folder),
        "a study that is not finished (no manifest.json)",
        f"a finished study; to finish it: {resume}",
        None,
        f"une étude finie ; pour la finir : {resume}",
        "une étude qui n'est pas finie (manifest.json n'y est pas)",
    )


def _no_study(folder: Path) -> Problem:
    return Problem(
        str(folder),
        "no study: neither settings.yaml nor manifest.json",
        "a study folder, such as outputs/<study>/<date>, with its summary.csv",
        None,
        "un dossier d'étude, tel que outputs/<étude>/<date>, avec son summary.csv",
        "ni settings.yaml ni manifest.json : ce n'est pas une étude",
    )
