"""Days worked by hand, to the second: the table says what comes in and what must come out."""

from __future__ import annotations

import pytest

from sim.models.desk_by_name import Contact, DeskResult, Server, Visit, Window, run_desk
from tests.reference import desk as reference

FS = frozenset({"level_1", "level_2", "social"})
CN = frozenset({"digital"})
FS_PACE = {"level_1": 1.0, "level_2": 1.0, "digital": 0.7, "social": 1.0}
CN_PACE = {"level_1": 0.7, "level_2": 0.0, "digital": 1.0, "social": 0.7}


def seconds(text: str) -> int:
    """Seconds of 09:30:00, 09:30 or, for a duration in minutes, of 20'."""
    if text.endswith("'"):
        return round(float(text[:-1]) * 60)
    hours, minutes, *rest = (int(part) for part in text.split(":"))
    return hours * 3600 + minutes * 60 + (rest[0] if rest else 0)


def rows(table: str) -> list[list[str]]:
    """Cells of a table, without its first line."""
    lines = [line.strip().strip("|") for line in table.strip().splitlines()]
    return [[cell.strip() for cell in line.split("|")] for line in lines[1:]]


def contacts(table: str) -> list[Contact]:
    """Who comes: id, arrives, need, work, patience, appointment, and what is expected."""
    return [
        Contact(
            int(who),
            seconds(arrives),
            need,
            float(seconds(work)),
            seconds(patience),
            seconds(appointment) if appointment else None,
        )
        for who, arrives, need, work, patience, appointment, *_ in rows(table)
    ]


def expected(table: str, column: int = 6) -> dict[int, Visit]:
    """What must become of them: an outcome, or a server and the start and end of the service."""
    visits = {}
    for cells in rows(table):
        words = cells[column].split()
        visits[int(cells[0])] = (
            Visit(words[0])
            if len(words) == 1
            else Visit("served", words[0], seconds(words[1]), seconds(words[2]))
        )
    return visits


def hold(
    opens: str, closes: str, allowance: str, crew: list[Server], table: str, discipline: str = "fifo"
) -> DeskResult:
    """Hold the day by the kernel, and see that the reference says the same."""
    day = (seconds(opens), seconds(closes), seconds(allowance))
    result = run_desk(*day, crew, contacts(table), discipline)
    fates, end = reference.hold(
        reference.Permanence(
            *day,
            discipline,
            tuple(
                reference.Server(
                    s.name, tuple((w.from_s, w.to_s) for w in s.windows), s.efficiency, s.first_choice
                )
                for s in crew
            ),
            tuple(
                reference.Contact(c.contact_id, c.arrival_s, c.need, c.work_s, c.patience_s, c.appointment_s)
                for c in contacts(table)
            ),
        )
    )
    assert result.end_s == end
    assert result.visits == {i: Visit(f.outcome, f.server, f.start, f.end) for i, f in fates.items()}
    return result


def server(name: str, *windows: tuple[str, str], pace: dict[str, float], first: frozenset[str]) -> Server:
    """A server whose windows end where they say, or one second after *c + w* when written `…+1`."""
    ends = [seconds(end.removesuffix("+1")) + end.endswith("+1") for _, end in windows]
    return Server(
        name,
        [Window(seconds(start), end) for (start, _), end in zip(windows, ends, strict=True)],
        pace,
        first,
    )


