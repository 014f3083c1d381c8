"""Cheaper designs on the edge of a target, in words: what their simulations say, and how near that is."""

from __future__ import annotations

import numpy as np

from sim.measures.registry import MEASURES, POSITIONS
from sim.report.words import Words
from sim.study.designs import design_differences
from sim.study.sizing import SizingPrepared
from sim.study.sizing_choice import COST, Choice
from sim.study.sizing_figures import Figures

__all__ = ["edge_lines", "on_the_edge"]

_MOST_SHOWN = 3


def on_the_edge(context: SizingPrepared, figures: Figures, choice: Choice, best: int) -> list[int]:
    """Designs cheaper than the best by more than the zone that the simulations do not rule out."""
    cost = figures.mean[:, POSITIONS[COST]]
    cheaper = np.flatnonzero(cost < cost[best] - context.sizing.cost_zone_eur)
    open_ = [int(d) for d in cheaper if choice.shown[d] == "undecided"]
    return sorted(open_, key=lambda d: float(cost[d]))


def edge_lines(
    context: SizingPrepared, figures: Figures, choice: Choice, best: int, words: Words
) -> list[str]:
    """The cheapest of those on the edge: what changes, what it saves, its interval at the target missed."""
    lines = []
    cost = figures.mean[:, POSITIONS[COST]]
    hours = context.reference.sizing.sessions
    for d in on_the_edge(context, figures, choice, best)[:_MOST_SHOWN]:
        tolerance = np.array([goal.tolerance for goal in context.goals])
        goal = context.goals[int(np.argmax(figures.short_by[d] / tolerance))]
        i = POSITIONS[goal.measure]
        mean, half = float(figures.mean[d, i]), float(figures.half_width[d, i])
        differs = design_differences(context.designs[d], context.designs[best], hours, words)
        saving = words.euros(float(cost[best] - cost[d]))
        span, limit = words.range(mean - half, mean + half, 1), words.number(goal.limit, 1)
        count = words.number(float(figures.n[d]))
        label = words(MEASURES[i].label_fr, MEASURES[i].label_en)
        lines.append(
            words(
                f"    {differs} ; {saving} de moins par an ; « {label} » {span} pour un objectif de {limit}, "
                f"en {count} simulations.",
                f"    {differs}; {saving} less a year; “{label}” {span} for a target of {limit}, in {count} "
                "simulations.",
            )
        )
    return lines
