"""The figures of one detector on takes whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.rules import Detections, constant_bias_s, figures_of, hear
from benchmarks.takes import Take


def _take(reference_s: list[float]) -> Take:
    reference = np.array(reference_s)
    unknown = np.full(len(reference), np.nan)
    return Take(
        name="take", samples=np.zeros(44100 * 10, np.float32), rate_hz=44100, family="bowed",
        instrument="", tier="", reference_s=reference, onset_s=reference, offset_s=unknown,
        level_dbfs=unknown, nominal_s=unknown, clicks_s=np.zeros(0), is_exact=True,
    )  # fmt: skip


def test_a_constant_bias_costs_f_25_until_it_is_taken_out() -> None:
    reference_s = [1.0, 2.0, 3.0, 4.0]
    late_s = np.array([1.03, 2.03, 3.03, 4.045])
    hearing = hear(_take(reference_s), Detections(late_s, late_s))
    figures = figures_of([hearing], constant_bias_s([hearing]))
    assert figures.f_50 == 1.0
    assert figures.f_25 == 0.0
    assert figures.f_25_after_bias == 1.0
    assert figures.bias_s == pytest.approx(0.03)
    assert figures.mae_s == pytest.approx(0.015 / 4)


def test_f_falls_with_a_miss_and_with_a_false_onset() -> None:
    heard_s = np.array([1.0, 2.0, 2.5])
    figures = figures_of([hear(_take([1.0, 2.0, 3.0]), Detections(heard_s, heard_s))], 0.0)
    assert (figures.n_found, figures.n_played, figures.n_heard) == (2, 3, 3)
    assert figures.f_50 == figures.f_25 == pytest.approx(2 / 3)
