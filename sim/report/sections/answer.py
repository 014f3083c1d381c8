"""What follows from verdicts: the answer, the figures that decide, levers, measures, certainty."""

from __future__ import annotations

import pandas as pd

from sim.report import figures
from sim.report.figures import Series
from sim.report.folder import Scenario
from sim.report.frames import number
from sim.report.reading import COST, HELD, HELPED, LEAD, NEXT, Reading
from sim.report.sections import exits
from sim.report.sections.assumed import assumption_line, drawn, layer
from sim.report.sections.planning import planning_sentences
from sim.report.sentences import (
    Difference,
    answer,
    certainty,
    effect,
    gain,
    gaps_in_words,
    quoted,
    rounded_apart,
    rounding_note,
    span_words,
    verdict_words,
)
from sim.report.view import Block, Card, Cards, Cell, Lines, Panels, Paragraph, Picture, Plot, Section, Table
from sim.report.words import Words

__all__ = [
    "answer_section", "answer_sentences", "certainty_section", "chance", "levers_section",
    "measures_section", "next_section", "overlap_in_words", "question", "what_helps",
]  # fmt: skip

MARGINAL = "marginal_net_cost"
FROM_FIXED = "helped_from_fixed"


def question(reading: Reading) -> str:
    """The study's question."""
    asked = reading.words(
        str(reading.folder.setting("study.question_fr") or ""),
        str(reading.folder.setting("study.question_en") or ""),
    )
    return asked or reading.words(f"Étude {reading.folder.name}", f"Study {reading.folder.name}")


def answer_sentences(reading: Reading) -> list[str]:
    """The answer in two or three sentences, from the verdicts on the headline scenario.

    A study of hand-made rounds is asked what planning would gain, and answers that first.
    """
    if reading.folder.name == "rounds" and (gains := planning_sentences(reading)):
        return [*gains, *_verdicts_in_words(reading)]
    return _verdicts_in_words(reading)


def _verdicts_in_words(reading: Reading) -> list[str]:
    words, best = reading.words, reading.headline
    if best is None:
        return _single(reading)
    if exits.concerned(reading):
        return exits.exits_answer(reading) or _single(reading)
    if not one_lever(reading):
        return _overview(reading) or _single(reading)
    gaps = {m: reading.difference(best.name, m) for m in reading.decisions}
    others = [gap for m, gap in gaps.items() if gap is not None and m not in (HELPED, COST)]
    said = answer(
        reading.label(best.name), gaps.get(HELPED), others, gaps.get(COST), words, _cheaper(reading, best)
    )
    return said or _single(reading)


def one_lever(reading: Reading) -> bool:
    """Whether the question is about one scenario: the fourth team, or the only one compared."""
    return len(reading.scenarios) == 2 or any(s.name == "four_vehicles" for s in reading.scenarios)


def _named(reading: Reading) -> bool:
    return one_lever(reading) or exits.concerned(reading)


def _overview(reading: Reading) -> list[str]:
    """Several ways of doing, none of them the one in question: by measure, who changes what."""
    words = reading.words
    said = []
    for ident in (HELPED, HELD, COST):
        gaps = [gap for s in reading.alternatives if (gap := reading.difference(s.name, ident))]
        if gaps:
            labels = [reading.label(gap.scenario) for gap in gaps]
            name = gaps[0].measure.short(words)
            said.append(gaps_in_words(gaps, labels, words, of=name, brief=True))
    return said


