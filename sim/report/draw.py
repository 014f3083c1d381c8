"""Draws a Plotly figure as a still SVG, so that the page needs no script, prints sharp and follows the theme.

Only what the figures of this package use is drawn: scatter traces (lines, markers, text, error bars,
closed areas), bars, rectangles, lines, annotations, and axes whose range and ticks are given. Colours
of the palette become style variables. A figure that uses anything else is refused, never half drawn.
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass, field
from html import escape, unescape
from typing import TYPE_CHECKING, Any

from sim.report.palette import light, variable_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["Defs", "NotDrawableError", "draw", "hatched", "marker_path"]

_DASHES = {"solid": "", "dash": "7 4", "dot": "2 3", "dashdot": "7 3 2 3", "longdash": "11 4"}
_ANCHORS = {"left": "start", "center": "middle", "right": "end", "auto": "middle", None: "middle"}
_BASELINES = {"top": 0.8, "middle": 0.35, "bottom": -0.25, "auto": 0.35, None: 0.35}


class NotDrawableError(ValueError):
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
        return (
            '<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false">'
            f"<defs>{body}</defs></svg>"
        )


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


def draw(figure: go.Figure | dict[str, Any], defs: Defs | None = None, *, paper: bool = False) -> str:
    """The figure as an inline SVG element, hidden from screen readers.

    Parameters
    ----------
    figure
        A figure or its plain dictionaries, with width, height, margins, and for each axis its range, tick
        values and tick texts.
    defs
        Where outlines of traces marked `meta="outline"` are shared.
    paper
        Nothing is pointed at: no titles, and outlines of one look are one path, which prints sooner.

    Raises
    ------
    NotDrawableError
        When the figure holds a trace or a mark that this drawer does not know.
    """
    spec: dict[str, Any] = figure if isinstance(figure, dict) else figure.to_plotly_json()
    layout = spec["layout"]
    width, height = float(layout["width"]), float(layout["height"])
    margin = layout.get("margin", {})
    left, right, top, bottom = (float(margin.get(side, 0)) for side in "lrtb")
    xr, yr = _get(layout, "xaxis.range"), _get(layout, "yaxis.range")
    if xr is None or yr is None:
        raise NotDrawableError("an axis has no range")
    frame = _Frame(
        left, top, width - left - right, height - top - bottom, *(float(end) for end in (*xr, *yr))
    )
    shapes = layout.get("shapes", ())
    out: list[str] = []
    out += [_shape(s, frame) for s in shapes if s.get("layer") == "below"]
    out += _grid(layout, frame)
    traces = [{**trace, "hovertext": None} for trace in _merged(spec["data"])] if paper else spec["data"]
    out += [_trace(trace, frame, defs) for trace in traces]
    out += [_shape(s, frame) for s in shapes if s.get("layer") != "below"]
    out += _ticks(layout, frame)
    out += [_annotation(a, frame) for a in layout.get("annotations", ())]
    size = f'viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" height="{_n(height)}"'
    return f'<svg class="drawn" {size} aria-hidden="true" focusable="false">{"".join(out)}</svg>'


def _merged(traces: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The traces, the outlines of one fill and line being one."""
    out: list[dict[str, Any]] = []
    alike: dict[tuple[Any, ...], dict[str, Any]] = {}
    for trace in traces:
        if trace.get("meta") != "outline":
            out.append(trace)
            continue
        look = (trace.get("fillcolor"), *sorted(trace.get("line", {}).items()))
        if look in alike:
            for axis in "xy":
                alike[look][axis] = (*alike[look][axis], None, *trace[axis])
        else:
            alike[look] = {**trace, "meta": "merged"}
            out.append(alike[look])
    return out


def _get(node: Any, dotted: str, default: Any = None) -> Any:
    for key in dotted.split("."):
        node = node.get(key) if isinstance(node, dict) else None
    return default if node is None else node


