"""When communes leave: the answer, who takes over and when, days without service."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from sim.report.frames import has, number, rows_of
from sim.report.reading import HELPED, Reading
from sim.report.sentences import gaps_in_words, quoted, span_words
from sim.report.view import Block, Cell, Heading, Lines, Paragraph, Section, Table
from sim.report.words import Words, named

__all__ = [
    "concerned",
    "exits_answer",
    "exits_of",
    "is_late",
    "is_variant",
    "is_withdrawn",
    "leaving",
    "takeover_section",
]

_MOST_NAMED = 6


def leaving(reading: Reading) -> list[str]:
    """The communes that leave in some scenario: those of the territory's announced exits."""
    table = reading.folder.place_table("exits")
    if not has(table, "reading", "insee_code"):
        return []
    rows = table[table["reading"] == "announced"]
    return list(dict.fromkeys(rows["insee_code"]))


def concerned(reading: Reading) -> bool:
    """Whether some scenario of the study has exits."""
    return any("exits" in scenario.delta for scenario in reading.scenarios)


def exits_of(reading: Reading, name: str) -> dict[str, Any]:
    """The settings of the exits of a scenario: those of the reference with what it changes."""
    base = reading.folder.setting("exits", {})
    delta = next((s.delta.get("exits") for s in reading.scenarios if s.name == name), None)
    return {**(base if isinstance(base, dict) else {}), **(delta if isinstance(delta, dict) else {})}


def is_late(reading: Reading, name: str) -> bool:
    """Whether the France Services of a scenario open after the permanences have stopped."""
    return bool(exits_of(reading, name).get("slip_months"))


def is_withdrawn(reading: Reading, name: str) -> bool:
    """Whether they close again, their label withdrawn."""
    return exits_of(reading, name).get("lost_after_months") is not None


def _root(reading: Reading, name: str) -> str:
    """The first scenario with the same exits, whatever is done with the half-days they free."""

    def but_policy(one: str) -> dict[str, Any]:
        return {key: value for key, value in exits_of(reading, one).items() if key != "policy"}

    others = (s.name for s in reading.scenarios[1:])
    return next((one for one in others if but_policy(one) == but_policy(name)), name)


def is_variant(reading: Reading, name: str) -> bool:
    """Whether a scenario only changes what is done with the half-days of another of the study."""
    return name != reading.reference.name and _root(reading, name) != name


