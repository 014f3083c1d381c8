"""Every number on the page equals the tables of the folder, for every study, read off the page itself.

Numbers are read from the page as French prints them and compared with the files at the precision shown.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import html5lib
import pandas as pd
import pytest
import yaml

from sim.report.words import Words
from tests.small_studies import SMALL, small_study

__all__ = ["small_study"]

FR = Words("fr")
COMPARISONS = ("three_or_four", "drawn", "staffing", "label_exits")
WITH_SUMMARY = (*COMPARISONS, "single")
NUMBER = re.compile(r"[+−]?\s?\d[\d\s]*(?:,\d+)?")


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ").replace("\u202f", " ")).strip()


class Page:
    """The French edition of a report: its tables by caption, the cards, the text."""

    def __init__(self, folder: Path) -> None:
        html = (folder / "report.html").read_text(encoding="utf-8")
        tree = html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)
        self.edition = next(e for e in tree.iter("div") if e.get("id") == "fr")
        self.text = plain(" ".join(self.edition.itertext()))
        self.tables: dict[str, list[list[str]]] = {}
        for table in self.edition.iter("table"):
            rows = [
                [" | ".join(filter(None, (plain(t) for t in cell.itertext()))) for cell in row]
                for row in table.iter("tr")
            ]
            self.tables[plain("".join(table.find("caption").itertext()))] = rows

    def table(self, start: str) -> list[list[str]]:
        """The rows, the head in front, of the only table whose caption begins so."""
        found = [rows for caption, rows in self.tables.items() if caption.startswith(start)]
        assert len(found) == 1, (start, list(self.tables))
        return found[0]

    def cards(self) -> Iterator[tuple[str, str]]:
        """The label and the text of each card."""
        for item in self.edition.iter("li"):
            if "card" in (item.get("class") or "").split():
                yield plain("".join(item.find("h3").itertext())), plain(" ".join(item.itertext()))


def numbers(text: str) -> list[tuple[float, int]]:
    """Numbers of a text with how many decimals they show."""
    found = []
    for match in NUMBER.findall(text):
        bare = match.replace(" ", "").replace("−", "-").replace("+", "")
        whole, _, decimals = bare.partition(",")
        found.append((float(f"{whole}.{decimals or 0}"), len(decimals)))
    return found


def same(text: str, *values: float) -> bool:
    """Whether a text shows these values and no other, each at its own precision."""
    found = numbers(text)
    known = [v for v in values if v is not None and math.isfinite(v)]
    return len(found) == len(known) and all(
        abs(shown - value) <= 0.5 * 10.0**-decimals + 1e-9
        for (shown, decimals), value in zip(found, known, strict=True)
    )


def same_level(text: str, *values: float | None, most: float = math.inf, money: bool = False) -> bool:
    """The same for a level, whose interval is shown within what the level can be, unlike in the tables."""
    if money:
        return same(text, *(v for v in values if v is not None))
    return same(text, *(min(max(v, 0.0), most) for v in values if v is not None))


@pytest.fixture
def study(request: pytest.FixtureRequest, small_study: Callable[[str], Path]) -> tuple[Path, Page]:
    folder = small_study(request.param)
    return folder, Page(folder)


def over(*names: str) -> Any:
    return pytest.mark.parametrize("study", names, indirect=True)


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"{name}.csv", dtype={"insee_code": str, "month": str})


def labels(folder: Path) -> dict[str, str]:
    """Scenario by its label on the page."""
    settings = yaml.safe_load((folder / "settings.yaml").read_text(encoding="utf-8"))
    return {plain(s["label_fr"].replace("'", "’")): s["name"] for s in settings["scenarios"]}


def years(folder: Path) -> float:
    horizon = yaml.safe_load((folder / "settings.yaml").read_text(encoding="utf-8"))["run"]["horizon"]
    first, last = (pd.Timestamp(str(horizon[end])) for end in ("start", "end"))
    return float(((last - first).days + 1) / 365.25)


def by_label(folder: Path) -> tuple[dict[tuple[str, str], Any], dict[tuple[str, str], Any]]:
    """Rows of summary.csv and comparison.csv by scenario and measure label."""
    summary = read(folder, "summary")
    label = dict(zip(summary["measure"], summary["label_fr"].str.replace("'", "’"), strict=True))
    levels = {(r["scenario"], label[r["measure"]]): r for r in summary.to_dict("records")}
    gaps = {}
    if (folder / "comparison.csv").is_file():
        for row in read(folder, "comparison").to_dict("records"):
            gaps[row["scenario"], label[row["measure"]]] = row
    return levels, gaps


@over(*WITH_SUMMARY)
def test_cards(study: tuple[Path, Page]) -> None:
    """Tests levels, differences and deciding intervals of the figures that decide."""
    folder, page = study
    levels, gaps = by_label(folder)
    scenarios = list(dict.fromkeys(name for name, _ in levels))
    cards = list(page.cards())
    if "staffing" in str(folder):
        assert not cards  # a table of all scenarios instead
        return
    assert len(cards) >= 4
    best = "four_vehicles" if "four_vehicles" in scenarios else (scenarios[1:] or [""])[0]
    for label, text in cards:
        body = text.removeprefix(label)
        shown = numbers(body)
        level = levels[scenarios[0], label]
        if not gaps:
            unit = str(level["unit"])
            assert same_level(
                body.replace("24 h", ""),
                *(level[end] for end in ("mean", "ci95_low", "ci95_high")),
                most=100.0 if unit == "%" else math.inf,
                money=unit.startswith("euro"),
            ), text
            continue
        gap, after = gaps[best, label], levels[best, label]["mean"]
        expected = [level["mean"], after, gap["difference"], gap["ci_sim_low"], gap["ci_sim_high"]]
        for (value, decimals), exact in zip(shown, expected, strict=False):
            assert abs(value - exact) <= 0.5 * 10.0**-decimals + 1e-9, text
        before, now, change = (shown[i] for i in range(3))
        agree = round(now[0] - before[0], change[1]) == change[0]
        assert agree or "avant arrondi" in text, text


@over(*COMPARISONS)
def test_differences_of_the_decision_measures(study: tuple[Path, Page]) -> None:
    """Tests every level, difference and both intervals of every decision measure and scenario."""
    folder, page = study
    levels, gaps = by_label(folder)
    names = labels(folder)
    decisions = {label for (_, label), row in gaps.items() if row["decision"]}
    checked = 0
    tables = [rows for caption, rows in page.tables.items() if caption.startswith("Les chiffres :")]
    assert len(tables) == len(decisions)
    for rows in tables:
        # which measure it is: the one whose reference level stands in the first row, in its unit
        reference = rows[1]
        found = [
            label for label in decisions if same(reference[1], levels[names[reference[0]], label]["mean"])
            and all(same(r[2], gaps[names[r[0]], label]["difference"]) for r in rows[2:])
        ]  # fmt: skip
        assert found, rows
        for row in rows[2:]:
            gap = gaps[names[row[0]], found[0]]
            assert same(row[3], gap["ci_sim_low"], gap["ci_sim_high"]), row
            assert same(row[4], gap["ci95_low"], gap["ci95_high"]), row
            if not math.isnan(gap["share_better"]):
                assert same(row[5], 100 * gap["share_better"]), row
            checked += 1
    assert checked == len(decisions) * (len(names) - 1)


@over(*COMPARISONS)
def test_levers(study: tuple[Path, Page]) -> None:
    """Tests cost, persons helped with their interval, and net cost per person of each lever."""
    folder, page = study
    summary = read(folder, "summary").set_index(["scenario", "measure"])
    gaps = read(folder, "comparison").set_index(["scenario", "measure"])
    names = labels(folder)
    rows = next(r for c, r in page.tables.items() if c.startswith(("Les leviers", "Les scénarios comparés")))
    assert len(rows) == len(names)
    for row in rows[1:]:
        name = names[row[0].split(" | ")[0]]
        cost = gaps.loc[(name, "net_yearly_cost")]
        assert same(row[1], cost["difference"], cost["ci_sim_low"], cost["ci_sim_high"])
        helped = gaps.loc[(name, "persons_helped")]
        parts = row[2].split(" | ")
        assert same(parts[0], helped["difference"])
        assert same(parts[1], helped["ci_sim_low"], helped["ci_sim_high"])
        if "€" in row[4]:
            each = summary.loc[(name, "marginal_net_cost")]
            assert same(row[4], each["mean"], each["ci95_low"], each["ci95_high"])


AGENTS = (
    "hours_per_week", "driving_hours_per_week", "amplitude_max_h", "overtime_hours", "shortened_lunches",
    "solo_half_days", "reassignments",
)  # fmt: skip


@over("three_or_four", "staffing", "single")
def test_agents(study: tuple[Path, Page]) -> None:
    """Tests the agents' weeks, agent by agent and on average."""
    folder, page = study
    table, names = read(folder, "agents"), labels(folder)
    mean = table[table["agent"] != "C"].groupby("scenario").mean(numeric_only=True)
    for row in page.table("Un agent en moyenne")[1:]:
        for text, name in zip(row[1:], AGENTS, strict=True):
            assert same(text, mean.loc[names[row[0]], f"{name}_mean"]), row
    for label, scenario in names.items():
        mine = table[table["scenario"] == scenario].set_index("agent")
        for row in page.tables[f"Agent par agent : {label}"][1:]:
            one = mine.loc[row[0].split(" ")[0]]
            for text, name in zip(row[1:], AGENTS, strict=True):
                found = [one[f"{name}_{end}"] for end in ("mean", "ci95_low", "ci95_high")]
                assert same_level(text, *(v if pd.notna(v) else None for v in found)), (row, name)


