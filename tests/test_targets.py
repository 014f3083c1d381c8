"""Targets as a phrase: read as a person writes them, refused in words, and standing for the default ones."""

from __future__ import annotations

import pytest

from sim.compose import load_settings
from sim.problems import InputError
from sim.study.sizing import SizingStudy
from sim.study.targets import read_targets


@pytest.mark.parametrize(
    "phrase",
    [
        "held_by_two_share >= 95 ± 1, home_lead_p90 <= 10",
        "passages tenus à deux au moins 95 % ± 1 point, délai à domicile au plus 10 jours",
        "Tenus à deux ≥ 95,0 % +/- 1 ; délai à domicile ≤ 10 jours",
        "passages held by two at least 95% ± 1 and home_lead_p90 at most 10 days",
        "tenus a deux : au moins 95 ± 1,0 et delai a domicile : au plus 10,0",
    ],
)
def test_the_same_targets_in_many_words(phrase: str) -> None:
    """Tests that ids, labels, signs, words, units, accents and decimal commas say the same targets."""
    assert read_targets(phrase) == {
        "held_by_two_share": {"at_least": 95.0, "tolerance": 1.0},
        "home_lead_p90": {"at_most": 10.0},
    }


def test_a_phrase_stands_for_all_the_targets() -> None:
    """Tests that a phrase of the command line replaces the default targets, and survives settings.yaml."""
    study = load_settings("study=sizing", "sizing.targets='wait_p90 ≤ 20 min, lost ≤ 100 ± 10'")
    targets = study.base.sizing.targets
    assert set(targets) == {"wait_p90", "lost"}
    assert targets["wait_p90"].at_most == 20.0
    assert targets["lost"].tolerance == 10.0
    assert "at_most: 20.0" in study.to_yaml()


def test_both_ends_of_one_measure() -> None:
    """Tests that two clauses on one measure are one target with two ends."""
    assert read_targets("wait_p90 ≤ 20; wait_p90 ≥ 1") == {"wait_p90": {"at_most": 20.0, "at_least": 1.0}}


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("held_by_to_share ≥ 95", "held_by_two_share"),
        ("bonheur ≥ 95", "un indicateur de docs/measures.md"),
        ("held_by_two_share 95", "un nombre"),
        ("held_by_two_share ≥ 95, et voilà", "un nombre"),
        ("held_by_two_share ≥ beaucoup", "un nombre"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(phrase: str, said: str) -> None:
    """Tests that an unknown measure or a clause without a number is refused in French, with its nearest."""
    with pytest.raises(InputError) as refused:
        load_settings("study=sizing", f"sizing.targets={phrase}")
    assert any(said in problem.say("fr") for problem in refused.value.problems)
    assert {problem.where for problem in refused.value.problems} == {"sizing.targets"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sizing.targets.held_by_two_share.at_least=120",), "une part hors de 0 à 100"),
        (("sizing.targets={}",), "aucun objectif"),
        (("sizing.pairs=[3,3]",), "3 plusieurs fois"),
        (("sizing.targets.held_by_two_share.at_most=90",), "at_least=null"),
        (("sizing.targets=held_by_two ≥ 95 ± 1, home_lead_p9 ≤ 10",), "home_lead_p90"),
        (("+sizing.targets.nothing.at_most=1",), "un indicateur inconnu"),
    ],
)
def test_targets_that_mean_nothing(words: tuple[str, ...], said: str) -> None:
    """Tests that targets no design can meet, none at all, and designs named twice are refused at once."""
    with pytest.raises(InputError) as refused:
        SizingStudy().prepare(load_settings("study=sizing", "territory=tiny", *words))
    assert said in " ".join(problem.say("fr") for problem in refused.value.problems)
