"""Net effect: who is helped where, by the cell or not, and who is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.measures.context import DAY_S, YEAR_DAYS, Floats, Ints, MeasureContext
from sim.measures.estimators import ratio
from sim.measures.measure import Measure
from sim.models.facts import DESTINATIONS, HOME_OUTCOMES, Facts

if TYPE_CHECKING:
    from sim.measures.flows import Flows
    from sim.measures.persons import PersonCounts

__all__ = [
    "NET",
    "NOWHERE",
    "communes_table",
    "destination_positions",
    "end_positions",
    "ends",
    "net",
    "positions_of_nowhere",
    "request_ends",
]

ITINERANT, HOME, FIXED, MSA_ROUND, GAVE_UP, LOST, WAITING = range(len(DESTINATIONS))
DONE, NO_SHOW, CANCELLED_BY_PERSON, REFUSED, REDIRECTED, BACKLOG = range(len(HOME_OUTCOMES))

# The ends that are no place.
NOWHERE = (HOME, GAVE_UP, LOST, WAITING)
# Where a request for a home visit ended; a redirected one is counted as its need.
_HOME_DESTINATION = np.array([HOME, GAVE_UP, GAVE_UP, LOST, -1, WAITING], np.int64)

NET: tuple[Measure, ...] = (
    Measure(
        id="persons_helped",
        unit="persons a year",
        formula=(
            "Persons whose need ended at a permanence, at a fixed France Services or at the MSA's round, "
            "and home visits done."
        ),
        denominator="years of the horizon",
        direction=1,
        threshold="persons_helped_share",
        label_fr="Personnes aidées, tous lieux confondus",
        label_en="Persons helped, all places together",
    ),
    Measure(
        id="persons_helped_by_cell",
        unit="persons a year",
        formula="Persons served at least once at a permanence, and home visits done.",
        denominator="years of the horizon",
        direction=1,
        label_fr="Personnes aidées par la cellule",
        label_en="Persons helped by the cell",
    ),
    Measure(
        id="helped_from_fixed",
        unit="persons a year",
        formula=(
            "Persons served at a permanence who, had there been no permanence, would have gone to a fixed"
            " France Services."
        ),
        denominator="years of the horizon",
        label_fr="Aidées par la cellule, seraient allées à une France Services fixe",
        label_en="Helped by the cell, would have gone to a fixed France Services",
    ),
    Measure(
        id="helped_from_msa_round",
        unit="persons a year",
        formula=(
            "Persons served at a permanence who, had there been no permanence, would have gone to the "
            "MSA's round."
        ),
        denominator="years of the horizon",
        label_fr="Aidées par la cellule, seraient allées à la tournée de la MSA",
        label_en="Helped by the cell, would have gone to the MSA's round",
    ),
    Measure(
        id="helped_from_nowhere",
        unit="persons a year",
        formula=(
            "Persons served at a permanence who, had there been no permanence, would have chosen no place."
        ),
        denominator="years of the horizon",
        direction=1,
        label_fr="Aidées par la cellule, ne seraient allées nulle part",
        label_en="Helped by the cell, would have gone nowhere",
    ),
    Measure(
        id="helped_at_permanences",
        unit="persons a year",
        formula="Persons served at least once at a permanence.",
        denominator="years of the horizon",
        direction=1,
        label_fr="Personnes aidées en permanence",
        label_en="Persons helped at permanences",
    ),
    Measure(
        id="helped_at_home",
        unit="persons a year",
        formula="Home visits done.",
        denominator="years of the horizon",
        direction=1,
        label_fr="Personnes aidées à domicile",
        label_en="Persons helped at home",
    ),
    Measure(
        id="helped_at_fixed",
        unit="persons a year",
        formula=(
            "Persons whose need ended at a fixed France Services, chosen at once or after a contact with "
            "the cell."
        ),
        denominator="years of the horizon",
        label_fr="Personnes aidées dans une France Services fixe",
        label_en="Persons helped at a fixed France Services",
    ),
    Measure(
        id="helped_at_msa_round",
        unit="persons a year",
        formula="Persons whose need ended at the MSA's round.",
        denominator="years of the horizon",
        label_fr="Personnes aidées par la tournée de la MSA",
        label_en="Persons helped by the MSA's round",
    ),
    Measure(
        id="gave_up",
        unit="persons a year",
        formula=(
            "Persons who chose no place, and home-visit requests that the person cancelled or where "
            "nobody was found."
        ),
        denominator="years of the horizon",
        direction=-1,
        label_fr="N'ont choisi aucun lieu, ou n'ont pas maintenu leur demande",
        label_en="Chose no place, or did not keep their request",
    ),
    Measure(
        id="lost",
        unit="persons a year",
        formula=(
            "Persons not served at the cell who neither came back nor went elsewhere, and home-visit "
            "requests without a slot."
        ),
        denominator="years of the horizon",
        direction=-1,
        label_fr="N'ont pas pu être reçus et ne sont pas revenus",
        label_en="Could not be received and did not come back",
    ),
    Measure(
        id="waiting_at_end",
        unit="persons",
        formula="Persons still waiting for a passage or a home visit on the last day of the horizon.",
        direction=-1,
        label_fr="Attendent encore au dernier jour",
        label_en="Still waiting on the last day",
    ),
    Measure(
        id="needs",
        unit="persons a year",
        formula="Needs and home-visit requests drawn, a redirected request counted once, as its need.",
        denominator="years of the horizon",
        label_fr="Besoins, tous lieux confondus",
        label_en="Needs, all places together",
    ),
    Measure(
        id="days_to_first_passage",
        unit="days",
        formula=(
            "Mean time from the need to the announced opening of the first passage that the person could "
            "take."
        ),
        denominator="persons who chose a permanence and whom a passage still follows",
        direction=-1,
        decimals=1,
        label_fr="Jours entre le besoin et le premier passage",
        label_en="Days from the need to the first passage",
    ),
    Measure(
        id="days_to_help",
        unit="days",
        formula="Mean time from the need to the start of the first service at a permanence.",
        denominator="persons served at a permanence",
        direction=-1,
        decimals=1,
        label_fr="Jours entre le besoin et l'aide en permanence",
        label_en="Days from the need to help at a permanence",
    ),
    Measure(
        id="reach",
        unit="persons per 1 000 inhabitants a year",
        formula="Persons served at permanences over the inhabitants of the communes that have a permanence.",
        denominator="thousands of inhabitants of the communes served, years of the horizon",
        direction=1,
        label_fr="Personnes reçues pour 1 000 habitants des communes desservies",
        label_en="Persons served per 1 000 inhabitants of the communes served",
    ),
    Measure(
        id="reach_without_largest",
        unit="persons per 1 000 inhabitants a year",
        formula=(
            "The same, leaving out the most populated commune served: its permanences and its inhabitants."
        ),
        denominator="thousands of inhabitants of the other communes served, years of the horizon",
        direction=1,
        label_fr="Personnes reçues pour 1 000 habitants, sans la plus grande commune",
        label_en="Persons served per 1 000 inhabitants, without the largest commune",
    ),
)


def communes_table(facts: Facts, counts: PersonCounts) -> Floats:
    """Needs and home-visit requests by commune of residence and where they ended, shape (C, destinations)."""
    requests, table = facts.home_visits, counts.destinations.copy()
    ended = _HOME_DESTINATION[requests.outcome]
    kept = ended >= 0
    np.add.at(table, (requests.home[kept], ended[kept]), 1)
    return table.astype(np.float64)


def ends(alternatives: tuple[str, ...]) -> tuple[str, ...]:
    """Columns of `flows.Flows`: the alternatives, then the ends that are none of them."""
    return (*alternatives, *(DESTINATIONS[kind] for kind in NOWHERE))


def positions_of_nowhere(places: int) -> Ints:
    """By kind of end, its position in `ends` when it is no place, -1 when it is; `places` alternatives."""
    nowhere = np.full(len(DESTINATIONS), -1, np.int64)
    nowhere[list(NOWHERE)] = places + np.arange(len(NOWHERE))
    return nowhere


def end_positions(facts: Facts) -> tuple[Ints, Ints]:
    """Where each need and each home-visit request ended, positions in `ends`; -1 for a redirected request."""
    named = positions_of_nowhere(len(facts.alternatives))[facts.persons.destination]
    return np.where(named >= 0, named, facts.persons.ended_at), request_ends(facts)


def request_ends(facts: Facts) -> Ints:
    """Where each home-visit request ended, a position in `ends`; -1 when redirected."""
    ended = _HOME_DESTINATION[facts.home_visits.outcome]
    return np.where(ended >= 0, positions_of_nowhere(len(facts.alternatives))[ended], -1)


def destination_positions(facts: Facts) -> tuple[Ints, Ints]:
    """The kind of place where each need and request ended, positions in `DESTINATIONS`; -1 if redirected."""
    return facts.persons.destination, _HOME_DESTINATION[facts.home_visits.outcome]


def net(
    facts: Facts, context: MeasureContext, counts: PersonCounts, communes: Floats, flows: Flows
) -> dict[str, float]:
    """Values of `NET`; `communes` is `communes_table`, `flows` is `flows_of`."""
    years = facts.days / YEAR_DAYS
    total = communes.sum(axis=0)
    by_cell = total[ITINERANT] + total[HOME]
    otherwise = counts.otherwise
    population = context.population[context.itinerant].sum()
    largest = context.largest
    name = f"permanence:{context.communes[largest]}"
    at_largest = flows.at(facts.alternatives.index(name)) if name in facts.alternatives else 0.0
    elsewhere = total[ITINERANT] - at_largest
    return {
        "persons_helped": (by_cell + total[FIXED] + total[MSA_ROUND]) / years,
        "persons_helped_by_cell": by_cell / years,
        "helped_from_fixed": otherwise[FIXED] / years,
        "helped_from_msa_round": otherwise[MSA_ROUND] / years,
        "helped_from_nowhere": otherwise[GAVE_UP] / years,
        "helped_at_permanences": total[ITINERANT] / years,
        "helped_at_home": total[HOME] / years,
        "helped_at_fixed": total[FIXED] / years,
        "helped_at_msa_round": total[MSA_ROUND] / years,
        "gave_up": total[GAVE_UP] / years,
        "lost": total[LOST] / years,
        "waiting_at_end": total[WAITING],
        "needs": total.sum() / years,
        "days_to_first_passage": ratio(counts.expected_s, counts.expected) / DAY_S,
        "days_to_help": ratio(counts.helped_s, counts.helped) / DAY_S,
        "reach": ratio(1000.0 * total[ITINERANT], population * years),
        "reach_without_largest": ratio(
            1000.0 * elsewhere, (population - context.population[largest]) * years
        ),
    }
