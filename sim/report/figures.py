"""Charts: functions from a frame to a Plotly figure, every range, tick and label stated, nothing written.

Each takes its frame, the words of a language and a width in pixels (340 for a phone, 760 for a desk).
Names that come from a territory pass through `inert` first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.report.frames import at, rows_of
from sim.report.palette import DASHES, light, pattern_of
from sim.report.sheet import (
    NARROW,
    Maker,
    Sheet,
    across,
    bar,
    cut,
    hatch_on,
    scatter,
    sheet,
    text_on,
    tick_decimals,
    ticks,
    wrapped,
    write,
)
from sim.report.words import Words, inert

__all__ = [
    "PLAIN",
    "Series",
    "bars",
    "differences",
    "dots",
    "frontier",
    "months",
    "shares",
    "tornado",
    "weeks",
]


PLAIN = light("s1")
"""Colour of marks that stand for no scenario."""


@dataclass(frozen=True)
class Series:
    """A scenario as it is drawn: its label, colour and marker."""

    name: str
    label: str
    colour: str
    symbol: str = "circle"


@Maker
def differences(
    frame: pd.DataFrame,
    words: Words,
    width: int,
    *,
    threshold: float | None,
    decimals: int,
    direction: int,
    money: bool = False,
    bare: bool = False,
) -> Sheet:
    """Differences from the reference as dots with intervals, over the band of no practical use.

    Parameters
    ----------
    frame
        One row a scenario: `label`, `difference`, `low`, `high`, `colour`, `symbol`.
    threshold
        Half-width of the band, in the unit of the differences; none draws no band.
    direction
        1 when more is better, -1 when less is, 0 when neither.
    money
        The differences are amounts: less is said to cost less, not to be better.
    bare
        They have no interval to write.
    """
    wide = width >= NARROW
    spans = [
        "" if bare else words.span(low, high, decimals)
        for low, high in zip(frame["low"], frame["high"], strict=True)
    ]
    values_written = [words.signed(v, decimals) for v in frame["difference"]]
    # On a phone the label stands above a lane of its own, the value and its interval beside both.
    beside = max(
        (max(5.9 * len(span), 8.2 * len(value)) for span, value in zip(spans, values_written, strict=True)),
        default=0.0,
    )
    left, right = (250.0, 140.0) if wide else (8.0, beside + 14.0)
    names = [
        wrapped(str(label), 34 if wide else int((width - left - right) / 6.5)) for label in frame["label"]
    ]
    lines = max((name.count("<br>") + 1 for name in names), default=1)
    row, top, bottom = (36.0, 30.0, 30.0) if wide else (28.0 + 14.5 * lines, 26.0, 28.0)
    reach = float(np.nanmax(np.abs(frame[["difference", "low", "high"]].to_numpy(dtype=float)), initial=0.0))
    reach = max(reach, 1.6 * (threshold or 0.0)) or 1.0
    lowest = min(float(frame["low"].min()), -(threshold or 0.0) * 1.25, -0.06 * reach)
    highest = max(float(frame["high"].max()), (threshold or 0.0) * 1.25, 0.06 * reach)
    pad = 0.05 * (highest - lowest)
    n = len(frame)
    figure = sheet(
        width,
        top + bottom + n * row,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        x=(lowest - pad, highest + pad),
        y=(n - 0.5, -0.5),
    )
    lanes = [(-0.5, n - 0.5)] if wide else [(i + 0.5 - 25 / row, i + 0.5 - 3 / row) for i in range(n)]
    for start, end in lanes:
        if threshold:
            figure.shape(
                type="rect",
                x0=-threshold,
                x1=threshold,
                y0=start,
                y1=end,
                fillcolor=light("band"),
                line={"width": 0},
                layer="below",
            )
        figure.shape(
            type="line",
            x0=0,
            x1=0,
            y0=start,
            y1=end,
            line={"color": light("muted"), "width": 1},
            layer="below",
        )
    for i, item in enumerate(rows_of(frame)):
        figure.add(
            scatter(
                x=[item.difference],
                y=[i if wide else i + 0.5 - 14 / row],
                mode="markers",
                name=str(item.label),
                marker={"size": 11, "color": item.colour, "symbol": item.symbol},
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [item.high - item.difference],
                    "arrayminus": [item.difference - item.low],
                    "color": item.colour,
                    "thickness": 3,
                    "width": 0,
                },
                hovertext=[
                    (
                        f"{item.label} : {words.signed(item.difference, decimals)} "
                        f"({words.range(item.low, item.high, decimals)})"
                    )
                ],
                hoverinfo="text",
            )
        )
        value = f"<b>{values_written[i]}</b>"
        if wide:
            write(figure, names[i], 0, i, xref="paper", xshift=-14, xanchor="right")
            write(figure, value, 1, i if bare else i - 0.2, xref="paper", xshift=14, size=13.5)
            write(
                figure,
                spans[i],
                1,
                i + 0.22,
                xref="paper",
                xshift=14,
                size=12,
                colour=light("muted"),
            )
        else:
            below = 3 + 7.25 * (names[i].count("<br>") + 1)
            write(figure, names[i], 0, i - 0.5 + below / row, xref="paper", size=12)
            write(figure, value, 1, i + 0.5 - (14 if bare else 28) / row, xref="paper", xshift=10)
            write(
                figure,
                spans[i],
                1,
                i + 0.5 - 13 / row,
                xref="paper",
                xshift=10,
                size=11,
                colour=light("muted"),
            )
    values = ticks(lowest, highest, 4 if width < NARROW else 6)
    places = max(tick_decimals(values), 0)
    scale = (width - left - right) / (highest - lowest + 2 * pad)
    marks = [
        (v, text)
        for v in values
        if left + (v - lowest + pad) * scale >= 3.2 * len(text := words.signed(v, places))  # stays in
    ]
    figure.xaxis(tickvals=[v for v, _ in marks], ticktext=[text for _, text in marks])
    if direction:
        better_right = direction > 0
        text = words("mieux →", "better →") if better_right else words("← mieux", "← better")
        if money:
            text = words("← coûte moins", "← costs less")
        write(
            figure,
            text,
            1 if better_right else 0,
            1,
            xref="paper",
            yref="paper",
            xanchor="right" if better_right else "left",
            yanchor="bottom",
            yshift=8,
            size=12,
            colour=light("muted"),
        )
    return figure


@Maker
def months(
    frame: pd.DataFrame,
    words: Words,
    width: int,
    *,
    series: Sequence[Series],
    shaded: Sequence[tuple[float, float, str]],
    decimals: int = 0,
) -> Sheet:
    """A measure by month for each scenario, with its interval, seasons shaded and labelled.

    Parameters
    ----------
    frame
        `scenario`, `month` (2021-07), `mean`, `low`, `high`.
    shaded
        Spans in months from the first one, with their label.
    """
    names = sorted(frame["month"].unique())
    index = {m: i for i, m in enumerate(names)}
    narrow = width < NARROW
    top = float(max(frame["high"].max(), 1))
    height = 300 if narrow else 360
    figure = sheet(
        width,
        height,
        left=44,
        right=14 if narrow else 190,
        top=46,
        bottom=40,
        x=(-0.4, len(names) - 0.6),
        y=(0, top * 1.05),
    )
    for start, end, label in shaded:
        figure.shape(
            type="rect",
            x0=start,
            x1=end,
            y0=0,
            y1=1,
            yref="paper",
            fillcolor=light("band"),
            line={"width": 0},
            layer="below",
        )
        if label:
            write(
                figure,
                wrapped(label, 9 if narrow else 14),
                (start + end) / 2,
                1,
                yref="paper",
                xanchor="center",
                yanchor="bottom",
                yshift=4,
                size=11,
                colour=light("muted"),
            )
    ends: list[tuple[float, Series]] = []
    for k, one in enumerate(series):
        rows = frame[frame["scenario"] == one.name].sort_values("month")
        if rows.empty:
            continue
        xs = [index[m] for m in rows["month"]]
        ys = rows["mean"].tolist()
        figure.add(
            scatter(
                x=xs + xs[::-1],
                y=rows["high"].tolist() + rows["low"].tolist()[::-1],
                fill="toself",
                mode="lines",
                fillcolor=one.colour,
                opacity=0.18,
                line={"width": 0},
                hoverinfo="skip",
            )
        )
        figure.add(
            scatter(
                x=xs,
                y=ys,
                mode="lines",
                name=one.label,
                line={"color": one.colour, "width": 2.5, "dash": DASHES[k % len(DASHES)]},
                hovertext=[
                    f"{m} : {words.number(v, decimals)}" for m, v in zip(rows["month"], ys, strict=True)
                ],
                hoverinfo="text",
            )
        )
        ends.append((ys[-1], one))
    if not narrow:
        for y, one in _spread(ends, top * 1.05, 16 / (height - 86)):
            write(
                figure,
                wrapped(inert(one.label), 26),
                len(names) - 0.6,
                y,
                xshift=6,
                size=12.5,
                colour=one.colour,
            )
    values = ticks(0, top * 1.05, 4)
    figure.yaxis(
        showgrid=True, tickvals=values, ticktext=[words.number(v, tick_decimals(values)) for v in values]
    )
    step = 3 if narrow else 1 if len(names) <= 18 else 3
    shown = [(index[m], m) for m in names if (int(m[5:7]) - 1) % step == 0]
    figure.xaxis(
        tickvals=[i for i, _ in shown],
        ticktext=[
            (words.month(int(m[5:7]), width="abbreviated") if narrow else words.month(int(m[5:7]))[:5])
            + (f"<br>{m[:4]}" if m[5:7] == "01" or k == 0 else "")
            for k, (_, m) in enumerate(shown)
        ],
    )
    return figure


def _spread(ends: list[tuple[float, Series]], span: float, least: float) -> list[tuple[float, Series]]:
    """End labels moved apart, in the order of their values, so that none covers another."""
    gap = least * span * 1.9
    placed: list[tuple[float, Series]] = []
    for y, one in sorted(ends, key=lambda pair: pair[0]):
        low = placed[-1][0] + gap if placed else y
        placed.append((max(y, low), one))
    overflow = placed[-1][0] - span if placed else 0.0
    if overflow > 0:
        placed = [(y - overflow, one) for y, one in placed]
        for i in range(len(placed) - 2, -1, -1):
            placed[i] = (min(placed[i][0], placed[i + 1][0] - gap), placed[i][1])
    return placed


@Maker
def dots(
    frame: pd.DataFrame,
    words: Words,
    width: int,
    *,
    series: Sequence[Series],
    decimals: int,
    mark: tuple[float, str] | None = None,
) -> Sheet:
    """One row a place or an agent, one dot with its interval a scenario, rows in the order given.

    Parameters
    ----------
    frame
        `label`, `group` (a heading, or empty), `scenario`, `mean`, `low`, `high`.
    mark
        A value to compare with, and its words.
    """
    narrow = width < NARROW
    labels = rows_of(frame[["group", "label"]].drop_duplicates())
    places: dict[tuple[str, str], float] = {}
    headings: list[tuple[float, str]] = []
    y, group = 0.0, None
    for item in labels:
        if item.group != group:
            group = item.group
            if group:
                headings.append((y, str(group)))
                y += 1.0
        places[(item.group, item.label)] = y
        y += 1.0
    row = 34.0 if narrow else 19.0
    left = 10.0 if narrow else 270.0
    top_value = float(np.nanmax(frame[["mean", "high"]].to_numpy(dtype=float), initial=0.0)) or 1.0
    if mark:
        top_value = max(top_value, mark[0])
    figure = sheet(
        width,
        34 + 28 + y * row,
        left=left,
        right=22,
        top=34,
        bottom=28,
        x=(0, top_value * 1.04),
        y=(y - 0.5, -0.5),
    )
    # On a phone the name of a row stands above its dots.
    down, apart = (0.18, 0.16) if narrow else (0.0, 0.22)
    for place, text in headings:
        below = 0.16 if narrow else 0.0
        write(figure, f"<b>{text}</b>", 0, place + below, xref="paper", xshift=-left, size=12.5)
    for (_, label), place in places.items():
        across(figure, place + down, {"color": light("grid"), "width": 1}, layer="below")
        if narrow:
            write(figure, cut(str(label), 50), 0, place - 0.36, xref="paper", size=12, halo=True)
        else:
            write(figure, cut(str(label), 42), 0, place, xref="paper", xshift=-8, xanchor="right", size=12.5)
    if mark:
        figure.shape(
            type="line",
            x0=mark[0],
            x1=mark[0],
            y0=0,
            y1=1,
            yref="paper",
            line={"color": light("ink"), "width": 1, "dash": "dash"},
        )
        write(
            figure,
            mark[1],
            mark[0],
            1,
            yref="paper",
            yanchor="bottom",
            yshift=18,
            xanchor="center",
            size=11.5,
        )
    shift = {one.name: down + (k - (len(series) - 1) / 2) * apart for k, one in enumerate(series)}
    for one in series:
        rows = frame[frame["scenario"] == one.name]
        figure.add(
            scatter(
                x=rows["mean"].tolist(),
                y=[
                    places[(g, lab)] + shift[one.name]
                    for g, lab in zip(rows["group"], rows["label"], strict=True)
                ],
                mode="markers",
                name=one.label,
                marker={"size": 8, "color": one.colour, "symbol": one.symbol},
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": (rows["high"] - rows["mean"]).tolist(),
                    "arrayminus": (rows["mean"] - rows["low"]).tolist(),
                    "color": one.colour,
                    "thickness": 2,
                    "width": 0,
                },
                hovertext=[
                    f"{lab} – {one.label} : {words.number(v, decimals)}"
                    for lab, v in zip(rows["label"], rows["mean"], strict=True)
                ],
                hoverinfo="text",
            )
        )
    values = ticks(0, top_value * 1.04, 4 if narrow else 6)
    figure.xaxis(
        side="top",
        showgrid=True,
        tickvals=values,
        ticktext=[words.number(v, tick_decimals(values)) for v in values],
    )
    return figure


@Maker
def shares(
    frame: pd.DataFrame,
    words: Words,
    width: int,
    *,
    rows: Sequence[tuple[str, str]],
    parts: Sequence[tuple[str, str, str]],
    decimals: int = 0,
    least: float = 0.0,
) -> Sheet:
    """Stacked horizontal bars, one a scenario, with the value written in each part wide enough.

    Parameters
    ----------
    frame
        `row`, `part`, `value`.
    rows
        Row keys and labels, top to bottom.
    parts
        Part keys, labels and colours, left to right.
    least
        Under this a number is not given: it is said to be less.
    """
    table = frame.pivot_table(index="row", columns="part", values="value", aggfunc="sum", fill_value=0.0)
    longest = float(table.sum(axis=1).max()) or 1.0
    height = 8 + 26 + 54 * len(rows)
    figure = sheet(
        width, height, left=4, right=14, top=8, bottom=26, x=(0, longest), y=(len(rows) - 0.5, -0.5)
    )
    base = dict.fromkeys([key for key, _ in rows], 0.0)
    for part, label, colour in parts:
        values = [
            float(at(table, key, part)) if key in table.index and part in table.columns else 0.0
            for key, _ in rows
        ]
        figure.add(
            bar(
                orientation="h",
                x=values,
                y=[i + 0.16 for i in range(len(rows))],
                base=[base[key] for key, _ in rows],
                width=0.5,
                name=label,
                marker={
                    "color": colour,
                    "line": {"color": light("paper"), "width": 1.5},
                    "pattern": {"shape": pattern_of(colour), "fgcolor": hatch_on(colour), "size": 5},
                },
                hovertext=[
                    f"{label} : {words.few(v) if v < least else words.number(v, decimals)}" for v in values
                ],
                hoverinfo="text",
            )
        )
        for i, ((key, _), value) in enumerate(zip(rows, values, strict=True)):
            if value >= least and value / longest * (width - 8) > 34:
                write(
                    figure,
                    words.number(value, decimals),
                    base[key] + value / 2,
                    i + 0.16,
                    xanchor="center",
                    size=12,
                    colour=light("ink") if pattern_of(colour) else text_on(colour),
                    halo=bool(pattern_of(colour)),
                )
            base[key] += value
    for i, (_, label) in enumerate(rows):
        write(figure, label, 0, i - 0.28, xref="paper", size=12.5)
    values = ticks(0, longest, 4)
    figure.xaxis(tickvals=values, ticktext=[words.number(v, tick_decimals(values)) for v in values])
    return figure


@Maker
def bars(frame: pd.DataFrame, words: Words, width: int, *, unit: str, decimals: int = 0) -> Sheet:
    """Plain horizontal bars with their value written at the end.

    Parameters
    ----------
    frame
        `label`, `value`, `colour`.
    """
    n = len(frame)
    low = min(0.0, float(frame["value"].min()))
    high = max(float(frame["value"].max()), 0.0) or 1.0
    figure = sheet(width, 12 + 46 * n, left=4, right=100, top=6, bottom=6, x=(low, high), y=(n - 0.5, -0.5))
    figure.add(
        bar(
            orientation="h",
            x=frame["value"].tolist(),
            y=[i + 0.18 for i in range(n)],
            width=0.42,
            base=[0.0] * n,
            marker={"color": frame["colour"].tolist()},
            hoverinfo="skip",
        )
    )
    for i, item in enumerate(rows_of(frame)):
        write(figure, str(item.label), 0, i - 0.26, xref="paper", size=12.5)
        write(
            figure,
            f"<b>{words.with_unit(words.number(item.value, decimals), unit)}</b>",
            max(item.value, 0),
            i + 0.18,
            xshift=6,
            size=12.5,
        )
    return figure


@Maker
def weeks(frame: pd.DataFrame, words: Words, width: int, *, one: Series, floor: float) -> Sheet:
    """Hours open a week as thin columns, those under the label's hours in the colour of the scenario.

    Parameters
    ----------
    frame
        `week` (its Monday), `open_hours`, of one scenario.
    floor
        The hours a week that the label asks for.
    """
    rows = frame.sort_values("week")
    n = len(rows)
    top = max(float(rows["open_hours"].max()), floor) * 1.08
    figure = sheet(width, 160, left=40, right=10, top=22, bottom=40, x=(-0.6, n - 0.4), y=(0, top))
    colours = [one.colour if v < floor else light("q1") for v in rows["open_hours"]]
    figure.add(
        bar(
            x=list(range(n)),
            y=rows["open_hours"].tolist(),
            width=0.82,
            base=[0.0] * n,
            marker={"color": colours},
            hovertext=[
                f"{words.day(w)} : {words.number(h, 1)} h"
                for w, h in zip(rows["week"], rows["open_hours"], strict=True)
            ],
            hoverinfo="text",
        )
    )
    across(figure, floor, {"color": light("ink"), "width": 1.5, "dash": "dash"})
    write(
        figure,
        words(f"label : {words.number(floor)} h", f"label: {words.number(floor)} h"),
        1,
        floor,
        xref="paper",
        xanchor="right",
        yanchor="bottom",
        yshift=2,
        size=11.5,
        halo=True,
    )
    values = ticks(0, top, 3)
    figure.yaxis(tickvals=values, ticktext=[words.number(v) for v in values])
    starts = [(i, str(w)) for i, w in enumerate(rows["week"])]
    shown: list[tuple[int, str]] = []
    seen: set[str] = set()
    for i, w in starts:
        quarter = f"{w[:4]}-{(int(w[5:7]) - 1) // (6 if width < NARROW else 3)}"
        if quarter not in seen:
            seen.add(quarter)
            shown.append((i, w))
    if len(shown) > 1 and shown[1][0] - shown[0][0] < 5:
        shown = shown[1:]
    figure.xaxis(
        tickvals=[i for i, _ in shown], ticktext=[f"{words.month(int(w[5:7]))}<br>{w[:4]}" for _, w in shown]
    )
    return figure


@Maker
def frontier(
    frame: pd.DataFrame,
    words: Words,
    width: int,
    *,
    roles: dict[str, tuple[str, str, str]],
    decimals: int,
) -> Sheet:
    """Designs by cost and service, the frontier joined by steps, those with a role marked and named.

    Parameters
    ----------
    frame
        `label`, `cost`, `service`, `frontier`, `role`.
    roles
        By role, its words, the role of its colour and its marker.
    """
    narrow = width < NARROW
    x0, x1 = float(frame["cost"].min()), float(frame["cost"].max())
    y0, y1 = float(frame["service"].min()), float(frame["service"].max())
    pad_x, pad_y = 0.06 * (x1 - x0 or 1.0), 0.1 * (y1 - y0 or 1.0)
    figure = sheet(
        width,
        300 if narrow else 380,
        left=58,
        right=16,
        top=16,
        bottom=34,
        x=(x0 - pad_x, x1 + pad_x),
        y=(y0 - pad_y, y1 + pad_y),
    )
    rest = frame[~frame["frontier"] & ~frame["role"].isin(list(roles))]
    best = frame[frame["frontier"]].sort_values("cost")
    figure.add(
        scatter(
            x=rest["cost"].tolist(),
            y=rest["service"].tolist(),
            mode="markers",
            marker={"size": 7, "color": light("q2"), "line": {"color": light("paper"), "width": 0.8}},
            hovertext=rest["label"].tolist(),
            hoverinfo="text",
        )
    )
    figure.add(
        scatter(
            x=best["cost"].tolist(),
            y=best["service"].tolist(),
            mode="lines+markers",
            line={"color": light("ink"), "width": 1.5, "shape": "hv"},
            marker={"size": 7, "color": light("ink")},
            hovertext=best["label"].tolist(),
            hoverinfo="text",
        )
    )
    for rank, (key, (name, colour, symbol)) in enumerate(roles.items()):
        for item in rows_of(frame[frame["role"] == key]):
            figure.add(
                scatter(
                    x=[item.cost],
                    y=[item.service],
                    mode="markers",
                    name=name,
                    marker={
                        "size": 14,
                        "color": light(colour),
                        "symbol": symbol,
                        "line": {"color": light("paper"), "width": 1.5},
                    },
                    hovertext=[f"{name} – {item.label}"],
                    hoverinfo="text",
                )
            )
            left = item.cost > (x0 + x1) / 2
            write(
                figure,
                f"<b>{name}</b>",
                item.cost,
                item.service,
                xshift=6 if left else -6,
                yshift=-17 if rank % 2 else 17,
                xanchor="right" if left else "left",
                halo=True,
            )
    costs = ticks(x0, x1, 3 if narrow else 6)
    figure.xaxis(tickvals=costs, ticktext=[words.euros(v) for v in costs])
    values = ticks(y0 - pad_y, y1 + pad_y, 4)
    places = max(tick_decimals(values), 0 if decimals == 0 else 1)
    figure.yaxis(showgrid=True, tickvals=values, ticktext=[words.number(v, places) for v in values])
    return figure


@Maker
def tornado(frame: pd.DataFrame, words: Words, width: int, *, threshold: float | None) -> Sheet:
    """The difference at both ends of the range of each assumption, the most telling first.

    Parameters
    ----------
    frame
        `label`, `base`, `low`, `high`: the difference with the assumption as it stands and at each end.
    threshold
        Half-width of the band of no practical use.
    """
    wide = width >= NARROW
    row, top, bottom = (26.0, 12.0, 30.0) if wide else (40.0, 12.0, 30.0)
    ends = frame[["base", "low", "high"]].to_numpy(dtype=float)
    lowest, highest = min(float(ends.min()), -(threshold or 0.0)), max(float(ends.max()), threshold or 0.0)
    pad = 0.05 * (highest - lowest or 1.0)
    n = len(frame)
    figure = sheet(
        width,
        top + bottom + n * row,
        left=330.0 if wide else 8.0,
        right=14.0,
        top=top,
        bottom=bottom,
        x=(lowest - pad, highest + pad),
        y=(n - 0.5, -0.5),
    )
    if threshold:
        figure.shape(
            type="rect",
            x0=-threshold,
            x1=threshold,
            y0=0,
            y1=1,
            yref="paper",
            fillcolor=light("band"),
            line={"width": 0},
            layer="below",
        )
    base = float(frame["base"].iloc[0])
    figure.shape(
        type="line",
        x0=base,
        x1=base,
        y0=0,
        y1=1,
        yref="paper",
        line={"color": light("muted"), "width": 1},
        layer="below",
    )
    for i, item in enumerate(rows_of(frame)):
        y = float(i) if wide else i + 0.2
        figure.add(
            scatter(
                x=[item.low, item.high],
                y=[y, y],
                mode="lines",
                line={"color": light("muted"), "width": 3},
                hoverinfo="skip",
            )
        )
        figure.add(
            scatter(
                x=[item.low, item.high],
                y=[y, y],
                mode="markers",
                marker={"size": 9, "color": [light("s1"), light("s2")], "symbol": ["circle", "square"]},
                hovertext=[f"{item.label} : {words.signed(v, 1)}" for v in (item.low, item.high)],
                hoverinfo="text",
            )
        )
        if wide:
            write(
                figure, cut(str(item.label), 52), 0, i, xref="paper", xshift=-12, xanchor="right", size=12.5
            )
        else:
            write(figure, cut(str(item.label), 50), 0, i - 0.22, xref="paper", size=12, halo=True)
    values = ticks(lowest, highest, 4 if not wide else 6)
    places = tick_decimals(values)
    figure.xaxis(showgrid=True, tickvals=values, ticktext=[words.signed(v, places) for v in values])
    return figure
