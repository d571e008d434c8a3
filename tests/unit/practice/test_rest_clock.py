"""How long was played without a rest: in a session, and over those before it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practiceear.practice.rest import Played, RestClock, RestRules

RULES = RestRules()
LEVEL = RestRules(level_after_s=300.0, level_rest_s=3600.0)
MOMENTS = st.lists(st.floats(0.1, 4000.0), min_size=2, max_size=12)


def due(clock: RestClock, coming_s: float = 0.0) -> str:
    rest = clock.due(coming_s)
    return "" if rest is None else rest.rule


def test_rests_fall_due_after_as_much_playing_as_the_rules_say() -> None:
    clock = RestClock(RULES)
    clock.play(1500.0)
    assert due(clock) == ""
    assert due(clock, 0.1) == "short rest due"
    clock.rest(299.0)  # not the whole of it
    assert due(clock, 0.1) == "short rest due"
    clock.rest(300.0)
    assert clock.left_s == 1500.0
    for _ in range(2):
        clock.play(1050.0)
        clock.rest(300.0)
    assert due(clock, 0.1) == "long rest due"


def test_a_level_asks_for_its_own_rest() -> None:
    clock = RestClock(LEVEL)
    clock.play(300.0)
    assert clock.left_s == 0.0
    clock.rest(3599.0)
    assert due(clock, 0.1) == "level"
    clock.rest(3600.0)
    assert clock.left_s == 300.0


def test_a_run_that_is_too_long_for_any_time_needs_no_second_rest() -> None:
    clock = RestClock(LEVEL)
    clock.play(10.0)
    assert due(clock, 301.0) == "level"
    clock.rest(3600.0)
    assert due(clock, 301.0) == ""


@given(gaps_s=MOMENTS, lengths_s=MOMENTS)
def test_playing_before_the_session_counts_as_if_it_were_in_it(
    gaps_s: list[float], lengths_s: list[float]
) -> None:
    """The twin plays the takes one by one; what is no rest between them counts as playing."""
    rest_s, takes, now_s = RULES.short_rest_s, list[Played](), 0.0
    played_s = 0.0
    for gap_s, length_s in zip(gaps_s, lengths_s, strict=False):
        played_s = 0.0 if gap_s >= rest_s else played_s + (gap_s if takes else 0.0)
        played_s += length_s
        takes.append((now_s + gap_s, now_s + gap_s + length_s))
        now_s += gap_s + length_s
    now_s += 1.0
    clock = RestClock(RULES, [(now_s - began_s, now_s - ended_s) for began_s, ended_s in takes])
    assert (
        RULES.short_after_s - played_s == pytest.approx(clock.left_s, abs=1e-6)
        or clock.left_s <= RULES.long_after_s - played_s
    )


@pytest.mark.parametrize(("ago_s", "left_s"), [(30.0, 0.0), (299.0, 0.0), (300.0, 1500.0)])
def test_a_rest_since_the_last_session_counts(ago_s: float, left_s: float) -> None:
    clock = RestClock(RULES, [(ago_s + 1500.0, ago_s)])
    assert clock.left_s == left_s