def _n(value: float) -> str:
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def _colour(colour: Any, default: str = "ink") -> str:
    return escape(variable_of(str(colour))) if colour else variable_of(light(default))


def _values(values: Any) -> list[float]:
    if values is None:
        return []
    return [math.nan if v is None else float(v) for v in values]


def _at(values: Any, index: int, default: Any = None) -> Any:
    if values is None:
        return default
    if isinstance(values, list | tuple):
        return values[index] if index < len(values) else default
    return values


def _lines_of(text: str) -> list[tuple[str, bool]]:
    """Text of a figure as lines with their weight; entities are decoded, other markup stays text."""
    lines = []
    for part in re.split(r"<br\s*/?>", str(text)):
        bold = part.startswith("<b>") and part.endswith("</b>")
        lines.append((unescape(part[3:-4] if bold else part), bold))
    return lines


def _text(
    x: float, y: float, text: str, *, anchor: str, baseline: float, size: float, colour: str, halo: bool
) -> str:
    lines = _lines_of(text)
    step = size * 1.22
    y -= {0.8: 0.0, 0.35: step * (len(lines) - 1) / 2, -0.25: step * (len(lines) - 1)}.get(baseline, 0.0)
    y += baseline * size
    spans = []
    for i, (line, bold) in enumerate(lines):
        weight = ' font-weight="700"' if bold else ""
        spans.append(f'<tspan x="{_n(x)}" y="{_n(y + i * step)}"{weight}>{escape(line)}</tspan>')
    ring = ' class="halo"' if halo else ""
    return (
        f'<text{ring} text-anchor="{anchor}" font-size="{_n(size)}" fill="{colour}">{"".join(spans)}</text>'
    )


def _grid(layout: dict[str, Any], frame: _Frame) -> list[str]:
    out = []
    for axis, horizontal in ((layout["xaxis"], False), (layout["yaxis"], True)):
        if axis.get("showgrid"):
            for value in _values(axis.get("tickvals")):
                if horizontal:
                    y = _n(frame.y(value))
                    line = f'x1="{_n(frame.left)}" x2="{_n(frame.left + frame.width)}" y1="{y}" y2="{y}"'
                else:
                    x = _n(frame.x(value))
                    line = f'x1="{x}" x2="{x}" y1="{_n(frame.top)}" y2="{_n(frame.top + frame.height)}"'
                out.append(
                    f'<line {line} stroke="{_colour(axis.get("gridcolor"), "grid")}" stroke-width="1"/>'
                )
    return out


def _ticks(layout: dict[str, Any], frame: _Frame) -> list[str]:
    out = []
    for axis, horizontal in ((layout["xaxis"], True), (layout["yaxis"], False)):
        size, colour = float(_get(axis, "tickfont.size", 12)), _colour(_get(axis, "tickfont.color"), "muted")
        for value, text in zip(_values(axis.get("tickvals")), axis.get("ticktext", ()), strict=True):
            if horizontal:
                on_top = axis.get("side") == "top"
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


def _shape(shape: dict[str, Any], frame: _Frame) -> str:
    x0, x1 = (frame.place_x(shape[key], shape.get("xref")) for key in ("x0", "x1"))
    y0, y1 = (frame.place_y(shape[key], shape.get("yref")) for key in ("y0", "y1"))
    if shape["type"] == "line":
        dash = _DASHES[_get(shape, "line.dash", "solid")]
        extra = f' stroke-dasharray="{dash}"' if dash else ""
        return (
            f'<line x1="{_n(x0)}" x2="{_n(x1)}" y1="{_n(y0)}" y2="{_n(y1)}" '
            f'stroke="{_colour(_get(shape, "line.color"))}" '
            f'stroke-width="{_n(float(_get(shape, "line.width", 1)))}"{extra}/>'
        )
    if shape["type"] == "rect":
        return (
            f'<rect x="{_n(min(x0, x1))}" y="{_n(min(y0, y1))}" width="{_n(abs(x1 - x0))}" '
            f'height="{_n(abs(y1 - y0))}" fill="{_colour(shape.get("fillcolor"), "band")}"/>'
        )
    raise NotDrawableError(f"a shape of type {shape['type']}")


