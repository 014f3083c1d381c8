"""Tests that words and configuration become a study, and that every fault is said, never raised raw."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim.where
from sim.calibrated import CALIBRATED, write_calibrated
from sim.compose import (
    _default_paths,
    _default_values,
    expand_sweeps,
    flat,
    load_settings,
)
from sim.problems import InputError
from sim.where import conf_folder, config_groups, read_yaml

GROUPS = config_groups()
CACHES = (config_groups, _default_values, _default_paths)


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A configuration that a test may break; names read from it are forgotten afterwards."""
    copied = tmp_path / "conf"
    shutil.copytree(conf_folder(), copied)
    for cached in CACHES:
        cached.cache_clear()
    monkeypatch.setattr(sim.where, "conf_folder", lambda: copied)
    monkeypatch.setattr("sim.compose.conf_folder", lambda: copied)
    yield copied
    for cached in CACHES:
        cached.cache_clear()


@pytest.mark.parametrize("study", GROUPS["study"])
def test_every_study_composes(study: str) -> None:
    """Tests that each study composes alone; that of an absence needs to know who is away and when."""
    words = ["absence.date=2021-10-04", "absence.agents=[A3,A5]"] if study == "absence" else []
    composed = load_settings(f"study={study}", *words)
    assert composed.study.name == study
    assert [scenario.scenario.name for scenario in composed.scenarios] == composed.study.scenarios


@pytest.mark.parametrize("scenario", GROUPS["scenario"])
def test_every_scenario_composes(scenario: str) -> None:
    """Tests that each scenario runs alone, is named as its file, says what it changes in two languages."""
    composed = load_settings("study=single", f"scenario={scenario}")
    (only,) = composed.scenarios
    assert only.scenario.name == scenario
    assert only.scenario.sentence_fr.endswith(".")
    assert only.scenario.sentence_en.endswith(".")
    values = flat(only.model_dump(mode="json"))
    for path, value in flat(only.scenario.delta).items():
        assert values[path] == value


@pytest.mark.parametrize(
    "word", [f"{g}={o}" for g, options in GROUPS.items() for o in options if g not in {"study", "scenario"}]
)
def test_every_option_composes(word: str) -> None:
    """Tests that each option of each group composes with the rest by default."""
    assert load_settings(word).scenarios


def test_the_default_study_is_the_contract() -> None:
    """Tests that without words the five levers between three and four teams are compared, cheapest first."""
    composed = load_settings()
    assert composed.study.name == "three_or_four"
    found = [
        (
            s.scenario.name,
            s.fleet.vehicles,
            s.rounds.vehicles,
            s.staff.fs_agents,
            s.staff.cn_agents,
            s.rounds.extra_passages,
        )
        for s in composed.scenarios
    ]
    assert found == [
        ("reference", 3, 3, 3, 3, 0),
        ("four_vehicles_three_pairs", 4, 3, 3, 3, 0),
        ("relief_pair", 3, 3, 4, 4, 0),
        ("four_vehicles", 4, 4, 4, 4, 0),
        ("four_vehicles_more_passages", 4, 4, 4, 4, 9),
    ]
    assert composed.reference is composed.scenarios[0]
    assert composed.reference.exits.reading == "none"
    assert composed.run.language == "fr"


def test_label_exits_cross_readings_and_policies() -> None:
    """Tests that every reading meets every use of the freed half-days, against nobody leaving."""
    composed = load_settings("study=label_exits")
    assert composed.reference.scenario.name == "no_exits"
    found = {
        (s.exits.reading, s.exits.policy, bool(s.exits.slip_months), bool(s.exits.lost_after_months))
        for s in composed.scenarios[1:]
    }
    readings = [
        ("announced", False, False),
        ("happened", False, False),
        ("announced", True, False),
        ("announced", False, True),
    ]
    assert found == {
        (r, p, slip, lost) for r, slip, lost in readings for p in ("keep", "redistribute", "replan")
    }


