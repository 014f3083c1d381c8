"""The page and its files without a browser: complete, inert, equal to the tables, tolerant."""

from __future__ import annotations

import itertools
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import html5lib
import pandas as pd
import pytest

from sim.problems import InputError
from sim.report import write_report
from sim.report.__main__ import main
from sim.report.draw import NotDrawableError, draw
from sim.report.files import pictures_of, put_text
from sim.report.folder import StudyFolder
from sim.report.page import sections_of
from sim.report.palette import ROLES
from sim.report.reading import Reading
from sim.report.view import Choice, Panels
from sim.report.words import Words
from sim.study.manifest import describe_files
from tests.browser.made_up import make_folder
from tests.test_report_sentences import FORBIDDEN


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_folder(tmp_path_factory.mktemp("made") / "three_or_four" / "2026-01-05_09-00-00")
    write_report([folder], images=False)
    return folder


@pytest.fixture(scope="module")
def page(study: Path) -> str:
    return (study / "report.html").read_text(encoding="utf-8")


def text_of(html: str, language: str) -> str:
    """The text of one edition, spaces made plain."""
    tree = html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)
    edition = next(e for e in tree.iter("div") if e.get("id") == language)
    return re.sub(r"\s+", " ", "".join(edition.itertext()))


def pictures(folder: Path, language: str = "fr") -> Iterator[object]:
    return pictures_of(sections_of(Reading(StudyFolder(folder), Words(language))))  # type: ignore[arg-type]


def test_page_stands_alone(page: str) -> None:
    """Tests that the page is under 6 MB and refers to nothing outside itself."""
    assert len(page.encode()) < 6_000_000
    assert not re.search(r"https?://", page)
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest", page)
    assert "default-src 'none'" in page


def test_page_is_valid_html(page: str) -> None:
    """Tests that the page parses without any error and repeats no identifier."""
    html5lib.HTMLParser(strict=True).parse(page)
    idents = re.findall(r'\bid="([^"]+)"', page)
    assert len(idents) == len(set(idents))


