"""The designs of a sizing study: every combination of fleet, pairs, rules, hours and passages, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from pydantic import ValidationError

from sim.report.words import Words
from sim.settings import Sessions as SessionHours
from sim.settings import Settings, StudySettings

__all__ = ["Design", "design_differences", "design_label", "design_settings", "designs_of"]


@dataclass(frozen=True, slots=True)
class Design:
    """One way to staff and run the cell. `sessions` names one of `sizing.sessions`."""

    vehicles: int
    pairs: int
    pairing: str
    sessions: str
    extra_passages: int
    reminders: bool
    leave_policy: str

    @property
    def name(self) -> str:
        """Short and unique: what the study folder calls it."""
        return (
            f"{self.vehicles}v_{self.pairs}p_{self.pairing}_{self.sessions}_{self.extra_passages}extra_"
            f"{'reminders' if self.reminders else 'no_reminders'}_{self.leave_policy}"
        )

    @property
    def staffing(self) -> tuple[int, int, str, int]:
        """What the council would see as another organisation: vehicles, pairs, hours, passages."""
        return self.vehicles, self.pairs, self.sessions, self.extra_passages


def designs_of(study: StudySettings) -> tuple[Design, ...]:
    """Every design, fleets first, in the order of the lists."""
    sizing = study.base.sizing
    return tuple(
        Design(*values)
        for values in product(
            dict.fromkeys(sizing.vehicles),
            dict.fromkeys(sizing.pairs),
            dict.fromkeys(sizing.pairing),
            sizing.sessions,
            dict.fromkeys(sizing.extra_passages),
            dict.fromkeys(sizing.reminders),
            dict.fromkeys(sizing.leave_policy),
        )
    )


def design_settings(reference: Settings, design: Design) -> Settings:
    """The settings of a design: the reference with what the design decides.

    As many vehicles drive rounds as can have a pair; the others stand by as spares.

    Raises
    ------
    ValueError
        When the combination is impossible, in words.
    """
    hours: SessionHours = reference.sizing.sessions[design.sessions]
    changes: Mapping[str, Mapping[str, Any]] = {
        "fleet": {"vehicles": design.vehicles},
        "staff": {
            "fs_agents": design.pairs,
            "cn_agents": design.pairs,
            "pairing": design.pairing,
            "leave_policy": design.leave_policy,
        },
        "rounds": {
            "vehicles": min(design.vehicles, design.pairs),
            "extra_passages": design.extra_passages,
        },
        "homes": {"reminders": design.reminders},
        "sessions": hours.model_dump(mode="json"),
        "scenario": {"name": design.name, "label_fr": design.name, "label_en": design.name},
    }
    values = reference.model_dump(mode="json")
    for group, new in changes.items():
        values[group] = {**values[group], **new}
    try:
        return Settings.model_validate_json(_json(values))
    except ValidationError as error:
        said = "; ".join(str(e["msg"]) for e in error.errors(include_url=False))
        raise ValueError(said) from error


def _json(values: Mapping[str, Any]) -> str:
    import json

    return json.dumps(values)


_PAIRING = {
    "pooled": ("tout agent avec tout conseiller", "any agent with any conseiller"),
    "named": ("paires fixes, avec relais", "fixed pairs with takeover"),
    "named_strict": ("paires fixes, sans relais", "fixed pairs without takeover"),
    "any_two": ("deux agents quelconques", "any two agents"),
}
_LEAVE = {
    "staggered": ("congés étalés", "staggered leave"),
    "joint": ("congés par paire", "leave taken by pairs"),
    "closed_weeks": ("fermetures annuelles", "closed weeks"),
}


def _teams(design: Design, words: Words) -> str:
    """Teams of a vehicle and two agents, then vehicles or pairs beyond them."""
    teams = min(design.vehicles, design.pairs)
    text = words(f"{teams} équipe{'s' if teams > 1 else ''}", f"{teams} team{'s' if teams > 1 else ''}")
    spare, relief = design.vehicles - teams, design.pairs - teams
    if spare:
        text += words(
            f" et {spare} véhicule{'s' if spare > 1 else ''} de réserve",
            f" and {spare} spare vehicle{'s' if spare > 1 else ''}",
        )
    if relief:
        text += words(
            f" et {relief} paire{'s' if relief > 1 else ''} de relève",
            f" and {relief} relief pair{'s' if relief > 1 else ''}",
        )
    return text


def design_label(design: Design, hours: SessionHours, words: Words) -> str:
    """A design in words, such as in a table of the council."""
    return ", ".join(_parts(design, hours, words).values())


def design_differences(design: Design, other: Design, hours: Mapping[str, SessionHours], words: Words) -> str:
    """What one design has that the other has not, in words."""
    mine = _parts(design, hours[design.sessions], words)
    theirs = _parts(other, hours[other.sessions], words)
    return ", ".join(said for what, said in mine.items() if said != theirs[what])


def _parts(design: Design, hours: SessionHours, words: Words) -> dict[str, str]:
    """Each thing that a design decides, in words."""
    vehicles, pairs, extra = design.vehicles, design.pairs, design.extra_passages
    morning, afternoon = hours.morning, hours.afternoon
    clock = words.clock
    spans = [f"{clock(s.opens)}–{clock(s.closes)}" for s in (morning, afternoon)]
    plural = "s" if extra > 1 else ""
    cars = f"{vehicles} " + words("véhicule", "vehicle") + ("s" if vehicles > 1 else "")
    return {
        "staff": words(
            f"{cars} et {f'{pairs} paires' if pairs > 1 else 'une paire'}",
            f"{cars} and {f'{pairs} pairs' if pairs > 1 else 'one pair'}",
        ),
        "pairing": words(*_PAIRING[design.pairing]),
        "hours": words(" et ".join(spans), " and ".join(spans)),
        "passages": words(
            f"{extra} passage{plural} de plus par quinzaine", f"{extra} more passage{plural} a fortnight"
        )
        if extra
        else words("mêmes passages", "same passages"),
        "reminders": words("avec rappel des rendez-vous", "with reminders of appointments")
        if design.reminders
        else words("sans rappel", "without reminders"),
        "leave": words(*_LEAVE[design.leave_policy]),
    }
