"""The territories that travel with the package: loaded whole, ordered, with drives that hold together."""

from __future__ import annotations

import dataclasses
import pickle
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.territory import Territory, known_territories, load_territory
from sim.territory.load import DATA
from sim.territory.roads import (
    commune_to_fixed,
    commune_to_points,
    commune_to_sites,
    drive,
    formula,
    great_circle_km,
    place_matrices,
    site_drive,
)


@pytest.fixture(scope="module")
def real() -> Territory:
    return load_territory("tarn_et_garonne")


@pytest.fixture(scope="module")
def tiny() -> Territory:
    return load_territory("tiny")


def test_the_real_territory(real: Territory) -> None:
    """Tests that Tarn-et-Garonne has its 195 communes, 27 sites in 24 communes, and its residents."""
    assert (len(real.communes), len(real.sites), len(real.itinerant_communes)) == (195, 27, 24)
    assert int(real.population.sum()) == 263_377
    served = [real.commune(code).population for code in real.itinerant_communes]
    assert sum(served) == 104_201
    assert real.commune("82121").population == 61_919
    assert len(real.sites_of("82121")) == 4
    assert len(real.fixed) == 21
    assert {stop.commune for stop in real.other_rounds} >= {"Montesquieu", "Caumont"}
    assert [e.commune for e in real.exits_of("announced")] == [
        "Beaumont-de-Lomagne",
        "Laguépie",
        "Lamagistère",
        "La Ville-Dieu-du-Temple",
        "Molières",
        "Montech",
        "Villebrumier",
    ]
    assert real.depot == "hotel-departement"
    assert real.matrices_given


def test_order_of_records(real: Territory) -> None:
    """Tests that communes, structures and exits are sorted by stable keys, and sites stay in file order."""
    codes = [c.insee_code for c in real.communes]
    assert codes == sorted(codes)
    ids = [f.id_fs for f in real.fixed]
    assert ids == sorted(ids)
    assert real.sites[0].site_id == "mairie-montaigu-de-quercy"
    assert real.sites[-1].site_id == "hotel-departement"
    keys = [(e.reading, e.insee_code, e.fixed_opens) for e in real.exits]
    assert keys == sorted(keys)


def test_shares_of_the_old(tiny: Territory) -> None:
    """Tests that a commune's own share is taken, and its intercommunality's where it has none."""
    assert [(c.share_75_plus, c.share_75_plus_is_own) for c in tiny.communes] == [
        (0.11, True),
        (0.12, False),
        (0.15, True),
    ]


def test_the_tiny_territory(tiny: Territory) -> None:
    """Tests that the tiny territory has one of each thing, as its SOURCES.md says."""
    assert (len(tiny.communes), len(tiny.sites)) == (3, 5)
    assert tiny.itinerant_communes == ("99001", "99002")
    assert [(f.opens, f.in_itinerant_commune) for f in tiny.fixed] == [
        (date(2020, 1, 1), False),
        (date(2022, 7, 1), True),
    ]
    announced, happened = tiny.exits
    assert (announced.permanence_stops, announced.earliest) == (date(2022, 1, 1), date(2021, 10, 1))
    assert (happened.permanence_stops, happened.latest) == (None, None)
    assert [(s.week, s.weekday) for s in tiny.other_rounds] == [("even", 3)]


@pytest.mark.parametrize("name", ["tarn_et_garonne", "tiny"])
def test_matrices_are_the_formula_rounded(name: str) -> None:
    """Tests that the fitted formula gives both matrices back, within the rounding of their files."""
    territory = load_territory(name)
    latitude, longitude = territory.site_points.T
    minutes, km = formula(territory.travel, latitude[:, None], longitude[:, None], latitude, longitude)
    apart = ~np.eye(len(territory.sites), dtype=bool)
    assert np.abs(km - territory.km)[apart].max() <= 0.005 + 1e-9
    assert np.abs(minutes - territory.minutes)[apart].max() <= 0.05 + 1e-9
    assert not territory.minutes[~apart].any()
    assert not territory.km[~apart].any()


def test_matrices_win_over_the_formula(tmp_path: Path) -> None:
    """Tests that the drive between two sites is the matrix's, even where it differs from the formula."""
    folder = tmp_path / "measured"
    shutil.copytree(DATA / "tiny", folder)
    file = folder / "travel_time_minutes.csv"
    file.write_text(file.read_text().replace("18.0", "31.5"))
    territory = load_territory(folder)
    assert site_drive(territory, "hotel-departement", "mairie-belcombe") == (31.5, 15.24)
    assert place_matrices(territory)[0][0, 3] == 31.5


def test_sites_of_another_kind(tmp_path: Path) -> None:
    """Tests that another département may hold permanences in places that this one has not."""
    folder = tmp_path / "elsewhere"
    shutil.copytree(DATA / "tiny", folder)
    file = folder / "sites.csv"
    file.write_text(file.read_text().replace(",hotel_departement,", ",mediatheque,"))
    assert "mediatheque" in {site.kind for site in load_territory(folder).sites}


def test_matrices_in_another_order(tmp_path: Path) -> None:
    """Tests that lines and columns of a matrix may come in any order, and need not be symmetric."""
    folder = tmp_path / "shuffled"
    shutil.copytree(DATA / "tiny", folder)
    file = folder / "travel_time_minutes.csv"
    header, *lines = [line.split(",") for line in file.read_text().splitlines()]
    lines[0][header.index("salle-belcombe")] = "99.0"
    order = [0, 3, 1, 5, 2, 4]
    shuffled = [[row[i] for i in order] for row in [header, *reversed(lines)]]
    file.write_text("\n".join(",".join(row) for row in shuffled))
    territory = load_territory(folder)
    expected = load_territory("tiny").minutes.copy()
    expected[0, 4] = 99.0
    assert np.array_equal(territory.minutes, expected)


