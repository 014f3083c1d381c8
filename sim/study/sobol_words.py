"""Sobol indices in words: which share of the spread of the headline difference each assumption makes."""

from __future__ import annotations

import numpy as np

from sim.measures.registry import DECISIONS
from sim.report.words import Words
from sim.study.sensitivity_tables import HEADLINE, Findings

__all__ = ["sobol_lines"]

_MOST_SHOWN = 6


def sobol_lines(found: Findings, name: str, words: Words) -> list[str]:
    """The shares of each assumption, alone and with the others, of one scenario; nothing without indices."""
    if name not in found.sobol:
        return []
    one, k = found.sobol[name], DECISIONS.index(HEADLINE)
    if np.isnan(one.total[:, k]).all():
        return [
            "",
            words(
                "Indices de Sobol : cet écart ne varie pas avec ces hypothèses.",
                "Sobol indices: this difference does not vary with these assumptions.",
            ),
        ]
    order = np.argsort(-np.nan_to_num(one.total[:, k]), kind="stable")[:_MOST_SHOWN]
    lines = [
        "",
        words(
            "Part des variations de cet écart due à chaque hypothèse, seule, puis avec tout ce qu'elle "
            "partage avec les autres (indices de Sobol, entre parenthèses leur intervalle à 95 %) :",
            "Share of the variation of this difference that each assumption makes, alone, then with all it "
            "shares with the others (Sobol indices, 95% intervals in brackets):",
        ),
    ]
    for i in order:
        a = found.layout.moved[i].assumption
        alone = _share(one.first[i, k], one.first_ci[:, i, k], words)
        shared = _share(one.total[i, k], one.total_ci[:, i, k], words)
        lines.append(
            f"  {words(a.label_fr, a.label_en)} – {alone} ; {shared}"
            if words.language == "fr"
            else f"  {words(a.label_fr, a.label_en)} – {alone}; {shared}"
        )
    return lines


def _share(value: float, ends: np.ndarray, words: Words) -> str:
    """A share in per cent with its interval; estimates a little outside 0 to 100 are brought back."""
    low, middle, high = (float(np.clip(100 * x, 0, 100)) for x in (ends[0], value, ends[1]))
    return f"{words.with_unit(words.number(middle), '%', middle)} ({words.range(low, high, 0)})"
