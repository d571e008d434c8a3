"""The number: never without ± and n, and never from too few notes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from practiceear.metrics.reliability import FEWEST_FOR_NUMBER, sd_interval
from practiceear.tui.spread_words import FEWEST_NOTES, spread_in_words, spread_reach_s
from tests.tui.fake_studio import playing


def test_the_fewest_notes_are_those_of_the_measures() -> None:
    assert FEWEST_NOTES == FEWEST_FOR_NUMBER


@pytest.mark.parametrize(
    ("n_notes", "words"), [(0, "8 more notes"), (5, "3 more notes"), (7, "1 more note")]
)
def test_too_few_notes_are_counted_down(n_notes: int, words: str) -> None:
    told = spread_in_words(playing([0.0] * n_notes))
    assert told.number == ""
    assert told.side[0] == words


def test_a_number_comes_with_interval_count_and_floor() -> None:
    told = spread_in_words(playing((), spread_s=0.0143, spread_n=31))
    assert told.number == "14"
    assert told.side[0].startswith("ms ± ")
    assert told.side[1:3] == ("n 31", "floor 6.0 ms")


def test_an_unknown_floor_is_not_invented() -> None:
    told = spread_in_words(playing((), spread_s=0.004, spread_n=31, spread_floor_s=math.nan))
    assert told.number == "4.0"
    assert not any("floor" in line or "nan" in line for line in told.side)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"is_calibrated": True}, "spread about your own centre"),
        ({"is_calibrated": False}, "spread about your own centre"),
        ({"is_calibrated": False, "bpm": None}, "spread from note to note"),
    ],
)
def test_it_is_said_what_the_spread_is_about(changes: dict[str, object], words: str) -> None:
    told = spread_in_words(playing((), spread_s=0.01, spread_n=20, **changes))
    assert told.side[-1] == words


def test_the_reach_is_the_upper_side_of_the_interval() -> None:
    snapshot = playing((), spread_s=0.010, spread_n=20)
    assert spread_reach_s(snapshot) == pytest.approx(sd_interval(0.010, 19.0)[1] - 0.010)


def test_notes_that_lean_on_their_neighbours_say_less() -> None:
    rng = np.random.default_rng(7)
    loose_s = 0.01 * rng.standard_normal(32)
    wandering_s = np.sort(loose_s)  # the same spread, each note close to the one before
    reaches = [spread_reach_s(playing(list(one))) for one in (loose_s, wandering_s)]
    assert reaches[1] > 1.2 * reaches[0]


def test_a_machine_without_any_spread_is_no_error() -> None:
    assert spread_in_words(playing([0.0] * 16)).number == "0.0"
