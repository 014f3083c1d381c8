"""The rules that word an answer, on constructed verdicts, tables and settings, in both languages."""

from __future__ import annotations

import itertools
import re
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from sim.measures.registry import MEASURES
from sim.report.choice_sentences import Standing, how_sure, still_open
from sim.report.day_sentences import (
    DayCounts,
    agents_in_words,
    day_in_words,
    others_in_words,
    passages_in_words,
    simulations_in_words,
)
from sim.report.folder import StudyFolder
from sim.report.reading import Reading
from sim.report.sections.absence import absence_answer, crews_section
from sim.report.sections.answer import answer_sentences, what_helps
from sim.report.sections.exits import exits_answer, takeover_section
from sim.report.sections.glossary import TERMS, glossary_section
from sim.report.sections.ground import method_section
from sim.report.sections.sensitivity import shares_section
from sim.report.sections.sizing import sizing_answer
from sim.report.sentences import (
    Difference,
    MeasureWords,
    assumption_amount,
    assumption_range,
    gain,
    rounded_apart,
    side_words,
    weight_decimals,
)
from sim.report.view import Cards, Code, Lines, Paragraph, Section
from sim.report.words import Words
from sim.report.workbook_columns import shown_table

FR, EN = Words("fr"), Words("en")
VERDICTS = ("higher", "lower", "no_difference_that_matters", "not_enough_replications")


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'")


def measure(ident: str) -> MeasureWords:
    known = next(m for m in MEASURES if m.id == ident)
    return MeasureWords(
        ident, known.label_fr, known.label_en, known.unit, known.unit_fr, known.decimals, known.direction
    )


def gap(ident: str, verdict: str, value: float, low: float, high: float) -> Difference:
    return Difference("s", measure(ident), value, low, high, low, high, 20.0, 0.97, verdict, 100)


def texts(section: Section | None) -> list[str]:
    """Paragraphs and lines of a section, plain."""
    assert section is not None
    found = []
    for block in section.blocks:
        if isinstance(block, Paragraph):
            found.append(plain(block.text))
        if isinstance(block, Lines):
            found += [plain(f"{term}: {text}") for term, text in block.items]
        if isinstance(block, Cards):
            found += [plain(f"{card.label} {card.before} ({card.span})") for card in block.cards]
    return found


# --- what would change the answer ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "fr", "en"),
    [
        ("higher", "pour 62 285 € de plus par an (entre 62 266 et 62 304)", "for €62,285 more a year"),
        ("lower", "et 62 285 € de moins par an (entre 62 266 et 62 304)", "and €62,285 less a year"),
        ("no_difference_that_matters", "sans différence de coût utile", "with no cost difference of use"),
        ("not_enough_replications", "pas assez de simulations pour trancher", "not enough simulations"),
    ],
)
def test_a_gain_is_said_with_its_cost(verdict: str, fr: str, en: str) -> None:
    """Tests figure, interval and cost of a shown gain, for each verdict on the cost."""
    helped = gap("persons_helped", "higher", 196, 182, 210)
    sign = -1 if verdict == "lower" else 1
    ends = sorted((sign * 62266.0, sign * 62304.0))
    cost = gap("net_yearly_cost", verdict, sign * 62285, *ends)
    said = plain(gain("neuf de plus", helped, cost, FR))
    assert said.startswith("« neuf de plus », 196 personnes aidées de plus par an (entre 182 et 210), ")
    assert fr in said
    said = plain(gain("nine more", helped, cost, EN))
    assert said.startswith("“nine more”, 196 more persons helped a year (between 182 and 210), ")
    assert en in said


