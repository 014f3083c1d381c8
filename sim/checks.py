"""Combinations of parameters that cannot hold together, each said with what would be possible."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta

from sim.clock import make_calendar
from sim.problems import Problem, nearest
from sim.settings import MOST_OF_LONGEST, NEEDS, Sessions, Settings

__all__ = ["MOST_YEARS", "impossible_combinations"]

MOST_YEARS = 10
_KEEPS_FACTS = ("comparison", "single")
_MOST_ROAD_CV = 1.0
_SUM_TOLERANCE = 1e-6


def impossible_combinations(settings: Settings) -> list[Problem]:
    """Every combination in `settings` that cannot be simulated, in the order of the groups."""
    checks: tuple[Callable[[Settings], Iterator[Problem]], ...] = (
        _horizon,
        _replications,
        _fleet,
        _staff,
        _sessions,
        _day,
        _desk,
        _needs,
        _season,
        _homes,
        _rounds,
        _exits,
        _absence,
        _sizing,
    )
    return [problem for check in checks for problem in check(settings)]


def _problem(
    where: str,
    found: object,
    expected: str,
    expected_fr: str,
    near: str | None = None,
    found_fr: str | None = None,
) -> Problem:
    return Problem(where, str(found), expected, near, expected_fr, found_fr)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 3600:02d}:{int(seconds) % 3600 // 60:02d}"


def _sums_to_one(where: str, parts: Iterable[float]) -> Iterator[Problem]:
    total = math.fsum(parts)
    if abs(total - 1) > _SUM_TOLERANCE:
        yield _problem(
            where,
            f"shares that sum to {total:.6g}",
            "shares that sum to 1",
            "des parts dont la somme est 1",
            found_fr=f"des parts dont la somme est {total:.6g}",
        )


def _names(where: str, found: Mapping[str, object], valid: tuple[str, ...]) -> Iterator[Problem]:
    for name in found:
        if name not in valid:
            yield _problem(
                f"{where}.{name}",
                repr(name),
                f"one of {', '.join(valid)}",
                f"un nom parmi {', '.join(valid)}",
                nearest(name, valid),
            )
    for name in valid:
        if name not in found:
            yield _problem(f"{where}.{name}", "nothing", "a value", "une valeur", found_fr="rien")


def _horizon(settings: Settings) -> Iterator[Problem]:
    start, end = settings.run.horizon.start, settings.run.horizon.end
    launch = settings.demand.awareness.launch
    if end < start:
        yield _problem(
            "run.horizon.end",
            end,
            f"{start} (run.horizon.start) or later",
            f"{start} (run.horizon.start) ou après",
        )
    elif (end - start).days > MOST_YEARS * 366:
        yield _problem(
            "run.horizon",
            f"{start} to {end}",
            f"at most {MOST_YEARS} years",
            f"{MOST_YEARS} ans au plus",
            found_fr=f"du {start} au {end}",
        )
    if start < launch:
        yield _problem(
            "run.horizon.start",
            start,
            f"{launch} (demand.awareness.launch) or later: there is no service before its launch",
            f"{launch} (demand.awareness.launch) ou après : il n'y a pas de service avant son lancement",
        )
    if not 1990 <= start.year <= 2200:
        yield _problem("run.horizon.start", start, "a year from 1990 to 2200", "une année de 1990 à 2200")


def _replications(settings: Settings) -> Iterator[Problem]:
    run, study = settings.run, settings.study
    fewest = {"comparison": 2, "sensitivity": 2, "sizing": 3}.get(study.kind, 1)
    if run.replications < fewest:
        yield _problem(
            "run.replications",
            run.replications,
            f"{fewest} or more: scenarios are compared with an interval",
            f"{fewest} ou plus : les scénarios sont comparés avec un intervalle",
        )
    count, key = run.replications, "run.replications"
    if run.precision.enabled:
        count, key = min(run.precision.least, run.precision.most), "run.precision.least"
    if isinstance(run.detail, list) and study.kind in _KEEPS_FACTS:
        for replication in run.detail:
            if replication >= count:
                yield _problem(
                    "run.detail",
                    replication,
                    f"replications from 0 to {count - 1} ({key}={count})",
                    f"des réplications de 0 à {count - 1} ({key}={count})",
                )
    if study.kind not in _KEEPS_FACTS:
        yield from _only_where_scenarios_are_run(settings)
    if run.precision.least > run.precision.most:
        yield _problem(
            "run.precision.least",
            run.precision.least,
            f"at most {run.precision.most} (run.precision.most)",
            f"{run.precision.most} au plus (run.precision.most)",
        )
    least = {"comparison": 2, "sensitivity": 2}.get(study.kind, 1)
    if len(study.scenarios) < least:
        yield _problem(
            "study.scenarios",
            study.scenarios,
            f"at least {least} scenarios" if least > 1 else "a scenario",
            f"au moins {least} scénarios" if least > 1 else "un scénario",
        )
    if study.kind in {"single", "absence", "calibration"} and len(study.scenarios) > 1:
        yield _problem("study.scenarios", study.scenarios, "one scenario only", "un seul scénario")
    for name in sorted({name for name in study.scenarios if study.scenarios.count(name) > 1}):
        yield _problem(
            "study.scenarios",
            f"'{name}' twice",
            "each scenario once",
            "chaque scénario une seule fois",
            found_fr=f"« {name} » deux fois",
        )


def _only_where_scenarios_are_run(settings: Settings) -> Iterator[Problem]:
    """What a study that plans its own runs cannot do."""
    run, kind = settings.run, settings.study.kind
    what = "study=single, or a study that compares scenarios"
    what_fr = "study=single, ou une étude qui compare des scénarios"
    if run.precision.enabled:
        yield _problem(
            "run.precision.enabled",
            f"true with study={settings.study.name}",
            f"false: it is for {what}",
            f"false : il sert à {what_fr}",
            found_fr=f"true avec study={settings.study.name}",
        )
    if run.assumptions == "drawn":
        more = ", where sensitivity.draws says it" if kind == "sensitivity" else ""
        more_fr = " ; ici, sensitivity.draws le règle" if kind == "sensitivity" else ""
        yield _problem(
            "run.assumptions",
            f"drawn with study={settings.study.name}",
            f"fixed: drawing is for {what}{more}",
            f"fixed : le tirage sert à {what_fr}{more_fr}",
            found_fr=f"drawn avec study={settings.study.name}",
        )
    if run.detail not in ([0], "none"):
        yield _problem(
            "run.detail",
            f"{run.detail} with study={settings.study.name}",
            f"none: facts are kept by {what}",
            f"none : le détail est gardé par {what_fr}",
            found_fr=f"{run.detail} avec study={settings.study.name}",
        )


def _fleet(settings: Settings) -> Iterator[Problem]:
    fleet, driven = settings.fleet, settings.rounds.vehicles
    if driven > fleet.vehicles:
        yield _problem(
            "rounds.vehicles",
            driven,
            f"at most {fleet.vehicles} (fleet.vehicles): add rounds.vehicles={fleet.vehicles}",
            f"{fleet.vehicles} au plus (fleet.vehicles) : ajoutez rounds.vehicles={fleet.vehicles}",
        )
    elif fleet.on_breakdown == "spare" and fleet.vehicles == driven:
        yield _problem(
            "fleet.on_breakdown",
            "'spare' without a spare vehicle",
            f"fleet.vehicles above {driven} (rounds.vehicles), or 'spare_if_any'",
            f"fleet.vehicles au-dessus de {driven} (rounds.vehicles), ou « spare_if_any »",
            found_fr="« spare » sans véhicule de réserve",
        )
    for year in fleet.fuel_eur_per_l:
        yield from _year("fleet.fuel_eur_per_l", year)
    if not fleet.fuel_eur_per_l:
        yield _problem(
            "fleet.fuel_eur_per_l",
            "no year",
            "a price for at least one year",
            "un prix pour au moins une année",
            found_fr="aucune année",
        )
    for year in settings.budget.label_grant_eur_per_year:
        yield from _year("budget.label_grant_eur_per_year", year)


def _year(where: str, year: str) -> Iterator[Problem]:
    if not re.fullmatch(r"(19|20|21)\d\d", year):
        yield _problem(f"{where}.{year}", repr(year), "a year such as 2022", "une année telle que 2022")


def _staff(settings: Settings) -> Iterator[Problem]:
    staff = settings.staff
    fs, cn = staff.fs_agents, staff.cn_agents
    pairs = (fs + cn) // 2 if staff.pairing == "any_two" else min(fs, cn)
    alone = staff.short_crew == "solo" and fs + cn >= 1
    if pairs < 1 and not alone:
        yield _problem(
            "staff.fs_agents, staff.cn_agents",
            f"{fs} and {cn}",
            "at least one pair of agents",
            "au moins une paire d'agents",
            found_fr=f"{fs} et {cn}",
        )
    if staff.pairing in {"named", "named_strict"} and fs != cn:
        yield _problem(
            "staff.pairing",
            f"'{staff.pairing}' with {fs} France Services agents and {cn} conseillers",
            "as many of one trade as of the other, or 'pooled' or 'any_two'",
            "autant d'agents d'un métier que de l'autre, ou « pooled » ou « any_two »",
            found_fr=f"« {staff.pairing} » avec {fs} agents France Services et {cn} conseillers",
        )
    if staff.leave_policy == "closed_weeks":
        most = int(staff.leave_days_per_year // 5)
        if not 1 <= staff.closed_weeks_per_year <= most:
            yield _problem(
                "staff.closed_weeks_per_year",
                staff.closed_weeks_per_year,
                f"1 to {most} weeks (staff.leave_days_per_year={staff.leave_days_per_year:g})",
                f"de 1 à {most} semaines (staff.leave_days_per_year={staff.leave_days_per_year:g})",
            )
    away = staff.leave_days_per_year + staff.training_days_per_year
    if away > 200:
        yield _problem(
            "staff.leave_days_per_year",
            f"{away:g} days with training",
            "at most 200 working days a year of leave and training",
            "200 jours ouvrés par an au plus de congés et de formation",
            found_fr=f"{away:g} jours avec la formation",
        )
    if staff.sickness.mean_days < staff.sickness.median_days:
        yield _problem(
            "staff.sickness.mean_days",
            staff.sickness.mean_days,
            f"at least the median, {staff.sickness.median_days:g}: spells are lognormal",
            f"au moins la médiane, {staff.sickness.median_days:g} : les arrêts suivent une loi log-normale",
        )


def _sessions(settings: Settings) -> Iterator[Problem]:
    sessions: Sessions = settings.sessions
    for name, session in (("morning", sessions.morning), ("afternoon", sessions.afternoon)):
        if session.closes <= session.opens:
            yield _problem(
                f"sessions.{name}.closes",
                _clock(session.closes),
                f"later than {_clock(session.opens)} (sessions.{name}.opens)",
                f"après {_clock(session.opens)} (sessions.{name}.opens)",
            )
    if sessions.afternoon.opens < sessions.morning.closes:
        yield _problem(
            "sessions.afternoon.opens",
            _clock(sessions.afternoon.opens),
            f"{_clock(sessions.morning.closes)} (sessions.morning.closes) or later",
            f"{_clock(sessions.morning.closes)} (sessions.morning.closes) ou après",
        )


def _day(settings: Settings) -> Iterator[Problem]:
    day, sessions = settings.day, settings.sessions
    for name, cv in (("leg_noise_cv", day.leg_noise_cv), ("day_factor_cv", day.day_factor_cv)):
        if cv > _MOST_ROAD_CV:
            yield _problem(
                f"day.{name}",
                f"{cv:g}",
                "at most 1: beyond, half the drives take less than seven tenths of the mapped time, which no "
                "road allows",
                "1 au plus : au-delà, la moitié des trajets durent moins des sept dixièmes du temps de la "
                "carte, ce qu'aucune route ne permet",
            )
    if day.lunch_least_min > day.lunch_min:
        yield _problem(
            "day.lunch_least_min",
            f"{day.lunch_least_min:g}",
            f"at most {day.lunch_min:g} (day.lunch_min)",
            f"{day.lunch_min:g} au plus (day.lunch_min)",
        )
    if day.duty_ends <= day.duty_starts:
        yield _problem(
            "day.duty_ends",
            _clock(day.duty_ends),
            f"later than {_clock(day.duty_starts)} (day.duty_starts)",
            f"après {_clock(day.duty_starts)} (day.duty_starts)",
        )
        return
    if day.amplitude_most_h < day.duty_most_h:
        yield _problem(
            "day.amplitude_most_h",
            f"{day.amplitude_most_h:g}",
            f"at least {day.duty_most_h:g} (day.duty_most_h)",
            f"au moins {day.duty_most_h:g} (day.duty_most_h)",
        )
    earliest = day.duty_starts + (day.setup_min + day.buffer_min) * 60
    if sessions.morning.opens < earliest:
        yield _problem(
            "sessions.morning.opens",
            _clock(sessions.morning.opens),
            f"{_clock(earliest)} or later: duty starts at {_clock(day.duty_starts)}, then set-up",
            f"{_clock(earliest)} ou après : début de service à {_clock(day.duty_starts)}, puis installation",
        )
    latest = day.duty_ends - day.pack_min * 60
    if sessions.afternoon.closes > latest:
        yield _problem(
            "sessions.afternoon.closes",
            _clock(sessions.afternoon.closes),
            f"{_clock(max(latest, 0))} or earlier: duty ends at {_clock(day.duty_ends)}, after packing",
            f"{_clock(max(latest, 0))} ou avant : fin de service à {_clock(day.duty_ends)}, après rangement",
        )


def _desk(settings: Settings) -> Iterator[Problem]:
    desk = settings.desk
    yield from _sums_to_one("desk.early_share, desk.arrival_thirds", (desk.early_share, *desk.arrival_thirds))
    if desk.early_share > 0 and desk.early_min == 0:
        yield _problem(
            "desk.early_min",
            0,
            "more than 0, or desk.early_share=0",
            "plus de 0, ou desk.early_share=0",
        )
    returns = desk.comes_back_share + desk.goes_fixed_share
    if returns > 1 + _SUM_TOLERANCE:
        yield _problem(
            "desk.comes_back_share, desk.goes_fixed_share",
            f"shares that sum to {returns:.6g}",
            "at most 1 together",
            "1 au plus à elles deux",
            found_fr=f"des parts dont la somme est {returns:.6g}",
        )
    workshops, afternoon = desk.workshops, settings.sessions.afternoon
    if workshops.per_month_per_cn > 0:
        length = (afternoon.closes - afternoon.opens) / 60
        if 0 < length < workshops.starts_after_opening_min + workshops.length_min:
            yield _problem(
                "desk.workshops.length_min",
                f"{workshops.length_min:g} from minute {workshops.starts_after_opening_min:g}",
                f"a workshop that ends by minute {length:g}, when the afternoon closes, or none a month",
                f"un atelier fini à la minute {length:g}, à la fermeture de l'après-midi, ou aucun par mois",
                found_fr=f"{workshops.length_min:g} dès la minute {workshops.starts_after_opening_min:g}",
            )
        if workshops.capacity < 1:
            yield _problem(
                "desk.workshops.capacity", workshops.capacity, "at least 1 place", "au moins 1 place"
            )


def _needs(settings: Settings) -> Iterator[Problem]:
    needs = settings.demand.needs
    for name, values in (("mix", needs.mix), ("work_mean_min", needs.work_mean_min)):
        yield from _names(f"demand.needs.{name}", values, NEEDS)
    for name, shares in (("mix", needs.mix), ("segments", needs.segments), ("operators", needs.operators)):
        yield from _sums_to_one(f"demand.needs.{name}", shares.values())
    means = [*needs.work_mean_min.values()]
    means.append(needs.work_mean_min.get("admin_level_2", 0.0) + needs.correspondent_extra_min)
    yield from _longest("demand.needs.work_longest_min", needs.work_longest_min, max(means))


def _longest(where: str, longest: float | None, mean: float) -> Iterator[Problem]:
    """A lognormal length cut at a longest value can keep its mean only well below it."""
    if longest is not None and mean > MOST_OF_LONGEST * longest:
        least = math.ceil(mean / MOST_OF_LONGEST)
        yield _problem(
            where,
            f"{longest:g}",
            f"{least} or more, for a mean of {mean:g} minutes, or null: no longest value",
            f"{least} ou plus, pour une moyenne de {mean:g} minutes, ou null : aucune limite",
        )


def _season(settings: Settings) -> Iterator[Problem]:
    season, operators = settings.demand.season, settings.demand.needs.operators
    where = "demand.season"
    share = operators.get(season.tax_operator)
    if share is None:
        yield _problem(
            f"{where}.tax_operator",
            repr(season.tax_operator),
            f"one of {', '.join(operators)}",
            f"un opérateur parmi {', '.join(operators)}",
            nearest(season.tax_operator, operators),
        )
    elif season.tax_index != 1 and (share == 0 or 1 + (season.tax_index - 1) / share < 0):
        yield _problem(
            f"{where}.tax_index",
            f"{season.tax_index:g}",
            f"an index that operator {season.tax_operator}, {share:g} of the needs, can carry alone",
            f"un indice que l'opérateur {season.tax_operator}, {share:g} des besoins, peut porter seul",
        )
    last: date | None = None
    for first, end in sorted(season.tax_campaigns):
        if end < first or (last is not None and first <= last):
            yield _problem(
                f"{where}.tax_campaigns",
                f"{first} to {end}",
                "campaigns that end after they start and do not overlap",
                "des campagnes qui finissent après leur début et ne se chevauchent pas",
                found_fr=f"du {first} au {end}",
            )
        last = end
    for text in season.tax_month_day:
        if _month_day(text) is None:
            yield _problem(
                f"{where}.tax_month_day",
                repr(text),
                "a month and a day such as 04-08",
                "un mois et un jour tels que 04-08",
            )
    if (
        all(_month_day(text) for text in season.tax_month_day)
        and season.tax_month_day[1] < season.tax_month_day[0]
    ):
        yield _problem(
            f"{where}.tax_month_day",
            " to ".join(season.tax_month_day),
            "an end after the start, in the same year",
            "une fin après le début, la même année",
            found_fr=" au ".join(season.tax_month_day),
        )


def _month_day(text: str) -> date | None:
    try:
        # A year without 29 February: the campaign must exist every year.
        return date.fromisoformat(f"2021-{text}") if len(text) == 5 else None
    except ValueError:
        return None


def _homes(settings: Settings) -> Iterator[Problem]:
    homes = settings.homes
    yield from _longest("homes.length_longest_min", homes.length_longest_min, homes.length_mean_min)
    channels = {str(name): channel for name, channel in homes.channels.items()}
    yield from _sums_to_one("homes.channels", (channel.share for channel in channels.values()))
    for name, channel in channels.items():
        if channel.closes <= channel.opens:
            yield _problem(
                f"homes.channels.{name}.closes",
                _clock(channel.closes),
                f"later than {_clock(channel.opens)} (opens)",
                f"après {_clock(channel.opens)} (opens)",
            )
    if homes.last_start < homes.first_start:
        yield _problem(
            "homes.last_start",
            _clock(homes.last_start),
            f"{_clock(homes.first_start)} (homes.first_start) or later",
            f"{_clock(homes.first_start)} (homes.first_start) ou après",
        )
    if homes.lead_bound_days > homes.refused_after_days:
        yield _problem(
            "homes.lead_bound_days",
            homes.lead_bound_days,
            f"at most {homes.refused_after_days} (homes.refused_after_days)",
            f"{homes.refused_after_days} au plus (homes.refused_after_days)",
        )
    used = "with" if homes.reminders else "without"
    no_show = homes.no_show_share_with_reminders if homes.reminders else homes.no_show_share_without_reminders
    if homes.cancelled_share + no_show > 1 + _SUM_TOLERANCE:
        yield _problem(
            f"homes.cancelled_share, homes.no_show_share_{used}_reminders",
            f"shares that sum to {homes.cancelled_share + no_show:.6g}",
            "at most 1 together",
            "1 au plus à elles deux",
            found_fr=f"des parts dont la somme est {homes.cancelled_share + no_show:.6g}",
        )
    if homes.by == "one_agent" and settings.staff.fs_agents + settings.staff.cn_agents < 1:
        yield _problem(
            "homes.by",
            "'one_agent' without any agent",
            "an agent",
            "un agent",
            found_fr="« one_agent » sans aucun agent",
        )


def _rounds(settings: Settings) -> Iterator[Problem]:
    rounds = settings.rounds
    if rounds.holiday == "moved" and rounds.moved_within_days < 1:
        yield _problem(
            "rounds.moved_within_days",
            rounds.moved_within_days,
            "at least 1 day for a passage that moves, or rounds.holiday=cancelled",
            "au moins 1 jour pour un passage déplacé, ou rounds.holiday=cancelled",
        )


def _exits(settings: Settings) -> Iterator[Problem]:
    exits = settings.exits
    if exits.reading == "none" and not exits.communes:
        for name, value in (
            ("slip_months", exits.slip_months),
            ("lost_after_months", exits.lost_after_months),
        ):
            if value:
                yield _problem(
                    f"exits.{name}",
                    value,
                    "communes that leave: exits.reading other than none, or exits.communes",
                    "des communes qui partent : exits.reading autre que none, ou exits.communes",
                )
    if exits.lost_after_months == 0:
        yield _problem(
            "exits.lost_after_months",
            0,
            "at least 1 month, or null when the label is kept",
            "au moins 1 mois, ou null quand le label est conservé",
        )
    for commune, text in exits.communes.items():
        if text != "never" and _date(text) is None:
            yield _problem(
                f"exits.communes.{commune}",
                repr(text),
                "a date such as 2022-07-01, or never",
                "une date telle que 2022-07-01, ou never",
            )


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def _a_day_somebody_works(day: date, end: date, zone: str) -> Iterator[Problem]:
    """Nobody works on weekends and public holidays: there is no crew to make anew that morning."""
    working = make_calendar(day, max(end, day), 0, zone).working
    if working[0]:
        return
    ahead = [day + timedelta(days=i) for i, works in enumerate(working) if works]
    yield _problem(
        "absence.date",
        f"{day}, when nobody works (a weekend or a public holiday)",
        f"a working day: the next is {ahead[0]}" if ahead else "a working day of the horizon",
        f"un jour travaillé : le prochain est le {ahead[0]}" if ahead else "un jour travaillé de la période",
        found_fr=f"{day}, où personne ne travaille (fin de semaine ou jour férié)",
    )


def _sizing(settings: Settings) -> Iterator[Problem]:
    """Designs tried once each, and targets that one design can meet together."""
    if settings.study.kind != "sizing":
        return
    sizing = settings.sizing
    for name in ("vehicles", "pairs", "pairing", "extra_passages", "reminders", "leave_policy"):
        values = getattr(sizing, name)
        for value in dict.fromkeys(value for value in values if values.count(value) > 1):
            yield _problem(
                f"sizing.{name}",
                f"{value} more than once",
                "each value once",
                "chaque valeur une seule fois",
                found_fr=f"{value} plusieurs fois",
            )
    for name, target in sizing.targets.items():
        least, most = target.at_least, target.at_most
        if least is not None and most is not None and most < least:
            yield _problem(
                f"sizing.targets.{name}",
                f"at_least {least:g} and at_most {most:g}",
                "at_most above at_least; to replace a target given by default, at_least=null",
                "at_most au-dessus de at_least ; pour remplacer un objectif donné par défaut, at_least=null",
                found_fr=f"at_least {least:g} et at_most {most:g} à la fois",
            )


def _absence(settings: Settings) -> Iterator[Problem]:
    absence, staff, horizon = settings.absence, settings.staff, settings.run.horizon
    if settings.study.kind != "absence":
        if absence.date is not None or absence.agents or absence.until is not None:
            yield _problem(
                "absence",
                f"study={settings.study.name}",
                "study=absence, which these keys are for",
                "study=absence, auquel ces clés servent",
            )
        return
    if absence.date is None:
        yield _problem("absence.date", "null", "a date such as 2021-10-04", "une date telle que 2021-10-04")
    elif not horizon.start <= absence.date <= horizon.end:
        yield _problem(
            "absence.date",
            absence.date,
            f"a date from {horizon.start} to {horizon.end} (run.horizon)",
            f"une date du {horizon.start} au {horizon.end} (run.horizon)",
        )
    if absence.date and absence.until and absence.until < absence.date:
        yield _problem(
            "absence.until",
            absence.until,
            f"{absence.date} (absence.date) or later, or null",
            f"{absence.date} (absence.date) ou après, ou null",
        )
    elif absence.date and horizon.start <= absence.date <= horizon.end:
        zone = settings.demand.season.school_zone
        yield from _a_day_somebody_works(absence.date, horizon.end, zone)
    for name in sorted({name for name in absence.agents if absence.agents.count(name) > 1}):
        yield _problem(
            "absence.agents",
            f"{name} twice",
            "each agent once",
            "chaque agent une seule fois",
            found_fr=f"{name} deux fois",
        )
    agents = [f"A{2 * pair + 1}" for pair in range(staff.fs_agents)]
    agents += [f"A{2 * pair + 2}" for pair in range(staff.cn_agents)]
    agents = [*sorted(agents, key=lambda name: int(name[1:])), "C"]
    if not absence.agents:
        yield _problem("absence.agents", "[]", "agents such as [A3,A5]", "des agents tels que [A3,A5]")
    for name in absence.agents:
        if name not in agents:
            yield _problem(
                "absence.agents",
                repr(name),
                f"agents among {', '.join(agents)}",
                f"des agents parmi {', '.join(agents)}",
                nearest(name, agents),
            )
