"""The report in headless Chromium: nothing asked from elsewhere, no error, accessible, keyboard, print."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import pytest

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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("fragment", ["", "#en"])
def test_axe(browser: Any, study: Path, fragment: str, scheme: str) -> None:
    """Tests that axe-core finds no violation, in both languages, light and dark, everything unfolded."""
    with Opened(browser, study / "report.html", fragment, color_scheme=scheme) as opened:
        opened.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        found = axe.Axe().run(opened.page)
        assert found.violations_count == 0, found.generate_report()
