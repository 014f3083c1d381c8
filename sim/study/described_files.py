"""Every file of a study folder and every column, described once: the data dictionary's only source."""

from __future__ import annotations

from typing import get_args

from sim.measures.desk import DESK_KINDS
from sim.measures.moves import MOVED_NEEDS
from sim.measures.work import AGENT_COLUMNS
from sim.models.facts import (
    ACTIVITIES,
    CAUSES,
    DESTINATIONS,
    DISCIPLINES,
    HALF_DAY_USES,
    HALF_DAYS,
    HOME_OUTCOMES,
    OUTCOMES,
    REASONS,
    STATUSES,
)
from sim.scenarios.budget import BASES, Kind, Section, Status
from sim.settings import NEEDS
from sim.study.absence import MONTH_COLUMNS
from sim.study.described import Column, DescribedFile, real, text, whole, with_interval
from sim.study.flips import Side
from sim.study.planning_gain import GAIN_UNITS
from sim.study.sizing_choice import SHOWN
from sim.study.sizing_figures import STANDINGS
from sim.study.statistics import Verdict

__all__ = ["FILES"]

SCENARIO = text("scenario", "the scenario's name")
REPLICATION = whole("replication", "number of the replication, from 0")
KEY = (SCENARIO, REPLICATION)
MEASURE_ID = text("measure", "id of the measure, see measures.md")
DATE = "date"
NOT_SERVED = "the outcome is not `served`"
NOT_HELD = "the passage was not held"
NOT_VISITED = "the outcome is neither `done` nor `no_show`"
NO_BOOKING = "no booking stands: refused, redirected, or still to be decided"
CHANNELS = ("fixed_structure", "town_hall", "maison_des_solidarites")
CONFIDENCE = ("A", "B", "C")
SECONDS = "seconds of the day"
EXITS = "studies with label exits"
HAND_MADE = "with `rounds.file`"
ABSENCE = "`study=absence`"
LONG_ABSENCE = "`study=absence` with `absence.until`"
SENSITIVITY = "`study=sensitivity`"
SIZING = "`study=sizing`"
CALIBRATION = "`study=calibration`"
OWN_ANSWER = "`study=absence`, `sensitivity` and `sizing`"
EVERY_STUDY = "every study"
NOT_CALIBRATION = "every study but `calibration`"


def _date(name: str, meaning: str, null: str = "") -> Column:
    return Column(name, "date", meaning, "ISO 8601", null)


def _instant(name: str, meaning: str, null: str = "") -> Column:
    return Column(name, "instant", meaning, "ISO 8601, local time", null)


def _yes_no(name: str, meaning: str, null: str = "") -> Column:
    return Column(name, "yes_no", meaning, "", null)


def _second(name: str, meaning: str, null: str = "") -> Column:
    return whole(name, meaning, SECONDS, null)


VISITS = (
    *KEY,
    text("passage_id", "the passage she comes to, `date_half-day_site`"),
    whole("contact_id", "one visit of one person, unique in a run; arrivals of an instant are in its order"),
    whole("person_id", "one need of one person, the same in every scenario of a study"),
    whole("attempt", "which of her three contacts at most, from 1"),
    text("reason", "why she comes: for the first time, not served before, or not solved before", "", REASONS),
    text("home_insee", "commune of residence, INSEE code"),
    text("segment", "public she belongs to, a key of `demand.needs.segments`"),
    text("need", "what she comes for", "", NEEDS),
    text("operator", "national operator concerned, a key of `demand.needs.operators`"),
    _date("need_date", "day the need arose"),
    _date("date", "day of the contact"),
    _second("arrival_s", "arrival"),
    whole("patience_s", "how long she waits from her arrival before she leaves", "s"),
    real("work_s", "work content: divided by the server's efficiency it is the service", "s"),
    _second("appointment_s", "time of the appointment", "she comes without an appointment"),
    text("server", "who served: an id of `servers` of the passage", NOT_SERVED),
    _second("start_s", "start of service", NOT_SERVED),
    _second("end_s", "end of service", NOT_SERVED),
    text("outcome", "what became of the contact", "", OUTCOMES),
)

PASSAGES = (
    *KEY,
    text("passage_id", "the passage, `date_half-day_site`, unique in a run"),
    text("site_id", "the site"),
    _date("date", "day"),
    text("half_day", "half-day", "", HALF_DAYS),
    text("vehicle", "vehicle that came, or that would have come"),
    text("fs_agent", "who sits in the seat of the France Services agent, whatever her trade", "nobody"),
    text("cn_agent", "who sits in the seat of the conseiller numérique, whatever her trade", "nobody"),
    _second("announced_open_s", "announced opening"),
    _second("announced_close_s", "announced closing"),
    _second("open_s", "actual opening, late when the vehicle is", NOT_HELD),
    _second("close_s", "closing: from then on nobody is admitted", NOT_HELD),
    whole("overtime_s", "how long after closing a service may still start", "s", NOT_HELD),
    text("discipline", "order of service", NOT_HELD, DISCIPLINES),
    _second("end_s", "end: the later of closing and the last end of service", NOT_HELD),
    text("status", "what became of it", "", STATUSES),
    text("cause", "why it was not held", "it was held", CAUSES),
    Column("held_by", "whole", "agents who held it, 1 or 2", "agents", NOT_HELD),
    Column(
        "servers",
        "json",
        "list of `{id, from_s, to_s, efficiency: {need: number}, first_choice: [need]}`, one element per "
        "server and half-open window; ids are agents, or P1, P2… for self-service posts",
        "",
        NOT_HELD,
    ),
)

