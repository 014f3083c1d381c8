"""What staffing is enough: the design recommended, or the nearest, and all those tried."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sim.measures.registry import MEASURES, POSITIONS
from sim.report import figures
from sim.report.choice_sentences import Standing, how_sure, still_open
from sim.report.frames import has, number, possible
from sim.report.reading import COST, HELPED, Reading
from sim.report.sections.answer import header_with_unit, question
from sim.report.sentences import MeasureWords, not_calibrated
from sim.report.view import Block, Card, Cards, Cell, Key, Lines, Paragraph, Picture, Plot, Section, Table
from sim.report.words import Words, inert
from sim.study.sizing_choice import most_allowed

__all__ = ["designs_section", "sizing_answer"]

_ROLES = {
    "recommended": ("recommandée", "recommended", "s3", "diamond"),
    "runner_up": ("ensuite", "next", "s1", "square"),
    "nearest": ("la plus proche", "nearest", "s2", "triangle-up"),
}


def sizing_answer(reading: Reading) -> Section | None:
    """The first screen: which design, what it costs, target by target, and how sure that is."""
    words = reading.words
    table = reading.folder.table("designs")
    targets = reading.folder.setting("sizing.targets")
    if not has(table, "design", "role", COST) or not isinstance(targets, dict) or not targets:
        return None
    chosen = next(
        (found.iloc[0] for role in ("recommended", "nearest") if len(found := table[table["role"] == role])),
        None,
    )
    count = words.counted(len(table), "organisation essayée|organisations essayées", "design|designs")
    if chosen is None:
        lead = words(
            f"Parmi {count}, aucune ne tient tous les objectifs.",
            f"Of {count} tried, none meets all targets.",
        )
        return Section("reponse", question(reading), (Paragraph(lead, "lead"), _warning(words)))
    label = _label(chosen, words)
    cost = words.euros(number(chosen[COST]))
    standing = _standing(reading, table, chosen)
    if chosen["role"] == "recommended" and not standing.is_shown:
        lead = words(
            "Parmi les organisations essayées, la moins chère qui paraît tenir les objectifs, à leurs "
            f"tolérances près, coûte {cost} par an au Département ; pas assez de simulations pour "
            "l'affirmer.",
            "Among the designs tried, the cheapest that seems to meet the targets, within their tolerances, "
            f"costs the Département {cost} a year; not enough simulations to be sure.",
        )
        named = words(f"La voici : {label}.", f"Here it is: {label}.")
        what = f"{named} {still_open(standing, words)}".strip()
    elif chosen["role"] == "recommended":
        lead = words(
            f"Avec ces hypothèses, l'organisation la moins chère qui tient les objectifs, à leurs "
            f"tolérances près, coûte {cost} par an au Département.",
            "With these assumptions, the cheapest design that meets the targets, within their tolerances, "
            f"costs the Département {cost} a year.",
        )
        what = words(f"C'est celle-ci : {label}.", f"It is this one: {label}.")
    else:
        lead = words(
            f"Avec ces hypothèses, aucune des {count} ne tient tous les objectifs.",
            f"With these assumptions, none of the {count} tried meets all the targets.",
        )
        if not standing.decided:
            lead = words(
                f"Avec ces hypothèses, aucune des {count} ne tient tous les objectifs en moyenne ; pas assez "
                "de simulations pour l'affirmer.",
                f"With these assumptions, none of the {count} tried meets all the targets on average; not "
                "enough simulations to be sure.",
            )
        what = words(
            f"La plus proche coûte {cost} par an au Département : {label}.",
            f"The nearest costs the Département {cost} a year: {label}.",
        )
    cards = Cards(tuple(_cards(reading, chosen, targets)), "", "")
    blocks: list[Block] = [
        Paragraph(lead, "lead"),
        Paragraph(what, "answer"),
        Lines(
            (
                (words("Le hasard", "Chance"), _chance(chosen, standing, words)),
                (
                    words("Nos hypothèses", "Our assumptions"),
                    words(
                        "Ceci ne couvre pas nos hypothèses. Les rappels de rendez-vous ne sont pas budgétés.",
                        "This does not cover our assumptions. Reminders of appointments are not budgeted.",
                    ),
                ),
            )
        ),
        _warning(words),
        cards,
    ]
    return Section("reponse", question(reading), tuple(blocks))


def _standing(reading: Reading, table: pd.DataFrame, chosen: Any) -> Standing:
    """How sure the choice is, from the fields of its table and the settings of the study."""

    def asked(name: str) -> float:
        return number(reading.folder.setting(f"sizing.{name}")) or 0.0

    cost, zone = pd.to_numeric(table[COST]), asked("cost_zone_eur")
    cheaper = cost < (number(chosen[COST]) or 0.0) - zone
    undecided = table["shown"] == "undecided" if "shown" in table.columns else pd.Series(True, table.index)
    return Standing(
        decided=_is_true(chosen.get("decided")),
        holds=chosen.get("means") != "misses",
        open_cheaper=int((cheaper & undecided).sum()),
        n=int(number(chosen.get("n")) or 0),
        most=most_allowed(int(asked("most")), int(number(reading.folder.setting("run.replications")) or 0)),
        error=asked("error"),
        zone=zone,
    )


def _is_true(value: object) -> bool:
    return str(value).lower() in ("true", "1")


def _warning(words: Words) -> Paragraph:
    return Paragraph(not_calibrated(words), "warning")


def _chance(chosen: Any, standing: Standing, words: Words) -> str:
    """How sure a recommendation is, and what the figures are."""
    n = words.counted(standing.n, "simulation|simulations", "simulation|simulations")
    again = words(
        ", plus que pour les autres : l'organisation de la réponse est rejouée",
        ", more than for the others: the design of the answer is run again",
    )
    again = again if standing.n > standing.most else ""
    means = words(
        f"Moyennes de {n}{again} ; sous chacune, son intervalle à 95 %.",
        f"Means of {n}{again}; under each, its 95% interval.",
    )
    return f"{how_sure(standing, words)} {means}" if chosen["role"] == "recommended" else means


def _cards(reading: Reading, chosen: Any, targets: dict[str, Any]) -> list[Card]:
    """The measures of the targets with what is asked, then the service, then the cost."""
    words = reading.words
    service = str(reading.folder.setting("sizing.service") or HELPED)
    made = []
    for ident in dict.fromkeys([*targets, service, COST]):
        value, half = number(chosen.get(ident)), number(chosen.get(f"{ident}_half_width"))
        if value is None:
            continue
        measure = reading.measure(ident)
        target = targets.get(ident) or {}
        short = number(chosen.get(f"{ident}_short_by"))
        verdict, effect = "", ""
        if short is not None:
            within = 0 < short <= (_tolerance(target, reading, ident) or 0.0)
            effect = "better" if short <= 0 else "" if within else "worse"
            verdict = words(
                "Objectif tenu en moyenne"
                if short <= 0
                else "Objectif manqué de peu en moyenne, dans la tolérance"
                if within
                else "Objectif non tenu",
                "Target met on average"
                if short <= 0
                else "Target just missed on average, within the tolerance"
                if within
                else "Target not met",
            )
        made.append(
            Card(
                label=measure.label(words),
                unit=words.unit(measure.level_unit(words), round(value, measure.decimals)),
                before=words.number(value, measure.decimals),
                after="",
                gap="",
                span=_interval(value, half, measure, words),
                verdict=verdict,
                effect=effect,
                detail=_asked(target, reading, ident),
            )
        )
    return made


def _interval(value: float, half: float | None, measure: MeasureWords, words: Words) -> str:
    """The 95 % interval of a mean, as far as the measure can go."""
    if half is None:
        return ""
    low, high = possible(value - half, measure.unit), possible(value + half, measure.unit)
    return words.range(low, high, measure.decimals)


def _tolerance(target: dict[str, Any], reading: Reading, ident: str) -> float | None:
    """The tolerance of a target: its own, else the practical threshold of its measure."""
    own = number(target.get("tolerance"))
    field = MEASURES[POSITIONS[ident]].threshold if ident in POSITIONS else None
    return number(reading.folder.setting(f"thresholds.{field}")) if own is None and field else own


def _asked(target: dict[str, Any], reading: Reading, ident: str) -> str:
    words, measure = reading.words, reading.measure(ident)
    least, most = number(target.get("at_least")), number(target.get("at_most"))
    limit = least if least is not None else most
    if limit is None:
        return ""
    places = 0 if limit == int(limit) else max(measure.decimals, 1)
    bound = words.with_unit(words.number(limit, places), measure.level_unit(words), limit)
    room = _tolerance(target, reading, ident)
    spare = ""
    if room:
        within = measure.limit(words, room)
        spare = words(f" (tolérance : {within})", f" (tolerance: {within})")
    if least is not None:
        return words(f"Objectif : {bound} au moins{spare}", f"Target: at least {bound}{spare}")
    return words(f"Objectif : {bound} au plus{spare}", f"Target: at most {bound}{spare}")


def _label(row: Any, words: Words) -> str:
    return str(row.get(words("label_fr", "label_en")) or row["design"])


def designs_section(reading: Reading) -> Section | None:
    """Every design tried: cost against service, the frontier, the one recommended and the next."""
    words = reading.words
    table = reading.folder.table("designs")
    service = str(reading.folder.setting("sizing.service") or HELPED)
    if not has(table, "design", COST, service, "frontier"):
        return None
    labels, common = _shortened([_label(row, words) for row in table.to_dict("records")])
    role = table["role"].fillna("") if "role" in table.columns else pd.Series("", index=table.index)
    frame = pd.DataFrame(
        {
            "label": [inert(text) for text in labels],
            "whole": labels,
            "cost": pd.to_numeric(table[COST]),
            "service": pd.to_numeric(table[service]),
            "frontier": table["frontier"].astype(str).str.lower().isin(["true", "1"]),
            "role": role.astype(str),
        }
    ).dropna(subset=["cost", "service"])
    if frame.empty:
        return None
    measure = reading.measure(service)
    named = {key: (words(fr, en), colour, symbol) for key, (fr, en, colour, symbol) in _ROLES.items()}
    present = [key for key in _ROLES if (frame["role"] == key).any()]
    parts = []
    for key in present:
        one = frame[frame["role"] == key].iloc[0]
        cost, value = words.euros(number(one["cost"])), measure.value(words, number(one["service"]))
        colon = words(" : ", ": ")
        parts.append(f"{named[key][0]} – {one['whole']}{colon}{cost}, {value}")
    tried = words.counted(
        len(frame), "organisation essayée|organisations essayées", "design tried|designs tried"
    )
    low, high = words.euros(float(frame["cost"].min())), words.euros(float(frame["cost"].max()))
    joined = words(" ; ", "; ").join(parts)
    sentence = words(
        f"{tried}, de {low} à {high} de reste à charge par an" + (f" ; {joined}." if joined else "."),
        f"{tried}, from {low} to {high} net cost a year" + (f"; {joined}." if joined else "."),
    )
    picture = Picture(
        ident="organisations",
        title=words(
            f"{measure.label(words)}, selon le reste à charge annuel : une marque par organisation",
            f"{measure.label(words)}, by net yearly cost: one mark a design",
        ),
        sentence=sentence,
        plot=Plot(
            figures.frontier,
            (frame, words),
            {"roles": {key: named[key] for key in present}, "decimals": measure.decimals},
        ),
        keys=(
            Key(
                words("Frontière : rien de mieux à ce coût", "Frontier: nothing better at this cost"),
                "ink",
                "line0",
            ),
            Key(words("Autre organisation", "Another design"), "muted", "dot"),
            *(Key(named[key][0], named[key][1], named[key][2]) for key in present),
        ),
        table=_designs_table(reading, table.assign(short=labels), service),
    )
    blocks: list[Block] = [picture]
    if common:
        blocks.insert(
            0,
            Paragraph(
                words(f"Communs à toutes : {common}.", f"Common to all: {common}."),
            ),
        )
    return Section("organisations", words("Les organisations essayées", "The designs tried"), tuple(blocks))


def _shortened(labels: list[str]) -> tuple[list[str], str]:
    """Labels without the parts that all of them share, and those parts."""
    parts = [label.split(", ") for label in labels]
    if len({len(one) for one in parts}) != 1 or len(labels) < 2:
        return labels, ""
    shared = [i for i in range(len(parts[0])) if len({one[i] for one in parts}) == 1]
    if len(shared) == len(parts[0]):
        return labels, ""
    kept = [", ".join(text for i, text in enumerate(one) if i not in shared) for one in parts]
    return kept, ", ".join(parts[0][i] for i in shared)


def _designs_table(reading: Reading, table: pd.DataFrame, service: str) -> Table:
    words = reading.words
    targets = reading.folder.setting("sizing.targets") or {}
    measures = [*targets, *(m for m in reading.decisions if m in table.columns)]
    idents = list(dict.fromkeys([COST, service, *(m for m in measures if m in table.columns)]))
    rows: list[list[Cell | str]] = []
    for row in table.sort_values(COST).to_dict("records"):
        role = _ROLES.get(str(row.get("role")))
        cells: list[Cell | str] = [
            str(row["short"]),
            words(role[0], role[1])
            if role
            else words("oui", "yes")
            if _is_true(row.get("frontier"))
            else words("non", "no"),
        ]
        for ident in idents:
            measure, half = reading.measure(ident), number(row.get(f"{ident}_half_width"))
            margin = f" ± {words.number(half, measure.decimals)}" if half is not None else ""
            cells.append(Cell(f"{words.number(number(row[ident]), measure.decimals)}{margin}", number=True))
        rows.append(cells)
    return Table(
        caption=words(
            "Toutes les organisations, de la moins chère à la plus chère", "All designs, cheapest first"
        ),
        headers=(
            words("Organisation", "Design"),
            words("Sur la frontière, ou rôle dans la réponse", "On the frontier, or part in the answer"),
            *(header_with_unit(reading, m) for m in idents),
        ),
        rows=rows,
        note=words(
            "± : de combien la moyenne peut bouger d'un côté ou de l'autre (intervalle à 95 %). Une "
            "organisation vite écartée n'a que quelques simulations : son intervalle est large.",
            "±: by how much the mean may move either way (95% interval). A design ruled out early has only a "
            "few simulations: its interval is wide.",
        ),
    )
