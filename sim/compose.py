"""From `conf/` and the words of the command line to the settings of a study, every problem at once.

Groups are composed by Hydra's compose API: no Hydra application, run folder, logging or changed
directory. Single parameters are then set one by one in the order given, so that each that is wrong
is said, and the whole is validated once by the models of `sim.settings`.

A word applies to what every scenario starts from. Where a scenario's delta sets the same
parameter, the delta wins: `fleet.vehicles=5` leaves a scenario "four vehicles" with four.
"""

from __future__ import annotations

import itertools
import json
import re
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ValidationError

from sim.problems import InputError, Problem, Problems, Said, french, nearest, system_reason
from sim.refusals import nearest_path, refusals, shown
from sim.settings import SCENARIO_GROUPS, WORLD_PATHS, Settings, StudySettings
from sim.where import conf_folder, config_groups, read_yaml, shipped_territories

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override

__all__ = ["expand_sweeps", "flat", "load_settings"]

# Folders and files are taken as typed, whatever signs their names hold.
_TEXT_KEYS = (
    "territory",
    "outputs",
    "rounds.file",
    "rounds.requirements",
    "run.resume",
    "run.dask.address",
    "settings",
)
# How a study is run may change when it is resumed; what it simulates may not.
_RESUME_KEYS = ("run.resume", "run.workers", "run.executor", "run.dask", "run.language", "outputs")
# Studies that run a scenario of the user's choice; the others name theirs.
_CHOOSING_KINDS = ("single", "absence")
_NOT_OF_A_SCENARIO = (
    "run",
    "outputs",
    "study",
    "scenario",
    "territory",
    "thresholds",
    "sizing",
    "sensitivity",
)
_MOST_COMBINATIONS = 1000
_CALL = re.compile(r"\$\{\s*[\w.]+\s*:")
# What people look for under a name of their own, and what sets it.
_AGENTS = (
    "staff.fs_agents=… and staff.cn_agents=…: a pair is one agent of each trade",
    "staff.fs_agents=… et staff.cn_agents=… : une équipe est faite d'un agent de chaque métier",
)
_SET_BY = dict.fromkeys(("pairs", "staff.pairs", "crews", "staff.crews", "agents", "staff.agents"), _AGENTS)


@dataclass(frozen=True, slots=True)
class _Word:
    """One word of the command line: a group and its option, or a parameter and its value."""

    text: str
    key: str
    value: Any
    group: bool
    whole: bool = False  # a table that stands instead of the one before, not beside it


def load_settings(*overrides: str) -> StudySettings:
    """The settings of a study from the words of the command line, such as `study=single`.

    `settings=FILE` (or a study folder) takes everything from a `settings.yaml`; `run.resume=FOLDER`
    takes it from that folder's, to complete it.

    Raises
    ------
    InputError
        With every problem of the words, the configuration and the scenarios.
    """
    problems = Problems()
    words = [word for text in overrides if (word := _read_word(text, problems)) is not None]
    _twice(words, problems)
    last = {word.key: word for word in words}
    resume, source = last.get("run.resume"), last.get("settings")
    if resume is not None and resume.value is not None:
        others = [word for word in words if word.key not in {"run.resume", "settings"}]
        composed = _stored(resume, others, problems)
    elif source is not None:
        composed = _from_file(source, [word for word in words if word.key != "settings"], problems)
    else:
        composed = _from_groups(words, problems)
    if composed is None:
        raise InputError(problems)
    study = _validated(composed, problems)
    problems.raise_if_any()
    assert study is not None  # noqa: S101 -- without problems there is a study
    return replace(study, overrides=tuple(overrides))


# --- words -------------------------------------------------------------------------------------


