"""The fiche of a commune: what it says from a study's tables, what it keeps quiet, what it never runs."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterable
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from sim.report.fiche import Fiche, fiches_of, write_fiches
from sim.report.fiche_main import main
from sim.report.folder import StudyFolder

HOSTILE = '<script>alert("x")</script>\u202e & « O\'Hara »'
SETTINGS = """
territory: tiny
study: {name: label_exits}
run: {horizon: {start: 2021-07-01, end: 2022-06-30}}
demand: {fixed_hours_per_week: 24.0}
homes: {channels: {fixed_structure: {}, town_hall: {}, maison_des_solidarites: {}}}
scenarios:
- {name: no_exits, label_fr: Aucune commune ne part, label_en: None leaves}
- {name: exits_announced, label_fr: Départs annoncés, label_en: As announced, delta: {exits: {}}}
- {name: label_slips, label_fr: Le label tarde, label_en: Late, delta: {exits: {}}}
"""


def table(path: Path, header: str, rows: Iterable[tuple[object, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def study(folder: Path, *, name: str = "Clairvent", served: float = 36.5) -> Path:
    """A study of two communes made by hand: one place each, Clairvent leaves."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    table(
        folder / "summary.csv",
        "scenario,measure,mean",
        [(s, "persons_helped", 1) for s in ("no_exits", "exits_announced", "label_slips")],
    )
    table(
        folder / "territory" / "communes.csv", "insee_code,name", [("99001", "Aubrelande"), ("99003", name)]
    )
    table(
        folder / "territory" / "sites.csv",
        "site_id,name,insee_code,commune,address",
        [
            ("a", "Mairie d'Aubrelande", "99001", "Aubrelande", ""),
            ("c", f"Mairie de {name}", "99003", name, "1 place du Puits"),
        ],
    )
    table(
        folder / "territory" / "fixed_france_services.csv",
        "id_fs,name,insee_code,address",
        [("7", "France services de Clairvent", "99003", "2 rue Haute")],
    )
    dates = [
        ("2021-07-13", "mardi", "tenue prévue", "planned"),
        ("2021-07-27", "mardi", "tenue prévue", "planned"),
    ]
    dates += [
        ("2021-08-10", "mardi", "annulée : jour férié", "cancelled_holiday"),
        ("2021-08-24", "mardi", "tenue prévue", "planned"),
    ]  # fmt: skip
    table(
        folder / "calendar" / "calendar.csv",
        "scenario,date,weekday,half_day,site_id,site,commune,insee_code,"
        "vehicle,open_s,close_s,status,status_code,week_parity",
        [
            ("no_exits", day, weekday, "afternoon", "c", f"Mairie de {name}", name, "99003",
             "V1", 48600, 59400, status, code, "paire")
            for day, weekday, status, code in dates
        ],
    )  # fmt: skip
    table(
        folder / "sites.csv",
        "scenario,site_id,persons_served_mean,persons_served_ci95_low,persons_served_ci95_high",
        [("no_exits", "a", 4.0, 3.0, 5.0), ("no_exits", "c", served, 8.0, 61.1)],
    )
    table(
        folder / "communes.csv",
        "scenario,insee_code,itinerant,days_without_service",
        [("no_exits", "99003", 3, 0), ("exits_announced", "99003", 3, 0), ("label_slips", "99003", 3, 184)],
    )
    table(
        folder / "exits.csv",
        "scenario,insee_code,basis,fixed_opens,fixed_closes,permanence_stops,last_passage",
        [
            ("exits_announced", "99003", "announced", "2022-01-01", "", "2022-01-01", "2021-12-28"),
            ("label_slips", "99003", "announced", "2022-07-01", "", "2022-01-01", "2021-12-28"),
        ],
    )
    flows = [("no_exits", "permanence:99003", 30), ("no_exits", "fixed:3", 12), ("no_exits", "gave_up", 5)]
    flows += [("exits_announced", "fixed:99003:1", 33), ("exits_announced", "fixed:7", 7)]
    flows += [("exits_announced", "home", 11), ("exits_announced", "waiting", 1)]
    table(
        folder / "flows.csv", "scenario,insee_code,ended,persons", [(s, "99003", e, p) for s, e, p in flows]
    )
    return folder


def fiche_of(
    folder: Path, code: str = "99003", since: date | None = None, today: date | None = None
) -> Fiche:
    return next(f for f in fiches_of(StudyFolder(folder), since, today) if f.insee_code == code)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'")


