"""What a study that ended gives: its folder, what failed, its tables as frames."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sim.study.parts import Failure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["StudyResult", "shown"]


@dataclass(frozen=True)
class StudyResult:
    """A study that ended: its folder, what failed, and its tables as pandas frames, read when asked for."""

    folder: Path
    reference: str
    scenarios: tuple[str, ...]
    replications: int
    failed: tuple[Failure, ...] = ()
    seconds: float = 0.0
    notes: tuple[str, ...] = field(default=())

    @property
    def exit_code(self) -> int:
        """What the command line ends with: 0, or 3 when replications failed."""
        return 3 if self.failed else 0

    def frame(self, name: str) -> pd.DataFrame:
        """The table `name` of the folder, such as `summary` or `facts/visits`."""
        import pandas as pd

        parquet = self.folder / f"{name}.parquet"
        if parquet.is_file():
            return pd.read_parquet(parquet)
        text = {"insee_code": str, "site_id": str, "exercise": str}
        return pd.read_csv(self.folder / f"{name}.csv", dtype=text)

    @cached_property
    def measures(self) -> pd.DataFrame:
        """Every measure of every replication."""
        return self.frame("measures")

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Each measure of each scenario: mean, interval, spread."""
        return self.frame("summary")

    @cached_property
    def comparison(self) -> pd.DataFrame:
        """Each measure of each scenario against the reference, with its verdict."""
        return self.frame("comparison")

    def answer_lines(self, language: Literal["fr", "en"] = "fr") -> list[str]:
        """The answer in words and a table, for a terminal."""
        from sim.study.answer import answer_lines

        return answer_lines(self, language)


def shown(folder: Path) -> Path:
    """The folder as a user would name it: relative to where she is when it is inside."""
    with suppress(ValueError):
        return folder.relative_to(Path.cwd())
    return folder
