"""The colour system: one colour and one marker a scenario, one colour a vehicle, in light and dark."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "DASHES",
    "MARKERS",
    "PATTERNS",
    "ROLES",
    "css_variables",
    "pattern_of",
    "scenario_role",
    "scenario_styles",
    "variable_of",
    "vehicle_colour",
]

# role: (light, dark). Contrast with the page: text at least 4.5, marks at least 3, measured in the tests.
ROLES: dict[str, tuple[str, str]] = {
    "ink": ("#1b2430", "#e8ecf1"),
    "muted": ("#566273", "#a7b3c2"),
    "rule": ("#d9dee5", "#36414f"),
    "grid": ("#e7ebf0", "#2b3542"),
    "paper": ("#ffffff", "#12181f"),
    "wash": ("#f4f6f9", "#1a222c"),
    "band": ("#e9edf2", "#26303c"),
    "accent": ("#0b5a8f", "#7cc0ee"),
    # scenarios, in the order of the study
    "s0": ("#4f5d6e", "#b4c0ce"),
    "s1": ("#0072b2", "#5db4e8"),
    "s2": ("#c05200", "#f0934a"),
    "s3": ("#00785c", "#3fc49f"),
    "s4": ("#a23b86", "#df8fc8"),
    "s5": ("#7a6400", "#d3b94a"),
    "s6": ("#5b4bb5", "#a99cf0"),
    "s7": ("#8c3a3a", "#e39090"),
    # vehicles
    "v1": ("#33408f", "#9aa6f2"),
    "v2": ("#a3195b", "#f08bb6"),
    "v3": ("#6b6b00", "#c9c94a"),
    "v4": ("#00706e", "#4cc4c1"),
    "v5": ("#7d4a1e", "#d9a272"),
    # one sequential ramp for maps and heat strips, and its missing value
    "q0": ("#eef5f8", "#1c2a36"),
    "q1": ("#c6dfea", "#24475d"),
    "q2": ("#8fbfd5", "#2f6a8a"),
    "q3": ("#4b93b6", "#5599bd"),
    "q4": ("#1b5e83", "#9cd0ea"),
    "qx": ("#f0f0f0", "#2a2a2a"),
    # activities of a vehicle
    "a_drive": ("#9aa6b5", "#6a7788"),
    "a_hold": ("#0072b2", "#5db4e8"),
    "a_home": ("#c05200", "#f0934a"),
    "a_prep": ("#c6dfea", "#2f5068"),
    "a_lunch": ("#e3e0d4", "#4a463a"),
    "a_stop": ("#a23b86", "#df8fc8"),
}

# Beside colours that would look alike without colour: hatches, in the words of Plotly.
PATTERNS = {"s2": "/", "s3": "x", "s4": "\\", "v3": ".", "a_prep": "/", "a_lunch": ".", "a_stop": "x"}

DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
"""Of lines, in the order of the series or of the vehicles."""

MARKERS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "x", "pentagon")
# A scenario that varies another keeps its colour and takes its own marker.
VARIANTS = {"_redistribute": 3, "_replan": 5}
_BY_COLOUR = {light: role for role, (light, _) in ROLES.items()}


def light(role: str) -> str:
    """The colour of a role on a light page, the one figures carry."""
    return ROLES[role][0]


def scenario_styles(names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Colour and marker of each scenario, by its rank in the study; the first, the reference, is grey."""
    ranks: dict[str, int] = {}
    styles = {}
    for name in names:
        stem, variant = name, 0
        for suffix, shift in VARIANTS.items():
            if name.endswith(suffix) and name.removesuffix(suffix) in names:
                stem, variant = name.removesuffix(suffix), shift
        rank = ranks.setdefault(stem, len(ranks))
        styles[name] = (
            light(f"s{rank % 8}"),
            MARKERS[(rank + variant) % 8] if variant == 0 else MARKERS[variant],
        )
    return styles


def scenario_role(colour: str) -> str:
    """The role of a scenario's colour, for keys."""
    return _BY_COLOUR[colour]


def pattern_of(colour: str) -> str:
    """The hatch of a colour of the system, empty for most."""
    return PATTERNS.get(_BY_COLOUR.get(colour, ""), "")


def vehicle_colour(rank: int) -> str:
    """Colour of the vehicle of that rank, from 0."""
    return light(f"v{rank % 5 + 1}")


def variable_of(colour: str) -> str:
    """The style variable of a colour of the system, so that one picture serves light and dark."""
    role = _BY_COLOUR.get(colour)
    return f"var(--{role})" if role else colour


def css_variables(*, dark: bool) -> str:
    """Declarations of every role for one theme."""
    return "".join(f"--{role}:{pair[1 if dark else 0]};" for role, pair in ROLES.items())
