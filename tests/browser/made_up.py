"""A made-up study folder: the contract's shapes, invented values, to test the report without a run."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

Names = dict[str, tuple[str, str, str, str]]
TERRITORY = Path("sim/territory/data/tarn_et_garonne")

SCENARIOS: dict[str, tuple[str, str, str, str]] = {
    "reference": (
        "3 équipes",
        "3 teams",
        "3 équipes (un véhicule et deux agents), 3 tournées, agents regroupés.",
        "3 teams (one vehicle and two agents), 3 rounds, pooled agents.",
    ),
    "four_vehicles_three_pairs": (
        "3 équipes et un véhicule de réserve",
        "3 teams and a spare vehicle",
        "Un quatrième véhicule, sans agent de plus.",
        "A fourth vehicle, no agent more.",
    ),
    "relief_pair": (
        "3 véhicules et une paire de relève",
        "3 vehicles and a relief pair",
        "Deux agents de plus, qui remplacent les absents.",
        "Two more agents, who stand in for the absent.",
    ),
    "four_vehicles": (
        "4 équipes, mêmes passages",
        "4 teams, same passages",
        "Une équipe de plus, les passages inchangés.",
        "One more team, passages unchanged.",
    ),
    "four_vehicles_more_passages": (
        "4 équipes, passages en plus",
        "4 teams, more passages",
        "Une équipe de plus et des passages supplémentaires.",
        "One more team and extra passages.",
    ),
}

# id: label_fr, label_en, unit, reference mean, sd, decision
MEASURES: dict[str, tuple[str, str, str, float, float, bool]] = {
    "persons_helped": (
        "Personnes aidées, tous lieux",
        "Persons helped, all places",
        "persons a year",
        9800,
        120,
        True,
    ),
    "held_by_two_share": ("Passages tenus à deux", "Passages held by two", "%", 88.2, 2.5, True),
    "days_to_next_held_passage": (
        "Jours jusqu'au prochain passage",
        "Days to the next held passage",
        "days",
        8.1,
        0.3,
        True,
    ),
    "home_lead_p90": ("Délai à domicile, 9 sur 10", "Home lead time, 9 in 10", "days", 19, 2, True),
    "wait_p90": ("Attente sur place, 9 sur 10", "Wait on site, 9 in 10", "minutes", 21, 1.5, True),
    "weeks_under_24h": ("Semaines sous 24 heures", "Weeks under 24 hours", "weeks a year", 9, 2, True),
    "net_yearly_cost": ("Reste à charge annuel", "Net yearly cost", "euros a year", 98500, 300, True),
    "persons_helped_by_cell": (
        "Personnes aidées par la cellule",
        "Persons helped by the cell",
        "persons a year",
        2900,
        90,
        False,
    ),
    "helped_from_fixed": (
        "Dont venues d'une France Services fixe",
        "Of whom from a fixed one",
        "persons a year",
        400,
        30,
        False,
    ),
    "km": ("Kilomètres", "Kilometres", "km a year", 41000, 900, False),
    "co2_kg": ("Émissions", "Emissions", "kg CO2e a year", 7380, 160, False),
}

QUESTIONS = {
    "three_or_four": ("Faut-il 3 ou 4 équipes ?", "3 or 4 teams?"),
    "label_exits": ("Que se passe-t-il quand les communes partent ?", "What happens when communes leave?"),
    "staffing": ("Comment former les équipes ?", "How should teams be formed?"),
    "single": ("Que donne ce scénario ?", "What does this scenario give?"),
}
EXITS: Names = {
    "no_exits": ("Aucune commune ne part", "No commune leaves", "", ""),
    "exits_announced": ("Départs annoncés", "Exits as announced", "", ""),
    "exits_announced_redistribute": (
        "Départs annoncés, demi-journées redistribuées",
        "Redistributed",
        "",
        "",
    ),
    "label_slips": ("Le label tarde", "The label slips", "", ""),
}

EFFECTS: dict[str, dict[str, float]] = {
    "exits_announced": {"persons_helped": 2400, "weeks_under_24h": 31, "net_yearly_cost": -400},
    "exits_announced_redistribute": {"persons_helped": 2450, "weeks_under_24h": 0.1},
    "label_slips": {"persons_helped": 900, "weeks_under_24h": 31},
    "four_vehicles_three_pairs": {"held_by_two_share": 1.1, "net_yearly_cost": 4100, "persons_helped": 6},
    "relief_pair": {
        "held_by_two_share": 7.2,
        "net_yearly_cost": 54100,
        "home_lead_p90": -3,
        "persons_helped": 95,
        "weeks_under_24h": -5,
        "days_to_next_held_passage": -0.5,
    },
    "four_vehicles": {
        "held_by_two_share": 7.9,
        "net_yearly_cost": 61600,
        "home_lead_p90": -5.5,
        "persons_helped": 102,
        "weeks_under_24h": -6,
        "days_to_next_held_passage": -0.6,
        "km": 900,
        "co2_kg": 160,
    },
    "four_vehicles_more_passages": {
        "held_by_two_share": 2.9,
        "net_yearly_cost": 62900,
        "persons_helped": 420,
        "weeks_under_24h": -8.5,
        "days_to_next_held_passage": -1.9,
        "km": 12000,
        "co2_kg": 2100,
        "wait_p90": -1,
    },
}
THRESHOLDS = {
    "persons_helped": 58.0,
    "held_by_two_share": 2.0,
    "days_to_next_held_passage": 1.0,
    "home_lead_p90": 3.0,
    "wait_p90": 5.0,
    "weeks_under_24h": 2.0,
    "net_yearly_cost": 1000.0,
}


def _mean(scenario: str, measure: str) -> float:
    return MEASURES[measure][3] + EFFECTS.get(scenario, {}).get(measure, 0.0)


def _verdict(low: float, high: float, threshold: float) -> str:
    if low > threshold:
        return "higher"
    if high < -threshold:
        return "lower"
    if low > -threshold and high < threshold:
        return "no_difference_that_matters"
    return "not_enough_replications"


def make_folder(
    folder: Path,
    *,
    hostile: bool = False,
    study: str = "three_or_four",
    only: tuple[str, ...] | None = None,
    detail: bool = True,
) -> Path:
    """Write a made-up study folder and return it."""
    rng = np.random.default_rng(82)
    every = EXITS if study == "label_exits" else SCENARIOS
    names = {k: v for k, v in every.items() if only is None or k in only}
    folder.mkdir(parents=True, exist_ok=True)
    territory = folder / "territory"
    shutil.copytree(TERRITORY, territory, dirs_exist_ok=True)
    communes = pd.read_csv(territory / "communes.csv", dtype={"insee_code": str})
    sites = pd.read_csv(territory / "sites.csv", dtype={"insee_code": str})
    if hostile:
        communes.loc[0, "name"] = "<script>alert(1)</script>"
        communes.loc[1, "name"] = '=HYPERLINK("x")'
        communes.loc[2, "name"] = "abc\u202egpj.exe"
        communes.loc[3, "name"] = "Très-long-" * 20
        communes.loc[4, "name"] = "{{ 7*7 }}<b>gras</b>&amp;\"'"
        sites.loc[0, "name"] = "<img src=x onerror=alert(1)>"
        sites.loc[1, "name"] = "</script><script>alert(2)</script>"
        sites.loc[2, "name"] = "Très-long-site " * 14
        communes.to_csv(territory / "communes.csv", index=False)
        sites.to_csv(territory / "sites.csv", index=False)

    _settings(folder, names, study)
    _measures(folder, names)
    _places(folder, names, communes, sites, rng)
    _plans(folder, names, sites)
    _time(folder, names, rng)
    if study == "label_exits":
        _exits(folder, names)
    if detail:
        _facts(folder, names, sites, rng)
    return folder


def _delta(name: str) -> dict[str, Any]:
    if name in ("reference", "no_exits"):
        return {}
    if name not in EXITS:
        return {"fleet": {"vehicles": 4}}
    exits: dict[str, Any] = {"reading": "announced"}
    if name.endswith("redistribute"):
        exits["policy"] = "redistribute"
    if name == "label_slips":
        exits["slip_months"] = 6
    return {"exits": exits}


def _exits(folder: Path, names: Names) -> None:
    """What a study of exits adds: dates, access, from-to, needs, freed half-days."""
    codes = {"82089": "Lamagistère", "82088": "Laguépie", "82096": "La Ville-Dieu-du-Temple"}
    others = list(names)[1:]
    flows, dates, access, moves, needs, freed = [], [], [], [], [], []
    for s in names:
        for code in codes:
            own = f"permanence:{code}" if s == "no_exits" else f"fixed:{code}:1"
            ends = ((own, 60.0), ("fixed:475", 240.0), ("gave_up", 150.0), ("waiting", 4.0))
            flows += [(s, code, ended, persons) for ended, persons in ends]
    for s in others:
        slips = s == "label_slips"
        for code, name in codes.items():
            opens = "2022-07-01" if slips else "2022-01-01"
            dates.append((s, code, name, "announced", "C", "keep", opens, None, "2022-01-01", "2021-12-28"))
            access.append((s, code, 700, 181 if slips and code == "82088" else 0, 0))
            for to, persons in ((f"fixed:{code}:1", 12.0), ("fixed:475", 21.0), ("gave_up", 8.0)):
                moves.append((s, code, f"permanence:{code}", to, persons, persons - 3, persons + 3))
        moved = ("itinerant", "fixed", 250.0, 214.0, 287.0)
        needs += [(s, need, *moved) for need in ("admin_level_1", "digital_individual")]
        used = 106.0 if s.endswith("redistribute") else 0.0
        worth = 0.55 if used else None
        freed.append((s, "redistribute" if used else "keep", 106.0, used, worth, 0.37, 0.72, 0.8, -3.0, 4.5))

    def write(name: str, rows: list[Any], columns: str) -> None:
        pd.DataFrame(rows, columns=columns.split()).to_csv(folder / f"{name}.csv", index=False)

    write("flows", flows, "scenario insee_code ended persons")
    write(
        "exits",
        dates,
        "scenario insee_code commune basis confidence policy fixed_opens fixed_closes permanence_stops "
        "last_passage",
    )
    write("access_changes", access, "scenario insee_code population days_farther days_nearer")
    span = "persons_a_year persons_a_year_ci95_low persons_a_year_ci95_high"
    write("from_to", moves, f"scenario insee_code from to {span}")
    write("changes_by_need", needs, f"scenario need from to {span}")
    write(
        "freed_half_days",
        freed,
        "scenario policy half_days_freed_a_year half_days_used_a_year persons_helped_per_half_day "
        "persons_helped_per_half_day_ci95_low persons_helped_per_half_day_ci95_high home_visits_difference "
        "home_visits_difference_ci95_low home_visits_difference_ci95_high",
    )
    communes = pd.read_csv(folder / "communes.csv", dtype={"insee_code": str})
    late = (communes["scenario"] == "label_slips") & communes["insee_code"].isin(codes)
    communes.loc[late, "days_without_service"] = 181.0
    communes.to_csv(folder / "communes.csv", index=False)


def _settings(folder: Path, names: Names, study: str) -> None:
    (folder / "settings.yaml").write_text(
        yaml.safe_dump(
            {
                "study": {
                    "name": study,
                    "kind": "comparison",
                    "question_fr": QUESTIONS[study][0],
                    "question_en": QUESTIONS[study][1],
                    "scenarios": list(names),
                    "confidence": 0.95,
                },
                "run": {
                    "seed": 1,
                    "replications": 100,
                    "horizon": {"start": "2021-07-01", "end": "2022-12-31"},
                },
                "demand": {"season": {"tax_campaigns": [["2022-04-07", "2022-06-08"]]}},
                "thresholds": {"label_hours_per_week": 24},
                "territory": "tarn_et_garonne",
                "scenarios": [
                    {
                        "name": k,
                        "label_fr": v[0],
                        "label_en": v[1],
                        "sentence_fr": v[2],
                        "sentence_en": v[3],
                        "delta": _delta(k),
                    }
                    for k, v in names.items()
                ],
            },
            allow_unicode=True,
        ),
        encoding="utf-8",
    )
    (folder / "manifest.json").write_text(
        json.dumps(
            {
                "study": study,
                "command": f"python -m sim study={study}",
                "seed": 1,
                "replications": {"done": 100, "failed": 0},
                "wall_time_s": 21.4,
                "git": {"commit": "0123456789abcdef", "dirty": False},
            }
        ),
        encoding="utf-8",
    )


def _measures(folder: Path, names: Names) -> None:
    rows = []
    for s in names:
        for m, (fr, en, unit, _, sd, _) in MEASURES.items():
            mean = _mean(s, m)
            half = 1.98 * sd / 10
            rows.append(
                (
                    s,
                    m,
                    fr,
                    en,
                    unit,
                    mean,
                    sd,
                    mean - half,
                    mean + half,
                    mean - 1.28 * sd,
                    mean + 1.28 * sd,
                    100,
                )
            )
    columns = [
        "scenario",
        "measure",
        "label_fr",
        "label_en",
        "unit",
        "mean",
        "sd",
        "ci95_low",
        "ci95_high",
        "p10",
        "p90",
        "n",
    ]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "summary.csv", index=False)

    rows = []
    for s in list(names)[1:]:
        for m, (*_, sd, decision) in MEASURES.items():
            d = _mean(s, m) - _mean(next(iter(names)), m)
            half = 1.98 * sd / 22
            sim_half = half * 1.55
            t = THRESHOLDS.get(m) if decision else None
            rows.append(
                (
                    "reference",
                    s,
                    m,
                    decision,
                    d,
                    d - half,
                    d + half,
                    d - sim_half,
                    d + sim_half,
                    t,
                    min(0.99, 0.5 + abs(d) / sd / 2),
                    0.01,
                    0.05,
                    0.82,
                    5.6,
                    _verdict(d - sim_half, d + sim_half, t) if t else None,
                    100,
                )
            )
    columns = [
        "reference",
        "scenario",
        "measure",
        "decision",
        "difference",
        "ci95_low",
        "ci95_high",
        "ci_sim_low",
        "ci_sim_high",
        "threshold",
        "share_better",
        "p_value",
        "p_holm",
        "correlation",
        "variance_gain",
        "verdict",
        "n",
    ]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "comparison.csv", index=False)


def _places(
    folder: Path, names: Names, communes: pd.DataFrame, sites: pd.DataFrame, rng: np.random.Generator
) -> None:
    codes = sorted(sites["insee_code"].unique())
    rows = []
    for s in names:
        for i, site in enumerate(sites["site_id"]):
            wait = 6 + 5 * rng.random()
            base: dict[str, Any] = {"scenario": s, "site_id": site}
            for name, v in {
                "served": 60 + 5 * i,
                "reneged": 3.2,
                "turned_away": 1.1,
                "refused": 0.4,
                "not_served_here": 0.2,
                "door_closed": 1.5,
                "wait_mean_min": wait,
                "planned": 39,
                "held": 35,
                "closed_announced": 3,
                "cancelled": 1,
            }.items():
                base[f"{name}_mean"] = v
                base[f"{name}_ci95_low"] = v * 0.93
                base[f"{name}_ci95_high"] = v * 1.07
            rows.append(base)
    pd.DataFrame(rows).to_csv(folder / "sites.csv", index=False)

    rows = []
    for s in names:
        for code, population in zip(communes["insee_code"], communes["population"], strict=True):
            needs = population * 0.3 * 0.5 * 1.5
            inside = 0.4 if code in codes else 0.18
            rows.append(
                (
                    s,
                    code,
                    needs * inside,
                    needs * 0.01,
                    needs * (0.55 - inside / 2),
                    needs * 0.02,
                    needs * 0.3,
                    needs * 0.03,
                    needs * 0.01,
                    needs * inside * 0.9,
                    needs * inside * 1.1,
                    0.0 if code in codes else 4 + 20 * rng.random(),
                    0.0,
                )
            )
    columns = [
        "scenario",
        "insee_code",
        "itinerant",
        "home",
        "fixed",
        "msa_round",
        "gave_up",
        "lost",
        "waiting",
        "itinerant_ci95_low",
        "itinerant_ci95_high",
        "minutes_nearest",
        "days_without_service",
    ]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "communes.csv", index=False)

    rows = []
    for s in names:
        count = 6 if s in ("reference", "four_vehicles_three_pairs") else 8
        for i in range(1, count + 1):
            row = {"scenario": s, "agent": f"A{i}"}
            for name, v in {
                "hours_per_week": 31 + rng.random(),
                "driving_hours_per_week": 6 + rng.random(),
                "amplitude_max_h": 10.2,
                "overtime_p90_min": 12.0,
                "shortened_lunches": 8.0,
                "solo_half_days": 4.0,
                "reassignments": 20.0,
            }.items():
                row |= {f"{name}_mean": v, f"{name}_ci95_low": v * 0.97, f"{name}_ci95_high": v * 1.03}
            rows.append(row)
    pd.DataFrame(rows).to_csv(folder / "agents.csv", index=False)


def _plans(folder: Path, names: Names, sites: pd.DataFrame) -> None:
    rows = []
    lines = [
        ("investment", "vehicles", "expense", "", 34725.14),
        ("investment", "livery", "expense", "", 691.20),
        ("investment", "it", "expense", "", 15877.96),
        ("investment", "smartphones", "expense", "", 1360.80),
        ("investment", "office", "expense", "", 1000.0),
        ("investment", "state_investment", "income", "acquired", 30000.0),
        ("investment", "self_financing", "income", "acquired", 23655.10),
        ("operation", "pay", "expense", "", 101300.0),
        ("operation", "fuel", "expense", "", 5000.0),
        ("operation", "publicity", "expense", "", 1500.0),
        ("operation", "telecoms", "expense", "", 531.36),
        ("operation", "label_grant", "income", "acquired", 15000.0),
        ("operation", "cui", "income", "acquired", 6600.0),
        ("operation", "conseiller_grant", "income", "acquired", 37500.0),
        ("operation", "self_financing", "income", "acquired", 49231.36),
        ("operation", "insurance", "expense", "not_budgeted", None),
        ("operation", "maintenance", "expense", "not_budgeted", None),
    ]
    for s in names:
        factor = 1 if s in ("reference", "four_vehicles_three_pairs") else 4 / 3
        for basis in ("voted", "simulated"):
            for exercise in ("S2-2021", "2022", "2023"):
                for section, line, kind, status, amount in lines:
                    if section == "investment" and exercise != "S2-2021":
                        continue
                    rows.append(
                        (
                            s,
                            basis,
                            exercise,
                            section,
                            line,
                            kind,
                            status or None,
                            None
                            if amount is None
                            else round(amount * factor * (1 if exercise == "S2-2021" else 2), 2),
                        )
                    )
    pd.DataFrame(
        rows, columns=["scenario", "basis", "exercise", "section", "line", "kind", "status", "amount"]
    ).to_csv(folder / "budget.csv", index=False)

    rows = []
    for s in names:
        vehicles = 4 if s.startswith("four_vehicles") and s != "four_vehicles_three_pairs" else 3
        for i, site in enumerate(sites["site_id"]):
            morning = i % 2 == 0
            rows.append(
                (
                    s,
                    "2021-06-28",
                    site,
                    f"V{i * vehicles // len(sites) + 1}",
                    1 + i % 4 // 2,
                    1 + i // 4 % 5,
                    "morning" if morning else "afternoon",
                    34200 if morning else 48600,
                    41400 if morning else 59400,
                )
            )
    pd.DataFrame(
        rows,
        columns=[
            "scenario",
            "valid_from",
            "site_id",
            "vehicle",
            "week",
            "weekday",
            "half_day",
            "open_s",
            "close_s",
        ],
    ).to_csv(folder / "rounds.csv", index=False)


def _time(folder: Path, names: Names, rng: np.random.Generator) -> None:
    months = pd.period_range("2021-07", "2022-12", freq="M").astype(str)
    rows = []
    for s in names:
        for i, month in enumerate(months):
            persons = (
                (90 + 12 * i)
                * (1.2 if month[-2:] in ("04", "05") else 0.8 if month[-2:] in ("07", "08") else 1)
                * (_mean(s, "persons_helped_by_cell") / 2900)
            )
            rows.append((s, month, persons, persons * 0.95, persons * 1.05))
    pd.DataFrame(
        rows, columns=["scenario", "month", "served_mean", "served_ci95_low", "served_ci95_high"]
    ).to_csv(folder / "months.csv", index=False)

    rows = [
        (
            s,
            d,
            float(np.clip(np.exp(-max(0, d - 2) / (8.0 + EFFECTS.get(s, {}).get("home_lead_p90", 0))), 0, 1)),
        )
        for s in names
        for d in range(43)
    ]
    pd.DataFrame(rows, columns=["scenario", "days", "share_waiting"]).to_csv(
        folder / "lead_times.csv", index=False
    )

    uses = {"permanence": 702, "home_visits": 310, "reserve": 240, "no_crew": 120, "repair": 30, "absent": 60}
    rows = [
        (s, u, v * (4 / 3 if s.startswith("four") and u != "permanence" else 1))
        for s in names
        for u, v in uses.items()
    ]
    pd.DataFrame(rows, columns=["scenario", "use", "half_days_a_year"]).to_csv(
        folder / "half_days.csv", index=False
    )

    rows = [
        (
            s,
            (date(2021, 6, 28) + timedelta(weeks=w)).isoformat(),
            float(np.clip(29 + 4 * np.sin(w / 3) + rng.normal(0, 2) + (3 if "more" in s else 0), 0, 40)),
        )
        for s in names
        for w in range(79)
    ]
    pd.DataFrame(rows, columns=["scenario", "week", "open_hours"]).to_csv(folder / "weeks.csv", index=False)

    rows = [
        (
            "demand.needs_per_person_per_year",
            "Besoins par an et par personne en difficulté",
            "Needs a year per person in difficulty",
            0.5,
            "a year",
            0.3,
            1.0,
            "aucune source trouvée",
            "C",
            "",
        ),
        (
            "demand.share_in_difficulty",
            "Part des habitants en difficulté",
            "Share of residents in difficulty",
            0.3,
            "share",
            0.25,
            0.35,
            "délibération ; CREDOC",
            "A",
            "",
        ),
        (
            "staff.sickness.mean_days",
            "Durée moyenne d'un arrêt",
            "Mean length of a stop",
            50,
            "days",
            40,
            60,
            "DGAFP",
            "B",
            "",
        ),
    ]
    pd.DataFrame(
        rows,
        columns=[
            "path",
            "label_fr",
            "label_en",
            "value",
            "unit",
            "low",
            "high",
            "source",
            "confidence",
            "note",
        ],
    ).to_csv(folder / "assumptions.csv", index=False)


def _facts(folder: Path, names: Names, sites: pd.DataFrame, rng: np.random.Generator) -> None:
    facts = folder / "facts"
    facts.mkdir(exist_ok=True)
    rows = []
    base = "hotel-departement"
    for s in names:
        for vehicle in range(1, 4):
            for d in range(120):
                day = date(2021, 7, 1) + timedelta(days=d)
                if day.weekday() > 4 or rng.random() < 0.15:
                    continue
                a, b = sites["site_id"].iloc[rng.integers(0, len(sites) - 1, 2)]
                plan = [
                    ("drive", base, a, 30600, 33000, 31.0),
                    ("set_up", a, a, 33000, 34200, 0.0),
                    ("hold", a, a, 34200, 41400, 0.0),
                    ("pack", a, a, 41400, 42000, 0.0),
                    ("lunch", a, a, 42000, 45000, 0.0),
                    ("drive", a, b, 45000, 46800, 22.0),
                    ("set_up", b, b, 46800, 48600, 0.0),
                    ("hold", b, b, 48600, 59400, 0.0),
                    ("pack", b, b, 59400, 60000, 0.0),
                    ("drive", b, base, 60000, 62400, 29.0),
                ]
                rows += [(s, 0, f"V{vehicle}", day.isoformat(), *step) for step in plan]
    pd.DataFrame(
        rows,
        columns=[
            "scenario",
            "replication",
            "vehicle",
            "date",
            "activity",
            "place_from",
            "place_to",
            "start_s",
            "end_s",
            "km",
        ],
    ).to_parquet(facts / "journal.parquet", index=False)
