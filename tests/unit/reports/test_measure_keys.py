"""Every measure that is looked up by its key is one that takes have."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import practiceear
from practiceear.journal.from_review import take_result
from practiceear.metrics import steadiness
from practiceear.reports.words import METRIC_WORDS
from tests.unit.analysis.test_compare import heard

SOURCE = Path(practiceear.__file__).parent
LONG_TONES = {
    steadiness.WAVERING_KEY, steadiness.RATE_KEY, steadiness.SWELL_KEY, steadiness.PITCH_KEY
}  # fmt: skip
NOT_IN_THE_JOURNAL = {
    "position_offset_s", "position_late_s", "places_apart_s", "whole_late_s", "double_start_percent"
}  # fmt: skip
LOOK_UPS = {"metric", "measured_takes"}
SCREENS = "tui"  # their keys are those of a keyboard


@pytest.fixture(scope="module")
def written() -> set[str]:
    """What the journal keeps of a take, whether or not there was a click."""
    takes = (heard(bpm=120.0), heard(bpm=None))
    return {row.key for one in takes for row in take_result(one, "").measures}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        relative = path.relative_to(SOURCE.parent).with_suffix("")
        if SCREENS not in relative.parts:
            yield ".".join(relative.parts), ast.parse(path.read_text(encoding="utf-8"))


def looked_up(tree: ast.Module) -> Iterator[ast.expr]:
    """Arguments that name a measure: of a snapshot, or of the journal's takes."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in LOOK_UPS and node.args:
            yield node.args[1 if name == "measured_takes" and len(node.args) > 1 else 0]


def named_keys(tree: ast.Module) -> Iterator[str]:
    """Names of constants that hold keys of measures."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            for one in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(one, ast.Name) and one.id.endswith(("_KEY", "_KEYS")):
                    yield one.id


def strings(value: object) -> Iterator[str]:
    """All strings in a constant, the values of a mapping among them; units are none."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from strings([*value, *value.values()])
    elif isinstance(value, (list, tuple, set, frozenset)):
        for one in value:
            is_with_unit = isinstance(one, tuple) and len(one) == 2
            yield from strings(one[0] if is_with_unit else one)


def test_what_is_looked_up_is_written(written: set[str]) -> None:
    n_found = 0
    for name, tree in modules():
        keys = {
            key
            for constant in named_keys(tree)
            if constant != "_KEYS"  # of tables
            for key in strings(getattr(importlib.import_module(name), constant))
        }
        for argument in looked_up(tree):
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                keys.add(argument.value)
        n_found += len(keys)
        assert keys <= written | LONG_TONES | NOT_IN_THE_JOURNAL, name
    assert n_found > 20


def test_every_measure_with_words_is_written(written: set[str]) -> None:
    assert set(METRIC_WORDS) <= written | LONG_TONES


def test_no_text_is_a_key_without_its_unit(written: set[str]) -> None:
    """As ``cv_ioi`` is one of ``cv_ioi_percent``: what is looked up by it is never found."""
    parts = {
        "_".join(words[:n])
        for words in (key.split("_") for key in written | LONG_TONES)
        for n in range(2, len(words))
    }
    cut = parts - written - LONG_TONES
    assert "cv_ioi" in cut
    for name, tree in modules():
        texts = {one.value for one in ast.walk(tree) if isinstance(one, ast.Constant)}
        assert not cut & {one for one in texts if isinstance(one, str)}, name