def _single(reading: Reading) -> list[str]:
    words, name = reading.words, reading.reference.name
    helped, held = reading.level(name, "persons_helped_by_cell"), reading.level(name, HELD)
    cost = reading.level(name, COST)
    said = []
    if helped is not None:
        low, high = (reading.level(name, "persons_helped_by_cell", f"ci95_{end}") for end in ("low", "high"))
        said.append(
            words(
                f"Avec ces hypothèses, la cellule aide {_persons(helped, words)} par an "
                f"({words.range(low, high)}).",
                f"With these assumptions, the cell helps {_persons(helped, words)} a year "
                f"({words.range(low, high)}).",
            )
        )
    if held is not None:
        said.append(
            words(
                f"{reading.measure(HELD).value(words, held)} des passages prévus sont tenus par deux "
                "agents, comme le label le demande.",
                f"{reading.measure(HELD).value(words, held)} of the planned passages are held by two "
                "agents, as the label asks.",
            )
        )
    if cost is not None:
        said.append(
            words(
                f"Reste à charge du Département : {words.euros(cost)} par an.",
                f"Net cost to the Département: {words.euros(cost)} a year.",
            )
        )
    return said or [
        words("Cette étude ne compare pas de scénarios.", "This study compares no scenarios."),
    ]


def _persons(count: float, words: Words) -> str:
    return words.counted(count, "personne|personnes", "person|persons")


def _judged(reading: Reading, scenario: Scenario) -> dict[str, str]:
    found: dict[str, str] = {}
    for measure in reading.decisions:
        gap = reading.difference(scenario.name, measure)
        if gap is not None and measure != COST:
            found[measure] = effect(gap)
    return found


def _cheaper(reading: Reading, best: Scenario) -> tuple[str, float] | None:
    """The cheapest other lever shown to improve all that the headline scenario is shown to improve."""
    wanted = {m for m, e in _judged(reading, best).items() if e == "better"}
    price = reading.difference(best.name, COST)
    if not wanted or price is None:
        return None
    for other in reading.alternatives:
        gap = reading.difference(other.name, COST)
        if other.name == best.name or gap is None or gap.difference >= price.difference:
            continue
        found = _judged(reading, other)
        saving = price.difference - gap.difference
        threshold = price.threshold or 0.0
        if (
            wanted <= {m for m, e in found.items() if e == "better"}
            and "worse" not in found.values()
            and saving > threshold
        ):
            return reading.label(other.name), gap.difference
    return None


def what_helps(reading: Reading) -> tuple[str, str] | None:
    """Scenarios shown to help more persons, where the one in question is not, or where none is in question.

    A term and its text; nothing where the question is about exits, or answered by a shown gain.
    """
    words, best = reading.words, reading.headline
    if best is None or exits.concerned(reading):
        return None
    asked = reading.difference(best.name, HELPED)
    if asked is None or (one_lever(reading) and effect(asked) == "better"):
        return None
    gains = [
        gain(reading.label(scenario.name), helped, reading.difference(scenario.name, COST), words)
        for scenario in reading.alternatives
        if (helped := reading.difference(scenario.name, HELPED)) is not None and effect(helped) == "better"
    ]
    term = (
        words("Ce qui le changerait", "What would change it")
        if one_lever(reading)
        else words("Ce qui aiderait plus de personnes", "What would help more persons")
    )
    if not gains and one_lever(reading) and len(reading.alternatives) == 1:
        return None
    if not gains:
        none = words(
            "aucun des scénarios comparés ici n'aide plus de personnes de façon démontrée",
            "none of the scenarios compared here is shown to help more persons",
        )
        return term, f"{none}."
    return term, f"{words(' ; ', '; ').join(gains)}."


def answer_section(reading: Reading) -> Section:
    """The first screen: question, answer, certainty in short, the figures that decide, the cost."""
    words = reading.words
    said = answer_sentences(reading)
    blocks: list[Block] = [Paragraph(said[0], "lead"), *(Paragraph(text, "answer") for text in said[1:])]
    best = reading.headline
    if best is not None:
        lines = [chance(reading, best), _assumptions(reading)]
        if helping := what_helps(reading):
            lines.insert(0, helping)
        blocks.append(Lines(tuple(lines)))
    elif reading.summary:
        blocks.append(Lines((_chance_alone(reading), _assumptions(reading))))
    blocks.append(Paragraph(not_calibrated(words), "warning"))
    failed = _failed(reading)
    if failed:
        blocks.append(Paragraph(failed, "warning"))
    figures_block = overview_table(reading) if best and not _named(reading) else _cards(reading)
    if figures_block:
        blocks.append(figures_block)
    return Section("reponse", question(reading), tuple(blocks))