@over(*WITH_SUMMARY)
def test_budget(study: tuple[Path, Page]) -> None:
    """Tests the budget to the cent, line by line, exercise by exercise, voted and simulated, with totals."""
    folder, page = study
    table, names = read(folder, "budget"), labels(folder)
    basis = {"voté": "voted", "simulé": "simulated"}
    for label, scenario in names.items():
        head, *rows = page.tables[f"Budget : {label}"]
        mine = table[table["scenario"] == scenario]
        columns = [text.split(", ") for text in head[4:]]
        for k, (exercise, base) in enumerate(columns, start=4):
            of = mine[(mine["exercise"] == exercise) & (mine["basis"] == basis[base])]
            exact = sorted(of["amount"].dropna().round(2))
            shown = sorted(
                numbers(row[k])[0][0] for row in rows if row[k] != "–" and not row[0].startswith("Total")
            )
            assert shown == pytest.approx(exact, abs=0.0051)
            for section, kind in itertools.product(("investment", "operation"), ("expense", "income")):
                part = of[(of["section"] == section) & (of["kind"] == kind)]
                if kind == "income":
                    part = part[part["status"] == "acquired"]
                word = "dépenses" if kind == "expense" else "recettes acquises"
                where = "investissement" if section == "investment" else "fonctionnement"
                total = [r[k] for r in rows if r[0] == f"Total des {word} ({where})"]
                if total:
                    assert same(total[0], part["amount"].sum()), (label, exercise, base, section, kind)


