"""The files of a sizing study: every design, the frontier of cost against service, the answer in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.measures.registry import MEASURES, POSITIONS
from sim.report.words import LANGUAGES, Words
from sim.study.answer_text import answer_files
from sim.study.designs import Design, design_label
from sim.study.sizing import SizingPrepared, by_design, choice_of
from sim.study.sizing_choice import COST, Choice, frontier
from sim.study.sizing_figures import Figures, figures_of, shown_measures, tolerances
from sim.study.sizing_words import answer_lines
from sim.study.tables import csv_bytes

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.results import Results

__all__ = ["sizing_files"]


def sizing_files(context: SizingPrepared, results: Results) -> dict[str, bytes]:
    """`designs.csv`, `frontier.csv`, `targets.csv` and the answers, by name."""
    if not len(results.replications):
        return {}
    values, _ = by_design(results, context.count)
    choice = choice_of(context, results)
    figures = figures_of(context, values)
    table = _designs(context, figures, choice)
    chosen = table["frontier"] | (table["role"] != "")
    said = {language: answer_lines(context, figures, choice, Words(language)) for language in LANGUAGES}
    return {
        "designs.csv": csv_bytes(table),
        "frontier.csv": csv_bytes(table[chosen].sort_values([COST, "design"])),
        "targets.csv": csv_bytes(_targets(context)),
        "impossible_designs.csv": csv_bytes(_impossible(context)),
        **answer_files(said),
    }


def _designs(context: SizingPrepared, figures: Figures, choice: Choice) -> pd.DataFrame:
    """One row a design."""
    import pandas as pd

    service = context.reference.sizing.service
    direction = MEASURES[POSITIONS[service]].direction or 1
    on = frontier(figures.mean[:, POSITIONS[COST]], figures.mean[:, POSITIONS[service]], direction)
    roles = {choice.best: "recommended", choice.runner_up: "runner_up", choice.nearest: "nearest"}
    rows = []
    for i, design in enumerate(context.designs):
        row = _factors(context, design)
        for name in shown_measures(context):
            row[name] = figures.mean[i, POSITIONS[name]]
            row[f"{name}_half_width"] = figures.half_width[i, POSITIONS[name]]
        for name in dict.fromkeys(goal.measure for goal in context.goals):
            ends = [g for g, goal in enumerate(context.goals) if goal.measure == name]
            row[f"{name}_short_by"] = np.maximum(figures.short_by[i, ends], 0.0).max()
        row |= {
            "n": int(figures.n[i]),
            "stage": "race" if i in choice.survivors else "screening",
            "means": figures.standing(i, tolerances(context)),
            "shown": choice.shown[i] if choice.shown else "undecided",
            "decided": choice.decided,
            "frontier": bool(on[i]),
            "role": roles.get(i, ""),
        }
        rows.append(row)
    return pd.DataFrame(rows)


def _factors(context: SizingPrepared, design: Design) -> dict[str, object]:
    hours = context.reference.sizing.sessions[design.sessions]
    return {
        "design": design.name,
        "label_fr": design_label(design, hours, Words("fr")),
        "label_en": design_label(design, hours, Words("en")),
        "vehicles": design.vehicles,
        "pairs": design.pairs,
        "pairing": design.pairing,
        "sessions": design.sessions,
        "extra_passages": design.extra_passages,
        "reminders": design.reminders,
        "leave_policy": design.leave_policy,
    }


def _targets(context: SizingPrepared) -> pd.DataFrame:
    """One row a target: its measure, its bound, its tolerance."""
    import pandas as pd

    rows = []
    for goal in context.goals:
        measure = MEASURES[POSITIONS[goal.measure]]
        bound = "at_most" if goal.sign > 0 else "at_least"
        labels = (measure.label_fr, measure.label_en, measure.unit)
        rows.append((goal.measure, *labels, bound, goal.limit, goal.tolerance))
    columns = ["measure", "label_fr", "label_en", "unit", "bound", "limit", "tolerance"]
    return pd.DataFrame(rows, columns=columns)


def _impossible(context: SizingPrepared) -> pd.DataFrame:
    import pandas as pd

    rows = [{**_factors(context, design), "why": why} for design, why in context.impossible]
    columns = [*_factors(context, context.designs[0]), "why"]
    return pd.DataFrame(rows, columns=columns)
