"""When a run is over: its notes were heard and none follows, or its time is up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from practiceear.live.snapshot import LiveNote, LivePhase, LiveSnapshot, NoteState
from practiceear.practice.drill import built_in_drills, find_drill
from practiceear.practice.instructions import (
    Ending,
    Pause,
    Play,
    ReportNow,
    RunEnded,
    Skip,
    Stop,
    later_ending,
)
from practiceear.practice.steps import Step, StepKind

SCALE = find_drill(built_in_drills(), "g-major-violin")
RUN = Play(Step(StepKind.DRILL, 18.0, SCALE, 60.0, 1), 60.0, 1, 1, longest_s=28.0)


def heard(n_notes: int, since_last_s: float, **changes: object) -> LiveSnapshot:
    last_s = 4.5 + 0.25 * n_notes
    notes = (LiveNote(n_notes, last_s, NoteState.CONFIRMED),) if n_notes else ()
    known = {"phase": LivePhase.PLAYING, "elapsed_s": last_s + since_last_s, "notes": notes}
    return LiveSnapshot(n_notes=n_notes, **{**known, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("picture", "is_over"),
    [
        (heard(29, 2.5), True),
        (heard(29, 1.5), False),  # the last note may still sound, or another follow
        (heard(27, 2.5), True),  # two were too soft to be heard
        (heard(20, 2.5), False),  # a rest, or a place that was difficult
        (heard(0, 5.0), False),
        (heard(29, 2.5, phase=LivePhase.COUNT_IN), False),
        (heard(5, 40.0), True),
    ],
)
def test_a_run_of_known_notes(picture: LiveSnapshot, is_over: bool) -> None:
    assert RUN.is_run_over(picture) == is_over


def test_slow_tempos_wait_longer() -> None:
    slow = replace(RUN, bpm=30.0, longest_s=60.0)
    assert not slow.is_run_over(heard(29, 2.5))
    assert slow.is_run_over(heard(29, 4.5))


def test_a_step_by_time_is_over_with_its_time_only() -> None:
    warm_up = replace(RUN, n_runs=0, longest_s=100.0)
    assert not warm_up.is_run_over(heard(60, 20.0))
    assert warm_up.is_run_over(heard(60, 90.0))


@pytest.mark.parametrize("before", [RunEnded, Skip, Pause, ReportNow, Stop])
@pytest.mark.parametrize("after", [RunEnded, Skip, Pause, ReportNow, Stop])
def test_of_two_keys_the_later_counts_but_undoes_no_stop_and_no_wish_to_say(
    before: Ending, after: Ending
) -> None:
    found = later_ending(before, after)
    assert found in (before, after)
    assert (found is Stop) == (Stop in (before, after))
    if Stop not in (before, after):
        assert found is (ReportNow if ReportNow in (before, after) else after)
