"""Where the configuration stands, and how its plain YAML is read: the same rules as Hydra's reader."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

__all__ = ["conf_folder", "config_groups", "read_yaml", "shipped_territories"]

_PACKAGE = Path(__file__).resolve().parent


def conf_folder() -> Path:
    """`conf/`, inside the installed package when it travelled in a wheel, else beside it."""
    inside = _PACKAGE / "conf"
    return inside if inside.is_dir() else _PACKAGE.parent / "conf"


def shipped_territories() -> list[str]:
    """Names of the territories inside the package."""
    folder = _PACKAGE / "territory" / "data"
    return sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name[0] not in "._")


@cache
def config_groups() -> dict[str, tuple[str, ...]]:
    """The groups of the configuration and the options of each, sorted by name."""
    folders = sorted(entry for entry in conf_folder().iterdir() if entry.is_dir())
    options = {folder.name: tuple(sorted(file.stem for file in folder.glob("*.yaml"))) for folder in folders}
    return {group: names for group, names in options.items() if names}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Safe YAML without dates and sexagesimal numbers (13:30 stays text); a key given twice is refused."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys: set[str] = set()
        for key_node, _ in node.value:
            key = str(key_node.value)
            if key in keys:
                raise yaml.constructor.ConstructorError(
                    "while reading a mapping",
                    node.start_mark,
                    f"key '{key}' is given twice",
                    key_node.start_mark,
                )
            keys.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


_NUMBERS = (
    ("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9_]*)$")),
    (
        "tag:yaml.org,2002:float",
        re.compile(
            r"^[-+]?(?:(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)$"
        ),
    ),
)
_REPLACED = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp"}
_Loader.yaml_implicit_resolvers = {
    first: [
        *(_NUMBERS if first in "-+.0123456789" else ()),
        *(pair for pair in pairs if pair[0] not in _REPLACED),
    ]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    if first is not None
}


def read_yaml(path: Path) -> Any:
    """What a YAML file holds.

    Raises
    ------
    OSError
        When the file cannot be read.
    UnicodeDecodeError
        When it is not UTF-8 text.
    yaml.YAMLError
        When it is not YAML, with the line and column.
    """
    return yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Loader)  # noqa: S506 -- a safe loader
