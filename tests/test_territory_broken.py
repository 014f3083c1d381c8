"""Broken territories: each mistake with the message it gets, and never a traceback."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.problems import InputError, Problem
from sim.territory import load_territory
from sim.territory.load import DATA

TINY = DATA / "tiny"
FILES = sorted(path.name for path in TINY.iterdir() if path.is_file() and path.name != "SOURCES.md")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


def problems_of(folder: Path | str) -> list[str]:
    """What is wrong in English; each problem has its French, but for what is quoted as it was found."""
    with pytest.raises(InputError) as caught:
        load_territory(folder)
    for problem in caught.value.problems:
        assert problem.expected_fr, problem
        assert (
            problem.found_fr
            or problem.found[0] in "'-[{"
            or problem.found[0].isdigit()
            or problem.found == "inf"
        ), problem
        assert not re.search(r"\b(line|column|found|expected)\b", problem.say("fr").split("'")[0]), problem
    return [str(problem) for problem in caught.value.problems]


# File, what stands in it, what is written instead; then the message: where, found, expected.
BROKEN = [
    (
        "sites.csv",
        "hotel-departement,Hôtel du Département d'Aubrelande,hotel_departement",
        "hotel-departement,Hôtel du Département d'Aubrelande,hotel_departemnt",
        "sites.csv, line 2, column kind",
        "'hotel_departemnt'",
        "one of mairie, mds, hotel_departement, or a word of its own. Did you mean 'hotel_departement'?",
    ),
    (
        "communes.csv",
        "99002,Belcombe-en-Chimère",
        "9902,Belcombe-en-Chimère",
        "communes.csv, line 3, column insee_code",
        "'9902'",
        "an INSEE code of five characters, as text. Did you mean '09902'?",
    ),
    (
        "communes.csv",
        "99003,",
        "99002,",
        "communes.csv, line 4, column insee_code",
        "'99002', already on line 3",
        "each identifier once.",
    ),
    (
        "communes.csv",
        "45.13,",
        "45,13,",
        "communes.csv, line 3",
        "10 cells",
        "9 cells, as in the first line.",
    ),
    (
        "communes.csv",
        "45.13,",
        '"45,13",',
        "communes.csv, line 3, column latitude",
        "'45,13'",
        "degrees north, a number from -90 to 90 with a decimal point, not a comma.",
    ),
    (
        "communes.csv",
        "45.13,",
        "nan,",
        "communes.csv, line 3, column latitude",
        "'nan'",
        "degrees north, a number from -90 to 90.",
    ),
    (
        "communes.csv",
        "45.13,",
        "145.13,",
        "communes.csv, line 3, column latitude",
        "'145.13'",
        "degrees north, a number from -90 to 90.",
    ),
    (
        "communes.csv",
        "45.13,2.16",
        "2.16,45.13",
        "communes.geojson, feature 2 ('99002')",
        "a polygon far from the commune's point (2.16, 45.13)",
        "the polygon around the commune's point, longitude before latitude.",
    ),
    (
        "communes.csv",
        "6000",
        "6 000",
        "communes.csv, line 2, column population",
        "'6 000'",
        "residents, a whole number from 0 to 10000000.",
    ),
    (
        "communes.csv",
        "6000",
        "-6000",
        "communes.csv, line 2, column population",
        "'-6000'",
        "residents, a whole number from 0 to 10000000.",
    ),
    (
        "communes.csv",
        ",0.15,",
        ",15,",
        "communes.csv, line 4, column share_75_plus",
        "'15'",
        "a share, a number from 0 to 1.",
    ),
    (
        "communes.csv",
        ",,9901,Communauté imaginaire des Trois,0.12",
        ",,9901,Communauté imaginaire des Trois,",
        "communes.csv, line 3, column share_75_plus",
        "nothing here nor in epci_share_75_plus",
        "a share from 0 to 1 in one of the two.",
    ),
    (
        "communes.csv",
        "population",
        "habitants",
        "communes.csv, line 1",
        "no column population",
        "the column population.",
    ),
    (
        "communes.csv",
        "population",
        "populatoin",
        "communes.csv, line 1",
        "no column population, but a column 'populatoin'",
        "the column population.",
    ),
    (
        "communes.csv",
        "insee_code,name",
        "insee_code,name,name",
        "communes.csv, line 1, column 3",
        "'name' a second time",
        "each column once.",
    ),
    (
        "communes.csv",
        "Belcombe-en-Chimère",
        "Bel\x07combe",
        "communes.csv, line 3, column name",
        "'Bel\\x07combe'",
        "the name of a commune, without control characters.",
    ),
    (
        "communes.csv",
        "Belcombe-en-Chimère",
        "Bel\u202ecombe",
        "communes.csv, line 3, column name",
        "'Bel\\u202ecombe'",
        "the name of a commune, without control characters.",
    ),
    (
        "communes.csv",
        "Belcombe-en-Chimère",
        "",
        "communes.csv, line 3, column name",
        "nothing",
        "the name of a commune.",
    ),
    (
        "communes.csv",
        "Belcombe",
        '"Belcombe',
        "communes.csv, line 3",
        "a line that cannot be read (unexpected end of data)",
        "cells between commas, quotes closed.",
    ),
    (
        "sites.csv",
        "mds-aubrelande,",
        "hotel-departement,",
        "sites.csv, line 3, column site_id",
        "'hotel-departement', already on line 2",
        "each identifier once.",
    ),
    (
        "sites.csv",
        "99002,Belcombe-en-Chimère,45.14",
        "99012,Belcombe-en-Chimère,45.14",
        "sites.csv, line 6, column insee_code",
        "'99012'",
        "a commune of communes.csv. Did you mean '99002'?",
    ),
    (
        "sites.csv",
        "45.14,2.17",
        "2.17,45.14",
        "sites.csv, line 6, column latitude",
        "a point 5847 km from 'Belcombe-en-Chimère'",
        "a point within 50 km of its commune (are latitude and longitude swapped?).",
    ),
    (
        "sites.csv",
        "mds-aubrelande,",
        "=HYPERLINK(1),",
        "sites.csv, line 3, column site_id",
        "'=HYPERLINK(1)'",
        "an identifier that starts with a letter or digit, then letters, digits, - . _ ' or spaces.",
    ),
    (
        "fixed_france_services.csv",
        "2022-07-01",
        "01/07/2022",
        "fixed_france_services.csv, line 3, column label_date",
        "'01/07/2022'",
        "a date such as 2021-07-01.",
    ),
    (
        "fixed_france_services.csv",
        "2022-07-01",
        "2022-02-30",
        "fixed_france_services.csv, line 3, column label_date",
        "'2022-02-30'",
        "a date such as 2021-07-01.",
    ),
    (
        "fixed_france_services.csv",
        "2022-07-01,yes",
        "2022-07-01,no",
        "fixed_france_services.csv, line 3, column in_itinerant_commune",
        "'no'",
        "yes: commune 99002 has a site in sites.csv.",
    ),
    (
        "fixed_france_services.csv",
        "\n2,",
        "\n1,",
        "fixed_france_services.csv, line 3, column id_fs",
        "'1', already on line 2",
        "each identifier once.",
    ),
    (
        "other_rounds.csv",
        "even",
        "evne",
        "other_rounds.csv, line 2, column week",
        "'evne'",
        "one of even, odd, every. Did you mean 'even'?",
    ),
    (
        "other_rounds.csv",
        "even,3",
        "even,8",
        "other_rounds.csv, line 2, column weekday",
        "'8'",
        "a weekday, 1 for Monday, a whole number from 1 to 7.",
    ),
    (
        "exits.csv",
        "announced,",
        "anounced,",
        "exits.csv, line 2, column reading",
        "'anounced'",
        "one of announced, happened. Did you mean 'announced'?",
    ),
    (
        "exits.csv",
        "2022-01-01,2022-01-01",
        "2022-01-01,2021-12-01",
        "exits.csv, line 2, column permanence_stops",
        "2021-12-01, before the fixed structure opens (2022-01-01)",
        "the day it opens or later, or nothing when it never stops.",
    ),
    (
        "exits.csv",
        "2021-10-01",
        "2022-03-01",
        "exits.csv, line 2, column earliest",
        "2022-03-01 to 2022-07-01",
        "a range that holds fixed_opens (2022-01-01).",
    ),
    (
        "exits.csv",
        "2021-10-01",
        "",
        "exits.csv, line 2, column latest",
        "a range with one end",
        "both earliest and latest, or neither.",
    ),
    (
        "exits.csv",
        "announced,99002",
        "announced,99003",
        "exits.csv, line 2, column insee_code",
        "'99003', a commune without a site",
        "a commune with a site: the others open by fixed_france_services.csv. Did you mean '99002'?",
    ),
    (
        "travel_model.json",
        '"detour_factor": 1.25',
        '"detour_factor": "1.25"',
        "travel_model.json, detour_factor",
        "'1.25'",
        "a number from 1 to 10.",
    ),
    (
        "travel_model.json",
        '"detour_factor": 1.25',
        '"detour": 1.25',
        "travel_model.json, detour_factor",
        "nothing",
        "a number from 1 to 10. Did you mean 'detour'?",
    ),
    (
        "travel_model.json",
        '"detour_factor": 1.25',
        '"detour_factor": NaN',
        "travel_model.json",
        "a JSON text that cannot be used (NaN is not a number)",
        "a JSON text.",
    ),
    (
        "travel_model.json",
        '"hotel-departement"',
        '"hotel-du-departement"',
        "travel_model.json, depot",
        "'hotel-du-departement'",
        "the site_id of the vehicles' base. Did you mean 'hotel-departement'?",
    ),
    (
        "travel_time_minutes.csv",
        "18.0",
        "-18.0",
        "travel_time_minutes.csv, line 2, column mairie-belcombe",
        "'-18.0'",
        "minutes, a number from 0 to 1440.",
    ),
    (
        "travel_time_minutes.csv",
        "18.0",
        "",
        "travel_time_minutes.csv, line 2, column mairie-belcombe",
        "nothing",
        "minutes, a number from 0 to 1440.",
    ),
    (
        "travel_time_minutes.csv",
        "hotel-departement,0.0",
        "hotel-departement,1.0",
        "travel_time_minutes.csv, line 2, column hotel-departement",
        "'1.0'",
        "0 from a site to itself.",
    ),
    (
        "travel_time_minutes.csv",
        "\nsalle-belcombe",
        "\nsale-belcombe",
        "travel_time_minutes.csv",
        "the line 'sale-belcombe'",
        "the sites of sites.csv. Did you mean 'salle-belcombe'?",
    ),
    (
        "travel_distance_km.csv",
        "\nsalle-belcombe",
        "\nmairie-belcombe",
        "travel_distance_km.csv",
        "several lines for the site 'mairie-belcombe'",
        "each site once.",
    ),
    (
        "communes.geojson",
        '"99003"',
        '"99004"',
        "communes.geojson",
        "no polygon for commune 99003 (Clairvent-en-Chimère)",
        "one polygon for each commune.",
    ),
    (
        "communes.geojson",
        '"99003"',
        "99003",
        "communes.geojson, feature 3, properties.code",
        "99003",
        "the INSEE code of a commune, as text.",
    ),
    (
        "communes.geojson",
        '"Polygon"',
        '"Point"',
        "communes.geojson, feature 1 ('99001'), geometry",
        "a geometry of type 'Point'",
        "a Polygon or MultiPolygon of closed rings, in degrees.",
    ),
    (
        "communes.geojson",
        "FeatureCollection",
        "Features",
        "communes.geojson",
        "another kind of JSON",
        "a GeoJSON FeatureCollection with a list of features.",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "where", "found", "expected"), BROKEN)
def test_message(folder: Path, file: str, old: str, new: str, where: str, found: str, expected: str) -> None:
    """Tests that a mistake is said with file, line, column, value, what was expected, nearest name."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert f"tiny/{where}: found {found}; expected {expected}" in problems_of(folder)


