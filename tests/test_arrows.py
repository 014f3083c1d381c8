"""The arrows of docs/architecture.md: who may import whom, read from the source with ast."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "sim"

# What a file imports from the package must stand on its own layer or lower. The longest prefix counts.
LAYERS = {
    "sim.problems": 0,
    "sim.clock": 0,
    "sim.streams": 0,
    "sim.lengths": 0,
    "sim.checks": 0,
    "sim.settings": 0,
    "sim.territory": 0,
    "sim.models.facts": 0,
    "sim.world": 2,
    "sim.models": 2,
    "sim.scenarios": 3,
    "sim.measures": 3,
    "sim.study": 4,
    "sim.api": 5,
    "sim": 5,
    "sim.__main__": 6,
}
# A layer seen by nobody below it and free of the engine: facts ← measures ← report.
FORBIDDEN = {
    "sim.models": ("pandas", "plotly", "hydra", "omegaconf"),
    "sim.world": ("pandas", "plotly", "hydra", "omegaconf", "simpy", "sim.scenarios"),
    "sim.measures": ("simpy", "hydra", "plotly", "sim.models.cell", "sim.study", "sim.report"),
    "sim.report": ("simpy", "hydra", "sim.models.cell", "sim.world"),
    "sim.study.compare": ("simpy", "hydra", "sim.models.cell", "sim.world", "plotly"),
    "sim.study": ("hydra", "omegaconf"),
    "sim.scenarios": ("hydra", "omegaconf", "plotly", "simpy"),
    "sim.territory": ("hydra", "omegaconf", "plotly", "simpy"),
    "sim.settings": ("hydra", "omegaconf", "pandas", "simpy"),
}
ONLY_HYDRA = {"sim.__main__", "sim.compose"}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that a tree imports, `from a import b` as both a and a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def top_level_imports(tree: ast.Module) -> Iterator[str]:
    """Imports that run when the module is imported: not those inside functions or TYPE_CHECKING."""
    for node in tree.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yield from imports(node)


def is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def layer_of(module: str) -> int | None:
    found = [prefix for prefix in LAYERS if prefix != "sim" and is_in(module, prefix)]
    if found:
        return LAYERS[max(found, key=len)]
    return LAYERS["sim"] if module == "sim" else None


FILES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in FILES.items()}


@pytest.mark.parametrize("name", sorted(FILES))
def test_layers(name: str) -> None:
    """Tests that a module imports from the package only its own layer or lower."""
    layer = layer_of(name)
    if layer is None:
        return
    above = sorted(
        {
            target
            for target in imports(TREES[name])
            if target in FILES
            and target != "sim"
            and (other := layer_of(target)) is not None
            and other > layer
        }
    )
    assert not above, f"{name} imports from above: {above}"


@pytest.mark.parametrize("name", sorted(FILES))
def test_forbidden_libraries(name: str) -> None:
    """Tests that the engine stays out of what is computed from its facts, and tables out of the engine."""
    for package, libraries in FORBIDDEN.items():
        if is_in(name, package):
            wrong = sorted({t for t in imports(TREES[name]) for lib in libraries if is_in(t, lib)})
            assert not wrong, f"{name} must not import {wrong}"


@pytest.mark.parametrize("name", sorted(FILES))
def test_only_two_files_know_hydra(name: str) -> None:
    """Tests that only the command line and the composer import Hydra, and only inside functions."""
    if name not in ONLY_HYDRA:
        assert not [t for t in imports(TREES[name]) if t.split(".")[0] in {"hydra", "omegaconf"}]
    assert not [t for t in top_level_imports(TREES[name]) if t.split(".")[0] in {"hydra", "omegaconf"}]


def test_import_sim_is_light() -> None:
    """Tests that nothing heavy is reached by following what `import sim` imports at once."""
    heavy = {"pandas", "plotly", "hydra", "omegaconf", "scipy", "numba", "simpy", "pydantic", "distributed"}
    seen: set[str] = set()
    queue = ["sim"]
    while queue:
        name = queue.pop()
        if name in seen or name not in TREES:
            continue
        seen.add(name)
        for target in top_level_imports(TREES[name]):
            assert target.split(".")[0] not in heavy, f"import sim reaches {target} through {name}"
            queue.append(target)
    assert "sim" in seen


def test_the_checks_can_fail() -> None:
    """Tests that the reader of imports sees every form of import, so that the rules above are not vacuous."""
    tree = ast.parse(
        "import a.b\nfrom c import d\ndef f():\n    import hydra\nif TYPE_CHECKING:\n    import g\n"
    )
    assert set(imports(tree)) == {"a.b", "c", "c.d", "hydra", "g"}
    assert set(top_level_imports(tree)) == {"a.b", "c", "c.d"}
    assert layer_of("sim.models.cell") == 2
    assert layer_of("sim.models.facts") == 0
    assert layer_of("sim.compose") is None
