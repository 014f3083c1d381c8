"""Settings: every parameter of a study, frozen, strict, its unit in its name, checked once.

The numbers live in `conf/` (values) and `conf/register.yaml` (unit, range, source); this file only
says which parameters exist, their types, and which of them a scenario may not touch. Combinations that
are impossible are in `sim/checks.py`.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    model_validator,
)

if TYPE_CHECKING:
    from sim.problems import Problem

__all__ = [
    "MOST_OF_LONGEST",
    "NEEDS",
    "Precision",
    "SCENARIO_GROUPS",
    "TRADES",
    "WORLD_PATHS",
    "Absence",
    "Awareness",
    "Budget",
    "ClockTime",
    "DayRules",
    "Demand",
    "Desk",
    "Exits",
    "Fleet",
    "Homes",
    "ImpossibleError",
    "Needs",
    "Rounds",
    "Run",
    "Scenario",
    "Sensitivity",
    "Sessions",
    "Settings",
    "Sizing",
    "Staff",
    "Study",
    "StudySettings",
    "Target",
    "Thresholds",
    "TooLargeError",
    "Workshops",
    "identity",
    "world_parameters",
]

NEEDS = (
    "admin_level_1",
    "admin_level_2",
    "digital_individual",
    "self_service",
    "social_orientation",
)
TRADES = ("fs", "cn")
MOST_OF_LONGEST = 0.9
"""The largest mean a length cut at a longest value may have, as a share of it."""


def _seconds(text: object) -> object:
    """'09:30' → 34 200; a bare number is refused, since 9 could mean nine o'clock or nine seconds."""
    if isinstance(text, str) and (m := re.fullmatch(r"(\d{1,2})[:h](\d{2})", text.strip())):
        hours, minutes = int(m[1]), int(m[2])
        if hours < 24 and minutes < 60:
            return hours * 3600 + minutes * 60
    raise ValueError("a time of day such as 09:30")


ClockTime = Annotated[
    int,
    BeforeValidator(_seconds),
    PlainSerializer(lambda s: f"{s // 3600:02d}:{s % 3600 // 60:02d}", return_type=str),
    Field(ge=0, lt=86_400),
]


class TooLargeError(ValueError):
    """A number above what its parameter can mean; `fr` says it in French."""

    def __init__(self, most: float, why: str, why_fr: str) -> None:
        limit = f"{most:,.0f}".replace(",", " ")
        super().__init__(f"at most {limit}: {why}")
        self.fr = f"au plus {limit} : {why_fr}"


def _at_most(most: float, why: str, why_fr: str) -> AfterValidator:
    """Refuse a number above `most`, with the reason: beyond, it is a slip of the hand, or overflows."""

    def check(value: float) -> float:
        if value > most:
            raise TooLargeError(most, why, why_fr)
        return value

    return AfterValidator(check)