def comparing(folder: Path, verdicts: dict[str, str], names: tuple[str, ...]) -> Reading:
    """A folder of scenarios compared on persons helped and cost, with these verdicts on persons helped."""
    folder.mkdir(parents=True, exist_ok=True)
    scenarios = [{"name": name, "label_fr": f"L {name}", "label_en": f"L {name}"} for name in names]
    settings = {"scenarios": scenarios, "study": {"name": "s", "question_fr": "?", "question_en": "?"}}
    (folder / "settings.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    units = {"persons_helped": "persons a year", "net_yearly_cost": "euros a year"}
    pd.DataFrame(
        [
            {
                "scenario": name, "measure": ident, "label_fr": ident, "label_en": ident, "unit": unit,
                "mean": 1000.0, "ci95_low": 990.0, "ci95_high": 1010.0, "sd": 10.0, "n": 100,
            }
            for name, (ident, unit) in itertools.product(names, units.items())
        ]
    ).to_csv(folder / "summary.csv", index=False)  # fmt: skip
    rows = []
    for name in names[1:]:
        sign = -1.0 if verdicts[name] == "lower" else 1.0
        low, high = sorted((sign * 30, sign * 50))
        for ident, verdict, value in (
            ("persons_helped", verdicts[name], sign * 40),
            ("net_yearly_cost", "higher", 2000.0),
        ):
            rows.append(
                {
                    "scenario": name, "reference": names[0], "measure": ident, "difference": value,
                    "ci95_low": low, "ci95_high": high, "ci_sim_low": low, "ci_sim_high": high,
                    "threshold": 20.0, "share_better": 0.9, "verdict": verdict, "n": 100,
                }
            )  # fmt: skip
    pd.DataFrame(rows).to_csv(folder / "comparison.csv", index=False)
    return Reading(StudyFolder(folder), FR)


@pytest.mark.parametrize(("asked", "other"), list(itertools.product(VERDICTS, VERDICTS)))
def test_what_would_change_it_is_only_a_shown_gain(tmp_path: Path, asked: str, other: str) -> None:
    """Tests every pair of verdicts: nothing beside a shown gain, else the other if it is shown, else none."""
    names = ("reference", "four_vehicles", "four_vehicles_more_passages")
    verdicts = {"four_vehicles": asked, "four_vehicles_more_passages": other}
    found = what_helps(comparing(tmp_path, verdicts, names))
    if asked == "higher":
        assert found is None
        return
    assert found is not None
    term, text = found
    assert term == "Ce qui le changerait"
    assert ("40 personnes aidées de plus" in text) == (other == "higher")
    assert ("n’aide plus de personnes de façon démontrée" in text) == (other != "higher")


def test_nothing_else_to_propose_is_not_said(tmp_path: Path) -> None:
    """Tests that a study of two scenarios has nothing more to say of what would help."""
    verdicts = {"other": "no_difference_that_matters"}
    reading = comparing(tmp_path, verdicts, ("reference", "other"))
    assert what_helps(reading) is None
    assert answer_sentences(reading)


def test_several_ways_of_doing_say_which_helps(tmp_path: Path) -> None:
    """Tests that a study with no scenario in question names every shown gain, or says there is none."""
    names = ("reference", "a", "b", "c")
    verdicts = {"a": "higher", "b": "lower", "c": "higher"}
    term, text = what_helps(comparing(tmp_path / "1", verdicts, names)) or ("", "")
    assert term == "Ce qui aiderait plus de personnes"
    assert plain(text).count("40 personnes aidées de plus par an") == 2
    none = what_helps(comparing(tmp_path / "2", dict.fromkeys("abc", "lower"), names)) or ("", "")
    assert none[1].startswith("aucun des scénarios comparés ici")


def test_levels_that_do_not_give_the_gap() -> None:
    """Tests that the note on rounding stands exactly where shown levels do not give the shown gap."""
    assert rounded_apart(97_000.4, 158_755.4, 61_756.2, 0)
    assert not rounded_apart(23.4, 9.4, -14.0, 0)
    assert rounded_apart(7.54, 7.36, -0.18, 1)
    assert not rounded_apart(7.54, 7.36, -0.18, 2)


@pytest.mark.parametrize(
    ("low", "high", "decimals", "fr", "en"),
    [
        (3.0, 12.0, 0, "3 à 12", "3 to 12"),
        (-3.0, 12.0, 0, "− 3 à + 12", "−3 to +12"),
        (-0.04, 12.0, 1, "0,0 à 12,0", "0.0 to 12.0"),
        (-20.0, -8.0, 0, "− 20 à − 8", "−20 to −8"),
    ],
)
def test_an_interval_is_written_one_way(low: float, high: float, decimals: int, fr: str, en: str) -> None:
    """Tests that cells and sentences sign an interval alike: where an end is under zero as shown."""
    assert plain(FR.span(low, high, decimals)) == fr
    assert plain(EN.span(low, high, decimals)) == en
    assert plain(FR.range(low, high, decimals)) == "entre " + fr.replace(" à ", " et ")
    assert plain(EN.range(low, high, decimals)) == "between " + en.replace(" to ", " and ")


# --- exits, read from settings -------------------------------------------------------------------


def leaving(folder: Path, days: dict[str, float], settings: dict[str, dict[str, Any]]) -> Reading:
    """A folder of scenarios with exits under any name: days without service, and what the settings say."""
    (folder / "territory").mkdir(parents=True)
    base = {"reading": "none", "communes": {}, "policy": "keep", "slip_months": 0, "lost_after_months": None}
    names = ("stay", *settings)
    scenarios = [
        {"name": n, "label_fr": n, "label_en": n, "delta": {"exits": settings[n]} if n in settings else {}}
        for n in names
    ]
    written = {"scenarios": scenarios, "exits": base, "study": {"name": "label_exits"}}
    (folder / "settings.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    pd.DataFrame([("82088", "announced"), ("82089", "announced")], columns=["insee_code", "reading"]).to_csv(
        folder / "territory" / "exits.csv", index=False
    )
    pd.DataFrame([("82088", "Laguépie"), ("82089", "Lamagistère")], columns=["insee_code", "name"]).to_csv(
        folder / "territory" / "communes.csv", index=False
    )
    pd.DataFrame(
        [
            (n, code, days.get(n, 0.0) if code == "82088" else 0.0)
            for n in names
            for code in ("82088", "82089")
        ],
        columns=["scenario", "insee_code", "days_without_service"],
    ).to_csv(folder / "communes.csv", index=False)
    columns = ["scenario", "insee_code", "commune", "basis", "confidence", "fixed_opens", "permanence_stops"]
    rows = [(n, "82088", "Laguépie", "announced", "C", "2022-01-01", "2022-01-01") for n in settings]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "exits.csv", index=False)
    changes = [(n, "82088", 637, 0, 0, days.get(n, 0.0), 0.0) for n in settings]
    pd.DataFrame(
        changes,
        columns=[
            "scenario", "insee_code", "population", "days_farther", "days_nearer", "days_own_service_lost",
            "days_own_service_gained",
        ],
    ).to_csv(folder / "access_changes.csv", index=False)  # fmt: skip
    return Reading(StudyFolder(folder), FR)


