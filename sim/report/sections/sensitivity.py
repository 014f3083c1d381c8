"""Which assumptions would overturn the answer: the answer, then chance and assumptions side by side."""

from __future__ import annotations

from typing import Any

from sim.report.frames import has, number, possible
from sim.report.reading import COST, HELPED, Reading
from sim.report.sections.answer import FIVE, question, titled
from sim.report.sections.assumed import beyond_sentence, flip_sentence, flips_of, flips_shown
from sim.report.sentences import (
    Difference,
    effect,
    interval_words,
    not_calibrated,
    quoted,
    span_words,
    verdict_words,
    weight_decimals,
)
from sim.report.view import Block, Card, Cards, Cell, Lines, Paragraph, Section, Table
from sim.report.words import Words

__all__ = ["layers_section", "sensitivity_answer", "shares_section", "weights_section"]

_MOST = 10


def _layer(reading: Reading, row: dict[Any, Any]) -> Difference:
    """A row of layers.csv as a difference, with the interval that decides its verdict."""
    low, high = number(row.get("chance_ci95_low")), number(row.get("chance_ci95_high"))
    gap = number(row["difference"]) or 0.0
    return Difference(
        scenario=str(row["scenario"]),
        measure=reading.measure(str(row["measure"])),
        difference=gap,
        ci95_low=gap if low is None else low,
        ci95_high=gap if high is None else high,
        ci_sim_low=number(row.get("chance_sim_low")),
        ci_sim_high=number(row.get("chance_sim_high")),
        verdict=str(row["verdict"]) if isinstance(row.get("verdict"), str) else None,
        n=int(number(row.get("n")) or 0),
    )


def _rows(reading: Reading) -> list[tuple[Difference, dict[Any, Any]]]:
    """The scenario in question, measure by measure."""
    table = reading.folder.table("layers")
    if not has(table, "scenario", "measure", "difference", "verdict"):
        return []
    names = set(table["scenario"])
    best = reading.headline.name if reading.headline else ""
    name = best if best in names else str(table["scenario"].iloc[0])
    rows = table[table["scenario"] == name].to_dict("records")
    return [(_layer(reading, row), row) for row in rows if number(row["difference"]) is not None]


def sensitivity_answer(reading: Reading) -> Section | None:
    """The first screen: the verdict, whether an assumption overturns it, the cost, both layers."""
    words = reading.words
    rows = {gap.measure.ident: (gap, row) for gap, row in _rows(reading)}
    if HELPED not in rows:
        return None
    helped, of_helped = rows[HELPED]
    label = quoted(reading.label(helped.scenario), words)
    reference = quoted(reading.label(reading.reference.name), words)
    verdict = verdict_words(helped, words)
    blocks: list[Block] = [
        Paragraph(_flips_in_words(reading), "lead"),
        Paragraph(
            words(
                f"La réponse, pour {label} comparé à {reference} et les personnes aidées, tous lieux "
                f"confondus : {verdict[:1].lower()}{verdict[1:]}, {interval_words(helped, words)}.",
                f"The answer, for {label} against {reference} and persons helped, all places together: "
                f"{verdict[:1].lower()}{verdict[1:]}, {interval_words(helped, words)}.",
            ),
            "answer",
        ),
    ]
    if COST in rows:
        cost = rows[COST][0]
        blocks.append(
            Paragraph(
                words(
                    f"Reste à charge du Département : écart {interval_words(cost, words)}.",
                    f"Net cost to the Département: difference {interval_words(cost, words)}.",
                ),
                "answer",
            )
        )
    blocks.append(
        Lines(
            (
                (words("Le hasard", "Chance"), _chance(helped, words)),
                (words("Nos hypothèses", "Our assumptions"), _assumed(helped, of_helped, words)),
            )
        )
    )
    blocks.append(Paragraph(not_calibrated(words), "warning"))
    cards = [_card(*rows[ident], words) for ident in FIVE if ident in rows]
    blocks.append(Cards(tuple(cards), reading.label(reading.reference.name), reading.label(helped.scenario)))
    return Section("reponse", question(reading), tuple(blocks))


def _flips_in_words(reading: Reading) -> str:
    words = reading.words
    table = flips_of(reading)
    shown = flips_shown(table)
    moved = words.counted(len(table), "hypothèse|hypothèses", "assumption|assumptions")
    if shown:
        rest = len(shown) - 1
        more = words.counted(rest, "autre|autres", "other|others")
        verb = words("la renverse aussi" if rest < 2 else "la renversent aussi", "")
        others = words(f"{more} sur {moved} {verb}.", f"{more} of {moved} overturn it too.") if rest else ""
        parts = (flip_sentence(shown[0], words), beyond_sentence(shown[0], reading), others)
        return " ".join(text for text in parts if text)
    perhaps = sum(number(row.get("flips_at")) is not None for row in table.to_dict("records"))
    said = words(
        f"Aucune hypothèse, bougée seule dans sa fourchette, ne renverse la réponse de façon établie "
        f"({moved} essayées).",
        f"No assumption, moved alone in its range, is shown to overturn the answer ({moved} tried).",
    )
    if perhaps:
        said += words(
            f" Pour {perhaps} d'entre elles, le hasard suffirait à expliquer qu'elles la renversent.",
            f" For {perhaps} of them, chance would be enough to explain that they overturn it.",
        )
    return said