HOME_VISITS = (
    *KEY,
    whole("request_id", "the request, the same in every scenario of a study"),
    text("insee_code", "commune of residence, INSEE code"),
    text("channel", "booking point", "", CHANNELS),
    _instant("requested_at", "when it was asked for"),
    _instant("booked_at", "when the booking that stands was made", NO_BOOKING),
    _date("date", "day of the booking that stands", NO_BOOKING),
    _second("start_s", "start of the visit, booked or actual", NO_BOOKING),
    _second("end_s", "end of the visit", NOT_VISITED),
    text("vehicle", "vehicle that went", NOT_VISITED),
    text("agents", "agents who went, separated by a comma", NOT_VISITED),
    text("outcome", "what became of the request", "", HOME_OUTCOMES),
    whole("lead_days", "calendar days from request to visit", "days", "the outcome is not `done`"),
    real("extra_km", "by how much it lengthened the route of that day", "km", NOT_VISITED),
)

JOURNAL = (
    *KEY,
    text("vehicle", "the vehicle"),
    _date("date", "day"),
    text("activity", "what it does", "", ACTIVITIES),
    text("place_from", "where from: a site, or `home:` and an INSEE code"),
    text("place_to", "where to; the same where it does not move"),
    _second("start_s", "start"),
    _second("end_s", "end"),
    real("km", "distance driven", "km"),
)

SUMMARY = (
    SCENARIO,
    MEASURE_ID,
    text("label_fr", "name of the measure in French"),
    text("label_en", "name of the measure in English"),
    text("unit", "unit of the figures of this row"),
    real(
        "mean",
        "mean over replications; of a ratio of two differences, the ratio of their means",
        "the measure's",
        "no replication has a value",
    ),
    real("sd", "standard deviation over replications", "the measure's", "fewer than two values, or a ratio"),
    real(
        "ci95_low",
        "lower end of the 95 % interval of the mean (of a ratio: Fieller's)",
        "the measure's",
        "fewer than two values, or the interval is unbounded",
    ),
    real(
        "ci95_high",
        "upper end of that interval",
        "the measure's",
        "fewer than two values, or the interval is unbounded",
    ),
    real("p10", "first decile of the replications", "the measure's", "no value, or a ratio"),
    real("p90", "last decile of the replications", "the measure's", "no value, or a ratio"),
    whole("n", "replications with a value"),
)

FAMILY = "the measure is no decision measure"
PAIRS = "fewer than two replications have both values"
COMPARISON = (
    text("reference", "the scenario compared with"),
    SCENARIO,
    MEASURE_ID,
    _yes_no("decision", "whether the measure has a practical threshold"),
    real(
        "difference",
        "mean paired difference, scenario less reference",
        "the measure's",
        "no replication has both values",
    ),
    real("ci95_low", "lower end of its 95 % interval", "the measure's", PAIRS),
    real("ci95_high", "upper end of its 95 % interval", "the measure's", PAIRS),
    real(
        "ci_sim_low",
        "lower end of its simultaneous interval (Bonferroni over scenarios and decisions)",
        "the measure's",
        f"{FAMILY}, or {PAIRS}",
    ),
    real("ci_sim_high", "upper end of its simultaneous interval", "the measure's", f"{FAMILY}, or {PAIRS}"),
    real("threshold", "practical threshold ±δ", "the measure's", FAMILY),
    real(
        "share_better",
        "share of replications in which the scenario is better",
        "0 to 1",
        "neither direction of the measure is better, or no replication has both values",
    ),
    real("p_value", "p-value of the paired t test, for information", "", PAIRS),
    real("p_holm", "p-value after Holm's correction over the same family", "", f"{FAMILY}, or {PAIRS}"),
    real("correlation", "correlation of scenario and reference over replications", "", "one does not vary"),
    real(
        "variance_gain",
        "variance of a difference without pairing over that with pairing",
        "",
        "the difference does not vary",
    ),
    text("verdict", "from the simultaneous interval against the threshold", f"{FAMILY}", get_args(Verdict)),
    whole("n", "replications with both values"),
)

SITES = (
    SCENARIO,
    text("site_id", "the site"),
    *with_interval("persons", "distinct persons who came", "persons over the horizon", mean="_mean"),
    *with_interval("persons_served", "distinct persons served", "persons over the horizon", mean="_mean"),
    *with_interval("contacts", "contacts, all outcomes", "contacts over the horizon", mean="_mean"),
    *(
        column
        for outcome in OUTCOMES
        for column in with_interval(
            outcome, f"contacts that ended `{outcome}`", "contacts over the horizon", mean="_mean"
        )
    ),
    *with_interval("wait_mean_min", "mean wait of the served", "min", "nobody was ever served", mean="_mean"),
    *with_interval(
        "wait_p90_min", "wait of 9 served in 10 at most", "min", "nobody was ever served", mean="_mean"
    ),
    *with_interval("planned", "passages planned", "passages over the horizon", mean="_mean"),
    *with_interval("held", "passages held", "passages over the horizon", mean="_mean"),
    *with_interval("held_by_two", "passages held by two agents", "passages over the horizon", mean="_mean"),
    *with_interval(
        "closed_announced", "passages closed, announced before", "passages over the horizon", mean="_mean"
    ),
    *with_interval(
        "cancelled", "passages cancelled on the morning", "passages over the horizon", mean="_mean"
    ),
    *with_interval(
        "days_to_next_held_passage",
        "calendar days to the next held passage, average over time",
        "days",
        "no passage was ever held",
        mean="_mean",
    ),
)

ENDED = {
    "itinerant": "served at a permanence",
    "home": "visited at home",
    "fixed": "went to a fixed France Services",
    "msa_round": "went to another round of the territory",
    "gave_up": "gave up, was not there, or cancelled the visit",
    "lost": "not received and did not come back, or no slot was found",
    "waiting": "still waiting at the end of the horizon",
}
COMMUNES = (
    SCENARIO,
    text("insee_code", "commune of residence, INSEE code"),
    *(
        real(d, f"needs and requests that ended so: {ENDED[d]}", "over the horizon, mean over replications")
        for d in DESTINATIONS
    ),
    real(
        "itinerant_ci95_low",
        "lower end of the 95 % interval of `itinerant`",
        "persons",
        "fewer than two replications",
    ),
    real(
        "itinerant_ci95_high",
        "upper end of the 95 % interval of `itinerant`",
        "persons",
        "fewer than two replications",
    ),
    real(
        "minutes_nearest",
        "by car to the nearest desk, average over the days of the horizon",
        "min",
        "there is no desk on some day",
    ),
    real(
        "days_without_service",
        "days without any service in the commune itself",
        "days",
        "the commune has no site",
    ),
)

