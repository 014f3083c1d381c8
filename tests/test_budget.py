"""The budget: the voted figures to the cent, what each unit more costs, who pays what until when."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from sim import load_settings
from sim.scenarios.budget import BudgetLine, budget_lines, exercises, running_cost
from sim.settings import Settings
from tests.made_up_facts import reference

FOUR = ("fleet.vehicles=4", "staff.fs_agents=4", "staff.cn_agents=4", "rounds.vehicles=4")


def settings(*words: str) -> Settings:
    return reference("study=single", *words)


def amounts(
    lines: tuple[BudgetLine, ...], basis: str, exercise: str
) -> dict[tuple[str, str | None], Decimal]:
    """Amount by line and status of one exercise, both sections; the balance by its section."""
    found = {}
    for line in lines:
        if (line.basis, line.exercise) == (basis, exercise) and line.amount is not None:
            name = f"{line.section}_{line.line}" if line.line == "self_financing" else line.line
            assert (name, line.status) not in found
            found[name, line.status] = line.amount
    return found


def euros(text: str) -> Decimal:
    return Decimal(text)


def test_three_vehicles_are_the_voted_budget() -> None:
    """Tests every line and every total of the deliberation, to the cent."""
    lines = budget_lines(settings(), None)
    voted = {
        ("vehicles", None): "34725.14",
        ("livery", None): "691.20",
        ("it", None): "15877.96",
        ("smartphones", None): "1360.80",
        ("office", None): "1000.00",
        ("state_investment", "acquired"): "30000.00",
        ("investment_self_financing", "acquired"): "23655.10",
        ("pay", None): "101300.00",
        ("fuel", None): "5000.00",
        ("publicity", None): "1500.00",
        ("telecoms", None): "531.36",
        ("label_grant", "acquired"): "15000.00",
        ("cui", "acquired"): "6600.00",
        ("conseiller_grant", "acquired"): "37500.00",
        ("operation_self_financing", "acquired"): "49231.36",
    }
    assert amounts(lines, "voted", "S2-2021") == {k: euros(v) for k, v in voted.items()}
    totals = defaultdict(Decimal)
    for line in lines:
        if line.exercise == "S2-2021" and line.amount is not None:
            totals[line.section, line.kind] += line.amount
    assert totals == {
        ("investment", "expense"): euros("53655.10"),
        ("investment", "income"): euros("53655.10"),
        ("operation", "expense"): euros("108331.36"),
        ("operation", "income"): euros("108331.36"),
    }


def test_a_fourth_pair_and_vehicle() -> None:
    """Tests line by line what a fourth pair and vehicle add: 61 600 € a year, 17 100 € once."""
    three = amounts(budget_lines(settings(), None), "voted", "2022")
    four = amounts(budget_lines(settings(*FOUR), None), "voted", "2022")
    more = {name: four[name] - three[name] for name in three if four[name] != three[name]}
    assert more == {
        ("pay", None): euros("57885.71"),  # two of seven full-time posts, twelve months
        ("fuel", None): euros("3333.33"),
        ("telecoms", None): euros("354.24"),
        ("operation_self_financing", "acquired"): euros("61573.28"),
    }
    first = {
        name: amounts(budget_lines(settings(*FOUR), None), "voted", "S2-2021")[name] - amount
        for name, amount in amounts(budget_lines(settings(), None), "voted", "S2-2021").items()
    }
    once = {name: first[name, None] for name in ("vehicles", "livery", "it", "smartphones", "office")}
    assert once == {
        "vehicles": euros("11575.05"),
        "livery": euros("230.40"),
        "it": euros("4536.56"),
        "smartphones": euros("453.60"),
        "office": euros("333.33"),
    }
    assert sum(once.values()) == euros("17128.94")
    assert first["investment_self_financing", "acquired"] == euros("17128.94")
    # Rounded as they are said.
    assert round(sum(more.values()) - more["operation_self_financing", "acquired"], -2) == 61_600
    assert round(more["pay", None], -2) == 57_900
    assert round(sum(once.values()), -2) == 17_100


def test_the_fourth_pairs_grants_are_not_acquired() -> None:
    """Tests that what the voted grants do not cover is listed, and not deducted."""
    found = amounts(budget_lines(settings(*FOUR), None), "voted", "2022")
    assert found["cui", "acquired"] == euros("13200.00")
    assert found["cui", "not_acquired"] == euros("4400.00")
    assert found["conseiller_grant", "acquired"] == euros("75000.00")
    assert found["conseiller_grant", "not_acquired"] == euros("25000.00")


def test_fewer_agents_bring_fewer_grants() -> None:
    """Tests that two agents of each trade bring two thirds of the grants by agent, and one label."""
    found = amounts(budget_lines(settings("staff.fs_agents=2", "staff.cn_agents=2"), None), "voted", "2022")
    assert found["cui", "acquired"] == euros("8800.00")
    assert found["conseiller_grant", "acquired"] == euros("50000.00")
    assert found["label_grant", "acquired"] == euros("30000.00")
    assert ("cui", "not_acquired") not in found


def test_grants_by_exercise() -> None:
    """Tests the grants by year: the label's, and the conseillers', 50 000 € each, ended after 24 months."""
    lines = budget_lines(settings(), None)
    by_exercise = {name: amounts(lines, "voted", name) for name in ("S2-2021", "2022", "2023")}
    label = [found["label_grant", "acquired"] for found in by_exercise.values()]
    assert label == [euros("15000"), euros("30000"), euros("35000")]
    conseiller = [found["conseiller_grant", "acquired"] for found in by_exercise.values()]
    assert conseiller == [euros("37500"), euros("75000"), euros("37500")]
    assert sum(conseiller) == 3 * 50_000
    assert by_exercise["2023"]["conseiller_grant", "ended"] == 0
    assert ("conseiller_grant", "ended") not in by_exercise["2022"]
    two = amounts(budget_lines(settings("budget.labels=2"), None), "voted", "2023")
    assert two["label_grant", "acquired"] == euros("70000")


@pytest.mark.parametrize(
    "words", [(), FOUR, ("fleet.vehicles=5",), ("staff.fs_agents=5", "staff.cn_agents=5")]
)
@pytest.mark.parametrize("km", [None, 0.0, 34_567.8])
def test_every_section_balances(words: tuple[str, ...], km: float | None) -> None:
    """Tests that expenses equal acquired income in each section of each exercise, to the cent."""
    totals: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    lines = budget_lines(settings(*words), km)
    for line in lines:
        if line.amount is not None and line.status in {None, "acquired"}:
            sign = 1 if line.kind == "expense" else -1
            totals[line.basis, line.exercise, line.section] += sign * line.amount
        if line.amount is not None:
            assert line.amount == line.amount.quantize(Decimal("0.01"))
    assert set(totals.values()) == {Decimal(0)}
    assert {key[0] for key in totals} == ({"voted"} if km is None else {"voted", "simulated"})
    investments = {key for key in totals if key[2] == "investment"}
    assert {key[1] for key in investments} == {"S2-2021"}


def test_lines_the_document_lacks() -> None:
    """Tests that insurance, maintenance, premises and training stand without an amount, never as zero."""
    lines = [line for line in budget_lines(settings(), 1000.0) if line.status == "not_budgeted"]
    assert {line.line for line in lines} == {"insurance", "maintenance", "premises", "training"}
    assert {line.amount for line in lines} == {None}
    assert len(lines) == 4 * 2 * 3


def test_simulated_fuel() -> None:
    """Tests that the simulated basis differs by fuel alone: km × consumption × the year's price."""
    km = 30_000.0
    lines = budget_lines(settings(), km)
    for exercise, price, days in (("S2-2021", "1.53", 184), ("2022", "1.77", 365)):
        voted, simulated = amounts(lines, "voted", exercise), amounts(lines, "simulated", exercise)
        differ = {name for name in voted if voted[name] != simulated[name]}
        assert differ == {("fuel", None), ("operation_self_financing", "acquired")}
        expected = Fraction(km) * days / Fraction("365.25") * Fraction("0.065") * Fraction(price)
        assert simulated["fuel", None] == Decimal(float(expected)).quantize(Decimal("0.01"))


