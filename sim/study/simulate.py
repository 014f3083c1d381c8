"""One replication of one scenario, in memory: facts and measures as pandas frames, read when asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.problems import InputError, Problem, nearest
from sim.study.cell_study import CellStudy, Prepared

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import pyarrow as pa

    from sim.models.facts import Facts
    from sim.settings import Settings, StudySettings

__all__ = ["Result", "simulate"]


@dataclass(frozen=True)
class Result:
    """What one replication of one scenario gave.

    `measures` has the measures of the registry by id, NaN where one does not apply. Frames have the
    columns of the study folder's files, without `scenario` and `replication`.
    """

    settings: Settings
    replication: int
    facts: Facts
    measures: Mapping[str, float]
    _tables: Mapping[str, Mapping[str, Any]] = field(repr=False)
    _prepared: Prepared = field(repr=False)

    @property
    def scenario(self) -> str:
        """The scenario's name."""
        return self.settings.scenario.name

    @cached_property
    def _facts_tables(self) -> Mapping[str, pa.Table]:
        from sim.study.facts_tables import facts_tables

        return facts_tables(self.facts, self.settings, self._prepared.territory)

    def _frame(self, name: str) -> pd.DataFrame:
        frame: pd.DataFrame = self._facts_tables[name].to_pandas()
        return frame

    @cached_property
    def visits(self) -> pd.DataFrame:
        """Contacts at the permanences."""
        return self._frame("visits")

    @cached_property
    def passages(self) -> pd.DataFrame:
        """Planned passages and what became of them."""
        return self._frame("passages")

    @cached_property
    def home_visits(self) -> pd.DataFrame:
        """Requests for a home visit and what became of them."""
        return self._frame("home_visits")

    @cached_property
    def journal(self) -> pd.DataFrame:
        """Activities of the vehicles."""
        return self._frame("journal")

    def table(self, name: str) -> pd.DataFrame:
        """A table of measures by place, agent or date, such as `sites`, `communes`, `agents`, `months`.

        Raises
        ------
        KeyError
            When there is no such table.
        """
        import pandas as pd

        from sim.study.tables import unpacked

        layouts = self._prepared.layouts[self._position]
        layout = layouts[name]
        values = unpacked(name, self._tables[name], layout)
        index = pd.Index(layout.rows, name=layout.key)
        return pd.DataFrame(values, columns=list(layout.columns), index=index)

    @property
    def _position(self) -> int:
        return [settings.scenario.name for settings in self._prepared.settings].index(self.scenario)


def simulate(settings: StudySettings, replication: int = 0, scenario: str | None = None) -> Result:
    """Simulate one replication of one scenario.

    The same world and the same facts as in a study of these settings.

    Parameters
    ----------
    settings
        As `sim.load_settings` gives them.
    replication
        Its number, from 0.
    scenario
        A scenario of the study, default its reference.

    Raises
    ------
    sim.problems.InputError
        When the input is wrong, or the study has no such scenario.
    sim.measures.BrokenFactsError
        When the facts contradict themselves: a fault of the model.
    """
    names = [one.scenario.name for one in settings.scenarios]
    if scenario is None:
        scenario = names[0]
    if scenario not in names:
        expected = f"one of {', '.join(names)}"
        raise InputError(
            [
                Problem(
                    "scenario",
                    f"'{scenario}'",
                    expected,
                    nearest(scenario, names),
                    f"un scénario parmi {', '.join(names)}",
                )
            ]
        )
    if replication < 0:
        raise InputError([Problem("replication", str(replication), "0 or more", None, "0 ou plus")])
    model = CellStudy()
    prepared = model.prepare(settings)
    position = names.index(scenario)
    world = model.draw(prepared, replication)
    facts = model.run(prepared, position, world)
    model.check(prepared, position, world, facts)
    values, tables = model.measure(prepared, position, facts)
    return Result(settings.scenarios[position], replication, facts, values, tables, prepared)
