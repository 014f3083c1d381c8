"""Puts a study together as one self-contained page in two languages, and its figures beside it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from sim.report.draw import Defs, draw, hatched, marker_path
from sim.report.palette import PATTERNS, css_variables, light, variable_of
from sim.report.paper import HALF, column_shares, in_columns, is_tight, table_beside
from sim.report.reading import Reading
from sim.report.sections import (
    absence,
    answer,
    assumed,
    calibration,
    certainty,
    destinations,
    exits,
    glossary,
    ground,
    levers,
    money,
    people,
    places,
    planning,
    sensitivity,
    sizing,
    team,
    told,
    week,
)
from sim.report.sections.answer import question
from sim.report.sheet import hatch_on
from sim.report.view import Block, Choice, Key, Panels, Picture, Section, Week
from sim.report.words import LANGUAGES, Language, Words, named

__all__ = ["build_page", "build_paper", "sections_of"]


@dataclass(frozen=True)
class _Edition:
    words: Words
    title: str
    kicker: str
    sections: tuple[Section, ...]
    other: Language
    foot: str


def _first_screen(reading: Reading) -> Section:
    """The answer to the study's own question; what it wrote itself where its tables are missing."""
    own = _ANSWERS.get(_kind(reading))
    section = own(reading) if own else None
    if section is not None:
        return section
    if reading.folder.told(reading.words.language):
        return told.told_section(reading)
    return answer.answer_section(reading)


def _kind(reading: Reading) -> str:
    return str(reading.folder.setting("study.kind") or reading.folder.name)


_ANSWERS: dict[str, Callable[[Reading], Section | None]] = {
    "sizing": sizing.sizing_answer,
    "sensitivity": sensitivity.sensitivity_answer,
    "absence": absence.absence_answer,
    "calibration": calibration.calibration_answer,
}
_PARTS: dict[str, Callable[[Reading], Section | None]] = {
    "answer": _first_screen,
    "designs": sizing.designs_section,
    "crews": absence.crews_section,
    "long_absence": absence.long_absence_section,
    "fit": calibration.fit_section,
    "values": calibration.values_section,
    "levers": levers.levers_section,
    "certainty": certainty.certainty_section,
    "flips": assumed.flips_section,
    "layers": sensitivity.layers_section,
    "weights": sensitivity.weights_section,
    "shares": sensitivity.shares_section,
    "planning": planning.planning_section,
    "takeover": exits.takeover_section,
    "destinations": destinations.destinations_section,
    "map": places.map_section,
    "agents": team.agents_section,
    "open": calibration.open_section,
    "unknown": ground.unknown_section,
    "next": certainty.next_section,
    "measures": levers.measures_section,
    "months": people.months_section,
    "needs": people.needs_section,
    "waits": places.waits_section,
    "homes": people.homes_section,
    "budget": money.budget_section,
    "label": team.label_section,
    "road": team.road_section,
    "week": week.week_section,
    "assumptions": ground.assumptions_section,
    "method": ground.method_section,
    "accessibility": ground.accessibility_section,
}
# What a study leads with, after its answer; the other parts follow in the order above.
_LEADS: dict[str, tuple[str, ...]] = {
    "rounds": ("planning", "levers", "certainty"),
    "label_exits": ("takeover", "destinations", "needs", "label", "levers", "certainty"),
    "staffing": ("agents", "levers", "measures", "certainty"),
    "single": ("map", "months", "waits", "homes"),
}


_GROUND = ("unknown", "assumptions", "method", "accessibility")
# Studies that have their own parts and no other.
_OWN: dict[str, tuple[str, ...]] = {
    "sizing": ("answer", "designs", *_GROUND),
    "sensitivity": ("answer", "flips", "layers", "weights", "shares", *_GROUND),
    "absence": ("answer", "crews", "long_absence", *_GROUND),
    "calibration": ("answer", "fit", "values", "open", "method", "accessibility"),
}


