"""When communes leave: who takes over, where residents go, what the freed half-days are worth."""

from __future__ import annotations

import pandas as pd

from sim.report import figures
from sim.report.frames import at, has, number, rows_of
from sim.report.palette import light
from sim.report.reading import COST, HELPED, Reading
from sim.report.sentences import Difference, effect, gaps_in_words, quoted, verdict_words
from sim.report.view import Block, Cell, Heading, Key, Lines, Paragraph, Picture, Plot, Section, Table
from sim.report.words import Words

__all__ = ["concerned", "destinations_section", "exits_answer", "takeover_section"]

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


def exits_answer(reading: Reading) -> list[str]:
    """Days without service, where residents go, what the exits change for persons helped."""
    words, said = reading.words, []
    days = _worst_days(reading)
    first = reading.scenarios[1].name
    if first in days:
        said.append(_days_in_words(reading, first, days))
    for idents, scenarios in (
        ((HELPED,), (first,)),
        (("weeks_under_24h",), (first, f"{first}_redistribute", f"{first}_replan")),
    ):
        gaps = [g for name in scenarios for m in idents if (g := reading.difference(name, m)) is not None]
        if gaps:
            what = gaps[0].measure.label(words)
            found = gaps_in_words(gaps, [reading.label(gap.scenario) for gap in gaps], words)
            said.append(words(f"{what} – {found}", f"{what} – {found}"))
    return said


def _days_in_words(reading: Reading, first: str, days: dict[str, tuple[str, float]]) -> str:
    words = reading.words
    name, worst = days[first]
    text = (
        words(
            "Aucune commune n'a de jour sans service si la permanence s'arrête "
            "quand sa France Services ouvre",
            "No commune has a day without service if the permanence stops when its France Services opens",
        )
        if worst < 0.5
        else words(
            f"Jusqu'à {words.number(worst)} jours sans service dans une commune ({name}), "
            "même si la permanence s'arrête quand sa France Services ouvre",
            f"Up to {words.number(worst)} days without service in a commune ({name}), even if the permanence "
            "stops when its France Services opens",
        )
    )
    others = {scenario: found for scenario, found in days.items() if scenario != first}
    if others:
        scenario, (name, worst) = max(others.items(), key=lambda item: (item[1][1], -len(item[0])))
        if worst >= 0.5:
            text += words(
                f" ; sinon, jusqu'à {words.number(worst)} jours ({name}, « {reading.label(scenario)} »)",
                f"; otherwise up to {words.number(worst)} days ({name}, “{reading.label(scenario)}”)",
            )
    return text + "."


def _worst_days(reading: Reading) -> dict[str, tuple[str, float]]:
    """By scenario with exits, the commune that leaves with most days without any service."""
    table = reading.folder.table("communes")
    if not has(table, "scenario", "insee_code", "days_without_service"):
        return {}
    codes = set(leaving(reading))
    out = {}
    for scenario in reading.scenarios[1:]:
        rows = table[(table["scenario"] == scenario.name) & table["insee_code"].isin(codes)]
        found = [
            (number(r.days_without_service) or 0.0, reading.commune_name(str(r.insee_code)))
            for r in rows_of(rows)
        ]
        if found:
            worst, name = max(found)
            out[scenario.name] = (name, worst)
    return out


def takeover_section(reading: Reading) -> Section | None:
    """Who takes over, when: date announced or assumed."""
    words = reading.words
    table = reading.folder.place_table("exits")
    if not concerned(reading) or not has(table, "reading", "commune", "fixed_opens"):
        return None
    names = {
        "announced": words("Annoncé en 2021", "Announced in 2021"),
        "happened": words("Ce qui s'est passé", "What happened"),
    }
    rows: list[list[Cell | str]] = []
    for row in table.to_dict("records"):
        if str(row["reading"]) not in names:
            continue
        stops = row.get("permanence_stops")
        rows.append(
            [
                str(row["commune"]),
                names[str(row["reading"])],
                words.day(str(row["fixed_opens"])) if isinstance(row["fixed_opens"], str) else "–",
                words.day(str(stops))
                if isinstance(stops, str) and stops
                else words("se poursuit", "goes on"),
                _confidence(str(row.get("confidence") or "–"), words),
            ]
        )
    if not rows:
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
        Table(
            caption=words("Les relais, commune par commune", "The takeovers, commune by commune"),
            headers=(
                words("Commune", "Commune"),
                words("Lecture", "Reading"),
                words("Ouverture de la France Services", "France Services opens"),
                words("Arrêt de la permanence", "Permanence stops"),
                words("Confiance", "Confidence"),
            ),
            rows=rows,
            is_open=True,
        ),
    ]
    if days:
        blocks += [
            Heading(
                words("Jours sans aucun service dans la commune", "Days without any service in the commune")
            ),
            Lines(tuple(days)),
        ]
    return Section("relais", words("Qui prend le relais, quand", "Who takes over, when"), tuple(blocks))


