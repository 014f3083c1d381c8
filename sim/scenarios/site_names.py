"""Finding a site by what a person writes for it: its id, its name, or its commune's."""

from __future__ import annotations

from sim.problems import Problems, Said, french, nearest
from sim.scenarios.rounds_words import plain
from sim.territory.tables import shown
from sim.territory.territory import Territory

__all__ = ["SiteNames"]


# Fewer letters are found in many names.
LEAST_LETTERS = 4
# Different wrong names for which the nearest is looked for: a longer list of problems is cut anyway.
MOST_LOOKED_FOR = 500


class SiteNames:
    """Finds a site by what a person writes for it."""

    def __init__(self, territory: Territory) -> None:
        self._ids = dict.fromkeys(site.site_id for site in territory.sites)
        self._names: dict[str, list[str]] = {}
        self._likes: dict[str, list[str]] = {}
        for site in territory.sites:
            for name in {plain(x) for x in (site.site_id, site.name, site.commune, site.insee_code)}:
                self._names.setdefault(name, []).append(site.site_id)

    def meant(self, text: str) -> str:
        """The site_id a cell gives or most likely means; empty when it is like none, or like several."""
        if text in self._ids:
            return text
        found = self._names.get(plain(text)) or self._like(text)
        return found[0] if len(found) == 1 else ""

    def _like(self, text: str) -> list[str]:
        """The sites a text that names none is most like: those whose names hold it, else the nearest."""
        if text not in self._likes:
            self._likes[text] = self._most_like(text) if len(self._likes) < MOST_LOOKED_FOR else []
        return self._likes[text]

    def _most_like(self, text: str) -> list[str]:
        words = plain(text[:200])
        if len(words) >= LEAST_LETTERS:
            holding = {ids[0] for name, ids in self._names.items() if words in name and len(ids) == 1}
            if len(holding) == 1:
                return list(holding)
        if close := nearest(text[:200], self._ids):
            return [close]
        return self._names.get(nearest(words, self._names) or "", [])

    def find(self, text: str, where: str, problems: Problems) -> str:
        """Return the site_id meant by a cell; empty after saying why not."""
        if text in self._ids:
            return text
        found = self._names.get(plain(text), [])
        if len(found) == 1:
            return found[0]
        if found:
            problems.add(
                where,
                Said(
                    f"{shown(text)}, which has {len(found)} sites",
                    f"{french(shown(text))}, qui a {len(found)} sites",
                ),
                Said(f"one of {', '.join(found)}", f"l'un de {', '.join(found)}"),
            )
            return ""
        like = self._like(text)
        problems.add(
            where,
            shown(text),
            Said(
                "a site_id of the territory, or the name of a site",
                "un site du territoire : son identifiant (site_id), son nom, ou celui de sa commune si "
                "elle n'a qu'un site",
            ),
            like[0] if like else None,
        )
        return ""
