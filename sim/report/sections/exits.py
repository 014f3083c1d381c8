"""When communes leave: who takes over, where residents go, what the freed half-days are worth."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from sim.report import figures
from sim.report.frames import at, has, number, possible, rows_of
from sim.report.palette import light
from sim.report.reading import HELPED, Reading
from sim.report.sections.people import need_name
from sim.report.sentences import Difference, effect, gaps_in_words, quoted, span_words, verdict_words
from sim.report.view import Block, Cell, Heading, Key, Lines, Paragraph, Picture, Plot, Section, Table
from sim.report.words import Words, inert

__all__ = ["concerned", "destinations_section", "exits_answer", "takeover_section"]

_MOST_NAMED = 6

# Where a person ended, in the order drawn: role of its colour, in French, in English.
ENDS = (
    ("own_permanence", "s1", "Permanence de leur commune", "Permanence of their commune"),
    ("other_permanence", "q2", "Autre permanence", "Another permanence"),
    ("own_fixed", "s3", "France Services de leur commune", "France Services of their commune"),
    ("other_fixed", "a_prep", "Autre France Services fixe", "Another fixed France Services"),
    ("round", "v3", "Tournée de la MSA", "The MSA's round"),
    ("home", "s2", "À domicile", "At home"),
    ("none", "rule", "N'ont choisi aucun lieu", "Chose no place"),
    (
        "not_received",
        "s4",
        "N'ont pas pu être reçus, ou attendent encore",
        "Could not be received, or still wait",
    ),
)


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


def _is_variant(reading: Reading, name: str) -> bool:
    """Whether a scenario only changes what is done with the half-days of another of the study."""
    return name != reading.reference.name and _root(reading, name) != name


def _grouped(reading: Reading, said: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Sentences by scenario; those that are the same together, variants that say the same left out."""
    by_name = dict(said)
    groups: dict[str, list[str]] = {}
    for name, text in said:
        if _is_variant(reading, name) and by_name.get(_root(reading, name)) == text:
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
        ("helped_at_msa_round", "à la tournée de la MSA", "at the MSA's round"),
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
        if of.empty or _is_variant(reading, scenario.name):
            continue
        rows: list[list[Cell | str]] = []
        for row in rows_of(of):
            last, stops = getattr(row, "last_passage", None), row.permanence_stops
            rows.append(
                [
                    str(row.commune),
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
                    words("Fermeture, si le label est retiré", "Closes, if the label is lost"),
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
                "Votre commune : ses prochains passages sont sur sa fiche, dans le dossier calendar/fiches.",
                "Your commune: its next passages are on its own sheet, in the folder calendar/fiches.",
            )
        )
    )
    return Section("relais", words("Qui prend le relais, quand", "Who takes over, when"), tuple(blocks))


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


def destinations(reading: Reading) -> pd.DataFrame:
    """Persons by scenario, commune that leaves and kind of place where they ended; a year."""
    flows = reading.folder.table("flows")
    if not has(flows, "scenario", "insee_code", "ended", "persons"):
        return pd.DataFrame()
    codes = leaving(reading)
    rows = flows[flows["insee_code"].isin(codes)]
    fixed = reading.folder.place_table("fixed_france_services")
    where = (
        dict(zip(fixed["id_fs"].astype(str), fixed["insee_code"].astype(str), strict=True))
        if has(fixed, "id_fs", "insee_code")
        else {}
    )

    def kind(home: str, ended: str) -> str:
        head, _, rest = ended.partition(":")
        if head == "permanence":
            return "own_permanence" if rest == home else "other_permanence"
        if head == "fixed":
            return "own_fixed" if where.get(rest) == home or home in rest else "other_fixed"
        if head in ("round", "home"):
            return head
        return "none" if head in ("gave_up", "gives_up") else "not_received"

    found = (
        pd.DataFrame(
            {
                "scenario": rows["scenario"],
                "insee_code": rows["insee_code"],
                "end": [
                    kind(h, e) for h, e in zip(rows["insee_code"], rows["ended"].astype(str), strict=True)
                ],
                "persons": pd.to_numeric(rows["persons"]) / reading.years,
            }
        )
        .groupby(["scenario", "insee_code", "end"])["persons"]
        .sum()
    )
    return found.reset_index()


