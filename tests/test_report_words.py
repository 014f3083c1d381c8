"""Numbers, dates and names as people read them, in both languages."""

from __future__ import annotations

from datetime import date

import pytest

from sim.report.words import Words, inert

FR, EN = Words("fr"), Words("en")


@pytest.mark.parametrize(
    ("value", "decimals", "fr", "en"),
    [
        (1234.5, 1, "1\u202f234,5", "1,234.5"),
        (-0.04, 1, "0,0", "0.0"),
        (-1234, 0, "\u22121\u202f234", "\u22121,234"),
        (None, 0, "–", "–"),
        (float("nan"), 2, "–", "–"),
        (0.5, 0, "0", "0"),
    ],
)
def test_numbers(value: float | None, decimals: int, fr: str, en: str) -> None:
    """Tests that numbers carry the separators of the language and never a negative zero."""
    assert FR.number(value, decimals) == fr
    assert EN.number(value, decimals) == en


def test_signed_money_shares() -> None:
    """Tests that signs, percentages and euros stand as each language writes them."""
    assert FR.signed(40) == "+\u00a040"
    assert FR.signed(-3.5, 1) == "\u2212\u00a03,5"
    assert FR.signed(0.001, 1) == "0,0"
    assert EN.signed(40) == "+40"
    assert FR.percent(0.125, 1) == "12,5\u00a0%"
    assert EN.percent(0.125, 1) == "12.5%"
    assert FR.euros(1234) == "1\u202f234\u00a0€"
    assert EN.euros(-1234, signed=True) == "\u2212€1,234"
    assert FR.with_unit("5", "euros par an") == "5\u00a0€ par an"


def test_dates_and_hours() -> None:
    """Tests that dates and hours are in words."""
    assert FR.day(date(2021, 7, 1)) == "1er juillet 2021"
    assert FR.day("2021-10-21") == "21 octobre 2021"
    assert EN.day("2021-07-01") == "1 July 2021"
    assert FR.clock(9 * 3600 + 1800) == "9\u00a0h\u00a030"
    assert FR.clock(14 * 3600) == "14\u00a0h"
    assert EN.clock(9 * 3600 + 1800) == "09:30"


def test_french_spaces() -> None:
    """Tests that French punctuation never stands alone at the start of a line."""
    assert (
        FR("Où ? Ici : « là » ; 5 % !", "") == "Où\u202f? Ici\u00a0: «\u00a0là\u00a0»\u202f; 5\u00a0%\u202f!"
    )
    assert EN("", "Where? Here: “there”; 5%!") == "Where? Here: “there”; 5%!"


def test_few() -> None:
    """Tests that fewer than ten persons are never counted out."""
    assert FR.few(9.99) == "moins de 10"
    assert FR.few(10) == "10"
    assert EN.few(0) == "fewer than 10"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("abc\u202egpj", "abcgpj"),
        ("a\u0000b\nc", "abc"),
        ("é" * 200, "é" * 79 + "…"),
    ],
)
def test_hostile_names(name: str, expected: str) -> None:
    """Tests that a name in a figure can carry neither markup nor direction marks, and is bounded."""
    assert inert(name) == expected
