"""None of the wordings that mislead or wound can be produced anywhere; hostile names are inert."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import html5lib
import openpyxl
import pandas as pd
import pytest
import yaml

from sim.report import write_report
from sim.report.frames import possible
from sim.report.words import Words
from tests.browser.made_up import make_folder
from tests.conftest import ROOT
from tests.small_studies import SMALL, small_study

__all__ = ["small_study"]

# The left-hand column of the words for people, and their near forms; apostrophes are made straight first.
FORBIDDEN = (
    r"ne ser(t|vent) à rien",
    r"\b4 véhicules\b",
    r"une visite coûte",
    r"temps morts?\b",
    r"taux d'occupation",
    r"annulée?s? pour absence",
    r"non[ -]conformes?\b",
    r"moins efficaces?\b",
    r"\bperdue?s\b",
    r"\babandonn",
    r"\bperd(ent)? (sa|leur) permanence",
    r"jamais labellisée?s?",
    r"visites? refusées?",
    r"\bà \d+ minutes(?! (en voiture|de\b))",
)


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("’", "'")).lower()


def said(folder: Path) -> Iterator[tuple[str, str]]:
    """Everything a folder says to people, in French, by file."""
    for path in [folder / "report.html", *folder.glob("calendar/fiches/*.html")]:
        if path.is_file():
            tree = html5lib.parse(
                path.read_text(encoding="utf-8"), treebuilder="etree", namespaceHTMLElements=False
            )
            editions = [e for e in tree.iter("div") if e.get("id") == "fr"] or [tree]
            yield path.name, " ".join(editions[0].itertext())
    for path in folder.glob("*answer_fr.txt"):
        yield path.name, path.read_text(encoding="utf-8")
    for sheet in openpyxl.load_workbook(folder / "summary.xlsx"):
        yield sheet.title, " ".join(str(v) for row in sheet.iter_rows(values_only=True) for v in row if v)


@pytest.mark.parametrize("name", SMALL)
def test_no_page_says_it(small_study: Callable[[str], Path], name: str) -> None:
    """Tests page, fiches, answer and workbook of every study."""
    for where, text in said(small_study(name)):
        for wording in FORBIDDEN:
            found = re.search(wording, plain(text))
            assert found is None, (where, found)


def test_no_text_of_the_code_says_it() -> None:
    """Tests every string of the package and every label of the configuration, so that no study can say it."""
    texts: list[tuple[str, str]] = []
    for path in (ROOT / "sim").rglob("*.py"):
        texts += [
            (f"{path.name}:{node.lineno}", node.value)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
    for path in (ROOT / "conf").rglob("*.yaml"):
        if path.name != "register.yaml":
            content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
            texts.append((path.name, json.dumps(content, ensure_ascii=False, default=str)))
    templates = (ROOT / "sim" / "report" / "templates").iterdir()
    texts += [(path.name, path.read_text(encoding="utf-8")) for path in templates]
    assert len(texts) > 2000
    for where, text in texts:
        for wording in FORBIDDEN:
            assert re.search(wording, plain(text)) is None, (where, text)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_apostrophes_are_curly(small_study: Callable[[str], Path], language: str) -> None:
    """Tests that no straight apostrophe stands in a word of the page, in either language, commands aside."""
    for name in ("three_or_four", "sensitivity", "absence"):
        html = (small_study(name) / "report.html").read_text(encoding="utf-8")
        tree = html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)
        edition = next(e for e in tree.iter("div") if e.get("id") == language)
        for code in [*edition.iter("code")]:
            code.text = ""
        text = " ".join(edition.itertext())
        assert re.search(r"\w'\w", text) is None, re.findall(r".{20}\w'\w.{20}", text)[:5]


HOSTILE = (
    "<script>alert(1)</script>",
    '=HYPERLINK("x")',
    "+1+1",
    "@SUM(A1:A9)",
    "-2+3",
    "abc\u202egpj.exe",
    "é" * 200,
    "</title></script><img src=x onerror=alert(1)>",
)


def test_hostile_names_are_inert_in_every_output(tmp_path: Path) -> None:
    """Tests communes, sites, intercommunalités and scenarios with hostile names in every file."""
    folder = make_folder(tmp_path / "three_or_four" / "h", hostile=True)
    for name in ("communes", "sites"):
        path = folder / "territory" / f"{name}.csv"
        table = pd.read_csv(path, dtype=str)
        for column in ("name", "epci_name", "address"):
            if column in table.columns:
                table[column] = [HOSTILE[i % len(HOSTILE)] + str(i) for i in range(len(table))]
        table.to_csv(path, index=False)
    settings = yaml.safe_load((folder / "settings.yaml").read_text(encoding="utf-8"))
    for i, scenario in enumerate(settings["scenarios"]):
        scenario["label_fr"] = scenario["label_en"] = HOSTILE[i % len(HOSTILE)]
        scenario["sentence_fr"] = scenario["sentence_en"] = HOSTILE[-1]
    (folder / "settings.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    write_report([folder], images=False)
    pages = [folder / "report.html", *folder.rglob("figures/*.html"), *folder.rglob("fiches/*.html")]
    assert len(pages) > 15
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script>alert|<img|</title></script>", text), path.name
        assert text.count("<script") <= 3, path.name
    for path in folder.rglob("figures/*.svg"):
        assert not re.search(r"<script|<img|\u202e", path.read_text(encoding="utf-8")), path.name
    for path in folder.rglob("figures/*.json"):
        spec = json.loads(path.read_text(encoding="utf-8"))
        text = json.dumps(spec, ensure_ascii=False)
        assert not re.search(r"<(?!/?b>|br>)|\u202e", text), path.name
    book = openpyxl.load_workbook(folder / "summary.xlsx")
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
    assert all(c.data_type != "f" for c in cells)
    risky = [c for c in cells if isinstance(c.value, str) and c.value[:1] in "=+-@"]
    assert risky
    assert all(c.quotePrefix for c in risky)


def test_an_interval_stays_where_its_measure_can_be() -> None:
    """Tests that ends shown are held to the measure's range, and that one simulation has no interval."""
    assert possible(-183.0, "persons a year") == 0
    assert possible(116.5, "%") == 100
    assert possible(-5.0, "euros a year") == -5
    assert possible(None, "%") is None
    assert Words("fr").range(None, None) == "intervalle inconnu\u00a0: une seule simulation"
    assert Words("en").range(None, None) == "interval unknown: one simulation only"
