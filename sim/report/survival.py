"""How long people wait: the share still waiting by days, as steps that one tells apart without colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from sim.report.figures import Series
from sim.report.palette import DASHES, light
from sim.report.sheet import NARROW, Maker, Sheet, across, scatter, sheet, ticks, wrapped, write
from sim.report.words import Words, inert

__all__ = ["LATE", "curves"]

_LEAST_LABELLED = 0.03
_UNDER_THE_DAYS = 28  # pixels from the axis, where no curve passes
LATE = 0.1
"""Share still waiting under which 9 in 10 had their visit."""


@Maker
def curves(frame: pd.DataFrame, words: Words, width: int, *, series: Sequence[Series], until: float) -> Sheet:
    """Share still waiting by days since the request, as steps, with the ninth in ten marked.

    Each scenario has its marker on its curve, at days of its own so that curves on one another both show;
    at a desk their names stand in the empty corner, in the order of the series. What the mark means stands
    under the days.

    Parameters
    ----------
    frame
        `scenario`, `days`, `share_waiting` (0 to 1).
    until
        Last day drawn.
    """
    narrow = width < NARROW
    height = 290 if narrow else 356
    left, right, top, bottom = 48.0, 24.0, 12.0, 66.0 if narrow else 56.0
    figure = sheet(width, height, left=left, right=right, top=top, bottom=bottom, x=(0, until), y=(0, 1.0))
    across(figure, LATE, {"color": light("muted"), "width": 1, "dash": "dash"}, layer="below")
    below = words(
        "Sous le trait fin en tirets, 9 personnes sur 10 ont eu leur visite.",
        "Below the thin dashed line, 9 in 10 had their visit.",
    )
    write(
        figure,
        wrapped(below, 42) if narrow else below,
        1,
        0,
        xref="paper",
        xanchor="right",
        yanchor="top",
        yshift=-_UNDER_THE_DAYS,
        size=11 if narrow else 11.5,
        colour=light("muted"),
    )
    shown = [one for one in series if (frame["scenario"] == one.name).any()]
    for k, one in enumerate(shown):
        rows = frame[(frame["scenario"] == one.name) & (frame["days"] <= until)].sort_values("days")
        days, share = rows["days"].tolist(), rows["share_waiting"].tolist()
        dash = DASHES[k % len(DASHES)]
        figure.add(
            scatter(
                x=days,
                y=share,
                mode="lines",
                name=one.label,
                line={"color": one.colour, "width": 2.5, "shape": "hv", "dash": dash},
                hoverinfo="name+x+y",
            )
        )
        marked = [i for i in range(len(days)) if i % len(shown) == k and _LEAST_LABELLED < share[i] < 1.0]
        figure.add(
            scatter(
                x=[days[i] for i in marked],
                y=[share[i] for i in marked],
                mode="markers",
                marker=_marker(one),
                hoverinfo="skip",
            )
        )
        if not narrow:
            pixel = until / (width - left - right)
            _name(
                figure, one, dash, (until - 38 * pixel, until), 1 - 20 * (k + 0.5) / (height - top - bottom)
            )
    values = [0, 0.25, 0.5, 0.75, 1.0]
    figure.yaxis(showgrid=True, tickvals=values, ticktext=[words.percent(v) for v in values])
    marks = ticks(0, until, 5)
    figure.xaxis(
        tickvals=marks,
        ticktext=[words.number(v) + (words(" j", " d") if v else "") for v in marks],
    )
    return figure


def _name(figure: Sheet, one: Series, dash: str, span: tuple[float, float], y: float) -> None:
    """The name of a scenario in the upper right corner, before a piece of its line with its marker."""
    line = {"color": one.colour, "width": 2.5, "dash": dash}
    figure.add(scatter(x=list(span), y=[y, y], mode="lines", line=line, hoverinfo="skip"))
    figure.add(
        scatter(
            x=[sum(span) / 2],
            y=[y],
            mode="markers",
            marker=_marker(one),
            hoverinfo="skip",
        )
    )
    write(figure, inert(one.label), span[0], y, xanchor="right", xshift=-7, size=12.5, colour=one.colour)


def _marker(one: Series) -> dict[str, Any]:
    line = {"color": light("paper"), "width": 1}
    return {"size": 9, "color": one.colour, "symbol": one.symbol, "line": line}
