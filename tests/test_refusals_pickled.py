"""Tests that what is said in two languages goes from process to process."""

from __future__ import annotations

import pickle

from sim.problems import Problem, Said, french


def test_a_text_in_two_languages_is_the_same_in_another_process() -> None:
    """Tests pickling, which workers that are not forked need."""
    said = pickle.loads(pickle.dumps(Said("a day", "un jour")))
    assert (said, french(said)) == ("a day", "un jour")
    problem = Problem(Said("day", "jour"), "x", "y")
    assert pickle.loads(pickle.dumps(problem)) == problem