def _read_word(text: str, problems: Problems) -> _Word | None:
    """Parse one word; whatever is wrong with it becomes a problem."""
    by_hand = _communes(text)
    if by_hand is not None:
        return _Word(text, "exits.communes", by_hand, group=False)
    phrase = _phrase(text)
    if phrase is not None:
        from sim.study.targets import read_targets

        try:
            return _Word(text, "sizing.targets", read_targets(phrase), group=False, whole=True)
        except InputError as error:
            problems.extend(error.problems)
            return None
    override = _parse(text, problems)
    if override is None:
        return None
    where = text if len(text) <= 80 else text[:79] + "…"
    if override.is_delete() or override.package is not None:
        problems.add(where, shown(text), "key=value", expected_fr="clé=valeur")
        return None
    key = override.key_or_group
    if key in _TEXT_KEYS and override.is_sweep_override():
        return _Word(text, key, text.partition("=")[2], group=False)
    if override.is_sweep_override():
        problems.add(
            key,
            shown(text.partition("=")[2]),
            "one value; several need -m, and a list is written [a,b]",
            expected_fr="une seule valeur ; plusieurs demandent -m, et une liste s'écrit [a,b]",
        )
        return None
    value: Any = override.value()
    if key in _TEXT_KEYS and isinstance(value, (int, float)):
        value = text.partition("=")[2]
    options = config_groups().get(key)
    if options is not None and not isinstance(value, dict):
        if not isinstance(value, str) or value not in options:
            problems.add(
                key,
                shown(value),
                f"one of {', '.join(options)}",
                nearest(str(value), options),
                f"une option parmi {', '.join(options)}",
            )
            return None
        return _Word(text, key, value, group=True)
    if key != "settings" and not _exists(key):
        by, by_fr = _SET_BY.get(key, ("a known parameter or group", "un paramètre ou un groupe connu"))
        known = [*config_groups(), *(path for path in _default_paths() if not path.startswith("sizing."))]
        paths = [*known, *_default_paths()] if key.startswith("sizing") else known
        near = None if key in _SET_BY else nearest_path(key, paths)
        problems.add(key or shown(text), shown(value), by, near, by_fr)
        return None
    return _Word(text, key, value, group=False)


def _communes(text: str) -> dict[str, str] | None:
    """Communes that leave, by INSEE code or name, as `exits.communes=Molières:2022-01-01,82088:never`.

    Read here because Hydra's grammar has no accents and no apostrophes in names, and because shells
    take `{a,b}` apart; the braces may be left out or be brackets, and several such words add up. A
    commune without a date has an empty one, refused with the others.
    """
    match = re.fullmatch(r"\+{0,2}exits\.communes(?:\.([^=]+))?=(.*)", text, re.DOTALL)
    if match is None:
        return None
    name, inside = match[1], match[2].strip()
    if name:
        return {_unquoted(name): _unquoted(inside)} if not re.search(r"[{}\[\]:]", inside) else None
    if inside[:1] + inside[-1:] in {"{}", "[]"}:
        inside = inside[1:-1].strip()
        if not inside:
            return {}
    if not inside or inside in {"null", "none"} or re.search(r"[{}\[\]]", inside):
        return None
    pairs = [pair.partition(":") for pair in inside.split(",") if pair.strip()]
    return {_unquoted(key): _unquoted(value) for key, _, value in pairs}


def _unquoted(text: str) -> str:
    return text.strip().strip("'\"").strip()


def _twice(words: Sequence[_Word], problems: Problems) -> None:
    """Refuse a commune given two dates on one command line."""
    given: dict[str, str] = {}
    for text in (word.text for word in words if word.key == "exits.communes"):
        inside = text.partition("=")[2].strip(" {}[]")
        single = re.match(r"\+{0,2}exits\.communes\.([^=]+)=", text)
        pairs = [f"{single[1]}:{inside}"] if single else inside.split(",")
        for key, colon, value in (pair.partition(":") for pair in pairs):
            name, day = _unquoted(key), _unquoted(value)
            if colon and given.setdefault(name, day) != day:
                problems.add(
                    f"exits.communes.{name}",
                    f"{given[name]}, {day}",
                    "one date for a commune",
                    expected_fr="une seule date par commune",
                    found_fr=f"deux dates, {given[name]} et {day}",
                )