def test_running_cost_of_a_whole_number_of_months() -> None:
    """Tests that 18 months are one year and a half: yearly amounts are those of a voted year."""
    cost = running_cost(settings())
    assert cost.years == 1.5
    assert cost.investment == pytest.approx(53_655.10)
    assert cost.investment_per_year == pytest.approx(10_731.02)
    assert cost.operation_without_fuel == pytest.approx(202_600 + 3_000 + 1_062.72)
    assert cost.income == pytest.approx((15_000 + 6_600 + 37_500 + 30_000 + 13_200 + 75_000) / 1.5)
    # Half of the kilometres in the first half-year, at its own price.
    gross = cost.operation({2021: 10_000.0, 2022: 20_000.0})
    assert gross == pytest.approx(206_662.72 + 0.065 * (1.53 * 10_000 + 1.77 * 20_000) / 1.5)
    assert cost.net(gross) == pytest.approx(gross + 10_731.02 - cost.income - 6_000)


def test_running_cost_of_a_part_of_a_month() -> None:
    """Tests that a part of a month counts by its days, and that a year costs the same."""
    half = running_cost(settings("run.horizon.start=2021-07-01", "run.horizon.end=2021-07-15"))
    assert half.years == pytest.approx(15 / 31 / 12)
    assert half.operation_without_fuel == pytest.approx(206_662.72)
    assert half.income == pytest.approx(2 * (15_000 + 6_600 + 37_500))


