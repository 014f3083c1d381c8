"""The report in headless Chromium: nothing asked from elsewhere, no error, accessible, keyboard, print."""

from __future__ import annotations

import io
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

from sim.report.printing import Chromium
from tests.small_studies import SMALL

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
)

WIDTHS = (360, 768, 1440)


class Opened:
    """A page with what it asked for and complained of."""

    def __init__(self, browser: Any, page: Path, fragment: str = "", **context: Any) -> None:
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.on("console", lambda m: self.complaints.append(m.text))
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.on("dialog", lambda d: (self.complaints.append(f"dialog {d.message}"), d.dismiss()))
        self.page.goto(page.as_uri() + fragment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


RUN_AXE = """options => axe.run(document, options).then(found => found.violations.map(
    one => [one.id, one.help, one.nodes.slice(0, 5).map(node => node.html.slice(0, 200))]))"""
FEW_ROWS = """() => { for (const body of document.querySelectorAll('tbody')) {
    [...body.rows].slice(8).forEach(row => row.remove()); } }"""
ALONE = """language => {
    window.away = [...document.querySelectorAll('.edition')].filter(e => e.id !== language);
    window.away.forEach(e => e.remove()); }"""
TOGETHER = "() => window.away.forEach(e => document.querySelector('.edition, main').after(e))"
LANGUAGES = ("fr", "en")


def assert_accessible(page: Any) -> None:
    """Every rule of axe-core in both languages, all unfolded, and contrast both light and dark.

    The whole page is gone through once. Then, as rows of a table are alike, eight of each stay; contrast, the
    dearest rule and the only one that differs between the two schemes, is measured in the edition shown.
    """
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate(axe.Axe().axe_script)
    plain = {"resultTypes": ["violations"], "preload": False}
    contrast = "color-contrast"
    for language in LANGUAGES:
        show(page, language)
        found = page.evaluate(RUN_AXE, {**plain, "rules": {contrast: {"enabled": False}}})
        assert found == [], (language, found)
        page.evaluate(FEW_ROWS)
        page.evaluate(ALONE, language)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = page.evaluate(RUN_AXE, {**plain, "runOnly": [contrast]})
            assert found == [], (language, scheme, found)
        page.evaluate(TOGETHER)


def show(page: Any, language: str) -> None:
    page.evaluate("language => { location.hash = language; }", language)
    page.wait_for_function("language => document.documentElement.lang === language", arg=language)


def test_axe(browser: Any, study: Path) -> None:
    """Tests that axe-core finds no violation, in both languages, light and dark, everything unfolded."""
    with Opened(browser, study / "report.html") as opened:
        assert_accessible(opened.page)


def test_axe_sees_faults(browser: Any, tmp_path: Path) -> None:
    """Tests that the check above finds a fault of structure and one of contrast."""
    page = tmp_path / "page.html"
    page.write_text(
        "<!doctype html><html lang=fr><title>x</title><script>onhashchange = () => {"
        "document.documentElement.lang = location.hash.slice(1); };</script><main><h1>x</h1>"
        "<p style='color:#bbb;background:#fff'>pâle</p></main>",
        encoding="utf-8",
    )
    with Opened(browser, page) as opened, pytest.raises(AssertionError, match="color-contrast"):
        assert_accessible(opened.page)
    page.write_text(
        page.read_text(encoding="utf-8").replace("<h1>", "<img src=data:,><h1>"), encoding="utf-8"
    )
    with Opened(browser, page) as opened, pytest.raises(AssertionError, match="image-alt"):
        assert_accessible(opened.page)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SMALL if name != "drawn"])
def test_axe_of_every_study(browser: Any, small_study: Callable[[str], Path], name: str) -> None:
    """Tests that axe-core finds no violation in any study, French and English, light and dark, unfolded."""
    with Opened(browser, small_study(name) / "report.html") as opened:
        assert_accessible(opened.page)
        assert opened.complaints == []
        assert len(opened.requests) == 1


