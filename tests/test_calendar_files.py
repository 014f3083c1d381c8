"""The published calendar: `calendar.csv` and iCalendar files, read back by a reader written from RFC 5545."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sim import load_settings, simulate
from sim.clock import make_calendar
from sim.scenarios.icalendar_files import icalendar_files
from sim.scenarios.published import DatedPassage, RoundsInForce, publish
from sim.scenarios.published_words import announce, withdrawn
from sim.scenarios.tours import Rounds, Stop
from sim.settings import StudySettings
from sim.study.calendar_files import announced_of, calendar_files
from sim.territory import Territory, load_territory

# --- an independent reader of RFC 5545 -----------------------------------------------------------


@dataclass(frozen=True)
class Property:
    name: str
    parameters: dict[str, str]
    value: str


def content_lines(content: bytes) -> list[bytes]:
    """Physical lines, each ended by CRLF (section 3.1)."""
    assert content.endswith(b"\r\n")
    lines = content.split(b"\r\n")[:-1]
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    return lines


def unfolded(content: bytes) -> list[str]:
    """Logical lines: a line that starts with a space goes on the one before, octets first."""
    logical: list[bytes] = []
    for line in content_lines(content):
        if line.startswith((b" ", b"\t")):
            logical[-1] += line[1:]
        else:
            logical.append(line)
    return [line.decode("utf-8") for line in logical]


def parsed(line: str) -> Property:
    """Name, parameters and value of a line; no quoted parameter is used here."""
    head, _, value = line.partition(":")
    name, *parameters = head.split(";")
    return Property(name, dict(p.split("=", 1) for p in parameters), value)


def text(value: str) -> str:
    """A TEXT value (section 3.3.11)."""
    return re.sub(r"\\([\\;,nN])", lambda m: "\n" if m[1] in "nN" else m[1], value)


Event = dict[str, Property]


def events(content: bytes) -> list[Event]:
    """The VEVENTs of a file, their properties by name; what stands around them is checked."""
    found: list[Event] = []
    stack: list[str] = []
    for line in unfolded(content):
        prop = parsed(line)
        if prop.name == "BEGIN":
            stack.append(prop.value)
            if prop.value == "VEVENT":
                assert stack == ["VCALENDAR", "VEVENT"]
                found.append({})
        elif prop.name == "END":
            assert stack.pop() == prop.value
        elif stack[-1] == "VEVENT":
            assert prop.name not in found[-1], "a property of an event stands once"
            found[-1][prop.name] = prop
    assert not stack
    return found


def paris(prop: Property) -> datetime:
    assert prop.parameters == {"TZID": "Europe/Paris"}
    return datetime.strptime(prop.value, "%Y%m%dT%H%M%S")


def rows_of(files: dict[str, bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files["calendar/calendar.csv"].decode("utf-8"))))


# --- fixtures ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def place() -> Territory:
    return load_territory("tarn_et_garonne")


@pytest.fixture(scope="module")
def study() -> StudySettings:
    return load_settings("study=label_exits")


@pytest.fixture(scope="module")
def files(study: StudySettings, place: Territory) -> dict[str, bytes]:
    return calendar_files(study.scenarios, place)


def reference_ics(files: dict[str, bytes]) -> dict[str, bytes]:
    return {n[9:]: c for n, c in files.items() if n.endswith(".ics") and n.count("/") == 1}


# --- files ---------------------------------------------------------------------------------------


def test_one_file_a_vehicle_and_a_commune(files: dict[str, bytes], place: Territory) -> None:
    """Tests that the reference has one .ics per vehicle and per commune of the rounds, and nothing else."""
    assert set(reference_ics(files)) == {f"{n}.ics" for n in ("V1", "V2", "V3", *place.itinerant_communes)}


def test_every_line_is_an_iCalendar_line(files: dict[str, bytes]) -> None:  # noqa: N802
    """Tests that lines end with CRLF, fold at 75 octets and decode as UTF-8 once unfolded."""
    for content in reference_ics(files).values():
        assert max(map(len, content_lines(content))) <= 75
        lines = unfolded(content)
        assert lines[0] == "BEGIN:VCALENDAR"
        assert "VERSION:2.0" in lines
        assert lines[-1] == "END:VCALENDAR"


def test_events_are_the_rows_of_the_table(files: dict[str, bytes]) -> None:
    """Tests that each file holds the passages of its vehicle or commune, to the minute, and no other."""
    wanted: dict[str, set[tuple[str, str, str, str, bool]]] = defaultdict(set)
    for row in rows_of(files):
        if row["scenario"] == "no_exits":
            key = (
                row["uid"],
                f"{row['date']} {row['opens']}",
                f"{row['date']} {row['closes']}",
                row["site"],
                row["status"].startswith("annulée"),
            )
            wanted[row["vehicle"]].add(key)
            wanted[row["insee_code"]].add(key)
    for name, content in reference_ics(files).items():
        read = {
            (
                e["UID"].value,
                f"{paris(e['DTSTART']):%Y-%m-%d %H:%M}",
                f"{paris(e['DTEND']):%Y-%m-%d %H:%M}",
                next(s for s in sites if s in text(e["SUMMARY"].value)),
                e["STATUS"].value == "CANCELLED",
            )
            for e in events(content)
            if (sites := sorted({k[3] for k in wanted[name[:-4]]}, key=len, reverse=True))
        }
        assert read == wanted[name[:-4]]


def test_words_are_french(files: dict[str, bytes]) -> None:
    """Tests that summary, place and weekday are written in French, with their accents."""
    laguepie = events(reference_ics(files)["82088.ics"])[0]
    assert text(laguepie["SUMMARY"].value) == "France Services itinérante – Mairie de Laguépie"
    assert text(laguepie["LOCATION"].value) == "Mairie de Laguépie, 2 rue de la Mairie, 82250 Laguépie"
    assert "13\u00a0h\u00a030 à 16\u00a0h\u00a030, semaine paire" in text(laguepie["DESCRIPTION"].value)
    rows = [r for r in rows_of(files) if r["scenario"] == "no_exits" and r["insee_code"] == "82088"]
    assert (rows[0]["date"], rows[0]["weekday"], rows[0]["week_parity"]) == ("2021-07-13", "mardi", "paire")


def test_identities_are_unique(files: dict[str, bytes]) -> None:
    """Tests that no identity stands twice in a file, and that stamps and sequences are well formed."""
    for content in reference_ics(files).values():
        uids = [e["UID"].value for e in events(content)]
        assert len(uids) == len(set(uids))
        for event in events(content):
            assert event["DTSTAMP"].value == "20210701T000000Z"
            assert event["SEQUENCE"].value == "0"
            assert paris(event["DTSTART"]) < paris(event["DTEND"])


def test_the_time_zone_is_that_of_paris(files: dict[str, bytes]) -> None:
    """Tests that the rules written in the file give the offset of Paris at noon of every day from 2000."""
    lines = unfolded(reference_ics(files)["V1.ics"])
    zone = lines[lines.index("BEGIN:VTIMEZONE") : lines.index("END:VTIMEZONE")]
    starts: dict[str, tuple[int, timedelta]] = {}
    part = ""
    for line in zone:
        if line.startswith("BEGIN:"):
            part = line[6:]
        rule = re.fullmatch(r"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=(\d+)", line)
        if rule:
            starts[part] = (int(rule[1]), timedelta())
        to = re.fullmatch(r"TZOFFSETTO:\+(\d\d)00", line)
        if to:
            starts[part] = (starts[part][0], timedelta(hours=int(to[1])))
    real = ZoneInfo("Europe/Paris")

    def last_sunday(year: int, month: int) -> date:
        day = date(year, month, 31)
        return day - timedelta(days=(day.weekday() + 1) % 7)

    day = date(2000, 1, 1)
    while day < date(2031, 1, 1):
        summer = (
            last_sunday(day.year, starts["DAYLIGHT"][0]) <= day < last_sunday(day.year, starts["STANDARD"][0])
        )
        offset = starts["DAYLIGHT" if summer else "STANDARD"][1]
        assert datetime(day.year, day.month, day.day, 12, tzinfo=real).utcoffset() == offset, day
        day += timedelta(days=1)
    assert UTC is not real


def test_the_same_bytes_each_time(study: StudySettings, place: Territory, files: dict[str, bytes]) -> None:
    """Tests that writing the calendars again, or with another seed, gives the same bytes."""
    assert calendar_files(study.scenarios, place) == files
    other = load_settings("study=label_exits", "run.seed=83", "run.replications=3")
    assert calendar_files(other.scenarios, place) == files


def test_only_calendars_that_differ_have_a_folder(place: Territory) -> None:
    """Tests that a scenario that announces what the reference does has no files of its own, but its rows."""
    found = calendar_files(load_settings("study=staffing").scenarios, place)
    folders = {name.split("/")[1] for name in found if name.count("/") == 2}
    assert folders == {"closed_weeks"}
    assert {row["scenario"] for row in rows_of(found)} >= {"closed_weeks", "named", "solo"}


def index_of(files: dict[str, bytes]) -> dict[tuple[str, str], str]:
    """Which file is whose, by scenario and vehicle or commune."""
    rows = csv.DictReader(io.StringIO(files["calendar/index.csv"].decode()))
    return {(row["scenario"], row["of"]): row["file"] for row in rows}


def test_each_calendar_is_written_once(files: dict[str, bytes], study: StudySettings) -> None:
    """Tests that no two files are the same, that every scenario finds its own, and what it shares."""
    whose = index_of(files)
    ics = {name: content for name, content in files.items() if name.endswith(".ics")}
    assert len({(name.rpartition("/")[2], content) for name, content in ics.items()}) == len(ics)
    assert {f"calendar/{file}" for file in whose.values()} == set(ics)
    owners = {of for scenario, of in whose if scenario == study.reference.scenario.name}
    for settings in study.scenarios:
        assert {of for scenario, of in whose if scenario == settings.scenario.name} == owners
    # Gramont stays; Laguépie leaves the same day whether the label slips or not.
    assert whose["exits_announced", "82074"] == "82074.ics"
    assert whose["exits_announced", "82088"] == whose["label_slips", "82088"] == "exits_announced/82088.ics"


# --- publishing again ----------------------------------------------------------------------------


def imported(store: dict[str, Event], content: bytes) -> dict[str, Event]:
    """What a calendar program does on import: an event of a known identity is replaced unless it is older."""
    kept = dict(store)
    for event in events(content):
        uid = event["UID"].value
        if uid not in kept or int(event["SEQUENCE"].value) >= int(kept[uid]["SEQUENCE"].value):
            kept[uid] = event
    return kept


def shown(store: Iterable[Event]) -> set[tuple[datetime, datetime, str]]:
    return {
        (paris(e["DTSTART"]), paris(e["DTEND"]), text(e["LOCATION"].value))
        for e in store
        if e["STATUS"].value == "CONFIRMED"
    }


@pytest.mark.parametrize(
    "scenario", ["exits_announced", "exits_announced_redistribute", "exits_happened_replan"]
)
def test_importing_again_updates(
    files: dict[str, bytes], study: StudySettings, place: Territory, scenario: str
) -> None:
    """Tests that importing a calendar with exits over the one without shows exactly the one with exits."""
    settings = next(s for s in study.scenarios if s.scenario.name == scenario)
    wanted: dict[str, set[tuple[datetime, datetime]]] = defaultdict(set)
    for p in announced_of(settings, place):
        if not p.is_cancelled:
            moment = datetime(p.day.year, p.day.month, p.day.day)
            span = (moment + timedelta(seconds=p.open_s), moment + timedelta(seconds=p.close_s))
            wanted[p.vehicle].add(span)
            wanted[p.site.insee_code].add(span)
    changed = 0
    whose = index_of(files)
    for name, content in reference_ics(files).items():
        store = imported({}, content)
        before = shown(store.values())
        after = shown(imported(store, files[f"calendar/{whose[scenario, name[:-4]]}"]).values())
        assert {row[:2] for row in after} == wanted[name[:-4]]
        changed += before != after
    assert changed >= 7


def test_a_commune_that_left_has_no_event_after(files: dict[str, bytes]) -> None:
    """Tests that Laguépie's calendar ends on the last passage before 1 January 2022."""
    found = events(files["calendar/exits_announced/82088.ics"])
    held = [paris(e["DTSTART"]) for e in found if e["STATUS"].value == "CONFIRMED"]
    assert max(held) == datetime(2021, 12, 28, 13, 30)
    withdrawn_ones = [e for e in found if e["STATUS"].value == "CANCELLED"]
    assert min(paris(e["DTSTART"]) for e in withdrawn_ones) == datetime(2022, 1, 11, 13, 30)
    assert all(e["SEQUENCE"].value == "1" for e in withdrawn_ones)
    assert all(text(e["SUMMARY"].value).startswith("Annulée") for e in withdrawn_ones)


