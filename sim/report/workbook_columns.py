"""The tables of a study of its own kind as a workbook shows them: in words for people, numbers kept."""

from __future__ import annotations

import pandas as pd

from sim.measures.registry import POSITIONS
from sim.report.frames import number
from sim.report.reading import Reading
from sim.report.sections.answer import titled
from sim.report.sections.calibration import target_name
from sim.report.words import Words

__all__ = ["shown_table"]

# What a label of the same row says already, or what only the program reads.
_LEFT_OUT = frozenset(
    {"design", "path", "pairing", "sessions", "leave_policy", "reminders", "stage", "side", "planned_vehicle"}
)
_NAMES = {
    "agents": ("Agents", "Agents"),
    "assumptions_sd": ("Nos hypothèses seules, écart type", "Assumptions alone, standard deviation"),
    "cause": ("Cause", "Cause"),
    "chance_ci95_high": ("Hasard, cette comparaison seule, haut", "Chance, this comparison alone, high"),
    "chance_ci95_low": ("Hasard, cette comparaison seule, bas", "Chance, this comparison alone, low"),
    "chance_sd": ("Hasard, écart type", "Chance, standard deviation"),
    "chance_sim_high": ("Hasard, intervalle qui décide, haut", "Chance, interval that decides, high"),
    "chance_sim_low": ("Hasard, intervalle qui décide, bas", "Chance, interval that decides, low"),
    "change_high_ci95_high": ("Changement en haut de fourchette, haut", "Change at the high end, high"),
    "change_high_ci95_low": ("Changement en haut de fourchette, bas", "Change at the high end, low"),
    "change_low_ci95_high": ("Changement en bas de fourchette, haut", "Change at the low end, high"),
    "change_low_ci95_low": ("Changement en bas de fourchette, bas", "Change at the low end, low"),
    "close_s": ("Fermeture", "Closes"),
    "confidence": ("Confiance", "Confidence"),
    "date": ("Date", "Date"),
    "decided": ("Réponse de l'étude démontrée", "Answer of the study shown"),
    "departure_s": ("Départ", "Leaves"),
    "deviation": ("Écart, en tolérances", "Distance, in tolerances"),
    "difference": ("Écart", "Difference"),
    "difference_high": ("Écart en haut de la fourchette", "Difference at the high end"),
    "difference_low": ("Écart en bas de la fourchette", "Difference at the low end"),
    "direction": ("La réponse change", "The answer changes"),
    "drawn_mean": ("Hypothèses tirées, moyenne", "Assumptions drawn, mean"),
    "drawn_p10": ("Hypothèses tirées, 1 tirage sur 10 plus bas", "Assumptions drawn, 1 draw in 10 below"),
    "drawn_p90": ("Hypothèses tirées, 1 tirage sur 10 plus haut", "Assumptions drawn, 1 draw in 10 above"),
    "drawn_sd": ("Hypothèses tirées, écart type", "Assumptions drawn, standard deviation"),
    "draws": ("Tirages", "Draws"),
    "expected": ("Moyenne attendue", "Expected mean"),
    "expected_p10": ("Attendu, 1 simulation sur 10 plus bas", "Expected, 1 simulation in 10 below"),
    "expected_p90": ("Attendu, 1 simulation sur 10 plus haut", "Expected, 1 simulation in 10 above"),
    "extra_passages": ("Passages de plus par quinzaine", "More passages a fortnight"),
    "first_order": ("Part de la variation, seule", "Share of variation, alone"),
    "first_order_ci95_high": ("Seule, haut", "Alone, high"),
    "first_order_ci95_low": ("Seule, bas", "Alone, low"),
    "flips_at": ("Valeur où la réponse change", "Value at which the answer changes"),
    "frontier": ("Sur la frontière", "On the frontier"),
    "half_day": ("Demi-journée", "Half-day"),
    "held_by": ("Agents sur place", "Agents there"),
    "high": ("Haut", "High"),
    "label_en": ("", "What"),
    "label_fr": ("De quoi il s'agit", ""),
    "low": ("Bas", "Low"),
    "means": ("Moyennes face aux objectifs", "Means against targets"),
    "measure": ("Mesure", "Measure"),
    "n": ("Simulations", "Simulations"),
    "name": ("Ce qui est compté", "What is counted"),
    "next_passage": ("Prochain passage", "Next passage"),
    "now": ("Avec l'absence", "With the absence"),
    "open_s": ("Ouverture", "Opens"),
    "pairs": ("Paires d'agents", "Pairs of agents"),
    "return_s": ("Retour", "Back"),
    "role": ("Rôle dans la réponse", "Part in the answer"),
    "scenario": ("Scénario", "Scenario"),
    "share_same_side": ("Même réponse, part des tirages", "Same answer, share of draws"),
    "shown": ("Ce qui est démontré", "What is shown"),
    "side_beyond": ("La réponse deviendrait", "The answer would become"),
    "site_id": ("Lieu", "Place"),
    "source": ("Source", "Source"),
    "status": ("État", "State"),
    "target": ("Cible", "Target"),
    "tell_before_s": ("À prévenir avant", "To be told before"),
    "threshold": ("Seuil utile", "Practical threshold"),
    "tolerance": ("Tolérance", "Tolerance"),
    "total": ("Part de la variation, avec les autres", "Share of variation, with the others"),
    "total_ci95_high": ("Avec les autres, haut", "With the others, high"),
    "total_ci95_low": ("Avec les autres, bas", "With the others, low"),
    "unit": ("Unité", ""),
    "unit_en": ("", "Unit"),
    "usual": ("D'ordinaire", "Usually"),
    "usual_agents": ("Agents d'ordinaire", "Usual agents"),
    "value": ("Valeur", "Value"),
    "vehicle": ("Véhicule", "Vehicle"),
    "vehicles": ("Véhicules", "Vehicles"),
    "verdict": ("Ce qu'on peut en dire", "What can be said"),
}
_VALUES = {
    "above": ("au-dessus", "above"),
    "afternoon": ("après-midi", "afternoon"),
    "below": ("en dessous", "below"),
    "breakdown": ("panne", "breakdown"),
    "cancelled": ("sans équipe", "no crew"),
    "closed_announced": ("fermé, annoncé", "closed, announced"),
    "door_closed": ("personnes qui trouvent porte close", "persons who find the door closed"),
    "failed": ("calcul en échec", "a run failed"),
    "held": ("tenu", "held"),
    "held_by_one": ("passages tenus par un seul agent", "passages held by one agent"),
    "held_by_two": ("passages tenus à deux", "passages held by two"),
    "helped": ("personnes aidées, tous lieux confondus", "persons helped, all places together"),
    "higher": ("plus élevé", "higher"),
    "homes_done": ("visites à domicile faites", "home visits done"),
    "leave": ("congé", "leave"),
    "lower": ("moins élevé", "lower"),
    "meets": ("tient les objectifs", "meets the targets"),
    "misses": ("manque un objectif", "misses a target"),
    "morning": ("matin", "morning"),
    "nearest": ("la plus proche", "the nearest"),
    "no_cheaper": ("pas moins chère", "no cheaper"),
    "no_difference_that_matters": ("aucune différence utile démontrée", "no useful difference shown"),
    "not_enough_replications": ("pas assez de simulations pour trancher", "not enough simulations to say"),
    "planned": ("passages prévus", "passages planned"),
    "recommended": ("recommandée", "recommended"),
    "runner_up": ("ensuite", "next"),
    "same": ("aucune différence utile", "no useful difference"),
    "sickness": ("maladie", "sickness"),
    "undecided": ("pas encore tranché", "not decided yet"),
    "within_tolerance": ("dans la tolérance", "within the tolerance"),
}


