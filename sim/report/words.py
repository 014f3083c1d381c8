"""Words and numbers in French or English: one object a language, texts given in pairs beside their use."""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Literal

from babel import Locale
from babel.dates import format_date, get_month_names
from babel.numbers import format_decimal

__all__ = ["LANGUAGES", "Language", "Words", "inert", "named", "typographic"]

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")
_LOCALES = {"fr": Locale.parse("fr_FR"), "en": Locale.parse("en_GB")}
_THIN = "\u202f"
_NBSP = "\u00a0"
_MINUS = "\u2212"

# Units as they stand in tables, in French; a unit that is not here is shown as it is.
_UNITS_FR = {
    "day": "jour",
    "days": "jours",
    "min": "minutes",
    "h": "heures",
    "hours": "heures",
    "weeks": "semaines",
    "persons": "personnes",
    "half-days a year": "demi-journées par an",
}
_ENDING_IN_S = ("mois", "fois", "temps")


def typographic(text: str) -> str:
    """Text with curly apostrophes: l’été, the cell’s; a quote that stands before a word is left alone."""
    return re.sub(r"(?<=\w)'(?=[\w«“])", "’", text)


def _typeset(text: str) -> str:
    """French text with the spaces that must not break: before : ; ? ! % » and after «."""
    for mark in (":", "»", "%"):
        text = text.replace(f" {mark}", f"{_NBSP}{mark}")
    for mark in (";", "?", "!"):
        text = text.replace(f" {mark}", f"{_THIN}{mark}")
    return text.replace("« ", f"«{_NBSP}")


@functools.cache
def _separators(language: Language) -> dict[int, str]:
    """What the locale writes for the signs of a number of Python: its thousands, its decimals, its minus."""
    written = format_decimal(1234.5, format="#,##0.0", locale=_LOCALES[language])
    return {ord(","): written[1], ord("."): written[-2], ord("-"): _MINUS}


