"""The desk: contacts by outcome, waits, use of the agents' time, workshops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.measures.context import DAY_S, YEAR_DAYS, Floats, Ints, MeasureContext
from sim.measures.estimators import distinct, mean, quantile, ratio
from sim.measures.measure import Measure
from sim.models.facts import OUTCOMES, REASONS, Facts
from sim.settings import NEEDS

__all__ = ["DESK", "DESK_KINDS", "Desk", "desk", "desk_of", "kinds_table", "site_desks"]

SERVED, RENEGED, TURNED_AWAY, REFUSED, NOT_SERVED_HERE, DOOR_CLOSED = range(len(OUTCOMES))
FIRST = REASONS.index("first")
FOLLOW_UP = REASONS.index("follow_up")
SELF_SERVICE_POST = -2
# Columns of the tables by need and by operator.
DESK_KINDS = ("persons_needing", "persons_helped", "contacts_arrived", "contacts_served", "wait_mean")

DESK: tuple[Measure, ...] = (
    Measure(
        id="persons_expected",
        unit="persons a year",
        formula="Persons who chose a permanence and whom a passage still follows.",
        denominator="years of the horizon",
        label_fr="Personnes attendues en permanence",
        label_en="Persons expected at permanences",
    ),
    Measure(
        id="persons_arrived",
        unit="persons a year",
        formula="Distinct persons who came to a permanence at least once, found open or not.",
        denominator="years of the horizon",
        label_fr="Personnes venues en permanence",
        label_en="Persons who came to a permanence",
    ),
    Measure(
        id="contacts_arrived",
        unit="contacts a year",
        formula="Contacts of all outcomes: each time a person comes to a permanence.",
        denominator="years of the horizon",
        label_fr="Venues en permanence",
        label_en="Contacts at permanences",
    ),
    Measure(
        id="contacts_first",
        unit="contacts a year",
        formula="Contacts that are the person's first.",
        denominator="years of the horizon",
        label_fr="Premières venues",
        label_en="First contacts",
    ),
    Measure(
        id="contacts_return",
        unit="contacts a year",
        formula=(
            "Contacts of persons who come back: not served the time before, or for the rest of an "
            "unsolved need."
        ),
        denominator="years of the horizon",
        label_fr="Venues de retour",
        label_en="Return contacts",
    ),
    Measure(
        id="contacts_served",
        unit="contacts a year",
        formula="Contacts with outcome served.",
        denominator="years of the horizon",
        direction=1,
        label_fr="Venues reçues",
        label_en="Contacts served",
    ),
    Measure(
        id="contacts_reneged",
        unit="contacts a year",
        formula="Contacts with outcome reneged: patience ended before a start.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Parties avant leur tour",
        label_en="Left before their turn",
    ),
    Measure(
        id="contacts_turned_away",
        unit="contacts a year",
        formula="Contacts with outcome turned_away: still in the queue when no service may start any more.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Encore en file à la fin de la permanence",
        label_en="Still in the queue at the end",
    ),
    Measure(
        id="contacts_refused",
        unit="contacts a year",
        formula="Contacts with outcome refused: arrived at or after closing.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Arrivées après la fermeture",
        label_en="Arrived after closing",
    ),
    Measure(
        id="contacts_not_served_here",
        unit="contacts a year",
        formula="Contacts with outcome not_served_here: no server of this permanence can serve the need.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Venues pour un besoin que ce passage ne couvre pas",
        label_en="Came for a need this passage does not cover",
    ),
    Measure(
        id="contacts_door_closed",
        unit="contacts a year",
        formula=(
            "Contacts with outcome door_closed: came to a passage cancelled on the morning, not having "
            "been told."
        ),
        denominator="years of the horizon",
        direction=-1,
        label_fr="Venues un jour de passage annulé",
        label_en="Came on the day of a cancelled passage",
    ),
    Measure(
        id="served_share",
        unit="%",
        formula="Contacts served over contacts arrived (the service rate).",
        denominator="contacts arrived",
        direction=1,
        decimals=1,
        label_fr="Part des venues reçues",
        label_en="Share of contacts served",
    ),
    Measure(
        id="wait_mean",
        unit="minutes",
        formula="Mean of start − max(arrival, announced opening).",
        denominator="contacts served",
        direction=-1,
        decimals=1,
        label_fr="Attente sur place, moyenne",
        label_en="Wait on site, mean",
    ),
    Measure(
        id="wait_p50",
        unit="minutes",
        formula="Inverted-CDF median of start − max(arrival, announced opening).",
        denominator="contacts served",
        direction=-1,
        decimals=1,
        label_fr="Attente sur place, une personne sur deux",
        label_en="Wait on site, one person in two",
    ),
    Measure(
        id="wait_p90",
        unit="minutes",
        formula="Inverted-CDF 90 % quantile of start − max(arrival, announced opening).",
        denominator="contacts served",
        direction=-1,
        decimals=1,
        threshold="wait_p90_min",
        label_fr="Attente sur place, 9 personnes sur 10",
        label_en="Wait on site, 9 persons in 10",
    ),
    Measure(
        id="served_within_15",
        unit="%",
        formula=(
            "Contacts served after a wait of at most 15 minutes over contacts admitted (served, reneged, "
            "turned away)."
        ),
        denominator="contacts admitted to the queue",
        direction=1,
        decimals=1,
        label_fr="Reçues dans les 15 minutes",
        label_en="Served within 15 minutes",
    ),
    Measure(
        id="served_within_20",
        unit="%",
        formula=(
            "Contacts served after a wait of at most 20 minutes over contacts admitted (served, reneged, "
            "turned away)."
        ),
        denominator="contacts admitted to the queue",
        direction=1,
        decimals=1,
        label_fr="Reçues dans les 20 minutes",
        label_en="Served within 20 minutes",
    ),
    Measure(
        id="served_within_30",
        unit="%",
        formula=(
            "Contacts served after a wait of at most 30 minutes over contacts admitted (served, reneged, "
            "turned away)."
        ),
        denominator="contacts admitted to the queue",
        direction=1,
        decimals=1,
        label_fr="Reçues dans les 30 minutes",
        label_en="Served within 30 minutes",
    ),
    Measure(
        id="served_per_half_day",
        unit="persons a half-day",
        formula="Contacts served over passages held.",
        denominator="passages held",
        decimals=1,
        label_fr="Personnes reçues par demi-journée tenue",
        label_en="Persons served per half-day held",
    ),
    Measure(
        id="busy_share_fs",
        unit="%",
        formula=(
            "Seconds in service of France Services agents over their crewed window seconds, both counted "
            "to closing."
        ),
        denominator="window seconds of France Services agents",
        decimals=1,
        label_fr="Part de l'ouverture passée avec une personne, agents France Services",
        label_en="Share of opening spent with a person, France Services agents",
    ),
    Measure(
        id="busy_share_cn",
        unit="%",
        formula=(
            "Seconds in service of conseillers numériques over their crewed window seconds, both counted "
            "to closing."
        ),
        denominator="window seconds of conseillers numériques",
        decimals=1,
        label_fr="Part de l'ouverture passée avec une personne, conseillers numériques",
        label_en="Share of opening spent with a person, conseillers numériques",
    ),
    Measure(
        id="busy_share",
        unit="%",
        formula=(
            "Seconds in service of all agents, the coordinator included, over their crewed window "
            "seconds, both counted to closing."
        ),
        denominator="window seconds of all agents",
        decimals=1,
        label_fr="Part de l'ouverture passée avec une personne, tous agents",
        label_en="Share of opening spent with a person, all agents",
    ),
    Measure(
        id="self_service_uses",
        unit="contacts a year",
        formula="Contacts served by a self-service post.",
        denominator="years of the horizon",
        label_fr="Utilisations d'un poste en libre accès",
        label_en="Uses of a self-service post",
    ),
    Measure(
        id="workshops_held",
        unit="workshops a year",
        formula="Workshops held.",
        denominator="years of the horizon",
        direction=1,
        label_fr="Ateliers tenus",
        label_en="Workshops held",
    ),
    Measure(
        id="workshop_places",
        unit="places a year",
        formula="Sign-ups taken up to capacity, at workshops held.",
        denominator="years of the horizon",
        direction=1,
        label_fr="Places prises en atelier",
        label_en="Workshop places taken",
    ),
    Measure(
        id="oriented",
        unit="persons a year",
        formula="Contacts served whose need is social orientation: oriented to the maison des solidarités.",
        denominator="years of the horizon",
        label_fr="Personnes orientées vers la maison des solidarités",
        label_en="Persons oriented to the maison des solidarités",
    ),
    Measure(
        id="solved_on_the_spot",
        unit="%",
        formula=(
            "Persons whose first service needed no return contact, among those first served early enough "
            "for the return to be seen."
        ),
        denominator="persons first served at least `desk.choose_again_weeks` before the end of the horizon",
        direction=1,
        decimals=1,
        label_fr="Besoins réglés dès la première fois",
        label_en="Solved on the spot",
    ),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """Per contact: whether it was served, after how long a wait, at which site.

    `wait_s` is start − max(arrival, announced opening), meaningless where not served.
    """

    served: NDArray[np.bool_]
    wait_s: Ints
    site: Ints


def desk_of(facts: Facts) -> Desk:
    """The columns that several figures of the desk share."""
    visits = facts.visits
    announced = facts.passages.announced_open_s[visits.passage]
    return Desk(
        visits.outcome == SERVED,
        visits.start_s - np.maximum(visits.arrival_s, announced),
        facts.passages.site[visits.passage],
    )


def _busy(facts: Facts, served: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Seconds in service and seconds of windows, by trade (the coordinator third), counted to closing."""
    visits, windows = facts.visits, facts.windows
    close = facts.passages.close_s

    def to_closing(passage: Ints, server: Ints, start: Ints, end: Ints) -> Floats:
        closes = close[passage]
        seconds = (np.minimum(end, closes) - np.minimum(start, closes)).astype(np.float64)
        return np.bincount(facts.agent_trades[server], weights=seconds, minlength=3).astype(np.float64)

    v = np.flatnonzero(served & (visits.server >= 0))
    w = np.flatnonzero(windows.server >= 0)
    return (
        to_closing(visits.passage[v], visits.server[v], visits.start_s[v], visits.end_s[v]),
        to_closing(windows.passage[w], windows.server[w], windows.from_s[w], windows.to_s[w]),
    )