def _chance(gap: Difference, words: Words) -> str:
    n = words.counted(gap.n, "simulation|simulations", "simulation|simulations")
    return words(
        f"Écart {interval_words(gap, words)} sur {n}. Ceci ne couvre pas nos hypothèses.",
        f"Difference {interval_words(gap, words)} over {n}. This does not cover our assumptions.",
    )


def _assumed(gap: Difference, row: dict[Any, Any], words: Words) -> str:
    low, high = number(row.get("drawn_p10")), number(row.get("drawn_p90"))
    if low is None or high is None:
        return words(
            "Elles n'ont pas été tirées toutes ensemble dans cette étude.",
            "They were not drawn all at once in this study.",
        )
    draws = int(number(row.get("draws")) or 0)
    of = min(draws, 100)
    same = words.number(of * (number(row.get("share_same_side")) or 0.0))
    span = words.range(low, high, gap.measure.decimals)
    return words(
        f"Tirées toutes ensemble dans leurs fourchettes : écart {span} dans 8 tirages sur 10 ; même réponse "
        f"dans {same} tirages sur {of}.",
        f"All drawn from their ranges at once: difference {span} in 8 draws out of 10; the same answer in "
        f"{same} draws out of {of}.",
    )


def _card(gap: Difference, row: dict[Any, Any], words: Words) -> Card:
    measure = gap.measure
    low, high = number(row.get("drawn_p10")), number(row.get("drawn_p90"))
    detail = ""
    if low is not None and high is not None:
        span = words.range(low, high, measure.decimals)
        detail = words(
            f"Hypothèses tirées toutes ensemble : {span}, 8 tirages sur 10",
            f"All assumptions drawn at once: {span}, 8 draws out of 10",
        )
    return Card(
        label=measure.label(words),
        unit=words.unit(measure.change_unit(words), round(gap.difference, measure.decimals)),
        before=words.signed(gap.difference, measure.decimals),
        after="",
        gap="",
        span=words(f"Hasard : {span_words(gap, words)}", f"Chance: {span_words(gap, words)}"),
        verdict=verdict_words(gap, words),
        effect=effect(gap),
        detail=detail,
    )


def layers_section(reading: Reading) -> Section | None:
    """Each decision measure: the difference by chance alone, and with all assumptions drawn."""
    words = reading.words
    rows = _rows(reading)
    if not rows:
        return None
    cells: list[list[Cell | str]] = []
    for gap, row in rows:
        places = gap.measure.decimals
        low, high = number(row.get("drawn_p10")), number(row.get("drawn_p90"))
        share, draws = number(row.get("share_same_side")), int(number(row.get("draws")) or 0)
        unit = words.unit(gap.measure.change_unit(words))
        of = min(draws, 100)
        cells.append(
            [
                titled(gap.measure.label(words), unit),
                Cell(words.signed(gap.difference, places), number=True),
                Cell(words.span(*gap.interval, places), number=True),
                verdict_words(gap, words),
                Cell(words.span(low, high, places), number=True),
                Cell(
                    "–"
                    if share is None
                    else words(
                        f"{words.number(of * share)} sur {of}", f"{words.number(of * share)} out of {of}"
                    ),
                    number=True,
                ),
            ]
        )
    label = quoted(reading.label(rows[0][0].scenario), words)
    reference = quoted(reading.label(reading.reference.name), words)
    return Section(
        "couches",
        words(
            "Mesure par mesure : le hasard, puis nos hypothèses", "Measure by measure: chance, assumptions"
        ),
        (
            Paragraph(
                words(
                    f"Écarts de {label} avec {reference}. Le hasard et nos hypothèses sont deux questions "
                    "différentes : le premier diminue avec le nombre de simulations, les secondes non.",
                    f"Differences of {label} from {reference}. Chance and our assumptions are two different "
                    "matters: the first shrinks with more simulations, the second does not.",
                )
            ),
            Table(
                caption=words("Les mesures qui décident", "The measures that decide"),
                headers=(
                    words("Mesure", "Measure"),
                    words("Écart", "Difference"),
                    words("Le hasard : intervalle qui décide", "Chance: interval that decides"),
                    words("Ce qu'on peut en dire", "What can be said"),
                    words("Nos hypothèses : 8 tirages sur 10", "Our assumptions: 8 draws out of 10"),
                    words("Même réponse, tirages", "Same answer, draws"),
                ),
                rows=cells,
                is_open=True,
                stacked=True,
            ),
        ),
    )


