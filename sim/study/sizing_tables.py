"""The files of a sizing study: every design, the frontier of cost against service, the answer in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.measures.registry import DECISIONS, MEASURES, POSITIONS
from sim.report.words import LANGUAGES, Words
from sim.study.answer_text import answer_files
from sim.study.designs import Design, design_label
from sim.study.sizing import SizingPrepared, by_design, choice_of
from sim.study.sizing_choice import COST, Choice, Goal, adjusted_means, frontier
from sim.study.statistics import half_width, moments
from sim.study.tables import csv_bytes

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.results import Results

__all__ = ["sizing_files"]

Floats = NDArray[np.float64]


def sizing_files(context: SizingPrepared, results: Results) -> dict[str, bytes]:
    """`designs.csv`, `frontier.csv` and the answers, by name."""
    if not len(results.replications):
        return {}
    values, _ = by_design(results, context.count)
    choice = choice_of(context, results)
    table = _designs(context, values, choice)
    chosen = table["frontier"] | (table["role"] != "")
    said = {language: _answer(context, values, choice, Words(language)) for language in LANGUAGES}
    return {
        "designs.csv": csv_bytes(table),
        "frontier.csv": csv_bytes(table[chosen].sort_values([COST, "design"])),
        "impossible_designs.csv": csv_bytes(_impossible(context)),
        **answer_files(said),
    }


def _shown(context: SizingPrepared) -> list[str]:
    """The measures shown of each design: decisions, targets, service; each once."""
    named = [*DECISIONS, *(goal.measure for goal in context.goals), context.reference.sizing.service]
    return list(dict.fromkeys(named))


def _designs(context: SizingPrepared, values: Floats, choice: Choice) -> pd.DataFrame:
    """One row a design: means as if all were run in the same worlds, 95 % half-width of each by itself."""
    import pandas as pd

    m = moments(values)
    half = half_width(m.sd, m.n, 0.95)
    mean = np.full(m.mean.shape, np.nan)
    for name in _shown(context):
        mean[:, POSITIONS[name]] = adjusted_means(values[:, :, POSITIONS[name]])
    service = context.reference.sizing.service
    direction = MEASURES[POSITIONS[service]].direction or 1
    on = frontier(mean[:, POSITIONS[COST]], mean[:, POSITIONS[service]], direction)
    roles = {choice.best: "recommended", choice.runner_up: "runner_up", choice.nearest: "nearest"}
    rows = []
    for i, design in enumerate(context.designs):
        row = _factors(context, design)
        for name in _shown(context):
            row[name] = mean[i, POSITIONS[name]]
            row[f"{name}_half_width"] = half[i, POSITIONS[name]]
        for g, goal in enumerate(context.goals):
            row[f"{goal.measure}_short_by"] = max(choice.shortfall[i, g], 0.0)
        row |= {
            "n": int(m.n[i, POSITIONS[COST]]),
            "screened_out": i not in choice.survivors,
            "meets_on_average": bool((choice.shortfall[i] <= 0).all()),
            "shown_to_meet": bool(choice.feasible[i]),
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


def _impossible(context: SizingPrepared) -> pd.DataFrame:
    import pandas as pd

    rows = [{**_factors(context, design), "why": why} for design, why in context.impossible]
    columns = [*_factors(context, context.designs[0]), "why"]
    return pd.DataFrame(rows, columns=columns)


def _answer(context: SizingPrepared, values: Floats, choice: Choice, words: Words) -> list[str]:
    sizing = context.reference.sizing
    goals = words.listed([_goal(goal, words) for goal in context.goals])
    lines = [
        words(
            "Quels moyens suffisent pour tenir les objectifs ?",
            "What staffing is enough to meet the targets?",
        ),
        words(f"Objectifs : {goals}.", f"Targets: {goals}."),
        words(
            f"Organisations essayées : {context.count} ; impossibles à conduire : "
            f"{len(context.impossible)} ; "
            f"restées après le premier tri : {len(choice.survivors)}.",
            f"Designs tried: {context.count}; impossible to drive: {len(context.impossible)}; left after "
            f"screening: {len(choice.survivors)}.",
        ),
        "",
    ]
    if choice.best is not None:
        lines.append(words("Recommandée : ", "Recommended: ") + _design(context, values, choice.best, words))
        lines += _figures(context, values, choice.best, words)
        sure = words.number(100 * (1 - sizing.error))
        if choice.decided:
            lines.append(
                words(
                    f"  Avec une probabilité d'au moins {sure} %, aucune autre des organisations essayées ne "
                    "tient les objectifs à moindre coût, aux tolérances près.",
                    f"  With probability at least {sure}%, no other design tried meets the targets at a "
                    "lower "
                    "cost, within the tolerances.",
                )
            )
        else:
            lines.append(
                words(
                    f"  Pas assez de simulations pour trancher ({sizing.most} au plus par organisation) : "
                    "la moins chère de celles qui tiennent les objectifs en moyenne.",
                    f"  Not enough simulations to say ({sizing.most} at most a design): the cheapest of "
                    "those "
                    "that meet the targets on average.",
                )
            )
        if choice.runner_up is not None:
            lines += [
                "",
                words("Ensuite : ", "Next: ") + _design(context, values, choice.runner_up, words),
                *_figures(context, values, choice.runner_up, words),
            ]
    else:
        lines.append(
            words(
                "Aucune des organisations essayées ne tient tous les objectifs.",
                "None of the designs tried meets all the targets.",
            )
        )
        if choice.nearest is not None:
            lines.append(
                words("La plus proche : ", "The nearest: ") + _design(context, values, choice.nearest, words)
            )
            lines += _figures(context, values, choice.nearest, words)
            for g, goal in enumerate(context.goals):
                short = choice.shortfall[choice.nearest, g]
                if short > 0:
                    measure = MEASURES[POSITIONS[goal.measure]]
                    amount = words.number(short, max(measure.decimals, 1))
                    label = words(measure.label_fr, measure.label_en)
                    lines.append(
                        words(f"  Manque pour « {label} » : {amount}.", f"  Short of “{label}” by {amount}.")
                    )
    lines += [
        "",
        words(
            "Les moyennes sont celles de la simulation ; ceci ne couvre pas nos hypothèses. Le "
            "coût d'un rappel "
            "de rendez-vous n'est pas budgété.",
            "Means are those of the simulation; this does not cover our assumptions. The cost of "
            "reminders is "
            "not budgeted.",
        ),
        words(
            "Non calé sur la fréquentation réelle de la cellule.",
            "Not fitted to the real attendance of the cell.",
        ),
    ]
    return lines


def _goal(goal: Goal, words: Words) -> str:
    measure = MEASURES[POSITIONS[goal.measure]]
    label = words(measure.label_fr, measure.label_en)
    label = label[:1].lower() + label[1:]
    unit = words(measure.unit_fr, measure.unit)
    bound = words.with_unit(words.number(goal.limit, 0 if goal.limit.is_integer() else 1), unit)
    if goal.sign > 0:
        return words(f"{label} : {bound} au plus", f"{label}: at most {bound}")
    return words(f"{label} : {bound} au moins", f"{label}: at least {bound}")


def _design(context: SizingPrepared, values: Floats, design: int, words: Words) -> str:
    what = context.designs[design]
    label = design_label(what, context.reference.sizing.sessions[what.sessions], words)
    cost = float(np.nanmean(values[:, design, POSITIONS[COST]]))
    return words(
        f"{label} ; reste à charge {words.euros(cost)} par an.",
        f"{label}; net cost {words.euros(cost)} a year.",
    )


def _figures(context: SizingPrepared, values: Floats, design: int, words: Words) -> list[str]:
    """The targets' measures and the service, with the 95 % interval of the mean."""
    m = moments(values[:, design])
    low, high = m.interval(0.95)
    lines = []
    for name in dict.fromkeys([*(g.measure for g in context.goals), context.reference.sizing.service]):
        measure, i = MEASURES[POSITIONS[name]], POSITIONS[name]
        unit = words(measure.unit_fr, measure.unit)
        mean = words.with_unit(words.number(m.mean[i], measure.decimals), unit)
        span = words.range(low[i], high[i], measure.decimals)
        label = words(measure.label_fr, measure.label_en)
        lines.append(words(f"  {label} : {mean} ({span})", f"  {label}: {mean} ({span})"))
    return lines
