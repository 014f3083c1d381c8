"""Scenario by scenario: what each brings and costs, and every decision measure with its intervals."""

from __future__ import annotations

import pandas as pd

from sim.report import figures
from sim.report.figures import Series
from sim.report.folder import Scenario
from sim.report.reading import COST, HELPED, Reading
from sim.report.sections.answer import one_lever, pairs_compared, titled
from sim.report.sentences import Difference, effect, gaps_in_words, quoted, span_words, verdict_words
from sim.report.view import Block, Cell, Lines, Panels, Paragraph, Picture, Plot, Section, Table
from sim.report.words import Words

__all__ = ["difference_picture", "levers_section", "measures_section"]

MARGINAL = "marginal_net_cost"


def _rows(
    reading: Reading, measure: str, scenarios: tuple[Scenario, ...]
) -> tuple[pd.DataFrame, list[Difference]]:
    rows, gaps = [], []
    for scenario in scenarios:
        gap = reading.difference(scenario.name, measure)
        if gap is None:
            continue
        style: Series = reading.style(scenario.name)
        rows.append((style.label, gap.difference, *gap.interval, style.colour, style.symbol))
        gaps.append(gap)
    return pd.DataFrame(rows, columns=["label", "difference", "low", "high", "colour", "symbol"]), gaps


def difference_picture(
    reading: Reading, ident: str, widths: tuple[int, ...], *, name: str = ""
) -> Picture | None:
    """Dots and intervals of one measure for every scenario compared, with their sentence and table."""
    words = reading.words
    frame, gaps = _rows(reading, ident, reading.alternatives)
    if frame.empty:
        return None
    measure = reading.measure(ident)
    threshold = gaps[0].threshold
    sentence = gaps_in_words(gaps, [reading.label(gap.scenario) for gap in gaps], words)

    plot = Plot(
        figures.differences,
        (frame, words),
        {
            "threshold": threshold,
            "decimals": measure.decimals,
            "direction": measure.direction,
            "money": measure.unit.startswith("euros"),
        },
    )

    note = ""
    if threshold:
        limit = measure.limit(words, threshold)
        note = words(
            f"Bande grise : moins de {limit} d'écart, sans effet utile.",
            f"Grey band: a difference under {limit}, of no practical use.",
        )
        # Among panels, the words in front of them all say which interval is drawn.
        note += f" {deciding(words)}" if len(widths) > 1 else ""
    return Picture(
        ident=name or f"ecart-{ident}",
        title=titled(measure.label(words), words.unit(measure.change_unit(words))),
        sentence=sentence,
        plot=plot,
        source=note,
        widths=widths,
        table=_gap_table(reading, ident, gaps),
    )


def deciding(words: Words) -> str:
    """Which interval is drawn."""
    return words(
        "Trait : intervalle à 95 % valable pour toutes les comparaisons à la fois, celui qui décide.",
        "Line: 95% interval valid for all comparisons at once, the one that decides.",
    )


def _gap_table(reading: Reading, ident: str, gaps: list[Difference]) -> Table:
    words, measure = reading.words, reading.measure(ident)
    places = measure.decimals

    def level(scenario: str) -> Cell:
        return Cell(words.number(reading.level(scenario, ident), places), number=True)

    none = Cell("–", number=True)
    rows: list[list[Cell | str]] = [
        [
            reading.label(reading.reference.name),
            level(reading.reference.name),
            none,
            none,
            none,
            none,
            words("Référence", "Reference"),
        ]
    ]
    for gap in gaps:
        better = words.number(100 * gap.share_better) if gap.share_better is not None else "–"
        rows.append(
            [
                reading.label(gap.scenario),
                level(gap.scenario),
                Cell(words.signed(gap.difference, places), number=True),
                _bounds(gap.interval, places, words),
                _bounds((gap.ci95_low, gap.ci95_high), places, words),
                Cell(better, number=True),
                verdict_words(gap, words),
            ]
        )
    return Table(
        caption=words(f"Les chiffres : {measure.short(words)}", f"The figures: {measure.short(words)}"),
        headers=(
            words("Scénario", "Scenario"),
            f"{words('Niveau', 'Level')} ({words.unit(measure.level_unit(words))})".replace(" ()", ""),
            words("Écart", "Difference"),
            words("Intervalle qui décide", "Interval that decides"),
            words("Intervalle de cette comparaison seule", "Interval of this comparison alone"),
            words("Coûte moins, simulations sur 100", "Costs less, simulations in 100")
            if measure.unit.startswith("euros")
            else words("Fait mieux, simulations sur 100", "Does better, simulations in 100"),
            words("Ce qu'on peut en dire", "What can be said"),
        ),
        rows=rows,
        note=words(
            "Intervalles à 95 %. Celui qui décide vaut pour toutes les comparaisons à la fois. Les écarts "
            "sont calculés avant arrondi.",
            "95% intervals. The one that decides holds for all comparisons at once. Differences are worked "
            "out before rounding.",
        ),
    )


def _bounds(interval: tuple[float, float], decimals: int, words: Words) -> Cell:
    low, high = interval
    return Cell(words.span(low, high, decimals), number=True)


