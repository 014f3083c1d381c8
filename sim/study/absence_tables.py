"""The files of an absence: crews of the day, agents of the day, effects and months of a long one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.measures.context import months_of
from sim.models.facts import CAUSES, HALF_DAY_USES, HALF_DAYS, STATUSES
from sim.scenarios.rounds_in_force import driving_rules
from sim.scenarios.tours import Stop, plan_day
from sim.study.absence import MONTH_COLUMNS, AbsencePrepared
from sim.study.statistics import moments, paired, quantiles
from sim.study.tables import csv_bytes

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.results import Results

__all__ = ["AgentDay", "Effect", "Passage", "TheDay", "absence_files", "effects", "the_day"]

Floats = NDArray[np.float64]

_CREW_COLUMNS = (
    "date", "vehicle", "planned_vehicle", "agents", "usual_agents", "site_id", "half_day", "open_s",
    "close_s", "departure_s", "return_s", "status", "cause", "held_by", "expected", "expected_p10",
    "expected_p90", "tell_before_s", "next_passage",
)  # fmt: skip
_STEP_S = 300  # times to tell people are rounded down to five minutes
_TOLD_IN_TIME = 0.1  # in nine simulations out of ten nobody has left home before


@dataclass(frozen=True)
class Passage:
    """A permanence of the day: who holds it, who would come, when the first of them leaves home.

    `departure_s` and `return_s` are those of its vehicle's planned day. `agents` are names, empty when
    it goes without; `usual_agents` those who would hold it if nobody were away.
    """

    site_id: str
    site: str
    commune: str
    half_day: str
    open_s: int
    close_s: int
    vehicle: str
    usual_vehicle: str
    agents: tuple[str, ...]
    usual_agents: tuple[str, ...]
    status: str
    cause: str | None
    held_by: int | None
    departure_s: int
    return_s: int
    expected: float
    expected_p10: float
    expected_p90: float
    tell_before_s: int | None
    next_passage: date | None

    @property
    def held(self) -> bool:
        """Whether somebody holds it."""
        return self.status == "held"


@dataclass(frozen=True)
class AgentDay:
    """What an agent does that day: the most frequent use of each half-day over the simulations.

    Permanences and absences are the same in all; home visits depend on who asks for one: `homes_morning`
    and `homes_afternoon` are the shares of simulations with some.
    """

    agent: str
    morning: str
    afternoon: str
    homes_morning: float
    homes_afternoon: float

    @property
    def at_a_permanence(self) -> bool:
        """Whether a half-day at least is a permanence."""
        return "permanence" in (self.morning, self.afternoon)

    @property
    def there(self) -> bool:
        """Whether the agent works that day."""
        return not {self.morning, self.afternoon} <= {"absent", "off"}


@dataclass(frozen=True)
class TheDay:
    """The day asked about: its passages by vehicle and opening, its agents, its home visits."""

    date: date
    absent: tuple[str, ...]
    passages: tuple[Passage, ...]
    agents: tuple[AgentDay, ...]
    homes_planned: float
    homes_moved: float
    replications: int


@dataclass(frozen=True)
class Effect:
    """What a long absence changes in one figure: with everybody, without the absent, paired difference."""

    name: str
    usual: float
    now: float
    difference: float
    low: float
    high: float


def _stacked(results: Results, name: str) -> dict[str, NDArray[Any]]:
    """One table of every replication, columns of shape (replications, rows)."""
    columns: dict[str, list[NDArray[Any]]] = {}
    for _, _, table in results.tables(name):
        for key, values in table.items():
            columns.setdefault(key, []).append(values)
    return {key: np.stack(values) for key, values in columns.items()}


def the_day(context: AbsencePrepared, results: Results) -> TheDay:
    """Read the day from its replications; crews are the same in all, persons differ."""
    stacked = _stacked(results, "day")
    territory, plan = context.cell.territory, context.morning
    names = plan.team.names
    day = plan.calendar.date(context.day)
    one = {key: values[0] for key, values in stacked.items()}
    expected = stacked["expected"]
    rules = driving_rules(context.settings, territory)
    tours: dict[int, list[int]] = {}
    for k in range(len(one["row"])):
        if one["status"][k] != STATUSES.index("closed_announced"):
            tours.setdefault(int(one["tour_vehicle"][k]), []).append(k)
    planned = {}
    for rows in tours.values():
        stops = tuple(
            Stop(
                territory.sites[int(one["site"][k])].site_id,
                "V1",
                1,
                day.isoweekday(),
                HALF_DAYS[int(one["half_day"][k])],
                int(one["open_s"][k]),
                int(one["close_s"][k]),
            )
            for k in sorted(rows, key=lambda k: int(one["open_s"][k]))
        )
        tour = plan_day(stops, territory, rules)
        planned.update(dict.fromkeys(rows, (tour.departure_s, tour.return_s)))
    passages = []
    for k in range(len(one["row"])):
        site = territory.sites[int(one["site"][k])]
        cause = int(one["cause"][k])
        vehicle, usual = int(one["vehicle"][k]), int(one["usual_vehicle"][k])
        departure, back = planned.get(k, (-1, -1))
        passages.append(
            Passage(
                site.site_id,
                site.name,
                site.commune,
                HALF_DAYS[int(one["half_day"][k])],
                int(one["open_s"][k]),
                int(one["close_s"][k]),
                f"V{vehicle + 1}",
                f"V{usual + 1}",
                _names(names, one["fs_agent"][k], one["cn_agent"][k]),
                _names(names, one["usual_fs_agent"][k], one["usual_cn_agent"][k]),
                STATUSES[int(one["status"][k])],
                CAUSES[cause] if cause >= 0 else None,
                int(one["held_by"][k]) if one["held_by"][k] > 0 else None,
                departure,
                back,
                float(expected[:, k].mean()),
                float(quantiles(expected[:, k : k + 1], 0.1)[0]),
                float(quantiles(expected[:, k : k + 1], 0.9)[0]),
                _tell_before(stacked["leaves_s"][:, k]),
                _next(context, int(one["site"][k])),
            )
        )
    passages.sort(key=lambda p: (not p.held, p.vehicle, p.open_s, p.site_id))
    homes = _stacked(results, "homes")
    return TheDay(
        day,
        context.absent.agents,
        tuple(passages),
        _agent_days(names, _stacked(results, "agents")),
        float(homes["planned"].mean()),
        float(homes["moved"].mean()),
        len(expected),
    )


def _agent_days(names: tuple[str, ...], stacked: Mapping[str, NDArray[Any]]) -> tuple[AgentDay, ...]:
    """Each agent's day over the simulations, columns of shape (replications, agents)."""
    visits = HALF_DAY_USES.index("home_visits")

    def most(uses: NDArray[Any]) -> str:
        return HALF_DAY_USES[int(np.bincount(uses, minlength=len(HALF_DAY_USES)).argmax())]

    morning, afternoon = stacked["morning"], stacked["afternoon"]
    return tuple(
        AgentDay(
            names[int(agent)],
            most(morning[:, k]),
            most(afternoon[:, k]),
            float((morning[:, k] == visits).mean()),
            float((afternoon[:, k] == visits).mean()),
        )
        for k, agent in enumerate(stacked["agent"][0])
    )


