"""The budget: the voted lines scaled by their units, by exercise, exact to the cent, and a year's cost.

Two bases. `voted` is the deliberation's own lines; three vehicles give back its totals to the cent.
`simulated` is the same with fuel from the kilometres driven. The pay is that of the field agents and
the coordinator. Income is `acquired` as far as the voted units go; what further agents would need is
`not_acquired`; a grant whose term is over has `ended`. The Département pays the balance of what is
acquired. Lines that the deliberation lacks are `not_budgeted`, with no amount rather than zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from sim.settings import Settings

__all__ = [
    "BASES",
    "EXERCISE_YEARS",
    "BudgetLine",
    "Exercise",
    "RunningCost",
    "budget_lines",
    "exercises",
    "running_cost",
]

Basis = Literal["voted", "simulated"]
Section = Literal["investment", "operation"]
Kind = Literal["expense", "income"]
Status = Literal["acquired", "not_acquired", "ended", "not_budgeted"]

BASES: tuple[Basis, ...] = ("voted", "simulated")
# The plan runs from the launch to the end of the second calendar year after it.
EXERCISE_YEARS = 3


@dataclass(frozen=True, slots=True)
class Exercise:
    """A budget year, or what is left of it at launch; both dates included."""

    name: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One line: `status` is None for an expense that stands in the document, `amount` in euros.

    `amount` has two decimals; it is None for a line that is not budgeted.
    """

    basis: Basis
    exercise: str
    section: Section
    line: str
    kind: Kind
    status: Status | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class RunningCost:
    """What a year costs, over the months simulated; every amount in euros.

    Attributes
    ----------
    investment
        Once, gross.
    investment_per_year
        Gross, spread over its years of use.
    operation_without_fuel
        A year's gross operation but fuel.
    income
        A year's acquired operating income.
    state_investment_per_year
        The State's investment aid, spread alike.
    fuel_per_km
        By calendar year.
    years
        Years simulated, by calendar months.
    """

    investment: float
    investment_per_year: float
    operation_without_fuel: float
    income: float
    state_investment_per_year: float
    fuel_per_km: Mapping[int, float]
    years: float

    def operation(self, km: Mapping[int, float]) -> float:
        """A year's gross operation when these kilometres were driven, by calendar year."""
        fuel = sum(self.fuel_per_km[year] * driven for year, driven in km.items())
        return self.operation_without_fuel + fuel / self.years

    def net(self, operation: float) -> float:
        """What is left to the Département a year: operation and investment less acquired income."""
        return operation + self.investment_per_year - self.income - self.state_investment_per_year


def exercises(launch: date, years: int = EXERCISE_YEARS) -> tuple[Exercise, ...]:
    """The exercises from the launch on: `S2-2021`, `2022`, `2023` for a launch on 1 July 2021.

    A launch on another day than 1 January or 1 July names its part of the year by the launch's month,
    such as `from-09-2021`.
    """
    end = date(launch.year, 12, 31)
    if (launch.month, launch.day) == (1, 1):
        first = str(launch.year)
    elif (launch.month, launch.day) == (7, 1):
        first = f"S2-{launch.year}"
    else:
        first = f"from-{launch:%m-%Y}"
    whole = (
        Exercise(str(y), date(y, 1, 1), date(y, 12, 31)) for y in range(launch.year + 1, launch.year + years)
    )
    return (Exercise(first, launch, end), *whole)


def budget_lines(settings: Settings, km_per_year: float | None) -> tuple[BudgetLine, ...]:
    """Every line of a scenario, basis by basis, exercise by exercise, balanced by self-financing.

    Parameters
    ----------
    settings
        The scenario: its vehicles, agents and voted lines.
    km_per_year
        Kilometres driven in 365.25 days, mean over replications; None leaves the `simulated` basis out.
    """
    launch = settings.demand.awareness.launch
    made: list[BudgetLine] = []
    for basis in BASES[: 1 if km_per_year is None else 2]:
        for exercise in exercises(launch):
            operation = list(_operation(settings, exercise.start, exercise.end))
            if basis == "simulated" and km_per_year is not None:
                days = (exercise.end - exercise.start).days + 1
                km = Fraction(km_per_year) * days / Fraction(1461, 4)
                fuel = km * _fuel_per_km(settings, exercise.start.year)
                operation = [(n, k, s, fuel if n == "fuel" else a) for n, k, s, a in operation]
            investment = list(_investment(settings)) if exercise.start == launch else []
            made += _balanced(basis, exercise.name, "investment", investment)
            made += _balanced(basis, exercise.name, "operation", operation)
    return tuple(made)


def running_cost(settings: Settings) -> RunningCost:
    """What a year of the horizon costs, fuel apart.

    Amounts that are voted for a number of months are counted by calendar months, a part of a month by
    its days, and brought back to twelve months.
    """
    start, end = settings.run.horizon.start, settings.run.horizon.end
    years = _months(start, end) / 12
    expense = income = Fraction(0)
    for piece_start, piece_end in _calendar_years(start, end):
        for name, kind, status, amount in _operation(settings, piece_start, piece_end):
            if amount is None or name == "fuel":
                continue
            if kind == "expense":
                expense += amount
            elif status == "acquired":
                income += amount
    investment = sum(
        (a for _, k, _, a in _investment(settings) if k == "expense" and a is not None), Fraction(0)
    )
    use = Fraction(settings.budget.investment_years)
    state = min(_exact(settings.budget.state_investment_eur), investment)
    return RunningCost(
        investment=float(investment),
        investment_per_year=float(investment / use),
        operation_without_fuel=float(expense / years),
        income=float(income / years),
        state_investment_per_year=float(state / use),
        fuel_per_km={y: float(_fuel_per_km(settings, y)) for y in range(start.year, end.year + 1)},
        years=float(years),
    )


