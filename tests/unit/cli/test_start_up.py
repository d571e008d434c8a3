"""Which modules a command loads: what it does not need must not delay its start."""

from __future__ import annotations

import importlib.resources
import subprocess
import sys

import pytest

DEMO = str(importlib.resources.files("practiceear.demo_take") / "take.flac")
NEVER = ("matplotlib", "textual", "mir_eval", "sounddevice", "jinja2", "scipy.stats")


def loaded(code: str) -> set[str]:
    """The modules that a fresh interpreter holds after ``code``."""
    probe = f"{code}\nimport sys; sys.stderr.write('loaded ' + ' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True)
    return set(done.stderr.rpartition("loaded ")[2].split())


@pytest.mark.parametrize(
    ("arguments", "unneeded"),
    [
        (["onsets", DEMO], {"numba", "librosa", "scipy", "practiceear.analysis.review"}),
        (["review", "--demo"], {"scipy.signal", "scipy.ndimage", "practiceear.reports.many_takes"}),
        (["journal", "--help"], {"numpy", "numba", "librosa", "scipy"}),
    ],
)
def test_a_command_loads_only_what_it_needs(arguments: list[str], unneeded: set[str]) -> None:
    code = f"from practiceear.cli import run; run({arguments})"
    loaded(code)  # compiles what is not compiled yet
    assert not loaded(code) & (unneeded | set(NEVER))


def test_measures_and_practice_load_no_compiler_and_no_scipy() -> None:
    modules = loaded("import practiceear.metrics.runs.study, practiceear.practice.progress")
    assert not modules & {"numba", "llvmlite", "librosa", "scipy"}
