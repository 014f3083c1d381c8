"""What a measure is: one figure of a replication with its unit, formula, direction and words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Measure", "unit_in_french"]

_UNITS_FR = {
    "persons a year": "personnes par an",
    "persons": "personnes",
    "contacts a year": "venues par an",
    "minutes": "minutes",
    "%": "%",
    "persons a half-day": "personnes par demi-journée",
    "places a year": "places par an",
    "workshops a year": "ateliers par an",
    "passages a year": "passages par an",
    "days": "jours",
    "days a year": "jours par an",
    "hours a week": "heures par semaine",
    "hours a year": "heures par an",
    "hours a month": "heures par mois",
    "hours": "heures",
    "weeks a year": "semaines par an",
    "requests a year": "demandes par an",
    "requests": "demandes",
    "visits a year": "visites par an",
    "km a visit": "km par visite",
    "km a year": "km par an",
    "half-days a year": "demi-journées par an",
    "lunches a year": "pauses par an",
    "days in all communes": "jours, toutes communes",
    "index from 0 to 1": "indice de 0 à 1",
    "persons per 1 000 inhabitants a year": "personnes pour 1 000 habitants par an",
    "euros": "euros",
    "euros a year": "euros par an",
    "euros a person": "euros par personne",
    "kg CO2e a year": "kg CO2e par an",
}


def unit_in_french(unit: str) -> str:
    """The unit of a measure, in French.

    Raises
    ------
    KeyError
        When the unit has no French yet: add it here.
    """
    return _UNITS_FR[unit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One figure of a replication, in words.

    Attributes
    ----------
    id
        Short name, the same in tables, charts and report.
    unit
        In words; a yearly figure says so (a year is 365.25 days of the horizon). A `%` goes from
        0 to 100.
    formula
        An English sentence.
    denominator
        What the figure is divided by, or over what it is taken; empty for a plain count.
    direction
        1 when higher is better, -1 when lower is better, 0 when neither.
    decimals
        Decimals to show.
    threshold
        Field of `Settings.thresholds` that makes it a decision measure, or None.
    label_fr, label_en
        Its name for people.
    against_reference
        True when it only exists for a scenario beside the reference: no replication has a value.
    """

    id: str
    unit: str
    formula: str
    label_fr: str
    label_en: str
    denominator: str = ""
    direction: Literal[-1, 0, 1] = 0
    decimals: int = 0
    threshold: str | None = None
    against_reference: bool = False

    @property
    def decision(self) -> bool:
        """Whether it is one of the measures that a verdict is given on."""
        return self.threshold is not None

    @property
    def unit_fr(self) -> str:
        """The unit in French."""
        return unit_in_french(self.unit)