def test_headings_are_in_order(page: str) -> None:
    """Tests that each edition has one first-level heading and skips no level."""
    for edition in re.split(r'class="edition"', page)[1:]:
        levels = [int(n) for n in re.findall(r"<h([1-6])[ >]", edition)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_figures_that_decide_equal_the_tables(study: Path, page: str, language: str) -> None:
    """Tests that the cards, the cost and the interval of the answer are those of the tables."""
    words = Words(language)  # type: ignore[arg-type]
    text = text_of(page, language)
    summary = pd.read_csv(study / "summary.csv").set_index(["scenario", "measure"])
    gaps = pd.read_csv(study / "comparison.csv").set_index(["scenario", "measure"])
    for measure, decimals in (
        ("persons_helped", 0),
        ("held_by_two_share", 1),
        ("days_to_next_held_passage", 1),
        ("home_lead_p90", 0),
        ("net_yearly_cost", 0),
    ):
        for scenario in ("reference", "four_vehicles"):
            level = words.number(float(summary.loc[(scenario, measure), "mean"]), decimals)
            assert re.sub(r"\s", " ", level) in text
        gap = gaps.loc[("four_vehicles", measure)]
        low, high = float(gap["ci_sim_low"]), float(gap["ci_sim_high"])
        span = words.range(low, high, decimals)
        assert re.sub(r"\s", " ", span) in text
        assert re.sub(r"\s", " ", words.signed(float(gap["difference"]), decimals)) in text


def test_every_gap_of_the_decision_measures_is_on_the_page(study: Path, page: str) -> None:
    """Tests that each scenario's differences and deciding intervals stand in a table, rounded."""
    from sim.measures.registry import measure_named

    text = text_of(page, "fr")
    words = Words("fr")
    gaps = pd.read_csv(study / "comparison.csv")
    for gap in gaps[gaps["decision"]].to_dict("records"):
        decimals = measure_named(str(gap["measure"])).decimals
        low, high = float(gap["ci_sim_low"]), float(gap["ci_sim_high"])
        shown = [words.span(low, high, places) for places in (decimals, decimals + 1)]
        assert any(re.sub(r"\s", " ", one) in text for one in shown)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_wording_that_wounds_or_misleads(page: str, language: str) -> None:
    """Tests that none of the wordings of the left-hand column is on the page, and no agent has a name."""
    text = text_of(page, language).lower()
    for wording in FORBIDDEN:
        assert wording not in text
    assert re.search(r"à 15 minutes(?! en voiture)", text) is None


def test_assumptions_are_never_mixed_with_chance(page: str) -> None:
    """Tests that the page says both layers, apart, and that it is not calibrated on real attendance."""
    french, english = text_of(page, "fr"), text_of(page, "en")
    assert "Ceci ne couvre pas nos hypothèses." in french
    assert "Non calé sur la fréquentation réelle de la cellule." in french
    assert "This does not cover our assumptions." in english
    assert "simulations sur 100" in french


def test_small_numbers_are_not_given(tmp_path: Path) -> None:
    """Tests that an intercommunalité with under ten persons a year has no number."""
    folder = make_folder(tmp_path / "three_or_four" / "a", detail=False)
    communes = pd.read_csv(folder / "communes.csv", dtype={"insee_code": str})
    communes[["itinerant", "home"]] = 0.01
    communes.to_csv(folder / "communes.csv", index=False)
    write_report([folder], images=False)
    assert "moins de 10 personnes aidées" in text_of(
        (folder / "report.html").read_text(encoding="utf-8"), "fr"
    )


TABLES = (
    "comparison.csv", "sites.csv", "communes.csv", "agents.csv", "budget.csv", "rounds.csv", "months.csv",
    "lead_times.csv", "half_days.csv", "weeks.csv", "assumptions.csv", "manifest.json", "settings.yaml",
    "facts", "territory",
)  # fmt: skip


@pytest.mark.parametrize("missing", TABLES)
def test_a_missing_table_leaves_its_section_out(study: Path, tmp_path: Path, missing: str) -> None:
    """Tests that without any one of its tables the report still has its answer and its other parts."""
    whole = [s.ident for s in sections_of(Reading(StudyFolder(study), Words("fr")))]
    folder = tmp_path / "three_or_four" / "b"
    shutil.copytree(study, folder, ignore=shutil.ignore_patterns(missing, "figures", "report.html"))
    found = [s.ident for s in sections_of(Reading(StudyFolder(folder), Words("fr")))]
    assert found[0] == "reponse"
    assert set(found) <= set(whole)
    assert len(whole) - len(found) <= 5


def test_the_least_a_page_is_made_of(study: Path, tmp_path: Path) -> None:
    """Tests that a folder with its summary alone still makes a valid page."""
    folder = tmp_path / "three_or_four" / "b"
    folder.mkdir(parents=True)
    shutil.copy(study / "summary.csv", folder)
    write_report([folder], images=False)
    html = (folder / "report.html").read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(html)
    assert "personnes par an" in text_of(html, "fr")


def test_hostile_names_are_inert(tmp_path: Path) -> None:
    """Tests that markup, formulas, direction marks and very long names in a territory do nothing."""
    folder = make_folder(tmp_path / "three_or_four" / "c", hostile=True)
    write_report([folder], images=False)
    html = (folder / "report.html").read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(html)
    assert "<script>alert" not in html
    assert "<img" not in html
    assert "</script><script>" not in html
    assert html.count("<script") == 1
    assert "49" not in re.findall(r"\{\{.*?\}\}", html)
    drawn = "".join(re.findall(r'<svg class="drawn".*?</svg>', html, flags=re.DOTALL))
    assert "\u202e" not in drawn
    for path in (folder / "figures").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "<script>alert" not in text
        assert "<img" not in text
    for path in (folder / "figures").glob("*.svg"):
        ET.parse(path)


def test_every_figure_is_one_plotly_accepts_and_is_drawn_alike(study: Path) -> None:
    """Tests that each figure is a valid Plotly figure, with the content that the page draws."""
    found = list(pictures(study))
    assert len(found) >= 15
    for picture in found:
        for width in picture.widths:  # type: ignore[attr-defined]
            if picture.ident.startswith("carte-") and width != 340:  # type: ignore[attr-defined]
                continue
            figure = picture.plot.figure(width)  # type: ignore[attr-defined]
            assert draw(figure) == draw(picture.plot.spec(width)), picture.ident  # type: ignore[attr-defined]


def test_every_figure_has_a_sentence_and_a_table(study: Path) -> None:
    """Tests that no figure is only a picture: a whole sentence, a table with rows, its own or shared."""
    for language in ("fr", "en"):
        reading = Reading(StudyFolder(study), Words(language))  # type: ignore[arg-type]
        blocks = [block for section in sections_of(reading) for block in section.blocks]
        shared = [b for b in blocks if isinstance(b, Choice | Panels) and b.table and b.table.rows]
        covered = {picture.ident for block in shared for picture in block.pictures}
        for picture in pictures(study, language):
            assert picture.sentence.endswith(".")  # type: ignore[attr-defined]
            if picture.ident not in {"semaine-carte", *covered}:  # type: ignore[attr-defined]
                assert picture.table.rows  # type: ignore[attr-defined]
        assert {"carte-minutes", "semaines-reference"} <= covered


def test_figures_as_files(study: Path) -> None:
    """Tests that figures stand as HTML and JSON that open offline, and as SVG that is well formed."""
    import plotly.io

    folder = study / "figures"
    specs = sorted(folder.glob("*.json"))
    assert len(specs) >= 15
    for spec in specs:
        plotly.io.from_json(spec.read_text(encoding="utf-8"), skip_invalid=False)
        html = spec.with_suffix(".html").read_text(encoding="utf-8")
        assert re.findall(r'(?:src|href)="([^"]+)"', html) == ["plotly.min.js"]
        ET.parse(spec.with_suffix(".svg"))
        assert "var(--" not in spec.with_suffix(".svg").read_text(encoding="utf-8")
        if len(specs) > 20 and spec.stem.startswith("carte"):
            break
    assert (folder / "plotly.min.js").is_file()


def test_what_cannot_be_drawn_is_refused() -> None:
    """Tests that a figure with an unknown trace, marker or mark is refused rather than half drawn."""
    layout = {"width": 100, "height": 100, "xaxis": {"range": [0, 1]}, "yaxis": {"range": [0, 1]}}
    point = {"type": "scatter", "x": [0], "y": [0]}
    for broken in (
        {"data": [{"type": "pie"}], "layout": layout},
        {
            "data": [
                {"type": "scatter", "mode": "markers", "x": [0], "y": [0], "marker": {"symbol": "star"}}
            ],
            "layout": layout,
        },
        {"data": [{**point, "fill": "tozeroy"}], "layout": layout},
        {"data": [], "layout": {**layout, "annotations": [{"text": "x", "x": 0, "y": 0, "showarrow": True}]}},
        {
            "data": [],
            "layout": {**layout, "shapes": [{"type": "circle", "x0": 0, "x1": 1, "y0": 0, "y1": 1}]},
        },
        {"data": [], "layout": {**layout, "xaxis": {}}},
    ):
        with pytest.raises(NotDrawableError):
            draw(broken)


def test_drawing_by_hand() -> None:
    """Tests that a point, its interval and a bar stand where arithmetic puts them."""
    spec = {
        "data": [
            {
                "type": "scatter", "mode": "markers", "x": [5], "y": [5],
                "marker": {"size": 10, "color": "#123456"},
                "error_x": {"array": [1], "arrayminus": [2], "color": "#123456"},
            },
            {
                "type": "bar", "orientation": "h", "x": [4], "y": [2], "base": [1], "width": 2,
                "marker": {"color": "#654321"},
            },
        ],
        "layout": {
            "width": 120, "height": 220, "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
            "xaxis": {"range": [0, 10]}, "yaxis": {"range": [0, 10]},
        },
    }  # fmt: skip
    svg = draw(spec)
    assert '<circle cx="60" cy="110" r="5" fill="#123456">' in svg
    assert 'x1="40" x2="70" y1="110" y2="110"' in svg
    assert '<rect x="20" y="150" width="40" height="40" fill="#654321">' in svg


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _contrast(a: str, b: str) -> float:
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_contrast(theme: int) -> None:
    """Tests that texts reach 4.5 to 1, and marks of scenarios and vehicles 3 to 1 on their backgrounds."""
    colour = {role: pair[theme] for role, pair in ROLES.items()}
    for background in ("paper", "wash", "band"):
        for text in ("ink", "muted"):
            assert _contrast(colour[text], colour[background]) >= 4.5, (text, background)
    assert _contrast(colour["accent"], colour["paper"]) >= 4.5
    for role in ROLES:
        if re.fullmatch(r"[sv]\d", role):
            assert _contrast(colour[role], colour["paper"]) >= 4.5, role
            assert _contrast(colour[role], colour["band"]) >= 3, role


def test_command_line(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Tests that the command writes the page again, and says what is wrong with a folder, exit code 2."""
    end(study)
    assert main([str(study), "--language", "en", "--no-images"]) == 0
    assert str(study / "report.html") in capsys.readouterr().out
    assert '<html lang="en"' in (study / "report.html").read_text(encoding="utf-8")
    write_report([study], images=False)
    assert main([str(tmp_path / "nowhere")]) == 2
    assert "rien à cet endroit" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main([str(tmp_path / "empty"), "--language", "en"]) == 2
    assert "summary.csv" in capsys.readouterr().err
    assert main([]) == 2
    assert "au moins un dossier" in capsys.readouterr().err
    with pytest.raises(InputError):
        write_report([])


def end(folder: Path) -> None:
    """Give a folder the manifest of a study that ended, with the proof of each file."""
    path = folder / "manifest.json"
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and file != path]
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "files": describe_files(folder, files)}), encoding="utf-8")


def test_changed_files_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Tests that damaged or unfinished data is refused, with what changed and the line that remakes it."""
    folder = make_folder(tmp_path / "study")
    write_report([folder], images=False)
    end(folder)
    before = (folder / "report.html").read_bytes()
    table, summary = folder / "comparison.csv", folder / "summary.csv"
    table.write_bytes(table.read_bytes()[:100])
    summary.write_text(summary.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    (folder / "sites.csv").unlink()
    assert main([str(folder), "--no-images"]) == 2
    said = capsys.readouterr().err
    assert "comparison.csv (changé)" in said
    assert "summary.csv (changé)" in said
    assert "sites.csv (absent)" in said
    assert f"python -m sim run.resume={folder}" in said
    assert (folder / "report.html").read_bytes() == before
    (folder / "manifest.json").unlink()
    assert main([str(folder), "--no-images"]) == 2
    said = capsys.readouterr().err
    assert "n'est pas finie" in said
    assert f"run.resume={folder}" in said


def test_full_disk_leaves_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that a file that cannot be written whole leaves nothing beside it."""

    def full(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        put_text(tmp_path / "report.html", "a page")
    assert not list(tmp_path.iterdir())


def test_settings_are_read(study: Path) -> None:
    """Tests that a parameter is found by its dotted name, and the reference is the first scenario."""
    folder = StudyFolder(study)
    assert folder.setting("run.seed") == 1
    assert folder.setting("nothing.here", "x") == "x"
    assert folder.scenarios[0].name == "reference"


def test_specs_are_plain_json(study: Path) -> None:
    """Tests that figures hold nothing but numbers, texts, lists and dictionaries."""
    for picture in pictures(study):
        json.dumps(picture.plot.spec(340), allow_nan=False)  # type: ignore[attr-defined]


def test_workbook(study: Path) -> None:
    """Tests that the workbook holds the budget to the cent, frozen headers, formats, and equal measures."""
    import openpyxl

    book = openpyxl.load_workbook(study / "summary.xlsx")
    sheet = book["Budget"]
    assert sheet.freeze_panes == "C2"
    for one in book:
        assert one.page_setup.orientation == "landscape"
        assert one.sheet_properties.pageSetUpPr.fitToPage
        assert one.title == "Lisez-moi" or one.print_title_rows
        kept = "AB" if one.freeze_panes == "C2" else "A"
        assert 7 * sum(one.column_dimensions[letter].width for letter in kept) < 1366 / 1.8, one.title
        texts = " ".join(str(c.value) for row in one.iter_rows() for c in row if isinstance(c.value, str))
        assert re.search(r"\w'\w", texts) is None, one.title
    rows = [row for row in sheet.iter_rows(min_row=2) if row[0].value == "3 équipes"]
    totals = {(r[2].value, r[3].value): r for r in rows if r[1].value == "Total"}
    assert totals["investissement", "dépense"][5].value == pytest.approx(53655.10, abs=0.005)
    assert totals["investissement", "recette"][5].value == pytest.approx(53655.10, abs=0.005)
    assert totals["fonctionnement", "dépense"][5].value == pytest.approx(108331.36, abs=0.005)
    assert "€" in totals["fonctionnement", "dépense"][5].number_format
    assert next(r for r in rows if r[1].value == "Assurances")[5].value is None
    summary = pd.read_csv(study / "summary.csv")
    assert book["Mesures"].max_row == len(summary) + 1
    gaps = pd.read_csv(study / "comparison.csv")
    assert book["Écarts"].max_row == len(gaps) + 1


def test_workbook_texts_are_never_formulas(tmp_path: Path) -> None:
    """Tests that a label that begins like a formula stays a text in the workbook."""
    import openpyxl

    folder = make_folder(tmp_path / "three_or_four" / "d", detail=False)
    settings = (folder / "settings.yaml").read_text(encoding="utf-8")
    label = '=HYPERLINK("x")'
    (folder / "settings.yaml").write_text(
        settings.replace("4 équipes, mêmes passages", label), encoding="utf-8"
    )
    table = pd.read_csv(folder / "assumptions.csv")
    table.loc[0, "source"] = "@SUM(A1:A9)"
    table.loc[1, "label_fr"] = "+1+1"
    table.to_csv(folder / "assumptions.csv", index=False)
    write_report([folder], images=False)
    book = openpyxl.load_workbook(folder / "summary.xlsx")
    kinds = {
        str(c.value): c.data_type for s in book for row in s.iter_rows() for c in row if c.value is not None
    }
    assert kinds[label] == "s"
    assert "f" not in kinds.values()
    assert "@SUM(A1:A9)" in kinds


def test_workbook_is_the_same_to_the_byte(study: Path) -> None:
    """Tests that the same folder gives the same workbook at another moment."""
    first = (study / "summary.xlsx").read_bytes()
    write_report([study], images=False)
    assert (study / "summary.xlsx").read_bytes() == first


def test_several_studies_side_by_side(study: Path, tmp_path: Path) -> None:
    """Tests that another folder's figures stand beside, with the settings in which they differ."""
    other = tmp_path / "three_or_four" / "other"
    shutil.copytree(study, other, ignore=shutil.ignore_patterns("figures", "facts", "report.html"))
    settings = (other / "settings.yaml").read_text(encoding="utf-8")
    (other / "settings.yaml").write_text(settings.replace("seed: 1", "seed: 7"), encoding="utf-8")
    summary = pd.read_csv(other / "summary.csv")
    summary.loc[summary["measure"] == "persons_helped", "mean"] = 12345.0
    summary.to_csv(other / "summary.csv", index=False)
    mine = tmp_path / "three_or_four" / "mine"
    shutil.copytree(study, mine, ignore=shutil.ignore_patterns("figures", "facts", "report.html"))
    write_report([mine, other], images=False)
    text = text_of((mine / "report.html").read_text(encoding="utf-8"), "fr")
    assert "Plusieurs études côte à côte" in text
    assert "12 345" in text
    assert "run.seed17" in text.replace(" ", "")


@pytest.fixture(scope="module")
def exits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_folder(
        tmp_path_factory.mktemp("exits") / "label_exits" / "2026-01-05_09-00-00",
        study="label_exits",
        detail=False,
    )
    write_report([folder], images=False)
    return folder


def test_exits_lead_with_their_question(exits: Path) -> None:
    """Tests that a study of exits answers by days without service, then takeovers and where people go."""
    html = (exits / "report.html").read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(html)
    text = text_of(html, "fr")
    assert (
        "Aucune commune n’a de jour sans service si la permanence s’arrête quand sa France Services ouvre"
        in text
    )
    assert "Si elle ouvre en retard : jusqu’à 181 jours" in text
    sections = [s.ident for s in sections_of(Reading(StudyFolder(exits), Words("fr")))]
    assert sections[:3] == ["reponse", "relais", "destinations"]
    # 60 of 454 in their own commune, 240 elsewhere, 154 without help: 13, 53 and 34 in a hundred.
    assert "sur 100 personnes, 13 sont aidées dans leur commune, 53 ailleurs, 34 ne sont pas aidées." in text
    assert "123 personnes par an changent de lieu" in text
    assert "28 décembre 2021" in text
    for wording in FORBIDDEN:
        assert wording not in text.lower()


def test_sentences_of_exits_say_every_bar(exits: Path) -> None:
    """Tests that each scenario drawn, and each kind of place people move to, stands in the sentence."""
    drawn = {p.ident: p for p in pictures(exits)}  # type: ignore[attr-defined]
    where = drawn["destinations"]
    for _, label in where.plot.named["rows"]:  # type: ignore[attr-defined]
        assert f"{label}\u00a0: sur 100 personnes" in where.sentence  # type: ignore[attr-defined]
    moved = drawn["de-vers"]
    for _, label, _ in moved.plot.named["parts"]:  # type: ignore[attr-defined]
        assert label[1:] in moved.sentence  # type: ignore[attr-defined]
    for _, commune in moved.plot.named["rows"]:  # type: ignore[attr-defined]
        assert commune in moved.sentence  # type: ignore[attr-defined]


def test_small_flows_are_not_counted_out(exits: Path) -> None:
    """Tests that fewer than ten persons from a permanence to a place are said as such."""
    picture = next(p for p in pictures(exits) if p.ident == "de-vers")  # type: ignore[attr-defined]
    cells = [cell.text for row in picture.table.rows for cell in row[1:]]  # type: ignore[attr-defined]
    assert "moins de 10" in cells
    assert "8" not in cells
    spec = picture.plot.spec(760)  # type: ignore[attr-defined]
    written = {note["text"] for note in spec["layout"]["annotations"]}
    assert "21" in written
    assert "8" not in written


@pytest.mark.parametrize(
    ("study_name", "only", "second"),
    [
        ("staffing", ("reference", "relief_pair", "four_vehicles_three_pairs"), "agents"),
        ("single", ("reference",), "carte"),
    ],
)
def test_studies_lead_with_their_own(
    tmp_path: Path, study_name: str, only: tuple[str, ...], second: str
) -> None:
    """Tests that each study leads with what its question is about; a single one needs no comparison."""
    folder = make_folder(tmp_path / study_name / "a", study=study_name, only=only, detail=False)
    sections = sections_of(Reading(StudyFolder(folder), Words("fr")))
    assert [s.ident for s in sections][:2] == ["reponse", second]
    if study_name == "single":
        assert "leviers" not in [s.ident for s in sections]
        assert "aide 2" in sections[0].blocks[0].text.replace("\u202f", " ")  # type: ignore[union-attr]


def test_studies_that_write_their_own_answer(study: Path, tmp_path: Path) -> None:
    """Tests that a sizing folder, with no summary, shows its own answer, its frontier and its designs."""
    folder = tmp_path / "sizing" / "a"
    shutil.copytree(study / "territory", folder / "territory")
    shutil.copy(study / "settings.yaml", folder)
    answers = {
        "fr": "Quels moyens suffisent ?\n95 % tenus à deux.\n\nRecommandée : 3 et 4\n  97 % tenus à deux\n",
        "en": "What staffing is enough?\n95% held by two.\n\nRecommended: 3 and 4\n  97% held by two\n",
    }
    for language, text in answers.items():
        (folder / f"answer_{language}.txt").write_text(text, encoding="utf-8")
    rows = [
        (
            f"d{i}",
            f"{i} paires",
            f"{i} pairs",
            90000.0 + 9000 * i,
            9800.0 + 90 * i - (i % 2) * 60,
            12.0,
            i % 2 == 0,
            role,
        )
        for i, role in enumerate(["", "", "recommended", "runner_up", "", ""])
    ]
    columns = [
        "design",
        "label_fr",
        "label_en",
        "net_yearly_cost",
        "persons_helped",
        "persons_helped_half_width",
    ]
    pd.DataFrame(rows, columns=[*columns, "frontier", "role"]).to_csv(folder / "designs.csv", index=False)
    write_report([folder], images=False)
    html = (folder / "report.html").read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(html)
    text = text_of(html, "fr")
    assert "Quels moyens suffisent" in text
    assert "Recommandée : 3 et 4" in text
    assert "97 % tenus à deux" in text
    assert "Non calé sur la fréquentation réelle" in text
    assert "6 organisations essayées, de 90 000 € à 135 000 €" in text
    assert "recommandée – 2 paires : 108 000 €" in text
    figure = next(p for p in pictures(folder) if p.ident == "organisations")  # type: ignore[attr-defined]
    assert draw(figure.plot.figure(760)) == draw(figure.plot.spec(760))  # type: ignore[attr-defined]


def test_the_flip_that_needs_least_is_said_first(study: Path, tmp_path: Path) -> None:
    """Tests that a sensitivity study beside gives the flip line, in the words of words.md, and a tornado."""
    beside = tmp_path / "sensitivity" / "a"
    beside.mkdir(parents=True)
    (beside / "answer_fr.txt").write_text(
        "Quelles hypothèses renverseraient la réponse ?\n", encoding="utf-8"
    )
    about = [
        "path",
        "label_fr",
        "label_en",
        "unit",
        "unit_en",
        "value",
        "low",
        "high",
        "confidence",
        "scenario",
        "measure",
    ]
    known = ("four_vehicles", "persons_helped")
    rows = [
        (
            "a",
            "la durée d'un accompagnement",
            "length of help",
            "minutes",
            "minutes",
            35.0,
            25.0,
            60.0,
            "C",
            *known,
        ),
        ("b", "les besoins par an", "needs a year", "", "", 0.5, 0.3, 1.0, "C", *known),
        ("c", "la patience", "patience", "minutes", "minutes", 60.0, 30.0, 90.0, "C", *known),
    ]
    flips = pd.DataFrame(rows, columns=about).assign(
        flips_at=[52.0, 0.95, None], direction=["above", "above", None], shown=[True, True, None]
    )
    flips.to_csv(beside / "flips.csv", index=False)
    tornado = pd.DataFrame(rows, columns=about).assign(
        difference=102.0,
        difference_low=[60.0, 90.0, 101.0],
        difference_high=[180.0, 110.0, 103.0],
        threshold=58.0,
    )
    tornado.to_csv(beside / "tornado.csv", index=False)
    reading = Reading(StudyFolder(study), Words("fr"), (StudyFolder(beside),))
    sections = {s.ident: s for s in sections_of(reading)}
    said = " ".join(text for _, text in sections["reponse"].blocks[3].items)  # type: ignore[union-attr]
    plain = said.replace("\u00a0", " ").replace("\u202f", " ")
    assert (
        "Ceci ne couvre pas nos hypothèses. La réponse s’inverserait si « la durée d’un accompagnement » "
        "dépassait 52 minutes (hypothèse : 35 minutes)." in plain
    )
    tornado_picture = next(p for p in pictures_of(tuple(sections.values())) if p.ident == "tornade")
    assert "+ 60 en bas de sa fourchette, + 180 en haut" in tornado_picture.sentence.replace("\u00a0", " ")
    assert draw(tornado_picture.plot.figure(340)) == draw(tornado_picture.plot.spec(340))
    flipped = [row[0] for row in sections["renverse"].blocks[2].rows]  # type: ignore[union-attr]
    assert flipped == ["la durée d’un accompagnement", "les besoins par an"]
