"""No parameter is accepted and passed over: each key of `run` is read, refused, or said to have no effect."""

from __future__ import annotations

import pytest

from sim.compose import load_settings
from sim.problems import InputError, Problem
from sim.settings import Run
from sim.study.unused import USED, unused

STUDIES = {
    "comparison": ("study=three_or_four",),
    "single": ("study=single",),
    "sizing": ("study=sizing",),
    "sensitivity": ("study=sensitivity",),
    "absence": ("study=absence", "absence.date=2021-10-04", "absence.agents=[A1]"),
    "calibration": ("study=calibration",),
}
# For each key: a word that gives it a value of its own, with what that value needs beside it.
WORDS = {
    "seed": ("run.seed=5",),
    "replications": ("run.replications=9",),
    "workers": ("run.workers=2",),
    "executor": ("run.executor=serial",),
    "detail": ("run.detail=none",),
    "horizon": ("run.horizon.end=2022-06-30",),
    "resume": (),
    "language": ("run.language=en",),
    "dask": ("run.dask.address=tcp://127.0.0.1:8786", "run.executor=dask"),
    "precision": ("run.precision.most=300", "run.precision.enabled=true"),
    "assumptions": ("run.assumptions=drawn",),
}


@pytest.mark.parametrize("key", WORDS)
@pytest.mark.parametrize("kind", STUDIES)
def test_every_key_is_read_refused_or_said_to_have_no_effect(kind: str, key: str) -> None:
    """Tests that a key outside those a study reads is refused or said, and one it reads is neither."""
    assert set(WORDS) == set(Run.model_fields)
    assert set(STUDIES) == set(USED)
    if not WORDS[key]:
        return
    refused, said = outcome(STUDIES[kind] + WORDS[key])
    about = [french for french, _ in said if french.startswith(f"run.{key}")]
    assert all(problem.where.startswith(f"run.{key}") for problem in refused)
    assert all(problem.expected_fr for problem in refused)
    assert bool(about or refused) == (key not in USED[kind])


def outcome(words: tuple[str, ...]) -> tuple[tuple[Problem, ...], list[tuple[str, str]]]:
    """What is refused of these words, or what is said of them."""
    try:
        return (), unused(load_settings(*words))
    except InputError as error:
        return error.problems, []


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (("run.precision.enabled=true", "run.replications=50"), "run.replications"),
        (("run=until_precise", "run.replications=50"), "run.replications"),
        (("run.precision.least=30",), "run.precision.least"),
        (("run.executor=serial", "run.workers=3"), "run.workers"),
        (("run.dask.address=tcp://h:1",), "run.dask.address"),
        (("sizing.first=12",), "sizing.first"),
        (("run={replications: 30, precision: {enabled: true}}",), "run.replications"),
        (("run={replications:30,precision:{enabled:true}}",), "run.replications"),
    ],
)
def test_keys_that_another_makes_idle_are_said(words: tuple[str, ...], key: str) -> None:
    """Tests that a key that only serves beside another value is said to have no effect, once."""
    said = unused(load_settings(*words))
    assert [french.partition(" ")[0] for french, _ in said] == [key]
    assert all(french.endswith(".") and english.endswith(".") for french, english in said)


def test_groups_and_plain_studies_are_silent() -> None:
    """Tests that nothing is said of a study whose words all count."""
    for words in ((), ("run=quick",), ("run=until_precise",), ("study=sizing", "run=quick", "run.workers=2")):
        assert unused(load_settings(*words)) == []
