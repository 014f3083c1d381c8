"""Problems found in what a person gave us, collected and said together.

Every reader and checker takes a `Problems` list, adds what it finds and goes on; the edge
raises once, with all of them, and the command line prints them and leaves with exit code 2.
"""

from __future__ import annotations

import errno
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache
from typing import Self

__all__ = [
    "InputError",
    "Problem",
    "Problems",
    "Said",
    "StoppedError",
    "french",
    "grouped",
    "nearest",
    "said_in",
    "system_reason",
]


MOST_SAID = 50
"""A longer list of problems is cut: nobody reads 5 000 lines, and the first ones explain the others."""
_LONGEST = 100
_CLOSE = 0.5
# Names among which words are compared one by one; above, whole spellings only, which is much faster.
_MOST_BY_WORDS = 1500
# A word that stands in this many names, such as « mairie », does not tell one from another.
_COMMON = 4


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """The valid name most like `name`, or None when none is close.

    Case, accents and signs do not count; a name that begins with what was given, or holds its words,
    counts more than one of a similar spelling.
    """
    return _nearest(name[:_LONGEST], tuple(valid))


@lru_cache(maxsize=4096)
def _nearest(name: str, valid: tuple[str, ...]) -> str | None:
    wanted = _folded(name)
    names = {other: _folded(other) for other in valid if other != name}
    if not wanted or not names:
        return None
    if len(names) > _MOST_BY_WORDS:
        spelt = {folded: other for other, folded in reversed(names.items())}
        close = get_close_matches(wanted, spelt, n=1, cutoff=_CLOSE)
        return spelt[close[0]] if close else None
    counts = Counter(word for folded in names.values() for word in set(folded.split()))
    common = {word for word, count in counts.items() if count >= _COMMON}
    scores = {other: _likeness(wanted, folded, common) for other, folded in names.items()}
    best = max(scores, key=lambda other: (scores[other], other))
    return best if scores[best] >= _CLOSE else None


def _folded(text: str) -> str:
    """Lower-case words without accents or signs."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return " ".join(re.findall(r"[^\W_]+", "".join(c for c in letters if not unicodedata.combining(c))))


def _likeness(wanted: str, name: str, common: set[str]) -> float:
    """How like a name is what was given: about 0 to 1, more when it begins with it or holds its words."""
    if wanted == name:
        return 2.0
    whole = SequenceMatcher(None, wanted, name).ratio()
    mine = [word for word in wanted.split() if word not in common] or wanted.split()
    theirs = [word for word in name.split() if word not in common] or name.split()
    rest = SequenceMatcher(None, " ".join(mine), " ".join(theirs)).ratio()
    words = max(
        (SequenceMatcher(None, a, b).ratio() for a in mine for b in theirs if min(len(a), len(b)) >= 4),
        default=0.0,
    )
    likeness = max(0.8 * rest + 0.2 * whole, 0.9 * words if words >= 0.75 else 0.0)
    if len(wanted) >= 3 and name.startswith(wanted):
        likeness = max(likeness, 1.0)
    return likeness + 0.1 * whole * (likeness >= _CLOSE)


def grouped(number: int, language: str) -> str:
    """A whole number with its thousands apart: 12 000, or 12,000 in English."""
    return f"{number:,}".replace(",", "\u202f" if language == "fr" else ",")


def said_in(problems: Sequence[Problem], language: str) -> list[str]:
    """The problems in `fr` or `en`, one a line; a long list is cut and says how many are left."""
    lines = [problem.say(language) for problem in problems[:MOST_SAID]]
    if more := len(problems) - len(lines):
        count = grouped(more, language)
        if language == "fr":
            lines.append(f"… et {count} autre{'s' if more > 1 else ''}.")
        else:
            lines.append(f"… and {count} other{'s' if more > 1 else ''}.")
    return lines


class Said(str):
    """A text in English that carries the same in French, until it is put in a problem."""

    __slots__ = ("fr",)
    fr: str

    def __new__(cls, en: str, fr: str) -> Self:
        """Hold both."""
        said = super().__new__(cls, en)
        said.fr = fr
        return said

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        """What makes it again in another process."""
        return type(self), (str.__str__(self), self.fr)


def french(text: str) -> str:
    """The French a text carries, else the text."""
    return text.fr if isinstance(text, Said) else text


_SYSTEM = {
    errno.ENOENT: "un fichier ou un dossier qui n'existe pas",
    errno.EACCES: "un accès refusé",
    errno.EPERM: "une opération interdite",
    errno.EROFS: "un disque en lecture seule",
    errno.ENOSPC: "un disque plein",
    errno.EDQUOT: "un quota de disque dépassé",
    errno.EISDIR: "un dossier, pas un fichier",
    errno.ENOTDIR: "un fichier, pas un dossier",
    errno.EEXIST: "un nom déjà pris",
    errno.ENAMETOOLONG: "un nom trop long",
    errno.ELOOP: "des liens qui tournent en rond",
    errno.EIO: "une erreur de lecture ou d'écriture du disque",
    errno.EINVAL: "un nom que le système refuse",
}


def system_reason(error: OSError | ValueError) -> Said:
    """Why the system refused a file, in words."""
    number = getattr(error, "errno", None)
    english = getattr(error, "strerror", None) or "refused by the system"
    return Said(english, _SYSTEM.get(number or 0, f"un refus du système (n° {number})"))


def _carried(text: object) -> str | None:
    return text.fr if isinstance(text, Said) else None


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where it stands, what was found, what was expected."""

    where: str
    found: str
    expected: str
    nearest: str | None = None
    expected_fr: str | None = None
    found_fr: str | None = None
    where_fr: str | None = None

    def __str__(self) -> str:
        hint = f" Did you mean '{self.nearest}'?" if self.nearest else ""
        return f"{self.where}: found {self.found}; expected {self.expected}.{hint}"

    def say(self, language: str) -> str:
        """The problem in `fr` or `en`; words without a French form are left in English."""
        if language != "fr":
            return str(self)
        hint = f" Vouliez-vous dire « {self.nearest} » ?" if self.nearest else ""
        found, expected = self.found_fr or self.found, self.expected_fr or self.expected
        where = self.where_fr or self.where
        return f"{where} : trouvé {found} ; attendu : {expected}.{hint}"


class Problems:
    """A list of problems that grows while an input is read."""

    def __init__(self) -> None:
        self._items: list[Problem] = []

    def add(
        self,
        where: str,
        found: object,
        expected: str,
        nearest: str | None = None,
        expected_fr: str | None = None,
        found_fr: str | None = None,
    ) -> None:
        """Add one problem; `found` is shown as it was given, each `Said` in its language."""
        self._items.append(
            Problem(
                str(where),
                str(found),
                str(expected),
                nearest,
                expected_fr or _carried(expected),
                found_fr or _carried(found),
                _carried(where),
            )
        )

    def extend(self, problems: Iterable[Problem]) -> None:
        """Add the problems another reader found."""
        self._items.extend(problems)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def raise_if_any(self) -> None:
        """Raise `InputError` with every problem, if there is one.

        Raises
        ------
        InputError
            When at least one problem was added.
        """
        if self._items:
            raise InputError(self._items)


class InputError(Exception):
    """The input is wrong: carries every problem found, in the order they were found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StoppedError(InputError):
    """A study could not go on; what it had finished is kept."""
