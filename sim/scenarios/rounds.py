"""Rounds, behind one door: their data, whether they can be driven, and the file they are kept in."""

from sim.scenarios.rounds_check import check_rounds
from sim.scenarios.rounds_file import read_rounds, write_rounds
from sim.scenarios.tours import (
    DayTour,
    DrivingRules,
    Rounds,
    Stop,
    clock,
    day_tours,
    drive_s,
    driving_minutes,
    even_week_of,
    plan_day,
    vehicle_number,
)

__all__ = [
    "DayTour",
    "DrivingRules",
    "Rounds",
    "Stop",
    "check_rounds",
    "clock",
    "day_tours",
    "drive_s",
    "driving_minutes",
    "even_week_of",
    "plan_day",
    "read_rounds",
    "vehicle_number",
    "write_rounds",
]