def destinations_section(reading: Reading) -> Section | None:
    """Of 100 residents of the communes that leave: how many here, elsewhere, without help."""
    words = reading.words
    if not concerned(reading):
        return None
    table = destinations(reading)
    if table.empty:
        return None
    totals = table.pivot_table(
        index="scenario", columns="end", values="persons", aggfunc="sum", fill_value=0.0
    )
    per_hundred = totals.div(totals.sum(axis=1), axis=0) * 100
    frame = (
        per_hundred.reset_index()
        .melt(id_vars="scenario", var_name="part", value_name="value")
        .rename(columns={"scenario": "row"})
    )
    rows = [(s.name, s.label) for s in reading.series if s.name in per_hundred.index]
    drawn = [(name, label) for name, label in rows if not _is_variant(reading, name)]
    parts = [(key, words(fr, en), light(role)) for key, role, fr, en in ENDS if key in per_hundred.columns]

    def share(scenario: str, *ends: str) -> float:
        return sum(float(at(per_hundred, scenario, end)) for end in ends if end in per_hundred.columns)

    sentences = []
    for name, _ in drawn:
        here = share(name, "own_permanence", "own_fixed", "home")
        elsewhere = share(name, "other_permanence", "other_fixed", "round")
        without = share(name, "none", "not_received")
        sentences.append(
            words(
                f"{reading.label(name)} : sur 100 personnes, "
                f"{words.counted(here, 'est aidée|sont aidées', '')} dans leur commune, "
                f"{words.number(elsewhere)} ailleurs, "
                f"{words.counted(without, 'n’est pas aidée|ne sont pas aidées', '')}.",
                f"{reading.label(name)}: out of 100 persons, "
                f"{words.counted(here, '', 'is helped|are helped')} in their commune, "
                f"{words.number(elsewhere)} elsewhere, "
                f"{words.counted(without, '', 'is not helped|are not helped')}.",
            )
        )
    picture = Picture(
        ident="destinations",
        title=words(
            "Habitants des communes du relais : où ils vont, sur 100 personnes",
            "Residents of the communes taken over: where they go, out of 100 persons",
        ),
        sentence=" ".join(sentences),
        plot=Plot(figures.shares, (frame, words), {"rows": drawn, "parts": parts}),
        keys=tuple(
            Key(words(fr, en), role, "area") for key, role, fr, en in ENDS if key in per_hundred.columns
        ),
        table=Table(
            caption=words("Sur 100 personnes, par scénario", "Out of 100 persons, by scenario"),
            headers=(words("Scénario", "Scenario"), *(label for _, label, _ in parts)),
            rows=[
                [
                    reading.label(name),
                    *(
                        Cell(words.number(float(at(per_hundred, name, key)), 1), number=True)
                        for key, _, _ in parts
                    ),
                ]
                for name, _ in rows
            ],
        ),
    )
    each: list[list[Cell | str]] = []
    for code in sorted(table["insee_code"].unique(), key=reading.commune_name):
        of = table[table["insee_code"] == code].pivot_table(
            index="scenario", columns="end", values="persons", aggfunc="sum", fill_value=0.0
        )
        for name, _ in rows:
            if name in of.index:
                each.append(
                    [
                        reading.commune_name(code),
                        reading.label(name),
                        *(
                            Cell(
                                words.none_or_few(float(of.loc[name].get(key, 0.0))),
                                number=True,
                            )
                            for key, _, _ in parts
                        ),
                    ]
                )
    from_to = Table(
        caption=words(
            "Commune par commune : où vont les habitants, personnes par an",
            "Commune by commune: where residents go, persons a year",
        ),
        headers=(
            words("Commune", "Commune"),
            words("Scénario", "Scenario"),
            *(label for _, label, _ in parts),
        ),
        rows=each,
    )
    blocks: list[Block] = [picture, from_to]
    moved = _moved(reading)
    if moved:
        blocks.append(moved)
    by_need = _changes_by_need(reading)
    if by_need:
        blocks.append(by_need)
    worth = _worth(reading)
    if worth:
        blocks += [Heading(words("Les demi-journées libérées", "The freed half-days")), worth]
    return Section("destinations", words("Où vont les habitants", "Where residents go"), tuple(blocks))


def _where_to(commune: str, place: str) -> str:
    """The kind of place, seen from a commune that leaves; one of `ENDS`."""
    head, _, rest = place.partition(":")
    if head == "permanence":
        return "own_permanence" if rest == commune else "other_permanence"
    if head == "fixed":
        return "own_fixed" if rest.split(":")[0] == commune else "other_fixed"
    return head if head in ("round", "home") else "none" if head == "gave_up" else "not_received"


