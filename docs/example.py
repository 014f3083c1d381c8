"""A study in Python: compose it, look at one replication, run it, read the comparison.

`python docs/example.py`; words after it are added to the study, as on the command line.
"""

import sys

from sim import load_settings, run_study, simulate


def main(*words: str) -> None:
    """Compare 3 teams, a relief pair and 4 teams on twenty common worlds."""
    study = load_settings(
        "study=three_or_four",
        "study.scenarios=[reference,relief_pair,four_vehicles]",
        "run.replications=20",
        *words,
    )

    # One replication of one scenario, in memory: measures by name, facts as pandas frames.
    one = simulate(study, replication=3, scenario="relief_pair")
    print(f"{one.measures['held_by_two_share']:.1f} % of the planned passages were held by two agents")
    late = one.passages.query("open_s > announced_open_s")
    print(f"{len(late)} of {len(one.passages)} passages opened late")
    print(one.visits["outcome"].value_counts().to_string())

    # The whole study, in a folder under `outputs`, with its report.
    result = run_study(study)
    decisions = result.comparison.query("decision")
    print(decisions[["scenario", "measure", "difference", "verdict"]].to_string(index=False))
    print(result.folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