class Read(HTMLParser):
    """Tags and text of a page, as a browser without scripts would see them."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return plain(" ".join(" ".join(self.words).split()))


def test_the_dates(tmp_path: Path) -> None:
    """Tests that dates stand in full, in order, a public holiday said, from the day asked for."""
    fiche = fiche_of(study(tmp_path / "s"))
    assert [plain(d.day) for d in fiche.dates] == [
        "mardi 13 juillet 2021",
        "mardi 27 juillet 2021",
        "mardi 10 août 2021",
        "mardi 24 août 2021",
    ]
    assert [d.held for d in fiche.dates] == [True, True, False, True]
    assert fiche.dates[2].note == "jour férié"
    later = fiche_of(tmp_path / "s", since=date(2021, 8, 1))
    assert len(later.dates) == 2


@pytest.mark.parametrize(
    ("today", "since", "title", "lead"),
    [
        (
            (2021, 6, 1),
            None,
            "Les prochaines dates",
            "Prochaine permanence : mardi 13 juillet 2021, de 13 h 30",
        ),
        ((2021, 7, 20), None, "Les prochaines dates", "Prochaine permanence : mardi 27 juillet 2021"),
        ((2021, 7, 27), None, "Les prochaines dates", "Prochaine permanence : mardi 27 juillet 2021"),
        ((2021, 7, 28), None, "Les prochaines dates", "Prochaine permanence : mardi 24 août 2021"),
        ((2026, 1, 5), None, "Les dates", "Première permanence de ce calendrier : mardi 13 juillet 2021"),
        (
            (2026, 1, 5),
            date(2021, 8, 1),
            "Les dates",
            "Première permanence à partir du 1er août 2021 : mardi 24 août 2021",
        ),
    ],
)
def test_no_past_date_is_called_the_next(
    tmp_path: Path, today: tuple[int, int, int], since: date | None, title: str, lead: str
) -> None:
    """Tests that dates are listed from today on while the calendar runs, and that a past one is not next."""
    fiche = fiche_of(study(tmp_path / "s"), since=since, today=date(*today))
    assert plain(fiche.title) == title
    assert plain(fiche.lead).startswith(lead)


def test_no_date_left(tmp_path: Path) -> None:
    """Tests that a commune without any passage ahead says so."""
    fiche = fiche_of(study(tmp_path / "s"), since=date(2030, 1, 1))
    assert fiche.dates == ()
    assert plain(fiche.lead) == (
        "La dernière permanence connue est celle du mardi 24 août 2021. Ce calendrier s'arrête le "
        "30 juin 2022 ; les dates suivantes ne sont pas encore connues."
    )
    never = fiche_of(tmp_path / "s", "99001")
    assert plain(never.lead) == "Aucune permanence n'est prévue dans la commune par ce calendrier."
    assert (never.dates, never.afterwards) == ((), "")


def test_why_the_dates_end(tmp_path: Path) -> None:
    """Tests that a short list says what follows: the end of the calendar, or the commune's own structure."""
    folder = study(tmp_path / "s")
    assert plain(fiche_of(folder).afterwards) == (
        "Ce calendrier s'arrête le 30 juin 2022 ; les dates suivantes ne sont pas encore connues."
    )
    exits = folder / "exits.csv"
    exits.write_text(exits.read_text(encoding="utf-8").replace("label_slips", "no_exits"), encoding="utf-8")
    relief = (
        "La permanence s'arrête le 1er janvier 2022 : la France Services de la commune, qui ouvre le "
        "1er juillet 2022, prend le relais."
    )
    assert plain(fiche_of(folder).afterwards) == relief
    gone = fiche_of(folder, since=date(2022, 1, 1))
    assert plain(gone.lead) == f"La dernière permanence connue est celle du mardi 24 août 2021. {relief}"
    assert gone.dates == ()
    write_fiches(folder)
    assert relief in Read(folder / "calendar/fiches/99003.html").text


def test_the_place_and_its_rhythm(tmp_path: Path) -> None:
    """Tests address, rhythm, and what is to be completed where no address is known."""
    folder = study(tmp_path / "s")
    (clairvent,) = fiche_of(folder).places
    assert clairvent.address == "1 place du Puits"
    assert plain(clairvent.rhythm) == "un mardi sur deux (semaines paires), de 13 h 30 à 16 h 30"
    (aubrelande,) = fiche_of(folder, "99001").places
    assert aubrelande.address == "à compléter"


@pytest.mark.parametrize(
    ("served", "said"),
    [
        (36.6, "environ 37 personnes par an (entre moins de 10 et 61)"),
        (9.9, "moins de 10 personnes par an"),
        (0.0, "moins de 10 personnes par an"),
    ],
)
def test_persons_expected(tmp_path: Path, served: float, said: str) -> None:
    """Tests persons a year with their interval, never counted out below ten."""
    folder = study(tmp_path / "s", served=served * 365 / 365.25 + 1e-6)
    assert plain(fiche_of(folder).places[0].expected) == said


def test_how_to_ask_for_a_visit(tmp_path: Path) -> None:
    """Tests that one sentence says where to ask, and that what is not known is to be completed."""
    said = plain(" ".join(fiche_of(study(tmp_path / "s")).booking))
    assert (
        "Pour la demander, adressez-vous au secrétariat de la mairie, à la France Services la plus proche ou "
        "à la maison des solidarités." in said
    )
    assert said.endswith("Téléphones et horaires : à compléter.")


