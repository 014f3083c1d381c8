"""The answer of a sizing study in words: targets, the design recommended, the next, or the nearest."""

from __future__ import annotations

from sim.measures.registry import MEASURES, POSITIONS
from sim.report.choice_sentences import Standing, how_sure, still_open
from sim.report.frames import possible
from sim.report.sentences import MeasureWords, not_calibrated
from sim.report.words import Words
from sim.study.designs import design_differences, design_label
from sim.study.sizing import SizingPrepared
from sim.study.sizing_choice import COST, Choice, Goal
from sim.study.sizing_edge_words import edge_lines, on_the_edge
from sim.study.sizing_figures import Figures, tolerances

__all__ = ["answer_lines"]


def answer_lines(context: SizingPrepared, figures: Figures, choice: Choice, words: Words) -> list[str]:
    """The whole answer, a line each."""
    lines = [
        words(
            "Quels moyens suffisent pour tenir les objectifs ?",
            "What staffing is enough to meet the targets?",
        ),
        words("Objectifs, en moyenne sur les simulations :", "Targets, on average over the simulations:"),
        *(f"  {_goal(goal, words)}" for goal in context.goals),
        words(
            f"Organisations essayées : {context.count} ; impossibles à conduire : "
            f"{len(context.impossible)} ; restées après le premier tri : {len(choice.survivors)}.",
            f"Designs tried: {context.count}; impossible to drive: {len(context.impossible)}; left after "
            f"screening: {len(choice.survivors)}.",
        ),
        "",
    ]
    if choice.best is not None:
        lines += _recommended(context, figures, choice, choice.best, words)
    else:
        lines += _nearest(context, figures, choice, words)
    lines += [
        "",
        words(
            "Moyennes et intervalles à 95 % de la simulation ; ceci ne couvre pas nos hypothèses. Le coût "
            "d'un rappel de rendez-vous n'est pas budgété.",
            "Means and 95% intervals of the simulation; this does not cover our assumptions. The cost of "
            "reminders is not budgeted.",
        ),
        not_calibrated(words),
    ]
    return lines


def _recommended(
    context: SizingPrepared, figures: Figures, choice: Choice, best: int, words: Words
) -> list[str]:
    standing = _standing_of(context, figures, choice, best)
    lines = [words("Recommandée : ", "Recommended: ") + _design(context, figures, best, words)]
    lines += _measures(context, figures, best, words)
    lines += _standing(context, figures, best, words)
    lines.append(f"  {how_sure(standing, words)}")
    if remain := still_open(standing, words):
        where = words("Lesquelles : designs.csv, « undecided ».", "Which: designs.csv, “undecided”.")
        lines.append(f"  {remain} {where}")
        lines += edge_lines(context, figures, choice, best, words)
    if choice.equals:
        lines.append(_equals(context, choice, best, words))
    if choice.runner_up is None:
        lines += [
            "",
            words(
                "Aucune organisation vraiment différente ne tient les objectifs parmi celles essayées.",
                "No design that differs in earnest meets the targets among those tried.",
            ),
        ]
    else:
        lines += ["", *_runner_up(context, figures, best, choice.runner_up, words)]
    return lines


def _standing_of(context: SizingPrepared, figures: Figures, choice: Choice, best: int) -> Standing:
    """How sure the design recommended is."""
    return Standing(
        decided=choice.decided,
        holds=figures.standing(best, tolerances(context)) != "misses",
        open_cheaper=len(on_the_edge(context, figures, choice, best)),
        n=int(figures.n[best]),
        most=context.sizing.most,
        error=context.sizing.error,
        zone=context.sizing.cost_zone_eur,
    )


def _equals(context: SizingPrepared, choice: Choice, best: int, words: Words) -> str:
    """How many are as good as the one recommended, and in what they differ from it."""
    count = len(choice.equals)
    hours = context.reference.sizing.sessions
    own = context.designs[best]
    shown = dict.fromkeys(
        design_differences(context.designs[other], own, hours, words) for other in choice.equals[:3]
    )
    zone = words.euros(context.sizing.cost_zone_eur)
    dots = words(" ; …", "; …") if count > len(shown) else ""
    listed = words(" ; ", "; ").join(shown) + dots
    one = count < 2
    return words(
        f"  {'Une autre tient' if one else f'{count} autres tiennent'} aussi les objectifs en moyenne au "
        f"même coût, à {zone} près, avec les mêmes moyens : {listed}.",
        f"  {'Another meets' if one else f'{count} others meet'} the targets on average too at the same "
        f"cost, within {zone}, with the same staffing: {listed}.",
    )