@dataclass(frozen=True)
class Words:
    """Texts, numbers and dates of one language.

    Calling it with a French and an English text gives the one of its language.
    """

    language: Language

    def __call__(self, fr: str, en: str) -> str:
        """The text of its language, with its spaces and apostrophes."""
        return typographic(_typeset(fr) if self.language == "fr" else en)

    @property
    def locale(self) -> Locale:
        """The babel locale of the language."""
        return _LOCALES[self.language]

    def number(self, value: float | None, decimals: int = 0) -> str:
        """A number with its separators: 1 234,5 or 1,234.5; an en dash where there is none."""
        if value is None or not math.isfinite(value):
            return "–"
        rounded = round(float(value), decimals) + 0.0
        return f"{rounded:,.{decimals}f}".translate(_separators(self.language))

    def signed(self, value: float | None, decimals: int = 0) -> str:
        """A difference with its sign: + 40, − 3,5, 0."""
        if value is None or not math.isfinite(value):
            return "–"
        rounded = round(float(value), decimals)
        if rounded == 0:
            return self.number(0.0, decimals)
        gap = _NBSP if self.language == "fr" else ""
        return f"{'+' if rounded > 0 else _MINUS}{gap}{self.number(abs(rounded), decimals)}"

    def one(self, value: float | None) -> bool:
        """Whether a noun after this value, as it is shown, is singular: under 2 in French, 1 in English."""
        return value is not None and (abs(value) < 2 if self.language == "fr" else abs(value) == 1)

    def counted(self, value: float | None, fr: str, en: str, decimals: int = 0) -> str:
        """A number and the noun that agrees with it, such as `counted(1, "jour|jours", "day|days")`."""
        one, _, many = (fr if self.language == "fr" else en).partition("|")
        shown = value if value is None else round(value, decimals)
        noun = one if self.one(shown) else many
        return f"{self.number(value, decimals)} {self(noun, noun)}"

    def unit(self, unit: str | None, of: float | None = None) -> str:
        """A unit in this language, with € for euros; it agrees with `of`, the value as it is shown."""
        word = unit or ""
        if self.language == "fr":
            word = _UNITS_FR.get(word, word)
        if self.one(of):
            first, space, rest = word.partition(" ")
            if first.endswith("s") and len(first) > 3 and first not in _ENDING_IN_S:
                word = first[:-1] + space + rest
        return "" if word in ("", "1") else re.sub(r"\b(euros?|eur|EUR)\b", "€", word)

    def with_unit(self, number: str, unit: str | None, of: float | None = None) -> str:
        """A number already written and its unit, kept on one line where the unit is short."""
        word = self.unit(unit, of)
        if not word:
            return number
        if word == "%" and self.language == "en":
            return f"{number}%"
        if word.startswith("€") and self.language == "en":
            sign = number[0] if number[:1] in "+\u2212" else ""
            return f"{sign}€{number[len(sign) :]}{word[1:]}"
        return f"{number}{_NBSP}{word}"

    def range(self, low: float | None, high: float | None, decimals: int = 0) -> str:
        """An interval in words, « entre 30 et 50 » or « entre − 3 et + 12 »; one simulation has none."""
        if low is None or high is None:
            return self("intervalle inconnu : une seule simulation", "interval unknown: one simulation only")
        least, most = self._ends(low, high, decimals)
        return self(f"entre {least} et {most}", f"between {least} and {most}")

    def span(self, low: float | None, high: float | None, decimals: int = 0) -> str:
        """The same for the cell of a table: « 30 à 50 », « − 3 à + 12 »."""
        least, most = self._ends(low, high, decimals)
        return self(f"{least} à {most}", f"{least} to {most}")

    def _ends(self, low: float | None, high: float | None, decimals: int) -> tuple[str, str]:
        """Both ends of an interval, with their signs where one of them is under zero as it is shown."""
        below = any(end is not None and round(end, decimals) < 0 for end in (low, high))
        say = self.signed if below else self.number
        return say(low, decimals), say(high, decimals)

    def hours(self, opens: float | None, closes: float | None) -> str:
        """From one time of the day to another, for the cell of a table: « 9 h 30 à 11 h 30 »."""
        return self(
            f"{self.clock(opens)} à {self.clock(closes)}", f"{self.clock(opens)} to {self.clock(closes)}"
        )

    def euros(self, value: float | None, decimals: int = 0, *, signed: bool = False) -> str:
        """An amount: 1 234 € or €1,234."""
        number = self.signed(value, decimals) if signed else self.number(value, decimals)
        return number if number == "–" else self.with_unit(number, "euros")

    def percent(self, share: float | None, decimals: int = 0) -> str:
        """A share of one as a percentage: 12,5 % or 12.5%."""
        return "–" if share is None else self.with_unit(self.number(100 * share, decimals), "%")

    def day(self, day: date | str | None, form: str = "d MMMM y") -> str:
        """A date in words: 1 juillet 2021."""
        if day is None or day == "":
            return "–"
        moment = date.fromisoformat(day[:10]) if isinstance(day, str) else day
        text = format_date(moment, format=form, locale=self.locale)
        return text.replace("1 ", "1er ", 1) if self.language == "fr" and text.startswith("1 ") else text

    def month(self, month: int, *, width: Literal["wide", "abbreviated", "narrow"] = "abbreviated") -> str:
        """The name of a month, 1 to 12."""
        return str(get_month_names(width, context="stand-alone", locale=self.locale)[month])

    def clock(self, seconds: float | None) -> str:
        """A time of the day: 9 h 30 or 09:30."""
        if seconds is None or not math.isfinite(seconds):
            return "–"
        hours, minutes = divmod(int(seconds) // 60, 60)
        return self(
            f"{hours}{_NBSP}h" + (f"{_NBSP}{minutes:02d}" if minutes else ""), f"{hours:02d}:{minutes:02d}"
        )

    def weekday(self, weekday: int) -> str:
        """The name of a weekday, Monday 1."""
        return self(
            ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")[weekday - 1],
            ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")[weekday - 1],
        )

    def listed(self, items: list[str]) -> str:
        """Items joined as in a sentence: a, b et c."""
        if len(items) < 2:
            return "".join(items)
        return ", ".join(items[:-1]) + self(" et ", " and ") + items[-1]

    def few(self, persons: float | None) -> str:
        """Persons in a commune, never below ten: « moins de 10 »."""
        if persons is None or not math.isfinite(persons):
            return "–"
        return self("moins de 10", "fewer than 10") if persons < 10 else self.number(persons)

    def none_or_few(self, persons: float | None) -> str:
        """The same where nobody at all is said as 0, which no simulation contradicts."""
        return self.number(0) if persons == 0 else self.few(persons)


def named(text: str) -> str:
    """A name as people read it: curly apostrophes, without control and direction marks."""
    return typographic("".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc", "Cs", "Co")))


def inert(text: str) -> str:
    """A name as figures may carry it: no markup of its own, no direction or control marks, bounded."""
    clean = named(text)
    return escape(clean if len(clean) <= 80 else clean[:79] + "…", quote=False)
