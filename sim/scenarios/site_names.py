"""Finding a site by what a person writes for it: its id, its name, or its commune's."""

from __future__ import annotations

from sim.problems import Problems, Said, french, nearest
from sim.scenarios.rounds_words import plain
from sim.territory.tables import shown
from sim.territory.territory import Territory

__all__ = ["SiteNames"]


class SiteNames:
    """Finds a site by what a person writes for it."""

    def __init__(self, territory: Territory) -> None:
        self._ids = dict.fromkeys(site.site_id for site in territory.sites)
        self._names: dict[str, list[str]] = {}
        for site in territory.sites:
            for name in {plain(site.site_id), plain(site.name), plain(site.commune)}:
                self._names.setdefault(name, []).append(site.site_id)

    def meant(self, text: str) -> str:
        """The site_id a cell gives or most likely means; empty when it is like none."""
        if text in self._ids:
            return text
        found = self._names.get(plain(text)) or self._names.get(nearest(plain(text[:200]), self._names) or "")
        return found[0] if found and len(found) == 1 else ""

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
        near = nearest(plain(text[:200]), self._names)
        ids = self._names.get(near or "", [])
        close = nearest(text[:200], self._ids) or (ids[0] if len(ids) == 1 else near)
        problems.add(
            where,
            shown(text),
            Said(
                "a site_id of the territory, or the name of a site",
                "un site du territoire : son identifiant (site_id), son nom, ou celui de sa commune si "
                "elle n'a qu'un site",
            ),
            close,
        )
        return ""
