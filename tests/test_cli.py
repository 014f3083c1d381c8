"""Tests that the command line answers, refuses and stops as people and scripts rely on."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

import sim.__main__ as cli
from sim.problems import InputError, Problem
from sim.settings import StudySettings
from sim.where import config_groups


@dataclass(frozen=True)
class Answer:
    """What a runner gives back."""

    study: StudySettings
    failed: tuple[str, ...] = ()

    def answer_lines(self, language: str) -> list[str]:
        """One line, in the language asked for."""
        return [f"{language} {self.study.study.name} {self.study.run.seed}"]


class Runner:
    """Stands for the module that runs studies; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[StudySettings] = []
        self.failed: tuple[str, ...] = ()
        self.error: BaseException | None = None

    def run(self, study: StudySettings) -> Answer:
        self.asked.append(study)
        if self.error is not None:
            raise self.error
        return Answer(study, self.failed)


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Runner:
    """The command line with a runner that runs nothing, in an empty folder that must stay empty."""
    fake = Runner()
    monkeypatch.setattr(cli, "_runner", lambda kind: fake.run)
    monkeypatch.chdir(tmp_path)
    return fake


def test_the_answer_is_printed(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    """Tests that a study that ends well prints its answer and gives 0."""
    assert cli.main([]) == 0
    assert capsys.readouterr().out == "fr three_or_four 82\n"
    assert cli.main(["run.language=en", "study=staffing"]) == 0
    assert capsys.readouterr().out == "en staffing 82\n"


def test_failed_replications_give_three(runner: Runner) -> None:
    """Tests that a study with failed replications still answers, with exit code 3."""
    runner.failed = ("replication 4",)
    assert cli.main([]) == 3


def test_input_refused_while_running_gives_two(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    """Tests that what the territory or the rounds refuse later is said in the same way."""
    runner.error = InputError(
        [Problem("communes.csv:3", "x", "a number"), Problem("outputs", "y", "a folder")]
    )
    assert cli.main(["run.language=en"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "The input has 2 problems; nothing was run.",
        "  - communes.csv:3: found x; expected a number.",
        "  - outputs: found y; expected a folder.",
    ]


class Stopped(KeyboardInterrupt):
    """As the study raises it: what is kept, and how to go on."""

    def lines(self, language: str) -> list[str]:
        return [f"{language}: 3/100", "python -m sim run.resume=outputs/x"]


def test_an_interruption_gives_130_and_the_line_that_resumes(
    runner: Runner, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tests that Ctrl-C says what is kept and how to go on, and that an early one says it was interrupted."""
    runner.error = Stopped()
    assert cli.main([]) == 130
    assert capsys.readouterr().err == "fr: 3/100\npython -m sim run.resume=outputs/x\n"
    runner.error = KeyboardInterrupt()
    assert cli.main([]) == 130
    assert capsys.readouterr().err == "Interrompu.\n"


def test_sweeps_run_one_study_each(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    """Tests that -m runs every combination in order, and says where it is."""
    assert cli.main(["-m", "run.seed=1,2", "study=three_or_four,staffing"]) == 0
    assert [(study.run.seed, study.study.name) for study in runner.asked] == [
        (1, "three_or_four"),
        (1, "staffing"),
        (2, "three_or_four"),
        (2, "staffing"),
    ]
    assert "[3/4] run.seed=2 study=three_or_four\n" in capsys.readouterr().out


def test_a_sweep_with_a_wrong_value_runs_nothing(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    """Tests that every combination is checked before the first is run, each problem said once."""
    assert cli.main(["--multirun", "run.seed=1,x,y", "run.workers=1,2"]) == 2
    assert not runner.asked
    error = capsys.readouterr().err
    assert error.startswith("L’entrée comporte 2 problèmes ; rien n’a été lancé.\n")
    assert error.count("run.seed : trouvé 'x'") == 1


def test_a_study_run_again_from_its_file(runner: Runner, tmp_path: Path) -> None:
    """Tests that --settings and settings= read the same study."""
    assert cli.main(["study=staffing", "run.seed=5"]) == 0
    (tmp_path / "settings.yaml").write_text(runner.asked[0].to_yaml(), encoding="utf-8")
    for words in (
        ["settings=settings.yaml"],
        ["--settings=settings.yaml"],
        ["--settings", "settings.yaml"],
        ["--settings", "."],
    ):
        assert cli.main(words) == 0
        assert runner.asked[-1].scenarios == runner.asked[0].scenarios


def test_studies_that_are_not_there_yet_are_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tests that a study whose module this version lacks is refused plainly, before anything is written."""
    monkeypatch.setitem(cli._RUNNERS, "sizing", ("sim.study.no_such_module", "run"))
    monkeypatch.setitem(cli._RUNNERS, "sensitivity", ("sim.problems", "no_such_function"))
    for study in ("sizing", "sensitivity"):
        assert cli.main([f"study={study}"]) == 2
        assert "viendra dans une prochaine version" in capsys.readouterr().err


@pytest.mark.parametrize("kind", sorted(cli._RUNNERS))
def test_every_kind_of_study_has_a_runner(kind: str) -> None:
    """Tests that the dispatch table covers the kinds that settings allow, and nothing else."""
    from typing import get_args

    from sim.settings import Study

    assert kind in get_args(Study.model_fields["kind"].annotation)
    assert set(cli._RUNNERS) == set(get_args(Study.model_fields["kind"].annotation))


def test_version(capsys: pytest.CaptureFixture[str], root: Path) -> None:
    """Tests that --version prints the version of the package."""
    import tomllib

    assert cli.main(["--version"]) == 0
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert capsys.readouterr().out == f"{project['version']}\n"


@pytest.mark.parametrize(("words", "title"), [((), "Études"), (("run.language=en",), "Studies")])
def test_help_names_everything(
    words: tuple[str, ...], title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tests that the help lists every study, scenario and group, in the language asked for."""
    assert cli.main(["--help", *words]) == 0
    text = capsys.readouterr().out
    assert title in text
    for group, options in config_groups().items():
        if group not in {"study", "scenario"}:
            assert f"\n  {group} " in text
        for option in options:
            assert option in text
    for key in (
        "run.seed",
        "run.resume",
        "rounds.file",
        "territory",
        "outputs",
        "run.detail",
        "run.executor",
    ):
        assert key in text
    assert max(len(line) for line in text.splitlines()) <= 100


# A broken command line, and parts of what it must say. One row may have several faults.
BROKEN: list[tuple[list[str], list[str]]] = [
    (["foo"], ["'foo' : trouvé un mot sans « = »", "clé=valeur"]),
    (["staffing"], ["'staffing'", "Vouliez-vous dire « study=staffing »"]),
    (["relief_pair"], ["Vouliez-vous dire « scenario=relief_pair »"]),
    (["=3"], ["'=3'", "un paramètre ou un groupe connu"]),
    ([""], ["''", "clé=valeur"]),
    (["a b=3"], ["le signe inattendu ' '"]),
    (["run.seed=[1"], ["'run.seed=[1'", "une écriture illisible"]),
    (["run.seed={"], ["'run.seed={'"]),
    (["run.seed='1"], ["'run.seed='1'"]),
    (["~run.seed"], ["'~run.seed'", "clé=valeur"]),
    (["fleet@staff=default"], ["'fleet@staff=default'"]),
    (["run.seed=1,2"], ["run.seed : trouvé '1,2'", "-m", "[a,b]"]),
    (["study=three"], ["study : trouvé 'three'", "« three_or_four »"]),
    (["study=null"], ["study : trouvé null", "calibration"]),
    (["study=[single]"], ["study", "une option parmi"]),
    (["study=../config"], ["study : trouvé '../config'", "une option parmi"]),
    (["study=single", "scenario=relief"], ["scenario : trouvé 'relief'", "« relief_pair »"]),
    (["scenario=relief_pair"], ["study=single", "Vouliez-vous dire « study=single scenario=relief_pair »"]),
    (["study=staffing", "scenario=solo"], ["l'étude staffing a ses propres scénarios"]),
    (["study.scenarios=[reference,solos]"], ["study.scenarios : trouvé 'solos'", "« solo »"]),
    (["study.scenarios=reference"], ["study.scenarios", "une liste telle que [reference,four_vehicles]"]),
    (["fleets=default"], ["fleets", "« fleet »"]),
    (["fleet=three"], ["fleet : trouvé 'three'", "default"]),
    (["fleet.vehicle=4"], ["fleet.vehicle : trouvé 4", "« fleet.vehicles »"]),
    (["vehicles=4"], ["vehicles : trouvé 4", "« fleet.vehicles »"]),
    (["+fleet.colour=red"], ["fleet.colour", "un paramètre ou un groupe connu"]),
    (["fleet={colour: red}"], ["fleet.colour", "un paramètre connu"]),
    (["fleet.vehicles.spare=1"], ["fleet.vehicles.spare"]),
    (["seed=4"], ["seed", "« run.seed »"]),
    (["hydra.run.dir=x"], ["hydra.run.dir", "un paramètre ou un groupe connu"]),
    (["fleet.vehicles=four"], ["fleet.vehicles : trouvé 'four'", "un nombre entier"]),
    (["fleet.vehicles=3.5"], ["fleet.vehicles : trouvé 3.5", "un nombre entier"]),
    (["fleet.vehicles='4'"], ["fleet.vehicles : trouvé '4'", "un nombre entier"]),
    (["fleet.vehicles=0"], ["fleet.vehicles : trouvé 0", "au moins égal à 1"]),
    (["fleet.vehicles=null"], ["fleet.vehicles : trouvé null", "un nombre entier"]),
    (["fleet.vehicles=true"], ["fleet.vehicles : trouvé true", "un nombre entier"]),
    (["run.seed=-1"], ["run.seed : trouvé -1", "au moins égal à 0"]),
    (["run.seed=99999999999999999999"], ["run.seed", "inférieur à"]),
    (["run.replications=0"], ["run.replications : trouvé 0", "au moins égal à 1"]),
    (["run.workers=0"], ["run.workers : trouvé 0"]),
    (["run.executor=threads"], ["run.executor : trouvé 'threads'", "'serial'"]),
    (["run.language=de"], ["run.language : trouvé 'de'", "'fr', 'en'"]),
    (["run.detail=some"], ["run.detail : trouvé 'some'", "[0,1]", "'all', 'none'"]),
    (["run.detail=[-1]"], ["run.detail.0 : trouvé -1"]),
    (["run.horizon.start=2021-02-30"], ["run.horizon.start : trouvé '2021-02-30'", "une date telle que"]),
    (["run.horizon.end=01/12/2022"], ["run.horizon.end", "une date telle que"]),
    (["run.horizon=2022"], ["run.horizon : trouvé 2022"]),
    (["desk.comes_back_share=1.5"], ["desk.comes_back_share : trouvé 1.5", "au plus égal à 1"]),
    (["desk.patience_mean_min=1e999"], ["desk.patience_mean_min", "un nombre"]),
    (["desk.patience_mean_min=nan"], ["desk.patience_mean_min", "un nombre"]),
    (["desk.arrival_thirds=[0.5,0.4]"], ["desk.arrival_thirds"]),
    (["sessions.morning.opens=9"], ["sessions.morning.opens : trouvé 9", "une heure telle que 09:30"]),
    (["staff.pairing=nammed"], ["staff.pairing", "« named »"]),
    (["staff.leave_policy=summer"], ["staff.leave_policy", "'closed_weeks'"]),
    (["homes.reminders=maybe"], ["homes.reminders", "true ou false"]),
    (["homes.channels.post_office={share: 0}"], ["homes.channels.post_office"]),
    (["territory=tarn_et_garone"], ["territory : trouvé 'tarn_et_garone'", "« tarn_et_garonne »"]),
    (["territory="], ["territory : trouvé ''"]),
    (["rounds.file=no/such/file.csv"], ["rounds.file", "un fichier existant"]),
    (["run.resume=no/such/folder"], ["run.resume", "un dossier d'étude existant"]),
    (["settings=no/such/file.yaml"], ["settings", "settings.yaml"]),
    (["settings=."], ["settings : trouvé '.'", "settings.yaml"]),
    (["run.seed=${no.such.key}"], ["run.seed", "qui ne nomme aucun paramètre"]),
    (["run.seed=???"], ["run.seed", "qui veut dire pas encore de valeur"]),
    (["demand.needs._target_=os.system"], ["demand.needs._target_", "un paramètre ou un groupe connu"]),
    (["exits.communes={82089}"], ["exits.communes"]),
    (["--cfg", "job"], ["--cfg : trouvé une option inconnue", "'job'"]),
    (["--multi"], ["« --multirun »"]),
    (["-x", "fleet.vehicle=4"], ["-x : trouvé une option inconnue", "« fleet.vehicles »"]),
    (["--settings"], ["settings : trouvé ''"]),
    (["-m", "run.seed=range(1,100000)"], ["-m : trouvé", "1000 combinaisons au plus"]),
    (["-m", "run.seed=interval(0,1)"], ["run.seed", "range(1,4)"]),
    (
        ["fleet.vehicle=4", "run.seed=x", "study=nope", "a b=1", "desk.early_min=0"],
        ["5 problèmes", "fleet.vehicle :", "run.seed :", "study :", "'a b=1' :", "desk.early_min :"],
    ),
]


@pytest.mark.parametrize(("words", "parts"), BROKEN, ids=[" ".join(words) for words, _ in BROKEN])
def test_broken_command_lines(
    words: list[str], parts: list[str], runner: Runner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tests that a broken command line gives 2, runs and writes nothing, and says what it must."""
    assert cli.main(words) == 2
    out, error = capsys.readouterr()
    assert out == ""
    lines = error.splitlines()
    count = len(lines) - 1
    assert lines[0] == f"L’entrée comporte {count} problème{'s' if count > 1 else ''} ; rien n’a été lancé."
    assert all(line.startswith("  - ") for line in lines[1:])
    for part in parts:
        assert part in error
    assert "Traceback" not in error
    assert not runner.asked
    assert list(tmp_path.iterdir()) == []


# A language that is not there is refused in French.
IN_ENGLISH = [words for words, _ in BROKEN if "run.language=de" not in words]


@pytest.mark.parametrize("words", IN_ENGLISH, ids=" ".join)
def test_broken_command_lines_in_english(
    words: list[str], runner: Runner, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tests that an English reader gets no French word: frame, found and expected alike."""
    assert cli.main([*words, "run.language=en"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("The input has ")
    for french in ("trouvé", "attendu", "Vouliez", "une ", "paramètre", "valeur"):
        assert french not in error.replace(" ".join(words), "")


def _python(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_process_leaves_with_the_code(root: Path) -> None:
    """Tests that `python -m sim` gives its exit code and problems to the shell, on stderr alone."""
    done = _python("-m", "sim", "fleet.vehicle=4", cwd=root)
    assert (done.returncode, done.stdout) == (2, "")
    assert "fleet.vehicles" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_is_quick_and_loads_nothing_heavy(root: Path) -> None:
    """Tests that --help needs neither Hydra, pydantic nor numpy, and comes within 0.8 s."""
    code = (
        "import sys, sim.__main__ as m; assert m.main(['--help']) == 0; "
        "heavy = {'hydra', 'omegaconf', 'pydantic', 'numpy', 'pandas', 'numba', 'plotly', 'simpy'}; "
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = _python("-c", code, cwd=root)
    assert done.returncode == 0, done.stderr
    times = []
    for _ in range(3):
        started = time.perf_counter()
        assert _python("-m", "sim", "--help", cwd=root).returncode == 0
        times.append(time.perf_counter() - started)
    assert min(times) < 0.8


def test_importing_sim_is_light(root: Path) -> None:
    """Tests that `import sim` costs at most 0.3 s and loads none of the heavy libraries."""
    code = (
        "import json, sys, time; import numpy; before = set(sys.modules); "
        "t = time.perf_counter(); import sim; t = time.perf_counter() - t; "
        "names = {'load_settings', 'run_study', 'simulate'}; "
        "assert names <= set(dir(sim)); "
        "print(json.dumps([t, sorted({m.split('.')[0] for m in set(sys.modules) - before})]))"
    )
    done = _python("-c", code, cwd=root)
    assert done.returncode == 0, done.stderr
    seconds, loaded = json.loads(done.stdout)
    assert seconds < 0.3
    assert not {"hydra", "pydantic", "pandas", "numba", "plotly", "simpy", "yaml"} & set(loaded)


def test_the_package_offers_its_three_doors() -> None:
    """Tests that `from sim import …` finds each door, and that a wrong name is an AttributeError."""
    import sim
    from sim import load_settings, run_study, simulate

    assert callable(load_settings)
    assert callable(run_study)
    assert callable(simulate)
    with pytest.raises(AttributeError, match="no attribute 'load_setings'"):
        _ = sim.load_setings
