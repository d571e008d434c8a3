"""The figures of one detector on takes whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.rules import constant_bias_s, false_s, figures_of, hear, missed_s
from tests.support.bench_takes import heard_at, silent_take


def test_a_constant_bias_costs_f_25_until_it_is_taken_out() -> None:
    hearing = hear(silent_take([1.0, 2.0, 3.0, 4.0]), heard_at(1.03, 2.03, 3.03, 4.045))
    figures = figures_of([hearing], constant_bias_s([hearing]))
    assert figures.f_50 == 1.0
    assert figures.f_25 == 0.0
    assert figures.f_25_after_bias == 1.0
    assert figures.bias_s == pytest.approx(0.03)
    assert figures.mae_s == pytest.approx(0.015 / 4)


def test_f_falls_with_a_miss_and_with_a_false_onset() -> None:
    figures = figures_of([hear(silent_take([1.0, 2.0, 3.0]), heard_at(1.0, 2.0, 2.5))], 0.0)
    assert (figures.n_found, figures.n_played, figures.n_heard) == (2, 3, 3)
    assert figures.f_50 == figures.f_25 == pytest.approx(2 / 3)


def test_in_a_passage_left_out_neither_notes_nor_detections_count() -> None:
    take, heard = silent_take([1.0, 2.0, 3.0]), heard_at(1.0, 2.4, 3.0, 3.5)
    whole = hear(take, heard)
    assert (list(missed_s(whole)), list(false_s(whole))) == ([2.0], [2.4, 3.5])
    rest = hear(take, heard, ((1.9, 2.5),))
    assert (list(missed_s(rest)), list(false_s(rest))) == ([], [3.5])


def test_notes_that_count_as_one_have_the_pitch_of_the_lowest() -> None:
    pitches = [70.0, 50.0, np.nan, 64.0, np.nan]
    hearing = hear(silent_take([1.0, 1.01, 1.02, 2.0, 3.0], pitches), heard_at(1.0))
    np.testing.assert_array_equal(hearing.played.reference_s, [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(hearing.played.pitch_midi, [50.0, 64.0, np.nan])
    np.testing.assert_array_equal(hearing.is_found, [True, False, False])
