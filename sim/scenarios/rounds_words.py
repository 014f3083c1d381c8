"""What people write in a spreadsheet of rounds, in French or English, and what it means."""

from __future__ import annotations

import re
import unicodedata

from sim.scenarios.tours import HALF_DAYS, WEEKDAYS

__all__ = [
    "CYCLE_WEEKS",
    "FRENCH_TITLES",
    "HALF_DAY_WORDS",
    "WEEKDAY_WORDS",
    "WEEK_WORDS",
    "column_of",
    "half_day_of",
    "plain",
    "time_of",
    "vehicle_of",
    "week_numbers",
    "weekday_of",
    "weeks_of",
]

CYCLE_WEEKS = (2, 4)
HEADERS = {
    "scenario": ("scenario",),
    "valid_from": ("valid from", "valable a partir du", "a partir du", "valable du", "date d effet"),
    "site_id": ("site id", "site", "id site", "identifiant du site", "lieu", "permanence", "commune"),
    "vehicle": (
        "vehicle",
        "vehicule",
        "voiture",
        "equipe",
        "n vehicule",
        "no vehicule",
        "numero de vehicule",
    ),
    "week": ("week", "semaine", "semaine du cycle", "no semaine", "n semaine"),
    "weekday": ("weekday", "day", "jour", "jour de la semaine"),
    "half_day": ("half day", "halfday", "demi journee", "demijournee", "moment", "periode"),
    "open_s": (
        "open s",
        "open",
        "opens",
        "opening",
        "ouverture",
        "heure d ouverture",
        "heure ouverture",
        "debut",
        "heure de debut",
        "ouvre a",
    ),
    "close_s": (
        "close s",
        "close",
        "closes",
        "closing",
        "fermeture",
        "heure de fermeture",
        "heure fermeture",
        "fin",
        "heure de fin",
        "ferme a",
    ),
}
# Of two headers for one column, the one named first here is read: a site before its commune.
COLUMN_OF = {name: (column, rank) for column, names in HEADERS.items() for rank, name in enumerate(names)}
# The columns that must be there, as a French spreadsheet names them.
FRENCH_TITLES = {
    "site_id": ("site", "commune"),
    "vehicle": ("véhicule", "équipe"),
    "week": ("semaine",),
    "weekday": ("jour",),
    "half_day": ("demi-journée",),
}
FRENCH_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
DAY_OF = {
    **{day: i for i, day in enumerate(FRENCH_DAYS, start=1)},
    **{day[:3]: i for i, day in enumerate(FRENCH_DAYS, start=1)},
    **{day.lower(): i for i, day in enumerate(WEEKDAYS, start=1)},
    **{day[:3].lower(): i for i, day in enumerate(WEEKDAYS, start=1)},
    **{str(i): i for i in range(1, 8)},
}
# Not AM and PM: in French notes AM is often the afternoon.
HALF_DAY_OF = {
    **dict.fromkeys(("morning", "matin", "matinee"), HALF_DAYS[0]),
    **dict.fromkeys(("afternoon", "apres midi", "apresmidi", "aprem"), HALF_DAYS[1]),
}
EVEN = ("even", "pair", "paire", "paires", "p")
ODD = ("odd", "impair", "impaire", "impaires", "i")
EVERY = (
    "every",
    "both",
    "all",
    "toutes",
    "tous",
    "chaque",
    "chaque semaine",
    "toutes les semaines",
    "paire et impaire",
)
WEEKDAY_WORDS = (*FRENCH_DAYS, *(day.lower() for day in WEEKDAYS))
HALF_DAY_WORDS = ("morning", "afternoon", "matin", "après-midi")
WEEK_WORDS = ("even", "odd", "every", "paire", "impaire", "toutes")
# A number of hours below 24 is what a person writes for a time; seconds of the day are larger.
MOST_HOURS = 24
SIGNS = ("-", "+")
WEEK_PREFIX = re.compile(r"^(semaines?|weeks?|s) ?(?=\w)")