def _names(names: tuple[str, ...], *seats: Any) -> tuple[str, ...]:
    return tuple(names[int(a)] for a in seats if a >= 0)


def _tell_before(leaves_s: Floats) -> int | None:
    """The hour before which nine times in ten nobody has left home, rounded down; None if nobody comes."""
    came = leaves_s[~np.isnan(leaves_s)]
    if came.size == 0:
        return None
    return int(np.quantile(came, _TOLD_IN_TIME, method="inverted_cdf") // _STEP_S * _STEP_S)


def _next(context: AbsencePrepared, site: int) -> date | None:
    """The site's next planned passage after the day, within twelve weeks."""
    p = context.morning.passages
    days = p["day"][(p["site"] == site) & (p["day"] > context.day) & (p["status"] < 0)]
    return context.morning.calendar.date(int(days.min())) if len(days) else None


def effects(context: AbsencePrepared, results: Results) -> tuple[float, list[Effect], pd.DataFrame]:
    """Passages planned during a long absence, its effects in all, and the table of months.

    An effect is over the months of the absence and `AFTER_DAYS` more, since nothing differs before.
    """
    import pandas as pd

    plan = context.months
    if plan is None:
        raise ValueError("the absence is of one day")
    names = months_of(plan.calendar.start.toordinal(), plan.calendar.days).names
    start = plan.calendar.start
    first = (start + timedelta(days=context.absent.first)).isoformat()[:7]
    kept = np.array([name >= first for name in names])
    table = _stacked(results, "months")
    found, rows = [], []
    for column in MONTH_COLUMNS:
        usual, now = table[f"usual_{column}"][:, kept], table[column][:, kept]
        pair = paired(usual.sum(axis=1, keepdims=True), now.sum(axis=1, keepdims=True)).difference
        low, high = pair.interval(0.95)
        found.append(
            Effect(
                column,
                float(usual.sum(axis=1).mean()),
                float(now.sum(axis=1).mean()),
                float(pair.mean[0]),
                float(low[0]),
                float(high[0]),
            )
        )
        monthly = paired(usual, now).difference
        low, high = monthly.interval(0.95)
        for m, name in enumerate(np.array(names)[kept]):
            rows.append(
                (name, column, usual[:, m].mean(), now[:, m].mean(), monthly.mean[m], low[m], high[m])
            )
    columns = ["month", "figure", "usual", "absent", "difference", "ci95_low", "ci95_high"]
    planned = float(_stacked(results, "window")["planned"].mean())
    return planned, found, pd.DataFrame(rows, columns=columns)


def workload(context: AbsencePrepared, results: Results) -> pd.DataFrame:
    """Hours a week, days in the field a week and reassignments of each agent during the absence."""
    import pandas as pd

    plan = context.months
    if plan is None:
        raise ValueError("the absence is of one day")
    weeks = (context.absent.last - context.absent.first + 1) / 7
    table = {key: moments(values).mean / weeks for key, values in _stacked(results, "workload").items()}
    frame = pd.DataFrame({"agent": plan.team.names})
    for name in ("hours", "field_days", "reassigned"):
        frame[f"usual_{name}_a_week"] = table[f"usual_{name}"]
        frame[f"{name}_a_week"] = table[name]
    return frame


def absence_files(context: AbsencePrepared, results: Results) -> dict[str, bytes]:
    """Every file of the study of an absence, by name."""
    import pandas as pd

    from sim.report.words import LANGUAGES, Words
    from sim.study.absence_words import day_lines, months_lines
    from sim.study.answer_text import answer_files

    if not len(results.replications):
        return {}
    day = the_day(context, results)
    rows = [
        {
            "date": day.date.isoformat(),
            "vehicle": p.vehicle if p.held else None,
            "planned_vehicle": p.usual_vehicle,
            "agents": " ".join(p.agents),
            "usual_agents": " ".join(p.usual_agents),
            "site_id": p.site_id,
            "half_day": p.half_day,
            "open_s": p.open_s,
            "close_s": p.close_s,
            "departure_s": p.departure_s if p.departure_s >= 0 else None,
            "return_s": p.return_s if p.return_s >= 0 else None,
            "status": p.status,
            "cause": p.cause,
            "held_by": p.held_by,
            "expected": p.expected,
            "expected_p10": p.expected_p10,
            "expected_p90": p.expected_p90,
            "tell_before_s": None if p.held else p.tell_before_s,
            "next_passage": p.next_passage.isoformat() if p.next_passage else None,
        }
        for p in day.passages
    ]
    crews = pd.DataFrame(rows, columns=list(_CREW_COLUMNS)).convert_dtypes()
    agents = pd.DataFrame([vars(one) for one in day.agents])
    files = {"crews.csv": csv_bytes(crews), "agents_of_the_day.csv": csv_bytes(agents)}
    lines = {language: day_lines(day, Words(language)) for language in LANGUAGES}
    if context.months is not None:
        planned, found, frame = effects(context, results)
        files["absence_months.csv"] = csv_bytes(frame)
        files["absence_agents.csv"] = csv_bytes(workload(context, results))
        files["absence_effects.csv"] = csv_bytes(pd.DataFrame([vars(e) for e in found]))
        until = context.settings.absence.until
        for language in LANGUAGES:
            lines[language] += months_lines(day, planned, found, until, Words(language))
    return {**files, **answer_files(lines)}