def _annotation(note: dict[str, Any], frame: _Frame) -> str:
    if note.get("showarrow") is not False:
        raise NotDrawableError("an annotation with an arrow")
    return _text(
        frame.place_x(note["x"], note.get("xref")) + float(note.get("xshift") or 0),
        frame.place_y(note["y"], note.get("yref")) - float(note.get("yshift") or 0),
        note["text"],
        anchor=_ANCHORS[note.get("xanchor")],
        baseline=_BASELINES[note.get("yanchor")],
        size=float(_get(note, "font.size", 13)),
        colour=_colour(_get(note, "font.color")),
        halo=bool(note.get("bgcolor")),
    )


def _trace(trace: dict[str, Any], frame: _Frame, defs: Defs | None) -> str:
    if trace["type"] == "bar":
        return _bars(trace, frame)
    if trace["type"] != "scatter":
        raise NotDrawableError(f"a trace of type {trace['type']}")
    mode, fill = trace.get("mode", "lines"), trace.get("fill")
    if fill == "toself" and mode == "lines":
        return _opaque(trace, _area(trace, frame, defs))
    xs, ys = _values(trace.get("x")), _values(trace.get("y"))
    parts = []
    if fill == "toself":
        parts.append(_area(trace, frame, defs))
    elif fill not in (None, "none"):
        raise NotDrawableError(f"a fill {fill}")
    elif "lines" in mode:
        parts.append(_line(trace, xs, ys, frame))
    parts.append(_errors(trace, xs, ys, frame))
    if "markers" in mode:
        parts.append(_markers(trace, xs, ys, frame))
    if "text" in mode:
        parts.append(_point_texts(trace, xs, ys, frame))
    return _opaque(trace, "".join(parts))


def _opaque(trace: dict[str, Any], body: str) -> str:
    return body if trace.get("opacity") is None else f'<g opacity="{trace["opacity"]}">{body}</g>'


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


def _area(trace: dict[str, Any], frame: _Frame, defs: Defs | None) -> str:
    stroke_width = float(_get(trace, "line.width", 0))
    style = f'fill="{_colour(trace.get("fillcolor"), "band")}"'
    if stroke_width:
        style += f' stroke="{_colour(_get(trace, "line.color"), "rule")}" stroke-width="{_n(stroke_width)}"'
    title = _title(_at(trace.get("hovertext"), 0))
    kind = trace.get("meta")
    if kind == "merged" or (kind == "outline" and defs is not None):
        path = _outline(tuple(trace["x"]), tuple(trace["y"]))
        a = frame.width / (frame.x1 - frame.x0)
        d = -frame.height / (frame.y1 - frame.y0)
        style += f' transform="matrix({a:.5g} 0 0 {d:.5g} {frame.x(0):.5g} {frame.y(0):.5g})"'
        if kind == "merged" or defs is None:
            return f'<path class="outline" d="{path}" {style}/>'
        return f'<use href="#{defs.ident(path)}" {style}>{title}</use>'
    path = _placed(tuple(trace["x"]), tuple(trace["y"]), frame)
    return f'<path d="{path}" {style}>{title}</path>'


@functools.lru_cache(maxsize=4096)
def _outline(xs: tuple[float | None, ...], ys: tuple[float | None, ...]) -> str:
    """Closed outlines in data units; a territory's are the same in every map."""
    return "".join(_relative(run) for run in _runs(_values(xs), _values(ys)))


@functools.lru_cache(maxsize=4096)
def _placed(xs: tuple[float | None, ...], ys: tuple[float | None, ...], frame: _Frame) -> str:
    """Closed outlines in the pixels of a figure."""
    return "".join(
        "M" + "L".join(f"{_n(frame.x(x))} {_n(frame.y(y))}" for x, y in run) + "Z"
        for run in _runs(_values(xs), _values(ys))
    )


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


