"""Tapped tempos: what even, uneven and interrupted taps give."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practiceear.metronome.tap_tempo import TapTempo


def tapped(times_s: Iterable[float]) -> list[float | None]:
    tempo = TapTempo()
    return [tempo.tap(time_s) for time_s in times_s]


def test_a_tempo_is_known_from_the_third_tap() -> None:
    assert tapped([5.0, 5.5, 6.0, 6.5]) == [None, None, 120.0, 120.0]


@given(st.floats(21.0, 390.0), st.floats(0.0, 1e5), st.integers(3, 20))
def test_even_taps_give_their_tempo_whenever_they_begin(
    bpm: float, start_s: float, n_taps: int
) -> None:
    found = tapped(start_s + k * 60.0 / bpm for k in range(n_taps))
    assert found[:2] == [None, None]
    assert found[2:] == pytest.approx([bpm] * (n_taps - 2), rel=1e-6)


def test_one_uneven_tap_hardly_moves_the_tempo() -> None:
    found = tapped([0.0, 0.5, 1.0, 1.62, 2.0, 2.5, 3.0])
    assert found[-1] == pytest.approx(120.0)
    assert found[3] == pytest.approx(120.0)


def test_only_the_last_six_taps_count() -> None:
    times_s = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.1, 3.7, 4.3, 4.9, 5.5]
    assert tapped(times_s)[-1] == pytest.approx(100.0)
    assert tapped(times_s)[6] == pytest.approx(120.0)


def test_a_pause_starts_anew() -> None:
    found = tapped([0.0, 0.5, 1.0, 4.1, 4.7, 5.3])
    assert found[3:] == [None, None, pytest.approx(100.0)]


def test_the_longest_beat_is_no_pause() -> None:
    assert tapped([0.0, 3.0, 6.0]) == [None, None, 20.0]


@pytest.mark.parametrize("interval_s", [1.0, 0.2])
def test_another_tempo_starts_anew(interval_s: float) -> None:
    last_s = 1.5
    found = tapped([0.0, 0.5, 1.0, last_s, *(last_s + k * interval_s for k in range(1, 4))])
    assert found[3] == 120.0
    assert found[4:] == [None, None, pytest.approx(60.0 / interval_s)]


@pytest.mark.parametrize("interval_s", [0.7, 0.3])
def test_a_tap_within_half_goes_on(interval_s: float) -> None:
    assert None not in tapped([0.0, 0.5, 1.0, 1.0 + interval_s])[2:]


def test_the_tempo_stays_within_what_the_metronome_can_play() -> None:
    assert tapped([0.0, 0.05, 0.1])[-1] == 400.0
    assert tapped([1.0, 1.0, 1.0])[-1] == 400.0


def test_a_clock_that_runs_backwards_starts_anew() -> None:
    assert tapped([9.0, 9.5, 10.0, 1.0, 1.5]) == [None, None, 120.0, None, None]
