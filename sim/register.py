"""The register of assumptions: for every number about the world its unit, range, source, confidence.

`conf/register.yaml` is the only list of ranges. Values are not in it: they are those of the
settings at hand, so the register of a study shows what that study assumed. `python -m sim.register`
writes `docs/assumptions.md` from the default settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sim.where import conf_folder, read_yaml

if TYPE_CHECKING:
    from sim.settings import Settings

__all__ = [
    "Assumption",
    "RegisterRow",
    "ceiling",
    "assumptions_markdown",
    "load_register",
    "number_leaves",
    "register_rows",
    "write_assumptions_md",
]

# The groups whose numbers say something about the world; run, rounds, exits and study are choices.
REGISTERED_GROUPS = (
    "fleet",
    "staff",
    "sessions",
    "day",
    "desk",
    "demand",
    "homes",
    "budget",
    "thresholds",
)


@dataclass(frozen=True, slots=True)
class Assumption:
    """What a number rests on. `low` and `high` are None when it is exact or has no known range."""

    path: str
    label_fr: str
    label_en: str
    unit: str
    unit_en: str
    low: float | None
    high: float | None
    source: str
    confidence: Literal["A", "B", "C"]
    note: str

    @property
    def group(self) -> str:
        """The first word of the path."""
        return self.path.partition(".")[0]

    @property
    def has_range(self) -> bool:
        """Whether sensitivity may sweep it."""
        return self.low is not None and self.high is not None


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """An assumption with the value it has in some settings: a number, or a time of day as text."""

    assumption: Assumption
    value: float | int | str


@cache
def load_register(path: Path | None = None) -> Mapping[str, Assumption]:
    """The register by dotted path, in the order of the file.

    Raises
    ------
    ValueError
        When an entry is incomplete or its range is upside down; with every such entry.
    """
    entries = read_yaml(path or conf_folder() / "register.yaml")
    register: dict[str, Assumption] = {}
    wrong: list[str] = []
    sources: dict[str, str] = entries.pop("sources")
    units: dict[str, str] = entries.pop("units")
    for group, rows in entries.items():
        for key, row in rows.items():
            name = f"{group}.{key}"
            try:
                register[name] = _assumption(name, row, sources, units)
            except (KeyError, TypeError, ValueError) as error:
                wrong.append(f"{name}: {error}")
    if wrong:
        raise ValueError("register.yaml: " + "; ".join(wrong))
    return register


def _assumption(
    path: str, row: Mapping[str, Any], sources: Mapping[str, str], units: Mapping[str, str]
) -> Assumption:
    low, high = row["range"] if row["range"] is not None else (None, None)
    if low is not None and not low <= high:
        raise ValueError(f"range {low} to {high}")
    if row["confidence"] not in {"A", "B", "C"}:
        raise ValueError(f"confidence {row['confidence']}")
    return Assumption(
        path=path,
        label_fr=row["fr"],
        label_en=row["en"],
        unit=row["unit"],
        unit_en=units[row["unit"]],
        low=None if low is None else float(low),
        high=None if high is None else float(high),
        source=sources[row["source"]],
        confidence=row["confidence"],
        note=row.get("note", ""),
    )


def ceiling(path: str, value: float) -> float:
    """The upper end of the range at `path`, or `value` if it lies above.

    What is drawn at this rate and thinned to `value` keeps its draws while `value` moves inside
    the range; beyond it the draws are others, which is all that can be done.
    """
    high = load_register()[path].high
    return value if high is None else max(high, value)


def number_leaves(settings: Settings) -> dict[str, float | int | str]:
    """Every number of the registered groups by dotted path; times of day are text such as 09:30."""
    values = settings.model_dump(mode="json")
    return {
        path: value
        for group in REGISTERED_GROUPS
        for path, value in _leaves(group, values[group])
        if _is_number(value)
    }


def _leaves(path: str, value: object) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inside in value.items():
            yield from _leaves(f"{path}.{key}", inside)
    elif isinstance(value, list):
        for position, inside in enumerate(value):
            yield from _leaves(f"{path}.{position}", inside)
    else:
        yield path, value


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"\d\d:\d\d", value) is not None
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def register_rows(settings: Settings) -> tuple[RegisterRow, ...]:
    """Every registered assumption that `settings` has, with its value there, in the order of the register."""
    values = number_leaves(settings)
    register = load_register()
    return tuple(RegisterRow(register[path], values[path]) for path in register if path in values)


_TITLES = {
    "fleet": "Véhicules · vehicles",
    "staff": "Agents · staff",
    "sessions": "Heures des permanences · hours of permanences",
    "day": "Journée d'un véhicule · a vehicle-day",
    "desk": "À la permanence · at the desk",
    "demand": "Besoins des habitants · residents' needs",
    "homes": "Visites à domicile · home visits",
    "budget": "Budget voté · voted budget",
    "thresholds": "Écarts utiles à la décision · practical thresholds",
}


def assumptions_markdown(settings: Settings) -> str:
    """The register with the values of `settings`, as Markdown tables in French, then English."""
    rows = register_rows(settings)
    lines = [
        "# Hypothèses · assumptions",
        "",
        "Fichier produit par `python -m sim.register` à partir de `conf/` : ne pas le modifier à la main.",
        "Generated by `python -m sim.register` from `conf/`: do not edit by hand.",
        "",
        "Confiance : **A** texte officiel ou données lues directement ; **B** presse ou source secondaire ;",
        "**C** déduit ou supposé. Sans fourchette : valeur exacte, ou fourchette inconnue. Toute valeur se",
        "change sur la ligne de commande, par exemple `desk.patience_mean_min=45`.",
    ]
    for group in REGISTERED_GROUPS:
        lines += [
            "",
            f"## {_TITLES[group]}",
            "",
            "| paramètre · parameter | valeur | fourchette | unité | source | confiance | note |",
            "| --- | --: | --: | --- | --- | :-: | --- |",
        ]
        for row in rows:
            what = row.assumption
            if what.group != group:
                continue
            span = f"{_plain(what.low)}–{_plain(what.high)}" if what.has_range else ""
            cells = (
                f"{what.label_fr}<br>{what.label_en}<br>`{what.path}`",
                _plain(row.value),
                span,
                what.unit if what.unit == what.unit_en else f"{what.unit} · {what.unit_en}",
                what.source,
                what.confidence,
                what.note,
            )
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _plain(value: float | str | None) -> str:
    if isinstance(value, float):
        return (
            f"{value:.10g}" if value.is_integer() else f"{value:.4g}" if abs(value) < 100 else f"{value:.2f}"
        )
    return "" if value is None else str(value)


def write_assumptions_md(settings: Settings, file: Path) -> None:
    """Write the register with the values of `settings` to `file`."""
    file.write_text(assumptions_markdown(settings), encoding="utf-8")


if __name__ == "__main__":
    import sim

    write_assumptions_md(sim.load_settings().reference, conf_folder().parent / "docs" / "assumptions.md")
