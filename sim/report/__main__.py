"""`python -m sim.report FOLDER…`: the report again, from study folders alone."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from sim.problems import InputError, Problem
from sim.report import write_report
from sim.report.proof import check_folders

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Build the report; 0 when written, 2 when a folder is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m sim.report",
        description=(
            "Refait le rapport depuis des dossiers d'étude, sans simuler. "
            "Builds the report again from study folders, without simulating."
        ),
    )
    parser.add_argument(
        "folders", nargs="*", type=Path, metavar="FOLDER", help="study folder: outputs/<study>/<date>"
    )
    parser.add_argument(
        "--language", choices=("fr", "en"), default="fr", help="language shown first (default: fr)"
    )
    parser.add_argument(
        "--no-images",
        action="store_true",
        help="do not start a browser for report.pdf and PNG, PDF of figures",
    )
    given = parser.parse_args(arguments)
    try:
        check_folders(given.folders)
        page = write_report(given.folders, given.language, images=not given.no_images)
    except InputError as error:
        return _refused(error.problems, given.language)
    except OSError as error:
        return _refused([_unwritten(error, given.folders[0])], given.language)
    print(page)
    return 0


def _refused(problems: Iterable[Problem], language: str) -> int:
    """Say what is wrong."""
    french = language == "fr"
    print("Le rapport n'a pas été refait." if french else "The report was not built.", file=sys.stderr)
    for problem in problems:
        print(f"  - {problem.say(language)}", file=sys.stderr)
    return 2


def _unwritten(error: OSError, folder: Path) -> Problem:
    from sim.study.store import reason_of

    english, french = reason_of(error)
    return Problem(
        str(folder),
        f"a file that cannot be read or written: {english}",
        "room on the disk and the right to write there; then the same line again",
        None,
        "de la place et le droit d'écrire à cet endroit ; puis la même ligne",
        f"un fichier que l'on ne peut ni lire ni écrire : {french}",
    )


if __name__ == "__main__":
    sys.exit(main())
