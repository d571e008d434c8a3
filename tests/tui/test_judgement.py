"""The one sign: when it says what, and that its colour is never alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from practiceear.live.snapshot import NoteState
from practiceear.metrics.on_time import INNER_S
from practiceear.tui.judgement import (
    Judgement,
    judge,
    shown_windows_s,
)
from practiceear.tui.widgets.band import SIGNS, note_shape, note_style
from tests.tui.fake_backend import playing

STEADY_S = (-0.001, 0.001, 0.0, 0.002, -0.002, 0.0, 0.001, -0.001)


def shifted(by_s: float) -> list[float]:
    return [note_s + by_s for note_s in STEADY_S]


@pytest.mark.parametrize(
    ("deviations_s", "judgement"),
    [
        (shifted(0.0), Judgement.ON_TIME),
        (shifted(-0.015), Judgement.EARLY),
        (shifted(0.015), Judgement.LATE),
        ([-0.03, 0.03] * 4, Judgement.UNEVEN),
        ([0.05, 0.05, 0.05], Judgement.UNKNOWN),
        ([], Judgement.UNKNOWN),
    ],
)
def test_what_is_said_where_the_click_is_known(
    deviations_s: Sequence[float], judgement: Judgement
) -> None:
    assert judge(playing(deviations_s)) is judgement


@pytest.mark.parametrize("by_s", [-0.015, 0.015])
def test_nobody_is_late_by_less_than_the_ear_itself_may_be(by_s: float) -> None:
    assert judge(playing(shifted(by_s), bias_floor_s=0.02)) is Judgement.ON_TIME
    assert judge(playing(shifted(2 * by_s), bias_floor_s=0.02)) is not Judgement.ON_TIME


@pytest.mark.parametrize("by_s", [-0.05, 0.0, 0.05])
def test_without_calibration_nobody_is_early_or_late(by_s: float) -> None:
    assert judge(playing(shifted(by_s), is_calibrated=False)) is Judgement.EVEN
    wild = playing([by_s - 0.03, by_s + 0.03] * 4, is_calibrated=False)
    assert judge(wild) is Judgement.UNEVEN


def test_only_settled_notes_are_judged() -> None:
    late = playing(shifted(0.02))
    called = tuple(replace(note, state=NoteState.PROVISIONAL) for note in late.notes)
    assert judge(replace(late, notes=called)) is Judgement.UNKNOWN


def test_one_slip_is_no_judgement() -> None:
    assert judge(playing([*shifted(0.0)[:-1], 0.011])) is Judgement.ON_TIME


@pytest.mark.parametrize("n_slots", [2, 3, 4])
@pytest.mark.parametrize("late_s", [-0.025, 0.025])
def test_off_beats_that_are_late_make_nobody_late(n_slots: int, late_s: float) -> None:
    beat = [0.0, *[late_s] * (n_slots - 1)]
    jitter_s = 0.001 * np.random.default_rng(2).standard_normal(32)
    assert judge(playing(list(np.resize(beat, 32) + jitter_s), n_slots=n_slots)) is (
        Judgement.UNEVEN
    )


def test_beats_and_off_beats_that_are_late_by_unlike_amounts_are_late() -> None:
    assert judge(playing([0.03, 0.055] * 16, n_slots=2)) is Judgement.LATE


@pytest.mark.parametrize("n_beats", [3, 4, 7])
def test_on_time_is_not_said_while_one_beat_of_the_bar_is_always_late(n_beats: int) -> None:
    bar = [*[0.0] * (n_beats - 1), 0.045]
    jitter_s = 0.001 * np.random.default_rng(2).standard_normal(32)
    windows = {"inner_s": 0.008, "outer_s": 0.017}
    take = playing(list(np.resize(bar, 32) + jitter_s), n_slots=1, n_beats=n_beats, **windows)
    assert judge(take) is Judgement.UNEVEN


def test_on_time_is_not_said_where_nothing_is_proven() -> None:
    """9 ms late from eight notes that scatter by 9 ms: it may be nothing, or twice as much."""
    wide = playing([0.0, 0.018] * 4, n_slots=1, outer_s=0.020)
    assert judge(wide) is Judgement.UNKNOWN


def test_late_quarters_are_late_although_each_alone_would_not_be_noticed() -> None:
    slow = playing(shifted(0.012) * 2, inner_s=0.015, outer_s=0.030, n_slots=1)
    assert judge(slow) is Judgement.LATE
    assert shown_windows_s(slow)[0] == INNER_S


def test_without_windows_nothing_is_said() -> None:
    unknown = playing(shifted(0.05), inner_s=math.nan, outer_s=math.nan, is_calibrated=False)
    assert judge(unknown) is Judgement.UNKNOWN


@pytest.mark.parametrize("judgement", [Judgement.EARLY, Judgement.LATE])
def test_a_sign_does_not_flicker_at_the_edge(judgement: Judgement) -> None:
    side = -1 if judgement is Judgement.EARLY else 1
    nearly = playing(shifted(side * 0.005))
    assert judge(nearly) is Judgement.ON_TIME
    assert judge(nearly, judgement) is judgement
    assert judge(playing(shifted(side * 0.003)), judgement) is Judgement.ON_TIME


def test_colour_is_never_the_only_sign() -> None:
    shown = [(sign.shape, sign.words) for sign in SIGNS.values()]
    assert len(set(shown)) == len(shown)
    by_colour: dict[str, set[str]] = {}
    for judgement, sign in SIGNS.items():
        if judgement is not Judgement.UNKNOWN:
            assert sign.shape
            assert sign.words
            by_colour.setdefault(str(sign.style), set()).add(sign.shape)
    # One colour goes with one shape, so nothing is lost without colours.
    assert all(len(shapes) == 1 for shapes in by_colour.values())


def test_no_colour_of_a_sign_is_red_or_green() -> None:
    for sign in SIGNS.values():
        assert sign.style.bgcolor is not None
        assert sign.style.bgcolor.triplet is not None
        red, green, blue = sign.style.bgcolor.triplet
        is_red = red > 150 and green < 100 and blue < 100
        is_green = green > 150 and red < 100 and blue < 100
        assert not is_red
        assert not is_green


def test_a_note_has_its_own_shape_and_colour() -> None:
    shapes = [note_shape(note_s, 0.006) for note_s in (-0.01, -0.006, 0.0, 0.006, 0.01)]
    assert shapes == ["◀", "●", "●", "●", "▶"]
    assert len({str(note_style(note_s, 0.006)) for note_s in (-0.01, 0.0, 0.01)}) == 3


def test_what_may_be_chance_is_not_called_late() -> None:
    """The same 8 ms: a habit of a steady hand, nothing known of an unsteady one."""
    steady = playing(shifted(0.008) * 2)
    unsteady = playing([0.008 + note_s for note_s in (-0.03, -0.02, 0.02, 0.03)] * 4)
    assert judge(steady) is Judgement.LATE
    assert judge(unsteady) is Judgement.UNEVEN


def test_unsteady_players_on_the_click_are_rarely_called_early_or_late() -> None:
    rng = np.random.default_rng(11)
    takes = [playing(list(0.014 * rng.standard_normal(16))) for _ in range(300)]
    called = sum(judge(take) in (Judgement.EARLY, Judgement.LATE) for take in takes)
    assert called < 0.12 * len(takes)  # two standard errors leave 5 % of normal means
