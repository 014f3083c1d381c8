"""A picture of a report's first screen: `python -m benchmarks.shot FOLDER docs/images/rapport.png`."""

from __future__ import annotations

import sys
from pathlib import Path

from sim.report.printing import find_browser

__all__ = ["shoot"]


def shoot(folder: Path, target: Path, width: int = 1100, height: int = 900) -> None:
    """The report as somebody sees it who opens it, before scrolling."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_browser())
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto((folder / "report.html").resolve().as_uri())
        page.wait_for_timeout(1500)
        page.screenshot(path=target)
        browser.close()


if __name__ == "__main__":
    shoot(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))