def one_stop(place: Territory, stop: Stop, **options: object) -> tuple[DatedPassage, ...]:
    calendar = make_calendar(date(2022, 4, 4), date(2022, 6, 26), 84, "C")
    assert place.site(stop.site_id)
    given = {"cycle": "fortnight", "holiday": "cancelled", "moved_within_days": 10, **options}
    return publish((RoundsInForce(0, Rounds((stop,))),), calendar, **given)  # type: ignore[arg-type]


STOP = Stop("mairie-laguepie", "V3", 1, 2, "afternoon", 48_600, 59_400)


@pytest.mark.parametrize(
    "changed",
    [
        replace(STOP, weekday=4),
        replace(STOP, week=2),
        replace(STOP, vehicle="V1"),
        replace(STOP, half_day="morning", open_s=34_200, close_s=41_400),
    ],
)
def test_identity_survives_a_move(place: Territory, changed: Stop) -> None:
    """Tests that another weekday, week, vehicle or half-day keeps each passage's identity."""
    calendar = make_calendar(date(2022, 4, 4), date(2022, 6, 26), 84, "C")
    usual = announce(one_stop(place, STOP), calendar, place)
    moved = announce(one_stop(place, changed), calendar, place)
    assert [p.uid for p in usual] == [p.uid for p in moved]
    assert withdrawn(usual, moved) == ()


