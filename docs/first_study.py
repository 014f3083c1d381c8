"""A first study in Python: compose, run, read; then one replication in memory."""

from __future__ import annotations

import sys

from sim import load_settings, run_study, simulate


def main(*words: str) -> None:
    """Compare the scenarios of the default study, with any words of the command line."""
    settings = load_settings("study=three_or_four", "run.replications=20", *words)

    result = run_study(settings)  # a folder under outputs/, progress on stderr
    print("\n".join(result.answer_lines("fr")))

    comparison = result.comparison  # pandas frames, read from the folder when asked for
    decided = comparison[comparison["decision"]]
    print(decided.pivot(index="measure", columns="scenario", values="verdict").to_string())

    one = simulate(settings, replication=3, scenario="four_vehicles")
    print(
        f"{one.scenario}, replication {one.replication}: {one.measures['persons_helped']:.0f} persons helped"
    )
    print(one.visits["outcome"].value_counts().to_string())
    print(one.table("agents")[["hours_per_week"]].round(1).to_string())


if __name__ == "__main__":  # worker processes import this file too
    main(*sys.argv[1:])
