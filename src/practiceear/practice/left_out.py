"""What a plan asks for and a session has no time for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from practiceear.practice.plan import PracticePlan
from practiceear.practice.schedule import Step, StepKind


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Runs that a plan asks for and that do not fit.

    Attributes
    ----------
    kind
        Of the step they belong to.
    drill, bpm
        Name of the drill, and its tempo in the plan.
    n_planned, n_fitting
        How many runs the plan asks for, and how many of them a session has time for.
    """

    kind: StepKind
    drill: str
    bpm: float
    n_planned: int
    n_fitting: int


def left_out(
    plan: PracticePlan, steps: Sequence[Step], *, is_assessment_due: bool
) -> Iterator[LeftOut]:
    """Give what is left out of a session.

    Parameters
    ----------
    steps
        Of the session, from ``todays_steps``.
    is_assessment_due
        Whether the assessment should be among them.
    """
    kinds = Counter(one.kind for one in steps)
    one = plan.assessment
    if is_assessment_due and one is not None and not kinds[StepKind.ASSESSMENT]:
        yield LeftOut(StepKind.ASSESSMENT, one.drill.name, one.bpm, one.n_runs, 0)
    fitting = Counter[object]()
    for step in steps:
        if step.kind is StepKind.DRILL:
            fitting[step.planned] += step.n_runs
    planned_runs = Counter[object]()
    for planned in plan.drills:
        planned_runs[planned] += planned.n_runs
    for planned in dict.fromkeys(plan.drills):
        n_planned, n_fitting = planned_runs[planned], fitting[planned]
        if n_fitting < n_planned:
            yield LeftOut(StepKind.DRILL, planned.drill.name, planned.bpm, n_planned, n_fitting)
    if plan.ends_in_performance and not kinds[StepKind.PERFORMANCE]:
        last = plan.drills[-1]
        yield LeftOut(StepKind.PERFORMANCE, last.drill.name, last.bpm, 1, 0)