def _phrase(text: str) -> str | None:
    """The targets of a sizing study where they are written as a phrase, which Hydra's grammar cannot read."""
    match = re.fullmatch(r"\+{0,2}sizing\.targets=\s*([\"']?)([^{}]+)\1\s*", text)
    return match[2] if match else None


def _parse(text: str, problems: Problems) -> Override | None:
    from hydra.core.override_parser.overrides_parser import OverridesParser

    key, equals, value = text.partition("=")
    if not equals and not text.startswith("~"):
        close = [f"{group}={text}" for group, options in config_groups().items() if text in options]
        close += ["--help"] if text in {"help", "aide"} else []
        problems.add(
            shown(text),
            "a word without '='",
            "key=value",
            close[0] if close else None,
            "clé=valeur",
            "un mot sans « = »",
        )
        return None
    parser = OverridesParser.create()
    try:
        return parser.parse_override(text)
    # Anything the parser raises, recursion included, is about this word.
    except Exception as error:  # noqa: BLE001
        if key.lstrip("+") in _TEXT_KEYS:
            quoted = value.replace("\\", "\\\\").replace("'", "\\'")
            try:
                return parser.parse_override(f"{key}='{quoted}'")
            except Exception:  # noqa: BLE001, S110 -- the first message is the one to show
                pass
        sign = re.match(r"token recognition error at: (.{1,40})", str(error))
        reason = _first_line(error)
        reason = reason if len(reason) <= 160 else reason[:159] + "…"
        problems.add(
            shown(text),
            f"the unexpected sign {sign[1]}" if sign else f"what cannot be read ({reason})",
            "key=value; text with spaces or signs is written 'key=\"text\"'",
            expected_fr="clé=valeur ; un texte avec espaces ou signes s'écrit 'clé=\"texte\"'",
            found_fr=f"le signe inattendu {sign[1]}" if sign else "une écriture illisible",
        )
        return None