def chance(reading: Reading, best: Scenario) -> tuple[str, str]:
    """What chance leaves open: of the scenario in question, or of all where none is in question."""
    words = reading.words
    gap = reading.difference(best.name, HELPED)
    if gap is not None and _named(reading):
        of = quoted(reading.label(best.name), words)
        what = layer(reading)
        return (
            words(f"{what}, pour les personnes aidées par {of}", f"{what}, for persons helped by {of}"),
            certainty(gap, words),
        )
    n = words.counted(pairs_compared(reading), "simulation|simulations", "simulation|simulations")
    return (
        layer(reading),
        words(
            f"Chaque scénario a vécu les mêmes {n}, jour pour jour ; un effet n'est dit démontré que si son "
            "intervalle, valable pour toutes les comparaisons à la fois, dépasse un seuil utile.",
            f"Each scenario lived through the same {n}, day by day; an effect is said to be shown only if "
            "its interval, valid for all comparisons at once, exceeds a practical threshold.",
        ),
    )


def _chance_alone(reading: Reading) -> tuple[str, str]:
    """What the intervals of a scenario that ran alone are."""
    words = reading.words
    count = max((number(row.get("n")) or 0.0 for row in reading.summary.values()), default=0.0)
    n = words.counted(count, "simulation|simulations", "simulation|simulations")
    return layer(reading), words(
        f"Moyennes de {n} ; entre parenthèses, l'intervalle à 95 % de la moyenne.",
        f"Means of {n}; in brackets, the 95% interval of the mean.",
    )


def _assumptions(reading: Reading) -> tuple[str, str]:
    return reading.words("Nos hypothèses", "Our assumptions"), assumption_line(reading)


def pairs_compared(reading: Reading) -> int:
    """Paired simulations behind the comparisons."""
    gaps = (reading.difference(s.name, m) for s in reading.scenarios[1:] for m in reading.decisions)
    return max((gap.n for gap in gaps if gap), default=0)


def _failed(reading: Reading) -> str:
    replications = reading.folder.manifest.get("replications")
    failed = replications.get("failed") if isinstance(replications, dict) else None
    count = (
        len({f.get("replication") for f in failed if isinstance(f, dict)})
        if isinstance(failed, list)
        else failed
    )
    if not count:
        return ""
    words = reading.words
    return words(
        f"{words.counted(count, 'simulation|simulations', '')} en échec, hors des chiffres.",
        f"{words.counted(count, '', 'simulation|simulations')} failed, left out of the figures.",
    )


def not_calibrated(words: Words) -> str:
    """What stands until real attendance has been loaded."""
    return words(
        "Non calé sur la fréquentation réelle de la cellule.", "Not calibrated on the cell's real attendance."
    )


def overview_table(reading: Reading) -> Table | None:
    """The figures that decide for every scenario: level, difference, and what may be said of it."""
    words = reading.words
    present = [m for m in FIVE if reading.level(reading.reference.name, m) is not None]
    if not present:
        return None
    rows: list[list[Cell | str]] = []
    for scenario in reading.scenarios:
        cells: list[Cell | str] = [reading.label(scenario.name)]
        for ident in present:
            places = reading.measure(ident).decimals
            gap = reading.difference(scenario.name, ident)
            lines: tuple[tuple[str, str], ...] = ()
            if gap is not None:
                found = effect(gap)
                sign = found if found in ("better", "worse") else ""
                lines = (
                    ("", f"{words.signed(gap.difference, places)} ({span_words(gap, words)})"),
                    (sign, verdict_words(gap, words)),
                )
            level = words.number(reading.level(scenario.name, ident), places)
            cells.append(Cell(level, number=True, lines=lines, spoken=False))
        rows.append(cells)
    return Table(
        caption=words("Les chiffres qui décident", "The figures that decide"),
        headers=(
            words("Scénario", "Scenario"),
            *(header_with_unit(reading, ident) for ident in present),
        ),
        rows=rows,
        is_open=True,
        stacked=True,
        note=words(
            "Sous chaque niveau, l'écart avec la référence, l'intervalle à 95 % qui décide (valable pour "
            "toutes les comparaisons à la fois) et ce qu'on peut en dire. Les écarts sont calculés avant "
            "arrondi.",
            "Under each level, the difference from the reference, the 95% interval that decides (valid for "
            "all comparisons at once) and what can be said. Differences are worked out before rounding.",
        ),
    )