def _moved(reading: Reading) -> Picture | None:
    """Of those who went to a permanence that stops, where they go instead, commune by commune."""
    words = reading.words
    table = reading.folder.table("from_to")
    if len(reading.scenarios) < 2:
        return None
    scenario = reading.scenarios[1].name
    if not has(table, "scenario", "from", "to", "persons_a_year"):
        return None
    codes = leaving(reading)
    rows = table[(table["scenario"] == scenario) & table["from"].isin([f"permanence:{c}" for c in codes])]
    if rows.empty:
        return None
    homes = rows["from"].str.removeprefix("permanence:")
    frame = pd.DataFrame(
        {
            "row": homes,
            "part": [_where_to(h, str(t)) for h, t in zip(homes, rows["to"], strict=True)],
            "value": pd.to_numeric(rows["persons_a_year"]),
        }
    )
    labels = [
        (code, inert(reading.commune_name(code))) for code in sorted(set(homes), key=reading.commune_name)
    ]
    used = set(frame["part"])
    parts = [(key, words(fr, en), light(role)) for key, role, fr, en in ENDS if key in used]
    total = float(frame["value"].sum())
    sums = frame.groupby("part")["value"].sum()
    shares = words.listed(
        [f"{_inside(label)} {_percent(float(sums[key]) / total, words)}" for key, label, _ in parts]
    )
    name = reading.label(scenario)
    return Picture(
        ident="de-vers",
        title=words(
            f"Personnes qui allaient à une permanence arrêtée, et où elles vont : {name}",
            f"Persons who went to a permanence that stops, and where they go: {name}",
        ),
        sentence=words(
            f"{words.number(total)} personnes par an changent de lieu parce que leur permanence s'arrête "
            f": {shares}. {_mostly(frame, labels, parts, words)}",
            f"{words.number(total)} persons a year change place because their permanence stops: {shares}. "
            f"{_mostly(frame, labels, parts, words)}",
        ),
        plot=Plot(figures.shares, (frame, words), {"rows": labels, "parts": parts, "least": 10.0}),
        keys=tuple(Key(words(fr, en), role, "area") for key, role, fr, en in ENDS if key in used),
        source=words(
            "Moyenne par an sur toute la durée simulée, mois d'avant l'arrêt compris.",
            "Yearly mean over the whole time simulated, months before the stop included.",
        ),
        table=Table(
            caption=words(
                "De la permanence arrêtée vers… , personnes par an",
                "From the permanence that stops to… , persons a year",
            ),
            headers=(words("Permanence arrêtée", "Permanence that stops"), *(label for _, label, _ in parts)),
            rows=[
                [
                    reading.commune_name(code),
                    *(Cell(words.none_or_few(_sum(frame, code, key)), number=True) for key, _, _ in parts),
                ]
                for code, _ in labels
            ],
        ),
    )


def _mostly(
    frame: pd.DataFrame, communes: list[tuple[str, str]], parts: list[tuple[str, str, str]], words: Words
) -> str:
    """Commune by commune, the kind of place where most go."""
    to: dict[str, list[str]] = {}
    for code, name in communes:
        of = frame[frame["row"] == code].groupby("part")["value"].sum()
        to.setdefault(str(of.idxmax()), []).append(name)
    said = [
        words(f"{_inside(label)} : {words.listed(to[key])}", f"{_inside(label)}: {words.listed(to[key])}")
        for key, label, _ in parts
        if key in to
    ]
    listed = words(" ; ", "; ").join(said)
    return words(f"Le lieu le plus fréquent – {listed}.", f"The most frequent place – {listed}.")


def _percent(share: float, words: Words) -> str:
    return words("moins de 1 %", "under 1%") if 0 < share < 0.005 else words.percent(share)


def _inside(label: str) -> str:
    """A label inside a sentence; the name of the service keeps its capital."""
    return label if label.startswith("France") else f"{label[:1].lower()}{label[1:]}"


def _sum(frame: pd.DataFrame, row: str, part: str) -> float:
    return float(frame.loc[(frame["row"] == row) & (frame["part"] == part), "value"].sum())


_PLACES = {
    "itinerant": ("une permanence", "a permanence"),
    "home": ("le domicile", "home"),
    "fixed": ("une France Services fixe", "a fixed France Services"),
    "msa_round": ("la tournée de la MSA", "the MSA's round"),
    "gave_up": ("aucun lieu choisi", "no place chosen"),
    "lost": ("pas reçus, pas revenus", "not received, not come back"),
    "waiting": ("attendent encore", "still waiting"),
}