@over(*WITH_SUMMARY)
def test_people_over_time(study: tuple[Path, Page]) -> None:
    """Tests months, needs, home waiting, half-days, weeks and the road."""
    folder, page = study
    names, span = labels(folder), years(folder)
    months = read(folder, "months").set_index(["scenario", "month"])
    head, *rows = page.table("Par mois et par scénario")
    for row, month in zip(rows, sorted({m for _, m in months.index}), strict=True):
        for text, label in zip(row[1:], head[1:], strict=True):
            one = months.loc[(names[label], month)]
            assert same(text, *(one[f"served_{e}"] for e in ("mean", "ci95_low", "ci95_high")))
    needs = read(folder, "needs")
    head, *rows = page.table("Personnes par an et par genre")
    for row, need in zip(rows, dict.fromkeys(needs["need"]), strict=True):
        of = needs[needs["need"] == need].set_index("scenario")
        assert same(row[1], of["persons_needing_mean"].iloc[0] / span)
        for text, label in zip(row[2:], head[2:], strict=True):
            one = of.loc[names[label.removeprefix("Aidées : ")]]
            assert same(text, *(one[f"persons_helped_{e}"] / span for e in ("mean", "ci95_low", "ci95_high")))
    halves = read(folder, "half_days").set_index(["scenario", "use"])["half_days_a_year"]
    head, *rows = page.table("Demi-journées par an, par emploi")
    total = {"Permanence": "permanence", "Domicile": "home_visits", "Réparation": "repair"}
    for row in rows:
        for text, use in zip(row[1:], head[1:], strict=True):
            if use in total:
                assert same(text, halves[names[row[0]], total[use]])
    weeks = read(folder, "weeks")
    head, *rows = page.table("Heures ouvertes, semaine par semaine")
    assert set(head[1:]) == set(names)
    for k, label in enumerate(head[1:], start=1):
        of = weeks[weeks["scenario"] == names[label]].sort_values("week")
        known = {
            plain(FR.day(str(week))): hours for week, hours in zip(of["week"], of["open_hours"], strict=True)
        }
        assert len(rows) >= len(known) - 2  # the first and the last week may be cut short
        assert all(same(row[k], known[row[0]]) for row in rows)
    summary = read(folder, "summary").set_index(["scenario", "measure"])
    for row in page.table("Sur la route")[1:]:
        for text, measure in zip(row[1:], ("km", "driving_hours", "co2_kg"), strict=True):
            one = summary.loc[(names[row[0]], measure)]
            assert same_level(text, one["mean"], one["ci95_low"], one["ci95_high"])
    money = ("investment", "yearly_operation", "yearly_income", "net_yearly_cost", "cost_per_person_served")
    for row in page.table("Fonctionnement, recettes")[1:]:
        for text, measure in zip(row[1:], money, strict=True):
            assert same(text, summary.loc[(names[row[0]], measure), "mean"])


