"""How sure a comparison is, chance then assumptions, and what comes next."""

from __future__ import annotations

from sim.report.reading import HELPED, Reading
from sim.report.sections.answer import asks_of_one
from sim.report.sections.assumed import assumption_line, drawn, layer
from sim.report.sentences import certainty, not_calibrated, quoted, verdict_words
from sim.report.view import Lines, Paragraph, Section
from sim.report.words import Words

__all__ = ["certainty_section", "next_section", "overlap_in_words"]


def deciding_in_words(words: Words) -> str:
    """Which interval stands in brackets."""
    return words(
        "Entre parenthèses, l'intervalle à 95 % qui décide : il vaut pour toutes les comparaisons à la fois.",
        "In brackets, the 95% interval that decides: it holds for all comparisons at once.",
    )


def overlap_in_words(words: Words) -> str:
    """Why a difference can be sure where the intervals of the two levels overlap."""
    return words(
        "Un écart est plus sûr que les deux niveaux dont il vient : d'une simulation à l'autre l'année est "
        "plus ou moins chargée, mais les deux scénarios vivent la même année, et ce qui leur est commun "
        "s'annule. Les intervalles de deux niveaux peuvent se chevaucher alors que l'écart est démontré.",
        "A difference is surer than the two levels it comes from: from one simulation to another the year is "
        "more or less busy, but both scenarios live through the same year, and what they share cancels out. "
        "The intervals of two levels may therefore overlap while the difference is shown.",
    )


def certainty_section(reading: Reading) -> Section | None:
    """Chance, then assumptions, never mixed."""
    words, best = reading.words, reading.headline
    if best is None:
        return None
    if asks_of_one(reading):
        gaps = [gap for m in reading.decisions if (gap := reading.difference(best.name, m))]
        items = [
            (gap.measure.label(words), f"{certainty(gap, words)} {verdict_words(gap, words)}.")
            for gap in gaps
        ]
        lived = words.listed([quoted(reading.label(s.name), words) for s in (best, reading.reference)])
    else:
        gaps = [gap for s in reading.alternatives if (gap := reading.difference(s.name, HELPED))]
        items = [
            (reading.label(gap.scenario), f"{certainty(gap, words)} {verdict_words(gap, words)}.")
            for gap in gaps
        ]
        lived = words("Tous les scénarios", "All scenarios")
    if not items:
        return None
    both = drawn(reading)
    first = f"{layer(reading)}." if both else words("D'abord le hasard.", "First, chance.")
    then = "" if both else words("Ensuite nos hypothèses. ", "Then our assumptions. ")
    return Section(
        "certitude",
        words("Notre certitude", "How sure we are"),
        (
            Paragraph(
                words(
                    f"{first} {lived} ont vécu les mêmes simulations, jour pour jour"
                    + ("." if asks_of_one(reading) else " ; voici les personnes aidées.")
                    + f" {deciding_in_words(words)}",
                    f"{first} {lived} lived through the same simulations, day by day"
                    + ("." if asks_of_one(reading) else "; here are the persons helped.")
                    + f" {deciding_in_words(words)}",
                )
            ),
            Lines(tuple(items)),
            Paragraph(
                words(
                    "« Fait mieux » compte les simulations où l'écart est du bon côté ; dans les autres, il "
                    "est nul ou du mauvais côté. « Pas assez de simulations pour trancher » : l'intervalle "
                    "chevauche le seuil utile, en deçà duquel un écart ne compte pas.",
                    "“Does better” counts simulations where the difference is on the good side; in others it "
                    "is nil or on the bad side. “Not enough simulations to say”: the interval straddles the "
                    "practical threshold, under which a difference does not matter.",
                )
            ),
            Paragraph(overlap_in_words(words)),
            Paragraph(then + assumption_line(reading)),
            Paragraph(not_calibrated(words), "warning"),
        ),
    )


def next_section(reading: Reading) -> Section | None:
    """The decision to take and the next check, where scenarios were compared."""
    if not reading.summary:
        return None
    words = reading.words
    check = words(
        "Comparer ces chiffres à la fréquentation réelle dès les premiers mois de service, puis relancer "
        "l'étude avec les valeurs observées.",
        "Compare these figures with real attendance from the first months of service, then run the study "
        "again with what was observed.",
    )
    next_check = words("Le prochain contrôle", "The next check")
    if reading.headline is None:
        return Section("decision", next_check, (Paragraph(check),))
    choices = words.listed(
        [quoted(reading.label(s.name), words) for s in (reading.reference, *reading.alternatives)]
    )
    decision = words(
        f"Choisir entre {choices}, au vu de ce que chaque choix apporte et coûte.",
        f"Choose between {choices}, in view of what each brings and costs.",
    )
    return Section(
        "decision",
        words("La décision à prendre", "The decision to take"),
        (Lines(((words("La décision", "The decision"), decision), (next_check, check))),),
    )