def shown_table(table: pd.DataFrame, reading: Reading) -> tuple[list[str], list[list[object]]]:
    """Heads and rows, the label of a row first; numbers stay numbers, codes become words."""
    words = reading.words
    other = "en" if words.language == "fr" else "fr"
    left_out = _LEFT_OUT | {f"label_{other}", "unit_en" if other == "en" else "unit"}
    if "unit_en" not in table.columns:
        left_out -= {"unit"}
    kept = [str(name) for name in table.columns if str(name) not in left_out]
    kept.sort(key=lambda name: not name.startswith("label_"))
    rows = [[_value(row[name], name, reading) for name in kept] for row in table.to_dict("records")]
    return [_head(name, reading) for name in kept], rows


def _head(name: str, reading: Reading) -> str:
    words = reading.words
    for suffix, fr, en in (
        ("_half_width", ", ± (intervalle à 95 %)", ", ± (95% interval)"),
        ("_short_by", ", de combien l'objectif est manqué", ", by how much the target is missed"),
        ("", "", ""),
    ):
        measure = name.removesuffix(suffix) if suffix else name
        if name.endswith(suffix) and measure in POSITIONS:
            known = reading.measure(measure)
            return titled(known.label(words), words.unit(known.level_unit(words))) + words(fr, en)
    return words(*_NAMES[name]) if name in _NAMES else name.replace("_", " ")


def _value(value: object, name: str, reading: Reading) -> object:
    words = reading.words
    if isinstance(value, bool):
        return _yes_no(value, words)
    found = number(value)
    if found is not None:
        return words.clock(found) if name.endswith("_s") else found
    if not isinstance(value, str):
        return None
    if name == "scenario":
        return reading.label(value)
    if name == "measure":
        return reading.measure(value).label(words)
    if name == "target":
        return target_name(value, words)
    if name == "site_id":
        return reading.site_name(value)
    if value in ("True", "False"):
        return _yes_no(value == "True", words)
    return words(*_VALUES[value]) if value in _VALUES else value


def _yes_no(value: bool, words: Words) -> str:
    return words("oui", "yes") if value else words("non", "no")