@over(*WITH_SUMMARY)
def test_places(study: tuple[Path, Page]) -> None:
    """Tests waits and outcomes by site, and the maps' figures by commune."""
    folder, page = study
    sites = read(folder, "sites")
    reference = read(folder, "summary")["scenario"].iloc[0]
    place = pd.read_csv(folder / "territory" / "sites.csv").set_index("site_id")["name"]
    base = sites[sites["scenario"] == reference].set_index("site_id")
    base.index = [place[i].replace("'", "’") for i in base.index]
    outcomes = ("served", "reneged", "turned_away", "refused", "door_closed")
    head, *rows = page.table("Par site :")
    for text, name in zip(rows.pop()[2:], outcomes, strict=True):
        assert same(text, base[f"{name}_mean"].sum() / years(folder)), name
    for row in rows:
        one = base.loc[row[0]]
        found = [one[f"wait_mean_min_{e}"] for e in ("mean", "ci95_low", "ci95_high")]
        assert same_level(row[1], *(v if pd.notna(v) else None for v in found)), row
        for text, name in zip(row[2:], outcomes, strict=True):
            yearly = one[f"{name}_mean"] / years(folder)
            assert text == "moins de 10" if 0 < yearly < 10 else same(text, yearly), (row, name)
    communes = pd.read_csv(folder / "territory" / "communes.csv", dtype={"insee_code": str})
    people = communes.set_index("name")["population"]
    people.index = [name.replace("'", "’") for name in people.index]
    codes = {n.replace("'", "’"): c for n, c in zip(communes["name"], communes["insee_code"], strict=True)}
    ended = read(folder, "communes")
    ended = ended[ended["scenario"] == reference].set_index("insee_code")
    head, *rows = page.table("Commune par commune : ce que montrent les cartes")
    minutes = next(i for i, h in enumerate(head) if h.startswith("Minutes en voiture"))
    helped = next(i for i, h in enumerate(head) if h.startswith("Personnes aidées par la cellule"))
    none = next(i for i, h in enumerate(head) if h.startswith("N’ont choisi"))
    assert len(rows) == len(ended)
    for row in rows:
        one, each = ended.loc[codes[row[0]]], 1000 / years(folder) / people[row[0]]
        assert same(row[minutes], one["minutes_nearest"])
        assert same(row[helped], (one["itinerant"] + one["home"]) * each)
        assert same(row[none], one["gave_up"] * each)


@over("sizing")
def test_sizing(study: tuple[Path, Page]) -> None:
    """Tests cost, service, targets and half-widths of every design, and the cards of the one shown."""
    folder, page = study
    designs = read(folder, "designs").sort_values("net_yearly_cost")
    head, *rows = page.table("Toutes les organisations")
    measures = pd.Series(dict.fromkeys(c for c in designs if f"{c}_half_width" in designs)).index
    assert len(rows) == len(designs)
    for row, one in zip(rows, designs.to_dict("records"), strict=True):
        assert len(row) == len(head)
        for text in row[2:]:
            assert any(same(text, one[m], one[f"{m}_half_width"]) or same(text, one[m]) for m in measures)
    chosen = designs[designs["role"].isin(["recommended", "nearest"])].iloc[0]
    for label, text in page.cards():
        value, *_ = numbers(text.removeprefix(label))
        assert any(abs(value[0] - chosen[m]) <= 0.5 * 10.0 ** -value[1] + 1e-9 for m in measures), text
    assert "Cette organisation" not in page.text


