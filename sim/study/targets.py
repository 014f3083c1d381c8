"""Targets of a sizing study as one phrase: « passages tenus à deux ≥ 95 %, délai à domicile ≤ 10 jours »."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from sim.measures.registry import MEASURES
from sim.problems import InputError, Problem, nearest

__all__ = ["read_targets"]

_AT_LEAST = ("≥", ">=", "au moins", "at least")
_NUMBER = r"\d+(?:[.,]\d+)?"
_CLAUSE = re.compile(
    rf"""\s*(?P<name>.+?)\s*(?:[:=]\s*)?(?P<bound>≥|>=|≤|<=|au\ moins|au\ plus|at\ least|at\ most)
    \s*(?P<limit>{_NUMBER})(?P<unit>[^\d,;±+]*?)
    (?:(?:±|\+/-)\s*(?P<tolerance>{_NUMBER})[^\d,;]*?)?
    \s*(?:[,;]|\bet\b|\band\b|$)""",
    re.IGNORECASE | re.VERBOSE,
)
_EXAMPLE = "held_by_two_share ≥ 95 ± 1, home_lead_p90 ≤ 10"


def read_targets(phrase: str) -> dict[str, dict[str, float]]:
    """The targets of a phrase, as `sizing.targets` has them.

    Clauses are separated by commas, semicolons, « et » or "and"; each is a measure, ≥ or ≤ (>=, <=, « au
    moins », « au plus », "at least", "at most"), a number, its unit or none, and ± its tolerance where it is
    not the practical threshold. A measure is named by its id, its label, or words of its label that no other
    has; measures that decide come before the others, and with % those that are percentages.

    Raises
    ------
    sim.problems.InputError
        With every clause that cannot be read and every measure that is not known.
    """
    found: dict[str, dict[str, float]] = {}
    problems = []
    at = 0
    while at < len(phrase) and phrase[at:].strip():
        clause = _CLAUSE.match(phrase, at)
        if clause is None:
            problems.append(
                Problem(
                    "sizing.targets",
                    repr(phrase[at:].strip()),
                    f"a measure, ≥ or ≤, a number; such as {_EXAMPLE}",
                    None,
                    f"un indicateur, ≥ ou ≤, un nombre ; par exemple {_EXAMPLE}",
                    f"« {phrase[at:].strip()} »",
                )
            )
            break
        at = clause.end()
        name, close = _measure(clause["name"], percent="%" in clause["unit"])
        if name is None:
            problems.append(
                Problem(
                    "sizing.targets",
                    repr(clause["name"]),
                    "one measure of docs/measures.md, by its id or words of its label",
                    close,
                    "un indicateur de docs/measures.md, par son nom ou des mots de son libellé",
                    f"« {clause['name']} »",
                )
            )
            continue
        target = found.setdefault(name, {})
        end = "at_least" if clause["bound"].lower() in _AT_LEAST else "at_most"
        target[end] = _number(clause["limit"])
        if clause["tolerance"]:
            target["tolerance"] = _number(clause["tolerance"])
    if problems:
        raise InputError(problems)
    return found


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _plain(text: str) -> str:
    """Lower case, without accents or signs, words apart by one space."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"[a-z0-9_]+", "".join(c for c in letters if not unicodedata.combining(c))))


def _measure(name: str, *, percent: bool) -> tuple[str | None, str | None]:
    """The measure named, or None and the nearest id."""
    asked = _plain(name)
    known = [m for m in MEASURES if not percent or m.unit == "%"]
    exact = [m.id for m in known if asked in {_plain(m.id), _plain(m.label_fr), _plain(m.label_en)}]
    if exact:
        return exact[0], None
    words = asked.split()
    for some in ([m for m in known if m.decision], known):
        having = [m.id for m in some if any(_has(label, words) for label in (m.label_fr, m.label_en))]
        if len(having) == 1:
            return having[0], None
        if having:
            return None, having[0]
    return None, nearest(asked, [m.id for m in MEASURES])


def _has(label: str, words: Sequence[str]) -> bool:
    own = _plain(label).split()
    return bool(words) and all(any(mine.startswith(word) for mine in own) for word in words)
