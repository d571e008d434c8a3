"""Today's session of a plan, as a list of steps with their times.

The times are estimates; the rules of ``advice.py`` may rest or end a session earlier.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from practiceear.practice.ladder import LadderKind
from practiceear.practice.plan import PlannedDrill, PracticePlan
from practiceear.practice.session_drills import RESULT_S, feedback_for
from practiceear.practice.session_limits import (
    PastPractice,
    check_allowed,
    check_rested,
    plan_after_pain,
)
from practiceear.practice.steps import Step, StepKind, bar_length_s, run_length_s, take_length_s

WARM_UP_S = 120.0
WARM_UP_TEMPO = 0.8
ASK_S = 10.0
LEAST_WARM_UP_S = 30.0
"""Shorter than this nothing is warm."""

MOST_DRILL_S = 60 * 60.0
"""Where a plan sets no ceiling, drills of one session end here."""


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

    ``today``: the player's calendar day. ``since_last_s``: time since the last session ended; None
    where there was none. ``is_assessment_due``: whether the assessment comes first. ``past``: where
    ladders resume and how well the drills are known; None: all is new.

    UsageError where the plan allows no session now.
    """
    since_played_s = since_last_s if past is None else past.since_played_s
    past = past or PastPractice()
    check_allowed(plan, today, n_sessions_today, past.after_pain)
    plan = plan_after_pain(plan, past.after_pain)
    check_rested(plan, since_last_s, since_played_s)
    left_s, longest_s = _play_limit_s(plan), plan.rules.longest_playing_s
    ending = [Step(StepKind.ASK, ASK_S)]
    if plan.ends_in_performance:
        performance = _performance(plan, past)
        if performance.length_s + plan.rules.breath_s < min(left_s, longest_s):
            ending.insert(0, performance)
            left_s -= performance.length_s
            longest_s -= performance.length_s + plan.rules.breath_s
    turns = [*_beginning(plan, longest_s, is_assessment_due=is_assessment_due)]
    turns += _turns(plan, past)
    steps = [*_cut([*_with_rests(plan, longest_s, turns)], left_s)]
    while steps and not steps[-1].is_playing:  # a rest right before the end is no rest
        del steps[-1]
    return tuple(_timed(plan, [*steps, *ending], past))


def _beginning(plan: PracticePlan, longest_s: float, *, is_assessment_due: bool) -> Iterator[Step]:
    """A warm-up, and right after it the assessment where one is due.

    Where both are longer than may be played without a rest, the warm-up is shorter.
    """
    warm_up_s = min(WARM_UP_S + plan.rules.breath_s, longest_s / 2.0)
    assessment = _assessment(plan) if is_assessment_due else None
    if assessment is not None and longest_s - assessment.length_s >= LEAST_WARM_UP_S:
        warm_up_s = min(warm_up_s, longest_s - assessment.length_s)
    first = plan.drills[0]  # slowly: what is cold is not measured
    yield Step(StepKind.WARM_UP, warm_up_s, first.drill, max(20.0, WARM_UP_TEMPO * first.bpm))
    if assessment is not None:
        yield assessment


def _assessment(plan: PracticePlan) -> Step | None:
    """The runs that are compared for months; None where the plan has none."""
    planned = plan.assessment
    if planned is None:
        return None
    run_s = take_length_s(planned.drill, planned.bpm) + plan.rules.breath_s
    n_runs = planned.n_runs
    return Step(StepKind.ASSESSMENT, n_runs * run_s, planned.drill, planned.bpm, n_runs)


def _turns(plan: PracticePlan, past: PastPractice) -> Iterator[Step]:
    """The drills; interleaved ones take turns of some minutes until all runs are played."""
    waiting = deque((planned, planned.n_runs) for planned in plan.drills)
    while waiting:
        planned, n_left = waiting.popleft()
        bpm = _first_bpm(planned, past)
        run_s = _mean_take_s(planned, past) + _mean_breath_s(plan, planned, past)
        n_runs = n_left
        if plan.is_interleaved and len(plan.drills) > 1:
            n_runs = min(n_left, max(1, int(planned.turn_s / run_s)))
        yield Step(StepKind.DRILL, n_runs * run_s, planned.drill, bpm, n_runs, planned)
        if n_left > n_runs:
            waiting.append((planned, n_left - n_runs))


def _first_bpm(planned: PlannedDrill, past: PastPractice) -> float:
    ladder = past.ladders.get(planned.drill.name)
    return planned.bpm if ladder is None else ladder.bpm


def _mean_take_s(planned: PlannedDrill, past: PastPractice) -> float:
    """Of the runs at the tempo of today; where slow and fast ones alternate, of both."""
    ladder = past.ladders.get(planned.drill.name)
    first_s = take_length_s(planned.drill, _first_bpm(planned, past))
    if ladder is None or ladder.ladder.kind is not LadderKind.ALTERNATE:
        return first_s
    return (first_s + take_length_s(planned.drill, ladder.state.rung_bpm)) / 2.0


