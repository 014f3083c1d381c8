"""A study folder as it was left: the same settings, perhaps complete, or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.problems import InputError, Problem
from sim.study.parts import begun_with_others
from sim.study.store import Store, make_folder, sha256_of
from sim.study.study_result import StudyResult

if TYPE_CHECKING:
    from sim.settings import StudySettings

__all__ = ["check_same_settings", "complete_as_it_is", "open_folder"]

# How a study is run, and where: free to change when it is resumed.
_FREE = ("outputs", "run.workers", "run.executor", "run.resume", "run.language", "run.dask")


def open_folder(study: StudySettings, now: datetime | None) -> tuple[Path, bool]:
    """The folder of a study, and whether it is new.

    Raises
    ------
    sim.problems.InputError
        When it cannot be made, or the one to resume is no study folder.
    """
    if study.run.resume is None:
        return make_folder(Path(study.base.outputs), study.study.name, now or datetime.now()), True
    folder = Path(study.run.resume)
    if not (folder / "settings.yaml").is_file():
        raise InputError(
            [
                Problem(
                    "run.resume",
                    str(folder),
                    "a study folder, with its settings.yaml",
                    None,
                    "un dossier d'étude, avec son settings.yaml",
                )
            ]
        )
    return folder, False


def check_same_settings(study: StudySettings, store: Store) -> None:
    """Refuse to complete a folder with other parameters than it was begun with.

    Raises
    ------
    sim.problems.InputError
        With every parameter that differs.
    """
    import yaml

    path = store.folder / "settings.yaml"
    try:
        begun = _flat(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InputError(
            [
                Problem(
                    str(path),
                    f"it cannot be read ({error})",
                    "the settings of the study",
                    None,
                    "les réglages de l'étude",
                    "un fichier illisible",
                )
            ]
        ) from error
    asked = _flat(yaml.safe_load(study.to_yaml()))
    problems = [
        Problem(
            f"run.resume: {key}",
            str(asked.get(key)),
            f"{begun.get(key)}, with which the study was begun",
            None,
            f"{begun.get(key)}, avec quoi l'étude a commencé",
        )
        for key in sorted({*begun, *asked})
        if begun.get(key) != asked.get(key) and not _is_free(key)
    ]
    if problems:
        raise InputError(problems)


def _flat(values: Any, prefix: str = "") -> dict[str, Any]:
    if isinstance(values, dict) and values:
        return {
            key: value
            for name, part in values.items()
            for key, value in _flat(part, f"{prefix}{name}.").items()
        }
    if isinstance(values, list) and any(isinstance(item, dict) for item in values):
        return {
            key: value for i, part in enumerate(values) for key, value in _flat(part, f"{prefix}{i}.").items()
        }
    return {prefix.rstrip("."): values}


def _is_free(path: str) -> bool:
    return any(path == free or path.startswith(f"{free}.") for free in _FREE)


def complete_as_it_is(
    store: Store, digest: str, study: StudySettings, tell: Callable[[str], None]
) -> StudyResult | None:
    """The study as it stands when it is complete: its manifest, and every file as the manifest says."""
    path = store.folder / "manifest.json"
    if not path.is_file():
        return None
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        begun, failed = manifest["digest"], manifest["replications"]["failed"]
        files = {entry["name"]: entry["sha256"] for entry in manifest["files"]}
        changed = [name for name, proof in files.items() if not _is(store.folder, name, proof)]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if begun != digest:
        raise begun_with_others(store.folder)
    if changed:
        listed = ", ".join(changed)
        tell(
            f"{listed} : absent ou changé depuis la fin de l'étude ; ce qui manque est refait."
            if study.run.language == "fr"
            else f"{listed}: missing or changed since the study ended; what is missing runs again."
        )
    if failed or changed:
        return None
    names = tuple(settings.scenario.name for settings in study.scenarios)
    return StudyResult(store.folder, names[0], names, int(manifest["replications"]["done"]))


def _is(folder: Path, name: str, proof: str) -> bool:
    """Whether a file is as the manifest says; those of the report may have been made again since."""
    from sim.report.proof import OF_THE_REPORT

    path = folder / name
    return path.is_file() and (name.startswith(OF_THE_REPORT) or sha256_of(path) == proof)
