"""Which parameters reproduce the attendance expected: targets met, fitted values, what stays unknown."""

from __future__ import annotations

from typing import Any

import pandas as pd
import yaml

from sim.report import figures
from sim.report.frames import has, number
from sim.report.reading import Reading
from sim.report.sections.answer import question
from sim.report.sentences import not_calibrated
from sim.report.view import Block, Cell, Lines, Paragraph, Picture, Plot, Section, Table
from sim.report.words import Words, inert

__all__ = ["calibration_answer", "fit_section", "open_section", "target_name", "values_section"]

# Targets as they stand in calibration.csv: in French, and where they come from.
_TARGETS = {
    "persons per planned half-day, months 1–12": (
        "Personnes par demi-journée prévue, mois 1 à 12",
        "services comparables au lancement : 1,5 à 2,5 (B)",
    ),
    "year 2 / year 1": (
        "Année 2 rapportée à l'année 1",
        "services comparables : 1,7 à 2 fois plus la deuxième année (B/C)",
    ),
    "persons per planned half-day at the plateau": (
        "Personnes par demi-journée prévue, une fois le service connu",
        "services comparables installés : 4,5 (C)",
    ),
    "awareness at month 24": (
        "Notoriété au 24e mois (part des habitants)",
        "services comparables : stable après 18 à 30 mois (B/C)",
    ),
    "visits a day per fixed structure, 250 days": (
        "Visites par jour et par France Services fixe, 250 jours",
        "Sénat, 2022 (A)",
    ),
    "share of needs given up": (
        "Part des besoins pour lesquels aucun lieu n'est choisi",
        "INSEE, 2021 : 32 % ont renoncé (A)",
    ),
    "sd of ln(site mean)": (
        "Écart-type du logarithme des moyennes par site",
        "loi lognormale, sigma d'environ 1,07 (B/C)",
    ),
}
_VALUES = {
    "multiplier_permanence": ("Attrait d'une permanence", "Attraction of a permanence"),
    "multiplier_fixed": ("Attrait d'une France Services fixe", "Attraction of a fixed France Services"),
    "gives_up_constant": ("Poids du choix « aucun lieu »", "Weight of the choice “no place”"),
    "midpoint_months": (
        "Mois où la moitié des habitants connaît le service",
        "Month when half know the service",
    ),
    "scale_months": ("Étalement de cette montée, mois", "Spread of that rise, months"),
    "place_effect_sigma": ("Dispersion de l'attrait entre lieux", "Spread of attraction between places"),
}


def _rows(reading: Reading) -> list[dict[Any, Any]]:
    table = reading.folder.table("calibration")
    if not has(table, "target", "low", "high", "tolerance", "expected", "deviation"):
        return []
    return table.to_dict("records")


def _name(row: dict[Any, Any], words: Words) -> str:
    return target_name(str(row["target"]), words)


def target_name(name: str, words: Words) -> str:
    """A target of calibration.csv in words."""
    known = _TARGETS.get(name)
    return words(known[0] if known else name, f"{name[:1].upper()}{name[1:]}")


def _source(row: dict[Any, Any], words: Words) -> Cell:
    known = _TARGETS.get(str(row["target"]))
    if known and words.language == "fr":
        return Cell(words(known[1], known[1]))
    return Cell(str(row.get("source") or "–"), language="en")


def calibration_answer(reading: Reading) -> Section | None:
    """The first screen: how many targets are met, on what they rest, what it costs."""
    words = reading.words
    rows = _rows(reading)
    if not rows:
        return None
    missed = [row for row in rows if abs(number(row["deviation"]) or 0.0) > 1]
    total = words.counted(len(rows), "cible|cibles", "target|targets")
    if missed:
        names = words.listed([f"« {_name(row, words)} »" for row in missed])
        lead = words(
            f"Le modèle atteint {len(rows) - len(missed)} des {total} à leur tolérance près ; pas {names}.",
            f"The model meets {len(rows) - len(missed)} of the {total} within their tolerance; not {names}.",
        )
    else:
        lead = words(
            f"Avec les valeurs ajustées, le modèle atteint les {total}, chacune à sa tolérance près.",
            f"With the fitted values, the model meets all {total}, each within its tolerance.",
        )
    blocks: list[Block] = [
        Paragraph(lead, "lead"),
        Paragraph(
            words(
                "Ces cibles viennent de services comparables : la fréquentation réelle de la cellule n'est "
                "pas "
                "connue.",
                "These targets come from comparable services: the cell's real attendance is not known.",
            ),
            "answer",
        ),
        Lines(
            (
                (
                    words("Le hasard", "Chance"),
                    words(
                        "L'ajustement porte sur des moyennes attendues, calculées sans tirage : il n'a pas "
                        "d'intervalle.",
                        "The fit is on expected means, worked out without drawing: it has no interval.",
                    ),
                ),
                (
                    words("Nos hypothèses", "Our assumptions"),
                    words(
                        "Ceci ne couvre pas nos hypothèses : d'autres valeurs donneraient presque les mêmes "
                        "totaux, et l'étude de sensibilité les fait varier.",
                        "This does not cover our assumptions: other values would give nearly the same "
                        "totals, "
                        "and the sensitivity study moves them.",
                    ),
                ),
                (
                    words("Le coût", "Cost"),
                    words(
                        "Un calage ne change aucun coût ; il change les personnes attendues dans les autres "
                        "études.",
                        "A calibration changes no cost; it changes the persons expected in other studies.",
                    ),
                ),
            )
        ),
        Paragraph(not_calibrated(words), "warning"),
    ]
    return Section("reponse", question(reading), tuple(blocks))


