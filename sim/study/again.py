"""`python -m sim.study.again FOLDER SCENARIO REPLICATION`: one replication of a study again, alone.

A failed replication names this line; it shows the whole traceback, or the measures when all went well.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sim.problems import InputError, Problem, nearest

if TYPE_CHECKING:
    from sim.settings import StudySettings
    from sim.study.replicate import Model

__all__ = ["main"]

_MODELS = {
    "sizing": ("sim.study.sizing", "SizingStudy"),
    "sensitivity": ("sim.study.sensitivity", "SensitivityStudy"),
    "absence": ("sim.study.absence", "AbsenceStudy"),
}
_DRAWN = ("sim.study.drawn", "DrawnAssumptions")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; 0 done, 2 the input is wrong, 3 it failed again."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        folder, scenario, replication = _read(words)
        from sim.compose import load_settings

        settings = load_settings(f"settings={folder / 'settings.yaml'}")
        measures = _measures(settings, scenario, replication)
    except InputError as error:
        for problem in error.problems:
            print(problem.say("fr"), file=sys.stderr)
        return 2
    except Exception:  # noqa: BLE001 - showing it is what this is for
        traceback.print_exc()
        return 3
    for measure, value in measures.items():
        print(f"{measure} {value:.10g}")
    return 0


def _measures(settings: StudySettings, scenario: str, number: int) -> Mapping[str, float]:
    """The measures of one run; studies that number their runs in their own way run it by their model."""
    model = _DRAWN if settings.run.assumptions == "drawn" else _MODELS.get(settings.study.kind)
    if model is None:
        from sim.study.simulate import simulate

        return simulate(settings, number, scenario).measures
    module, name = model
    made: Model = getattr(import_module(module), name)()
    names = [one.scenario.name for one in settings.scenarios]
    if scenario not in names:
        expected = f"one of {', '.join(names)}"
        raise InputError(
            [
                Problem(
                    "SCENARIO",
                    scenario,
                    expected,
                    nearest(scenario, names),
                    f"un scénario parmi {', '.join(names)}",
                )
            ]
        )
    position = names.index(scenario)
    context = made.prepare(settings)
    world = made.draw(context, number)
    facts = made.run(context, position, world)
    made.check(context, position, world, facts)
    return made.measure(context, position, facts)[0]


def _read(words: Sequence[str]) -> tuple[Path, str, int]:
    usage = "FOLDER SCENARIO REPLICATION"
    if len(words) != 3:
        raise InputError(
            [
                Problem(
                    "command line",
                    " ".join(words) or "nothing",
                    usage,
                    None,
                    "DOSSIER SCÉNARIO NUMÉRO",
                    " ".join(words) or "rien",
                    "ligne de commande",
                )
            ]
        )
    folder = Path(words[0])
    if not (folder / "settings.yaml").is_file():
        raise InputError(
            [
                Problem(
                    "FOLDER",
                    words[0],
                    "a study folder, with its settings.yaml",
                    None,
                    "un dossier d'étude, avec son settings.yaml",
                    None,
                    "DOSSIER",
                )
            ]
        )
    if not words[2].isdecimal():
        raise InputError(
            [
                Problem(
                    "REPLICATION",
                    words[2],
                    "a whole number from 0",
                    None,
                    "un nombre entier à partir de 0",
                    None,
                    "NUMÉRO",
                )
            ]
        )
    return folder, words[1], int(words[2])


if __name__ == "__main__":
    sys.exit(main())