PLANNED = {"reading": "announced"}
LATE = {"reading": "announced", "slip_months": 3}
WITHDRAWN = {"reading": "announced", "lost_after_months": 6}


def test_late_and_withdrawn_are_read_from_settings(tmp_path: Path) -> None:
    """Tests scenarios of any name: what is late, what is withdrawn, and what goes as intended."""
    settings = {
        "one": PLANNED,
        "two": LATE,
        "three": WITHDRAWN,
        "four": {**WITHDRAWN, "policy": "replan"},
    }
    said = exits_answer(leaving(tmp_path, {"two": 92, "three": 184, "four": 184}, settings))
    assert plain(said[0]) == (
        "Aucune commune n'a de jour sans service si la permanence s'arrête quand sa France Services ouvre. "
        "Si elle ouvre en retard : jusqu'à 92 jours sans service (Laguépie). "
        "Si son label est retiré : jusqu'à 184 jours sans service (Laguépie)."
    )


def test_names_alone_say_nothing(tmp_path: Path) -> None:
    """Tests that scenarios called late or lost whose settings say otherwise are not told as such."""
    said = exits_answer(
        leaving(tmp_path, {"label_slips": 5}, {"label_slips": PLANNED, "label_lost": PLANNED})
    )
    assert plain(said[0]) == (
        "Jusqu'à 5 jours sans service dans une commune (Laguépie), même si la permanence s'arrête quand sa "
        "France Services ouvre."
    )


