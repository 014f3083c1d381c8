"""Tomorrow morning with agents away: who holds which permanence, whom to tell, what months of it change."""

from __future__ import annotations

from datetime import date
from typing import Any

from sim.report.day_sentences import (
    DayCounts,
    agents_in_words,
    day_in_words,
    others_in_words,
    passages_in_words,
)
from sim.report.frames import has, number, rows_of
from sim.report.reading import Reading
from sim.report.sections.absence_vehicles import (
    crew_of,
    homes_in_words,
    replications_of,
    use_in_words,
    vehicles_table,
)
from sim.report.sections.answer import question
from sim.report.sentences import not_calibrated
from sim.report.view import Block, Cell, Heading, Lines, Paragraph, Section, Table
from sim.report.words import Words

__all__ = ["absence_answer", "crews_section", "long_absence_section"]

_STATUS = {
    "held": ("tenu", "held"),
    "cancelled": ("sans équipe", "no crew"),
    "closed_announced": ("fermé, annoncé", "closed, announced"),
}
_TELL = (
    (
        "L'heure limite : dans 9 simulations sur 10, personne n'est encore parti de chez soi. Mieux vaut la "
        "veille, par la mairie et par téléphone."
    ),
    (
        "The time limit: in 9 simulations out of 10 nobody has left home yet. The day before is better, "
        "through the town hall and by telephone."
    ),
)
# Figures of a long absence: in French, in English.
_EFFECTS = {
    "planned": ("Passages prévus", "Passages planned"),
    "held_by_two": ("Passages tenus à deux", "Passages held by two"),
    "held_by_one": (
        "Passages tenus par un seul agent (le label en prévoit deux)",
        "Passages held by one agent (the label asks for two)",
    ),
    "cancelled": ("Passages annulés le matin même", "Passages cancelled on the morning"),
    "door_closed": ("Personnes qui trouvent porte close", "Persons who find the door closed"),
    "homes_done": ("Visites à domicile faites", "Home visits done"),
    "helped": ("Personnes aidées, tous lieux confondus", "Persons helped, all places together"),
}


def absence_answer(reading: Reading) -> Section | None:
    """The first screen: the day, what becomes of its passages, what a long absence changes."""
    words = reading.words
    day, absent = _day_and_absent(reading)
    if day is None:
        return None
    banner = words(
        "Étude d'une seule journée : elle ne compare pas de scénarios.",
        "A study of one single day: it compares no scenarios.",
    )
    lead = " ".join([day_in_words(day, absent, words), *passages_in_words(_counts(reading), words)])
    blocks: list[Block] = [Paragraph(banner, "warning"), Paragraph(lead, "lead")]
    effects = _effects(reading)
    if "held_by_two" in effects:
        until = words.day(reading.folder.setting("absence.until"))
        blocks.append(Paragraph(_if_it_lasts(effects, until, words), "answer"))
    items = []
    agents = reading.folder.table("agents_of_the_day")
    everybody = list(agents["agent"].astype(str)) if has(agents, "agent") else []
    if others := others_in_words(absent, everybody, words):
        items.append(
            (
                words("Pour ce jour", "For that day"),
                words(
                    f"{others} : si d'autres sont en congé ou en formation, l'étude est à refaire avec elles "
                    "parmi les absents.",
                    f"{others}: if others are on leave or in training, the study is to be done again with "
                    "them among the absent.",
                ),
            )
        )
    count = replications_of(reading)
    of_fr = f" de {words.number(count)} simulations" if count > 1 else ""
    of_en = f" of {words.number(count)} simulations" if count > 1 else ""
    items.append(
        (
            words("Le hasard et nos hypothèses", "Chance and our assumptions"),
            words(
                f"Les personnes attendues sont des moyennes{of_fr} ; entre parenthèses, où tombent 8 "
                "simulations sur 10. Ceci ne couvre pas nos hypothèses.",
                f"Persons expected are means{of_en}; in brackets, where 8 simulations out of 10 fall. This "
                "does not cover our assumptions.",
            ),
        )
    )
    items.append(
        (
            words("Le coût", "Cost"),
            words(
                "Cette étude ne chiffre pas l'absence ni un remplacement.",
                "This study puts no cost on the absence nor on a replacement.",
            ),
        )
    )
    blocks += [Lines(tuple(items)), Paragraph(not_calibrated(words), "warning")]
    return Section("reponse", question(reading), tuple(blocks))