def _solved_on_the_spot(facts: Facts, context: MeasureContext, desk: Desk) -> float:
    """Share of persons without a follow-up contact, among those served early enough for one to be seen."""
    visits = facts.visits
    last = facts.days - 7 * context.settings.desk.choose_again_weeks
    follow_up = visits.reason == FOLLOW_UP
    early = desk.served & ~follow_up & (facts.passages.day[visits.passage] < last)
    persons = distinct(visits.person_id[early])
    again = np.isin(persons, distinct(visits.person_id[follow_up]), assume_unique=True)
    return 1.0 - ratio(np.count_nonzero(again), persons.size)


def desk(facts: Facts, context: MeasureContext, desk: Desk, held: int, expected: int) -> dict[str, float]:
    """Values of `DESK`; `held` counts the passages held, `expected` the persons expected at permanences."""
    years = facts.days / YEAR_DAYS
    visits = facts.visits
    outcomes = np.bincount(visits.outcome, minlength=len(OUTCOMES))
    served = int(outcomes[SERVED])
    admitted = served + int(outcomes[RENEGED] + outcomes[TURNED_AWAY])
    waits = desk.wait_s[desk.served]
    busy, crewed = _busy(facts, desk.served)
    first = np.count_nonzero(visits.reason == FIRST)
    held_workshops = facts.workshops.agent >= 0
    return {
        "persons_expected": expected / years,
        "persons_arrived": distinct(visits.person_id).size / years,
        "contacts_arrived": visits.outcome.size / years,
        "contacts_first": first / years,
        "contacts_return": (visits.outcome.size - first) / years,
        **{f"contacts_{name}": outcomes[i] / years for i, name in enumerate(OUTCOMES)},
        "served_share": 100.0 * ratio(served, visits.outcome.size),
        "wait_mean": mean(waits) / 60.0,
        "wait_p50": quantile(waits, 0.5) / 60.0,
        "wait_p90": quantile(waits, 0.9) / 60.0,
        **{
            f"served_within_{minutes}": 100.0 * ratio(np.count_nonzero(waits <= minutes * 60), admitted)
            for minutes in (15, 20, 30)
        },
        "served_per_half_day": ratio(served, held),
        "busy_share_fs": 100.0 * ratio(busy[0], crewed[0]),
        "busy_share_cn": 100.0 * ratio(busy[1], crewed[1]),
        "busy_share": 100.0 * ratio(busy.sum(), crewed.sum()),
        "self_service_uses": np.count_nonzero(desk.served & (visits.server <= SELF_SERVICE_POST)) / years,
        "workshops_held": np.count_nonzero(held_workshops) / years,
        "workshop_places": facts.workshops.places[held_workshops].sum() / years,
        "oriented": np.count_nonzero(desk.served & (visits.need == NEEDS.index("social_orientation")))
        / years,
        "solved_on_the_spot": 100.0 * _solved_on_the_spot(facts, context, desk),
    }