def test_a_study_of_late_labels_only(tmp_path: Path) -> None:
    """Tests that nothing is said of what goes as intended where no scenario does."""
    said = plain(exits_answer(leaving(tmp_path, {"x": 1}, {"x": LATE}))[0])
    assert said == "Si la France Services ouvre en retard : jusqu'à 1 jour sans service (Laguépie)."


def test_one_commune_takes_a_singular(tmp_path: Path) -> None:
    """Tests the verb for one commune, and that variants that say the same stand once."""
    settings = {"x": LATE, "y": {**LATE, "policy": "redistribute"}}
    lines = texts(takeover_section(leaving(tmp_path, {"x": 92, "y": 92}, settings)))
    own = [line for line in lines if "service sur place" in line]
    assert own == ["« x »: n'a plus de service sur place : Laguépie 92 jours ; aucune n'en a en plus."]


# --- how sure a choice of staffing is ------------------------------------------------------------


def standing(**changes: Any) -> Standing:
    known = {
        "decided": True, "holds": True, "open_cheaper": 0, "n": 100, "most": 40, "error": 0.05, "zone": 1e3,
    }  # fmt: skip
    return Standing(**{**known, **changes})


@pytest.mark.parametrize(
    ("changes", "fr", "en"),
    [
        ({}, "Avec une probabilité d'au moins 95 %", "With probability at least 95%"),
        ({"decided": False}, "Pas assez de simulations pour trancher (40 au plus", "Not enough simulations"),
        ({"holds": False}, "n'est pas confirmé", "is not confirmed"),
        ({"decided": False, "holds": False}, "n'est pas confirmé", "is not confirmed"),
    ],
)
def test_how_sure_a_choice_is(changes: dict[str, bool], fr: str, en: str) -> None:
    """Tests each standing of a choice, which is affirmed in one of them only."""
    one = standing(**changes)
    assert fr in plain(how_sure(one, FR))
    assert en in plain(how_sure(one, EN))
    assert one.is_shown == (not changes)


def test_cheaper_designs_left_open() -> None:
    """Tests none, one and several cheaper designs that are not ruled out, and none once decided."""
    assert still_open(standing(decided=False), FR) == ""
    assert "Elle manque" in still_open(standing(decided=False, open_cheaper=1), FR)
    assert "It misses" in still_open(standing(decided=False, open_cheaper=1), EN)
    assert "Elles manquent" in still_open(standing(decided=False, open_cheaper=49), FR)
    assert still_open(standing(decided=True, open_cheaper=3), FR) == ""


