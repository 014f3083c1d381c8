"""Chromium, where one is installed: the report as a tagged A4 PDF and figures as SVG, PNG and PDF."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

__all__ = ["FLAGS", "NO_BROWSER", "find_browser", "print_pdf"]

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_FOLDERS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
NO_BROWSER = (
    "No Chromium, Chrome or Edge found: no PDF, SVG or PNG. Install one (Debian: apt-get install chromium) or "
    "give its path in the variable SIM_BROWSER, then build the report again."
)


def find_browser() -> Path | None:
    """The path of a Chromium, Chrome or Edge: SIM_BROWSER first, then the usual names and places."""
    given = os.environ.get("SIM_BROWSER")
    found = [given] if given else [shutil.which(name) for name in _NAMES] + list(_FOLDERS)
    return next((Path(path) for path in found if path and Path(path).is_file()), None)


def print_pdf(page: Path, pdf: Path, browser: Path, *, timeout_s: float = 60.0) -> None:
    """Print a local page as a tagged A4 PDF.

    Raises
    ------
    OSError
        When the browser fails or writes nothing.
    """
    with tempfile.TemporaryDirectory(prefix="sim-print-") as profile:
        command = [
            str(browser),
            *FLAGS,
            f"--user-data-dir={profile}",
            "--no-pdf-header-footer",
            "--export-tagged-pdf",
            "--generate-pdf-document-outline",
            f"--print-to-pdf={pdf}",
            page.resolve().as_uri(),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=timeout_s)  # noqa: S603 - our own command
        except (subprocess.SubprocessError, OSError) as error:
            raise OSError(f"{browser.name} could not print {page.name}: {error}") from error
    if not pdf.is_file():
        raise OSError(f"{browser.name} wrote no PDF of {page.name}")
