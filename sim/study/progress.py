"""Progress on stderr: a bar on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Protocol, TextIO

__all__ = ["Progress", "TerminalProgress", "duration", "silent"]

_SPENT_S = 2.0
_RAN_SHARE = 0.02
"""The time left is told after so many seconds of pace, and this share of what is left to run."""


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

    The time left is told once it means something: from the pace after the first finished batch, whose time
    is mostly compilation and start, and after some seconds of it. A study that decides step by step asks for
    more when a step is done: the total grows, and the next step has a line of its own.

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
        self._pace_from: tuple[float, int] | None = None
        self._total = 0
        self._step_from = 0
        self._width = 0

    def __call__(self, done: int, total: int, failed: int) -> None:
        """Show where the study is; the first call sets what was there before."""
        now = time.monotonic()
        if self._started is None:
            self._started, self._first_done, self._said = now, done, now
        if self._pace_from is None and done > self._first_done:
            self._pace_from = now, done
        if 0 < self._total < total:
            self._step_from, self._width = self._total, 0
        self._total = max(self._total, total)
        live = self._stream.isatty()
        if not live and done < total and now - self._said < self._every_s:
            return
        if not live and done == self._first_done and done < total:
            return
        self._said = now
        text = self._text(done, self._total, failed, now)
        if live:
            self._stream.write("\r" + text.ljust(self._width) + ("\n" if done >= self._total else ""))
            self._width = len(text)
        else:
            self._stream.write(text + "\n")
        self._stream.flush()

    def _text(self, done: int, total: int, failed: int, now: float) -> str:
        french = self._language == "fr"
        filled = 24 * max(done - self._step_from, 0) // max(total - self._step_from, 1)
        bar = "█" * filled + "░" * (24 - filled)
        encoding = getattr(self._stream, "encoding", None) or "ascii"
        try:
            bar.encode(encoding)
        except (UnicodeEncodeError, LookupError):
            bar = "#" * filled + "." * (24 - filled)
        what = "simulation" + ("s" if total > 1 else "")
        text = f"{bar} {done}/{total} {what}"
        if self._step_from:
            text += ", étape suivante" if french else ", next step"
        if failed:
            text += f", {failed} " + ("en échec" if french else "failed")
        if done >= total:
            spent = duration(now - (self._started or now), self._language)
            text += f", en {spent}" if french else f", in {spent}"
        elif (left := self._left(done, total, now)) is not None:
            said = duration(left, self._language)
            text += f", reste {said}" if french else f", {said} left"
        return text

    def _left(self, done: int, total: int, now: float) -> float | None:
        """Seconds left at the pace since the first finished batch; None as long as that says little."""
        if self._pace_from is None:
            return None
        since, had = self._pace_from
        ran, spent = done - had, now - since
        if spent < _SPENT_S or ran < _RAN_SHARE * (total - had):
            return None
        return spent / ran * (total - done)
