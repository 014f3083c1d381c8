"""Chromium, where one is installed: the report as a tagged A4 PDF, figures as PNG and PDF.

One browser is started for all pictures and spoken to through a pipe (DevTools protocol); nothing is
asked from any address. It works on while this process does other things, in the order of asking and in
its one tab: another would be another process, with its memory.
"""

from __future__ import annotations

import base64
import functools
import json
import os
import shutil
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

__all__ = ["FLAGS", "NO_BROWSER", "BrowserError", "Chromium", "Figure", "find_browser"]

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NAMES = (
    "chromium-headless-shell",  # the same engine without windows: a third less memory, sooner ready
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
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
Figure = tuple[str, float, float]
"""An SVG, its width and its height in pixels."""
_AHEAD = 2
"""Figures sent to a headless shell before the first is asked back: enough that it never waits."""
_SHELL = "headless"
"""In the name of a browser that may be sent a page while it prints another; others never answer then."""
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


class BrowserError(Exception):
    """The browser does not start, does not answer or refuses."""


class Chromium:
    """A headless browser, started at once and waited for when it is first needed; a context manager.

    Its methods raise `BrowserError`.
    """

    def __init__(self, path: Path, *, timeout_s: float = 60.0) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._ahead = _AHEAD if _SHELL in path.name else 0
        self._count = 0
        self._answers: dict[int, dict[str, Any]] = {}
        self._left = b""
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
                # No script runs; with a small heap what layout leaves is freed sooner: a quarter less memory.
                "--js-flags=--max-heap-size=48",
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()  # nothing of it is worth keeping
        self._process.wait()
        os.close(self._to_write)
        os.close(self._from_read)
        self._profile.cleanup()

    def pdf(self, html: str) -> Callable[[], bytes]:
        """Begin to print a page as a tagged A4 PDF, its headings as outline; call for the bytes."""
        tab = self._tab
        tab.show(html)
        printed = tab.send(
            "Page.printToPDF",
            **_A4,
            preferCSSPageSize=True,
            printBackground=True,
            generateTaggedPDF=True,
            generateDocumentOutline=True,
        )
        if not self._ahead:
            self._wait(printed)
        return lambda: base64.b64decode(self._answer(printed)["data"])

    def pictures(self, figures: Mapping[str, Figure]) -> Iterator[tuple[str, bytes, bytes]]:
        """Name, PNG with two pixels to one, and PDF page of each SVG with its width and height."""
        tab = self._tab
        begun: deque[tuple[str, int, int]] = deque()
        for name, (svg, width, height) in figures.items():
            tab.show(
                "<!doctype html><meta charset=utf-8><style>*{margin:0}svg{display:block}"
                f"@page{{size:{width}px {height}px;margin:0}}</style>{svg}"
            )
            clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 2}
            shot = tab.send(
                "Page.captureScreenshot",
                format="png",
                clip=clip,
                captureBeyondViewport=True,
                optimizeForSpeed=True,
            )
            page = tab.send(
                "Page.printToPDF", preferCSSPageSize=True, printBackground=True, generateTaggedPDF=False
            )
            begun.append((name, shot, page))
            if len(begun) > self._ahead:
                yield self._drawn(*begun.popleft())
        while begun:
            yield self._drawn(*begun.popleft())

    def _drawn(self, name: str, shot: int, page: int) -> tuple[str, bytes, bytes]:
        return (
            name,
            base64.b64decode(self._answer(shot)["data"]),
            base64.b64decode(self._answer(page)["data"]),
        )

    @functools.cached_property
    def _tab(self) -> _Tab:
        """The tab that the browser opens with."""
        targets = self._call("Target.getTargets")["targetInfos"]
        target = next((one["targetId"] for one in targets if one["type"] == "page"), None)
        if target is None:
            target = self._call("Target.createTarget", url="about:blank")["targetId"]
        session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._call("Page.enable", session)
        frame = self._call("Page.getFrameTree", session)["frameTree"]["frame"]["id"]
        return _Tab(self, session, frame)

    def _call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        return self._answer(self._send(method, session, **parameters))

    def _send(self, method: str, session: str = "", **parameters: Any) -> int:
        """Send a command, without waiting; the number its answer will carry."""
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        try:
            while data:
                data = data[os.write(self._to_write, data) :]
        except BrokenPipeError as error:
            raise BrowserError(f"{self._path.name} stopped") from error
        return self._count

    def _answer(self, number: int) -> dict[str, Any]:
        """Wait for the answer to a command, and take it."""
        self._wait(number)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise BrowserError(f"{self._path.name}: {answer['error'].get('message')}")
        return cast("dict[str, Any]", answer["result"])

    def _wait(self, number: int) -> None:
        while number not in self._answers:
            message = self._read()
            if "id" in message:
                self._answers[message["id"]] = message

    def _read(self) -> dict[str, Any]:
        import select

        while b"\0" not in self._left:
            if not select.select([self._from_read], [], [], self._timeout_s)[0]:
                raise BrowserError(f"{self._path.name} does not answer")
            block = os.read(self._from_read, 1 << 20)
            if not block:
                raise BrowserError(f"{self._path.name} stopped")
            self._left += block
        message, _, self._left = self._left.partition(b"\0")
        return cast("dict[str, Any]", json.loads(message))


@dataclass(frozen=True)
class _Tab:
    """A page of the browser; what is sent to it is done in the order of sending."""

    browser: Chromium
    session: str
    frame: str

    def send(self, method: str, **parameters: Any) -> int:
        return self.browser._send(method, self.session, **parameters)  # noqa: SLF001 - one file, one protocol

    def show(self, html: str) -> None:
        self.send("Page.setDocumentContent", frameId=self.frame, html=html)
