"""The result of a study whose answer is written in its folder: sizing, sensitivity, an absence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sim.study.parts import Failure
    from sim.study.run import StudyResult

__all__ = ["WrittenAnswer"]


@dataclass(frozen=True)
class WrittenAnswer:
    """A study that ended: its folder and its answer in words."""

    study: StudyResult

    @property
    def folder(self) -> Path:
        """The study folder."""
        return self.study.folder

    @property
    def failed(self) -> tuple[Failure, ...]:
        """Runs that failed."""
        return self.study.failed

    def answer_lines(self, language: Literal["fr", "en"] = "fr") -> list[str]:
        """The answer for a terminal, as the study wrote it."""
        from sim.study.answer_text import answer_text

        return answer_text(self.study, language)
