"""Progress on stderr: a bar on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Protocol, TextIO

__all__ = ["Progress", "TerminalProgress", "duration", "silent"]


class Progress(Protocol):
    """What is told of a study while it runs."""

    def __call__(self, done: int, total: int, failed: int) -> None:
        """So many replications are complete, of so many; so many of them failed."""


def silent(done: int, total: int, failed: int) -> None:
    """Say nothing."""


def duration(seconds: float, language: str) -> str:
    """A length of time, rounded as people say it: `2 min 30 s`, `1 h 05`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    hours, minutes = divmod(round(whole / 60), 60)
    return f"{hours} h {minutes:02d}" if language == "fr" else f"{hours} h {minutes:02d} min"


class TerminalProgress:
    """Progress for people.

    Parameters
    ----------
    language
        `fr` or `en`.
    stream
        Where to write, default stderr.
    every_s
        Seconds between two lines where there is no terminal.
    """

    def __init__(self, language: str, stream: TextIO | None = None, every_s: float = 5.0) -> None:
        self._language = language
        self._stream = stream if stream is not None else sys.stderr
        self._every_s = every_s
        self._started: float | None = None
        self._said = 0.0
        self._first_done = 0
        self._width = 0

    def __call__(self, done: int, total: int, failed: int) -> None:
        """Show where the study is; the first call sets what was there before."""
        now = time.monotonic()
        if self._started is None:
            self._started, self._first_done, self._said = now, done, now
        live = self._stream.isatty()
        if not live and done < total and now - self._said < self._every_s:
            return
        if not live and done == self._first_done and done < total:
            return
        self._said = now
        text = self._text(done, total, failed, now - self._started)
        if live:
            self._stream.write("\r" + text.ljust(self._width) + ("\n" if done >= total else ""))
            self._width = len(text)
        else:
            self._stream.write(text + "\n")
        self._stream.flush()

    def _text(self, done: int, total: int, failed: int, elapsed: float) -> str:
        french = self._language == "fr"
        filled = 24 * done // max(total, 1)
        bar = "█" * filled + "░" * (24 - filled)
        encoding = getattr(self._stream, "encoding", None) or "ascii"
        try:
            bar.encode(encoding)
        except (UnicodeEncodeError, LookupError):
            bar = "#" * filled + "." * (24 - filled)
        text = f"{bar} {done}/{total} " + ("réplications" if french else "replications")
        if failed:
            text += f", {failed} " + ("en échec" if french else "failed")
        ran = done - self._first_done
        if ran > 0 and done < total:
            left = duration(elapsed / ran * (total - done), self._language)
            text += f", reste {left}" if french else f", {left} left"
        elif done >= total:
            spent = duration(elapsed, self._language)
            text += f", en {spent}" if french else f", in {spent}"
        return text