def expand_sweeps(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Every combination of values such as `run.seed=1,2`, the last word varying fastest.

    Raises
    ------
    InputError
        When a word cannot be read, or there are more than a thousand combinations.
    """
    problems = Problems()
    choices: list[list[str]] = []
    for text in words:
        if _communes(text) is not None or _phrase(text) is not None:
            choices.append([text])
            continue
        override = _parse(text, problems)
        if override is None:
            continue
        if not override.is_sweep_override():
            choices.append([text])
            continue
        key = text.partition("=")[0]
        try:
            values = list(itertools.islice(override.sweep_string_iterator(), _MOST_COMBINATIONS + 1))
        except Exception as error:  # noqa: BLE001 -- Hydra says what it cannot enumerate
            problems.add(
                key,
                str(error),
                "values such as 1,2 or range(1,4)",
                expected_fr="des valeurs telles que 1,2 ou range(1,4)",
            )
            continue
        if not values:
            problems.add(
                key, shown(text.partition("=")[2]), "at least one value", expected_fr="au moins une valeur"
            )
        choices.append([f"{key}={value}" for value in values])
    total = 1
    for values in choices:
        total *= len(values)
    if total > _MOST_COMBINATIONS:
        problems.add(
            "-m",
            f"{total} combinations",
            f"at most {_MOST_COMBINATIONS}",
            expected_fr=f"{_MOST_COMBINATIONS} combinaisons au plus",
        )
    problems.raise_if_any()
    return list(itertools.product(*choices))


# --- which parameters exist ---------------------------------------------------------------------


def _exists(path: str) -> bool:
    """Whether `path` is a parameter, a group of parameters, or a name below an open table."""
    annotation: Any = Settings
    for part in path.split("."):
        annotation = _below(annotation, part)
        if annotation is None:
            return False
    return True


def _is_open(path: str) -> bool:
    """Whether `path` is a table whose names are the user's, such as the communes that leave."""
    annotation: Any = Settings
    for part in path.split("."):
        annotation = _below(annotation, part)
    return typing.get_origin(annotation) is dict


def _below(annotation: Any, part: str) -> Any:
    """The type of what is called `part` inside `annotation`, or None."""
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin is typing.Annotated:
        return _below(arguments[0], part)
    if origin in {typing.Union, types.UnionType}:
        return next((found for member in arguments if (found := _below(member, part)) is not None), None)
    if origin is dict:
        if typing.get_origin(arguments[0]) is typing.Literal and part not in typing.get_args(arguments[0]):
            return None
        return arguments[1] if part else None
    if annotation is object:
        return object if part else None
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(part)
        return None if field is None else field.annotation
    return None


@cache
def _default_values() -> dict[str, Any]:
    """The default configuration as nested values, read without Hydra: to name and to compare, not to run.

    Empty when the files were edited into something else: that is refused where they are composed.
    """
    try:
        values: dict[str, Any] = read_yaml(conf_folder() / "config.yaml")
        for item in values.pop("defaults"):
            if item == "_self_":
                continue
            ((group, option),) = item.items()
            # The one group that is not the table of the same name: fitted values belong to the demand.
            table = "demand" if group == "calibrated" else group
            values = _with(values, [table], read_yaml(conf_folder() / group / f"{option}.yaml"))
        flat(values)
    except (OSError, ValueError, TypeError, AttributeError, KeyError, yaml.YAMLError):
        return {}
    return values


@cache
def _default_paths() -> tuple[str, ...]:
    """Every dotted path of the default configuration, tables of parameters included."""
    paths = list(flat(_default_values()))
    parents = {path[:end] for path in paths for end in range(len(path)) if path[end] == "."}
    return (*paths, *sorted(parents))


def flat(values: Mapping[Any, Any], prefix: str = "") -> dict[str, Any]:
    """Nested values by dotted path; a list is one value, an empty table too."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            found.update(flat(value, f"{path}."))
        else:
            found[path] = value
    return found


# --- composing ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Composed:
    """Plain nested values of the base, and each scenario's definition by name."""

    base: dict[str, Any]
    scenarios: list[tuple[str, Any]]


def _from_groups(words: Sequence[_Word], problems: Problems) -> _Composed | None:
    config = _hydra([word.text for word in words if word.group], problems)
    if config is None:
        return None
    base = _with_values(config, words, problems)
    if base is None:
        return None
    study, kind = _get(base, "study", "name"), _get(base, "study", "kind")
    chosen = next((word for word in reversed(words) if word.key == "scenario" and word.group), None)
    if chosen is not None and kind not in _CHOOSING_KINDS:
        problems.add(
            "scenario",
            shown(chosen.value),
            f"study=single with it: study {study} has its own scenarios",
            f"study=single scenario={chosen.value}",
            f"study=single avec lui : l'étude {study} a ses propres scénarios",
        )
    return _Composed(base, _said_to_be_changed(list(_definitions(base, problems)), kind, words))


def _said_to_be_changed(
    definitions: list[tuple[str, Any]], kind: Any, words: Sequence[_Word]
) -> list[tuple[str, Any]]:
    """A scenario alone whose parameters the words change says so in its name and its sentence."""
    changed = [word.text for word in words if word.key.split(".")[0] not in _NOT_OF_A_SCENARIO]
    named = any(word.key.startswith("scenario.") for word in words)
    if kind != "single" or named or not changed or not all(isinstance(one, dict) for _, one in definitions):
        return definitions
    added = {
        "label_fr": ", réglages changés",
        "label_en": ", settings changed",
        "sentence_fr": f" Réglages changés sur la ligne de commande : {' '.join(changed)}.",
        "sentence_en": f" Settings changed on the command line: {' '.join(changed)}.",
    }
    return [
        (name, one | {key: f"{one.get(key)}{text}" for key, text in added.items()})
        for name, one in definitions
    ]


def _hydra(groups: list[str], problems: Problems) -> Any | None:
    """The default configuration with the chosen options, as an OmegaConf node open to any key."""
    from omegaconf import OmegaConf

    folder = conf_folder()
    files = sorted(folder.rglob("*.yaml"))
    stamp = tuple((file, file.stat().st_mtime_ns, file.stat().st_size) for file in files)
    try:
        return OmegaConf.create(_composed_groups(folder, stamp, tuple(groups)))
    except InputError as error:
        problems.extend(error.problems)
    # Only files edited by hand can fail here: the options were checked, the words are set later.
    except Exception as error:  # noqa: BLE001
        problems.add(
            "conf",
            " ".join(str(error).split()),
            "a configuration that composes",
            expected_fr="une configuration qui se compose",
        )
    return None


@lru_cache(maxsize=64)
def _composed_groups(
    folder: Path, stamp: tuple[tuple[Path, int, int], ...], groups: tuple[str, ...]
) -> dict[str, Any]:
    """What Hydra composes, unresolved; kept while no file of the configuration changes (`stamp`)."""
    import hydra
    from omegaconf import OmegaConf

    problems = Problems()
    for file, _, _ in stamp:
        try:
            read_yaml(file)
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            problems.add(
                f"conf/{file.relative_to(folder).as_posix()}",
                " ".join(str(error).split()),
                "readable YAML",
                expected_fr="du YAML lisible",
                found_fr=_reason_fr(error),
            )
    problems.raise_if_any()
    with hydra.initialize_config_dir(str(folder), version_base="1.3"):
        config = hydra.compose("config", overrides=list(groups))
    plain: Any = OmegaConf.to_container(config, resolve=False)
    return {str(key): value for key, value in plain.items()}


def _with_values(config: Any, words: Sequence[_Word], problems: Problems) -> dict[str, Any] | None:
    """Set each parameter, then resolve; a plain nested dict."""
    from omegaconf import OmegaConf

    for word in words:
        if word.group:
            continue
        try:
            OmegaConf.update(config, word.key, word.value, merge=not word.whole, force_add=True)
        except Exception:  # noqa: BLE001 -- whatever OmegaConf cannot set there
            problems.add(
                word.key,
                shown(word.value),
                "a value of the kind this parameter has",
                expected_fr="une valeur de la sorte qu'a ce paramètre",
            )
    called = list(_calls(OmegaConf.to_container(config, resolve=False), ""))
    for where, text in called:
        problems.add(
            where,
            shown(text),
            "a value, or ${…} with the name of a parameter: nothing is called from a configuration",
            expected_fr="une valeur, ou ${…} avec le nom d'un paramètre : une configuration n'appelle rien",
        )
    if called:
        return None
    try:
        plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except Exception as error:  # noqa: BLE001 -- an interpolation that leads nowhere, a '???'
        where = getattr(error, "full_key", None) or "conf"
        problems.add(
            str(where),
            _unresolved(error),
            "a value, or ${…} with the name of a parameter that has one",
            expected_fr="une valeur, ou ${…} avec le nom d'un paramètre qui en a une",
        )
        return None
    nested: dict[str, Any] = _with_text_keys(plain)
    return nested


def _calls(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """The texts that would call a resolver of OmegaConf, such as one that reads the environment."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _calls(one, f"{where}.{key}" if where else str(key))
    elif isinstance(value, list):
        for one in value:
            yield from _calls(one, where)
    elif isinstance(value, str) and _CALL.search(value):
        yield where, value


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _unresolved(error: BaseException) -> Said:
    """What OmegaConf could not resolve, in both languages."""
    from omegaconf.errors import (
        GrammarParseError,
        InterpolationKeyError,
        MissingMandatoryValue,
        UnsupportedInterpolationType,
    )

    text = (str(error).splitlines() or [""])[0]
    names = re.findall(r"'([^']*)'", text)
    name = names[0] if names else ""
    if isinstance(error, MissingMandatoryValue):
        return Said("???, which stands for no value yet", "???, qui veut dire pas encore de valeur")
    if isinstance(error, InterpolationKeyError):
        return Said(f"${{{name}}}, which names no parameter", f"${{{name}}}, qui ne nomme aucun paramètre")
    if isinstance(error, UnsupportedInterpolationType):
        kind = text.rpartition(" ")[2]
        return Said(f"${{{kind}:…}}, which is not known", f"${{{kind}:…}}, qui n'est pas connu")
    if isinstance(error, GrammarParseError):
        return Said("${…} that cannot be read", "${…} qui ne peut pas être lu")
    return Said("${…} that leads nowhere", "${…} qui ne mène nulle part")


def _with_text_keys(values: Any) -> Any:
    if isinstance(values, dict):
        return {str(key): _with_text_keys(value) for key, value in values.items()}
    if isinstance(values, list):
        return [_with_text_keys(value) for value in values]
    return values


def _get(values: Any, *path: str) -> Any:
    for part in path:
        if not isinstance(values, Mapping) or part not in values:
            return None
        values = values[part]
    return values


def _definitions(base: dict[str, Any], problems: Problems) -> Iterator[tuple[str, Any]]:
    """Each scenario of the study and its definition: the one composed, or its file."""
    names = _get(base, "study", "scenarios")
    if not isinstance(names, list):
        return
    options = config_groups()["scenario"]
    for name in names:
        if isinstance(name, str) and name == _get(base, "scenario", "name"):
            yield name, base["scenario"]
        elif isinstance(name, str) and name in options:
            yield name, read_yaml(conf_folder() / "scenario" / f"{name}.yaml")
        elif isinstance(name, str):
            problems.add(
                "study.scenarios",
                shown(name),
                f"scenarios among {', '.join(options)}",
                nearest(name, options),
                f"des scénarios parmi {', '.join(options)}",
            )


def _from_file(source: _Word, words: Sequence[_Word], problems: Problems) -> _Composed | None:
    """Everything from a `settings.yaml`, then the parameters given beside it."""
    for word in words:
        if word.group:
            problems.add(
                word.key,
                shown(word.value),
                f"no group beside {source.key}=…, which holds every parameter",
                expected_fr=f"aucun groupe avec {source.key}=…, qui contient tous les paramètres",
            )
    stored = _read_settings(source, problems)
    if stored is None:
        return None
    scenarios = stored.pop("scenarios", None)
    if not isinstance(scenarios, list) or not all(isinstance(_get(item, "name"), str) for item in scenarios):
        problems.add(
            f"{source.key}: scenarios",
            shown(scenarios),
            "a list of scenarios, each with its name",
            expected_fr="une liste de scénarios, chacun avec son nom",
        )
        return None
    base: Any = stored
    for word in words:
        if not word.group:
            base = _with(base, word.key.split("."), _with_text_keys(word.value))
    known = {item["name"]: item for item in scenarios}
    names = _get(base, "study", "scenarios")
    chosen: list[tuple[str, Any]] = []
    for name in names if isinstance(names, list) else []:
        if isinstance(name, str) and name in known:
            chosen.append((name, known[name]))
        elif isinstance(name, str):
            problems.add(
                "study.scenarios",
                shown(name),
                f"scenarios of the file: {', '.join(known)}",
                nearest(name, known),
                f"des scénarios du fichier : {', '.join(known)}",
            )
    return _Composed(base, chosen)


def _read_settings(source: _Word, problems: Problems) -> dict[str, Any] | None:
    """The nested values of a `settings.yaml`, given as a file or by its folder."""
    file = Path(str(source.value)).expanduser()
    try:
        file = file / "settings.yaml" if file.is_dir() else file
        values = _with_text_keys(read_yaml(file))
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        problems.add(
            source.key,
            shown(source.value),
            f"a study folder or its settings.yaml ({' '.join(_reason(error).split())})",
            expected_fr=f"un dossier d'étude ou son settings.yaml ({_reason_fr(error)})",
        )
        return None
    if not isinstance(values, dict):
        problems.add(
            f"{source.key}: {file}",
            shown(values),
            "parameters with a value each",
            expected_fr="des paramètres avec chacun une valeur",
        )
        return None
    plain: dict[str, Any] = values
    return plain


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _reason_fr(error: BaseException) -> str:
    """Why a settings.yaml cannot be read, without the words of the reader."""
    if isinstance(error, OSError):
        return french(system_reason(error))
    mark = getattr(error, "problem_mark", None)
    line = f", vers la ligne {mark.line + 1}" if mark is not None else ""
    return f"ce fichier n'est pas du YAML lisible{line}"


def _stored(resume: _Word, words: Sequence[_Word], problems: Problems) -> _Composed | None:
    """The study of a folder, to complete it: what it simulates cannot change any more."""
    folder = Path(str(resume.value)).expanduser()
    if not folder.is_dir():
        problems.add(
            "run.resume",
            shown(resume.value),
            "an existing study folder",
            expected_fr="un dossier d'étude existant",
        )
        return None
    running = [word for word in words if not word.group and word.key.startswith(_RESUME_KEYS)]
    stored = _from_file(resume, running, problems)
    if stored is None:
        return None
    others = [word for word in words if word not in running]
    if others:
        repeated = _from_groups(others, Problems())
        for word in others:
            if word.group and word.key not in {"study", "scenario"}:
                same = repeated is not None and _get(repeated.base, word.key) == _get(stored.base, word.key)
                begun, begun_fr = "the option the study was begun with", "l'option de l'étude reprise"
            else:
                path = (word.key, "name") if word.group else tuple(word.key.split("."))
                found = _get(stored.base, *path)
                same = found == _with_text_keys(word.value)
                begun = f"{shown(found)}, with which the study was begun"
                begun_fr = f"{shown(found)}, comme dans l'étude reprise"
            if not same:
                problems.add(word.key, shown(word.value), begun, expected_fr=begun_fr)
    if isinstance(stored.base.get("run"), dict):
        stored.base["run"]["resume"] = str(resume.value)
    return stored


# --- validating --------------------------------------------------------------------------------


def _validated(composed: _Composed, problems: Problems) -> StudySettings | None:
    _check_places(composed.base, problems)
    base = _settings(composed.base, problems)
    said = {(problem.where, problem.found) for problem in problems}
    scenarios: list[Settings] = []
    for name, definition in composed.scenarios:
        own = Problems()
        settings = _scenario_settings(composed.base, definition, own)
        for problem in own:
            # What the base already gets wrong is said once, not once a scenario.
            if (problem.where, problem.found) not in said:
                problems.extend([replace(problem, where=f"scenario {name}: {problem.where}")])
        if settings is not None:
            scenarios.append(settings)
    if base is None or len(problems):
        return None
    return StudySettings(base, tuple(scenarios))


def _settings(values: dict[str, Any], problems: Problems) -> Settings | None:
    """Validate once, through JSON, so that dates are text and nothing is guessed."""
    try:
        return Settings.model_validate_json(json.dumps(values))
    except ValidationError as error:
        found = [_without_a_date(problem) for problem in refusals(error, values, _default_paths())]
        # Combinations are only looked at when every single value is valid.
        combined = any(item["loc"] == () for item in error.errors(include_url=False))
    except (TypeError, ValueError, RecursionError) as error:
        problems.add("conf", _first_line(error), "plain values", expected_fr="des valeurs simples")
        return None
    problems.extend(found)
    if not combined:
        problems.extend(_combinations_beside(values, found))
    return None


def _without_a_date(problem: Problem) -> Problem:
    if problem.where.startswith("exits.communes.") and problem.found == "''":
        return replace(problem, found="no date", found_fr="aucune date")
    return problem


def _combinations_beside(values: dict[str, Any], found: Sequence[Problem]) -> list[Problem]:
    """Impossible combinations among the parameters that are valid, were the others as by default.

    Without this, a misspelt name would hide that the closing is before the opening.
    """
    broken = {problem.where for problem in found}
    repaired: Any = values
    for path in broken:
        default = _get(_default_values(), *path.split("."))
        repaired = _without(repaired, path.split("."), default)
    try:
        Settings.model_validate_json(json.dumps(repaired))
    except ValidationError as error:
        more = refusals(error, repaired, ())
        return [problem for problem in more if problem.where not in broken and problem not in found]
    return []


def _without(values: Any, path: Sequence[str], default: Any) -> Any:
    """A copy of `values` with `path` back at its default, or removed when it has none."""
    if not isinstance(values, Mapping):
        return values
    if len(path) == 1 and default is None:
        return {key: value for key, value in values.items() if key != path[0]}
    if len(path) == 1:
        return {**values, path[0]: default}
    return {**values, path[0]: _without(values.get(path[0]), path[1:], default)}


def _scenario_settings(base: dict[str, Any], definition: Any, problems: Problems) -> Settings | None:
    delta = _get(definition, "delta")
    merged = {**base, "scenario": definition}
    if isinstance(delta, Mapping):
        changes = flat(delta)
        refused = False
        for path in changes:
            refused |= _refused(path, problems)
        if refused:
            return None
        for path, value in changes.items():
            if value == {} and _is_open(path):  # what the command line put there is not this scenario's
                merged = _without(merged, path.split("."), {})
            else:
                merged = _with(merged, path.split("."), value)
    return _settings(merged, problems)


def _refused(path: str, problems: Problems) -> bool:
    """Whether a scenario may not change `path`; says why."""
    if not _exists(path):
        problems.add(
            path,
            "an unknown name",
            "a known parameter",
            nearest_path(path, _default_paths()),
            "un paramètre connu",
        )
        return True
    if path.partition(".")[0] not in SCENARIO_GROUPS:
        problems.add(
            path,
            "a parameter of the study",
            f"parameters of {', '.join(SCENARIO_GROUPS)}",
            expected_fr=f"des paramètres de {', '.join(SCENARIO_GROUPS)}",
            found_fr="un paramètre de l'étude",
        )
        return True
    for world in WORLD_PATHS:
        if path == world or path.startswith(f"{world}.") or world.startswith(f"{path}."):
            problems.add(
                path,
                "a parameter of the outside world",
                "a choice of the service: the world is the same for all scenarios, set it for the study",
                expected_fr="un choix du service : le monde est le même pour tous, à régler pour l'étude",
                found_fr="un paramètre du monde extérieur",
            )
            return True
    return False


def _with(values: Any, path: Sequence[str], value: Any) -> Any:
    """A copy of `values` with `path` set; a table is completed, so that an empty one changes nothing."""
    if not path:
        return {**values, **value} if isinstance(values, Mapping) and isinstance(value, Mapping) else value
    inside = values if isinstance(values, Mapping) else {}
    return {**inside, path[0]: _with(inside.get(path[0]), path[1:], value)}


def _check_places(base: dict[str, Any], problems: Problems) -> None:
    """Folders and files that must exist before anything is run."""
    territory = base.get("territory")
    if isinstance(territory, str):
        shipped = shipped_territories()
        if territory not in shipped and not _is_there(territory, folder=True):
            problems.add(
                "territory",
                shown(territory),
                f"one of {', '.join(shipped)}, or a folder",
                nearest(territory, shipped),
                f"un territoire parmi {', '.join(shipped)}, ou un dossier",
            )
    communes = _get(base, "exits", "communes")
    if isinstance(communes, Mapping) and communes and isinstance(territory, str):
        _check_communes([str(name) for name in communes], territory, problems)
    for name in ("file", "requirements"):
        file = _get(base, "rounds", name)
        if isinstance(file, str) and not _is_there(file, folder=False):
            problems.add(f"rounds.{name}", shown(file), "an existing file", expected_fr="un fichier existant")
    outputs = base.get("outputs")
    if isinstance(outputs, str) and not outputs.strip():
        problems.add("outputs", shown(outputs), "a folder", expected_fr="un dossier")


def _check_communes(names: Sequence[str], territory: str, problems: Problems) -> None:
    """Say which communes are unknown; a territory that is wrong says so where it is run."""
    from sim.scenarios.commune_names import commune_codes
    from sim.territory import load_territory

    try:
        commune_codes(names, load_territory(territory), problems)
    except InputError:
        return


def _is_there(path: str, *, folder: bool) -> bool:
    try:
        return bool(path.strip()) and (Path(path).is_dir() if folder else Path(path).is_file())
    except (OSError, ValueError):  # a name too long, a null sign
        return False