def test_grants_end_within_the_horizon() -> None:
    """Tests that a horizon beyond 24 months counts the conseillers' grant for 24 months only."""
    long = running_cost(settings("run.horizon.end=2023-12-31"))
    assert long.years == 2.5
    label = 15_000 + 30_000 + 35_000
    assert long.income == pytest.approx((label + 13_200 * 2.5 + 150_000) / 2.5)
    after = running_cost(settings("run.horizon.start=2023-07-01", "run.horizon.end=2023-12-31"))
    assert after.income == pytest.approx(35_000 + 13_200)


def test_a_scenario_beside_the_reference() -> None:
    """Tests that net cost differences of the default study are those of its units."""
    study = load_settings()
    cost = {s.scenario.name: running_cost(s) for s in study.scenarios}
    km = {2021: 15_000.0, 2022: 30_000.0}
    net = {name: c.net(c.operation(km)) for name, c in cost.items()}
    spare = net["four_vehicles_three_pairs"] - net["reference"]
    assert spare == pytest.approx((34_725.14 + 691.20) / 3 / 5)  # the vehicle and its livery over five years
    pair = net["relief_pair"] - net["reference"]
    assert pair == pytest.approx(
        2 * 2 * 101_300 / 7 + 2 * 2 * 531.36 / 6 + 2 * (15_877.96 / 7 + 2_360.80 / 6) / 5
    )


def test_exercises() -> None:
    """Tests the names and dates of the exercises for a launch on 1 July, 1 January or another day."""
    assert [e.name for e in exercises(date(2021, 7, 1))] == ["S2-2021", "2022", "2023"]
    assert [e.name for e in exercises(date(2022, 1, 1))] == ["2022", "2023", "2024"]
    assert exercises(date(2021, 9, 15))[0].name == "from-09-2021"
    first, second, _ = exercises(date(2021, 7, 1))
    assert (first.start, first.end) == (date(2021, 7, 1), date(2021, 12, 31))
    assert (second.start, second.end) == (date(2022, 1, 1), date(2022, 12, 31))
