"""Timing against the click, worked out by hand."""

from __future__ import annotations

import re

import numpy as np
import pytest

from practiceear.metrics.timing import deviation_bias, deviation_spread, drift
from practiceear.rhythm.alignment import Alignment, align
from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision
from practiceear.units import FloatArray

GRID = MetronomeGrid(120.0, Meter(), Subdivision.parse("2"), first_beat_s=1.0)


def against_the_click(deviation_s: FloatArray) -> tuple[FloatArray, Alignment]:
    onset_s = GRID.slot_time_s(np.arange(deviation_s.size)) + deviation_s
    return onset_s, align(onset_s, GRID)


def test_bias_and_spread_of_alternating_notes() -> None:
    _, alignment = against_the_click(np.tile([-0.03, -0.01], 20))
    bias = deviation_bias(alignment, GRID, is_phase_known=True)
    assert bias.value == pytest.approx(-0.02)
    assert bias.low < -0.02 < bias.high
    assert deviation_spread(alignment).value == pytest.approx(0.01 * np.sqrt(40 / 39))


def test_bias_needs_a_known_first_beat() -> None:
    _, alignment = against_the_click(np.full(40, -0.02))
    bias = deviation_bias(alignment, GRID, is_phase_known=False)
    assert bias.is_unavailable
    assert "click" in bias.reason
    assert not deviation_spread(alignment).is_unavailable


def test_a_steady_bias_leaves_no_spread() -> None:
    _, alignment = against_the_click(np.full(40, -0.05))
    assert deviation_spread(alignment).value == pytest.approx(0.0, abs=1e-12)


def test_drift_is_a_tempo_offset() -> None:
    # 119.4 bpm against 120: half a per cent too slow.
    time_s = GRID.slot_time_s(np.arange(60))
    onset_s, alignment = against_the_click(0.005 * (time_s - time_s.mean()))
    metric = drift(onset_s, alignment)
    assert metric.value == pytest.approx(0.005, rel=1e-9)
    assert metric.unit == "s/s"
    assert metric.low == pytest.approx(0.005)


def test_drift_keeps_its_sign_and_its_doubt() -> None:
    rng = np.random.default_rng(6)
    noise = rng.normal(0.0, 0.01, 64)
    onset_s, alignment = against_the_click(noise - 0.002 * np.arange(64) * 0.25)
    metric = drift(onset_s, alignment)
    assert metric.low < -0.002 < metric.high < 0.0


def test_a_tempo_found_from_the_notes_has_no_drift() -> None:
    onset_s, alignment = against_the_click(np.full(40, 0.01))
    metric = drift(onset_s, alignment, is_tempo_known=False)
    assert metric.is_unavailable
    assert "found from the notes" in metric.reason


def test_extra_notes_do_not_count() -> None:
    onset_s = np.sort(np.append(GRID.slot_time_s(np.arange(30)) + 0.01, 1.0 + 4.5 * 0.25))
    alignment = align(onset_s, GRID)
    assert deviation_bias(alignment, GRID, is_phase_known=True).n == 30
    assert deviation_spread(alignment).value == pytest.approx(0.0, abs=1e-12)
    assert drift(onset_s, alignment).value == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("n_notes", [0, 1, 7])
def test_too_few_notes_are_refused(n_notes: int) -> None:
    onset_s, alignment = against_the_click(np.full(n_notes, 0.01))
    bias = deviation_bias(alignment, GRID, is_phase_known=True)
    assert f"{8 - n_notes} more" in deviation_spread(alignment).reason
    assert f"{16 - n_notes} more" in bias.reason
    assert f"{24 - n_notes} more" in drift(onset_s, alignment).reason


def wandering(n_notes: int, step_s: float) -> FloatArray:
    """A hand that drifts off the beat and back, in waves of 14 notes."""
    return step_s * np.sin(2 * np.pi * np.arange(n_notes) / 14)


def test_what_wanders_too_widely_to_be_told_is_refused_with_a_count() -> None:
    onset_s, alignment = against_the_click(wandering(26, 0.05))
    for metric in (
        deviation_bias(alignment, GRID, is_phase_known=True),
        deviation_spread(alignment),
        drift(onset_s, alignment),
    ):
        found = re.fullmatch(
            r"too uncertain from 26 notes on the grid, about (\d+) more needed", metric.reason
        )
        assert found, metric
        assert 1 <= int(found.group(1)) < 400


def test_so_many_more_are_enough() -> None:
    _, few = against_the_click(wandering(28, 0.05))
    words = deviation_spread(few).reason
    n_more = int(words.split()[-3])
    # Not to the note: the longer series is correlated a little otherwise.
    _, enough = against_the_click(wandering(28 + round(1.3 * n_more), 0.05))
    assert not deviation_spread(enough).is_unavailable


def test_few_notes_are_rough() -> None:
    rng = np.random.default_rng(1)
    _, few = against_the_click(rng.normal(0.0, 0.01, 20))
    _, many = against_the_click(rng.normal(0.0, 0.01, 32))
    assert deviation_spread(few, 0.002).is_rough
    assert deviation_spread(few, 0.002).detector_error == 0.002
    assert not deviation_spread(many).is_rough
