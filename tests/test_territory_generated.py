"""Generated territories: nothing is wired to one département, and size is no obstacle."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from sim.scenarios.rounds import DrivingRules, Rounds, Stop, check_rounds, day_tours
from sim.territory import load_territory
from sim.territory.generate import generate_territory, main
from sim.territory.roads import commune_to_sites, formula


def test_sixty_sites(tmp_path: Path) -> None:
    """Tests that a territory of 60 sites loads whole, and that its formula gives its matrices back."""
    territory = load_territory(generate_territory(tmp_path / "generated", communes=300, sites=60, seed=5))
    assert (len(territory.communes), len(territory.sites)) == (300, 60)
    assert territory.matrices_given
    latitude, longitude = territory.site_points.T
    minutes, km = formula(territory.travel, latitude[:, None], longitude[:, None], latitude, longitude)
    apart = ~np.eye(60, dtype=bool)
    assert np.abs(minutes - territory.minutes)[apart].max() <= 0.05 + 1e-9
    assert np.abs(km - territory.km)[apart].max() <= 0.005 + 1e-9
    assert commune_to_sites(territory)[0].shape == (300, 60)
    assert len(territory.exits_of("announced")) == 15
    assert all(commune.name.rstrip(" 0123456789").endswith("-en-Chimère") for commune in territory.communes)


def test_rounds_of_a_generated_territory(tmp_path: Path) -> None:
    """Tests that rounds on a generated territory are timed and checked like any other."""
    territory = load_territory(generate_territory(tmp_path, communes=30, sites=6, seed=2))
    rules = DrivingRules(15, 10, 10, 45, 7 * 3600, 19 * 3600, 10, 12, territory.depot)
    stops = tuple(
        Stop(site.site_id, "V1", 1 + i // 5, 1 + i % 5, "morning", 9 * 3600, 12 * 3600)
        for i, site in enumerate(territory.sites)
    )
    assert check_rounds(Rounds(stops), territory, rules, 1) == []
    assert len(day_tours(Rounds(stops), territory, rules)) == 6


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    """Tests that a seed gives the same bytes twice, and another seed others."""
    first, again, other = (
        generate_territory(tmp_path / name, communes=20, sites=5, seed=seed)
        for name, seed in (("first", 1), ("again", 1), ("other", 2))
    )
    for path in first.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()
    assert load_territory(first).digest == load_territory(again).digest != load_territory(other).digest


@pytest.mark.parametrize(
    ("departments", "communes", "sites"), [(1, 1, 1), (1, 2, 30), (3, 10, 5), (4, 4, 4), (2, 50, 21)]
)
def test_odd_sizes(tmp_path: Path, departments: int, communes: int, sites: int) -> None:
    """Tests that the smallest and the most lopsided territories load."""
    territory = load_territory(generate_territory(tmp_path, departments, communes, sites))
    assert (len(territory.communes), len(territory.sites)) == (communes, sites)


@pytest.mark.slow
def test_a_hundred_times_larger(tmp_path: Path) -> None:
    """Tests that 25 000 communes and 2 700 sites load in seconds, on the formula instead of matrices."""
    start = time.perf_counter()
    territory = load_territory(generate_territory(tmp_path, departments=99, communes=25_000, sites=2_700))
    assert time.perf_counter() - start < 60  # some 3 s on an idle core
    assert not territory.matrices_given
    assert not (tmp_path / "travel_time_minutes.csv").exists()
    assert territory.minutes.shape == (2_700, 2_700)
    assert commune_to_sites(territory, slice(0, 10))[0].shape == (10, 2_700)


@pytest.mark.parametrize(
    ("departments", "communes", "sites"), [(0, 1, 1), (100, 500, 500), (2, 1, 2), (1, 1000, 27), (3, 30, 2)]
)
def test_impossible_sizes(tmp_path: Path, departments: int, communes: int, sites: int) -> None:
    """Tests that numbers that cannot make a territory are refused before anything is written."""
    with pytest.raises(ValueError, match="expected"):
        generate_territory(tmp_path / "none", departments, communes, sites)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["/proc/x"], "attendu : un dossier où l'on peut écrire"),
        (["{}/a", "--communes=-3"], "--communes : trouvé '-3'"),
        (["{}"], "un dossier qui contient déjà des fichiers"),
        (["{}/a", "--communes=3", "--departments=7"], "départements"),
        (["{}/a", "--comunes=3"], "« --communes »"),
        ([], "un seul dossier"),
    ],
)
def test_the_command_refuses_in_words(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tests that a wrong line or a folder that is not free is refused in two languages, nothing written."""
    kept = tmp_path / "kept"
    kept.write_text("mine", encoding="utf-8")
    assert main([word.format(tmp_path) for word in words]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count(" ; attendu :") == told.count("; expected ")
    assert list(tmp_path.iterdir()) == [kept]