MORNING = """
| id | arrives  | need    | work  | patience | appointment | becomes                        |
|  1 | 09:20    | level_1 | 30'   | 60'      |             | A1 09:30:00 10:00:00           |
|  2 | 09:25    | level_1 | 21'   | 60'      |             | A2 09:30:00 10:00:00           |
|  3 | 09:40    | level_2 | 36'   | 20'      |             | A1 10:00:00 10:36:00           |
|  4 | 09:45    | digital | 50'   | 10'      |             | reneged                        |
|  5 | 09:50    | post    | 20'   | 60'      |             | self-service-1 09:50 10:10     |
|  6 | 09:52    | post    | 20'   | 60'      |             | self-service-1 10:10 10:30     |
|  7 | 09:58    | level_1 | 21'   | 60'      |             | A2 10:00:00 10:30:00           |
|  8 | 10:00    | notary  | 10'   | 60'      |             | not_served_here                |
|  9 | 10:05    | social  | 15'   | 60'      |             | A2 10:30:00 10:51:26           |
| 10 | 10:40    | level_1 | 0'    | 60'      |             | A1 10:40:00 10:40:00           |
| 11 | 10:40    | level_2 | 30'   | 60'      |             | A1 10:40:00 11:10:00           |
| 12 | 11:00    | digital | 50'   | 60'      |             | A2 11:00:00 11:50:00           |
| 13 | 11:05    | level_2 | 20'   | 60'      |             | A1 11:10:00 11:30:00           |
| 14 | 11:20    | level_2 | 15'   | 60'      |             | A1 11:30:00 11:45:00           |
| 15 | 11:25    | level_2 | 30'   | 15'      |             | reneged                        |
| 16 | 11:26    | level_2 | 30'   | 60'      |             | A1 11:45:00 12:15:00           |
| 17 | 11:27    | level_1 | 30'   | 60'      |             | turned_away                    |
| 18 | 11:28    | digital | 30'   | 17'      |             | reneged                        |
| 19 | 11:30    | level_1 | 30'   | 60'      |             | refused                        |
| 20 | 11:50    | notary  | 30'   | 60'      |             | refused                        |
"""


def test_a_morning() -> None:
    """Tests that a whole morning goes as worked by hand.

    3 starts at the very end of her patience. 9 takes floor(900 / 0.7 + 0.5) = 1286 s. 16 starts at
    *c + w* exactly. 18's patience ends at *c + w*: she reneged, 17 is turned away. 20's need is
    served by nobody, but she comes after closing. The crew leaves at the last service end.
    """
    crew = [
        server("A1", ("09:30", "11:45+1"), pace=FS_PACE, first=FS),
        server("A2", ("09:30", "11:45+1"), pace=CN_PACE, first=CN),
        server("self-service-1", ("09:30", "11:45+1"), pace={"post": 1.0}, first=frozenset({"post"})),
    ]
    result = hold("09:30", "11:30", "15'", crew, MORNING)
    assert result.visits == expected(MORNING)
    assert result.end_s == seconds("12:15")


TWO_DISCIPLINES = """
| id | arrives | need    | work | patience | appointment | fifo                 | first_choice         |
|  1 | 13:20   | level_1 | 30'  | 60'      |             | A1 13:30:00 14:00:00 | A1 13:30:00 14:00:00 |
|  2 | 13:21   | level_1 | 30'  | 60'      |             | A2 13:30:00 14:12:51 | A1 14:00:00 14:30:00 |
|  3 | 13:25   | digital | 50'  | 60'      |             | A1 14:00:00 15:11:26 | A2 13:30:00 14:20:00 |
|  4 | 14:05   | social  | 7'   | 60'      |             | A2 14:12:51 14:22:51 | A2 14:27:00 14:37:00 |
|  5 | 14:06   | digital | 7'   | 60'      |             | A2 14:22:51 14:29:51 | A2 14:20:00 14:27:00 |
|  6 | 14:07   | level_1 | 7'   | 60'      |             | A2 14:29:51 14:39:51 | A1 14:30:00 14:37:00 |
"""


@pytest.mark.parametrize(("discipline", "column"), [("fifo", 6), ("first_choice", 7)])
def test_two_disciplines(discipline: str, column: int) -> None:
    """Tests that the same afternoon goes differently first come first served and by first choice."""
    crew = [
        server("A1", ("13:30", "16:30+1"), pace=FS_PACE, first=FS),
        server("A2", ("13:30", "16:30+1"), pace=CN_PACE, first=CN),
    ]
    result = hold("13:30", "16:30", "0'", crew, TWO_DISCIPLINES, discipline)
    assert result.visits == expected(TWO_DISCIPLINES, column)