_Line = tuple[str, Kind, Status | None, Fraction | None]


def _investment(settings: Settings) -> Iterator[_Line]:
    b = settings.budget
    agents = settings.staff.fs_agents + settings.staff.cn_agents
    vehicles = settings.fleet.vehicles
    yield "vehicles", "expense", None, _scaled(b.vehicles_eur, vehicles, b.vehicles_units)
    yield "livery", "expense", None, _scaled(b.livery_eur, vehicles, b.livery_units)
    yield "it", "expense", None, _scaled(b.it_eur, agents + 1, b.it_units)
    yield "smartphones", "expense", None, _scaled(b.smartphones_eur, agents, b.smartphones_units)
    yield "office", "expense", None, _scaled(b.office_eur, agents, b.office_units)
    yield "state_investment", "income", "acquired", _exact(b.state_investment_eur)


def _operation(settings: Settings, start: date, end: date) -> Iterator[_Line]:
    """Operation of a period inside one calendar year, income by status, unrounded."""
    b = settings.budget
    fs, cn = settings.staff.fs_agents, settings.staff.cn_agents
    vehicles = settings.fleet.vehicles
    launch = settings.demand.awareness.launch
    months = _months(start, end)
    part = months / b.months
    yield "pay", "expense", None, _scaled(b.pay_eur, fs + cn + 1, b.pay_fte) * part
    yield "fuel", "expense", None, _scaled(b.fuel_eur, vehicles, b.fuel_vehicles) * part
    yield "publicity", "expense", None, _exact(b.publicity_eur) * part
    yield "telecoms", "expense", None, _scaled(b.telecoms_eur, fs + cn, b.telecoms_units) * part
    for name in b.not_budgeted:
        yield name, "expense", "not_budgeted", None

    yield "label_grant", "income", "acquired", _label_grant(settings, start.year, months)
    yield "cui", "income", "acquired", _scaled(b.cui_eur, min(fs, b.cui_agents), b.cui_agents) * part
    if fs > b.cui_agents:
        yield "cui", "income", "not_acquired", _scaled(b.cui_eur, fs - b.cui_agents, b.cui_agents) * part

    term = _months_after(launch, b.conseiller_grant_months) - timedelta(days=1)
    granted = _months(max(start, launch), min(end, term)) / b.months
    per_agent = _exact(b.conseiller_grant_eur) / b.conseiller_agents
    if granted:
        yield "conseiller_grant", "income", "acquired", per_agent * min(cn, b.conseiller_agents) * granted
        if cn > b.conseiller_agents:
            more = per_agent * (cn - b.conseiller_agents) * granted
            yield "conseiller_grant", "income", "not_acquired", more
    if end > term:
        yield "conseiller_grant", "income", "ended", Fraction(0)


def _label_grant(settings: Settings, year: int, months: Fraction) -> Fraction:
    """The label's grant: the voted amount in the year of the launch, the yearly one afterwards."""
    b = settings.budget
    if year == settings.demand.awareness.launch.year:
        return _exact(b.label_grant_eur) * b.labels * months / b.months
    return _exact(_of_year(b.label_grant_eur_per_year, year)) * b.labels * months / 12


def _balanced(basis: Basis, exercise: str, section: Section, lines: list[_Line]) -> Iterator[BudgetLine]:
    """Lines rounded to the cent, then the balance that the Département pays."""
    balance = Decimal(0)
    for name, kind, status, amount in lines:
        cents = None if amount is None else _cents(amount)
        yield BudgetLine(basis, exercise, section, name, kind, status, cents)
        if cents is not None and kind == "expense":
            balance += cents
        elif cents is not None and status == "acquired":
            balance -= cents
    if lines:
        yield BudgetLine(basis, exercise, section, "self_financing", "income", "acquired", balance)


def _fuel_per_km(settings: Settings, year: int) -> Fraction:
    price = _of_year(settings.fleet.fuel_eur_per_l, year)
    return _exact(settings.fleet.consumption_l_per_100km) / 100 * _exact(price)


def _of_year(by_year: Mapping[str, float], year: int) -> float:
    """The value of a year; before the first known year the first one, after a known year the last one."""
    known = sorted(by_year, key=int)
    past = [y for y in known if int(y) <= year]
    return by_year[past[-1] if past else known[0]]


def _scaled(amount: float, units: int, voted_units: int) -> Fraction:
    return _exact(amount) * units / voted_units


def _exact(amount: float) -> Fraction:
    """The decimal number that a person wrote, not its nearest binary fraction."""
    return Fraction(repr(amount))


def _cents(amount: Fraction) -> Decimal:
    """Rounded to the cent, half up."""
    return Decimal((amount * 200 + 1) // 2).scaleb(-2)


def _months(start: date, end: date) -> Fraction:
    """Calendar months from `start` to `end`, both included; a part of a month counts by its days."""
    total = Fraction(0)
    first = date(start.year, start.month, 1)
    while first <= end:
        following = _months_after(first, 1)
        inside = (min(end + timedelta(days=1), following) - max(start, first)).days
        total += Fraction(max(inside, 0), (following - first).days)
        first = following
    return total


def _months_after(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month when it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))


def _calendar_years(start: date, end: date) -> Iterator[tuple[date, date]]:
    for year in range(start.year, end.year + 1):
        yield max(start, date(year, 1, 1)), min(end, date(year, 12, 31))