OVERLAPS = """() => {
  const found = [];
  for (const svg of document.querySelectorAll('svg.drawn')) {
    const box = svg.getBoundingClientRect();
    if (!box.width) { continue; }
    const texts = [...svg.querySelectorAll('text:not(.mover-name)')]
      .map(t => [t.textContent, t.getBoundingClientRect()]);
    const name = svg.closest('figure').id + ': ';
    for (const [text, r] of texts) {
      const beside = r.left < box.left - 1 || r.right > box.right + 1;
      if (beside || r.top < box.top - 1 || r.bottom > box.bottom + 1) {
        found.push(name + text + ' leaves the picture');
      }
    }
    for (let i = 0; i < texts.length; i++) {
      for (let j = i + 1; j < texts.length; j++) {
        const [a, c] = [texts[i][1], texts[j][1]];
        const wide = Math.min(a.right, c.right) - Math.max(a.left, c.left);
        const high = Math.min(a.bottom, c.bottom) - Math.max(a.top, c.top);
        if (wide > 1 && high > 3) { found.push(name + texts[i][0] + ' over ' + texts[j][0]); }
      }
    }
  }
  return found;
}"""


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_texts_of_pictures_stand_apart(browser: Any, small_study: Callable[[str], Path], name: str) -> None:
    """Tests that at each width no text of a picture covers another or leaves it, and no page is too wide."""
    folder = small_study(name)
    for fragment in ("", "#en"):
        with Opened(browser, folder / "report.html", fragment) as opened:
            opened.page.add_style_tag(content=".choice>figure{display:block!important}")
            for width in WIDTHS:
                opened.page.set_viewport_size({"width": width, "height": 900})
                assert opened.page.evaluate(OVERLAPS) == [], width
                assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", ["three_or_four", "sensitivity", "absence"])
def test_what_a_screen_reader_meets(browser: Any, small_study: Callable[[str], Path], name: str) -> None:
    """Tests the accessibility tree: no picture, one main heading, named tables with headers, few stops."""
    folder = small_study(name)
    with Opened(browser, folder / "report.html", viewport={"width": 1440, "height": 900}) as opened:
        page = opened.page
        tree = page.locator("body").aria_snapshot()
        assert "img" not in tree
        assert tree.count("[level=1]") == 1
        assert tree.index("- main") < tree.index("[level=1]")
        assert "nan" not in tree.lower().split()
        assert "null" not in tree
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        tree = page.locator("body").aria_snapshot()
        tables = re.findall(r"- '?table(.*)", tree)
        assert tables
        assert all(re.match(r' ".+"', name) for name in tables)
        for rows in re.split(r"- '?table ", tree)[1:]:
            assert "columnheader" in rows
            assert "rowheader" in rows
        # a table that does not scroll is no stop of the keyboard
        stops = page.evaluate(
            "() => [...document.querySelectorAll('#fr .scroll[tabindex]')].filter(e => e.offsetParent)"
            ".every(e => e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight)"
        )
        assert stops


@pytest.mark.parametrize("width", [360, 1440])
def test_a_wide_table_says_that_it_scrolls(
    browser: Any, small_study: Callable[[str], Path], width: int
) -> None:
    """Tests that a hint stands above each table wider than its place, and above no other."""
    page_of = small_study("three_or_four") / "report.html"
    with Opened(browser, page_of, viewport={"width": width, "height": 900}) as opened:
        opened.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        opened.page.wait_for_timeout(200)
        right = opened.page.evaluate(
            """() => [...document.querySelectorAll('#fr .hint')].filter(h => h.parentElement.offsetParent)
                .map(h => [h.offsetHeight > 0, h.nextElementSibling.scrollWidth >
                           h.nextElementSibling.clientWidth + 1])"""
        )
        assert right
        assert all(shown == wide for shown, wide in right)
        assert width > 360 or any(shown for shown, _ in right)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_width(browser: Any, study: Path, width: int) -> None:
    """Tests that at each width nothing overflows, every figure is drawn, nothing is asked or said."""
    with Opened(browser, study / "report.html", viewport={"width": width, "height": 900}) as opened:
        page = opened.page
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert opened.requests == [(study / "report.html").as_uri()]
        assert opened.complaints == []
        drawn = page.evaluate(
            """() => [...document.querySelectorAll('#fr figure')].filter(f => f.offsetParent).map(f => {
                const svg = [...f.querySelectorAll("svg.drawn")]
                    .find(s => s.getBoundingClientRect().width > 0);
                return svg ? svg.querySelectorAll('path,circle,rect,use,line').length : 0; })"""
        )
        assert len(drawn) >= 15
        assert all(marks > 1 for marks in drawn)
        smallest = page.evaluate(
            """() => Math.min(...[...document.querySelectorAll('#fr svg.drawn')]
                .filter(s => s.getBoundingClientRect().width > 0)
                .map(s => s.getBoundingClientRect().width / s.viewBox.baseVal.width))"""
        )
        assert smallest > 0.85
        assert len(page.screenshot()) > 20_000


