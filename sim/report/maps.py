"""Maps: communes filled by class, sites, fixed structures and rounds over them, names where there is room."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sim.report.palette import DASHES, light, vehicle_colour
from sim.report.sheet import NARROW, Maker, Sheet, scatter, sheet, write
from sim.report.words import Words

__all__ = ["Place", "commune_map", "legend_of_classes"]


@dataclass(frozen=True)
class Place:
    """A point of the map: a site, a fixed structure, the base."""

    x: float
    y: float
    label: str
    kind: str
    vehicle: int | None = None
    short: str = ""


@Maker
def commune_map(
    shapes: Sequence[Any],
    box: tuple[float, float, float, float],
    width: int,
    *,
    classes: dict[str, int | None],
    titles: dict[str, str],
    places: Sequence[Place] = (),
    routes: Sequence[tuple[int, Sequence[tuple[float, float]]]] = (),
) -> Sheet:
    """Communes filled by class, with sites, fixed structures and the rounds of each vehicle over them.

    Parameters
    ----------
    shapes
        Outlines of `geometry.outlines`.
    box
        West, east, south, north of the outlines.
    classes
        Class 0 to 4 by commune; none where there is no value, absent where it is not filled.
    titles
        What is shown when a commune is pointed at.
    routes
        Vehicle rank and the points of one tour.
    """
    west, east, south, north = box
    pad = 0.02 * (east - west)
    height = width * (north - south + 2 * pad) / (east - west + 2 * pad)
    figure = sheet(
        width,
        round(height),
        left=0,
        right=0,
        top=0,
        bottom=0,
        x=(west - pad, east + pad),
        y=(south - pad, north + pad),
    )
    for shape in shapes:
        level = classes.get(shape.code, -1)
        fill = light("wash") if level == -1 else light("qx") if level is None else light(f"q{level}")
        figure.add(
            scatter(
                x=shape.xs,
                y=shape.ys,
                fill="toself",
                mode="lines",
                fillcolor=fill,
                line={"color": light("paper") if level != -1 else light("rule"), "width": 0.7},
                meta="outline",
                hovertext=titles.get(shape.code),
                hoverinfo="text",
            )
        )
    for vehicle, points in routes:
        figure.add(
            scatter(
                x=[p[0] for p in points],
                y=[p[1] for p in points],
                mode="lines",
                line={"color": vehicle_colour(vehicle), "width": 2, "dash": DASHES[vehicle % len(DASHES)]},
                opacity=0.75,
                hoverinfo="skip",
            )
        )
    small = width < NARROW
    scale = width / (east - west + 2 * pad), height / (north - south + 2 * pad)
    places = _apart(places, scale, 12.5 if small else 17.5)
    groups = {
        "fixed": ("square", light("ink"), 5.0 if small else 7.0),
        "site": ("circle", light("accent"), 7.0 if small else 10.0),
        "base": ("diamond", light("ink"), 9.0 if small else 12.0),
    }
    for kind, (symbol, colour, size) in groups.items():
        chosen = [p for p in places if p.kind == kind]
        if not chosen:
            continue
        numbered = any(p.vehicle is not None for p in chosen)
        colours = [colour if p.vehicle is None else vehicle_colour(p.vehicle) for p in chosen]
        figure.add(
            scatter(
                x=[p.x for p in chosen],
                y=[p.y for p in chosen],
                mode="markers",
                name=kind,
                marker={
                    "size": size * (1.7 if numbered else 1),
                    "color": colours,
                    "symbol": symbol,
                    "line": {"color": light("paper"), "width": 1.2},
                },
                hovertext=[p.label for p in chosen],
                hoverinfo="text",
            )
        )
        if numbered:
            figure.add(
                scatter(
                    x=[p.x for p in chosen],
                    y=[p.y for p in chosen],
                    mode="text",
                    text=["" if p.vehicle is None else str(p.vehicle + 1) for p in chosen],
                    textfont={"size": 9 if small else 11, "color": light("paper")},
                    hoverinfo="skip",
                )
            )
    _name_places(
        figure,
        [p for p in places if p.kind != "fixed"],
        (west - pad, east + pad, south - pad, north + pad),
        (width, round(height)),
        9.5 if small else 11.5,
    )
    return figure


def _apart(places: Sequence[Place], pixels: tuple[float, float], apart: float) -> list[Place]:
    """Numbered places moved so that no two are nearer than `apart` pixels, and each stays close to its own.

    Parameters
    ----------
    pixels
        Pixels to a unit of the map, across and up.
    """
    px, py = pixels
    spots = [[p.x * px, p.y * py] for p in places]
    moving = [i for i, p in enumerate(places) if p.vehicle is not None]
    for _ in range(40):
        still = True
        for k, i in enumerate(moving):
            for j in moving[k + 1 :]:
                dx, dy = spots[j][0] - spots[i][0], spots[j][1] - spots[i][1]
                distance = math.hypot(dx, dy)
                if distance >= apart - 0.01:
                    continue
                # Two places at the same point part along a line of their own.
                ux, uy = (dx / distance, dy / distance) if distance else (math.cos(j), math.sin(j))
                push = (apart - distance) / 2
                for index, sign in ((i, -1), (j, 1)):
                    spots[index][0] += sign * ux * push
                    spots[index][1] += sign * uy * push
                still = False
        if still:
            break
    return [replace(p, x=x / px, y=y / py) for p, (x, y) in zip(places, spots, strict=True)]


def _name_places(
    figure: Sheet,
    places: Sequence[Place],
    frame: tuple[float, float, float, float],
    size: tuple[float, float],
    font: float,
) -> None:
    """Names beside the points where they cover neither a point nor another name; the rest go without."""
    west, east, south, north = frame
    width, height = size
    mark = font * 1.4
    taken = [
        _box((p.x - west) / (east - west) * width, (north - p.y) / (north - south) * height, mark, mark)
        for p in places
    ]
    for place in places:
        if not place.short:
            continue
        x = (place.x - west) / (east - west) * width
        y = (north - place.y) / (north - south) * height
        long = len(place.short) * font * 0.53
        for dx, dy, anchor in _around(font):
            centre = x + dx + {"left": long / 2, "right": -long / 2, "center": 0.0}[anchor]
            box = _box(centre, y + dy, long, font * 1.15)
            inside = box[0] > 2 and box[1] < width - 2 and box[2] > 2 and box[3] < height - 2
            if inside and not any(_cover(box, other) for other in taken):
                taken.append(box)
                write(
                    figure,
                    place.short,
                    place.x,
                    place.y,
                    xshift=dx,
                    yshift=-dy,
                    xanchor=anchor,
                    size=font,
                    halo=True,
                )
                break


def _around(font: float) -> tuple[tuple[float, float, str], ...]:
    """Where a name may stand beside its point: right, left, above, below."""
    side, above = 0.95 * font, 1.3 * font
    return ((side, 0.0, "left"), (-side, 0.0, "right"), (0.0, -above, "center"), (0.0, above, "center"))


def _box(x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
    return x - width / 2, x + width / 2, y - height / 2, y + height / 2


def _cover(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[1] and b[0] < a[1] and a[2] < b[3] and b[2] < a[3]


def legend_of_classes(edges: Sequence[float], words: Words, decimals: int) -> list[tuple[int, str]]:
    """Class number and its span in words, for the key beside a map."""
    out = []
    for i in range(len(edges) - 1):
        low, high = words.number(edges[i], decimals), words.number(edges[i + 1], decimals)
        if i == 0:
            out.append((i, words(f"moins de {high}", f"under {high}")))
        elif i == len(edges) - 2:
            out.append((i, words(f"{low} et plus", f"{low} and more")))
        else:
            out.append((i, words(f"{low} à {high}", f"{low} to {high}")))
    return out