def test_identity_does_not_depend_on_the_horizon(place: Territory) -> None:
    """Tests that a horizon that starts later gives the same passages the same identities."""
    early = load_settings("study=single").reference
    late = load_settings("study=single", "run.horizon.start=2021-07-12").reference
    ids = {(p.day, p.site.site_id): p.uid for p in announced_of(early, place)}
    for passage in announced_of(late, place):
        if (passage.day, passage.site.site_id) in ids:
            assert ids[passage.day, passage.site.site_id] == passage.uid


def test_a_public_holiday_is_said(place: Territory) -> None:
    """Tests that a passage on a public holiday is cancelled or moved, keeps its identity, and says why."""
    calendar = make_calendar(date(2022, 4, 4), date(2022, 6, 26), 84, "C")
    easter = replace(STOP, weekday=1, week=1)  # 18 April and 16 May; Easter Monday is 18 April 2022
    cancelled = announce(one_stop(place, easter), calendar, place)
    moved = announce(one_stop(place, easter, holiday="moved"), calendar, place)
    first = next(p for p in cancelled if p.day == date(2022, 4, 18))
    other = next(p for p in moved if p.uid == first.uid)
    assert (first.status, first.status_fr) == ("cancelled_holiday", "annulée : jour férié")
    assert other.day == date(2022, 4, 19)
    assert other.status_fr == "tenue prévue, déplacée du 18/04/2022 (jour férié)"
    event = next(
        e
        for e in events(icalendar_files(cancelled, stamp=calendar.start)["V3.ics"])
        if e["UID"].value == first.uid
    )
    assert (event["STATUS"].value, event["TRANSP"].value) == ("CANCELLED", "TRANSPARENT")