def test_words_reach_every_scenario_but_the_delta_wins() -> None:
    """Tests that a word is the base of all scenarios, and that a scenario keeps what it is about."""
    composed = load_settings("fleet.vehicles=5", "desk.overtime_min=0")
    assert [s.fleet.vehicles for s in composed.scenarios] == [5, 4, 5, 4, 4]
    assert {s.desk.overtime_min for s in composed.scenarios} == {0}


def test_a_later_word_wins() -> None:
    """Tests that the last of two words about one parameter holds, as people expect of a command line."""
    assert load_settings("run.seed=1", "run.seed=2").run.seed == 2
    assert load_settings("run=precise", "run.replications=7").run.replications == 7
    assert load_settings("run.replications=7", "run=precise").run.replications == 7


@pytest.mark.parametrize(
    "word",
    [
        "territory=tarn_et_garonne",
        "outputs=résultats d'été (2021)/essai, bis",
        "outputs=C:\\Users\\me",
        "outputs=2021",
        "outputs=a b",
        "+fleet.vehicles=3",
        "++run.seed=5",
        "run.seed=1_000",
        "run.workers=null",
        "run.detail=all",
        "run.detail=[0,3]",
        "fleet.fuel_eur_per_l.2024=1.9",
        "exits.communes.82089=2022-01-01",
        "fleet={vehicles: 4}",
        "demand.season.tax_campaigns=[]",
        "run.dask.address=tcp://10.0.0.1:8786",
    ],
)
def test_words_that_are_right(word: str) -> None:
    """Tests that the ways people write values are understood, folders with any sign included."""
    assert load_settings(word).scenarios


def test_folders_are_taken_as_typed() -> None:
    """Tests that apostrophes, accents, commas and digits in a folder's name need no quoting."""
    for text in ("l'été (bis)", "a,b", "2021", "é", "C:\\x\\"):
        assert load_settings(f"outputs={text}").base.outputs == text


