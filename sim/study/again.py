"""`python -m sim.study.again FOLDER SCENARIO REPLICATION`: one replication of a study again, alone.

A failed replication names this line; it shows the whole traceback, or the measures when all went well.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from sim.problems import InputError, Problem

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; 0 done, 2 the input is wrong, 3 it failed again."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        folder, scenario, replication = _read(words)
        from sim.compose import load_settings
        from sim.study.simulate import simulate

        settings = load_settings(f"settings={folder / 'settings.yaml'}")
        result = simulate(settings, replication, scenario)
    except InputError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return 2
    except Exception:  # noqa: BLE001 - showing it is what this is for
        traceback.print_exc()
        return 3
    for measure, value in result.measures.items():
        print(f"{measure} {value:.10g}")
    return 0


def _read(words: Sequence[str]) -> tuple[Path, str, int]:
    usage = "FOLDER SCENARIO REPLICATION"
    if len(words) != 3:
        raise InputError([Problem("command line", " ".join(words) or "nothing", usage)])
    folder = Path(words[0])
    if not (folder / "settings.yaml").is_file():
        raise InputError([Problem("FOLDER", words[0], "a study folder, with its settings.yaml")])
    if not words[2].isdecimal():
        raise InputError([Problem("REPLICATION", words[2], "a whole number from 0")])
    return folder, words[1], int(words[2])


if __name__ == "__main__":
    sys.exit(main())
