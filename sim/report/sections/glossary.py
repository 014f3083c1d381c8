"""The words of the page explained in plain words: those that the page uses, in the order of the alphabet."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass

from sim.report.reading import Reading
from sim.report.view import Lines, Paragraph, Plot, Section

__all__ = ["TERMS", "Term", "glossary_section", "texts_of"]


@dataclass(frozen=True)
class Term:
    """A term in both languages, what the page is searched for, and what it means."""

    fr: str
    en: str
    seen_fr: tuple[str, ...]
    seen_en: tuple[str, ...]
    means_fr: str
    means_en: str


TERMS = (
    Term(
        "Amplitude",
        "Amplitude",
        ("amplitude",),
        ("amplitude",),
        "Temps entre le départ d'un agent le matin et son retour le soir, pause comprise.",
        "Time from an agent's start in the morning to the return in the evening, break included.",
    ),
    Term(
        "Libre-service",
        "Self-service",
        ("libre-service",),
        ("self-service",),
        "Un poste informatique que la personne utilise seule, un agent restant à portée.",
        "A computer that a person uses alone, an agent being at hand.",
    ),
    Term(
        "Base « voté », base « simulé »",
        "Basis “voted”, basis “simulated”",
        ("base « voté",),
        ("basis “voted",),
        "Le budget tel que l'assemblée l'a voté ; le même budget avec le carburant des kilomètres que la "
        "simulation fait parcourir.",
        "The budget as the assembly voted it; the same with the fuel of the kilometres that the simulation "
        "drives.",
    ),
    Term(
        "Confiance A, B ou C",
        "Confidence A, B or C",
        ("confiance",),
        ("confidence",),
        "D'où vient une valeur : A, un texte officiel ou des données lues directement ; B, une source "
        "secondaire ; C, une déduction ou une supposition.",
        "Where a value comes from: A, an official text or data read directly; B, a secondary source; C, "
        "derived or assumed.",
    ),
    Term(
        "Contrats aidés (CUI)",
        "Subsidised contracts (CUI)",
        ("subvention cui", "(cui)"),
        ("cui grant", "(cui)"),
        "Des emplois dont l'État paie une partie du salaire.",
        "Jobs of which the State pays part of the wage.",
    ),
    Term(
        "Criblage de Morris",
        "Morris screening",
        ("morris",),
        ("morris",),
        "Une façon de bouger les hypothèses une par une, à partir de beaucoup de points de départ, pour voir "
        "lesquelles comptent sans les essayer toutes ensemble.",
        "A way of moving assumptions one by one, from many starting points, to see which ones matter without "
        "trying all combinations.",
    ),
    Term(
        "Demande à domicile, délai",
        "Home request, lead time",
        ("délai à domicile",),
        ("home lead time",),
        "Jours entre la demande d'une visite à domicile et la visite. Le délai pour 9 demandes sur 10 est "
        "calculé dans chaque simulation ; le chiffre donné en est la moyenne.",
        "Days from the request for a home visit to the visit. The time for 9 requests in 10 is worked out in "
        "each simulation; the figure given is the mean of these.",
    ),
    Term(
        "Demi-journée",
        "Half-day",
        ("demi-journée",),
        ("half-day",),
        "Une matinée ou un après-midi de travail d'un véhicule ou d'une équipe.",
        "A working morning or afternoon of a vehicle or a crew.",
    ),
    Term(
        "Émissions en CO2e",
        "Emissions in CO2e",
        ("co2e",),
        ("co2e",),
        "Tous les gaz qui réchauffent le climat, comptés comme la quantité de gaz carbonique de même effet.",
        "All gases that warm the climate, counted as the amount of carbon dioxide of the same effect.",
    ),
    Term(
        "Équipe, paire",
        "Team, pair",
        ("équipe", "paire"),
        ("team", "pair"),
        "Un véhicule et deux agents : un agent France Services et un conseiller numérique. La paire désigne "
        "les deux agents.",
        "A vehicle and two agents: a France Services agent and a conseiller numérique. The pair is the two "
        "agents.",
    ),
    Term(
        "Erreur type",
        "Standard error",
        ("erreur type",),
        ("standard error",),
        "De combien un chiffre calculé sur un nombre limité d'essais s'écarte d'ordinaire de ce que "
        "donneraient une infinité d'essais.",
        "By how much a figure from a limited number of trials usually differs from what endless trials would "
        "give.",
    ),
    Term(
        "FNADT",
        "FNADT",
        ("fnadt",),
        ("fnadt",),
        "Fonds de l'État pour l'aménagement du territoire ; il verse la subvention du label France Services.",
        "State fund for regional development; it pays the grant of the France Services label.",
    ),
    Term(
        "Frontière",
        "Frontier",
        ("frontière",),
        ("frontier",),
        "Les organisations qu'aucune autre ne bat à la fois sur le coût et sur le service.",
        "The designs that no other beats both on cost and on service.",
    ),
    Term(
        "Graine",
        "Seed",
        ("graine",),
        ("seed",),
        "Le nombre d'où partent les tirages au hasard : la même graine redonne les mêmes chiffres.",
        "The number that random draws start from: the same seed gives exactly the same figures again.",
    ),
    Term(
        "Hasard",
        "Chance",
        ("hasard",),
        ("chance",),
        "Ce qui change d'une simulation à l'autre sans que nos hypothèses changent : qui vient, quand, qui "
        "est malade, quelle voiture tombe en panne.",
        "What changes from one simulation to another while assumptions stay: who comes, when, who is ill, "
        "which car breaks down.",
    ),
    Term(
        "Hypothèse",
        "Assumption",
        ("hypothèse",),
        ("assumption",),
        "Une valeur que personne n'a mesurée ici et que l'étude suppose, avec sa fourchette : le plus bas et "
        "le plus haut vraisemblables.",
        "A value that nobody has measured here and that the study supposes, with its range: the lowest and "
        "highest likely.",
    ),
    Term(
        "Intervalle à 95 %",
        "95% interval",
        ("intervalle",),
        ("interval",),
        "Entre ces deux nombres se trouve, 95 fois sur 100, la moyenne que donneraient une infinité de "
        "simulations.",
        "Between these two numbers lies, 95 times in 100, the mean that endless simulations would give.",
    ),
    Term(
        "Intervalle qui décide",
        "Interval that decides",
        ("qui décide", "valable pour toutes"),
        ("that decides", "valid for all"),
        "Plus large que l'intervalle d'une comparaison seule : élargi pour que toutes les comparaisons "
        "de l'étude soient justes à la fois, 95 fois sur 100.",
        "Wider than the interval of one comparison alone: it is widened so that all the comparisons of the "
        "study are right at once, 95 times in 100.",
    ),
    Term(
        "Indices de Sobol",
        "Sobol indices",
        ("sobol",),
        ("sobol",),
        "Une façon de partager les variations d'un résultat entre les hypothèses qui les causent.",
        "A way of sharing the variation of a result among the assumptions that cause it.",
    ),
    Term(
        "Kaplan-Meier",
        "Kaplan–Meier",
        ("kaplan",),
        ("kaplan",),
        "Une façon de compter les délais qui n'oublie pas les demandes encore en attente le dernier jour.",
        "A way of counting delays that does not forget the requests still waiting on the last day.",
    ),
    Term(
        "Modèle de Huff",
        "Huff's model",
        ("huff",),
        ("huff",),
        "Un lieu attire d'autant plus qu'il est ouvert longtemps et qu'il est proche ; un habitant a donc "
        "plus ou moins de chances d'aller dans chacun.",
        "A place attracts the more, the longer it is open and the nearer it is; a resident is thus more or "
        "less likely to go to each.",
    ),
    Term(
        "Niveau 1, niveau 2",
        "Level 1, level 2",
        ("niveau 1", "niveau 2"),
        ("level 1", "level 2"),
        "Niveau 1 : aide avec l'ordinateur et les démarches en ligne. Niveau 2 : démarche plus complexe, qui "
        "passe par un correspondant dans une administration.",
        "Level 1: help with the computer and online procedures. Level 2: a more complex matter, through a "
        "correspondent in an administration.",
    ),
    Term(
        "Nombres aléatoires communs",
        "Common random numbers",
        ("nombres aléatoires communs",),
        ("common random numbers",),
        "Tous les scénarios sont essayés sur les mêmes habitants, les mêmes maladies, les mêmes pannes : ce "
        "qui les sépare vient du scénario, pas de la chance.",
        "All scenarios are tried on the same residents, the same sickness, the same breakdowns: what sets "
        "them apart comes from the scenario, not from luck.",
    ),
    Term(
        "« 9 demandes sur 10 », « 9 personnes sur 10 » (P90)",
        "“9 requests in 10”, “9 persons in 10” (P90)",
        ("9 demandes sur 10", "9 personnes sur 10"),
        ("9 requests in 10", "9 persons in 10"),
        "La valeur que 9 cas sur 10 ne dépassent pas ; le dixième cas attend plus longtemps.",
        "The value that 9 cases in 10 do not exceed; the tenth waits longer.",
    ),
    Term(
        "Passage, permanence",
        "Passage, permanence",
        ("passage",),
        ("passage",),
        "La permanence est l'accueil sans rendez-vous que la cellule tient dans une commune ; un passage est "
        "une permanence un jour donné.",
        "A permanence is the walk-in desk that the cell holds in a commune; a passage is a permanence on a "
        "given day.",
    ),
    Term(
        "Reste à charge",
        "Net cost",
        ("reste à charge",),
        ("net cost",),
        "Ce que le Département paie lui-même : le fonctionnement et l'investissement réparti sur sa durée "
        "d'usage, moins les recettes acquises.",
        "What the Département pays itself: operation, and investment spread over years of use, less income "
        "acquired.",
    ),
    Term(
        "Scénario, référence",
        "Scenario, reference",
        ("scénario",),
        ("scenario",),
        "Un scénario est une façon d'organiser le service ; la référence est celui auquel tous les autres "
        "sont comparés.",
        "A scenario is one way of running the service; the reference is the one that all others are compared "
        "with.",
    ),
    Term(
        "Seuil utile",
        "Practical threshold",
        ("seuil utile", "différence utile", "effet utile"),
        ("practical threshold", "useful difference", "practical use"),
        "La plus petite différence qui compte en pratique, fixée avant de simuler. Sous ce seuil, une "
        "différence même certaine ne vaut pas une décision.",
        "The smallest difference that matters in practice, set before simulating. Under it, even a certain "
        "difference is not worth a decision.",
    ),
    Term(
        "Simulation",
        "Simulation",
        ("simulation",),
        ("simulation",),
        "Toute la période jouée une fois par l'ordinateur, jour par jour, avec visiteurs, absences et "
        "pannes tirés au hasard.",
        "The whole period played once by the computer, day by day, with visitors, absences and breakdowns "
        "drawn at random.",
    ),
    Term(
        "Simulations appariées",
        "Paired simulations",
        ("simulations appariées", "simulation appariée"),
        ("paired simulation",),
        "Deux scénarios joués sur la même année tirée au hasard, puis comparés entre eux.",
        "Two scenarios played on the same year drawn at random, then compared with each other.",
    ),
    Term(
        "Tirage",
        "Draw",
        ("tirages sur",),
        ("draws out of",),
        "Un essai où chaque hypothèse prend une valeur au hasard dans sa fourchette.",
        "One trial in which every assumption takes a value at random in its range.",
    ),
    Term(
        "Tolérance",
        "Tolerance",
        ("tolérance",),
        ("tolerance",),
        "De combien un objectif peut être manqué sans que cela change la conclusion.",
        "By how much a target may be missed without changing the conclusion.",
    ),
    Term(
        "Tournée",
        "Round",
        ("tournée",),
        ("rounds",),
        "La suite des passages d'un véhicule, qui recommence toutes les deux semaines.",
        "The passages of one vehicle in order, which begin again every two weeks.",
    ),
)


def glossary_section(reading: Reading, sections: Sequence[Section]) -> Section | None:
    """The terms that these sections use."""
    words = reading.words
    text = " ".join(texts_of(sections)).lower().replace("\u00a0", " ").replace("\u202f", " ")
    items = [
        (words(term.fr, term.en), words(term.means_fr, term.means_en))
        for term in TERMS
        if any(seen in text for seen in (term.seen_fr if words.language == "fr" else term.seen_en))
    ]
    if not items:
        return None
    return Section(
        "mots",
        words("Les mots de cette page", "The words of this page"),
        (
            Paragraph(
                words(
                    "Ce que veulent dire les mots qui reviennent ici.",
                    "What the words that come back here mean.",
                )
            ),
            Lines(tuple(sorted(items, key=lambda item: _plain(item[0])))),
        ),
    )


def texts_of(node: object) -> Iterator[str]:
    """Every text of sections and blocks, what figures are made of left aside."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, Plot):
        return
    elif is_dataclass(node):
        for field in fields(node):
            yield from texts_of(getattr(node, field.name))
    elif isinstance(node, Iterable):
        for one in node:
            yield from texts_of(one)


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in letters if c.isalnum() or c == " ").strip()