_COUNT = _at_most(1_000_000, "no count of the service is larger", "aucun compte du service n'est plus grand")
_MINUTES = _at_most(525_600, "a year of minutes", "une année de minutes")
_NEVER = _at_most(1_000_000_000, "which already stands for no limit", "ce qui vaut déjà « sans limite »")
_HOURS = _at_most(24, "a day has no more hours", "un jour n'a pas plus d'heures")
_WEEK_HOURS = _at_most(168, "a week has no more hours", "une semaine n'a pas plus d'heures")
_DAYS = _at_most(3_660, "ten years, the longest horizon", "dix ans, la plus longue période simulée")
_YEAR_DAYS = _at_most(366, "a year has no more days", "une année n'a pas plus de jours")
_MONEY = _at_most(
    1_000_000_000, "a county's whole budget is less", "tout le budget du Département est moindre"
)
_SPREAD = _at_most(
    5,
    "a spread beyond which means rest on one draw in a thousand",
    "une dispersion au-delà de laquelle les moyennes tiennent à un tirage sur mille",
)
_RATIO = _at_most(1_000_000, "a ratio beyond which only one choice is left", "au-delà, un seul choix demeure")

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0), _RATIO]
NotNegative = Annotated[float, Field(ge=0), _RATIO]
Minutes = Annotated[float, Field(ge=0), _MINUTES]
SomeMinutes = Annotated[float, Field(gt=0), _MINUTES]
Patience = Annotated[float, Field(gt=0), _NEVER]
Hours = Annotated[float, Field(gt=0), _HOURS]
HoursAWeek = Annotated[float, Field(gt=0), _WEEK_HOURS]
LabelHours = Annotated[float, Field(ge=0), _WEEK_HOURS]
Days = Annotated[float, Field(ge=0), _DAYS]
SomeDays = Annotated[float, Field(gt=0), _DAYS]
DaysAYear = Annotated[float, Field(ge=0), _YEAR_DAYS]
Weeks = Annotated[float, Field(ge=0), _at_most(523, "ten years", "dix ans")]
Money = Annotated[float, Field(ge=0), _MONEY]
SomeMoney = Annotated[float, Field(gt=0), _MONEY]
Spread = Annotated[float, Field(ge=0), _SPREAD]
Months = Annotated[float, Field(ge=-12_000, le=12_000)]
SomeMonths = Annotated[float, Field(gt=0), _at_most(12_000, "a thousand years", "mille ans")]
Index = Annotated[
    float, Field(gt=0), _at_most(100, "a hundred times an average day", "cent fois un jour moyen")
]
Count = Annotated[int, Field(ge=0), _COUNT]
AtLeastOne = Annotated[int, Field(ge=1), _COUNT]
FewPosts = Annotated[int, Field(ge=0), _at_most(500, "no room holds more", "aucune salle n'en contient plus")]
CalendarDays = Annotated[int, Field(ge=0), _DAYS]


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


class Precision(Frozen):
    """Replications until every decision measure is precise enough, instead of a fixed number.

    `half_width_share` is the half-width asked for, as a share of the measure's practical threshold;
    `relative`, a share of the difference itself, is allowed instead where the difference is larger than
    the threshold and that is more.
    """

    enabled: bool
    half_width_share: Positive
    relative: Positive | None
    least: Annotated[int, Field(ge=2, le=1_000_000)]
    most: Annotated[int, Field(ge=2, le=1_000_000)]
    ahead: Count


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
    precision: Precision
    assumptions: Literal["fixed", "drawn"]


class Fleet(Frozen):
    """Vehicles and what they burn. Vehicles beyond `rounds.vehicles` are spares."""

    vehicles: Annotated[int, Field(ge=1, le=500)]
    base_site: str | None
    consumption_l_per_100km: NotNegative
    fuel_eur_per_l: dict[str, SomeMoney]
    emissions_g_per_km: NotNegative
    breakdown_share_of_vehicle_days: Share
    repair_mean_days: SomeDays
    on_breakdown: Literal["spare_if_any", "spare"]
    spare_after_min: Minutes


class SicknessSpells(Frozen):
    """Sickness as spells: a renewal process per agent."""

    spells_per_year: DaysAYear
    median_days: SomeDays
    mean_days: SomeDays


class Staff(Frozen):
    """Agents, who may work with whom, leave, training, sickness, the coordinator."""

    fs_agents: Annotated[int, Field(ge=0, le=500)]
    cn_agents: Annotated[int, Field(ge=0, le=500)]
    pairing: Literal["pooled", "named", "named_strict", "any_two"]
    short_crew: Literal["cancel", "solo"]
    leave_policy: Literal["staggered", "joint", "closed_weeks"]
    closed_weeks_per_year: Count
    leave_days_per_year: DaysAYear
    leave_holiday_weight: Positive
    training_days_per_year: DaysAYear
    initial_training_weeks: Weeks
    sickness: SicknessSpells
    coordinator_fte: Share
    follow_up_min_per_person: Minutes
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

    setup_min: Minutes
    pack_min: Minutes
    buffer_min: Minutes
    lunch_min: Minutes
    lunch_least_min: Minutes
    duty_starts: ClockTime
    duty_ends: ClockTime
    duty_most_h: Hours
    amplitude_most_h: Hours
    leg_noise_cv: Spread
    day_factor_cv: Spread


