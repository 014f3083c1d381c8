"""A flame graph by sampling, drawn as a still SVG: no tool to install, no right to ask for.

A timer of processor time interrupts the program; compiled code only lets it in when it returns, so a sample
counts for the time since the one before, and goes to the line that called the compiled code.
"""

from __future__ import annotations

import linecache
import signal
import time
from collections import Counter
from collections.abc import Callable
from html import escape
from pathlib import Path
from types import FrameType
from typing import Any

__all__ = ["flame_svg", "sampled"]

Stack = tuple[str, ...]
_WIDTH, _ROW, _CHARACTER = 1180, 18, 6.6
_COLOURS = {"world": "#c9dbf0", "models": "#d5e8d4", "measures": "#ffe6b3", "study": "#e4d7ee"}


def sampled(function: Callable[[], Any], every_s: float = 0.001) -> Counter[Stack]:
    """Seconds of processor time by stack while the function runs, outermost call first."""
    found: Counter[Stack] = Counter()
    last = time.thread_time()

    def sample(_: int, frame: FrameType | None) -> None:
        nonlocal last
        now = time.thread_time()
        found[_stack(frame)] += now - last  # type: ignore[assignment]
        last = now

    before = signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, every_s, every_s)
    try:
        function()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return found


def _stack(frame: FrameType | None) -> Stack:
    """Calls from the batch of replications inwards; last, the line of ours that was running."""
    names: list[str] = []
    line = ""
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if "sim" in path.parts and "site-packages" not in path.parts:
            if not names:
                line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
            names.append(f"{'.'.join(path.with_suffix('').parts[-2:])}: {frame.f_code.co_qualname}")
        elif "site-packages" in path.parts and names == [] and not line:
            names.append(f"{path.parts[path.parts.index('site-packages') + 1]}: {frame.f_code.co_qualname}")
        frame = frame.f_back
    names.reverse()
    start = next((i for i, name in enumerate(names) if name.endswith(": run_task")), 0)
    return (*names[start:], line) if line else tuple(names[start:])


def flame_svg(samples: Counter[Stack], title: str, least: float = 0.003) -> str:
    """The samples as an icicle: width is time, a call stands under its caller.

    Calls of less than `least` of the whole are left out. Names are in tooltips where they do not fit.
    """
    whole = sum(samples.values())
    boxes: list[str] = []
    depths = [0]

    def draw(stacks: dict[Stack, float], depth: int, left: float) -> None:
        by_name: dict[str, dict[Stack, float]] = {}
        for stack, spent in stacks.items():
            if stack:
                by_name.setdefault(stack[0], {})[stack[1:]] = spent
        for name, inner in sorted(by_name.items(), key=lambda item: -sum(item[1].values())):
            spent = sum(inner.values())
            if spent < least * whole:
                continue
            width = _WIDTH * spent / whole
            depths.append(depth)
            boxes.append(_box(name, left, 28 + depth * _ROW, width, 100 * spent / whole))
            draw(inner, depth + 1, left)
            left += width

    draw(dict(samples), 0, 0.0)
    height = 40 + (max(depths) + 1) * _ROW
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{escape(title, quote=True)}" font-family="ui-monospace, monospace" font-size="11">'
        f'<rect width="100%" height="100%" fill="#fff"/><text x="4" y="18">{escape(title)}</text>'
        + "".join(boxes)
        + "</svg>\n"
    )


def _box(name: str, x: float, y: float, width: float, percent: float) -> str:
    colour = next((c for part, c in _COLOURS.items() if name.startswith(part) or f".{part}" in name), "#eee")
    room = int((width - 6) / _CHARACTER)
    short = name.rsplit(": ", maxsplit=1)[-1]
    text = short if len(short) <= room else f"{short[: max(room - 1, 0)]}…" if room > 3 else ""
    label = f'<text x="{x + 3:.1f}" y="{y + 13:.0f}">{escape(text)}</text>' if text else ""
    return (
        f'<g><title>{escape(name)} – {percent:.1f} %</title><rect x="{x:.1f}" y="{y:.0f}" '
        f'width="{max(width - 0.5, 0.5):.1f}" height="{_ROW - 1}" fill="{colour}" stroke="#fff"/>{label}</g>'
    )