def _day_and_absent(reading: Reading) -> tuple[date | None, list[str]]:
    """The day asked about and who is away, as the settings have them."""
    day, absent = reading.folder.setting("absence.date"), reading.folder.setting("absence.agents")
    if day is None or not isinstance(absent, list):
        return None, []
    return date.fromisoformat(str(day)[:10]), [str(agent) for agent in absent]


def _counts(reading: Reading) -> DayCounts:
    """The passages of the day by what becomes of them."""
    table = reading.folder.table("crews")
    if not has(table, "status", "held_by", "expected"):
        return DayCounts(0, 0, 0, 0)
    held, without = table[table["status"] == "held"], table[table["status"] == "cancelled"]
    return DayCounts(
        by_two=int((held["held_by"] == 2).sum()),
        alone=int((held["held_by"] == 1).sum()),
        without=len(without),
        announced=int((table["status"] == "closed_announced").sum()),
        expected_without=float(without["expected"].sum()),
        expected_shown=sum(round(float(expected)) for expected in without["expected"]),
    )


def _effects(reading: Reading) -> dict[str, dict[Any, Any]]:
    table = reading.folder.table("absence_effects")
    if not has(table, "name", "usual", "now", "difference", "low", "high"):
        return {}
    return {str(row["name"]): row for row in table.to_dict("records")}


def _if_it_lasts(effects: dict[str, dict[Any, Any]], until: str, words: Words) -> str:
    gap = {name: number(row["difference"]) or 0.0 for name, row in effects.items()}
    parts = []
    for name, fr, en in (
        (
            "held_by_two",
            "passage tenu à deux|passages tenus à deux",
            "passage held by two|passages held by two",
        ),
        ("helped", "personne aidée|personnes aidées", "person helped|persons helped"),
    ):
        row = effects.get(name)
        if row is None:
            continue
        low, high = number(row["low"]) or 0.0, number(row["high"]) or 0.0
        more = words("de plus", "more") if gap[name] > 0 else words("de moins", "fewer")
        if low <= 0 <= high:
            noun = words.counted(2, fr, en).split(" ", 1)[1]
            parts.append(
                words(f"aucune différence démontrée sur les {noun}", f"no difference shown in {noun}")
            )
            continue
        near, far = sorted((abs(low), abs(high)))
        count, _, noun = words.counted(abs(gap[name]), fr, en).partition(" ")
        amount = words(f"{count} {noun} {more}", f"{count} {more} {noun}")
        parts.append(f"{amount} ({words.range(near, far)})")
    return words(
        f"Si l'absence dure jusqu'au {until} : {words.listed(parts)}, par rapport aux mêmes semaines avec "
        "les congés et arrêts habituels. Entre parenthèses, l'intervalle à 95 %.",
        f"If the absence lasts until {until}: {words.listed(parts)}, against the same weeks with the usual "
        "leave and sickness. In brackets, the 95% interval.",
    )


