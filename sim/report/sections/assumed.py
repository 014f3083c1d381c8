"""The second layer of certainty: which assumptions weigh, and at which value the answer would be another."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sim.report import figures
from sim.report.frames import has, number
from sim.report.reading import HELPED, Reading
from sim.report.sentences import assumption_amount, assumption_range, side_words
from sim.report.view import Block, Cell, Key, Paragraph, Picture, Plot, Section, Table
from sim.report.words import Words, inert

__all__ = [
    "assumption_line",
    "beyond_sentence",
    "drawn",
    "flip_sentence",
    "flips_of",
    "flips_section",
    "flips_shown",
    "layer",
]

_MOST = 14


def assumption_line(reading: Reading) -> str:
    """What chance does not cover, then the flip that needs the smallest change, where one is known."""
    words = reading.words
    if drawn(reading):
        return words(
            "Chaque simulation a ses hypothèses, tirées dans leurs fourchettes : ces intervalles couvrent le "
            "hasard et nos hypothèses ensemble.",
            "Each simulation has its own assumptions, drawn from their ranges: these intervals cover chance "
            "and our assumptions together.",
        )
    start = words("Ceci ne couvre pas nos hypothèses. ", "This does not cover our assumptions. ")
    table = flips_of(reading)
    if table.empty and len(reading.scenarios) < 2:
        return start + words(
            "D'autres valeurs donneraient d'autres chiffres : le registre des hypothèses donne la fourchette "
            "de chacune.",
            "Other values would give other figures: the register of assumptions gives the range of each.",
        )
    if table.empty:
        return start + words(
            "Ce qui renverserait la réponse se cherche par l'étude de sensibilité, qui n'est pas jointe à "
            "cette page.",
            "What would overturn the answer is for the sensitivity study to say; it is not part of this "
            "page.",
        )
    flips = flips_shown(table)
    if not flips:
        return start + words(
            "Aucune hypothèse, bougée seule dans sa fourchette, ne renverse la réponse de façon établie.",
            "No assumption, moved alone in its range, is shown to overturn the answer.",
        )
    return start + flip_sentence(flips[0], words)


def drawn(reading: Reading) -> bool:
    """Whether each simulation has assumptions of its own, drawn from their ranges."""
    return bool(reading.folder.setting("run.assumptions") == "drawn")


def layer(reading: Reading) -> str:
    """What the intervals of this study cover."""
    if drawn(reading):
        return reading.words("Le hasard et nos hypothèses ensemble", "Chance and our assumptions together")
    return reading.words("Le hasard", "Chance")


def flips_of(reading: Reading) -> pd.DataFrame:
    """Every assumption moved alone, with the value at which it flips the answer on persons helped, if any."""
    return _of_headline(reading, reading.beside("flips"))


def flips_shown(table: pd.DataFrame) -> list[dict[Any, Any]]:
    """The flips that chance alone would not explain, from the smallest change needed."""
    rows = [row for row in _flips(table) if _is_shown(row)]
    return sorted(rows, key=_effort)


def _flips(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return [row for row in table.to_dict("records") if number(row.get("flips_at")) is not None]


def _is_shown(row: dict[Any, Any]) -> bool:
    return str(row.get("shown", True)).lower() in ("true", "1", "1.0")


def _effort(row: dict[Any, Any]) -> float:
    """How far an assumption must move to flip the answer, as a share of its range."""
    value, at = number(row["value"]) or 0.0, number(row["flips_at"]) or 0.0
    low, high = number(row.get("low")), number(row.get("high"))
    return abs(at - value) / ((high - low) if low is not None and high is not None and high > low else 1.0)


def flip_sentence(row: dict[Any, Any], words: Words) -> str:
    """At which value of which assumption the answer would be another."""
    above = str(row.get("direction")) == "above"
    name = words(str(row["label_fr"]), str(row["label_en"]))
    at, value = _amount(row, "flips_at", words), _amount(row, "value", words)
    return words(
        f"La réponse s'inverserait si « {name} » {'dépassait' if above else 'passait sous'} {at} "
        f"(hypothèse : {value}).",
        f"The answer would flip if “{name}” went {'above' if above else 'below'} {at} (assumption: {value}).",
    )


def beyond_sentence(row: dict[Any, Any], reading: Reading) -> str:
    """What the answer would become beyond the flip; nothing where the table does not say."""
    said, words = _beyond(row, reading), reading.words
    return words(f"Elle deviendrait : {said}.", f"It would become: {said}.") if said else ""


def _beyond(row: dict[Any, Any], reading: Reading) -> str:
    side = row.get("side_beyond")
    return side_words(reading.measure(HELPED), side, reading.words) if isinstance(side, str) else ""


def _amount(row: dict[Any, Any], column: str, words: Words) -> str:
    return assumption_amount(number(row.get(column)), _unit(row, words), words)


def _unit(row: dict[Any, Any], words: Words) -> str:
    unit = row.get(words("unit", "unit_en"))
    return unit if isinstance(unit, str) else ""


def _of_headline(
    reading: Reading, table: pd.DataFrame, columns: tuple[str, ...] = ("label_fr", "label_en", "value")
) -> pd.DataFrame:
    """The rows on persons helped of the scenario in question; none without these columns."""
    if not has(table, *columns):
        return pd.DataFrame()
    if "measure" in table.columns:
        table = table[table["measure"] == HELPED]
    if "scenario" in table.columns and len(table):
        names = set(table["scenario"])
        best = reading.headline.name if reading.headline else ""
        table = table[table["scenario"] == (best if best in names else table["scenario"].iloc[0])]
    return table


def flips_section(reading: Reading) -> Section | None:
    """The tornado of assumptions and the value of each at which the answer changes."""
    words = reading.words
    blocks: list[Block] = []
    tornado = _of_headline(reading, reading.beside("tornado"))
    if has(tornado, "difference", "difference_low", "difference_high"):
        blocks.append(_tornado(reading, tornado))
    table = flips_of(reading)
    if len(table):
        flips = _flips(table)
        rest = words.counted(len(table) - len(flips), "hypothèse|hypothèses", "assumption|assumptions")
        blocks.append(
            Paragraph(
                words(
                    f"Ne renversent rien, bougées seules d'un bout à l'autre de leur fourchette : {rest} sur "
                    f"{len(table)}.",
                    f"Overturn nothing, moved alone from end to end of their range: {rest} of {len(table)}.",
                )
            )
        )
        if flips:
            blocks.append(_flips_table(flips, reading))
    if not blocks:
        return None
    return Section(
        "renverse", words("Ce qui renverserait la réponse", "What would overturn the answer"), tuple(blocks)
    )


def _flips_table(flips: list[dict[Any, Any]], reading: Reading) -> Table:
    words = reading.words
    rows: list[list[Cell | str]] = []
    for row in sorted(flips, key=_effort):
        low, high = number(row.get("low")), number(row.get("high"))
        above = str(row.get("direction")) == "above"
        at = _amount(row, "flips_at", words)
        rows.append(
            [
                words(str(row["label_fr"]), str(row["label_en"])),
                Cell(_amount(row, "value", words), number=True),
                Cell(assumption_range(low, high, _unit(row, words), words), number=True),
                Cell(
                    words(
                        f"{'au-dessus' if above else 'au-dessous'} de {at}",
                        f"{'above' if above else 'below'} {at}",
                    ),
                    number=True,
                ),
                _beyond(row, reading) or "–",
                words("oui", "yes")
                if _is_shown(row)
                else words("non : le hasard suffirait", "no: chance would be enough"),
                str(row.get("confidence") or "–"),
            ]
        )
    return Table(
        caption=words("À quelle valeur la réponse change", "At which value the answer changes"),
        headers=(
            words("Hypothèse", "Assumption"),
            words("Valeur", "Value"),
            words("Fourchette", "Range"),
            words("La réponse change", "The answer changes"),
            words("Elle deviendrait", "It would become"),
            words("Établi", "Shown"),
            words("Confiance", "Confidence"),
        ),
        rows=rows,
        is_open=True,
        stacked=True,
    )


def _moves(row: Any, words: Words) -> str:
    """How far the difference moves with the assumption that moves it most, with decimals that show it."""
    low, high, name = float(row["low"]), float(row["high"]), row["label"]
    places = next((d for d in range(3) if round(low, d) != round(high, d)), None)
    if places is None:
        return words("ne bouge avec aucune hypothèse prise seule.", "moves with no assumption taken alone.")
    ends = words.signed(low, places), words.signed(high, places)
    return words(
        f"bouge le plus avec « {name} » : {ends[0]} en bas de sa fourchette, {ends[1]} en haut.",
        f"moves most with “{name}”: {ends[0]} at the low end of its range, {ends[1]} at the high end.",
    )


def _middle(reading: Reading, base: str, over: str) -> str:
    """Where the bars start from, and why that is not the answer where it is not."""
    words, layers = reading.words, _of_headline(reading, reading.folder.table("layers"), ("difference", "n"))
    start = words(
        f"Les barres partent de l'écart avec nos hypothèses : {base}{over}.",
        f"Bars start from the difference with our assumptions: {base}{over}.",
    )
    if layers.empty:
        return start
    known, n = number(layers["difference"].iloc[0]), number(layers["n"].iloc[0])
    answer = reading.measure(HELPED).change(words, known)
    if answer == base:
        return start
    times = words.counted(n, "simulation|simulations", "simulation|simulations")
    return start + words(
        f" La réponse, sur {times}, est {answer} : seul le hasard les sépare.",
        f" The answer, over {times}, is {answer}: only chance sets them apart.",
    )


def _tornado(reading: Reading, table: pd.DataFrame) -> Picture:
    words = reading.words
    label = table[words("label_fr", "label_en")].astype(str)
    frame = pd.DataFrame(
        {
            "label": [inert(text) for text in label],
            "base": pd.to_numeric(table["difference"]),
            "low": pd.to_numeric(table["difference_low"]),
            "high": pd.to_numeric(table["difference_high"]),
        }
    ).dropna()
    spread = (frame[["low", "high"]].sub(frame["base"], axis=0)).abs().max(axis=1)
    frame = frame.loc[spread.sort_values(ascending=False, kind="stable").index[:_MOST]]
    threshold = number(table["threshold"].iloc[0]) if "threshold" in table.columns else None
    first = frame.iloc[0]
    measure = reading.measure(HELPED)
    n = number(table["n"].max()) if "n" in table.columns else None
    over = words.counted(n, "simulation|simulations", "simulation|simulations") if n else ""
    over = words(f", sur {over}", f", over {over}") if over else ""
    base = measure.change(words, float(first["base"]))
    sentence = words(
        f"L'écart de personnes aidées ({base} avec nos hypothèses{over}) {_moves(first, words)}",
        f"The difference in persons helped ({base} with our assumptions{over}) {_moves(first, words)}",
    )
    rows: list[list[Cell | str]] = [
        [
            str(row["label"]),
            Cell(words.signed(float(row["low"]), 1), number=True),
            Cell(words.signed(float(row["high"]), 1), number=True),
        ]
        for row in frame.to_dict("records")
    ]
    return Picture(
        ident="tornade",
        title=words(
            "Écart de personnes aidées par an, chaque hypothèse bougée seule d'un bout à l'autre de sa "
            "fourchette",
            "Difference in persons helped a year, each assumption moved alone from end to end of its range",
        ),
        sentence=sentence,
        plot=Plot(figures.tornado, (frame, words), {"threshold": threshold}),
        keys=(
            Key(words("Bas de la fourchette", "Low end of the range"), "s1", "circle"),
            Key(words("Haut de la fourchette", "High end of the range"), "s2", "square"),
        ),
        source=words(
            f"Bande grise : sans effet utile. {_middle(reading, base, over)}",
            f"Grey band: of no practical use. {_middle(reading, base, over)}",
        ).strip(),
        table=Table(
            caption=words(
                "L'écart aux deux bouts de chaque fourchette", "The difference at both ends of each range"
            ),
            headers=(
                words("Hypothèse", "Assumption"),
                words("Écart au bas de la fourchette", "Difference at the low end"),
                words("Écart au haut de la fourchette", "Difference at the high end"),
            ),
            rows=rows,
        ),
    )
