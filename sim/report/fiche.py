"""The fiche of a commune: next passages, place, home visits, persons expected, before and after an exit.

One accessible page a commune of the rounds, in French, to read on a screen and to print on A4. What is not
known is said to be completed; fewer than ten persons a year are never counted out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pandas as pd
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from sim.report.files import put_text
from sim.report.folder import StudyFolder
from sim.report.frames import has, number, rows_of
from sim.report.palette import css_variables
from sim.report.words import Words

__all__ = ["Fiche", "fiches_of", "write_fiches"]

FOLDER = "calendar/fiches"
DATES_SHOWN = 8
FEWEST = 10
_DAYS_A_YEAR = 365.25
TO_COMPLETE = "à compléter"

# Where a need ended, from the point of view of the commune of residence.
_HERE, _ELSEWHERE, _HOME, _UNHELPED = "here", "elsewhere", "home", "unhelped"
_PLACES = (
    (_HERE, "Aidées dans la commune"),
    (_ELSEWHERE, "Aidées ailleurs"),
    (_HOME, "Aidées à domicile"),
    (_UNHELPED, "Pas aidées, ou attendent encore"),
)
_NOT_HELD = {"cancelled_holiday": "jour férié", "cancelled_leave": "le service est fermé"}
_CHANNELS = {
    "town_hall": "au secrétariat de la mairie",
    "fixed_structure": "à la France Services la plus proche",
    "maison_des_solidarites": "à la maison des solidarités",
}
_BASIS = {
    "announced": "date annoncée ou supposée d'après la délibération du 24 mars 2021",
    "happened": "date des listes nationales",
    "drawn": "date supposée, tirée entre une date au plus tôt et une date au plus tard",
    "by_hand": "date choisie pour cette étude",
}


@dataclass(frozen=True)
class Dated:
    """One line of the list of dates."""

    day: str
    hours: str
    place: str
    note: str
    held: bool


@dataclass(frozen=True)
class Place:
    """Where a permanence is held, how often, and who is expected there."""

    name: str
    address: str
    rhythm: str
    expected: str


@dataclass(frozen=True)
class Leaving:
    """What one scenario supposes for a commune that leaves."""

    label: str
    sentences: tuple[str, ...]
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Fiche:
    """What the fiche of one commune says, in words."""

    insee_code: str
    commune: str
    lead: str
    title: str
    dates: tuple[Dated, ...]
    afterwards: str
    places: tuple[Place, ...]
    several_places: bool
    booking: tuple[str, ...]
    leaving: tuple[Leaving, ...] = field(default_factory=tuple)


def write_fiches(folder: Path, since: date | None = None, today: date | None = None) -> list[Path]:
    """Write `calendar/fiches/INSEE.html` for every commune of the rounds, and an index; return the paths.

    Parameters
    ----------
    folder
        A study folder.
    since
        The day from which dates are listed; default today within the horizon, else its first day.
    today
        The day on which they are made: no date before it is called the next.

    Raises
    ------
    sim.problems.InputError
        When the folder holds no study.
    """
    study = StudyFolder(folder)
    study.check()
    made = fiches_of(study, since, today)
    if not made:
        return []
    target = folder / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    paths = []
    for fiche in made:
        paths.append(target / f"{fiche.insee_code}.html")
        put_text(paths[-1], _page("fiche.html.j2", fiche=fiche, foot=_foot(study)))
    paths.append(target / "index.html")
    put_text(paths[-1], _page("fiches.html.j2", fiches=made, foot=_foot(study)))
    return paths


def fiches_of(study: StudyFolder, since: date | None = None, today: date | None = None) -> tuple[Fiche, ...]:
    """The fiches of a study, by name of the commune; the dates are the reference's."""
    return _Reader(study, since, today or date.today()).fiches()


