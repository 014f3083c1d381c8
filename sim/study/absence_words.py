"""The answer on an absence in words: the morning first, then what months of it change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from sim.report.day_sentences import (
    DayCounts,
    agents_in_words,
    crew_in_words,
    day_in_words,
    homes_beside_in_words,
    others_in_words,
    passages_in_words,
    simulations_in_words,
)
from sim.report.sentences import not_calibrated
from sim.report.words import Words
from sim.study.absence_tables import Effect, Passage, TheDay

__all__ = ["day_lines", "months_lines"]


def day_lines(day: TheDay, words: Words) -> list[str]:
    """Who drives what, which passages go without, how many people to tell and by when."""
    announced = [p for p in day.passages if p.status == "closed_announced"]
    held = [p for p in day.passages if p.held]
    without = sorted((p for p in day.passages if p.status == "cancelled"), key=_told_before)
    counts = DayCounts(
        by_two=sum(p.held_by == 2 for p in held),
        alone=sum(p.held_by == 1 for p in held),
        without=len(without),
        announced=len(announced),
        expected_without=sum(p.expected for p in without),
        expected_shown=sum(round(p.expected) for p in without),
    )
    lines = [
        day_in_words(day.date, day.absent, words),
        *_others_present(day, words),
        "",
        *passages_in_words(counts, words),
    ]
    if not held and not without:
        closed = bool(announced) or not any(one.there for one in day.agents)
        return lines if closed else [*lines, *_others(day, words)]
    if held:
        lines += ["", words("Qui tient quoi", "Who holds what")]
        for _, of_vehicle in groupby(held, key=lambda p: p.vehicle):
            lines += _vehicle(list(of_vehicle), day, words)
    if without:
        lines += ["", words("Sans équipe : les personnes à prévenir", "Without a crew: people to tell")]
        for p in without:
            lines.append(_without(p, words))
        lines.append(
            words(
                "  L'heure limite : dans 9 simulations sur 10, personne n'est encore parti de chez soi. "
                "Mieux vaut la veille, par la mairie et par téléphone.",
                "  The time limit: in 9 simulations out of 10 nobody has left home yet. The day before is "
                "better, through the town hall and by telephone.",
            )
        )
    lines += _others(day, words)
    return lines


def _others_present(day: TheDay, words: Words) -> list[str]:
    """That the others are assumed to be there, where there are others."""
    said = others_in_words(day.absent, [one.agent for one in day.agents], words)
    if not said:
        return []
    return [
        words(
            f"{said} ; ajoutez à absence.agents celles qui sont en congé ou en formation.",
            f"{said}; add to absence.agents whoever is on leave or in training.",
        )
    ]


def _told_before(p: Passage) -> tuple[bool, int, int]:
    """The order of calls: by the time before which people are told, then those with nobody to tell."""
    nobody = p.tell_before_s is None or p.expected == 0
    return nobody, p.tell_before_s or 0, p.open_s


def _vehicle(passages: list[Passage], day: TheDay, words: Words) -> list[str]:
    first = passages[0]
    changed = first.agents != first.usual_agents or first.vehicle != first.usual_vehicle
    crew = crew_in_words(first.agents, first.usual_agents if changed else None, words)
    lines = [
        words(
            f"  {first.vehicle} : {crew} ; départ {words.clock(first.departure_s)}, retour vers "
            f"{words.clock(first.return_s)}",
            f"  {first.vehicle}: {crew}; leaves at {words.clock(first.departure_s)}, back about "
            f"{words.clock(first.return_s)}",
        )
    ]
    for p in passages:
        alone = words(" – un seul agent", " – one agent") if p.held_by == 1 else ""
        lines.append(f"      {_hours(p, words)}  {p.site} – {_expected(p, words)}{alone}")
    going = [one for one in day.agents if one.agent in first.agents]
    free_morning = all(p.half_day != "morning" for p in passages)
    free_afternoon = all(p.half_day != "afternoon" for p in passages)
    homes = max(
        [one.homes_morning for one in going if free_morning]
        + [one.homes_afternoon for one in going if free_afternoon],
        default=0.0,
    )
    if homes > 0:
        often = simulations_in_words(homes, day.replications, words)
        visits = words(f"visites à domicile dans {often}", f"home visits in {often}")
        beside = homes_beside_in_words("morning" if free_morning else "afternoon", visits, words)
        lines.append(f"      {beside}")
    return lines


def _without(p: Passage, words: Words) -> str:
    if p.tell_before_s is None or p.expected == 0:
        tell = words("personne à prévenir en général", "usually nobody to tell")
    else:
        before = words.clock(p.tell_before_s)
        tell = words(f"à prévenir avant {before}", f"to be told before {before}")
    following = words("pas d'autre passage prévu", "no other passage planned")
    if p.next_passage is not None:
        weekday = words.weekday(p.next_passage.isoweekday())
        when = f"{weekday} {words.day(p.next_passage)}"
        following = words(f"prochain passage {when}", f"next passage {when}")
    semicolon = words(" ; ", "; ")
    return f"  {_hours(p, words)}  {p.site} – {_expected(p, words)}, {tell}{semicolon}{following}"


def _hours(p: Passage, words: Words) -> str:
    return f"{words.clock(p.open_s)}–{words.clock(p.close_s)}"


def _expected(p: Passage, words: Words) -> str:
    span = words.range(p.expected_p10, p.expected_p90)
    if round(p.expected) == 0:
        return words(f"presque personne ({span})", f"hardly anybody ({span})")
    persons = words.counted(p.expected, "personne|personnes", "person|persons")
    return words(f"environ {persons} ({span})", f"about {persons} ({span})")


def _others(day: TheDay, words: Words) -> list[str]:
    office = [one.agent for one in day.agents if one.there and not one.at_a_permanence and one.agent != "C"]
    lines = []
    if office:
        names = agents_in_words(office, words)
        lines += [
            "",
            words(
                f"Hors permanence ce jour-là (suivi, domicile, réserve) : {names}.",
                f"Not at a permanence that day (follow-up, home visits, reserve): {names}.",
            ),
        ]
    if day.homes_planned >= 0.05:
        lines += [
            "",
            words(
                f"Visites à domicile : {words.number(day.homes_planned, 1)} ce jour-là en moyenne, dont "
                f"{words.number(day.homes_moved, 1)} à déplacer.",
                f"Home visits: {words.number(day.homes_planned, 1)} that day on average, of which "
                f"{words.number(day.homes_moved, 1)} to be moved.",
            ),
        ]
    lines += [
        "",
        words(
            f"Personnes attendues : moyenne de {words.number(day.replications)} simulations ; entre "
            "parenthèses, 8 simulations sur 10.",
            f"Persons expected: mean of {words.number(day.replications)} simulations; in brackets, 8 "
            "simulations out of 10.",
        )
        + f" {not_calibrated(words)}",
    ]
    return lines


_FIGURES = {
    "held_by_two": ("passages tenus à deux", "passages held by two", 1),
    "held_by_one": ("passages tenus par un seul agent", "passages held by one agent", -1),
    "cancelled": ("passages annulés le matin même", "passages cancelled on the morning", -1),
    "door_closed": ("personnes qui trouvent porte close", "persons who find the door closed", -1),
    "homes_done": ("visites à domicile faites", "home visits done", 1),
    "helped": ("personnes aidées, tous lieux confondus", "persons helped, all places together", 1),
}


def months_lines(
    day: TheDay, planned: float, found: Sequence[Effect], until: date | None, words: Words
) -> list[str]:
    """What a long absence changes, against the same weeks with everybody's usual leave and sickness."""
    who = agents_in_words(day.absent, words)
    to = words.day(until)
    lines = [
        "",
        words(
            f"Si l'absence dure jusqu'au {to} : ce qui change d'ici le bilan, huit semaines plus tard",
            f"If the absence lasts until {to}: what changes, counted up to eight weeks later",
        ),
    ]
    by_name = {effect.name: effect for effect in found}
    for name, (fr, en, _) in _FIGURES.items():
        effect = by_name[name]
        if effect.usual == 0 and effect.now == 0:
            continue
        span = words.range(effect.low, effect.high)
        shown = effect.low > 0 or effect.high < 0
        tail = "" if shown else words(" – aucune différence démontrée", " – no difference shown")
        lines.append(
            words(
                f"  {fr} : {words.number(effect.now)} au lieu de {words.number(effect.usual)}, écart "
                f"{words.signed(effect.difference)} ({span}){tail}",
                f"  {en}: {words.number(effect.now)} instead of {words.number(effect.usual)}, difference "
                f"{words.signed(effect.difference)} ({span}){tail}",
            )
        )
    lost = by_name["held_by_two"].difference
    if planned and lost < 0:
        share = words.number(-100 * lost / planned)
        lines.append(
            words(
                f"  Pendant l'absence, sans remplacer {who}, {share} passages prévus sur 100 perdent leurs "
                "deux agents.",
                f"  During the absence, with nobody replacing {who}, {share} planned passages in 100 lose "
                "their two agents.",
            )
        )
    lines += [
        words(
            "  Comparé aux mêmes semaines avec les congés et arrêts habituels des autres. Intervalles à 95 % "
            "du hasard ; ceci ne couvre pas nos hypothèses. Écarts calculés avant arrondi.",
            "  Against the same weeks with the others' usual leave and sickness. 95% intervals of chance; "
            "this does not cover our assumptions. Differences worked out before rounding.",
        ),
    ]
    return lines
