"""The stored measures of the tiny territory: which study they are of, and how they are written again.

`python -m tests.baselines.tiny` writes them; commit the new file with the reason for the change.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

from sim import load_settings
from sim.measures import MEASURES
from sim.study.cell_study import CellStudy

FILE = Path(__file__).with_name("tiny_reference.json")
WORDS = ("study=single", "territory=tiny", "run.horizon.end=2022-06-30", "demand.needs_per_person_per_year=2")
REPLICATIONS = 2


def computed() -> dict[str, dict[str, float | None]]:
    """Every measure of each replication; null where one does not apply."""
    model = CellStudy()
    prepared = model.prepare(load_settings(*WORDS))
    found = {}
    for replication in range(REPLICATIONS):
        facts = model.run(prepared, 0, model.draw(prepared, replication))
        values, _ = model.measure(prepared, 0, facts)
        found[f"replication {replication}"] = {
            m.id: None if math.isnan(values[m.id]) else values[m.id] for m in MEASURES
        }
    return found


def main() -> None:
    FILE.write_text(json.dumps(computed(), indent=1) + "\n", encoding="utf-8")
    print(f"Written: {FILE.name}")


if __name__ == "__main__":
    main()