def _changes_by_need(reading: Reading) -> Table | None:
    """By kind of need, from which kind of place to which, in the first scenario with exits."""
    words = reading.words
    table = reading.folder.table("changes_by_need")
    if len(reading.scenarios) < 2:
        return None
    scenario = reading.scenarios[1].name
    if not has(table, "scenario", "need", "from", "to", "persons_a_year"):
        return None
    rows: list[list[Cell | str]] = []
    for row in rows_of(
        table[table["scenario"] == scenario].rename(columns={"from": "before", "to": "after"})
    ):
        persons = number(row.persons_a_year)
        if persons is None or persons < 1:
            continue
        low, high = number(row.persons_a_year_ci95_low), number(row.persons_a_year_ci95_high)
        before, after = (_PLACES.get(str(p), (str(p), str(p))) for p in (row.before, row.after))
        span = words.span(possible(low), possible(high))
        rows.append(
            [
                need_name(str(row.need), words),
                words(*before),
                words(*after),
                Cell(words.few(persons), number=True, lines=(("", span),) if persons >= 10 else ()),
            ]
        )
    if not rows:
        return None
    return Table(
        caption=words(
            f"D'un genre de lieu à l'autre, par genre de besoin : {reading.label(scenario)}",
            f"From one kind of place to another, by kind of need: {reading.label(scenario)}",
        ),
        headers=(
            words("Besoin", "Need"),
            words("De", "From"),
            words("Vers", "To"),
            words("Personnes par an", "Persons a year"),
        ),
        rows=rows,
        note=words(
            "Ceux qui ne changent pas de genre de lieu sont compris. Sous le nombre, son intervalle à 95 %.",
            "Those who do not change kind of place are included. Under the number, its 95% interval.",
        ),
    )


def _worth(reading: Reading) -> Table | None:
    """What a freed half-day is worth, by what is done with it."""
    words = reading.words
    freed = reading.folder.table("freed_half_days")
    if not has(freed, "scenario", "policy", "half_days_freed_a_year", "half_days_used_a_year"):
        return None
    names = {
        "keep": words("Garder : domicile et réserve", "Keep: homes and reserve"),
        "redistribute": words(
            "Redistribuer : passages en plus ailleurs", "Redistribute: extra passages elsewhere"
        ),
        "replan": words("Replanifier les tournées", "Plan the rounds again"),
    }
    rows: list[list[Cell | str]] = []
    for row in freed.to_dict("records"):
        weeks = reading.difference(str(row["scenario"]), "weeks_under_24h")
        rows.append(
            [
                reading.label(str(row["scenario"])),
                names.get(str(row["policy"]), str(row["policy"])),
                Cell(words.number(number(row["half_days_freed_a_year"])), number=True),
                _used(row, words),
                _with_span(reading, row, "persons_helped_per_half_day", 2),
                _with_span(reading, row, "home_visits_difference", 1),
                _judged(weeks, words),
            ]
        )
    return Table(
        caption=words(
            "Garder, redistribuer ou replanifier : ce que vaut une demi-journée libérée",
            "Keep, redistribute or plan again: what a freed half-day is worth",
        ),
        headers=(
            words("Scénario", "Scenario"),
            words("Emploi", "Use"),
            words("Demi-journées libérées par an", "Half-days freed a year"),
            words("Employées à des passages", "Used for passages"),
            words(
                "Personnes aidées en plus, tous lieux, par demi-journée",
                "More persons helped, all places, per half-day",
            ),
            words("Visites à domicile, écart par an", "Home visits, difference a year"),
            words(
                "Semaines sous les heures du label, écart par an",
                "Weeks under the label's hours, difference a year",
            ),
        ),
        rows=rows,
        is_open=True,
        stacked=True,
        note=words(
            "Personnes en plus : par rapport à garder les demi-journées. Les autres écarts : avec la "
            "référence.",
            "More persons: beside keeping the half-days. The other differences: from the reference.",
        ),
    )


def _used(row: dict[Any, Any], words: Words) -> Cell:
    """Extra passages; planning again adds none, but passages come or go where two timetables meet."""
    half_days = number(row["half_days_used_a_year"])
    if row["policy"] != "replan" or half_days is None or round(half_days, 1) == 0:
        return Cell(words.number(half_days), number=True)
    gap = words.signed(half_days, 1)
    one = words.one(round(half_days, 1))
    said = words(
        f"{gap} {'passage' if one else 'passages'} par an, au seul changement de jour des permanences",
        f"{gap} {'passage' if one else 'passages'} a year, only because permanences change day",
    )
    return Cell(words.number(0), number=True, lines=(("", said),))


def _with_span(reading: Reading, row: dict[Any, Any], name: str, decimals: int) -> Cell:
    words = reading.words
    value, low, high = (number(row.get(f"{name}{end}")) for end in ("", "_ci95_low", "_ci95_high"))
    if value is None:
        return Cell("–", number=True)
    span = words.range(low, high, decimals)
    return Cell(words.signed(value, decimals), number=True, lines=(("", span),))


def _judged(gap: Difference | None, words: Words) -> Cell:
    if gap is None:
        return Cell("–", number=True)
    found = effect(gap)
    sign = found if found in ("better", "worse") else ""
    return Cell(words.signed(gap.difference, 1), number=True, lines=((sign, verdict_words(gap, words)),))