def designs(folder: Path, *, decided: bool, means: str = "meets", role: str = "recommended") -> Reading:
    """A folder of three designs, the answer one of them, with no answer in words."""
    folder.mkdir()
    settings = {
        "study": {"name": "sizing", "kind": "sizing", "question_fr": "Quoi ?", "question_en": "What?"},
        "sizing": {
            "targets": {"held_by_two_share": {"at_least": 95.0, "tolerance": 1.0}},
            "service": "persons_helped", "cost_zone_eur": 1000.0, "most": 40, "error": 0.05,
        },
    }  # fmt: skip
    (folder / "settings.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    rows = [
        {
            "design": name, "label_fr": f"D {name}", "label_en": f"D {name}", "persons_helped": 3.0,
            "persons_helped_half_width": 9.0, "held_by_two_share": 99.0, "held_by_two_share_half_width": 4.0,
            "held_by_two_share_short_by": 0.0, "net_yearly_cost": cost, "net_yearly_cost_half_width": 10.0,
            "n": 100, "means": means, "shown": shown, "decided": decided, "frontier": True, "role": its,
        }
        for name, cost, shown, its in (
            ("cheap", 90_000.0, "misses" if decided else "undecided", ""),
            ("near", 99_500.0, "undecided", ""),
            ("chosen", 100_000.0, "meets", role),
        )
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(folder / "designs.csv", index=False)
    return Reading(StudyFolder(folder), FR)


def test_an_undecided_sizing_is_not_affirmed(tmp_path: Path) -> None:
    """Tests the first screen from fields alone: undecided, decided, chosen then missing its targets."""
    said = texts(sizing_answer(designs(tmp_path / "open", decided=False)))
    assert "paraît tenir" in said[0]
    assert said[0].endswith("pas assez de simulations pour l'affirmer.")
    assert "Moins chères et pas encore écartées : 1." in said[1]
    assert any("Pas assez de simulations pour trancher" in line for line in said)
    said = texts(sizing_answer(designs(tmp_path / "shown", decided=True)))
    assert "l'organisation la moins chère qui tient les objectifs" in said[0]
    assert not any("pas assez" in line.lower() for line in said)
    assert any("Avec une probabilité d'au moins 95 %" in line for line in said)
    said = texts(sizing_answer(designs(tmp_path / "missed", decided=True, means="misses")))
    assert "paraît tenir" in said[0]
    assert any("n'est pas confirmé" in line for line in said)


@pytest.mark.parametrize("decided", [True, False])
def test_none_that_meets_the_targets(tmp_path: Path, decided: bool) -> None:
    """Tests that no design is said to meet the targets, for sure only where that is decided."""
    said = texts(sizing_answer(designs(tmp_path / "d", decided=decided, role="nearest")))
    assert "aucune des 3 organisations essayées ne tient tous les objectifs" in said[0]
    assert ("en moyenne ; pas assez de simulations" in said[0]) == (not decided)
    assert said[1].startswith("La plus proche coûte 100 000 €")


def test_no_card_shows_what_cannot_be(tmp_path: Path) -> None:
    """Tests that intervals of persons and shares stop at nobody and at 100 %."""
    said = texts(sizing_answer(designs(tmp_path / "d", decided=True)))
    assert any("(entre 95,0 et 100,0)" in line for line in said)
    assert any(line.startswith("Personnes aidées") and "(entre 0 et 12)" in line for line in said)


@pytest.mark.parametrize("words", [FR, EN], ids=["fr", "en"])
def test_designs_in_the_workbook_are_in_words(tmp_path: Path, words: Words) -> None:
    """Tests heads and cells of a table of the folder: no name nor code of the program, numbers kept."""
    reading = designs(tmp_path / "d", decided=False)
    heads, rows = shown_table(reading.folder.table("designs"), Reading(reading.folder, words))
    assert heads[0] == words("De quoi il s'agit", "What")
    cells = [cell for row in rows for cell in row]
    texts_shown = [*heads, *(cell for cell in cells if isinstance(cell, str))]
    assert not any("_" in text or text in ("undecided", "True", "runner_up") for text in texts_shown)
    assert 90_000.0 in cells
    assert words("pas encore tranché", "not decided yet") in cells


# --- a day with agents away ----------------------------------------------------------------------


NONE_FR = "Passages prévus : 3. Tenus à deux : 0. Sans équipe : 3"
NONE_EN = "Passages planned: 3. Held by two: 0. Without a crew: 3"
MANY_FR, MANY_EN = "Passages prévus : 4. Tenus à deux : 2.", "Passages planned: 4. Held by two: 2."
ONE_FR, ONE_EN = (
    "Tenus par un seul agent (le label en prévoit deux)",
    "Held by one agent (the label asks for two)",
)


@pytest.mark.parametrize(
    ("counts", "fr", "en"),
    [
        (DayCounts(0, 0, 0, 0), "Aucun passage n'est prévu ce jour-là.", "No passage is planned that day."),
        (
            DayCounts(0, 0, 0, 2),
            "Les passages de ce jour sont fermés et annoncés de longue date (jour férié ou congés).",
            "The passages of that day are closed and were announced long before (holiday or leave).",
        ),
        (DayCounts(1, 0, 0, 0), "Le passage est tenu par deux agents.", "The passage is held by two agents."),
        (
            DayCounts(4, 0, 0, 0),
            "Les 4 passages sont tenus, chacun par deux agents.",
            "All 4 passages are held, each by two agents.",
        ),
        (
            DayCounts(2, 1, 1, 0, 1.2),
            f"{MANY_FR} {ONE_FR} : 1. Sans équipe : 1, où une personne était attendue.",
            f"{MANY_EN} {ONE_EN}: 1. Without a crew: 1, where one person was expected.",
        ),
        (
            DayCounts(0, 0, 2, 0, 0.3),
            "Passages prévus : 2. Tenus à deux : 0. Sans équipe : 2, où presque personne n'était attendu.",
            "Passages planned: 2. Held by two: 0. Without a crew: 2, where hardly anybody was expected.",
        ),
        (
            DayCounts(0, 0, 3, 0, 9.0, 8),
            f"{NONE_FR}, où environ 9 personnes étaient attendues (total calculé avant arrondi).",
            f"{NONE_EN}, where about 9 persons were expected (added before rounding).",
        ),
    ],
)
def test_passages_of_a_day(counts: DayCounts, fr: str, en: str) -> None:
    """Tests what is said of the passages of a day."""
    assert plain(" ".join(passages_in_words(counts, FR))) == fr
    assert plain(" ".join(passages_in_words(counts, EN))) == en


def test_the_others_are_there_where_there_are_others() -> None:
    """Tests that nobody is assumed to be present when nobody is left, and the others are when some are."""
    assert others_in_words(["A1", "C"], ["A1", "C"], FR) == ""
    assert others_in_words(["A1"], ["A1", "C"], EN) == "Everybody else is assumed to be present"
    assert others_in_words(["A1"], [], FR) == "Toutes les autres personnes sont supposées présentes"


def test_who_is_away() -> None:
    """Tests that the coordinator is more than a letter."""
    assert agents_in_words(["A3", "C"], FR) == "A3 et la coordination (C)"
    assert agents_in_words(["C"], EN) == "the coordinator (C)"
    assert plain(day_in_words(date(2021, 10, 5), ["A3", "A4"], FR)) == "Mardi 5 octobre 2021, sans A3 et A4."
    assert day_in_words(date(2021, 10, 5), ["A3"], EN) == "Tuesday 5 October 2021, without A3."


@pytest.mark.parametrize("words", [FR, EN], ids=["fr", "en"])
def test_the_page_of_a_day_needs_no_code(tmp_path: Path, words: Words) -> None:
    """Tests that the first screen comes from tables, says that it is of one day, and names no setting."""
    settings = {
        "study": {"name": "absence", "kind": "absence", "question_fr": "Qui ?", "question_en": "Who?"},
        "absence": {"date": "2021-10-05", "agents": ["A3", "C"], "until": None},
    }
    (tmp_path / "settings.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    columns = [
        "vehicle",
        "agents",
        "site_id",
        "open_s",
        "close_s",
        "status",
        "held_by",
        "expected",
        "next_passage",
    ]
    rows = [
        ("V1", "A1 C", "a", 34200, 41400, "held", 2, 3.2, "2021-10-19"),
        (None, None, "b", 34200, 41400, "cancelled", None, 4.0, None),
    ]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "crews.csv", index=False)
    reading = Reading(StudyFolder(tmp_path), words)
    said = texts(absence_answer(reading))
    one_day = ("Étude d'une seule journée : elle", "A study of one single day: it")
    assert said[0].startswith(one_day[words.language == "en"])
    joined = " ".join(said)
    assert words("la coordination (C)", "the coordinator (C)") in joined
    assert words("Tenus à deux : 1.", "Held by two: 1.").replace("\u00a0", " ") in joined
    table = crews_section(reading)
    assert table is not None
    cells = [str(getattr(cell, "text", cell)) for row in table.blocks[0].rows for cell in row]  # type: ignore[union-attr]
    assert "nan" not in cells
    assert words("A1 et la coordination (C)", "A1 and the coordinator (C)") in cells
    assert not re.search(r"\babsence\.|\.csv|_", " ".join([joined, *cells]))


