"""Every measure has one key, spelled once, and what is looked up by it is one that takes have."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import practiceear
from practiceear.journal.from_review import take_result
from practiceear.metrics.catalogue import CATALOGUE, CORRECTED, MetricGroup, MetricKey
from tests.unit.analysis.test_compare import heard

SOURCE = Path(practiceear.__file__).parent
OF_TONES = {key for key, info in CATALOGUE.items() if info.group is MetricGroup.LONG_TONES}
NOT_IN_THE_JOURNAL = {key for key, info in CATALOGUE.items() if info.group is MetricGroup.PLACES}
COLUMNS = {"gate_ratio", "sd_ioi_s"}
"""Of single notes and of single runs, which are no measures of a take."""


@pytest.fixture(scope="module")
def written() -> set[str]:
    """What the journal keeps of a take, whether or not there was a click."""
    takes = (heard(bpm=120.0), heard(bpm=None))
    return {row.key for one in takes for row in take_result(one, "").measures}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        if path.name != "catalogue.py":
            name = path.relative_to(SOURCE.parent).as_posix()
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def texts(tree: ast.Module) -> set[str]:
    values = (one.value for one in ast.walk(tree) if isinstance(one, ast.Constant))
    return {value for value in values if isinstance(value, str)}


def looked_up(tree: ast.Module) -> Iterator[str]:
    """Names of measures in square brackets behind ``metrics``, and in tables of keys."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "MetricKey":
            yield node.attr


def test_every_measure_is_in_the_catalogue() -> None:
    assert list(CATALOGUE) == list(MetricKey)


def test_what_is_looked_up_is_written(written: set[str]) -> None:
    n_found = 0
    for name, tree in modules():
        keys = {MetricKey[one] for one in looked_up(tree)}
        n_found += len(keys)
        assert keys <= written | OF_TONES | NOT_IN_THE_JOURNAL, name
    assert n_found > 20


def test_every_measure_with_words_is_written(written: set[str]) -> None:
    assert {key for key, info in CATALOGUE.items() if info.label} <= written | OF_TONES


def test_a_corrected_measure_is_of_the_same_kind() -> None:
    for key, corrected in CORRECTED.items():
        assert (corrected.info.group, corrected.info.unit) == (key.info.group, key.info.unit)


def test_no_key_is_spelled_twice() -> None:
    for name, tree in modules():
        assert not texts(tree) & (set(MetricKey) - COLUMNS), name


def test_no_text_is_a_key_without_its_unit() -> None:
    """As ``cv_ioi`` is one of ``cv_ioi_percent``: what is looked up by it is never found."""
    parts = {
        "_".join(words[:n])
        for words in (key.split("_") for key in MetricKey)
        for n in range(2, len(words))
    }
    cut = parts - set(MetricKey)
    assert "cv_ioi" in cut
    for name, tree in modules():
        assert not cut & texts(tree), name
