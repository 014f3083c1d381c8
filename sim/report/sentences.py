"""The rules by which verdicts become sentences, in French and English; nothing here reads a file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sim.report.words import Words

__all__ = [
    "Difference",
    "Effect",
    "MeasureWords",
    "answer",
    "assumption_amount",
    "assumption_range",
    "certainty",
    "effect",
    "gain",
    "gaps_in_words",
    "interval_words",
    "not_calibrated",
    "quoted",
    "rounded_apart",
    "rounding_note",
    "side_words",
    "span_words",
    "verdict_words",
    "weight_decimals",
]

# The decision measures as they stand inside a sentence.
_SHORT = {
    "persons_helped": ("personnes aidées", "persons helped"),
    "held_by_two_share": ("passages tenus à deux", "passages held by two"),
    "days_to_next_held_passage": ("jours jusqu'au prochain passage", "days to the next passage"),
    "home_lead_p90": ("délai à domicile", "home lead time"),
    "wait_p90": ("attente sur place", "wait on site"),
    "weeks_under_24h": ("semaines sous les heures du label", "weeks under the label's hours"),
    "net_yearly_cost": ("reste à charge", "net cost"),
}

Effect = Literal["better", "worse", "same", "unknown", "not_judged"]


@dataclass(frozen=True)
class MeasureWords:
    """How a measure is written: labels, unit, decimals, and which way is better (1, -1, or 0 for neither)."""

    ident: str
    label_fr: str
    label_en: str
    unit: str = ""
    unit_fr: str = ""
    decimals: int = 0
    direction: int = 1

    def label(self, words: Words) -> str:
        """The label in the language."""
        return words(self.label_fr, self.label_en)

    def short(self, words: Words) -> str:
        """The name inside a sentence."""
        return words(*_SHORT[self.ident]) if self.ident in _SHORT else _lower_first(self.label(words))

    def value(self, words: Words, value: float | None) -> str:
        """A level with its unit."""
        if value is None:
            return "–"
        shown = round(value, self.decimals)
        return words.with_unit(words.number(value, self.decimals), self.level_unit(words), shown)

    def change(self, words: Words, value: float | None) -> str:
        """A difference with its sign and unit; percentages change by points."""
        if value is None:
            return "–"
        shown = round(value, self.decimals)
        return words.with_unit(words.signed(value, self.decimals), self.change_unit(words), shown)

    def limit(self, words: Words, value: float) -> str:
        """A threshold with its unit, whole where it is whole."""
        shown = round(value, self.decimals)
        places = 0 if shown == int(shown) else self.decimals
        return words.with_unit(words.number(value, places), self.change_unit(words), shown)

    def level_unit(self, words: Words) -> str:
        """The unit of a level."""
        return words(self.unit_fr or self.unit, self.unit)

    def change_unit(self, words: Words) -> str:
        """The unit of a difference."""
        return "points" if self.unit == "%" else self.level_unit(words)


@dataclass(frozen=True)
class Difference:
    """One measure of one scenario against the reference, with its verdict."""

    scenario: str
    measure: MeasureWords
    difference: float
    ci95_low: float
    ci95_high: float
    ci_sim_low: float | None = None
    ci_sim_high: float | None = None
    threshold: float | None = None
    share_better: float | None = None
    verdict: str | None = None
    n: int = 0

    @property
    def interval(self) -> tuple[float, float]:
        """The interval that decides the verdict: over all comparisons at once, else the one of 95 %."""
        if self.ci_sim_low is None or self.ci_sim_high is None:
            return self.ci95_low, self.ci95_high
        return self.ci_sim_low, self.ci_sim_high


def effect(difference: Difference) -> Effect:
    """What a verdict means for people: better, worse, the same, or unknown."""
    verdict, direction = difference.verdict, difference.measure.direction
    if verdict is None:
        return "not_judged"
    if verdict == "no_difference_that_matters":
        return "same"
    if verdict not in ("higher", "lower"):
        return "unknown"
    if direction == 0:
        return "not_judged"
    return "better" if (verdict == "higher") == (direction > 0) else "worse"


def verdict_words(difference: Difference, words: Words) -> str:
    """A verdict in a few words, never a winner without one."""
    found = effect(difference)
    if found == "same":
        return words("Aucune différence utile démontrée", "No useful difference shown")
    if found == "unknown":
        return words("Pas assez de simulations pour trancher", "Not enough simulations to say")
    if found == "not_judged":
        if difference.verdict == "higher":
            return words("Plus élevé", "Higher")
        if difference.verdict == "lower":
            return words("Moins élevé", "Lower")
        return words("Sans seuil : pas de verdict", "No threshold: no verdict")
    if difference.measure.unit.startswith("euros"):
        return words("Coûte moins", "Costs less") if found == "better" else words("Coûte plus", "Costs more")
    return (
        words("Amélioration démontrée", "Improvement shown")
        if found == "better"
        else words("Dégradation démontrée", "Deterioration shown")
    )


def span_words(difference: Difference, words: Words) -> str:
    """The interval that decides: « entre 30 et 50 »."""
    return words.range(*difference.interval, difference.measure.decimals)


def interval_words(difference: Difference, words: Words) -> str:
    """The difference and the interval that decides: « + 40 personnes par an (entre 30 et 50) »."""
    return f"{difference.measure.change(words, difference.difference)} ({span_words(difference, words)})"


def side_words(measure: MeasureWords, side: str, words: Words) -> str:
    """What the answer on a measure would be on a side of its threshold: `higher`, `lower` or `same`."""
    verdict = "no_difference_that_matters" if side == "same" else side
    said = verdict_words(Difference("", measure, 0.0, 0.0, 0.0, verdict=verdict), words)
    return _lower_first(said)


def assumption_amount(value: float | None, unit: str, words: Words) -> str:
    """A value of an assumption with three significant digits and its unit, shares as percentages."""
    number, shown = _three_digits(value, unit, words)
    if shown is None:
        return number
    return words.with_unit(number, "%" if unit in _SHARES else unit, shown)


def assumption_range(low: float | None, high: float | None, unit: str, words: Words) -> str:
    """From the lowest to the highest likely value, the unit once: « 2 à 15 demandes par semaine »."""
    least, _ = _three_digits(low, unit, words)
    return words(
        f"{least} à {assumption_amount(high, unit, words)}",
        f"{least} to {assumption_amount(high, unit, words)}",
    )


_SHARES = ("part", "share")


def weight_decimals(weights: Sequence[tuple[float | None, float | None]]) -> int:
    """Fewest decimals, two at most, with which no error beside a size is shown as nought."""
    errors = [error for _, error in weights if error]
    return next((d for d in range(2) if all(round(error, d) > 0 for error in errors)), 2)


def _three_digits(value: float | None, unit: str, words: Words) -> tuple[str, float | None]:
    if value is None or not math.isfinite(value):
        return "–", None
    size = 100 * value if unit in _SHARES else value
    most = 0 if size == 0 else min(max(0, 2 - math.floor(math.log10(abs(size)))), 4)
    places = next((d for d in range(most) if abs(round(size, d) - round(size, most)) < 1e-9), most)
    return words.number(size, places), round(size, places)


def rounded_apart(before: float, after: float, gap: float, decimals: int) -> bool:
    """Whether the levels as they are shown do not give the gap as it is shown."""
    return round(round(after, decimals) - round(before, decimals), decimals) != round(gap, decimals)


def rounding_note(words: Words) -> str:
    """What stands wherever a gap is not that of the levels shown."""
    return words("Écart calculé avant arrondi.", "Difference worked out before rounding.")


def certainty(difference: Difference, words: Words) -> str:
    """The layer of chance: in how many simulations it does better, then the difference."""
    if difference.share_better is None or difference.measure.direction == 0:
        return words(
            f"Écart {interval_words(difference, words)}.", f"Difference {interval_words(difference, words)}."
        )
    # "97 in 100" says a share; of fewer simulations than that, how many there were
    of = difference.n if 0 < difference.n < 100 else 100
    count = of * difference.share_better
    gap = interval_words(difference, words)
    fr, en = ("mieux", "better") if not difference.measure.unit.startswith("euros") else ("moins", "less")
    does_fr, does_en = ("fait", "does") if fr == "mieux" else ("coûte", "costs")
    if round(count) == 0:
        never = words(
            f"Ne {does_fr} {fr} dans aucune simulation sur {of}",
            f"{does_en.capitalize()} {en} in no simulation out of {of}",
        )
        return words(f"{never} ; écart {gap}.", f"{never}; difference {gap}.")
    times = words.counted(count, "simulation|simulations", "simulation|simulations")
    return words(
        f"{does_fr.capitalize()} {fr} dans {times} sur {of} ; écart {gap}.",
        f"{does_en.capitalize()} {en} in {times} out of {of}; difference {gap}.",
    )


def gaps_in_words(
    gaps: Sequence[Difference], labels: Sequence[str], words: Words, of: str = "", *, brief: bool = False
) -> str:
    """One measure for several scenarios, by verdict: better, worse, the same, not enough to say.

    Parameters
    ----------
    of
        The measure's name, to begin the sentence with.
    brief
        More than two scenarios without a shown effect are counted, not named.
    """
    heads: dict[Effect, tuple[str, str]] = {
        "better": ("amélioration démontrée", "improvement shown"),
        "worse": ("dégradation démontrée", "deterioration shown"),
        "same": ("aucune différence utile démontrée", "no useful difference shown"),
        "unknown": ("pas assez de simulations pour trancher", "not enough simulations to say"),
        "not_judged": ("écart", "difference"),
    }
    if gaps and gaps[0].measure.unit.startswith("euros"):
        heads |= {"better": ("coûte moins", "costs less"), "worse": ("coûte plus", "costs more")}
    said = []
    for found, head in heads.items():
        parts = [
            f"{quoted(label, words)} ({gap.measure.change(words, gap.difference)})"
            for gap, label in zip(gaps, labels, strict=True)
            if effect(gap) == found
        ]
        if brief and len(parts) > 2 and found in ("same", "unknown"):
            parts = [words(f"{len(parts)} scénarios", f"{len(parts)} scenarios")]
        if parts:
            said.append(
                words(f"{head[0]} avec {words.listed(parts)}", f"{head[1]} with {words.listed(parts)}")
            )
    if not said:
        return ""
    text = words(" ; ", "; ").join(said)
    if of:
        text = words(f"{of} : {text}", f"{of}: {text}")
    return f"{text[:1].upper()}{text[1:]}."


def gain(label: str, helped: Difference, cost: Difference | None, words: Words) -> str:
    """A scenario shown to help more persons: how many, at what cost, each with its interval."""
    amount = words.counted(helped.difference, "personne aidée|personnes aidées", "more person|more persons")
    text = words(
        f"{quoted(label, words)}, {amount} de plus par an ({span_words(helped, words)})",
        f"{quoted(label, words)}, {amount} helped a year ({span_words(helped, words)})",
    )
    return text + (f", {_price(cost, words)}" if cost is not None else "")


def _price(cost: Difference, words: Words) -> str:
    """What a gain costs, by the verdict on the cost."""
    found, span = effect(cost), span_words(cost, words)
    amount = words.euros(abs(cost.difference))
    near, far = sorted(abs(end) for end in cost.interval)
    less = words.range(near, far)
    if found == "worse":
        return words(f"pour {amount} de plus par an ({span})", f"for {amount} more a year ({span})")
    if found == "better":
        return words(f"et {amount} de moins par an ({less})", f"and {amount} less a year ({less})")
    if found == "same":
        return words("sans différence de coût utile", "with no cost difference of use")
    return words(
        f"pour un écart de coût de {interval_words(cost, words)}, pas assez de simulations pour trancher",
        f"for a cost difference of {interval_words(cost, words)}, not enough simulations to say",
    )


def answer(
    label: str,
    helped: Difference | None,
    others: Sequence[Difference],
    cost: Difference | None,
    words: Words,
    cheaper: tuple[str, float] | None = None,
) -> list[str]:
    """The answer on one scenario in two or three sentences.

    Parameters
    ----------
    label
        The scenario's label.
    helped
        Persons helped in all, the headline measure.
    others
        The other decision measures, cost left out.
    cost
        The net yearly cost.
    cheaper
        Label and extra yearly cost of a cheaper scenario shown to improve the same measures, if there is one.
    """
    name = quoted(label, words)
    sentences: list[str] = []
    if helped is not None:
        found = effect(helped)
        low, high = helped.interval
        if found in ("better", "worse"):
            near, far = sorted((abs(low), abs(high)))
            span = words.range(near, far)
            more = words("de plus", "more") if helped.difference > 0 else words("de moins", "fewer")
            amount = words.counted(
                abs(helped.difference), "personne|personnes", f"{more} person|{more} persons"
            )
            sentences.append(
                words(
                    f"Avec ces hypothèses, {name} aide {amount} {more} par an, tous lieux confondus "
                    f"({span}).",
                    f"With these assumptions, {name} helps {amount} a year, all places together ({span}).",
                )
            )
        elif found == "same":
            sentences.append(
                words(
                    f"Avec ces hypothèses, {name} ne change pas de façon utile le nombre de personnes "
                    "aidées, "
                    f"tous lieux confondus : écart {interval_words(helped, words)}.",
                    f"With these assumptions, {name} makes no useful difference to the number of persons "
                    "helped, "
                    f"all places together: difference {interval_words(helped, words)}.",
                )
            )
        else:
            sentences.append(
                words(
                    f"Pas assez de simulations pour dire si {name} aide plus de personnes, tous lieux "
                    "confondus : "
                    f"écart {interval_words(helped, words)}.",
                    f"Not enough simulations to say whether {name} helps more persons, all places together: "
                    f"difference {interval_words(helped, words)}.",
                )
            )
    said = _by_effect(others, words)
    if said:
        sentences.append(said)
    if cost is not None:
        sentences.append(_cost_in_words(cost, cheaper, words))
    return sentences


def _cost_in_words(cost: Difference, cheaper: tuple[str, float] | None, words: Words) -> str:
    found = effect(cost)
    head = words("Reste à charge du Département", "Net cost to the Département")
    if found in ("better", "worse"):
        amount = words.euros(abs(cost.difference))
        more = words("de plus", "more") if cost.difference > 0 else words("de moins", "less")
        near, far = sorted(abs(end) for end in cost.interval)
        span = words.range(near, far)
        text = words(f"{head} : {amount} {more} par an ({span})", f"{head}: {amount} {more} a year ({span})")
    elif found == "same":
        text = words(f"{head} : aucune différence utile démontrée", f"{head}: no useful difference shown")
    else:
        text = words(
            f"{head} : écart {interval_words(cost, words)}, pas assez de simulations pour trancher",
            f"{head}: difference {interval_words(cost, words)}, not enough simulations to say",
        )
    if cheaper is not None:
        label, price = cheaper
        amount = words.euros(abs(price))
        more = words("de plus", "more") if price > 0 else words("de moins", "less")
        text += words(
            f" ; {quoted(label, words)} apporte des améliorations démontrées sur les mêmes points, pour "
            f"{amount} {more}",
            f"; {quoted(label, words)} brings improvements shown on the same points, for {amount} {more}",
        )
    return text + "."


def _by_effect(others: Sequence[Difference], words: Words) -> str:
    groups: dict[Effect, list[Difference]] = {}
    for difference in others:
        groups.setdefault(effect(difference), []).append(difference)

    def each(found: Effect, *, figures: bool) -> str:
        return words.listed(
            [
                d.measure.short(words) + (f" ({d.measure.change(words, d.difference)})" if figures else "")
                for d in groups[found]
            ]
        )

    parts = []
    heads: dict[Effect, tuple[str, str, bool]] = {
        "better": ("améliorations démontrées", "improvements shown", True),
        "worse": ("dégradations démontrées", "deteriorations shown", True),
        "same": ("aucune différence utile démontrée", "no useful difference shown", False),
        "unknown": ("pas assez de simulations pour trancher", "not enough simulations to say", False),
    }
    for found, (fr, en, figures) in heads.items():
        if found in groups:
            parts.append(
                words(f"{fr} : {each(found, figures=figures)}", f"{en}: {each(found, figures=figures)}")
            )
    text = words(" ; ", "; ").join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def quoted(label: str, words: Words) -> str:
    """A scenario's label between the quotes of the language."""
    return words(f"« {label} »", f"“{label}”")


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:] if text[:2] != text[:2].upper() else text


def not_calibrated(words: Words) -> str:
    """What stands until real attendance has been loaded."""
    return words(
        "Non calé sur la fréquentation réelle de la cellule.", "Not calibrated on the cell's real attendance."
    )
