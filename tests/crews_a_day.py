"""Crews of two on a day with three tours, by pairing rule and kind of absence: the table of docs/model.md.

`python -m tests.crews_a_day` prints it. 3 + 3 agents, one tour for each of three vehicles on Mondays,
five years of which the first is left out, nothing else that could cancel a passage.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from sim.models.cell import replicate
from sim.models.facts import CAUSES, STATUSES
from sim.scenarios.plan import make_plan
from sim.world import draw_world
from tests.scripted import compose, rounds_file, territory

__all__ = ["ABSENCES", "RULES", "STOPS", "crews_a_day"]

RULES = ("named_strict", "named", "pooled", "any_two")
STOPS = [
    (site, f"V{v + 1}", week, 1, half_day)
    for v, (site, half_day) in enumerate(
        [("mds-aubrelande", "afternoon"), ("mairie-belcombe", "afternoon"), ("salle-belcombe", "morning")]
    )
    for week in (1, 2)
]
BASE = (
    "study=single",
    "territory=tiny",
    "run.horizon.start=2021-09-06",
    "run.horizon.end=2026-08-31",
    "rounds.reading=per_commune",
    "demand.needs_per_person_per_year=0",
    "homes.requests_per_week=0",
    "day.leg_noise_cv=0",
    "day.day_factor_cv=0",
    "fleet.breakdown_share_of_vehicle_days=0",
    "staff.initial_training_weeks=0",
)
ALONE = "staff.coordinator_fte=0"
ABSENCES = {
    "sickness in spells": (ALONE, "staff.leave_days_per_year=0", "staff.training_days_per_year=0"),
    "and leave, staggered": (ALONE,),
    "and leave, joint": (ALONE, "staff.leave_policy=joint"),
    "and leave, closed weeks": (ALONE, "staff.leave_policy=closed_weeks"),
    "staggered, the coordinator stands in": (),
}


def crews_a_day(absence: str, rule: str, replications: int) -> tuple[float, float, float]:
    """Mean crews of two a day with three tours, its standard error, and passages announced closed a day."""
    place = territory()
    with tempfile.TemporaryDirectory() as folder:
        words = (*BASE, rounds_file(Path(folder), STOPS), *ABSENCES[absence], f"staff.pairing={rule}")
        settings = compose(*words)
        plan = make_plan(settings, place)
    crews, closed = [], []
    for replication in range(replications):
        p = replicate(plan, draw_world(settings, place, replication)).passages
        counted = (p.day > 365) & (p.cause != CAUSES.index("holiday"))
        days = np.unique(p.day[counted]).size
        crews.append((p.held_by[counted] == 2).sum() / days)
        closed.append((p.status[counted] == STATUSES.index("closed_announced")).sum() / days)
    error = np.std(crews, ddof=1) / np.sqrt(replications)
    return float(np.mean(crews)), float(error), float(np.mean(closed))


def main() -> None:
    print("| absence |" + "".join(f" `{rule}` |" for rule in RULES) + " announced closed |")
    print("| --- |" + " --: |" * (len(RULES) + 1))
    for absence in ABSENCES:
        cells = [crews_a_day(absence, rule, 60) for rule in RULES]
        shown = "".join(f" {mean:.2f} ± {1.96 * error:.2f} |" for mean, error, _ in cells)
        print(f"| {absence} |{shown} {cells[0][2]:.2f} |")


if __name__ == "__main__":
    main()