def test_every_problem_at_once(folder: Path) -> None:
    """Tests that one load says every mistake of several files, and no more than the mistakes."""
    for file, old, new in (
        ("communes.csv", "6000", "many"),
        ("communes.csv", ",0.15,", ",1.5,"),
        ("sites.csv", "45.14,", "north,"),
        ("exits.csv", "2021-10-01", "soon"),
        ("travel_model.json", "6371.0088", "0"),
    ):
        path = folder / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    found = problems_of(folder)
    assert len(found) == 5
    places = [problem.split(": found")[0] for problem in found]
    assert places == [
        "tiny/communes.csv, line 2, column population",
        "tiny/communes.csv, line 4, column share_75_plus",
        "tiny/sites.csv, line 6, column latitude",
        "tiny/exits.csv, line 2, column earliest",
        "tiny/travel_model.json, earth_radius_km",
    ]


@pytest.mark.parametrize("file", FILES)
def test_missing_file(folder: Path, file: str) -> None:
    """Tests that each file is asked for by its name."""
    (folder / file).unlink()
    assert f"tiny/{file}: found no such file; expected the file {file} of a territory." in problems_of(folder)


def test_mistyped_file(folder: Path) -> None:
    """Tests that a file under a mistyped name is recognised."""
    (folder / "sites.csv").rename(folder / "site.csv")
    assert problems_of(folder)[0].endswith("Did you mean 'site.csv'?")


