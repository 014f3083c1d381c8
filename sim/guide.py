"""What `python -m sim --help` says: studies, scenarios and groups in plain words, read from `conf/`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from sim.where import conf_folder, config_groups, read_yaml

__all__ = ["help_text"]

Language = Literal["fr", "en"]

_WORDS: dict[str, dict[Language, str]] = {
    "usage": {
        "fr": "python -m sim [clé=valeur …]        compare 3 et 4 équipes, sauf demande contraire",
        "en": "python -m sim [key=value …]        compares 3 and 4 teams unless told otherwise",
    },
    "studies": {"fr": "Études (study=NOM)", "en": "Studies (study=NAME)"},
    "scenarios": {
        "fr": "Scénarios (study=single scenario=NOM)",
        "en": "Scenarios (study=single scenario=NAME)",
    },
    "groups": {"fr": "Groupes de paramètres (GROUPE=OPTION)", "en": "Groups of parameters (GROUP=OPTION)"},
    "common": {"fr": "Paramètres courants", "en": "Common parameters"},
    "flags": {"fr": "Options", "en": "Flags"},
    "examples": {"fr": "Exemples", "en": "Examples"},
    "default": {"fr": "par défaut", "en": "default"},
    "end": {
        "fr": "Chaque paramètre de conf/ se règle ainsi : fleet.vehicles=4. "
        "Sources et fourchettes : docs/assumptions.md. "
        "Codes de sortie : 0 terminé, 2 entrée incorrecte, 3 simulations en échec, 130 interrompu. "
        "In English: python -m sim --help run.language=en",
        "en": "Every parameter of conf/ is set like fleet.vehicles=4. "
        "Sources and ranges: docs/assumptions.md. "
        "Exit codes: 0 done, 2 wrong input, 3 failed simulations, 130 interrupted. "
        "En français : python -m sim --help",
    },
}
_COMMON: tuple[tuple[str, str, str], ...] = (
    ("run.replications=100", "nombre de simulations par scénario", "simulations of each scenario"),
    (
        "run.seed=82",
        "graine du hasard : la même donne les mêmes résultats",
        "seed: the same gives the same results",
    ),
    ("run.workers=2", "processus en parallèle (tous les cœurs sinon)", "parallel processes (else all cores)"),
    ("run.executor=processes", "serial, processes ou dask", "serial, processes or dask"),
    (
        "run.detail=[0]",
        "simulations dont les faits sont gardés : liste, all, none",
        "simulations that keep their facts: a list, all, none",
    ),
    ("run.horizon.start=2021-07-01", "premier jour simulé", "first day simulated"),
    ("run.horizon.end=2022-12-31", "dernier jour simulé", "last day simulated"),
    ("run.resume=DOSSIER", "termine une étude interrompue", "completes an interrupted study (a folder)"),
    ("run.language=en", "fr ou en", "fr or en"),
    ("territory=NOM", "territoire fourni, ou dossier", "a shipped territory, or a folder"),
    ("rounds.file=FICHIER", "tournées faites à la main", "hand-made rounds (a file)"),
    ("rounds.requirements=FICHIER", "salles, marchés, habitudes", "rooms, market days, habits (a file)"),
    ("outputs=outputs", "dossier des résultats", "folder of the results"),
    (
        "settings=FICHIER",
        "refait une étude depuis son settings.yaml",
        "runs a study again from its settings.yaml",
    ),
)
_FLAGS: tuple[tuple[str, str, str], ...] = (
    (
        "-m, --multirun",
        "une étude par combinaison : -m run.seed=1,2,3",
        "a study per combination: -m run.seed=1,2,3",
    ),
    ("--version", "version du programme", "version of the program"),
    ("-h, --help", "cette aide", "this help"),
)
_EXAMPLES = (
    "python -m sim",
    "python -m sim study=staffing run.replications=200",
    "python -m sim study=single scenario=relief_pair",
    "python -m sim study=absence absence.date=2021-10-04 absence.agents=[A3,A5]",
)
_WIDTH = 100
_STANDS_FOR = {"DOSSIER": "FOLDER", "NOM": "NAME", "FICHIER": "FILE"}


def help_text(language: Language) -> str:
    """The help, from the YAML of `conf/` alone: neither Hydra nor the model is loaded."""
    chosen = _chosen_options()
    groups = config_groups()
    lines = [_WORDS["usage"][language], ""]

    lines.append(_WORDS["studies"][language])
    for name in _first(groups["study"], chosen["study"]):
        values = read_yaml(conf_folder() / "study" / f"{name}.yaml")
        mark = f" ({_WORDS['default'][language]})" if name == chosen["study"] else ""
        lines += _entry(name, values[f"question_{language}"] + mark)

    lines += ["", _WORDS["scenarios"][language]]
    for name in _first(groups["scenario"], "reference"):
        lines += _entry(name, read_yaml(conf_folder() / "scenario" / f"{name}.yaml")[f"label_{language}"])

    lines += ["", _WORDS["groups"][language]]
    for group, options in groups.items():
        if group not in {"study", "scenario"}:
            shown = [
                f"{name} ({_WORDS['default'][language]})"
                if name == chosen[group] and len(options) > 1
                else name
                for name in options
            ]
            lines += _entry(group, ", ".join(shown))

    for title, rows in (("common", _COMMON), ("flags", _FLAGS)):
        lines += ["", _WORDS[title][language]]
        for name, french, english in rows:
            known = name if language == "fr" else _in_english(name)
            lines += _entry(known, french if language == "fr" else english)
    lines += ["", _WORDS["examples"][language], *(f"  {example}" for example in _EXAMPLES)]
    lines += ["", *textwrap.wrap(_WORDS["end"][language], _WIDTH)]
    return "\n".join(lines)


def _in_english(name: str) -> str:
    """A parameter with the word that stands for its value in English."""
    key, sign, value = name.partition("=")
    return f"{key}{sign}{_STANDS_FOR.get(value, value)}"


def _chosen_options() -> dict[str, str]:
    defaults = read_yaml(_config())["defaults"]
    return {group: option for item in defaults if isinstance(item, dict) for group, option in item.items()}


def _config() -> Path:
    return conf_folder() / "config.yaml"


def _first(names: tuple[str, ...], head: str) -> Iterator[str]:
    yield head
    yield from (name for name in names if name != head)


def _entry(name: str, text: str) -> list[str]:
    column = 32
    wrapped = textwrap.wrap(text, _WIDTH - column) or [""]
    head = f"  {name:<{column - 2}}" if len(name) < column - 2 else f"  {name} "
    return [head + wrapped[0], *(" " * column + line for line in wrapped[1:])]
