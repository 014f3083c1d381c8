"""What a page is made of before it is HTML: sections of blocks, plain text that the template escapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sim.report.sheet import Maker, Spec

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "Block", "Card", "Cards", "Cell", "Choice", "Code", "Heading", "Key", "Lines", "Panels", "Paragraph",
    "Picture", "Plot", "Section", "Table", "Week",
]  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A cell of a table; `number` cells are set to the right; `lines` stand under it, each with a sign.

    `spoken` says that the signs are also put into words for screen readers; `language` that the text is in
    another language than the page.
    """

    text: str
    number: bool = False
    lines: Sequence[tuple[str, str]] = ()
    spoken: bool = True
    language: str = ""


@dataclass(frozen=True)
class Table:
    """A table with a caption; the first cell of each row is its header.

    Closed behind its caption unless `is_open`; `stacked` shows each row as a card on a phone.
    """

    caption: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Cell | str]]
    is_open: bool = False
    stacked: bool = False
    note: str = ""
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class Key:
    """An entry of a key beside a picture: a colour role or marker, and its words."""

    label: str
    role: str
    shape: str = "square"


@dataclass(frozen=True)
class Plot:
    """A figure function and what it is given, but for the width."""

    maker: Maker[...]
    given: tuple[Any, ...]
    named: dict[str, Any] = field(default_factory=dict)

    def figure(self, width: int) -> go.Figure:
        """The figure, checked by Plotly."""
        return self.maker(*self.given, width, **self.named)

    def spec(self, width: int) -> Spec:
        """Its plain dictionaries."""
        return self.maker.spec(*self.given, width, **self.named)


@dataclass(frozen=True)
class Picture:
    """A figure drawn wide and narrow, hidden from screen readers behind `sentence`, which says what it shows.

    `drawn` is filled when the page is put together; `quiet` leaves the sentence to screen readers, unless it
    is `said` to all;
    `short` is its title among choices;
    `direct` says that the wide one carries its own labels, so that its key is only for the narrow one;
    `beside` is the width in millimetres of a table that stands beside it on paper.
    """

    ident: str
    title: str
    sentence: str
    plot: Plot
    keys: Sequence[Key] = ()
    table: Table | None = None
    source: str = ""
    short: str = ""
    direct: bool = False
    widths: tuple[int, ...] = (760, 340)
    quiet: bool = False
    said: bool = False
    drawn: tuple[tuple[int, str], ...] = ()
    beside: float | None = None
    kind: Literal["picture"] = "picture"


@dataclass(frozen=True)
class Panels:
    """Small pictures of one width side by side, and the table they share, if not one each."""

    pictures: Sequence[Picture]
    table: Table | None = None
    kind: Literal["panels"] = "panels"


@dataclass(frozen=True)
class Choice:
    """Pictures of which one is shown at a time, chosen by radio buttons, and the table they share."""

    legend: str
    pictures: Sequence[Picture]
    table: Table | None = None
    kind: Literal["choice"] = "choice"


@dataclass(frozen=True)
class Card:
    """One of the figures that decide: what it is, before and after, the gap and what may be said of it."""

    label: str
    unit: str
    before: str
    after: str
    gap: str
    span: str
    verdict: str
    effect: str
    detail: str = ""


@dataclass(frozen=True)
class Cards:
    """The figures that decide, with what before and after stand for."""

    cards: Sequence[Card]
    before: str
    after: str
    kind: Literal["cards"] = "cards"


@dataclass(frozen=True)
class Paragraph:
    """Running text; `lead` and `answer` are set larger, `note` smaller."""

    text: str
    style: Literal["lead", "answer", "plain", "note", "warning"] = "plain"
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True)
class Lines:
    """A list, numbered or not, each item with an optional term in front."""

    items: Sequence[tuple[str, str]]
    numbered: bool = False
    kind: Literal["lines"] = "lines"


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True)
class Code:
    """A line to type."""

    text: str
    kind: Literal["code"] = "code"


@dataclass(frozen=True)
class Week:
    """A week on the map, moved by a script: positions of each vehicle through the week, as JSON."""

    data: str
    picture: Picture
    kind: Literal["week"] = "week"


Block = Table | Picture | Panels | Choice | Cards | Paragraph | Lines | Heading | Code | Week


@dataclass(frozen=True)
class Section:
    """A part of the page: an anchor, a heading, blocks."""

    ident: str
    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)