AGENT_WORDS = {
    "hours_per_week": ("hours on the road, lunch left out", "hours a calendar week"),
    "driving_hours_per_week": ("hours of driving", "hours a calendar week"),
    "amplitude_max_h": ("longest day from leaving to coming back", "h"),
    "overtime_p90_min": ("overtime of 9 days on the road in 10 at most", "min"),
    "overtime_hours": ("overtime in all", "hours a year"),
    "shortened_lunches": ("lunches shorter than planned", "days a year"),
    "solo_half_days": ("half-days held alone", "half-days a year"),
    "reassignments": ("days with another partner or vehicle than her own", "days a year"),
    "days_on_the_road": ("days on the road", "days a year"),
    "days_absent": ("working days away: leave, training, sickness", "days a year"),
}
AGENTS = (
    SCENARIO,
    text("agent", "A1, A2… (odd: France Services agents, even: conseillers), C the coordinator"),
    *(
        column
        for name in AGENT_COLUMNS
        for column in with_interval(
            name,
            *AGENT_WORDS[name],
            "she is never on the road" if name == "overtime_p90_min" else "",
            mean="_mean",
        )
    ),
)

BUDGET = (
    SCENARIO,
    text("basis", "the document's own lines, or the same with fuel from the kilometres driven", "", BASES),
    text("exercise", "budget year, `S2-2021` for its second half"),
    text("section", "section of the budget", "", get_args(Section)),
    text("line", "the line"),
    text("kind", "whether it costs or brings", "", get_args(Kind)),
    text(
        "status",
        "of an income, or of an expense that the document lacks",
        "an expense that stands in it",
        get_args(Status),
    ),
    real("amount", "including taxes", "€", "the line is not budgeted"),
)

ROUNDS = (
    SCENARIO,
    _date("valid_from", "first day of this cycle", "from the start, in a file of the territory"),
    text("site_id", "the site"),
    text("vehicle", "the vehicle, V1, V2…"),
    whole("week", "week of the cycle, from 1"),
    whole("weekday", "day of the week, 1 is Monday"),
    text("half_day", "half-day", "", HALF_DAYS),
    _second("open_s", "announced opening"),
    _second("close_s", "announced closing"),
)

CALENDAR = (
    SCENARIO,
    _date("date", "day"),
    text("weekday", "its name in French"),
    text("half_day", "half-day", "", HALF_DAYS),
    text("half_day_fr", "its name in French"),
    text("site_id", "the site"),
    text("site", "its name"),
    text("commune", "its commune"),
    text("insee_code", "INSEE code of the commune"),
    text("vehicle", "the vehicle"),
    text("opens", "announced opening, HH:MM"),
    text("closes", "announced closing, HH:MM"),
    _second("open_s", "announced opening"),
    _second("close_s", "announced closing"),
    text("status", "planned, moved, or cancelled and why, in French"),
    text("status_code", "the same, as a code"),
    text("week_parity", "even or odd ISO week, in French"),
    text("uid", "identity of the event in the iCalendar files, stable when the calendar is published again"),
)

ASSUMPTION = (
    text("path", "the parameter"),
    text("label_fr", "what it is, in French"),
    text("label_en", "what it is, in English"),
)
MOVED = (
    SCENARIO,
    MEASURE_ID,
    *ASSUMPTION,
    text("unit", "unit in French", "a number without a unit"),
    text("unit_en", "unit in English", "a number without a unit"),
    real("value", "value assumed", "`unit`"),
    real("low", "lower end of its range", "`unit`"),
    real("high", "upper end of its range", "`unit`"),
    text("confidence", "A known, B plausible, C a guess", "", CONFIDENCE),
)

KINDS_WORDS = {
    "persons_needing": ("persons in need, wherever they went", "persons over the horizon", ""),
    "persons_helped": ("of whom helped at a permanence", "persons over the horizon", ""),
    "contacts_arrived": ("contacts at the permanences", "contacts over the horizon", ""),
    "contacts_served": ("of which served", "contacts over the horizon", ""),
    "wait_mean": ("mean wait of the served", "min", "nobody was ever served"),
}
KINDS = tuple(c for name in DESK_KINDS for c in with_interval(name, *KINDS_WORDS[name], mean="_mean"))

DESIGN = (
    text("design", "name of the organisation tried"),
    text("label_fr", "the same in words, in French"),
    text("label_en", "the same in words, in English"),
    whole("vehicles", "vehicles", "vehicles"),
    whole("pairs", "pairs of agents", "pairs"),
    text("pairing", "pairing rule"),
    text("sessions", "opening hours, a key of `sizing.sessions`"),
    whole("extra_passages", "passages added to a cycle of two weeks", "passages"),
    _yes_no("reminders", "whether people are reminded of their home visit"),
    text("leave_policy", "leave policy"),
)
DESIGNS = (
    *DESIGN,
    real(
        "<measure>",
        "mean of the measure over the design's own replications; of cost and service, as if all designs were "
        "run in the same worlds, unless a target is set on them",
        "the measure's",
        "no value",
    ),
    real(
        "<measure>_half_width",
        "half-width of the 95 % interval of the design's own mean",
        "the measure's",
        "fewer than two values",
    ),
    real(
        "<measure>_short_by",
        "by how much the mean of this row misses its target of `targets.csv`, 0 when it does not",
        "the measure's",
        "no value",
    ),
    whole("n", "replications run"),
    text("stage", "how far the design came", "", ("screening", "race")),
    text(
        "means",
        "how the means of this row stand: every target met, each met or missed by less than its tolerance, "
        "or one missed by more",
        "",
        STANDINGS,
    ),
    text(
        "shown",
        "what is shown with the error asked, whatever the means: `meets` (every target, within its "
        "tolerance), `misses` (one of them), `no_cheaper` (than one shown to meet them: left there), "
        "`undecided`, or `failed` (a run failed)",
        "",
        SHOWN,
    ),
    _yes_no(
        "decided",
        "whether the answer of the study is shown within the replications allowed; the same in every row",
    ),
    _yes_no("frontier", "whether no cheaper design serves as well"),
    text("role", "its part in the answer", "none", ("recommended", "runner_up", "nearest")),
)

