"""Today's session of a plan, as a list of steps with their times.

The times are what the steps should take; rules of ``rest.py`` may rest or end a session earlier.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING

from practiceear.live.take_ending import SILENCE_S, SILENT_BARS
from practiceear.practice.after_pain import AfterPain, plan_after_pain
from practiceear.practice.continued_ladder import ContinuedLadder
from practiceear.practice.drill import Drill
from practiceear.practice.feedback import feedback_for
from practiceear.practice.ladder import LadderKind
from practiceear.practice.plan import PlannedDrill, PracticePlan
from practiceear.practice.session_limits import refuse_forbidden, refuse_too_soon

if TYPE_CHECKING:
    from practiceear.practice.past_practice import PastPractice

WARM_UP_S = 120.0
WARM_UP_TEMPO = 0.8
ASK_S = 10.0
FREE_NOTES = 16
"""Notes of a run whose pitch is free."""

QUIET_S = 1.0
QUIET_BEATS = 2.0
"""After the last note of a run so much time must pass, whichever is longer."""

RESULT_S = 6.0
"""A result stays so long, where the plan wants no breath between runs."""

LEAST_WARM_UP_S = 30.0
"""Shorter than this nothing is warm."""

MOST_DRILL_S = 60 * 60.0
"""Where a plan sets no ceiling, drills of one session end here."""


class StepKind(Enum):
    """What is done in a step."""

    WARM_UP = "warm-up"
    DRILL = "drill"
    ASSESSMENT = "assessment"
    REST = "rest"
    SILENT_REHEARSAL = "silent rehearsal"
    ASK = "effort and pain"
    PERFORMANCE = "performance"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a session.

    Attributes
    ----------
    starts_s, length_s
        When it begins, since the session began, and how long it should take.
    drill, bpm, n_runs
        What is played, how fast at first, and how often; None, 0 and 0 where nothing is.
    planned
        The plan's words about the drill; None where the step is not on a ladder.
    """

    kind: StepKind
    length_s: float
    drill: Drill | None = None
    bpm: float = 0.0
    n_runs: int = 0
    planned: PlannedDrill | None = None
    starts_s: float = 0.0

    @property
    def is_playing(self) -> bool:
        """Whether something is to be played."""
        return self.kind in (
            StepKind.WARM_UP,
            StepKind.DRILL,
            StepKind.ASSESSMENT,
            StepKind.PERFORMANCE,
        )


def run_length_s(drill: Drill, bpm: float) -> float:
    """How long one run takes: its notes, and the beat that the last one fills."""
    if drill.tone_s is not None:
        return drill.tone_s
    n_beats = (len(drill.notes) or FREE_NOTES) / drill.subdivision.n_slots + 1.0
    return n_beats * 60.0 / bpm


def quiet_after_s(bpm: float) -> float:
    """How long it must be quiet after the last note of a run."""
    return max(QUIET_S, QUIET_BEATS * 60.0 / bpm)


def take_length_s(drill: Drill, bpm: float) -> float:
    """How long the take of a run lasts: a bar of count-in, its notes, the quiet that ends it."""
    if drill.tone_s is not None:
        return drill.tone_s + SILENCE_S
    bar_s = drill.meter.n_beats * 60.0 / bpm
    if not drill.notes:  # nobody knows which note is the last
        return bar_s + run_length_s(drill, bpm) + max(SILENCE_S, SILENT_BARS * bar_s)
    last_onset_s = (len(drill.notes) - 1) / drill.subdivision.n_slots * 60.0 / bpm
    return bar_s + last_onset_s + quiet_after_s(bpm)


