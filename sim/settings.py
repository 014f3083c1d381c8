"""Settings: every parameter of a study, frozen, strict, its unit in its name, checked once.

The numbers live in `conf/` (values) and `conf/register.yaml` (unit, range, source); this file only
says which parameters exist, their types, and which combinations are impossible.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

__all__ = [
    "Awareness",
    "Budget",
    "ClockTime",
    "DayRules",
    "Demand",
    "Desk",
    "Exits",
    "Fleet",
    "Homes",
    "Needs",
    "Rounds",
    "Run",
    "Scenario",
    "Sessions",
    "Settings",
    "Staff",
    "Study",
    "Thresholds",
    "Workshops",
]

NEEDS = (
    "admin_level_1",
    "admin_level_2",
    "digital_individual",
    "self_service",
    "social_orientation",
)
TRADES = ("fs", "cn")


def _seconds(text: object) -> object:
    """'09:30' → 34 200; anything else is left for pydantic to refuse."""
    if isinstance(text, str) and (m := re.fullmatch(r"(\d{1,2})[:h](\d{2})", text.strip())):
        hours, minutes = int(m[1]), int(m[2])
        if hours < 24 and minutes < 60:
            return hours * 3600 + minutes * 60
    if isinstance(text, str):
        raise ValueError("a time of day such as 09:30")
    return text


ClockTime = Annotated[
    int,
    BeforeValidator(_seconds),
    PlainSerializer(lambda s: f"{s // 3600:02d}:{s % 3600 // 60:02d}", return_type=str),
    Field(ge=0, lt=86_400),
]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]


class Frozen(BaseModel):
    """A group of parameters: frozen, strict, unknown names refused."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class Horizon(Frozen):
    """The dates simulated, both included."""

    start: date
    end: date


class Dask(Frozen):
    """Where the cluster scheduler listens; none starts a local cluster."""

    address: str | None


class Run(Frozen):
    """How a study is run: nothing here changes what is simulated, but seed and horizon."""

    seed: Annotated[int, Field(ge=0, lt=2**63)]
    replications: Annotated[int, Field(ge=1, le=1_000_000)]
    workers: Annotated[int, Field(ge=1, le=4096)] | None
    executor: Literal["serial", "processes", "dask"]
    detail: list[Count] | Literal["all", "none"]
    horizon: Horizon
    resume: str | None
    language: Literal["fr", "en"]
    dask: Dask


class Fleet(Frozen):
    """Vehicles and what they burn. Vehicles beyond `rounds.vehicles` are spares."""

    vehicles: Annotated[int, Field(ge=1, le=500)]
    base_site: str | None
    consumption_l_per_100km: NotNegative
    fuel_eur_per_l: dict[str, Positive]
    emissions_g_per_km: NotNegative
    breakdown_share_of_vehicle_days: Share
    repair_mean_days: Positive
    spare_after_min: NotNegative


class SicknessSpells(Frozen):
    """Sickness as spells: a renewal process per agent."""

    spells_per_year: NotNegative
    median_days: Positive
    mean_days: Positive


class Staff(Frozen):
    """Agents, who may work with whom, leave, training, sickness, the coordinator."""

    fs_agents: Annotated[int, Field(ge=0, le=500)]
    cn_agents: Annotated[int, Field(ge=0, le=500)]
    pairing: Literal["pooled", "named", "named_strict", "any_two"]
    short_crew: Literal["cancel", "solo"]
    leave_policy: Literal["staggered", "joint", "closed_weeks"]
    closed_weeks_per_year: Count
    leave_days_per_year: NotNegative
    leave_holiday_weight: Positive
    training_days_per_year: NotNegative
    initial_training_weeks: NotNegative
    sickness: SicknessSpells
    coordinator_fte: Share
    follow_up_min_per_person: NotNegative
    efficiency_outside_trade: Annotated[float, Field(ge=0, le=1)]
    efficiency_cn_level_2: Annotated[float, Field(ge=0, le=1)]


class Session(Frozen):
    """One half-day's announced hours."""

    opens: ClockTime
    closes: ClockTime


class Sessions(Frozen):
    """The hours a permanence is announced for, by half-day."""

    morning: Session
    afternoon: Session


class DayRules(Frozen):
    """A vehicle-day: buffers, lunch, duty window, traffic."""

    setup_min: NotNegative
    pack_min: NotNegative
    buffer_min: NotNegative
    lunch_min: NotNegative
    lunch_least_min: NotNegative
    duty_starts: ClockTime
    duty_ends: ClockTime
    duty_most_h: Positive
    amplitude_most_h: Positive
    leg_noise_cv: NotNegative
    day_factor_cv: NotNegative


class Workshops(Frozen):
    """Collective workshops, held by the conseiller in afternoon permanences."""

    per_month_per_cn: NotNegative
    starts_after_opening_min: NotNegative
    length_min: NotNegative
    sign_ups_mean: NotNegative
    capacity: Count


class Desk(Frozen):
    """What happens at a permanence."""

    discipline: Literal["fifo", "first_choice"]
    overtime_min: NotNegative
    self_service_posts: Count
    patience_mean_min: Positive
    early_share: Share
    early_min: NotNegative
    arrival_thirds: tuple[Share, Share, Share]
    comes_back_share: Share
    goes_fixed_share: Share
    told_share: Share
    choose_again_weeks: Annotated[int, Field(ge=0, le=520)]
    appointment_share: Share
    workshops: Workshops


