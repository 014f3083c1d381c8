"""A study that was stopped before its end: what is kept, and the line that goes on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.problems import Problem, StoppedError, grouped
from sim.study.parts import replications_kept
from sim.study.progress import Progress
from sim.study.store import resume_line
from sim.study.study_result import shown

__all__ = ["Interrupted", "Remembered", "as_ctrl_c", "interrupted", "with_the_line_that_resumes"]


class Interrupted(KeyboardInterrupt):
    """A study that was stopped: what is finished is kept in `folder`; `resume` is the line that goes on."""

    def __init__(self, folder: Path, done: int, total: int, resume: str) -> None:
        super().__init__(f"{done}/{total}")
        self.folder = folder
        self.done = done
        self.total = total
        self.resume = resume

    def lines(self, language: str) -> list[str]:
        """What to tell the user."""
        if language == "fr":
            many = self.done > 1
            done, total = grouped(self.done, "fr"), grouped(self.total, "fr")
            kept = f"{done} simulation{'s' if many else ''} sur {total} "
            kept += "sont gardées" if many else "est gardée"
            return [
                f"Interrompu : {kept} dans {self.folder}",
                f"Pour reprendre : {self.resume}",
            ]
        return [
            f"Interrupted: {self.done} simulations of {self.total} are kept in {self.folder}",
            f"To go on: {self.resume}",
        ]


def interrupted(folder: Path, total: int) -> Interrupted:
    """The study of this folder, stopped just now."""
    name = str(shown(folder))
    return Interrupted(Path(name), replications_kept(folder), total, resume_line(name))


def with_the_line_that_resumes(error: StoppedError, folder: Path, total: int) -> StoppedError:
    """The refusal of a study that had begun, with what is kept and the line that goes on."""
    name = str(shown(folder))
    done = replications_kept(folder)
    line = resume_line(name)
    shown_done, shown_total = grouped(done, "fr"), grouped(total, "fr")
    note = Problem(
        name,
        f"{done} simulations of {total} finished",
        f"more room, then: {line}",
        None,
        f"plus de place, puis : {line}",
        f"{shown_done} simulation{'s' if done > 1 else ''} finie{'s' if done > 1 else ''} sur {shown_total}",
    )
    return StoppedError([*error.problems, note])


class Remembered:
    """Progress that remembers how many replications were asked for last."""

    def __init__(self, told: Progress) -> None:
        self._told = told
        self.total = 0

    def __call__(self, done: int, total: int, failed: int) -> None:
        """Pass it on."""
        self.total = total
        self._told(done, total, failed)


@contextmanager
def as_ctrl_c() -> Iterator[None]:
    """Make a polite request to end (SIGTERM) do what Ctrl-C does, in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
