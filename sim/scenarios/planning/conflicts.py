"""Why there are no rounds."""

from sim.problems import Problem


def why_infeasible(problem, proven):
    return [Problem("rounds", "none", "rounds")]