def _confidence(text: str, words: Words) -> str:
    return words(text.replace("opening", "ouverture").replace("stop", "arrêt").replace("; ", " ; "), text)


def _days_without(reading: Reading) -> list[tuple[str, str]]:
    words = reading.words
    table = reading.folder.table("communes")
    if not has(table, "scenario", "insee_code", "days_without_service"):
        return []
    codes = set(leaving(reading))
    said: dict[str, list[str]] = {}
    for scenario in reading.scenarios:
        rows = table[(table["scenario"] == scenario.name) & table["insee_code"].isin(codes)]
        found = [
            (reading.commune_name(str(r.insee_code)), days)
            for r in rows_of(rows)
            if (days := number(r.days_without_service)) and days >= 0.5
        ]
        text = (
            words.listed(
                [
                    words(f"{name} {words.number(d)} jours", f"{name} {words.number(d)} days")
                    for name, d in found
                ]
            )
            if found
            else words("aucun jour sans service", "no day without service")
        )
        said.setdefault(text, []).append(reading.label(scenario.name))
    return [
        (", ".join(quoted(label, words) for label in labels), f"{text}.") for text, labels in said.items()
    ]


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
    parts = [(key, words(fr, en), light(role)) for key, role, fr, en in ENDS if key in per_hundred.columns]

    def share(scenario: str, *ends: str) -> float:
        return sum(float(at(per_hundred, scenario, end)) for end in ends if end in per_hundred.columns)

    sentences = []
    for name, _ in rows:
        here = share(name, "own_permanence", "own_fixed", "home")
        elsewhere = share(name, "other_permanence", "other_fixed", "round")
        without = share(name, "none", "not_received")
        sentences.append(
            words(
                f"{reading.label(name)} : sur 100 personnes, {words.number(here)} sont aidées dans leur "
                f"commune, {words.number(elsewhere)} ailleurs, {words.number(without)} ne sont pas aidées.",
                f"{reading.label(name)}: out of 100 persons, {words.number(here)} are helped in their "
                f"commune, {words.number(elsewhere)} elsewhere, {words.number(without)} are not helped.",
            )
        )
    picture = Picture(
        ident="destinations",
        title=words(
            "Habitants des communes du relais : où ils vont, sur 100 personnes",
            "Residents of the communes taken over: where they go, out of 100 persons",
        ),
        sentence=" ".join(sentences[:3]),
        plot=Plot(figures.shares, (frame, words), {"rows": rows, "parts": parts}),
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
                                words.few(float(of.loc[name].get(key, 0.0)))
                                if of.loc[name].get(key, 0.0) > 0
                                else "0",
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
    worth = _worth(reading)
    if worth:
        blocks += [Heading(words("Les demi-journées libérées", "The freed half-days")), worth]
    return Section("destinations", words("Où vont les habitants", "Where residents go"), tuple(blocks))


def _worth(reading: Reading) -> Table | None:
    """What each use of the freed half-days changes, against the reference."""
    words = reading.words
    rows: list[list[Cell | str]] = []
    for scenario in reading.scenarios[1:]:
        if "exits" not in scenario.delta:
            continue
        cells: list[Cell | str] = [reading.label(scenario.name)]
        for ident in (HELPED, "home_lead_p90", "weeks_under_24h", COST):
            gap: Difference | None = reading.difference(scenario.name, ident)
            sign = effect(gap) if gap else ""
            cells.append(
                Cell(
                    gap.measure.change(words, gap.difference) if gap else "–",
                    number=True,
                    lines=((sign if sign in ("better", "worse") else "", verdict_words(gap, words)),)
                    if gap
                    else (),
                )
            )
        rows.append(cells)
    if not rows:
        return None
    return Table(
        caption=words(
            "Garder, redistribuer ou replanifier : écart avec la référence",
            "Keep, redistribute or plan again: difference from the reference",
        ),
        headers=(
            words("Scénario", "Scenario"),
            *(reading.measure(m).label(words) for m in (HELPED, "home_lead_p90", "weeks_under_24h", COST)),
        ),
        rows=rows,
        is_open=True,
        stacked=True,
    )
