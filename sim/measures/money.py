"""Money: investment, a year's operation and net cost, cost per person, emissions."""

from __future__ import annotations

from sim.measures.context import YEAR_DAYS, MeasureContext
from sim.measures.estimators import ratio
from sim.measures.fleet import Road
from sim.measures.measure import Measure
from sim.models.facts import Facts

__all__ = ["MONEY", "money"]

MONEY: tuple[Measure, ...] = (
    Measure(
        id="investment",
        unit="euros",
        formula="Investment, once: vehicles, livery, computers, telephones, office.",
        direction=-1,
        label_fr="Investissement, une fois",
        label_en="Investment, once",
    ),
    Measure(
        id="yearly_operation",
        unit="euros a year",
        formula=(
            "Gross operation of the months simulated, fuel from the kilometres driven, for twelve months."
        ),
        denominator="years of the horizon",
        direction=-1,
        label_fr="Fonctionnement annuel brut",
        label_en="Gross yearly operation",
    ),
    Measure(
        id="yearly_income",
        unit="euros a year",
        formula=(
            "Operating income acquired in the months simulated for twelve months, and a year's share of "
            "the State's investment aid."
        ),
        denominator="years of the horizon",
        direction=1,
        label_fr="Recettes annuelles acquises",
        label_en="Yearly income acquired",
    ),
    Measure(
        id="net_yearly_cost",
        unit="euros a year",
        formula="Gross yearly operation, plus investment over its years of use, less yearly income acquired.",
        denominator="years of the horizon",
        direction=-1,
        threshold="net_yearly_cost_eur",
        label_fr="Reste à charge annuel du Département",
        label_en="Net yearly cost for the Département",
    ),
    Measure(
        id="cost_per_person_served",
        unit="euros a person",
        formula=(
            "(A year's gross operation + investment over its years of use) / persons helped by the cell "
            "that year."
        ),
        denominator="persons helped by the cell a year",
        direction=-1,
        label_fr="Coût complet par personne reçue, trajets et visites à domicile compris",
        label_en="Full cost per person served, travel and home visits included",
    ),
    Measure(
        id="marginal_net_cost",
        unit="euros a person",
        formula=(
            "Mean difference of net yearly cost over mean difference of persons helped, scenario less "
            "reference; interval by Fieller's theorem."
        ),
        denominator="additional persons helped a year",
        direction=-1,
        label_fr="Coût net par personne aidée en plus",
        label_en="Net cost per additional person helped",
        against_reference=True,
    ),
    Measure(
        id="co2_kg",
        unit="kg CO2e a year",
        formula="Kilometres driven × emissions per kilometre, well to wheel.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Émissions de CO2",
        label_en="CO2 emissions",
    ),
)


def money(facts: Facts, context: MeasureContext, road: Road, persons_by_cell: float) -> dict[str, float]:
    """Values of `MONEY`; `persons_by_cell` are those helped by the cell a year."""
    cost = context.cost
    operation = cost.operation(road.km)
    km = road.total_km / (facts.days / YEAR_DAYS)
    return {
        "investment": cost.investment,
        "yearly_operation": operation,
        "yearly_income": cost.income + cost.state_investment_per_year,
        "net_yearly_cost": cost.net(operation),
        "cost_per_person_served": ratio(operation + cost.investment_per_year, persons_by_cell),
        "marginal_net_cost": float("nan"),
        "co2_kg": km * context.settings.fleet.emissions_g_per_km / 1000.0,
    }