def sections_of(reading: Reading) -> tuple[Section, ...]:
    """The parts of the report that this study's tables allow, in the order of its question."""
    every = [name for name in _PARTS if name != "open"]
    order = _OWN.get(_kind(reading)) or dict.fromkeys(
        ("answer", *_LEADS.get(reading.folder.name, ()), *every)
    )
    made = [section for name in order if (section := _PARTS[name](reading)) is not None]
    explained = glossary.glossary_section(reading, made)
    at = next((i for i, section in enumerate(made) if section.ident == "methode"), len(made))
    return (*made[:at], *([explained] if explained else []), *made[at:])


def build_page(readings: Sequence[Reading], parts: Sequence[tuple[Section, ...]]) -> str:
    """The whole page of one study.

    Parameters
    ----------
    readings
        The study in each language, the one shown first in front.
    parts
        The sections of each.
    """
    return _render(readings, parts, paper=False)


def build_paper(reading: Reading, sections: tuple[Section, ...]) -> str:
    """The page in one language with one drawing a figure and no script: as the whole page prints, lighter."""
    return _render([reading], [sections], paper=True)


def _render(readings: Sequence[Reading], parts: Sequence[tuple[Section, ...]], *, paper: bool) -> str:
    defs = Defs()
    editions = [
        _Edition(
            words=reading.words,
            title=f"{question(reading)} – {_place(reading)}",
            kicker=_kicker(reading),
            sections=tuple(_with_drawings(section, defs, paper=paper) for section in made),
            other=next((one for one in LANGUAGES if one != reading.words.language), reading.words.language),
            foot=_foot(reading),
        )
        for reading, made in zip(readings, parts, strict=True)
    ]
    light_dark = (
        f":root{{{css_variables(dark=False)}}}"
        f"@media (prefers-color-scheme:dark){{@media screen{{:root{{{css_variables(dark=True)}}}}}}}"
    )
    return _template().render(
        first=readings[0].words.language,
        paper=paper,
        nbsp="\u00a0",
        mark=_mark,
        joined=_joined,
        in_columns=in_columns,
        is_tight=is_tight,
        column_shares=column_shares,
        half=HALF,
        typo=named,
        signs={"better": ("mieux :", "better:"), "worse": ("moins bien :", "worse:")},
        editions=editions,
        css=Markup(light_dark + _text("page.css")),  # noqa: S704 - our own file
        js=Markup(_text("page.js")),  # noqa: S704 - our own file
        defs=Markup(defs.svg()),  # noqa: S704 - numbers only
    )


@functools.cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_text("page.html.j2"))


def _text(name: str) -> str:
    return (files("sim.report") / "templates" / name).read_text(encoding="utf-8")


def _place(reading: Reading) -> str:
    name = str(reading.folder.setting("territory") or "")
    if name == "tarn_et_garonne":
        return "Tarn-et-Garonne"
    return Path(name).name.replace("_", " ").strip() or reading.words("territoire", "territory")


def _kicker(reading: Reading) -> str:
    words, horizon = reading.words, reading.folder.horizon
    parts = [
        _place(reading),
        words("Cellule Proximité des services publics", "Public services proximity cell"),
    ]
    day = reading.folder.setting("absence.date") if _kind(reading) == "absence" else None
    if day is not None:
        parts.append(words(f"étude d'une journée, {words.day(day)}", f"study of one day, {words.day(day)}"))
    elif horizon:
        parts.append(
            words(
                f"simulation du {words.day(horizon[0])} au {words.day(horizon[1])}",
                f"simulation from {words.day(horizon[0])} to {words.day(horizon[1])}",
            )
        )
    return " · ".join(parts)


def _foot(reading: Reading) -> str:
    words = reading.words
    return words(
        "Chiffres issus d'une simulation, pas de relevés. Données du territoire : INSEE, ANCT, IGN, "
        "délibération du 24 mars 2021 ; les sources sont dans le registre des hypothèses.",
        "Figures from a simulation, not from records. Territory data: INSEE, ANCT, IGN, deliberation of "
        "24 March 2021; sources are in the register of assumptions.",
    )