def _line(trace: dict[str, Any], xs: list[float], ys: list[float], frame: _Frame) -> str:
    dash = _DASHES[_get(trace, "line.dash", "solid")]
    extra = f' stroke-dasharray="{dash}"' if dash else ""
    steps = _get(trace, "line.shape") == "hv"
    paths = []
    for run in _runs(xs, ys):
        points = [(frame.x(x), frame.y(y)) for x, y in run]
        text = f"M{_n(points[0][0])} {_n(points[0][1])}"
        text += "".join(f"H{_n(x)}V{_n(y)}" if steps else f"L{_n(x)} {_n(y)}" for x, y in points[1:])
        paths.append(text)
    return (
        f'<path d="{"".join(paths)}" fill="none" stroke="{_colour(_get(trace, "line.color"))}" '
        f'stroke-width="{_n(float(_get(trace, "line.width", 2)))}" stroke-linejoin="round" '
        f'stroke-linecap="round"{extra}/>'
    )


def _errors(trace: dict[str, Any], xs: list[float], ys: list[float], frame: _Frame) -> str:
    out = []
    for key, horizontal in (("error_x", True), ("error_y", False)):
        bars = trace.get(key)
        if not bars:
            continue
        plus = _values(bars["array"])
        minus = _values(bars.get("arrayminus")) or plus
        style = f'stroke="{_colour(bars.get("color"))}" stroke-width="{_n(float(bars.get("thickness", 2)))}"'
        for x, y, up, down in zip(xs, ys, plus, minus, strict=True):
            if any(math.isnan(v) for v in (x, y, up, down)):
                continue
            x0, x1 = (x - down, x + up) if horizontal else (x, x)
            y0, y1 = (y, y) if horizontal else (y - down, y + up)
            ends = (
                f'x1="{_n(frame.x(x0))}" x2="{_n(frame.x(x1))}" y1="{_n(frame.y(y0))}" y2="{_n(frame.y(y1))}"'
            )
            out.append(f'<line {ends} {style} stroke-linecap="round"/>')
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


def _markers(trace: dict[str, Any], xs: list[float], ys: list[float], frame: _Frame) -> str:
    marker = trace.get("marker", {})
    out = []
    for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
        if math.isnan(x) or math.isnan(y):
            continue
        symbol = str(_at(marker.get("symbol"), i, "circle"))
        shape, is_open = symbol.removesuffix("-open"), symbol.endswith("-open")
        colour = _colour(_at(marker.get("color"), i))
        radius = float(_at(marker.get("size"), i, 9)) / 2
        fill = "var(--paper)" if is_open else colour
        stroke = colour if is_open else _colour(_get(marker, "line.color"), "paper")
        stroke_width = 2.0 if is_open else float(_get(marker, "line.width", 0))
        style = f'fill="{fill}"' + (
            f' stroke="{stroke}" stroke-width="{_n(stroke_width)}"' if stroke_width else ""
        )
        title = _title(_at(trace.get("hovertext"), i))
        px, py = frame.x(x), frame.y(y)
        if shape == "circle":
            out.append(f'<circle cx="{_n(px)}" cy="{_n(py)}" r="{_n(radius)}" {style}>{title}</circle>')
        elif shape in _OUTLINES:
            out.append(f'<path d="{_polygon(_OUTLINES[shape], px, py, radius)}" {style}>{title}</path>')
        else:
            raise NotDrawableError(f"a marker {symbol}")
    return "".join(out)


