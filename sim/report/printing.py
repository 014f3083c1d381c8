"""Chromium, where one is installed: the report as a tagged A4 PDF, figures as PNG and PDF.

One browser is started for all pictures and spoken to through a pipe (DevTools protocol); nothing is
asked from any address.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

__all__ = ["FLAGS", "NO_BROWSER", "Chromium", "find_browser"]

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
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
NO_BROWSER = (
    "No Chromium or Chrome found: report.pdf and the PNG and PDF of figures were not made. Install one "
    "(Debian: apt-get install chromium) or give its path in the variable SIM_BROWSER, then: python -m "
    "sim.report FOLDER\n"
    "Aucun Chromium trouvé : report.pdf et les figures en PNG et PDF n'ont pas été faits. Installez-en un "
    "(Debian : apt-get install chromium) ou donnez son chemin dans la variable SIM_BROWSER.\n"
)
_A4 = {"paperWidth": 8.27, "paperHeight": 11.69}


def find_browser() -> Path | None:
    """The path of a Chromium or Chrome: the variable SIM_BROWSER, else the usual names and places."""
    given = os.environ.get("SIM_BROWSER")
    if given is not None:
        return Path(given) if given and Path(given).is_file() else None
    if os.name == "nt":
        return None
    found = [shutil.which(name) for name in _NAMES] + list(_PLACES)
    return next((Path(path) for path in found if path and Path(path).is_file()), None)


class Chromium:
    """A headless browser with one page, as a context manager.

    Raises
    ------
    OSError
        When it cannot be started, or does not answer.
    """

    def __init__(self, path: Path, *, timeout_s: float = 60.0) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._count = 0
        self._session = ""

    def __enter__(self) -> Self:
        self._profile = tempfile.TemporaryDirectory(prefix="sim-chromium-", ignore_cleanup_errors=True)
        to_read, self._to_write = os.pipe()
        self._from_read, from_write = os.pipe()
        # The browser reads commands on descriptor 3 and answers on 4.
        script = 'exec "$0" "$@" 3<&"$SIM_IN" 4>&"$SIM_OUT"'
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [
                "/bin/bash" if Path("/bin/bash").exists() else "/bin/sh",
                "-c",
                script,
                str(self._path),
                *FLAGS,
                "--remote-debugging-pipe",
                f"--user-data-dir={self._profile.name}",
                "about:blank",
            ],
            env={**os.environ, "SIM_IN": str(to_read), "SIM_OUT": str(from_write)},
            pass_fds=(to_read, from_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(from_write)
        self._left = b""
        try:
            target = self._call("Target.createTarget", url="about:blank")["targetId"]
            self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            self._call("Page.enable")
            self._frame = self._call("Page.getFrameTree")["frameTree"]["frame"]["id"]
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        os.close(self._to_write)
        os.close(self._from_read)
        self._profile.cleanup()

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._to_write, data) :]
        while True:
            answer = self._read()
            if answer.get("id") == self._count:
                if "error" in answer:
                    raise OSError(f"{method}: {answer['error'].get('message')}")
                return cast("dict[str, Any]", answer["result"])

    def _read(self) -> dict[str, Any]:
        import select

        while b"\0" not in self._left:
            if not select.select([self._from_read], [], [], self._timeout_s)[0]:
                raise OSError(f"{self._path.name} does not answer")
            block = os.read(self._from_read, 1 << 20)
            if not block:
                raise OSError(f"{self._path.name} stopped")
            self._left += block
        message, _, self._left = self._left.partition(b"\0")
        return cast("dict[str, Any]", json.loads(message))

    def pictures(self, svg: str, width: float, height: float) -> tuple[bytes, bytes]:
        """An SVG as PNG, two pixels to one, and as a PDF page of its size."""
        html = (
            "<!doctype html><meta charset=utf-8><style>*{margin:0}svg{display:block}"
            f"@page{{size:{width}px {height}px;margin:0}}</style>{svg}"
        )
        self._call("Page.setDocumentContent", frameId=self._frame, html=html)
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 2}
        shot = self._call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        printed = self._call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(shot["data"]), base64.b64decode(printed["data"])

    def pdf(self, html: str) -> bytes:
        """A page as a tagged A4 PDF, its headings as outline."""
        self._call("Page.setDocumentContent", frameId=self._frame, html=html)
        printed = self._call(
            "Page.printToPDF",
            **_A4,
            preferCSSPageSize=True,
            printBackground=True,
            generateTaggedPDF=True,
            generateDocumentOutline=True,
        )
        return base64.b64decode(printed["data"])
