"""The first screen of a comparison: the answer, how sure in short, the figures that decide."""

from __future__ import annotations

from sim.report.folder import Scenario
from sim.report.frames import number
from sim.report.reading import COST, HELD, HELPED, LEAD, NEXT, Reading
from sim.report.sections import exits
from sim.report.sections.assumed import assumption_line, layer
from sim.report.sections.planning import planning_sentences
from sim.report.sentences import (
    answer,
    certainty,
    effect,
    gain,
    gaps_in_words,
    not_calibrated,
    quoted,
    rounded_apart,
    rounding_note,
    span_words,
    verdict_words,
)
from sim.report.view import Block, Card, Cards, Cell, Lines, Paragraph, Section, Table
from sim.report.words import Words

__all__ = [
    "FIVE", "answer_section", "answer_sentences", "asks_of_one", "chance", "header_with_unit",
    "one_lever", "pairs_compared", "question", "titled", "what_helps",
]  # fmt: skip

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


def asks_of_one(reading: Reading) -> bool:
    """Whether the answer is about one scenario, rather than about all of them."""
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
    figures_block = overview_table(reading) if best and not asks_of_one(reading) else _cards(reading)
    if figures_block:
        blocks.append(figures_block)
    return Section("reponse", question(reading), tuple(blocks))


def chance(reading: Reading, best: Scenario) -> tuple[str, str]:
    """What chance leaves open: of the scenario in question, or of all where none is in question."""
    words = reading.words
    gap = reading.difference(best.name, HELPED)
    if gap is not None and asks_of_one(reading):
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
