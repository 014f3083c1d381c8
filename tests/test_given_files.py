"""The files a person gives: refused early, quickly and whole, with the nearest names."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sim import load_settings, run_study
from sim.move import main
from sim.problems import MOST_SAID, InputError, Problem, nearest, said_in
from sim.scenarios.requirements_file import read_requirements
from sim.scenarios.rounds_file import MOST_PASSAGES, understood_rounds
from sim.scenarios.rounds_given import read_given
from sim.territory import load_territory

TITLES = "site_id;vehicle;week;weekday;half_day;open_s;close_s\n"


def problems_of(path: Path) -> list[str]:
    """What is wrong with a hand-made file of the real territory, in French."""
    settings = load_settings("study=single", f"rounds.file={path}").reference
    with pytest.raises(InputError) as caught:
        read_given(str(path), settings, load_territory(settings.territory))
    return [problem.say("fr") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("line", "lines"),
    [("x{0};?;9;foo;bar;z;z\n", 100_000), ("mairie-lavit;V1;1;1;matin;9:00;12:00\n", 216_000)],
)
def test_a_file_too_long_is_refused_at_once(line: str, lines: int, tmp_path: Path) -> None:
    """Tests that more lines than a cycle can hold are one problem, said before a study folder is made."""
    path = tmp_path / "long.csv"
    path.write_text(TITLES + "".join(line.format(i) for i in range(lines)), encoding="utf-8")
    study = load_settings("study=single", f"rounds.file={path}", f"outputs={tmp_path / 'out'}")
    with pytest.raises(InputError) as caught:
        run_study(study)
    (problem,) = caught.value.problems
    assert "au plus" in problem.say("fr")
    assert not (tmp_path / "out").exists()


def test_reading_is_linear_in_lines(tmp_path: Path) -> None:
    """Tests that a file as long as one may be, every line of it wrong in another way, takes seconds."""
    path = tmp_path / "wrong.csv"
    text = "".join(f"x{i};?;9;foo;bar;z;z\n" for i in range(MOST_PASSAGES))
    path.write_text(TITLES + text, encoding="utf-8")
    began = time.process_time()
    found = understood_rounds(path, load_territory("tarn_et_garonne"))
    assert len(found.problems) == 7 * MOST_PASSAGES
    assert time.process_time() - began < 30


def test_a_long_list_is_cut() -> None:
    """Tests that the first problems are said, then how many others there are."""
    lines = said_in([Problem("a", "b", "c")] * (5350 + MOST_SAID), "fr")
    assert len(lines) == MOST_SAID + 1
    assert lines[-1] == "… et 5\u202f350 autres."


def test_a_line_with_one_bad_cell_is_still_checked(tmp_path: Path) -> None:
    """Tests that two places at once are said beside a wrong site or hour, and no false missing passage."""
    path = tmp_path / "one.csv"
    path.write_text(
        TITLES
        + "mairie-lavit;V1;1;1;matin;9:00;12:00\n"
        + "mairie-lavitt;V1;1;1;matin;9:00;12:00\n"
        + "mairie-dunes;V2;1;1;matin;foo;12:00\n"
        + "mairie-laguepie;V2;1;1;matin;9:30;12:00\n"
        + "zzz;V9;1;2;matin;9:30;12:00\n",
        encoding="utf-8",
    )
    found = problems_of(path)
    assert sum("à deux endroits" in line for line in found) == 2
    assert any(line.startswith("one.csv, ligne 6 : trouvé le véhicule « V9 »") for line in found)
    assert not any("aucun passage" in line for line in found)
    assert len(found) == 6


@pytest.mark.parametrize(
    ("name", "valid", "expected"),
    [
        ("tarn", ("tiny", "tarn_et_garonne"), "tarn_et_garonne"),
        ("dimanche", ("lundi", "dimanche"), None),
        ("VERDIN", ("Varen", "Verdun-sur-Garonne"), "Verdun-sur-Garonne"),
        ("molieres", ("Molières", "Montech"), "Molières"),
        ("zzzz", ("Molières",), None),
    ],
)
def test_nearest(name: str, valid: tuple[str, ...], expected: str | None) -> None:
    """Tests that accents, case and signs do not count, beginnings and words do, and itself is no hint."""
    assert nearest(name, valid) == expected


def test_nearest_site() -> None:
    """Tests that a word many sites share does not decide which one is meant."""
    ids = [site.site_id for site in load_territory("tarn_et_garonne").sites]
    assert nearest("mairie-montech-x", ids) == "mds-montech"
    assert nearest("Verdin", ids) == "mairie-verdun-sur-garonne"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (
            "exits.communes=Molières:2021-18-01,Verdin:never,82088",
            [
                "Verdin : trouvé Verdin",
                "« Verdun-sur-Garonne »",
                "'2021-18-01'",
                "82088 : trouvé aucune date",
            ],
        ),
        ("exits.communes=Dunes:2021-08-01,Dunes:2021-09-01", ["2021-08-01 et 2021-09-01"]),
        ("exits.communes=Molières:2021-08-01,82113:2021-09-01", ["82113", "« Molières »"]),
        ("exits.policy=garder", ["'keep', 'redistribute', 'replan'"]),
        ("study=unknown", ["label_exits", "three_or_four"]),
        ("staff.pairs=12", ["staff.fs_agents=… et staff.cn_agents=…"]),
        ("territory=tarn", ["« tarn_et_garonne »"]),
    ],
)
def test_words_refused_in_words(word: str, said: list[str]) -> None:
    """Tests that every mistake of a word is named, with what there is instead."""
    with pytest.raises(InputError) as caught:
        load_settings("study=single", word)
    told = "\n".join(problem.say("fr") for problem in caught.value.problems)
    assert [part for part in said if part not in told] == []


def test_communes_in_brackets() -> None:
    """Tests that a list of communes may stand in brackets, accents included."""
    study = load_settings("study=single", "exits.communes=[Molières:2021-08-01,Dunes:never]")
    assert study.reference.exits.communes == {"Molières": "2021-08-01", "Dunes": "never"}


def test_requests_are_said_with_their_line(tmp_path: Path) -> None:
    """Tests that a vehicle there is not is said beside a wrong site, with file and line, in French."""
    path = tmp_path / "req.csv"
    path.write_text(
        "site;jour;demi-journée;sauf;véhicule;semaine;ouverture\nLaguépye;mardi;matin;;V9;1;\n"
        "Dunes;dimanche;matin;;V9;1;9z\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        read_requirements(path, load_territory("tarn_et_garonne"), 3)
    told = [problem.say("fr") for problem in caught.value.problems]
    places = [line.partition(" : ")[0].removeprefix("req.csv, ") for line in told]
    assert places == [
        "ligne 2, colonne « site »",
        "ligne 2, colonne « véhicule »",
        "ligne 3, colonne « jour »",
        "ligne 3, colonne « véhicule »",
        "ligne 3, colonne « ouverture »",
        "ligne 3, colonne « fermeture »",
    ]
    assert "V1, V2, V3" in told[1]
    assert "Vouliez-vous" not in told[2]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["Verdin", "vendredi", "matin"], 2, "« mairie-verdun-sur-garonne »"),
        (["82088", "dimanche", "matin"], 2, "L’entrée comporte 1 problème.\n  - jour : trouvé 'dimanche'"),
        (["--help"], 0, "usage : python -m sim.move"),
    ],
)
def test_move_refuses_once(
    words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tests that a question that cannot be answered has one heading and each mistake once."""
    assert main(words) == code
    told = capsys.readouterr()
    assert said in told.out + told.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fleet.vehicles=1"], "ajoutez rounds.vehicles=1"),
        (["run.horizon.end=2099-06-30"], "trouvé du 2021-07-01 au 2099-06-30"),
        (["study.scenarios=[reference,reference]"], "trouvé « reference » deux fois"),
    ],
)
def test_combinations_refused_in_french(words: list[str], said: str) -> None:
    """Tests that what cannot hold together is said in French, with what to type."""
    with pytest.raises(InputError) as caught:
        load_settings("study=single", *words)
    assert said in "\n".join(problem.say("fr") for problem in caught.value.problems)
