"""Who gains, where: maps of the communes, sentences by intercommunalité, waits by site."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

import pandas as pd

from sim.report import figures, maps
from sim.report.frames import at, column, has, interval, number, possible, rows_of
from sim.report.maps import Place
from sim.report.palette import scenario_role
from sim.report.reading import Reading
from sim.report.view import Block, Cell, Choice, Heading, Key, Lines, Paragraph, Picture, Plot, Section, Table
from sim.report.words import Words, inert

__all__ = ["map_section", "rounds_places", "shortened", "shortening", "waits_section"]

_LONG = "Maison départementale des solidarités"


Rounds = tuple[list[Place], list[tuple[int, list[tuple[float, float]]]], list[str]]


def rounds_places(reading: Reading, scenario: str, *, last: bool = False) -> Rounds:
    """Sites with their vehicle, the tours of each vehicle, and the vehicles in order."""
    key = ("rounds", scenario, last)
    if key not in reading.kept:
        reading.kept[key] = _rounds_places(reading, scenario, last=last)
    rounds: Rounds = reading.kept[key]
    return rounds


def _rounds_places(reading: Reading, scenario: str, *, last: bool) -> Rounds:
    rounds = reading.folder.table("rounds")
    sites = reading.sites
    if not has(rounds, "scenario", "site_id", "vehicle", "week", "weekday", "half_day") or not has(
        sites, "latitude"
    ):
        return [], [], []
    rows = rounds[rounds["scenario"] == scenario]
    if "valid_from" in rows.columns and len(rows):
        dates = rows["valid_from"]
        rows = rows[dates == (dates.max() if last else dates.min())]
    vehicles = sorted(rows["vehicle"].dropna().astype(str).unique())
    rank = {v: i for i, v in enumerate(vehicles)}
    places: list[Place] = []
    routes: list[tuple[int, list[tuple[float, float]]]] = []
    named: set[str] = set()
    for site, group in rows.groupby("site_id", sort=True):
        spot = reading.point(str(site))
        if spot is None:
            continue
        vehicle = rank[str(group["vehicle"].iloc[0])]
        name = inert(reading.site_name(str(site)))
        commune = str(at(sites, site, "insee_code"))
        short = "" if commune in named else inert(reading.commune_name(commune))
        named.add(commune)
        places.append(Place(*spot, name, "site", vehicle, short if len(short) <= 28 else ""))
    for key, group in rows.groupby(["vehicle", "week", "weekday"], sort=True):
        ordered = group.assign(_rank=(group["half_day"] != "morning")).sort_values("_rank")
        points = [spot for s in ordered["site_id"] if (spot := reading.point(str(s)))]
        if len(points) > 1:
            routes.append((rank[str(cast("Any", key)[0])], points))
    return places, routes, vehicles


def _fixed(reading: Reading) -> list[Place]:
    table = reading.folder.place_table("fixed_france_services")
    if not has(table, "latitude", "longitude", "label_date"):
        return []
    flat = reading.map[0]
    start = str(reading.folder.horizon[0]) if reading.folder.horizon else "9999"
    return [
        Place(*flat.point(float(row.longitude), float(row.latitude)), inert(str(row.name_)), "fixed")
        for row in rows_of(table.rename(columns={"name": "name_"}))
        if str(row.label_date) <= start and pd.notna(row.latitude)
    ]


def _edges(values: list[float]) -> list[float]:
    """Five classes with round edges, near the quintiles."""
    series = pd.Series(sorted(values))
    if series.empty or series.iloc[-1] <= 0:
        return [0.0, 1.0]
    raw = [0.0, *(float(series.quantile(q)) for q in (0.2, 0.4, 0.6, 0.8)), float(series.iloc[-1])]
    rounded = [0.0]
    for value in raw[1:-1]:
        digits = 0 if value >= 10 else 1 if value >= 1 else 2
        step = 5.0 if value >= 100 else 1.0
        close = round(value / step) * step if digits == 0 else round(value, digits)
        if close > rounded[-1]:
            rounded.append(close)
    return [*rounded, max(raw[-1], rounded[-1] + 1)]


def _classes(values: dict[str, float], edges: list[float]) -> dict[str, int | None]:
    levels = len(edges) - 1
    spread = {1: [2], 2: [1, 3], 3: [0, 2, 4], 4: [0, 1, 3, 4], 5: [0, 1, 2, 3, 4]}[levels]
    out: dict[str, int | None] = {}
    for code, value in values.items():
        found = sum(value >= edge for edge in edges[1:-1])
        out[code] = spread[found]
    return out


def _role(level: int, levels: int) -> str:
    spread = {1: [2], 2: [1, 3], 3: [0, 2, 4], 4: [0, 1, 3, 4], 5: [0, 1, 2, 3, 4]}[levels]
    return f"q{spread[level]}"


def map_section(reading: Reading) -> Section | None:
    """The territory: rounds by vehicle, minutes by car, persons helped, who chose no place."""
    words = reading.words
    if not reading.map[1]:
        return None
    table = reading.folder.table("communes")
    leaves = any("exits" in scenario.delta for scenario in reading.scenarios)
    shown = reading.headline.name if reading.headline else reading.reference.name
    pictures: list[Picture] = []
    for scenario in dict.fromkeys((reading.reference.name, shown)):
        picture = _rounds_picture(reading, scenario)
        if picture:
            pictures.append(picture)
    by_commune = None
    if has(table, "scenario", "insee_code"):
        mapped = list(dict.fromkeys((reading.reference.name, shown))) if leaves else [reading.reference.name]
        layers, by_commune = _layers(reading, table, mapped)
        pictures += layers
    if not pictures:
        return None
    choice = Choice(words("Montrer sur la carte", "Show on the map"), tuple(pictures), by_commune)
    blocks: list[Block] = [choice, *_by_epci(reading, table)]
    title = (
        words("Qui en profite, et où", "Who gains, and where") if len(table) else words("La carte", "The map")
    )
    return Section("carte", title, tuple(blocks))


def _rounds_picture(reading: Reading, scenario: str) -> Picture | None:
    words = reading.words
    places, routes, vehicles = rounds_places(reading, scenario, last=scenario != reading.reference.name)
    if not places:
        return None
    fixed = _fixed(reading)
    _, shapes, box = reading.map
    served = set(reading.sites["insee_code"]) if has(reading.sites, "insee_code") else set()
    titles = {s.code: inert(reading.commune_name(s.code)) for s in shapes}

    plot = Plot(
        maps.commune_map,
        (shapes, box),
        {
            "classes": dict.fromkeys(served, 1),
            "titles": titles,
            "places": [*fixed, *places],
            "routes": routes,
        },
    )

    counts = [sum(p.vehicle == i for p in places) for i in range(len(vehicles))]
    label = reading.label(scenario)
    each = words.listed(
        [words(f"{n} pour le véhicule {i + 1}", f"{n} for vehicle {i + 1}") for i, n in enumerate(counts)]
    )
    sentence = words(
        f"« {label} » : {len(places)} sites de permanence répartis sur {len(vehicles)} tournées ({each}) "
        f"; {len(fixed)} France Services fixes déjà ouvertes au premier jour.",
        f"“{label}”: {len(places)} permanence sites on {len(vehicles)} rounds ({each}); {len(fixed)} "
        "fixed France Services already open on the first day.",
    )
    rounds = reading.folder.table("rounds")
    rows = rounds[rounds["scenario"] == scenario]
    rows = rows.sort_values(
        ["vehicle", "week", "weekday", "half_day"],
        key=lambda s: s.map({"morning": 0, "afternoon": 1}) if s.name == "half_day" else s,
    )
    listed: list[list[Cell | str]] = [
        [
            reading.site_name(str(r.site_id)),
            str(r.vehicle),
            Cell(str(r.week), number=True),
            words.weekday(int(r.weekday)) if number(r.weekday) else str(r.weekday),
            words.hours(number(r.open_s), number(r.close_s)),
        ]
        for r in rows_of(rows)
    ]
    return Picture(
        ident=f"tournees-{scenario}",
        title=words(f"Tournées : {label}", f"Rounds: {label}"),
        short=words(f"Tournées : {label}", f"Rounds: {label}"),
        sentence=sentence,
        plot=plot,
        keys=(
            *(
                Key(words(f"Véhicule {i + 1}", f"Vehicle {i + 1}"), f"v{i % 5 + 1}", f"line{i % 5}")
                for i in range(len(vehicles))
            ),
            Key(words("France Services fixe", "Fixed France Services"), "ink", "square"),
            Key(words("Commune avec permanence", "Commune with a permanence"), "q1", "area"),
        ),
        table=Table(
            caption=words(f"Les passages du cycle : {label}", f"Passages of the cycle: {label}"),
            headers=(
                words("Site", "Site"),
                words("Véhicule", "Vehicle"),
                words("Semaine", "Week"),
                words("Jour", "Day"),
                words("Heures annoncées", "Announced hours"),
            ),
            rows=listed,
        ),
        source=words(
            "Un trait relie les deux permanences d'une même journée.",
            "A line joins the two permanences of one day.",
        ),
    )


def _layers(
    reading: Reading, table: pd.DataFrame, scenarios: list[str]
) -> tuple[list[Picture], Table | None]:
    """One map a figure and scenario, with the same classes in every scenario, and one table for all maps."""
    words = reading.words
    per_thousand = words("pour 1 000 habitants et par an", "per 1,000 residents a year")
    layers = (
        (
            "minutes",
            ("minutes_nearest",),
            words(
                "Minutes en voiture jusqu'à l'accueil le plus proche", "Minutes by car to the nearest desk"
            ),
            words("Minutes en voiture", "Minutes by car"),
        ),
        (
            "aidees",
            ("itinerant", "home"),
            words("Personnes aidées par la cellule, ", "Persons helped by the cell, ") + per_thousand,
            words("Aidées par la cellule", "Helped by the cell"),
        ),
        (
            "aucun-lieu",
            ("gave_up",),
            words("N'ont choisi aucun lieu, ", "Chose no place, ") + per_thousand,
            words("Aucun lieu choisi", "No place chosen"),
        ),
    )
    made: list[Picture] = []
    shown: list[tuple[str, dict[str, float]]] = []
    for ident, columns, title, short in layers:
        if not set(columns) <= set(table.columns):
            continue
        values = {one: _values(reading, table, one, columns) for one in scenarios}
        every = [v for of in values.values() for v in of.values()]
        if not every:
            continue
        edges = [0.0, 5.0, 10.0, 15.0, 20.0, max(*every, 21.0)] if ident == "minutes" else _edges(every)
        for one in scenarios:
            tail = words(f" : {reading.label(one)}", f": {reading.label(one)}") if len(scenarios) > 1 else ""
            name = ident if one == reading.reference.name else f"{ident}-{one}"
            picture = _choropleth(reading, one, name, title + tail, values[one], edges)
            if picture:
                made.append(replace(picture, short=short + tail))
                shown.append((title + tail, values[one]))
    return made, _by_commune(reading, shown) if shown else None


def _by_commune(reading: Reading, shown: list[tuple[str, dict[str, float]]]) -> Table:
    """What every map shows, commune by commune."""
    words = reading.words
    epci = reading.communes["epci_name"] if has(reading.communes, "epci_name") else pd.Series(dtype=str)
    codes = dict.fromkeys(code for _, values in shown for code in values)
    rows: list[list[Cell | str]] = [
        [
            reading.commune_name(code),
            _plain(str(epci.get(code, "–"))),
            *(Cell(words.number(values.get(code), _decimals(values)), number=True) for _, values in shown),
        ]
        for code in sorted(codes, key=reading.commune_name)
    ]
    return Table(
        caption=words("Commune par commune : ce que montrent les cartes", "By commune: what the maps show"),
        headers=(
            words("Commune", "Commune"),
            words("Intercommunalité", "Intercommunality"),
            *(title for title, _ in shown),
        ),
        rows=rows,
    )


def _decimals(values: dict[str, float]) -> int:
    return 0 if max(values.values(), default=0.0) >= 10 else 1


def _values(
    reading: Reading, table: pd.DataFrame, scenario: str, columns: tuple[str, ...]
) -> dict[str, float]:
    """Minutes by commune, or persons a year per 1 000 residents."""
    communes = reading.communes
    population = communes["population"] if has(communes, "population") else pd.Series(dtype=float)
    out: dict[str, float] = {}
    for row in table[table["scenario"] == scenario].to_dict("records"):
        code = str(row["insee_code"])
        found = [number(row[name]) for name in columns]
        if any(value is None for value in found):
            continue
        total = sum(value or 0.0 for value in found)
        if columns == ("minutes_nearest",):
            out[code] = total
        elif people := number(population.get(code)):
            out[code] = total / reading.years / people * 1000
    return out


def _choropleth(
    reading: Reading,
    scenario: str,
    ident: str,
    title: str,
    values: dict[str, float],
    edges: list[float],
) -> Picture | None:
    words = reading.words
    if not values:
        return None
    _, shapes, box = reading.map
    classes = {s.code: None for s in shapes} | _classes(values, edges)
    decimals = _decimals(values)
    titles = {
        s.code: f"{inert(reading.commune_name(s.code))} : {words.number(values.get(s.code), decimals)}"
        for s in shapes
    }
    places = list(rounds_places(reading, scenario, last=scenario != reading.reference.name)[0])
    plain = [Place(p.x, p.y, p.label, "site") for p in places]

    plot = Plot(maps.commune_map, (shapes, box), {"classes": classes, "titles": titles, "places": plain})

    ordered = sorted(values.items(), key=lambda item: item[1])
    low, high = ordered[0], ordered[-1]
    middle = float(pd.Series(list(values.values())).median())
    sentence = words(
        f"{title} : la moitié des {len(values)} communes sont "
        f"sous {words.number(middle, decimals)} ; "
        f"de {words.number(low[1], decimals)} ({reading.commune_name(low[0])}) à "
        f"{words.number(high[1], decimals)} ({reading.commune_name(high[0])}).",
        f"{title}: half of the {len(values)} communes are under "
        f"{words.number(middle, decimals)}; "
        f"from {words.number(low[1], decimals)} ({reading.commune_name(low[0])}) to "
        f"{words.number(high[1], decimals)} ({reading.commune_name(high[0])}).",
    )
    levels = len(edges) - 1
    keys = [
        Key(text, _role(i, levels), "area")
        for i, text in maps.legend_of_classes(edges, words, 0 if edges[1] >= 1 else 1)
    ]
    return Picture(
        ident=f"carte-{ident}",
        title=title,
        sentence=sentence,
        plot=plot,
        source=words(f"Scénario : {reading.label(scenario)}.", f"Scenario: {reading.label(scenario)}."),
        keys=(*keys, Key(words("Site de permanence", "Permanence site"), "accent", "dot")),
    )


def _by_epci(reading: Reading, table: pd.DataFrame) -> list[Block]:
    """One sentence an intercommunalité: persons helped, and what the headline scenario changes."""
    words = reading.words
    communes = reading.communes
    if not has(table, "scenario", "insee_code", "itinerant", "home") or not has(communes, "epci_name"):
        return []
    best = reading.headline
    totals = table.assign(
        epci=table["insee_code"].map(communes["epci_name"]),
        cell=(pd.to_numeric(table["itinerant"]) + pd.to_numeric(table["home"])) / reading.years,
    )
    largest = str(communes["population"].astype(float).idxmax())
    sums = totals.groupby(["scenario", "epci"])["cell"].sum()
    without = totals[totals["insee_code"] != largest].groupby(["scenario", "epci"])["cell"].sum()
    base = sums.get(reading.reference.name)
    if base is None:
        return []
    items = []
    for epci, value in base.items():
        text = words(
            f"{words.few(value)} personnes aidées par la cellule et par an",
            f"{words.few(value)} persons helped by the cell a year",
        )
        home = without.get((reading.reference.name, epci), value)
        if abs(float(home) - float(value)) > 1e-9:
            name = reading.commune_name(largest)
            text += words(f" ({words.few(home)} sans {name})", f" ({words.few(home)} without {name})")
        if best is not None:
            change = float(sums.get((best.name, epci), value)) - float(value)
            text += words(
                f" ; {words.signed(change)} avec « {reading.label(best.name)} »",
                f"; {words.signed(change)} with “{reading.label(best.name)}”",
            )
        items.append((_plain(str(epci)), text + "."))
    return [
        Heading(words("Par intercommunalité", "By intercommunality")),
        Lines(tuple(items)),
        Paragraph(
            words(
                "Moyennes sur les simulations ; sous 10 personnes par an, le nombre n'est pas donné.",
                "Means over the simulations; under 10 persons a year the number is not given.",
            ),
            "note",
        ),
    ]


def waits_section(reading: Reading) -> Section | None:
    """Waits and not served by site, sites by intercommunalité and name, never ranked."""
    words = reading.words
    table = reading.folder.table("sites")
    if not has(table, "scenario", "site_id"):
        return None
    wait = column(table, "wait_mean", "wait_mean_min", "wait_min", "wait")
    if wait is None:
        return None
    chosen = [
        s
        for s in reading.series
        if s.name in {reading.reference.name, reading.headline.name if reading.headline else ""}
    ]
    names = {s: reading.site_name(s) for s in table["site_id"].unique()}
    epci = {s: _epci_of_site(reading, s) for s in names}
    low, high = interval(table, wait)
    frame = pd.DataFrame(
        {
            "group": [inert(epci[s]) for s in table["site_id"]],
            "label": [inert(_commune_or_site(names[s])) for s in table["site_id"]],
            "scenario": table["scenario"],
            "mean": pd.to_numeric(table[wait]),
            "low": low,
            "high": high,
        }
    ).dropna(subset=["mean"])
    frame = frame[frame["scenario"].isin([s.name for s in chosen])].sort_values(
        ["group", "label"], kind="stable"
    )
    if frame.empty:
        return None

    plot = Plot(figures.dots, (frame, words), {"series": chosen, "decimals": 1})

    base = frame[frame["scenario"] == reading.reference.name]
    ends = base["mean"].quantile([0.1, 0.9]).tolist()
    sentence = words(
        f"Attente moyenne des personnes reçues, {reading.label(reading.reference.name)} : de "
        f"{words.number(ends[0], 1)} à {words.number(ends[1], 1)} minutes dans huit sites sur dix.",
        f"Mean wait of persons served, {reading.label(reading.reference.name)}: from "
        f"{words.number(ends[0], 1)} to {words.number(ends[1], 1)} minutes at eight sites in ten.",
    )
    outcomes = [
        ("served", words("Reçues", "Served")),
        ("reneged", words("Parties avant leur tour", "Left before their turn")),
        ("turned_away", words("En file à la fin", "In the queue at the end")),
        ("refused", words("Arrivées après la fermeture", "Arrived after closing")),
        ("door_closed", words("Passage annulé", "Passage cancelled")),
    ]
    present = [(c, label) for stem, label in outcomes if (c := column(table, stem, f"contacts_{stem}"))]
    base_rows = table[table["scenario"] == reading.reference.name]
    totals = {c: float(base_rows[c].sum()) / reading.years for c, _ in present}
    rows: list[list[Cell | str]] = []
    for row in base_rows.to_dict("records"):
        site = str(row["site_id"])
        stem = wait.removesuffix("_mean")
        lo, hi = (possible(number(row.get(f"{stem}_ci95_{end}"))) for end in ("low", "high"))
        rows.append(
            [
                names[site],
                Cell(
                    words.number(number(row[wait]), 1)
                    + (f" ({words.span(lo, hi, 1)})" if lo is not None else ""),
                    number=True,
                ),
                *(Cell(words.none_or_few(_yearly(row[c], reading)), number=True) for c, _ in present),
            ]
        )
    rows.sort(key=lambda r: str(r[0]))
    every: list[Cell | str] = [
        words("Tous les sites", "All sites"),
        "–",
        *(Cell(words.number(total), number=True) for total in totals.values()),
    ]
    if totals:
        parts = words.listed(
            [f"{label[:1].lower()}{label[1:]} {words.number(totals[c])}" for c, label in present]
        )
        sentence += words(f" Venues par an, tous sites : {parts}.", f" Contacts a year, all sites: {parts}.")
    picture = Picture(
        ident="attentes",
        title=words(
            "Attente moyenne sur place, par site, en minutes", "Mean wait on site, by site, in minutes"
        ),
        sentence=sentence,
        plot=plot,
        keys=tuple(Key(s.label, scenario_role(s.colour), s.symbol) for s in chosen),
        table=Table(
            caption=words(
                f"Par site : attente, et issue des venues par an, {reading.label(reading.reference.name)}",
                f"By site: wait, and outcome of contacts a year, {reading.label(reading.reference.name)}",
            ),
            headers=(
                words("Site", "Site"),
                words("Attente moyenne, minutes (intervalle à 95 %)", "Mean wait, minutes (95% interval)"),
                *(label for _, label in present),
            ),
            rows=[*rows, every],
            note=_same_day(reading),
        ),
        source=words(
            "Trait : intervalle à 95 %. Sites par intercommunalité, sans classement. ",
            "Line: 95% interval. Sites by intercommunality, not ranked. ",
        )
        + shortening(names.values(), words),
    )
    return Section("attentes", words("L'attente sur place", "Waiting on site"), (picture,))


def _same_day(reading: Reading) -> str:
    """For communes with several sites: why one that opens later the same day shows few people."""
    table, words, sites = reading.folder.table("rounds"), reading.words, reading.sites
    if not has(table, "scenario", "site_id", "week", "weekday", "open_s") or not has(sites, "insee_code"):
        return ""
    rounds = table[table["scenario"] == reading.reference.name]
    rounds = rounds.assign(commune=rounds["site_id"].map(sites["insee_code"].astype(str)))
    if "valid_from" in rounds.columns:
        rounds = rounds[rounds["valid_from"] == rounds["valid_from"].min()]
    count = rounds.groupby("commune")["site_id"].nunique()
    several = sorted(reading.commune_name(str(code)) for code in count.index[count > 1])
    if not several:
        return ""
    said = words(
        f"Commune qui a plusieurs sites : {words.listed(several)}. Le modèle envoie chaque habitant au "
        "premier passage annoncé dans sa commune à partir de son besoin, quel que soit le site.",
        f"Commune with several sites: {words.listed(several)}. The model sends each resident to the first "
        "passage announced in the commune from the time of need on, whatever the site.",
    )
    first = rounds.groupby(["commune", "week", "weekday"])["open_s"].transform("min")
    later = sorted({reading.site_name(str(site)) for site in rounds.loc[rounds["open_s"] > first, "site_id"]})
    if later:
        which = shortened(words.listed(later))
        said += words(
            f" Un site qui ouvre plus tard le même jour qu'un autre ({which}) reçoit donc peu de personnes "
            "ici : ce nombre seul n'est pas une raison de le fermer.",
            f" A site that opens later on the same day as another ({which}) therefore receives few persons "
            "here: that number alone is no reason to close it.",
        )
    return said


def _yearly(persons: object, reading: Reading) -> float | None:
    """A number over the time simulated, by year."""
    found = number(persons)
    return None if found is None else found / reading.years


def _epci_of_site(reading: Reading, site: str) -> str:
    if site in reading.sites.index and has(reading.communes, "epci_name"):
        code = str(reading.sites.loc[site, "insee_code"])
        if code in reading.communes.index:
            return _plain(str(reading.communes.loc[code, "epci_name"]))
    return ""


def _plain(epci: str) -> str:
    """The name of an intercommunalité without what it is: « Deux Rives » for « CC des Deux Rives »."""
    return re.sub(r"^C[ACU] (?:(?:du|de la|des|de) |de l['’])?", "", epci)


def shortened(name: str) -> str:
    """The name of a site, with MDS for a Maison départementale des solidarités."""
    return name.replace(_LONG, "MDS")


def shortening(names: Iterable[str], words: Words) -> str:
    """What MDS stands for, where one of these names has it."""
    if not any(_LONG in name for name in names):
        return ""
    return words("MDS : maison départementale des solidarités.", "MDS: departmental centre for social help.")


def _commune_or_site(name: str) -> str:
    return shortened(name).replace("Mairie de ", "").replace("Mairie d’", "")