@pytest.mark.parametrize("file", FILES)
def test_empty_file(folder: Path, file: str) -> None:
    """Tests that an empty file is called empty."""
    (folder / file).write_bytes(b"\xef\xbb\xbf\r\n")
    assert f"tiny/{file}: found an empty file; expected a file with content." in problems_of(folder)


@pytest.mark.parametrize("file", FILES)
def test_folder_instead_of_file(folder: Path, file: str) -> None:
    """Tests that a folder in the place of a file is called a folder."""
    (folder / file).unlink()
    (folder / file).mkdir()
    assert f"tiny/{file}: found a folder; expected a file." in problems_of(folder)


def test_pipe_instead_of_file(folder: Path) -> None:
    """Tests that something that could block for ever is not opened."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    (folder / "sites.csv").unlink()
    os.mkfifo(folder / "sites.csv")
    assert "tiny/sites.csv: found something that is not a file; expected a file." in problems_of(folder)


def test_another_encoding(folder: Path) -> None:
    """Tests that a file in Windows-1252 is refused at its first line that is not UTF-8, with the way out."""
    path = folder / "communes.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1252"))
    assert problems_of(folder)[0] == (
        "tiny/communes.csv, line 2: found the byte 0xE8, which is not UTF-8; "
        "expected text in UTF-8 (in a spreadsheet: save as CSV UTF-8)."
    )


def test_semicolons(folder: Path) -> None:
    """Tests that columns between semicolons are recognised, and nothing else is said of that file."""
    path = folder / "other_rounds.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")
    (problem,) = problems_of(folder)
    assert problem.startswith("tiny/other_rounds.csv, line 1: found 'round_id;insee_code;")
    assert problem.endswith("; expected columns separated by commas (CSV UTF-8).")


def test_no_site_and_no_commune(folder: Path) -> None:
    """Tests that a territory needs a commune and a site."""
    for file in ("communes.csv", "sites.csv"):
        path = folder / file
        path.write_text(path.read_text(encoding="utf-8").splitlines()[0], encoding="utf-8")
    found = problems_of(folder)
    assert "tiny/communes.csv: found no commune; expected at least one commune." in found
    assert "tiny/sites.csv: found no site; expected at least one site." in found


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tarn_et_garone", "Did you mean 'tarn_et_garonne'?"),
        ("Tiny", "Did you mean 'tiny'?"),
        ("", "found nothing"),
        ("nowhere/at/all", "or the path of a folder."),
        ("a\0b", "found 'a\\x00b'"),
        ("x" * 5000, "found 'xxx"),
    ],
)
def test_unknown_territory(name: str, message: str) -> None:
    """Tests that an unknown territory is refused with the nearest known one."""
    (problem,) = problems_of(name)
    assert problem.startswith("territory: found ")
    assert message in problem


def test_file_instead_of_folder(folder: Path) -> None:
    """Tests that a file given for a territory is said not to be a folder."""
    (problem,) = problems_of(folder / "sites.csv")
    assert "which is not a folder" in problem


def test_marks_and_line_ends(folder: Path) -> None:
    """Tests that byte order marks, CRLF and blank lines are accepted, and change nothing but the digest."""
    for file in FILES:
        path = folder / file
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n\r\n")
    territory, usual = load_territory(folder), load_territory("tiny")
    assert territory.communes == usual.communes
    assert territory.sites == usual.sites
    assert territory.exits == usual.exits
    assert (territory.minutes == usual.minutes).all()


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "=1+1", "O'Brien & fils", "日本", "🚐"])
def test_hostile_names_are_text(folder: Path, name: str) -> None:
    """Tests that a name is any text: escaping belongs to whoever shows it."""
    for file in ("communes.csv", "sites.csv", "fixed_france_services.csv"):
        path = folder / file
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("Belcombe-en-Chimère", name), encoding="utf-8")
    assert load_territory(folder).commune("99002").name == name
    assert load_territory(folder).site("salle-belcombe").commune == name


def test_accents_however_typed(folder: Path) -> None:
    """Tests that a decomposed accent is the same letter as a composed one."""
    path = folder / "communes.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("è", "e\u0300"), encoding="utf-8")
    assert load_territory(folder).communes == load_territory("tiny").communes


def test_deep_and_huge_json(folder: Path) -> None:
    """Tests that JSON made to exhaust a reader is refused like any other."""
    for text in ("[" * 100_000, '{"detour_factor": 1' + "0" * 5000 + "}", '{"detour_factor": 1e999}'):
        (folder / "travel_model.json").write_text(text)
        assert any(problem.startswith("tiny/travel_model.json") for problem in problems_of(folder))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mutated_files(tmp_path: Path, data: st.DataObject) -> None:
    """Tests that whatever bytes stand in the files, they load or every problem is listed: no traceback."""
    folder = tmp_path / "mutated"
    shutil.copytree(TINY, folder, dirs_exist_ok=True)
    for file in data.draw(st.lists(st.sampled_from(FILES), min_size=1, max_size=2, unique=True)):
        content = (TINY / file).read_bytes()
        for _ in range(data.draw(st.integers(1, 4))):
            start = data.draw(st.integers(0, len(content)))
            length = data.draw(st.integers(0, 30))
            new = data.draw(
                st.one_of(
                    st.binary(max_size=12),
                    st.text(max_size=8).map(lambda text: text.encode("utf-8", "surrogatepass")),
                    st.sampled_from(
                        [
                            b",",
                            b'"',
                            b"\n",
                            b"\r",
                            b";",
                            b"\0",
                            b"-",
                            b"1e999",
                            b"nan",
                            b"9" * 400,
                            b"[",
                            b"}",
                            b"null",
                        ]
                    ),
                )
            )
            content = content[:start] + new + content[start + length :]
        if data.draw(st.booleans()) and data.draw(st.booleans()):
            content = content[: data.draw(st.integers(0, len(content)))]
        (folder / file).write_bytes(content)
    problems: tuple[Problem, ...] = ()
    try:
        load_territory(folder)
    except InputError as error:
        problems = error.problems
    assert all(problem.where and problem.expected for problem in problems)
    "\n".join(map(str, problems)).encode()
