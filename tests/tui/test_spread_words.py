"""The number: never without interval and count, and never from too few notes."""

from __future__ import annotations

from typing import Any

import pytest

from practiceear.tui.judgement import spread_in_words
from tests.tui.fake_backend import playing


@pytest.mark.parametrize(
    ("n_notes", "words"), [(0, "8 more notes"), (5, "3 more notes"), (7, "1 more note")]
)
def test_too_few_notes_are_counted_down(n_notes: int, words: str) -> None:
    told = spread_in_words(playing([0.0] * n_notes))
    assert told.number == ""
    assert told.side[0] == words


def test_a_number_comes_with_its_interval_and_count() -> None:
    told = spread_in_words(
        playing((), spread_s=0.0143, spread_low_s=0.0114, spread_high_s=0.0191, spread_n=31)
    )
    assert told.number == "14"
    assert told.side[:2] == ("ms, 11 to 19", "31 notes")


def test_no_word_is_left_that_needs_explaining() -> None:
    told = spread_in_words(playing([0.01 * (-1) ** k for k in range(16)]))
    assert not any(word in " ".join(told.side) for word in ("floor", "centre", "±", "nan"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"is_calibrated": True}, "how steady you are"),
        ({"is_calibrated": False}, "how steady you are"),
        ({"is_calibrated": False, "bpm": None}, "how even from note to note"),
    ],
)
def test_it_is_said_what_the_spread_is_about(changes: dict[str, Any], words: str) -> None:
    told = spread_in_words(playing((), spread_s=0.01, spread_n=20, **changes))
    assert told.side[-1] == words


def test_a_machine_without_any_spread_is_no_error() -> None:
    assert spread_in_words(playing([0.0] * 16)).number == "0.0"
