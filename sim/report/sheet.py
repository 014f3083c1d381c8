"""The plain dictionaries of a figure being laid out, and the functions that make figures of them."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, ParamSpec

from sim.report.palette import light

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "FONTS",
    "NARROW",
    "Maker",
    "Sheet",
    "Spec",
    "across",
    "bar",
    "cut",
    "hatch_on",
    "scatter",
    "sheet",
    "text_on",
    "tick_decimals",
    "ticks",
    "wrapped",
    "write",
]

NARROW = 480
FONTS = "-apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif"

Spec = dict[str, Any]
P = ParamSpec("P")


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round tick values inside [low, high], about `count` of them."""
    span = high - low
    if not math.isfinite(span) or span <= 0:
        return [low]
    raw = span / max(count, 1)
    magnitude = 10.0 ** math.floor(math.log10(raw))
    step = next(m * magnitude for m in (1, 2, 2.5, 5, 10) if m * magnitude >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 10) + 0.0 for i in range(first, last + 1)]


def tick_decimals(values: Sequence[float]) -> int:
    """Fewest decimals that write every one of these values."""
    for decimals in range(4):
        if all(abs(round(v, decimals) - v) < 1e-9 for v in values):
            return decimals
    return 4


class Sheet:
    """A figure being laid out, as the plain dictionaries that Plotly takes."""

    def __init__(self, layout: dict[str, Any]) -> None:
        self.spec: Spec = {"data": [], "layout": {**layout, "shapes": [], "annotations": []}}

    def add(self, trace: dict[str, Any]) -> None:
        """Add a trace."""
        self.spec["data"].append(trace)

    def shape(self, **shape: Any) -> None:
        """Add a rectangle or a line."""
        self.spec["layout"]["shapes"].append({"layer": "above", **shape})

    def note(self, **note: Any) -> None:
        """Add a text."""
        self.spec["layout"]["annotations"].append(note)

    def xaxis(self, **axis: Any) -> None:
        """Change the horizontal axis."""
        self.spec["layout"]["xaxis"].update(axis)

    def yaxis(self, **axis: Any) -> None:
        """Change the vertical axis."""
        self.spec["layout"]["yaxis"].update(axis)


def scatter(**trace: Any) -> dict[str, Any]:
    """A scatter trace."""
    return {"type": "scatter", **trace}


def bar(**trace: Any) -> dict[str, Any]:
    """A bar trace."""
    return {"type": "bar", **trace}


class Maker(Generic[P]):
    """A function from a frame to a Plotly figure; `spec` gives plain dictionaries, unchecked and fast."""

    def __init__(self, lay_out: Callable[P, Sheet]) -> None:
        self._lay_out = lay_out
        functools.update_wrapper(self, lay_out)

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> go.Figure:
        """The figure, checked by Plotly."""
        import plotly.graph_objects as go

        return go.Figure(self.spec(*arguments, **named))

    def spec(self, *arguments: P.args, **named: P.kwargs) -> Spec:
        """The dictionaries of the figure, as `sim.report.draw` reads them."""
        return self._lay_out(*arguments, **named).spec


def sheet(
    width: int,
    height: float,
    *,
    left: float,
    right: float,
    top: float,
    bottom: float,
    x: tuple[float, float],
    y: tuple[float, float],
) -> Sheet:
    """An empty figure of that size, with its plotting area and the ranges of its axes."""
    paper = light("paper")
    axis = {
        "zeroline": False,
        "showgrid": False,
        "fixedrange": True,
        "gridcolor": light("grid"),
        "tickfont": {"size": 12, "color": light("muted")},
        "ticks": "",
    }
    return Sheet(
        {
            "width": width,
            "height": height,
            "margin": {"l": left, "r": right, "t": top, "b": bottom, "pad": 0},
            "paper_bgcolor": paper,
            "plot_bgcolor": paper,
            "showlegend": False,
            "font": {"family": FONTS, "size": 13, "color": light("ink")},
            "xaxis": {**axis, "range": list(x), "tickvals": [], "ticktext": []},
            "yaxis": {**axis, "range": list(y), "tickvals": [], "ticktext": []},
            "hovermode": "closest",
            "barmode": "overlay",
            "dragmode": False,
        }
    )


def across(figure: Sheet, y: float, line: dict[str, Any], **more: Any) -> None:
    """Draw a line from one side of the plot to the other; `more` as Plotly names it."""
    figure.shape(type="line", x0=0, x1=1, xref="paper", y0=y, y1=y, line=line, **more)


def write(figure: Sheet, text: str, x: float, y: float, **more: Any) -> None:
    """Write a text at a point; `colour`, `size` and `halo` beside the names of Plotly."""
    note: dict[str, Any] = {
        "showarrow": False,
        "xanchor": "left",
        "yanchor": "middle",
        "font": {"size": more.pop("size", 13), "color": more.pop("colour", light("ink"))},
    }
    if more.pop("halo", False):
        note["bgcolor"] = light("paper")
    figure.note(text=text, x=x, y=y, **{**note, **more})


def wrapped(text: str, characters: int) -> str:
    """Text broken between words so that no line is longer than `characters`."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and len(lines[-1]) + 1 + len(word) <= characters:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return "<br>".join(lines)


def cut(text: str, characters: int) -> str:
    """Text of at most so many characters."""
    return text if len(text) <= characters else text[: characters - 1] + "…"


_PALE = {light(role) for role in ("q0", "q1", "q2", "band", "a_prep", "a_lunch", "a_drive", "wash", "rule")}


def text_on(colour: str) -> str:
    """Ink or paper, whichever reads on a colour of the system."""
    return light("ink") if colour in _PALE else light("paper")


def hatch_on(colour: str) -> str:
    """The colour of a hatch over a colour of the system."""
    return light("a_drive") if colour in _PALE else light("paper")
