"""Headless Chromium for the tests of the report; skipped only where no Chromium is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.report.printing import FLAGS, find_browser
from tests.small_studies import small_study

__all__ = ["small_study"]

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (extra: test)")


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium is installed (apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=str(path), args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from sim.report import write_report
    from tests.browser.made_up import make_folder

    folder = make_folder(tmp_path_factory.mktemp("study") / "three_or_four" / "2026-01-05_09-00-00")
    write_report([folder])
    return folder


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from sim.report import write_report
    from tests.browser.made_up import make_folder

    folder = make_folder(
        tmp_path_factory.mktemp("hostile") / "three_or_four" / "2026-01-05_09-00-00", hostile=True
    )
    write_report([folder], images=False)
    return folder