class Needs(Frozen):
    """What residents come for, how long it takes, whether it is solved."""

    mix: dict[str, Share]
    work_mean_min: dict[str, NotNegative]
    work_cv: NotNegative
    correspondent_reached_share: Share
    correspondent_extra_min: NotNegative
    unsolved_share: Share
    unsolved_level_2_reached_share: Share
    follow_up_work_share: Share
    segments: dict[str, Share]
    operators: dict[str, Share]


class Season(Frozen):
    """Total index of needs by date; the tax campaign is carried by its operator alone."""

    tax_index: Positive
    tax_operator: str
    tax_campaigns: list[tuple[date, date]]
    tax_month_day: tuple[str, str]
    summer_index: Positive
    school_holidays_index: Positive
    school_zone: Literal["A", "B", "C"]


class Awareness(Frozen):
    """The S-curve by which residents come to know the service: logistic in months since launch."""

    launch: date
    midpoint_months: float
    scale_months: Positive


class Demand(Frozen):
    """Where and when needs arise, and how residents choose where to go."""

    share_in_difficulty: Share
    needs_per_person_per_year: NotNegative
    commune_effect_sigma: NotNegative
    place_effect_sigma: NotNegative
    multiplier_permanence: Positive
    multiplier_fixed: Positive
    gives_up_constant: float
    beta_hours: NotNegative
    halving_min: Positive
    reach_min: Positive
    fixed_hours_per_week: Positive
    round_half_day_h: Positive
    needs: Needs
    season: Season
    awareness: Awareness


class Channel(Frozen):
    """A booking point: its share of requests, opening hours, delay of transmission."""

    share: Share
    opens: ClockTime
    closes: ClockTime
    delay_days: Count


class Homes(Frozen):
    """Home visits: requests, booking desk, lengths, outcomes."""

    requests_per_week: NotNegative
    redirected_share: Share
    cancelled_share: Share
    no_show_share_with_reminders: Share
    no_show_share_without_reminders: Share
    reminders: bool
    policy: Literal["earliest", "cheapest_insertion", "zone_day"]
    by: Literal["pair", "one_agent"]
    lead_bound_days: Count
    refused_after_days: Annotated[int, Field(ge=1, le=365)]
    length_mean_min: Positive
    length_cv: NotNegative
    buffer_min: NotNegative
    first_start: ClockTime
    last_start: ClockTime
    slot_min: Positive
    channels: dict[Literal["fixed_structure", "town_hall", "maison_des_solidarites"], Channel]


class Rounds(Frozen):
    """Which rounds are driven and how their calendar is dated."""

    file: str | None
    vehicles: Annotated[int, Field(ge=1, le=500)]
    cycle: Literal["fortnight", "four_weeks", "monthly"]
    reading: Literal["per_site", "per_commune"]
    extra_passages: Count
    holiday: Literal["cancelled", "moved"]
    moved_within_days: Count
    announced_days: Count


class Exits(Frozen):
    """Communes whose own fixed structure opens: which reading, what is done with freed half-days."""

    reading: Literal["none", "announced", "happened", "drawn"]
    communes: dict[str, str]
    policy: Literal["keep", "redistribute", "replan"]
    honoured_weeks: Count
    slip_months: Count
    lost_after_months: Count | None


class Budget(Frozen):
    """The voted lines, TTC, with the units they are scaled by, and grants by year."""

    vehicles_eur: float
    vehicles_units: int
    livery_eur: float
    livery_units: int
    it_eur: float
    it_units: int
    smartphones_eur: float
    smartphones_units: int
    office_eur: float
    office_units: int
    state_investment_eur: float
    months: int
    pay_eur: float
    pay_fte: int
    fuel_eur: float
    fuel_vehicles: int
    publicity_eur: float
    telecoms_eur: float
    telecoms_units: int
    label_grant_eur: float
    labels: Count
    cui_eur: float
    cui_agents: int
    conseiller_grant_eur: float
    conseiller_agents: int
    conseiller_grant_months: int
    label_grant_eur_per_year: dict[str, float]
    investment_years: Positive
    not_budgeted: list[str]


class Thresholds(Frozen):
    """Practical thresholds ±δ of the seven decision measures."""

    persons_helped_share: NotNegative
    held_by_two_points: NotNegative
    days_to_next_passage_days: NotNegative
    home_lead_p90_days: NotNegative
    wait_p90_min: NotNegative
    weeks_under_24h_per_year: NotNegative
    net_yearly_cost_eur: NotNegative
    label_hours_per_week: NotNegative


class Scenario(Frozen):
    """A named change over the reference."""

    name: str
    label_fr: str
    label_en: str
    sentence_fr: str
    sentence_en: str
    delta: dict[str, object]


class Study(Frozen):
    """What is asked: the scenarios compared, the first being the reference."""

    name: str
    kind: Literal["comparison", "single", "calibration", "sizing", "sensitivity", "absence"]
    question_fr: str
    question_en: str
    scenarios: list[str]
    confidence: Annotated[float, Field(gt=0, lt=1)]


class Settings(Frozen):
    """Every parameter of one scenario of one study.

    Raises
    ------
    pydantic.ValidationError
        With every wrong name, type, value and impossible combination at once.
    """

    territory: str
    outputs: str
    study: Study
    scenario: Scenario
    run: Run
    fleet: Fleet
    staff: Staff
    sessions: Sessions
    day: DayRules
    desk: Desk
    demand: Demand
    homes: Homes
    rounds: Rounds
    exits: Exits
    budget: Budget
    thresholds: Thresholds

    @model_validator(mode="after")
    def _possible_together(self) -> Settings:
        from sim.checks import impossible_combinations

        problems = impossible_combinations(self)
        if problems:
            raise ValueError("\n".join(problems))
        return self
