"""`python -m sim.report.fiche_main FOLDER [DATE]`: the fiches of a study again, with dates from DATE on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sim.problems import InputError, Problem
from sim.report.fiche import write_fiches

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write them; 0 done, 2 the input is wrong."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        folder, since = _read(words)
        paths = write_fiches(folder, since)
    except InputError as error:
        for problem in error.problems:
            print(problem.say("fr"), file=sys.stderr)
        return 2
    print(f"{len(paths)} : {paths[-1]}" if paths else "0")
    return 0


def _read(words: Sequence[str]) -> tuple[Path, date | None]:
    if len(words) not in (1, 2):
        raise InputError(
            [
                Problem(
                    "command line",
                    " ".join(words) or "rien",
                    "FOLDER [DATE]",
                    expected_fr="un dossier d'étude, puis une date si l'on veut : FOLDER [DATE]",
                )
            ]
        )
    try:
        since = date.fromisoformat(words[1]) if len(words) == 2 else None
    except ValueError as error:
        raise InputError(
            [
                Problem(
                    "DATE", words[1], "a date such as 2021-09-01", expected_fr="une date telle que 2021-09-01"
                )
            ]
        ) from error
    return Path(words[0]), since


if __name__ == "__main__":
    sys.exit(main())
