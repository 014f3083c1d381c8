"""Problems found in what a person gave us, collected and said together.

Every reader and checker takes a `Problems` list, adds what it finds and goes on; the edge
raises once, with all of them, and the command line prints them and leaves with exit code 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Self

__all__ = ["InputError", "Problem", "Problems", "Said", "StoppedError", "french", "nearest"]


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """The valid name most like `name`, or None when none is close."""
    found = get_close_matches(name, list(valid), n=1, cutoff=0.5)
    return found[0] if found else None


class Said(str):
    """A text in English that carries the same in French, until it is put in a problem."""

    __slots__ = ("fr",)
    fr: str

    def __new__(cls, en: str, fr: str) -> Self:
        """Hold both."""
        said = super().__new__(cls, en)
        said.fr = fr
        return said


def french(text: str) -> str:
    """The French a text carries, else the text."""
    return text.fr if isinstance(text, Said) else text


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