def _grouped(reading: Reading, said: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Sentences by scenario; those that are the same together, variants that say the same left out."""
    by_name = dict(said)
    groups: dict[str, list[str]] = {}
    for name, text in said:
        if is_variant(reading, name) and by_name.get(_root(reading, name)) == text:
            continue
        groups.setdefault(text, []).append(quoted(reading.label(name), reading.words))
    return [(", ".join(labels), f"{text}.") for text, labels in groups.items()]


def exits_answer(reading: Reading) -> list[str]:
    """Days without service, where residents go, what the exits change for persons helped."""
    words = reading.words
    said: list[str] = []
    if len(reading.scenarios) < 2:  # one scenario alone: nothing to set it beside
        return said
    days = _days_in_words(reading)
    if days:
        said.append(days)
    first = reading.scenarios[1].name
    alike = [s.name for s in reading.scenarios[1:] if _root(reading, s.name) == first]
    for measure, scenarios in ((HELPED, [first]), ("weeks_under_24h", alike or [first])):
        gaps = [g for name in scenarios if (g := reading.difference(name, measure)) is not None]
        if gaps:
            what = gaps[0].measure.label(words)
            labels = [reading.label(gap.scenario) for gap in gaps]
            told = gaps_in_words(gaps, labels, words, of=what, brief=True)
            said.append(f"{told} {_by_place(reading, first)}".strip() if measure == HELPED else told)
    return said + _grant_at_stake(reading)


def _by_place(reading: Reading, scenario: str) -> str:
    """What the difference in persons helped is made of: the cell, fixed France Services, the other round."""
    words = reading.words
    parts = []
    for measure, fr, en in (
        ("persons_helped_by_cell", "par la cellule", "by the cell"),
        ("helped_at_fixed", "dans une France Services fixe", "in a fixed France Services"),
        ("helped_at_msa_round", "à la tournée de la MSA", "on the MSA's round"),
    ):
        gap = reading.difference(scenario, measure)
        if gap is None:
            return ""
        if round(gap.difference):
            parts.append(f"{words(fr, en)} {words.signed(gap.difference)} ({span_words(gap, words)})")
    if not parts:
        return ""
    return words(
        f"Soit, par an, avec l'intervalle à 95 % : {words.listed(parts)}.",
        f"That is, a year, with the 95% interval: {words.listed(parts)}.",
    )


def _grant_at_stake(reading: Reading) -> list[str]:
    """What the label's hours put at stake: the yearly grant of the budget's last full voted year."""
    words, table = reading.words, reading.folder.table("budget")
    if not has(table, "scenario", "exercise", "line", "amount", "basis"):
        return []
    mine = table[
        (table["scenario"] == reading.reference.name)
        & (table["line"] == "label_grant")
        & (table["basis"] == "voted")
        & (table["exercise"].astype(str) == "2022")
    ]
    hours = number(reading.folder.setting("thresholds.label_hours_per_week"))
    if mine.empty or hours is None:
        return []
    amount = words.euros(float(mine["amount"].sum()))
    return [
        words(
            f"En jeu sous {words.number(hours)} heures d'ouverture par semaine : la subvention du label, "
            f"{amount} par an (2022). Cette perte possible n'est pas dans le reste à charge.",
            f"At stake under {words.number(hours)} hours open a week: the label's grant, {amount} a year "
            "(2022). This possible loss is not in the net cost.",
        )
    ]


def _days_in_words(reading: Reading) -> str:
    """Days without service where all goes as intended, then where the label is late or withdrawn."""
    words, days = reading.words, _worst_days(reading)

    def worst(names: list[str]) -> tuple[float, str]:
        return max((days[name] for name in names), default=(0.0, ""))

    late = [name for name in days if is_late(reading, name)]
    withdrawn = [name for name in days if is_withdrawn(reading, name)]
    intended = [name for name in days if name not in late and name not in withdrawn]
    said = []
    if intended:
        most, commune = worst(intended)
        count = words.counted(most, "jour|jours", "day|days")
        said.append(
            words(
                "Aucune commune n'a de jour sans service si la permanence s'arrête quand sa France Services "
                "ouvre.",
                "No commune has a day without service if the permanence stops when its France Services "
                "opens.",
            )
            if most < 0.5
            else words(
                f"Jusqu'à {count} sans service dans une commune ({commune}), même si la permanence s'arrête "
                "quand sa France Services ouvre.",
                f"Up to {count} without service in a commune ({commune}), even if the permanence stops when "
                "its France Services opens.",
            )
        )
    it = ("elle", "it") if intended else ("la France Services", "the France Services")
    for names, fr, en in (
        (late, f"Si {it[0]} ouvre en retard", f"If {it[1]} opens late"),
        (withdrawn, "Si son label est retiré", "If its label is withdrawn"),
    ):
        most, commune = worst(names)
        if not names:
            continue
        if most < 0.5:
            said.append(words(f"{fr} : aucun jour non plus.", f"{en}: none either."))
            continue
        count = words.counted(most, "jour|jours", "day|days")
        said.append(
            words(
                f"{fr} : jusqu'à {count} sans service ({commune}).",
                f"{en}: up to {count} without service ({commune}).",
            )
        )
    return " ".join(said)


def _taken_over(reading: Reading) -> set[str]:
    """Codes of the communes announced to leave, and of those that leave in some scenario."""
    table = reading.folder.table("exits")
    codes = set(leaving(reading))
    if has(table, "insee_code", "permanence_stops"):
        codes |= set(table.loc[table["permanence_stops"].notna(), "insee_code"])
    return codes


def _worst_days(reading: Reading) -> dict[str, tuple[float, str]]:
    """By scenario with exits, most days without any service in a commune that leaves, and its name."""
    table = reading.folder.table("communes")
    if not has(table, "scenario", "insee_code", "days_without_service"):
        return {}
    codes = _taken_over(reading)
    out = {}
    for scenario in reading.scenarios[1:]:
        rows = table[(table["scenario"] == scenario.name) & table["insee_code"].isin(codes)]
        found = [
            (number(r.days_without_service) or 0.0, reading.commune_name(str(r.insee_code)))
            for r in rows_of(rows)
        ]
        if found:
            out[scenario.name] = max(found)
    return out


def takeover_section(reading: Reading) -> Section | None:
    """Who takes over, when: date announced or assumed."""
    words = reading.words
    table = reading.folder.table("exits")
    if not concerned(reading) or not has(table, "commune", "basis", "fixed_opens", "permanence_stops"):
        return None
    tables: list[Block] = []
    for scenario in reading.scenarios:
        of = table[table["scenario"] == scenario.name]
        if of.empty or is_variant(reading, scenario.name):
            continue
        rows: list[list[Cell | str]] = []
        for row in rows_of(of):
            last, stops = getattr(row, "last_passage", None), row.permanence_stops
            rows.append(
                [
                    _who(reading, of, row),
                    _basis(str(row.basis), str(getattr(row, "confidence", "")), words),
                    _day(row.fixed_opens, words),
                    _day(getattr(row, "fixed_closes", None), words),
                    _day(last, words)
                    if isinstance(last, str)
                    else words("aucun", "none")
                    if isinstance(stops, str)
                    else words("se poursuit", "goes on"),
                    _confidence(str(getattr(row, "confidence", "–")), words),
                ]
            )
        tables.append(
            Table(
                caption=words(
                    f"Les relais, commune par commune : {reading.label(scenario.name)}",
                    f"The takeovers, commune by commune: {reading.label(scenario.name)}",
                ),
                headers=(
                    words("Commune", "Commune"),
                    words("D'où vient la date", "Where the date comes from"),
                    words("Ouverture de la France Services", "France Services opens"),
                    words("Fermeture, si le label est retiré", "Closes, if the label is withdrawn"),
                    words("Dernier passage", "Last passage"),
                    words("Confiance", "Confidence"),
                ),
                rows=rows,
                is_open=not tables,
            )
        )
    if not tables:
        return None
    days = _days_without(reading)
    blocks: list[Block] = [
        Paragraph(
            words(
                "Une commune dont la France Services prend le relais garde un accueil : la permanence "
                "s'arrête quand la structure fixe ouvre. La délibération ne donne pas toutes les dates ; "
                "celles qui sont supposées sont de confiance C.",
                "A commune whose own France Services takes over keeps a desk: the permanence stops when "
                "the fixed structure opens. The deliberation does not give every date; assumed ones have "
                "confidence C.",
            )
        ),
        *tables,
    ]
    if days:
        blocks += [
            Heading(
                words("Jours sans aucun service dans la commune", "Days without any service in the commune")
            ),
            Lines(tuple(days)),
        ]
    access = _access(reading)
    if access:
        blocks += [
            Heading(
                words(
                    "Trajet allongé ou raccourci de plus de 10 minutes en voiture",
                    "Drive longer or shorter by more than 10 minutes by car",
                )
            ),
            Lines(tuple(access)),
        ]
    own = _own_service(reading)
    if own:
        blocks += [
            Heading(
                words(
                    "Communes dont la France Services prend le relais : le service sur place",
                    "Communes whose France Services takes over: the service on the spot",
                )
            ),
            Lines(tuple(own)),
        ]
    blocks.append(
        Paragraph(
            words(
                "Votre commune : ses prochains passages sont sur sa fiche ; la liste des fiches est le "
                "fichier index.html du dossier calendar/fiches, à côté de cette page.",
                "Your commune: its next passages are on its own sheet; the list of sheets is the file "
                "index.html of the folder calendar/fiches, beside this page.",
            )
        )
    )
    return Section("relais", words("Qui prend le relais, quand", "Who takes over, when"), tuple(blocks))


def _who(reading: Reading, rows: pd.DataFrame, row: Any) -> str:
    """The commune; and its structure, by name or else by number, where it has several in the table."""
    commune, code = str(row.commune), str(getattr(row, "insee_code", ""))
    if not has(rows, "insee_code", "structure") or (rows["insee_code"].astype(str) == code).sum() < 2:
        return commune
    fixed = reading.folder.place_table("fixed_france_services")
    if has(fixed, "name", "insee_code", "label_date"):
        of = fixed[(fixed["insee_code"].astype(str) == code) & (fixed["label_date"] == row.fixed_opens)]
        if len(of) == 1:
            return f"{commune} ({named(str(of['name'].iloc[0]))})"
    rank = str(row.structure).rpartition(":")[2]
    return reading.words(f"{commune} (structure {rank})", f"{commune} (structure {rank})")


_BASIS = {
    "announced": ("annoncée en 2021", "announced in 2021"),
    "happened": ("constatée, listes nationales", "observed, national lists"),
    "drawn": ("tirée au hasard entre deux dates", "drawn between two dates"),
    "by_hand": ("choisie pour cette étude", "chosen for this study"),
}


def _basis(basis: str, confidence: str, words: Words) -> str:
    """Where the dates of an exit come from; an announced one of confidence C is an assumption."""
    if basis == "announced" and confidence.startswith("C"):
        return words("supposée d'après l'annonce de 2021", "assumed from the announcement of 2021")
    return words(*_BASIS[basis]) if basis in _BASIS else basis


def _day(day: object, words: Words) -> str:
    return words.day(day) if isinstance(day, str) and day else "–"


def _own_service(reading: Reading) -> list[tuple[str, str]]:
    """Communes without, or with, a service of their own on days when the reference has, or has not."""
    words, table = reading.words, reading.folder.table("access_changes")
    if not has(table, "scenario", "insee_code", "days_own_service_lost", "days_own_service_gained"):
        return []
    said = []
    for scenario in reading.scenarios[1:]:
        rows = table[table["scenario"] == scenario.name]
        if rows.empty:
            continue
        parts = []
        for column, one, several, none in (
            (
                "days_own_service_lost",
                ("n'a plus de service sur place", "no longer has a service on the spot"),
                ("n'ont plus de service sur place", "no longer have a service on the spot"),
                ("toutes gardent un service sur place", "all keep a service on the spot"),
            ),
            (
                "days_own_service_gained",
                ("a un service sur place en plus", "has a service on the spot in addition"),
                ("ont un service sur place en plus", "have a service on the spot in addition"),
                ("aucune n'en a en plus", "none has one in addition"),
            ),
        ):
            some = rows[rows[column] > 0].sort_values([column, "insee_code"], ascending=[False, True])
            named = [
                f"{reading.commune_name(str(row.insee_code))} "
                + words.counted(number(getattr(row, column)), "jour|jours", "day|days")
                for row in rows_of(some)
            ]
            verb = words(*(one if len(named) == 1 else several))
            parts.append(f"{verb}{words(' : ', ': ')}{words.listed(named)}" if named else words(*none))
        said.append((scenario.name, words(" ; ", "; ").join(parts)))
    return _grouped(reading, said)


def _access(reading: Reading) -> list[tuple[str, str]]:
    """By scenario, which communes are farther or nearer by more than ten minutes, some days."""
    words = reading.words
    table = reading.folder.table("access_changes")
    if not has(table, "scenario", "insee_code", "population", "days_farther", "days_nearer"):
        return []
    said: list[tuple[str, str]] = []
    for scenario in reading.scenarios:
        rows = table[table["scenario"] == scenario.name]
        if rows.empty:
            continue
        parts = []
        for name, fr, en in (
            ("days_farther", "allongé", "longer"),
            ("days_nearer", "raccourci", "shorter"),
        ):
            of = rows[pd.to_numeric(rows[name]) > 0]
            if of.empty:
                parts.append(words(f"{fr} pour aucune commune", f"{en} for no commune"))
                continue
            people = words.counted(float(of["population"].sum()), "habitant|habitants", "resident|residents")
            days = words.counted(float(of[name].max()), "jour|jours", "day|days")
            communes = [reading.commune_name(c) for c in of["insee_code"][:_MOST_NAMED]]
            if len(of) > _MOST_NAMED:
                more = words.counted(len(of) - _MOST_NAMED, "autre|autres", "other|others")
                communes.append(more)
            listed = words.listed(communes)
            parts.append(
                words(
                    f"{fr} pour {listed}, pendant {days} au plus ({people})",
                    f"{en} for {listed}, for {days} at most ({people})",
                )
            )
        said.append((scenario.name, words(" ; ", "; ").join(parts)))
    return _grouped(reading, said)


def _confidence(text: str, words: Words) -> str:
    said = re.sub(r"\b([ABC]) (opening|stop)\b", r"\1 (\2)", text).replace(";", ",")
    return words(said.replace("(opening)", "(ouverture)").replace("(stop)", "(arrêt)"), said)


def _days_without(reading: Reading) -> list[tuple[str, str]]:
    words = reading.words
    table = reading.folder.table("communes")
    if not has(table, "scenario", "insee_code", "days_without_service"):
        return []
    codes = _taken_over(reading)
    said: list[tuple[str, str]] = []
    for scenario in reading.scenarios:
        rows = table[(table["scenario"] == scenario.name) & table["insee_code"].isin(codes)]
        found = [
            (reading.commune_name(str(r.insee_code)), days)
            for r in rows_of(rows)
            if (days := number(r.days_without_service)) and days >= 0.5
        ]
        text = (
            words.listed([f"{name} {words.counted(d, 'jour|jours', 'day|days')}" for name, d in found])
            if found
            else words("aucun jour sans service", "no day without service")
        )
        said.append((scenario.name, text))
    return _grouped(reading, said)
