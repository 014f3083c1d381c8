"""The method of a study in plain sentences: of scenarios compared, or of one day with agents away."""

from __future__ import annotations

from datetime import date

from sim.report.folder import StudyFolder
from sim.report.words import Words

__all__ = ["day_method", "study_method"]

_NEEDS = (
    (
        "Les habitants ont des besoins là où ils vivent, à des dates tirées au hasard selon la "
        "population, la saison et la campagne des impôts."
    ),
    "Residents have needs where they live, on dates drawn at random by population, season and tax campaign.",
)
_PLACES = (
    (
        "Chacun choisit un lieu – permanence, France Services fixe, autre tournée, aucun – selon les "
        "minutes en voiture et les heures ouvertes (modèle de Huff)."
    ),
    (
        "Each chooses a place – a permanence, a fixed France Services, another round, none – by "
        "minutes by car and hours open (Huff's model)."
    ),
)
_LIMITS = (
    (
        "Le modèle simplifie : voiture seule, durées supposées, agents interchangeables dans leur "
        "métier ; il éclaire une décision et ne la prend pas."
    ),
    (
        "The model simplifies: car only, assumed durations, agents alike within their trade; it "
        "informs a decision and does not take it."
    ),
)


def study_method(horizon: tuple[date, date] | None, times: str, words: Words) -> tuple[str, ...]:
    """Ten sentences on a study of scenarios, each played `times` times."""
    span = (
        words(
            f"du {words.day(horizon[0])} au {words.day(horizon[1])}",
            f"from {words.day(horizon[0])} to {words.day(horizon[1])}",
        )
        if horizon
        else ""
    )
    return (
        words(
            "But : comparer des organisations de la cellule avant d'embaucher ou d'imprimer un calendrier.",
            "Purpose: compare ways to run the cell before anyone is hired or a calendar printed.",
        ),
        words(
            f"Une simulation à événements discrets joue le service jour par jour {span}, en secondes "
            "entières.",
            f"A discrete-event simulation plays the service day by day {span}, in whole seconds.",
        ),
        words(*_NEEDS),
        words(*_PLACES),
        words(
            "À la permanence, deux agents et des postes en libre-service reçoivent dans l'ordre "
            "d'arrivée ; qui attend trop longtemps part, et peut revenir.",
            "At the permanence, two agents and self-service posts receive in order of arrival; who waits "
            "too long leaves, and may come back.",
        ),
        words(
            "Congés, formation, maladie, pannes et retards sur la route décident des passages tenus à "
            "deux, par un seul agent, ou annulés.",
            "Leave, training, sickness, breakdowns and delays on the road decide which passages are held "
            "by two, by one agent, or cancelled.",
        ),
        words(
            "Les visites à domicile sont réservées et placées dans les demi-journées sans permanence.",
            "Home visits are booked and placed in half-days without a permanence.",
        ),
        words(
            f"{f'Tout est rejoué {times} fois ; c' if times else 'C'}haque scénario affronte les mêmes "
            "habitants et les mêmes aléas (nombres aléatoires communs).",
            f"{f'All is played {times} times; e' if times else 'E'}ach scenario meets the same residents "
            "and the same chances (common random numbers).",
        ),
        words(
            "Un effet n'est dit démontré que si son intervalle, corrigé pour le nombre de comparaisons, "
            "dépasse un seuil utile fixé d'avance.",
            "An effect is said to be shown only if its interval, corrected for the number of "
            "comparisons, exceeds a practical threshold set beforehand.",
        ),
        words(*_LIMITS),
    )


def day_method(folder: StudyFolder, times: str, words: Words) -> tuple[str, ...]:
    """The sentences on a study of one day: what is played, who is there, what a long absence adds."""
    start, day = (words.day(folder.setting(key)) for key in ("run.horizon.start", "absence.date"))
    until = folder.setting("absence.until")
    lasting = (
        words(
            f"Si l'absence dure, elle est jouée jusqu'au {words.day(until)} et huit semaines de plus, avec "
            "les congés, formations, maladies et pannes habituels, contre les mêmes semaines sans elle.",
            f"If the absence lasts, it is played until {words.day(until)} and eight weeks more, with the "
            "usual leave, training, sickness and breakdowns, against the same weeks without it.",
        ),
    )
    return (
        words(
            "But : savoir qui tient chaque permanence d'une journée quand des agents manquent, et "
            "qui prévenir.",
            "Purpose: to know who holds each permanence of one day when agents are away, and whom to tell.",
        ),
        words(
            f"Une simulation à événements discrets joue le service du {start} au {day}, en secondes "
            "entières ; seule cette dernière journée est montrée.",
            f"A discrete-event simulation plays the service from {start} to {day}, in whole seconds; only "
            "that last day is shown.",
        ),
        words(*_NEEDS),
        words(*_PLACES),
        words(
            "Ce jour-là, tous ceux qui ne sont pas parmi les absents sont supposés présents : ni congé, ni "
            "formation, ni maladie, ni panne, et une circulation moyenne.",
            "On that day, all who are not among the absent are assumed to be present: no leave, no training, "
            "no sickness, no breakdown, and average traffic.",
        ),
        words(
            f"La journée est jouée {times} fois ; les personnes attendues en sont la moyenne.",
            f"The day is played {times} times; persons expected are the mean.",
        )
        if times
        else words("Les personnes attendues sont des moyennes.", "Persons expected are means."),
        *(lasting if until and str(until)[:10] > str(folder.setting("absence.date"))[:10] else ()),
        words(*_LIMITS),
    )