FREED = tuple(
    column
    for name, what, against in (
        ("home_visits", "home visits done beyond those of the reference", "one replication"),
        ("persons_helped", "persons helped beyond the same exits with `keep`", "there is no such scenario"),
        ("persons_helped_by_cell", "of whom by the cell", "there is no such scenario"),
    )
    for column in (
        *with_interval(f"{name}_difference", what, "a year", against),
        *with_interval(
            f"{name}_per_half_day",
            f"{what}, per half-day freed",
            "per half-day",
            f"{against}, or none was freed",
        ),
    )
)

TERRITORY = "copied from the territory used, so that the folder stands alone; see its SOURCES.md"

FILES: tuple[DescribedFile, ...] = (
    DescribedFile(
        "settings.yaml",
        "Every resolved parameter of the reference, and each scenario's delta: running it again gives the "
        "same bytes.",
        when=EVERY_STUDY,
    ),
    DescribedFile(
        "manifest.json",
        "Written last: study, command line, seed, scenarios, replications asked, done and failed (each "
        "with its stage, traceback and the line that runs it again), digest of settings, territory, rounds "
        "and code, versions, git commit and dirty flag, machine, executor, wall time, notes, and every file "
        "with its rows, bytes and sha256.",
        when=EVERY_STUDY,
    ),
    DescribedFile(
        "measures.parquet",
        "Every measure of every replication.",
        "scenario × replication × measure",
        (*KEY, MEASURE_ID, real("value", "the figure", "the measure's", "it does not exist there")),
        NOT_CALIBRATION,
    ),
    DescribedFile(
        "summary.csv", "Each measure of each scenario, over replications.", "scenario × measure", SUMMARY
    ),
    DescribedFile(
        "comparison.csv",
        "Each measure against the reference, on the same worlds.",
        "scenario × measure",
        COMPARISON,
        "comparisons of two scenarios or more",
    ),
    DescribedFile("sites.csv", "Each site, means over replications.", "scenario × site", SITES),
    DescribedFile(
        "communes.csv",
        "Where the needs and requests of each commune ended; the seven destinations sum to those drawn.",
        "scenario × commune",
        COMMUNES,
    ),
    DescribedFile(
        "agents.csv", "What each agent lives, means over replications.", "scenario × agent", AGENTS
    ),
    DescribedFile(
        "budget.csv", "The budget, line by line.", "scenario × basis × exercise × line × status", BUDGET
    ),
    DescribedFile(
        "rounds.csv",
        "The rounds of every scenario, from each date they change; the same format is accepted as "
        "`rounds.file`.",
        "scenario × epoch × passage of the cycle",
        ROUNDS,
        NOT_CALIBRATION,
    ),
    DescribedFile(
        "planning_gain.csv",
        "What planning would gain over hand-made rounds that visit the same sites as often, in a cycle.",
        "quantity",
        (
            SCENARIO,
            whole("cycle_weeks", "weeks of a cycle", "weeks"),
            text(
                "quantity",
                "what is counted: driving, km, hours of duty (a pair once), minutes beyond the duty "
                "window, days a vehicle leaves, vehicles out on the busiest day, half-days with a desk open, "
                "hours with a desk open in the week that has fewest, sites whose day or half-day changes",
                "",
                tuple(GAIN_UNITS),
            ),
            text("unit", "its unit"),
            real("by_hand", "in the rounds of the file"),
            real("planned_same_days", "in planned rounds that keep every site's week, weekday and half-day"),
            real("planned", "in planned rounds"),
        ),
        HAND_MADE,
    ),
    DescribedFile(
        "planned_rounds.csv",
        "The planned rounds of `planning_gain.csv`; the same format is accepted as `rounds.file`.",
        "passage of the cycle",
        ROUNDS,
        HAND_MADE,
    ),
    DescribedFile(
        "months.csv",
        "Activity by calendar month.",
        "scenario × month",
        (
            SCENARIO,
            text("month", "YYYY-MM"),
            *with_interval("served", "persons helped by the cell, homes included", "persons", mean="_mean"),
            *with_interval("contacts", "contacts at the permanences", "contacts", mean="_mean"),
            *with_interval("passages_held", "passages held", "passages", mean="_mean"),
            *with_interval("home_visits", "home visits done", "visits", mean="_mean"),
        ),
    ),
    DescribedFile(
        "weeks.csv",
        "Hours open by ISO week: what the label's 24 hours are read on.",
        "scenario × week",
        (
            SCENARIO,
            _date("week", "its Monday"),
            *with_interval("open_hours", "hours with at least one desk open", "h"),
        ),
    ),
    DescribedFile(
        "half_days.csv",
        "What half-days are used for.",
        "scenario × use",
        (
            SCENARIO,
            text("use", "use of the half-day", "", HALF_DAY_USES),
            *with_interval("half_days_a_year", "of vehicles", "half-days a year"),
            *with_interval("agent_half_days_a_year", "of agents", "half-days a year"),
        ),
    ),
    DescribedFile(
        "lead_times.csv",
        "How long home visits take to come: Kaplan–Meier over all requests but those redirected.",
        "scenario × days since the request",
        (
            SCENARIO,
            whole("days", "days since the request", "days"),
            *with_interval("share_waiting", "share still waiting", "0 to 1", "there was no request"),
        ),
    ),
    DescribedFile(
        "needs.csv",
        "By kind of need.",
        "scenario × need",
        (SCENARIO, text("need", "kind of need", "", NEEDS), *KINDS),
    ),
    DescribedFile(
        "operators.csv",
        "By national operator.",
        "scenario × operator",
        (SCENARIO, text("operator", "a key of `demand.needs.operators`"), *KINDS),
    ),
    DescribedFile(
        "flows.csv",
        "From where people live to where they ended; pairs that nobody ever made are left out.",
        "scenario × commune of residence × place",
        (
            SCENARIO,
            text("insee_code", "commune of residence, INSEE code"),
            text(
                "ended", "`permanence:` INSEE, `fixed:` id, `round:` id, `home`, `gave_up`, `lost`, `waiting`"
            ),
            *with_interval("persons", "persons who ended there", "persons over the horizon"),
        ),
    ),
    DescribedFile(
        "assumptions.csv",
        "The register of assumptions with the values of the reference.",
        "parameter",
        (
            *ASSUMPTION,
            text("value", "value assumed"),
            text("unit", "unit in French", "a number without a unit"),
            text("unit_en", "unit in English", "a number without a unit"),
            real("low", "lower end of its range", "`unit`", "no range is known, or it is exact"),
            real("high", "upper end of its range", "`unit`", "no range is known, or it is exact"),
            text("confidence", "A known, B plausible, C a guess", "", CONFIDENCE),
            text("source", "where it comes from"),
            text("note", "what to know about it", "nothing"),
        ),
        NOT_CALIBRATION,
    ),
    DescribedFile(
        "precision.csv",
        "How precise the decision measures became.",
        "scenario × decision measure",
        (
            SCENARIO,
            MEASURE_ID,
            real("half_width", "half-width of Student's interval", "the measure's", "fewer than two values"),
            real(
                "longer_arm",
                "longer arm of the interval corrected for skewness, held against `asked`",
                "the measure's",
                "fewer than two values",
            ),
            real("asked", "half-width asked for", "the measure's"),
            _yes_no("reached", "whether it is reached"),
            whole("n", "replications run"),
            whole("precise_from", "replication from which it was", "", "it was not reached"),
        ),
        "`run.precision.enabled`",
    ),
    DescribedFile(
        "facts/visits.parquet",
        "Every contact of the replications that keep their facts (`run.detail`). With `passages` it is "
        "enough to live every permanence again.",
        "contact",
        VISITS,
    ),
    DescribedFile("facts/passages.parquet", "Every planned passage.", "passage", PASSAGES),
    DescribedFile("facts/home_visits.parquet", "Every request for a home visit.", "request", HOME_VISITS),
    DescribedFile("facts/journal.parquet", "What every vehicle did.", "activity of a vehicle", JOURNAL),
    DescribedFile(
        "calendar/calendar.csv",
        "Every dated passage of every scenario, as it is announced.",
        "scenario × passage",
        CALENDAR,
        NOT_CALIBRATION,
    ),
    DescribedFile(
        "calendar/*.ics",
        "What the reference announces, per vehicle (V1…) and per commune (INSEE code), to import.",
        when=NOT_CALIBRATION,
    ),
    DescribedFile(
        "calendar/*/*.ics",
        "What a scenario announces where it is something else than the reference, in a folder of its name.",
    ),
    DescribedFile(
        "calendar/index.csv",
        "Which `.ics` file is whose: calendars that are the same are written once.",
        "scenario × vehicle or commune",
        (
            SCENARIO,
            text("of", "a vehicle, or the INSEE code of a commune"),
            text("file", "its file, from `calendar/`"),
        ),
        NOT_CALIBRATION,
    ),
    DescribedFile(
        "calendar/fiches/*.html", "One accessible page per commune: next dates, place, persons expected."
    ),
    DescribedFile(
        "exits.csv",
        "When permanences stop and structures open.",
        "scenario × structure",
        (
            SCENARIO,
            text("insee_code", "the commune, INSEE code"),
            text("commune", "its name"),
            text("structure", "its fixed structure, as in flows.csv"),
            text("basis", "what the dates rest on", "", ("announced", "happened", "drawn", "by_hand")),
            text("confidence", "A known, B plausible, C a guess", "set by hand", CONFIDENCE),
            text("policy", "use of freed half-days", "", ("keep", "redistribute", "replan")),
            _date("fixed_opens", "the structure opens", "never"),
            _date("fixed_closes", "the structure closes", "never"),
            _date("permanence_stops", "first day without the commune's permanences", "they go on"),
            _date("last_passage", "last passage announced", "they go on, none was, or it is later"),
        ),
        EXITS,
    ),
    DescribedFile(
        "access_changes.csv",
        "What exits change in distance, without any draw.",
        "scenario × commune",
        (
            SCENARIO,
            text("insee_code", "the commune, INSEE code"),
            whole("population", "inhabitants", "persons"),
            whole("days_farther", "days on which the nearest desk is over 10 minutes farther", "days"),
            whole("days_nearer", "days on which it is over 10 minutes nearer", "days"),
            real("most_minutes_farther", "most minutes it is farther on one day", "min"),
            real("most_minutes_nearer", "most minutes it is nearer on one day", "min"),
            whole("days_own_service_lost", "days without a desk in the commune, had one otherwise", "days"),
            whole("days_own_service_gained", "days with a desk in the commune, had none otherwise", "days"),
            real(
                "minutes_last_day_reference",
                "to the nearest desk on the last day, in the reference",
                "min",
                "there is none",
            ),
            real(
                "minutes_last_day",
                "to the nearest desk on the last day, in the scenario",
                "min",
                "there is none",
            ),
        ),
        EXITS,
    ),
    DescribedFile(
        "from_to.csv",
        "Persons who end elsewhere than in the reference, paired one by one.",
        "scenario × commune × from × to",
        (
            SCENARIO,
            text("insee_code", "commune of residence, INSEE code"),
            text("from", "where they end in the reference, as in flows.csv"),
            text("to", "where they end in the scenario"),
            *with_interval("persons_a_year", "persons", "persons a year"),
        ),
        EXITS,
    ),
    DescribedFile(
        "changes_by_need.csv",
        "The same by kind of need and kind of place, those who do not move included.",
        "scenario × need × from × to",
        (
            SCENARIO,
            text("need", "kind of need, or a request for a home visit", "", MOVED_NEEDS),
            text("from", "kind of place in the reference", "", DESTINATIONS),
            text("to", "kind of place in the scenario", "", DESTINATIONS),
            *with_interval("persons_a_year", "persons", "persons a year"),
        ),
        EXITS,
    ),
    DescribedFile(
        "freed_half_days.csv",
        "What each use of freed half-days is worth.",
        "scenario",
        (
            SCENARIO,
            text("kept", "the scenario of the same exits with `keep`", "there is none in the study"),
            text("policy", "use of freed half-days", "", ("keep", "redistribute", "replan")),
            real("half_days_freed_a_year", "half-days of permanence that exits free", "half-days a year"),
            real(
                "half_days_used_a_year",
                "passages planned beyond those of the same exits with half-days kept; with `replan`, which "
                "adds none, those that come or go where two timetables meet",
                "half-days a year",
            ),
            *FREED,
        ),
        EXITS,
    ),
    DescribedFile(
        "crews.csv",
        "Who holds which passage on the day of the absence.",
        "passage of the day",
        (
            _date("date", "the day"),
            text("vehicle", "vehicle that goes", "the passage is not held"),
            text("planned_vehicle", "vehicle of the calendar"),
            text("agents", "who goes, separated by a space", "nobody"),
            text("usual_agents", "who would go with everybody present", "nobody"),
            text("site_id", "the site"),
            text("half_day", "half-day", "", HALF_DAYS),
            _second("open_s", "opening"),
            _second("close_s", "closing"),
            _second("departure_s", "the vehicle leaves", "it stays"),
            _second("return_s", "the vehicle is back", "it stays"),
            text("status", "what becomes of the passage", "", STATUSES),
            text("cause", "why it is not held", "it is held", CAUSES),
            whole("held_by", "agents who hold it", "agents", "it is not held"),
            real("expected", "persons expected, mean", "persons"),
            real("expected_p10", "first decile", "persons"),
            real("expected_p90", "last decile", "persons"),
            _second("tell_before_s", "people are best told before", "it is held"),
            _date("next_passage", "next passage of the site", "none within twelve weeks"),
        ),
        ABSENCE,
    ),
    DescribedFile(
        "agents_of_the_day.csv",
        "What each agent does on the day of the absence.",
        "agent",
        (
            text("agent", "A1, A2…, C"),
            text("morning", "use of the morning in most simulations", "", HALF_DAY_USES),
            text("afternoon", "use of the afternoon in most simulations", "", HALF_DAY_USES),
            real("homes_morning", "share of simulations with home visits in the morning"),
            real("homes_afternoon", "share of simulations with home visits in the afternoon"),
        ),
        ABSENCE,
    ),
    DescribedFile(
        "absence_months.csv",
        "What a long absence changes, month by month.",
        "month × figure",
        (
            text("month", "YYYY-MM"),
            text("figure", "what is counted", "", MONTH_COLUMNS),
            real("usual", "with everybody, mean", "a month"),
            real("absent", "without the absent, mean", "a month"),
            real("difference", "mean paired difference", "a month"),
            real("ci95_low", "lower end of its 95 % interval", "a month", "one replication"),
            real("ci95_high", "upper end of its 95 % interval", "a month", "one replication"),
        ),
        LONG_ABSENCE,
    ),
    DescribedFile(
        "absence_effects.csv",
        "The same over the months of the absence and the eight weeks that follow it.",
        "figure",
        (
            text("name", "what is counted", "", MONTH_COLUMNS),
            real("usual", "with everybody, mean", "over the absence"),
            real("now", "without the absent, mean", "over the absence"),
            real("difference", "mean paired difference", "over the absence"),
            real("low", "lower end of its 95 % interval", "over the absence", "one replication"),
            real("high", "upper end of its 95 % interval", "over the absence", "one replication"),
        ),
        LONG_ABSENCE,
    ),
    DescribedFile(
        "absence_agents.csv",
        "What a long absence asks of the others.",
        "agent",
        (
            text("agent", "A1, A2…, C"),
            *(
                real(f"{start}{name}_a_week", f"{words}, {when}", f"{unit} a week")
                for name, words, unit in (
                    ("hours", "hours on the road", "h"),
                    ("field_days", "days on the road", "days"),
                    ("reassigned", "days with another partner or vehicle", "days"),
                )
                for start, when in (("usual_", "with everybody"), ("", "without the absent"))
            ),
        ),
        LONG_ABSENCE,
    ),
    DescribedFile(
        "designs.csv",
        "Every organisation tried and how it does. `<measure>` are the decision measures, the targets and "
        "the service; `_short_by` only the targets.",
        "design",
        DESIGNS,
        SIZING,
    ),
    DescribedFile(
        "frontier.csv",
        "Those of `designs.csv` that no cheaper one serves better than, and those of the answer.",
        "design",
        DESIGNS,
        SIZING,
    ),
    DescribedFile(
        "targets.csv",
        "What was asked of the designs, on the mean over replications.",
        "target",
        (
            MEASURE_ID,
            text("label_fr", "its label in French"),
            text("label_en", "its label in English"),
            text("unit", "its unit"),
            text("bound", "which way", "", ("at_least", "at_most")),
            real("limit", "the bound", "the measure's"),
            real("tolerance", "a mean that misses it by less may be accepted or not", "the measure's"),
        ),
        SIZING,
    ),
    DescribedFile(
        "impossible_designs.csv",
        "Organisations whose rounds nobody can drive.",
        "design",
        (*DESIGN, text("why", "why it is impossible")),
        SIZING,
    ),
    DescribedFile(
        "sensitivity.csv",
        "Morris screening: what each assumption does to each difference over its whole range.",
        "scenario × decision measure × assumption, the strongest first",
        (
            *MOVED,
            real("mu", "mean elementary effect", "the measure's, over the range", "no trajectory"),
            real(
                "mu_star", "mean absolute elementary effect", "the measure's, over the range", "no trajectory"
            ),
            real("mu_star_error", "its standard error", "the measure's", "fewer than two trajectories"),
            real(
                "sigma",
                "standard deviation of the effects: interactions",
                "the measure's",
                "fewer than two trajectories",
            ),
            whole("rank", "1 is the strongest"),
        ),
        SENSITIVITY,
    ),
    DescribedFile(
        "tornado.csv",
        "Both ends of each range, one assumption at a time.",
        "scenario × decision measure × assumption, the widest first",
        (
            *MOVED,
            real(
                "difference",
                "difference with the reference as assumptions stand",
                "the measure's",
                "no value",
            ),
            real("difference_low", "with the assumption at its lower end", "the measure's", "no value"),
            real("difference_high", "with the assumption at its upper end", "the measure's", "no value"),
            *(
                real(
                    f"change_{end}_ci95_{side}",
                    f"{words} end of the 95 % interval of the change at `{end}`",
                    "the measure's",
                    "fewer than two values",
                )
                for end in ("low", "high")
                for side, words in (("low", "lower"), ("high", "upper"))
            ),
            real("threshold", "practical threshold ±δ", "the measure's"),
            whole("n", "replications of each end"),
        ),
        SENSITIVITY,
    ),
    DescribedFile(
        "sobol.csv",
        "Share of the variation of each difference that each assumption makes (`sensitivity.sobol`).",
        "scenario × decision measure × assumption, the largest total first",
        (
            *MOVED,
            *(
                real(
                    f"{index}{end}", f"{what}{side}", "share of the variance", "the difference does not vary"
                )
                for index, what in (
                    ("first_order", "Sobol index of the assumption alone"),
                    ("total", "of the assumption with all it shares with the others"),
                )
                for end, side in (
                    ("", ""),
                    ("_ci95_low", ", lower end of its 95 % interval"),
                    ("_ci95_high", ", upper end of its 95 % interval"),
                )
            ),
            whole("n", "rows of the design that were used"),
        ),
        SENSITIVITY,
    ),
    DescribedFile(
        "flips.csv",
        "At what value of each assumption the answer would reverse.",
        "scenario × decision measure × assumption",
        (
            *MOVED,
            text("side", "what the difference says as assumptions stand", "", get_args(Side)),
            real("flips_at", "value at which it says something else", "`unit`", "it does not in its range"),
            text("direction", "on which side of the value it flips", "it does not flip"),
            text("side_beyond", "what it says beyond", "it does not flip", get_args(Side)),
            _yes_no("shown", "whether the flip is more than chance", "it does not flip"),
        ),
        SENSITIVITY,
    ),
    DescribedFile(
        "layers.csv",
        "The two layers of certainty side by side: chance, and our assumptions all drawn at once.",
        "scenario × decision measure",
        (
            SCENARIO,
            MEASURE_ID,
            real(
                "difference",
                "difference with the reference as assumptions stand",
                "the measure's",
                "no value",
            ),
            real("chance_ci95_low", "lower end of its 95 % interval", "the measure's", PAIRS),
            real("chance_ci95_high", "upper end of its 95 % interval", "the measure's", PAIRS),
            real(
                "chance_sim_low",
                "lower end of the interval that decides: 95 % for all scenarios and measures at once",
                "the measure's",
                PAIRS,
            ),
            real("chance_sim_high", "its upper end", "the measure's", PAIRS),
            whole("n", "replications"),
            text("verdict", "from the simultaneous interval", "", get_args(Verdict)),
            real("chance_sd", "standard deviation of the difference by chance alone", "the measure's", PAIRS),
            real("drawn_mean", "mean difference, assumptions drawn", "the measure's", "nothing drawn"),
            real("drawn_p10", "first decile", "the measure's", "nothing drawn"),
            real("drawn_p90", "last decile", "the measure's", "nothing drawn"),
            real("drawn_sd", "standard deviation, chance included", "the measure's", "nothing drawn"),
            real("assumptions_sd", "what of it is not chance", "the measure's", "nothing drawn"),
            real("share_same_side", "share of draws that say the same", "0 to 1", "nothing drawn"),
            whole("draws", "sets of assumptions drawn"),
        ),
        SENSITIVITY,
    ),
    DescribedFile(
        "not_moved.csv",
        "Assumptions with a range that were left in place, and why.",
        "assumption",
        (text("path", "the parameter"), text("why", "why it was not moved")),
        SENSITIVITY,
    ),
    DescribedFile("answer_fr.txt", "The answer in words, in French.", when=OWN_ANSWER),
    DescribedFile("answer_en.txt", "The answer in words, in English.", when=OWN_ANSWER),
    DescribedFile(
        "calibration.csv",
        "Targets of the calibration and what the fit gives.",
        "target",
        (
            text("target", "what is aimed at"),
            real("low", "lower end of what is aimed at"),
            real("high", "upper end of what is aimed at"),
            real("tolerance", "half-width that counts as met"),
            real("expected", "what the fit gives"),
            real("deviation", "distance from the aim in tolerances"),
            text("source", "where the target comes from, and its confidence"),
        ),
        CALIBRATION,
    ),
    DescribedFile("calibrated.yaml", "The fitted values, with their provenance.", when=CALIBRATION),
    DescribedFile("calibration.md", "The same as docs/calibration.md.", when=CALIBRATION),
    DescribedFile(
        "territory/communes.csv",
        f"Communes, {TERRITORY}.",
        "commune",
        (
            text("insee_code", "INSEE code"),
            text("name", "its name"),
            real("latitude", "town centre", "degrees, WGS 84"),
            real("longitude", "town centre", "degrees, WGS 84"),
            whole("population", "inhabitants", "persons"),
            real("share_75_plus", "share aged 75 and over", "0 to 1", "it is not known by commune"),
            text("epci_code", "code of its intercommunality"),
            text("epci_name", "name of its intercommunality"),
            real(
                "epci_share_75_plus",
                "share aged 75 and over of the intercommunality",
                "0 to 1",
                "it is not known",
            ),
        ),
        NOT_CALIBRATION,
        more_columns=True,
    ),
    DescribedFile(
        "territory/sites.csv",
        f"Sites of permanences, {TERRITORY}.",
        "site",
        (
            text("site_id", "the site"),
            text("name", "its name"),
            text("kind", "town hall, maison des solidarités, other"),
            text("insee_code", "its commune, INSEE code"),
            real("latitude", "its point", "degrees, WGS 84"),
            real("longitude", "its point", "degrees, WGS 84"),
            text("coordinate_precision", "`exact`, or `commune` where the commune's point is used"),
            text("address", "its address", "it is not known"),
        ),
        NOT_CALIBRATION,
        more_columns=True,
    ),
    DescribedFile(
        "territory/fixed_france_services.csv",
        f"Fixed structures and when they open, {TERRITORY}.",
        "structure",
        (
            text("id_fs", "its id"),
            text("name", "its name"),
            text("insee_code", "its commune, INSEE code"),
            real("latitude", "its point", "degrees, WGS 84"),
            real("longitude", "its point", "degrees, WGS 84"),
            _date("label_date", "open from"),
            text("in_itinerant_commune", "whether its commune has permanences", "", ("yes", "no")),
        ),
        NOT_CALIBRATION,
        more_columns=True,
    ),
    DescribedFile(
        "territory/other_rounds.csv",
        f"Stops of other rounds, {TERRITORY}.",
        "stop",
        (
            text("round_id", "the round"),
            text("insee_code", "commune of the stop, INSEE code"),
            text("week", "ISO weeks it comes", "", ("even", "odd", "every")),
            text("weekday", "day of the week, 1 is Monday", "it is not known"),
            real("half_days_per_cycle", "half-days in a cycle of two weeks", "half-days"),
        ),
        NOT_CALIBRATION,
        more_columns=True,
    ),
    DescribedFile(
        "territory/exits.csv",
        f"Communes that leave, {TERRITORY}.",
        "reading × commune",
        (
            text("reading", "which history", "", ("announced", "happened")),
            text("insee_code", "the commune, INSEE code"),
            _date("fixed_opens", "its structure opens", "never"),
            _date("permanence_stops", "its permanences stop", "never"),
            _date("earliest", "earliest date of opening, to draw from", "it is not drawn"),
            _date("latest", "latest date of opening, to draw from", "it is not drawn"),
            real("latitude", "the structure's point", "degrees, WGS 84", "it is not known"),
            real("longitude", "the structure's point", "degrees, WGS 84", "it is not known"),
            text("point", "what the point is", "it is not known"),
            text("confidence", "of which date: A known, B plausible, C a guess"),
            text("note", "what to know about it", "nothing"),
        ),
        NOT_CALIBRATION,
        more_columns=True,
    ),
    DescribedFile(
        "territory/travel_time_minutes.csv",
        f"Driving times between sites, {TERRITORY}.",
        "site",
        (text("site_id", "from"), real("<site>", "to that site", "min")),
        NOT_CALIBRATION,
    ),
    DescribedFile(
        "territory/travel_distance_km.csv",
        f"Road distances between sites, {TERRITORY}.",
        "site",
        (text("site_id", "from"), real("<site>", "to that site", "km")),
        NOT_CALIBRATION,
    ),
    DescribedFile(
        "territory/travel_model.json",
        "The fitted formula for every other pair of points.",
        when=NOT_CALIBRATION,
    ),
    DescribedFile(
        "territory/communes.geojson", f"Outlines of the communes, {TERRITORY}.", when=NOT_CALIBRATION
    ),
    DescribedFile(
        "territory/label_exits.csv",
        "What the deliberation says of exits: documents, not read.",
        when=NOT_CALIBRATION,
    ),
    DescribedFile(
        "territory/itinerant_france_services.csv",
        "Itinerant structures listed since: documents, not read.",
        when=NOT_CALIBRATION,
    ),
    DescribedFile(
        "territory/SOURCES.md",
        "Where each file and column of the territory comes from.",
        when=NOT_CALIBRATION,
    ),
    DescribedFile(
        "territory/rounds/*.csv",
        "Rounds that travel with the territory, so that nothing has to be planned again.",
        "passage of the cycle",
        ROUNDS,
        NOT_CALIBRATION,
    ),
    DescribedFile(
        "territory/rounds/plans.json",
        "What those rounds were planned for, with bounds and proofs.",
        when=NOT_CALIBRATION,
    ),
    DescribedFile("report.html", "The report: one page, nothing fetched from elsewhere."),
    DescribedFile("report.pdf", "The same on paper, where a browser is present."),
    DescribedFile("summary.xlsx", "Budget, measures, differences and assumptions for the finance office."),
    DescribedFile("figures/*.html", "A figure to open alone."),
    DescribedFile("figures/plotly.min.js", "The library that draws them, so that nothing is fetched."),
    DescribedFile("figures/*.json", "The figure's data, as Plotly reads it."),
    DescribedFile("figures/*.svg", "The figure for a document."),
    DescribedFile("figures/*.png", "The same as an image, where a browser is present."),
    DescribedFile("figures/*.pdf", "The same on paper, where a browser is present."),
    DescribedFile("figures/NO_BROWSER.txt", "Why there is no image: no browser was found."),
)