def fit_section(reading: Reading) -> Section | None:
    """Target by target: what is aimed at, what the fit gives, how far apart in tolerances."""
    words = reading.words
    rows = _rows(reading)
    if not rows:
        return None
    gaps = [number(row["deviation"]) or 0.0 for row in rows]
    frame = pd.DataFrame(
        {
            "label": [inert(_name(row, words)) for row in rows],
            "difference": gaps,
            "low": gaps,
            "high": gaps,
            "colour": figures.PLAIN,
            "symbol": "circle",
        }
    )
    worst = max(range(len(rows)), key=lambda i: abs(gaps[i]))
    far = words.number(abs(gaps[worst]), 2)
    picture = Picture(
        ident="cibles",
        title=words("Écart à chaque cible, en tolérances", "Distance from each target, in tolerances"),
        sentence=words(
            f"La cible la plus loin est « {_name(rows[worst], words)} » : {far} fois sa tolérance.",
            f"The farthest target is “{_name(rows[worst], words)}”: {far} times its tolerance.",
        ),
        plot=Plot(
            figures.differences,
            (frame, words),
            {"threshold": 1.0, "decimals": 2, "direction": 0, "bare": True},
        ),
        source=words("Bande grise : à moins d'une tolérance.", "Grey band: within one tolerance."),
        table=Table(
            caption=words("Cible par cible", "Target by target"),
            headers=(
                words("Cible", "Target"),
                words("Visée", "Aim"),
                words("Obtenue", "Fitted"),
                words("Tolérance", "Tolerance"),
                words("Écart, en tolérances", "Distance, in tolerances"),
                words("Source et confiance", "Source and confidence"),
            ),
            rows=[_target(row, words) for row in rows],
            is_open=True,
            stacked=True,
        ),
    )
    return Section("ajustement", words("Les cibles et ce qui est obtenu", "Targets and fit"), (picture,))


def _target(row: dict[Any, Any], words: Words) -> list[Cell | str]:
    low, high = number(row["low"]), number(row["high"])
    aim = (
        _three(low, words)
        if low == high
        else words(
            f"{_three(low, words)} à {_three(high, words)}", f"{_three(low, words)} to {_three(high, words)}"
        )
    )
    return [
        _name(row, words),
        Cell(aim, number=True),
        Cell(words.number(number(row["expected"]), 3), number=True),
        Cell(f"± {_three(number(row['tolerance']), words)}", number=True),
        Cell(words.signed(number(row["deviation"]), 2), number=True),
        _source(row, words),
    ]


def _three(value: float | None, words: Words) -> str:
    """A number with the fewest decimals up to three."""
    if value is None:
        return "–"
    places = next((d for d in range(3) if abs(round(value, d) - value) < 1e-9), 3)
    return words.number(value, places)


def values_section(reading: Reading) -> Section | None:
    """The fitted values, which the other studies of the territory use."""
    words = reading.words
    path = reading.folder.path / "calibrated.yaml"
    if not path.is_file():
        return None
    values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    flat = {k: v for k, v in values.items() if not isinstance(v, dict)}
    for inner in values.values():
        flat |= inner if isinstance(inner, dict) else {}
    rows: list[list[Cell | str]] = [
        [
            words(*_VALUES[name]) if name in _VALUES else str(name),
            Cell(words.number(number(value), 3), number=True),
        ]
        for name, value in flat.items()
    ]
    return Section(
        "valeurs",
        words("Les valeurs ajustées", "The fitted values"),
        (
            Paragraph(
                words(
                    "Les autres études de ce territoire les utilisent. Seuls les rapports d'attrait "
                    "comptent : "
                    "celui d'une permanence vaut 1 par convention.",
                    "The other studies of this territory use them. Only ratios of attraction matter: that of "
                    "a permanence is 1 by convention.",
                )
            ),
            Table(
                caption=words("Valeurs ajustées", "Fitted values"),
                headers=(words("Paramètre", "Parameter"), words("Valeur", "Value")),
                rows=rows,
                is_open=True,
            ),
        ),
    )


def open_section(reading: Reading) -> Section:
    """What the targets cannot tell."""
    words = reading.words
    items = (
        words(
            "Une montée en notoriété plus tardive et plus raide, ou plus précoce et plus lente, donne "
            "presque "
            "les mêmes moyennes annuelles.",
            "A later, steeper rise of awareness and an earlier, slower one give nearly the same yearly "
            "means.",
        ),
        words(
            "Les besoins par habitant, le poids des heures et celui de la distance ne se distinguent pas de "
            "l'attrait des lieux par ces totaux.",
            "Needs per person, the weight of hours and that of distance cannot be told from the attraction "
            "of "
            "places by these totals.",
        ),
        words(
            "Rien ici ne dit quelle commune attire plus que sa population et ses distances ne le laissent "
            "attendre.",
            "Nothing here says which commune attracts more than its population and distances suggest.",
        ),
    )
    return Section(
        "reste",
        words("Ce que les cibles ne disent pas", "What the targets cannot tell"),
        (Lines(tuple(("", text) for text in items)),),
    )