def test_before_and_after(tmp_path: Path) -> None:
    """Tests dates, days without service, and where residents are helped, for each supposition."""
    announced, slips = fiche_of(study(tmp_path / "s")).leaving
    said = [plain(s) for s in announced.sentences]
    assert (
        said[0] == "La permanence s'arrête le 1er janvier 2022 ; dernier passage le mardi 28 décembre 2021."
    )
    assert said[1].startswith("La France Services de la commune ouvre le 1er janvier 2022 (date annoncée")
    assert "Elle se trouve : France services de Clairvent, 2 rue Haute." in said
    assert "Aucun jour sans service dans la commune." in said
    assert "184 jours sans aucun service dans la commune." in [plain(s) for s in slips.sentences]
    assert announced.rows == (
        ("Aidées dans la commune", "30", "40"),
        ("Aidées ailleurs", "12", "0"),
        ("Aidées à domicile", "0", "11"),
        ("Pas aidées, ou attendent encore", "moins de 10", "moins de 10"),
    )
    assert fiche_of(tmp_path / "s", "99001").leaving == ()


def test_pages_are_written(tmp_path: Path) -> None:
    """Tests one page a commune and an index, in French, with headings in order and rows and columns named."""
    folder = study(tmp_path / "s")
    paths = write_fiches(folder)
    assert sorted(p.name for p in paths) == ["99001.html", "99003.html", "index.html"]
    assert all(p.parent == folder / "calendar" / "fiches" for p in paths)
    page = Read(folder / "calendar/fiches/99003.html")
    assert ("html", {"lang": "fr"}) in page.tags
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")
    assert not [a for t, a in page.tags if t in ("script", "link", "img", "iframe")]
    assert [a["href"] for t, a in page.tags if t == "a"] == ["#dates", "../99003.ics"]
    assert "Pas de permanence : jour férié" in page.text
    css = (folder / "calendar/fiches/99003.html").read_text(encoding="utf-8")
    assert "@page{size:A4" in css
    assert re.search(r"@media print\{\s*html\{font-size:14pt", css)
    assert "http" not in css


def test_french_typography(tmp_path: Path) -> None:
    """Tests that no space before a double mark may break and that no straight apostrophe is printed."""
    folder = study(tmp_path / "s")
    write_fiches(folder)
    page = (folder / "calendar/fiches/99003.html").read_text(encoding="utf-8")
    body = re.sub(r"<[^>]+>", "", page.partition("<body>")[2])
    assert "permanence" in body
    assert not re.search(r" [:;?!»%]", body)
    for fiche in fiches_of(StudyFolder(folder)):
        for text in (fiche.lead, *fiche.booking, *(s for one in fiche.leaving for s in one.sentences)):
            assert "'" not in text
            assert not re.search(r" [:;?!»%]", text)


def test_a_hostile_name_is_text(tmp_path: Path) -> None:
    """Tests that a name made of markup and direction marks is shown, bounded, and does nothing."""
    folder = study(tmp_path / "s", name=HOSTILE + "x" * 400)
    write_fiches(folder)
    for name in ("99003.html", "index.html"):
        page = Read(folder / "calendar/fiches" / name)
        assert "script" not in {tag for tag, _ in page.tags}
        assert "<script>alert" in page.text
        assert "\u202e" not in page.text
    assert len(fiche_of(folder).commune) <= 160


def test_codes_that_are_none_make_no_file(tmp_path: Path) -> None:
    """Tests that a code that would leave the folder makes no page."""
    folder = study(tmp_path / "s")
    sites = folder / "territory" / "sites.csv"
    sites.write_text(sites.read_text(encoding="utf-8").replace("99001", "../../x"), encoding="utf-8")
    assert sorted(p.name for p in write_fiches(folder)) == ["99003.html", "index.html"]


def test_a_study_without_calendar_has_no_fiche(tmp_path: Path) -> None:
    """Tests that nothing is written, and nothing fails, for a study that publishes no calendar."""
    folder = study(tmp_path / "s")
    shutil.rmtree(folder / "calendar")
    assert write_fiches(folder) == []
    assert not (folder / "calendar").exists()


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    """Tests that the pages do not depend on when they are written."""
    pages = [{p.name: p.read_bytes() for p in write_fiches(study(tmp_path / n))} for n in ("one", "two")]
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["FOLDER", "2021-08-01"], 0, "3 : "),
        (["FOLDER", "1er août"], 2, "une date telle que 2021-09-01"),
        (["nowhere"], 2, "rien à cet endroit"),
        ([], 2, "FOLDER [DATE]"),
    ],
)
def test_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    """Tests the command that writes the fiches again, and what it says of a mistake."""
    folder = study(tmp_path / "s")
    assert main([str(folder) if word == "FOLDER" else word for word in words]) == code
    captured = capsys.readouterr()
    assert said in captured.out + captured.err
    assert "Traceback" not in captured.err