def _mean_breath_s(plan: PracticePlan, planned: PlannedDrill, past: PastPractice) -> float:
    """A result that is shown makes a short breath longer."""
    longer_s = max(0.0, RESULT_S - plan.rules.breath_s)
    return plan.rules.breath_s + _shown_share(planned.drill.name, past) * longer_s


def _shown_share(drill_name: str, past: PastPractice) -> float:
    """Share of the runs whose result is shown."""
    feedback, runs = feedback_for(past.n_sessions.get(drill_name, 0)), range(1, 7)
    return sum(feedback.is_shown_after(run) for run in runs) / len(runs)


def _performance(plan: PracticePlan, past: PastPractice) -> Step:
    """One run of the last drill at its first tempo of today: nothing is tried out."""
    last = plan.drills[-1]
    bpm = _first_bpm(last, past)
    return Step(StepKind.PERFORMANCE, take_length_s(last.drill, bpm), last.drill, bpm, 1)


def _with_rests(plan: PracticePlan, longest_s: float, turns: Iterable[Step]) -> Iterator[Step]:
    """Add rests where they are due; a level of a graded return plays, rests, and plays again."""
    n_rests, played_s = 0, 0.0
    waiting = deque(turns)
    while waiting:
        turn = waiting.popleft()
        fitting = _fitting(turn, longest_s - played_s)
        if fitting is None and _fitting(turn, longest_s) is None:
            continue  # longer than may be played without a rest
        if fitting is None:
            if plan.level is not None and n_rests == 1:
                continue
            yield from _rest_before(plan, turn)
            n_rests, played_s = n_rests + 1, 0.0
            waiting.appendleft(turn)
            continue
        yield fitting
        played_s += fitting.length_s
        if fitting.n_runs < turn.n_runs:
            n_left = turn.n_runs - fitting.n_runs
            length_s = turn.length_s - fitting.length_s
            waiting.appendleft(replace(turn, n_runs=n_left, length_s=length_s))


def _rest_before(plan: PracticePlan, turn: Step) -> Iterator[Step]:
    """The questions, the rest that is due first, and a rehearsal of the turn."""
    rules = plan.rules
    rests = [rest for rest in rules.due_rests if rest.after_s <= rules.longest_playing_s]
    yield Step(StepKind.ASK, ASK_S)
    yield Step(StepKind.REST, max(rest.rest_s for rest in rests))
    if plan.silent_rehearsal and turn.planned is not None and turn.drill is not None:
        length_s = bar_length_s(turn.drill, turn.bpm) + run_length_s(turn.drill, turn.bpm)
        yield Step(StepKind.SILENT_REHEARSAL, length_s, turn.drill, turn.bpm, 1, turn.planned)


def _play_limit_s(plan: PracticePlan) -> float:
    """The longest playing time of a session."""
    limits_s = (plan.rules.session_limit_s, plan.rules.sounding_limit_s)
    return min((limit_s for limit_s in limits_s if limit_s is not None), default=MOST_DRILL_S)


def _cut(steps: Sequence[Step], left_s: float) -> Iterator[Step]:
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


def _timed(plan: PracticePlan, steps: Sequence[Step], past: PastPractice) -> Iterator[Step]:
    """Add the start times; after the last run before a rest only a result is waited for."""
    starts_s = 0.0
    for step, following in pairwise([*steps, steps[-1]]):
        length_s = step.length_s
        if step.kind is StepKind.DRILL and step.drill is not None and not following.is_playing:
            length_s -= (1.0 - _shown_share(step.drill.name, past)) * plan.rules.breath_s
        yield replace(step, starts_s=starts_s, length_s=length_s)
        starts_s += length_s


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Runs of a plan that do not fit into a session."""

    kind: StepKind
    drill: str  # its name
    bpm: float  # in the plan
    n_planned: int
    n_fitting: int


def left_out(
    plan: PracticePlan, steps: Sequence[Step], *, is_assessment_due: bool
) -> Iterator[LeftOut]:
    """Yield what is left out of a session, given its steps."""
    kinds = {step.kind for step in steps}
    assessment = plan.assessment
    if is_assessment_due and assessment is not None and StepKind.ASSESSMENT not in kinds:
        name, n_runs = assessment.drill.name, assessment.n_runs
        yield LeftOut(StepKind.ASSESSMENT, name, assessment.bpm, n_runs, 0)
    fitting, planned_runs = Counter[PlannedDrill | None](), Counter[PlannedDrill]()
    for step in steps:
        if step.kind is StepKind.DRILL:
            fitting[step.planned] += step.n_runs
    for planned in plan.drills:
        planned_runs[planned] += planned.n_runs
    for planned, n_planned in planned_runs.items():
        if fitting[planned] < n_planned:
            name, n_fitting = planned.drill.name, fitting[planned]
            yield LeftOut(StepKind.DRILL, name, planned.bpm, n_planned, n_fitting)
    if plan.ends_in_performance and StepKind.PERFORMANCE not in kinds:
        last = plan.drills[-1]
        yield LeftOut(StepKind.PERFORMANCE, last.drill.name, last.bpm, 1, 0)