def header_with_unit(reading: Reading, ident: str) -> str:
    """A measure and its unit, for the head of a column."""
    measure, words = reading.measure(ident), reading.words
    return titled(measure.label(words), words.unit(measure.level_unit(words)))


def titled(label: str, unit: str) -> str:
    """A label and its unit in brackets, unless the label begins with it."""
    return label if not unit or label.lower().startswith(f"{unit} ") else f"{label} ({unit})"


FIVE = (HELPED, HELD, NEXT, LEAD, COST)
EXITS_FIVE = (HELPED, "weeks_under_24h", NEXT, LEAD, COST)


def _cards(reading: Reading) -> Cards | None:
    words, best = reading.words, reading.headline
    made = []
    for ident in EXITS_FIVE if exits.concerned(reading) else FIVE:
        measure = reading.measure(ident)
        before = reading.level(reading.reference.name, ident)
        if before is None:
            continue
        gap = reading.difference(best.name, ident) if best else None
        after = reading.level(best.name, ident) if best else None
        detail = ""
        if ident == HELPED and best is not None:
            own = reading.level(reading.reference.name, "persons_helped_by_cell")
            then = reading.level(best.name, "persons_helped_by_cell")
            if own is not None and then is not None:
                detail = words(
                    f"Dont aidées par la cellule elle-même : {words.number(own)}, puis {words.number(then)}.",
                    f"Of whom helped by the cell itself: {words.number(own)}, then {words.number(then)}.",
                )
            moved = None if exits.concerned(reading) else reading.difference(best.name, FROM_FIXED)
            if moved is not None and (moved.interval[0] > 0 or moved.interval[1] < 0):
                change, span = words.signed(moved.difference), span_words(moved, words)
                detail += words(
                    f" Parmi elles, venues d'une France Services fixe : {change} par an ({span}).",
                    f" Among them, come from a fixed France Services: {change} a year ({span}).",
                )
        low, high = (reading.level(reading.reference.name, ident, f"ci95_{end}") for end in ("low", "high"))
        places = measure.decimals
        if gap and after is not None and rounded_apart(before, after, gap.difference, places):
            detail = f"{detail} {rounding_note(words)}".strip()
        shown = before if after is None else after
        made.append(
            Card(
                label=measure.label(words),
                unit=words.unit(measure.level_unit(words), round(shown, places)),
                before=words.number(before, places),
                after=words.number(after, places) if gap else "",
                gap=measure.change(words, gap.difference) if gap else "",
                span=span_words(gap, words) if gap else words.range(low, high, places),
                verdict=verdict_words(gap, words) if gap else "",
                effect=effect(gap) if gap else "",
                detail=detail,
            )
        )
    if not made:
        return None
    return Cards(tuple(made), reading.label(reading.reference.name), reading.label(best.name) if best else "")


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
    if _named(reading):
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
                    + ("." if _named(reading) else " ; voici les personnes aidées.")
                    + f" {deciding_in_words(words)}",
                    f"{first} {lived} lived through the same simulations, day by day"
                    + ("." if _named(reading) else "; here are the persons helped.")
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