def test_without_matrices(tmp_path: Path) -> None:
    """Tests that a folder without matrices takes the formula between all sites, 0 from a site to itself."""
    folder = tmp_path / "formula"
    shutil.copytree(DATA / "tiny", folder)
    (folder / "travel_time_minutes.csv").unlink()
    (folder / "travel_distance_km.csv").unlink()
    territory = load_territory(folder)
    assert not territory.matrices_given
    assert np.allclose(territory.minutes, load_territory("tiny").minutes, atol=0.05)
    assert not np.diag(territory.minutes).any()


def test_great_circle() -> None:
    """Tests the great circle on a quarter of a meridian, and on one degree of the equator."""
    radius = 6371.0088
    assert great_circle_km(0, 0, 90, 0, radius) == pytest.approx(radius * np.pi / 2)
    assert great_circle_km(0, 10, 0, 11, radius) == pytest.approx(radius * np.pi / 180)
    assert great_circle_km(44, 1, 44, 1, radius) == 0


def test_drive_by_hand(real: Territory) -> None:
    """Tests the formula on a drive worked by hand: 10 km of great circle are 12.4 km and 14.96 min."""
    ten_km = np.degrees(10 / 6371.0088)
    minutes, km = drive(real, 44.0, 1.0, 44.0 + ten_km, 1.0)
    assert km == pytest.approx(12.4)
    assert minutes == pytest.approx(2.22 + 1.0278 * 12.4)


def test_same_place_and_near_places(real: Territory) -> None:
    """Tests that the same place is 0, and that different places are at least the floor apart."""
    assert drive(real, 44.0, 1.0, 44.0, 1.0) == (0.0, 0.0)
    minutes, km = drive(real, 44.0, 1.0, 44.0, 1.0, different=True)
    assert (float(minutes), float(km)) == (pytest.approx(2.22 + 1.0278 * 1.24), pytest.approx(1.24))
    assert drive(real, 44.0, 1.0, 44.0001, 1.0)[1] == pytest.approx(1.24)


def test_shapes_of_the_tables(real: Territory) -> None:
    """Tests that tables of drives broadcast to communes × places, and can be cut by rows."""
    assert commune_to_sites(real)[0].shape == (195, 27)
    assert commune_to_fixed(real)[1].shape == (195, 21)
    some = commune_to_sites(real, slice(10, 15))[0]
    assert np.array_equal(some, commune_to_sites(real)[0][10:15])
    assert commune_to_points(real, 44.0, 1.3)[0].shape == (195, 1)
    minutes, km = place_matrices(real)
    assert minutes.shape == km.shape == (222, 222)
    assert np.array_equal(minutes[:27, :27], real.minutes)
    assert minutes[30, 30] == pytest.approx(2.22 + 1.0278 * 1.24)


point = st.tuples(st.floats(43, 45), st.floats(0.5, 2.5))


@given(a=point, b=point, c=point)
def test_formula_is_a_distance(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]
) -> None:
    """Tests that the formula is symmetric, never negative, and keeps the triangle inequality."""
    territory = load_territory("tiny")
    ab, ba = drive(territory, *a, *b), drive(territory, *b, *a)
    assert np.allclose(ab, ba)
    assert min(ab) >= 0
    ac, cb = drive(territory, *a, *c), drive(territory, *c, *b)
    assert ab[1] <= ac[1] + cb[1] + 1e-9 or c in {a, b}
    assert ab[0] <= ac[0] + cb[0] + 1e-9 or c in {a, b}


def test_frozen(tiny: Territory) -> None:
    """Tests that neither a record nor an array of a territory can be changed."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        tiny.sites[0].name = "other"  # type: ignore[misc]
    for array in (tiny.minutes, tiny.km, tiny.population, tiny.site_points):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_travels_between_processes(tiny: Territory) -> None:
    """Tests that a territory survives pickling with the same answers, as workers need."""
    again = pickle.loads(pickle.dumps(tiny))
    assert again.digest == tiny.digest
    assert again.sites == tiny.sites
    assert np.array_equal(again.minutes, tiny.minutes)


def test_digest(tmp_path: Path) -> None:
    """Tests that the digest follows the data alone: not the folder's name, not the documents."""
    folder = tmp_path / "elsewhere"
    shutil.copytree(DATA / "tiny", folder)
    assert load_territory(folder).digest == load_territory("tiny").digest
    (folder / "SOURCES.md").write_text("other words")
    assert load_territory(folder).digest == load_territory("tiny").digest
    sites = folder / "sites.csv"
    sites.write_bytes(sites.read_bytes().replace(b"Salle", b"Grande salle"))
    assert load_territory(folder).digest != load_territory("tiny").digest


def test_known_names() -> None:
    """Tests that the territories of the package are known by name, and all of them load."""
    assert set(known_territories()) >= {"tarn_et_garonne", "tiny"}
    for name in known_territories():
        assert load_territory(name).name == name


def test_imports_stay_light() -> None:
    """Tests that a territory is loaded without pandas, numba, pydantic or openpyxl."""
    code = (
        "import sys; from sim.territory.load import load_territory; load_territory('tiny');"
        "heavy = {'pandas', 'numba', 'openpyxl', 'scipy', 'simpy', 'plotly'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, cwd=Path(__file__).parents[1])
