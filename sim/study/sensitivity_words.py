"""The answer of a study of assumptions in words: what would flip the verdict, and what weighs most."""

from __future__ import annotations

import numpy as np

from sim.measures.registry import DECISIONS, MEASURES, POSITIONS
from sim.report.sentences import (
    MeasureWords,
    assumption_amount,
    assumption_range,
    not_calibrated,
    side_words,
    weight_decimals,
)
from sim.report.words import Words
from sim.study.flips import side
from sim.study.sensitivity import SensitivityPrepared
from sim.study.sensitivity_tables import HEADLINE, Findings, FlipRow
from sim.study.sobol_words import sobol_lines
from sim.study.statistics import Verdict, moments, quantiles

__all__ = ["answer_lines"]

_MOST_SHOWN = 6


def answer_lines(context: SensitivityPrepared, found: Findings, words: Words) -> list[str]:
    """The question, then for each scenario: verdict, flips, strongest assumptions, both layers."""
    reference = context.settings[0].scenario
    lines = [
        words("Quelles hypothèses renverseraient la réponse ?", "Which assumptions would flip the answer?")
    ]
    for settings in context.settings[1:]:
        scenario = settings.scenario
        label = words(scenario.label_fr, scenario.label_en)
        of = words(reference.label_fr, reference.label_en)
        lines += ["", words(f"« {label} » comparé à « {of} »", f"“{label}” against “{of}”")]
        lines += _verdict(found, scenario.name, words)
        lines += ["", *_flips(found, scenario.name, words)]
        lines += ["", *_others(found, scenario.name, words)]
        if scenario.name in found.screening:
            lines += ["", *_strongest(found, scenario.name, words)]
        lines += sobol_lines(found, scenario.name, words)
        lines += ["", *_layers(found, scenario.name, words)]
    moved = len(found.layout.moved)
    lines += [
        "",
        words(
            f"Hypothèses bougées : {moved}, chacune dans sa fourchette du registre ; laissées en place : "
            f"{len(context.aside)} (not_moved.csv dit pourquoi) et celles sans fourchette. Les "
            "tournées restent "
            "celles du calendrier imprimé.",
            f"Assumptions moved: {moved}, each in its range of the register; left in place: "
            f"{len(context.aside)} (not_moved.csv says why) and those without a range. Rounds stay "
            "those of the "
            "printed calendar.",
        ),
        not_calibrated(words),
    ]
    return lines


def _words_of(measure: str) -> MeasureWords:
    m = MEASURES[POSITIONS[measure]]
    return MeasureWords(measure, m.label_fr, m.label_en, m.unit, m.unit_fr, m.decimals, m.direction)


def _said(verdict: Verdict, measure: str, words: Words) -> str:
    """A verdict in a few words, inside a sentence."""
    if verdict == "not_enough_replications":
        return words("pas assez de simulations pour trancher", "not enough simulations to say")
    return side_words(_words_of(measure), "same" if verdict not in ("higher", "lower") else verdict, words)


def _verdict(found: Findings, name: str, words: Words) -> list[str]:
    k = DECISIONS.index(HEADLINE)
    m = moments(found.base[name])
    low, high = m.interval(found.together)
    measure = _words_of(HEADLINE)
    span = words.range(low[k], high[k], measure.decimals)
    said = _said(found.verdicts[name][k], HEADLINE, words)
    label, amount = measure.label(words), measure.change(words, float(m.mean[k]))
    return [words(f"{label} : {amount} ({span}) ; {said}.", f"{label}: {amount} ({span}); {said}.")]


def _flip(row: FlipRow, words: Words) -> str:
    if row.flip is None:
        raise ValueError(row.moved.path)
    a = row.moved.assumption
    unit = words(a.unit, a.unit_en)
    above = row.flip.direction == "above"
    where = words("au-dessus de" if above else "en dessous de", "above" if above else "below")
    at = assumption_amount(row.flip.at, unit, words)
    own = assumption_amount(row.moved.value, unit, words)
    likely = assumption_range(row.moved.low, row.moved.high, unit, words)
    beyond = side_words(_words_of(row.measure), row.flip.beyond, words)
    name = words(a.label_fr, a.label_en)
    return words(
        f"  « {name} » {where} {at} (hypothèse : {own} ; fourchette : {likely}) ; la réponse deviendrait : "
        f"{beyond}",
        f"  “{name}” {where} {at} (assumption: {own}; range: {likely}); the answer would become: {beyond}",
    )