def plain(text: str) -> str:
    """Reduce a text to lower-case words without accents or punctuation: 'Après-midi' → 'apres midi'."""
    letters = unicodedata.normalize("NFKD", text).casefold().replace("œ", "oe")
    letters = "".join(c for c in letters if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", letters))


def column_of(header: str) -> tuple[str, int] | None:
    """Return the contract's name of a column and the rank of this header for it, or None."""
    return COLUMN_OF.get(plain(header))


def vehicle_of(text: str) -> str:
    """'1', 'V1', 'véhicule n° 1', 'Équipe 1' → 'V1'; empty for anything else."""
    if text.strip().startswith(SIGNS):
        return ""
    found = re.fullmatch(
        r"(?:v|vehicule|vehicle|voiture|equipe)? ?(?:n|no|numero)? ?0*([1-9][0-9]{0,3})", plain(text)
    )
    return f"V{found[1]}" if found else ""


def weekday_of(text: str) -> int:
    """'mardi', 'Tue', '2' → 2; 0 for anything else."""
    return 0 if text.strip().startswith(SIGNS) else DAY_OF.get(plain(text), 0)


def half_day_of(text: str) -> str:
    """'matin', 'Après-midi' → 'morning', 'afternoon'; empty for anything else."""
    return HALF_DAY_OF.get(plain(text), "")


def week_numbers(text: str) -> tuple[int, ...]:
    """Return the weeks a cell names by number: '1', 'semaine 2', 'S3', '1 et 3'; else empty."""
    if text.strip().startswith(SIGNS) or re.search(r"[0-9]\.[0-9]", text):
        return ()
    words = WEEK_PREFIX.sub("", plain(text))
    if not re.fullmatch(r"[0-9]{1,2}(?: (?:et |and )?[0-9]{1,2})*", words):
        return ()
    return tuple(sorted({int(week) for week in re.findall(r"[0-9]+", words)}))


def weeks_of(text: str, even_week: int, length: int) -> tuple[int, ...]:
    """Return the weeks of a cycle of `length` that a cell names; empty when it names none.

    'paire' and 'impaire' are every second week, `even_week` being the first even one; 'toutes' is
    every week; numbers are themselves.
    """
    words, weeks = WEEK_PREFIX.sub("", plain(text)), range(1, length + 1)
    if words in EVEN:
        return tuple(week for week in weeks if week % 2 == even_week % 2)
    if words in ODD:
        return tuple(week for week in weeks if week % 2 != even_week % 2)
    if words in EVERY:
        return tuple(weeks)
    named = week_numbers(text)
    return named if all(week in weeks for week in named) else ()


def time_of(text: str) -> int | None:
    """Return the seconds of the day of '9h30', '09:30', '9:30:00', '9,5' (hours) or '34200'; else None.

    A number below 24 is hours; a fraction below 1 is a fraction of a day, as spreadsheets keep times.
    '9.30' is none: some mean half past nine, others nine hours and three tenths.
    """
    text = text.strip().lower().replace("\u00a0", " ").replace("\u202f", " ")
    clock = re.fullmatch(
        r"([0-9]{1,2}) ?[h:] ?(?:([0-9]{2})(?: ?(?:[:m]|mn|min) ?(?:([0-9]{2})s?)?)?)?(?:\.0+)?", text
    )
    if clock:
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return hours * 3600 + minutes * 60 + seconds if hours < 24 and minutes < 60 and seconds < 60 else None
    if not re.fullmatch(r"[0-9]{1,5}(?:[.,][0-9]{1,20})?", text) or re.fullmatch(
        r"[0-9]{1,2}\.[0-5][0-9]", text
    ):
        return None
    number = float(text.replace(",", "."))
    if number < 1:
        number *= 24
    value = round(number * 3600) if number < MOST_HOURS else round(number)
    return value if 0 <= value < 86_400 else None
