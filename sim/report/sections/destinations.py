"""Where residents go when communes leave, and what the freed half-days are worth."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sim.report import figures
from sim.report.frames import at, has, number, possible, rows_of
from sim.report.palette import light
from sim.report.reading import Reading
from sim.report.sections.exits import concerned, is_variant, leaving
from sim.report.sections.people import need_name
from sim.report.sentences import Difference, effect, verdict_words
from sim.report.view import Block, Cell, Heading, Key, Picture, Plot, Section, Table
from sim.report.words import Words, inert

__all__ = ["destinations_section"]

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
    drawn = [(name, label) for name, label in rows if not is_variant(reading, name)]
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
            "Tout le territoire, avec ceux qui ne changent pas de genre de lieu. Sous le nombre, son "
            "intervalle à 95 %.",
            "The whole territory, with those who do not change kind of place. Under the number, its 95% "
            "interval.",
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
            "référence. Intervalles à 95 % de chaque comparaison seule.",
            "More persons: beside keeping the half-days. The other differences: from the reference. 95% "
            "intervals of each comparison alone.",
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
    verdict = verdict_words(gap, words)
    return Cell(words.signed(gap.difference, 1), number=True, lines=((sign, verdict),), spoken=False)
