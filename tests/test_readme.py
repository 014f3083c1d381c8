"""Tests that what the README and the documentation show is there and runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sim import load_settings
from sim.compose import expand_sweeps
from sim.move import main as move
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "sim" / "territory").rglob("*.md")]
)
COMMANDS = sorted(set(re.findall(r"python -m sim(?:\.\w+)*(?: [^`#\n|]+)?", README)))
STUDIES = [
    words
    for command in COMMANDS
    if (words := shlex.split(command)[2:])[0] == "sim"
    and "--help" not in words
    and "run.resume" not in command
]
LINK = re.compile(r"(?<!`)!?\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("words", STUDIES, ids=" ".join)
def test_every_study_shown_can_be_asked_for(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that the words of each command of the README compose without a problem."""
    rounds = ROOT / "sim" / "territory" / "data" / "tarn_et_garonne" / "rounds" / "fortnight_3.csv"
    (tmp_path / "mes_tournees.csv").write_bytes(rounds.read_bytes())
    monkeypatch.chdir(tmp_path)
    asked = words[1:]
    if asked[:1] == ["-m"]:
        assert len(list(expand_sweeps(asked[1:]))) > 1
        asked = []
    study = load_settings(*asked)
    assert study.scenarios


def test_the_commands_are_found() -> None:
    """Tests that the commands above are read from the README, and none is lost."""
    shown = {shlex.split(command)[2] for command in COMMANDS}
    assert shown == {"sim", "sim.move", "sim.report", "sim.territory.generate"}
    assert len(STUDIES) >= 12


def test_the_move_shown_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    """Tests `python -m sim.move` with the words of the README."""
    words = next(shlex.split(command)[3:] for command in COMMANDS if "sim.move" in command)
    assert move(words) == 0
    assert "Verdun-sur-Garonne" in capsys.readouterr().out


def test_the_python_shown_runs(tmp_path: Path) -> None:
    """Tests the README's Python as a file, on the tiny territory and two replications."""
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code is not None
    short = code[1].replace('"run.replications=20"', '"run.replications=4", "territory=tiny"')
    assert short != code[1]
    body = "\n".join(f"    {line}" for line in short.splitlines())
    script = tmp_path / "shown.py"
    script.write_text(f'if __name__ == "__main__":\n{body}\n', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "verdict" in done.stdout
    assert "x 19 columns" in done.stdout  # of visits


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Tests every relative link and picture of the documentation."""
    lost = [
        target
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert lost == []


def test_every_page_is_in_the_index() -> None:
    """Tests that docs/README.md leads to every page of docs/."""
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = {p.name for p in (ROOT / "docs").iterdir() if p.suffix in {".md", ".py"}} - {"README.md"}
    assert {name for name in pages if f"({name})" not in index} == set()


def test_every_dependency_has_its_reason() -> None:
    """Tests that docs/dependencies.md names every package of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    asked = [*project["dependencies"], *(one for extra in extras for one in extra)]
    names = {re.split(r"[<>=\[ ;]", one)[0] for one in asked}
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    stubs = {"pandas-stubs", "types-pyyaml"}  # "types", in one word
    assert {name for name in names - stubs if not re.search(rf"\b{re.escape(name)}\b", page)} == set()


def test_the_picture_is_light() -> None:
    """Tests that no picture of the documentation weighs more than 300 kB."""
    pictures = list((ROOT / "docs" / "images").iterdir())
    assert pictures
    assert max(picture.stat().st_size for picture in pictures) < 300_000


def test_make_targets_shown_exist() -> None:
    """Tests that every `make` target of the README is in the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"make ([a-z]+)", README))
    assert targets >= {"compare", "test", "bench", "profile"}
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