class Workshops(Frozen):
    """Collective workshops, held by the conseiller in afternoon permanences."""

    per_month_per_cn: NotNegative
    starts_after_opening_min: Minutes
    length_min: Minutes
    sign_ups_mean: NotNegative
    capacity: Count


class Desk(Frozen):
    """What happens at a permanence."""

    discipline: Literal["fifo", "first_choice"]
    overtime_min: Minutes
    self_service_posts: FewPosts
    patience_mean_min: Patience
    early_share: Share
    early_min: Minutes
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
    work_mean_min: dict[str, Minutes]
    work_cv: Spread
    work_longest_min: SomeMinutes | None
    correspondent_reached_share: Share
    correspondent_extra_min: Minutes
    unsolved_share: Share
    unsolved_level_2_reached_share: Share
    follow_up_work_share: Share
    segments: dict[str, Share]
    operators: dict[str, Share]


class Season(Frozen):
    """Total index of needs by date; the tax campaign is carried by its operator alone."""

    tax_index: Index
    tax_operator: str
    tax_campaigns: list[tuple[date, date]]
    tax_month_day: tuple[str, str]
    summer_index: Index
    school_holidays_index: Index
    school_zone: Literal["A", "B", "C"]


class Awareness(Frozen):
    """The S-curve by which residents come to know the service: logistic in months since launch."""

    launch: date
    midpoint_months: Months
    scale_months: SomeMonths


class Demand(Frozen):
    """Where and when needs arise, and how residents choose where to go."""

    share_in_difficulty: Share
    needs_per_person_per_year: Annotated[
        float,
        Field(ge=0),
        _at_most(
            100, "nobody comes twice a week all year", "personne ne vient deux fois par semaine toute l'année"
        ),
    ]
    commune_effect_sigma: Spread
    place_effect_sigma: Spread
    multiplier_permanence: Positive
    multiplier_fixed: Positive
    gives_up_constant: Annotated[float, Field(ge=-100, le=100)]
    beta_hours: Annotated[float, Field(ge=0, le=10)]
    halving_min: Patience
    reach_min: Patience
    fixed_hours_per_week: HoursAWeek
    round_half_day_h: Hours
    needs: Needs
    season: Season
    awareness: Awareness


class Channel(Frozen):
    """A booking point: its share of requests, opening hours, delay of transmission."""

    share: Share
    opens: ClockTime
    closes: ClockTime
    delay_days: CalendarDays


class Homes(Frozen):
    """Home visits: requests, booking desk, lengths, outcomes."""

    requests_per_week: Annotated[
        float,
        Field(ge=0),
        _at_most(
            10_000, "more than a crew could hear in years", "plus qu'une équipe n'en servirait en des années"
        ),
    ]
    redirected_share: Share
    cancelled_share: Share
    no_show_share_with_reminders: Share
    no_show_share_without_reminders: Share
    reminders: bool
    policy: Literal["earliest", "cheapest_insertion", "zone_day"]
    by: Literal["pair", "one_agent"]
    lead_bound_days: CalendarDays
    refused_after_days: Annotated[int, Field(ge=1, le=365)]
    length_mean_min: SomeMinutes
    length_cv: Spread
    length_longest_min: SomeMinutes | None
    buffer_min: Minutes
    first_start: ClockTime
    last_start: ClockTime
    slot_min: SomeMinutes
    channels: dict[Literal["fixed_structure", "town_hall", "maison_des_solidarites"], Channel]