APPOINTMENTS = """
| id | arrives | need    | work | patience | appointment | becomes              |
|  1 | 13:30   | level_1 | 20'  | 60'      |             | A1 13:30:00 13:50:00 |
|  2 | 13:35   | level_1 | 20'  | 60'      |             | A1 14:30:00 14:50:00 |
|  3 | 13:41   | level_1 | 20'  | 60'      | 14:10       | A1 14:10:00 14:30:00 |
|  4 | 13:42   | level_1 | 20'  | 60'      | 13:45       | A1 13:50:00 14:10:00 |
|  5 | 14:20   | level_1 | 20'  | 60'      | 15:00       | A1 15:10:00 15:30:00 |
|  6 | 14:45   | level_1 | 20'  | 60'      | 14:00       | A1 14:50:00 15:10:00 |
|  7 | 16:00   | level_1 | 20'  | 60'      | 16:30       | A1 16:00:00 16:20:00 |
|  8 | 16:05   | level_1 | 20'  | 60'      | 16:20       | A1 16:20:00 16:40:00 |
"""


def test_appointments() -> None:
    """Tests that a due appointment goes first, at its very second too, and that none holds a server idle.

    At 14:10, 3 is due and passes 2. At 14:50 both 5 (early) and 6 (late) wait; 6 is due and goes first.
    """
    crew = [server("A1", ("13:30", "16:30+1"), pace=FS_PACE, first=FS)]
    result = hold("13:30", "16:30", "0'", crew, APPOINTMENTS)
    assert result.visits == expected(APPOINTMENTS)
    assert result.end_s == seconds("16:40")


WORKSHOP = """
| id | arrives | need    | work | patience | appointment | becomes              |
|  1 | 13:30   | level_1 | 30'  | 60'      |             | A1 13:30:00 14:00:00 |
|  2 | 13:40   | level_1 | 30'  | 60'      |             | A2 13:40:00 14:10:00 |
|  3 | 14:15   | level_1 | 10'  | 60'      |             | A1 14:15:00 14:25:00 |
|  4 | 14:20   | level_1 | 70'  | 60'      |             | A2 14:20:00 15:30:00 |
|  5 | 14:26   | level_1 | 10'  | 60'      |             | A1 14:26:00 14:36:00 |
|  6 | 14:27   | level_1 | 20'  | 60'      |             | A1 14:36:00 14:56:00 |
|  7 | 15:05   | level_1 | 15'  | 60'      |             | A1 15:05:00 15:20:00 |
|  8 | 15:10   | level_1 | 10'  | 60'      |             | A1 15:20:00 15:30:00 |
|  9 | 15:40   | level_1 | 10'  | 60'      |             | A1 15:40:00 15:50:00 |
| 10 | 15:45   | level_1 | 10'  | 60'      |             | A2 15:45:00 15:55:00 |
| 11 | 15:57   | level_1 | 13'  | 60'      |             | A1 15:57:00 16:10:00 |
| 12 | 16:00   | level_1 | 60'  | 60'      |             | A1 16:10:00 17:10:00 |
| 13 | 16:10   | level_1 | 10'  | 60'      |             | turned_away          |
"""


def test_windows_with_a_gap() -> None:
    """Tests that a service runs over the end of a window and over the start of the next one.

    A2 holds a workshop from 14:30 to 15:00, late because of 4, and leaves at 16:00: at that second
    nobody can start with her, though she is idle since 15:55. Until 15:30 she is busy, in her second
    window too: 8 waits for A1. Whoever has been idle longer is taken: A1 for 3 and 11; for 9 A1, by
    name, as both are idle since 15:30.
    """
    pace = {"level_1": 1.0}
    crew = [
        server("A2", ("13:30", "14:30"), ("15:00", "16:00"), pace=pace, first=FS),
        server("A1", ("13:30", "16:30+1"), pace=pace, first=FS),
    ]
    result = hold("13:30", "16:30", "0'", crew, WORKSHOP)
    assert result.visits == expected(WORKSHOP)
    assert result.end_s == seconds("17:10")