def test_first_view_is_quick(browser: Any, study: Path) -> None:
    """Tests that the page is painted in under two seconds."""
    started = time.perf_counter()
    with Opened(browser, study / "report.html") as opened:
        opened.page.locator("h1").first.wait_for()
        paint = opened.page.evaluate(
            "() => new Promise(r => { const e = performance.getEntriesByName('first-contentful-paint')[0];"
            " r(e ? e.startTime : -1); })"
        )
        if paint < 0:
            paint = 1000 * (time.perf_counter() - started)
        assert paint < 2000


def test_language_switch(browser: Any, study: Path) -> None:
    """Tests that one key press shows the other language, marked as such, and back, numbers included."""
    with Opened(browser, study / "report.html") as opened:
        page = opened.page
        assert page.evaluate("document.documentElement.lang") == "fr"
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "English"
        page.keyboard.press("Enter")
        page.wait_for_function("document.documentElement.lang === 'en'")
        assert page.title().startswith("3 or 4 teams?")
        assert page.locator("#en h1").is_visible()
        assert not page.locator("#fr h1").is_visible()
        assert "€160,100" in page.locator("#en").inner_text() or "160,100" in page.locator("#en").inner_text()
        page.locator("#en a[href='#en-leviers']").click()
        assert page.locator("#en-leviers").is_visible()
        page.locator("#en a[hreflang=fr]").click()
        page.wait_for_function("document.documentElement.lang === 'fr'")
        assert page.locator("#fr h1").is_visible()


def test_language_switch_without_script(browser: Any, study: Path) -> None:
    """Tests that without any script the page is whole and the other language at a click."""
    with Opened(browser, study / "report.html", java_script_enabled=False) as opened:
        page = opened.page
        assert page.locator("#fr h1").is_visible()
        page.locator("#fr a[hreflang=en]").click()
        assert page.locator("#en h1").is_visible()
        assert not page.locator("#fr h1").is_visible()
        assert page.locator("#en figure svg.drawn").first.is_visible()


def test_keyboard_path(browser: Any, study: Path) -> None:
    """Tests that skip link, map choice, disclosures and the week work from the keyboard."""
    with Opened(browser, study / "report.html", viewport={"width": 1280, "height": 900}) as opened:
        page = opened.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#fr-reponse"
        radios = page.locator("#fr .choice input[type=radio]")
        radios.first.focus()
        before = page.locator("#fr .choice > figure:visible").get_attribute("id")
        page.keyboard.press("ArrowDown")
        after = page.locator("#fr .choice > figure:visible").get_attribute("id")
        assert before != after
        summary = page.locator("#fr figure details summary").first
        summary.focus()
        page.keyboard.press("Enter")
        assert page.locator("#fr figure details").first.get_attribute("open") is not None
        slider = page.locator("#fr .week input[type=range]")
        slider.focus()
        said = slider.get_attribute("aria-valuetext")
        page.keyboard.press("PageUp")
        assert slider.get_attribute("aria-valuetext") != said
        outline = slider.evaluate("e => getComputedStyle(e).outlineStyle")
        assert outline != "none"