def levers_section(reading: Reading) -> Section | None:
    """Every lever from the cheapest to the dearest: what it brings, what it costs."""
    words = reading.words
    if len(reading.scenarios) < 2 or not len(reading.comparison):
        return None
    title = (
        words("Les leviers, du moins cher au plus cher", "The levers, cheapest first")
        if one_lever(reading)
        else words(
            "Les scénarios comparés, du moins cher au plus cher", "The scenarios compared, cheapest first"
        )
    )
    picture = difference_picture(reading, HELPED, (760, 340), name="leviers-aidees")
    rows: list[list[Cell | str]] = []
    for scenario in reading.alternatives:
        cost, helped = reading.difference(scenario.name, COST), reading.difference(scenario.name, HELPED)
        rows.append(
            [
                reading.label(scenario.name),
                Cell(
                    words.euros(cost.difference, signed=True) if cost else "–",
                    number=True,
                    lines=(("", span_words(cost, words)),) if cost else (),
                ),
                Cell(
                    words.signed(helped.difference) if helped else "–",
                    number=True,
                    lines=(("", span_words(helped, words)), ("", verdict_words(helped, words)))
                    if helped
                    else (),
                ),
                _changed(reading, scenario),
                Cell(_per_person(reading, scenario.name, helped), number=True),
            ]
        )
    table = Table(
        caption=title,
        headers=(
            words("Levier", "Lever") if one_lever(reading) else words("Scénario", "Scenario"),
            words("Coût net par an, écart", "Net cost a year, difference"),
            words(
                "Personnes aidées par an, tous lieux, écart", "Persons helped a year, all places, difference"
            ),
            words("Ce qu'il change d'autre", "What else it changes"),
            words("Coût net par personne aidée en plus", "Net cost per additional person helped"),
        ),
        rows=rows,
        is_open=True,
        stacked=True,
        note=words(
            "Sous chaque écart, l'intervalle à 95 % qui décide, valable pour toutes les comparaisons à la "
            "fois. À côté du coût net par personne aidée en plus, l'intervalle à 95 % de cette comparaison "
            "seule. Écarts calculés avant arrondi.",
            "Under each difference, the 95% interval that decides, valid for all comparisons at once. Beside "
            "the net cost per additional person helped, the 95% interval of this comparison alone. "
            "Differences worked out before rounding.",
        ),
    )
    described = [
        (reading.label(scenario.name), sentence)
        for scenario in reading.alternatives
        if (sentence := words(scenario.sentence_fr, scenario.sentence_en))
    ]
    blocks: list[Block] = [
        Paragraph(
            words(
                f"Chaque scénario est comparé à {quoted(reading.label(reading.reference.name), words)}, "
                "avec les mêmes habitants et les mêmes aléas.",
                f"Each scenario is compared with {quoted(reading.label(reading.reference.name), words)}, "
                "with the same residents and the same chances.",
            )
        ),
        *([Lines(tuple(described))] if described else []),
        table,
    ]
    if picture:
        blocks.append(picture)
    return Section(
        "leviers",
        title,
        tuple(blocks),
    )


def _changed(reading: Reading, scenario: Scenario) -> Cell:
    words = reading.words
    lines = []
    for ident in reading.decisions:
        gap = reading.difference(scenario.name, ident)
        if gap is None or ident in (COST, HELPED) or effect(gap) not in ("better", "worse"):
            continue
        lines.append((effect(gap), f"{gap.measure.short(words)} {gap.measure.change(words, gap.difference)}"))
    return Cell(
        "" if lines else words("Aucune différence utile démontrée", "No useful difference shown"),
        lines=tuple(lines),
    )


def _per_person(reading: Reading, scenario: str, helped: Difference | None) -> str:
    """Net cost per additional person helped; a ratio, which stands in the summary with its own interval."""
    words = reading.words
    cost = reading.difference(scenario, COST)
    if helped is not None and effect(helped) == "better" and cost is not None and effect(cost) == "same":
        return words("sans objet : pas d'écart de coût utile", "does not apply: no useful cost difference")
    if helped is None or effect(helped) != "better":
        if helped is not None and effect(helped) == "worse":
            return words("sans objet : moins de personnes aidées", "does not apply: fewer persons helped")
        return words("sans objet : pas d'effet démontré", "does not apply: no effect shown")
    each, low, high = (reading.level(scenario, MARGINAL, c) for c in ("mean", "ci95_low", "ci95_high"))
    if each is None:
        return "–"
    if low is None or high is None:
        return words.euros(each)
    return f"{words.euros(each)} ({words.range(low, high)})"


def measures_section(reading: Reading) -> Section | None:
    """The decision measures, one panel each."""
    words = reading.words
    made = [
        picture
        for ident in reading.decisions
        if ident != HELPED and (picture := difference_picture(reading, ident, (348,)))
    ]
    if not made:
        return None
    n = words.counted(
        pairs_compared(reading),
        "simulation appariée|simulations appariées",
        "paired simulation|paired simulations",
    )
    of = quoted(reading.label(reading.reference.name), words)
    lead = words(
        f"Écart avec {of}, sur {n}. Un effet n'est démontré que si son intervalle à 95 %, valable pour "
        "toutes les comparaisons à la fois, sort entièrement de la bande grise. Les personnes aidées sont "
        "avec les scénarios comparés.",
        f"Difference from {of}, over {n}. An effect is shown only if its 95% interval, valid for all "
        "comparisons at once, lies wholly outside the grey band. Persons helped stand with the scenarios "
        "compared.",
    )
    return Section(
        "mesures",
        words("Les autres mesures qui décident", "The other measures that decide"),
        (Paragraph(lead), Panels(tuple(made))),
    )