@over("sensitivity")
def test_sensitivity(study: tuple[Path, Page]) -> None:
    """Tests both layers of every decision measure, the ends of every range, and Morris' effects."""
    folder, page = study
    layers = read(folder, "layers").to_dict("records")
    for row, one in zip(page.table("Les mesures qui décident")[1:], layers, strict=True):
        assert same(row[1], one["difference"])
        assert same(row[2], one["chance_sim_low"], one["chance_sim_high"])
        assert same(row[4], one["drawn_p10"], one["drawn_p90"])
        assert same(row[5], one["draws"] * one["share_same_side"], one["draws"])
    tornado = read(folder, "tornado")
    tornado = tornado[tornado["measure"] == "persons_helped"]
    tornado["label"] = tornado["label_fr"].str.replace("'", "’")
    ends = tornado.set_index("label")
    for row in page.table("L’écart aux deux bouts")[1:]:
        assert same(row[1], ends.loc[row[0], "difference_low"])
        assert same(row[2], ends.loc[row[0], "difference_high"])
    morris = read(folder, "sensitivity")
    morris = morris[morris["measure"] == "persons_helped"]
    morris["label"] = morris["label_fr"].str.replace("'", "’")
    effects = morris.set_index("label")
    for row in page.tables["Les 2 hypothèses de plus d’effet"][1:]:
        assert same(row[1], effects.loc[row[0], "mu_star"])
        assert same(row[2], effects.loc[row[0], "mu_star_error"])


@over("absence")
def test_absence(study: tuple[Path, Page]) -> None:
    """Tests the passages of the day, what a long absence changes, and the others' weeks."""
    folder, page = study
    crews = read(folder, "crews").to_dict("records")
    column = next(i for i, h in enumerate(page.table("Les passages du jour")[0]) if "attendues" in h)
    for row, one in zip(page.table("Les passages du jour")[1:], crews, strict=True):
        assert same(row[column], one["expected"], one["expected_p10"], one["expected_p90"])
    effects = read(folder, "absence_effects").to_dict("records")
    for row in page.table("Ce qui change")[1:]:
        assert any(
            same(row[1], one["usual"]) and same(row[2], one["now"]) and same(row[3], one["difference"])
            and same(row[4], one["low"], one["high"])
            for one in effects
        ), row  # fmt: skip
    agents = read(folder, "absence_agents").set_index("agent")
    names = [
        f"{s}{n}" for n in ("hours_a_week", "field_days_a_week", "reassigned_a_week") for s in ("usual_", "")
    ]
    for row in page.table("Agent par agent, pendant")[1:]:
        one = agents.loc[row[0].split(" ")[0]]
        assert all(same(text, one[name]) for text, name in zip(row[1:], names, strict=True))


@over("calibration")
def test_calibration(study: tuple[Path, Page]) -> None:
    """Tests aims, fitted values and distances of every target, and the fitted parameters."""
    folder, page = study
    targets = read(folder, "calibration").to_dict("records")
    for row, one in zip(page.table("Cible par cible")[1:], targets, strict=True):
        aim = [one["low"]] if one["low"] == one["high"] else [one["low"], one["high"]]
        assert same(row[1], *aim)
        assert same(row[2], one["expected"])
        assert same(row[3], one["tolerance"])
        assert same(row[4], one["deviation"])
    values = yaml.safe_load((folder / "calibrated.yaml").read_text(encoding="utf-8"))
    flat = [v for v in values.values() if not isinstance(v, dict)]
    flat += [v for inner in values.values() if isinstance(inner, dict) for v in inner.values()]
    shown = [row[1] for row in page.table("Valeurs ajustées")[1:]]
    assert all(same(text, value) for text, value in zip(shown, flat, strict=True))


@over(*SMALL)
def test_assumptions_and_layers(study: tuple[Path, Page]) -> None:
    """Tests the register's values on the page, and that both layers of certainty are said, apart."""
    folder, page = study
    assert "Non calé sur la fréquentation réelle de la cellule." in page.text
    if "drawn" in str(folder.parent.parent):
        assert "Ceci ne couvre pas nos hypothèses" not in page.text
        assert page.text.count("couvrent le hasard et nos hypothèses ensemble") >= 3
    else:
        assert "Ceci ne couvre pas nos hypothèses" in page.text
    if (folder / "assumptions.csv").is_file():
        register = read(folder, "assumptions").to_dict("records")
        for row, one in zip(page.table("Toutes les hypothèses")[1:], register, strict=True):
            try:
                value = float(one["value"])
            except ValueError:
                continue
            assert same(row[1], value), row


def test_numbers_are_read_as_french_prints_them() -> None:
    """Tests the reader of this file on numbers written by hand."""
    text = "+ 1 234,5 (entre − 3 et + 12,25)"
    assert numbers(text) == [(1234.5, 1), (-3.0, 0), (12.25, 2)]
    assert same(text, 1234.54, -3.4, 12.2501)
    assert not same(text, 1234.56, -3.4, 12.25)
    assert not same(text, 1234.5, -3.0)
