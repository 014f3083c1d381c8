"""The assumptions that a study of sensitivity moves, and the settings when some of them have other values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from sim.problems import InputError, Problem, Said, french, nearest
from sim.register import Assumption, load_register, number_leaves
from sim.settings import Settings, StudySettings

__all__ = ["Moved", "moved_assumptions", "set_aside", "settings_with"]

Floats = NDArray[np.float64]

# In the register with a range, yet decided and not assumed: rounds are planned for them.
_DECIDED = ("fleet.vehicles", "staff.fs_agents", "staff.cn_agents")
# Shares of one whole: when one is moved, the others keep their proportions.
_WHOLES = (
    tuple(f"demand.needs.mix.{n}" for n in (
        "admin_level_1", "admin_level_2", "digital_individual", "self_service", "social_orientation",
    )),
    ("desk.early_share", *(f"desk.arrival_thirds.{i}" for i in range(3))),
    tuple(f"homes.channels.{c}.share" for c in ("fixed_structure", "town_hall", "maison_des_solidarites")),
)  # fmt: skip
# The first may not exceed the second: it follows when the second is moved below it, and the reverse.
_ORDERED = (
    ("day.lunch_least_min", "day.lunch_min"),
    ("homes.lead_bound_days", "homes.refused_after_days"),
    ("staff.sickness.median_days", "staff.sickness.mean_days"),
)


@dataclass(frozen=True, slots=True)
class Moved:
    """An assumption with a range, its value in the study, and whether it takes whole numbers only."""

    assumption: Assumption
    value: float
    whole: bool

    @property
    def path(self) -> str:
        """Its dotted path."""
        return self.assumption.path

    @property
    def low(self) -> float:
        """Lower end of its range."""
        return float(self.assumption.low or 0.0)

    @property
    def high(self) -> float:
        """Upper end of its range."""
        return float(self.assumption.high or 0.0)

    def at(self, share: float) -> float:
        """The value at a share of the range, 0 the lower end; a whole number where it must be one."""
        value = self.low + share * (self.high - self.low)
        return float(round(value)) if self.whole else value

    def triangle(self, u: Floats) -> Floats:
        """Shares of the range from uniforms: the triangle on the range that peaks at the value."""
        peak = min(max((self.value - self.low) / (self.high - self.low), 0.0), 1.0)
        left, right = np.sqrt(u * peak), 1 - np.sqrt((1 - u) * (1 - peak))
        return np.asarray(np.where(u < peak, left, right))


_NO_SUCH = Said("an assumption of the register with a range", "une hypothèse du registre avec une fourchette")


def set_aside(study: StudySettings) -> dict[str, str]:
    """Registered assumptions with a range that are not moved, and why."""
    decided = {path for settings in study.scenarios for path in _delta(settings)}
    values = number_leaves(study.reference)
    aside: dict[str, str] = {}
    for path, assumption in load_register().items():
        if not assumption.has_range or path not in values:
            continue
        if path in decided:
            aside[path] = Said("what the scenarios compare", "ce que les scénarios comparent")
        elif path in _DECIDED:
            aside[path] = Said("decided, not assumed", "une décision, non une hypothèse")
        elif isinstance(values[path], str):
            aside[path] = Said(
                "a time of day, part of the rounds", "une heure du jour, qui tient aux tournées"
            )
        elif assumption.low == assumption.high:
            aside[path] = Said("its range is one value", "une fourchette d'une seule valeur")
    return aside


def moved_assumptions(study: StudySettings) -> tuple[Moved, ...]:
    """Every assumption of the register that has a range and is not what the scenarios compare.

    Raises
    ------
    sim.problems.InputError
        When `sensitivity.only` names one that is not there.
    """
    aside = set_aside(study)
    values = number_leaves(study.reference)
    found = {
        path: Moved(assumption, float(values[path]), isinstance(values[path], int))
        for path, assumption in load_register().items()
        if assumption.has_range and path in values and path not in aside
    }
    chosen = study.base.sensitivity.only
    problems = [
        Problem(
            "sensitivity.only",
            f"'{path}'",
            (why := aside.get(path) or _NO_SUCH),
            nearest(path, found),
            french(why),
        )
        for path in chosen
        if path not in found
    ]
    if problems:
        raise InputError(problems)
    return tuple(one for path, one in found.items() if not chosen or path in chosen)


def _delta(settings: Settings) -> set[str]:
    """Dotted paths of the parameters that a scenario sets."""

    def paths(values: Mapping[str, object], prefix: str) -> Iterator[str]:
        for key, value in values.items():
            if isinstance(value, Mapping):
                yield from paths(value, f"{prefix}{key}.")
            else:
                yield f"{prefix}{key}"

    return set(paths(settings.scenario.delta, ""))


def settings_with(settings: Settings, values: Mapping[str, float]) -> Settings:
    """The settings with other values of some assumptions; what a scenario's delta sets stays.

    Shares of a whole are completed to 1, and values that may not exceed others follow them.

    Raises
    ------
    ValueError
        When the values are impossible together, in words.
    """
    if not values:
        return settings
    plain = settings.model_dump(mode="json")
    numbers = number_leaves(settings)
    new = dict(values)
    for whole in _WHOLES:
        _complete(whole, new, numbers)
    for small, large in _ORDERED:
        if small in new or large in new:
            low, high = float(new.get(small, numbers[small])), float(new.get(large, numbers[large]))
            if low > high:  # the one that was not moved follows; of two moved, the bound does
                follows = small if small not in new or large in new else large
                new[follows] = high if follows == small else low
    for path in _delta(settings):
        new.pop(path, None)
    for path, value in new.items():
        whole_number = isinstance(numbers[path], int)
        _put(plain, path.split("."), round(value) if whole_number else float(value))
    try:
        return Settings.model_validate_json(json.dumps(plain))
    except ValidationError as error:
        raise ValueError("; ".join(str(e["msg"]) for e in error.errors(include_url=False))) from error


def _complete(whole: Sequence[str], new: dict[str, float], numbers: Mapping[str, Any]) -> None:
    """Complete the shares of one whole to 1, in place."""
    moved = [path for path in whole if path in new]
    if not moved:
        return
    rest = [path for path in whole if path not in new]
    taken = sum(new[path] for path in moved)
    kept = sum(float(numbers[path]) for path in rest)
    if rest and kept > 0 and taken < 1:
        for path in rest:
            new[path] = float(numbers[path]) * (1 - taken) / kept
    else:
        for path in moved:
            new[path] /= taken
        for path in rest:
            new[path] = 0.0
    _exactly_one(whole, new)


def _exactly_one(whole: Sequence[str], new: dict[str, float]) -> None:
    """Give the rounding of a sum to its largest share."""
    largest = max(whole, key=lambda path: new[path])
    new[largest] += 1.0 - sum(new[path] for path in whole)


def _put(values: Any, path: Sequence[str], value: float) -> None:
    for part in path[:-1]:
        values = values[int(part)] if isinstance(values, list) else values[part]
    if isinstance(values, list):
        values[int(path[-1])] = value
    else:
        values[path[-1]] = value
