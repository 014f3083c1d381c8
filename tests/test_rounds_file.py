"""The rounds file: the contract's format, the spreadsheets people keep, and what is wrong with a file."""

from __future__ import annotations

import io
from datetime import date, time
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim import load_settings
from sim.problems import InputError, Problem
from sim.scenarios.plan import make_plan
from sim.scenarios.rounds import Rounds, Stop, read_rounds, write_rounds
from sim.scenarios.rounds_words import half_day_of, plain, time_of, vehicle_of, weekday_of, weeks_of
from sim.territory import Territory, load_territory

FRENCH = """Commune;Site;Véhicule;Semaine;Jour;Demi-journée;Ouverture;Fermeture;Remarques
Aubrelande;Mairie d'Aubrelande;1;paire;mardi;matin;9h30;11h30;salle du conseil
Belcombe;mairie-belcombe;V1;paire;Mardi;Après-midi;13h30;16:30;
;hotel-departement;véhicule 2;1 et 2;jeudi;matin;9,5;11,5;les deux semaines
;mds-aubrelande;2;impaire;Ven.;après-midi;13:30;59400;
;Salle des fêtes de Belcombe;1;toutes;lundi;matin;9 h 30;11:30:00;
"""
EXPECTED = Rounds(
    (
        Stop("mairie-aubrelande", "V1", 1, 2, "morning", 34_200, 41_400),
        Stop("mairie-belcombe", "V1", 1, 2, "afternoon", 48_600, 59_400),
        Stop("hotel-departement", "V2", 1, 4, "morning", 34_200, 41_400),
        Stop("hotel-departement", "V2", 2, 4, "morning", 34_200, 41_400),
        Stop("mds-aubrelande", "V2", 2, 5, "afternoon", 48_600, 59_400),
        Stop("salle-belcombe", "V1", 1, 1, "morning", 34_200, 41_400),
        Stop("salle-belcombe", "V1", 2, 1, "morning", 34_200, 41_400),
    )
)
HEADER = "scenario,valid_from,site_id,vehicle,week,weekday,half_day,open_s,close_s\n"


@pytest.fixture(scope="module")
def territory() -> Territory:
    return load_territory("tiny")


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def problems_of(path: Path, territory: Territory) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_rounds(path, territory)
    return [str(problem) for problem in caught.value.problems]


