"""Several study folders on one page: their figures side by side, and the settings in which they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.report.frames import number
from sim.report.reading import HELPED, Reading
from sim.report.sections.answer import FIVE, header_with_unit, question
from sim.report.view import Block, Cell, Heading, Lines, Paragraph, Section, Table

__all__ = ["differing_settings", "others_section"]

# Settings that say how a study was run or told, not what was simulated.
_ASIDE = (
    "run.workers",
    "run.executor",
    "run.resume",
    "run.language",
    "run.dask",
    "run.detail",
    "run.replications",
    "study",
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
    names = [chr(ord("A") + i % 26) for i in range(len(readings))]
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
            *(header_with_unit(first, ident) for ident in FIVE),
        ),
        rows=rows,
        is_open=True,
        stacked=True,
        note=words("Sous chaque moyenne, son intervalle à 95 %.", "Under each mean, its 95% interval."),
    )
    blocks: list[Block] = [
        Lines(tuple(_named(name, reading) for name, reading in zip(names, readings, strict=True))),
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
            Heading(words(f"Étude {name} – {question(reading)}", f"Study {name} – {question(reading)}"))
        )
        if not differing:
            blocks.append(Paragraph(words("Mêmes réglages de référence.", "Same reference settings.")))
            continue
        blocks.append(
            Table(
                caption=words(
                    f"Réglages de référence qui diffèrent : études {names[0]} et {name}",
                    f"Reference settings that differ: studies {names[0]} and {name}",
                ),
                headers=(
                    words("Réglage", "Setting"),
                    words(f"Étude {names[0]}", f"Study {names[0]}"),
                    words(f"Étude {name}", f"Study {name}"),
                ),
                rows=[[path, _shown(here), _shown(there)] for path, here, there in differing[:_MOST]],
            )
        )
    return Section(
        "etudes", words("Plusieurs études côte à côte", "Several studies side by side"), tuple(blocks)
    )


def _named(name: str, reading: Reading) -> tuple[str, str]:
    """Which study a letter stands for: its question, its folder, how it was run."""
    words, folder = reading.words, reading.folder
    place = folder.path.resolve()
    parts = [words(f"dossier {place.parent.name}/{place.name}", f"folder {place.parent.name}/{place.name}")]
    count = max((number(row.get("n")) or 0.0 for row in reading.summary.values()), default=0.0)
    if count:
        parts.append(words.counted(count, "simulation|simulations", "simulation|simulations"))
    seed = folder.setting("run.seed")
    if seed is not None:
        parts.append(words(f"graine {seed}", f"seed {seed}"))
    own = words(", détaillée dans cette page", ", the one of this page") if reading.others else ""
    return words(f"Étude {name}", f"Study {name}") + own, f"{question(reading)} ({', '.join(parts)})"


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