@pytest.mark.parametrize(
    ("share", "of", "fr"),
    [
        (0.2, 20, "4 simulations sur 20"),
        (0.05, 20, "1 simulation sur 20"),
        (0.2, 400, "20 simulations sur 100"),
        (0.0025, 400, "moins d'une simulation sur 100"),
    ],
)
def test_simulations_are_counted_as_they_were(share: float, of: int, fr: str) -> None:
    """Tests that twenty simulations are never said to be a hundred."""
    assert plain(simulations_in_words(share, of, FR)) == fr


# --- assumptions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "fr"),
    [
        (11.87933, "demandes par semaine", "11,9 demandes par semaine"),
        (6.0, "demandes par semaine", "6 demandes par semaine"),
        (1.0, "demandes par semaine", "1 demande par semaine"),
        (0.0885, "part", "8,85 %"),
        (0.25, "part", "25 %"),
        (0.0, "part", "0 %"),
        (1234.5, "euros", "1 234 €"),
    ],
)
def test_amounts_of_assumptions(value: float, unit: str, fr: str) -> None:
    """Tests three significant digits, shares as percentages, nouns that agree."""
    assert plain(assumption_amount(value, unit, FR)) == fr


def test_ranges_of_assumptions() -> None:
    """Tests that a range says its unit once."""
    assert plain(assumption_range(2, 15, "demandes par semaine", FR)) == "2 à 15 demandes par semaine"
    assert plain(assumption_range(0, 0.5, "share", EN)) == "0 to 50%"
    assert assumption_amount(None, "part", FR) == "–"