LATE = """
| id | arrives | need    | work | patience | appointment | becomes              |
|  1 | 13:15   | level_1 | 10'  | 30'      |             | reneged              |
|  2 | 13:20   | level_1 | 10'  | 35'      |             | A2 13:55:00 14:05:00 |
|  3 | 13:25   | level_1 | 10'  | 60'      | 13:50       | A3 13:55:00 14:05:00 |
|  4 | 13:50   | level_1 | 10'  | 60'      |             | A1 14:00:00 14:10:00 |
|  5 | 13:55   | level_1 | 10'  | 60'      |             | A2 14:05:00 14:15:00 |
"""


def test_a_late_vehicle() -> None:
    """Tests that people wait from their arrival when the desk opens late, and leave before it opens.

    The desk opens at 13:55, when 2's patience ends; 3 is due and goes first, to A3, whose window
    began first. A1 comes at 14:00.
    """
    pace = {"level_1": 1.0}
    crew = [
        server("A1", ("14:00", "16:30+1"), pace=pace, first=FS),
        server("A2", ("13:31", "16:30+1"), pace=pace, first=FS),
        server("A3", ("13:30", "16:30+1"), pace=pace, first=FS),
    ]
    result = hold("13:55", "16:30", "0'", crew, LATE)
    assert result.visits == expected(LATE)
    assert result.end_s == seconds("16:30")


def test_names_are_compared_as_text() -> None:
    """Tests that A10 comes before A2 when nothing else tells them apart."""
    crew = [Server(name, [Window(0, 101)], {"x": 1.0}) for name in ("A2", "A10")]
    result = run_desk(0, 100, 0, crew, [Contact(7, 5, "x", 10.0, 0)])
    assert result.visits[7] == Visit("served", "A10", 5, 15)


def test_one_instant() -> None:
    """Tests the order within one second: end of service and of window, start, patience, arrivals.

    At 20, A1 ends a service and her window; A2's window starts. 2's patience ends there and she
    starts with A2; 3's ends too, and no server is left; 4 comes at 20 with no patience and leaves;
    5 comes at 20 with no work, and waits, as A2 is busy by then, until 30, where 6 follows her.
    """
    crew = [
        Server("A1", [Window(0, 20)], {"x": 1.0}),
        Server("A2", [Window(20, 101)], {"x": 1.0}),
    ]
    come = [
        Contact(1, 10, "x", 10.0, 5),
        Contact(2, 11, "x", 10.0, 9),
        Contact(3, 12, "x", 10.0, 8),
        Contact(4, 20, "x", 0.0, 0),
        Contact(5, 20, "x", 0.0, 10),
        Contact(6, 20, "x", 0.4, 10),
    ]
    assert run_desk(0, 100, 0, crew, come).visits == {
        1: Visit("served", "A1", 10, 20),
        2: Visit("served", "A2", 20, 30),
        3: Visit("reneged"),
        4: Visit("reneged"),
        5: Visit("served", "A2", 30, 30),
        6: Visit("served", "A2", 30, 31),
    }


def test_a_service_of_no_length_makes_its_server_the_last_idle() -> None:
    """Tests that idle_since is the end of a service of no length, within the same dispatch too."""
    crew = [Server(name, [Window(0, 101)], {"x": 1.0}) for name in ("A1", "A2")]
    come = [Contact(i, i // 3, "x", 0.0 if i < 2 else 4.0, 50) for i in range(3)]
    assert run_desk(10, 100, 0, crew, come).visits == {
        0: Visit("served", "A1", 10, 10),
        1: Visit("served", "A2", 10, 10),
        2: Visit("served", "A1", 10, 14),
    }