def weights_section(reading: Reading) -> Section | None:
    """The assumptions that weigh most when all move together: mean effect from end to end of the range."""
    words = reading.words
    table = reading.folder.table("sensitivity")
    if not has(table, "scenario", "measure", "label_fr", "label_en", "mu_star", "mu_star_error"):
        return None
    rows = _rows(reading)
    name = rows[0][0].scenario if rows else str(table["scenario"].iloc[0])
    mine = table[(table["scenario"] == name) & (table["measure"] == HELPED)].dropna(subset=["mu_star"])
    mine = mine.sort_values("mu_star", ascending=False, kind="stable").head(_MOST)
    if mine.empty:
        return None
    strongest = mine.to_dict("records")
    places = weight_decimals([(number(r["mu_star"]), number(r["mu_star_error"])) for r in strongest])
    cells: list[list[Cell | str]] = [
        [
            words(str(row["label_fr"]), str(row["label_en"])),
            Cell(words.number(number(row["mu_star"]), places), number=True),
            Cell(f"± {words.number(number(row['mu_star_error']), places)}", number=True),
            str(row.get("confidence") or "–"),
        ]
        for row in strongest
    ]
    return Section(
        "poids",
        words("Les hypothèses qui pèsent le plus", "The assumptions that weigh most"),
        (
            Paragraph(
                words(
                    "De combien l'écart de personnes aidées par an bouge, en moyenne, quand une hypothèse va "
                    "d'un bout à l'autre de sa fourchette, les autres étant prises au hasard dans les leurs "
                    "(criblage de Morris). L'erreur type dit de combien cet effet moyen, sur un nombre "
                    "limité d'essais, peut encore bouger. Ce sont les premières à mesurer.",
                    "How much the difference in persons helped a year moves, on average, when an assumption "
                    "goes from end to end of its range, the others being anywhere in theirs (Morris "
                    "screening). The standard error says by how much this mean effect, from a limited number "
                    "of trials, may still move. They are the first to measure.",
                )
            ),
            Table(
                caption=words(
                    f"Les {len(cells)} hypothèses de plus d'effet", f"The {len(cells)} strongest assumptions"
                ),
                headers=(
                    words("Hypothèse", "Assumption"),
                    words("Effet moyen (personnes par an)", "Mean effect (persons a year)"),
                    words("Erreur type", "Standard error"),
                    words("Confiance", "Confidence"),
                ),
                rows=cells,
                is_open=True,
                stacked=True,
            ),
        ),
    )


def shares_section(reading: Reading) -> Section | None:
    """Which share of the variation each assumption makes, alone and with the others, where that was asked."""
    words = reading.words
    table = reading.folder.table("sobol")
    if not has(table, "scenario", "measure", "label_fr", "label_en", "first_order", "total"):
        return None
    rows = _rows(reading)
    name = rows[0][0].scenario if rows else str(table["scenario"].iloc[0])
    mine = table[(table["scenario"] == name) & (table["measure"] == HELPED)].dropna(subset=["total"])
    mine = mine.sort_values("total", ascending=False, kind="stable").head(_MOST)
    if mine.empty:
        return None
    cells: list[list[Cell | str]] = [
        [
            words(str(row["label_fr"]), str(row["label_en"])),
            *(_share_of_variation(row, index, words) for index in ("first_order", "total")),
        ]
        for row in mine.to_dict("records")
    ]
    return Section(
        "parts",
        words("D'où viennent les variations", "Where the variation comes from"),
        (
            Paragraph(
                words(
                    "Quand ces hypothèses bougent toutes ensemble, l'écart de personnes aidées varie ; voici "
                    "la part de cette variation que chacune explique à elle seule, puis avec tout ce qu'elle "
                    "partage avec les autres (indices de Sobol).",
                    "When these assumptions move all at once, the difference in persons helped varies; here "
                    "is the share of that variation that each explains alone, then with all it shares with "
                    "the others (Sobol indices).",
                )
            ),
            Table(
                caption=words("Part de la variation expliquée", "Share of the variation explained"),
                headers=(
                    words("Hypothèse", "Assumption"),
                    words("Seule (intervalle à 95 %)", "Alone (95% interval)"),
                    words("Avec les autres (intervalle à 95 %)", "With the others (95% interval)"),
                ),
                rows=cells,
                is_open=True,
                stacked=True,
                note=words(
                    "Une part estimée un peu en dehors de 0 à 100 % y est ramenée.",
                    "A share estimated a little outside 0 to 100% is brought back to it.",
                ),
            ),
        ),
    )


def _share_of_variation(row: dict[Any, Any], index: str, words: Words) -> Cell:
    ends = (number(row.get(f"{index}{end}")) for end in ("", "_ci95_low", "_ci95_high"))
    value, low, high = (None if end is None else possible(100 * end, "%") for end in ends)
    span = "" if low is None or high is None else f" ({words.span(low, high)})"
    return Cell(f"{words.with_unit(words.number(value), '%')}{span}", number=True)