def _runner_up(context: SizingPrepared, figures: Figures, best: int, second: int, words: Words) -> list[str]:
    apart = float(figures.mean[second, POSITIONS[COST]] - figures.mean[best, POSITIONS[COST]])
    hours = context.reference.sizing.sessions
    differs = design_differences(context.designs[second], context.designs[best], hours, words)
    more = words.euros(apart, signed=True)
    return [
        words("Ensuite : ", "Next: ") + _design(context, figures, second, words),
        words(f"  Ce qui change : {differs} ; {more} par an.", f"  What differs: {differs}; {more} a year."),
        *_measures(context, figures, second, words),
        *_standing(context, figures, second, words),
    ]


def _nearest(context: SizingPrepared, figures: Figures, choice: Choice, words: Words) -> list[str]:
    lines = [
        words(
            "Aucune des organisations essayées ne tient tous les objectifs."
            if choice.decided
            else "Aucune des organisations essayées ne tient tous les objectifs en moyenne.",
            "None of the designs tried meets all the targets."
            if choice.decided
            else "None of the designs tried meets all the targets on average.",
        )
    ]
    if choice.nearest is None:
        return lines
    return [
        *lines,
        words("La plus proche : ", "The nearest: ") + _design(context, figures, choice.nearest, words),
        *_measures(context, figures, choice.nearest, words),
        *_standing(context, figures, choice.nearest, words),
    ]


def _words_of(name: str) -> MeasureWords:
    m = MEASURES[POSITIONS[name]]
    return MeasureWords(name, m.label_fr, m.label_en, m.unit, m.unit_fr, m.decimals, m.direction)


def _goal(goal: Goal, words: Words) -> str:
    measure = _words_of(goal.measure)
    whole = goal.limit.is_integer()
    bound = words.with_unit(
        words.number(goal.limit, 0 if whole else 1), measure.level_unit(words), goal.limit
    )
    room = _amount(goal, goal.tolerance, words)
    label = measure.label(words)
    if goal.sign > 0:
        return words(
            f"{label} : {bound} au plus (tolérance : {room})", f"{label}: at most {bound} (tolerance: {room})"
        )
    return words(
        f"{label} : {bound} au moins (tolérance : {room})", f"{label}: at least {bound} (tolerance: {room})"
    )


def _amount(goal: Goal, amount: float, words: Words) -> str:
    """A length of a measure's scale with its unit, percentages in points."""
    measure = _words_of(goal.measure)
    places = 0 if float(amount).is_integer() else max(measure.decimals, 1)
    shown = round(amount, places)
    return words.with_unit(words.number(shown, places), measure.change_unit(words), shown)


def _gap(goal: Goal, short: float, words: Words) -> str:
    """By how much a target is missed, rounded as levels are; under the last decimal shown, that it is."""
    measure = _words_of(goal.measure)
    places = max(measure.decimals, 1)
    shown, least = round(short, places), 10.0**-places
    if shown > 0:
        return _amount(goal, shown, words)
    small = words.with_unit(words.number(least, places), measure.change_unit(words), least)
    return words(f"moins de {small}", f"less than {small}")


def _design(context: SizingPrepared, figures: Figures, design: int, words: Words) -> str:
    what = context.designs[design]
    label = design_label(what, context.reference.sizing.sessions[what.sessions], words)
    cost = words.euros(float(figures.mean[design, POSITIONS[COST]]))
    return words(f"{label} ; reste à charge {cost} par an.", f"{label}; net cost {cost} a year.")


def _measures(context: SizingPrepared, figures: Figures, design: int, words: Words) -> list[str]:
    """The targets' measures and the service, with the 95 % interval of the mean."""
    names = dict.fromkeys([*(g.measure for g in context.goals), context.reference.sizing.service])
    lines = []
    for name in names:
        measure, i = _words_of(name), POSITIONS[name]
        mean, half = float(figures.mean[design, i]), float(figures.half_width[design, i])
        said = measure.value(words, mean)
        low, high = possible(mean - half, measure.unit), possible(mean + half, measure.unit)
        span = words.range(low, high, measure.decimals)
        label = measure.label(words)
        lines.append(words(f"  {label} : {said} ({span})", f"  {label}: {said} ({span})"))
    count = words.number(float(figures.n[design]))
    lines.append(words(f"  Simulations : {count}.", f"  Simulations: {count}."))
    return lines


def _standing(context: SizingPrepared, figures: Figures, design: int, words: Words) -> list[str]:
    """Each target missed on average, by how much, and whether that is within its tolerance."""
    lines = []
    for g, goal in enumerate(context.goals):
        short = float(figures.short_by[design, g])
        if not short > 0:
            continue
        label = _words_of(goal.measure).short(words)
        amount = _gap(goal, short, words)
        if short <= tolerances(context)[g]:
            tail = words(", dans la tolérance", ", within the tolerance")
        else:
            tail = words(", au-delà de la tolérance", ", beyond the tolerance")
        lines.append(
            words(f"  Manque « {label} » de {amount}{tail}.", f"  Misses “{label}” by {amount}{tail}.")
        )
    return lines
