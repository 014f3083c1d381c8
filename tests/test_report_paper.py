"""How the report stands on paper, and how its pictures are told apart without colour."""

from __future__ import annotations

import re

import pytest

from sim.report.draw import draw, hatched
from sim.report.files import pictures_of
from sim.report.folder import StudyFolder
from sim.report.page import build_page, build_paper, sections_of
from sim.report.palette import DASHES
from sim.report.paper import HALF, PAGE, column_shares, in_columns, table_beside
from sim.report.reading import Reading
from sim.report.view import Cell, Picture, Plot, Table
from sim.report.words import Words
from tests.browser.made_up import make_folder


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    folder = make_folder(tmp_path_factory.mktemp("paper") / "three_or_four" / "2026-01-05_09-00-00")
    return Reading(StudyFolder(folder), Words("fr"))


def table(columns: int, rows: int, cell: str = "12,5") -> Table:
    return Table(
        "Un tableau",
        ["Nom", *(f"C{i}" for i in range(1, columns))],
        [["Une commune", *(Cell(cell, number=True) for _ in range(1, columns))] for _ in range(rows)],
    )


def test_long_narrow_tables_stand_in_two_columns() -> None:
    """Tests that many rows of few figures are set in two columns; few rows, or wide ones, are not."""
    assert in_columns(table(4, 60))
    assert not in_columns(table(4, 10))
    assert not in_columns(table(9, 60, "1 234 (1 200 à 1 270)"))


def test_columns_share_the_width() -> None:
    """Tests that shares make up the whole, that figures have room for their digits, texts for the rest."""
    rows = [["Une commune", Cell("34 582 (34 375 à 34 790)", number=True), "texte " * 30]]
    shares = column_shares(Table("x", ["Nom", "Nombre", "Note"], rows))
    assert sum(shares) == pytest.approx(100, abs=0.2)
    assert shares[1] / 100 * PAGE >= 24 * 1.1
    assert shares[2] == max(shares)


def test_a_table_stands_beside_its_figure_where_both_can_be_read() -> None:
    """Tests that a small table stands beside, a wide or an endless one under, and none nowhere."""

    def beside(given: Table | None) -> float | None:
        plot = Plot(None, ())  # type: ignore[arg-type]
        return table_beside(Picture("x", "x", "x.", plot, table=given), {340: 280.0, 760: 360.0})

    small = beside(table(4, 6))
    assert small is not None
    assert HALF <= small < PAGE - 60
    assert beside(table(12, 6, "1 234 (1 200 à 1 270)")) is None
    assert beside(table(4, 200)) is None
    assert beside(None) is None


def test_outlines_of_one_look_are_one_path_on_paper() -> None:
    """Tests that on paper alike outlines are one path without titles, others stay apart."""
    square = {"type": "scatter", "fill": "toself", "mode": "lines", "meta": "outline", "line": {"width": 1}}
    xs, ys = (0, 1, 1, None, 3, 4, 4), (0, 0, 1, None, 3, 3, 4)
    spec = {
        "data": [
            {**square, "x": xs, "y": ys, "fillcolor": colour, "hovertext": "Une commune"}
            for colour in ("#111111", "#222222", "#111111")
        ],
        "layout": {"width": 90, "height": 90, "xaxis": {"range": [0, 9]}, "yaxis": {"range": [0, 9]}},
    }
    screen, paper = draw(spec), draw(spec, paper=True)
    assert screen.count("<path") == screen.count("<title>") == 3
    assert paper.count("<path") == 2
    assert "<title>" not in paper
    assert paper.count("z") == 6


def test_paper_has_one_language_one_drawing_and_every_table(reading: Reading) -> None:
    """Tests that the page for the printer has the tables of the whole page, unfolded, and nothing twice."""
    sections = sections_of(reading)
    whole, paper = build_page([reading], [sections]), build_paper(reading, sections)
    assert paper.count("<table") == whole.count("<table")
    assert paper.count("<tr") == whole.count("<tr")
    assert len(re.findall(r'<svg class="drawn"', paper)) == len(list(pictures_of(sections))) - 1
    for absent in ("<details", "<script", "<input", "<button", "#fr-"):
        assert absent not in paper
    assert len(paper) < 0.75 * len(whole)


@pytest.mark.parametrize("shape", ["/", "\\", "x", "."])
def test_hatches_stay_in_their_box(shape: str) -> None:
    """Tests that no line or dot of a hatch leaves its rectangle."""
    drawn = hatched(shape, (10.0, 57.0, 20.0, 33.0), "#000")
    points = re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", drawn)
    assert len(points) > 8
    assert all(9.9 <= float(x) <= 57.1 and 19.9 <= float(y) <= 33.1 for x, y in points)


def test_pictures_are_told_apart_without_colour(reading: Reading) -> None:
    """Tests that lines differ by dash, activities by shape, and that no name is cut on a phone."""
    found = {picture.ident: picture for picture in pictures_of(sections_of(reading))}
    lines = [
        trace["line"]["dash"]
        for trace in found["domicile"].plot.spec(340)["data"]
        if trace["mode"] == "lines"
    ]
    assert lines == list(DASHES[: len(lines)])
    assert len(set(lines)) > 2
    bars = found["semaine-lignes"].plot.spec(340)["data"]
    looks = {(str(b["marker"]["pattern"]["shape"]), b["marker"]["line"]["width"], b["width"]) for b in bars}
    names = {b["name"] for b in bars}
    assert len(looks) >= len(names) - 2
    for ident in ("semaine-lignes", "leviers-aidees"):
        texts = [note["text"] for note in found[ident].plot.spec(340)["layout"]["annotations"]]
        assert not any("…" in text for text in texts)