def _with_drawings(section: Section, defs: Defs, *, paper: bool) -> Section:
    blocks = [block for block in section.blocks if not (paper and isinstance(block, Week))]
    return Section(
        section.ident, section.title, tuple(_drawn_block(block, defs, paper=paper) for block in blocks)
    )


def _drawn_block(block: Block, defs: Defs, *, paper: bool) -> Block:
    if isinstance(block, Picture):
        return _drawn(block, defs, paper=paper)
    if isinstance(block, Panels):
        quiet = tuple(replace(p, quiet=not p.said) for p in block.pictures)
        return replace(block, pictures=tuple(_drawn(p, defs, paper=paper) for p in quiet))
    if isinstance(block, Choice):
        narrow = tuple(_drawn(p, defs, paper=paper, small=True) for p in block.pictures)
        return replace(block, pictures=narrow)
    if isinstance(block, Week):
        return replace(block, picture=_drawn(block.picture, defs, paper=paper))
    return block


def _drawn(picture: Picture, defs: Defs, *, paper: bool, small: bool = False) -> Picture:
    """The picture with its drawings; on paper only the one that is printed, narrow when `small`."""
    specs = {width: picture.plot.spec(width) for width in picture.widths}
    heights = {width: float(spec["layout"]["height"]) for width, spec in specs.items()}
    beside = None if small else table_beside(picture, heights)
    if paper:
        width = max(specs) if beside is None and not small else min(specs)
        specs = {width: specs[width]}
    svgs = tuple(
        (width, Markup(draw(spec, None if paper else defs, paper=paper)))  # noqa: S704 - escaped where drawn
        for width, spec in specs.items()
    )
    return replace(picture, drawn=svgs, beside=beside)


def _joined(term: str, text: str, words: Words) -> str:
    """The end of a term before its text: a full stop before a sentence, a colon before the rest."""
    if text[:1].isupper():
        return "" if term.endswith((".", "?", "!")) else "."
    return words(" :", ":")


def _mark(key: Key) -> Markup:
    colour = f"var(--{key.role})"
    start = '<svg width="22" height="14" viewBox="0 0 22 14" focusable="false">'
    if key.shape.startswith("line"):
        line, _, symbol = key.shape.partition(" ")
        dash = ("", "7 4", "2 3", "7 3 2 3", "11 4")[int(line[4:] or 0)]
        extra = f' stroke-dasharray="{dash}"' if dash else ""
        body = f'<line x1="0" x2="22" y1="7" y2="7" stroke="{colour}" stroke-width="3"{extra}/>'
        body += _point(symbol, colour) if symbol else ""
    elif key.shape == "area":
        hatch = PATTERNS.get(key.role, "")
        ink = variable_of(hatch_on(light(key.role)))
        body = f'<rect x="1" y="1" width="20" height="12" fill="{colour}" stroke="var(--rule)"/>'
        body += hatched(hatch, (1.0, 21.0, 1.0, 13.0), ink) if hatch else ""
    elif key.shape == "outline":
        edge = f'fill="var(--paper)" stroke="{colour}" stroke-width="2"'
        body = f'<rect x="1" y="1" width="20" height="12" {edge}/>'
    elif key.shape == "thin":
        body = f'<rect x="0" y="5" width="22" height="4" fill="{colour}"/>'
    else:
        body = _point(key.shape, colour)
    return Markup(f"{start}{body}</svg>")  # noqa: S704 - roles and numbers only


def _point(symbol: str, colour: str) -> str:
    if symbol in ("dot", "circle"):
        return f'<circle cx="11" cy="7" r="5" fill="{colour}"/>'
    return f'<path d="{marker_path(symbol, 11, 7, 5)}" fill="{colour}"/>'
