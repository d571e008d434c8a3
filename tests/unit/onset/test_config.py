from __future__ import annotations

import math

import pytest

from practiceear.instruments.registry import instrument_names, load_instrument
from practiceear.onset.config import HEAD_NAMES, DetectorConfig
from practiceear.onset.tables import build_tables, packaged_weights


@pytest.mark.parametrize("name", HEAD_NAMES)
@pytest.mark.parametrize("value", [0.0, 1.0, -0.5, math.nan])
def test_senseless_threshold_is_named(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        DetectorConfig(**{name: value})  # type: ignore[arg-type]  # always of a threshold


def test_senseless_target_is_named() -> None:
    with pytest.raises(ValueError, match="knocks"):
        DetectorConfig(target="knocks")  # type: ignore[arg-type]


@pytest.mark.parametrize("head", range(5))
def test_a_threshold_of_its_own_replaces_that_of_the_weights(head: int) -> None:
    weights = packaged_weights()
    own = DetectorConfig(**{HEAD_NAMES[head]: 0.123})  # type: ignore[arg-type]  # of a threshold
    found = build_tables(44100, weights, own)[0]["threshold"]
    expected = weights["threshold"].astype(float)
    expected[head] = 0.123
    assert found == pytest.approx(expected)


def test_only_the_profile_for_taps_listens_for_taps() -> None:
    targets = {name: load_instrument(name).detector.target for name in instrument_names()}
    assert [name for name, target in targets.items() if target == "taps"] == ["tap"]
