"""What pydantic refuses, said as problems: where, what was found, what was expected, nearest name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from sim.problems import Problem, nearest
from sim.settings import ImpossibleError, TooLargeError

__all__ = ["nearest_path", "refusals", "shown"]

_LONGEST = 80

# pydantic's kind of error → what was expected, in English and French; {…} from the error's context.
_EXPECTED: dict[str, tuple[str, str]] = {
    "bool_type": ("true or false", "true ou false"),
    "date_from_datetime_inexact": ("a date such as 2021-07-01", "une date telle que 2021-07-01"),
    "date_from_datetime_parsing": ("a date such as 2021-07-01", "une date telle que 2021-07-01"),
    "date_parsing": ("a date such as 2021-07-01", "une date telle que 2021-07-01"),
    "date_type": ("a date such as 2021-07-01", "une date telle que 2021-07-01"),
    "dict_type": ("names with a value each", "des noms avec chacun une valeur"),
    "finite_number": ("a finite number", "un nombre fini"),
    "float_parsing": ("a number", "un nombre"),
    "float_type": ("a number", "un nombre"),
    "greater_than": ("a number above {gt:g}", "un nombre supérieur à {gt:g}"),
    "greater_than_equal": ("a number of at least {ge:g}", "un nombre au moins égal à {ge:g}"),
    "int_from_float": ("a whole number", "un nombre entier"),
    "int_parsing": ("a whole number", "un nombre entier"),
    "int_parsing_size": ("a smaller whole number", "un nombre entier plus petit"),
    "int_type": ("a whole number", "un nombre entier"),
    "less_than": ("a number below {lt:g}", "un nombre inférieur à {lt:g}"),
    "less_than_equal": ("a number of at most {le:g}", "un nombre au plus égal à {le:g}"),
    "list_type": ("a list such as {example}", "une liste telle que {example}"),
    "literal_error": ("{expected}", "{expected}"),
    "missing": ("a value", "une valeur"),
    "model_attributes_type": ("parameters with a value each", "des paramètres avec chacun une valeur"),
    "model_type": ("parameters with a value each", "des paramètres avec chacun une valeur"),
    "none_required": ("null", "null"),
    "string_type": ("text", "un texte"),
    "string_unicode": ("text", "un texte"),
    "too_long": ("values that number at most {max_length}", "au plus {max_length} valeurs"),
    "too_short": ("values that number at least {min_length}", "au moins {min_length} {values}"),
    "tuple_type": ("a list of values", "une liste de valeurs"),
}
_LISTS = {
    "absence.agents": "[A3,A5]",
    "budget.not_budgeted": "[insurance,training]",
    "demand.season.tax_campaigns": "[[2021-04-08,2021-06-08]]",
    "study.scenarios": "[reference,four_vehicles]",
}
_FRENCH = {"a time of day such as 09:30": "une heure telle que 09:30"}


def shown(value: object) -> str:
    """A value as a person would write it on the command line, cut when it is long."""
    if isinstance(value, str):
        text = f"'{value}'"
    else:
        try:
            text = json.dumps(value, ensure_ascii=False, default=str)
        except (TypeError, ValueError, RecursionError):
            text = type(value).__name__
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def nearest_path(path: str, valid: Iterable[str]) -> str | None:
    """The valid dotted path most like `path`: its last word found elsewhere, else the closest spelling."""
    paths = list(valid)
    last = path.rpartition(".")[2]
    same = [candidate for candidate in paths if candidate.rpartition(".")[2] == last]
    if len(same) == 1:
        return same[0]
    parent = path.rpartition(".")[0]
    siblings = [candidate for candidate in paths if candidate.rpartition(".")[0] == parent]
    close = nearest(last, [candidate.rpartition(".")[2] for candidate in siblings])
    if close is not None:
        return f"{parent}.{close}" if parent else close
    found = nearest(path, same) if same else None
    if found or same:
        return found or same[0]
    found = nearest(path, paths)
    if found is not None and "." in path:
        return found
    lasts = {candidate.rpartition(".")[2]: candidate for candidate in reversed(paths)}
    close = nearest(last, lasts)
    return lasts[close] if close is not None else found


def refusals(error: ValidationError, values: Any, valid_paths: Iterable[str]) -> list[Problem]:
    """One problem for each refused parameter; the variants of a choice of types are said together.

    Parameters
    ----------
    error
        What pydantic raised.
    values
        The nested values that were refused, to tell names of parameters from names of variants.
    valid_paths
        Every dotted path that exists, from which the nearest is taken.
    """
    paths = list(valid_paths)
    problems: list[Problem] = []
    expected_at: dict[str, list[tuple[str, str]]] = {}
    found_at: dict[str, str] = {}
    for item in error.errors(include_url=False):
        cause = (item.get("ctx") or {}).get("error")
        if isinstance(cause, ImpossibleError):
            problems += cause.problems
            continue
        kind = item["type"]
        where = _path(item["loc"], values, named=kind in {"missing", "extra_forbidden"})
        if kind == "extra_forbidden":
            problems.append(
                Problem(
                    where,
                    shown(item["input"]),
                    "a known parameter",
                    nearest_path(where, paths),
                    "un paramètre connu",
                )
            )
            continue
        found_at[where] = "nothing" if kind == "missing" else shown(item["input"])
        expected_at.setdefault(where, []).append(_expected(kind, item, where))
    for where, expected in expected_at.items():
        english = " or ".join(dict.fromkeys(text for text, _ in expected))
        french = " ou ".join(dict.fromkeys(text for _, text in expected))
        near = _near_literal(where, error, values)
        found = found_at[where]
        problems.append(Problem(where, found, english, near, french, "rien" if found == "nothing" else None))
    return problems


def _path(loc: tuple[int | str, ...], values: Any, *, named: bool) -> str:
    """The dotted path of an error, without the names pydantic gives to the variants of a union."""
    parts: list[str] = []
    for position, part in enumerate(loc):
        inside = _inside(values, part)
        if inside is _ABSENT and not (named and position == len(loc) - 1):
            continue
        if part == "[key]":
            continue
        parts.append(str(part))
        values = None if inside is _ABSENT else inside
    return ".".join(parts)


_ABSENT = object()


def _inside(values: Any, part: int | str) -> Any:
    if isinstance(values, Mapping):
        return values.get(part, _ABSENT)
    if isinstance(values, (list, tuple)) and isinstance(part, int) and part < len(values):
        return values[part]
    return _ABSENT


def _expected(kind: str, item: Mapping[str, Any], where: str) -> tuple[str, str]:
    context = {"example": _LISTS.get(where, "[0,1]"), **(item.get("ctx") or {})}
    if kind == "value_error":
        cause = context["error"]
        text = str(cause)
        return text, cause.fr if isinstance(cause, TooLargeError) else _FRENCH.get(text, text)
    if kind == "literal_error":
        options = str(context["expected"]).replace(" or ", ", ")
        return f"one of {options}", f"une valeur parmi {options}"
    templates = _EXPECTED.get(kind)
    if templates is None:
        message = str(item["msg"])
        return message, message
    context["values"] = "valeurs" if context.get("min_length", 2) > 1 else "valeur"
    return templates[0].format(**context), templates[1].format(**context)


def _near_literal(where: str, error: ValidationError, values: Any) -> str | None:
    for item in error.errors(include_url=False):
        if (
            item["type"] == "literal_error"
            and isinstance(item["input"], str)
            and _path(item["loc"], values, named=False) == where
        ):
            options = str(item["ctx"]["expected"]).replace(" or ", ", ").split(", ")
            return nearest(item["input"], [option.strip("'") for option in options])
    return None
