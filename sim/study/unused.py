"""What was asked for and changes nothing in this kind of study, said rather than passed over in silence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sim.settings import Run, StudySettings

__all__ = ["USED", "unused"]

_EVERYWHERE = frozenset({"language"})
_FOLDER = frozenset({"seed", "replications", "workers", "executor", "horizon", "resume", "dask"})
USED: Mapping[str, frozenset[str]] = {
    "comparison": frozenset(Run.model_fields),
    "single": frozenset(Run.model_fields),
    "sizing": _EVERYWHERE | _FOLDER,
    "sensitivity": _EVERYWHERE | _FOLDER,
    "absence": _EVERYWHERE | _FOLDER,
    "calibration": _EVERYWHERE,
}
"""The keys of `run` that each kind of study reads. A study that cannot do what a value asks refuses it
(`sim/checks.py`); one that has no use for it says so here."""

_WHY: Mapping[str, tuple[str, str]] = {
    "detail": ("cette étude ne garde pas le détail des simulations", "this study keeps no facts"),
    "precision": (
        "cette étude fixe elle-même ses nombres de simulations",
        "this study sets its own numbers of replications",
    ),
    "assumptions": ("cette étude ne tire pas les hypothèses au sort", "this study does not draw assumptions"),
}
_FITS = ("un calage ne simule rien", "a calibration simulates nothing")
_KINDS = ("sizing", "sensitivity", "absence")


def unused(study: StudySettings) -> list[tuple[str, str]]:
    """A sentence in French and English for each parameter that was typed and is not read.

    Groups of files (`run=quick`) set all keys at once and are not typed key by key: only single parameters
    are looked at, and what a settings file holds besides is what every study's file holds.
    """
    said: dict[tuple[str, str], None] = {}
    for key in _typed(study):
        why = _why(study, key)
        if why is not None:
            said[f"{key} est sans effet : {why[0]}.", f"{key} has no effect: {why[1]}."] = None
    return list(said)


def _typed(study: StudySettings) -> Iterator[str]:
    """The dotted path of each parameter of the words, those of `group={…}` included."""
    for word in study.overrides:
        key, _, value = word.partition("=")
        key = key.lstrip("+")
        if value.startswith("{"):
            yield from (f"{key}.{name}" for name in _names(value))
        else:
            yield key


def _names(braces: str) -> Iterator[str]:
    """The names set by `{name: value, …}`, those inside a value left out; a space after the colon or none."""
    depth = 0
    for match in re.finditer(r"[{\[]|[}\]]|(\w+)\s*:", braces):
        if match[1]:
            if depth == 1:
                yield match[1]
        else:
            depth += 1 if match[0] in "{[" else -1


def _why(study: StudySettings, key: str) -> tuple[str, str] | None:
    """Why a parameter is not read, None when it is."""
    group, _, rest = key.partition(".")
    kind, run = study.study.kind, study.run
    if group in _KINDS and rest and group != kind:
        return f"il ne sert qu'à study={group}", f"it is for study={group} only"
    if group != "run" or not rest:
        return None
    name, _, inside = rest.partition(".")
    if name not in USED[kind]:
        return _FITS if kind == "calibration" else _WHY.get(name)
    if name == "replications" and run.precision.enabled:
        return (
            "run.precision.enabled=true fait décider run.precision.least et run.precision.most",
            "with run.precision.enabled=true run.precision.least and run.precision.most decide",
        )
    if name == "precision" and inside != "enabled" and not run.precision.enabled:
        return (
            "il faut run.precision.enabled=true pour qu'il serve",
            "it needs run.precision.enabled=true",
        )
    if name == "workers" and run.executor == "serial":
        return "run.executor=serial n'a qu'un processus", "run.executor=serial has one process"
    if name == "workers" and run.executor == "dask" and run.dask.address is not None:
        return "la grappe a ses propres processus", "the cluster has workers of its own"
    if name == "dask" and run.executor != "dask":
        return "il faut run.executor=dask pour qu'il serve", "it needs run.executor=dask"
    return None