def _point_texts(trace: dict[str, Any], xs: list[float], ys: list[float], frame: _Frame) -> str:
    out = []
    beside = "markers" in trace.get("mode", "")
    for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
        text = _at(trace.get("text"), i)
        if not text or math.isnan(x) or math.isnan(y):
            continue
        vertical, horizontal = str(_at(trace.get("textposition"), i, "middle center")).split()
        gap = float(_at(_get(trace, "marker.size"), i, 0)) / 2 + 4 if beside else 0.0
        out.append(
            _text(
                frame.x(x) + {"left": -gap, "center": 0.0, "right": gap}[horizontal],
                frame.y(y) + {"top": -gap, "middle": 0.0, "bottom": gap}[vertical],
                str(text),
                anchor={"left": "end", "center": "middle", "right": "start"}[horizontal],
                baseline={"top": -0.25, "middle": 0.35, "bottom": 0.8}[vertical],
                size=float(_get(trace, "textfont.size", 12)),
                colour=_colour(_at(_get(trace, "textfont.color"), i)),
                halo=beside,
            )
        )
    return "".join(out)


def _bars(trace: dict[str, Any], frame: _Frame) -> str:
    flat = trace.get("orientation") == "h"
    lengths = _values(trace["x" if flat else "y"])
    places = _values(trace["y" if flat else "x"])
    ring = float(_get(trace, "marker.line.width", 0))
    stroke = (
        f' stroke="{_colour(_get(trace, "marker.line.color"), "paper")}" stroke-width="{_n(ring)}"'
        if ring
        else ""
    )
    out = []
    for i, (length, place) in enumerate(zip(lengths, places, strict=True)):
        if math.isnan(length):
            continue
        base, thick = float(_at(trace.get("base"), i, 0)), float(_at(trace.get("width"), i, 0.8))
        along, across = (base, base + length), (place - thick / 2, place + thick / 2)
        x0, x1 = sorted(frame.x(v) for v in (along if flat else across))
        y0, y1 = sorted(frame.y(v) for v in (across if flat else along))
        shape = str(_at(_get(trace, "marker.pattern.shape"), i, ""))
        out.append(
            f'<rect x="{_n(x0)}" y="{_n(y0)}" width="{_n(x1 - x0)}" height="{_n(y1 - y0)}" '
            f'fill="{_colour(_at(_get(trace, "marker.color"), i))}"{stroke}>'
            f"{_title(_at(trace.get('hovertext'), i))}</rect>"
        )
        if shape:
            ink = _colour(_at(_get(trace, "marker.pattern.fgcolor"), i), "paper")
            out.append(hatched(shape, (x0, x1, y0, y1), ink))
    return "".join(out)


_STEP = 5.0
_HATCHES: dict[str, tuple[int, ...]] = {"/": (1,), "\\": (-1,), "x": (1, -1)}


def hatched(shape: str, box: tuple[float, float, float, float], ink: str) -> str:
    """The hatch of a rectangle (left, right, top, bottom), cut at its sides: oblique, crossed or dots."""
    left, right, top, bottom = box
    if shape == ".":
        across = range(int((right - left) / _STEP))
        down = range(max(int((bottom - top) / _STEP), 1))
        dots = [
            f"M{_n(left + (i + 0.5) * _STEP)} {_n(top + (j + 0.5) * _STEP)}h0" for j in down for i in across
        ]
        return _hatch("".join(dots), ink, 1.8)
    if shape not in _HATCHES:
        raise NotDrawableError(f"a pattern {shape}")
    path = []
    for slope in _HATCHES[shape]:
        # Lines x + slope * (y - top) = left + k, from one side of the rectangle to another.
        first, last = (0.0, right - left + bottom - top) if slope > 0 else (top - bottom, right - left)
        k = first + _STEP / 2
        while k < last:
            ends = []
            for y in (top, bottom):
                x = min(max(left + k - slope * (y - top), left), right)
                ends.append((x, top + slope * (left + k - x)))
            path.append("M{} {}L{} {}".format(*(_n(v) for end in ends for v in end)))
            k += _STEP
    return _hatch("".join(path), ink, 1.1)


def _hatch(path: str, ink: str, width: float) -> str:
    return f'<path d="{path}" fill="none" stroke="{ink}" stroke-width="{_n(width)}" stroke-linecap="round"/>'
