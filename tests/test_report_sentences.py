"""Sentences from constructed verdicts, in both languages: no winner without a verdict, no wounding word."""

from __future__ import annotations

import itertools

import pytest

from sim.measures.registry import DECISIONS, MEASURES
from sim.report.sentences import (
    Difference,
    MeasureWords,
    answer,
    certainty,
    effect,
    gaps_in_words,
    interval_words,
    verdict_words,
)
from sim.report.words import Words

FR, EN = Words("fr"), Words("en")
VERDICTS = ("higher", "lower", "no_difference_that_matters", "not_enough_replications")
WINNING = {
    "fr": ("aide", "amélioration", "coûte moins", "dégradation"),
    "en": ("helps", "improvement", "costs less"),
}
# The left-hand column of the words for people.
FORBIDDEN = (
    "ne sert à rien",
    "4 véhicules",
    "une visite coûte",
    "temps mort",
    "taux d'occupation",
    "annulés pour absence",
    "non conforme",
    "moins efficace",
    "perdus",
    "abandonnent",
    "perd sa permanence",
    "jamais labellisée",
    "visites refusées",
)


def measure(ident: str) -> MeasureWords:
    known = next(m for m in MEASURES if m.id == ident)
    return MeasureWords(
        ident, known.label_fr, known.label_en, known.unit, known.unit_fr, known.decimals, known.direction
    )


def made(
    ident: str, verdict: str | None, gap: float = 40.0, low: float = 30.0, high: float = 50.0
) -> Difference:
    if verdict == "lower":
        gap, low, high = -gap, -high, -low
    return Difference("four", measure(ident), gap, low, high, low, high, 20.0, 0.97, verdict, 100)


@pytest.mark.parametrize(
    ("ident", "verdict", "expected"),
    [
        ("persons_helped", "higher", "better"),
        ("persons_helped", "lower", "worse"),
        ("wait_p90", "higher", "worse"),
        ("wait_p90", "lower", "better"),
        ("net_yearly_cost", "higher", "worse"),
        ("persons_helped", "no_difference_that_matters", "same"),
        ("persons_helped", "not_enough_replications", "unknown"),
        ("persons_helped", None, "not_judged"),
        ("helped_from_fixed", "higher", "not_judged"),
    ],
)
def test_effect(ident: str, verdict: str | None, expected: str) -> None:
    """Tests that a verdict becomes better or worse by the measure's direction only."""
    assert effect(made(ident, verdict)) == expected


def test_chance_as_the_words_say_it() -> None:
    """Tests that the layer of chance reads as words.md writes it."""
    said = certainty(made("persons_helped", "higher"), FR)
    plain = said.replace("\u00a0", " ").replace("\u202f", " ")
    assert plain == ("Fait mieux dans 97 simulations sur 100 ; écart + 40 personnes par an (entre 30 et 50).")
    assert certainty(made("persons_helped", "higher"), EN) == (
        "Does better in 97 simulations out of 100; difference +40\u00a0persons a year (between 30 and 50)."
    )


@pytest.mark.parametrize("words", [FR, EN], ids=["fr", "en"])
@pytest.mark.parametrize("verdict", ["no_difference_that_matters", "not_enough_replications"])
def test_no_winner_without_a_verdict(words: Words, verdict: str) -> None:
    """Tests that nothing is said to help, improve or cost less where no verdict says so."""
    gaps = [made(ident, verdict) for ident in DECISIONS]
    said = answer("Une équipe de plus", gaps[0], gaps[1:6], gaps[6], words)
    text = " ".join([*said, gaps_in_words(gaps, ["X"] * len(gaps), words)]).lower()
    if verdict == "no_difference_that_matters":
        assert words("ne change pas de façon utile", "makes no useful difference") in text
    else:
        assert words("pas assez de simulations", "not enough simulations") in text.replace("\u202f", " ")
    allowed = text.replace(words("pour dire si", "whether"), "").replace("aide plus de personnes", "")
    allowed = allowed.replace("personnes aidées", "").replace("helps more persons", "")
    for word in WINNING[words.language]:
        assert word not in allowed, (word, text)


@pytest.mark.parametrize("words", [FR, EN], ids=["fr", "en"])
def test_answer_is_short(words: Words) -> None:
    """Tests that every combination of verdicts is answered in at most three sentences, each one sentence."""
    for combination in itertools.product(VERDICTS, repeat=3):
        gaps = [
            made(i, v)
            for i, v in zip(
                ("persons_helped", "held_by_two_share", "net_yearly_cost"), combination, strict=True
            )
        ]
        said = answer("Label", gaps[0], [gaps[1]], gaps[2], words, ("Autre", 1000.0))
        assert 1 <= len(said) <= 3
        for sentence in said:
            assert sentence.endswith(".")
            assert sentence[0].isupper()
            low = sentence.lower()
            assert not any(word in low for word in FORBIDDEN), sentence


def test_better_says_how_many() -> None:
    """Tests that a shown gain is said with its number and interval, a shown loss as « de moins »."""
    more = answer("X", made("persons_helped", "higher"), [], None, FR)[0].replace("\u00a0", " ")
    assert "aide 40 personnes de plus par an" in more
    assert "entre 30 et 50" in more
    less = answer("X", made("persons_helped", "lower"), [], None, FR)[0].replace("\u00a0", " ")
    assert "aide 40 personnes de moins par an" in less
    assert "entre 30 et 50" in less


def test_the_cost_has_its_interval() -> None:
    """Tests that the answer's cost is said with the interval that decides, in both languages."""
    for verdict in ("higher", "lower"):
        for words, expected in ((FR, "(entre 30 et 50)"), (EN, "(between 30 and 50)")):
            said = answer("X", None, [], made("net_yearly_cost", verdict), words)[-1]
            assert expected in said.replace("\u00a0", " ")


def test_costs_are_costs() -> None:
    """Tests that money is said to cost more or less, never to be an improvement."""
    for verdict in ("higher", "lower"):
        gap = made("net_yearly_cost", verdict)
        for words in (FR, EN):
            text = (verdict_words(gap, words) + gaps_in_words([gap], ["X"], words)).lower()
            assert words("coûte", "costs") in text
            assert words("amélioration", "improvement") not in text


def test_interval_signs_only_where_needed() -> None:
    """Tests that bounds carry signs when one of them is negative."""
    text = interval_words(made("persons_helped", None, 4, -10, 18), FR).replace("\u00a0", " ")
    assert text == "+ 4 personnes par an (entre − 10 et + 18)"
    points = interval_words(made("held_by_two_share", None, 1.5, 0.5, 2.5), FR).replace("\u00a0", " ")
    assert points == "+ 1,5 point (entre 0,5 et 2,5)"