def crews_section(reading: Reading) -> Section | None:
    """Passage by passage who holds it, how many are expected, by when to tell them; then agent by agent."""
    words = reading.words
    table = reading.folder.table("crews")
    if not has(table, "vehicle", "site_id", "open_s", "close_s", "status", "expected"):
        return None
    some_to_tell = (table["status"] == "cancelled").any()
    rows: list[list[Cell | str]] = []
    for row in sorted(rows_of(table), key=_calls_first):
        low, high = number(getattr(row, "expected_p10", None)), number(getattr(row, "expected_p90", None))
        expected = f"{words.number(number(row.expected))} ({words.span(low, high)})"
        status = _STATUS.get(str(row.status))
        if row.status == "held" and getattr(row, "held_by", None) == 1:
            status = ("tenu par un seul agent", "held by one agent")
        cells: list[Cell | str] = [
            reading.site_name(str(row.site_id)),
            words.hours(number(row.open_s), number(row.close_s)),
            str(row.vehicle) if isinstance(row.vehicle, str) else "–",
            crew_of(getattr(row, "agents", None), getattr(row, "usual_agents", None), words),
            words(*status) if status else str(row.status),
            Cell(expected, number=True),
        ]
        if some_to_tell:
            cells.append(_tell_before(row, words))
        cells.append(_next_passage(row.next_passage, words))
        rows.append(cells)
    made = Table(
        caption=words("Les passages du jour", "The passages of the day"),
        headers=(
            words("Lieu", "Place"),
            words("Heures", "Hours"),
            words("Véhicule", "Vehicle"),
            words("Agents", "Agents"),
            words("État", "State"),
            words("Personnes attendues (8 simulations sur 10)", "Persons expected (8 simulations out of 10)"),
            *([words("À prévenir avant", "To be told before")] if some_to_tell else []),
            words("Prochain passage", "Next passage"),
        ),
        rows=rows,
        is_open=True,
        stacked=True,
        note=words(*_TELL) if some_to_tell else "",
    )
    vehicles, homes = vehicles_table(reading), homes_in_words(reading)
    blocks: list[Block] = [made, vehicles] if vehicles else [made]
    agents, replications = reading.folder.table("agents_of_the_day"), replications_of(reading)
    if has(agents, "agent", "morning", "afternoon"):
        blocks.append(
            Table(
                caption=words("La journée de chaque agent", "Each agent's day"),
                headers=(
                    words("Agent", "Agent"),
                    words("Matin", "Morning"),
                    words("Après-midi", "Afternoon"),
                ),
                rows=[
                    [
                        _agent(row["agent"], words),
                        *(
                            use_in_words(row[half], row.get(f"homes_{half}"), replications, words)
                            for half in ("morning", "afternoon")
                        ),
                    ]
                    for row in agents.to_dict("records")
                ],
                is_open=True,
            )
        )
    if homes:
        blocks.append(Paragraph(homes))
    return Section("jour", words("Qui tient quoi", "Who holds what"), tuple(blocks))


def _calls_first(row: Any) -> tuple[bool, float]:
    """Passages with people to tell first, in the order of the calls; the others as they stand."""
    before = number(getattr(row, "tell_before_s", None))
    if row.status != "cancelled" or before is None or not number(row.expected):
        return True, 0.0
    return False, before


def _tell_before(row: Any, words: Words) -> str:
    """Before when people of a passage without a crew are told."""
    if row.status != "cancelled":
        return "–"
    before = number(getattr(row, "tell_before_s", None))
    if before is None or not number(row.expected):
        return words("personne à prévenir en général", "usually nobody to tell")
    return words.clock(before)


def _next_passage(day: object, words: Words) -> str:
    if not isinstance(day, str):
        return words("aucun prévu", "none planned")
    return f"{words.weekday(date.fromisoformat(day[:10]).isoweekday())} {words.day(day)}"


def _agent(agent: object, words: Words) -> str:
    return words("C (coordination)", "C (coordinator)") if agent == "C" else str(agent)