class _Reader:
    """The tables of a study that fiches are made of."""

    def __init__(self, study: StudyFolder, since: date | None, today: date) -> None:
        self.words = Words("fr")
        self.study = study
        horizon = study.horizon
        self.today = today
        self.asked = since
        within = horizon is not None and horizon[0] <= today <= horizon[1]
        self.since = since or (today if within else horizon[0] if horizon else date.min)
        days = (horizon[1] - horizon[0]).days + 1 if horizon else _DAYS_A_YEAR
        self.years = days / _DAYS_A_YEAR
        calendar = study.table("calendar/calendar")
        self.reference = study.scenarios[0].name if study.scenarios else ""
        self.calendar = (
            calendar[calendar["scenario"] == self.reference] if has(calendar, "scenario") else calendar
        )
        self.places = study.place_table("sites")
        self.sites = _of(study.table("sites"), self.reference)
        self.exits = study.table("exits")
        self.flows = study.table("flows")
        self.communes = study.table("communes")
        self.fixed = study.place_table("fixed_france_services")

    def fiches(self) -> tuple[Fiche, ...]:
        if not has(self.calendar, "date") or not has(self.places, "site_id", "name", "insee_code"):
            return ()
        names = self.study.place_table("communes")
        known = dict(zip(names["insee_code"], names["name"], strict=True)) if has(names, "name") else {}
        codes = [str(code) for code in dict.fromkeys(self.places["insee_code"])]
        made = [
            self._fiche(code, _clean(str(known.get(code, code))))
            for code in codes
            if re.fullmatch(r"[0-9A-Z]{5}", code)
        ]
        return tuple(sorted(made, key=lambda f: (_plain(f.commune), f.insee_code)))

    def _fiche(self, code: str, commune: str) -> Fiche:
        of = self.calendar[self.calendar["insee_code"] == code] if len(self.calendar) else self.calendar
        dates = self._dates(of)
        places = self._places(code, of)
        return Fiche(
            insee_code=code,
            commune=commune,
            lead=self._lead(code, of, dates),
            title=self._text("Les prochaines dates" if self.since >= self.today else "Les dates"),
            dates=dates,
            afterwards=self._afterwards(code, dates),
            places=places,
            several_places=len(places) > 1,
            booking=self._booking(),
            leaving=self._leaving(code),
        )

    def _dates(self, of: pd.DataFrame) -> tuple[Dated, ...]:
        if not has(of, "date", "open_s", "close_s", "status_code"):
            return ()
        later = of[of["date"] >= self.since.isoformat()].sort_values(["date", "open_s"])
        dates = []
        for row in rows_of(later):
            held = row.status_code in ("planned", "moved")
            dates.append(
                Dated(
                    day=self._day(str(row.date)),
                    hours=self._hours(row.open_s, row.close_s),
                    place=_clean(str(row.site)),
                    note=self._note(str(row.status_code), str(row.status)),
                    held=held,
                )
            )
            if sum(d.held for d in dates) >= DATES_SHOWN:
                break
        return tuple(dates)

    def _note(self, code: str, status: str) -> str:
        if code == "planned":
            return ""
        return self._text(_NOT_HELD.get(code) or _clean(status.partition(", ")[2] or status))

    def _lead(self, code: str, of: pd.DataFrame, dates: Sequence[Dated]) -> str:
        """The first date ahead, called the next only if it is; else what is known instead."""
        first = next((d for d in dates if d.held), None)
        if first is not None:
            name = "Prochaine permanence"
            if self.since < self.today:
                name = "Première permanence de ce calendrier"
                if self.asked is not None:
                    name = f"Première permanence à partir du {self._on(self.asked)[3:]}"
            return self._text(f"{name} : {first.day}, {first.hours}, {first.place}.")
        held = of[of["status_code"].isin(["planned", "moved"])] if has(of, "status_code", "date") else of
        if held.empty:
            return self._text("Aucune permanence n'est prévue dans la commune par ce calendrier.")
        last = f"La dernière permanence connue est celle du {self._day(str(held['date'].max()))}."
        return self._text(f"{last} {self._ends(code)}")

    def _afterwards(self, code: str, dates: Sequence[Dated]) -> str:
        """Why the list of dates ends, where it ends before it is full."""
        held = sum(d.held for d in dates)
        return self._text(self._ends(code)) if 0 < held < DATES_SHOWN else ""

    def _ends(self, code: str) -> str:
        """What is known of the time after the last passage: a relief, or the end of the calendar."""
        mine = self.exits
        if has(mine, "scenario", "insee_code", "permanence_stops", "fixed_opens"):
            mine = mine[(mine["scenario"] == self.reference) & (mine["insee_code"] == code)]
            stops = [row for row in rows_of(mine) if isinstance(row.permanence_stops, str)]
            if stops:
                opens = min(str(row.fixed_opens) for row in stops)
                return (
                    f"La permanence s'arrête {self._on(stops[0].permanence_stops)} : la France Services de "
                    f"la commune, qui ouvre {self._on(opens)}, prend le relais."
                )
        if self.study.horizon is None:
            return "Les dates suivantes ne sont pas encore connues."
        end = self._on(self.study.horizon[1].isoformat())
        return f"Ce calendrier s'arrête {end} ; les dates suivantes ne sont pas encore connues."

    def _places(self, code: str, of: pd.DataFrame) -> tuple[Place, ...]:
        made = []
        for site in rows_of(self.places[self.places["insee_code"] == code]):
            mine = of[of["site_id"] == site.site_id] if has(of, "site_id") else of
            address = getattr(site, "address", "")
            made.append(
                Place(
                    name=_clean(str(site.name)),
                    address=_address(address),
                    rhythm=self._rhythm(mine),
                    expected=self._expected(str(site.site_id)),
                )
            )
        return tuple(made)

    def _rhythm(self, of: pd.DataFrame) -> str:
        """How often: every other Tuesday, in the weeks of one parity where that is so."""
        if not has(of, "weekday", "open_s", "close_s", "week_parity", "date"):
            return ""
        said = []
        planned = of[of["status_code"] != "moved"]
        for (weekday, opens, closes), rows in planned.groupby(["weekday", "open_s", "close_s"], sort=False):
            dates = [date.fromisoformat(str(d)) for d in rows["date"]]
            gaps = {later - earlier for earlier, later in pairwise(dates)}
            hours = self._hours(opens, closes)
            if gaps == {timedelta(days=14)}:
                parity = "paires" if dates[0].isocalendar().week % 2 == 0 else "impaires"
                same = len(set(rows["week_parity"])) == 1
                weeks = f" (semaines {parity})" if same else ""
                said.append(f"un {weekday} sur deux{weeks}, {hours}")
            elif gaps == {timedelta(days=7)}:
                said.append(f"chaque {weekday}, {hours}")
            elif gaps == {timedelta(days=28)}:
                said.append(f"un {weekday} sur quatre, {hours}")
            else:
                said.append(f"le {weekday}, {hours}, aux dates de la liste")
        return self._text(" ; ".join(said))

    def _expected(self, site_id: str) -> str:
        if not has(self.sites, "site_id", "persons_served_mean"):
            return ""
        rows = self.sites[self.sites["site_id"] == site_id]
        if rows.empty:
            return ""
        row = rows.iloc[0]
        mean, low, high = (
            number(row.get(name))
            for name in ("persons_served_mean", "persons_served_ci95_low", "persons_served_ci95_high")
        )
        if mean is None:
            return ""
        return self._persons(mean / self.years, _over(low, self.years), _over(high, self.years))

    def _persons(self, mean: float, low: float | None, high: float | None) -> str:
        """Persons a year in words, with their interval; below ten nothing more is said."""
        if mean < FEWEST:
            return self._text(f"moins de {FEWEST} personnes par an")
        about = f"environ {self.words.number(mean)} personnes par an"
        if low is None or high is None:
            return self._text(about)
        least = f"moins de {FEWEST}" if low < FEWEST else self.words.number(low)
        return self._text(f"{about} (entre {least} et {self.words.number(high)})")

    def _booking(self) -> tuple[str, ...]:
        channels = self.study.setting("homes.channels")
        known = set(channels) if isinstance(channels, dict) else set()
        *most, last = [where for c, where in _CHANNELS.items() if c in known] or [*_CHANNELS.values()]
        contacts = f"{', '.join(most)} ou {last}" if most else last
        return (
            self._text(
                "La visite à domicile est réservée aux personnes qui ne peuvent pas se déplacer, du fait de "
                "l'âge ou d'un handicap par exemple."
            ),
            self._text(f"Pour la demander, adressez-vous {contacts}."),
            self._text(f"Téléphones et horaires : {TO_COMPLETE}."),
        )

    # --- communes that leave ---

    def _leaving(self, code: str) -> tuple[Leaving, ...]:
        if not has(self.exits, "scenario", "insee_code", "fixed_opens"):
            return ()
        found: dict[tuple[str, ...], list[str]] = {}
        rows_by: dict[tuple[str, ...], pd.DataFrame] = {}
        mine = self.exits[self.exits["insee_code"] == code]
        for scenario in self.study.scenarios:
            rows = mine[mine["scenario"] == scenario.name]
            if rows.empty:
                continue
            columns = ("fixed_opens", "fixed_closes", "permanence_stops", "basis")
            key = tuple(str(v) for row in rows[list(columns)].to_numpy().tolist() for v in row)
            found.setdefault(key, []).append(scenario.name)
            rows_by.setdefault(key, rows)
        return tuple(self._one_leaving(code, names, rows_by[key]) for key, names in found.items())

    def _one_leaving(self, code: str, scenarios: list[str], rows: pd.DataFrame) -> Leaving:
        """Before and after, for scenarios that suppose the same dates; the first is set in figures."""
        first = rows.iloc[0]
        labels = {s.name: s.label_fr for s in self.study.scenarios}
        supposed = next((s.sentence_fr for s in self.study.scenarios if s.name == scenarios[0]), "")
        sentences = [_clean(supposed)] if supposed and scenarios[0] != self.reference else []
        if isinstance(first["permanence_stops"], str):
            stop = f"La permanence s'arrête {self._on(first['permanence_stops'])}"
            last = first.get("last_passage")
            sentences.append(
                stop
                + (f" ; dernier passage {self._on(last, weekday=True)}." if isinstance(last, str) else ".")
            )
        else:
            sentences.append("La permanence continue.")
        basis = _BASIS.get(str(first["basis"]), "")
        sentences += [
            f"La France Services de la commune ouvre {self._on(row.fixed_opens)}"
            + (f" et ferme {self._on(row.fixed_closes)}" if isinstance(row.fixed_closes, str) else "")
            + (f" ({basis})." if basis else ".")
            for row in rows_of(rows)
        ]
        address = self._structure(code)
        if address:
            sentences.append(f"Elle se trouve : {address}.")
        hours = number(self.study.setting("demand.fixed_hours_per_week"))
        if hours:
            sentences.append(
                f"Elle est ouverte environ {self.words.number(hours)} heures par semaine (hypothèse), "
                "sans attendre le passage suivant."
            )
        days = self._days_without(code, scenarios[0])
        if days is not None:
            sentences.append(
                "Aucun jour sans service dans la commune."
                if days < 0.5
                else f"{self.words.counted(days, 'jour|jours', '')} sans aucun service dans la commune."
            )
        sentences.append("Les visites à domicile se demandent de la même façon avant et après.")
        columns, table = self._before_after(code, scenarios[0])
        return Leaving(
            self._text(_clean(labels.get(scenarios[0], scenarios[0]))),
            tuple(self._text(s) for s in sentences),
            columns,
            table,
        )

    def _structure(self, code: str) -> str:
        """The address of the commune's structure in the national lists, where there is one."""
        if not has(self.fixed, "insee_code", "name", "address"):
            return ""
        rows = self.fixed[self.fixed["insee_code"] == code]
        parts = [f"{_clean(str(r.name))}, {_clean(str(r.address))}" for r in rows_of(rows)]
        return self.words.listed(parts)

    def _days_without(self, code: str, scenario: str) -> float | None:
        if not has(self.communes, "scenario", "insee_code", "days_without_service"):
            return None
        rows = _of(self.communes, scenario)
        rows = rows[rows["insee_code"] == code]
        return number(rows["days_without_service"].iloc[0]) if len(rows) else None

    def _before_after(self, code: str, scenario: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """Of the residents with a need: where they were helped without the exit, and with it, a year."""
        if scenario == self.reference:
            return (), ()
        before, after = self._destinations(code, self.reference), self._destinations(code, scenario)
        if not before or not after:
            return (), ()
        columns = ("Habitants de la commune, personnes par an", "Sans départ", "Avec ce départ")
        rows = tuple(
            (label, *(self._few(side.get(kind, 0.0)) for side in (before, after))) for kind, label in _PLACES
        )
        return tuple(self._text(c) for c in columns), rows

    def _few(self, persons: float) -> str:
        return self.words.number(persons) if persons == 0 else self.words.few(persons)

    def _destinations(self, code: str, scenario: str) -> dict[str, float]:
        if not has(self.flows, "scenario", "insee_code", "ended", "persons"):
            return {}
        rows = _of(self.flows, scenario)
        rows = rows[rows["insee_code"] == code]
        of_commune = (
            set(self.fixed.loc[self.fixed["insee_code"] == code, "id_fs"].astype(str))
            if has(self.fixed, "id_fs", "insee_code")
            else set()
        )
        totals: dict[str, float] = {}
        for row in rows_of(rows):
            head, _, place = str(row.ended).partition(":")
            kind = _UNHELPED
            if head == "home":
                kind = _HOME
            elif head in ("permanence", "fixed", "round"):
                here = place.partition(":")[0] == code or (head == "fixed" and place in of_commune)
                kind = _HERE if here else _ELSEWHERE
            totals[kind] = totals.get(kind, 0.0) + (number(row.persons) or 0.0) / self.years
        return totals

    # --- words ---

    def _text(self, text: str) -> str:
        return self.words(text, text).replace("'", "’")

    def _day(self, day: str) -> str:
        return re.sub(r"\b1 (?=\D)", "1er ", self.words.day(day, "EEEE d MMMM y"))

    def _on(self, day: object, *, weekday: bool = False) -> str:
        text = self._day(str(day))
        return f"le {text}" if weekday else f"le {text.partition(' ')[2]}"

    def _hours(self, opens: object, closes: object) -> str:
        return f"de {self.words.clock(number(opens))} à {self.words.clock(number(closes))}"


def _of(table: pd.DataFrame, scenario: str) -> pd.DataFrame:
    return table[table["scenario"] == scenario] if has(table, "scenario") else table


def _over(value: float | None, years: float) -> float | None:
    return None if value is None else value / years


def _clean(text: str) -> str:
    """A name without control or direction marks, of bounded length; the template escapes it."""
    kept = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc", "Cs", "Co"))
    return kept if len(kept) <= 160 else kept[:159] + "…"


def _address(text: object) -> str:
    known = _clean(text).strip() if isinstance(text, str) else ""
    return known or TO_COMPLETE


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


def _foot(study: StudyFolder) -> str:
    words = Words("fr")
    horizon = study.horizon
    span = f" du {words.day(horizon[0])} au {words.day(horizon[1])}" if horizon else ""
    text = (
        f"Document de travail tiré d'une simulation{span} : à confirmer par la cellule avant affichage. "
        "Le nombre de personnes vient de cette simulation, non calée sur la fréquentation réelle de la "
        "cellule ; l'intervalle dit le hasard, pas nos hypothèses."
    )
    return words(text, text).replace("'", "’")


@lru_cache(maxsize=2)
def _template(name: str) -> tuple[Template, Markup]:
    folder = files("sim.report") / "templates"
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    css = f":root{{{css_variables(dark=False)}}}" + (folder / "fiche.css").read_text(encoding="utf-8")
    text = (folder / name).read_text(encoding="utf-8")
    return environment.from_string(text), Markup(css)  # noqa: S704 - our own file


def _page(name: str, **values: object) -> str:
    template, css = _template(name)
    return template.render(css=css, completed=TO_COMPLETE, **values)
