"""The figures of a study as files: Plotly HTML and JSON, SVG always; PNG and PDF with a browser."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from sim.report.draw import draw
from sim.report.palette import ROLES
from sim.report.printing import Figure
from sim.report.sheet import FONTS
from sim.report.view import Choice, Panels, Picture, Section, Week
from sim.report.words import Language

__all__ = ["pictures_of", "put_bytes", "put_text", "still", "write_figures"]

LIBRARY = "plotly.min.js"


def pictures_of(sections: tuple[Section, ...]) -> Iterator[Picture]:
    """Every picture of the page, in its order."""
    for section in sections:
        for block in section.blocks:
            if isinstance(block, Picture):
                yield block
            elif isinstance(block, Panels | Choice):
                yield from block.pictures
            elif isinstance(block, Week):
                yield block.picture


def write_figures(folder: Path, sections: tuple[Section, ...], language: Language) -> dict[str, Figure]:
    """Write every figure as HTML, JSON and SVG; return SVGs for a browser by name with their size.

    The HTML files share one copy of Plotly that stands beside them, so that they open offline.
    """
    from plotly.offline import get_plotlyjs

    folder.mkdir(parents=True, exist_ok=True)
    library = folder / LIBRARY
    script = get_plotlyjs().encode("utf-8")
    if not library.is_file() or library.stat().st_size != len(script):
        put_bytes(library, script)
    made = {}
    for picture in pictures_of(sections):
        width = picture.widths[0]
        spec = picture.plot.spec(width)
        text = json.dumps(spec, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain)
        name = "".join(c if c.isalnum() or c in "-_" else "-" for c in picture.ident)[:100]
        put_text(folder / f"{name}.json", text)
        put_text(folder / f"{name}.html", _html(picture, text, language))
        put_text(folder / f"{name}.svg", still(spec, picture.sentence))
        layout = spec["layout"]
        made[name] = (still(spec, "", paper=True), float(layout["width"]), float(layout["height"]))
    return made


def still(spec: dict[str, Any], sentence: str, *, paper: bool = False) -> str:
    """A figure as an SVG file that stands alone, in the colours of a light page; lighter when for `paper`."""
    svg = draw(spec, paper=paper)
    for role, (light, _) in ROLES.items():
        svg = svg.replace(f"var(--{role})", light)
    head, _, rest = svg.partition(">")
    head = head.replace(
        ' aria-hidden="true" focusable="false"', f' role="img" font-family="{escape(FONTS, quote=True)}"'
    )
    head = head.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    style = (
        "<style>.halo{paint-order:stroke;stroke:#fff;stroke-width:3.5px;stroke-linejoin:round}"
        ".outline{vector-effect:non-scaling-stroke}</style>"
    )
    clean = "".join(c for c in sentence if c >= " ")
    return f"{head}><desc>{escape(clean)}</desc>{style}{rest}\n"


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)


def _html(picture: Picture, spec: str, language: Language) -> str:
    safe = spec.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"""<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{escape(picture.title)}</title>
<style>
body{{font:1rem/1.5 {FONTS};margin:1.5rem;color:#1b2430;background:#fff}}
h1{{font-size:1.25rem}}p{{max-width:44rem}}
</style>
<script src="{LIBRARY}"></script></head>
<body><main><h1>{escape(picture.title)}</h1><p>{escape(picture.sentence)}</p>
<div id="figure" aria-hidden="true"></div></main>
<script type="application/json" id="spec">{safe}</script>
<script>
var s = JSON.parse(document.getElementById("spec").textContent);
Plotly.newPlot("figure", s.data, s.layout, {{displaylogo: false, displayModeBar: false}});
</script>
</body></html>
"""


def put_text(path: Path, text: str) -> None:
    """Write a text file so that it is there whole or not at all."""
    put_bytes(path, text.encode("utf-8"))


def put_bytes(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)  # noqa: PTH105 - atomic on every system
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
