"""Several study folders on one page: their figures side by side, and the settings in which they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.report.reading import HELPED, Reading
from sim.report.sections.answer import FIVE, question
from sim.report.view import Block, Cell, Heading, Paragraph, Section, Table

__all__ = ["differing_settings", "others_section"]

# Settings that say how a study was run or told, not what was simulated.
_ASIDE = (
    "run.workers",
    "run.executor",
    "run.resume",
    "run.language",
    "run.dask",
    "run.detail",
    "outputs",
    "scenarios",
)
_MOST = 40


def others_section(readings: Sequence[Reading]) -> Section | None:
    """The first study beside the others.

    Parameters
    ----------
    readings
        One a folder, the reported one first.
    """
    if len(readings) < 2:
        return None
    words = readings[0].words
    names = _names(readings)
    rows: list[list[Cell | str]] = []
    for name, reading in zip(names, readings, strict=True):
        for scenario in reading.scenarios:
            if reading.level(scenario.name, HELPED) is None:
                continue
            cells: list[Cell | str] = [f"{name} – {reading.label(scenario.name)}"]
            for ident in FIVE:
                measure = reading.measure(ident)
                level, low, high = (
                    reading.level(scenario.name, ident, column)
                    for column in ("mean", "ci95_low", "ci95_high")
                )
                span = words.span(low, high, measure.decimals)
                lines = (("", span),) if low is not None else ()
                cells.append(Cell(words.number(level, measure.decimals), number=True, lines=lines))
            rows.append(cells)
    first = readings[0]
    table = Table(
        caption=words("Les mêmes chiffres dans chaque étude", "The same figures in each study"),
        headers=(
            words("Étude et scénario", "Study and scenario"),
            *(
                f"{first.measure(m).label(words)}, {words.unit(first.measure(m).level_unit(words))}"
                for m in FIVE
            ),
        ),
        rows=rows,
        is_open=True,
        stacked=True,
        note=words("Sous chaque moyenne, son intervalle à 95 %.", "Under each mean, its 95% interval."),
    )
    blocks: list[Block] = [
        Paragraph(
            words(
                "Ces études n'ont pas forcément vécu les mêmes simulations : leurs écarts mêlent le "
                "hasard et leurs réglages.",
                "These studies need not have lived through the same simulations: their differences mix "
                "chance and settings.",
            )
        ),
        table,
    ]
    for name, reading in zip(names[1:], readings[1:], strict=True):
        differing = differing_settings(first.folder.settings, reading.folder.settings)
        blocks.append(
            Heading(
                f"{name} : {question(reading)}" if words.language == "fr" else f"{name}: {question(reading)}"
            )
        )
        if not differing:
            blocks.append(Paragraph(words("Mêmes réglages de référence.", "Same reference settings.")))
            continue
        blocks.append(
            Table(
                caption=words(
                    f"Réglages de référence qui diffèrent : {name}", f"Reference settings that differ: {name}"
                ),
                headers=(words("Réglage", "Setting"), names[0], name),
                rows=[[path, _shown(here), _shown(there)] for path, here, there in differing[:_MOST]],
            )
        )
    return Section(
        "etudes", words("Plusieurs études côte à côte", "Several studies side by side"), tuple(blocks)
    )


def _names(readings: Sequence[Reading]) -> list[str]:
    """A short name of each folder, told apart by its date where two have the same."""
    names = [reading.folder.name for reading in readings]
    return [
        f"{name} ({reading.folder.path.resolve().name})" if names.count(name) > 1 else name
        for name, reading in zip(names, readings, strict=True)
    ]


def differing_settings(first: dict[str, Any], other: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Dotted settings whose values differ, with both values."""
    here, there = _flat(first), _flat(other)
    return [
        (path, here.get(path), there.get(path))
        for path in sorted(here.keys() | there.keys())
        if here.get(path) != there.get(path) and not path.startswith(_ASIDE)
    ]


def _flat(node: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(node, dict):
        return {prefix: node}
    found: dict[str, Any] = {}
    for key, value in node.items():
        found |= _flat(value, f"{prefix}.{key}" if prefix else str(key))
    return found


def _shown(value: Any) -> str:
    text = "–" if value is None else str(value)
    return text if len(text) <= 120 else text[:119] + "…"
