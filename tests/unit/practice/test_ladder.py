"""Ladders on simulated players: nobody is driven on, nobody is stuck for ever."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practiceear.practice.ladder import (
    Ladder,
    LadderKind,
    RungResult,
    after_run,
    begin,
    next_bpm,
    personal_criterion_cv,
)

KINDS = list(LadderKind)


def ladder(kind: LadderKind = LadderKind.STEADY, **others: float) -> Ladder:
    return Ladder(
        **{
            "kind": kind,
            "start_bpm": 60.0,
            "target_bpm": 80.0,
            "ceiling_bpm": 90.0,
            "criterion_cv": 0.06,
            **others,
        }  # type: ignore[arg-type]
    )


def climb(rules: Ladder, cvs: list[float]) -> tuple[list[float], list[RungResult]]:
    state, bpms, results = begin(rules), [], []
    for cv in cvs:
        bpms.append(next_bpm(rules, state))
        state, result = after_run(rules, state, cv)
        results.append(result)
    return bpms, results


def test_two_good_runs_pass_a_rung() -> None:
    bpms, results = climb(ladder(), [0.03, 0.03, 0.03, 0.03])
    assert bpms == [60.0, 60.0, 64.0, 64.0]
    assert results == [RungResult.STAY, RungResult.UP] * 2


def test_two_of_three_are_enough() -> None:
    _, results = climb(ladder(), [0.03, 0.09, 0.03])
    assert results[-1] is RungResult.UP


def test_two_failures_go_back_a_twentieth_but_not_below_the_start() -> None:
    bpms, results = climb(ladder(), [0.03, 0.03, 0.09, 0.09, 0.09, 0.09, 0.09])
    assert results[3] is RungResult.BACK
    assert bpms[4] == pytest.approx(max(60.0, 0.95 * 64.0))
    assert bpms[6] == 60.0


def test_what_was_not_heard_is_not_judged() -> None:
    bpms, results = climb(ladder(), [0.03, math.nan, math.nan, 0.03])
    assert results == [RungResult.STAY, RungResult.STAY, RungResult.STAY, RungResult.UP]
    assert set(bpms) == {60.0}


def test_alternating_changes_between_slow_and_target() -> None:
    bpms, _ = climb(ladder(LadderKind.ALTERNATE), [0.03, 0.09, 0.03, 0.09])
    assert bpms[:4] == [60.0, 80.0, 60.0, 80.0]


def test_an_overshoot_is_visited_once_a_rung_and_not_judged() -> None:
    bpms, results = climb(ladder(LadderKind.OVERSHOOT), [0.03, 0.03, 0.5, 0.03, 0.03])
    assert bpms == pytest.approx([60.0, 60.0, 64.0 * 1.2, 64.0, 64.0])
    assert results[2] is RungResult.STAY


@given(
    kind=st.sampled_from(KINDS),
    cvs=st.lists(st.one_of(st.floats(0.0, 0.5), st.just(math.nan)), max_size=80),
)
def test_no_run_is_above_the_ceiling_or_below_the_start(kind: LadderKind, cvs: list[float]) -> None:
    bpms, _ = climb(ladder(kind), cvs)
    assert all(60.0 <= one <= 90.0 for one in bpms)


@pytest.mark.parametrize("kind", KINDS)
def test_an_improving_player_arrives(kind: LadderKind) -> None:
    chance = np.random.default_rng(3)
    cvs = [max(0.02, 0.08 - 0.002 * at) * (1 + 0.1 * chance.standard_normal()) for at in range(80)]
    _, results = climb(ladder(kind), [float(one) for one in cvs])
    assert results[-1] is RungResult.DONE


@pytest.mark.parametrize("kind", KINDS)
def test_a_player_who_cannot_never_goes_up(kind: LadderKind) -> None:
    _, results = climb(ladder(kind), [0.12] * 60)
    assert RungResult.UP not in results
    assert RungResult.DONE not in results


def test_an_unchanged_player_passes_at_the_own_criterion() -> None:
    """An easy tempo stays easy: runs of thirty intervals at the player's own CV."""
    chance = np.random.default_rng(5)
    criterion_cv = personal_criterion_cv(0.05, 0.01)
    runs = 0.05 * np.std(chance.standard_normal((4000, 30)), axis=1, ddof=1)
    assert np.mean(runs <= criterion_cv) > 0.8


def test_nobody_has_to_pass_below_the_detector() -> None:
    assert personal_criterion_cv(0.01, 0.04) > 0.04
    with pytest.raises(ValueError, match="known"):
        personal_criterion_cv(math.nan, 0.04)


@pytest.mark.parametrize(
    "wrong",
    [{"start_bpm": 90.0}, {"ceiling_bpm": 70.0}, {"criterion_cv": 0.0}, {"overshoot": 3.0}],
)
def test_a_ladder_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"ladder|criterion|overshoot"):
        ladder(**wrong)  # type: ignore[arg-type]  # never the kind