def site_desks(facts: Facts, desk: Desk, sites: int) -> tuple[Floats, Floats, Floats]:
    """By site: contacts by outcome, persons who came and who were served, mean and P90 wait in minutes.

    Returns
    -------
    tuple of ndarray
        Shapes (sites, outcomes), (sites, 2) and (sites, 2).
    """
    visits = facts.visits
    outcomes = np.bincount(desk.site * len(OUTCOMES) + visits.outcome, minlength=sites * len(OUTCOMES))
    persons = np.empty((sites, 2))
    key = visits.person_id * sites + desk.site
    persons[:, 0] = np.bincount(distinct(key) % sites, minlength=sites)
    persons[:, 1] = np.bincount(distinct(key[desk.served]) % sites, minlength=sites)

    # Sorted by site, then by wait: one number holds both, a wait being shorter than a day.
    ordered = np.sort(desk.site[desk.served] * DAY_S + desk.wait_s[desk.served])
    site, wait = np.divmod(ordered, DAY_S)
    count = np.bincount(site, minlength=sites)
    waits = np.full((sites, 2), np.nan)
    some = count > 0
    waits[some, 0] = np.bincount(site, weights=wait, minlength=sites)[some] / count[some] / 60.0
    rank = np.cumsum(count) - count + np.maximum(np.ceil(0.9 * count - 1e-9).astype(np.int64) - 1, 0)
    waits[some, 1] = wait[rank[some]] / 60.0
    return outcomes.reshape(sites, -1).astype(np.float64), persons, waits


def kinds_table(desk: Desk, persons: Ints, visit_kind: Ints) -> Floats:
    """Columns `DESK_KINDS` by kind of need or by operator, whole horizon, shape (kinds, columns).

    `persons` holds those who have each kind and those helped, shape (kinds, 2); contacts without a kind
    (-1) are left out.
    """
    kinds = len(persons)
    came, received = visit_kind + 1, visit_kind[desk.served] + 1
    count = np.bincount(received, minlength=kinds + 1)[1:]
    waits = np.bincount(received, weights=desk.wait_s[desk.served], minlength=kinds + 1)[1:]
    table = np.full((kinds, len(DESK_KINDS)), np.nan)
    table[:, :2] = persons
    table[:, 2] = np.bincount(came, minlength=kinds + 1)[1:]
    table[:, 3] = count
    some = count > 0
    table[some, 4] = waits[some] / count[some] / 60.0
    return table
