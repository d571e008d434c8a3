"""Runs the unit tests of what changed since the last commit: `make quick`.

A changed module is tested by the file of tests that mirrors it and by those of the same room that
import it; a changed file of tests by itself. Everything else is left to `make test`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UNIT_TESTS = ROOT / "tests" / "unit"


def changed_files() -> list[Path]:
    """Paths, relative to the project, of files that are new or differ from the last commit."""
    listed = subprocess.run(
        ["git", "status", "--porcelain", "--no-renames", "--untracked-files=all"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    paths = [Path(line[3:].strip('"')) for line in listed]
    return [path for path in paths if path.suffix == ".py" and (ROOT / path).is_file()]


def tests_of(path: Path) -> Iterator[Path]:
    """Files of tests that a changed file asks for."""
    if path.parts[0] == "tests":
        if path.name.startswith("test_") and path.parts[1] not in ("live", "kill"):
            yield ROOT / path
        return
    if path.parts[:2] != ("src", "practiceear"):
        return
    module = ".".join(path.with_suffix("").parts[1:]).removesuffix(".__init__")
    parent, _, name = module.rpartition(".")
    imports = re.compile(
        rf"from {re.escape(module)} import|from {re.escape(parent)} import .*\b{name}\b"
    )
    for tests in sorted((UNIT_TESTS / Path(*path.parts[2:-1])).glob("test_*.py")):
        if tests.stem == f"test_{path.stem}" or imports.search(tests.read_text(encoding="utf-8")):
            yield tests


def run(files: Iterable[Path]) -> int:
    """Run these files of tests, in two processes where they are many; return pytest's exit code."""
    chosen = sorted({str(file.relative_to(ROOT)) for file in files})
    if not chosen:
        print("No unit test belongs to what changed.")
        return 0
    print("Testing", *chosen)
    processes = ["--numprocesses=2", "--dist=loadfile"] if len(chosen) > 3 else []
    command = [sys.executable, "-m", "pytest", "--quiet", "--exitfirst", *processes, *chosen]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(run(tests for path in changed_files() for tests in tests_of(path)))