def test_round_trip(tmp_path: Path, territory: Territory) -> None:
    """Tests that what is written is read back, in the columns of the contract."""
    path = tmp_path / "rounds.csv"
    write_rounds(EXPECTED, path, scenario="by_hand", valid_from=date(2021, 7, 1))
    lines = path.read_text().splitlines()
    assert lines[0] + "\n" == HEADER
    assert lines[1] == "by_hand,2021-07-01,salle-belcombe,V1,1,1,morning,34200,41400"
    assert read_rounds(path, territory) == EXPECTED
    assert [p.name for p in tmp_path.iterdir()] == ["rounds.csv"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_french_spreadsheet(tmp_path: Path, territory: Territory, encoding: str, line_end: str) -> None:
    """Tests that a French spreadsheet is read in every encoding a spreadsheet writes."""
    content = FRENCH.replace("\n", line_end).encode(encoding)
    assert read_rounds(written(tmp_path / "tournées.csv", content), territory) == EXPECTED


@pytest.mark.parametrize("separator", [",", "\t"])
def test_other_separators(tmp_path: Path, territory: Territory, separator: str) -> None:
    """Tests that commas and tabs separate cells as well, a decimal comma being quoted."""
    text = FRENCH.replace("9,5", '"9,5"').replace("11,5", '"11,5"').replace(";", separator)
    assert read_rounds(written(tmp_path / "rounds.txt", text), territory) == EXPECTED


def test_a_workbook(tmp_path: Path, territory: Territory) -> None:
    """Tests that an .xlsx gives the same rounds, with times and numbers kept as Excel keeps them."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in FRENCH.splitlines():
        sheet.append(line.split(";"))
    sheet["G2"], sheet["H2"] = time(9, 30), time(11, 30)
    sheet["G3"] = 13.5 / 24
    sheet["C5"], sheet["H5"] = 2.0, 59400
    sheet.append([])
    path = tmp_path / "tournées.xlsx"
    book.save(path)
    assert read_rounds(path, territory) == EXPECTED


def test_hours_by_default(tmp_path: Path, territory: Territory) -> None:
    """Tests that a file without hours takes the announced ones, and is refused where there are none."""
    path = written(
        tmp_path / "r.csv", "site,vehicule,semaine,jour,demi-journee\nmairie-belcombe,1,1,lundi,matin\n"
    )
    hours = {"morning": (34_200, 41_400), "afternoon": (48_600, 59_400)}
    (stop,) = read_rounds(path, territory, hours=hours).stops
    assert (stop.open_s, stop.close_s) == (34_200, 41_400)
    assert problems_of(path, territory) == [
        f"r.csv, line 2, {column}: found nothing; expected a time of day: 09:30, 9h30, or seconds of the day."
        for column in ("open_s", "close_s")
    ]


def test_scenarios_and_epochs(tmp_path: Path, territory: Territory) -> None:
    """Tests that of a study's rounds.csv one scenario is taken, and its first epoch."""
    lines = [
        ("reference", "2022-01-01", "mairie-belcombe"),
        ("reference", "2021-07-01", "salle-belcombe"),
        ("four_vehicles", "2021-07-01", "mds-aubrelande"),
    ]
    text = HEADER + "".join(f"{s},{d},{site},V1,1,2,morning,34200,41400\n" for s, d, site in lines)
    path = written(tmp_path / "rounds.csv", text)
    assert read_rounds(path, territory).sites() == ("salle-belcombe",)
    assert read_rounds(path, territory, scenario="four_vehicles").sites() == ("mds-aubrelande",)
    assert read_rounds(path, territory, scenario="unheard_of").sites() == ("salle-belcombe",)


def test_length_of_the_cycle(tmp_path: Path, territory: Territory) -> None:
    """Tests that a week 3 makes a cycle of four weeks, and that even weeks follow the calendar."""
    rows = "mairie-belcombe,1,{},2,matin,9:30,11:30\n"
    head = "site,vehicule,semaine,jour,demi-journee,debut,fin\n"
    fortnight = written(tmp_path / "a.csv", head + rows.format("paire"))
    assert read_rounds(fortnight, territory).cycle_weeks == 2
    assert [s.week for s in read_rounds(fortnight, territory, even_week=2).stops] == [2]
    assert [s.week for s in read_rounds(fortnight, territory, cycle_weeks=4).stops] == [1, 3]
    four = written(tmp_path / "b.csv", head + rows.format(3) + rows.format("impaire"))
    assert read_rounds(four, territory).cycle_weeks == 4
    assert [s.week for s in read_rounds(four, territory).stops] == [2, 3, 4]


def test_the_line_is_remembered(tmp_path: Path, territory: Territory) -> None:
    """Tests that each stop knows its line, blank lines counted, for the messages of the checks."""
    path = written(tmp_path / "r.csv", FRENCH.replace("\n", "\n;;;;;;;;\n", 1))
    assert {s.where for s in read_rounds(path, territory).of_site("mairie-belcombe")} == {"r.csv, line 4"}


# A line of the file, and the message after "r.csv, line 2".
BROKEN = [
    (
        "mairie-belcomb,1,1,mardi,matin,9:30,11:30",
        (
            ", site_id: found 'mairie-belcomb'; expected a site_id of the territory, or the name of a site. "
            "Did you mean 'mairie-belcombe'?"
        ),
    ),
    (
        "Sale des fêtes de Belcombe,1,1,mardi,matin,9:30,11:30",
        (
            ", site_id: found 'Sale des fêtes de Belcombe'; expected a site_id of the territory, or the "
            "name of a site. Did you mean 'salle-belcombe'?"
        ),
    ),
    (
        "Belcombe-en-Chimère,1,1,mardi,matin,9:30,11:30",
        (
            ", site_id: found 'Belcombe-en-Chimère', which has 2 sites; expected one of mairie-belcombe, "
            "salle-belcombe."
        ),
    ),
    (
        ",1,1,mardi,matin,9:30,11:30",
        ", site_id: found nothing; expected a site_id of the territory, or the name of a site.",
    ),
    (
        "mairie-belcombe,camion,1,mardi,matin,9:30,11:30",
        ", vehicle: found 'camion'; expected a vehicle: V1, V2, … or its number.",
    ),
    (
        "mairie-belcombe,-1,1,mardi,matin,9:30,11:30",
        ", vehicle: found '-1'; expected a vehicle: V1, V2, … or its number.",
    ),
    (
        "mairie-belcombe,1,5,mardi,matin,9:30,11:30",
        ", week: found '5'; expected a week of the cycle (1 to 4), even, odd or every.",
    ),
    (
        "mairie-belcombe,1,pare,mardi,matin,9:30,11:30",
        (
            ", week: found 'pare'; expected a week of the cycle (1 to 2), even, odd or every. "
            "Did you mean 'paire'?"
        ),
    ),
    (
        "mairie-belcombe,1,1.5,mardi,matin,9:30,11:30",
        ", week: found '1.5'; expected a week of the cycle (1 to 2), even, odd or every.",
    ),
    (
        "mairie-belcombe,1,1,mercerdi,matin,9:30,11:30",
        (
            ", weekday: found 'mercerdi'; expected a weekday: 1 (Monday) to 7, or its name. "
            "Did you mean 'mercredi'?"
        ),
    ),
    (
        "mairie-belcombe,1,1,8,matin,9:30,11:30",
        ", weekday: found '8'; expected a weekday: 1 (Monday) to 7, or its name.",
    ),
    (
        "mairie-belcombe,1,1,mardi,AM,9:30,11:30",
        ", half_day: found 'AM'; expected morning or afternoon.",
    ),
    (
        "mairie-belcombe,1,1,mardi,aprés-mdi,13:30,16:30",
        ", half_day: found 'aprés-mdi'; expected morning or afternoon. Did you mean 'après-midi'?",
    ),
    (
        "mairie-belcombe,1,1,mardi,matin,9:75,11:30",
        ", open_s: found '9:75'; expected a time of day: 09:30, 9h30, or seconds of the day.",
    ),
    (
        "mairie-belcombe,1,1,mardi,matin,9:30,86400",
        ", close_s: found '86400'; expected a time of day: 09:30, 9h30, or seconds of the day.",
    ),
    (
        "mairie-belcombe,1,1,mardi,matin,9,5,11:30",
        ": found 8 cells ('11:30' too many); expected 7 cells, as in the header.",
    ),
]


@pytest.mark.parametrize(("line", "message"), BROKEN)
def test_message(tmp_path: Path, territory: Territory, line: str, message: str) -> None:
    """Tests that a wrong cell is said with its line, its column, what was found and what was expected."""
    path = written(tmp_path / "r.csv", f"site,véhicule,semaine,jour,demi-journée,début,fin\n{line}\n")
    assert problems_of(path, territory) == [f"r.csv, line 2{message}"]


def test_every_problem_at_once(tmp_path: Path, territory: Territory) -> None:
    """Tests that every wrong cell of every line is said in one list."""
    path = written(tmp_path / "r.csv", HEADER + "a,soon,x,y,z,t,u,v,w\na,,mds-aubrelande,1,1,1,matin,9:30,\n")
    found = problems_of(path, territory)
    assert len(found) == 9
    assert (
        found[0] == "r.csv, line 2, valid_from: found 'soon'; expected a date such as 2021-07-01, or nothing."
    )


MANY = """Tournées du second semestre;;;;;;
site;véhicule;semaine;jour;demi-journée;ouverture;fermeture
Mairie de Belcomb;V1;1;mardi;matin;9h30;11h30
Mairie de Belcombe;V9;1;mardi;après-midi;13h30;16h30
hotel-departement;V1;1;jeudi;matin;9h30;11h30;tôt
mds-aubrelande;V1;2;lundi;matin;abc;11h30;tard
à voir avec le maire
Site;Véhicule;Semaine;Jour;Demi-journée;Ouverture;Fermeture
salle-belcombe;V1;2;mercredi;matin;9.30;11h30
mairie-aubrelande;V1;;;;;
"""


SAID = """\
r.csv, ligne 5 : trouvé 8 cellules ('tôt' en trop) ; \
attendu : 7 cellules, comme dans la ligne de titres.
r.csv, ligne 6 : trouvé 8 cellules ('tard' en trop) ; \
attendu : 7 cellules, comme dans la ligne de titres.
r.csv, ligne 7 : trouvé une ligne d'une seule cellule, 'à voir avec le maire' ; \
attendu : un passage : site, véhicule, semaine, jour et demi-journée ; ou une ligne vide.
r.csv, ligne 8 : trouvé la ligne de titres une deuxième fois ; \
attendu : une seule ligne de titres, avant tous les passages.
r.csv, ligne 3, colonne « site » : trouvé 'Mairie de Belcomb' ; \
attendu : un site du territoire : son identifiant (site_id), son nom, ou celui de sa commune \
si elle n'a qu'un site. Vouliez-vous dire « mairie-belcombe » ?
r.csv, ligne 6, colonne « ouverture » : trouvé 'abc' ; attendu : une heure : 9h30, 09:30 ou 9,5.
r.csv, ligne 9, colonne « ouverture » : trouvé '9.30' ; attendu : une heure : 9h30, 09:30 ou 9,5.
r.csv, ligne 10, colonne « semaine » : trouvé rien ; \
attendu : une semaine du cycle (1 à 2), paire, impaire ou toutes.
r.csv, ligne 10, colonne « jour » : trouvé rien ; attendu : un jour : 1 (lundi) à 7, ou son nom.
r.csv, ligne 10, colonne « demi-journée » : trouvé rien ; attendu : matin ou après-midi.
r.csv, ligne 4 (V9, semaine 1, mardi après-midi, mairie-belcombe) : trouvé le véhicule « V9 » ; \
attendu : un véhicule parmi V1, V2, V3. Vouliez-vous dire « V3 » ?
"""


def test_every_problem_of_reading_and_of_driving(tmp_path: Path, territory: Territory) -> None:
    """Tests that what cannot be read hides nothing of what cannot be driven, each with its place."""
    path = written(tmp_path / "r.csv", MANY.encode("cp1252"))
    with pytest.raises(InputError) as caught:
        make_plan(load_settings("study=single", "territory=tiny", f"rounds.file={path}").reference, territory)
    assert [problem.say("fr") for problem in caught.value.problems] == SAID.splitlines()
    assert not any("trouvé" in str(problem) or "attendu" in str(problem) for problem in caught.value.problems)


def test_merged_cells_hold_their_value_on_every_line(tmp_path: Path, territory: Territory) -> None:
    """Tests that cells merged over lines are read on each of them, below a heading above the titles."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Tournées 2022"])
    sheet.append([None])
    sheet.append(["Véhicule", "Semaine", "Jour", "Demi-journée", "Site", "Début", "Fin", None])
    sheet.append(["Véhicule n° 1", 1, "MARDI", "matin", "MAIRIE D'AUBRELANDE", 9.5, 11.5])
    sheet.append([None, None, None, "apres-midi", "mairie de belcombe", 13.5, 16.25])
    sheet.append([None, None, None, None, None])
    for column in "ABC":
        sheet.merge_cells(f"{column}4:{column}5")
    sheet.merge_cells("A1:G1")
    path = tmp_path / "r.xlsx"
    book.save(path)
    assert read_rounds(path, territory).stops == (
        Stop("mairie-aubrelande", "V1", 1, 2, "morning", 34_200, 41_400),
        Stop("mairie-belcombe", "V1", 1, 2, "afternoon", 48_600, 58_500),
    )


def test_a_missing_column_hides_nothing_else(tmp_path: Path, territory: Territory) -> None:
    """Tests that the other columns are read where one is missing, which is said once."""
    path = written(
        tmp_path / "r.csv",
        "demi-journée;fin;début;jur;site;véhicule\n"
        "matin;11h30;9h30;mardi;nulle part;1\n"
        "soir;;;mardi;Belcombe;x\n",
    )
    said = problems_of(path, territory)
    assert said[:2] == [
        "r.csv, line 1: found no column week; expected the column week.",
        "r.csv, line 1: found no column weekday, but a column 'jur'; expected the column weekday.",
    ]
    assert [line.partition(":")[0] for line in said[2:]] == [
        f"r.csv, line {cell}" for cell in ("2, site_id", "3, site_id", "3, vehicle", "3, half_day")
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "r.csv: found an empty file; expected a header and a line for each passage."),
        (
            HEADER,
            "r.csv: found no passage; expected at least one line with a site, a vehicle, a week and a day.",
        ),
        (
            "site,vehicule,semaine,demi-journee\n",
            "r.csv, line 1: found no column weekday; expected the column weekday.",
        ),
        (
            "site,vehicule,semaine,wekday,demi-journee\n",
            "r.csv, line 1: found no column weekday, but a column 'wekday'; expected the column weekday.",
        ),
        (
            "site,site,vehicule,semaine,jour,demi-journee\n",
            "r.csv, line 1, column 2: found 'site' a second time; expected each column once.",
        ),
        (
            'site,vehicule,semaine,jour,demi-journee\n"mairie',
            (
                "r.csv, line 2: found a line that cannot be read (unexpected end of data); "
                "expected quotes that are closed."
            ),
        ),
        (
            b"\xff\xfe\x00\xd8",
            (
                "r.csv: found bytes that are no text; "
                "expected text in UTF-8 or Windows-1252 (CSV), or an .xlsx spreadsheet."
            ),
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "r.csv: found an old .xls spreadsheet; expected a CSV file or an .xlsx spreadsheet.",
        ),
        (
            b"PK\x03\x04 and no archive",
            (
                "r.csv: found a spreadsheet that cannot be read (File is not a zip file); "
                "expected an .xlsx spreadsheet, or a CSV file."
            ),
        ),
    ],
)
def test_broken_file(tmp_path: Path, territory: Territory, content: str | bytes, message: str) -> None:
    """Tests that a file that is not one of rounds is refused in words."""
    assert message in problems_of(written(tmp_path / "r.csv", content), territory)


def test_no_such_file(tmp_path: Path, territory: Territory) -> None:
    """Tests that a missing file is said with the nearest one beside it, a folder is called a folder."""
    written(tmp_path / "rounds.csv", HEADER)
    (problem,) = problems_of(tmp_path / "round.csv", territory)
    assert problem.endswith("Did you mean 'rounds.csv'?")
    assert "found a folder" in problems_of(tmp_path, territory)[0]
    assert problems_of(Path("a\0b"), territory)[0].startswith("'a\\x00b': found no such file;")


def test_cannot_write(tmp_path: Path) -> None:
    """Tests that a file that cannot be written is a problem in words."""
    with pytest.raises(InputError, match=r"expected a file that can be written"):
        write_rounds(EXPECTED, tmp_path / "no" / "folder" / "rounds.csv")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("9h30", 34_200),
        ("09:30", 34_200),
        ("9:30:15", 34_215),
        ("9h", 32_400),
        ("9 h 30", 34_200),
        ("9h30mn", 34_200),
        ("09H30", 34_200),
        ("9,5", 34_200),
        ("9.5", 34_200),
        ("34200", 34_200),
        ("34200.0", 34_200),
        ("0.3958333333", 34_200),
        ("0", 0),
        ("24:00", None),
        ("9h60", None),
        ("-9", None),
        ("neuf heures", None),
        ("99999", None),
        ("٩h30", None),
    ],
)
def test_times(text: str, seconds: int | None) -> None:
    """Tests every way of writing a time, and ways that are none."""
    assert time_of(text) == seconds


def test_words() -> None:
    """Tests the words of vehicles, weeks, days and half-days, and that near misses are not guessed."""
    assert [vehicle_of(t) for t in ("V2", "2", "Équipe 2", "0", "2e", "")] == ["V2", "V2", "V2", "", "", ""]
    assert [weekday_of(t) for t in ("Mardi", "mar.", "Tuesday", "2", "-2", "")] == [2, 2, 2, 2, 0, 0]
    assert [half_day_of(t) for t in ("Matin", "APRÈS-MIDI", "PM")] == ["morning", "afternoon", ""]
    assert weeks_of("Semaines impaires", 1, 4) == (2, 4)
    assert weeks_of("Semaine 3", 1, 4) == (3,)
    assert weeks_of("Semaine 3", 1, 2) == ()
    assert plain("  L’Honor-de-Cos ") == "l honor de cos"


def a_workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in FRENCH.splitlines():
        sheet.append(line.split(";"))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


FILES = [FRENCH.encode(), FRENCH.encode("utf-16"), HEADER.encode(), a_workbook()]


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mutated_files(tmp_path: Path, territory: Territory, data: st.DataObject) -> None:
    """Tests that whatever bytes a rounds file holds, it is read or refused in words: no traceback."""
    content = data.draw(st.sampled_from(FILES))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        length = data.draw(st.integers(0, 40))
        new = data.draw(
            st.binary(max_size=12)
            | st.sampled_from([b";", b'"', b"\n", b"\0", b"9" * 400, b"-1", b"1e9", "é".encode("cp1252")])
        )
        content = content[:start] + new + content[start + length :]
    content = content[: data.draw(st.integers(0, len(content)) | st.just(len(content)))]
    path = written(tmp_path / "r.csv", content)
    problems: tuple[Problem, ...] = ()
    try:
        read_rounds(path, territory)
    except InputError as error:
        problems = error.problems
    assert all(problem.where and problem.expected for problem in problems)
    "\n".join(map(str, problems)).encode()