class Rounds(Frozen):
    """Which rounds are driven and how their calendar is dated."""

    file: str | None
    requirements: str | None
    vehicles: Annotated[int, Field(ge=1, le=500)]
    cycle: Literal["fortnight", "four_weeks", "monthly"]
    reading: Literal["per_site", "per_commune"]
    extra_passages: Count
    timetable_of_vehicles: Annotated[int, Field(ge=1, le=500)] | None
    planned_anew: bool
    holiday: Literal["cancelled", "moved"]
    moved_within_days: CalendarDays
    announced_days: CalendarDays


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

    vehicles_eur: Money
    vehicles_units: AtLeastOne
    livery_eur: Money
    livery_units: AtLeastOne
    it_eur: Money
    it_units: AtLeastOne
    smartphones_eur: Money
    smartphones_units: AtLeastOne
    office_eur: Money
    office_units: AtLeastOne
    state_investment_eur: Money
    months: AtLeastOne
    pay_eur: Money
    pay_fte: AtLeastOne
    fuel_eur: Money
    fuel_vehicles: AtLeastOne
    publicity_eur: Money
    telecoms_eur: Money
    telecoms_units: AtLeastOne
    label_grant_eur: Money
    labels: Count
    cui_eur: Money
    cui_agents: AtLeastOne
    conseiller_grant_eur: Money
    conseiller_agents: AtLeastOne
    conseiller_grant_months: AtLeastOne
    label_grant_eur_per_year: dict[str, Money]
    investment_years: Positive
    not_budgeted: list[str]


class Thresholds(Frozen):
    """Practical thresholds ±δ of the seven decision measures."""

    persons_helped_share: NotNegative
    held_by_two_points: NotNegative
    days_to_next_passage_days: Days
    home_lead_p90_days: Days
    wait_p90_min: Minutes
    weeks_under_24h_per_year: Weeks
    net_yearly_cost_eur: Money
    label_hours_per_week: LabelHours


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


class Target(Frozen):
    """What a measure must be, at least or at most, on average over replications.

    A mean that misses it by less than `tolerance` may be accepted or not; null takes the measure's practical
    threshold.
    """

    at_least: Annotated[float, Field(ge=-1e12, le=1e12)] | None = None
    at_most: Annotated[float, Field(ge=-1e12, le=1e12)] | None = None
    tolerance: Positive | None = None


class Sizing(Frozen):
    """Which designs are tried for the cheapest that meets the targets, and how surely.

    Every combination of the lists is a design. `extra_passages` are a fortnight's; `service` is the
    measure that the frontier sets against cost. `most` bounds the replications of a design.
    """

    targets: dict[str, Target]
    vehicles: Annotated[list[AtLeastOne], Field(min_length=1)]
    pairs: Annotated[list[AtLeastOne], Field(min_length=1)]
    pairing: Annotated[list[Literal["pooled", "named", "named_strict", "any_two"]], Field(min_length=1)]
    sessions: Annotated[dict[str, Sessions], Field(min_length=1)]
    extra_passages: Annotated[list[Count], Field(min_length=1)]
    reminders: Annotated[list[bool], Field(min_length=1)]
    leave_policy: Annotated[list[Literal["staggered", "joint", "closed_weeks"]], Field(min_length=1)]
    service: str
    screening: Annotated[int, Field(ge=3), _COUNT]
    first: Annotated[int, Field(ge=3), _COUNT]
    most: Annotated[int, Field(ge=3), _COUNT]
    error: Annotated[float, Field(gt=0, lt=1)]
    cost_zone_eur: SomeMoney


class Sensitivity(Frozen):
    """How many replications and points the study of assumptions takes.

    The assumptions as they stand are run in `run.replications` worlds, and no point in more; `replications`
    are for each value of one of them, `trajectories` and `trajectory_replications` for Morris screening,
    `draws` for drawing all assumptions at once. `levels` are the values of an assumption from one end of its
    range to the other. `sobol` rows, a power of two, for the Sobol indices of the few named in `only`.
    """

    replications: Annotated[int, Field(ge=2), _COUNT]
    levels: Annotated[
        int,
        Field(ge=3),
        _at_most(1_000, "finer than any reader sees", "plus fin que ce qu'un lecteur distingue"),
    ]
    trajectories: Count
    trajectory_replications: AtLeastOne
    draws: Count
    sobol: Count
    only: list[str]


def _one_or_more(value: object) -> object:
    """A single agent is a list of one: `absence.agents=A3`."""
    return [value] if isinstance(value, str) else value


class Absence(Frozen):
    """Who is away, from which morning, until when (the last day away; none for that day only)."""

    date: dt.date | None
    agents: Annotated[list[str], BeforeValidator(_one_or_more)]
    until: dt.date | None


