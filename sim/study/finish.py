"""The end of a study: every file from its parts, the report, the manifest; then the parts go."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sim.study.manifest import command_line, cores, describe_files, git_state, machine, versions
from sim.study.parts import Parts
from sim.study.replicate import Model
from sim.study.results import Results, write_facts, write_measures
from sim.study.steps import Steps
from sim.study.store import Store
from sim.study.study_result import StudyResult, shown

if TYPE_CHECKING:
    from sim.settings import StudySettings

__all__ = ["failed", "finish"]


def finish(
    study: StudySettings,
    model: Model,
    steps: Steps,
    context: Any,
    digest: str,
    inputs: Callable[[], None],
    store: Store,
    results: Results,
    tell: Callable[[str], None],
    started: float,
    *,
    report: bool,
) -> StudyResult:
    """Write every file from the parts, the report if asked for, then the manifest; the parts go last.

    `inputs` writes those of the input, or has done so while replications ran.
    """
    write_measures(results, store)
    write_facts(results, store)
    failures = results.parts.failures
    done = len(results.replications) - failed(results.parts)
    inputs()
    store.write_all({**model.outputs(context, results), **steps.files(context, results)})
    # Nothing can be reported where nothing was simulated: the answer says why instead.
    notes = _report(store.folder, study.run.language, tell) if report and results.done.any() else []
    result = StudyResult(
        store.folder,
        study.reference.scenario.name,
        results.scenarios,
        done,
        failures,
        time.monotonic() - started,
        tuple(notes),
    )
    files = [path for path in store.files() if path.parent.name != "parts" and path.name != "manifest.json"]
    manifest = {
        "study": study.study.name,
        "command_line": command_line(study.overrides),
        "seed": study.run.seed,
        "scenarios": list(results.scenarios),
        "reference": result.reference,
        "replications": {
            "asked": len(results.replications),
            "done": result.replications,
            "failed": [asdict(failure) for failure in failures],
        },
        "digest": digest,
        "versions": versions(),
        "git": git_state(),
        "machine": machine(),
        "executor": {"kind": study.run.executor, "workers": study.run.workers or cores()},
        "finished": datetime.now().isoformat(timespec="seconds"),
        "wall_time_s": round(time.monotonic() - started, 3),
        "notes": notes,
        "files": describe_files(store.folder, files),
    }
    store.write_text("manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    if not failures:
        results.parts.remove()
    return replace(result, seconds=time.monotonic() - started)


def failed(parts: Parts) -> int:
    """How many replications failed, in one scenario at least."""
    return len({failure.replication for failure in parts.failures})


def _report(folder: Path, language: Literal["fr", "en"], tell: Callable[[str], None]) -> list[str]:
    """Build the report; a fault there must not cost a study that is done."""
    try:
        from sim.report import write_report

        write_report([folder], language)
    except Exception as error:  # noqa: BLE001 - every figure is written; the report can be built again
        note = f"report: {type(error).__name__}: {error}"
        tell(f"{note} — python -m sim.report {shown(folder)}")
        return [note]
    return []
