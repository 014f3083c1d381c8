"""The question "may this permanence move?", asked on the command line."""

from __future__ import annotations

import pytest

from sim.move import main


def test_a_move_is_answered_in_french(capsys, tmp_path) -> None:
    """Tests that every vehicle and week is answered, what can be driven first, and the best can be kept."""
    file = tmp_path / "nouvelles.csv"
    assert main(["Verdun-sur-Garonne", "vendredi", "matin", f"--write={file}"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Mairie de Verdun-sur-Garonne, vendredi matin :"
    answers = [line.split()[0] for line in lines[1:-1]]
    assert len(answers) == 6
    assert answers == sorted(answers, reverse=True)
    assert "km" in lines[1]
    assert "dépassement 0 min" in lines[1]
    assert main(["Verdun-sur-Garonne", "vendredi", "matin", f"rounds.file={file}"]) == 0
    again = capsys.readouterr().out.splitlines()
    assert "+0 min de route, +0,0 km, +0 min de service" in again[1]


def test_a_move_is_answered_in_english(capsys) -> None:
    """Tests that what cannot be driven is said with its reason."""
    assert main(["mairie-laguepie", "monday", "morning", "run.language=en"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Mairie de Laguépie, Monday morning:\n")
    assert "yes (" in out
    assert "no (" in out
    assert "in two places" in out or "at least" in out
    answers = out.split(":", 1)[1]
    assert "mairie-" not in answers
    assert "mds-" not in answers
    assert " ;" not in out
    assert " -" not in out


@pytest.mark.parametrize("words", [[], ["Lavit"], ["Lavit", "mardi", "matin", "soir"]])
def test_another_number_of_words_shows_the_usage(capsys, words: list[str]) -> None:
    """Tests that a question that is not site, day, half-day is refused with the usage."""
    assert main(words) == 2
    assert "SITE JOUR DEMI-JOURNÉE" in capsys.readouterr().err


def test_every_wrong_word_is_said(capsys) -> None:
    """Tests that a wrong site, day and half-day are said together, with the nearest words."""
    assert main(["Lavitte", "vendrdi", "midi"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("L’entrée comporte 3 problèmes.\n")
    assert len(err.splitlines()) == 4
    assert "vendredi" in err
    assert "mairie-lavit" in err
