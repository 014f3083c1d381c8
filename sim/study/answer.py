"""The answer of a study in a terminal: words by rules from verdicts, then the figures behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.report.folder import StudyFolder
from sim.report.reading import HELPED, Reading
from sim.report.sections.answer import answer_sentences, chance, question, what_helps
from sim.report.sections.assumed import drawn
from sim.report.sections.certainty import overlap_in_words
from sim.report.sections.planning import planning_sentences
from sim.report.sentences import interval_words, not_calibrated, verdict_words
from sim.report.words import Language, Words
from sim.study.progress import duration

if TYPE_CHECKING:
    from sim.study.parts import Failure
    from sim.study.run import StudyResult

__all__ = ["answer_lines", "nothing_done"]

_SHOWN_FAILURES = 4
_FEW = 20


def answer_lines(result: StudyResult, language: Language = "fr") -> list[str]:
    """What was asked, the answer, the figures with their intervals, how sure, and where the rest is."""
    words = Words(language)
    reading = Reading(StudyFolder(result.folder), words)
    lines = ["", question(reading)]
    if result.replications:
        lines += ["", *answer_sentences(reading)]
        if helping := what_helps(reading):
            term, text = helping
            lines.append(words(f"{term} : {text}", f"{term}: {text}"))
        lines += ["", *_levels(reading)]
        for scenario in reading.alternatives:
            lines += ["", *_gaps(reading, scenario.name)]
        planning = planning_sentences(reading)
        if planning and not any(planning[0] in line for line in lines):
            lines += ["", *planning]
        lines += ["", *_certainty(reading), *_first_look(result, words)]
    else:
        lines += ["", *nothing_done(result.failed, words)]
    if result.failed and result.replications:
        lines += ["", *_failures(result, words)]
    return [*lines, "", *_where(result, words)]


def _levels(reading: Reading) -> list[str]:
    """The decision measures of the reference, mean and 95 % interval."""
    words, name = reading.words, reading.reference.name
    rows = []
    for ident in reading.decisions:
        measure = reading.measure(ident)
        level = reading.level(name, ident)
        if level is None:
            continue
        low, high = reading.level(name, ident, "ci95_low"), reading.level(name, ident, "ci95_high")
        span = f"({words.range(low, high, measure.decimals)})"
        rows.append([measure.label(words), measure.value(words, level), span])
    label = reading.label(name)
    if reading.alternatives:
        label = words(f"{label} (référence)", f"{label} (reference)")
    return [label, *_table(rows, "<>>")]


def _gaps(reading: Reading, scenario: str) -> list[str]:
    """The decision measures of a scenario against the reference: difference, deciding interval, verdict."""
    words = reading.words
    rows = []
    for ident in reading.decisions:
        gap = reading.difference(scenario, ident)
        if gap is not None:
            rows.append([gap.measure.label(words), interval_words(gap, words), verdict_words(gap, words)])
    label = reading.label(scenario)
    head = words(f"{label} : écart avec la référence", f"{label}: difference from the reference")
    return [head, *_table(rows, "<><")]


def _certainty(reading: Reading) -> list[str]:
    """Chance first, then assumptions: never mixed."""
    words = reading.words
    lines = []
    headline = reading.headline
    if headline and reading.difference(headline.name, HELPED):
        lines.append(". ".join(chance(reading, headline)))
        lines.append(
            words(
                "Entre parenthèses : pour la référence, l'intervalle à 95 % de la moyenne ; pour les écarts, "
                "celui qui décide, valable pour toutes les comparaisons à la fois.",
                "In brackets: for the reference, the 95% interval of the mean; for differences, the one that "
                "decides, valid for all comparisons at once.",
            )
        )
        lines.append(overlap_in_words(words))
    lines += _precision(reading)
    if drawn(reading):
        lines.append(
            words(
                "Chaque simulation a ses hypothèses, tirées dans leurs fourchettes : ces intervalles "
                "couvrent le hasard et nos hypothèses ensemble.",
                "Each simulation has its own assumptions, drawn from their ranges: these intervals cover "
                "chance and our assumptions together.",
            )
        )
    else:
        lines.append(words("Ceci ne couvre pas nos hypothèses.", "This does not cover our assumptions."))
    return [*lines, not_calibrated(words)]


def _precision(reading: Reading) -> list[str]:
    """Whether the precision asked for was reached, where it was asked for."""
    table, words = reading.folder.table("precision"), reading.words
    if not len(table):
        return []
    count = words.number(int(table["n"].iloc[0]))
    missed = table[~table["reached"].astype(bool) & table["half_width"].notna()]
    if not len(missed):
        return [
            words(
                f"Précision demandée : atteinte pour chaque indicateur de décision, après {count} "
                "simulations.",
                f"Precision asked for: reached for every decision measure, after {count} simulations.",
            )
        ]
    lines = [
        words(
            f"Précision demandée : non atteinte après {count} simulations pour",
            f"Precision asked for: not reached after {count} simulations for",
        )
    ]
    for row in missed.to_dict("records"):
        measure = reading.measure(str(row["measure"]))
        decimals = max(measure.decimals, 1)
        half, asked = (
            words.number(float(row["half_width"]), decimals),
            words.number(float(row["asked"]), decimals),
        )
        name = f"{reading.label(str(row['scenario']))}, {measure.label(words)}"
        lines.append(
            words(f"  {name} : ± {half} au lieu de ± {asked}", f"  {name}: ± {half} instead of ± {asked}")
        )
    return lines


def _first_look(result: StudyResult, words: Words) -> list[str]:
    """With few simulations: that the figures are a first look, and how to have more."""
    if result.replications >= _FEW:
        return []
    count = words.counted(result.replications, "simulation|simulations", "simulation|simulations")
    return [
        words(
            f"Premier aperçu, avec {count} seulement : pour des chiffres plus sûrs, "
            "la même ligne avec run.replications=100.",
            f"A first look, with {count} only: for surer figures, the same line with run.replications=100.",
        )
    ]


def nothing_done(failed: Sequence[Failure], words: Words) -> list[str]:
    """One sentence when no simulation was completed: the first cause, and the line that shows it again."""
    if not failed:
        return [words("Aucune simulation n'a abouti.", "No simulation was completed.")]
    first, cause = failed[0], " ".join(failed[0].error.split())[:120]
    return [
        words(
            f"Aucune simulation n'a abouti ; première cause : {cause} ; "
            "la ligne qui relance cette simulation seule :",
            f"No simulation was completed; first cause: {cause}; the line that runs this one again, alone:",
        ),
        f"  {first.command}",
    ]


def _failures(result: StudyResult, words: Words) -> list[str]:
    """The first failures, each with the line that runs it again alone."""
    count = len({failure.replication for failure in result.failed})
    lines = [
        words(
            f"Simulations en échec : {count}. Laissées hors des chiffres, gardées dans manifest.json.",
            f"Failed simulations: {count}. Left out of the figures, kept in manifest.json.",
        )
    ]
    for failure in result.failed[:_SHOWN_FAILURES]:
        what = f"{failure.scenario}, {failure.replication} ({failure.stage})"
        lines += [f"  {what}{words(' :', ':')} {failure.error}"[:160], f"    {failure.command}"]
    left = len(result.failed) - _SHOWN_FAILURES
    if left > 0:
        lines.append(words(f"  … et {left} de plus", f"  … and {left} more"))
    return lines


def _where(result: StudyResult, words: Words) -> list[str]:
    from sim.study.run import shown

    report = result.folder / "report.html"
    lines = []
    if report.is_file():
        lines.append(words("Rapport : ", "Report: ") + str(shown(report)))
    lines.append(words("Dossier : ", "Folder: ") + str(shown(result.folder)))
    spent = duration(result.seconds, words.language)
    count = words.number(result.replications)
    lines.append(
        words(
            f"Scénarios : {len(result.scenarios)} ; simulations de chacun : {count} ; durée : {spent}.",
            f"Scenarios: {len(result.scenarios)}; simulations of each: {count}; time: {spent}.",
        )
    )
    return lines


def _table(rows: Sequence[Sequence[str]], align: str) -> list[str]:
    """Rows in columns as wide as they need, two spaces apart."""
    if not rows:
        return []
    widths = [max(len(row[i]) for row in rows) for i in range(len(align))]
    return [
        "  "
        + "  ".join(
            f"{cell:{how}{width}}" for cell, how, width in zip(row, align, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
