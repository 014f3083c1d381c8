"""What is said of a day with agents away, on its page and in a terminal; nothing here reads a file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sim.report.words import Words

__all__ = [
    "DayCounts",
    "agents_in_words",
    "crew_in_words",
    "day_in_words",
    "homes_beside_in_words",
    "others_in_words",
    "passages_in_words",
    "simulations_in_words",
]

_COORDINATOR = "C"


@dataclass(frozen=True)
class DayCounts:
    """Passages of a day by what becomes of them, and the persons expected at those without a crew.

    `expected_shown` is the sum of the persons expected as each passage shows them, None where none does.
    """

    by_two: int
    alone: int
    without: int
    announced: int
    expected_without: float = 0.0
    expected_shown: int | None = None


def agents_in_words(agents: Sequence[str], words: Words) -> str:
    """Agents by their letters, the coordinator explained: « A3 et la coordination (C) »."""
    coordinator = words("la coordination (C)", "the coordinator (C)")
    return words.listed([coordinator if agent == _COORDINATOR else agent for agent in agents])


def crew_in_words(agents: Sequence[str], usual: Sequence[str] | None, words: Words) -> str:
    """Who goes, and who usually does where that is to be said (None: as usual)."""
    text = agents_in_words(agents, words)
    if usual is None:
        return text
    before = agents_in_words(usual, words)
    return text + words(f" (d'ordinaire {before})", f" (usually {before})")


def homes_beside_in_words(half_day: str, visits: str, words: Words) -> str:
    """What home visits in the half-day without a permanence change; `visits` says which and how often."""
    if half_day == "morning":
        return words(
            f"le matin, {visits} ; le départ est alors plus tôt",
            f"in the morning, {visits}: they then leave earlier",
        )
    return words(
        f"l'après-midi, {visits} ; le retour est alors plus tard",
        f"in the afternoon, {visits}: they are then back later",
    )


def day_in_words(day: date, absent: Sequence[str], words: Words) -> str:
    """The day and who is away."""
    weekday, who = words.weekday(day.isoweekday()), agents_in_words(absent, words)
    return words(
        f"{weekday[:1].upper()}{weekday[1:]} {words.day(day)}, sans {who}.",
        f"{weekday} {words.day(day)}, without {who}.",
    )


def passages_in_words(counts: DayCounts, words: Words) -> list[str]:
    """What becomes of the passages of the day, a sentence each."""
    total = counts.by_two + counts.alone + counts.without
    if not total and counts.announced:
        return [
            words(
                "Les passages de ce jour sont fermés et annoncés de longue date (jour férié ou congés).",
                "The passages of that day are closed and were announced long before (holiday or leave).",
            )
        ]
    if not total:
        return [words("Aucun passage n'est prévu ce jour-là.", "No passage is planned that day.")]
    if counts.by_two == total:
        return [
            words(
                f"Les {total} passages sont tenus, chacun par deux agents.",
                f"All {total} passages are held, each by two agents.",
            )
            if total > 1
            else words("Le passage est tenu par deux agents.", "The passage is held by two agents.")
        ]
    said = [
        words(
            f"Passages prévus : {total}. Tenus à deux : {counts.by_two}.",
            f"Passages planned: {total}. Held by two: {counts.by_two}.",
        )
    ]
    if counts.alone:
        said.append(
            words(
                f"Tenus par un seul agent (le label en prévoit deux) : {counts.alone}.",
                f"Held by one agent (the label asks for two): {counts.alone}.",
            )
        )
    if counts.without:
        said.append(_without_in_words(counts, words))
    return said


def _without_in_words(counts: DayCounts, words: Words) -> str:
    head = words(f"Sans équipe : {counts.without}", f"Without a crew: {counts.without}")
    people = round(counts.expected_without)
    if people == 0:
        return head + words(", où presque personne n'était attendu.", ", where hardly anybody was expected.")
    if people == 1:
        return head + words(", où une personne était attendue.", ", where one person was expected.")
    many, shown = words.number(people), counts.expected_shown
    note = (
        "" if shown in (None, people) else words(" (total calculé avant arrondi)", " (added before rounding)")
    )
    return head + words(
        f", où environ {many} personnes étaient attendues{note}.",
        f", where about {many} persons were expected{note}.",
    )


def others_in_words(absent: Collection[str], everybody: Collection[str], words: Words) -> str:
    """That the others are assumed to be there; nothing where nobody is left. A sentence without its end."""
    if everybody and not set(everybody) - set(absent):
        return ""
    return words(
        "Toutes les autres personnes sont supposées présentes", "Everybody else is assumed to be present"
    )


def simulations_in_words(share: float, replications: int, words: Words) -> str:
    """In how many simulations something happens: of a hundred, or of all where there were fewer."""
    of = min(replications, 100)
    count = of * share
    if 0 < count < 0.5:
        return words(f"moins d'une simulation sur {of}", f"fewer than 1 simulation in {of}")
    times = words.counted(count, "simulation|simulations", "simulation|simulations")
    return words(f"{times} sur {of}", f"{times} in {of}")
