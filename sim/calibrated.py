"""Calibrated values of the demand: which they are, and the file of `conf/calibrated/` they live in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from sim.where import conf_folder

__all__ = ["CALIBRATED", "calibrated_yaml", "write_calibrated"]

CALIBRATED = (
    "multiplier_permanence",
    "multiplier_fixed",
    "gives_up_constant",
    "awareness.midpoint_months",
    "awareness.scale_months",
    "place_effect_sigma",
)


def calibrated_yaml(values: Mapping[str, float], provenance: Sequence[str]) -> str:
    """The text of a calibrated option: provenance as comments, then the values.

    Parameters
    ----------
    values
        By dotted path below `demand`, exactly those of `CALIBRATED`.
    provenance
        Lines that say when, from what and how well they were fitted.

    Raises
    ------
    ValueError
        When the values are not exactly those that are fitted.
    """
    if set(values) != set(CALIBRATED):
        raise ValueError(f"calibrated values are {', '.join(CALIBRATED)}, not {', '.join(values)}")
    nested: dict[str, Any] = {}
    for path in CALIBRATED:
        *groups, name = path.split(".")
        table = nested
        for group in groups:
            table = table.setdefault(group, {})
        table[name] = float(values[path])
    comments = "".join(f"# {line}\n" for text in provenance for line in text.splitlines())
    return f"# @package demand\n{comments}{yaml.safe_dump(nested, sort_keys=False)}"


def write_calibrated(
    values: Mapping[str, float], provenance: Sequence[str], territory: str, folder: Path | None = None
) -> Path:
    """Write the option `calibrated=TERRITORY` below `folder` (default `conf/`); return the file."""
    file = (folder or conf_folder()) / "calibrated" / f"{territory}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(".tmp")
    temporary.write_text(calibrated_yaml(values, provenance), encoding="utf-8")
    temporary.replace(file)
    return file