def todays_steps(
    plan: PracticePlan,
    today: date,
    *,
    n_sessions_today: int = 0,
    since_last_s: float | None = None,
    is_assessment_due: bool = False,
    past: PastPractice | None = None,
) -> tuple[Step, ...]:
    """Build today's session.

    Parameters
    ----------
    plan
        What is planned.
    today
        The player's calendar day.
    n_sessions_today
        Sessions that were begun today.
    since_last_s
        Time since the last session ended; None where there was none.
    is_assessment_due
        Whether the assessment comes first.
    past
        Tells where ladders go on and how well the drills are known; None: all is new.

    Raises
    ------
    UsageError
        Where the plan allows no session now.
    """
    pain = past.after_pain if past is not None else AfterPain()
    refuse_forbidden(plan, today, n_sessions_today, pain)
    plan = plan_after_pain(plan, pain)
    since_played_s = past.since_played_s if past is not None else since_last_s
    refuse_too_soon(plan, since_last_s, since_played_s)
    ladders = past.ladders if past is not None else {}
    n_sessions = past.n_sessions if past is not None else {}
    left_s, longest_s = _play_limit_s(plan), plan.rules.longest_playing_s
    ending = [Step(StepKind.ASK, ASK_S)]
    if plan.ends_in_performance:
        performance = _performance(plan, ladders)
        if performance.length_s + plan.rules.breath_s < min(left_s, longest_s):
            ending.insert(0, performance)
            left_s -= performance.length_s
            longest_s -= performance.length_s + plan.rules.breath_s
    turns = [*_beginning(plan, longest_s, is_assessment_due=is_assessment_due)]
    turns += _turns(plan, ladders, n_sessions)
    steps = [*_with_rests(plan, longest_s, turns)]
    kept = [*_without_idle_end(_cut(steps, left_s)), *ending]
    return tuple(_timed(plan, kept, n_sessions))


def _beginning(plan: PracticePlan, longest_s: float, *, is_assessment_due: bool) -> Iterator[Step]:
    """A warm-up, and right after it the assessment where one is due.

    Where both are longer than may be played without a rest, the warm-up is shorter.
    """
    warm_up_s = min(WARM_UP_S + plan.rules.breath_s, longest_s / 2.0)
    assessment = _assessment(plan) if is_assessment_due else None
    if assessment is not None and longest_s - assessment.length_s >= LEAST_WARM_UP_S:
        warm_up_s = min(warm_up_s, longest_s - assessment.length_s)
    yield _warm_up(plan, warm_up_s)
    if assessment is not None:
        yield assessment


def _assessment(plan: PracticePlan) -> Step | None:
    """The runs that are compared for months; None where the plan has none."""
    one = plan.assessment
    if one is None:
        return None
    length_s = one.n_runs * (take_length_s(one.drill, one.bpm) + plan.rules.breath_s)
    return Step(StepKind.ASSESSMENT, length_s, one.drill, one.bpm, one.n_runs)


def _warm_up(plan: PracticePlan, length_s: float) -> Step:
    """The first drill, slowly: what is cold is not measured."""
    first = plan.drills[0]
    bpm = max(20.0, WARM_UP_TEMPO * first.bpm)
    return Step(StepKind.WARM_UP, length_s, first.drill, bpm)


def _turns(
    plan: PracticePlan, ladders: Mapping[str, ContinuedLadder], n_sessions: Mapping[str, int]
) -> Iterator[Step]:
    """The drills; interleaved ones take turns of some minutes until all runs are played."""
    waiting = deque((one, one.n_runs) for one in plan.drills)
    while waiting:
        planned, n_left = waiting.popleft()
        name = planned.drill.name
        bpm = _first_bpm(planned, ladders)
        run_s = _mean_take_s(planned, ladders) + _mean_breath_s(plan, n_sessions.get(name, 0))
        n_runs = n_left
        if plan.is_interleaved and len(plan.drills) > 1:
            n_runs = min(n_left, max(1, int(planned.turn_s / run_s)))
        yield Step(StepKind.DRILL, n_runs * run_s, planned.drill, bpm, n_runs, planned)
        if n_left > n_runs:
            waiting.append((planned, n_left - n_runs))


def _first_bpm(planned: PlannedDrill, ladders: Mapping[str, ContinuedLadder]) -> float:
    ladder = ladders.get(planned.drill.name)
    return planned.bpm if ladder is None else ladder.bpm


def _mean_take_s(planned: PlannedDrill, ladders: Mapping[str, ContinuedLadder]) -> float:
    """Of the runs at the tempo of today; where slow and fast ones alternate, of both."""
    ladder = ladders.get(planned.drill.name)
    first_s = take_length_s(planned.drill, _first_bpm(planned, ladders))
    if ladder is None or ladder.ladder.kind is not LadderKind.ALTERNATE:
        return first_s
    return (first_s + take_length_s(planned.drill, ladder.state.rung_bpm)) / 2.0


def _mean_breath_s(plan: PracticePlan, n_sessions: int) -> float:
    """A result that is shown makes a short breath longer."""
    longer_s = max(0.0, RESULT_S - plan.rules.breath_s)
    return plan.rules.breath_s + _shown_share(n_sessions) * longer_s


def _shown_share(n_sessions: int) -> float:
    """Of how many runs the result is shown."""
    feedback, runs = feedback_for(n_sessions), range(1, 7)
    return sum(feedback.is_shown_after(one) for one in runs) / len(runs)


