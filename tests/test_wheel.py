"""The built wheel, tried in a throw-away environment and another folder."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built from the checkout, without build isolation: nothing is fetched."""
    root = Path(__file__).resolve().parents[1]
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("sim-*.whl")
    return built


def test_the_wheel_holds_configuration_and_territory(wheel: Path, root: Path) -> None:
    """Tests that the wheel holds every file of conf/ and every data file, and nothing foreign."""
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    conf = {f"sim/{p.relative_to(root).as_posix()}" for p in (root / "conf").rglob("*") if p.is_file()}
    data = {p.relative_to(root).as_posix() for p in (root / "sim").rglob("*.csv")}
    assert conf
    assert data
    assert conf | data <= names
    assert all(name.startswith("sim/") for name in names)
    assert not [name for name in names if "__pycache__" in name]


def test_the_wheel_runs_elsewhere(wheel: Path, tmp_path: Path) -> None:
    """Tests that the wheel, installed in a bare environment, answers `--help` from another folder."""
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=False, symlinks=True)
    scripts = "Scripts" if sys.platform == "win32" else "bin"
    python = environment / scripts / "python"
    purelib = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        purelib,
    ]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    # The dependencies are those of the tests, seen through a path file, whose own .pth files (the checkout's
    # editable install) are not read: the package that answers can only be the wheel's.
    (Path(purelib) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    where = subprocess.run(
        [python, "-c", "import sim; print(sim.__file__)"],
        cwd=elsewhere,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(environment)
    done = subprocess.run(
        [python, "-m", "sim", "--help"], cwd=elsewhere, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "three_or_four" in done.stdout
    assert not list(elsewhere.iterdir())