# --- with the model ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("scenario=reference",),
        ("scenario=exits_announced_redistribute",),
        ("scenario=closed_weeks",),
        ("rounds.holiday=moved",),
    ],
)
def test_the_calendar_is_what_the_model_lives(words: tuple[str, ...]) -> None:
    """Tests that the passages of the calendar are the planned passages of the facts, with their closures."""
    settings = load_settings("study=single", "territory=tiny", *words)
    facts = simulate(settings).passages
    rows = rows_of(calendar_files(settings.scenarios, load_territory("tiny")))
    columns = ["date", "half_day", "site_id", "announced_open_s", "announced_close_s"]
    lived = sorted(tuple(map(str, row)) for row in facts[columns].itertuples(index=False))
    assert lived == sorted((r["date"], r["half_day"], r["site_id"], r["open_s"], r["close_s"]) for r in rows)
    for cause, status in (("holiday", "cancelled_holiday"), ("leave", "cancelled_leave")):
        closed = facts[(facts["status"] == "closed_announced") & (facts["cause"] == cause)]
        assert sorted(zip(closed["date"].astype(str), closed["site_id"], strict=True)) == sorted(
            (r["date"], r["site_id"]) for r in rows if r["status_code"] == status
        )


# --- hostile input -------------------------------------------------------------------------------


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    """Tests that a name with separators, quotes, markup and iCalendar words is read back as it was."""
    folder = tmp_path / "place; with, signs"
    shutil.copytree(load_territory("tiny").folder, folder)
    shutil.rmtree(folder / "rounds", ignore_errors=True)
    sites = folder / "sites.csv"
    hostile = 'Mairie \\n; de "Belcombe", END:VEVENT <b>'
    quoted = '"' + hostile.replace('"', '""') + '"'
    sites.write_text(
        sites.read_text(encoding="utf-8").replace("Mairie de Belcombe", quoted), encoding="utf-8"
    )
    settings = load_settings("study=single", f"territory={folder}")
    place = load_territory(str(folder))
    name = place.site("mairie-belcombe").name
    assert name == hostile
    found = calendar_files(settings.scenarios, place)
    mine = events(found["calendar/99002.ics"])
    assert any(name in text(event["SUMMARY"].value) for event in mine)
    assert {row["site"] for row in rows_of(found)} >= {name}
    assert all(re.fullmatch(r"[a-z0-9-]+@[a-z0-9-]+\.itinerante", e["UID"].value) for e in mine)


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_a_name_is_no_formula_in_a_spreadsheet(place: Territory, start: str) -> None:
    """Tests that a site called =1+1 stands as text in the table, which people open in a spreadsheet."""
    hostile = replace(place.sites[0], name=f"{start}1+1")
    found = calendar_files(
        load_settings("study=single").scenarios, replace(place, sites=(hostile, *place.sites[1:]))
    )
    names = {row["site"] for row in rows_of(found) if row["site_id"] == hostile.site_id}
    assert names == {f"'{start}1+1"}