def _performance(plan: PracticePlan, ladders: Mapping[str, ContinuedLadder]) -> Step:
    """One run of the last drill at the tempo with which it began today: nothing is tried out."""
    last = plan.drills[-1]
    bpm = _first_bpm(last, ladders)
    return Step(StepKind.PERFORMANCE, take_length_s(last.drill, bpm), last.drill, bpm, 1)


def _with_rests(plan: PracticePlan, longest_s: float, turns: Iterable[Step]) -> Iterator[Step]:
    """Rests where they fall due; a level of a graded return plays, rests, and plays again.

    Parameters
    ----------
    longest_s
        How long may be played without a rest.
    """
    rest_s, n_rests, played_s = _usual_rest_s(plan), 0, 0.0
    waiting = deque(turns)
    while waiting:
        turn = waiting.popleft()
        fitting = _fitting(turn, longest_s - played_s)
        if fitting is None and _fitting(turn, longest_s) is None:
            continue  # longer than may be played without a rest
        if fitting is None:
            if plan.level is not None and n_rests == 1:
                continue
            yield from _rest_before(plan, turn, rest_s)
            n_rests, played_s = n_rests + 1, 0.0
            waiting.appendleft(turn)
            continue
        yield fitting
        played_s += fitting.length_s
        if fitting.n_runs < turn.n_runs:
            n_left = turn.n_runs - fitting.n_runs
            length_s = turn.length_s - fitting.length_s
            waiting.appendleft(replace(turn, n_runs=n_left, length_s=length_s))


def _usual_rest_s(plan: PracticePlan) -> float:
    """Length of the rest that falls due first."""
    rests = [one for one in plan.rules.due_rests if one.after_s <= plan.rules.longest_playing_s]
    return max(one.rest_s for one in rests)


def _rest_before(plan: PracticePlan, turn: Step, rest_s: float) -> Iterator[Step]:
    yield Step(StepKind.ASK, ASK_S)
    yield Step(StepKind.REST, rest_s)
    if plan.silent_rehearsal and turn.planned is not None and turn.drill is not None:
        bar_s = turn.drill.meter.n_beats * 60.0 / turn.bpm
        length_s = bar_s + run_length_s(turn.drill, turn.bpm)
        yield Step(StepKind.SILENT_REHEARSAL, length_s, turn.drill, turn.bpm, 1, turn.planned)


def _play_limit_s(plan: PracticePlan) -> float:
    """How much may be played in a session."""
    rules = plan.rules
    limits_s = [one for one in (rules.session_limit_s, rules.sounding_limit_s) if one is not None]
    return min(limits_s, default=MOST_DRILL_S)


def _cut(steps: list[Step], left_s: float) -> Iterator[Step]:
    """Leave out what lies beyond a ceiling."""
    for step in steps:
        if not step.is_playing:
            if left_s > 0.0:
                yield step
            continue
        fitting = _fitting(step, left_s)
        if fitting is not None:
            yield fitting
        left_s = left_s - step.length_s if fitting == step else 0.0


def _fitting(step: Step, left_s: float) -> Step | None:
    """The step, or as many of its runs as fit; None where none does."""
    if step.length_s <= left_s:
        return step
    if step.n_runs == 0:
        return replace(step, length_s=left_s) if left_s > 0.0 else None
    run_s = step.length_s / step.n_runs
    n_runs = int(left_s / run_s)
    if n_runs == 0 or step.kind is StepKind.ASSESSMENT:  # it is repeated exactly, or not at all
        return None
    return replace(step, n_runs=n_runs, length_s=n_runs * run_s)


def _without_idle_end(steps: Iterator[Step]) -> list[Step]:
    """A rest right before the end is no rest."""
    kept = list(steps)
    while kept and not kept[-1].is_playing:
        del kept[-1]
    return kept


def _timed(plan: PracticePlan, steps: list[Step], n_sessions: Mapping[str, int]) -> Iterator[Step]:
    """Give steps their beginnings; after the last run before a rest only a result is waited for."""
    starts_s = 0.0
    for step, following in pairwise([*steps, steps[-1]]):
        length_s = step.length_s
        if step.kind is StepKind.DRILL and step.drill is not None and not following.is_playing:
            share = _shown_share(n_sessions.get(step.drill.name, 0))
            length_s -= (1.0 - share) * plan.rules.breath_s
        yield replace(step, starts_s=starts_s, length_s=length_s)
        starts_s += length_s
