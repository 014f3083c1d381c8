"""Strict reading of the files of a folder: bytes, CSV tables and JSON, every problem kept with its place.

Nothing here raises for what a file contains: problems are added, and what could be read is returned.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import re
import unicodedata
from collections.abc import Collection
from datetime import date
from pathlib import Path

from sim.problems import Problems, Said, french, nearest, system_reason

__all__ = ["Folder", "Row", "shown"]

MOST_BYTES = 500_000_000
MOST_TEXT = 1000
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
IDENTIFIER = re.compile(r"[^\W_][\w.' \-]{0,119}")
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Line and paragraph separators, and the controls that reorder what is displayed.
UNSAFE = frozenset("\u2028\u2029\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


SOME_TEXT = Said("some text", "un texte")
A_FILE = Said("a file", "un fichier")
A_JSON = Said("a JSON text", "un texte JSON")


def unsafe(character: str) -> bool:
    """Whether a character has no place in a name: control, reordering, or not a character at all."""
    return character in UNSAFE or unicodedata.category(character) in ("Cc", "Cs", "Cn")


def shown(value: object, most: int = 80) -> str:
    """Show what was found, in quotes, shortened, its unprintable characters escaped."""
    if value is None or value == "":
        return Said("nothing", "rien")
    text = value if isinstance(value, str) else repr(value)
    if len(text) > most:
        text = text[: most - 1] + "…"
    text = "".join(c.encode("unicode_escape").decode() if unsafe(c) else c for c in text)
    return f"'{text}'" if isinstance(value, str) else text


def _cells(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count > 1 else ''}"


def _line(file: str, line: int) -> Said:
    return Said(f"{file}, line {line}", f"{file}, ligne {line}")


class Row:
    """One line of a table, its cells read one by one.

    A cell that is wrong adds a problem, makes the line unsound and is read as an empty value:
    nothing is built from a line that is not `sound`.
    """

    def __init__(
        self, file: str, line: int, cells: dict[str, str], problems: Problems, *, shifted: bool = False
    ) -> None:
        self.file = file
        self.line = line
        self._cells = cells
        self._problems = problems
        self.shifted = shifted
        self.sound = not shifted

    def where(self, column: str) -> Said:
        """Say the place of a cell."""
        return Said(
            f"{self.file}, line {self.line}, column {column}",
            f"{self.file}, ligne {self.line}, colonne {column}",
        )

    def wrong(self, column: str, found: object, expected: str, near: str | None = None) -> None:
        """Add a problem at a cell of this line; the line is no longer sound."""
        self.sound = False
        self._problems.add(self.where(column), found, expected, near)

    def raw(self, column: str) -> str:
        """Return the cell without the spaces around it; empty when the column is missing."""
        return self._cells.get(column, "").strip()

    def has(self, column: str) -> bool:
        """Whether the cell can be read; what keeps it from being read was said already.

        A column may be missing from the whole file, or the line may have a cell too few or too many,
        so that its cells stand under the wrong names.
        """
        if column not in self._cells or self.shifted:
            self.sound = False
            return False
        return True

    def text(self, column: str, *, blank: bool = False, name: str = SOME_TEXT) -> str:
        """Return a text without control characters."""
        if not self.has(column):
            return ""
        found = self.raw(column)
        if not found and not blank:
            self.wrong(column, shown(found), name)
        elif len(found) > MOST_TEXT:
            self.wrong(
                column,
                Said(f"{len(found)} characters", f"{len(found)} caractères"),
                Said(f"at most {MOST_TEXT} characters", f"au plus {MOST_TEXT} caractères"),
            )
        elif any(map(unsafe, found)):
            self.wrong(
                column,
                shown(found),
                Said(f"{name}, without control characters", f"{french(name)}, sans caractère de contrôle"),
            )
        else:
            return found
        return ""

    def identifier(self, column: str) -> str:
        """Return an identifier: letters, digits, then also spaces, dots, hyphens, apostrophes."""
        found = self.text(column, name=Said("an identifier", "un identifiant"))
        if found and not IDENTIFIER.fullmatch(found):
            self.wrong(
                column,
                shown(found),
                Said(
                    "an identifier that starts with a letter or digit, then letters, digits, - . _ ' or "
                    "spaces",
                    "un identifiant qui commence par une lettre ou un chiffre, puis lettres, chiffres, "
                    "- . _ ' ou espaces",
                ),
            )
            return ""
        return found

    def number(self, column: str, low: float, high: float, what: str) -> float:
        """Return a finite number between two bounds, decimal point."""
        if not self.has(column):
            return math.nan
        found = self.raw(column)
        expected = Said(
            f"{what}, a number from {low:g} to {high:g}", f"{french(what)}, un nombre de {low:g} à {high:g}"
        )
        if not NUMBER.fullmatch(found) or len(found) > 60:
            if NUMBER.fullmatch(found.replace(",", ".")):
                expected = Said(
                    f"{expected} with a decimal point, not a comma",
                    f"{expected.fr} avec un point décimal, pas une virgule",
                )
            self.wrong(column, shown(found), expected)
        elif not low <= float(found) <= high:
            self.wrong(column, shown(found), expected)
        else:
            return float(found)
        return math.nan

    def whole(self, column: str, low: int, high: int, what: str) -> int:
        """Return a whole number between two bounds."""
        if not self.has(column):
            return 0
        found = self.raw(column)
        if WHOLE.fullmatch(found) and low <= int(found) <= high:
            return int(found)
        self.wrong(
            column,
            shown(found),
            Said(
                f"{what}, a whole number from {low} to {high}",
                f"{french(what)}, un nombre entier de {low} à {high}",
            ),
        )
        return 0

    def day(self, column: str, *, blank: bool = False) -> date | None:
        """Return a date written 2021-07-01; None also for a blank cell, where that is allowed."""
        if not self.has(column):
            return None
        found = self.raw(column)
        if not found and blank:
            return None
        value = _iso_date(found)
        if value is None:
            self.wrong(
                column,
                shown(found),
                Said(
                    "a date such as 2021-07-01" + (", or nothing" if blank else ""),
                    "une date telle que 2021-07-01" + (", ou rien" if blank else ""),
                ),
            )
        elif not 1900 <= value.year <= 2200:
            self.wrong(column, shown(found), Said("a date from 1900 to 2200", "une date de 1900 à 2200"))
            return None
        return value

    def one_of(self, column: str, choices: Collection[str]) -> str:
        """Return one of a few words."""
        if not self.has(column):
            return ""
        found = self.raw(column)
        if found in choices:
            return found
        words = ", ".join(choices)
        self.wrong(
            column,
            shown(found),
            Said(f"one of {words}", f"un mot parmi {words}"),
            nearest(found[:100], choices),
        )
        return ""


def _iso_date(text: str) -> date | None:
    if not ISO_DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


class Folder:
    """The files of one folder, read once each; remembers their digest.

    `files` are the names that belong there, so that a mistyped one is recognised. `cut` holds the
    tables that could not be read to their end.
    """

    def __init__(self, path: Path, problems: Problems, files: Collection[str] = ()) -> None:
        self.path = path
        self.problems = problems
        self.cut: set[str] = set()
        self._files = files
        self._sha256 = hashlib.sha256()
        self._headers: dict[str, tuple[str, ...]] = {}
        try:
            entries = [entry for entry in path.iterdir() if entry.name in files or not entry.is_dir()]
            self._names = sorted(entry.name for entry in entries)
        except OSError as error:
            self._names = []
            problems.add(
                str(path),
                system_reason(error),
                Said("a folder that can be read", "un dossier lisible"),
            )

    def label(self, file: str) -> str:
        """Name a file with its folder, as messages do."""
        return f"{shown(self.path.name)[1:-1]}/{file}"

    def has(self, file: str) -> bool:
        """Whether the folder has an entry of this name."""
        return file in self._names

    @property
    def digest(self) -> str:
        """The sha256 of the names and bytes of the files read so far, in the order of reading."""
        return self._sha256.hexdigest()

    def read(self, file: str, *, digest: bool = True) -> bytes | None:
        """Return the bytes of a file, or None after saying why not."""
        path = self.path / file
        if not self.has(file):
            self.problems.add(
                self.label(file),
                Said("no such file", "aucun fichier de ce nom"),
                Said(f"the file {file} of a territory", f"le fichier {file} d'un territoire"),
                nearest(file, (name for name in self._names if name not in self._files)),
            )
            return None
        try:
            if path.is_dir():
                self.problems.add(self.label(file), Said("a folder", "un dossier"), A_FILE)
                return None
            if not path.is_file():
                self.problems.add(
                    self.label(file),
                    Said("something that is not a file", "quelque chose qui n'est pas un fichier"),
                    A_FILE,
                )
                return None
            if path.stat().st_size > MOST_BYTES:
                self.problems.add(
                    self.label(file),
                    Said("a file over 500 MB", "un fichier de plus de 500 Mo"),
                    Said("a file of at most 500 MB", "un fichier d'au plus 500 Mo"),
                )
                return None
            content = path.read_bytes()
        except OSError as error:
            self.problems.add(
                self.label(file),
                system_reason(error),
                Said("a file that can be read", "un fichier lisible"),
            )
            return None
        if digest:
            self._sha256.update(f"{file}\0{len(content)}\0".encode())
            self._sha256.update(content)
        return content

    def text(self, file: str, *, digest: bool = True) -> str | None:
        """Return a file's text, from UTF-8 with or without a byte order mark, composed (NFC)."""
        content = self.read(file, digest=digest)
        if content is None:
            return None
        if not content.strip(b"\xef\xbb\xbf \t\r\n"):
            self.problems.add(
                self.label(file),
                Said("an empty file", "un fichier vide"),
                Said("a file with content", "un fichier avec un contenu"),
            )
            return None
        try:
            return unicodedata.normalize("NFC", content.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            self.problems.add(
                _line(self.label(file), line),
                Said(
                    f"the byte 0x{content[error.start]:02X}, which is not UTF-8",
                    f"l'octet 0x{content[error.start]:02X}, qui n'est pas de l'UTF-8",
                ),
                Said(
                    "text in UTF-8 (in a spreadsheet: save as CSV UTF-8)",
                    "du texte en UTF-8 (dans un tableur : enregistrer en CSV UTF-8)",
                ),
            )
            return None

    def was_read(self, file: str) -> bool:
        """Whether this table had a header to read."""
        return file in self._headers

    def header(self, file: str) -> tuple[str, ...]:
        """Return the columns of a table that was read."""
        return self._headers[file]

    def table(self, file: str, columns: Collection[str], *, digest: bool = True) -> list[Row]:
        """Return the lines of a CSV table that has at least these columns, whatever their order.

        A missing column is a problem, said once; the others are read all the same.
        """
        text = self.text(file, digest=digest)
        if text is None:
            return []
        label = self.label(file)
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        rows: list[Row] = []
        line = 1
        try:
            for cells in reader:
                here, line = line, reader.line_num + 1
                if not any(cell.strip() for cell in cells):
                    continue
                if file not in self._headers:
                    header = tuple(cell.strip() for cell in cells)
                    if self._check_header(label, here, header, columns):
                        self._headers[file] = header
                        continue
                    return []
                header = self._headers[file]
                shifted = len(cells) != len(header)
                named = dict(zip(header, cells, strict=False))
                rows.append(Row(label, here, named, self.problems, shifted=shifted))
                if shifted:
                    self.problems.add(
                        _line(label, here),
                        Said(_cells(len(cells), "cell"), _cells(len(cells), "cellule")),
                        Said(
                            f"{len(header)} cells, as in the first line",
                            f"{len(header)} cellules, comme dans la première ligne",
                        ),
                    )
        except csv.Error as error:
            self.cut.add(file)
            self.problems.add(
                _line(label, line),
                Said(f"a line that cannot be read ({error})", "une ligne qui ne peut pas être lue"),
                Said(
                    "cells between commas, quotes closed",
                    "des cellules entre virgules, des guillemets fermés",
                ),
            )
        return rows

    def _check_header(self, label: str, line: int, header: tuple[str, ...], columns: Collection[str]) -> bool:
        """Check the names of the columns; False when the file is not cut by commas at all."""
        if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
            self.problems.add(
                _line(label, line),
                shown(header[0]),
                Said(
                    "columns separated by commas (CSV UTF-8)",
                    "des colonnes séparées par des virgules (CSV UTF-8)",
                ),
            )
            return False
        seen: set[str] = set()
        for position, column in enumerate(header, start=1):
            if column in seen:
                self.problems.add(
                    Said(
                        f"{label}, line {line}, column {position}",
                        f"{label}, ligne {line}, colonne {position}",
                    ),
                    Said(f"{shown(column)} a second time", f"{french(shown(column))} une deuxième fois"),
                    Said("each column once", "chaque colonne une seule fois"),
                )
            seen.add(column)
        for column in columns:
            if column not in seen:
                near = nearest(column, (c[:200] for c in seen - set(columns)))
                self.problems.add(
                    _line(label, line),
                    Said(
                        f"no column {column}" + (f", but a column {shown(near)}" if near else ""),
                        f"aucune colonne {column}" + (f", mais une colonne {shown(near)}" if near else ""),
                    ),
                    Said(f"the column {column}", f"la colonne {column}"),
                )
        return True

    def json(self, file: str) -> object | None:
        """Return what a JSON file holds, or None after saying why not."""
        text = self.text(file)
        if text is None:
            return None
        label = self.label(file)
        try:
            found: object = json.loads(text, parse_constant=_refuse_constant)
            if SURROGATE.search(text):
                json.dumps(found, ensure_ascii=False).encode()  # UnicodeEncodeError for half a pair
        except json.JSONDecodeError as error:
            self.problems.add(
                _line(label, error.lineno),
                Said(
                    f"a text that is not JSON ({error.msg})",
                    "un texte qui n'est pas du JSON : une virgule, un guillemet ou une accolade y manque "
                    f"ou y est de trop, vers la colonne {error.colno}",
                ),
                A_JSON,
            )
        except (ValueError, RecursionError) as error:
            reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
            self.problems.add(
                label,
                Said(
                    f"a JSON text that cannot be used ({reason[:100]})",
                    "un texte JSON inutilisable : trop d'imbrications, ou un nombre qui n'en est pas un",
                ),
                A_JSON,
            )
        else:
            return found
        return None


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number")
