"""Sites that no vehicle can visit even alone on its day, and the duty window in which it could."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sim.problems import Said
from sim.scenarios.planning.problem import DayLimits, PlanningProblem
from sim.scenarios.planning.selection import Effort, select_tours
from sim.scenarios.planning.tours import PlannedStop, why_not
from sim.scenarios.tours import clock

__all__ = ["FarSite", "far_sites", "remedy"]

STEP_S = 300
# Half a second of solving: a remedy that is not found in it is not proposed.
CHECK = Effort(nodes=2000)


@dataclass(frozen=True, slots=True)
class FarSite:
    """A site out of reach: when its vehicle would leave at the latest, and be back at the earliest.

    Seconds of the day; None where it has no such session that only this end of the window forbids.
    """

    site: int
    leaves_s: int | None
    back_s: int | None


def far_sites(problem: PlanningProblem) -> tuple[FarSite, ...]:
    """The sites that no vehicle can visit alone on a day, at any of their hours."""
    bases = sorted({vehicle.base for vehicle in problem.vehicles})
    limits = problem.limits
    found = []
    for i, site in enumerate(problem.sites):
        trips = [(base, choice) for base in bases for choice in range(len(site.sessions))]
        if any(why_not(problem, base, (PlannedStop(i, choice),)) is None for base, choice in trips):
            continue
        leaves, back = [], []
        for base, choice in trips:
            session, drive = site.sessions[choice], problem.drive_s
            start = session.open_s - limits.setup_s - limits.buffer_s - drive[base][i]
            end = session.close_s + limits.pack_s + drive[i][base]
            if end <= limits.duty_end_s:
                leaves.append(start)
            if start >= limits.duty_start_s:
                back.append(end)
        found.append(FarSite(i, max(leaves, default=None), min(back, default=None)))
    return tuple(found)


def remedy(problem: PlanningProblem, far: tuple[FarSite, ...]) -> Said | None:
    """The duty window in which rounds exist, in words, earlier or later; None when neither end is enough."""
    limits = problem.limits
    leaves = [site.leaves_s for site in far]
    back = [site.back_s for site in far]
    ways_en, ways_fr = [], []
    if all(second is not None for second in leaves):
        start = min(second for second in leaves if second is not None) // STEP_S * STEP_S
        if _possible(problem, replace(limits, duty_start_s=start)):
            ways_en.append(f"leaving from {clock(start)} (day.duty_starts={clock(start)})")
            ways_fr.append(f"un départ dès {clock(start)} (day.duty_starts={clock(start)})")
    if all(second is not None for second in back):
        end = -(-max(second for second in back if second is not None) // STEP_S) * STEP_S
        if _possible(problem, replace(limits, duty_end_s=end)):
            ways_en.append(f"being back by {clock(end)} (day.duty_ends={clock(end)})")
            ways_fr.append(f"un retour jusqu'à {clock(end)} (day.duty_ends={clock(end)})")
    if not ways_en:
        return None
    return Said(", or ".join(ways_en), ", ou ".join(ways_fr))


def _possible(problem: PlanningProblem, limits: DayLimits) -> bool:
    return select_tours(replace(problem, limits=limits), CHECK, feasibility_only=True).feasible
