"""A vehicle's day as a line of activities, each told apart by its shape as well as its colour."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from sim.report.frames import rows_of
from sim.report.palette import light, pattern_of
from sim.report.sheet import NARROW, Maker, Sheet, bar, hatch_on, sheet, text_on, wrapped, write
from sim.report.words import Words

__all__ = ["Look", "day_timeline"]

_BAR = 21.0
_CHARACTER = 0.56
"""Of the size of a text, the width of a character."""


@dataclass(frozen=True)
class Look:
    """How an activity is drawn: its words, its colour, whether as a thin line, whether only its outline."""

    label: str
    colour: str
    thin: bool = False
    outlined: bool = False
    named: bool = False


@Maker
def day_timeline(
    frame: pd.DataFrame,
    words: Words,
    width: int,
    *,
    rows: Sequence[tuple[str, str]],
    looks: dict[str, Look],
) -> Sheet:
    """Each vehicle's day as a line of activities from morning to evening.

    At a desk the places stand in the activities that have room for them; on a phone, above each line.

    Parameters
    ----------
    frame
        `row`, `activity`, `start_s`, `end_s`, `title`, `short` (the place).
    rows
        Row keys and labels, top to bottom.
    """
    narrow = width < NARROW
    left, right, top, bottom = (14.0, 14.0, 28.0, 6.0) if narrow else (96.0, 24.0, 30.0, 8.0)
    first = math.floor(float(frame["start_s"].min()) / 3600)
    last = math.ceil(float(frame["end_s"].max()) / 3600)
    titles = [_title(frame, key, label, looks) if narrow else [label] for key, label in rows]
    heights = [(13.5 * len(lines) + 28.0) if narrow else 33.0 for lines in titles]
    total = sum(heights)
    figure = sheet(
        width,
        top + bottom + total,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        x=(first * 3600, last * 3600),
        y=(total, 0.0),
    )
    below = 0.0
    middles = {}
    for (key, _), lines, height in zip(rows, titles, heights, strict=True):
        if narrow:
            write(
                figure,
                "<br>".join(lines),
                0,
                below + 13.5 * len(lines) / 2 + 4,
                xref="paper",
                xshift=-10,
                size=11.5,
            )
        else:
            write(
                figure, lines[0], 0, below + height / 2, xref="paper", xshift=-8, xanchor="right", size=11.5
            )
        below += height
        middles[key] = below - (13.5 if narrow else height / 2)
    pixels = (width - left - right) / ((last - first) * 3600)
    for activity, look in looks.items():
        chosen = frame[frame["activity"] == activity]
        if not chosen.empty:
            figure.add(_bars(chosen, look, middles))
        if look.named and not narrow:
            for item in rows_of(chosen):
                _place(figure, item, look, middles[item.row], (item.end_s - item.start_s) * pixels)
    hours = [h for h in range(first, last + 1) if (h - first) % (3 if narrow else 1) == 0]
    figure.xaxis(
        side="top",
        showgrid=True,
        tickvals=[h * 3600 for h in hours],
        ticktext=[words.clock(h * 3600) for h in hours],
    )
    return figure


def _bars(chosen: pd.DataFrame, look: Look, middles: dict[str, float]) -> dict[str, object]:
    edge = look.colour if look.outlined else light("paper")
    return bar(
        orientation="h",
        x=(chosen["end_s"] - chosen["start_s"]).tolist(),
        base=chosen["start_s"].tolist(),
        y=[middles[row] for row in chosen["row"]],
        width=_BAR * (0.3 if look.thin else 1.0),
        name=look.label,
        marker={
            "color": light("paper") if look.outlined else look.colour,
            "line": {"color": edge, "width": 1.8 if look.outlined else 0.8},
            "pattern": {
                "shape": "" if look.outlined else pattern_of(look.colour),
                "fgcolor": hatch_on(look.colour),
                "size": 5,
            },
        },
        hovertext=chosen["title"].tolist(),
        hoverinfo="text",
    )


def _place(figure: Sheet, item: object, look: Look, y: float, room: float) -> None:
    """The place of an activity inside it, on one line or two smaller ones, where it has room."""
    name = str(item.short)  # type: ignore[attr-defined]
    broken = re.sub(r"[- ]", lambda found: found[0] + "\u200b", name).replace("\u200b", "<br>", 1)
    for text, size in ((name, 11.0), (broken, 9.0)):
        if max(len(line) for line in text.split("<br>")) * _CHARACTER * size + 4 <= room:
            write(
                figure,
                text,
                (item.start_s + item.end_s) / 2,  # type: ignore[attr-defined]
                y,
                xanchor="center",
                size=size,
                colour=light("ink") if look.outlined else text_on(look.colour),
            )
            return


def _title(frame: pd.DataFrame, key: str, label: str, looks: dict[str, Look]) -> list[str]:
    """The label of a row and its places in the order of the day, as lines of a phone."""
    named = [activity for activity, look in looks.items() if look.named]
    of = frame[(frame["row"] == key) & frame["activity"].isin(named)].sort_values("start_s")
    places = list(dict.fromkeys(of["short"].astype(str)))
    text = f"{label} : {', '.join(places)}" if places else label
    return wrapped(text, 52).split("<br>")
