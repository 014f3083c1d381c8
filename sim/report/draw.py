"""Draws a Plotly figure as a still SVG, so that the page needs no script, prints sharp and follows the theme.

Only what the figures of this package use is drawn: scatter traces (lines, markers, text, error bars,
closed areas), bars, rectangles, lines, annotations, and axes whose range and ticks are given. Colours
of the palette become style variables. A figure that uses anything else is refused, never half drawn.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from html import escape, unescape
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.report.palette import light, variable_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["Defs", "NotDrawable", "draw", "marker_path"]

_DASHES = {"solid": "", "dash": "7 4", "dot": "2 3", "dashdot": "7 3 2 3", "longdash": "11 4"}
_ANCHORS = {"left": "start", "center": "middle", "right": "end", "auto": "middle", None: "middle"}
_BASELINES = {"top": 0.8, "middle": 0.35, "bottom": -0.25, "auto": 0.35, None: 0.35}


class NotDrawable(ValueError):
    """The figure uses something this drawer does not know."""


@dataclass
class Defs:
    """Outlines shared by several pictures of one page, written once."""

    paths: dict[str, str] = field(default_factory=dict)

    def ident(self, path: str) -> str:
        """The identifier of an outline, new or known."""
        return self.paths.setdefault(path, f"o{len(self.paths)}")

    def svg(self) -> str:
        """The hidden element that holds them, to stand once in the page."""
        body = "".join(f'<path id="{ident}" class="outline" d="{d}"/>' for d, ident in self.paths.items())
        return f'<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>{body}</defs></svg>'


@dataclass(frozen=True)
class _Frame:
    """The plotting area and its two scales."""

    left: float
    top: float
    width: float
    height: float
    x0: float
    x1: float
    y0: float
    y1: float

    def x(self, value: float) -> float:
        return self.left + (float(value) - self.x0) / (self.x1 - self.x0) * self.width

    def y(self, value: float) -> float:
        return self.top + self.height - (float(value) - self.y0) / (self.y1 - self.y0) * self.height

    def place_x(self, value: float, ref: str | None) -> float:
        return self.left + float(value) * self.width if ref == "paper" else self.x(value)

    def place_y(self, value: float, ref: str | None) -> float:
        return self.top + (1 - float(value)) * self.height if ref == "paper" else self.y(value)


def draw(figure: go.Figure, defs: Defs | None = None) -> str:
    """The figure as an inline SVG element, hidden from screen readers.

    Parameters
    ----------
    figure
        With width, height, margins, and for each axis its range, tick values and tick texts.
    defs
        Where outlines of traces marked `meta="outline"` are shared.

    Raises
    ------
    NotDrawable
        When the figure holds a trace or a mark that this drawer does not know.
    """
    layout = figure.layout
    width, height = float(layout.width), float(layout.height)
    margin = layout.margin
    xr, yr = layout.xaxis.range, layout.yaxis.range
    if xr is None or yr is None:
        raise NotDrawable("an axis has no range")
    frame = _Frame(
        float(margin.l or 0),
        float(margin.t or 0),
        width - float(margin.l or 0) - float(margin.r or 0),
        height - float(margin.t or 0) - float(margin.b or 0),
        float(xr[0]),
        float(xr[1]),
        float(yr[0]),
        float(yr[1]),
    )
    out: list[str] = []
    out += [_shape(s, frame) for s in layout.shapes if s.layer == "below"]
    out += _grid(layout, frame)
    for trace in figure.data:
        out.append(_trace(trace, frame, defs))
    out += [_shape(s, frame) for s in layout.shapes if s.layer != "below"]
    out += _ticks(layout, frame)
    out += [_annotation(a, frame) for a in layout.annotations]
    size = f'viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" height="{_n(height)}"'
    return f'<svg class="drawn" {size} aria-hidden="true" focusable="false">{"".join(out)}</svg>'


def _n(value: float) -> str:
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def _colour(colour: Any, default: str = "ink") -> str:
    return escape(variable_of(str(colour))) if colour else variable_of(light(default))


def _values(values: Any) -> list[float]:
    if values is None:
        return []
    return [math.nan if v is None else float(v) for v in np.asarray(values, dtype=object).tolist()]


def _at(values: Any, index: int, default: Any = None) -> Any:
    if values is None:
        return default
    if isinstance(values, list | tuple | np.ndarray):
        return values[index] if index < len(values) else default
    return values


def _lines_of(text: str) -> list[tuple[str, bool]]:
    """Text of a figure as lines with their weight; entities are decoded, other markup stays text."""
    lines = []
    for part in re.split(r"<br\s*/?>", str(text)):
        bold = part.startswith("<b>") and part.endswith("</b>")
        lines.append((unescape(part[3:-4] if bold else part), bold))
    return lines


def _text(x: float, y: float, text: str, *, anchor: str, baseline: float, size: float, colour: str, halo: bool) -> str:
    lines = _lines_of(text)
    step = size * 1.22
    y -= {0.8: 0.0, 0.35: step * (len(lines) - 1) / 2, -0.25: step * (len(lines) - 1)}.get(baseline, 0.0)
    y += baseline * size
    spans = []
    for i, (line, bold) in enumerate(lines):
        weight = ' font-weight="700"' if bold else ""
        spans.append(f'<tspan x="{_n(x)}" y="{_n(y + i * step)}"{weight}>{escape(line)}</tspan>')
    ring = ' class="halo"' if halo else ""
    return f'<text{ring} text-anchor="{anchor}" font-size="{_n(size)}" fill="{colour}">{"".join(spans)}</text>'


def _grid(layout: Any, frame: _Frame) -> list[str]:
    out = []
    for axis, horizontal in ((layout.xaxis, False), (layout.yaxis, True)):
        if axis.showgrid:
            for value in _values(axis.tickvals):
                if horizontal:
                    y = _n(frame.y(value))
                    line = f'x1="{_n(frame.left)}" x2="{_n(frame.left + frame.width)}" y1="{y}" y2="{y}"'
                else:
                    x = _n(frame.x(value))
                    line = f'x1="{x}" x2="{x}" y1="{_n(frame.top)}" y2="{_n(frame.top + frame.height)}"'
                out.append(f'<line {line} stroke="{_colour(axis.gridcolor, "grid")}" stroke-width="1"/>')
    return out


def _ticks(layout: Any, frame: _Frame) -> list[str]:
    out = []
    for axis, horizontal in ((layout.xaxis, True), (layout.yaxis, False)):
        if axis.showticklabels is False or axis.visible is False:
            continue
        font = axis.tickfont
        size, colour = float(font.size or 12), _colour(font.color, "muted")
        for value, text in zip(_values(axis.tickvals), axis.ticktext or (), strict=True):
            if horizontal:
                on_top = axis.side == "top"
                y = frame.top - 6 if on_top else frame.top + frame.height + 6
                out.append(
                    _text(
                        frame.x(value),
                        y,
                        str(text),
                        anchor="middle",
                        baseline=-0.25 if on_top else 0.8,
                        size=size,
                        colour=colour,
                        halo=False,
                    )
                )
            else:
                out.append(
                    _text(
                        frame.left - 8,
                        frame.y(value),
                        str(text),
                        anchor="end",
                        baseline=0.35,
                        size=size,
                        colour=colour,
                        halo=False,
                    )
                )
    return out


def _shape(shape: Any, frame: _Frame) -> str:
    x0, x1 = frame.place_x(shape.x0, shape.xref), frame.place_x(shape.x1, shape.xref)
    y0, y1 = frame.place_y(shape.y0, shape.yref), frame.place_y(shape.y1, shape.yref)
    line = shape.line
    if shape.type == "line":
        dash = _DASHES.get(line.dash or "solid", "")
        extra = f' stroke-dasharray="{dash}"' if dash else ""
        return (
            f'<line x1="{_n(x0)}" x2="{_n(x1)}" y1="{_n(y0)}" y2="{_n(y1)}" stroke="{_colour(line.color)}" '
            f'stroke-width="{_n(float(line.width if line.width is not None else 1))}"{extra}/>'
        )
    if shape.type == "rect":
        opacity = f' opacity="{shape.opacity}"' if shape.opacity is not None else ""
        return (
            f'<rect x="{_n(min(x0, x1))}" y="{_n(min(y0, y1))}" width="{_n(abs(x1 - x0))}" '
            f'height="{_n(abs(y1 - y0))}" fill="{_colour(shape.fillcolor, "band")}"{opacity}/>'
        )
    raise NotDrawable(f"a shape of type {shape.type}")


def _annotation(note: Any, frame: _Frame) -> str:
    if note.showarrow is not False:
        raise NotDrawable("an annotation with an arrow")
    x = frame.place_x(note.x, note.xref) + float(note.xshift or 0)
    y = frame.place_y(note.y, note.yref) - float(note.yshift or 0)
    return _text(
        x,
        y,
        note.text,
        anchor=_ANCHORS[note.xanchor],
        baseline=_BASELINES[note.yanchor],
        size=float(note.font.size or 13),
        colour=_colour(note.font.color),
        halo=bool(note.bgcolor),
    )


def _trace(trace: Any, frame: _Frame, defs: Defs | None) -> str:
    if trace.type == "bar":
        return _bars(trace, frame)
    if trace.type != "scatter":
        raise NotDrawable(f"a trace of type {trace.type}")
    name = f' data-name="{escape(unescape(str(trace.name)), quote=True)}"' if trace.name else ""
    opacity = f' opacity="{trace.opacity}"' if trace.opacity is not None else ""
    xs, ys = _values(trace.x), _values(trace.y)
    parts = []
    if trace.fill == "toself":
        parts.append(_area(trace, xs, ys, frame, defs))
    elif trace.fill not in (None, "none"):
        raise NotDrawable(f"a fill {trace.fill}")
    mode = trace.mode or "lines"
    if "lines" in mode and trace.fill != "toself":
        parts.append(_line(trace, xs, ys, frame))
    parts.append(_errors(trace, xs, ys, frame))
    if "markers" in mode:
        parts.append(_markers(trace, xs, ys, frame))
    if "text" in mode:
        parts.append(_point_texts(trace, xs, ys, frame))
    return f"<g{name}{opacity}>{''.join(parts)}</g>"


def _runs(xs: list[float], ys: list[float]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for x, y in zip(xs, ys, strict=True):
        if math.isnan(x) or math.isnan(y):
            if runs[-1]:
                runs.append([])
        else:
            runs[-1].append((x, y))
    return [run for run in runs if run]


def _title(text: Any) -> str:
    if not text:
        return ""
    return f"<title>{escape(' '.join(line for line, _ in _lines_of(str(text))))}</title>"


def _area(trace: Any, xs: list[float], ys: list[float], frame: _Frame, defs: Defs | None) -> str:
    line = trace.line
    stroke_width = float(line.width if line.width is not None else 0)
    style = f'fill="{_colour(trace.fillcolor, "band")}"'
    style += (
        f' stroke="{_colour(line.color, "rule")}" stroke-width="{_n(stroke_width)}"' if stroke_width else ""
    )
    title = _title(_at(trace.hovertext, 0) or _at(trace.text, 0))
    if defs is not None and trace.meta == "outline":
        path = "".join(_relative(run) for run in _runs(xs, ys))
        a = frame.width / (frame.x1 - frame.x0)
        d = -frame.height / (frame.y1 - frame.y0)
        e, f = frame.x(0), frame.y(0)
        return (
            f'<use href="#{defs.ident(path)}" {style} '
            f'transform="matrix({a:.5g} 0 0 {d:.5g} {e:.5g} {f:.5g})">{title}</use>'
        )
    path = "".join(
        "M" + "L".join(f"{_n(frame.x(x))} {_n(frame.y(y))}" for x, y in run) + "Z" for run in _runs(xs, ys)
    )
    return f'<path d="{path}" {style}>{title}</path>'


def _relative(run: list[tuple[float, float]]) -> str:
    """A closed outline in whole data units, by steps: short to write and the same at every size."""
    points = [(round(x), round(y)) for x, y in run]
    text = f"M{points[0][0]} {points[0][1]}l"
    steps = []
    before = points[0]
    for point in points[1:]:
        if point != before:
            steps.append(f"{point[0] - before[0]} {point[1] - before[1]}")
            before = point
    return text + " ".join(steps).replace(" -", "-") + "z"


def _line(trace: Any, xs: list[float], ys: list[float], frame: _Frame) -> str:
    line = trace.line
    dash = _DASHES.get(line.dash or "solid", "")
    extra = f' stroke-dasharray="{dash}"' if dash else ""
    paths = []
    for run in _runs(xs, ys):
        points = [(frame.x(x), frame.y(y)) for x, y in run]
        text = f"M{_n(points[0][0])} {_n(points[0][1])}"
        for x, y in points[1:]:
            text += f"H{_n(x)}V{_n(y)}" if line.shape == "hv" else f"L{_n(x)} {_n(y)}"
        paths.append(text)
    return (
        f'<path d="{"".join(paths)}" fill="none" stroke="{_colour(line.color)}" '
        f'stroke-width="{_n(float(line.width or 2))}" stroke-linejoin="round" stroke-linecap="round"{extra}/>'
    )


def _errors(trace: Any, xs: list[float], ys: list[float], frame: _Frame) -> str:
    out = []
    for bars, horizontal in ((trace.error_x, True), (trace.error_y, False)):
        plus = _values(bars.array)
        if not plus or bars.visible is False:
            continue
        minus = _values(bars.arrayminus) or plus
        colour = _colour(bars.color or _at(trace.marker.color, 0))
        width = _n(float(bars.thickness or 2))
        for x, y, up, down in zip(xs, ys, plus, minus, strict=True):
            if any(math.isnan(v) for v in (x, y, up, down)):
                continue
            if horizontal:
                ends = f'x1="{_n(frame.x(x - down))}" x2="{_n(frame.x(x + up))}" y1="{_n(frame.y(y))}" y2="{_n(frame.y(y))}"'
            else:
                ends = f'x1="{_n(frame.x(x))}" x2="{_n(frame.x(x))}" y1="{_n(frame.y(y - down))}" y2="{_n(frame.y(y + up))}"'
            out.append(f'<line {ends} stroke="{colour}" stroke-width="{width}" stroke-linecap="round"/>')
    return "".join(out)


def _polygon(points: list[tuple[float, float]], x: float, y: float, r: float) -> str:
    return "M" + "L".join(f"{_n(x + r * dx)} {_n(y + r * dy)}" for dx, dy in points) + "Z"


_OUTLINES = {
    "square": [(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)],
    "diamond": [(0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)],
    "triangle-up": [(0, -1.15), (1.1, 0.85), (-1.1, 0.85)],
    "triangle-down": [(0, 1.15), (1.1, -0.85), (-1.1, -0.85)],
    "pentagon": [(0, -1.1), (1.05, -0.34), (0.65, 0.9), (-0.65, 0.9), (-1.05, -0.34)],
    "cross": [
        (-0.4, -1.1), (0.4, -1.1), (0.4, -0.4), (1.1, -0.4), (1.1, 0.4), (0.4, 0.4),
        (0.4, 1.1), (-0.4, 1.1), (-0.4, 0.4), (-1.1, 0.4), (-1.1, -0.4), (-0.4, -0.4),
    ],
    "x": [
        (0, -0.57), (0.6, -1.15), (1.15, -0.6), (0.57, 0), (1.15, 0.6), (0.6, 1.15),
        (0, 0.57), (-0.6, 1.15), (-1.15, 0.6), (-0.57, 0), (-1.15, -0.6), (-0.6, -1.15),
    ],
}  # fmt: skip


def marker_path(symbol: str, x: float, y: float, radius: float) -> str:
    """The outline of a marker other than a circle."""
    return _polygon(_OUTLINES[symbol.removesuffix("-open")], x, y, radius)


def _markers(trace: Any, xs: list[float], ys: list[float], frame: _Frame) -> str:
    marker = trace.marker
    out = []
    for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
        if math.isnan(x) or math.isnan(y):
            continue
        symbol = str(_at(marker.symbol, i) or "circle")
        shape, is_open = symbol.removesuffix("-open"), symbol.endswith("-open")
        colour = _colour(_at(marker.color, i))
        radius = float(_at(marker.size, i, 9)) / 2
        ring = marker.line
        fill = "var(--paper)" if is_open else colour
        stroke = colour if is_open else _colour(_at(ring.color, i), "paper")
        stroke_width = 2.0 if is_open else float(_at(ring.width, i) or 0)
        style = f'fill="{fill}"' + (f' stroke="{stroke}" stroke-width="{_n(stroke_width)}"' if stroke_width else "")
        title = _title(_at(trace.hovertext, i))
        px, py = frame.x(x), frame.y(y)
        if shape == "circle":
            out.append(f'<circle cx="{_n(px)}" cy="{_n(py)}" r="{_n(radius)}" {style}>{title}</circle>')
        elif shape in _OUTLINES:
            out.append(f'<path d="{_polygon(_OUTLINES[shape], px, py, radius)}" {style}>{title}</path>')
        else:
            raise NotDrawable(f"a marker {symbol}")
    return "".join(out)


def _point_texts(trace: Any, xs: list[float], ys: list[float], frame: _Frame) -> str:
    out = []
    size = float(_at(trace.textfont.size, 0) or 12)
    for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
        text = _at(trace.text, i)
        if not text or math.isnan(x) or math.isnan(y):
            continue
        vertical, horizontal = str(_at(trace.textposition, i) or "middle center").split()
        gap = float(_at(trace.marker.size, i, 0) or 0) / 2 + 4 if "markers" in (trace.mode or "") else 0.0
        dx = {"left": -gap, "center": 0.0, "right": gap}[horizontal]
        dy = {"top": -gap, "middle": 0.0, "bottom": gap}[vertical]
        out.append(
            _text(
                frame.x(x) + dx,
                frame.y(y) + dy,
                str(text),
                anchor={"left": "end", "center": "middle", "right": "start"}[horizontal],
                baseline={"top": -0.25, "middle": 0.35, "bottom": 0.8}[vertical],
                size=size,
                colour=_colour(_at(trace.textfont.color, i)),
                halo="markers" in (trace.mode or ""),
            )
        )
    return "".join(out)


def _bars(trace: Any, frame: _Frame) -> str:
    flat = trace.orientation == "h"
    lengths = _values(trace.x if flat else trace.y)
    places = _values(trace.y if flat else trace.x)
    out = []
    for i, (length, place) in enumerate(zip(lengths, places, strict=True)):
        if math.isnan(length):
            continue
        base = float(_at(trace.base, i, 0) or 0)
        thick = float(_at(trace.width, i, 0.8))
        if flat:
            x0, x1 = sorted((frame.x(base), frame.x(base + length)))
            y0, y1 = sorted((frame.y(place - thick / 2), frame.y(place + thick / 2)))
        else:
            x0, x1 = sorted((frame.x(place - thick / 2), frame.x(place + thick / 2)))
            y0, y1 = sorted((frame.y(base), frame.y(base + length)))
        ring = trace.marker.line
        stroke = (
            f' stroke="{_colour(_at(ring.color, i), "paper")}" stroke-width="{_n(float(_at(ring.width, i)))}"'
            if _at(ring.width, i)
            else ""
        )
        out.append(
            f'<rect x="{_n(x0)}" y="{_n(y0)}" width="{_n(x1 - x0)}" height="{_n(y1 - y0)}" '
            f'fill="{_colour(_at(trace.marker.color, i))}"{stroke}>{_title(_at(trace.hovertext, i))}</rect>'
        )
    name = f' data-name="{escape(unescape(str(trace.name)), quote=True)}"' if trace.name else ""
    return f"<g{name}>{''.join(out)}</g>"