def test_sides_of_a_threshold() -> None:
    """Tests that what an answer would become is said by the measure's direction, money apart."""
    assert side_words(measure("persons_helped"), "higher", FR) == "amélioration démontrée"
    assert side_words(measure("home_lead_p90"), "higher", EN) == "deterioration shown"
    assert side_words(measure("net_yearly_cost"), "higher", FR) == "coûte plus"
    assert side_words(measure("wait_p90"), "same", FR) == "aucune différence utile démontrée"


def test_no_error_is_shown_as_nought() -> None:
    """Tests the decimals of effects and their errors, one precision a table."""
    assert weight_decimals([(99.0, 51.0), (20.0, 5.0)]) == 0
    assert weight_decimals([(99.0, 51.0), (2.0, 0.4)]) == 1
    assert weight_decimals([(2.0, 0.04)]) == 2
    assert weight_decimals([(2.0, 0.0), (None, None)]) == 0


@pytest.mark.parametrize("words", [FR, EN], ids=["fr", "en"])
def test_shares_of_variation_stay_shares(tmp_path: Path, words: Words) -> None:
    """Tests that Sobol shares are shown within 0 to 100 %, the largest total first."""
    columns = ["scenario", "measure", "label_fr", "label_en", "first_order", "total"]
    columns += [f"{index}_ci95_{end}" for index in ("first_order", "total") for end in ("low", "high")]
    rows = [
        ("four_vehicles", "persons_helped", "Petite", "Small", -0.02, 0.01, -0.1, 0.06, -0.01, 0.02),
        ("four_vehicles", "persons_helped", "Grande", "Large", 0.97, 1.04, 0.8, 1.1, 0.9, 1.2),
    ]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "sobol.csv", index=False)
    section = shares_section(Reading(StudyFolder(tmp_path), words))
    assert section is not None
    shown = [[plain(str(getattr(cell, "text", cell))) for cell in row] for row in section.blocks[1].rows]  # type: ignore[union-attr]
    percent = words(" %", "%").replace("\u00a0", " ")
    to = words(" à ", " to ")
    assert shown == [
        [words("Grande", "Large"), f"97{percent} (80{to}100)", f"100{percent} (90{to}100)"],
        [words("Petite", "Small"), f"0{percent} (0{to}6)", f"1{percent} (0{to}2)"],
    ]


