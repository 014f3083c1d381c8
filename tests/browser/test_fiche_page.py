"""The fiches in headless Chromium: accessible, no request, narrow screens, A4 in large type."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sim.report.fiche import write_fiches
from tests.test_fiche import HOSTILE, study

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
)
NAMES = ("99003.html", "99001.html", "index.html")


@pytest.fixture(scope="module")
def fiches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = study(tmp_path_factory.mktemp("fiches") / "s", name=HOSTILE)
    write_fiches(folder)
    return folder / "calendar" / "fiches"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [320, 1280])
def test_accessible_at_every_width(browser: Any, fiches: Path, name: str, width: int) -> None:
    """Tests that axe-core finds nothing, a narrow screen scrolls one way only, and nothing is asked for."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.goto((fiches / name).as_uri())
    assert axe.Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert asked == [(fiches / name).as_uri()]
    assert said == []
    page.close()


def test_the_keyboard_reaches_the_dates(browser: Any, fiches: Path) -> None:
    """Tests that the first stop of the keyboard leads to the dates and can be seen."""
    page = browser.new_page()
    page.goto((fiches / "99003.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#dates"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.close()


def test_printed_on_a4_in_large_type(browser: Any, tmp_path: Path) -> None:
    """Tests that the fiche of a commune that stays prints on one A4 page, in 14 points at least."""
    folder = study(tmp_path / "s")
    (folder / "exits.csv").unlink()
    write_fiches(folder)
    page = browser.new_page()
    page.goto((folder / "calendar/fiches/99003.html").as_uri())
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    box = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert box is not None
    assert [round(float(side)) for side in box.groups()] == [595, 842]
    page.emulate_media(media="print")
    sizes = page.evaluate(
        "[...document.querySelectorAll('main p, main td, main th, main li')]"
        ".map(e => parseFloat(getComputedStyle(e).fontSize) * 72 / 96)"
    )
    assert min(sizes) >= 14
    page.close()