def test_settings_yaml_gives_the_same_bytes(tmp_path: Path) -> None:
    """Tests that a study run again from its settings.yaml, file or folder, writes the same file."""
    for number, words in enumerate(
        [
            (),
            ("study=label_exits", "exits.policy=replan", "run.horizon.end=2023-12-31"),
            ("study=single", "scenario=relief_pair", "sessions=three_hours", "run.detail=none"),
            ("study=absence", "absence.date=2021-10-04", "absence.agents=[A3,A5]"),
            ("exits.communes={82089: 2022-03-01}", "outputs=l'été", "desk.patience_mean_min=33.3"),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        text = load_settings(*words).to_yaml()
        (folder / "settings.yaml").write_text(text, encoding="utf-8")
        for source in (folder, folder / "settings.yaml"):
            again = load_settings(f"settings={source}")
            assert again.to_yaml() == text
            assert again.scenarios == load_settings(*words).scenarios


def test_settings_yaml_holds_every_parameter_and_delta(tmp_path: Path) -> None:
    """Tests that the file names all parameters of the reference and the delta of each scenario."""
    composed = load_settings()
    stored = read_yaml(_written(tmp_path, composed.to_yaml()))
    scenarios = stored.pop("scenarios")
    assert set(flat(stored)) == set(flat(composed.base.model_dump(mode="json")))
    assert [item["name"] for item in scenarios] == composed.study.scenarios
    assert scenarios[2]["delta"] == {"staff": {"fs_agents": 4, "cn_agents": 4}}


def _written(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / "settings.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_parameters_beside_a_file(tmp_path: Path) -> None:
    """Tests that single parameters may be changed beside settings=, and groups may not."""
    file = _written(tmp_path, load_settings("run.seed=7").to_yaml())
    changed = load_settings(
        f"settings={file}", "run.replications=5", "study.scenarios=[reference,relief_pair]"
    )
    assert (changed.run.seed, changed.run.replications, len(changed.scenarios)) == (7, 5, 2)
    with pytest.raises(InputError, match="no group beside settings="):
        load_settings(f"settings={file}", "run=quick")
    with pytest.raises(InputError, match="scenarios of the file: reference"):
        load_settings(f"settings={file}", "study.scenarios=[reference,solo]")


def test_resume_reads_the_folder(tmp_path: Path) -> None:
    """Tests that a resumed study is the one of its folder, with only how it is run to choose."""
    words = ("study=staffing", "run.replications=30", "run.seed=9")
    _written(tmp_path, load_settings(*words).to_yaml())
    resumed = load_settings(f"run.resume={tmp_path}", "run.workers=2", "run.executor=serial")
    assert (resumed.study.name, resumed.run.seed, resumed.run.workers) == ("staffing", 9, 2)
    assert resumed.run.resume == str(tmp_path)
    assert "resume: null" in resumed.to_yaml()
    again = load_settings(*words, f"run.resume={tmp_path}")
    assert again.to_yaml() == load_settings(*words).to_yaml()


def test_resume_refuses_another_study(tmp_path: Path) -> None:
    """Tests that each parameter that differs from the folder's is named, with both values."""
    _written(tmp_path, load_settings("run.replications=30").to_yaml())
    with pytest.raises(InputError) as raised:
        load_settings(
            f"run.resume={tmp_path}",
            "run.replications=31",
            "study=staffing",
            "sessions=three_hours",
            "run.seed=82",
        )
    assert [(p.where, p.expected) for p in raised.value.problems] == [
        ("run.replications", "30, with which the study was begun"),
        ("study", "'three_or_four', with which the study was begun"),
        ("sessions", "the option the study was begun with"),
    ]


@pytest.mark.parametrize(
    "content", ["", "a", "[1]", "a: [", "\x00", "a: &x [*x]", "scenarios: 3", "scenarios: [{name: 3}]"]
)
def test_broken_settings_files(tmp_path: Path, content: str) -> None:
    """Tests that a damaged settings.yaml is refused in words, from settings= and from run.resume=."""
    file = _written(tmp_path, content)
    for word in (f"settings={file}", f"run.resume={tmp_path}"):
        with pytest.raises(InputError):
            load_settings(word)


def test_a_scenario_cannot_touch_the_world(conf: Path) -> None:
    """Tests that a delta on the world, on the study, or misspelt is refused with its scenario's name."""
    (conf / "scenario" / "wrong.yaml").write_text(
        "name: wrong\nlabel_fr: a\nlabel_en: a\nsentence_fr: a\nsentence_en: a\n"
        "delta: {desk: {patience_mean_min: 5}, staff: {sickness: {mean_days: 20}}, run: {seed: 4},"
        " fleet: {vehicules: 4}, demand: {needs: {work_cv: 0.1}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as raised:
        load_settings("study.scenarios=[reference,wrong]")
    found = [(problem.where, problem.found, problem.nearest) for problem in raised.value.problems]
    assert found == [
        ("scenario wrong: desk.patience_mean_min", "a parameter of the outside world", None),
        ("scenario wrong: staff.sickness.mean_days", "a parameter of the outside world", None),
        ("scenario wrong: run.seed", "a parameter of the study", None),
        ("scenario wrong: fleet.vehicules", "an unknown name", "fleet.vehicles"),
        ("scenario wrong: demand.needs.work_cv", "a parameter of the outside world", None),
    ]


def test_a_scenario_that_cannot_run_is_named(conf: Path) -> None:
    """Tests that a combination that only a delta makes impossible is said with the scenario's name."""
    with pytest.raises(InputError) as raised:
        load_settings(
            "staff.pairing=named",
            "study.scenarios=[reference,four_vehicles]",
            "rounds.vehicles=3",
            "fleet.vehicles=3",
            "desk.early_min=0",
        )
    assert [problem.where for problem in raised.value.problems] == ["desk.early_min"]
    text = (conf / "scenario" / "four_vehicles.yaml").read_text(encoding="utf-8")
    (conf / "scenario" / "four_vehicles.yaml").write_text(
        text.replace("vehicles: 4", "vehicles: 9", 1).replace("    vehicles: 9", "    vehicles: 2", 1),
        encoding="utf-8",
    )
    with pytest.raises(InputError) as raised:
        load_settings()
    assert [problem.where for problem in raised.value.problems] == ["scenario four_vehicles: rounds.vehicles"]


@pytest.mark.parametrize(
    ("file", "content", "where", "part"),
    [
        ("desk/default.yaml", "discipline: [", "conf/desk/default.yaml", "line"),
        (
            "desk/default.yaml",
            "discipline: fifo\ndiscipline: fifo\n",
            "conf/desk/default.yaml",
            "given twice",
        ),
        ("desk/default.yaml", "discipline: lifo\n", "desk.discipline", "'lifo'"),
        ("desk/default.yaml", "", "desk.discipline", "nothing"),
        ("fleet/default.yaml", "vehicles: ${no.such.key}\n", "fleet.vehicles", "no.such.key"),
        ("fleet/default.yaml", "vehicles: ${oc.env:HOME}\n", "fleet.vehicles", "nothing is called"),
        ("fleet/default.yaml", "vehicles: ???\n", "fleet.vehicles", "no value yet"),
        ("config.yaml", "defaults:\n  - run: nowhere\n", "conf", "nowhere"),
        ("fleet/default.yaml", "_target_: os.system\n", "fleet._target_", "'os.system'"),
    ],
)
def test_broken_configuration(conf: Path, file: str, content: str, where: str, part: str) -> None:
    """Tests that a configuration edited wrongly is refused at its place, and that nothing in it is run."""
    (conf / file).write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        load_settings()
    said = {problem.where: str(problem) for problem in raised.value.problems}
    assert where in said, said
    assert part in said[where]


@pytest.mark.parametrize(
    ("word", "where"),
    [
        ("outputs=${oc.env:HOME}", "outputs"),
        ("territory=a/${ oc.env:HOME}", "territory"),
        ("study.scenarios=[reference,'${oc.env:HOME}']", "study.scenarios"),
        ("desk.patience_mean_min=${oc.decode:12}", "desk.patience_mean_min"),
    ],
)
def test_a_word_cannot_read_the_environment(word: str, where: str) -> None:
    """Tests that a resolver is refused where it stands, and that what it would have read is not shown."""
    with pytest.raises(InputError) as raised:
        load_settings(word)
    said = {problem.where: str(problem) for problem in raised.value.problems}
    assert where in said, said
    assert "nothing is called" in said[where]
    assert str(Path.home()) not in "".join(said.values())


def test_a_scenario_changed_by_words_says_so() -> None:
    """Tests the name and the sentence of a scenario alone, with words that change it and others."""
    plain = load_settings("study=single", "run.replications=20", "territory=tiny").reference.scenario
    assert (plain.label_fr, plain.label_en) == ("3 équipes", "3 teams")
    changed = load_settings("study=single", "fleet.vehicles=4", "staff.pairing=named", "run.seed=3")
    one = changed.reference.scenario
    assert (one.label_fr, one.label_en) == ("3 équipes, réglages changés", "3 teams, settings changed")
    assert one.sentence_fr.endswith(
        " Réglages changés sur la ligne de commande : fleet.vehicles=4 staff.pairing=named."
    )
    assert "Settings changed on the command line: fleet.vehicles=4" in one.sentence_en
    named = load_settings("study=single", "fleet.vehicles=4", "scenario.label_fr=Quatre").reference.scenario
    assert named.label_fr == "Quatre"
    compared = load_settings("desk.patience_mean_min=50").reference.scenario
    assert compared.label_fr == "3 équipes"


def test_sweeps_expand_in_order() -> None:
    """Tests that the last word varies fastest, that lists are no sweeps, and that ranges are."""
    assert expand_sweeps(["run.seed=1,2", "study=single", "run.detail=[0,1]", "run.workers=range(1,3)"]) == [
        ("run.seed=1", "study=single", "run.detail=[0,1]", "run.workers=1"),
        ("run.seed=1", "study=single", "run.detail=[0,1]", "run.workers=2"),
        ("run.seed=2", "study=single", "run.detail=[0,1]", "run.workers=1"),
        ("run.seed=2", "study=single", "run.detail=[0,1]", "run.workers=2"),
    ]
    assert expand_sweeps([]) == [()]


@pytest.mark.parametrize(
    "words",
    [
        ["run.seed=range(1,100000)"],
        ["run.seed=range(0,500)", "run.workers=1,2,3"],
        ["run.seed=interval(0,1)"],
        ["a b=1,2"],
    ],
)
def test_sweeps_that_cannot_be(words: list[str]) -> None:
    """Tests that endless and continuous sweeps are refused, not begun."""
    with pytest.raises(InputError):
        expand_sweeps(words)


def test_calibrated_values_come_back(conf: Path) -> None:
    """Tests that what a calibration writes is an option that composes, its provenance beside it."""
    values = {
        "place_effect_sigma": 0.9,
        "multiplier_permanence": 0.4,
        "multiplier_fixed": 1.7,
        "gives_up_constant": 2,
        "awareness.midpoint_months": 8.5,
        "awareness.scale_months": 4.25,
    }
    file = write_calibrated(values, ["Fitted on a sunny day", "twice"], "elsewhere", conf)
    assert file.read_text(encoding="utf-8").startswith(
        "# @package demand\n# Fitted on a sunny day\n# twice\n"
    )
    config_groups.cache_clear()
    demand = load_settings("calibrated=elsewhere").reference.demand
    assert (demand.multiplier_permanence, demand.gives_up_constant) == (0.4, 2.0)
    assert (demand.awareness.midpoint_months, demand.awareness.scale_months) == (8.5, 4.25)
    with pytest.raises(ValueError, match="calibrated values are"):
        write_calibrated({"multiplier_fixed": 1.0}, [], "elsewhere", conf)
    assert set(values) == set(CALIBRATED)


@pytest.mark.parametrize(
    ("words", "communes"),
    [
        (["exits.communes={82113:2022-01-01,82088:never}"], {"82113": "2022-01-01", "82088": "never"}),
        (
            ["exits.communes=Molières:2022-01-01,Laguépie:never"],
            {"Molières": "2022-01-01", "Laguépie": "never"},
        ),
        (["exits.communes={L'Honor-de-Cos: 2022-01-01}"], {"L'Honor-de-Cos": "2022-01-01"}),
        (
            ["exits.communes=82113:2022-01-01", "exits.communes=82088:never"],
            {"82113": "2022-01-01", "82088": "never"},
        ),
        (["exits.communes.La Ville-Dieu-du-Temple=2022-01-01"], {"La Ville-Dieu-du-Temple": "2022-01-01"}),
        (["exits.communes.82113=2022-01-01"], {"82113": "2022-01-01"}),
        (["exits.communes={}"], {}),
    ],
)
def test_communes_in_one_short_phrase(words: list[str], communes: dict[str, str]) -> None:
    """Tests that communes that leave are named as people write them, also after a shell's braces."""
    assert load_settings(*words).reference.exits.communes == communes
    assert expand_sweeps(words) == [tuple(words)]


def test_no_hydra_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that composing leaves no run folder, no changed directory and no initialised Hydra."""
    from hydra.core.global_hydra import GlobalHydra

    monkeypatch.chdir(tmp_path)
    load_settings()
    assert Path.cwd() == tmp_path
    assert list(tmp_path.iterdir()) == []
    assert not GlobalHydra.instance().is_initialized()


@settings(max_examples=60)
@given(st.data())
def test_mutated_settings_files(data: st.DataObject) -> None:
    """Tests that a settings.yaml cut, overwritten or shuffled anywhere composes or is refused in words."""
    lines = load_settings().to_yaml().splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        cut = data.draw(st.integers(0, len(lines[at])))
        lines[at : at + data.draw(st.integers(0, 2))] = [lines[at][:cut] + data.draw(_SCRAPS)]
    with tempfile.TemporaryDirectory() as folder:
        file = _written(Path(folder), "\n".join(lines))
        _composes_or_says(f"settings={file}")


@settings(max_examples=25)
@given(st.data())
def test_mutated_configuration(data: st.DataObject) -> None:
    """Tests that a configuration file edited at random composes or is refused in words."""
    names = [file.relative_to(conf_folder()) for file in sorted(conf_folder().rglob("*.yaml"))]
    name = data.draw(st.sampled_from([name for name in names if name.name != "register.yaml"]))
    lines = (conf_folder() / name).read_text(encoding="utf-8").splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    cut = data.draw(st.integers(0, len(lines[at])))
    lines[at : at + data.draw(st.integers(0, 2))] = [lines[at][:cut] + data.draw(_SCRAPS)]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        copied = Path(folder) / "conf"
        shutil.copytree(conf_folder(), copied)
        (copied / name).write_text("\n".join(lines), encoding="utf-8")
        patch.setattr("sim.compose.conf_folder", lambda: copied)
        for cached in CACHES:
            cached.cache_clear()
        _composes_or_says()
        _composes_or_says("fleet.vehicle=4")
    for cached in CACHES:
        cached.cache_clear()


def _composes_or_says(*words: str) -> None:
    try:
        said = [scenario.scenario.name for scenario in load_settings(*words).scenarios]
    except InputError as error:
        said = [problem.where and problem.expected and problem.say("fr") for problem in error.problems]
    assert said
    assert all(said)


_SCRAPS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            ":",
            ": ",
            "- ",
            "\t",
            "{",
            "[",
            "}",
            "&a *a",
            "!!python/name:os.system",
            "<<: *a",
            "null",
            "${x}",
            "${oc.env:PATH}",
            "???",
            "_target_: os.system",
            "defaults: [a]",
            "# @package _global_",
            "? [a]",
            "a: b: c",
            "|",
        ]
    ),
)
_KEYS = st.sampled_from(
    [
        *list(GROUPS),
        *list(flat(_default_values())),
        "settings",
        "",
        "hydra.run.dir",
        "scenario.delta.fleet.vehicles",
    ]
)
_VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "null",
            "true",
            "1e999",
            "-1",
            "nan",
            "[]",
            "{}",
            "[[",
            "${a}",
            "${oc.env:HOME}",
            "???",
            "1,2",
            "'",
            '"',
            "{a:b}",
            "2021-02-30",
            "9" * 5000,
        ]
    ),
    st.integers().map(str),
    st.floats().map(str),
    st.recursive(
        st.integers() | st.booleans() | st.none() | st.text("ab.", max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.", max_size=3), inner, max_size=3)
        ),
        max_leaves=5,
    ).map(lambda value: json.dumps(value).replace('"', "")),
)
_PREFIXES = st.sampled_from(["", "", "", "+", "++", "~"])


@settings(max_examples=250)
@given(
    st.lists(
        st.one_of(st.text(max_size=40), st.builds(lambda p, k, v: f"{p}{k}={v}", _PREFIXES, _KEYS, _VALUES)),
        min_size=1,
        max_size=4,
    )
)
def test_no_words_give_a_traceback(words: list[str]) -> None:
    """Tests that whatever is typed either composes or is refused as a list of problems."""
    _composes_or_says(*words)


def test_the_scenario_of_the_documentation_composes(conf: Path, root: Path) -> None:
    """Tests that the scenario shown in docs/configuration.md is one that can be used as it stands."""
    text = (root / "docs" / "configuration.md").read_text(encoding="utf-8")
    example = text.split("```yaml\n")[1].split("```")[0]
    (conf / "scenario" / "late_summer.yaml").write_text(example, encoding="utf-8")
    (only,) = load_settings("study=single", "scenario=late_summer").scenarios
    assert only.sessions.afternoon.closes == 17 * 3600 + 1800
    assert len(load_settings("study.scenarios=[reference,late_summer]").scenarios) == 2