def _flips(found: Findings, name: str, words: Words) -> list[str]:
    mine = [row for row in found.flips if row.scenario == name and row.measure == HEADLINE]
    shown = [row for row in mine if row.flip and row.flip.shown]
    maybe = [row for row in mine if row.flip and not row.flip.shown]
    none = len({row.moved.path for row in mine if row.flip is None})
    lines = []
    if shown:
        lines.append(words("Ce qui renverserait la réponse :", "What would flip the answer:"))
        lines += [_flip(row, words) for row in shown[:_MOST_SHOWN]]
    else:
        lines.append(
            words(
                "Aucune hypothèse, bougée seule dans sa fourchette, ne renverse la réponse de façon établie.",
                "No assumption, moved alone in its range, is shown to flip the answer.",
            )
        )
    if maybe:
        lines.append(
            words(
                "Peut-être, mais le hasard suffirait à l'expliquer :",
                "Perhaps, but chance would be enough to explain it:",
            )
        )
        lines += [_flip(row, words) for row in maybe[:_MOST_SHOWN]]
        if len(maybe) > _MOST_SHOWN:
            lines.append(
                words(
                    f"  et {words.counted(len(maybe) - _MOST_SHOWN, 'autre|autres', '')} (flips.csv)",
                    f"  and {words.counted(len(maybe) - _MOST_SHOWN, '', 'other|others')} (flips.csv)",
                )
            )
    count = words.counted(none, "hypothèse|hypothèses", "assumption|assumptions")
    lines.append(
        words(
            f"Ne renversent rien dans leur fourchette : {count} sur {len(found.layout.moved)}.",
            f"Do not flip it in their range: {count} of {len(found.layout.moved)}.",
        )
    )
    return lines


def _others(found: Findings, name: str, words: Words) -> list[str]:
    lines = [words("Les autres indicateurs de décision :", "The other decision measures:")]
    m = moments(found.base[name])
    for k, measure in enumerate(DECISIONS):
        if measure == HEADLINE:
            continue
        flips = [
            row for row in found.flips
            if row.scenario == name and row.measure == measure and row.flip and row.flip.shown
        ]  # fmt: skip
        known = _words_of(measure)
        said = _said(found.verdicts[name][k], measure, words)
        label, amount = known.label(words), known.change(words, float(m.mean[k]))
        if flips:
            first = _flip(flips[0], words).strip()
            tail = words(f" ; s'inverse : {first}", f"; flips: {first}")
        else:
            tail = words(" ; ne s'inverse pas de façon établie", "; not shown to flip")
        lines.append(words(f"  {label} : {amount}, {said}{tail}", f"  {label}: {amount}, {said}{tail}"))
    return lines


def _strongest(found: Findings, name: str, words: Words) -> list[str]:
    k = DECISIONS.index(HEADLINE)
    e = found.screening[name]
    order = np.argsort(-np.nan_to_num(e.mu_star[:, k]), kind="stable")[:_MOST_SHOWN]
    lines = [
        words(
            "Les hypothèses qui pèsent le plus sur cet écart (en personnes par an, effet moyen d'un bout à "
            "l'autre de la fourchette, et son erreur type) :",
            "The assumptions that weigh most on this difference (persons a year, mean effect from one end of "
            "the range to the other, and its standard error):",
        )
    ]
    places = weight_decimals([(float(e.mu_star[i, k]), float(e.error[i, k])) for i in order])
    for i in order:
        a = found.layout.moved[i].assumption
        size = words.number(e.mu_star[i, k], places)
        error = words.number(e.error[i, k], places)
        lines.append(f"  {words(a.label_fr, a.label_en)} – {size} ± {error}")
    return lines


def _layers(found: Findings, name: str, words: Words) -> list[str]:
    k = DECISIONS.index(HEADLINE)
    base, drawn = found.base[name], found.drawn[name]
    m = moments(base)
    low, high = m.interval(found.together)
    decimals = MEASURES[POSITIONS[HEADLINE]].decimals
    lines = [
        words(
            f"Le hasard : l'écart moyen est {words.range(low[k], high[k], decimals)} "
            f"({len(base)} simulations, hypothèses inchangées ; intervalle à 95 % valable pour tous les "
            "indicateurs à la fois).",
            f"Chance: the mean difference is {words.range(low[k], high[k], decimals)} "
            f"({len(base)} simulations, assumptions unchanged; 95% interval valid for all measures at once).",
        )
    ]
    if len(drawn):
        few = quantiles(drawn[:, [k]], 0.1)[0]
        many = quantiles(drawn[:, [k]], 0.9)[0]
        of = min(len(drawn), 100)
        threshold = found.threshold[k]
        own = side(m.mean[k], threshold)
        share = of * float(np.mean([side(one, threshold) == own for one in drawn[:, k]]))
        span = words.range(few, many, decimals)
        lines.append(
            words(
                f"Nos hypothèses, tirées ensemble dans leurs fourchettes : écart {span} dans 8 tirages "
                f"sur 10 ; même réponse dans {words.counted(share, 'tirage|tirages', '')} sur {of}.",
                f"Our assumptions, all drawn from their ranges at once: difference {span} in 8 draws out of "
                f"10; the same answer in {words.counted(share, '', 'draw|draws')} out of {of}.",
            )
        )
    return lines
