"""The command line: words → settings → study → answer, with the exit codes people and scripts rely on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from sim.problems import InputError, Problem, StoppedError, nearest, said_in

if TYPE_CHECKING:
    from sim.settings import StudySettings

__all__ = ["DONE", "FAILED_REPLICATIONS", "INTERRUPTED", "WRONG_INPUT", "main"]

DONE, WRONG_INPUT, FAILED_REPLICATIONS, INTERRUPTED = 0, 2, 3, 130

# What runs each kind of study: a module and its function from StudySettings to a result that has
# `answer_lines(language)` and `failed`. A kind whose module is not there yet is refused in words.
_RUNNERS: dict[str, tuple[str, str]] = {
    "comparison": ("sim.study.run", "run_study"),
    "single": ("sim.study.run", "run_study"),
    "calibration": ("sim.study.calibration", "run_calibration"),
    "sizing": ("sim.study.sizing", "run_sizing"),
    "sensitivity": ("sim.study.sensitivity", "run_sensitivity"),
    "absence": ("sim.study.absence", "run_absence"),
}
_FLAGS = ("-m", "--multirun", "-h", "--help", "--version", "--settings")

Language = Literal["fr", "en"]


@dataclass(frozen=True, slots=True)
class _Line:
    """The command line, sorted: words for the settings, and what the flags ask."""

    words: tuple[str, ...]
    help: bool
    version: bool
    sweep: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks; the exit code."""
    _speak_plainly()
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    language = _language(arguments)
    try:
        line = _sorted_out(arguments)
        if line.help:
            from sim.guide import help_text

            print(help_text(language))
            return DONE
        if line.version:
            from sim import __version__

            print(__version__)
            return DONE
        return _run(line)
    except InputError as error:
        _refuse(error.problems, language)
        return WRONG_INPUT
    except KeyboardInterrupt as stopped:
        _interrupted(stopped, language)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output went away: nothing is left to say
        sys.stderr.close()
        return DONE


def _run(line: _Line) -> int:
    """Compose everything before anything runs, then run one study after another."""
    from sim.compose import expand_sweeps, load_settings

    problems: dict[Problem, None] = {}
    studies: list[StudySettings] = []
    for words in expand_sweeps(line.words) if line.sweep else [line.words]:
        try:
            study = load_settings(*words)
        except InputError as error:
            problems.update(dict.fromkeys(error.problems))
            continue
        problems.update(dict.fromkeys(_not_yet(study)))
        studies.append(study)
    if problems:
        raise InputError(problems)
    worst = DONE
    for position, study in enumerate(studies):
        if len(studies) > 1:
            print(f"[{position + 1}/{len(studies)}] {' '.join(study.overrides)}", flush=True)
        worst = max(worst, _answer(study))
        if worst > FAILED_REPLICATIONS:
            break
    return worst


def _answer(study: StudySettings) -> int:
    """Run one study and say what it gives, in its own language."""
    language = study.run.language
    runner = _runner(study.study.kind)
    assert runner is not None  # noqa: S101 -- studies without one were refused before
    try:
        result = runner(study)
    except StoppedError as error:
        _stopped(error.problems, language)
        return WRONG_INPUT
    except InputError as error:
        _refuse(error.problems, language)
        return WRONG_INPUT
    except KeyboardInterrupt as stopped:
        _interrupted(stopped, language)
        return INTERRUPTED
    print("\n".join(result.answer_lines(language)), flush=True)
    return FAILED_REPLICATIONS if result.failed else DONE


def _interrupted(stopped: KeyboardInterrupt, language: Language) -> None:
    lines: Callable[[str], list[str]] | None = getattr(stopped, "lines", None)
    _say_error(lines(language) if lines else ["Interrompu." if language == "fr" else "Interrupted."])


def _runner(kind: str) -> Callable[[StudySettings], Any] | None:
    """The function that runs a kind of study, or None when this version does not have it."""
    module, name = _RUNNERS[kind]
    if find_spec(module) is None:
        return None
    found: Callable[[StudySettings], Any] | None = getattr(import_module(module), name, None)
    return found


def _not_yet(study: StudySettings) -> list[Problem]:
    if _runner(study.study.kind) is not None:
        return []
    return [
        Problem(
            "study",
            f"'{study.study.name}'",
            "a study of this version: this one comes with a later version",
            expected_fr="une étude de cette version : celle-ci viendra dans une prochaine version",
        )
    ]


def _sorted_out(arguments: Sequence[str]) -> _Line:
    """Tell flags from words; unknown flags are refused together."""
    words: list[str] = []
    asked: set[str] = set()
    problems: list[Problem] = []
    pending = list(arguments)
    while pending:
        argument = pending.pop(0)
        if not argument.startswith("-"):
            words.append(argument)
        elif argument == "--settings" or argument.startswith("--settings="):
            _, equals, value = argument.partition("=")
            if not equals:
                value = pending.pop(0) if pending else ""
            words.append(f"settings={value}")
        elif argument in _FLAGS:
            asked.add(argument)
        else:
            problems.append(
                Problem(
                    argument,
                    "an unknown flag",
                    f"key=value, or one of {', '.join(_FLAGS)}",
                    nearest(argument, _FLAGS),
                    f"clé=valeur, ou une option parmi {', '.join(_FLAGS)}",
                    "une option inconnue",
                )
            )
    if problems:
        raise InputError([*problems, *_problems_of(words, sweep=bool(asked & {"-m", "--multirun"}))])
    return _Line(
        tuple(words),
        help=bool(asked & {"-h", "--help"}),
        version="--version" in asked,
        sweep=bool(asked & {"-m", "--multirun"}),
    )


def _problems_of(words: Sequence[str], *, sweep: bool) -> tuple[Problem, ...]:
    """What else is wrong beside the flags, so that everything is said at once."""
    from sim.compose import expand_sweeps, load_settings

    try:
        for combination in expand_sweeps(words) if sweep else [tuple(words)]:
            load_settings(*combination)
    except InputError as error:
        return error.problems
    return ()


def _language(arguments: Iterable[str]) -> Language:
    """The language asked for, known before anything is composed since problems are said in it."""
    for argument in reversed(list(arguments)):
        key, _, value = argument.partition("=")
        if key.lstrip("+") == "run.language" and value in {"fr", "en"}:
            return "en" if value == "en" else "fr"
    return "fr"


def _refuse(problems: Sequence[Problem], language: Language) -> None:
    count = len(problems)
    if language == "fr":
        head = f"L’entrée comporte {count} problème{'s' if count > 1 else ''} ; rien n’a été lancé."
    else:
        head = f"The input has {count} problem{'s' if count != 1 else ''}; nothing was run."
    _say_error([head, *(f"  - {line}" for line in said_in(problems, language))])


def _stopped(problems: Sequence[Problem], language: Language) -> None:
    head = "L’étude n’a pas pu continuer ; ce qui est fini est gardé."
    _say_error(
        [
            head if language == "fr" else "The study could not go on; what is finished is kept.",
            *(f"  - {line}" for line in said_in(problems, language)),
        ]
    )


def _say_error(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, file=sys.stderr)


def _speak_plainly() -> None:
    """Never fail on a sign that the terminal or a file cannot show."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