def long_absence_section(reading: Reading) -> Section | None:
    """What months of absence change: passages, people, the others' weeks."""
    words = reading.words
    effects = _effects(reading)
    if not effects:
        return None
    rows: list[list[Cell | str]] = []
    for name, (fr, en) in _EFFECTS.items():
        row = effects.get(name)
        if row is None or not (number(row["usual"]) or number(row["now"])):
            continue
        low, high = number(row["low"]) or 0.0, number(row["high"]) or 0.0
        gap = number(row["difference"]) or 0.0
        shown = low > 0 or high < 0
        rows.append(
            [
                words(fr, en),
                Cell(words.number(number(row["usual"]), 1), number=True),
                Cell(words.number(number(row["now"]), 1), number=True),
                Cell(words.signed(gap, 1), number=True),
                Cell(words.span(low, high, 1), number=True),
                ("" if gap else words("Rien ne change", "Nothing changes"))
                or words(
                    "Différence démontrée" if shown else "Aucune différence démontrée",
                    "Difference shown" if shown else "No difference shown",
                ),
            ]
        )
    until = words.day(reading.folder.setting("absence.until"))
    blocks: list[Block] = [
        Paragraph(
            words(
                f"De l'absence jusqu'au {until}, comptée jusqu'à huit semaines plus tard, contre les mêmes "
                "semaines avec les congés et arrêts habituels des autres.",
                f"Of the absence until {until}, counted up to eight weeks later, against the same weeks with "
                "the others' usual leave and sickness.",
            )
        ),
        Table(
            caption=words("Ce qui change", "What changes"),
            headers=(
                words("Indicateur", "Figure"),
                words("D'ordinaire", "Usually"),
                words("Avec l'absence", "With the absence"),
                words("Écart", "Difference"),
                words("Intervalle à 95 %", "95% interval"),
                words("Ce qu'on peut en dire", "What can be said"),
            ),
            rows=rows,
            is_open=True,
            stacked=True,
            note=words(
                "Écarts calculés avant arrondi ; ils couvrent le hasard, pas nos hypothèses.",
                "Differences worked out before rounding; they cover chance, not our assumptions.",
            ),
        ),
    ]
    losing = _passages_losing_two(reading, effects)
    if losing:
        blocks.append(Paragraph(losing))
    others = _others(reading)
    if others:
        blocks += [Heading(words("Ce que cela demande aux autres", "What it asks of the others")), others]
    return Section("duree", words("Si l'absence dure", "If the absence lasts"), tuple(blocks))


def _passages_losing_two(reading: Reading, effects: dict[str, dict[Any, Any]]) -> str:
    """Of a hundred passages planned during the absence, how many lose their two agents; empty if none."""
    words, planned = reading.words, reading.folder.mean_of("planned_in_absence")
    lost = -(number(effects["held_by_two"]["difference"]) or 0.0) if "held_by_two" in effects else 0.0
    if not planned or lost <= 0:
        return ""
    who = agents_in_words(_day_and_absent(reading)[1], words)
    share = words.number(100 * lost / planned)
    return words(
        f"Pendant l'absence, sans remplacer {who}, {share} passages prévus sur 100 perdent leurs deux "
        "agents.",
        f"During the absence, with nobody replacing {who}, {share} planned passages in 100 lose their two "
        "agents.",
    )


def _others(reading: Reading) -> Table | None:
    words = reading.words
    table = reading.folder.table("absence_agents")
    stems = (
        ("hours_a_week", "Heures en tournée par semaine", "Hours on rounds a week"),
        ("field_days_a_week", "Journées en tournée par semaine", "Days on rounds a week"),
        ("reassigned_a_week", "Journées hors de son équipe par semaine", "Days outside one's team a week"),
    )
    if not has(table, "agent", *(f"{start}{name}" for name, _, _ in stems for start in ("usual_", ""))):
        return None
    rows: list[list[Cell | str]] = []
    for row in table.to_dict("records"):
        cells: list[Cell | str] = [_agent(row["agent"], words)]
        for name, _, _ in stems:
            usual, now = number(row[f"usual_{name}"]), number(row[name])
            cells += [Cell(words.number(usual, 1), number=True), Cell(words.number(now, 1), number=True)]
        rows.append(cells)
    headers = [words("Agent", "Agent")]
    for _, fr, en in stems:
        headers += [words(f"{fr}, d'ordinaire", f"{en}, usually"), words(f"{fr}, absence", f"{en}, absence")]
    return Table(
        caption=words("Agent par agent, pendant l'absence", "Agent by agent, during the absence"),
        headers=tuple(headers),
        rows=rows,
        is_open=True,
    )
