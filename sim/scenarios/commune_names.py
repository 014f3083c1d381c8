"""The communes of a territory that have a permanence, by what a person writes for them."""

from __future__ import annotations

from collections.abc import Iterable

from sim.problems import Problems, Said, nearest
from sim.scenarios.rounds_words import plain
from sim.territory.territory import Territory

__all__ = ["commune_codes"]


def commune_codes(keys: Iterable[str], territory: Territory, problems: Problems) -> dict[str, str]:
    """The INSEE code meant by each key, a code or a name; an unknown one, or one twice, is a problem."""
    codes = territory.itinerant_communes
    names = {territory.commune(code).name: code for code in codes}
    by_name = {plain(name): code for name, code in names.items()}
    found: dict[str, str] = {}
    first: dict[str, str] = {}
    for key in keys:
        code = key if key in codes else by_name.get(plain(key))
        where = f"exits.communes.{key}"
        if code is None:
            expected = Said("a commune that has a permanence", "une commune qui a une permanence")
            problems.add(where, key, expected, nearest(key, (*codes, *names)))
        elif code in first:
            name = territory.commune(code).name
            problems.add(
                where,
                Said(
                    f"{name} a second time, after '{first[code]}'",
                    f"{name} une deuxième fois, après « {first[code]} »",
                ),
                Said("each commune once", "chaque commune une seule fois"),
            )
        else:
            found[key] = code
            first[code] = key
    return found