# --- the words of the page, and how to do it again -----------------------------------------------


def test_the_glossary_explains_what_is_used(tmp_path: Path) -> None:
    """Tests that a term is explained where the page uses it, in either language, and only there."""
    sections = [Section("a", "Estimation de Kaplan-Meier", (Paragraph("La graine est 82."),))]
    found = glossary_section(Reading(StudyFolder(tmp_path), FR), sections)
    assert found is not None
    assert [term for term, _ in found.blocks[-1].items] == ["Graine", "Kaplan-Meier"]  # type: ignore[union-attr]
    assert glossary_section(Reading(StudyFolder(tmp_path), EN), [Section("a", "Nothing here")]) is None
    for term in TERMS:
        for seen in (*term.seen_fr, *term.seen_en):
            assert seen == seen.lower(), term.fr
        assert term.means_fr.endswith(".")
        assert term.means_en.endswith(".")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("python -m sim study=staffing outputs=/srv/x run.workers=2", "python -m sim study=staffing"),
        ("python -m sim rounds.file=mes.csv study=rounds", "python -m sim rounds.file=mes.csv study=rounds"),
        ("python -m sim rounds.file=/srv/mes.csv", "python -m sim settings=settings.yaml"),
        ("", "python -m sim settings=settings.yaml"),
    ],
)
def test_the_line_that_does_it_again_names_no_machine(tmp_path: Path, typed: str, shown: str) -> None:
    """Tests that the line is as it was typed without places of one machine, else from the settings."""
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "manifest.json").write_text(f'{{"command_line": "{typed}"}}', encoding="utf-8")
    blocks = method_section(Reading(StudyFolder(folder), FR)).blocks
    assert [b.text for b in blocks if isinstance(b, Code)] == [shown]
    lead = next(b.text for b in blocks if isinstance(b, Paragraph))
    assert ("dossier de l’étude" in lead) == shown.endswith("settings.yaml")


@pytest.mark.parametrize("words", [FR, EN], ids=["fr", "en"])
def test_the_method_of_one_day(tmp_path: Path, words: Words) -> None:
    """Tests that a study of one day says that day and who is there, neither scenarios nor the period."""
    (tmp_path / "settings.yaml").write_text(
        "study: {kind: absence}\nabsence: {date: 2021-10-04, agents: [A3], until: null}\n"
        "run: {replications: 20, horizon: {start: 2021-07-01, end: 2022-12-31}}\n",
        encoding="utf-8",
    )
    section = method_section(Reading(StudyFolder(tmp_path), words))
    said = "\n".join(
        text for b in section.blocks if isinstance(b, Lines) for pair in b.items for text in pair
    )
    assert words.day("2021-10-04") in said
    assert words("supposés présents", "assumed to be present") in said
    assert "2022" not in said
    assert "scénario" not in said
    assert "scenario" not in said


def test_the_line_of_a_folder_under_the_current_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that a study where one stands is named from there."""
    folder = tmp_path / "outputs" / "single" / "d"
    folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    blocks = method_section(Reading(StudyFolder(folder), FR)).blocks
    expected = "python -m sim settings=outputs/single/d/settings.yaml"
    assert [b.text for b in blocks if isinstance(b, Code)] == [expected]
