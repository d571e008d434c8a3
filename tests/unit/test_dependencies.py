"""What the package imports is declared, and what is declared is imported."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXTRAS = ("aubio", "dask")


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported_distributions() -> set[str]:
    modules: set[str] = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                modules.add((node.module or "").partition(".")[0])
    installed = packages_distributions()
    foreign = modules - sys.stdlib_module_names - {"practiceear", "_typeshed"}
    return {normalised(name) for module in foreign for name in installed.get(module, [module])}


def test_imports_and_declarations_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = project["dependencies"] + [
        requirement for extra in EXTRAS for requirement in project["optional-dependencies"][extra]
    ]
    names = {normalised(re.split(r"[<>=]", requirement)[0]) for requirement in declared}
    brought_along = {"markupsafe": "jinja2", "llvmlite": "numba"}
    found = {brought_along.get(name, name) for name in imported_distributions()}
    assert found == names
