"""`python -m sim.report FOLDER…`: the report again, from study folders alone."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sim.problems import InputError
from sim.report import write_report

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
        "folders", nargs="+", type=Path, metavar="FOLDER", help="study folder: outputs/<study>/<date>"
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
        page = write_report(given.folders, given.language, images=not given.no_images)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