def test_the_week_moves_only_when_asked(browser: Any, study: Path) -> None:
    """Tests that nothing moves by itself, that play moves and pause stops, also with reduced motion."""
    for motion in ("no-preference", "reduce"):
        with Opened(browser, study / "report.html", reduced_motion=motion) as opened:
            page = opened.page
            slider = page.locator("#fr .week input[type=range]")
            first = slider.input_value()
            page.wait_for_timeout(300)
            assert slider.input_value() == first
            button = page.locator("#fr .week button")
            button.click()
            assert button.inner_text() == "Pause"
            page.wait_for_function("v => document.querySelector('#fr .week input').value !== v", arg=first)
            button.click()
            assert button.inner_text() == "Lire"
            still = slider.input_value()
            page.wait_for_timeout(1200 if motion == "reduce" else 300)
            assert slider.input_value() == still


def test_print(browser: Any, study: Path) -> None:
    """Tests that the page prints on A4 as report.pdf: tagged, numbered, the answer alone first, unfolded."""
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    with Opened(browser, study / "report.html") as opened:
        content = opened.page.pdf(prefer_css_page_size=True, tagged=True, outline=True)
    told = []
    for pdf in (pypdf.PdfReader(io.BytesIO(content)), pypdf.PdfReader(study / "report.pdf")):
        assert 8 < len(pdf.pages) < 26
        box = pdf.pages[0].mediabox
        assert (round(float(box.width)), round(float(box.height))) in {(595, 842), (596, 842), (595, 841)}
        assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
        assert pdf.trailer["/Root"]["/Lang"].startswith("fr")
        pages = [page.extract_text() for page in pdf.pages]
        assert "3 ou 4 équipes" in pages[0]
        assert "Les leviers" not in pages[0]
        assert all(f"{i + 1} / {len(pages)}" in text for i, text in enumerate(pages))
        whole = "".join(pages)
        assert "Mairie de Laguépie" in whole
        assert "How sure we are" not in whole
        told.append(len(pages))
    assert told[0] == told[1]


def test_hostile_names_do_nothing(browser: Any, hostile: Path) -> None:
    """Tests that hostile names in a territory run nothing, ask nothing and break no layout."""
    with Opened(browser, hostile / "report.html", viewport={"width": 360, "height": 800}) as opened:
        page = opened.page
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert opened.requests == [(hostile / "report.html").as_uri()]
        assert opened.complaints == []
        assert page.locator("#fr img").count() == 0
        assert page.locator("script").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for figure in ("carte-minutes.html", "attentes.html", "tournees-reference.html"):
        with Opened(browser, hostile / "figures" / figure) as opened:
            opened.page.wait_for_selector("#figure .main-svg", state="attached")
            assert opened.complaints == []
            assert all(url.startswith("file:") for url in opened.requests)


def test_images_through_the_browser(browser: Any, study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that each figure also stands as PNG and PDF, and that without a browser a note says how."""
    from sim.report import write_report

    figures = study / "figures"
    names = {path.stem for path in figures.glob("*.json")}
    assert {path.stem for path in figures.glob("*.png")} == names
    assert {path.stem for path in figures.glob("*.pdf")} == names
    assert (figures / "mois.png").read_bytes().startswith(b"\x89PNG")
    assert (study / "report.pdf").read_bytes().startswith(b"%PDF")
    monkeypatch.setenv("SIM_BROWSER", "")
    write_report([study])
    note = (figures / "NO_BROWSER.txt").read_text(encoding="utf-8")
    assert "apt-get install chromium" in note
    monkeypatch.delenv("SIM_BROWSER")


@pytest.mark.parametrize("name", ["chromium-headless-shell", "chromium"])
def test_every_kind_of_browser_prints(name: str) -> None:
    """Tests that a headless shell as well as a browser with windows prints a page, then several pictures."""
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"><rect width="9" height="9"/></svg>'
    with Chromium(Path(program), timeout_s=30) as started:
        page = started.pdf("<!doctype html><title>x</title><h1>Une page</h1>")
        made = list(started.pictures({str(i): (svg, 90.0, 60.0) for i in range(4)}))
        assert page().startswith(b"%PDF")
    assert [one for one, _, _ in made] == ["0", "1", "2", "3"]
    assert all(png.startswith(b"\x89PNG") and pdf.startswith(b"%PDF") for _, png, pdf in made)
