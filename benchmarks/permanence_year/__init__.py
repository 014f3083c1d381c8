"""One département-year of desks, simulated by this project and by other engines, on equal terms.

Each engine is one file with `NAME` and `simulate(seed) -> Outputs`: it draws everything from the
seed, records every visitor, and returns the six outputs of `problem.py`. `python -m
benchmarks.permanence_year` first checks that each engine agrees with the reference figures, then
times them in interleaved rounds.
"""