class ImpossibleError(ValueError):
    """Values that are each valid but cannot hold together; carries the problems."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


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
    absence: Absence
    sizing: Sizing
    sensitivity: Sensitivity

    @model_validator(mode="after")
    def _possible_together(self) -> Settings:
        from sim.checks import impossible_combinations

        problems = impossible_combinations(self)
        if problems:
            raise ImpossibleError(problems)
        return self


# The outside world is drawn before the simulation and does not know the scenario: a scenario that
# touched one of these would compare two worlds instead of two ways of serving one.
WORLD_PATHS = (
    "demand.share_in_difficulty",
    "demand.needs_per_person_per_year",
    "demand.commune_effect_sigma",
    "demand.place_effect_sigma",
    "demand.needs",
    "demand.season",
    "demand.awareness",
    "demand.reach_min",
    "desk.patience_mean_min",
    "desk.early_share",
    "desk.early_min",
    "desk.arrival_thirds",
    "desk.comes_back_share",
    "desk.goes_fixed_share",
    "desk.workshops.sign_ups_mean",
    "staff.sickness",
    "fleet.breakdown_share_of_vehicle_days",
    "fleet.repair_mean_days",
    "day.duty_starts",
    "day.duty_ends",
    "day.leg_noise_cv",
    "day.day_factor_cv",
    "homes.requests_per_week",
    "homes.redirected_share",
    "homes.cancelled_share",
    "homes.no_show_share_with_reminders",
    "homes.no_show_share_without_reminders",
    "homes.length_mean_min",
    "homes.length_cv",
    "homes.length_longest_min",
    "homes.channels",
)

# What a scenario may be about; everything else is the study's, the same for all its scenarios.
SCENARIO_GROUPS = (
    "fleet",
    "staff",
    "sessions",
    "day",
    "desk",
    "demand",
    "homes",
    "rounds",
    "exits",
    "budget",
)


def world_parameters(settings: Settings) -> dict[str, object]:
    """The parameters of the world by dotted path, with what else its draws depend on."""
    values = settings.model_dump(mode="json")
    paths = ("territory", "run.seed", "run.horizon", *WORLD_PATHS)
    return {path: _at(values, path) for path in paths}


def identity(settings: Settings) -> str:
    """Canonical JSON of all that decides what one replication of this scenario gives.

    Left out: how the study is run (workers, executor, detail, language, folders), what else it
    compares and how it is worded, so that a run is recognised again when only those change.
    """
    values = settings.model_dump(mode="json", exclude={"study", "outputs", "sizing", "sensitivity"})
    values["run"] = {key: values["run"][key] for key in ("seed", "horizon")}
    values["scenario"] = values["scenario"]["name"]
    return json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _at(values: Any, path: str) -> object:
    for part in path.split("."):
        values = values[part]
    return values


@dataclass(frozen=True, slots=True)
class StudySettings:
    """A study, ready to run: the parameters before any delta, and those of each scenario.

    `base` holds the parameters every scenario starts from; `scenarios` are in the order of
    `study.scenarios`, the first being the reference of every comparison.
    """

    base: Settings
    scenarios: tuple[Settings, ...]
    overrides: tuple[str, ...] = ()

    @property
    def reference(self) -> Settings:
        """The scenario the others are compared with: the first."""
        return self.scenarios[0]

    @property
    def study(self) -> Study:
        """What is asked."""
        return self.base.study

    @property
    def run(self) -> Run:
        """How it is run."""
        return self.base.run

    def to_yaml(self) -> str:
        """Every resolved parameter and each scenario's delta, as `settings.yaml`.

        `python -m sim settings=FILE` reads it back; composing that gives the same text.
        """
        import yaml

        values = self.base.model_dump(mode="json")
        values["run"]["resume"] = None
        values["scenarios"] = [settings.scenario.model_dump(mode="json") for settings in self.scenarios]
        text: str = yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=110)
        return (
            "# Tous les paramètres de l'étude ; la refaire : python -m sim settings=CE_FICHIER\n"
            "# Every parameter of the study; to run it again: python -m sim settings=THIS_FILE\n" + text
        )
