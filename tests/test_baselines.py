"""Tests that the measures of a small study are those stored, to 1e-9."""

from __future__ import annotations

import json

import pytest

from tests.baselines.tiny import FILE, computed


def test_measures_of_the_tiny_territory_are_those_stored() -> None:
    """Tests every measure of two replications; `python -m tests.baselines.tiny` stores them again."""
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    found = computed()
    assert found.keys() == stored.keys()
    different = {}
    for replication, values in stored.items():
        assert found[replication].keys() == values.keys()
        different |= {
            f"{replication}: {name}": (value, found[replication][name])
            for name, value in values.items()
            if found[replication][name]
            != (value if value is None else pytest.approx(value, rel=1e-9, abs=1e-9))
        }
    assert not different
